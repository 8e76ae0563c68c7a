//! What the server knows while it judges a batch: loaded before, moved on by each record, so that
//! the records of one batch see each other as if they had come one by one.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, NaiveDate, Utc};

use super::judge::Sender;
use crate::domain::{
    BirthDate, Code, CodeKind, EnrollmentKind, Id, PersonName, RecordKind, RecordState, Scheme,
    vn_day,
};
use crate::store::facts::{KnownCover, KnownRecord};
use crate::store::rows::{
    EnrollmentRow, HouseholdRow, PersonCodeRow, PersonRow, RankRow, ReviewRow,
};
use crate::store::tallies::{Counts, TallyKey};
use crate::store::visits::VisitRow;
use crate::store::waiting::Waits;
use crate::store::worklists::ItemRow;

/// Everything a batch is judged by.
#[derive(Debug, Default)]
pub struct Facts {
    pub records: HashMap<Id, RecordFacts>,
    /// Stored revisions that wait for a row of the law.
    pub waiting: HashMap<(Id, i64), Waits>,
    pub persons: Vec<PersonFacts>,
    by_code: HashMap<(CodeKind, String), usize>,
    by_identity: HashMap<String, Vec<usize>>,
    households: HashMap<Id, HouseholdFacts>,
    household_ids: HashMap<Id, Id>,
    household_codes: HashMap<String, Id>,
    pub villages: HashSet<Id>,
    pub drives: HashSet<Id>,
    /// Standing enrollments of records that may be voided.
    pub standing: HashMap<Id, Vec<EnrollmentRow>>,
    /// Duplicates that named an enrollment.
    pub named_by: HashMap<Id, Vec<NamedBy>>,
    /// The groups that records of this batch may belong to.
    pub groups: HashMap<Id, GroupFacts>,
    /// The sender's groups, each since when, when he has moved.
    pub memberships: Vec<(DateTime<Utc>, Id)>,
    /// The last number that revoked phones can have given out before.
    pub revoked: HashMap<Id, i64>,
    /// Reviews of stored records that are judged again.
    pub reviews: HashMap<Id, Vec<ReviewRow>>,
    /// Items of worklists that this batch may change.
    pub items: BTreeMap<Id, ItemRow>,
    /// Visits that may be taken back.
    pub visits: HashMap<Id, VisitRow>,
    /// Who the visited persons are today, as far as they are known.
    pub survivors: HashMap<Id, Id>,
}

/// A group, and how far its months are closed.
#[derive(Debug, Clone)]
pub struct GroupFacts {
    pub name: String,
    pub closed_through: Option<NaiveDate>,
}

/// A record's revisions and the one that is current.
#[derive(Debug, Default)]
pub struct RecordFacts {
    pub revs: Vec<StoredRev>,
    pub current: Option<Current>,
    pub owner: Option<Owner>,
}

/// Whose record it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owner {
    pub group_id: Id,
    pub agent_id: Id,
}

impl Owner {
    /// Whether the sender may speak for the record: its agent, wherever he is now, or the leader of its
    /// group.
    pub fn is(&self, sender: &Sender) -> bool {
        self.agent_id == sender.agent_id || sender.is_leader && self.group_id == sender.group_id
    }
}

/// A revision that was decided.
#[derive(Debug, Clone)]
pub struct StoredRev {
    pub rev: i64,
    pub kind: RecordKind,
    pub text: Text,
}

/// Where the body and the outcome of a revision are.
#[derive(Debug, Clone)]
pub enum Text {
    Stored {
        payload: String,
        outcome: String,
    },
    /// Among the rows of this batch.
    InBatch(usize),
}

/// The current revision, and what it adds to the tallies while nobody is enrolled by it.
#[derive(Debug, Clone)]
pub struct Current {
    pub rev: i64,
    pub state: RecordState,
    pub kind: RecordKind,
    pub held: Option<Held>,
    /// Where it is among the rows of this batch; `None` when it is in the database.
    pub in_batch: Option<usize>,
}

/// What a record adds to the tallies while nobody is enrolled by it.
#[derive(Debug, Clone)]
pub struct Held {
    pub key: TallyKey,
    pub counts: Counts,
    pub state: RecordState,
}

/// A duplicate that named an enrollment as the one that stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NamedBy {
    pub record_id: Id,
    pub rev: i64,
    pub group_id: Id,
}

/// A person, known or made by this batch.
#[derive(Debug, Clone)]
pub struct PersonFacts {
    pub id: Id,
    /// What he is called, first as first met, then as those were who were merged into him; and when born.
    pub names: Vec<(PersonName, BirthDate)>,
    pub codes: Vec<(CodeKind, String)>,
    pub covers: Vec<Cover>,
}

impl PersonFacts {
    pub fn code(&self, kind: CodeKind) -> Option<&str> {
        self.codes.iter().find(|(it, _)| *it == kind).map(|(_, code)| code.as_str())
    }

    /// Months of State support that the enrollments we hold have used.
    pub fn supported_months(&self) -> u32 {
        let used: i64 = self.covers.iter().map(|cover| cover.supported_months).sum();
        u32::try_from(used).unwrap_or(u32::MAX)
    }
}

/// A standing enrollment, by the days it covers.
#[derive(Debug, Clone)]
pub struct Cover {
    pub enrollment_id: Id,
    pub record_id: Id,
    pub scheme: Scheme,
    pub from: NaiveDate,
    pub to: NaiveDate,
    pub supported_months: i64,
    pub accepted_on: NaiveDate,
    pub group_name: String,
}

impl From<KnownCover> for Cover {
    fn from(row: KnownCover) -> Self {
        Self {
            enrollment_id: row.enrollment_id,
            record_id: row.record_id,
            scheme: row.scheme,
            from: row.covers_from,
            to: row.covers_to,
            supported_months: row.supported_months,
            accepted_on: vn_day(row.accepted_at.and_utc()),
            group_name: row.group_name,
        }
    }
}

/// A household and the ranks given in it.
#[derive(Debug, Default)]
pub struct HouseholdFacts {
    has_code: bool,
    ranks: HashMap<(i32, Id), u32>,
}

impl HouseholdFacts {
    /// The rank this person holds in the year.
    pub fn rank(&self, year: i32, person: Id) -> Option<u32> {
        self.ranks.get(&(year, person)).copied()
    }

    /// A rank of the first is the second's, where he has none in that year.
    fn unite(&mut self, from: Id, into: Id) {
        let held = self.ranks.iter().filter(|((_, id), _)| *id == from);
        let held: Vec<(i32, u32)> = held.map(|((year, _), rank)| (*year, *rank)).collect();
        for (year, rank) in held {
            if self.rank(year, into).is_none() {
                self.ranks.remove(&(year, from));
                self.ranks.insert((year, into), rank);
            }
        }
    }

    /// How many ranks were given in the year.
    pub fn joined(&self, year: i32) -> u32 {
        let given = self.ranks.iter().filter(|((y, _), _)| *y == year);
        given.map(|(_, rank)| *rank).max().unwrap_or(0)
    }
}

/// Whether a household was known, and by what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HouseholdMatch {
    /// By this id, which may lead to another.
    Known(Id),
    /// By its code; the phone's id becomes an alias.
    KnownByCode(Id),
    New,
}

impl Facts {
    pub fn add_records(
        &mut self,
        rows: Vec<KnownRecord>,
        key: impl Fn(&KnownRecord) -> Option<Held>,
    ) {
        for row in rows {
            let held = key(&row);
            let facts = self.records.entry(row.id).or_default();
            facts.owner.get_or_insert(Owner { group_id: row.group_id, agent_id: row.agent_id });
            if row.is_current {
                facts.current = Some(Current {
                    rev: row.rev,
                    state: row.state,
                    kind: row.kind,
                    held,
                    in_batch: None,
                });
            }
            facts.revs.push(StoredRev {
                rev: row.rev,
                kind: row.kind,
                text: Text::Stored { payload: row.payload, outcome: row.outcome },
            });
        }
    }

    /// # Errors
    /// The column that cannot be read back: the data is damaged.
    pub fn add_persons(
        &mut self,
        rows: Vec<PersonRow>,
        merged: Vec<PersonRow>,
        codes: Vec<PersonCodeRow>,
        covers: Vec<KnownCover>,
        candidates: Vec<(String, Id)>,
    ) -> Result<(), &'static str> {
        let mut index = HashMap::new();
        for row in rows {
            index.insert(row.id, self.persons.len());
            self.persons.push(PersonFacts {
                id: row.id,
                names: vec![named(&row)?],
                codes: vec![],
                covers: vec![],
            });
        }
        for row in merged {
            if let Some(&at) = row.merged_into.and_then(|id| index.get(&id)) {
                self.persons[at].names.push(named(&row)?);
            }
        }
        for (key, id) in candidates {
            if let Some(&at) = index.get(&id) {
                let alike = self.by_identity.entry(key).or_default();
                if !alike.contains(&at) {
                    alike.push(at);
                }
            }
        }
        for row in codes {
            if let Some(&at) = index.get(&row.person_id) {
                self.by_code.insert((row.kind, row.code.clone()), at);
                self.persons[at].codes.push((row.kind, row.code));
            }
        }
        for row in covers {
            if let Some(&at) = index.get(&row.person_id) {
                self.persons[at].covers.push(row.into());
            }
        }
        Ok(())
    }

    pub fn add_households(
        &mut self,
        rows: Vec<HouseholdRow>,
        aliases: Vec<(Id, Id)>,
        ranks: Vec<RankRow>,
    ) {
        for row in rows {
            self.add_household(row.id, row.code);
        }
        self.household_ids.extend(aliases);
        for row in ranks {
            let rank = u32::try_from(row.rank).unwrap_or(0);
            self.give_rank(row.household_id, row.year, row.person_id, rank);
        }
    }

    pub fn add_household(&mut self, id: Id, code: Option<String>) {
        self.household_ids.insert(id, id);
        let facts = self.households.entry(id).or_default();
        if let Some(code) = code {
            facts.has_code = true;
            self.household_codes.insert(code, id);
        }
    }

    /// Whether this household has no code yet and the code is nobody else's.
    pub fn may_learn_code(&self, id: Id, code: &str) -> bool {
        let without = self.households.get(&id).is_some_and(|it| !it.has_code);
        without && !self.household_codes.contains_key(code)
    }

    pub fn add_household_alias(&mut self, alias: Id, household: Id) {
        self.household_ids.insert(alias, household);
    }

    pub fn find_household(&self, id: Id, code: Option<&str>) -> HouseholdMatch {
        if let Some(known) = self.household_ids.get(&id) {
            return HouseholdMatch::Known(*known);
        }
        match code.and_then(|code| self.household_codes.get(code)) {
            Some(known) => HouseholdMatch::KnownByCode(*known),
            None => HouseholdMatch::New,
        }
    }

    pub fn household(&self, id: Id) -> Option<&HouseholdFacts> {
        self.households.get(&id)
    }

    pub fn give_rank(&mut self, household: Id, year: i32, person: Id, rank: u32) {
        self.households.entry(household).or_default().ranks.insert((year, person), rank);
    }

    pub fn owner_of(&self, kind: CodeKind, code: &str) -> Option<usize> {
        // A tuple key cannot be looked up by reference; codes are short.
        self.by_code.get(&(kind, code.to_owned())).copied()
    }

    pub fn alike(&self, identity_key: &str) -> &[usize] {
        self.by_identity.get(identity_key).map_or(&[], Vec::as_slice)
    }

    /// Adds a person made by this batch and returns his place.
    pub fn add_person(&mut self, identity_key: String, person: PersonFacts) -> usize {
        let at = self.persons.len();
        self.by_identity.entry(identity_key).or_default().push(at);
        self.persons.push(person);
        at
    }

    pub fn attach_code(&mut self, at: usize, kind: CodeKind, code: &str) {
        self.by_code.insert((kind, code.to_owned()), at);
        self.persons[at].codes.push((kind, code.to_owned()));
    }

    /// The place of a person.
    pub fn place_of(&self, id: Id) -> Option<usize> {
        self.persons.iter().position(|person| person.id == id)
    }

    /// Makes two persons one: codes lead to the second, and what covers the first covers her.
    pub fn unite(&mut self, from: usize, into: usize) {
        let codes = std::mem::take(&mut self.persons[from].codes);
        let covers = std::mem::take(&mut self.persons[from].covers);
        let names = self.persons[from].names.clone();
        self.persons[into].names.extend(names);
        for (kind, code) in codes {
            self.by_code.insert((kind, code.clone()), into);
            self.persons[into].codes.push((kind, code));
        }
        self.persons[into].covers.extend(covers);
        for household in self.households.values_mut() {
            household.unite(self.persons[from].id, self.persons[into].id);
        }
        let (gone, stays) = (self.persons[from].id, self.persons[into].id);
        for item in self.items.values_mut().filter(|item| item.person_id == Some(gone)) {
            item.person_id = Some(stays);
        }
        for alike in self.by_identity.values_mut().filter(|alike| alike.contains(&from)) {
            alike.retain(|at| *at != from && *at != into);
            alike.push(into);
        }
    }

    /// A group that records of this batch may belong to.
    pub fn group_name(&self, id: Id) -> String {
        self.groups.get(&id).map(|group| group.name.clone()).unwrap_or_default()
    }

    /// The day on which something of `day` counts: the same, or, in a month that is closed, today. A request
    /// that began before the month was closed, or a server whose clock is behind, does not count in it
    /// either.
    pub fn counting_day(&self, group_id: Id, day: NaiveDate, now: DateTime<Utc>) -> NaiveDate {
        match self.groups.get(&group_id).and_then(|group| group.closed_through) {
            Some(closed) if day <= closed => {
                vn_day(now).max(closed.succ_opt().unwrap_or(NaiveDate::MAX))
            }
            _ => day,
        }
    }

    /// The group the sender belonged to at that moment; the first one also for all time before.
    pub fn group_at(&self, at: DateTime<Utc>) -> Option<Id> {
        let then = self.memberships.iter().rev().find(|(since, _)| *since <= at);
        then.or(self.memberships.first()).map(|(_, group_id)| *group_id)
    }

    /// Forgets the cover that a voided record gave.
    pub fn uncover(&mut self, record_id: Id) {
        for person in &mut self.persons {
            person.covers.retain(|cover| cover.record_id != record_id);
        }
    }
}

/// What a stored person is called, and when born.
fn named(row: &PersonRow) -> Result<(PersonName, BirthDate), &'static str> {
    let name = PersonName::parse(&row.full_name).map_err(|_: Code| "persons.full_name")?;
    let birth = BirthDate::parse(&row.birth).map_err(|_: Code| "persons.birth")?;
    Ok((name, birth))
}

/// Whether an enrollment joins or goes on.
pub fn kind_of(goes_on: bool) -> EnrollmentKind {
    if goes_on { EnrollmentKind::Renewal } else { EnrollmentKind::New }
}
