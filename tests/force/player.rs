//! One sequence: a troupe with its phones, its desk and its model.

use std::path::PathBuf;
use std::sync::Arc;

use dai_ly_thu::domain::Id;

use crate::cast::Troupe;
use crate::dice::Dice;
use crate::http::Caller;
use crate::model::{Model, Record};
use crate::phone::Phone;
use crate::slips::{Person, family};

/// Families that several sequences of a round meet.
const SHARED_FAMILIES: u32 = 16;
/// Families of a sequence alone: some with codes, some without.
const OWN_FAMILIES: u32 = 4;
const WITHOUT_CODES: u32 = 1;

/// One sequence.
pub struct Player {
    pub number: u64,
    pub dice: Dice,
    pub troupe: Troupe,
    pub phones: Vec<Phone>,
    pub families: Vec<Vec<Person>>,
    pub desk: Caller,
    pub model: Model,
    /// What it did, to be read when something is wrong.
    pub log: Vec<String>,
    pub base: String,
    pub folder: Arc<PathBuf>,
}

/// Something that must not be.
#[derive(Debug, Clone)]
pub struct Violation {
    /// The sequence, where one is to blame.
    pub sequence: Option<u64>,
    pub what: String,
}

impl Player {
    pub fn new(number: u64, seed: u64, troupe: Troupe, base: &str, folder: &Arc<PathBuf>) -> Self {
        let mut dice = Dice::new(seed);
        let phones = troupe.agents.iter().enumerate();
        let phones = phones.map(|(at, agent)| Phone::new(base, folder, at, agent, &mut dice));
        let phones = phones.collect();
        let first = SHARED_FAMILIES + u32::try_from(number).expect("few") * OWN_FAMILIES;
        let own = |it| family(first + it, it < OWN_FAMILIES - WITHOUT_CODES);
        let mut families: Vec<_> = (0..OWN_FAMILIES).map(own).collect();
        if dice.chance(60) {
            let shared = dice.between(0, u64::from(SHARED_FAMILIES) - 1);
            families.push(family(u32::try_from(shared).expect("few"), true));
        }
        Self {
            number,
            dice,
            phones,
            families,
            desk: Caller::new(base, &troupe.supervisor, None),
            model: Model::default(),
            log: Vec::new(),
            base: base.to_owned(),
            folder: Arc::clone(folder),
            troupe,
        }
    }

    /// Writes down what is done.
    pub fn note(&mut self, what: String) {
        self.log.push(what);
    }

    /// Whether nobody but this sequence meets him.
    pub fn is_own(&self, number: u32) -> bool {
        self.families[..OWN_FAMILIES as usize].iter().flatten().any(|it| it.number == number)
    }

    /// A void of what fell into a well with its phone: the server will wait for its record for ever.
    pub fn waits_for_ever(&self, record: &Record) -> bool {
        let target = record.target.and_then(|id| self.model.records.get(&id));
        let gone = |it: &Record| {
            let phone = &self.phones[it.phone];
            (phone.lost || phone.blocked) && it.revs.iter().all(|rev| rev.heard.is_none())
        };
        target.is_some_and(gone) && record.newest().heard.is_none()
    }

    /// How many records of a phone will wait for ever.
    pub fn stuck(&self, phone: usize) -> usize {
        let own = self.model.records.values().filter(|it| it.phone == phone);
        own.filter(|it| self.waits_for_ever(it)).count()
    }

    /// The place of the group whose member holds the phone now.
    pub fn group_of(&self, phone: usize) -> usize {
        self.troupe.agents[self.phones[phone].owner].group
    }

    /// A record made here, any of those that fit.
    pub fn some_record(&mut self, fits: impl Fn(&Record) -> bool) -> Option<Id> {
        let fitting = self.model.records.iter().filter(|(_, it)| fits(it));
        let ids: Vec<Id> = fitting.map(|(id, _)| *id).collect();
        self.dice.pick(&ids).copied()
    }

    /// A record made here.
    pub fn record(&mut self, id: Id) -> &mut Record {
        self.model.records.get_mut(&id).expect("a record of ours")
    }
}
