//! The hot inserts: a prepared statement row by row on SQLite, one array a column on PostgreSQL.
//! Measured to be the fastest way on each (see `docs/decisions/`).

use diesel::backend::Backend;
use diesel::prelude::*;
use diesel::query_builder::AstPass;
use diesel::sql_types::{Array, Text};

use super::conn::Conn;
use super::error::{Result, StoreError};
use super::schema::households;
use super::types::Key;
use crate::domain::Id;

/// A row that is written many at a time.
pub trait Bulk: Sized {
    /// Writes all `rows` of one table.
    ///
    /// # Errors
    /// [`super::StoreError::Unique`] when a key exists: a race that the caller plans again.
    fn insert_all(tx: &mut Conn, rows: &[Self]) -> Result<()>;
}

/// Gives households the codes they had not.
///
/// # Errors
/// [`StoreError::Race`] when somebody else was faster.
pub fn learn_household_codes(tx: &mut Conn, learned: &[(Id, String)]) -> Result<()> {
    if learned.is_empty() {
        return Ok(());
    }
    let mut told = 0;
    match tx {
        Conn::Sqlite(c) => {
            for (id, code) in learned {
                let without = households::table.find(id).filter(households::code.is_null());
                told += diesel::update(without).set(households::code.eq(code)).execute(c)?;
            }
        }
        Conn::Pg(c) => {
            let (ids, codes): (Vec<Id>, Vec<&str>) =
                learned.iter().map(|(id, code)| (*id, code.as_str())).unzip();
            let sql = "UPDATE households SET code = learned.code \
                       FROM unnest($1, $2) AS learned (id, code) \
                       WHERE households.id = learned.id AND households.code IS NULL";
            told = diesel::sql_query(sql)
                .bind::<Array<Key>, _>(ids)
                .bind::<Array<Text>, _>(codes)
                .execute(c)?;
        }
    }
    if told == learned.len() { Ok(()) } else { Err(StoreError::Race) }
}

/// Declares the row of a table and both ways to write it, each a statement that a connection prepares once.
/// What is to happen to a row that exists stands first, when that is no race.
macro_rules! bulk_row {
    ($(#[$doc:meta])* $row:ident of $table:ident $(, $on_conflict:expr)? => {
        $($column:ident: $ty:ty as $sql:ty, $pg:literal;)+
    }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Insertable, Queryable, Selectable)]
        #[diesel(table_name = $table, treat_none_as_default_value = false)]
        pub struct $row { $(pub $column: $ty,)+ }

        impl Bulk for $row {
            fn insert_all(tx: &mut Conn, rows: &[Self]) -> Result<()> {
                const INTO: &str = concat!("INSERT INTO ", stringify!($table), " (");
                const COLUMNS: &[&str] = &[$(stringify!($column)),+];
                const ON_CONFLICT: &str = [$($on_conflict,)? ""][0];

                /// `INSERT INTO table (a, b) VALUES (?, ?)`
                struct One<'a>(&'a $row);

                impl QueryFragment<Sqlite> for One<'_> {
                    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
                        let mut comma = between(INTO, COLUMNS, ") VALUES (", &mut out);
                        $(
                            out.push_sql(comma.next().unwrap_or_default());
                            out.push_bind_param::<$sql, $ty>(&self.0.$column)?;
                        )+
                        out.push_sql(") ");
                        out.push_sql(ON_CONFLICT);
                        Ok(())
                    }
                }

                impl QueryId for One<'_> {
                    type QueryId = One<'static>;
                }

                impl RunQueryDsl<SqliteConnection> for One<'_> {}

                /// `INSERT INTO table (a, b) SELECT * FROM unnest($1::x[], $2::y[])`
                struct All<'a> { $($column: Vec<&'a $ty>,)+ }

                impl QueryFragment<Pg> for All<'_> {
                    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
                        let mut comma = between(INTO, COLUMNS, ") SELECT * FROM unnest(", &mut out);
                        $(
                            out.push_sql(comma.next().unwrap_or_default());
                            out.push_bind_param::<Array<$sql>, Vec<&$ty>>(&self.$column)?;
                            out.push_sql(concat!("::", $pg, "[]"));
                        )+
                        out.push_sql(") ");
                        out.push_sql(ON_CONFLICT);
                        Ok(())
                    }
                }

                impl QueryId for All<'_> {
                    type QueryId = All<'static>;
                }

                impl RunQueryDsl<PgConnection> for All<'_> {}

                if rows.is_empty() {
                    return Ok(());
                }
                match tx {
                    Conn::Sqlite(c) => {
                        for row in rows {
                            One(row).execute(c)?;
                        }
                    }
                    Conn::Pg(c) => {
                        let all = All { $($column: rows.iter().map(|row| &row.$column).collect(),)+ };
                        all.execute(c)?;
                    }
                }
                Ok(())
            }
        }
    };
}
pub(super) use bulk_row;

/// Writes the beginning of a statement up to its values; returns what stands before each value.
pub(super) fn between<DB: Backend>(
    into: &str,
    columns: &[&str],
    values: &str,
    out: &mut AstPass<'_, '_, DB>,
) -> impl Iterator<Item = &'static str> + use<DB> {
    out.push_sql(into);
    for (at, column) in columns.iter().enumerate() {
        out.push_sql(if at == 0 { "" } else { ", " });
        out.push_sql(column);
    }
    out.push_sql(values);
    std::iter::once("").chain(std::iter::repeat(", "))
}
