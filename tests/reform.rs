//! A reform of communes while the server runs: `import areas`, and what becomes of what was written before. In a process
//! of its own, because a process knows one table of areas.

#[allow(dead_code, reason = "shared with tests that need more of it")]
#[path = "support/callers.rs"]
mod callers;
#[allow(dead_code, reason = "shared with tests that need more of it")]
mod support;

use std::process::{Command, Output};
use std::sync::Arc;

use serde_json::{Value, json};
use ureq::Agent;

use dai_ly_thu::auth::Keys;
use dai_ly_thu::clock;
use dai_ly_thu::domain::{Id, Role, Scheme};
use dai_ly_thu::http::{Edge, Running, Turns};
use dai_ly_thu::store::groups::{self, Group};
use dai_ly_thu::store::places::{self, Village};
use dai_ly_thu::store::tallies::{self, Counts, Deltas, TallyKey};
use dai_ly_thu::store::{Conn, Result, Store, rule_rows};
use support::records::{batch, captured, record, voluntary};
use support::{Backend, Database};

const COLUMNS: &str = "code,name,level,parent_code,valid_from,valid_to,successor_codes,lat,lon";
/// Bố Trạch becomes a ward of a new code.
const REFORM: &str = "\
19141,Xã Bố Trạch,commune,44,2025-07-01,2026-06-30,19142,17.5385,106.411
19142,Phường Bố Trạch,commune,44,2026-07-01,,,17.5385,106.411
19147,Xã Thượng Trạch,commune,44,2025-07-01,2026-06-30,19142,17.4608,106.183
";

/// A server on a database, and an agent's phone.
struct Site {
    database: Database,
    store: Store,
    running: Running,
    agent: Agent,
    phone: (Id, String),
    admin: String,
    folder: tempfile::TempDir,
}

impl Site {
    fn open(backend: Backend) -> Self {
        let database = Database::fresh(backend);
        let store = database.store();
        let folder = tempfile::tempdir().expect("a folder");
        let keys = Keys::open(&folder.path().join("key.pem")).expect("a key");
        let keys = Arc::new(keys);
        let running = callers::serve(
            &store,
            &keys,
            &Arc::new(Turns::new().expect("threads")),
            Edge::default(),
        );
        let (group, agent, admin) = (clock::new_id(), clock::new_id(), clock::new_id());
        let row = Group {
            id: group,
            name: "Tổ 1".to_owned(),
            office_id: None,
            area_codes: vec!["19141".to_owned(), "19147".to_owned()],
            created_at: clock::now().naive_utc(),
        };
        store.write(|tx| groups::create(tx, row.clone())).expect("a group");
        callers::user(&store, agent, Role::Agent, Some(group), None, "");
        callers::user(&store, admin, Role::Admin, None, None, "");
        let installation = callers::installation(&store, agent);
        let phone = (installation, callers::session(&store, &keys, agent, Some(installation)));
        let admin = callers::session(&store, &keys, admin, None);
        let agent = Agent::config_builder().http_status_as_error(false).build().new_agent();
        Self { database, store, running, agent, phone, admin, folder }
    }

    fn address(&self, path: &str) -> String {
        format!("http://{}/api/v1/{path}", self.running.addr)
    }

    /// What the server decides on an enrollment of somebody in a commune.
    fn enroll(&self, number: u32, commune: &str) -> Value {
        let mut body = voluntary(number);
        body["person"]["area_code"] = json!(commune);
        self.push(number, &body)
    }

    /// The same woman each time, of whom no code is known.
    fn enroll_her(&self, seq: u32, commune: &str) -> Value {
        let mut body = voluntary(1_000);
        body["person"]["area_code"] = json!(commune);
        body["person"]["bhxh_code"] = Value::Null;
        self.push(seq, &body)
    }

    fn push(&self, seq: u32, body: &Value) -> Value {
        let (installation, token) = &self.phone;
        let seq = i64::from(seq);
        let record = record(clock::new_id(), 1, seq, "voluntary", captured(), body);
        let batch = batch(*installation, clock::now(), &[record]);
        let address = self.address(&format!("sync/batches/{}", clock::new_id()));
        let request = self.agent.put(address).header("authorization", format!("Bearer {token}"));
        let mut answer = request.send_json(&batch).expect("an answer");
        let answer: Value = answer.body_mut().read_json().expect("JSON");
        answer["results"][0].clone()
    }

    fn get(&self, path: &str) -> (String, Value) {
        self.get_as(&self.admin, path)
    }

    fn config(&self) -> Value {
        self.get_as(&self.phone.1, "sync/config").1
    }

    fn get_as(&self, token: &str, path: &str) -> (String, Value) {
        let bearer = format!("Bearer {token}");
        let request = self.agent.get(self.address(path)).header("authorization", bearer);
        let mut answer = request.call().expect("an answer");
        let tag = answer.headers().get("etag").and_then(|tag| tag.to_str().ok());
        let tag = tag.unwrap_or_default().to_owned();
        (tag, answer.body_mut().read_json().expect("JSON"))
    }

    /// Communes with somebody enrolled, and how many.
    fn tallies(&self) -> Vec<(String, String, i64)> {
        let (_, table) = self.get("tallies?by=area&from=2026-01-01&scheme=voluntary");
        let rows = table["rows"].as_array().expect("rows").iter();
        let text = |row: &Value, field| row[field].as_str().expect("a text").to_owned();
        let count = |row: &Value| row["accepted"].as_i64().expect("a number");
        rows.filter(|row| count(row) > 0)
            .map(|row| (text(row, "key"), text(row, "name"), count(row)))
            .collect()
    }

    fn edition(&self) -> i64 {
        self.store.read(rule_rows::edition).expect("an edition").1
    }

    fn import(&self, rows: &str, more: &[&str]) -> Output {
        let file = self.folder.path().join("areas.csv");
        std::fs::write(&file, format!("{COLUMNS}\n{rows}")).expect("a file");
        self.run(&[&["import", "areas", &file.to_string_lossy()], more].concat())
    }

    fn run(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_dai-ly-thu"))
            .args(arguments)
            .args(["--database-url", &self.database.url])
            .current_dir(self.folder.path())
            .output()
            .expect("the binary runs")
    }
}

fn said(output: &Output) -> String {
    let Output { stdout, stderr, .. } = output;
    String::from_utf8_lossy(stdout).into_owned() + &String::from_utf8_lossy(stderr)
}

/// One after the other: of two databases at once each would change what the other one knows.
#[test]
fn a_commune_becomes_another_while_the_server_runs() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        reform(&Site::open(backend));
    }
}

fn reform(site: &Site) {
    assert_eq!(site.enroll(1, "19141")["status"], "accepted");
    let unknown = site.enroll(2, "19142");
    assert_eq!(unknown["fields"][0]["code"], "area_unknown", "{unknown}");
    assert_eq!(site.enroll_her(3, "19141")["status"], "accepted");
    assert_eq!(site.enroll_her(4, "19141")["code"], "possible_duplicate");
    let bo_trach = vec![("19141".to_owned(), "Xã Bố Trạch".to_owned(), 2)];
    assert_eq!(site.tallies(), bo_trach);
    let (before, areas) = site.get("areas?q=bo%20trach");
    let version = site.config()["areas_version"].clone();
    assert_eq!(areas["items"].as_array().expect("areas").len(), 1);

    let village = Village {
        id: clock::new_id(),
        name: "Thôn 1".to_owned(),
        area_code: "19147".to_owned(),
        created_at: clock::now().naive_utc(),
    };
    site.store.write(|tx| places::create_village(tx, &village)).expect("a village");
    // Neither does a refused file count anything anew.
    let group_id = Id::named("nobody's");
    let key = TallyKey {
        starts_on: captured().date_naive(),
        group_id,
        agent_id: group_id,
        organisation_id: Id::NIL,
        area_code: "19141".to_owned(),
        village_id: Id::NIL,
        drive_id: Id::NIL,
        scheme: Scheme::Household,
    };
    let drift = Deltas::from([(key, Counts { accepted: 1, ..Counts::default() })]);
    let add = |tx: &mut Conn| -> Result<()> { tallies::add(tx, &drift) };
    site.store.write(add).expect("a row nobody counted");
    bad_lines_change_nothing(site);
    let drifted = site.run(&["recount"]);
    assert!(said(&drifted).contains("kept 1, counted 0"), "{}", said(&drifted));
    assert!(site.run(&["recount", "--fix"]).status.success());
    assert_eq!((site.edition(), site.tallies()), (0, bo_trach));

    let imported = site.import(REFORM, &[]);
    assert!(imported.status.success(), "{}", said(&imported));
    assert!(said(&imported).contains("3 lines, 3 written"), "{}", said(&imported));
    assert_eq!(site.edition(), 1);
    let (after, areas) = site.get("areas?q=bo%20trach");
    assert_ne!(before, after);
    assert_ne!(version, site.config()["areas_version"]);
    assert_eq!(areas["items"][0]["code"], "19142");
    let ward = |people| vec![("19142".to_owned(), "Phường Bố Trạch".to_owned(), people)];
    assert_eq!(site.tallies(), ward(2));

    assert_eq!(site.enroll(5, "19142")["status"], "accepted");
    let mapped = site.enroll(6, "19141");
    assert_eq!(
        (&mapped["status"], &mapped["flags"]),
        (&json!("accepted"), &json!(["area_mapped"]))
    );
    // Who was known by name and commune alone is known by the new one.
    assert_eq!(site.enroll_her(7, "19142")["code"], "possible_duplicate");
    assert_eq!(site.enroll_her(8, "19141")["code"], "possible_duplicate");
    assert_eq!(site.tallies(), ward(4));
    let (_, groups) = site.get("groups");
    assert_eq!(groups["items"][0]["area_codes"], json!(["19142"]));
    let recount = site.run(&["recount"]);
    assert!(recount.status.success(), "{}", said(&recount));

    let again = site.import(REFORM, &[]);
    assert!(said(&again).contains("0 written, 3 unchanged"), "{}", said(&again));
    assert_eq!(site.edition(), 1);
    let village = site.get("villages").1["items"][0].clone();
    assert_eq!((&village["name"], &village["area_code"]), (&json!("Thôn 1"), &json!("19142")));
}

/// Each line that is wrong is told, with what it contradicts; offices may bring no areas.
fn bad_lines_change_nothing(site: &Site) {
    let rows = "\
19141,Xã Bố Trạch,commune,44,2025-07-01,2026-06-30,19143,,
19142,Phường Bố Trạch,commune,46,2026-07-01,,,91,
19142,Phường Bố Trạch,commune,44,2026-07-01,2026-06-30,,,
19145,Xã Mới,commune,45,2026-07-01,,,,
19144,Xã Vắng,commune,44,2026-07-01,2026-09-30,,,
19146,Xã Đúng,commune,44,2026-07-01,,,,
19148,Xã Mai Sau,commune,44,2099-07-01,,,,
";
    let refused = site.import(rows, &["--english"]);
    assert!(!refused.status.success());
    let text = said(&refused);
    for told in [
        "line 2, successor_codes: There is no area of that code on that day [19143]",
        "line 3, lat: Out of range.",
        "line 4, valid_to: Out of range.",
        "line 5, parent_code: There is no area of that code on that day [45]",
        "line 6, successor_codes: ",
        "line 8, valid_from: Out of range.",
        "6 of 7 lines are bad",
        "nothing was written",
    ] {
        assert!(text.contains(told), "{told} is not in\n{text}");
    }
    // The whole file must be known by its headings.
    let file = site.folder.path().join("areas.csv");
    std::fs::write(&file, "code,name\n19141,Xã Bố Trạch\n").expect("a file");
    let arguments = ["import", "areas", &*file.to_string_lossy(), "--english"];
    assert!(said(&site.run(&arguments)).contains("level: "));
    let bearer = format!("Bearer {}", site.admin);
    let request = site.agent.post(site.address("imports/areas")).header("authorization", bearer);
    let answer = request.header("content-type", "text/csv").send(REFORM).expect("an answer");
    assert_eq!(answer.status(), 404);
}
