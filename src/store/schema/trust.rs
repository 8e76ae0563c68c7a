//! Who did what, wrong passwords, programs of organisations, and persons whose data rests.

use super::enrollments;
use crate::store::types::Key;

table! {
    login_failures (key) {
        key -> Text,
        failures -> BigInt,
        last_at -> Timestamp,
    }
}

table! {
    audit_entries (id) {
        id -> Key,
        at -> Timestamp,
        user_id -> Nullable<Key>,
        client_id -> Nullable<Key>,
        installation_id -> Nullable<Key>,
        what -> Text,
        request_id -> Text,
        subject_id -> Nullable<Key>,
        detail -> Nullable<Text>,
        before -> Nullable<Text>,
        after -> Nullable<Text>,
    }
}

table! {
    audit_seals (seq) {
        seq -> BigInt,
        entry_id -> Key,
        hash -> Text,
    }
}

table! {
    api_clients (id) {
        id -> Key,
        name -> Text,
        organisation_id -> Key,
        scopes -> Text,
        created_at -> Timestamp,
        disabled_at -> Nullable<Timestamp>,
    }
}

table! {
    api_client_secrets (id) {
        id -> Key,
        client_id -> Key,
        digest -> Text,
        created_at -> Timestamp,
        expires_at -> Nullable<Timestamp>,
    }
}

table! {
    restrictions (person_id) {
        person_id -> Key,
        since -> Timestamp,
        restricted_by -> Key,
        reason -> Text,
    }
}

diesel::allow_tables_to_appear_in_same_query!(restrictions, enrollments);
