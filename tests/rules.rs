//! `dai-ly-thu rules`: the law on the command line, and a start that refuses a law that contradicts itself.

use std::path::Path;
use std::process::{Command, Output};

use dai_ly_thu::clock;
use dai_ly_thu::domain::Role;
use dai_ly_thu::store::users::{self, User};
use dai_ly_thu::store::{PoolSize, Result, Store, rule_rows};

/// The administrator who amends the law here.
const BY: [&str; 2] = ["--by", "chi.lan"];

/// A database with an administrator.
fn database(folder: &Path) -> Store {
    let url = format!("sqlite:{}", folder.join("law.db").display());
    let store = Store::open(&url, PoolSize { connections: 2 }).expect("a database");
    let admin = User {
        id: clock::new_id(),
        login: BY[1].to_owned(),
        role: Role::Admin,
        name: "Nguyễn Thị Lan".to_owned(),
        password_hash: String::new(),
        must_change_password: false,
        group_id: None,
        office_id: None,
        organisation_id: None,
        certificate_number: None,
        certificate_expires_on: None,
        disabled_at: None,
        created_at: clock::now().naive_utc(),
    };
    store.write(|tx| users::create(tx, &admin)).expect("an administrator");
    store
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_dai-ly-thu"))
        .args(arguments)
        .current_dir(folder)
        .env("DATABASE_URL", "sqlite:law.db")
        .env("SIGNING_KEY_FILE", "key.pem")
        .env_remove("LOG")
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
    let amend = |arguments: &[&str]| rules(&[arguments, &BY].concat());
    let rate = |document| {
        amend(&[
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
    drop(database(folder.path()));
    let nobody = rules(&[
        "add",
        "base_salary",
        "amount=1",
        "--from",
        "2027-07-01",
        "--document",
        "x",
        "--by",
        "lan",
    ]);
    assert!(err(&nobody).contains("no administrator lan"), "{}", err(&nobody));

    let slip =
        amend(&["add", "base_salary", "amount=2,7", "--from", "1/7/2027", "--document", "x"]);
    assert!(!slip.status.success());
    assert!(err(&slip).contains("effective_from: no day"), "{}", err(&slip));
    let overlap =
        amend(&["add", "base_salary", "amount=1", "--from", "2026-07-01", "--document", "x"]);
    assert!(err(&overlap).contains("overlap"), "{}", err(&overlap));

    let added = rate("TB 12/TB-BHXH");
    assert!(added.status.success(), "{}", err(&added));
    assert!(out(&added).contains("0 accepted"), "{}", out(&added));
    let id = out(&added).lines().next().expect("an id").to_owned();
    assert!(out(&rules(&["list", "vsi_invest_rate_month"])).contains("TB 12/TB-BHXH"));
    assert!(err(&rate("TB 12/TB-BHXH")).contains("stands already"));
    let withdrawn = amend(&["withdraw", &id, "--reason", "nhầm năm"]);
    assert!(withdrawn.status.success(), "{}", err(&withdrawn));
    assert!(!out(&rules(&["list", "vsi_invest_rate_month"])).contains("TB 12/TB-BHXH"));
    let rows = out(&rules(&["added"]));
    assert!(rows.contains(&id) && rows.contains("nhầm năm"), "{rows}");
}

#[test]
fn a_law_that_contradicts_itself_stops_the_start() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = database(folder.path());
    let id = clock::new_id();
    store
        .write(|tx| -> Result<()> {
            let row = rule_rows::RuleRow {
                id,
                edition: rule_rows::next_edition(tx)?,
                table_name: "base_salary".to_owned(),
                cells: r#"{"amount":"2600000","effective_from":"2026-07-01","document":"NĐ khác"}"#
                    .to_owned(),
                added_at: clock::now().naive_utc(),
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
    let withdrawn =
        run(folder.path(), &[&["rules", "withdraw", &id, "--reason", "trùng"][..], &BY].concat());
    assert!(withdrawn.status.success(), "{}", err(&withdrawn));
    assert!(run(folder.path(), &["rules", "list"]).status.success());
}
