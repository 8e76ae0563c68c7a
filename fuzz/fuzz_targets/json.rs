//! A body of any keys: what is read is what serde reads, and no key is taken twice, however it is spelled.

#![no_main]

use std::fmt::Write;

use dai_ly_thu::http::json::{Object, parse};
use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Value};

fuzz_target!(|bytes: &[u8]| {
    let read = parse::<Object>(bytes);
    // Half a letter or a number without end is only found by who reads it all.
    let Ok(whole) = serde_json::from_slice::<Map<String, Value>>(bytes) else { return };
    if let Ok(Object(entries)) = read {
        assert_eq!(entries.len(), whole.len(), "a key comes twice");
        for (key, value) in entries {
            let value: Value = serde_json::from_str(value.get()).expect("it was read before");
            assert_eq!(whole.get(&key), Some(&value));
        }
    }
    let once = serde_json::to_string(&whole).expect("it was JSON");
    let read = parse::<Object>(once.as_bytes()).expect("each key comes once");
    assert_eq!(read.0.len(), whole.len());
    for key in whole.keys().take(3) {
        let twice = format!(r#"{{"{}":null,{}"#, spelled(key), &once[1..]);
        assert!(parse::<Object>(twice.as_bytes()).is_err(), "taken twice: {twice}");
    }
});

/// The same key, every letter by its number.
fn spelled(key: &str) -> String {
    key.encode_utf16().fold(String::new(), |mut text, unit| {
        let _ = write!(text, "\\u{unit:04x}");
        text
    })
}
