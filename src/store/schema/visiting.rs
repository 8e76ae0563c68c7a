//! Whom to visit, and what came of it.

use super::{enrollments, restrictions, users};
use crate::store::types::Key;

table! {
    worklists (id) {
        id -> Key,
        name -> Text,
        kind -> Text,
        scheme -> Text,
        office_id -> Nullable<Key>,
        group_id -> Nullable<Key>,
        area_codes -> Text,
        village_id -> Nullable<Key>,
        made_on -> Date,
        elsewhere -> BigInt,
        created_at -> Timestamp,
    }
}

table! {
    worklist_items (id) {
        id -> Key,
        worklist_id -> Key,
        scheme -> Text,
        kind -> Text,
        person_id -> Nullable<Key>,
        full_name -> Text,
        birth -> Text,
        sex -> Text,
        area_code -> Text,
        village_id -> Nullable<Key>,
        address -> Text,
        phone -> Nullable<Text>,
        bhxh_code -> Nullable<Text>,
        personal_id -> Nullable<Text>,
        identity_key -> Text,
        resident_key -> Text,
        place_key -> Text,
        due_on -> Nullable<Date>,
        group_id -> Nullable<Key>,
        agent_id -> Nullable<Key>,
        state -> Text,
        enrollment_id -> Nullable<Key>,
        last_visit_id -> Nullable<Key>,
        created_at -> Timestamp,
        changed_at -> Timestamp,
    }
}

table! {
    visits (record_id) {
        record_id -> Key,
        item_id -> Nullable<Key>,
        person_id -> Nullable<Key>,
        visited_on -> Date,
        result -> Text,
        promised_for -> Nullable<Date>,
        reason -> Nullable<Text>,
        vssid -> Bool,
        who -> Key,
        group_id -> Key,
        agent_id -> Key,
        area_code -> Text,
        village_id -> Nullable<Key>,
        captured_at -> Timestamp,
        recorded_at -> Timestamp,
        voided_at -> Nullable<Timestamp>,
    }
}

table! {
    vssid_installs (who) {
        who -> Key,
        record_id -> Key,
        installed_on -> Date,
        group_id -> Key,
        agent_id -> Key,
        area_code -> Text,
    }
}

diesel::allow_tables_to_appear_in_same_query!(worklists, worklist_items, visits, vssid_installs);
diesel::allow_tables_to_appear_in_same_query!(worklists, restrictions);
diesel::allow_tables_to_appear_in_same_query!(worklist_items, restrictions);
diesel::allow_tables_to_appear_in_same_query!(worklist_items, users);
diesel::allow_tables_to_appear_in_same_query!(worklist_items, enrollments);
