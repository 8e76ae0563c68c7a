//! Phones that hand in batches over HTTP, packed with zstd both ways.

use std::sync::{Arc, Barrier};
use std::time::{Duration, Instant};

use serde_json::Value;
use ureq::Agent;

use dai_ly_thu::auth::Keys;
use dai_ly_thu::clock;
use dai_ly_thu::domain::{Id, Role};
use dai_ly_thu::http::{Edge, Running, Turns};
use dai_ly_thu::store::groups::{self, Group};
use dai_ly_thu::store::{Result, Store};

use crate::callers;
use crate::people::People;
use crate::support::records::{batch, captured, record};

/// Phones in a group.
const IN_A_GROUP: usize = 2;

/// A server on a database.
pub struct Site {
    pub store: Store,
    pub keys: Arc<Keys>,
    pub base: String,
    running: Option<Running>,
}

impl Site {
    pub fn open(store: Store) -> Self {
        let keys = Arc::new(Keys::in_memory().expect("random bytes"));
        let running = callers::serve(
            &store,
            &keys,
            &Arc::new(Turns::new().expect("threads")),
            Edge::default(),
        );
        let base = format!("http://{}", running.addr);
        Self { store, keys, base, running: Some(running) }
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            running.stop().expect("the server stops");
        }
    }
}

/// An agent's phone.
pub struct Phone {
    pub user_id: Id,
    pub installation_id: Id,
    token: String,
    seq: i64,
    agent: Agent,
}

/// What was answered.
pub struct Answered {
    pub status: u16,
    pub retry_after: Option<u64>,
    pub body: Vec<u8>,
}

impl Answered {
    /// The answer of a push whose every record was accepted.
    pub fn accepted(&self, records: usize) -> Value {
        assert_eq!(self.status, 200, "{}", String::from_utf8_lossy(&self.body));
        let text = zstd::decode_all(&*self.body).expect("packed with zstd");
        let answer: Value = serde_json::from_slice(&text).expect("JSON");
        let results = answer["results"].as_array().expect("results");
        assert_eq!(results.len(), records);
        for result in results {
            assert_eq!(result["status"], "accepted", "{result:#}");
        }
        answer
    }
}

/// A group, by its name.
pub fn group(store: &Store, name: &str) -> Id {
    let id = clock::new_id();
    let name = name.to_owned();
    let group = Group {
        id,
        name,
        office_id: None,
        area_codes: vec![],
        created_at: clock::now().naive_utc(),
    };
    store.write(|tx| -> Result<_> { groups::create(tx, group) }).expect("a group");
    id
}

/// So many phones, two in a group.
pub fn phones(store: &Store, keys: &Keys, count: usize) -> Vec<Phone> {
    let mut group_id = Id::NIL;
    let phone = |i: usize| {
        if i.is_multiple_of(IN_A_GROUP) {
            group_id = group(store, GROUP);
        }
        Phone::of(store, keys, group_id)
    };
    (0..count).map(phone).collect()
}

/// The name of the groups that are measured.
pub const GROUP: &str = "Nhóm đo";

impl Phone {
    pub fn of(store: &Store, keys: &Keys, group_id: Id) -> Self {
        let user_id = clock::new_id();
        callers::user(store, user_id, Role::Agent, Some(group_id), None, "");
        let installation_id = callers::installation(store, user_id);
        let token = callers::session(store, keys, user_id, Some(installation_id));
        let config = Agent::config_builder().http_status_as_error(false);
        let agent = config.timeout_global(Some(Duration::from_secs(300))).build().new_agent();
        Self { user_id, installation_id, token, seq: 0, agent }
    }

    /// A batch of voluntary enrollments as JSON.
    pub fn batch(&mut self, people: &mut People, records: usize) -> String {
        let bodies: Vec<Value> = (0..records).map(|_| people.voluntary()).collect();
        self.batch_of("voluntary", &bodies)
    }

    /// A batch of records of one kind as JSON.
    pub fn batch_of(&mut self, kind: &str, bodies: &[Value]) -> String {
        let records: Vec<Value> = bodies
            .iter()
            .map(|body| {
                self.seq += 1;
                record(clock::new_id(), 1, self.seq, kind, captured(), body)
            })
            .collect();
        batch(self.installation_id, clock::now(), &records).to_string()
    }

    /// Hands in a body packed so.
    pub fn push(&self, base: &str, packing: Option<&str>, body: &[u8]) -> Answered {
        let mut request = self
            .agent
            .put(format!("{base}/api/v1/sync/batches/{}", clock::new_id()))
            .header("authorization", format!("Bearer {}", self.token))
            .header("accept-encoding", packing.unwrap_or("identity"))
            .header("content-type", "application/json");
        if let Some(packing) = packing {
            request = request.header("content-encoding", packing);
        }
        read(request.send(body).expect("an answer"))
    }

    /// A page of the feed.
    pub fn pull(&self, base: &str, cursor: Option<&str>) -> Answered {
        let cursor = cursor.map_or_else(String::new, |cursor| format!("&cursor={cursor}"));
        let request = self
            .agent
            .get(format!("{base}/api/v1/sync/changes?limit=1000{cursor}"))
            .header("authorization", format!("Bearer {}", self.token))
            .header("accept-encoding", "zstd");
        read(request.call().expect("an answer"))
    }
}

fn read(mut answer: ureq::http::Response<ureq::Body>) -> Answered {
    let header = |name| answer.headers().get(name).and_then(|it| it.to_str().ok()?.parse().ok());
    Answered {
        status: answer.status().as_u16(),
        retry_after: header("retry-after"),
        body: answer.body_mut().with_config().limit(1 << 30).read_to_vec().expect("a body"),
    }
}

/// As phones pack it.
pub fn packed(body: &str) -> Vec<u8> {
    zstd::encode_all(body.as_bytes(), 3).expect("packed")
}

/// How much is handed in.
#[derive(Debug, Clone, Copy)]
pub struct Work {
    pub phones: usize,
    /// Records in a batch.
    pub batch: usize,
    /// Batches of all phones together.
    pub uploads: usize,
}

impl Work {
    /// Batches of one phone.
    pub fn each(&self) -> usize {
        self.uploads / self.phones
    }
}

/// New phones hand all of it in, each one batch after the other, all at once. The first record of each
/// only opens its connections. How long the rest took.
pub fn hand_in(site: &Site, people: &mut People, work: Work) -> Duration {
    let mut phones = phones(&site.store, &site.keys, work.phones);
    let bodies: Vec<Vec<Vec<u8>>> = phones
        .iter_mut()
        .map(|phone| {
            let first = std::iter::once(1).chain(std::iter::repeat_n(work.batch, work.each()));
            first.map(|records| packed(&phone.batch(people, records))).collect()
        })
        .collect();
    let (ready, done) = (Barrier::new(work.phones + 1), Barrier::new(work.phones + 1));
    std::thread::scope(|scope| {
        for (phone, bodies) in phones.iter().zip(&bodies) {
            let (ready, done) = (&ready, &done);
            scope.spawn(move || {
                let push = |body| phone.push(&site.base, Some("zstd"), body);
                push(&bodies[0]).accepted(1);
                ready.wait();
                let answers: Vec<Answered> = bodies[1..].iter().map(|body| push(body)).collect();
                done.wait();
                answers.iter().for_each(|answer| drop(answer.accepted(work.batch)));
            });
        }
        ready.wait();
        let begun = Instant::now();
        done.wait();
        begun.elapsed()
    })
}
