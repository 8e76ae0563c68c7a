//! Whether a person is covered already, and by whom.

use chrono::NaiveDate;

use super::facts::Cover;
use super::wire::DuplicateOf;
use crate::domain::{EnrollmentKind, Scheme};

/// What standing enrollments say to a new one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Covered {
    /// Nothing is in the way.
    Free(EnrollmentKind),
    /// All of it is covered.
    Wholly(DuplicateOf),
    /// Some of its months are.
    Partly(DuplicateOf),
}

/// Voluntary: by months, given as their first and last day. New months inside the old ones are a
/// duplicate, also when two enrollments cover them together.
pub fn voluntary(covers: &[Cover], from: NaiveDate, to: NaiveDate) -> Covered {
    let mut overlapping: Vec<&Cover> = of(covers, Scheme::Voluntary)
        .filter(|cover| cover.from <= to && from <= cover.to)
        .collect();
    overlapping.sort_by_key(|cover| (cover.from, cover.enrollment_id));
    let Some(first) = overlapping.first() else {
        let follows = |cover: &Cover| cover.to.succ_opt() == Some(from);
        return Covered::Free(super::facts::kind_of(of(covers, Scheme::Voluntary).any(follows)));
    };
    let mut open_from = from;
    for cover in &overlapping {
        if cover.from > open_from {
            break;
        }
        open_from = open_from.max(cover.to.succ_opt().unwrap_or(NaiveDate::MAX));
    }
    if open_from > to { Covered::Wholly(named(first)) } else { Covered::Partly(named(first)) }
}

/// Household: by cards. `from` is the new card's first day as computed from the record alone, and
/// `previous` the last day of the old card that the agent declared.
pub fn household(covers: &[Cover], from: NaiveDate, previous: Option<NaiveDate>) -> Covered {
    let standing = of(covers, Scheme::Household).filter(|cover| cover.to >= from);
    match standing.max_by_key(|cover| (cover.to, cover.enrollment_id)) {
        None => {
            let goes_on = previous.is_some() || of(covers, Scheme::Household).next().is_some();
            Covered::Free(super::facts::kind_of(goes_on))
        }
        Some(last) if previous == Some(last.to) => Covered::Free(EnrollmentKind::Renewal),
        Some(last) => Covered::Wholly(named(last)),
    }
}

/// Whether two persons are covered for the same days by one scheme: then they cannot be made one.
pub fn collide(one: &[Cover], other: &[Cover]) -> bool {
    let meet = |a: &Cover, b: &Cover| a.scheme == b.scheme && a.from <= b.to && b.from <= a.to;
    one.iter().any(|a| other.iter().any(|b| meet(a, b)))
}

/// Whether the card declared is not the last one we know of.
pub fn previous_differs(covers: &[Cover], previous: Option<NaiveDate>) -> bool {
    let last = of(covers, Scheme::Household).map(|cover| cover.to).max();
    last.is_some() && last != previous
}

fn of(covers: &[Cover], scheme: Scheme) -> impl Iterator<Item = &Cover> {
    covers.iter().filter(move |cover| cover.scheme == scheme)
}

fn named(cover: &Cover) -> DuplicateOf {
    DuplicateOf {
        enrollment_id: cover.enrollment_id,
        group_name: cover.group_name.clone(),
        accepted_on: cover.accepted_on,
    }
}
