//! `/api/v1/forms/…`: lists in the official layouts, with whole codes, for whoever must send them.

use std::io::Cursor;

use calamine::{Data, Reader, Xlsx, open_workbook_from_rs};
use serde_json::{Value, json};

use dai_ly_thu::clock;
use dai_ly_thu::domain::{Id, Role};

use crate::app::{Client, PASSWORD, Phone, TestApp, group, id, office, organisation};
use crate::both;
use crate::support::Backend;
use crate::support::records::{household, record, voluntary};

both!(
    the_voluntary_list,
    the_members_of_households,
    who_left_and_is_not_back,
    a_list_is_taken_for_a_reason_and_within_reach,
    a_long_list_comes_whole,
    who_is_supported,
    what_organisations_and_collectors_reached,
);

const PERIOD: &str = "from=2026-01-01&to=2026-12-31&reason=n%E1%BB%99p%20BHXH";

struct Team {
    app: TestApp,
    admin: Client,
    phone: Phone,
    office_id: Id,
    group_id: Id,
}

fn team(backend: Backend) -> Team {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let office_id = office(&admin, "BHXH Bố Trạch", None);
    let group_id = group(&admin, "Nhóm 1", Some(office_id));
    let phone = app.phone(Role::Agent, group_id);
    Team { app, admin, phone, office_id, group_id }
}

fn bytes(client: &Client, path: &str) -> Vec<u8> {
    let mut answer = client.open(path, &[]);
    assert_eq!(answer.status(), 200, "{path}");
    answer.body_mut().read_to_vec().expect("a file")
}

/// The values of a list's rows, and the formulas as text in their places.
fn opened(client: &Client, form: &str, period: &str) -> (Vec<Vec<Data>>, Vec<Vec<String>>) {
    let file = bytes(client, &format!("/api/v1/forms/{form}.xlsx?{period}"));
    let mut book: Xlsx<_> = open_workbook_from_rs(Cursor::new(file)).expect("a workbook");
    let name = book.sheet_names()[0].clone();
    let values = book.worksheet_range(&name).expect("the sheet");
    let formulas = book.worksheet_formula(&name).expect("formulas");
    let (rows, columns) = values.end().expect("cells");
    let formula = |row, column| formulas.get_value((row, column)).cloned().unwrap_or_default();
    let value = |row, column| values.get_value((row, column)).cloned().unwrap_or(Data::Empty);
    (
        (0..=rows).map(|row| (0..=columns).map(|column| value(row, column)).collect()).collect(),
        (0..=rows).map(|row| (0..=columns).map(|column| formula(row, column)).collect()).collect(),
    )
}

fn place(rows: &[Vec<Data>], column: usize, text: &str) -> usize {
    rows.iter().position(|row| row[column] == Data::String(text.into())).expect(text)
}

fn texts(row: &[Data]) -> Vec<String> {
    row.iter().map(ToString::to_string).collect()
}

fn csv(client: &Client, form: &str, period: &str) -> String {
    let file = bytes(client, &format!("/api/v1/forms/{form}.csv?{period}"));
    String::from_utf8(file).expect("UTF-8")
}

/// A person whose code begins with a zero.
fn with_zeros(mut body: Value) -> Value {
    body["person"]["bhxh_code"] = json!("0012345678");
    body["person"]["address"] = json!("=1+1");
    body
}

fn the_voluntary_list(backend: Backend) {
    let mut it = team(backend);
    it.phone.send("voluntary", &with_zeros(voluntary(1)));
    let mut quarter = voluntary(2);
    quarter["method"] = json!("quarterly");
    quarter["amount_collected"] = json!(792_000);
    assert_eq!(it.phone.send("voluntary", &quarter)["status"], "accepted");
    let mut ahead = voluntary(3);
    ahead["method"] = json!("ahead");
    ahead["months"] = json!(24);
    ahead["support_group"] = Value::Null;
    ahead["amount_collected"] = json!(7_644_801);
    let sent = it.phone.send("voluntary", &ahead);
    let paid = sent["fields"][0]["expected"].as_i64();
    if let Some(paid) = paid {
        ahead["amount_collected"] = json!(paid);
        assert_eq!(it.phone.send("voluntary", &ahead)["status"], "accepted");
    }

    let (rows, formulas) = opened(&it.admin, "d05-ts", PERIOD);
    assert!(rows.iter().any(|row| row[0].to_string().starts_with("DANH SÁCH THAM GIA")));
    let head = place(&rows, 0, "STT");
    assert_eq!(rows[head].len(), 17);
    assert_eq!(rows[head][2], Data::String("Mã số BHXH".into()));
    let numbers: Vec<String> = (1..=15).map(|number| number.to_string()).collect();
    assert_eq!(texts(&rows[head + 1]), [vec!["A".into(), "B".into()], numbers].concat());
    let at = place(&rows, 2, "0012345678");
    let first = &rows[at];
    assert!(matches!(first[3], Data::DateTime(_)), "{first:?}");
    assert_eq!(first[4], Data::String("12/2026".into()));
    assert_eq!(texts(&first[5..13]), ["1", "1500000", "330000", "264000", "20", "", "", ""],);
    assert_eq!(first[15], Data::String("Tham gia lần đầu".into()));
    let excel = at + 1;
    assert_eq!(formulas[at][7], format!("ROUND(F{excel}*G{excel}*22%,0)"));
    assert_eq!(
        formulas[at][8],
        format!("H{excel}-ROUND(F{excel}*J{excel}%*22%*1500000,0)-L{excel}-N{excel}")
    );
    let three = rows.iter().position(|row| texts(row)[8] == "792000").expect("the quarter");
    assert_eq!(texts(&rows[three])[7], "990000");
    // What is paid ahead is discounted, and no product of the columns before it.
    let ahead = rows.iter().position(|row| texts(row)[5] == "24").expect("two years");
    assert_eq!(formulas[ahead][7], "");
    let total = place(&rows, 1, "Cộng");
    let (first_row, last_row) = (head + 3, total);
    assert_eq!(formulas[total][7], format!("SUM(H{first_row}:H{last_row})"));
    let sum = |column: usize| -> f64 {
        let cells = rows[head + 2..total].iter().map(|row| texts(row)[column].parse::<f64>());
        cells.map(|cell| cell.expect("money")).sum()
    };
    assert_eq!(texts(&rows[total])[8].parse::<f64>().expect("a sum"), sum(8));
    assert!(rows.iter().any(|row| texts(row).iter().any(|it| it.contains("Ký, ghi rõ họ tên"))));

    let csv = csv(&it.admin, "d05-ts", PERIOD);
    assert!(csv.starts_with("\u{feff}STT,Họ và tên,Mã số BHXH,"), "{csv}");
    assert!(csv.contains(",0012345678,"), "{csv}");
    assert_eq!(csv.lines().count(), 1 + 3);
}

fn the_members_of_households(backend: Backend) {
    let mut it = team(backend);
    let mut family = household(1, 3);
    family["members"][1]["result_form"] = json!("paper");
    assert_eq!(it.phone.send("household", &family)["status"], "accepted");
    it.phone.send("household", &household(7, 1));
    let (rows, formulas) = opened(&it.admin, "mau-4", PERIOD);
    let head = place(&rows, 0, "STT");
    assert_eq!(rows[head].len(), 12);
    assert_eq!(rows[head][7], Data::String("Quan hệ với chủ hộ".into()));
    let lines: Vec<&Vec<Data>> =
        rows.iter().filter(|row| row[1].to_string().starts_with("Hộ ")).collect();
    assert_eq!(lines.len(), 2, "one for each household");
    let member = &rows[place(&rows, 2, "4400000001")];
    assert_eq!(texts(member)[5..8], ["44001", "2530000", "Chủ hộ"]);
    assert_eq!(texts(member)[9..], ["x", "", "12 tháng"]);
    let total = rows.iter().position(|row| row[1].to_string().starts_with("Tổng số")).unwrap();
    assert_eq!(texts(&rows[total])[9..11], ["3", "1"]);
    assert!(formulas[total][9].starts_with("COUNTA(J"), "{}", formulas[total][9]);
    assert_eq!(csv(&it.admin, "mau-4", PERIOD).lines().count(), 1 + 2 + 4);
}

fn who_left_and_is_not_back(backend: Backend) {
    let mut it = team(backend);
    it.phone.send("voluntary", &with_zeros(voluntary(1)));
    it.phone.send("voluntary", &voluntary(2));
    let mut again = voluntary(2);
    again["from_month"] = json!("2027-01");
    assert_eq!(it.phone.send("voluntary", &again)["status"], "accepted");
    let december = "from=2026-12-01&to=2026-12-31&reason=x";
    let (rows, formulas) = opened(&it.admin, "c21", december);
    let head = place(&rows, 0, "STT");
    let total = place(&rows, 1, "Cộng").max(head);
    assert_eq!(total - head, 3, "one who left: {rows:?}");
    let gone = &rows[head + 2];
    assert_eq!(texts(gone)[3..9], ["0012345678", "", "x", "", "", "01/2027"]);
    assert_eq!(gone[10], Data::String("=1+1".into()));
    assert_eq!(formulas[head + 2][10], "");
    let csv = csv(&it.admin, "c21", december);
    assert!(csv.contains(",'=1+1,"), "{csv}");
}

fn a_list_is_taken_for_a_reason_and_within_reach(backend: Backend) {
    let mut it = team(backend);
    it.phone.send("voluntary", &voluntary(1));
    let path = |rest: &str| format!("/api/v1/forms/d05-ts.csv?{rest}");
    it.admin.get(&path("from=2026-01-01")).wrong("/reason", "required");
    it.admin.get(&path("from=2026-02-01&to=2026-01-01&reason=x")).wrong("/to", "out_of_range");
    it.admin.get("/api/v1/forms/d06-ts.csv?reason=x").refused(404, "not_found");
    it.phone.client.get(&path(PERIOD)).refused(403, "forbidden");
    assert_eq!(csv(&it.admin, "d05-ts", PERIOD).lines().count(), 2);

    let (own, _) = it.app.browser(Role::Supervisor, None, Some(it.office_id));
    assert_eq!(csv(&own, "d05-ts", PERIOD).lines().count(), 2);
    let by_group = format!("{PERIOD}&group_id={}", it.group_id);
    assert_eq!(csv(&own, "d05-ts", &by_group).lines().count(), 2);
    let by_office = format!("{PERIOD}&office_id={}", it.office_id);
    assert_eq!(csv(&own, "d05-ts", &by_office).lines().count(), 2);
    let post = organisation(&it.admin, "Bưu điện");
    let by_post = format!("{PERIOD}&organisation_id={post}");
    assert_eq!(csv(&it.admin, "d05-ts", &by_post).lines().count(), 1);

    let elsewhere = office(&it.admin, "Phòng khác", None);
    let (other, _) = it.app.browser(Role::Supervisor, None, Some(elsewhere));
    assert_eq!(csv(&other, "d05-ts", PERIOD).lines().count(), 1);
    other.get(&path(&by_group)).refused(404, "not_found");
    other.get(&path(&by_office)).refused(404, "not_found");

    // Who, what, how many, and why; and nobody's name.
    let told = it.admin.get("/api/v1/audit?limit=200").expect(200);
    let entry = told["items"].as_array().unwrap().iter();
    let details: Vec<&str> = entry
        .filter(|it| it["what"] == "GET /api/v1/forms/{form}.csv")
        .map(|it| it["detail"].as_str().unwrap())
        .collect();
    assert_eq!(details.len(), 6, "{details:?}");
    assert_eq!(details[0], "d05-ts, 1: nộp BHXH");
    assert!(details.contains(&"d05-ts, 0: nộp BHXH"));
}

/// Numbers of people that no part of a list holds at once.
const MANY: u32 = 505;

fn a_long_list_comes_whole(backend: Backend) {
    let mut it = team(backend);
    for numbers in [1..301, 301..MANY + 1] {
        let bodies = numbers.map(voluntary);
        let records: Vec<Value> = bodies.map(|body| it.phone.capture("voluntary", &body)).collect();
        it.phone.push(&records).expect(200);
    }
    let families: Vec<Value> = (0..MANY / 5)
        .map(|at| it.phone.capture("household", &household(10_000 + at * 5, 5)))
        .collect();
    it.phone.push(&families).expect(200);
    for (form, lines_above) in [("d05-ts", 0), ("mau-4", MANY / 5)] {
        let (rows, formulas) = opened(&it.admin, form, PERIOD);
        let head = place(&rows, 0, "STT");
        let numbered = rows[head + 2..].iter().filter(|row| matches!(row[0], Data::Float(_)));
        let numbers: Vec<String> = numbered.clone().map(|row| row[0].to_string()).collect();
        let expected: Vec<String> = (1..=MANY).map(|at| at.to_string()).collect();
        assert_eq!(numbers, expected, "{form}");
        let mut codes: Vec<String> = numbered.map(|row| row[2].to_string()).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), expected.len(), "{form}: nobody twice");
        let total = head + 2 + (MANY + lines_above) as usize;
        let columns = format!("{}:", head + 3);
        assert!(formulas[total].iter().any(|it| it.contains(&columns)), "{:?}", formulas[total]);
        let lines = csv(&it.admin, form, PERIOD).lines().count();
        assert_eq!(lines, 1 + (MANY + lines_above) as usize, "{form}");
    }
}

/// What is to be paid, as whoever judged it says.
fn sent_with_what_is_due(phone: &mut Phone, kind: &str, mut body: Value) {
    let mut sent = phone.send(kind, &body);
    if let Some(due) = sent["fields"][0]["expected"].as_i64() {
        body["amount_collected"] = json!(due);
        sent = phone.send(kind, &body);
    }
    assert_eq!(sent["status"], "accepted", "{sent:#}");
}

fn who_is_supported(backend: Backend) {
    let mut it = team(backend);
    // Hải Phòng gives a near-poor person 25 % of the least contribution beside the State's 40 %.
    let mut near_poor = with_zeros(voluntary(1));
    near_poor["person"]["area_code"] = json!("10525");
    near_poor["support_group"] = json!("near_poor");
    sent_with_what_is_due(&mut it.phone, "voluntary", near_poor);
    let (rows, formulas) = opened(&it.admin, "d05-ts", PERIOD);
    let at = place(&rows, 2, "0012345678");
    let supported = ["330000", "115500", "40", "25", "82500", "", ""];
    assert_eq!(texts(&rows[at])[7..14], supported);
    let excel = at + 1;
    assert_eq!(
        formulas[at][8],
        format!("H{excel}-ROUND(F{excel}*J{excel}%*22%*1500000,0)-L{excel}-N{excel}")
    );
    let total = place(&rows, 1, "Cộng");
    assert_eq!(texts(&rows[total])[11], "82500");

    // Who is near-poor has the rest of a decision paid at 70 %, and takes no rank from those beside.
    let mut family = household(20, 2);
    family["members"][1]["group"] = json!("near_poor");
    family["members"][1]["months"] = json!(7);
    sent_with_what_is_due(&mut it.phone, "household", family);
    let (rows, _) = opened(&it.admin, "mau-4", PERIOD);
    let [own, supported] = ["4400000020", "4400000021"].map(|code| &rows[place(&rows, 2, code)]);
    assert_eq!(texts(own)[6..9], ["2530000", "Chủ hộ", ""]);
    assert_eq!(texts(supported)[6..9], ["2530000", "Con", "70"]);
    assert_eq!(texts(supported)[11], "7 tháng");
}

fn collector(it: &Team, name: &str, organisation_id: Option<Id>) -> Phone {
    let body = json!({ "login": format!("agent-{}", clock::new_id()), "password": PASSWORD,
                       "role": "agent", "name": name, "group_id": it.group_id,
                       "organisation_id": organisation_id });
    it.app.phone_of(id(&it.admin.post("/api/v1/users", &body).expect(201)))
}

fn aim(admin: &Client, kind: &str, holder: Id, scheme: &str, people: i64, office_id: Id) {
    let body = json!({ "holder": { "kind": kind, "id": holder }, "scheme": scheme, "people": people,
                       "from": "2026-06-01", "to": "2026-12-31", "office_id": office_id });
    admin.post("/api/v1/targets", &body).expect(201);
}

fn what_organisations_and_collectors_reached(backend: Backend) {
    let it = team(backend);
    let [post, viettel] = ["Bưu điện", "Viettel"].map(|name| organisation(&it.admin, name));
    let mut lan = collector(&it, "Lan", Some(post));
    let an = collector(&it, "An", Some(post));
    let mut minh = collector(&it, "Minh", None);
    for (kind, holder, scheme, people) in [
        ("organisation", post, "voluntary", 8),
        ("organisation", viettel, "household", 5),
        ("agent", lan.user_id, "voluntary", 4),
        ("agent", an.user_id, "voluntary", 3),
    ] {
        aim(&it.admin, kind, holder, scheme, people, it.office_id);
    }
    // Two in November, one of whom goes on; one in October, before the period that is asked for.
    lan.send("voluntary", &voluntary(1));
    let mut on = voluntary(1);
    on["from_month"] = json!("2027-01");
    assert_eq!(lan.send("voluntary", &on)["status"], "accepted");
    let mut october = voluntary(2);
    october["paid_on"] = json!("2026-10-20");
    october["from_month"] = json!("2026-11");
    let id = clock::new_id();
    lan.seq += 1;
    let then = "2026-10-20T03:00:00Z".parse().unwrap();
    let sent = lan.push(&[record(id, 1, lan.seq, "voluntary", then, &october)]).expect(200);
    assert_eq!(sent["results"][0]["status"], "accepted", "{sent:#}");
    assert_eq!(minh.send("household", &household(10, 3))["status"], "accepted");

    let november = "from=2026-11-01&to=2026-11-30&reason=x";
    let (rows, formulas) = opened(&it.admin, "b15-uq", november);
    let head = place(&rows, 0, "STT");
    assert_eq!(rows[head].len(), 20);
    let numbers: Vec<String> = (9..=16).chain(25..=32).map(|it| it.to_string()).collect();
    assert_eq!(texts(&rows[head + 1])[3..19], numbers);
    let line = |at: usize| texts(&rows[head + 2 + at]);
    let none = ["", "", "", "0", "0", "0", "0", ""];
    let voluntary = |at: usize| line(at)[3..11].to_vec();
    assert_eq!(line(0)[..3], ["I", "Bưu điện", ""]);
    assert_eq!(voluntary(0), ["8", "", "", "2", "1", "1", "3", "37.5"]);
    assert_eq!(line(0)[11..19], none);
    assert_eq!(line(1)[..3], ["1", "An", ""]);
    assert_eq!(voluntary(1), ["3", "", "", "0", "0", "0", "0", "0"]);
    assert_eq!(line(2)[..3], ["2", "Lan", ""]);
    assert_eq!(voluntary(2), ["4", "", "", "2", "1", "1", "3", "75"]);
    assert_eq!(line(3)[..2], ["II", "Viettel"]);
    assert_eq!(line(3)[11..19], ["5", "", "", "0", "0", "0", "0", "0"]);
    assert_eq!(line(4)[..2], ["III", "Nhân viên thu không thuộc tổ chức nào"]);
    assert_eq!(line(5)[..2], ["1", "Minh"]);
    assert_eq!(line(5)[11..19], ["", "", "", "3", "3", "0", "3", ""]);
    assert_eq!(line(4)[11..19], line(5)[11..19]);

    // The parts of an organisation are not counted beside it.
    let total = head + 2 + 6;
    assert_eq!(texts(&rows[total])[1], "Cộng các tổ chức");
    assert_eq!(texts(&rows[total])[3..11], ["8", "0", "0", "2", "1", "1", "3", "37.5"]);
    assert_eq!(texts(&rows[total])[11..19], ["5", "0", "0", "3", "3", "0", "3", "0"]);
    let (first, last) = (head + 3, total);
    let heads = format!("A{first}:A{last},\"*\"");
    assert_eq!(formulas[total][6], format!("SUMIF({heads},G{first}:G{last})"));
    let row = head + 3;
    assert_eq!(formulas[row - 1][10], format!("IF(D{row}>0,ROUND(J{row}*100/D{row},1),\"\")"));
    let sum =
        |column| format!("SUMIFS({column}{first}:{column}{last},D{first}:D{last},\">0\",{heads})");
    let (part, of) = (sum('J'), sum('D'));
    assert_eq!(formulas[total][10], format!("IF({of}>0,ROUND({part}*100/{of},1),\"\")"));

    let text = csv(&it.admin, "b15-uq", &format!("{november}&organisation_id={post}"));
    let lines: Vec<&str> = text.lines().skip(1).collect();
    assert_eq!(lines[0], "I,Bưu điện,,8,,,2,1,1,3,37.5,,,,0,0,0,0,,");
    assert_eq!(lines.len(), 3);
    let elsewhere = office(&it.admin, "Phòng khác", None);
    let (other, _) = it.app.browser(Role::Supervisor, None, Some(elsewhere));
    assert_eq!(csv(&other, "b15-uq", november).lines().count(), 1);
    let (own, _) = it.app.browser(Role::Supervisor, None, Some(it.office_id));
    assert_eq!(csv(&own, "b15-uq", november).lines().count(), 1 + 6);
    let told = it.admin.get("/api/v1/audit?limit=200").expect(200).to_string();
    assert!(told.contains("b15-uq, 3: x"), "who, how many, and why");
}
