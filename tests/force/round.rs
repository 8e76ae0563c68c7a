//! A round: one fresh world, many sequences at once, faults all the while, and the books at the end.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::args::{Args, Kind};
use crate::chaos::{self, Strike};
use crate::dice::Dice;
use crate::player::Violation;
use crate::proxy::Fault;
use crate::sabotage::Sabotage;
use crate::stage::{Stage, each};
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
    /// The sabotage that was wanted found something to change.
    pub sabotaged: bool,
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
        let world = World::fresh(self.kind, self.servers, self.durable, seed(1));
        let mut stage = Stage::set(world, self.seed, self.sequences, self.at_once);
        stage.players.retain(|it| self.only.is_none_or(|only| only == it.number));
        let mut report = Report::default();

        stage.world.proxy.set_bad(!self.calm);
        let done = AtomicBool::new(false);
        let (world, players) = (&stage.world, &mut stage.players);
        std::thread::scope(|scope| {
            let raging = (!self.calm).then(|| scope.spawn(|| chaos::rage(world, seed(3), &done)));
            report.violations = each(players, self.at_once, |player| {
                let played = player.play();
                progress();
                played
            });
            done.store(true, Ordering::Relaxed);
            if let Some(raging) = raging {
                report.struck = raging.join().expect("the chaos ends in order");
            }
        });
        world.proxy.set_bad(false);
        report.faults = world.proxy.counted();

        let checks = Instant::now();
        if report.violations.is_empty() {
            report.violations = stage.hand_in();
        }
        if report.violations.is_empty() {
            if let Some(sabotage) = self.sabotage {
                report.sabotaged = sabotage.strike(&stage.world);
            }
            report.violations = stage.balance();
        }
        report.checks = checks.elapsed();
        report.sum_up(&mut stage, self.sabotage.is_none());
        report.took = began.elapsed();
        report
    }
}

impl Report {
    /// What a stage ended with; its files stay when something is wrong.
    pub fn sum_up(&mut self, stage: &mut Stage, keep: bool) {
        for player in &stage.players {
            self.played += 1;
            self.records += player.model.records.len() as u64;
            self.answers += player.model.answers;
            self.replays += player.model.replays;
            for (what, times) in &player.model.heard {
                *self.heard.entry(what.clone()).or_default() += times;
            }
            if self.violations.iter().any(|it| it.sequence == Some(player.number)) {
                self.logs.insert(player.number, player.log.clone());
            }
        }
        if !self.violations.is_empty() && keep {
            self.kept = Some(stage.world.keep());
        }
    }
}
