//! `dai-ly-thu rules`: the law on the command line, and a start that refuses a law that contradicts itself.

use std::path::Path;
use std::process::{Command, Output};

use dai_ly_thu::store::{PoolSize, Result, Store, rule_rows};

fn run(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_dai-ly-thu"))
        .args(arguments)
        .current_dir(folder)
        .env("DATABASE_URL", "sqlite:law.db")
        .env("SIGNING_KEY_FILE", "key.pem")
        .env_remove("RUST_LOG")
        .output()
        .expect("the program runs")
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_decree_is_added_listed_and_withdrawn() {
    let folder = tempfile::tempdir().expect("a folder");
    let rules = |arguments: &[&str]| run(folder.path(), &[&["rules"], arguments].concat());
    let rate = |document| {
        rules(&[
            "add",
            "vsi_invest_rate_month",
            "percent=0.33",
            "--from",
            "2027-01-01",
            "--to",
            "2027-12-31",
            "--document",
            document,
        ])
    };

    // Without a database there is the law of the program, and nothing to add to.
    let listed = rules(&["list", "base_salary"]);
    assert!(out(&listed).contains("2530000  2026-07-01"), "{}", out(&listed));
    assert!(!folder.path().join("law.db").exists());
    assert!(err(&rate("TB 12")).contains("no database"));
    assert!(err(&rules(&["list", "salaries"])).contains("vsi_state_support"));
    assert!(run(folder.path(), &["migrate", "run"]).status.success());

    let slip =
        rules(&["add", "base_salary", "amount=2,7", "--from", "1/7/2027", "--document", "x"]);
    assert!(!slip.status.success());
    assert!(err(&slip).contains("effective_from: no day"), "{}", err(&slip));
    let overlap =
        rules(&["add", "base_salary", "amount=1", "--from", "2026-07-01", "--document", "x"]);
    assert!(err(&overlap).contains("overlap"), "{}", err(&overlap));

    let added = rate("TB 12/TB-BHXH");
    assert!(added.status.success(), "{}", err(&added));
    assert!(out(&added).contains("0 accepted"), "{}", out(&added));
    let id = out(&added).lines().next().expect("an id").to_owned();
    assert!(out(&rules(&["list", "vsi_invest_rate_month"])).contains("TB 12/TB-BHXH"));
    assert!(err(&rate("TB 12/TB-BHXH")).contains("stands already"));
    let withdrawn = rules(&["withdraw", &id, "--reason", "nhầm năm"]);
    assert!(withdrawn.status.success(), "{}", err(&withdrawn));
    assert!(!out(&rules(&["list", "vsi_invest_rate_month"])).contains("TB 12/TB-BHXH"));
    let rows = out(&rules(&["added"]));
    assert!(rows.contains(&id) && rows.contains("nhầm năm"), "{rows}");
}

#[test]
fn a_law_that_contradicts_itself_stops_the_start() {
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite:{}", folder.path().join("law.db").display());
    let store = Store::open(&url, PoolSize { connections: 2 }).expect("a database");
    let id = dai_ly_thu::clock::new_id();
    store
        .write(|tx| -> Result<()> {
            let row = rule_rows::RuleRow {
                id,
                edition: rule_rows::next_edition(tx)?,
                table_name: "base_salary".to_owned(),
                cells: r#"{"amount":"2600000","effective_from":"2026-07-01","document":"NĐ khác"}"#
                    .to_owned(),
                added_at: dai_ly_thu::clock::now().naive_utc(),
                added_by: None,
                withdrawn_at: None,
                withdrawn_by: None,
                withdrawn_because: None,
            };
            rule_rows::add(tx, &row)
        })
        .expect("a row");
    drop(store);

    let stopped = run(folder.path(), &["serve", "--listen", "127.0.0.1:0"]);
    assert!(!stopped.status.success());
    let text = err(&stopped);
    assert!(text.contains("[2530000 2026-07-01.. NĐ 161/2026"), "{text}");
    assert!(text.contains("[2600000 2026-07-01.. NĐ khác]"), "{text}");
    assert!(text.contains("rules withdraw"), "{text}");
    let id = id.to_string();
    assert!(out(&run(folder.path(), &["rules", "added"])).contains(&id));
    let withdrawn = run(folder.path(), &["rules", "withdraw", &id, "--reason", "trùng"]);
    assert!(withdrawn.status.success(), "{}", err(&withdrawn));
    assert!(run(folder.path(), &["rules", "list"]).status.success());
}
