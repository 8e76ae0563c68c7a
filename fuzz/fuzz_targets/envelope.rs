//! A batch as a phone sends it: what is read is what serde reads, each record for itself, and what was
//! stored of it is read back the same.

#![no_main]

use std::collections::HashSet;

use dai_ly_thu::domain::Areas;
use dai_ly_thu::sync::body;
use dai_ly_thu::sync::envelope::{Received, Record, read};
use dai_ly_thu::sync::wire::{LIMITS, PROTOCOL};
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, value::RawValue};

fuzz_target!(|bytes: &[u8]| {
    let areas = Areas::embedded();
    one_record(bytes, areas);
    let Ok(envelope) = read(bytes, areas) else { return };
    // Half a letter or a number without end is only found by who reads it all.
    let Ok(whole) = serde_json::from_slice::<Value>(bytes) else { return };
    let sent = whole["records"].as_array().expect("a batch has records");
    assert_eq!(envelope.head.protocol, PROTOCOL);
    assert!(sent.len() <= LIMITS.records);
    assert_eq!(envelope.records.len(), sent.len(), "an answer for each record");
    for (received, sent) in envelope.records.iter().zip(sent) {
        match received {
            Received::Readable(record) => kept(record, sent, areas),
            Received::Unreadable { id, .. } => {
                let Some(id) = id else { continue };
                let sent = sent["id"].as_str().and_then(|it| it.parse().ok());
                assert_eq!(sent, Some(*id), "an id that nobody sent");
            }
        }
    }
});

/// Puts the bytes where a record stands, so that records are reached soon.
fn one_record(bytes: &[u8], areas: &Areas) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if serde_json::from_str::<&RawValue>(text).is_err() {
        return;
    }
    let whole = format!(
        r#"{{"installation_id":"6f1d0f0e-0000-4000-8000-000000000001","protocol":1,
        "sent_at":"2026-11-22T03:00:00Z","pending_total":1,"records":[{text}]}}"#
    );
    let envelope = read(whole.as_bytes(), areas).expect("a record is no fault of its batch");
    assert_eq!(envelope.records.len(), 1);
    if let Received::Readable(record) = &envelope.records[0]
        && let Ok(sent) = serde_json::from_str(text)
    {
        kept(record, &sent, areas);
    }
}

/// What will be stored of a record.
fn kept(record: &Record, sent: &Value, areas: &Areas) {
    assert!(record.rev >= 1 && record.seq >= 1);
    assert_eq!(sent["kind"], record.kind.as_str());
    assert_eq!(sent["rev"], record.rev);
    let payload: Value = serde_json::from_str(&record.payload).expect("the body is JSON");
    assert_eq!(payload, sent["body"]);
    let again = body::read(record.kind, &record.payload, areas);
    match (&record.body, &again) {
        (Ok(first), Ok(again)) => {
            assert_eq!(format!("{first:?}"), format!("{again:?}"));
            assert!(!twice(&record.payload), "the same key twice, and taken all the same");
        }
        (Err(first), Err(again)) => assert!(first == again || first.fields.is_empty()),
        // The record was refused for a key that comes twice, or for its depth; its body alone may be right.
        (Err(first), Ok(_)) => assert!(first.fields.is_empty()),
        (Ok(_), Err(again)) => panic!("taken, and not to be read again: {again:?}"),
    }
}

/// Whether an object of a body names a key twice. Written again another way than the program does it.
fn twice(json: &str) -> bool {
    let mut levels: Vec<HashSet<String>> = Vec::new();
    let mut rest = json;
    let mut last = None;
    while let Some(c) = rest.chars().next() {
        match c {
            '"' => {
                let mut texts = serde_json::Deserializer::from_str(rest).into_iter::<String>();
                let Some(Ok(text)) = texts.next() else { return false };
                rest = &rest[texts.byte_offset()..];
                last = Some(text);
                continue;
            }
            ':' => {
                let known = levels.last_mut().zip(last.take());
                if known.is_some_and(|(level, key)| !level.insert(key)) {
                    return true;
                }
            }
            '{' | '[' => levels.push(HashSet::new()),
            '}' | ']' => drop(levels.pop()),
            _ => {}
        }
        rest = &rest[c.len_utf8()..];
    }
    false
}
