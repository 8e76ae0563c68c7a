//! SQL written by hand, put together of whatever parts a question needs. What is bound stands where it is read, and a
//! connection prepares each text once: to read the text of a tally takes PostgreSQL as long as to answer it.

use std::borrow::Cow;
use std::marker::PhantomData;

use chrono::NaiveDate;
use diesel::backend::Backend;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::query_dsl::LoadQuery;
use diesel::serialize::ToSql;
use diesel::sql_types::{Array, BigInt, Date, HasSqlType, Text};
use diesel::sqlite::Sqlite;

use super::conn::Conn;
use super::error::Result;
use super::types::Key;
use crate::domain::Id;

/// A statement, or a part of one.
#[derive(Debug, Clone, Default)]
pub(super) struct Sql(Vec<Part>);

#[derive(Debug, Clone)]
enum Part {
    Text(Cow<'static, str>),
    Id(Id),
    Day(NaiveDate),
    Word(Cow<'static, str>),
    Number(i64),
    OneOf(Vec<Id>),
    OneOfWords(Vec<String>),
    EachOf(Sql),
    OnSqlite(&'static str),
    PlannedAnew,
}

impl Sql {
    pub fn text(mut self, text: impl Into<Cow<'static, str>>) -> Self {
        self.0.push(Part::Text(text.into()));
        self
    }

    pub fn id(mut self, id: Id) -> Self {
        self.0.push(Part::Id(id));
        self
    }

    pub fn day(mut self, day: NaiveDate) -> Self {
        self.0.push(Part::Day(day));
        self
    }

    pub fn word(mut self, word: impl Into<Cow<'static, str>>) -> Self {
        self.0.push(Part::Word(word.into()));
        self
    }

    pub fn number(mut self, number: i64) -> Self {
        self.0.push(Part::Number(number));
        self
    }

    /// What follows a column that is to be one of these.
    pub fn one_of(mut self, ids: Vec<Id>) -> Self {
        self.0.push(Part::OneOf(ids));
        self
    }

    /// What follows a column that is to be one of these words.
    pub fn one_of_words(mut self, words: Vec<String>) -> Self {
        self.0.push(Part::OneOfWords(words));
        self
    }

    /// What follows a column that is to be among the rows of another statement.
    pub fn among(self, rows: Self) -> Self {
        self.text(" IN (").then(rows).text(")")
    }

    /// As [`Self::among`] in a table of which few rows are wanted: PostgreSQL makes an array of them, because it looks up
    /// each of an array's by itself in an index.
    pub fn each_of(mut self, rows: Self) -> Self {
        self.0.push(Part::EachOf(rows));
        self
    }

    /// What only SQLite is told.
    pub fn on_sqlite(mut self, text: &'static str) -> Self {
        self.0.push(Part::OnSqlite(text));
        self
    }

    /// A plan that PostgreSQL made for other values is of no use for these.
    pub fn planned_anew(mut self) -> Self {
        self.0.push(Part::PlannedAnew);
        self
    }

    pub fn then(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// The rows of the answer, whose columns have the types `ST`. They are read by their places: to find each by its
    /// name in each row takes longer than to read it.
    pub fn load<ST, T>(self, conn: &mut Conn) -> Result<Vec<T>>
    where
        Rows<ST>:
            for<'q> LoadQuery<'q, PgConnection, T> + for<'q> LoadQuery<'q, SqliteConnection, T>,
    {
        let rows = Rows { sql: self, columns: PhantomData };
        Ok(match conn {
            Conn::Pg(c) => rows.load(c)?,
            Conn::Sqlite(c) => rows.load(c)?,
        })
    }
}

/// The rows of a statement.
pub(super) struct Rows<ST> {
    sql: Sql,
    columns: PhantomData<ST>,
}

impl<DB: Backend, ST> QueryFragment<DB> for Rows<ST>
where
    Sql: QueryFragment<DB>,
{
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.sql.walk_ast(out)
    }
}

impl<ST> Query for Rows<ST> {
    type SqlType = ST;
}

impl<ST> QueryId for Rows<ST> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<ST, C> RunQueryDsl<C> for Rows<ST> {}

impl QueryFragment<Pg> for Sql {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        for part in &self.0 {
            match part {
                Part::Text(text) => out.push_sql(text),
                Part::Id(id) => out.push_bind_param::<Key, _>(id)?,
                Part::Day(day) => out.push_bind_param::<Date, _>(day)?,
                Part::Word(word) => out.push_bind_param::<Text, str>(word)?,
                Part::Number(number) => out.push_bind_param::<BigInt, _>(number)?,
                Part::OneOf(ids) => {
                    out.push_sql(" = ANY (");
                    out.push_bind_param::<Array<Key>, _>(ids)?;
                    out.push_sql(")");
                }
                Part::OneOfWords(words) => {
                    out.push_sql(" = ANY (");
                    out.push_bind_param::<Array<Text>, _>(words)?;
                    out.push_sql(")");
                }
                Part::EachOf(rows) => {
                    out.push_sql(" = ANY (ARRAY(");
                    rows.walk_ast(out.reborrow())?;
                    out.push_sql("))");
                }
                Part::OnSqlite(_) => {}
                Part::PlannedAnew => out.unsafe_to_cache_prepared(),
            }
        }
        Ok(())
    }
}

impl QueryFragment<Sqlite> for Sql {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        for part in &self.0 {
            match part {
                Part::Text(text) => out.push_sql(text),
                Part::Id(id) => out.push_bind_param::<Key, _>(id)?,
                Part::Day(day) => out.push_bind_param::<Date, _>(day)?,
                Part::Word(word) => out.push_bind_param::<Text, str>(word)?,
                Part::Number(number) => out.push_bind_param::<BigInt, _>(number)?,
                Part::OneOf(ids) => one_of::<Key, _>(ids, &mut out)?,
                Part::OneOfWords(words) => one_of::<Text, _>(words, &mut out)?,
                Part::EachOf(rows) => {
                    out.push_sql(" IN (");
                    rows.walk_ast(out.reborrow())?;
                    out.push_sql(")");
                }
                Part::OnSqlite(text) => out.push_sql(text),
                Part::PlannedAnew => {}
            }
        }
        Ok(())
    }
}

/// `IN (…)`. The last is said again until their number is a power of two: of each text there are few.
fn one_of<'b, ST, T>(all: &'b [T], out: &mut AstPass<'_, 'b, Sqlite>) -> QueryResult<()>
where
    T: ToSql<ST, Sqlite>,
    Sqlite: HasSqlType<ST>,
{
    let places = if all.is_empty() { 0 } else { all.len().next_power_of_two() };
    out.push_sql(" IN (");
    for (at, one) in all.iter().chain(all.last().into_iter().cycle()).take(places).enumerate() {
        out.push_sql(if at == 0 { "" } else { ", " });
        out.push_bind_param::<ST, T>(one)?;
    }
    out.push_sql(")");
    Ok(())
}
