//! A server of its own for each test, and one client for each kind of caller.

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use serde_json::{Value, json};
use ureq::Agent;
use ureq::http::Response;

use dai_ly_thu::auth::{Keys, Passwords, programs, tokens};
use dai_ly_thu::clock;
use dai_ly_thu::domain::{ApiScope, Id, Role};
use dai_ly_thu::http::{Edge, Running, Turns};
use dai_ly_thu::store::api_clients::{self, ApiClient};
use dai_ly_thu::store::{Result, Store};
use dai_ly_thu::sync::wire::BACKOFF_S;
use dai_ly_thu::tallies::recount;

use crate::callers;
use crate::contract;
use crate::support::records::{batch, captured, record};
use crate::support::{Backend, Database};

/// The password of everybody here.
pub const PASSWORD: &str = "mot mat khau dai";

pub struct TestApp {
    pub store: Store,
    pub keys: Arc<Keys>,
    pub turns: Arc<Turns>,
    pub addr: SocketAddr,
    /// Of the database.
    pub url: String,
    pub base: String,
    running: Option<Running>,
    _database: Database,
}

impl TestApp {
    pub fn start(backend: Backend) -> Self {
        Self::start_behind(backend, Edge::default())
    }

    pub fn start_behind(backend: Backend, edge: Edge) -> Self {
        let database = Database::fresh(backend);
        let store = database.store();
        let keys = Arc::new(Keys::in_memory().expect("random bytes"));
        let turns = Arc::new(Turns::new().expect("threads"));
        let running = callers::serve(&store, &keys, &turns, edge);
        let addr = running.addr;
        let base = running.url();
        let url = database.url.clone();
        Self { store, keys, turns, addr, url, base, running: Some(running), _database: database }
    }

    /// Where its numbers may be collected.
    pub fn metrics(&self) -> Option<SocketAddr> {
        self.running.as_ref().and_then(|running| running.metrics)
    }

    /// Somebody without a token.
    pub fn nobody(&self) -> Client {
        Client { agent: agent(), base: self.base.clone(), token: None }
    }

    /// A client that carries this token, whatever it is.
    pub fn with_token(&self, token: &str) -> Client {
        Client { token: Some(token.to_owned()), ..self.nobody() }
    }

    pub fn admin(&self) -> Client {
        self.browser(Role::Admin, None, None).0
    }

    /// A user with a session in a browser.
    pub fn browser(&self, role: Role, group_id: Option<Id>, office_id: Option<Id>) -> (Client, Id) {
        let user_id = self.user(role, group_id, office_id);
        (self.with_token(&self.session(user_id, None)), user_id)
    }

    /// A user with an app on a phone.
    pub fn phone(&self, role: Role, group_id: Id) -> Phone {
        let user_id = self.user(role, Some(group_id), None);
        self.phone_of(user_id)
    }

    /// Another phone of somebody.
    pub fn phone_of(&self, user_id: Id) -> Phone {
        let id = callers::installation(&self.store, user_id);
        let client = self.with_token(&self.session(user_id, Some(id)));
        Phone { client, user_id, installation_id: id, seq: 0 }
    }

    /// A program of an organisation, and its id.
    pub fn program(&self, organisation_id: Id, scopes: &[ApiScope]) -> (Client, Id) {
        let (id, now) = (clock::new_id(), clock::now());
        let program = ApiClient {
            id,
            name: "Cổng bưu điện".to_owned(),
            organisation_id,
            scopes: programs::words(scopes),
            created_at: now.naive_utc(),
            disabled_at: None,
        };
        let secret = programs::new_secret(id, clock::new_id(), now).expect("random bytes").kept;
        let made = self.store.write(|tx| api_clients::create(tx, &program, &secret));
        made.expect("a program");
        let token = tokens::issue_to_client(&self.keys, id, secret.id, program.scopes, now);
        (self.with_token(&token.expect("a token")), id)
    }

    fn user(&self, role: Role, group_id: Option<Id>, office_id: Option<Id>) -> Id {
        let id = clock::new_id();
        self.enlist(id, role, group_id, office_id);
        id
    }

    /// A user whose login is his id.
    pub fn enlist(&self, id: Id, role: Role, group_id: Option<Id>, office_id: Option<Id>) {
        static HASH: OnceLock<String> = OnceLock::new();
        let hash = HASH.get_or_init(|| Passwords::new(None).unwrap().hash(PASSWORD).unwrap());
        callers::user(&self.store, id, role, group_id, office_id, hash);
    }

    fn session(&self, user_id: Id, installation_id: Option<Id>) -> String {
        callers::session(&self.store, &self.keys, user_id, installation_id)
    }

    /// The books balance: sums kept equal sums counted.
    pub fn assert_books(&self) {
        let areas = dai_ly_thu::domain::Areas::embedded();
        let found = self.store.write(|tx| -> Result<_> { recount::recount(tx, areas, false) });
        let found = found.expect("a recount");
        assert!(found.is_right(), "{found:?}");
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            running.stop().expect("the server stops");
        }
    }
}

fn agent() -> Agent {
    Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .timeout_global(Some(Duration::from_secs(120)))
        .build()
        .new_agent()
}

/// Somebody who calls.
#[derive(Clone)]
pub struct Client {
    agent: Agent,
    base: String,
    pub token: Option<String>,
}

/// What was answered.
#[derive(Debug)]
pub struct Answered {
    pub status: u16,
    /// Seconds after which to come again, when the answer said so.
    pub retry_after: Option<u32>,
    /// Under which tag, when it has one.
    pub etag: Option<String>,
    pub body: Value,
}

impl Answered {
    /// Whoever is told to come again is told when, and nobody else is.
    #[track_caller]
    pub fn comes_again(&self) {
        match self.status {
            503 => assert_eq!(self.retry_after, Some(BACKOFF_S)),
            429 => assert!(self.retry_after.is_some_and(|seconds| seconds > 0)),
            status => assert_eq!(self.retry_after, None, "{status}"),
        }
    }

    /// The body, when the status is this one.
    #[track_caller]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{:#}", self.body);
        self.body
    }

    /// Refused because of this field.
    #[track_caller]
    pub fn wrong(&self, path: &str, code: &str) {
        self.refused(422, "invalid");
        let fields = self.body["fields"].as_array().expect("fields");
        let told = |it: &Value| it["path"] == path && it["code"] == code;
        assert!(fields.iter().any(told), "{:#}", self.body);
    }

    /// Refused with this status and code.
    #[track_caller]
    pub fn refused(&self, status: u16, code: &str) {
        assert_eq!(
            (self.status, self.body["code"].as_str()),
            (status, Some(code)),
            "{:#}",
            self.body
        );
    }
}

impl Client {
    pub fn get(&self, path: &str) -> Answered {
        self.request("GET", path, &[], None)
    }

    pub fn post(&self, path: &str, body: &Value) -> Answered {
        self.send("POST", path, &body.to_string().into_bytes())
    }

    pub fn put(&self, path: &str, body: &Value) -> Answered {
        self.send("PUT", path, &body.to_string().into_bytes())
    }

    /// Changes a thing, which was seen under this tag.
    pub fn patch(&self, path: &str, body: &Value, seen: Option<&str>) -> Answered {
        let seen = seen.map(|tag| ("if-match", tag));
        let headers = [("content-type", "application/json")].into_iter().chain(seen);
        let headers: Vec<_> = headers.collect();
        self.request("PATCH", path, &headers, Some(body.to_string().as_bytes()))
    }

    /// Any bytes, as JSON.
    pub fn send(&self, method: &str, path: &str, body: &[u8]) -> Answered {
        self.request(method, path, &[("content-type", "application/json")], Some(body))
    }

    /// An answer whose body was not read.
    pub fn open(&self, path: &str, headers: &[(&str, &str)]) -> Response<ureq::Body> {
        self.ask("GET", path, headers)
    }

    /// As [`Client::open`], with another method that has no body.
    pub fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Response<ureq::Body> {
        let uri = format!("{}{path}", self.base);
        let mut request = ureq::http::Request::builder().method(method).uri(uri);
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.agent.run(request.body(()).expect("a request")).expect("an answer")
    }

    pub fn request(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&[u8]>,
    ) -> Answered {
        let mut request =
            ureq::http::Request::builder().method(method).uri(format!("{}{path}", self.base));
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = match body {
            Some(body) => self.agent.run(request.body(body).expect("a request")),
            None => self.agent.run(request.body(()).expect("a request")),
        };
        let answered = read(answer.expect("an answer"));
        answered.comes_again();
        if method != "HEAD" && !answered.body.is_null() {
            contract::check(method, path, answered.status, &answered.body);
        }
        answered
    }
}

fn read(mut answer: Response<ureq::Body>) -> Answered {
    let body = match answer.body().mime_type() {
        // It goes on for minutes.
        Some("text/event-stream") => Value::Null,
        _ => {
            let all = answer.body_mut().with_config().limit(100_000_000);
            serde_json::from_slice(&all.read_to_vec().expect("a body")).unwrap_or(Value::Null)
        }
    };
    let header = |name| answer.headers().get(name).and_then(|it| it.to_str().ok());
    let retry_after = header("retry-after").and_then(|it| it.parse().ok());
    let etag = header("etag").map(str::to_owned);
    Answered { status: answer.status().as_u16(), retry_after, etag, body }
}

/// An agent's phone, which numbers its records.
pub struct Phone {
    pub client: Client,
    pub user_id: Id,
    pub installation_id: Id,
    pub seq: i64,
}

impl Phone {
    /// A record captured now.
    pub fn capture(&mut self, kind: &str, body: &Value) -> Value {
        self.capture_rev(clock::new_id(), 1, kind, body)
    }

    pub fn capture_rev(&mut self, id: Id, rev: i64, kind: &str, body: &Value) -> Value {
        self.seq += 1;
        record(id, rev, self.seq, kind, captured(), body)
    }

    /// Hands a batch in.
    pub fn push(&self, records: &[Value]) -> Answered {
        let path = format!("/api/v1/sync/batches/{}", clock::new_id());
        self.client.put(&path, &batch(self.installation_id, clock::now(), records))
    }

    /// Captures and hands in one record; what was decided.
    pub fn send(&mut self, kind: &str, body: &Value) -> Value {
        let record = self.capture(kind, body);
        self.push(&[record]).expect(200)["results"][0].take()
    }

    /// The whole feed from zero, in pages of `limit`.
    pub fn pull_all(&self, limit: usize) -> Vec<Value> {
        let mut changes = Vec::new();
        let mut path = format!("/api/v1/sync/changes?limit={limit}");
        loop {
            let mut page = self.client.get(&path).expect(200);
            changes.append(page["changes"].as_array_mut().expect("changes"));
            if page["has_more"] == false {
                return changes;
            }
            let cursor = page["cursor"].as_str().expect("a cursor");
            path = format!("/api/v1/sync/changes?limit={limit}&cursor={cursor}");
        }
    }
}

/// A group, made by an administrator.
pub fn group(admin: &Client, name: &str, office_id: Option<Id>) -> Id {
    let body = json!({ "name": name, "office_id": office_id, "area_codes": ["19141"] });
    id(&admin.post("/api/v1/groups", &body).expect(201))
}

/// A collection organisation, made by an administrator.
pub fn organisation(admin: &Client, name: &str) -> Id {
    id(&admin.post("/api/v1/organisations", &json!({ "name": name })).expect(201))
}

/// An office, made by an administrator.
pub fn office(admin: &Client, name: &str, parent_id: Option<Id>) -> Id {
    id(&admin.post("/api/v1/offices", &json!({ "name": name, "parent_id": parent_id })).expect(201))
}

pub fn id(body: &Value) -> Id {
    body["id"].as_str().expect("an id").parse().expect("an id")
}
