//! However many records a batch has, it asks the database as often as one record does.

use std::sync::{Arc, Mutex};

use diesel::connection::{Connection, InstrumentationEvent};
use serde_json::{Value, json};

use dai_ly_thu::clock;
use dai_ly_thu::domain::Id;
use dai_ly_thu::store::{Conn, Result};

use super::world::{Phone, World};
use crate::both;
use crate::support::Backend;
use crate::support::records::{captured, household, record, void, voluntary};

both!(
    new_people,
    households,
    renewals,
    duplicates,
    voids,
    voids_of_what_has_duplicates,
    corrections,
    codes_that_become_known,
);

const MANY: u32 = 40;

/// Id, revision, kind, body.
type Made = (Id, i64, &'static str, Value);

struct Counted {
    world: World,
    phone: Phone,
    seq: i64,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Counted {
    fn new(backend: Backend) -> Self {
        let world = World::with(backend, 1);
        let phone = world.phone(world.group("Nhóm 1"));
        let asked = Arc::<Mutex<Vec<String>>>::default();
        let log = Arc::clone(&asked);
        let listen = move |event: InstrumentationEvent<'_>| {
            if let InstrumentationEvent::StartQuery { query, .. } = event {
                log.lock().unwrap().push(query.to_string());
            }
        };
        let instrument = |conn: &mut Conn| -> Result<()> {
            conn.set_instrumentation(listen);
            Ok(())
        };
        world.store.write(instrument).unwrap();
        Self { world, phone, seq: 0, asked }
    }

    /// Decides these; what was asked. SQLite takes rows one by one, as parts of the same question.
    fn push(&mut self, backend: Backend, made: &[Made]) -> Vec<String> {
        let records: Vec<Value> = made
            .iter()
            .map(|(id, rev, kind, body)| {
                self.seq += 1;
                record(*id, *rev, self.seq, kind, captured(), body)
            })
            .collect();
        self.asked.lock().unwrap().clear();
        let pushed = self.world.push(self.phone, &records);
        assert_eq!(pushed.decisions.len(), records.len());
        let mut asked = std::mem::take(&mut *self.asked.lock().unwrap());
        asked.retain(|sql| backend == Backend::Postgres || !sql.starts_with("INSERT"));
        asked
    }
}

/// Decides one and many of what `make` makes of each number, after what has to come before it.
fn compare(
    backend: Backend,
    before: impl Fn(u32, Id) -> Vec<Made>,
    make: impl Fn(u32, Id) -> Made,
) {
    let mut counted = Counted::new(backend);
    let [one, many] = [0..1, 1..MANY + 1].map(|numbers| {
        let numbered: Vec<(u32, Id)> = numbers.map(|n| (10 * n, clock::new_id())).collect();
        let first: Vec<Made> = numbered.iter().flat_map(|(n, id)| before(*n, *id)).collect();
        counted.push(backend, &first);
        let then: Vec<Made> = numbered.iter().map(|(n, id)| make(*n, *id)).collect();
        counted.push(backend, &then)
    });
    assert_eq!(one.len(), many.len(), "{one:#?}\n{many:#?}");
    counted.world.assert_books();
}

fn nothing(_: u32, _: Id) -> Vec<Made> {
    vec![]
}

fn enrolled(number: u32, id: Id) -> Vec<Made> {
    vec![(id, 1, "voluntary", voluntary(number))]
}

/// The same person, some fields of the record changed.
fn changed(number: u32, fields: &[(&str, Value)]) -> Value {
    let mut body = voluntary(number);
    for (path, value) in fields {
        *body.pointer_mut(path).expect(path) = value.clone();
    }
    body
}

fn new_people(backend: Backend) {
    compare(backend, nothing, |n, id| (id, 1, "voluntary", voluntary(n)));
}

fn households(backend: Backend) {
    compare(backend, nothing, |n, id| (id, 1, "household", household(n, 3)));
}

fn renewals(backend: Backend) {
    let next =
        |n, _| (clock::new_id(), 1, "voluntary", changed(n, &[("/from_month", json!("2027-01"))]));
    compare(backend, enrolled, next);
}

fn duplicates(backend: Backend) {
    compare(backend, enrolled, |n, _| (clock::new_id(), 1, "voluntary", voluntary(n)));
}

fn voids(backend: Backend) {
    compare(backend, enrolled, |_, id| (clock::new_id(), 1, "void", void(id)));
}

fn voids_of_what_has_duplicates(backend: Backend) {
    let twice = |n, id| {
        vec![(id, 1, "voluntary", voluntary(n)), (clock::new_id(), 1, "voluntary", voluntary(n))]
    };
    compare(backend, twice, |_, id| (clock::new_id(), 1, "void", void(id)));
}

fn corrections(backend: Backend) {
    let wrong = |n, id| vec![(id, 1, "voluntary", changed(n, &[("/amount_collected", json!(1))]))];
    compare(backend, wrong, |n, id| (id, 2, "voluntary", voluntary(n)));
}

fn codes_that_become_known(backend: Backend) {
    let known_by = |n: u32| ("/person/personal_id", json!(format!("0441{n:08}")));
    let without = |n, id| {
        let fields = [known_by(n), ("/person/bhxh_code", Value::Null)];
        vec![(id, 1, "voluntary", changed(n, &fields))]
    };
    let with = |n, _| {
        let fields = [known_by(n), ("/from_month", json!("2027-01"))];
        (clock::new_id(), 1, "voluntary", changed(n, &fields))
    };
    compare(backend, without, with);
}
