//! A round: one fresh world, many sequences at once, faults all the while, and the books at the end.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::args::{Args, Kind};
use crate::cast::Cast;
use crate::chaos::{self, Strike};
use crate::dice::Dice;
use crate::invariants::{self, Books};
use crate::player::{Player, Violation};
use crate::proxy::Fault;
use crate::sabotage::Sabotage;
use crate::witness::{Office, Told};
use crate::world::World;

/// What one round is.
#[derive(Debug, Clone)]
pub struct Plan {
    pub seed: u64,
    pub kind: Kind,
    pub servers: usize,
    pub sequences: u64,
    pub only: Option<u64>,
    pub calm: bool,
    pub durable: bool,
    pub at_once: usize,
    /// What is changed behind everybody's back before the books are balanced.
    pub sabotage: Option<Sabotage>,
}

/// What became of it.
#[derive(Debug, Default)]
pub struct Report {
    pub violations: Vec<Violation>,
    pub played: u64,
    pub records: u64,
    pub answers: u64,
    pub replays: u64,
    pub heard: BTreeMap<String, u64>,
    pub faults: BTreeMap<Fault, u64>,
    pub struck: BTreeMap<Strike, u32>,
    pub took: Duration,
    /// Of that, the checks at the end.
    pub checks: Duration,
    /// Where the files were left, when something is wrong.
    pub kept: Option<PathBuf>,
    /// What the sequences to blame did.
    pub logs: BTreeMap<u64, Vec<String>>,
}

impl Plan {
    pub fn of(args: &Args, seed: u64, kind: Kind, sequences: u64) -> Self {
        Self {
            seed,
            kind,
            servers: if kind == Kind::Sqlite { 1 } else { usize::from(args.servers) },
            sequences,
            only: args.only,
            calm: args.calm,
            durable: args.durable,
            at_once: args.at_once,
            sabotage: None,
        }
    }

    /// The words that run this round again.
    pub fn again(&self) -> String {
        format!(
            "--seed {:x} --sequences {n} --per-round {n} --database {} --servers {}",
            self.seed,
            self.kind.as_str(),
            self.servers,
            n = self.sequences
        )
    }

    /// Plays it; `progress` is told of each sequence that ends.
    pub fn run(&self, progress: &(dyn Fn() + Sync)) -> Report {
        let began = Instant::now();
        let seed = |part| Dice::seed_of(self.seed, part);
        let mut world = World::fresh(self.kind, self.servers, self.durable, seed(1));
        let store = world.store();
        let cast = Cast::hire(&store, seed(2), self.sequences);
        drop(store);
        world.start();
        let mut report = Report::default();
        let mut players = self.players(&world, &cast);

        world.proxy.set_bad(!self.calm);
        let done = AtomicBool::new(false);
        let violations = std::thread::scope(|scope| {
            let raging = (!self.calm)
                .then(|| scope.spawn(|| chaos::rage(&world, seed(3), self.durable, &done)));
            let violations = self.each(&mut players, |player| {
                let played = player.play();
                progress();
                played
            });
            done.store(true, Ordering::Relaxed);
            if let Some(raging) = raging {
                report.struck = raging.join().expect("the chaos ends in order");
            }
            violations
        });
        report.violations = violations;
        world.proxy.set_bad(false);
        report.faults = world.proxy.counted();

        let checks = Instant::now();
        if report.violations.is_empty() {
            report.violations = self.balance(&world, &cast, &mut players);
        }
        report.checks = checks.elapsed();
        for player in &players {
            report.played += 1;
            report.records += player.model.records.len() as u64;
            report.answers += player.model.answers;
            report.replays += player.model.replays;
            for (what, times) in &player.model.heard {
                *report.heard.entry(what.clone()).or_default() += times;
            }
            if report.violations.iter().any(|it| it.sequence == Some(player.number)) {
                report.logs.insert(player.number, player.log.clone());
            }
        }
        if !report.violations.is_empty() && self.sabotage.is_none() {
            report.kept = Some(world.keep());
        }
        report.took = began.elapsed();
        report
    }

    fn players(&self, world: &World, cast: &Cast) -> Vec<Player> {
        let folder = Arc::new(world.folder().to_path_buf());
        let troupes = (0_u64..).zip(&cast.troupes);
        let wanted = troupes.filter(|(number, _)| self.only.is_none_or(|only| only == *number));
        let player = |(number, troupe): (u64, &crate::cast::Troupe)| {
            let seed = Dice::seed_of(self.seed, 1000 + number);
            Player::new(number, seed, troupe.clone(), &world.proxy.base(), &folder)
        };
        wanted.map(player).collect()
    }

    /// Everything is handed in, everybody asked, and all compared.
    fn balance(&self, world: &World, cast: &Cast, players: &mut [Player]) -> Vec<Violation> {
        let wrong = self.each(players, Player::hand_in);
        if !wrong.is_empty() {
            return wrong;
        }
        if let Some(sabotage) = self.sabotage {
            sabotage.strike(world);
        }
        let told: Mutex<BTreeMap<u64, Told>> = Mutex::new(BTreeMap::new());
        let wrong = self.each(players, |player| {
            let of_it = player.testify();
            told.lock().expect("no thread failed").insert(player.number, of_it);
            Ok(())
        });
        if !wrong.is_empty() {
            return wrong;
        }
        let office = Office::ask(&world.proxy.base(), &cast.admin);
        let told: Vec<Told> = told.into_inner().expect("no thread failed").into_values().collect();
        invariants::check(world, &Books::new(players, &told, &office))
    }

    /// Does something with every player, some of them at once. A player who panics is wrong, too.
    fn each(
        &self,
        players: &mut [Player],
        work: impl Fn(&mut Player) -> Result<(), String> + Sync,
    ) -> Vec<Violation> {
        let waiting = AtomicU64::new(0);
        let players: Vec<Mutex<&mut Player>> = players.iter_mut().map(Mutex::new).collect();
        let found = Mutex::new(Vec::new());
        std::thread::scope(|scope| {
            for _ in 0..self.at_once.max(1) {
                scope.spawn(|| {
                    loop {
                        let next = waiting.fetch_add(1, Ordering::Relaxed);
                        let Some(player) = players.get(next as usize) else { return };
                        let mut player = player.lock().expect("taken once");
                        let number = Some(player.number);
                        let careful = std::panic::AssertUnwindSafe(|| work(&mut player));
                        let what = match std::panic::catch_unwind(careful) {
                            Ok(Ok(())) => continue,
                            Ok(Err(what)) => what,
                            Err(_) => "it panicked; see above".to_owned(),
                        };
                        let violation = Violation { sequence: number, what };
                        found.lock().expect("no thread failed").push(violation);
                    }
                });
            }
        });
        found.into_inner().expect("no thread failed")
    }
}
