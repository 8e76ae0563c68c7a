//! Tables to take away: what the list of that name shows, whole and in order, as CSV and as XLSX.

use std::io::Cursor;

use calamine::{Data, Reader, Xlsx, open_workbook_from_rs};
use diesel::connection::SimpleConnection;
use serde_json::{Value, json};

use dai_ly_thu::domain::{Id, Role};
use dai_ly_thu::store::Result;

use crate::app::{Client, TestApp, group, id, office};
use crate::both;
use crate::reviews::resolve;
use crate::support::Backend;
use crate::support::records::{COMMUNE, household, void, voluntary};
use crate::worklists::{huyen, path};

both!(
    enrollments_come_whole_and_in_order,
    reviews_as_they_stand,
    items_in_the_order_of_visits,
    who_there_is_and_what_is_planned,
    who_takes_part,
    a_table_has_an_end,
);

fn file(client: &Client, path: &str, headers: &[(&str, &str)]) -> (String, Vec<u8>) {
    let mut answer = client.open(path, headers);
    assert_eq!(answer.status(), 200, "{path}");
    let name = answer.headers()["content-disposition"].to_str().unwrap().to_owned();
    (name, answer.body_mut().read_to_vec().expect("a file"))
}

/// The cells of a CSV file, the headings first.
fn csv(client: &Client, path: &str) -> Vec<Vec<String>> {
    let text = String::from_utf8(file(client, path, &[]).1).expect("UTF-8");
    let text = text.strip_prefix('\u{feff}').expect("a mark by which Excel knows it");
    let mut lines = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    let line = |line: csv::Result<csv::StringRecord>| {
        line.expect("a line").iter().map(str::to_owned).collect()
    };
    lines.records().map(line).collect()
}

/// A workbook: its values, and its formulas in their places.
struct Book {
    rows: Vec<Vec<Data>>,
    formulas: Vec<Vec<String>>,
}

impl Book {
    fn open(client: &Client, path: &str) -> Self {
        let (_, bytes) = file(client, path, &[]);
        let mut book: Xlsx<_> = open_workbook_from_rs(Cursor::new(bytes)).expect("a workbook");
        let name = book.sheet_names()[0].clone();
        let values = book.worksheet_range(&name).expect("the sheet");
        let formulas = book.worksheet_formula(&name).expect("formulas");
        let (rows, columns) = values.end().expect("cells");
        let value = |row, column| values.get_value((row, column)).cloned().unwrap_or_default();
        let formula = |row, column| formulas.get_value((row, column)).cloned().unwrap_or_default();
        Self {
            rows: (0..=rows).map(|row| (0..=columns).map(|c| value(row, c)).collect()).collect(),
            formulas: (0..=rows)
                .map(|row| (0..=columns).map(|c| formula(row, c)).collect())
                .collect(),
        }
    }

    /// The place of a column, by what stands above it.
    fn column(&self, heading: &str) -> usize {
        let head = &self.rows[3];
        head.iter().position(|it| *it == Data::String(heading.into())).expect(heading)
    }

    /// What stands in a column, without what is below the rows.
    fn texts(&self, heading: &str) -> Vec<String> {
        let (at, first) = (self.column(heading), self.column_of_ids());
        let rows = self.rows[4..].iter().filter(|row| row[first] != Data::Empty);
        rows.map(|row| row[at].to_string()).collect()
    }

    fn column_of_ids(&self) -> usize {
        self.rows[3].len() - 1
    }
}

fn column(rows: &[Vec<String>], heading: &str) -> Vec<String> {
    let at = rows[0].iter().position(|it| it == heading).expect(heading);
    rows[1..].iter().map(|row| row[at].clone()).collect()
}

/// The ids of a list, page by page.
fn ids(client: &Client, path: &str) -> Vec<String> {
    let (mut found, mut next) = (Vec::new(), String::new());
    loop {
        let mark = if path.contains('?') { '&' } else { '?' };
        let page = client.get(&format!("{path}{mark}limit=200{next}")).expect(200);
        let items = page["items"].as_array().expect("items").iter();
        found.extend(items.map(|it| it["id"].as_str().expect("an id").to_owned()));
        match page["next"].as_str() {
            Some(cursor) => next = format!("&cursor={cursor}"),
            None => return found,
        }
    }
}

/// A list and its files have the same rows in the same order; how many.
#[track_caller]
fn agree(client: &Client, path: &str, query: &str) -> usize {
    let listed = ids(client, &format!("{path}?{query}"));
    let [csv, xlsx] = ["csv", "xlsx"].map(|ending| format!("{path}.{ending}?{query}"));
    assert_eq!(column(&self::csv(client, &csv), "Mã (id)"), listed, "{csv}");
    assert_eq!(Book::open(client, &xlsx).texts("Mã (id)"), listed, "{xlsx}");
    listed.len()
}

/// Everything that files say, in one text.
fn all_of(client: &Client, path: &str) -> String {
    let book = Book::open(client, &format!("{path}.xlsx"));
    let cells = book.rows.iter().flatten().map(ToString::to_string);
    let texts = csv(client, &format!("{path}.csv")).into_iter().flatten();
    cells.chain(texts).collect::<Vec<_>>().join("\n")
}

/// What the audit tells of whoever took this away: how many rows, the oldest first.
fn told(admin: &Client, what: &str) -> Vec<String> {
    let told = admin.get("/api/v1/audit?limit=200").expect(200);
    let entries = told["items"].as_array().unwrap().iter().filter(|it| it["what"] == what);
    entries.map(|it| it["detail"].as_str().unwrap().to_owned()).collect()
}

fn enrollments_come_whole_and_in_order(backend: Backend) {
    let mut it = huyen(backend);
    it.enrol(1..491);
    it.enrol(491..521);
    let taken = it.phone.send("voluntary", &voluntary(600));
    it.phone.send("void", &void(id(&taken)));
    assert_eq!(it.phone.send("household", &household(700, 3))["status"], "accepted");
    let elsewhere = group(&it.admin, "=Nhóm 2", None);
    it.app.phone(Role::Agent, elsewhere).send("voluntary", &voluntary(800));

    let list = "/api/v1/enrollments";
    assert_eq!(agree(&it.admin, list, ""), 525);
    assert_eq!(agree(&it.supervisor, list, ""), 524, "of his office alone");
    assert_eq!(agree(&it.admin, list, "scheme=household"), 3);
    assert_eq!(agree(&it.admin, list, "status=voided"), 1);
    assert_eq!(agree(&it.admin, list, "from=2030-01-01"), 0);
    it.admin.get("/api/v1/enrollments.csv?scheme=x").wrong("/scheme", "bad_format");
    assert_eq!(told(&it.admin, "GET /api/v1/enrollments.csv"), ["525", "524", "3", "1", "0"]);
    assert_eq!(told(&it.admin, "GET /api/v1/enrollments.xlsx").len(), 5);

    // Neither names nor codes, as in the list; but whose group it is.
    let all = all_of(&it.admin, list);
    for unsaid in ["4400000001", "44000", "Nguyễn Thị"] {
        assert!(!all.contains(unsaid), "{unsaid}");
    }
    let rows = csv(&it.admin, "/api/v1/enrollments.csv?scheme=voluntary&status=accepted");
    assert!(column(&rows, "Nhóm").contains(&"'=Nhóm 2".to_owned()));
    assert_eq!(column(&rows, "Mã xã")[0], COMMUNE);
    assert_eq!(column(&rows, "Từ ngày")[0], "2026-12-01");

    // What stands and what was taken back are two sums, and both are formulas.
    let book = Book::open(&it.admin, "/api/v1/enrollments.xlsx");
    let (state, payable) = (book.column("Trạng thái"), book.column("Người tham gia đóng (đồng)"));
    let first = &book.rows[4];
    assert_eq!(first[payable], Data::Float(264_000.0));
    assert!(matches!(first[0], Data::DateTime(_)), "{first:?}");
    let below = 4 + 525;
    let sums: Vec<(String, String)> = (below..book.rows.len())
        .map(|row| (book.rows[row][state].to_string(), book.rows[row][payable].to_string()))
        .collect();
    let stands = 521 * 264_000 + 1_366_200 + 956_340 + 819_720;
    let expected = [("Có hiệu lực", stands.to_string()), ("Đã hủy", "264000".to_owned())];
    assert_eq!(sums, expected.map(|(word, sum)| (word.to_owned(), sum)));
    assert_eq!(book.formulas[below][payable], "SUMIF(E5:E529,E530,R5:R529)");
    assert!(book.formulas[4..below].iter().flatten().all(String::is_empty));

    let english = [("accept-language", "en")];
    let (name, text) = file(&it.admin, "/api/v1/enrollments.csv?status=voided", &english);
    assert!(name.starts_with("attachment; filename=\"enrollments-20"), "{name}");
    let text = String::from_utf8(text).unwrap();
    assert!(text.starts_with("\u{feff}Paid on,Counted on,Scheme,"), "{text}");
    assert!(text.contains(",Voluntary BHXH,New,Voided,"), "{text}");
}

fn reviews_as_they_stand(backend: Backend) {
    let mut it = huyen(backend);
    it.enrol(1..3);
    let other_group = group(&it.admin, "Nhóm 2", None);
    let mut other = it.app.phone(Role::Agent, other_group);
    for number in 1..3 {
        let mut body = voluntary(number);
        body["person"]["full_name"] = json!("Trần Thị Hoàn Toàn Khác");
        body["from_month"] = json!("2027-01");
        assert_eq!(other.send("voluntary", &body)["status"], "review");
    }
    let mut open = it.admin.get("/api/v1/reviews?state=open").expect(200);
    resolve(&it.admin, &open["items"][0].take(), "reject");
    let list = "/api/v1/reviews";
    assert_eq!(agree(&it.admin, list, ""), 2);
    assert_eq!(agree(&it.admin, list, "state=open"), 1);
    assert_eq!(agree(&it.supervisor, list, ""), 0, "of another group");
    it.phone.client.get("/api/v1/reviews.csv").refused(403, "forbidden");
    let rows = csv(&it.admin, "/api/v1/reviews.csv?state=rejected");
    assert_eq!(column(&rows, "Trạng thái"), ["Đã từ chối"]);
    assert_eq!(column(&rows, "Mã lý do"), ["identity_conflict"]);
    assert!(column(&rows, "Lý do")[0].starts_with("Mã số và thông tin cá nhân không khớp"));
    assert_eq!(column(&rows, "Nhóm"), ["Nhóm 2"]);
    assert_eq!(column(&rows, "Ghi chú"), ["đã hỏi tại nhà"]);
    assert!(column(&rows, "Mở lúc")[0].ends_with("+07:00"), "{rows:?}");
    // Nothing of it is a sum.
    assert_eq!(Book::open(&it.admin, "/api/v1/reviews.xlsx").rows.len(), 4 + 2);
}

fn items_in_the_order_of_visits(backend: Backend) {
    let mut it = huyen(backend);
    it.enrol(1..490);
    it.enrol(490..520);
    let mut odd = voluntary(900);
    odd["person"]["phone"] = json!("0912345678");
    odd["person"]["address"] = json!("=1+1");
    assert_eq!(it.phone.send("voluntary", &odd)["status"], "accepted");
    let list = it.due();
    let items = format!("{}/items", path(&list));
    assert_eq!(agree(&it.supervisor, &items, ""), 520);
    assert_eq!(agree(&it.supervisor, &items, "state=closed"), 0);
    it.give(&list, it.group_id);
    assert_eq!(agree(&it.phone.client, &items, "state=open"), 520);
    let rows = csv(&it.supervisor, &format!("{items}.csv"));
    let at = column(&rows, "Địa chỉ").iter().position(|it| it == "'=1+1").expect("the address");
    assert_eq!(column(&rows, "Số điện thoại")[at], "0912345678");
    assert_eq!(column(&rows, "Hết hạn ngày")[at], "2026-12-31");
    let book = Book::open(&it.supervisor, &format!("{items}.xlsx"));
    let phone = &book.rows[4 + at][book.column("Số điện thoại")];
    assert_eq!(*phone, Data::String("0912345678".into()));
    assert_eq!(book.texts("Địa chỉ")[at], "=1+1");
    assert!(book.formulas.iter().flatten().all(String::is_empty));
    assert!(!all_of(&it.supervisor, &items).contains("4400000"), "no codes");

    let other = it.app.phone(Role::Agent, group(&it.admin, "Nhóm 2", None)).client;
    other.get(&format!("{items}.csv")).refused(404, "not_found");
    it.admin.get(&format!("{items}.xlsx?result=x")).wrong("/result", "bad_format");
    assert_eq!(told(&it.admin, "GET /api/v1/worklists/{id}/items.xlsx").len(), 5);
}

fn made(admin: &Client, path: &str, body: &Value) -> Id {
    id(&admin.post(path, body).expect(201))
}

fn who_there_is_and_what_is_planned(backend: Backend) {
    let it = huyen(backend);
    let (admin, own, other) = (&it.admin, it.group_id, group(&it.admin, "Nhóm khác", None));
    let leader = it.app.phone(Role::Leader, own);
    let village =
        made(admin, "/api/v1/villages", &json!({ "name": "-Thôn 1", "area_code": COMMUNE }));
    for (group_id, on) in [(own, "2026-11-20"), (own, "2026-11-21"), (other, "2026-11-22")] {
        let drive = json!({ "group_id": group_id, "village_id": village, "on": on });
        made(admin, "/api/v1/drives", &drive);
        let target = json!({ "group_id": group_id, "scheme": "voluntary", "from": on, "to": "2026-12-31",
                             "people": 70 });
        made(admin, "/api/v1/targets", &target);
    }
    let holder = json!({ "kind": "village", "id": village });
    let aim = json!({ "holder": holder, "measure": "vssid", "from": "2026-01-01", "to": "2026-12-31",
                      "people": 5, "office_id": it.office_id });
    made(admin, "/api/v1/targets", &aim);
    for (list, query, all, of_group) in [
        ("groups", "", 2, 1),
        ("users", "", 4, 2),
        ("installations", "", 2, 2),
        ("villages", "area_code=19141", 1, 1),
        ("villages", "area_code=19142", 0, 0),
        ("drives", "from=2026-11-21", 2, 1),
        ("targets", "holder_kind=group", 3, 2),
        ("targets", "measure=vssid", 1, 0),
    ] {
        let path = format!("/api/v1/{list}");
        assert_eq!(agree(admin, &path, query), all, "{list} {query}");
        assert_eq!(agree(&leader.client, &path, query), of_group, "{list} {query}");
        assert!(told(admin, &format!("GET {path}.xlsx")).contains(&all.to_string()), "{list}");
    }
    let drives = csv(admin, "/api/v1/drives.csv?from=2026-11-22");
    assert_eq!(drives[1][..3], ["2026-11-22", "'-Thôn 1", "Nhóm khác"]);
    let targets = csv(admin, "/api/v1/targets.csv?measure=vssid");
    let vssid = ["Thôn", "'-Thôn 1", "Cài VssID", "", "2026-01-01", "2026-12-31", "5"];
    assert_eq!(targets[1][..7], vssid);
    let users = csv(&leader.client, "/api/v1/users.csv");
    assert!(column(&users, "Vai trò").contains(&"Trưởng nhóm".to_owned()), "{users:?}");
    assert_eq!(column(&users, "Nhóm"), ["Nhóm 1", "Nhóm 1"]);
    let groups = csv(&leader.client, "/api/v1/groups.csv");
    assert_eq!(groups[1][..4], ["Nhóm 1", "Huyện", "19141", "Xã Bố Trạch"]);
    let secret = all_of(admin, "/api/v1/users");
    assert!(!secret.contains("argon2"), "passwords are nobody's");
}

fn who_takes_part(backend: Backend) {
    let mut it = huyen(backend);
    assert_eq!(it.phone.send("household", &household(1, 3))["status"], "accepted");
    let year = "on=2026-12-31&by=group";
    let listed = it.admin.get(&format!("/api/v1/indicators?{year}")).expect(200);
    let rows = csv(&it.admin, &format!("/api/v1/indicators.csv?{year}"));
    let of = |it: &Value| it["taking_part"].to_string();
    let both = ["rows", "totals"].map(|part| listed[part].as_array().unwrap().clone());
    let expected: Vec<String> = both.iter().flatten().map(of).collect();
    assert_eq!(column(&rows, "Đang tham gia"), expected);
    assert!(expected.contains(&"3".to_owned()));
    assert_eq!(column(&rows, "Tên").last().map(String::as_str), Some("Tổng cộng"));
    let book = Book::open(&it.supervisor, &format!("/api/v1/indicators.xlsx?{year}"));
    assert_eq!(book.rows[1][0], Data::String("31/12/2026".into()));
    assert_eq!(book.rows.len(), 4 + both.iter().flatten().count());
    assert_eq!(told(&it.admin, "GET /api/v1/indicators.csv"), [expected.len().to_string()]);
    let elsewhere = office(&it.admin, "Phòng khác", None);
    let path = format!("/api/v1/indicators.csv?office_id={elsewhere}");
    it.supervisor.get(&path).refused(404, "not_found");
}

/// Adds villages, straight in the table.
fn add_villages(app: &TestApp, backend: Backend, first: u32, last: u32) {
    let id = match backend {
        Backend::Sqlite => "randomblob(16)",
        Backend::Postgres => "gen_random_uuid()",
    };
    let sql = format!(
        "INSERT INTO villages (id, name, area_code, created_at) \
         WITH RECURSIVE n(i) AS (SELECT {first} UNION ALL SELECT i + 1 FROM n WHERE i < {last}) \
         SELECT {id}, 'Thôn ' || i, '{COMMUNE}', '2026-11-22 00:00:00' FROM n"
    );
    app.store.write(|tx| -> Result<()> { Ok(tx.batch_execute(&sql)?) }).expect("villages");
}

fn a_table_has_an_end(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    add_villages(&app, backend, 1, 1_000);
    assert_eq!(agree(&admin, "/api/v1/villages", ""), 1_000, "two parts, both full");
    add_villages(&app, backend, 1_001, 50_000);
    assert_eq!(csv(&admin, "/api/v1/villages.csv").len(), 1 + 50_000);
    add_villages(&app, backend, 50_001, 50_001);
    admin.get("/api/v1/villages.csv").refused(413, "too_large");
    admin.get("/api/v1/villages.xlsx").refused(413, "too_large");
    // What was not handed out was not taken.
    assert_eq!(told(&admin, "GET /api/v1/villages.csv"), ["1000", "50000"]);
}
