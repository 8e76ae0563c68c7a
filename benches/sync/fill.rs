//! A database as it is after years: households with their members, records, enrollments, cards, tallies
//! and feeds, made by the database itself from numbers.
//!
//! A unit is a household of three and a person who lives alone. The three joined together in two years, and
//! all four are in voluntary insurance: 4 persons, 6 records, 10 enrollments, 25 entries of a feed.

use std::time::Instant;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;

use dai_ly_thu::domain::Id;
use dai_ly_thu::store::grains::Grain;
use dai_ly_thu::store::tallies::{self, Deltas};
use dai_ly_thu::store::{Conn, Location};

use crate::indexes;
use crate::people;
use crate::staff::{self, Member};
use crate::support::Backend;

/// How much there is to be.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    pub units: u32,
    pub groups: u32,
}

impl Size {
    pub const fn persons(self) -> u32 {
        4 * self.units
    }

    pub const fn enrollments(self) -> u32 {
        10 * self.units
    }

    pub const fn changes(self) -> u32 {
        25 * self.units
    }
}

/// Fills a database that has only its schema. Returns its groups.
pub fn fill(url: &str, backend: Backend, size: Size) -> Vec<Id> {
    let sql = Sql { backend, size };
    let members = staff::hire(url, size.groups);
    let location = Location::parse(url).expect("a URL");
    let conn = &mut location.connect().expect("a connection");
    let begun = Instant::now();
    execute(conn, sql.settings());
    let kept = indexes::put_away(conn, backend);
    execute(conn, &sql.words(&members));
    for (what, statement) in sql.statements() {
        execute(conn, &statement);
        eprintln!("  {:>6.1} s  {what}", begun.elapsed().as_secs_f64());
    }
    indexes::put_back(conn, &kept);
    sum_days(conn).expect("sums of days");
    eprintln!("  {:>6.1} s  indexes", begun.elapsed().as_secs_f64());
    sql.at_the_end().iter().for_each(|statement| execute(conn, statement));
    eprintln!("  {:>6.1} s  done", begun.elapsed().as_secs_f64());
    members.iter().take(size.groups as usize).map(|it| it.group_id).collect()
}

/// Counts the tallies' months and years from their days.
fn sum_days(conn: &mut Conn) -> dai_ly_thu::store::Result<()> {
    let days: Deltas = tallies::all(conn, Grain::Day)?.into_iter().collect();
    let longer = Grain::ALL.iter().filter(|grain| **grain != Grain::Day);
    tallies::add_rows(conn, longer.map(|grain| (*grain, grain.sum(&days))))
}

fn execute(conn: &mut Conn, sql: &str) {
    conn.batch_execute(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
}

/// One text, or a list of them.
pub fn texts(conn: &mut Conn, sql: &str) -> Vec<String> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        text: String,
    }
    let rows: QueryResult<Vec<Row>> = diesel::sql_query(sql).load(conn);
    rows.unwrap_or_else(|error| panic!("{sql}: {error}")).into_iter().map(|row| row.text).collect()
}

/// Writes the statements for one database. `n` counts units from 1, `p` persons, `r` records.
struct Sql {
    backend: Backend,
    size: Size,
}

impl Sql {
    fn on(&self, sqlite: &str, postgres: &str) -> String {
        match self.backend {
            Backend::Sqlite => sqlite.to_owned(),
            Backend::Postgres => postgres.to_owned(),
        }
    }

    fn settings(&self) -> &'static str {
        match self.backend {
            Backend::Sqlite => {
                "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF; \
                 PRAGMA cache_size = -2000000; PRAGMA temp_store = MEMORY;"
            }
            Backend::Postgres => {
                "SET work_mem = '512MB'; SET maintenance_work_mem = '1GB'; \
                 SET synchronous_commit = off; SET session_replication_role = replica;"
            }
        }
    }

    fn at_the_end(&self) -> &'static [&'static str] {
        match self.backend {
            Backend::Sqlite => &["PRAGMA journal_mode = WAL"],
            Backend::Postgres => &["VACUUM (ANALYZE, FREEZE)", "CHECKPOINT"],
        }
    }

    /// The numbers from 1.
    fn series(&self, name: &str, last: u32) -> String {
        self.on(
            &format!(
                "(WITH RECURSIVE s({name}) AS (SELECT 1 UNION ALL SELECT {name} + 1 FROM s \
                 WHERE {name} < {last}) SELECT {name} FROM s)"
            ),
            &format!("(SELECT generate_series(1, {last}::bigint) AS {name})"),
        )
    }

    fn hex(&self, number: &str, digits: u8) -> String {
        self.on(
            &format!("printf('%0{digits}x', {number})"),
            &format!("lpad(to_hex(({number})::bigint), {digits}, '0')"),
        )
    }

    /// The text of an id of version 7 that stands behind those made before.
    fn ordered(&self, kind: u32, n: &str) -> String {
        self.timed(28672, n, &format!("({n}) * 256 + {kind}"))
    }

    /// The text of an id derived from a record's, of version 8: it stands beside the record's.
    fn of_record(&self, kind: u32, r: &str, member: u8) -> String {
        self.timed(32768, r, &format!("({r}) * 256 + {kind} * 8 + {member}"))
    }

    fn timed(&self, version: u32, n: &str, seed: &str) -> String {
        let ms = format!("(1735689600000 + ({n}) * 6000)");
        let parts = [
            self.hex(&format!("{ms} / 65536"), 8),
            self.hex(&format!("{ms} % 65536"), 4),
            self.hex(&format!("{version} + ({seed}) * 69621 % 4096"), 4),
            self.hex(&format!("32768 + ({seed}) * 48271 % 4096"), 4),
            self.hex(&format!("({seed}) * 3266489917 % 281474976710656"), 12),
        ];
        parts.join(" || '-' || ")
    }

    fn id(&self, text: &str) -> String {
        self.on(&format!("unhex(replace({text}, '-', ''))"), &format!("({text})::uuid"))
    }

    fn given_id(&self, id: Id) -> String {
        self.id(&format!("'{id}'"))
    }

    fn person(&self, p: &str) -> String {
        self.of_record(1, &format!("2 * ({p}) - 1"), 0)
    }

    fn household(&self) -> String {
        self.ordered(2, "n")
    }

    /// Records of households have even numbers, those of persons odd ones.
    fn record(&self, r: &str) -> String {
        self.ordered(3, r)
    }

    fn enrollment(&self, r: &str, member: u8) -> String {
        self.of_record(4, r, member)
    }

    fn card(&self, r: &str, member: u8) -> String {
        self.of_record(5, r, member)
    }

    /// A day of the year, the 300th at the latest.
    fn day(&self, year: &str, n: &str) -> String {
        let month = format!("1 + ({n}) / 28 % 10");
        let day = format!("1 + ({n}) % 28");
        let text = self.on(
            &format!("printf('%04d-%02d-%02d', {year}, {month}, {day})"),
            &format!(
                "to_char(make_date(({year})::int, ({month})::int, ({day})::int), 'YYYY-MM-DD')"
            ),
        );
        format!("({text})")
    }

    fn date(&self, text: &str) -> String {
        self.on(text, &format!("({text})::date"))
    }

    fn time(&self, day: &str) -> String {
        self.on(
            &format!("({day} || ' 03:00:00.123456')"),
            &format!("({day} || ' 03:00:00.123456')::timestamp"),
        )
    }

    /// Names, agents and persons, to draw from. A household belongs to the agent `g`, whose group is that of all
    /// whose numbers leave the same rest.
    fn words(&self, members: &[Member]) -> String {
        let names = people::names();
        let name = |(i, it): (usize, &people::Name)| {
            let sex = if it.female { "female" } else { "male" };
            format!("({i}, '{}', '{}', '{sex}')", it.written, it.folded)
        };
        let member = |(i, it): (usize, &Member)| {
            let [group, agent, phone, village] =
                [it.group_id, it.agent_id, it.installation_id, it.village_id]
                    .map(|id| self.given_id(id));
            format!("({i}, {group}, {agent}, {phone}, {village}, '{}')", it.area_code)
        };
        let key = self.on("BLOB", "uuid");
        let names_of_all: Vec<String> = names.iter().enumerate().map(name).collect();
        let all_members: Vec<String> = members.iter().enumerate().map(member).collect();
        let count = members.len();
        format!(
            "CREATE TEMP TABLE names (i INTEGER PRIMARY KEY, name TEXT, folded TEXT, sex TEXT);
             INSERT INTO names VALUES {names};
             CREATE TEMP TABLE teams (g INTEGER PRIMARY KEY, group_id {key}, agent_id {key},
                 installation_id {key}, village_id {key}, area TEXT);
             INSERT INTO teams VALUES {members};
             CREATE UNIQUE INDEX {temp}teams_by_agent ON teams (agent_id);
             CREATE TEMP TABLE people AS
             SELECT p, g, code, personal_id, birth, name, folded, sex, area,
                 '{{\"bhxh_code\":\"' || code || '\",\"personal_id\":\"' || personal_id ||
                 '\",\"full_name\":\"' || name || '\",\"birth_date\":\"' || birth || '\",\"sex\":\"' || sex ||
                 '\",\"ethnicity\":null,\"phone\":null,\"area_code\":\"' || area ||
                 '\",\"address\":\"thôn ' || (p % 9 + 1) || '\"}}' AS json
             FROM (SELECT p, ((p - 1) / 4) % {count} AS g, {code} AS code, {pid} AS personal_id, {birth} AS birth
                   FROM {persons} AS numbers) AS numbered
             JOIN teams USING (g) JOIN names ON names.i = p * 40503 % {kinds};
             CREATE UNIQUE INDEX {temp}people_by_number ON people (p);",
            names = names_of_all.join(", "),
            members = all_members.join(", "),
            code = self.decimal("44", "p * 61803399 % 100000000", 8),
            pid = self.decimal("045", "p * 618033988 % 1000000000", 9),
            birth = self.day("1945 + p % 60", "p * 31"),
            persons = self.series("p", self.size.persons()),
            kinds = names.len(),
            temp = self.on("temp.", ""),
        )
    }

    fn decimal(&self, prefix: &str, number: &str, digits: u8) -> String {
        self.on(
            &format!("printf('{prefix}%0{digits}d', {number})"),
            &format!("'{prefix}' || lpad(({number})::text, {digits}, '0')"),
        )
    }

    /// Each table with the statement that fills it.
    fn statements(&self) -> Vec<(&'static str, String)> {
        vec![
            ("persons", self.persons()),
            ("codes", self.codes()),
            ("households", self.households()),
            ("ranks", self.ranks()),
            ("records of households", self.household_records()),
            ("records of persons", self.voluntary_records()),
            ("enrollments of households", self.household_enrollments()),
            ("enrollments of persons", self.voluntary_enrollments()),
            ("cards", self.cards()),
            ("feeds", self.feeds()),
            ("tallies", self.tallies()),
            ("people taking part", self.participation()),
        ]
    }
}

#[path = "fill_rows.rs"]
mod rows;
