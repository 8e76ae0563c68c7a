//! A record with its times understood: as it came in a batch, or as it is stored and judged again.

use chrono::{DateTime, NaiveDate, Utc};

use super::body::Body;
use super::capture::Capture;
use super::envelope::{Envelope, Received, Record};
use super::judge::Case;
use crate::domain::{Code, Flag, Id, vn_day};
use crate::store::waiting::WaitingRecord;

/// One record of a batch.
#[derive(Debug, Clone, Copy)]
pub enum Entry<'a> {
    Readable(Taken<'a>),
    /// Not even its head could be read; nothing is stored.
    Unreadable {
        id: Option<Id>,
        rev: Option<i64>,
        code: Code,
    },
}

/// A record that is judged.
#[derive(Debug, Clone, Copy)]
pub struct Taken<'a> {
    pub record: &'a Record,
    pub capture: Capture,
    /// The law's day; of a record that pays nothing the day of capture.
    pub paid_on: NaiveDate,
    received: DateTime<Utc>,
    /// The day it counts on since it was stored; none when it has just come.
    stored_on: Option<NaiveDate>,
}

/// The records of a batch that came at this moment.
pub fn entries(envelope: &Envelope, received: DateTime<Utc>) -> Vec<Entry<'_>> {
    let entry = |it| match it {
        &Received::Unreadable { id, rev, code } => Entry::Unreadable { id, rev, code },
        Received::Readable(record) => {
            let capture = Capture::of(record, &envelope.head, received);
            let paid_on = stated_paid_on(record).map_or(capture.day, |day| capture.paid_on(day));
            Entry::Readable(Taken { record, capture, paid_on, received, stored_on: None })
        }
    };
    envelope.records.iter().map(entry).collect()
}

/// The day of payment as the record says it.
pub fn stated_paid_on(record: &Record) -> Option<NaiveDate> {
    match &record.body {
        Ok(Body::Voluntary(body)) => Some(body.payment.paid_on),
        Ok(Body::Household(body)) => Some(body.payment.paid_on),
        Ok(Body::Void(_)) | Err(_) => None,
    }
}

impl<'a> Taken<'a> {
    /// A stored record, by the times that were understood when it came.
    pub fn stored(record: &'a Record, row: &WaitingRecord, flags: &[Flag]) -> Self {
        let capture = Capture::stored(row.captured_at.and_utc(), flags.contains(&Flag::Clock));
        Self {
            record,
            capture,
            paid_on: row.paid_on.or(stated_paid_on(record)).unwrap_or(capture.day),
            received: row.received_at.and_utc(),
            stored_on: Some(row.counted_on),
        }
    }

    /// Whether it is stored already.
    pub fn again(&self) -> bool {
        self.stored_on.is_some()
    }

    /// The case to judge now, with the day it counts on: its own, or today when that day is closed.
    pub fn case(self, now: DateTime<Utc>, closed_through: Option<NaiveDate>) -> Case<'a> {
        let Self { record, capture, paid_on, received, stored_on } = self;
        let day = stored_on.unwrap_or(capture.day);
        let closed = closed_through.is_some_and(|closed| day <= closed);
        let counted_on = if closed { vn_day(now) } else { day };
        Case { record, capture, paid_on, received, counted_on, again: stored_on.is_some() }
    }
}
