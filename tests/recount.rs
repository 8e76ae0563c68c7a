//! `recount` as an operator runs it: it finds what drifted, says so by its exit code, and mends it.

use std::process::{Command, Output};

use dai_ly_thu::clock;
use dai_ly_thu::domain::{Id, Scheme};
use dai_ly_thu::store::tallies::{self, Counts, Deltas, TallyKey};
use dai_ly_thu::store::{PoolSize, Result, Store};

fn recount(url: &str, more: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_dai-ly-thu"))
        .args(["recount", "--database-url", url])
        .args(more)
        .output()
        .expect("the binary runs")
}

#[test]
fn drift_is_told_and_mended() {
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite:{}", folder.path().join("test.db").display());
    let store = Store::open(&url, PoolSize::default()).expect("the database opens");
    assert!(recount(&url, &[]).status.success());

    let key = TallyKey {
        starts_on: clock::now().date_naive(),
        group_id: clock::new_id(),
        agent_id: clock::new_id(),
        organisation_id: Id::NIL,
        area_code: "19141".to_owned(),
        village_id: Id::NIL,
        drive_id: Id::NIL,
        scheme: Scheme::Voluntary,
    };
    let counts = Counts { accepted: 3, ..Counts::default() };
    let group = key.group_id.to_string();
    let drift = Deltas::from([(key, counts)]);
    store.write(|tx| -> Result<()> { tallies::add(tx, &drift) }).expect("a row nobody counted");

    let found = recount(&url, &[]);
    let text = String::from_utf8_lossy(&found.stdout);
    assert!(!found.status.success(), "{text}");
    assert!(text.contains(&group) && text.contains("accepted: kept 3, counted 0"), "{text}");
    assert!(recount(&url, &["--fix"]).status.success());
    assert!(recount(&url, &[]).status.success());
}
