//! `recount`: whether the sums that are kept are the sums that are counted.

use clap::Args;

use super::{Failure, signed};
use crate::config::Database;
use crate::rulebook::Rulebook;
use crate::store::tallies::Counts;
use crate::tallies::recount::{self, Drift, PartDrift};

const EXAMPLES: &str = "\
The tallies, and who takes part at the end of a month, are kept as sums that every decision moves by a difference. This command forgets the
sums, goes through all enrollments and all records that hold money one by one, and compares. While
it counts nobody else decides: records wait, none is lost. Run it after a restore, or every night.

It prints what it counted and every row that differs, and fails when there is one.

Examples:
  dai-ly-thu recount
  dai-ly-thu recount --fix --database-url sqlite:/var/lib/dai-ly-thu/dai-ly-thu.db";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Options {
    /// Set the rows that differ to what was counted
    #[arg(long)]
    fix: bool,
    #[command(flatten)]
    database: Database,
}

pub(super) fn run(options: &Options) -> Result<(), Failure> {
    let store = options.database.open_existing()?;
    let store = if options.fix { signed(&store, None, "recount --fix") } else { store };
    let book = Rulebook::open(&store)?;
    let found = store.write(|tx| {
        let law = book.hold(tx)?;
        recount::recount(tx, law.areas(), options.fix)
    })?;
    println!("enrollments   {}", found.enrollments);
    println!("records held  {}", found.records_held);
    let rows = found.drifts.len() + found.parts.len();
    println!("rows that differ  {rows}");
    for drift in &found.drifts {
        print(drift);
    }
    for PartDrift { key, kept, counted } in &found.parts {
        let month = key.month.format("%Y-%m");
        println!(
            "taking part {month} {} group {} area {}",
            key.scheme, key.group_id, key.area_code
        );
        println!("  people: kept {kept}, counted {counted}");
    }
    match rows {
        0 => Ok(()),
        rows if options.fix => {
            println!("{rows} rows set right");
            Ok(())
        }
        rows => Err(Failure::Books(format!("{rows} rows differ; --fix sets them right"))),
    }
}

/// The row, and each number of it that differs.
fn print(drift: &Drift) {
    let key = &drift.key;
    println!(
        "{} {} {} group {} agent {} organisation {} area {} village {} drive {}",
        drift.grain.as_str(),
        key.starts_on,
        key.scheme,
        key.group_id,
        key.agent_id,
        key.organisation_id,
        key.area_code,
        key.village_id,
        key.drive_id,
    );
    for ((name, kept), (_, counted)) in named(&drift.kept).into_iter().zip(named(&drift.counted)) {
        if kept != counted {
            println!("  {name}: kept {kept}, counted {counted}");
        }
    }
}

fn named(counts: &Counts) -> [(&'static str, i64); 9] {
    [
        ("accepted", counts.accepted),
        ("renewals", counts.renewals),
        ("duplicate", counts.duplicate),
        ("review", counts.review),
        ("rejected", counts.rejected),
        ("voided", counts.voided),
        ("amount_enrolled", counts.amount_enrolled),
        ("amount_held", counts.amount_held),
        ("state_support", counts.state_support),
    ]
}
