//! The database: its schema, its settings, its soundness, the clock against it, and the law in it.

use chrono::{Datelike, SubsecRound};

use super::{Options, Report};
use crate::clock;
use crate::domain::{Areas, vn_day};
use crate::rulebook::Rulebook;
use crate::store::checkup;
use crate::store::{Location, PoolSize, Result, Store, files, migrate};
use crate::sync::{self, missing};

/// This program was not written before.
const FIRST_YEAR: i32 = 2026;

/// Looks at a database that is there, and leaves it as it is.
pub(super) fn look(report: &mut Report, options: &Options, location: &Location) {
    const AWAY: &str = "see that the database runs, and that --database-url is the server's";
    let pending = match migrate::status(location) {
        Ok((_, pending)) => pending,
        Err(error) => return report.error("database", error, AWAY),
    };
    if !pending.is_empty() {
        let told = format!("wait: {}", pending.join(", "));
        return report.error("migrations", told, "dai-ly-thu backup FILE, then start the server");
    }
    let store = match Store::connect(location.clone(), PoolSize { connections: 1 }) {
        Ok(store) => store,
        Err(error) => return report.error("database", error, AWAY),
    };
    let parts = [
        schema(report, &store),
        time(report, &store),
        settings(report, &store, options.database.database_connections),
        soundness(report, &store, location, options.deep),
        law(report, &store),
    ];
    for error in parts.into_iter().filter_map(Result::err) {
        report.error("database", error, AWAY);
    }
}

fn schema(report: &mut Report, store: &Store) -> Result<()> {
    let newer = store.read(migrate::unknown)?;
    if newer.is_empty() {
        report.ok("migrations", "all applied");
    } else {
        let told = format!("a newer program applied {}", newer.join(", "));
        report.error("migrations", told, "run that program, or restore the backup before it");
    }
    Ok(())
}

fn time(report: &mut Report, store: &Store) -> Result<()> {
    let now = clock::now();
    let told = now.trunc_subsecs(0);
    let plausible = now.year() >= FIRST_YEAR;
    if plausible && store.read(|conn| sync::clock_is_plausible(conn, now))? {
        report.ok("clock", told);
    } else {
        let told = format!("{told} stands before what was stored, or before this program");
        report.error("clock", told, "set it right, and let it be kept right (chrony, timedatectl)");
    }
    Ok(())
}

/// What a setting must be, and what to do when it is not.
const SETTINGS: [(&str, &[&str], &str); 8] = [
    ("journal_mode", &["wal"], "start the server: it sets it"),
    ("synchronous", &["2", "3"], "start the server: it sets it"),
    ("foreign_keys", &["1"], "start the server: it sets it"),
    ("fsync", &["on"], "fsync = on in postgresql.conf: what was acknowledged may be lost"),
    ("full_page_writes", &["on"], "full_page_writes = on in postgresql.conf"),
    (
        "synchronous_commit",
        &["on", "remote_apply", "remote_write", "local"],
        "ALTER ROLE … SET synchronous_commit = 'on': what was acknowledged may be lost",
    ),
    ("data_checksums", &["on"], "pg_checksums --enable, with the server stopped"),
    (
        "lc_messages",
        &["C", "POSIX", "en_US.UTF-8", "en_US.utf8", "C.UTF-8", "C.utf8"],
        "ALTER ROLE … SET lc_messages = 'C': else some errors that pass are not known as such",
    ),
];
/// Without these nothing is lost.
const ADVISORY: [&str; 2] = ["data_checksums", "lc_messages"];

/// The oldest PostgreSQL that is still mended.
const OLDEST_POSTGRES: u32 = 14;
/// Connections that a PostgreSQL server keeps for its superusers.
const RESERVED: u32 = 3;

fn settings(report: &mut Report, store: &Store, ours: u32) -> Result<()> {
    // As a connection has them that writes: the one the server uses.
    let settings = store.write(checkup::settings)?;
    let mut sound = Vec::new();
    for (name, value) in settings {
        let told = format!("{name} = {value}");
        let number = value.split(['.', ' ']).next().and_then(|it| it.parse::<u32>().ok());
        match (name, number) {
            ("max_connections", Some(all)) if ours + RESERVED > all => {
                let told = format!("{told}, and this server alone wants {ours}");
                report.error("settings", told, "raise it, or lower --database-connections");
            }
            ("server_version", Some(version)) if version < OLDEST_POSTGRES => {
                report.warn(
                    "settings",
                    told,
                    "upgrade PostgreSQL: its makers mend this one no more",
                );
            }
            _ => match SETTINGS.iter().find(|it| it.0 == name && !it.1.contains(&value.as_str())) {
                Some((_, _, todo)) if ADVISORY.contains(&name) => {
                    report.warn("settings", told, todo)
                }
                Some((_, _, todo)) => report.error("settings", told, todo),
                None => sound.push(told),
            },
        }
    }
    report.ok("settings", sound.join(", "));
    Ok(())
}

fn soundness(report: &mut Report, store: &Store, location: &Location, deep: bool) -> Result<()> {
    if location.file().is_none() {
        report.ok("integrity", "PostgreSQL looks after its pages; pg_amcheck looks through them");
    } else if deep {
        let faults = store.read(files::faults)?;
        match faults.first() {
            None => report.ok("integrity", "every page and every reference is sound"),
            Some(first) => report.error(
                "integrity",
                format!("{} faults, the first: {first}", faults.len()),
                "stop the server, keep a copy of the file, and restore the last backup",
            ),
        }
    } else {
        report.ok("integrity", "not looked at; --deep does");
    }
    Ok(())
}

fn law(report: &mut Report, store: &Store) -> Result<()> {
    let book = match Rulebook::open(store) {
        Ok(book) => book,
        Err(error) => {
            report.error("rules", error, "dai-ly-thu rules added, then rules withdraw");
            return Ok(());
        }
    };
    let edition = store.read(|conn| book.in_force(conn))?;
    let areas = edition.areas();
    let newest = areas.newest().map(|day| format!(", the newest of {day}")).unwrap_or_default();
    let told = format!("{} communes and provinces{newest}", areas.all().len());
    if Areas::embedded().newest() > areas.newest() {
        report.warn(
            "areas",
            told,
            "this release knows a later reform: import areas data/areas.csv",
        );
    } else {
        report.ok("areas", told);
    }
    let silent = edition.rules().silent_on(vn_day(clock::now()));
    for table in &silent {
        let todo = format!("when its decree is published: dai-ly-thu rules add {table} …");
        report.warn("rules", format!("{table} says nothing of today"), &todo);
    }
    for row in store.read(missing::missing)? {
        let told = format!("{} records wait for {} from {}", row.records, row.rule, row.from);
        report.warn("rules", told, "dai-ly-thu rules add …, which judges them again");
    }
    if silent.is_empty() {
        report.ok("rules", format!("edition {}, nothing of today is missing", edition.number));
    }
    Ok(())
}
