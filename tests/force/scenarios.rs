//! What happens once in a run, and not in every round: yesterday's backup restored, the disk full, and the
//! checks themselves put to the proof.

use std::sync::Arc;

use clap::ValueEnum;
use serde_json::Value;

use crate::args::{Args, Kind};
use crate::dice::Dice;
use crate::disk::SmallDisk;
use crate::http::Caller;
use crate::player::{Player, Violation};
use crate::round::{Plan, Report};
use crate::sabotage::Sabotage;
use crate::stage::Stage;
use crate::world::{World, folder, start_postgres};

const SEQUENCES: u64 = 12;
const STEPS: u64 = 14;

/// Plays all of them; whether all was well.
pub fn play(args: &Args, seed: u64) -> bool {
    let mut well = true;
    for kind in args.kinds() {
        well &= told(&format!("a backup restored, {}", kind.as_str()), restored(args, *kind, seed));
        match full(args, *kind, seed) {
            Some(report) => well &= told(&format!("the disk full, {}", kind.as_str()), report),
            None => println!(
                "the disk full, {}: not tried, only root may mount a small one",
                kind.as_str()
            ),
        }
    }
    well & proven(args, seed)
}

fn told(what: &str, report: Report) -> bool {
    let seconds = report.took.as_secs_f64();
    let well = report.violations.is_empty();
    println!(
        "{what}: {} records in {seconds:.1} s, {}",
        report.records,
        if well { "well" } else { "WRONG" }
    );
    for violation in report.violations.iter().take(20) {
        println!("WRONG, sequence {:?}: {}", violation.sequence, violation.what);
    }
    if let Some(kept) = &report.kept {
        println!("files: {}", kept.display());
    }
    well
}

/// Plays a few steps over a bad line; what is wrong already.
fn play_over_bad_line(stage: &mut Stage) -> Vec<Violation> {
    stage.world.proxy.set_bad(true);
    let wrong = stage.each(|player| player.play_on_phones(STEPS));
    stage.world.proxy.set_bad(false);
    wrong
}

/// Yesterday's backup is put in place: phones notice, and send all they kept. What is decided again gives
/// the enrollments and cards that were printed.
fn restored(args: &Args, kind: Kind, seed: u64) -> Report {
    let began = std::time::Instant::now();
    let world = World::fresh(kind, 1, args.durable, Dice::seed_of(seed, 31));
    let mut stage = Stage::set(world, Dice::seed_of(seed, 32), SEQUENCES, args.at_once);
    let mut report = Report::default();
    let wrong = &mut report.violations;
    wrong.extend(play_over_bad_line(&mut stage));
    stage.world.back_up();
    wrong.extend(play_over_bad_line(&mut stage));
    let mut auditor = stage.players[0].auditor(0);
    let old = auditor.get("/api/v1/sync/changes?limit=1");
    stage.world.restore();
    let cursor = old["cursor"].as_str().expect("a cursor");
    let refused = auditor.ask("GET", &format!("/api/v1/sync/changes?cursor={cursor}"), None);
    if (refused.0, refused.1["code"].as_str()) != (410, Some("cursor_reset")) {
        let what = format!("a cursor of another life is answered {refused:?}");
        wrong.push(Violation { sequence: Some(0), what });
    }
    wrong.extend(stage.each(Player::begin_epoch));
    if wrong.is_empty() {
        wrong.extend(stage.hand_in());
    }
    if wrong.is_empty() {
        wrong.extend(stage.each(Player::printed_again));
        wrong.extend(stage.balance());
    }
    report.sum_up(&mut stage, true);
    report.took = began.elapsed();
    report
}

/// The disk is full while phones deliver: they are told to come again, and nothing is lost or half done.
fn full(args: &Args, kind: Kind, seed: u64) -> Option<Report> {
    const SQLITE_MIB: u32 = 16;
    const POSTGRES_MIB: u32 = 220;
    let began = std::time::Instant::now();
    let size = if kind == Kind::Sqlite { SQLITE_MIB } else { POSTGRES_MIB };
    let disk = SmallDisk::mount(size)?;
    let world = match kind {
        Kind::Sqlite => World::on_file(&disk.path().join("force.db"), folder(args.durable), seed),
        Kind::Postgres => {
            let instance = Arc::new(start_postgres(args.durable, disk.path().to_owned()));
            World::on_postgres(instance, 1, folder(args.durable), seed)
        }
    };
    let mut stage = Stage::set(world, Dice::seed_of(seed, 33), SEQUENCES, args.at_once);
    let mut report = Report::default();
    let wrong = &mut report.violations;
    wrong.extend(stage.each(|player| player.play_on_phones(STEPS)));
    disk.fill();
    wrong.extend(stage.each(Player::deliver_until_refused));
    disk.free();
    if kind == Kind::Postgres {
        // It may have given up; somebody starts it again.
        stage.world.postgres().stop_immediately();
        stage.world.postgres().start_again();
    }
    stage.world.start();
    if wrong.is_empty() {
        wrong.extend(stage.hand_in());
    }
    if wrong.is_empty() {
        wrong.extend(stage.balance());
    }
    report.sum_up(&mut stage, true);
    report.took = began.elapsed();
    Some(report)
}

/// Every check finds what it is for.
fn proven(args: &Args, seed: u64) -> bool {
    let mut well = true;
    for (number, sabotage) in (0..).zip(Sabotage::value_variants()) {
        let found = sabotaged(args, *sabotage, Dice::seed_of(seed, 40 + number));
        let wanted = sabotage.is_found_by();
        if !found.iter().any(|it| wanted.iter().any(|words| it.what.contains(words))) {
            well = false;
            println!("WRONG: nobody found {sabotage:?}; found was {found:?}");
        }
    }
    if well {
        println!(
            "each of {} changes behind the server's back was found",
            Sabotage::value_variants().len()
        );
    }
    well
}

/// What is found after the sabotage. Chance may leave a round without anything that it could change (no
/// record that waits, say): then the next one is tried.
fn sabotaged(args: &Args, sabotage: Sabotage, mut seed: u64) -> Vec<Violation> {
    const TRIES: usize = 20;
    // What is checked does not depend on the database.
    let kind = args.kinds()[0];
    for _ in 0..TRIES {
        let plan = Plan {
            calm: true,
            only: None,
            sabotage: Some(sabotage),
            ..Plan::of(args, seed, kind, 5)
        };
        let report = plan.run(&|| {});
        if report.sabotaged || !report.violations.is_empty() {
            return report.violations;
        }
        seed = Dice::seed_of(seed, 1);
    }
    Vec::new()
}

impl Player {
    /// Somebody of this sequence on a phone that was never used.
    fn auditor(&mut self, agent: usize) -> Caller {
        let app = Some(crate::cast::id(&mut self.dice).to_string());
        Caller::new(&self.base, &self.troupe.agents[agent].account, app)
    }

    /// Phones come to the network after the restore. Each finds out by itself.
    fn begin_epoch(&mut self) -> Result<(), String> {
        self.model.begin_epoch();
        for phone in &mut self.phones {
            if !phone.pull()? && !phone.pull()? {
                return Err(format!("phone {} does not pull", phone.installation_id));
            }
        }
        Ok(())
    }

    /// What was accepted before and is now has the same enrollments and cards.
    fn printed_again(&mut self) -> Result<(), String> {
        let ids = |heard: &Value| -> Vec<(Value, Value)> {
            let told = heard["enrollments"].as_array().into_iter().flatten();
            told.map(|it| (it["id"].clone(), it["card"]["id"].clone())).collect()
        };
        for (id, record) in &self.model.records {
            for rev in &record.revs {
                let (Some(before), Some(now)) = (&rev.before, &rev.heard) else { continue };
                let accepted = before["status"] == "accepted" && now["status"] == "accepted";
                if accepted && ids(before) != ids(now) {
                    return Err(format!("record {id}: printed was {before}, and now {now}"));
                }
            }
        }
        Ok(())
    }

    /// Phones write and deliver until the server says that it cannot.
    fn deliver_until_refused(&mut self) -> Result<(), String> {
        const MOST: usize = 200;
        for _ in 0..MOST {
            self.play_on_phones(4)?;
            if self.phones.iter().any(|it| it.refused.contains(&503)) {
                let other = self.phones.iter().flat_map(|it| &it.refused).find(|it| **it != 503);
                return other.map_or(Ok(()), |status| Err(format!("refused with {status}")));
            }
        }
        Err("the disk is full, and nobody was refused".to_owned())
    }
}
