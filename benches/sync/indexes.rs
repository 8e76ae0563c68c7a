//! PostgreSQL's indexes and constraints put away while tables are filled, and made again as they were.
//!
//! SQLite's stay: an index that is made at once has pages without any room, each of which is split by the
//! next key that falls into it. One that grew has room, as after years of work.

use diesel::connection::SimpleConnection;

use dai_ly_thu::store::Conn;

use crate::fill::texts;
use crate::support::Backend;

const POSTGRES_INDEXES: &str = "SELECT indexname || ' ' || indexdef AS text FROM pg_indexes \
    WHERE schemaname = 'public' AND indexname NOT IN (SELECT conname FROM pg_constraint)";
/// Keys before those that refer to them.
const POSTGRES_CONSTRAINTS: &str = "SELECT conrelid::regclass::text || ' ' || conname || ' ' || pg_get_constraintdef(oid) AS text \
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype IN ('p', 'u', 'f') \
    ORDER BY contype = 'f', conname";

/// Statements that make everything again, in their order.
pub struct PutAway(Vec<String>);

pub fn put_away(conn: &mut Conn, backend: Backend) -> PutAway {
    let mut again = Vec::new();
    if backend == Backend::Sqlite {
        return PutAway(again);
    }
    for index in texts(conn, POSTGRES_INDEXES) {
        let (name, sql) = index.split_once(' ').expect("a name and a definition");
        conn.batch_execute(&format!("DROP INDEX {name}")).expect("an index is dropped");
        again.push(sql.to_owned());
    }
    let constraints = texts(conn, POSTGRES_CONSTRAINTS);
    for constraint in constraints.iter().rev() {
        let (table, rest) = constraint.split_once(' ').expect("a table");
        let (name, _) = rest.split_once(' ').expect("a name");
        let sql = format!("ALTER TABLE {table} DROP CONSTRAINT {name}");
        conn.batch_execute(&sql).expect("a constraint is dropped");
    }
    for constraint in constraints {
        let (table, rest) = constraint.split_once(' ').expect("a table");
        again.push(format!("ALTER TABLE {table} ADD CONSTRAINT {rest}"));
    }
    PutAway(again)
}

pub fn put_back(conn: &mut Conn, kept: &PutAway) {
    for sql in &kept.0 {
        conn.batch_execute(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    }
}
