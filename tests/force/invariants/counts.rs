//! Tallies are what one counts from the enrollments and the records.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use dai_ly_thu::domain::{RecordKind, RecordState};

use super::states::decided;
use super::{Books, Found, Sums};

/// What is counted from enrollments alone.
const OF_ENROLLMENTS: [&str; 6] =
    ["accepted", "new", "renewal", "voided", "amount_enrolled", "state_support"];
/// What is counted from records that enroll nobody.
const OF_RECORDS: [&str; 4] = ["duplicate", "review", "rejected", "amount_held"];

/// By group and by agent everything, by day and by month what enrollments say.
pub fn tallies(books: &Books<'_>, found: &mut Found) {
    let office = books.office;
    let field = |name: &'static str| move |it: &Value| text(it, name);
    for (by, told, key) in
        [("group", &office.by_group, "group_id"), ("agent", &office.by_agent, "agent_id")]
    {
        let mut counted = of_enrollments(books, |it, _| text(it, key));
        of_records(books, by, &mut counted);
        let columns: Vec<_> = OF_ENROLLMENTS.into_iter().chain(OF_RECORDS).collect();
        compare(by, &counted, told, &columns, found);
    }
    let days = of_enrollments(books, |it, on| field(on)(it));
    compare("day", &days, &office.by_day, &OF_ENROLLMENTS, found);
    let months = of_enrollments(books, |it, on| text(it, on).chars().take(7).collect());
    compare("month", &months, &office.by_month, &OF_ENROLLMENTS, found);
}

fn text(it: &Value, name: &str) -> String {
    it[name].as_str().unwrap_or_default().to_owned()
}

/// The key is told on which day it counts.
fn of_enrollments(
    books: &Books<'_>,
    key: impl Fn(&Value, &'static str) -> String,
) -> Sums<(String, String)> {
    let mut sums = Sums::new();
    for it in &books.office.enrollments {
        let number = |name: &str| it[name].as_i64().unwrap_or(i64::MIN);
        let kind = if it["kind"] == "renewal" { "renewal" } else { "new" };
        let mut add = |on, sign: i64| {
            let row = sums.entry((key(it, on), text(it, "scheme"))).or_insert_with(BTreeMap::new);
            for (name, count) in [
                ("accepted", 1),
                (kind, 1),
                ("amount_enrolled", number("payable")),
                ("state_support", number("state_support")),
            ] {
                *row.entry(name).or_default() += sign * count;
            }
            if sign < 0 {
                *row.entry("voided").or_default() += 1;
            }
        };
        add("counted_on", 1);
        if it["status"] == "voided" {
            add("voided_on", -1);
        }
    }
    sums
}

fn of_records(books: &Books<'_>, by: &str, sums: &mut Sums<(String, String)>) {
    for (player, told) in books.each() {
        for (_, record, answer, state) in decided(player, told) {
            let column = match state {
                RecordState::Duplicate => "duplicate",
                RecordState::Review => "review",
                RecordState::Rejected => "rejected",
                _ => continue,
            };
            let rev = answer.rev.and_then(|rev| record.rev(rev));
            let (Some(slip), RecordKind::Voluntary | RecordKind::Household) =
                (rev.and_then(|it| it.slip.as_ref()), record.kind)
            else {
                continue;
            };
            let member = &player.troupe.agents[player.phones[record.phone].owner];
            let key = match by {
                "group" => player.troupe.groups[record.group],
                _ => member.user_id,
            };
            let row = sums.entry((key.to_string(), record.kind.as_str().to_owned())).or_default();
            *row.entry(column).or_default() += i64::try_from(slip.persons.len()).expect("few");
            let held = slip.body["amount_collected"].as_i64().unwrap_or(0);
            *row.entry("amount_held").or_default() += held;
        }
    }
}

fn compare(
    by: &str,
    counted: &Sums<(String, String)>,
    told: &Value,
    columns: &[&'static str],
    found: &mut Found,
) {
    let rows = told.as_array().into_iter().flatten();
    let told: BTreeMap<(String, String), &Value> =
        rows.map(|row| ((text(row, "key"), text(row, "scheme")), row)).collect();
    let keys: BTreeSet<_> = counted.keys().chain(told.keys()).collect();
    for key in keys {
        for column in columns {
            let here = counted.get(key).and_then(|row| row.get(column)).copied().unwrap_or(0);
            let there = told.get(key).map_or(0, |row| row[column].as_i64().unwrap_or(i64::MIN));
            found.equal(None, &format!("by {by} {key:?}: {column} counted and told"), here, there);
        }
    }
}

/// A closed month counts what it counted when it was closed.
pub fn closed_months(books: &Books<'_>, found: &mut Found) {
    for (player, told) in books.each() {
        for (closed, now) in player.model.closed.iter().zip(&told.closed) {
            found.equal(Some(player.number), &closed.path, &closed.rows, now);
        }
    }
}
