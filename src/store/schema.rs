//! The tables as diesel sees them; `migrations/` is their source, and a test holds the two side by side.

use crate::store::types::Key;

/// A table whose columns may be ids.
macro_rules! table {
    ($($table:tt)*) => {
        diesel::table! {
            use super::Key;
            use diesel::sql_types::*;

            $($table)*
        }
    };
}

mod plans;
mod trust;
mod visiting;

pub use plans::*;
pub use trust::*;
pub use visiting::*;

table! {
    server (id) {
        id -> Integer,
        epoch -> Key,
        created_at -> Timestamp,
        rules_edition -> BigInt,
        rules_judged -> Nullable<Text>,
    }
}

table! {
    area_tables (edition) {
        edition -> BigInt,
        csv -> Text,
        imported_at -> Timestamp,
    }
}

table! {
    rule_rows (id) {
        id -> Key,
        edition -> BigInt,
        table_name -> Text,
        cells -> Text,
        added_at -> Timestamp,
        added_by -> Nullable<Key>,
        withdrawn_at -> Nullable<Timestamp>,
        withdrawn_by -> Nullable<Key>,
        withdrawn_because -> Nullable<Text>,
    }
}

table! {
    offices (id) {
        id -> Key,
        name -> Text,
        parent_id -> Nullable<Key>,
        created_at -> Timestamp,
    }
}

table! {
    organisations (id) {
        id -> Key,
        name -> Text,
        created_at -> Timestamp,
    }
}

table! {
    groups (id) {
        id -> Key,
        name -> Text,
        office_id -> Nullable<Key>,
        created_at -> Timestamp,
    }
}

table! {
    group_areas (group_id, area_code) {
        group_id -> Key,
        area_code -> Text,
    }
}

table! {
    users (id) {
        id -> Key,
        login -> Text,
        role -> Text,
        name -> Text,
        password_hash -> Text,
        must_change_password -> Bool,
        group_id -> Nullable<Key>,
        office_id -> Nullable<Key>,
        organisation_id -> Nullable<Key>,
        certificate_number -> Nullable<Text>,
        certificate_expires_on -> Nullable<Date>,
        disabled_at -> Nullable<Timestamp>,
        created_at -> Timestamp,
    }
}

table! {
    installations (id) {
        id -> Key,
        user_id -> Key,
        label -> Text,
        app_version -> Nullable<Text>,
        created_at -> Timestamp,
        last_seen_at -> Timestamp,
        revoked_mode -> Nullable<Text>,
        revoked_at -> Nullable<Timestamp>,
        contiguous_seq -> BigInt,
        pending_total -> BigInt,
        oldest_pending_at -> Nullable<Timestamp>,
        pending_sent_at -> Nullable<Timestamp>,
        revoked_seq -> Nullable<BigInt>,
    }
}

table! {
    skipped_seqs (installation_id, seq) {
        installation_id -> Key,
        seq -> BigInt,
    }
}

table! {
    refresh_families (id) {
        id -> Key,
        user_id -> Key,
        installation_id -> Nullable<Key>,
        created_at -> Timestamp,
        ended_at -> Nullable<Timestamp>,
    }
}

table! {
    refresh_tokens (digest) {
        digest -> Text,
        family_id -> Key,
        expires_at -> Timestamp,
        used_at -> Nullable<Timestamp>,
    }
}

table! {
    villages (id) {
        id -> Key,
        name -> Text,
        area_code -> Text,
        created_at -> Timestamp,
    }
}

table! {
    drives (id) {
        id -> Key,
        group_id -> Key,
        village_id -> Key,
        held_on -> Date,
        leader_id -> Nullable<Key>,
        created_at -> Timestamp,
        note -> Nullable<Text>,
    }
}

table! {
    drive_people (drive_id, user_id) {
        drive_id -> Key,
        user_id -> Key,
    }
}

table! {
    persons (id) {
        id -> Key,
        full_name -> Text,
        birth -> Text,
        sex -> Text,
        ethnicity -> Nullable<Text>,
        phone -> Nullable<Text>,
        area_code -> Text,
        address -> Text,
        identity_key -> Text,
        merged_into -> Nullable<Key>,
        created_at -> Timestamp,
    }
}

table! {
    person_codes (code, kind) {
        code -> Text,
        kind -> Text,
        person_id -> Key,
        is_alias -> Bool,
    }
}

table! {
    households (id) {
        id -> Key,
        code -> Nullable<Text>,
        head_name -> Text,
        area_code -> Text,
        address -> Text,
        phone -> Nullable<Text>,
        created_at -> Timestamp,
    }
}

table! {
    household_aliases (alias_id) {
        alias_id -> Key,
        household_id -> Key,
    }
}

table! {
    household_ranks (household_id, year, person_id) {
        household_id -> Key,
        year -> Integer,
        person_id -> Key,
        rank -> Integer,
    }
}

table! {
    records (id, rev) {
        id -> Key,
        rev -> BigInt,
        is_current -> Bool,
        state -> Text,
        state_at -> Timestamp,
        installation_id -> Nullable<Key>,
        seq -> Nullable<BigInt>,
        batch_id -> Key,
        group_id -> Key,
        agent_id -> Key,
        organisation_id -> Nullable<Key>,
        captured_at -> Timestamp,
        received_at -> Timestamp,
        payload -> Text,
        outcome -> Text,
        persons -> BigInt,
        amount_held -> BigInt,
        counted_on -> Date,
        area_code -> Text,
        village_id -> Nullable<Key>,
        drive_id -> Nullable<Key>,
        paid_on -> Nullable<Date>,
        judged_again -> Nullable<Text>,
        kind -> Text,
    }
}

table! {
    enrollments (id) {
        id -> Key,
        record_id -> Key,
        record_rev -> BigInt,
        member_index -> Integer,
        scheme -> Text,
        kind -> Text,
        status -> Text,
        person_id -> Key,
        household_id -> Nullable<Key>,
        group_id -> Key,
        agent_id -> Key,
        organisation_id -> Nullable<Key>,
        area_code -> Text,
        village_id -> Nullable<Key>,
        drive_id -> Nullable<Key>,
        paid_on -> Date,
        counted_on -> Date,
        accepted_at -> Timestamp,
        voided_on -> Nullable<Date>,
        covers_from -> Date,
        covers_to -> Date,
        months -> BigInt,
        gross -> BigInt,
        state_support -> BigInt,
        local_support -> BigInt,
        payable -> BigInt,
        supported_months -> BigInt,
        terms -> Text,
        consent_version -> Nullable<Text>,
        consent_at -> Nullable<Timestamp>,
    }
}

table! {
    cards (id) {
        id -> Key,
        enrollment_id -> Key,
        person_id -> Key,
        card_type -> Text,
        state -> Text,
        number -> Nullable<Text>,
        long_number -> Nullable<Text>,
        long_prefix -> Nullable<Text>,
        valid_from -> Nullable<Date>,
        valid_to -> Nullable<Date>,
        facility_code -> Nullable<Text>,
        form -> Text,
        recorded_at -> Timestamp,
    }
}

table! {
    duplicates (record_id, record_rev, member_index) {
        record_id -> Key,
        record_rev -> BigInt,
        member_index -> Integer,
        enrollment_id -> Key,
    }
}

table! {
    reviews (id) {
        id -> Key,
        record_id -> Key,
        record_rev -> BigInt,
        group_id -> Key,
        code -> Text,
        state -> Text,
        opened_at -> Timestamp,
        closed_at -> Nullable<Timestamp>,
        person_id -> Nullable<Key>,
        other_id -> Nullable<Key>,
        decided_by -> Nullable<Key>,
        note -> Nullable<Text>,
    }
}

table! {
    tallies (grain, group_id, starts_on, agent_id, organisation_id, area_code, village_id, drive_id, scheme) {
        grain -> Text,
        starts_on -> Date,
        group_id -> Key,
        agent_id -> Key,
        organisation_id -> Key,
        area_code -> Text,
        village_id -> Key,
        drive_id -> Key,
        scheme -> Text,
        accepted -> BigInt,
        renewals -> BigInt,
        duplicate -> BigInt,
        review -> BigInt,
        rejected -> BigInt,
        voided -> BigInt,
        amount_enrolled -> BigInt,
        amount_held -> BigInt,
        state_support -> BigInt,
    }
}

table! {
    participation (group_id, year, area_code, scheme) {
        group_id -> Key,
        year -> Integer,
        area_code -> Text,
        scheme -> Text,
        january -> BigInt,
        february -> BigInt,
        march -> BigInt,
        april -> BigInt,
        may -> BigInt,
        june -> BigInt,
        july -> BigInt,
        august -> BigInt,
        september -> BigInt,
        october -> BigInt,
        november -> BigInt,
        december -> BigInt,
    }
}

table! {
    baselines (id) {
        id -> Key,
        office_id -> Nullable<Key>,
        area_code -> Nullable<Text>,
        kind -> Text,
        as_of -> Date,
        people -> BigInt,
        source -> Text,
        created_at -> Timestamp,
    }
}

table! {
    sync_scopes (group_id) {
        group_id -> Key,
        version -> BigInt,
        closed_through -> Nullable<Date>,
    }
}

table! {
    changes (group_id, entity, entity_id) {
        group_id -> Key,
        entity -> Text,
        entity_id -> Key,
        version -> BigInt,
        op -> Text,
        reason -> Nullable<Text>,
    }
}

table! {
    outbox (id) {
        id -> Key,
        group_id -> Key,
        entity -> Text,
        entity_id -> Key,
        created_at -> Timestamp,
        op -> Text,
        reason -> Nullable<Text>,
    }
}

table! {
    memberships (user_id, since) {
        user_id -> Key,
        since -> Timestamp,
        group_id -> Key,
    }
}

table! {
    merges (id) {
        id -> Key,
        person_id -> Key,
        into_id -> Key,
        moved -> Text,
        merged_at -> Timestamp,
        merged_by -> Key,
        undone_at -> Nullable<Timestamp>,
        undone_by -> Nullable<Key>,
    }
}

table! {
    reversals (record_id, record_rev, counted_on) {
        record_id -> Key,
        record_rev -> BigInt,
        counted_on -> Date,
        reversed_on -> Date,
        state -> Text,
        group_id -> Key,
        agent_id -> Key,
        organisation_id -> Nullable<Key>,
        area_code -> Text,
        village_id -> Nullable<Key>,
        drive_id -> Nullable<Key>,
        scheme -> Text,
        persons -> BigInt,
        amount_held -> BigInt,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    offices,
    organisations,
    groups,
    users,
    installations,
    skipped_seqs,
    refresh_families,
    refresh_tokens,
    villages,
    drives,
    targets,
    associations,
    association_members,
    persons,
    person_codes,
    households,
    household_ranks,
    records,
    enrollments,
    cards,
    duplicates,
    reviews,
    sync_scopes,
    changes,
    memberships,
    audit_entries,
    audit_seals,
    api_clients,
    api_client_secrets,
);
