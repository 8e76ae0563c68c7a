//! `backup`, `restore`, `doctor`, and a start that tells everything that is wrong: as an operator runs them.

#[path = "support/mod.rs"]
#[allow(dead_code, reason = "only a database is wanted")]
mod support;

use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, SystemTime};

use rcgen::{CertificateParams, KeyPair};

use dai_ly_thu::clock;
use dai_ly_thu::domain::{Scheme, WorklistKind, vn_day};
use dai_ly_thu::store::groups::{self, Group};
use dai_ly_thu::store::worklists::{self, Worklist};
use dai_ly_thu::store::{PoolSize, Reach, Store};
use support::{Backend, Database};

fn program(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dai-ly-thu"));
    command
        .args(arguments)
        .current_dir(folder)
        .env("DATABASE_URL", "sqlite:office.db")
        .env("SIGNING_KEY_FILE", "key.pem")
        .env_remove("LOG");
    command
}

/// Whether it went well, and all it said.
fn run(folder: &Path, arguments: &[&str]) -> (bool, String) {
    said(program(folder, arguments).output().expect("the program runs"))
}

fn said(output: Output) -> (bool, String) {
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(text).expect("text"))
}

fn succeeds(folder: &Path, arguments: &[&str]) -> String {
    let (success, text) = run(folder, arguments);
    assert!(success, "{arguments:?}: {text}");
    text
}

fn fails(folder: &Path, arguments: &[&str]) -> String {
    let (success, text) = run(folder, arguments);
    assert!(!success, "{arguments:?}: {text}");
    text
}

/// Makes an administrator; false when there is one of that name.
fn admin(folder: &Path, login: &str) -> bool {
    let arguments = ["user", "create", "--login", login, "--role", "admin", "--password-stdin"];
    let mut command = program(folder, &arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program runs");
    child.stdin.take().expect("a pipe").write_all(b"mot mat khau dai\n").expect("a password");
    let (made, text) = said(child.wait_with_output().expect("an end"));
    assert!(made || text.contains("is taken"), "{text}");
    made
}

/// A server that runs until it is dropped, and then ends as in a power cut.
struct Served(Child);

impl Served {
    fn start(folder: &Path) -> Self {
        let mut command = program(folder, &["serve", "--listen", "127.0.0.1:0"]);
        let mut child =
            command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("starts");
        let mut line = String::new();
        let out = child.stdout.as_mut().expect("a pipe");
        BufReader::new(out).read_line(&mut line).expect("a line");
        assert!(line.starts_with("listening on http://127.0.0.1:"), "{line}");
        Self(child)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.0.kill().and_then(|()| self.0.wait()).expect("it ends");
    }
}

fn mode(file: &Path) -> u32 {
    file.metadata().expect("a file").permissions().mode() & 0o777
}

#[test]
fn a_backup_is_made_beside_the_work_and_put_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    assert!(fails(folder, &["backup", "b.db"]).contains("no database"));
    let server = Served::start(folder);
    assert!(admin(folder, "before"));

    let told = succeeds(folder, &["backup", "b.db"]);
    assert!(told.contains("sound") && told.contains("key.pem"), "{told}");
    assert_eq!(mode(&folder.join("b.db")), 0o600);
    assert!(fails(folder, &["backup", "b.db"]).contains("--force"));
    succeeds(folder, &["backup", "b.db", "--force"]);
    assert!(fails(folder, &["backup", "office.db", "--force"]).contains("the database itself"));
    assert!(admin(folder, "after"));
    let epoch = succeeds(folder, &["epoch", "show"]);
    assert!(fails(folder, &["restore", "b.db"]).contains("stop the server"));
    assert!(!admin(folder, "after"), "nothing was touched");

    drop(server);
    let told = succeeds(folder, &["restore", "b.db"]);
    assert!(told.contains("key.pem") && told.contains("phones"), "{told}");
    assert_ne!(succeeds(folder, &["epoch", "show"]), epoch);
    assert!(!admin(folder, "before"));
    assert!(admin(folder, "after"), "it came after the backup");
    assert_eq!(mode(&folder.join("office.db")), 0o600);
    let names = || fs::read_dir(folder).expect("a folder").flatten().map(|it| it.file_name());
    let names: Vec<String> = names().filter_map(|it| it.into_string().ok()).collect();
    let kept = names.iter().find(|name| name.starts_with("office.db.before-restore-"));
    assert!(kept.is_some_and(|name| !name.ends_with("-wal")), "{names:?}");
    assert!(!names.iter().any(|name| name.ends_with(".part")), "{names:?}");
}

#[test]
fn what_is_damaged_is_not_put_in_place_but_replaced() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    assert!(admin(folder, "before"));
    succeeds(folder, &["backup", "b.db"]);
    fs::write(folder.join("text.db"), "no database").expect("a file");
    fs::write(folder.join("empty.db"), "").expect("a file");
    for damaged in ["text.db", "empty.db", "absent.db"] {
        fails(folder, &["restore", damaged]);
    }
    assert!(!admin(folder, "before"), "nothing was touched");

    fs::write(folder.join("office.db"), "no database any more").expect("a file");
    let told = succeeds(folder, &["restore", "b.db"]);
    assert!(told.contains("cannot read"), "{told}");
    assert!(!admin(folder, "before"));
    fs::remove_file(folder.join("office.db")).expect("a file");
    succeeds(folder, &["restore", "b.db"]);
    assert!(!admin(folder, "before"));
}

#[test]
fn the_doctor_says_what_to_do() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    assert!(fails(folder, &["doctor"]).contains("no database"));
    assert!(!folder.join("office.db").exists(), "it changes nothing");
    drop(Served::start(folder));
    let told = succeeds(folder, &["doctor", "--deep"]);
    for line in [
        "ok       signing key",
        "warning  last backup    none",
        "ok       migrations",
        "journal_mode = wal, synchronous = 2, foreign_keys = 1",
        "every page and every reference is sound",
    ] {
        assert!(told.contains(line), "{line}: {told}");
    }
    succeeds(folder, &["backup", "b.db"]);
    assert!(succeeds(folder, &["doctor"]).contains("ok       last backup"));

    fs::set_permissions(folder.join("key.pem"), Permissions::from_mode(0o644)).expect("a file");
    let told = fails(folder, &["doctor", "--tls-cert", "chain.pem"]);
    assert!(told.contains("chmod 600 key.pem"), "{told}");
    assert!(told.contains("--tls-cert needs --tls-key"), "{told}");
    assert!(told.contains("2 things are wrong"), "{told}");
}

#[test]
fn the_doctor_looks_at_certificates_and_the_pepper() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    drop(Served::start(folder));
    let today = SystemTime::now();
    let day = Duration::from_secs(86_400);
    for (end, line) in [
        (today + day * 90, "ok       TLS            the certificate and its key fit, until "),
        (today + day * 3, "warning  TLS            the certificate and its key fit, until "),
        (today - day, "error    TLS            the certificate and its key fit, until "),
    ] {
        certify(folder, end);
        let (sound, told) =
            run(folder, &["doctor", "--tls-cert", "chain.pem", "--tls-key", "tls.pem"]);
        assert!(told.contains(line), "{line}: {told}");
        assert_eq!(sound, end > today, "{told}");
    }

    assert!(succeeds(folder, &["doctor"]).contains("ok       pepper         none"));
    let peppered = ["doctor", "--password-pepper", "pepper"];
    assert!(fails(folder, &peppered).contains("bring it from its own backup"));
    for (content, mode, line) in [
        ("", 0o600, "the pepper is empty or longer than"),
        ("bí mật", 0o644, "chmod 600 pepper"),
        ("bí mật", 0o600, "ok       pepper         pepper"),
    ] {
        fs::write(folder.join("pepper"), content).expect("a file");
        fs::set_permissions(folder.join("pepper"), Permissions::from_mode(mode)).expect("a file");
        let (_, told) = run(folder, &peppered);
        assert!(told.contains(line), "{line}: {told}");
    }
}

/// Puts a certificate that ends then, and its key, into the folder.
fn certify(folder: &Path, end: SystemTime) {
    let mut wanted = CertificateParams::new(vec!["localhost".to_owned()]).expect("a name");
    wanted.not_after = end.into();
    let key = KeyPair::generate().expect("a key");
    let chain = wanted.self_signed(&key).expect("a certificate").pem();
    for (name, text) in [("chain.pem", chain), ("tls.pem", key.serialize_pem())] {
        let file = folder.join(name);
        fs::write(&file, text).expect("a file");
        fs::set_permissions(&file, Permissions::from_mode(0o600)).expect("a file");
    }
}

#[test]
fn a_table_is_brought_whole_or_not_at_all() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    fs::write(folder.join("v.csv"), "name,area_code\nThôn 1,19141\nThôn 2,x\n").expect("a file");
    let bring = ["import", "villages", "v.csv"];
    assert!(fails(folder, &bring).contains("no database"));
    assert!(admin(folder, "before"));
    let told = fails(folder, &[&bring[..], &["--english", "--report", "wrong.csv"]].concat());
    assert!(told.contains("line 3, area_code: "), "{told}");
    assert!(
        told.contains("1 of 2 lines are bad") && told.contains("nothing was written"),
        "{told}"
    );
    let report = fs::read_to_string(folder.join("wrong.csv")).expect("a report");
    assert!(report.contains("3,area_code,area_unknown,"), "{report}");
    let skipping = [&bring[..], &["--skip-bad"]].concat();
    assert!(succeeds(folder, &skipping).contains("1 written, 0 unchanged, 1 bad"));
    assert!(succeeds(folder, &skipping).contains("0 written, 1 unchanged, 1 bad"));
    let help = succeeds(folder, &["import", "--help"]);
    assert!(help.contains("Thôn Khương Hà,19141") && help.contains("holder_kind"), "{help}");
    assert!(fails(folder, &["import", "villages", "absent.csv"]).contains("absent.csv"));
}

#[test]
fn residents_are_brought_for_a_list() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    assert!(admin(folder, "before"));
    let url = format!("sqlite:{}", folder.join("office.db").display());
    let store = Store::open(&url, PoolSize { connections: 1 }).expect("the database opens");
    let created_at = clock::now().naive_utc();
    let group = Group {
        id: clock::new_id(),
        name: "Nhóm 1".to_owned(),
        office_id: None,
        area_codes: vec!["19141".to_owned()],
        created_at,
    };
    let list = Worklist {
        id: clock::new_id(),
        name: "Chưa tham gia".to_owned(),
        kind: WorklistKind::NeverJoined,
        scheme: Scheme::Voluntary,
        office_id: None,
        group_id: Some(group.id),
        area_codes: String::new(),
        village_id: None,
        made_on: vn_day(clock::now()),
        elsewhere: 0,
        created_at,
    };
    let made = store.write(|tx| {
        groups::create(tx, group)?;
        worklists::create(tx, &Reach::Everything, (&list, true))
    });
    made.expect("a list");
    let residents = "Họ và tên;Ngày sinh;Giới tính;Mã xã;Địa chỉ\n\
                     Trần Văn Một;1970;Nam;19141;thôn 1\nTrần Thị Hai;05/03/1988;nữ;19141;thôn 2\n";
    fs::write(folder.join("r.csv"), residents).expect("a file");
    let listed = || {
        let counted = store.read(|conn| worklists::counts(conn, &Reach::Everything, &[list.id]));
        counted.expect("counts").iter().map(|(_, _, many)| many).sum::<i64>()
    };
    // Without a list, or for one that is none, nobody is brought.
    let bring = ["import", "worklist", "r.csv"];
    fails(folder, &bring);
    let other = clock::new_id().to_string();
    fails(folder, &[&bring[..], &["--list", &other]].concat());
    fails(folder, &[&bring[..], &["--list", "danh sách"]].concat());
    assert_eq!(listed(), 0);
    let id = list.id.to_string();
    let for_it = [&bring[..], &["--list", &id]].concat();
    let told = succeeds(folder, &for_it);
    assert!(told.contains("2 written, 0 unchanged, 0 bad"), "{told}");
    let told = succeeds(folder, &for_it);
    assert!(told.contains("0 written, 2 unchanged, 0 bad"), "{told}");
    assert_eq!(listed(), 2);
}

#[test]
fn on_postgres_its_own_tools_are_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let database = Database::fresh(Backend::Postgres);
    let with = |arguments: &[&str]| {
        run(folder.path(), &[arguments, &["--database-url", &database.url]].concat())
    };
    let (backed_up, told) = with(&["backup", "b.db"]);
    assert!(!backed_up && told.contains("pg_dump"), "{told}");
    let (restored, told) = with(&["restore", "b.db"]);
    assert!(!restored && told.contains("pg_restore") && told.contains("epoch new"), "{told}");
    let (_, told) = with(&["doctor"]);
    for setting in ["server_version", "synchronous_commit", "max_connections", "fsync"] {
        assert!(told.contains(setting), "{setting}: {told}");
    }
}

#[test]
fn whatever_is_made_anew_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let disable = ["user", "disable", "--login", "an"];
    assert!(fails(folder, &disable).contains("no database"));
    assert!(!folder.join("office.db").exists(), "a mistyped path becomes no database");

    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let taken = taken.local_addr().expect("a port").to_string();
    let start = ["serve", "--listen", &taken];
    let told = fails(folder, &start);
    for (what, file) in [("a new, empty database", "office.db"), ("a new signing key", "key.pem")] {
        assert!(
            told.contains(what) && told.contains(&*folder.join(file).to_string_lossy()),
            "{told}"
        );
    }
    assert!(!fails(folder, &start).contains("made"), "once");
    assert!(fails(folder, &disable).contains("there is no user an"));
}

#[test]
fn a_start_tells_every_mistake_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let taken = taken.local_addr().expect("a port").to_string();
    fs::write(folder.path().join("key.pem"), "no key").expect("a file");
    let told = fails(
        folder.path(),
        &[
            "serve",
            "--listen",
            &taken,
            "--tls-cert",
            "chain.pem",
            "--cors-origin",
            "https://portal.example,*",
            "--trusted-proxy",
            "10.0.0.0/40",
            "--database-url",
            "mysql://somewhere",
        ],
    );
    for mistake in [
        &format!("--listen {taken}: Address"),
        "--tls-cert needs --tls-key",
        "--cors-origin: * is no origin",
        "--trusted-proxy: 10.0.0.0/40 is no address",
        "--database-url: unknown database URL",
        "--signing-key key.pem: the signing key is not",
    ] {
        assert!(told.contains(mistake), "{mistake}: {told}");
    }
    assert!(fails(folder.path(), &["serve", "--log", "dai_ly_thu=loud"]).contains("--log"));
}
