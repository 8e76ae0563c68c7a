//! A walk through the interface with people, secrets and mistakes in every place where a caller may put them.

use std::cell::RefCell;

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, SqliteConnection};
use serde_json::{Value, json};

use dai_ly_thu::clock;
use dai_ly_thu::domain::Id;

use crate::people::*;
use crate::server::{Answered, Asked, Server};
use crate::support::records::{batch, captured, household, record, void, voluntary};

const JSON: (&str, &str) = ("content-type", "application/json");
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

pub struct Walk<'a> {
    server: &'a Server,
    known: RefCell<&'a mut Known>,
    admin: String,
    /// The agent and his phone, once they are made.
    agent: String,
    installation_id: Id,
    group_id: String,
    seq: i64,
}

impl<'a> Walk<'a> {
    pub fn begin(server: &'a Server, known: &'a mut Known) -> Self {
        let (known, installation_id) = (RefCell::new(known), clock::new_id());
        let nobody = String::new();
        let mut walk = Self {
            server,
            known,
            admin: nobody.clone(),
            agent: nobody.clone(),
            installation_id,
            group_id: nobody,
            seq: 0,
        };
        let session = walk.post("", "/api/v1/auth/login", &log_in(ADMIN, PASSWORD));
        walk.admin = text(&session.expect(200), "/access_token");
        walk
    }

    pub fn through_everything(&mut self, database: &str) {
        self.people_of_the_office();
        self.sessions();
        let enrolled = self.batches();
        self.broken_batches();
        self.addresses();
        self.persons(&enrolled, database);
        self.programs();
        self.quotes_and_places();
        self.lines_that_are_no_requests();
    }

    /// Asks, and keeps in mind every secret of the answer.
    fn ask(
        &self,
        token: &str,
        method: &str,
        path: &str,
        more: &[(&str, &str)],
        body: &[u8],
    ) -> Answered {
        let bearer = format!("Bearer {token}");
        let mut headers = more.to_vec();
        if !token.is_empty() {
            headers.push(("authorization", &bearer));
        }
        let answered = self.server.ask(&Asked { method, path, headers: &headers, body });
        for name in ["access_token", "refresh_token", "client_secret"] {
            if let Some(secret) = answered.body[name].as_str() {
                self.known.borrow_mut().learn(secret);
            }
        }
        answered
    }

    fn post(&self, token: &str, path: &str, body: &Value) -> Answered {
        self.ask(token, "POST", path, &[JSON], body.to_string().as_bytes())
    }

    fn get(&self, path: &str) -> Answered {
        self.ask(&self.admin, "GET", path, &[], b"")
    }

    /// Made by the administrator; its id.
    fn make(&self, what: &str, body: &Value) -> String {
        text(&self.post(&self.admin, &format!("/api/v1/{what}"), body).expect(201), "/id")
    }

    fn people_of_the_office(&mut self) {
        let office = self.make("offices", &json!({ "name": "Huyện" }));
        let group = json!({ "name": "Nhóm", "office_id": office, "area_codes": ["19141"] });
        self.group_id = self.make("groups", &group);
        let agent = json!({
            "login": LOGIN, "password": WRONG_PASSWORD, "role": "agent", "name": AGENT,
            "group_id": self.group_id, "must_change_password": true,
            "certificate": { "number": CERTIFICATE, "expires_on": "2030-01-01" },
        });
        let id = self.make("users", &agent);
        self.post(&self.admin, "/api/v1/users", &agent).is(409);
        let mut wrong = agent;
        for (name, value) in [("role", FIRST), ("login", FIRST), ("group_id", CODE)] {
            wrong[name] = json!(value);
            self.post(&self.admin, "/api/v1/users", &wrong).is(422);
        }
        let path = format!("/api/v1/users/{id}");
        let body = json!({ "name": OTHER }).to_string();
        self.ask(&self.admin, "PATCH", &path, &[JSON, ("if-match", CODE)], body.as_bytes());
        let body = json!({ "name": AGENT }).to_string();
        self.ask(&self.admin, "PATCH", &path, &[JSON], body.as_bytes()).is(200);
        let reset = json!({ "password": PASSWORD });
        self.post(&self.admin, &format!("{path}/reset-password"), &reset).is(204);
        self.get("/api/v1/users").is(200);
    }

    fn sessions(&mut self) {
        for (login, password) in
            [(LOGIN, WRONG_PASSWORD), (CODE, PASSWORD), (FIRST, PASSWORD), ("", PHONE)]
        {
            self.post("", "/api/v1/auth/login", &log_in(login, password)).is(401);
        }
        let cut = log_in(LOGIN, PASSWORD).to_string();
        for broken in [&cut[..cut.len() - 3], &cut.replace(':', "="), FIRST, "\"\\u0000"] {
            self.ask("", "POST", "/api/v1/auth/login", &[JSON], broken.as_bytes()).is(400);
        }
        let numbers = json!({ "login": [LOGIN], "password": { PASSWORD: PHONE } });
        self.post("", "/api/v1/auth/login", &numbers).is(422);
        self.ask("", "POST", "/api/v1/auth/login", &[("content-type", FORM.1)], cut.as_bytes())
            .is(415);
        let mut with_phone = log_in(LOGIN, PASSWORD);
        with_phone["installation"] =
            json!({ "id": self.installation_id, "label": format!("{AGENT} {PHONE}") });
        let given = self.post("", "/api/v1/auth/login", &with_phone).expect(200);
        let change = json!({ "old_password": WRONG_PASSWORD, "new_password": NEW_PASSWORD });
        let token = text(&given, "/access_token");
        self.post(&token, "/api/v1/auth/password", &change).is(422);
        let change = json!({ "old_password": PASSWORD, "new_password": NEW_PASSWORD });
        self.post(&token, "/api/v1/auth/password", &change).is(204);
        let refresh = |token: &str| {
            let body = json!({ "refresh_token": token, "installation_id": self.installation_id });
            self.post("", "/api/v1/auth/refresh", &body)
        };
        let first = text(&given, "/refresh_token");
        let second = refresh(&first).expect(200);
        refresh(PASSWORD).is(401);
        self.agent = text(&second, "/access_token");
        // One that is used a second time ends its session, with a line in the log.
        let other = self.post("", "/api/v1/auth/login", &log_in(LOGIN, NEW_PASSWORD)).expect(200);
        let mut used = text(&other, "/refresh_token");
        let stolen = used.clone();
        for _ in 0..2 {
            let body = json!({ "refresh_token": used });
            used =
                text(&self.post("", "/api/v1/auth/refresh", &body).expect(200), "/refresh_token");
        }
        self.post("", "/api/v1/auth/refresh", &json!({ "refresh_token": stolen })).is(401);
        let signed_by_nobody = format!("{}x", self.agent);
        self.ask(&signed_by_nobody, "GET", "/api/v1/me", &[], b"").is(401);
        self.ask(CODE, "GET", "/api/v1/me", &[("cookie", PASSWORD)], b"").is(401);
        self.ask(&self.agent, "GET", "/api/v1/me", &[], b"").is(200);
    }

    fn captured(&mut self, kind: &str, body: &Value) -> Value {
        self.seq += 1;
        record(clock::new_id(), 1, self.seq, kind, captured(), body)
    }

    fn push(&self, body: &[u8], more: &[(&str, &str)]) -> Answered {
        let path = format!("/api/v1/sync/batches/{}", clock::new_id());
        self.ask(&self.agent, "PUT", &path, &[&[JSON], more].concat(), body)
    }

    fn hand_in(&mut self, kind: &str, body: &Value, status: &str) -> Value {
        let record = self.captured(kind, body);
        let whole = batch(self.installation_id, clock::now(), &[record]).to_string();
        let mut answer = self.push(whole.as_bytes(), &[]).expect(200);
        assert_eq!(answer["results"][0]["status"], status, "{kind}: {answer:#}");
        answer["results"][0].take()
    }

    /// Two who are enrolled: their ids.
    fn batches(&mut self) -> [String; 2] {
        let first = enrollment(FIRST, CODE);
        let accepted = self.hand_in("voluntary", &first, "accepted");
        let person = text(&accepted, "/enrollments/0/person_id");
        self.hand_in("voluntary", &first, "duplicate");
        let mut wrong = first.clone();
        wrong["amount_collected"] = json!(1);
        self.hand_in("voluntary", &wrong, "rejected");
        for (name, value) in [("sex", FIRST), ("bhxh_code", PHONE), ("area_code", CODE)] {
            let mut wrong = first.clone();
            wrong["person"][name] = json!(format!("{value}\u{0}"));
            self.hand_in("voluntary", &wrong, "rejected");
            wrong["person"][name] = json!([value]);
            self.hand_in("voluntary", &wrong, "rejected");
        }
        let mut doubtful = enrollment(OTHER, CODE);
        doubtful["from_month"] = json!("2027-01");
        self.hand_in("voluntary", &doubtful, "review");
        let mut second = enrollment(SECOND, OTHER_CODE);
        second["from_month"] = json!("2027-05");
        second["person"]["bhxh_code"] = Value::Null;
        second["person"]["personal_id"] = Value::Null;
        second["person"]["passport"] = json!(PASSPORT);
        let sent = self.hand_in("voluntary", &second, "accepted");
        let mut family = household(7, 2);
        let head = &mut family["household"];
        head["head_name"] = json!(HEAD);
        head["code"] = json!(HOUSEHOLD);
        head["address"] = json!(ADDRESS);
        head["phone"] = json!(PHONE);
        let sent_family = self.hand_in("household", &family, "accepted");
        let record_id = sent_family["id"].as_str().expect("an id").parse().expect("an id");
        self.hand_in("void", &void(record_id), "accepted");
        [person, text(&sent, "/enrollments/0/person_id")]
    }

    fn broken_batches(&mut self) {
        let good = self.captured("voluntary", &enrollment(SECOND, OTHER_CODE));
        let whole = batch(self.installation_id, clock::now(), &[good]).to_string();
        let mut latin = whole.clone().into_bytes();
        let at = whole.find(OTHER_CODE).expect("a code");
        latin[at + 3] = 0xe0;
        let twice = whole.replacen('{', &format!("{{\"{FIRST}\":1,\"{FIRST}\":1,"), 1);
        let no_time = whole.replacen("\"sent_at\":\"", &format!("\"sent_at\":\"{CODE}"), 1);
        let cut = &whole[..whole.len() - 30];
        for broken in
            [cut.as_bytes(), &latin, twice.as_bytes(), no_time.as_bytes(), CODE.as_bytes()]
        {
            self.push(broken, &[]).is(400);
        }
        self.push(whole.as_bytes(), &[("content-encoding", "gzip")]).is(400);
        self.push(whole.as_bytes(), &[("content-encoding", CODE)]);
        for (name, value) in
            [("kind", FIRST), ("id", CODE), ("seq", SECOND), ("rev", PHONE), ("captured_at", BORN)]
        {
            let mut odd: Value = serde_json::from_str(&whole).expect("a batch");
            odd["records"][0][name] = json!(value);
            self.push(odd.to_string().as_bytes(), &[]).is(200);
            odd[name] = json!(value);
            odd["boot_id"] = json!(format!("{FIRST}\u{0}"));
            self.push(odd.to_string().as_bytes(), &[]).is(200);
        }
    }

    /// People in places where they do not belong: paths, queries and headers.
    fn addresses(&self) {
        let (name, code) = (percent(FIRST, "%20"), CODE);
        for path in [
            format!("/api/v1/{name}/{code}?phone={PHONE}"),
            format!("/api/v1/enrollments/{code}"),
            format!("/api/v1/enrollments/{name}?code={code}"),
            format!("/api/v1/cards/{code}/{name}"),
            format!("/docs/{code}"),
            format!("/{name}"),
        ] {
            self.get(&path).is(404);
        }
        for path in [
            format!("/api/v1/persons/{code}"),
            format!("/api/v1/areas?q={name}&within={code}"),
            format!("/api/v1/enrollments?group_id={code}&agent_id={name}"),
            format!("/api/v1/enrollments?cursor={code}"),
            format!("/api/v1/tallies?by={name}&from={code}"),
            format!("/api/v1/audit?subject_id={code}&what={name}"),
            format!("/api/v1/reviews?state={name}&code={code}"),
            format!("/api/v1/installations?state={name}&group_id={code}"),
            format!("/api/v1/users?limit={code}{code}"),
            format!("/api/v1/healthz?{name}={code}"),
        ] {
            let answered = self.get(&path);
            assert!(answered.status < 500, "{path}: {}", answered.status);
        }
        for path in [
            format!("/api/v1/sync/records?ids={code}"),
            format!("/api/v1/sync/changes?cursor={code}&limit={name}"),
            "/api/v1/sync/records?ids=01990000-0000-7000-8000-000000000001".to_owned(),
            "/api/v1/sync/changes?limit=100".to_owned(),
            "/api/v1/sync/config".to_owned(),
        ] {
            let answered = self.ask(&self.agent, "GET", &path, &[], b"");
            assert!(answered.status < 500, "{path}: {}", answered.status);
        }
        let headers =
            [("x-request-id", FIRST_AS_ID), ("accept-language", PHONE), ("if-none-match", code)];
        self.ask(&self.admin, "GET", "/api/v1/me", &headers, b"").is(200);
        self.ask(&self.admin, "DELETE", &format!("/api/v1/me?code={code}"), &[], b"").is(405);
    }

    fn persons(&self, [first, second]: &[String; 2], database: &str) {
        let look = |body: Value| self.post(&self.admin, "/api/v1/persons/lookup", &body);
        look(json!({ "code": CODE })).is(200);
        look(json!({ "name": FIRST, "birth_date": BORN })).is(200);
        look(json!({ "name": FIRST, "birth_date": CODE })).is(422);
        look(json!({ "code": CODE, "name": FIRST })).is(422);
        look(json!([CODE])).is(400);
        let of = |person: &str, what: &str| format!("/api/v1/persons/{person}/{what}");
        let because = json!({ "reason": format!("{FIRST} hỏi, {PHONE}") });
        for what in ["reveal", "dossier", "restrict", "unrestrict"] {
            self.post(&self.admin, &of(first, what), &because).is(200);
            self.post(&self.admin, &of(CODE, what), &because).is(404);
            self.post(&self.admin, &of(first, what), &json!({ "reason": [FIRST] })).is(422);
        }
        for path in ["enrollments", "reviews", "audit", "installations", "tallies?by=agent"] {
            self.get(&format!("/api/v1/{path}")).is(200);
        }
        let wrong = json!({ "kind": FIRST, "code": OTHER_CODE });
        self.post(&self.admin, &of(second, "codes"), &wrong).is(422);
        for code in [OTHER_CODE, CODE] {
            let given = json!({ "kind": "bhxh", "code": code });
            self.post(&self.admin, &of(second, "codes"), &given).is(200);
        }
        let open = self.get("/api/v1/reviews?state=open").expect(200);
        for review in open["items"].as_array().expect("reviews") {
            let path = format!("/api/v1/reviews/{}/resolve", text(review, "/id"));
            self.post(&self.admin, &path, &json!({ "decision": FIRST, "note": CODE })).is(422);
            let ruling = json!({ "decision": "reject", "note": format!("{OTHER} {PHONE}") });
            self.post(&self.admin, &path, &ruling).is(200);
        }
        let merge = json!({ "into": first });
        self.post(&self.admin, &of(second, "merge"), &merge).is(200);
        // What was stored is not what was written: the cause is told, the words are not.
        let damaged = json!({ "codes": { "name": FIRST }, "cards": FIRST }).to_string();
        execute(database, &format!("UPDATE merges SET moved = '{damaged}'"));
        self.post(&self.admin, &of(second, "unmerge"), &json!({})).is(500);
        execute(database, &format!("UPDATE merges SET moved = '\"{CODE}\"'"));
        self.post(&self.admin, &of(second, "unmerge"), &json!({})).is(500);

        let records = self.get("/api/v1/enrollments").expect(200);
        let record = text(&records, "/items/0/record_id");
        let taken_back = json!({ "reason": format!("{FIRST} trả lại, {PHONE}") });
        self.post(&self.admin, &format!("/api/v1/records/{record}/void"), &taken_back).is(200);
        self.post(&self.admin, &format!("/api/v1/records/{CODE}/void"), &taken_back).is(404);
    }

    fn programs(&self) {
        let organisation = self.make("organisations", &json!({ "name": "Bưu điện" }));
        let program = json!({ "id": clock::new_id(), "name": AGENT, "organisation_id": organisation,
                              "scopes": ["enroll:read"] });
        let made = self.post(&self.admin, "/api/v1/clients", &program).expect(201);
        self.post(&self.admin, "/api/v1/clients", &program).is(409);
        let (id, secret) = (text(&made, "/id"), text(&made, "/client_secret"));
        let form = |id: &str, secret: &str| {
            format!("grant_type=client_credentials&client_id={id}&client_secret={secret}")
        };
        let token =
            |form: &str| self.ask("", "POST", "/api/v1/oauth/token", &[FORM], form.as_bytes());
        let given = text(&token(&form(&id, &secret)).expect(200), "/access_token");
        self.ask(&given, "GET", "/api/v1/enrollments", &[], b"").is(200);
        let body = json!({ "id": CODE, "label": FIRST, "agent_id": PHONE });
        self.post(&given, "/api/v1/installations", &body);
        let unknown = clock::new_id().to_string();
        for (id, secret) in [(&*id, PASSWORD), (CODE, &*secret), (&*unknown, &*secret)] {
            assert!([400, 401].contains(&token(&form(id, secret)).status));
        }
        token(&format!("{}&scope={}", form(&id, &secret), percent(FIRST, "+"))).is(400);
        token(&format!("{}&client_secret={PASSWORD}", form(&id, &secret))).is(400);
        let rotate = format!("/api/v1/clients/{id}/rotate-secret");
        self.post(&self.admin, &rotate, &json!({ "overlap_hours": CODE })).is(422);
        self.post(&self.admin, &rotate, &json!({ "overlap_hours": 0 })).is(201);
    }

    fn quotes_and_places(&self) {
        let question = json!({ "kind": "voluntary", "paid_on": "2026-11-22", "income": 1_500_000,
                               "method": "monthly", "birth_date": BORN });
        self.post(&self.agent, "/api/v1/quotes", &question).is(200);
        for (name, value) in [("method", FIRST), ("birth_date", CODE), ("income", PHONE)] {
            let mut wrong = question.clone();
            wrong[name] = json!(value);
            self.post(&self.agent, "/api/v1/quotes", &wrong).is(422);
        }
        let cut = format!("{{\"kind\":\"voluntary\",\"birth_date\":\"{BORN}\",\"{FIRST}\"");
        self.ask(&self.agent, "POST", "/api/v1/quotes", &[JSON], cut.as_bytes()).is(400);
        let village = self.make("villages", &json!({ "name": "Khương Hà", "area_code": "19141" }));
        let wrong = json!({ "name": [FIRST], "area_code": CODE });
        self.post(&self.admin, "/api/v1/villages", &wrong).is(422);
        let drive = json!({ "group_id": self.group_id, "village_id": village, "on": "2026-12-01" });
        self.make("drives", &drive);
        let wrong = json!({ "group_id": CODE, "scheme": FIRST, "from": BORN, "people": PHONE });
        self.post(&self.admin, "/api/v1/targets", &wrong).is(422);
        let whose = json!({ "group_id": self.group_id });
        self.post(&self.admin, "/api/v1/months/2026-10/close", &whose).is(200);
        self.post(&self.admin, &format!("/api/v1/months/{CODE}/close"), &whose).is(422);
        let law = json!({ "amount": FIRST, "effective_from": CODE, "document": OTHER });
        self.post(&self.admin, "/api/v1/rules/base_salary", &law).is(422);
        self.ask(&self.agent, "POST", "/api/v1/auth/logout", &[JSON], b"{}").is(204);
    }

    /// What a library says of bytes that it cannot read.
    fn lines_that_are_no_requests(&self) {
        let name = FIRST.to_owned();
        for line in [
            format!("GET /api/v1/persons/{CODE}\r\n\r\n"),
            format!("GET /{name} HTTP/1.1\r\nhost: x\r\n\r\n"),
            format!("{CODE} / HTTP/1.1\r\n\r\n"),
            format!("GET / HTTP/1.1\r\nhost: x\r\n{name}: {CODE}\r\n\r\n"),
            format!("GET / HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {PASSWORD}\u{1}\r\n\r\n"),
            format!("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: {CODE}x\r\n\r\n"),
            format!("POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: {CODE}\r\n\r\n"),
            format!(
                "POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n{CODE}z\r\n{name}"
            ),
            format!("POST /api/v1/quotes HTTP/1.1\r\nhost: x\r\ncontent-length: 500\r\n\r\n{name}"),
            format!("GET /api/v1/areas?q={CODE} HTTP/1.1\r\nhost: {CODE}\r\nhost: {PHONE}\r\n\r\n"),
        ] {
            self.server.send_raw(line.as_bytes());
        }
    }
}

/// A name of a request that is no plain one, so that the server makes its own.
const FIRST_AS_ID: &str = "0987612345 4417290386";

impl Answered {
    #[track_caller]
    fn is(&self, status: u16) {
        assert_eq!(self.status, status, "{:#}", self.body);
    }

    #[track_caller]
    fn expect(self, status: u16) -> Value {
        self.is(status);
        self.body
    }
}

fn log_in(login: &str, password: &str) -> Value {
    json!({ "login": login, "password": password })
}

#[track_caller]
fn text(body: &Value, pointer: &str) -> String {
    let found = body.pointer(pointer).and_then(Value::as_str);
    found.unwrap_or_else(|| panic!("{pointer}: {body:#}")).to_owned()
}

/// Somebody who gave everything that a form asks for.
fn enrollment(name: &str, code: &str) -> Value {
    let mut body = voluntary(1);
    let person = &mut body["person"];
    person["full_name"] = json!(name);
    person["bhxh_code"] = json!(code);
    person["personal_id"] = json!(PERSONAL_ID);
    person["birth_date"] = json!(BORN);
    person["phone"] = json!(PHONE);
    person["address"] = json!(ADDRESS);
    body["payer_name"] = json!(PAYER);
    body["receipt"] = json!({ "book": "QBL-1", "number": RECEIPT });
    body
}

/// Changes what is stored behind the server's back.
fn execute(database: &str, sql: &str) {
    let done = match database.strip_prefix("sqlite:") {
        Some(file) => SqliteConnection::establish(file).expect("the file").batch_execute(sql),
        None => PgConnection::establish(database).expect("the database").batch_execute(sql),
    };
    done.expect("a statement");
}
