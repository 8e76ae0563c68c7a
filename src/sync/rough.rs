//! What can be said of a record whatever is wrong with it: how many persons it names, how much money
//! was taken, and where.

use serde_json::Value;

use super::body::{Body, MAX_MEMBERS, MAX_MONEY};
use super::envelope::Record;
use crate::domain::{Id, RecordKind};

/// What a record that enrolls nobody adds to the tallies.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rough {
    pub persons: i64,
    pub amount: i64,
    pub area_code: String,
    pub village_id: Option<Id>,
    pub drive_id: Option<Id>,
}

impl Rough {
    pub fn of(record: &Record) -> Self {
        match &record.body {
            Ok(Body::Voluntary(body)) => Self {
                persons: 1,
                amount: body.payment.collected.0,
                area_code: body.person.area_code.clone(),
                village_id: body.payment.village_id,
                drive_id: body.payment.drive_id,
            },
            Ok(Body::Household(body)) => Self {
                persons: i64::try_from(body.members.len()).unwrap_or(i64::MAX),
                amount: body.payment.collected.0,
                area_code: body.area_code.clone(),
                village_id: body.payment.village_id,
                drive_id: body.payment.drive_id,
            },
            Ok(Body::Void(_) | Body::Visit(_)) => Self::default(),
            Err(_) => Self::guess(record.kind, &record.payload),
        }
    }

    fn guess(kind: RecordKind, payload: &str) -> Self {
        let body: Value = serde_json::from_str(payload).unwrap_or(Value::Null);
        let id = |name: &str| body[name].as_str().and_then(|id| id.parse().ok());
        let (persons, place) = match kind {
            RecordKind::Voluntary => (1, &body["person"]),
            RecordKind::Household => {
                let members = body["members"].as_array().map_or(0, Vec::len).min(MAX_MEMBERS);
                (i64::try_from(members).unwrap_or(i64::MAX), &body["household"])
            }
            RecordKind::Void | RecordKind::Visit => return Self::default(),
        };
        let amount = body["amount_collected"].as_i64();
        Self {
            persons,
            amount: amount.filter(|it| (0..=MAX_MONEY).contains(it)).unwrap_or(0),
            area_code: place["area_code"].as_str().unwrap_or_default().to_owned(),
            village_id: id("village_id"),
            drive_id: id("drive_id"),
        }
    }
}
