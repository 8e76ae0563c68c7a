//! What the program holds while two hundred phones speak to it at once, and how long the last one waits.

use std::sync::Barrier;
use std::time::{Duration, Instant};

use dai_ly_thu::auth::Keys;

use crate::people::People;
use crate::phones::{Phone, packed, phones};
use crate::program::Program;
use crate::report::{Goal, Section, number};
use crate::support::{Backend, Database};
use crate::{Options, name_of};

const PHONES: usize = 200;
const BATCH: usize = 500;
const MEBIBYTES: f64 = 200.0;

struct Seen {
    memory: f64,
    /// From the first attempt to the answer, of the phone that waited longest.
    slowest: Duration,
    /// How often a phone was told to come again.
    refused: usize,
}

pub fn measure(options: &Options) -> Section {
    let batches = if options.quick { 1 } else { 2 };
    let mut rows = Vec::new();
    let mut goals = Vec::new();
    for backend in [Backend::Sqlite, Backend::Postgres] {
        for packing in [Some("zstd"), None] {
            let seen = storm(backend, packing, batches);
            let way = packing.unwrap_or("plain");
            let mut row = vec![format!("{}, {way}", name_of(backend))];
            row.extend([seen.memory, seen.slowest.as_secs_f64()].map(number));
            row.push(seen.refused.to_string());
            eprintln!("{}", row.join("  "));
            rows.push(row);
            let what =
                format!("memory with {PHONES} phones at once, {}, bodies {way}", name_of(backend));
            goals.push(Goal::at_most(what, seen.memory, MEBIBYTES, " MiB"));
        }
    }
    Section {
        title: "Two hundred phones",
        about: "The program as a process of its own. 200 phones in 100 groups begin at the same moment, each hands \
                in batches of 500 new people; who is told to come again waits as long as he is told. The most \
                memory the process ever held (VmHWM), MiB; the longest time from a first attempt to its answer, \
                seconds; how often a phone was told to come again. Every record was accepted.",
        columns: vec!["database, bodies", "memory", "slowest", "told to come again"],
        rows,
        goals,
    }
}

fn storm(backend: Backend, packing: Option<&str>, batches: usize) -> Seen {
    let database = Database::fresh(backend);
    let folder = tempfile::tempdir().expect("a folder");
    let key = folder.path().join("key.pem");
    let keys = Keys::open(&key).expect("a key");
    let phones = {
        let store = database.store();
        phones(&store, &keys, PHONES)
    };
    let mut people = People::from(0);
    let phones: Vec<(Phone, Vec<Vec<u8>>)> = phones
        .into_iter()
        .map(|mut phone| {
            let body = |_| {
                let body = phone.batch(&mut people, BATCH);
                if packing.is_some() { packed(&body) } else { body.into_bytes() }
            };
            let bodies = (0..batches).map(body).collect();
            (phone, bodies)
        })
        .collect();
    let program = Program::start(&database.url, &key);
    let begin = Barrier::new(PHONES);
    let told: Vec<(Duration, usize)> = std::thread::scope(|scope| {
        let threads: Vec<_> = phones
            .iter()
            .map(|(phone, bodies)| {
                let (program, begin) = (&program, &begin);
                scope.spawn(move || {
                    begin.wait();
                    let each = bodies.iter().map(|body| insist(program, phone, packing, body));
                    each.fold((Duration::ZERO, 0), |a, b| (a.0.max(b.0), a.1 + b.1))
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().expect("a phone")).collect()
    });
    Seen {
        memory: program.most_memory(),
        slowest: told.iter().map(|it| it.0).max().unwrap_or_default(),
        refused: told.iter().map(|it| it.1).sum(),
    }
}

/// Sends until it is answered; how long that took, and how often it was told to come again.
fn insist(
    program: &Program,
    phone: &Phone,
    packing: Option<&str>,
    body: &[u8],
) -> (Duration, usize) {
    let begun = Instant::now();
    for refused in 0..100 {
        let answer = phone.push(&program.base, packing, body);
        if answer.status == 503 {
            let wait = answer.retry_after.expect("a time to come again");
            std::thread::sleep(Duration::from_secs(wait));
            continue;
        }
        let took = begun.elapsed();
        match packing {
            Some(_) => drop(answer.accepted(BATCH)),
            None => {
                let text = String::from_utf8(answer.body).expect("a text");
                assert_eq!(text.matches("\"status\":\"accepted\"").count(), BATCH);
            }
        }
        return (took, refused);
    }
    panic!("a phone starved");
}
