//! Whether two bodies say the same: a phone may write its keys in another order when it sends again.

use serde_json::Value;
use unicode_normalization::{UnicodeNormalization, is_nfc};

/// Equal bytes are equal; else compared as JSON values, where key order, white space, an absent or
/// null field and the composition of letters do not matter.
pub fn same(one: &str, other: &str) -> bool {
    if one == other {
        return true;
    }
    match (serde_json::from_str::<Value>(one), serde_json::from_str::<Value>(other)) {
        (Ok(one), Ok(other)) => equal(&one, &other),
        _ => false,
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
    use super::same;

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
