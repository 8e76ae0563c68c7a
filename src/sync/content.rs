//! Whether two bodies say the same: a phone may write its keys in another order when it sends again. It is told
//! even when of the first only its fingerprint is kept.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use unicode_normalization::{UnicodeNormalization, is_nfc};

use crate::store::retention::FINGERPRINT;

/// Whether a body says what the stored one said, or what was said by the body of which this is the fingerprint.
/// Equal bytes are equal; else compared as JSON values, where key order, white space, an absent or
/// null field and the composition of letters do not matter.
pub fn same(one: &str, stored: &str) -> bool {
    if one == stored {
        return true;
    }
    if stored.starts_with(FINGERPRINT) {
        return fingerprint(one) == stored;
    }
    match (serde_json::from_str::<Value>(one), serde_json::from_str::<Value>(stored)) {
        (Ok(one), Ok(stored)) => equal(&one, &stored),
        _ => false,
    }
}

/// What is kept of a body when it goes: equal for bodies that say the same, and saying nothing else.
pub fn fingerprint(body: &str) -> String {
    let mut plain = String::with_capacity(body.len());
    match serde_json::from_str::<Value>(body) {
        Ok(value) => write_plain(&value, &mut plain),
        Err(_) => plain.push_str(body),
    }
    format!("{FINGERPRINT}{}", URL_SAFE_NO_PAD.encode(digest(&SHA256, plain.as_bytes())))
}

/// One spelling for all bodies that are [`equal`].
fn write_plain(value: &Value, out: &mut String) {
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().filter(|(_, it)| !it.is_null()).collect();
            fields.sort_unstable_by_key(|(name, _)| *name);
            out.push('{');
            for (name, value) in fields {
                out.push_str(&Value::String(name.clone()).to_string());
                out.push(':');
                write_plain(value, out);
                out.push(',');
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for item in items {
                write_plain(item, out);
                out.push(',');
            }
            out.push(']');
        }
        Value::String(text) => out.push_str(&Value::String(text.nfc().collect()).to_string()),
        plain => out.push_str(&plain.to_string()),
    }
}

fn equal(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Object(a), Value::Object(b)) => {
            let same =
                |(key, value): (&String, &Value)| equal(value, b.get(key).unwrap_or(&Value::Null));
            let absent = |(key, value): (&String, &Value)| value.is_null() || a.contains_key(key);
            a.iter().all(same) && b.iter().all(absent)
        }
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b))
        }
        (Value::String(a), Value::String(b)) => {
            a == b || (!(is_nfc(a) && is_nfc(b)) && a.nfc().eq(b.nfc()))
        }
        (a, b) => a == b,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            (0..3_i64).prop_map(Value::from),
            "(ễ|e\u{302}\u{303}|[a,\"]){0,2}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 12, 3, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
                prop::collection::btree_map("[ab]", inner, 0..3)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn a_fingerprint_tells_what_the_body_told(one in any_value(), other in any_value()) {
            let (one, other) = (one.to_string(), other.to_string());
            prop_assert_eq!(same(&one, &other), same(&one, &fingerprint(&other)));
            prop_assert!(same(&one, &fingerprint(&one)));
        }
    }

    #[test]
    fn spelling_of_json_does_not_matter() {
        assert!(same(
            r#"{"a":1,"b":null,"c":[{"d":"ễ"}]}"#,
            "{ \"c\":[{\"d\":\"e\u{302}\u{303}\"}], \"a\" : 1}"
        ));
        assert!(same(r#"{"a":null}"#, "{}"));
    }

    #[test]
    fn depth_costs_no_more_than_length() {
        let deep = |inner: &str| r#"{"a":"#.repeat(100) + inner + &"}".repeat(100);
        assert!(same(&deep("1"), &deep(" 1")));
        assert!(!same(&deep("1"), &deep("2")));
    }

    #[test]
    fn content_does() {
        assert!(!same(r#"{"a":1}"#, r#"{"a":2}"#));
        assert!(!same(r#"{"a":[1,2]}"#, r#"{"a":[2,1]}"#));
        assert!(!same(r#"{"a":[1]}"#, r#"{"a":[1,null]}"#));
        assert!(!same(r#"{"a":0}"#, r"{}"));
        assert!(!same("{", "["));
    }
}
