//! Everything a batch will write, gathered while it is decided.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::NaiveDate;

use super::facts::{Cover, Facts, PersonFacts};
use super::judge::{Case, Context, Enrolling, NewHousehold};
use crate::domain::{ChangeEntity, Code, CodeKind, Id, RecordState, ReviewState, vn_day};
use crate::store::feed::News;
use crate::store::participation::Parts;
use crate::store::records::Closing;
use crate::store::rows::{
    CardRow, DuplicateRow, EnrollmentRow, HouseholdAliasRow, HouseholdRow, PersonCodeRow,
    PersonRow, RankRow, RecordRow, ReversalRow, ReviewRow,
};
use crate::store::tallies::{Counts, Deltas, TallyKey};
use crate::store::visits::VisitRow;
use crate::store::worklists::ItemRow;
use crate::sync::body::{Body, Household};

/// Rows to insert, rows to change, and whom to tell.
#[derive(Debug, Default)]
pub struct Writes {
    pub records: Vec<RecordRow>,
    pub persons: Vec<PersonRow>,
    pub codes: Vec<PersonCodeRow>,
    pub households: Vec<HouseholdRow>,
    pub aliases: Vec<HouseholdAliasRow>,
    pub ranks: Vec<RankRow>,
    pub enrollments: Vec<EnrollmentRow>,
    pub cards: Vec<CardRow>,
    pub duplicates: Vec<DuplicateRow>,
    pub reviews: Vec<ReviewRow>,
    pub reversals: Vec<ReversalRow>,
    pub tallies: Deltas,
    pub parts: Parts,
    /// Persons who are one: the first is the second now, and who decided it.
    pub united: Vec<(Id, Id, Id)>,
    /// Stored duplicates that name other enrollments now: (record, revision).
    pub renamed: Vec<(Id, i64)>,
    /// Codes learned of households that had none.
    pub household_codes: Vec<(Id, String)>,
    /// Mã số BHXH learned of persons whose cards may wait for it.
    pub learned_codes: Vec<Id>,
    /// Records whose stored revision is no longer the current one.
    pub demoted: Vec<Id>,
    /// Stored records that were taken back.
    pub taken_back: Vec<Id>,
    /// Enrollments that stand no more, with the day the void counts on.
    pub voided: Vec<(Id, NaiveDate)>,
    /// Open reviews to close, and as what.
    pub closed_reviews: Vec<Closing>,
    /// Stored revisions that waited for the law and were judged once more.
    pub settled: Vec<Settled>,
    /// The reviews with which they waited, and what became of them.
    pub settled_reviews: Vec<(Id, ReviewState, Option<Code>)>,
    /// What each group is told.
    pub news: BTreeMap<Id, Told>,
    /// Known persons and households that changed: other groups may hold them too.
    pub shared: Vec<Id>,
    pub visits: Vec<VisitRow>,
    /// Stored visits that were taken back.
    pub voided_visits: Vec<Id>,
    /// Items of which the last visit may be another one.
    pub visited: BTreeSet<Id>,
    /// Those whose installations of VssID are counted anew.
    pub installed: BTreeSet<Id>,
    /// Items that were closed or opened, as they are now.
    pub items: BTreeMap<Id, ItemRow>,
    /// Items of residents who are persons now.
    pub known_as: Vec<(Id, Id)>,
}

/// News for one group: in order, each entity once, with the last word on it.
#[derive(Debug, Default)]
pub struct Told {
    pub news: Vec<News>,
    places: HashMap<(ChangeEntity, Id), usize>,
}

impl Told {
    fn add(&mut self, news: News) {
        let next = self.news.len();
        let at = *self.places.entry((news.entity, news.id)).or_insert(next);
        match self.news.get_mut(at) {
            Some(known) => *known = news,
            None => self.news.push(news),
        }
    }
}

/// What became of a stored revision.
#[derive(Debug)]
pub struct Settled {
    pub id: Id,
    pub rev: i64,
    pub state: RecordState,
    pub counted_on: NaiveDate,
    pub document: String,
}

impl Writes {
    pub fn tally(&mut self, key: TallyKey, counts: Counts) {
        *self.tallies.entry(key).or_default() += counts;
    }

    pub fn tell(&mut self, group_id: Id, entity: ChangeEntity, id: Id) {
        self.tell_news(group_id, News::put(entity, id));
    }

    pub fn tell_news(&mut self, group_id: Id, news: News) {
        self.news.entry(group_id).or_default().add(news);
    }

    /// Remembers which enrollments a duplicate names.
    pub fn name(&mut self, named: Vec<DuplicateRow>, again: bool) {
        if again {
            self.renamed.extend(named.first().map(|row| (row.record_id, row.record_rev)));
        }
        self.duplicates.extend(named);
    }

    /// Changes what a revision is now, whether it is stored or was decided a moment ago.
    pub fn restate(
        &mut self,
        id: Id,
        in_batch: Option<usize>,
        state: RecordState,
        stays_current: bool,
    ) {
        if let Some(row) = in_batch.and_then(|at| self.records.get_mut(at)) {
            row.state = state;
            row.is_current = stays_current;
        } else if stays_current {
            self.taken_back.push(id);
        } else {
            self.demoted.push(id);
        }
    }

    pub fn close_reviews(&mut self, record_id: Id, state: ReviewState) {
        self.closed_reviews.push((record_id, None, state));
    }

    pub fn settle_review(
        &mut self,
        group_id: Id,
        id: Id,
        state: ReviewState,
        waits_for: Option<Code>,
    ) {
        self.settled_reviews.push((id, state, waits_for));
        self.tell(group_id, ChangeEntity::Review, id);
    }

    pub fn close_reviews_before(&mut self, record_id: Id, rev: i64, state: ReviewState) {
        self.closed_reviews.push((record_id, Some(rev), state));
    }

    /// The standing enrollments of a record, stored or accepted by this batch.
    pub fn standing(&self, facts: &Facts, record_id: Id) -> Vec<EnrollmentRow> {
        let stored = facts.standing.get(&record_id).into_iter().flatten();
        let accepted = self.enrollments.iter().filter(|row| row.record_id == record_id);
        stored.chain(accepted).cloned().collect()
    }

    /// Takes an enrollment and its card back.
    pub fn void(&mut self, row: &EnrollmentRow, voided_on: NaiveDate) {
        self.voided.push((row.id, voided_on));
        self.tell(row.group_id, ChangeEntity::Enrollment, row.id);
        let card_id = row.record_id.derive(&format!("card/{}", row.member_index));
        self.tell(row.group_id, ChangeEntity::Card, card_id);
    }

    /// Writes an accepted record and lets the records after it see it.
    pub fn enrol(&mut self, ctx: &Context<'_>, facts: &mut Facts, case: Case<'_>, all: Enrolling) {
        let group_id = case.group_id;
        if let (Some(household), Ok(Body::Household(body))) = (&all.household, &case.record.body) {
            self.household(ctx, facts, household, body);
            self.tell(group_id, ChangeEntity::Household, household.id());
        }
        let group_name = facts.group_name(group_id);
        let places = self.persons(ctx, facts, &all);
        for person in &all.persons {
            self.tell(group_id, ChangeEntity::Person, person.id);
        }
        for (household_id, year, member, rank) in &all.ranks {
            let person_id = all.persons[*member].id;
            facts.give_rank(*household_id, *year, person_id, *rank);
            let rank = i32::try_from(*rank).unwrap_or(i32::MAX);
            self.ranks.push(RankRow { household_id: *household_id, year: *year, person_id, rank });
        }
        for ((row, card), at) in all.enrollments.into_iter().zip(all.cards).zip(places) {
            facts.persons[at].covers.push(Cover {
                enrollment_id: row.id,
                record_id: row.record_id,
                scheme: row.scheme,
                from: row.covers_from,
                to: row.covers_to,
                supported_months: row.supported_months,
                accepted_on: vn_day(ctx.received),
                group_name: group_name.clone(),
            });
            self.tell(group_id, ChangeEntity::Enrollment, row.id);
            self.tell(group_id, ChangeEntity::Card, card.id);
            self.enrollments.push(row);
            self.cards.push(card);
        }
    }

    fn household(
        &mut self,
        ctx: &Context<'_>,
        facts: &mut Facts,
        household: &NewHousehold,
        body: &Household,
    ) {
        match household {
            NewHousehold::Make { id } => {
                facts.add_household(*id, body.code.clone());
                self.households.push(HouseholdRow {
                    id: *id,
                    code: body.code.clone(),
                    head_name: body.head_name.clone(),
                    area_code: body.area_code.clone(),
                    address: body.address.clone(),
                    phone: body.phone.clone(),
                    created_at: ctx.received.naive_utc(),
                });
            }
            NewHousehold::Alias { alias, household } => {
                facts.add_household_alias(*alias, *household);
                self.aliases.push(HouseholdAliasRow { alias_id: *alias, household_id: *household });
            }
            NewHousehold::Known { id } => {
                if let Some(code) = body.code.clone().filter(|code| facts.may_learn_code(*id, code))
                {
                    facts.add_household(*id, Some(code.clone()));
                    self.household_codes.push((*id, code));
                }
            }
        }
        if !matches!(household, NewHousehold::Make { .. }) {
            self.shared.push(household.id());
        }
    }

    /// Makes the new persons and attaches the new codes; returns everybody's place among the facts.
    fn persons(&mut self, ctx: &Context<'_>, facts: &mut Facts, all: &Enrolling) -> Vec<usize> {
        let mut places = Vec::with_capacity(all.persons.len());
        for person in &all.persons {
            let at = match &person.known {
                Ok(at) => *at,
                Err(new) => {
                    let stated = &new.stated;
                    self.persons.push(PersonRow {
                        id: person.id,
                        full_name: stated.name.as_written().to_owned(),
                        birth: stated.birth.to_string(),
                        sex: stated.sex,
                        ethnicity: stated.ethnicity.clone(),
                        phone: stated.phone.clone(),
                        area_code: new.area_code.clone(),
                        address: stated.address.clone(),
                        identity_key: new.identity_key.clone(),
                        merged_into: None,
                        created_at: ctx.received.naive_utc(),
                    });
                    let made = PersonFacts {
                        id: person.id,
                        names: vec![(stated.name.clone(), stated.birth)],
                        codes: vec![],
                        covers: vec![],
                    };
                    facts.add_person(new.identity_key.clone(), made)
                }
            };
            for (kind, code) in &person.codes {
                let had_none = facts.persons[at].code(*kind).is_none();
                if person.known.is_ok() && *kind == CodeKind::Bhxh && had_none {
                    self.learned_codes.push(person.id);
                }
                facts.attach_code(at, *kind, code);
                self.codes.push(PersonCodeRow {
                    code: code.clone(),
                    kind: *kind,
                    person_id: person.id,
                    is_alias: !had_none,
                });
            }
            if person.known.is_ok() && !person.codes.is_empty() {
                self.shared.push(person.id);
            }
            places.push(at);
        }
        places
    }
}
