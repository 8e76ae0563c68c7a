//! Builders of what phones send: plausible people, right amounts unless a test wants them wrong.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use dai_ly_thu::clock;
use dai_ly_thu::domain::Id;

/// Bố Trạch today.
pub const COMMUNE: &str = "19141";

/// When the records of tests were captured: on the day they were paid, whenever the tests run. The law of
/// that day stays what it was.
pub fn captured() -> DateTime<Utc> {
    "2026-11-22T03:00:00Z".parse().expect("a time")
}

/// A person with a code of her own.
pub fn person(number: u32) -> Value {
    json!({
        "bhxh_code": format!("{:010}", 4_400_000_000_u64 + u64::from(number)),
        "personal_id": null,
        "full_name": format!("Nguyễn Thị {}", name(number)),
        "birth_date": birth(number),
        "sex": "female",
        "ethnicity": null,
        "phone": null,
        "area_code": COMMUNE,
        "address": "thôn 3",
    })
}

/// Another birth date for each number: names alone repeat when their words are put in order. Never
/// the first of January, which agrees with every day of its year.
pub fn birth(number: u32) -> String {
    format!("{}-{:02}-{:02}", 1940 + number % 60, 1 + number / 60 % 12, 2 + number / 720 % 27)
}

/// A name of five syllables, another for each of a million numbers also when marks and the order of
/// words are forgotten: else everybody would be alike.
pub fn name(number: u32) -> String {
    const GIVEN: [&str; 16] = [
        "An", "Bình", "Châu", "Dung", "Giang", "Hà", "Khánh", "Lan", "Mai", "Nga", "Oanh",
        "Phương", "Quỳnh", "Sen", "Thảo", "Vân",
    ];
    const INITIALS: [&str; 16] =
        ["B", "Ch", "D", "G", "H", "K", "L", "M", "N", "Ph", "Qu", "R", "S", "T", "V", "X"];
    let digit = |place: u32| (number >> (4 * place) & 15) as usize;
    let middle: Vec<String> = ["á", "e", "i", "ô"]
        .iter()
        .zip(1..)
        .map(|(vowel, place)| format!("{}{vowel}", INITIALS[digit(place)]))
        .collect();
    format!("{} {}", middle.join(" "), GIVEN[digit(0)])
}

/// One voluntary enrollment of one month at the lowest income: 330,000 đồng less 66,000 of support.
pub fn voluntary(number: u32) -> Value {
    json!({
        "person": person(number),
        "method": "monthly",
        "months": null,
        "from_month": "2026-12",
        "income": 1_500_000,
        "support_group": "other",
        "amount_collected": 264_000,
        "paid_on": "2026-11-22",
        "receipt": null,
        "result_form": "electronic",
        "consent": { "version": "1", "at": "2026-11-22T09:00:00+07:00" },
    })
}

/// A household whose members join for a year: 2,530,000 × 4.5 % × 12 = 1,366,200 đồng for the first.
pub fn household(first: u32, members: u32) -> Value {
    const RATES: [i64; 5] = [100, 70, 60, 50, 40];
    let total: i64 = (0..members).map(|i| 13_662 * RATES[(i as usize).min(4)]).sum();
    let member = |i: u32| {
        json!({
            "person": person(first + i),
            "relation": if i == 0 { "head" } else { "child" },
            "group": "household",
            "months": 12,
            "facility_code": "44001",
            "previous_valid_to": null,
            "result_form": "electronic",
        })
    };
    json!({
        "household": {
            "id": clock::new_id(),
            "code": null,
            "head_name": "Nguyễn Văn Chủ",
            "area_code": COMMUNE,
            "address": "thôn 3",
            "phone": null,
        },
        "paid_on": "2026-11-22",
        "amount_collected": total,
        "receipt": null,
        "consent": { "version": "1", "at": "2026-11-22T09:00:00+07:00" },
        "members": (0..members).map(member).collect::<Vec<_>>(),
    })
}

/// A void of an earlier record.
pub fn void(record_id: Id) -> Value {
    json!({ "record_id": record_id, "reason": "ghi nhầm" })
}

/// A record around a body.
pub fn record(
    id: Id,
    rev: i64,
    seq: i64,
    kind: &str,
    captured_at: DateTime<Utc>,
    body: &Value,
) -> Value {
    json!({ "id": id, "rev": rev, "seq": seq, "kind": kind, "captured_at": captured_at, "body": body })
}

/// A batch around records.
pub fn batch(installation_id: Id, sent_at: DateTime<Utc>, records: &[Value]) -> Value {
    json!({
        "installation_id": installation_id,
        "protocol": 1,
        "sent_at": sent_at,
        "pending_total": records.len(),
        "oldest_pending_at": null,
        "cursor": null,
        "records": records,
    })
}
