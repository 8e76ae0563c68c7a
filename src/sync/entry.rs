//! A record with its times understood: as it came in a batch, or as it is stored and judged again.

use chrono::{DateTime, NaiveDate, Utc};

use super::body::Body;
use super::capture::Capture;
use super::envelope::{Envelope, Received, Record};
use super::facts::{Facts, Owner};
use super::judge::{Case, Context, Pardons};
use crate::domain::{Code, Flag, Id, Ruling};
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
    /// The law's day; of a visit its own, of a void the day of capture.
    pub paid_on: NaiveDate,
    received: DateTime<Utc>,
    /// What is known of it since it was stored; none when it has just come.
    pub stored: Option<Stored>,
}

/// A record that is stored already.
#[derive(Debug, Clone, Copy)]
pub struct Stored {
    /// The day it counts on.
    counted_on: NaiveDate,
    /// The phone it came from.
    pub installation_id: Option<Id>,
    pub why: Why,
}

/// Why a stored record is judged once more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// The law has grown.
    Law,
    /// Somebody decided on a review of it.
    Ruled(Ruled),
}

/// A decision on a review.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ruled {
    pub review_id: Id,
    pub ruling: Ruling,
    pub by: Id,
}

/// The records of a batch that came at this moment.
pub fn entries(envelope: &Envelope, received: DateTime<Utc>) -> Vec<Entry<'_>> {
    let entry = |it| match it {
        &Received::Unreadable { id, rev, code } => Entry::Unreadable { id, rev, code },
        Received::Readable(record) => {
            let capture = Capture::of(record, &envelope.head, received);
            let paid_on = stated_paid_on(record).map_or(capture.day, |day| capture.paid_on(day));
            Entry::Readable(Taken { record, capture, paid_on, received, stored: None })
        }
    };
    envelope.records.iter().map(entry).collect()
}

/// The day of payment, or of the visit, as the record says it.
pub fn stated_paid_on(record: &Record) -> Option<NaiveDate> {
    match &record.body {
        Ok(Body::Voluntary(body)) => Some(body.payment.paid_on),
        Ok(Body::Household(body)) => Some(body.payment.paid_on),
        Ok(Body::Visit(body)) => Some(body.visited_on),
        Ok(Body::Void(_)) | Err(_) => None,
    }
}

impl<'a> Taken<'a> {
    /// A stored record, by the times that were understood when it came.
    pub fn stored(record: &'a Record, row: &WaitingRecord, flags: &[Flag], why: Why) -> Self {
        let capture = Capture::stored(row.captured_at.and_utc(), flags.contains(&Flag::Clock));
        let (counted_on, installation_id) = (row.counted_on, row.installation_id);
        Self {
            record,
            capture,
            paid_on: row.paid_on.or(stated_paid_on(record)).unwrap_or(capture.day),
            received: row.received_at.and_utc(),
            stored: Some(Stored { counted_on, installation_id, why }),
        }
    }

    /// The case to judge now: whose it is, and the day it counts on, its own unless that is closed.
    pub fn case(self, ctx: &Context<'_>, facts: &Facts, pardons: &'a Pardons) -> Case<'a> {
        let Self { record, capture, paid_on, received, stored } = self;
        let group_id = self.group(ctx, facts);
        let day = stored.map_or(capture.day, |it| it.counted_on);
        let phone = stored.map_or(ctx.installation_id, |it| it.installation_id);
        let revoked = phone.and_then(|id| facts.revoked.get(&id));
        Case {
            record,
            capture,
            paid_on,
            received,
            group_id,
            counted_on: facts.counting_day(group_id, day, ctx.received),
            after_revocation: revoked.is_some_and(|last| record.seq > *last),
            again: stored.is_some(),
            pardons,
        }
    }

    /// What somebody overruled of it before, and does now.
    pub fn pardons(&self, facts: &Facts) -> Pardons {
        let Some(stored) = self.stored else { return Pardons::default() };
        let ruled = match stored.why {
            Why::Ruled(ruled) => Some(ruled),
            Why::Law => None,
        };
        let reviews = facts.reviews.get(&self.record.id);
        reviews.map_or(Pardons::default(), |rows| Pardons::of(rows, ruled))
    }

    /// The group a record belongs to: that of its earlier revisions, of what it takes back, or the one
    /// the agent was in when he wrote it.
    fn group(&self, ctx: &Context<'_>, facts: &Facts) -> Id {
        let owner = |id: &Id| facts.records.get(id).and_then(|it| it.owner);
        let voided = match &self.record.body {
            Ok(Body::Void(body)) => owner(&body.record_id).filter(|it| it.is(&ctx.sender)),
            _ => None,
        };
        let owner: Option<Owner> = owner(&self.record.id).or(voided);
        let then = || facts.group_at(self.capture.at);
        owner.map(|it| it.group_id).or_else(then).unwrap_or(ctx.sender.group_id)
    }
}
