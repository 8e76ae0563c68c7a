//! Targets, and mass organisations.

use crate::store::types::Key;

table! {
    targets (id) {
        id -> Key,
        group_id -> Nullable<Key>,
        scheme -> Nullable<Text>,
        starts_on -> Date,
        ends_on -> Date,
        people -> BigInt,
        created_at -> Timestamp,
        holder_kind -> Text,
        holder_id -> Text,
        office_id -> Nullable<Key>,
        part_of -> Nullable<Key>,
        measure -> Text,
    }
}

table! {
    associations (id) {
        id -> Key,
        name -> Text,
        office_id -> Nullable<Key>,
        created_at -> Timestamp,
    }
}

table! {
    association_members (association_id, user_id) {
        association_id -> Key,
        user_id -> Key,
    }
}
