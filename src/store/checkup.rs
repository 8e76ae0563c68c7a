//! How a database is set, as it says itself.

use diesel::prelude::*;
use diesel::sql_types::Text;

use super::conn::Conn;
use super::error::Result;

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    value: String,
}

/// Settings by name, in a fixed order: of SQLite for the connection given, of PostgreSQL for the server.
pub fn settings(conn: &mut Conn) -> Result<Vec<(&'static str, String)>> {
    let (names, query): (&[_], fn(&str) -> String) = match conn {
        Conn::Sqlite(_) => (&["journal_mode", "synchronous", "foreign_keys"], |name| {
            format!("SELECT CAST({name} AS TEXT) AS value FROM pragma_{name}")
        }),
        Conn::Pg(_) => (
            &[
                "server_version",
                "fsync",
                "full_page_writes",
                "synchronous_commit",
                "data_checksums",
                "max_connections",
                "lc_messages",
            ],
            |name| format!("SELECT current_setting('{name}') AS value"),
        ),
    };
    let mut settings = Vec::new();
    for name in names {
        settings.push((*name, texts(conn, &query(name))?.concat()));
    }
    Ok(settings)
}

/// Whatever a query says in its column `value`.
pub(super) fn texts(conn: &mut Conn, query: &str) -> Result<Vec<String>> {
    let rows: Vec<Row> = diesel::sql_query(query).load(conn)?;
    Ok(rows.into_iter().map(|row| row.value).collect())
}
