//! `/api/v1/imports`: tables that people bring, all or nothing.

use std::io::{Cursor, Write};

use serde_json::{Value, json};

use dai_ly_thu::domain::Role;
use dai_ly_thu::http::turns::FILES_AT_ONCE;

use crate::app::{Answered, Client, TestApp, group, office};
use crate::both;
use crate::support::Backend;

both!(
    villages_once,
    a_bad_line_keeps_everything_out,
    the_good_ones_when_wanted,
    targets_by_name,
    a_workbook,
    nobody_writes_outside_his_offices,
    what_is_no_table,
    a_few_files_at_a_time,
    a_small_file_that_holds_very_much,
);

pub fn bring(client: &Client, kind: &str, file: &str) -> Answered {
    bring_as(client, kind, "text/csv; charset=utf-8", file.as_bytes())
}

fn bring_as(client: &Client, kind: &str, content: &str, file: &[u8]) -> Answered {
    let path = format!("/api/v1/imports/{kind}");
    client.request("POST", &path, &[("content-type", content)], Some(file))
}

fn count(client: &Client, path: &str) -> usize {
    client.get(path).expect(200)["items"].as_array().unwrap().len()
}

fn errors(report: &Value) -> Vec<(u64, &str, &str)> {
    let all = report["errors"].as_array().unwrap().iter();
    all.map(|it| {
        let text = |name: &str| it[name].as_str().unwrap();
        (it["line"].as_u64().unwrap(), text("column"), text("code"))
    })
    .collect()
}

fn villages_once(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    admin.post("/api/v1/villages", &json!({ "name": "Thôn 1", "area_code": "19141" })).expect(201);
    let file = "\u{feff}Tên thôn;Mã xã\r\nThôn 1;19141\r\nThôn 2;19141\r\n";
    let report = bring(&admin, "villages", file).expect(200);
    assert_eq!(
        report,
        json!({ "kind": "villages", "lines": 2, "written": 1, "unchanged": 1, "bad": 0,
                "nothing_written": false, "errors": [], "errors_total": 0 })
    );
    let report = bring(&admin, "villages", file).expect(200);
    assert_eq!((&report["written"], &report["unchanged"]), (&json!(0), &json!(2)));
    assert_eq!(count(&admin, "/api/v1/villages"), 2);
    let told = admin.get("/api/v1/audit").expect(200);
    let told = told["items"].as_array().unwrap().iter().map(|it| it["detail"].clone());
    let told: Vec<Value> = told.filter(|it| !it.is_null()).collect();
    assert!(told.contains(&json!("villages: 2 lines, 1 written, 1 unchanged, 0 bad")), "{told:?}");
}

fn a_bad_line_keeps_everything_out(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let file = "name,area_code\nThôn 1,19141\n,99999\nThôn 1,19141\nThôn 3,19141\n";
    let report = bring(&admin, "villages", file);
    assert_eq!(report.status, 422);
    assert_eq!(
        errors(&report.body),
        [(3, "name", "required"), (3, "area_code", "area_unknown"), (4, "", "repeated")]
    );
    assert_eq!(report.body["nothing_written"], true);
    assert_eq!((&report.body["lines"], &report.body["bad"]), (&json!(4), &json!(2)));
    assert!(report.body["errors"][2]["detail"].as_str().unwrap().ends_with("[2]"));
    assert_eq!(count(&admin, "/api/v1/villages"), 0);
}

fn the_good_ones_when_wanted(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let mut file = "name,area_code\nThôn 1,19141\n".to_owned();
    file.extend((0..1_200).map(|i| format!("Thôn {i},x\n")));
    let report = bring(&admin, "villages?skip_bad=true", &file).expect(200);
    assert_eq!((&report["written"], &report["bad"]), (&json!(1), &json!(1_200)));
    assert_eq!(report["errors"].as_array().unwrap().len(), 1_000);
    assert_eq!(
        (&report["errors_total"], &report["nothing_written"]),
        (&json!(1_200), &json!(false))
    );
    assert_eq!(count(&admin, "/api/v1/villages"), 1);
    let nothing = bring(&admin, "villages?skip_bad=true", "name,area_code\nThôn,x\n");
    assert_eq!((nothing.status, &nothing.body["nothing_written"]), (422, &json!(true)));
}

fn targets_by_name(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let district = office(&admin, "BHXH Bố Trạch", None);
    let one = group(&admin, "Nhóm 1", Some(district));
    group(&admin, "Nhóm 2", Some(district));
    group(&admin, "Nhóm 2", Some(district));
    let phone = app.phone(Role::Agent, one);
    let agent = phone.user_id;
    bring(&admin, "villages", "name,area_code\nThôn 1,19141\n").expect(200);
    let head = "holder_kind,holder,scheme,from,to,people,measure,office\n";
    let good = format!(
        "{head}group,Nhóm 1,household,2026-01-01,2026-12-31,1200,,\n\
         agent,{agent},voluntary,1/1/2026,31/03/2026,40,taking_part,\n\
         village,19141 Thôn 1,household,2026-01-01,2026-12-31,80,,BHXH Bố Trạch\n\
         area,19141,,2026-01-01,2026-12-31,900,vssid,{district}\n\
         office,BHXH Bố Trạch,voluntary,2026-01-01,2026-12-31,5000,,\n"
    );
    assert_eq!(bring(&admin, "targets", &good).expect(200)["written"], 5);
    let again = good.replace(",1200,", ",1300,");
    let report = bring(&admin, "targets", &again).expect(200);
    assert_eq!((&report["written"], &report["unchanged"]), (&json!(1), &json!(4)));
    let all = admin.get("/api/v1/targets").expect(200);
    assert_eq!(all["items"].as_array().unwrap().len(), 5);
    let of = |kind: &str| {
        let path = format!("/api/v1/targets?holder_kind={kind}");
        admin.get(&path).expect(200)["items"][0].take()
    };
    let of_group = of("group");
    assert_eq!(
        (&of_group["people"], &of_group["holder"]["name"]),
        (&json!(1300), &json!("Nhóm 1"))
    );
    assert_eq!(of("area")["scheme"], Value::Null);
    assert_eq!(of("agent")["group_id"], json!(one));
    let told = phone.pull_all(100);
    let told: Vec<&Value> = told.iter().filter(|it| it["entity"] == "target").collect();
    assert_eq!(told.len(), 2, "{told:#?}");

    let bad = format!(
        "{head}group,Nhóm 2,household,2026-01-01,2026-12-31,1,,\n\
         group,Nhóm 9,household,2026-01-01,2026-12-31,1,,\n\
         village,Thôn 1,household,2026-01-01,2026-12-31,1,,\n\
         team,x,life,2026-02-30,2026-01-01,1.000,vssid,\n"
    );
    let report = bring(&admin, "targets", &bad);
    assert_eq!(report.status, 422);
    assert_eq!(
        errors(&report.body),
        [
            (2, "holder", "ambiguous"),
            (3, "holder", "not_found"),
            (4, "office", "required"),
            (5, "holder_kind", "bad_format"),
            (5, "scheme", "conflict"),
            (5, "from", "out_of_range"),
            (5, "people", "bad_format"),
            (5, "office", "required"),
        ]
    );
}

const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

fn a_workbook(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    group(&admin, "Nhóm 1", None);
    let mut book = rust_xlsxwriter::Workbook::new();
    let page = book.add_worksheet();
    let heads = ["Đối tượng giao", "Đơn vị", "Loại hình", "Từ ngày", "Đến ngày", "Chỉ tiêu"];
    for (column, head) in (0..).zip(heads) {
        page.write(2, column, head).unwrap();
    }
    let day = rust_xlsxwriter::Format::new().set_num_format("dd/mm/yyyy");
    let from = rust_xlsxwriter::ExcelDateTime::from_ymd(2026, 1, 1).unwrap();
    for (column, text) in [(0, "Nhóm"), (1, "Nhóm 1"), (2, "BHYT hộ gia đình"), (4, "31/12/2026")]
    {
        page.write(4, column, text).unwrap();
    }
    page.write_with_format(4, 3, &from, &day).unwrap();
    page.write(4, 5, 150).unwrap();
    let file = book.save_to_buffer().unwrap();
    assert_eq!(bring_as(&admin, "targets", XLSX, &file).expect(200)["written"], 1);
    let made = admin.get("/api/v1/targets").expect(200)["items"][0].take();
    assert_eq!((&made["from"], &made["people"]), (&json!("2026-01-01"), &json!(150)));
}

fn nobody_writes_outside_his_offices(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let mine = office(&admin, "Huyện tôi", None);
    let theirs = office(&admin, "Huyện khác", None);
    group(&admin, "Nhóm tôi", Some(mine));
    let foreign = group(&admin, "Nhóm khác", Some(theirs));
    let (supervisor, _) = app.browser(Role::Supervisor, None, Some(mine));
    let file = format!(
        "holder_kind,holder,scheme,from,to,people,office\n\
         group,Nhóm tôi,household,2026-01-01,2026-12-31,1,\n\
         group,{foreign},household,2026-01-01,2026-12-31,1,\n\
         area,19141,household,2026-01-01,2026-12-31,1,{theirs}\n"
    );
    let report = bring(&supervisor, "targets?skip_bad=true", &file).expect(200);
    assert_eq!(errors(&report), [(3, "holder", "not_found"), (4, "office", "not_found")]);
    assert_eq!(count(&admin, "/api/v1/targets"), 1);
}

fn what_is_no_table(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let report = bring_as(&admin, "villages", "text/csv", b"name,colour\nTh\xf4n,1\n");
    assert_eq!((report.status, errors(&report.body)), (422, vec![(2, "", "file_unreadable")]));
    let report = bring(&admin, "villages", "name,colour\nThôn,1\n");
    assert_eq!(
        errors(&report.body),
        [(1, "colour", "column_unknown"), (1, "area_code", "required")]
    );
    let detail = report.body["errors"][0]["detail"].as_str().unwrap();
    assert!(detail.ends_with("[name, area_code]"), "{detail}");
    bring_as(&admin, "villages", "application/json", b"{}").refused(415, "unsupported_media_type");
    bring(&admin, "colours", "name\n1\n").refused(404, "not_found");
    bring(&admin, "villages", &"x".repeat(20 * 1024 * 1024 + 1)).refused(413, "too_large");
}

fn a_few_files_at_a_time(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let file = "Tên thôn;Mã xã\r\nThôn 1;19141\r\n";
    let others: Vec<_> = (0..FILES_AT_ONCE).map(|_| app.turns.file().expect("a turn")).collect();
    bring(&admin, "villages", file).refused(503, "busy");
    // Who may not is told that first, and everything else is served meanwhile.
    let agent = app.phone(Role::Agent, group(&admin, "Nhóm", None)).client;
    bring(&agent, "villages", file).refused(403, "forbidden");
    assert_eq!(count(&admin, "/api/v1/villages"), 0);
    drop(others);
    // A turn is given back, also by a file that is no table.
    for _ in 0..=FILES_AT_ONCE {
        assert_eq!(bring(&admin, "villages", "").status, 422);
        bring(&admin, "villages", file).expect(200);
    }
    assert_eq!(count(&admin, "/api/v1/villages"), 1);
}

const HEADS: &str = r#"<row r="1"><c r="A1" t="inlineStr"><is><t>name</t></is></c><c r="B1" t="inlineStr"><is><t>area_code</t></is></c></row>"#;

/// A workbook of one sheet, each part with so many MiB of spaces after it.
fn workbook(rows: &str, strings: &str, padding: [usize; 2]) -> Vec<u8> {
    let spaces = vec![b' '; 1024 * 1024];
    let rels = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let part = "http://schemas.openxmlformats.org/package/2006/relationships";
    let book = format!(
        r#"<workbook xmlns:r="{rels}"><sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>"#
    );
    let links = format!(
        r#"<Relationships xmlns="{part}"><Relationship Id="r1" Type="{rels}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#
    );
    let root = format!(
        r#"<Relationships xmlns="{part}"><Relationship Id="r1" Type="{rels}/officeDocument" Target="xl/workbook.xml"/></Relationships>"#
    );
    let sheet = format!("<worksheet><sheetData>{HEADS}{rows}</sheetData></worksheet>");
    let strings = format!("<sst {strings}</sst>");
    let mut file = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text, padding) in [
        ("_rels/.rels", &root, 0),
        ("xl/workbook.xml", &book, 0),
        ("xl/_rels/workbook.xml.rels", &links, 0),
        ("xl/worksheets/sheet1.xml", &sheet, padding[0]),
        ("xl/sharedStrings.xml", &strings, padding[1]),
    ] {
        file.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        file.write_all(text.as_bytes()).unwrap();
        (0..padding).for_each(|_| file.write_all(&spaces).unwrap());
    }
    file.finish().unwrap().into_inner()
}

fn a_small_file_that_holds_very_much(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let cells = |row: usize| {
        format!(
            r#"<row r="{row}"><c r="A{row}" t="s"><v>0</v></c><c r="B{row}"><v>19141</v></c></row>"#
        )
    };
    let good = workbook(&cells(2), "><si><t>Thôn 1</t></si>", [1, 1]);
    assert_eq!(bring_as(&admin, "villages", XLSX, &good).expect(200)["written"], 1);
    // A long sheet, many texts, one long text in many cells, and texts that are only said to be there.
    let long = format!("><si><t>{}</t></si>", "x".repeat(1024 * 1024));
    let many: String = (2..82).map(cells).collect();
    let mut bombs = vec![
        workbook(&cells(2), "><si><t>Thôn 2</t></si>", [193, 0]),
        workbook(&cells(2), "><si><t>Thôn 2</t></si>", [0, 65]),
        workbook(&many, &long, [0, 0]),
        workbook(&cells(2), "uniqueCount = '5000000'><si><t>Thôn 2</t></si>", [0, 0]),
    ];
    // One whose directory does not say what it holds.
    let mut lies = bombs[0].clone();
    let at = lies.windows(4).rposition(|it| it == b"PK\x01\x02").unwrap();
    let held = (0..at).rfind(|i| lies[*i..].starts_with(b"PK\x01\x02")).unwrap();
    lies[held + 24..held + 28].copy_from_slice(&100_u32.to_le_bytes());
    bombs.push(lies);
    for (i, file) in bombs.iter().enumerate() {
        assert!(file.len() < 1024 * 1024, "{}", file.len());
        let report = bring_as(&admin, "villages", XLSX, file);
        assert_eq!(report.status, 422, "{i}");
        let code = if i == 4 { "file_unreadable" } else { "file_too_large" };
        assert_eq!(errors(&report.body), [(1, "", code)], "{i}: {:#}", report.body);
    }
    assert_eq!(count(&admin, "/api/v1/villages"), 1);
}
