//! Everything a batch must know before it decides, loaded with a handful of queries however large
//! the batch is, each after the locks that keep it true.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;

use super::conn::Conn;
use super::error::Result;
use super::rows::{EnrollmentRow, HouseholdRow, PersonCodeRow, PersonRow, RankRow};
use super::schema::{
    drives, duplicates, enrollments, groups, household_aliases, household_ranks, households,
    person_codes, persons, records, sync_scopes, villages,
};
use crate::domain::{EnrollmentStatus, Id, RecordKind, RecordState, Scheme};

/// As many values as one `IN (…)` may carry on SQLite with room to spare.
pub(super) const IN_LIST: usize = 10_000;

/// A stored revision of a record.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = records)]
pub struct KnownRecord {
    pub id: Id,
    pub rev: i64,
    pub is_current: bool,
    pub state: RecordState,
    pub kind: RecordKind,
    pub group_id: Id,
    pub agent_id: Id,
    pub organisation_id: Option<Id>,
    pub payload: String,
    pub outcome: String,
    pub persons: i64,
    pub amount_held: i64,
    pub counted_on: NaiveDate,
    pub area_code: String,
    pub village_id: Option<Id>,
    pub drive_id: Option<Id>,
}

/// A standing enrollment of a person, with who took it.
#[derive(Debug, Clone, Queryable)]
pub struct KnownCover {
    pub enrollment_id: Id,
    pub record_id: Id,
    pub person_id: Id,
    pub scheme: Scheme,
    pub covers_from: NaiveDate,
    pub covers_to: NaiveDate,
    pub supported_months: i64,
    pub accepted_at: NaiveDateTime,
    pub group_id: Id,
    pub group_name: String,
}

/// Loads rows for any number of keys, a bounded list at a time.
macro_rules! for_keys {
    ($tx:expr, $keys:expr, |$chunk:ident| $query:expr) => {{
        let mut rows = Vec::new();
        for $chunk in $keys.chunks(IN_LIST) {
            rows.append(&mut $query.load($tx)?);
        }
        rows
    }};
}

/// All stored revisions of these records.
pub fn records(tx: &mut Conn, ids: &[Id]) -> Result<Vec<KnownRecord>> {
    Ok(for_keys!(tx, ids, |chunk| records::table
        .filter(records::id.eq_any(chunk))
        .order((records::id, records::rev))
        .select(KnownRecord::as_select())))
}

/// Who owns these codes.
pub fn codes(tx: &mut Conn, codes: &[&str]) -> Result<Vec<PersonCodeRow>> {
    Ok(for_keys!(tx, codes, |chunk| person_codes::table
        .filter(person_codes::code.eq_any(chunk))
        .select(PersonCodeRow::as_select())))
}

/// All codes of these persons.
pub fn codes_of(tx: &mut Conn, person_ids: &[Id]) -> Result<Vec<PersonCodeRow>> {
    Ok(for_keys!(tx, person_ids, |chunk| person_codes::table
        .filter(person_codes::person_id.eq_any(chunk))
        .order((person_codes::person_id, person_codes::is_alias, person_codes::code))
        .select(PersonCodeRow::as_select())))
}

/// Persons who share a folded name, sex and commune: the key, and who that person is today.
pub fn candidates(tx: &mut Conn, identity_keys: &[&str]) -> Result<Vec<(String, Id)>> {
    let rows: Vec<(String, Id, Option<Id>)> = for_keys!(tx, identity_keys, |chunk| persons::table
        .filter(persons::identity_key.eq_any(chunk))
        .order(persons::id)
        .select((persons::identity_key, persons::id, persons::merged_into)));
    Ok(rows.into_iter().map(|(key, id, merged)| (key, merged.unwrap_or(id))).collect())
}

/// These persons.
pub fn persons(tx: &mut Conn, ids: &[Id]) -> Result<Vec<PersonRow>> {
    Ok(for_keys!(tx, ids, |chunk| persons::table
        .filter(persons::id.eq_any(chunk))
        .select(PersonRow::as_select())))
}

/// Whoever was merged into one of these persons.
pub fn merged_into(tx: &mut Conn, ids: &[Id]) -> Result<Vec<PersonRow>> {
    Ok(for_keys!(tx, ids, |chunk| persons::table
        .filter(persons::merged_into.assume_not_null().eq_any(chunk))
        .order(persons::id)
        .select(PersonRow::as_select())))
}

/// The standing enrollments of these persons, in both schemes.
pub fn covers(tx: &mut Conn, person_ids: &[Id]) -> Result<Vec<KnownCover>> {
    Ok(for_keys!(tx, person_ids, |chunk| enrollments::table
        .inner_join(groups::table.on(groups::id.eq(enrollments::group_id)))
        .filter(enrollments::person_id.eq_any(chunk))
        .filter(enrollments::status.eq(EnrollmentStatus::Accepted))
        .select((
            enrollments::id,
            enrollments::record_id,
            enrollments::person_id,
            enrollments::scheme,
            enrollments::covers_from,
            enrollments::covers_to,
            enrollments::supported_months,
            enrollments::accepted_at,
            enrollments::group_id,
            groups::name,
        ))))
}

/// Another phone's id for a household, and the household's own.
pub type Alias = (Id, Id);

/// Households by their ids, by aliases of them, or by their codes; with the alias that led there.
pub fn households(
    tx: &mut Conn,
    ids: &[Id],
    codes: &[&str],
) -> Result<(Vec<HouseholdRow>, Vec<Alias>)> {
    let aliases: Vec<(Id, Id)> = for_keys!(tx, ids, |chunk| household_aliases::table
        .filter(household_aliases::alias_id.eq_any(chunk))
        .select((household_aliases::alias_id, household_aliases::household_id)));
    let mut wanted: Vec<Id> = ids.to_vec();
    wanted.extend(aliases.iter().map(|(_, id)| *id));
    let mut rows: Vec<HouseholdRow> = for_keys!(tx, wanted, |chunk| households::table
        .filter(households::id.eq_any(chunk))
        .select(HouseholdRow::as_select()));
    let by_code: Vec<HouseholdRow> = for_keys!(tx, codes, |chunk| households::table
        .filter(households::code.eq_any(chunk))
        .select(HouseholdRow::as_select()));
    rows.extend(by_code);
    rows.sort_by_key(|row| row.id);
    rows.dedup_by_key(|row| row.id);
    Ok((rows, aliases))
}

/// The ranks given in these households, of all years.
pub fn ranks(tx: &mut Conn, household_ids: &[Id]) -> Result<Vec<RankRow>> {
    Ok(for_keys!(tx, household_ids, |chunk| household_ranks::table
        .filter(household_ranks::household_id.eq_any(chunk))
        .select(RankRow::as_select())))
}

/// Which of these villages exist.
pub fn villages(tx: &mut Conn, ids: &[Id]) -> Result<Vec<Id>> {
    Ok(for_keys!(tx, ids, |chunk| villages::table
        .filter(villages::id.eq_any(chunk))
        .select(villages::id)))
}

/// Which of these drives exist.
pub fn drives(tx: &mut Conn, ids: &[Id]) -> Result<Vec<Id>> {
    Ok(for_keys!(tx, ids, |chunk| drives::table
        .filter(drives::id.eq_any(chunk))
        .select(drives::id)))
}

/// These groups: id, name, and the last day of the months that are closed.
pub fn groups(tx: &mut Conn, ids: &[Id]) -> Result<Vec<(Id, String, Option<NaiveDate>)>> {
    Ok(groups::table
        .inner_join(sync_scopes::table.on(sync_scopes::group_id.eq(groups::id)))
        .filter(groups::id.eq_any(ids))
        .select((groups::id, groups::name, sync_scopes::closed_through))
        .load(tx)?)
}

/// Persons covered by what these records, current duplicates, named as standing.
pub fn named_persons(tx: &mut Conn, record_ids: &[Id]) -> Result<Vec<Id>> {
    Ok(for_keys!(tx, record_ids, |chunk| duplicates::table
        .inner_join(enrollments::table.on(enrollments::id.eq(duplicates::enrollment_id)))
        .filter(duplicates::record_id.eq_any(chunk))
        .select(enrollments::person_id)))
}

/// The standing enrollments of these records.
pub fn standing(tx: &mut Conn, record_ids: &[Id]) -> Result<Vec<EnrollmentRow>> {
    Ok(for_keys!(tx, record_ids, |chunk| enrollments::table
        .filter(enrollments::record_id.eq_any(chunk))
        .filter(enrollments::status.eq(EnrollmentStatus::Accepted))
        .select(EnrollmentRow::as_select())))
}

/// Current duplicates that named one of these enrollments: enrollment, record, revision, its group.
pub fn named_by(tx: &mut Conn, enrollment_ids: &[Id]) -> Result<Vec<(Id, Id, i64, Id)>> {
    Ok(for_keys!(tx, enrollment_ids, |chunk| duplicates::table
        .inner_join(
            records::table.on(records::id
                .eq(duplicates::record_id)
                .and(records::rev.eq(duplicates::record_rev)),)
        )
        .filter(duplicates::enrollment_id.eq_any(chunk))
        .filter(records::is_current)
        .filter(records::state.eq(RecordState::Duplicate))
        .select((duplicates::enrollment_id, records::id, records::rev, records::group_id))))
}
