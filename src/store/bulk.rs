//! The hot inserts: a prepared statement row by row on SQLite, one array a column on PostgreSQL.
//! Measured to be the fastest way on each (see `docs/decisions/`).

use super::conn::Conn;
use super::error::Result;

/// A row that is written many at a time.
pub trait Bulk: Sized {
    /// Writes all `rows` of one table.
    ///
    /// # Errors
    /// [`super::StoreError::Unique`] when a key exists: a race that the caller plans again.
    fn insert_all(tx: &mut Conn, rows: &[Self]) -> Result<()>;
}

/// Declares the row of a table and both ways to write it.
macro_rules! bulk_row {
    ($(#[$doc:meta])* $row:ident of $table:ident { $($column:ident: $ty:ty as $sql:ty, $pg:literal;)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Insertable, Queryable, Selectable)]
        #[diesel(table_name = $table, treat_none_as_default_value = false)]
        pub struct $row { $(pub $column: $ty,)+ }

        impl Bulk for $row {
            fn insert_all(tx: &mut Conn, rows: &[Self]) -> Result<()> {
                if rows.is_empty() {
                    return Ok(());
                }
                match tx {
                    Conn::Sqlite(c) => {
                        for row in rows {
                            diesel::insert_into($table::table).values(row).execute(c)?;
                        }
                    }
                    Conn::Pg(c) => {
                        let columns: &[(&str, &str)] = &[$((stringify!($column), $pg)),+];
                        diesel::sql_query(unnest(stringify!($table), columns))
                            .into_boxed::<diesel::pg::Pg>()
                            $(.bind::<Array<$sql>, _>(rows.iter().map(|row| &row.$column).collect::<Vec<_>>()))+
                            .execute(c)?;
                    }
                }
                Ok(())
            }
        }
    };
}

/// `INSERT INTO table (a, b) SELECT * FROM unnest($1::x[], $2::y[])`
pub(super) fn unnest(table: &str, columns: &[(&str, &str)]) -> String {
    let names: Vec<_> = columns.iter().map(|(name, _)| *name).collect();
    let arrays: Vec<_> =
        columns.iter().enumerate().map(|(i, (_, pg))| format!("${}::{pg}[]", i + 1)).collect();
    format!(
        "INSERT INTO {table} ({}) SELECT * FROM unnest({})",
        names.join(", "),
        arrays.join(", ")
    )
}
pub(super) use bulk_row;
