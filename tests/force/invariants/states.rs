//! Records: captured = accepted + voided + duplicate + review + rejected + still on phones, each once.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use dai_ly_thu::domain::{Id, RecordKind, RecordState, RecordStatus};
use dai_ly_thu::sync::wire::RecordAnswer;

use super::{Books, Found};
use crate::model::{Record, lasting};
use crate::player::Player;
use crate::witness::Told;

/// Every record is in one state, and the server tells of it what the phone was told.
pub fn once_each(books: &Books<'_>, found: &mut Found) {
    for (player, told) in books.each() {
        let mut states: BTreeMap<RecordState, usize> = BTreeMap::new();
        let (mut on_phones, mut gone) = (0, 0);
        for (id, record) in &player.model.records {
            let phone = &player.phones[record.phone];
            let silent = phone.lost || phone.blocked;
            match told.records.get(id) {
                Some(answer) => {
                    let state = answer.current.as_ref().map(|it| it.status);
                    *states.entry(state.unwrap_or(RecordState::Superseded)).or_default() += 1;
                    for what in of_one(id, record, answer) {
                        found.add(Some(player.number), what);
                    }
                    let times = told.times.get(id).copied().unwrap_or(0);
                    found.equal(Some(player.number), &format!("record {id} is told"), times, 1);
                }
                None if silent && record.revs.iter().any(|it| it.heard.is_some()) => {
                    found.add(
                        Some(player.number),
                        format!("record {id} was decided and is nowhere"),
                    );
                }
                None if phone.blocked || player.waits_for_ever(record) => on_phones += 1,
                None if phone.lost => gone += 1,
                None => found.add(Some(player.number), format!("record {id} is nowhere")),
            }
        }
        let strange = told.records.keys().filter(|id| !player.model.records.contains_key(id));
        for id in strange {
            found.add(Some(player.number), format!("record {id} was never captured"));
        }
        if states.contains_key(&RecordState::Superseded) {
            found.add(Some(player.number), "a record whose newest revision is superseded");
        }
        let captured = player.model.records.len();
        let sum = states.values().sum::<usize>() + on_phones + gone;
        found.equal(Some(player.number), "captured and found", captured, sum);
    }
}

fn of_one(id: &Id, record: &Record, answer: &RecordAnswer) -> Vec<String> {
    let mut wrong = Vec::new();
    let Some((rev, current)) = answer.rev.zip(answer.current.as_ref()) else {
        return vec![format!("record {id} is told without its state: {answer:?}")];
    };
    let Some(known) = record.rev(rev) else {
        return vec![format!("record {id}: rev {rev} was never captured")];
    };
    let outcome = answer.outcome.as_ref().map(lasting);
    if known.heard.is_some() && outcome != known.heard {
        wrong
            .push(format!("record {id} rev {rev}: heard {:?}, looked up {outcome:?}", known.heard));
    }
    let accepted = known.status() == Some(RecordStatus::Accepted);
    let state = current.status;
    if record.voided && state != RecordState::Voided {
        wrong.push(format!("record {id} was taken back and is {state:?}"));
    }
    if !record.void_tried && !record.desk_tried && state == RecordState::Voided {
        wrong.push(format!("record {id} is voided, and nobody took it back"));
    }
    if accepted && ![RecordState::Accepted, RecordState::Voided].contains(&state) {
        wrong.push(format!("record {id} was accepted and is {state:?}"));
    }
    if !record.void_tried && !record.desk_tried && known.heard.is_some() {
        // Reviews of others do not move it, nor does a month that closes.
        let first = known.status().map(RecordStatus::as_str);
        if first != Some(state.as_str()) {
            wrong.push(format!("record {id}: heard {first:?}, and is {state:?} untouched"));
        }
    }
    let enrolls = !matches!(record.kind, RecordKind::Void | RecordKind::Visit);
    let stands = state == RecordState::Accepted && enrolls;
    if stands == current.enrollment_ids.is_empty() && state != RecordState::Voided {
        wrong.push(format!("record {id} is {state:?} with {:?}", current.enrollment_ids));
    }
    wrong
}

/// No number is missing, and nobody is told that something still waits.
pub fn gaps(books: &Books<'_>, found: &mut Found) {
    for player in books.players {
        for (at, phone) in player.phones.iter().enumerate() {
            if phone.lost || phone.blocked || player.stuck(at) > 0 {
                continue;
            }
            let last = last_seq(player, phone.installation_id);
            let id = phone.installation_id.to_string();
            let Some(row) = books.office.installations.get(&id) else {
                if last > 0 {
                    found.add(Some(player.number), format!("installation {id} is unknown"));
                }
                continue;
            };
            let contiguous = row["contiguous_seq"].as_i64().unwrap_or(-1);
            found.equal(Some(player.number), &format!("numbers of {id}"), contiguous, last);
        }
    }
}

fn last_seq(player: &Player, installation_id: Id) -> i64 {
    let at = player.phones.iter().position(|it| it.installation_id == installation_id);
    let records = player.model.records.values().filter(|it| Some(it.phone) == at);
    records.flat_map(|it| it.revs.iter().map(|rev| rev.seq)).max().unwrap_or(0)
}

/// Every open review belongs to a current revision that waits, and whoever waits has a review.
pub fn reviews(books: &Books<'_>, found: &mut Found) {
    let mut waiting: HashMap<String, (u64, &RecordAnswer)> = HashMap::new();
    for (player, told) in books.each() {
        for (id, answer) in &told.records {
            waiting.insert(id.to_string(), (player.number, answer));
        }
    }
    let mut has_review = BTreeSet::new();
    for review in books.office.reviews.iter().filter(|it| it["state"] == "open") {
        let record_id = review["record_id"].as_str().unwrap_or_default();
        let Some((sequence, answer)) = waiting.get(record_id) else {
            found.add(None, format!("a review of an unknown record: {review}"));
            continue;
        };
        has_review.insert(record_id.to_owned());
        let state = answer.current.as_ref().map(|it| it.status);
        let fits = match review["code"].as_str() {
            Some("original_voided") => state == Some(RecordState::Duplicate),
            Some("possible_duplicate") => {
                matches!(state, Some(RecordState::Accepted | RecordState::Review))
            }
            // Whether two persons are one may be asked of whatever record named him last.
            Some("identity_conflict") => state != Some(RecordState::Rejected),
            _ => state == Some(RecordState::Review),
        };
        if !fits || review["record_rev"].as_i64() != answer.rev {
            let now = (answer.rev, state);
            found.add(Some(*sequence), format!("an open review of what is {now:?}: {review}"));
        }
    }
    for (id, (sequence, answer)) in &waiting {
        let waits = answer.current.as_ref().is_some_and(|it| it.status == RecordState::Review);
        if waits && !has_review.contains(id) {
            found.add(Some(*sequence), format!("record {id} waits without a review"));
        }
    }
}

/// The newest revision decided, with the record.
pub fn decided<'a>(
    player: &'a Player,
    told: &'a Told,
) -> impl Iterator<Item = (&'a Id, &'a Record, &'a RecordAnswer, RecordState)> {
    player.model.records.iter().filter_map(|(id, record)| {
        let answer = told.records.get(id)?;
        Some((id, record, answer, answer.current.as_ref()?.status))
    })
}
