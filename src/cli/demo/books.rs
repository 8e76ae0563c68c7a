//! The books at the end of the day: what the phones know, what the server answers, what the tallies
//! say and what a recount finds must all be the same.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::desk::{Numbers, Tallies};
use super::evening::broke_down;
use super::mirror::Mirror;
use super::office::Office;
use super::phone::Phone;
use super::site::Site;
use super::texts;
use crate::cli::Failure;
use crate::domain::{Areas, CardState, EnrollmentStatus, Id, RecordKind, RecordState, Scheme};
use crate::sync::wire::CurrentAnswer;
use crate::tallies::recount::{self, Recount};
use crate::tallies::scheme_of;

/// What was compared: each comparison with a line for people, and what differs.
#[derive(Debug, Default)]
pub(super) struct Audit {
    pub checks: Vec<(bool, String)>,
    pub differences: Vec<String>,
}

impl Audit {
    /// Notes a comparison and what it found to differ.
    fn check(&mut self, line: String, differences: Vec<String>) {
        self.checks.push((differences.is_empty(), line));
        self.differences.extend(differences);
    }
}

/// What the server says of one phone, asked anew from nothing.
struct Asked {
    records: HashMap<Id, CurrentAnswer>,
    /// How many things it told of.
    told: usize,
    mirror: Mirror,
}

/// Compares everything with everything.
pub(super) fn balance(
    site: &Site,
    office: &Office,
    phones: &mut [Phone],
    tallies: &Tallies,
) -> Result<Audit, Failure> {
    let asked = ask(phones)?;
    let mut audit = Audit::default();
    delivered(&mut audit, phones, tallies);
    same_states(&mut audit, phones, &asked);
    sums(&mut audit, office, phones, tallies);
    let found = site.store.write(|tx| recount::recount(tx, Areas::embedded(), false))?;
    audit.check(texts::recounted(found.enrollments, found.records_held), differing(&found));
    enrollments_and_cards(&mut audit, phones, &asked);
    replayed(&mut audit, phones);
    Ok(audit)
}

/// Asks for all records and the whole feed, for every phone, at once.
fn ask(phones: &mut [Phone]) -> Result<Vec<Asked>, Failure> {
    std::thread::scope(|scope| {
        let asked: Vec<_> = phones.iter_mut().map(|phone| scope.spawn(|| ask_for(phone))).collect();
        asked.into_iter().map(|it| it.join().map_err(|_| broke_down())?).collect()
    })
}

fn ask_for(phone: &mut Phone) -> Result<Asked, Failure> {
    let answers = phone.client.handed_in_by(phone.installation_id())?;
    let records = answers.into_iter().filter_map(|it| Some((it.id, it.current?))).collect();
    let told = phone.client.pull_anew()?;
    Ok(Asked { records, told, mirror: Mirror::of(&mut phone.client)? })
}

/// Nothing waits, no number is missing, and the supervisor is told so.
fn delivered(audit: &mut Audit, phones: &[Phone], tallies: &Tallies) {
    let numbers = phones.iter().map(|phone| phone.stock.last_seq).sum();
    let incomplete = phones.iter().filter(|phone| phone.stock.pending > 0 || phone.misses_any());
    let still_told = tallies.rows.iter().filter(|row| row.on_phones != 0);
    let differences = incomplete
        .map(|phone| texts::incomplete(&phone.name))
        .chain(still_told.map(|row| texts::still_on_phones(row.key, row.on_phones)))
        .collect();
    audit.check(texts::all_delivered(numbers), differences);
}

/// Record by record the phones know what the server knows, and every record is in one state.
fn same_states(audit: &mut Audit, phones: &[Phone], asked: &[Asked]) {
    let mut differences = Vec::new();
    let mut by_state: BTreeMap<RecordState, usize> = BTreeMap::new();
    let (mut captured, mut voids) = (0, 0);
    for (phone, asked) in phones.iter().zip(asked) {
        for (id, slip) in &phone.slips {
            let here = phone.stock.slips.get(id).and_then(|it| it.state);
            let there = asked.records.get(id).map(|it| it.status);
            if here != there || here.is_none() {
                differences.push(texts::states_differ(&phone.name, *id, here, there));
            }
            if slip.body.kind() == RecordKind::Void {
                voids += 1;
                continue;
            }
            captured += 1;
            if let Some(state) = there {
                *by_state.entry(state).or_default() += 1;
            }
        }
        for id in asked.records.keys().filter(|id| !phone.slips.contains_key(id)) {
            differences.push(texts::states_differ(&phone.name, *id, None, None));
        }
    }
    let waiting = phones.iter().map(|phone| phone.stock.pending).sum();
    let line = texts::records_equation(captured, &by_state, waiting, voids);
    if by_state.values().sum::<usize>() + waiting != captured {
        differences.push(line.clone());
    }
    audit.check(line, differences);
}

/// The tallies of each group and scheme are the sums of the phones' slips.
fn sums(audit: &mut Audit, office: &Office, phones: &[Phone], tallies: &Tallies) {
    let mut counted: BTreeMap<(Id, Scheme), [i64; 7]> = BTreeMap::new();
    for phone in phones {
        let Some(group) = office.groups.get(phone.group) else { continue };
        for (id, slip) in &phone.slips {
            let state = phone.stock.slips.get(id).and_then(|it| it.state);
            let (Some(scheme), Some(state)) = (scheme_of(slip.body.kind()), state) else {
                continue;
            };
            let sum = counted.entry((group.id, scheme)).or_default();
            let (persons, money) = (slip.body.persons(), slip.body.collected());
            let (column, purse) = match state {
                RecordState::Accepted => (0, Some(5)),
                RecordState::Voided => (1, None),
                RecordState::Duplicate => (2, Some(6)),
                RecordState::Review => (3, Some(6)),
                RecordState::Rejected => (4, Some(6)),
                RecordState::Superseded => continue,
            };
            sum[column] += persons;
            if let Some(purse) = purse {
                sum[purse] += money;
            }
        }
    }
    let told: BTreeMap<(Id, Scheme), [i64; 7]> =
        tallies.rows.iter().map(|row| ((row.key, row.scheme), columns(&row.numbers))).collect();
    let keys: BTreeSet<_> = counted.keys().chain(told.keys()).collect();
    let of = |all: &BTreeMap<_, [i64; 7]>, key| all.get(key).copied().unwrap_or_default();
    let differences = keys
        .into_iter()
        .filter(|key| of(&counted, key) != of(&told, key))
        .map(|key| texts::sums_differ(key.0, key.1, &of(&counted, key), &of(&told, key)))
        .collect();
    audit.check(texts::sums_agree(told.len()), differences);
}

fn columns(numbers: &Numbers) -> [i64; 7] {
    [
        numbers.accepted,
        numbers.voided,
        numbers.duplicate,
        numbers.review,
        numbers.rejected,
        numbers.amount_enrolled,
        numbers.amount_held,
    ]
}

/// Each group's feed from zero tells every accepted enrollment once, with one card that stands, and
/// is what the phone was told step by step.
fn enrollments_and_cards(audit: &mut Audit, phones: &[Phone], asked: &[Asked]) {
    let mut accepted: BTreeMap<usize, BTreeSet<Id>> = BTreeMap::new();
    for (phone, asked) in phones.iter().zip(asked) {
        let standing = asked.records.values().filter(|it| it.status == RecordState::Accepted);
        accepted
            .entry(phone.group)
            .or_default()
            .extend(standing.flat_map(|it| it.enrollment_ids.iter().copied()));
    }
    let (mut of_cards, mut of_feeds) = (Vec::new(), Vec::new());
    for (phone, asked) in phones.iter().zip(asked) {
        let (mirror, none) = (&asked.mirror, BTreeSet::new());
        let expected = accepted.get(&phone.group).unwrap_or(&none);
        let told: BTreeSet<Id> = mirror
            .enrollments
            .iter()
            .filter(|(_, status)| **status == EnrollmentStatus::Accepted)
            .map(|(id, _)| *id)
            .collect();
        let once = asked.told == mirror.len();
        if told != *expected || !once {
            of_feeds.push(texts::feed_differs(&phone.name, expected.len(), told.len(), once));
        }
        if *mirror != phone.stock.mirror {
            of_feeds.push(texts::mirror_differs(&phone.name));
        }
        let mut cards: BTreeMap<Id, usize> = expected.iter().map(|id| (*id, 0)).collect();
        for (enrollment, _, state) in mirror.cards.values() {
            if *state != CardState::Voided {
                *cards.entry(*enrollment).or_default() += 1;
            }
        }
        let wrong = cards.into_iter().filter(|(id, n)| *n != 1 || !expected.contains(id));
        of_cards.extend(wrong.map(|(id, n)| texts::cards_differ(id, n)));
    }
    let all = accepted.values().map(BTreeSet::len).sum();
    audit.check(texts::one_card_each(all), of_cards);
    audit.check(texts::feeds_agree(phones.len()), of_feeds);
}

/// What was sent again was known.
fn replayed(audit: &mut Audit, phones: &[Phone]) {
    let resent: usize = phones.iter().map(|phone| phone.resent.records).sum();
    let known: usize = phones.iter().map(|phone| phone.resent.replayed).sum();
    let line = texts::replayed(resent, known);
    let differences = if resent == known { vec![] } else { vec![line.clone()] };
    audit.check(line, differences);
}

/// The rows of tallies and of participation that are not what was counted.
fn differing(found: &Recount) -> Vec<String> {
    let sums = found.drifts.iter().map(|drift| format!("{drift:?}"));
    sums.chain(found.parts.iter().map(|drift| format!("{drift:?}"))).collect()
}
