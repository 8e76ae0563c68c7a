//! Places in feeds and lists: what was made is read back, and what is read is what was made.

#![no_main]

use dai_ly_thu::domain::Id;
use dai_ly_thu::http::paging::{Listed, Paging};
use dai_ly_thu::sync::cursor::Cursor;
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};
use uuid::Uuid;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(text) = std::str::from_utf8(bytes) {
        if let Some(read) = Cursor::decode(text) {
            assert!(read.version >= 0);
            assert_eq!(read.encode(), text, "one place, one text");
        }
        one_text::<4>(text);
        one_text::<16>(text);
    }
    if let Some((ids, version)) = bytes.split_first_chunk::<32>() {
        let id = |part: &[u8]| Id(Uuid::from_slice(part).expect("16 bytes"));
        let mut number = [0; 8];
        let known = version.len().min(8);
        number[..known].copy_from_slice(&version[..known]);
        let version = i64::from_be_bytes(number) & i64::MAX;
        let made = Cursor { epoch: id(&ids[..16]), group_id: id(&ids[16..]), version };
        assert_eq!(Cursor::decode(&made.encode()), Some(made));
    }
    if let Some(place) = bytes.first_chunk::<16>() {
        let next = next(*place);
        assert_eq!(paging(&next).after::<16>().ok(), Some(Some(*place)));
        assert!(paging(&next).after::<4>().is_err(), "a place of another list");
    }
});

/// The text under which a page tells where the next begins.
fn next<const N: usize>(place: [u8; N]) -> String {
    let page = json!(Listed::<u8>::new(vec![], Some(place)));
    page["next"].as_str().expect("a text").to_owned()
}

fn paging(cursor: &str) -> Paging {
    serde_json::from_value(json!({ "cursor": cursor, "limit": Value::Null })).expect("a question")
}

fn one_text<const N: usize>(text: &str) {
    if let Ok(place) = paging(text).after::<N>() {
        assert_eq!(next(place.expect("a cursor was given")), text);
    }
}
