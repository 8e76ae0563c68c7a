//! Force and model together: `cargo test --test force -- --help`.

#[allow(dead_code, reason = "shared with the other tests")]
#[path = "../support/mod.rs"]
mod support;

mod again;
mod args;
mod cast;
mod chaos;
mod desk;
mod dice;
mod disk;
mod http;
mod invariants;
mod message;
mod model;
mod phone;
mod player;
mod proxy;
mod round;
mod sabotage;
mod scenarios;
mod slips;
mod stage;
mod steps;
mod visits;
mod witness;
mod world;

use std::io::IsTerminal;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use clap::Parser;

use args::Args;
use dice::Dice;
use round::{Plan, Report};

fn main() -> ExitCode {
    let args = Args::parse();
    if args.is_for_others() {
        return ExitCode::SUCCESS;
    }
    let now = dai_ly_thu::clock::now().timestamp_micros();
    let seed = args.seed.unwrap_or_else(|| Dice::seed_of(now.cast_unsigned(), 0) >> 16);
    let mut well = rounds(&args, seed);
    if args.only.is_none() && args.sabotage.is_none() && !args.rounds_only {
        well &= scenarios::play(&args, seed);
    }
    if well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Plays all rounds; whether all was well.
fn rounds(args: &Args, mut seed: u64) -> bool {
    let (mut left, mut well) = (args.sequences, true);
    let kinds = args.kinds();
    let per_round = args.per_round.min(args.sequences.div_ceil(kinds.len() as u64)).max(1);
    for kind in kinds.iter().cycle() {
        if left == 0 {
            return well;
        }
        let sequences = per_round.min(left);
        let plan = Plan { sabotage: args.sabotage, ..Plan::of(args, seed, *kind, sequences) };
        let report = play(&plan, args.sequences - left, args.sequences);
        tell(args, &plan, &report);
        well &= report.violations.is_empty();
        left -= sequences;
        seed = Dice::seed_of(seed, 1) >> 16;
    }
    well
}

fn play(plan: &Plan, before: u64, all: u64) -> Report {
    let (done, began) = (AtomicU64::new(0), Instant::now());
    let shown = std::io::stderr().is_terminal();
    plan.run(&|| {
        let done = before + done.fetch_add(1, Ordering::Relaxed) + 1;
        if shown {
            let seconds = began.elapsed().as_secs();
            eprint!("\r{done} of {all} sequences, this round {seconds} s ");
        }
    })
}

fn tell(args: &Args, plan: &Plan, report: &Report) {
    let seconds = report.took.as_secs_f64();
    println!(
        "{} {} server{}: {} sequences in {seconds:.1} s ({:.1}/s, checks {:.1} s), {} records, \
         {} answers, {} of them told again; seed {:x}",
        plan.kind.as_str(),
        plan.servers,
        if plan.servers == 1 { "" } else { "s" },
        report.played,
        report.played as f64 / seconds,
        report.checks.as_secs_f64(),
        report.records,
        report.answers,
        report.replays,
        plan.seed,
    );
    println!("  struck: {:?}; requests: {:?}", report.struck, report.faults);
    if args.verbose {
        report.heard.iter().for_each(|(what, times)| println!("  {times:>6} {what}"));
    }
    if report.violations.is_empty() {
        return;
    }
    for violation in report.violations.iter().take(20) {
        match violation.sequence {
            Some(number) => println!("WRONG, sequence {number}: {}", violation.what),
            None => println!("WRONG: {}", violation.what),
        }
    }
    println!("{} things are wrong. Again, the whole round:", report.violations.len());
    println!("  cargo test --release --test force -- {}", plan.again());
    for (number, log) in report.logs.iter().take(5) {
        println!("sequence {number} (alone: add --only {number}) did:");
        log.iter().for_each(|line| println!("    {line}"));
    }
    if let Some(kept) = &report.kept {
        println!("files: {}", kept.display());
    }
}
