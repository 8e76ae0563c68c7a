//! The law grows: what waited is judged again, on both databases.

use std::collections::BTreeMap;
use std::sync::Barrier;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use dai_ly_thu::clock;
use dai_ly_thu::domain::{
    Areas, Code, Dong, Flag, Id, Method, RecordState, RecordStatus, ReviewState, SupportGroup,
};
use dai_ly_thu::policy::{Rules, VoluntaryTerms, voluntary as law};
use dai_ly_thu::rulebook::amend::{self, By};
use dai_ly_thu::store::Result;
use dai_ly_thu::store::rule_rows::{self, RuleRow};
use dai_ly_thu::store::schema::{enrollments, records, reviews, sync_scopes};
use dai_ly_thu::sync::rejudge::{self, Report};

use super::world::{Phone, World};
use crate::both;
use crate::support::Backend;
use crate::support::records::{household, record, void, voluntary};

both!(
    what_waited_is_judged_when_the_rate_comes,
    a_wrong_rate_is_put_right,
    what_waits_for_a_release_is_judged_by_it,
    only_what_the_row_says_is_judged,
    a_household_waits_as_a_whole,
    nobody_is_left_waiting_for_a_row_that_came,
    captured_on_the_last_day_of_2026,
    a_closed_month_keeps_its_count,
);

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// Two years ahead from April 2025, paid in the first of March, when no rate was known to us.
fn ahead(number: u32, amount: Dong) -> Value {
    let mut body = voluntary(number);
    body["method"] = json!("ahead");
    body["months"] = json!(24);
    body["from_month"] = json!("2025-04");
    body["paid_on"] = json!("2025-03-01");
    body["amount_collected"] = json!(amount.0);
    body
}

fn price(rate: &str) -> Dong {
    let terms = VoluntaryTerms {
        paid_on: day("2025-03-01"),
        area: None,
        income: Dong(1_500_000),
        method: Method::Ahead,
        months: Some(24),
        support_group: Some(SupportGroup::Other),
        supported_months_before: 0,
        monthly_rate_percent: Some(rate.parse::<Decimal>().unwrap()),
        from_month: None,
        months_late: 0,
    };
    law::quote(Rules::embedded(), Areas::embedded(), &terms).unwrap().amounts.payable
}

pub fn cells(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(column, cell)| ((*column).to_owned(), (*cell).to_owned())).collect()
}

pub fn rate(percent: &str, year: i32) -> BTreeMap<String, String> {
    let (from, to) = (format!("{year}-01-01"), format!("{year}-12-31"));
    cells(&[
        ("percent", percent),
        ("effective_from", &from),
        ("effective_to", &to),
        ("document", "TB thử"),
    ])
}

impl World {
    pub fn amend(&self, table: &str, values: &BTreeMap<String, String>) -> RuleRow {
        let by = By { user_id: None, at: clock::now().naive_utc() };
        let id = clock::new_id();
        self.store.write(|tx| amend::add(tx, id, table, values.clone(), by)).unwrap()
    }

    pub fn catch_up(&self) -> Report {
        rejudge::catch_up(&self.store, &self.book, clock::now(), |_| {}).unwrap()
    }

    fn state(&self, id: Id) -> RecordState {
        let current = records::table.filter(records::id.eq(id)).filter(records::is_current);
        self.store.read(|c| -> Result<_> { Ok(current.select(records::state).first(c)?) }).unwrap()
    }

    fn open_reviews(&self, id: Id) -> Vec<String> {
        let open = reviews::table
            .filter(reviews::record_id.eq(id))
            .filter(reviews::state.eq(ReviewState::Open));
        self.store.read(|c| -> Result<_> { Ok(open.select(reviews::code).load(c)?) }).unwrap()
    }

    fn waiting(&self) -> i64 {
        let open = reviews::table
            .filter(reviews::state.eq(ReviewState::Open))
            .filter(reviews::code.eq_any(["rate_unknown", "rule_missing"]));
        self.store.read(|c| -> Result<_> { Ok(open.count().get_result(c)?) }).unwrap()
    }
}

fn sent(world: &World, phone: Phone, when: &str, seq: i64, body: &Value) -> (Id, Value) {
    let record = record(clock::new_id(), 1, seq, "voluntary", at(when), body);
    let pushed = world.push_at(phone, at(when), std::slice::from_ref(&record)).unwrap();
    let outcome = &pushed.decisions[0].outcome;
    assert_eq!(
        (outcome.status, outcome.code),
        (RecordStatus::Review, Some(Code::RateUnknown)),
        "{outcome:?}"
    );
    assert_eq!(outcome.fields[0].rule.as_deref(), Some("vsi_invest_rate_month 2025-03-01"));
    (record["id"].as_str().unwrap().parse().unwrap(), record)
}

fn what_waited_is_judged_when_the_rate_comes(backend: Backend) {
    const THEN: &str = "2025-03-01T03:00:00Z";
    let world = World::new(backend);
    let phone = world.phone(world.group("Nhóm 1"));
    let other = world.phone(world.group("Nhóm 2"));
    let right = price("0.34");
    let (good, first) = sent(&world, phone, THEN, 1, &ahead(1, right));
    let (wrong, _) = sent(&world, phone, THEN, 2, &ahead(2, right + Dong(1)));
    let (overlapping, _) = sent(&world, phone, THEN, 3, &ahead(3, right));
    let (covered, _) = sent(&world, phone, THEN, 4, &ahead(1, right));
    let (taken_back, _) = sent(&world, phone, THEN, 5, &ahead(5, right));
    let (corrected, _) = sent(&world, phone, THEN, 6, &ahead(6, right));

    let mut month = voluntary(3);
    month["from_month"] = json!("2025-06");
    month["paid_on"] = json!("2025-03-01");
    month["amount_collected"] = json!(297_000);
    let monthly =
        |id: Id, rev, seq, body: &Value| record(id, rev, seq, "voluntary", at(THEN), body);
    world.push_at(other, at(THEN), &[monthly(clock::new_id(), 1, 1, &month)]).unwrap();
    let gone = record(clock::new_id(), 1, 7, "void", at(THEN), &void(taken_back));
    let mut shorter = month.clone();
    shorter["person"] = voluntary(6)["person"].clone();
    world.push_at(phone, at(THEN), &[gone, monthly(corrected, 2, 8, &shorter)]).unwrap();
    assert_eq!(world.state(corrected), RecordState::Accepted);
    let waiting = Report { waiting: 4, ..Report::default() };
    assert_eq!((world.waiting(), world.catch_up()), (4, waiting));

    world.amend("vsi_invest_rate_month", &rate("0.34", 2025));
    let report = world.catch_up();
    let expected =
        Report { accepted: 1, duplicate: 1, review: 1, rejected: 1, waiting: 0, failed: 0 };
    assert_eq!(report, expected);
    assert_eq!(world.catch_up(), Report::default());
    assert_eq!(world.waiting(), 0);
    // In the order in which they came: the second of two for one person is the duplicate.
    let all = [good, wrong, overlapping, covered, taken_back, corrected].map(|id| world.state(id));
    assert_eq!(
        all,
        [
            RecordState::Accepted,
            RecordState::Rejected,
            RecordState::Review,
            RecordState::Duplicate,
            RecordState::Voided,
            RecordState::Accepted,
        ]
    );
    assert_eq!(world.open_reviews(overlapping), ["overlap"]);
    assert_eq!(world.open_reviews(good), Vec::<String>::new());
    world.assert_books();

    let again = world.push(phone, &[first]);
    assert!(again.decisions[0].replayed);
    assert_eq!(again.decisions[0].outcome.code, Some(Code::RateUnknown));
    let counted: Vec<(NaiveDate, i64, i64)> = world
        .store
        .read(|c| -> Result<_> {
            Ok(enrollments::table
                .filter(enrollments::months.eq(24))
                .select((enrollments::counted_on, enrollments::payable, enrollments::state_support))
                .load(c)?)
        })
        .unwrap();
    assert_eq!(counted, [(day("2025-03-01"), right.0, 792_000)]);
}

fn a_wrong_rate_is_put_right(backend: Backend) {
    const THEN: &str = "2025-03-01T03:00:00Z";
    let world = World::new(backend);
    let phone = world.phone(world.group("Nhóm 1"));
    let (right, _) = sent(&world, phone, THEN, 1, &ahead(1, price("0.34")));
    let (wrong, _) = sent(&world, phone, THEN, 2, &ahead(2, Dong(1)));
    let slip = world.amend("vsi_invest_rate_month", &rate("0.43", 2025));
    assert_eq!(world.catch_up(), Report { rejected: 2, ..Report::default() });
    // As if that sweep had been broken off at its end: the withdrawal brings the same tables back.
    let before = format!("0/{}", dai_ly_thu::policy::Rules::embedded().version());
    world.store.write(|tx| rule_rows::set_judged(tx, &before)).unwrap();

    let by = By { user_id: None, at: clock::now().naive_utc() };
    world.store.write(|tx| amend::withdraw(tx, slip.id, "0.34", by)).unwrap();
    assert_eq!(world.catch_up(), Report { waiting: 2, ..Report::default() });
    assert_eq!(world.state(right), RecordState::Review);
    assert_eq!(world.open_reviews(right), ["rate_unknown"]);
    world.assert_books();
    world.amend("vsi_invest_rate_month", &rate("0.34", 2025));
    assert_eq!(world.catch_up(), Report { accepted: 1, rejected: 1, ..Report::default() });
    assert_eq!(world.state(right), RecordState::Accepted);
    assert_eq!(world.state(wrong), RecordState::Rejected);
    // Another decree is no matter of theirs.
    world.amend("vsi_invest_rate_month", &rate("0.33", 2027));
    assert_eq!(world.catch_up(), Report::default());
    world.assert_books();
}

fn what_waits_for_a_release_is_judged_by_it(backend: Backend) {
    const THEN: &str = "2025-03-01T03:00:00Z";
    let world = World::new(backend);
    let phone = world.phone(world.group("Nhóm 1"));
    sent(&world, phone, THEN, 1, &ahead(1, price("0.34")));
    assert_eq!(world.catch_up(), Report { waiting: 1, ..Report::default() });
    assert_eq!(world.catch_up(), Report::default());
    // As if the tables of the program had been others when it was looked at last.
    world.store.write(|tx| rule_rows::set_judged(tx, "an older release")).unwrap();
    assert_eq!(world.catch_up(), Report { waiting: 1, ..Report::default() });
}

fn only_what_the_row_says_is_judged(backend: Backend) {
    const THEN: &str = "2025-08-10T03:00:00Z";
    let world = World::new(backend);
    let phone = world.phone(world.group("Nhóm Hà Nội"));
    let hanoi = Areas::embedded().communes_of("01", day("2025-08-10"))[0].code.clone();
    let body = |number, group: &str, amount: i64| {
        let mut body = voluntary(number);
        body["person"]["area_code"] = json!(hanoi);
        body["support_group"] = json!(group);
        body["from_month"] = json!("2025-08");
        body["paid_on"] = json!("2025-08-10");
        body["amount_collected"] = json!(amount);
        body
    };
    // 330,000 less 20 % of the State and 10 % of the city; the other one less 50 % and who knows what.
    let bodies = [body(1, "other", 231_000), body(2, "poor", 165_000)];
    let sent: Vec<Value> = bodies
        .iter()
        .zip(1..)
        .map(|(body, seq)| record(clock::new_id(), 1, seq, "voluntary", at(THEN), body))
        .collect();
    let pushed = world.push_at(phone, at(THEN), &sent).unwrap();
    assert!(pushed.decisions.iter().all(|it| it.outcome.code == Some(Code::RuleMissing)));
    let field = &pushed.decisions[1].outcome.fields[0];
    assert_eq!(field.rule.as_deref(), Some("local_support 01 poor 2025-08-10"));

    let row = cells(&[
        ("scheme", "voluntary"),
        ("area_code", "01"),
        ("group", "other"),
        ("percent", "10"),
        ("effective_from", "2025-07-01"),
        ("document", "NQ HĐND Hà Nội"),
    ]);
    world.amend("local_support", &row);
    assert_eq!(world.catch_up(), Report { accepted: 1, waiting: 1, ..Report::default() });
    assert_eq!(world.waiting(), 1);
    world.assert_books();
}

fn a_household_waits_as_a_whole(backend: Backend) {
    const THEN: &str = "2025-12-10T03:00:00Z";
    let world = World::new(backend);
    let phone = world.phone(world.group("Nhóm Nghệ An"));
    let commune = Areas::embedded().communes_of("40", day("2025-12-10"))[0].code.clone();
    let support = |percent: &str, from: &str| {
        cells(&[
            ("scheme", "household"),
            ("area_code", "40"),
            ("group", "left_difficult_commune"),
            ("percent", percent),
            ("effective_from", from),
            ("document", "NQ HĐND Nghệ An"),
        ])
    };
    world.amend("local_support", &support("unknown", "2025-12-01"));
    let mut body = household(1, 3);
    body["household"]["area_code"] = json!(commune);
    body["paid_on"] = json!("2025-12-10");
    for member in body["members"].as_array_mut().unwrap() {
        member["person"]["area_code"] = json!(commune);
    }
    body["members"][2]["group"] = json!("left_difficult_commune");
    // 105,300 a month: a year, a year at 70 %, and a year less 70 % of the State and 20 % of the province.
    body["amount_collected"] = json!(1_263_600 + 884_520 + 126_360);
    let sent = record(clock::new_id(), 1, 1, "household", at(THEN), &body);
    let pushed = world.push_at(phone, at(THEN), &[sent]).unwrap();
    let outcome = &pushed.decisions[0].outcome;
    assert_eq!((outcome.status, outcome.enrollments.len()), (RecordStatus::Review, 3));
    assert_eq!(outcome.code, Some(Code::RuleMissing));

    world.amend("local_support", &support("20", "2025-12-01"));
    assert_eq!(world.catch_up(), Report { accepted: 1, ..Report::default() });
    let payable: Vec<i64> = world
        .store
        .read(|c| -> Result<_> {
            let rows = enrollments::table.order(enrollments::member_index);
            Ok(rows.select(enrollments::payable).load(c)?)
        })
        .unwrap();
    assert_eq!(payable, [1_263_600, 884_520, 126_360]);
    world.assert_books();
}

fn nobody_is_left_waiting_for_a_row_that_came(backend: Backend) {
    let world = World::new(backend);
    let phones: Vec<Phone> =
        (0..3).map(|n| world.phone(world.group(&format!("Nhóm {n}")))).collect();
    for year in 2027..2033 {
        let then = format!("{year}-02-01T03:00:00Z");
        let barrier = Barrier::new(phones.len() + 1);
        std::thread::scope(|scope| {
            for (n, phone) in phones.iter().enumerate() {
                let (barrier, world, then) = (&barrier, &world, &then);
                scope.spawn(move || {
                    let bodies = (0..8).map(|i| {
                        let number =
                            u32::try_from(year * 100 + i64::from(n as u32) * 10 + i).unwrap();
                        let mut body = ahead(number, Dong(1));
                        body["income"] = json!(2_200_000);
                        body["paid_on"] = json!(format!("{year}-02-01"));
                        body["from_month"] = json!(format!("{year}-03"));
                        body
                    });
                    let seq = (year - 2027) * 8 + 1;
                    let records: Vec<Value> = bodies
                        .zip(seq..)
                        .map(|(body, seq)| {
                            record(clock::new_id(), 1, seq, "voluntary", at(then), &body)
                        })
                        .collect();
                    barrier.wait();
                    for record in &records {
                        world.push_at(*phone, at(then), std::slice::from_ref(record)).unwrap();
                    }
                });
            }
            barrier.wait();
            world.amend("vsi_invest_rate_month", &rate("0.3", i32::try_from(year).unwrap()));
            world.catch_up();
        });
        // One đồng is wrong by every rate: whoever was judged is rejected.
        assert_eq!(world.waiting(), 0, "{year}");
    }
    world.assert_books();
}

fn captured_on_the_last_day_of_2026(backend: Backend) {
    let world = World::new(backend);
    let phone = world.phone(world.group("Nhóm 1"));
    let body = |number, paid_on: &str| {
        let mut body = voluntary(number);
        body["paid_on"] = json!(paid_on);
        body
    };
    let old_year = record(
        clock::new_id(),
        1,
        1,
        "voluntary",
        at("2026-12-31T16:59:59Z"),
        &body(1, "2026-12-31"),
    );
    let new_year = record(
        clock::new_id(),
        1,
        2,
        "voluntary",
        at("2026-12-31T17:00:00Z"),
        &body(2, "2027-01-01"),
    );
    let pushed = world.push_at(phone, at("2027-01-02T02:00:00Z"), &[old_year, new_year]).unwrap();
    let outcomes: Vec<_> = pushed.decisions.iter().map(|it| &it.outcome).collect();
    assert_eq!(outcomes[0].status, RecordStatus::Accepted);
    assert_eq!(outcomes[0].flags, [Flag::Late]);
    assert_eq!(outcomes[1].code, Some(Code::IncomeTooLow));
    assert_eq!(outcomes[1].fields[0].expected, Some(2_200_000));
    let row: (NaiveDate, i64) = world
        .store
        .read(|c| -> Result<_> {
            let columns = (enrollments::counted_on, enrollments::payable);
            Ok(enrollments::table.select(columns).first(c)?)
        })
        .unwrap();
    assert_eq!(row, (day("2026-12-31"), 264_000));
    world.assert_books();
}

fn a_closed_month_keeps_its_count(backend: Backend) {
    const THEN: &str = "2025-03-01T03:00:00Z";
    let world = World::new(backend);
    let group_id = world.group("Nhóm 1");
    let phone = world.phone(group_id);
    sent(&world, phone, THEN, 1, &ahead(1, price("0.34")));
    let scope = sync_scopes::table.filter(sync_scopes::group_id.eq(group_id));
    let close = diesel::update(scope).set(sync_scopes::closed_through.eq(day("2025-03-31")));
    world.store.write(|tx| -> Result<_> { Ok(close.execute(tx)?) }).unwrap();
    world.amend("vsi_invest_rate_month", &rate("0.34", 2025));
    assert_eq!(world.catch_up().accepted, 1);
    let counted: NaiveDate = world
        .store
        .read(|c| -> Result<_> { Ok(enrollments::table.select(enrollments::counted_on).first(c)?) })
        .unwrap();
    assert!(counted > day("2025-03-31"), "{counted}");
    world.assert_books();
}
