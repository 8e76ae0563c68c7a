//! Uploads end to end beside raw inserts of the same rows, in turns.

use crate::people::People;
use crate::phones::{Site, Work, hand_in};
use crate::raw;
use crate::report::{Goal, Section, median, number, rate};
use crate::support::{Backend, Database};
use crate::{Options, name_of};

/// Of what the database can do at best, so much is to be left with everything checked.
const SHARE: f64 = 0.5;

pub fn measure(options: &Options) -> Section {
    let sizes: [(usize, usize); 4] = if options.quick {
        [(1, 16), (20, 8), (100, 8), (500, 8)]
    } else {
        [(1, 320), (20, 160), (100, 48), (500, 24)]
    };
    let mut rows = Vec::new();
    let mut goals = Vec::new();
    for backend in [Backend::Sqlite, Backend::Postgres] {
        for phones in [1, 8] {
            for (batch, uploads) in sizes {
                let work = Work { phones, batch, uploads };
                let rounds: Vec<(f64, f64)> =
                    (0..options.rounds()).map(|_| round(backend, work)).collect();
                let pushed = median(rounds.iter().map(|it| it.0).collect());
                let inserted = median(rounds.iter().map(|it| it.1).collect());
                let ratio = median(rounds.iter().map(|it| it.0 / it.1).collect());
                let each = f64::from(u32::try_from(batch).expect("few"));
                let cells = [pushed, pushed * each, inserted * each, ratio];
                let mut row = vec![format!("{}, {phones} × {batch}", name_of(backend))];
                row.extend(cells.map(number));
                eprintln!("{}", row.join("  "));
                rows.push(row);
                if batch == 500 {
                    let what = format!(
                        "uploads of 500 beside raw inserts, {}, phones: {phones}",
                        name_of(backend)
                    );
                    goals.push(Goal::at_least(what, ratio, SHARE, ""));
                }
            }
        }
    }
    Section {
        title: "Uploads",
        about: "Phones hand in batches of voluntary enrollments of new people over HTTP, packed with zstd; the \
                answers are packed too. Beside them the rows that came of it (records, persons, codes, \
                enrollments, cards, feed) are inserted into the same tables of an empty database, with as many \
                connections, one transaction a batch, by the fastest statements known. Each line is the median \
                of several rounds, and so is the ratio of the two within a round.",
        columns: vec![
            "database, phones × records",
            "uploads/s",
            "enrollments/s",
            "raw inserts/s",
            "ratio",
        ],
        rows,
        goals,
    }
}

/// Uploads and raw transactions, each for a second.
fn round(backend: Backend, work: Work) -> (f64, f64) {
    let (pushed_into, inserted_into) = (Database::fresh(backend), Database::fresh(backend));
    let site = Site::open(pushed_into.store());
    let pushed = hand_in(&site, &mut People::from(0), work);
    let inserted = raw::insert(&site.store, &inserted_into.store(), work);
    (rate(work.uploads, pushed), rate(work.uploads, inserted))
}
