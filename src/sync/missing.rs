//! What the law does not say yet, and what waits for it: so that whoever has the decree knows what to add.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use super::outcome::Outcome;
use crate::domain::{Code, parse_day};
use crate::store::{Conn, Result, StoreError, waiting};

/// A row of the law that records wait for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct MissingRule {
    /// The table and the key of the row, `local_support 01 poor`.
    pub rule: String,
    /// The first day of payment among those that wait.
    pub from: NaiveDate,
    /// The last one.
    pub to: NaiveDate,
    /// How many records wait for it; one may wait for several rows.
    pub records: u64,
    /// Money taken for them, đồng.
    pub amount_held: i64,
}

/// The rows that records wait for, by name.
pub fn missing(conn: &mut Conn) -> Result<Vec<MissingRule>> {
    let mut found: BTreeMap<String, MissingRule> = BTreeMap::new();
    for (document, amount_held) in waiting::decided(conn)? {
        let outcome: Outcome = serde_json::from_str(&document)
            .map_err(|error| StoreError::unreadable("an outcome", &error))?;
        let mut rules: Vec<(&str, NaiveDate)> = outcome
            .fields
            .iter()
            .filter(|field| matches!(field.code, Code::RateUnknown | Code::RuleMissing))
            .filter_map(|field| field.rule.as_deref()?.rsplit_once(' '))
            .filter_map(|(rule, day)| Some((rule, parse_day(day).ok()?)))
            .collect();
        rules.sort_unstable();
        rules.dedup();
        for (rule, day) in rules {
            let missing = found.entry(rule.to_owned()).or_insert_with(|| MissingRule {
                rule: rule.to_owned(),
                from: day,
                to: day,
                records: 0,
                amount_held: 0,
            });
            missing.from = missing.from.min(day);
            missing.to = missing.to.max(day);
            missing.records += 1;
            missing.amount_held = missing.amount_held.saturating_add(amount_held);
        }
    }
    Ok(found.into_values().collect())
}
