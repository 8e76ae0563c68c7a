//! A value of the law that changes on certain days.

use super::rule_use::RuleUse;
use chrono::NaiveDate;

/// A value and the days on which it holds.
#[derive(Debug, Clone)]
pub struct Dated<V> {
    /// The value.
    pub value: V,
    /// Last day, `None` while in force.
    pub to: Option<NaiveDate>,
    /// The row it comes from, with its first day.
    pub used: RuleUse,
}

/// The values one after another, without a shared day.
#[derive(Debug, Clone)]
pub struct Timeline<V>(Vec<Dated<V>>);

impl<V> Timeline<V> {
    /// Rows must come in order of their first day.
    pub(super) fn new(rows: Vec<Dated<V>>) -> Self {
        Self(rows)
    }

    /// The row of that day.
    #[must_use]
    pub fn on(&self, day: NaiveDate) -> Option<&Dated<V>> {
        let row = self.0.iter().rfind(|row| row.used.effective_from <= day)?;
        row.to.is_none_or(|to| day <= to).then_some(row)
    }
}

/// One timeline for each key.
#[derive(Debug, Clone)]
pub struct Keyed<K, V>(Vec<(K, Timeline<V>)>);

impl<K: PartialEq, V> Keyed<K, V> {
    pub(super) fn new(timelines: Vec<(K, Timeline<V>)>) -> Self {
        Self(timelines)
    }

    /// The row of that key and day. The tables are short: looking along them is fastest.
    pub fn on<Q>(&self, key: &Q, day: NaiveDate) -> Option<&Dated<V>>
    where
        K: PartialEq<Q>,
        Q: ?Sized,
    {
        let (_, timeline) = self.0.iter().find(|(known, _)| known == key)?;
        timeline.on(day)
    }

    /// Whether there is any row for the key.
    pub(super) fn has(&self, key: &K) -> bool {
        self.0.iter().any(|(known, _)| known == key)
    }

    /// Keys and their timelines.
    pub(super) fn iter(&self) -> impl Iterator<Item = &(K, Timeline<V>)> {
        self.0.iter()
    }
}
