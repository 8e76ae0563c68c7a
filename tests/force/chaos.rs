//! What strikes all sequences of a round at once: servers are killed, the database is stopped, its
//! connections are taken, its file is locked.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, SqliteConnection};

use crate::args::Kind;
use crate::dice::Dice;
use crate::world::{ALL_CONNECTIONS, World};

/// What struck.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strike {
    /// SIGKILL of one server, and another start.
    Kill,
    /// SIGKILL of all servers at once.
    KillAll,
    /// PostgreSQL stops as in a power cut, and recovers.
    StopDatabase,
    /// Most connections of PostgreSQL are taken for a moment.
    TakeConnections,
    /// Somebody else writes into the file of SQLite for a moment.
    LockFile,
}

/// Strikes until it is told to stop; how often what struck.
pub fn rage(world: &World, seed: u64, stop: &AtomicBool) -> BTreeMap<Strike, u32> {
    let strikes: &[(u64, Strike)] = match world.kind {
        Kind::Sqlite => &[(8, Strike::Kill), (3, Strike::LockFile)],
        Kind::Postgres => &[
            (6, Strike::Kill),
            (2, Strike::KillAll),
            (3, Strike::StopDatabase),
            (2, Strike::TakeConnections),
        ],
    };
    let mut dice = Dice::new(seed);
    let mut struck = BTreeMap::new();
    let mut recovery = Duration::ZERO;
    while !stop.load(Ordering::Relaxed) {
        // On a slow machine servers come back slowly, and must get to work all the same.
        std::thread::sleep(Duration::from_millis(dice.between(10, 400)) + recovery);
        let began = Instant::now();
        let strike = dice.weigh(strikes);
        *struck.entry(strike).or_default() += 1;
        let moment = Duration::from_millis(dice.between(20, 400));
        match strike {
            Strike::Kill => {
                let number = dice.throw(world.servers());
                world.kill(number);
                world.start_one(number);
            }
            Strike::KillAll => {
                world.kill_all();
                world.start();
            }
            Strike::StopDatabase => {
                world.postgres().stop_immediately();
                std::thread::sleep(moment / 4);
                world.postgres().start_again();
            }
            Strike::TakeConnections => {
                let one = || PgConnection::establish(&world.url).ok();
                let taken: Vec<_> = (0..ALL_CONNECTIONS).map_while(|_| one()).collect();
                std::thread::sleep(moment);
                drop(taken);
            }
            Strike::LockFile => lock(world, moment),
        }
        recovery = began.elapsed();
    }
    struck
}

fn lock(world: &World, moment: Duration) {
    let mut other = SqliteConnection::establish(world.database()).expect("the file opens");
    let locked = other.batch_execute("PRAGMA busy_timeout = 5000; BEGIN IMMEDIATE");
    if locked.is_ok() {
        std::thread::sleep(moment);
        other.batch_execute("ROLLBACK").expect("nothing was written");
    }
}
