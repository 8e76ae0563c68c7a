//! What serde does not refuse in a document that is JSON: the same key twice in one object, and
//! nesting deeper than anything we send.

use std::borrow::Cow;

/// Deepest nesting of a record that is read.
const MAX_DEPTH: usize = 32;

/// Most keys in one object of a record.
const MAX_KEYS: usize = 64;

/// Why a document is not taken although it is JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unclean {
    DuplicateKey,
    TooDeep,
    TooManyKeys,
}

/// Scans a whole record that is known to be valid JSON.
///
/// # Errors
/// The first object with the same key twice or with too many, or the first level that is too deep.
pub fn check(json: &str) -> Result<(), Unclean> {
    scan(json, MAX_DEPTH, true)
}

/// Scans only the keys of the outermost object: what lies within belongs to the records.
///
/// # Errors
/// The same key twice, or too many.
pub fn check_outermost(json: &str) -> Result<(), Unclean> {
    scan(json, 1, false)
}

/// Looks at keys down to `watched` levels; what is deeper is an error or none of our business.
fn scan(json: &str, watched: usize, deeper_is_error: bool) -> Result<(), Unclean> {
    let bytes = json.as_bytes();
    let mut levels: Vec<Option<Vec<Cow<'_, str>>>> = Vec::new();
    let mut unwatched = 0_usize;
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'{' | b'[' if levels.len() == watched => {
                if deeper_is_error {
                    return Err(Unclean::TooDeep);
                }
                unwatched += 1;
            }
            b'{' | b'[' => levels.push((byte == b'{').then(Vec::new)),
            b'}' | b']' if unwatched > 0 => unwatched -= 1,
            b'}' | b']' => drop(levels.pop()),
            b'"' => {
                let end = string_end(bytes, at);
                if unwatched == 0
                    && let Some(Some(keys)) = levels.last_mut()
                    && is_key(bytes, end)
                {
                    note(keys, unescape(&json[at..end]))?;
                }
                at = end;
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    Ok(())
}

fn note<'a>(keys: &mut Vec<Cow<'a, str>>, key: Cow<'a, str>) -> Result<(), Unclean> {
    if keys.contains(&key) {
        return Err(Unclean::DuplicateKey);
    }
    if keys.len() == MAX_KEYS {
        return Err(Unclean::TooManyKeys);
    }
    keys.push(key);
    Ok(())
}

/// The place after the closing quote of the string that opens at `start`.
fn string_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

fn is_key(bytes: &[u8], end: usize) -> bool {
    bytes[end..].iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b':')
}

fn unescape(quoted: &str) -> Cow<'_, str> {
    if quoted.contains('\\')
        && let Ok(plain) = serde_json::from_str::<String>(quoted)
    {
        return Cow::Owned(plain);
    }
    Cow::Borrowed(quoted.trim_matches('"'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clean_document_passes() {
        assert_eq!(check(r#"{"a":{"a":1},"b":[{"a":"a\"b:"},{"a":2}], "c" : "a"}"#), Ok(()));
    }

    #[test]
    fn the_same_key_twice_is_found_at_any_depth_and_in_any_spelling() {
        assert_eq!(check(r#"{"a":1,"a":2}"#), Err(Unclean::DuplicateKey));
        assert_eq!(check(r#"{"x":[{"b":1,"c":[],"b" :2}]}"#), Err(Unclean::DuplicateKey));
        assert_eq!(check(r#"{"a":1,"\u0061":2}"#), Err(Unclean::DuplicateKey));
    }

    #[test]
    fn deep_nesting_is_refused_without_recursion() {
        let deep = "[".repeat(1_000_000) + &"]".repeat(1_000_000);
        assert_eq!(check(&deep), Err(Unclean::TooDeep));
        assert_eq!(check_outermost(&format!(r#"{{"a":{deep}}}"#)), Ok(()));
    }

    #[test]
    fn the_envelope_answers_only_for_its_own_keys() {
        assert_eq!(check_outermost(r#"{"a":1,"r":[{"b":1,"b":2}]}"#), Ok(()));
        assert_eq!(check_outermost(r#"{"a":1,"r":[{"b":1}],"a":2}"#), Err(Unclean::DuplicateKey));
    }

    #[test]
    fn an_object_of_a_million_keys_costs_no_time() {
        let keys: Vec<String> = (0..1_000_000).map(|i| format!(r#""{i}":0"#)).collect();
        assert_eq!(check(&format!("{{{}}}", keys.join(","))), Err(Unclean::TooManyKeys));
    }
}
