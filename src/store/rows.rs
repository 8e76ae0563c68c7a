//! The rows that a batch writes, each declared once with its column types.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::{Array, BigInt, Bool, Date, Integer, Nullable, Text, Timestamp};
use diesel::sqlite::Sqlite;

use super::bulk::{Bulk, between, bulk_row};
use super::conn::Conn;
use super::error::Result;
use super::grains::Grain;
use super::schema::{
    baselines, cards, changes, duplicates, enrollments, household_aliases, household_ranks,
    households, outbox, participation, person_codes, persons, records, reversals, reviews,
    skipped_seqs, tallies, targets, villages,
};
use super::types::Key;
use crate::domain::{
    BaselineKind, CardState, CardType, ChangeEntity, ChangeOp, ChangeReason, CodeKind,
    EnrollmentKind, EnrollmentStatus, HolderKind, Id, Measure, RecordKind, RecordState, ResultForm,
    ReviewState, Scheme, Sex,
};

bulk_row! {
    /// One decided (record, revision) with its first outcome.
    RecordRow of records => {
        id: Id as Key, "uuid";
        rev: i64 as BigInt, "bigint";
        is_current: bool as Bool, "boolean";
        state: RecordState as Text, "text";
        state_at: NaiveDateTime as Timestamp, "timestamp";
        kind: RecordKind as Text, "text";
        installation_id: Option<Id> as Nullable<Key>, "uuid";
        seq: Option<i64> as Nullable<BigInt>, "bigint";
        batch_id: Id as Key, "uuid";
        group_id: Id as Key, "uuid";
        agent_id: Id as Key, "uuid";
        organisation_id: Option<Id> as Nullable<Key>, "uuid";
        captured_at: NaiveDateTime as Timestamp, "timestamp";
        received_at: NaiveDateTime as Timestamp, "timestamp";
        payload: String as Text, "text";
        outcome: String as Text, "text";
        persons: i64 as BigInt, "bigint";
        amount_held: i64 as BigInt, "bigint";
        counted_on: NaiveDate as Date, "date";
        area_code: String as Text, "text";
        village_id: Option<Id> as Nullable<Key>, "uuid";
        drive_id: Option<Id> as Nullable<Key>, "uuid";
        paid_on: Option<NaiveDate> as Nullable<Date>, "date";
        judged_again: Option<String> as Nullable<Text>, "text";
    }
}

bulk_row! {
    /// A person as first met.
    PersonRow of persons => {
        id: Id as Key, "uuid";
        full_name: String as Text, "text";
        birth: String as Text, "text";
        sex: Sex as Text, "text";
        ethnicity: Option<String> as Nullable<Text>, "text";
        phone: Option<String> as Nullable<Text>, "text";
        area_code: String as Text, "text";
        address: String as Text, "text";
        identity_key: String as Text, "text";
        merged_into: Option<Id> as Nullable<Key>, "uuid";
        created_at: NaiveDateTime as Timestamp, "timestamp";
    }
}

bulk_row! {
    /// A code that identifies a person; unique over all persons.
    PersonCodeRow of person_codes => {
        code: String as Text, "text";
        kind: CodeKind as Text, "text";
        person_id: Id as Key, "uuid";
        is_alias: bool as Bool, "boolean";
    }
}

bulk_row! {
    /// A household as first met.
    HouseholdRow of households => {
        id: Id as Key, "uuid";
        code: Option<String> as Nullable<Text>, "text";
        head_name: String as Text, "text";
        area_code: String as Text, "text";
        address: String as Text, "text";
        phone: Option<String> as Nullable<Text>, "text";
        created_at: NaiveDateTime as Timestamp, "timestamp";
    }
}

bulk_row! {
    /// Another phone's id for a household that was already known.
    HouseholdAliasRow of household_aliases => {
        alias_id: Id as Key, "uuid";
        household_id: Id as Key, "uuid";
    }
}

bulk_row! {
    /// A person's rank in a household and calendar year.
    RankRow of household_ranks => {
        household_id: Id as Key, "uuid";
        year: i32 as Integer, "integer";
        person_id: Id as Key, "uuid";
        rank: i32 as Integer, "integer";
    }
}

bulk_row! {
    /// One person enrolled in one scheme for one period, with its amounts in đồng.
    EnrollmentRow of enrollments => {
        id: Id as Key, "uuid";
        record_id: Id as Key, "uuid";
        record_rev: i64 as BigInt, "bigint";
        member_index: i32 as Integer, "integer";
        scheme: Scheme as Text, "text";
        kind: EnrollmentKind as Text, "text";
        status: EnrollmentStatus as Text, "text";
        person_id: Id as Key, "uuid";
        household_id: Option<Id> as Nullable<Key>, "uuid";
        group_id: Id as Key, "uuid";
        agent_id: Id as Key, "uuid";
        organisation_id: Option<Id> as Nullable<Key>, "uuid";
        area_code: String as Text, "text";
        village_id: Option<Id> as Nullable<Key>, "uuid";
        drive_id: Option<Id> as Nullable<Key>, "uuid";
        paid_on: NaiveDate as Date, "date";
        counted_on: NaiveDate as Date, "date";
        accepted_at: NaiveDateTime as Timestamp, "timestamp";
        voided_on: Option<NaiveDate> as Nullable<Date>, "date";
        covers_from: NaiveDate as Date, "date";
        covers_to: NaiveDate as Date, "date";
        months: i64 as BigInt, "bigint";
        gross: i64 as BigInt, "bigint";
        state_support: i64 as BigInt, "bigint";
        local_support: i64 as BigInt, "bigint";
        payable: i64 as BigInt, "bigint";
        supported_months: i64 as BigInt, "bigint";
        terms: String as Text, "text";
        consent_version: Option<String> as Nullable<Text>, "text";
        consent_at: Option<NaiveDateTime> as Nullable<Timestamp>, "timestamp";
    }
}

bulk_row! {
    /// The card or book recorded for an enrollment. A book has no validity days.
    CardRow of cards => {
        id: Id as Key, "uuid";
        enrollment_id: Id as Key, "uuid";
        person_id: Id as Key, "uuid";
        card_type: CardType as Text, "text";
        state: CardState as Text, "text";
        number: Option<String> as Nullable<Text>, "text";
        long_number: Option<String> as Nullable<Text>, "text";
        long_prefix: Option<String> as Nullable<Text>, "text";
        valid_from: Option<NaiveDate> as Nullable<Date>, "date";
        valid_to: Option<NaiveDate> as Nullable<Date>, "date";
        facility_code: Option<String> as Nullable<Text>, "text";
        form: ResultForm as Text, "text";
        recorded_at: NaiveDateTime as Timestamp, "timestamp";
    }
}

bulk_row! {
    /// The standing enrollment that a duplicate named.
    DuplicateRow of duplicates => {
        record_id: Id as Key, "uuid";
        record_rev: i64 as BigInt, "bigint";
        member_index: i32 as Integer, "integer";
        enrollment_id: Id as Key, "uuid";
    }
}

bulk_row! {
    /// Something a person must decide.
    ReviewRow of reviews => {
        id: Id as Key, "uuid";
        record_id: Id as Key, "uuid";
        record_rev: i64 as BigInt, "bigint";
        group_id: Id as Key, "uuid";
        code: String as Text, "text";
        state: ReviewState as Text, "text";
        opened_at: NaiveDateTime as Timestamp, "timestamp";
        closed_at: Option<NaiveDateTime> as Nullable<Timestamp>, "timestamp";
        person_id: Option<Id> as Nullable<Key>, "uuid";
        other_id: Option<Id> as Nullable<Key>, "uuid";
        decided_by: Option<Id> as Nullable<Key>, "uuid";
        note: Option<String> as Nullable<Text>, "text";
    }
}

bulk_row! {
    /// What a record added to a closed month while nobody was enrolled by it, and when that ended.
    ReversalRow of reversals => {
        record_id: Id as Key, "uuid";
        record_rev: i64 as BigInt, "bigint";
        counted_on: NaiveDate as Date, "date";
        reversed_on: NaiveDate as Date, "date";
        state: RecordState as Text, "text";
        group_id: Id as Key, "uuid";
        agent_id: Id as Key, "uuid";
        organisation_id: Option<Id> as Nullable<Key>, "uuid";
        area_code: String as Text, "text";
        village_id: Option<Id> as Nullable<Key>, "uuid";
        drive_id: Option<Id> as Nullable<Key>, "uuid";
        scheme: Scheme as Text, "text";
        persons: i64 as BigInt, "bigint";
        amount_held: i64 as BigInt, "bigint";
    }
}

bulk_row! {
    /// A sequence number that will never come.
    SkippedSeqRow of skipped_seqs => {
        installation_id: Id as Key, "uuid";
        seq: i64 as BigInt, "bigint";
    }
}

bulk_row! {
    /// News that waits for a group's feed.
    OutboxRow of outbox => {
        id: Id as Key, "uuid";
        group_id: Id as Key, "uuid";
        entity: ChangeEntity as Text, "text";
        entity_id: Id as Key, "uuid";
        created_at: NaiveDateTime as Timestamp, "timestamp";
        op: ChangeOp as Text, "text";
        reason: Option<ChangeReason> as Nullable<Text>, "text";
    }
}

bulk_row! {
    /// An entry of a group's feed; an entity that stands there already moves to its newest version.
    ChangeRow of changes, include_str!("put_change.sql") => {
        group_id: Id as Key, "uuid";
        entity: ChangeEntity as Text, "text";
        entity_id: Id as Key, "uuid";
        version: i64 as BigInt, "bigint";
        op: ChangeOp as Text, "text";
        reason: Option<ChangeReason> as Nullable<Text>, "text";
    }
}

bulk_row! {
    /// What is added to a row of the tallies, or the first that is counted there.
    TallyRow of tallies, include_str!("add_tally.sql") => {
        grain: Grain as Text, "text";
        starts_on: NaiveDate as Date, "date";
        group_id: Id as Key, "uuid";
        agent_id: Id as Key, "uuid";
        organisation_id: Id as Key, "uuid";
        area_code: String as Text, "text";
        village_id: Id as Key, "uuid";
        drive_id: Id as Key, "uuid";
        scheme: Scheme as Text, "text";
        accepted: i64 as BigInt, "bigint";
        renewals: i64 as BigInt, "bigint";
        duplicate: i64 as BigInt, "bigint";
        review: i64 as BigInt, "bigint";
        rejected: i64 as BigInt, "bigint";
        voided: i64 as BigInt, "bigint";
        amount_enrolled: i64 as BigInt, "bigint";
        amount_held: i64 as BigInt, "bigint";
        state_support: i64 as BigInt, "bigint";
    }
}

bulk_row! {
    /// People more or fewer who take part at the ends of a year's months, or the first there.
    ParticipationRow of participation, include_str!("add_participation.sql") => {
        group_id: Id as Key, "uuid";
        year: i32 as Integer, "integer";
        area_code: String as Text, "text";
        scheme: Scheme as Text, "text";
        january: i64 as BigInt, "bigint";
        february: i64 as BigInt, "bigint";
        march: i64 as BigInt, "bigint";
        april: i64 as BigInt, "bigint";
        may: i64 as BigInt, "bigint";
        june: i64 as BigInt, "bigint";
        july: i64 as BigInt, "bigint";
        august: i64 as BigInt, "bigint";
        september: i64 as BigInt, "bigint";
        october: i64 as BigInt, "bigint";
        november: i64 as BigInt, "bigint";
        december: i64 as BigInt, "bigint";
    }
}

bulk_row! {
    /// A village of a commune; one that is there already stays.
    Village of villages, "ON CONFLICT (id) DO NOTHING" => {
        id: Id as Key, "uuid";
        name: String as Text, "text";
        area_code: String as Text, "text";
        created_at: NaiveDateTime as Timestamp, "timestamp";
    }
}

bulk_row! {
    /// A target; both days are inclusive. One that is there already takes the new number.
    Target of targets, "ON CONFLICT (id) DO UPDATE SET people = excluded.people" => {
        id: Id as Key, "uuid";
        group_id: Option<Id> as Nullable<Key>, "uuid";
        scheme: Option<Scheme> as Nullable<Text>, "text";
        starts_on: NaiveDate as Date, "date";
        ends_on: NaiveDate as Date, "date";
        people: i64 as BigInt, "bigint";
        created_at: NaiveDateTime as Timestamp, "timestamp";
        holder_kind: HolderKind as Text, "text";
        holder_id: String as Text, "text";
        office_id: Option<Id> as Nullable<Key>, "uuid";
        part_of: Option<Id> as Nullable<Key>, "uuid";
        measure: Measure as Text, "text";
    }
}

bulk_row! {
    /// A figure that this system cannot count, of an office or of a commune. One that is there already takes the new number.
    Baseline of baselines, "ON CONFLICT (id) DO UPDATE SET people = excluded.people, source = excluded.source" => {
        id: Id as Key, "uuid";
        office_id: Option<Id> as Nullable<Key>, "uuid";
        area_code: Option<String> as Nullable<Text>, "text";
        kind: BaselineKind as Text, "text";
        as_of: NaiveDate as Date, "date";
        people: i64 as BigInt, "bigint";
        source: String as Text, "text";
        created_at: NaiveDateTime as Timestamp, "timestamp";
    }
}
