//! What lies around the database: keys, room on the disk, the last backup.

use std::path::Path;

use chrono::{SubsecRound, TimeDelta};

use super::Report;
use crate::auth::{Keys, Passwords};
use crate::cli::backup::{LastBackup, size};
use crate::cli::settings;
use crate::clock;
use crate::config::{KeyFiles, Pepper};
use crate::http::tls::Certificate;
use crate::store::{Location, files};

const MIB: u64 = 1024 * 1024;
/// With less room than this the next busy day may not fit.
const LITTLE_ROOM: u64 = 2048 * MIB;
/// With less than this the next hour may not.
const NO_ROOM: u64 = 256 * MIB;
/// Certificates that renew themselves do so long before.
const SOON: TimeDelta = TimeDelta::days(10);
/// A backup is made every night; one may fail.
const OLD: TimeDelta = TimeDelta::hours(50);

/// Whether the keys are there, sound, and nobody else's to read.
pub(super) fn keys(report: &mut Report, keys: &KeyFiles) {
    let file = &keys.signing_key;
    let told = file.display();
    if file.exists() {
        match Keys::open(file) {
            Ok(_) => private(report, "signing key", file),
            Err(error) => report.error(
                "signing key",
                format!("{told}: {error}"),
                "put the right file in its place; without it everybody must log in again",
            ),
        }
    } else {
        let todo = "after a restore: bring it from its own backup; else the first start makes it";
        report.warn("signing key", format!("{told} is not there"), todo);
    }
    pepper(report, &keys.pepper);
    match settings::certificate(keys) {
        Ok(None) => report.ok("TLS", "not spoken by the program itself"),
        Ok(Some(certificate)) => {
            lasts(report, &certificate);
            if let Some(key) = &keys.tls_key {
                private(report, "TLS key", key);
            }
        }
        Err(error) => report.error("TLS", error, "give both files of one certificate, in PEM"),
    }
}

/// Whether the pepper can be used, if there is one.
fn pepper(report: &mut Report, pepper: &Pepper) {
    const WHAT: &str = "pepper";
    let Some(file) = &pepper.password_pepper else {
        return report.ok(WHAT, "none: passwords are digested without one");
    };
    let read = pepper.read().map_err(|error| error.to_string());
    match read.and_then(|it| Passwords::new(it).map_err(|error| error.to_string())) {
        Ok(_) => private(report, WHAT, file),
        Err(error) => report.error(
            WHAT,
            format!("{}: {error}", file.display()),
            "bring it from its own backup; without it nobody who used it can log in",
        ),
    }
}

/// Whether phones will still trust a certificate in some days.
fn lasts(report: &mut Report, certificate: &Certificate) {
    const WHAT: &str = "TLS";
    const TODO: &str = "renew it: phones refuse a certificate that ended";
    let Some(end) = certificate.ends_at() else {
        return report.warn(WHAT, "the certificate and its key fit; it tells no end", TODO);
    };
    let told = format!("the certificate and its key fit, until {end}");
    match end - clock::now() {
        left if left <= TimeDelta::zero() => report.error(WHAT, told, TODO),
        left if left < SOON => report.warn(WHAT, told, TODO),
        _ => report.ok(WHAT, told),
    }
}

/// Whether nobody but the owner may read a file.
fn private(report: &mut Report, what: &str, file: &Path) {
    let told = file.display();
    match mode(file) {
        Some(mode) if mode & 0o077 != 0 => {
            let todo = format!("chmod 600 {told}");
            report.error(what, format!("{told} is open to others (mode {mode:03o})"), &todo);
        }
        _ => report.ok(what, told),
    }
}

/// Whether there is room for the database to grow, and for SQLite's work beside it.
pub(super) fn disk(report: &mut Report, location: &Location) {
    let Some(file) = location.file() else {
        return report.ok("disk", "the database server's own: watch it there");
    };
    private(report, "database", file);
    let Some(free) = files::free(file) else {
        return report.warn("disk", "this system does not tell how full it is", "look yourself");
    };
    let holds = file.metadata().map_or(0, |about| about.len());
    let told = format!("{} free beside a database of {}", size(free), size(holds));
    let todo = "make room: a full disk refuses every upload until there is some";
    match free {
        ..NO_ROOM => report.error("disk", told, todo),
        // A migration or a backup beside it may need as much again.
        _ if free < LITTLE_ROOM.max(holds) => report.warn("disk", told, todo),
        _ => report.ok("disk", told),
    }
}

/// Whether there is a backup, and how old it is.
pub(super) fn backup(report: &Report, location: &Location) {
    const TODO: &str = "dai-ly-thu backup FILE, every night, and a copy on another machine";
    let Some(database) = location.file() else {
        return report.ok("last backup", "not known here: pg_dump and its kin keep no note of it");
    };
    let Some(last) = LastBackup::of(database) else {
        return report.warn("last backup", "none is known", TODO);
    };
    let age = clock::now() - last.at;
    let file = last.file.display();
    let told = format!("{}, {} in {file}", last.at.trunc_subsecs(0), size(last.bytes));
    if age > OLD {
        report.warn("last backup", format!("{told}: {} days old", age.num_days()), TODO);
    } else if !last.file.exists() {
        report.warn(
            "last backup",
            format!("{told}, which is not there"),
            "see that it was moved, not lost",
        );
    } else {
        report.ok("last backup", told);
    }
}

/// The rights on a file.
fn mode(file: &Path) -> Option<u32> {
    #[cfg(unix)]
    return Some(std::os::unix::fs::MetadataExt::mode(&file.metadata().ok()?) & 0o777);
    #[cfg(not(unix))]
    return file.exists().then_some(0o600);
}
