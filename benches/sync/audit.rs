//! What the record of who did what adds to an upload: batches that somebody hands to the engine beside
//! batches that nobody does, in turns into the same database; then the chain over the entries.

use std::sync::Arc;
use std::time::{Duration, Instant};

use dai_ly_thu::audit::seal;
use dai_ly_thu::auth::Keys;
use dai_ly_thu::clock;
use dai_ly_thu::domain::{Areas, Id, RecordStatus};
use dai_ly_thu::rulebook::Rulebook;
use dai_ly_thu::store::audit::Who;
use dai_ly_thu::store::{Author, Store};
use dai_ly_thu::sync::{Batch, Sender, envelope, push};

use crate::people::People;
use crate::phones::{Phone, group};
use crate::report::{Goal, Section, median, millis, number};
use crate::support::{Backend, Database};
use crate::{Options, name_of};

/// Of the time of an upload.
const SHARE: f64 = 0.05;

pub fn measure(options: &Options) -> Section {
    let sizes = if options.quick { [(20, 10), (500, 4)] } else { [(20, 600), (500, 80)] };
    let mut rows = Vec::new();
    let mut goals = Vec::new();
    for backend in [Backend::Sqlite, Backend::Postgres] {
        for (batch, pairs) in sizes {
            let took = take_turns(&Database::fresh(backend).store(), batch, pairs);
            let share = (took.signed + took.sealed) / took.unsigned - 1.0;
            let name = name_of(backend);
            let mut row = vec![format!("{name}, {batch}")];
            row.extend([took.unsigned, took.signed, took.sealed, share * 100.0].map(number));
            eprintln!("{}", row.join("  "));
            rows.push(row);
            let what = format!("what the audit adds to an upload of {batch}, {name}");
            goals.push(Goal::at_most(what, share * 100.0, SHARE * 100.0, " %"));
        }
    }
    Section {
        title: "Audit",
        about: "One phone's batches of new people, read, judged and stored by the engine, without HTTP: each as nobody's, \
                then one as somebody's, whose entry is written in the same transaction. Medians, milliseconds. Sealing \
                is done in the background and for many entries at once; a batch's share of it is told, and counted.",
        columns: vec!["database, records", "unsigned, ms", "signed, ms", "sealed, ms", "more, %"],
        rows,
        goals,
    }
}

/// Milliseconds of a batch, and of sealing its entry.
struct Took {
    unsigned: f64,
    signed: f64,
    sealed: f64,
}

fn take_turns(store: &Store, batch: usize, pairs: usize) -> Took {
    let group_id = group(store, "Nhóm đo");
    let mut desk = Desk {
        phone: Phone::of(store, &Keys::in_memory().expect("random bytes"), group_id),
        book: Rulebook::open(store).expect("the law"),
        group_id,
    };
    let mut people = People::from(0);
    let mut took = [Vec::new(), Vec::new()];
    for pair in 0..pairs {
        // Who comes second finds warmer pages, so each does every other time.
        for signed in [pair % 2 == 0, pair % 2 != 0] {
            let text = desk.phone.batch(&mut people, batch);
            took[usize::from(signed)].push(millis(desk.hand_in(store, signed, &text)));
        }
    }
    let begun = Instant::now();
    let sealed = seal::seal(store).expect("the chain");
    assert_eq!(sealed, pairs as u64);
    let sealed = millis(begun.elapsed()) / f64::from(u32::try_from(pairs).expect("few"));
    let [unsigned, signed] = took.map(median);
    Took { unsigned, signed, sealed }
}

/// Where batches are judged.
struct Desk {
    phone: Phone,
    book: Rulebook,
    group_id: Id,
}

impl Desk {
    fn hand_in(&self, store: &Store, signed: bool, text: &str) -> Duration {
        let Phone { user_id, installation_id, .. } = self.phone;
        let begun = Instant::now();
        let batch = Batch {
            book: &self.book,
            sender: Sender {
                agent_id: user_id,
                group_id: self.group_id,
                organisation_id: None,
                is_leader: false,
                certificate_expires_on: None,
            },
            installation_id: Some(installation_id),
            batch_id: clock::new_id(),
            received: clock::now(),
        };
        let who =
            Who { user_id: Some(user_id), client_id: None, installation_id: Some(installation_id) };
        let what = "PUT /api/v1/sync/batches/{batch_id}".to_owned();
        let store = if signed {
            let request_id = clock::new_id().to_string();
            store.by(Arc::new(Author::new(who, what, request_id, Some(batch.batch_id))))
        } else {
            store.housekeeping()
        };
        let envelope = envelope::read(text.as_bytes(), Areas::embedded()).expect("a batch");
        let pushed = push::push(&store, &batch, &envelope).expect("stored");
        let took = begun.elapsed();
        assert!(pushed.decisions.iter().all(|it| it.outcome.status == RecordStatus::Accepted));
        took
    }
}
