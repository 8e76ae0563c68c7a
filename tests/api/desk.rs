//! The desk's page, its news, and the tables that are taken away from it.

use std::io::{BufRead, BufReader, Cursor};

use calamine::{Data, Reader, Xlsx, open_workbook_from_rs};
use serde_json::json;
use ureq::Body;
use ureq::http::Response;

use dai_ly_thu::domain::Role;

use crate::app::{Client, PASSWORD, TestApp, group, office};
use crate::both;
use crate::browser::{Browser, ENTER};
use crate::support::Backend;
use crate::support::records::{household, voluntary};

both!(
    the_page_runs_only_its_own_scripts,
    who_asks_for_the_head_gets_it,
    who_looks_hears_that_something_was_written,
    tallies_are_taken_away,
    a_morning_at_the_desk,
    a_worklist_is_given_to_a_group,
    an_office_is_set_up,
    every_page_fits_a_phone,
);

/// The keys of a language, in its order.
fn keys(texts: &str) -> Vec<&str> {
    let lines = texts.lines().filter_map(|line| line.strip_prefix("  ")?.split_once(": "));
    lines.map(|(key, _)| key.trim_matches('\'')).collect()
}

#[test]
fn the_page_says_everything_in_both_languages() {
    let [vi, en] =
        [include_str!("../../assets/i18n/vi.js"), include_str!("../../assets/i18n/en.js")];
    assert!(keys(vi).len() > 100);
    assert_eq!(keys(vi), keys(en));
}

fn header<'a>(answer: &'a Response<Body>, name: &str) -> &'a str {
    answer.headers().get(name).map_or("", |value| value.to_str().expect("text"))
}

fn the_page_runs_only_its_own_scripts(backend: Backend) {
    let app = TestApp::start(backend);
    let nobody = app.nobody();
    let mut page = nobody.open("/", &[]);
    assert_eq!(page.status(), 200);
    assert_eq!(page.body().mime_type(), Some("text/html"));
    let policy = header(&page, "content-security-policy").to_owned();
    assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"));
    assert!(!policy.contains("unsafe"), "{policy}");
    let text = page.body_mut().read_to_string().expect("a page");
    for foreign in ["<style", "style=", "onclick=", "://", "javascript:"] {
        assert!(!text.contains(foreign), "{foreign}: {text}");
    }
    assert_eq!(text.matches("<script").count(), text.matches("src=\"assets/").count(), "{text}");

    let tag = header(&page, "etag").to_owned();
    assert_eq!(nobody.open("/", &[("if-none-match", &tag)]).status(), 304);
    for path in
        ["/assets/", "/assets/nothing.js", "/assets/../Cargo.toml", "/assets/%2e%2e/Cargo.toml"]
    {
        assert_eq!(nobody.open(path, &[]).status(), 404, "{path}");
    }
}

fn who_asks_for_the_head_gets_it(backend: Backend) {
    let app = TestApp::start(backend);
    let nobody = app.nobody();
    let plain = [("accept-encoding", "identity")];
    for path in ["/", "/assets/main.js", "/assets/nothing.js"] {
        let whole = nobody.open(path, &plain);
        let mut head = nobody.ask("HEAD", path, &plain);
        assert_eq!(head.status(), whole.status(), "{path}");
        for name in ["content-length", "content-type", "content-security-policy", "etag"] {
            assert_eq!(header(&head, name), header(&whole, name), "{path} {name}");
        }
        assert_eq!(head.body_mut().read_to_vec().expect("nothing"), b"", "{path}");
    }
    let tag = header(&nobody.open("/", &[]), "etag").to_owned();
    assert_eq!(nobody.ask("HEAD", "/", &[("if-none-match", &tag)]).status(), 304);
    assert_eq!(nobody.ask("HEAD", "/api/v1/me", &[]).status(), 405);
}

/// What comes next of what is told, without comments that only say that the server lives.
fn next(lines: &mut impl BufRead) -> Option<String> {
    let mut text = String::new();
    loop {
        let mut line = String::new();
        if lines.read_line(&mut line).expect("a line") == 0 {
            return None;
        }
        match line.trim_end() {
            "" if !text.is_empty() => return Some(text),
            "" | ":" => {}
            line => text += line,
        }
    }
}

fn who_looks_hears_that_something_was_written(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let group_id = group(&admin, "Nhóm 1", None);
    let mut phone = app.phone(Role::Agent, group_id);
    let looking = admin.open("/api/v1/events", &[("accept-encoding", "gzip")]);
    assert_eq!(looking.body().mime_type(), Some("text/event-stream"));
    let mut lines = BufReader::new(looking.into_body().into_reader());
    assert_eq!(next(&mut lines).as_deref(), Some(": listening"));
    // What was written before he listened is one event, too.
    assert_eq!(next(&mut lines).as_deref(), Some("event: changeddata: {}"));
    phone.send("voluntary", &voluntary(1));
    assert_eq!(next(&mut lines).as_deref(), Some("event: changeddata: {}"));
    // A stop does not wait until he has enough.
    drop(app);
    assert_eq!(next(&mut lines), None);
}

fn download(client: &Client, path: &str) -> (String, Vec<u8>) {
    let mut answer = client.open(path, &[]);
    assert_eq!(answer.status(), 200, "{path}");
    let name = header(&answer, "content-disposition").to_owned();
    (name, answer.body_mut().read_to_vec().expect("a file"))
}

fn tallies_are_taken_away(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let group_id = group(&admin, "=Nhóm 1", None);
    group(&admin, "Nhóm 2", None);
    let mut phone = app.phone(Role::Agent, group_id);
    let target = json!({ "group_id": group_id, "scheme": "household", "from": "2026-01-01",
                         "to": "2026-12-31", "people": 8 });
    admin.post("/api/v1/targets", &target).expect(201);
    phone.send("household", &household(1, 3));
    phone.send("voluntary", &voluntary(1));

    let year = "from=2026-01-01&to=2026-12-31";
    let (name, csv) = download(&admin, &format!("/api/v1/tallies.csv?{year}"));
    assert_eq!(name, "attachment; filename=\"dai-ly-thu-2026-01-01-2026-12-31.csv\"");
    let csv = String::from_utf8(csv).expect("UTF-8");
    assert!(csv.starts_with("\u{feff}Tên,Loại hình,Đã thu,"), "{csv}");
    let line = csv.lines().find(|line| line.contains("BHYT") && line.contains("Nhóm 1"));
    assert_eq!(
        line,
        Some("'=Nhóm 1,BHYT hộ gia đình,3,3,0,0,0,0,0,3142260,0,0,8,37.5,5,,2026-01-01,2026-12-31")
    );
    assert_eq!(csv.lines().count(), 1 + 4);

    let (_, xlsx) = download(&admin, &format!("/api/v1/tallies.xlsx?{year}"));
    let mut book: Xlsx<_> = open_workbook_from_rs(Cursor::new(xlsx)).expect("a workbook");
    let sheet = book.worksheet_range("Kết quả thu").expect("the sheet");
    let rows: Vec<&[Data]> = sheet.rows().collect();
    assert_eq!(rows[3][0], Data::String("Tên".into()));
    let total = rows.last().expect("totals");
    assert_eq!(total[0], Data::String("Tổng cộng".into()));
    let number = |cell: &Data| cell.to_string().parse::<f64>().expect("a number");
    assert_eq!(
        [2, 9, 12, 13].map(|at| number(&total[at])),
        [4.0, 3_142_260.0 + 264_000.0, 8.0, 37.5]
    );
    let formulas = book.worksheet_formula("Kết quả thu").expect("formulas");
    let (row, _) = formulas.end().expect("formulas");
    assert_eq!(formulas.get_value((row, 2)).map(String::as_str), Some("SUM(C5:C8)"));

    // Whoever takes a table away is told of; who may see less, takes less.
    let told = admin.get("/api/v1/audit?limit=200").expect(200).to_string();
    assert!(told.contains("GET /api/v1/tallies.csv") && told.contains("GET /api/v1/tallies.xlsx"));
    let (_, own) = download(&phone.client, &format!("/api/v1/tallies.csv?{year}"));
    assert!(!String::from_utf8(own).expect("UTF-8").contains("Nhóm 2"));
}

fn a_morning_at_the_desk(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let office_id = office(&admin, "BHXH Bố Trạch", None);
    let group_id = group(&admin, "Nhóm 1", Some(office_id));
    let mut phone = app.phone(Role::Agent, group_id);
    let target = json!({ "group_id": group_id, "scheme": "voluntary", "from": "2026-01-01",
                         "to": "2099-12-31", "people": 10 });
    admin.post("/api/v1/targets", &target).expect(201);
    let (_, supervisor) = app.browser(Role::Supervisor, None, Some(office_id));

    let desk = Browser::open(1280);
    desk.go(&format!("{}/", app.base));
    desk.field("Tên đăng nhập").write(&supervisor.to_string());
    desk.field("Mật khẩu").write(&format!("{PASSWORD}{ENTER}"));
    // Nobody touches the page while a phone hands in.
    desk.says("0/10");
    phone.send("voluntary", &voluntary(1));
    desk.says("1/10");

    let mut alike = voluntary(1);
    alike["person"]["bhxh_code"] = json!(null);
    assert_eq!(phone.send("voluntary", &alike)["code"], "possible_duplicate");
    desk.says("1 phiếu chờ duyệt").click();
    desk.says("Có thể trùng người").click();
    desk.find("//button[starts-with(normalize-space(.),'Không nhận')]").click();
    desk.find("//dialog//button[@type='submit']").click();
    desk.says("Không còn phiếu nào chờ duyệt.");
    assert_eq!(admin.get("/api/v1/reviews?state=open").expect(200)["items"], json!([]));

    desk.go(&format!("{}/#/groups", app.base));
    let taken = desk.takes(|| desk.says("Tải XLSX").click());
    let mut book: Xlsx<_> = open_workbook_from_rs(Cursor::new(taken)).expect("a workbook");
    let sheet = book.worksheet_range("Kết quả thu").expect("the sheet");
    let ours = sheet.rows().find(|row| row[0] == Data::String("Nhóm 1".into())).expect("a row");
    assert_eq!((&ours[2], &ours[12]), (&Data::Float(1.0), &Data::Float(10.0)), "{ours:?}");

    desk.says("Đăng xuất").click();
    desk.field("Mật khẩu");
    assert_eq!(desk.complaints(), Vec::<String>::new());
}

fn a_worklist_is_given_to_a_group(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let office_id = office(&admin, "BHXH Bố Trạch", None);
    let mut phone = app.phone(Role::Agent, group(&admin, "Nhóm 1", Some(office_id)));
    phone.send("voluntary", &voluntary(1));
    let list = json!({ "name": "Đến hạn tháng 12", "kind": "due", "scheme": "voluntary",
                       "office_id": office_id, "on": "2026-12-15" });
    assert_eq!(admin.post("/api/v1/worklists", &list).expect(201)["items"], 1);
    let (_, supervisor) = app.browser(Role::Supervisor, None, Some(office_id));

    let desk = Browser::open(1280);
    desk.go(&format!("{}/#/worklists", app.base));
    desk.field("Tên đăng nhập").write(&supervisor.to_string());
    desk.field("Mật khẩu").write(&format!("{PASSWORD}{ENTER}"));
    desk.says("Đến hạn tháng 12").click();
    desk.says("chưa giao");
    desk.find("//button[normalize-space(.)='Giao cả 1 người']").click();
    desk.find("//dialog//button[@type='submit']").click();
    desk.find("//td[normalize-space(.)='Nhóm 1']");
    let pulled = phone.pull_all(100);
    let item = pulled.iter().find(|it| it["entity"] == "worklist_item").expect("an item");
    assert_eq!([&item["op"], &item["data"]["state"]], [&json!("put"), &json!("open")]);
    assert_eq!(desk.complaints(), Vec::<String>::new());
}

fn an_office_is_set_up(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let province = office(&admin, "BHXH tỉnh Quảng Trị", None);
    let (_, user_id) = app.browser(Role::Admin, None, None);
    let desk = Browser::open(1280);
    desk.go(&format!("{}/#/settings/offices", app.base));
    desk.field("Tên đăng nhập").write(&user_id.to_string());
    desk.field("Mật khẩu").write(&format!("{PASSWORD}{ENTER}"));
    desk.says("Thêm cơ quan").click();
    desk.field("Tên cơ quan").write("BHXH cơ sở Bố Trạch");
    desk.find("//dialog//option[.='BHXH tỉnh Quảng Trị']").click();
    desk.find("//dialog//button[@type='submit']").click();
    desk.find("//tr[*[.='BHXH cơ sở Bố Trạch']]/td[normalize-space(.)='BHXH tỉnh Quảng Trị']");
    let offices = admin.get("/api/v1/offices").expect(200);
    let mut offices = offices["items"].as_array().expect("offices").iter();
    let made = offices.find(|it| it["name"] == "BHXH cơ sở Bố Trạch").expect("the new one");
    assert_eq!(made["parent_id"], json!(province));
    desk.find("//tr[*[.='BHXH cơ sở Bố Trạch']]//button").click();
    desk.field("Tên cơ quan").write(" mới");
    desk.find("//dialog//button[@type='submit']").click();
    desk.find("//tr/*[.='BHXH cơ sở Bố Trạch mới']");
    assert_eq!(desk.complaints(), Vec::<String>::new());
}

fn every_page_fits_a_phone(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let group_id = group(&admin, "Nhóm lưu động số 1 của Bảo hiểm xã hội huyện Bố Trạch", None);
    app.phone(Role::Agent, group_id).send("household", &household(1, 3));
    let (_, user_id) = app.browser(Role::Admin, None, None);
    let phone = Browser::open(390);
    phone.go(&format!("{}/", app.base));
    phone.field("Tên đăng nhập").write(&user_id.to_string());
    phone.field("Mật khẩu").write(&format!("{PASSWORD}{ENTER}"));
    phone.says("Hôm nay");
    for (page, title) in [
        ("today", "Hôm nay"),
        ("indicators", "Chỉ số"),
        ("offices", "Theo cơ quan"),
        ("groups", "Theo nhóm"),
        ("villages", "Theo thôn"),
        ("agents", "Theo nhân viên thu"),
        ("communes", "Theo xã"),
        ("organisations", "Theo tổ chức"),
        ("associations", "Theo hội, đoàn thể"),
        ("vssid", "VssID"),
        ("map", "Bản đồ"),
        ("reviews", "Chờ duyệt"),
        ("worklists", "Danh sách vận động"),
        ("drives", "Đợt ra quân"),
        ("installations", "Máy điện thoại"),
        ("forms", "Biểu mẫu"),
        ("settings/users", "Người dùng"),
        ("settings/groups", "Nhóm"),
        ("settings/offices", "Cơ quan"),
        ("settings/organisations", "Tổ chức thu"),
        ("settings/targets", "Chỉ tiêu"),
        ("settings/associations", "Hội, đoàn thể"),
        ("settings/baselines", "Số liệu gốc"),
        ("settings/villages", "Danh sách thôn"),
    ] {
        phone.go(&format!("{}/#/{page}", app.base));
        phone.find(&format!("//main//h1[normalize-space(.)='{title}']"));
        phone.find("//main[not(.//*[@aria-busy='true'])]");
        let width = phone.run("return Math.max(innerWidth, document.documentElement.scrollWidth)");
        assert_eq!(width, json!(390), "{page} is as wide as the phone");
    }
    assert_eq!(phone.complaints(), Vec::<String>::new());
}
