//! A pull: what changed in a group since a cursor, each entity once and in its newest state.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

use super::cursor::Cursor;
use super::targets;
use super::wire::{
    CardEntity, ChangeAnswer, ChangesAnswer, EnrollmentEntity, Entity, HouseholdEntity, LastVisit,
    PersonEntity, RankEntity, ReviewEntity, WorklistItemEntity,
};
use crate::domain::{ChangeEntity, ChangeOp, ChangeReason, CodeKind, Id};
use crate::store::feed::Change;
use crate::store::rows::{
    CardRow, EnrollmentRow, HouseholdRow, PersonCodeRow, PersonRow, RankRow, ReviewRow,
};
use crate::store::worklists::{Visible, items};
use crate::store::{Conn, StoreError, entities, feed, migrate, restrictions};

/// Most changes in one answer.
pub const MAX_CHANGES: i64 = 1000;

/// Why a pull is not answered.
#[derive(Debug, thiserror::Error)]
pub enum PullError {
    /// The cursor is of another epoch or group, ahead of the server, or none of ours.
    #[error("start again without a cursor")]
    CursorReset,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The changes of a group after `cursor`, or all of its entities without one; for an organisation's program
/// only what that organisation may see of them.
///
/// # Errors
/// [`PullError::CursorReset`] when the phone must start again; its outbox stays.
pub fn pull(
    conn: &mut Conn,
    group_id: Id,
    organisation_id: Option<Id>,
    cursor: Option<&str>,
    limit: i64,
) -> Result<ChangesAnswer, PullError> {
    let epoch = migrate::epoch(conn)?;
    let after = match cursor {
        None => 0,
        Some(text) => {
            Cursor::decode(text)
                .filter(|it| it.epoch == epoch && it.group_id == group_id)
                .ok_or(PullError::CursorReset)?
                .version
        }
    };
    let limit = limit.clamp(1, MAX_CHANGES);
    let (mut rows, newest) = feed::since(conn, group_id, after, limit)?;
    if after > newest {
        return Err(PullError::CursorReset);
    }
    let has_more = i64::try_from(rows.len()).unwrap_or(limit) == limit;
    let version = if has_more { rows.last().map_or(newest, |row| row.version) } else { newest };
    if let Some(id) = organisation_id {
        let seen = entities::of_organisation(conn, id, |kind| put(&rows, kind))?;
        rows.retain(|it| it.op != ChangeOp::Put || seen.contains(&(it.entity, it.entity_id)));
    }
    let mut loaded = Loaded::of(conn, group_id, &rows)?;
    let changes = rows.into_iter().filter_map(|row| loaded.change(row)).collect();
    let cursor = Cursor { epoch, group_id, version }.encode();
    Ok(ChangesAnswer { epoch, changes, cursor, has_more })
}

/// The entities of a page of changes, loaded with one query a kind.
struct Loaded {
    entities: HashMap<(ChangeEntity, Id), Entity>,
    /// Persons whose data rests, and what is theirs; and whom another group visits by now: a phone forgets it.
    lost: HashSet<(ChangeEntity, Id)>,
}

impl Loaded {
    fn of(conn: &mut Conn, group_id: Id, rows: &[Change]) -> Result<Self, StoreError> {
        let ids = |kind| put(rows, kind);
        let mut all = HashMap::with_capacity(rows.len());
        let mut of_persons: Vec<(ChangeEntity, Id, Id)> = Vec::with_capacity(rows.len());
        for row in entities::enrollments(conn, &ids(ChangeEntity::Enrollment))? {
            of_persons.push((ChangeEntity::Enrollment, row.id, row.person_id));
            all.insert(
                (ChangeEntity::Enrollment, row.id),
                Entity::Enrollment(Box::new(row.into())),
            );
        }
        for row in entities::cards(conn, &ids(ChangeEntity::Card))? {
            of_persons.push((ChangeEntity::Card, row.id, row.person_id));
            all.insert((ChangeEntity::Card, row.id), Entity::Card(row.into()));
        }
        for row in entities::reviews(conn, &ids(ChangeEntity::Review))? {
            all.insert((ChangeEntity::Review, row.id), Entity::Review(row.into()));
        }
        let targets = entities::targets(conn, &ids(ChangeEntity::Target))?;
        for target in targets::shown(conn, targets)? {
            all.insert((ChangeEntity::Target, target.id), Entity::Target(target));
        }
        let mut lost = HashSet::new();
        for it in items::by_ids(conn, &ids(ChangeEntity::WorklistItem))? {
            let key = (ChangeEntity::WorklistItem, it.0.id);
            of_persons.extend(it.0.person_id.map(|person_id| (key.0, key.1, person_id)));
            if it.0.group_id == Some(group_id) {
                all.insert(key, Entity::WorklistItem(Box::new(it.into())));
            } else {
                lost.insert(key);
            }
        }
        let person_ids = ids(ChangeEntity::Person);
        of_persons.extend(person_ids.iter().map(|id| (ChangeEntity::Person, *id, *id)));
        let about: HashSet<Id> = of_persons.iter().map(|it| it.2).collect();
        let rest = restrictions::among(conn, &about.into_iter().collect::<Vec<_>>())?;
        let resting = of_persons.into_iter().filter(|it| rest.contains(&it.2));
        lost.extend(resting.map(|(entity, id, _)| (entity, id)));
        let (persons, codes) = entities::persons(conn, &person_ids)?;
        let mut codes = grouped(codes, |code| code.person_id);
        for row in persons {
            let codes = codes.remove(&row.id).unwrap_or_default();
            all.insert((ChangeEntity::Person, row.id), Entity::Person(person(row, &codes)));
        }
        let (households, ranks) = entities::households(conn, &ids(ChangeEntity::Household))?;
        let mut ranks = grouped(ranks, |rank| rank.household_id);
        for row in households {
            let ranks = ranks.remove(&row.id).unwrap_or_default();
            all.insert((ChangeEntity::Household, row.id), Entity::Household(household(row, ranks)));
        }
        Ok(Self { entities: all, lost })
    }

    fn change(&mut self, row: Change) -> Option<ChangeAnswer> {
        let data = self.entities.remove(&(row.entity, row.entity_id));
        if self.lost.contains(&(row.entity, row.entity_id)) {
            return Some(ChangeAnswer {
                entity: row.entity,
                id: row.entity_id,
                op: ChangeOp::Delete,
                reason: Some(ChangeReason::AccessLost),
                data: None,
            });
        }
        if row.op == ChangeOp::Put && data.is_none() {
            tracing::error!(entity = %row.entity, id = %row.entity_id, "a change without its entity");
            return None;
        }
        Some(ChangeAnswer {
            entity: row.entity,
            id: row.entity_id,
            op: row.op,
            reason: row.reason,
            data,
        })
    }
}

/// The entities of one kind that are told of.
fn put(rows: &[Change], kind: ChangeEntity) -> Vec<Id> {
    let put = rows.iter().filter(|row| row.op == ChangeOp::Put && row.entity == kind);
    put.map(|row| row.entity_id).collect()
}

fn grouped<T, K: Eq + Hash>(rows: Vec<T>, key: impl Fn(&T) -> K) -> HashMap<K, Vec<T>> {
    let mut groups: HashMap<K, Vec<T>> = HashMap::new();
    for row in rows {
        groups.entry(key(&row)).or_default().push(row);
    }
    groups
}

/// One person as the feed shows him.
///
/// # Errors
/// [`StoreError::NotFound`].
pub fn person_by_id(conn: &mut Conn, id: Id) -> Result<PersonEntity, StoreError> {
    let (mut rows, codes) = entities::persons(conn, &[id])?;
    rows.pop().map(|row| person(row, &codes)).ok_or(StoreError::NotFound)
}

pub(super) fn person(row: PersonRow, codes: &[PersonCodeRow]) -> PersonEntity {
    let code = |kind: CodeKind| codes.iter().find(|it| it.kind == kind).map(|it| it.code.clone());
    PersonEntity {
        id: row.id,
        bhxh_code: code(CodeKind::Bhxh),
        personal_id: code(CodeKind::PersonalId),
        full_name: row.full_name,
        birth_date: row.birth,
        sex: row.sex,
        phone: row.phone,
        area_code: row.area_code,
        address: row.address,
    }
}

fn household(row: HouseholdRow, ranks: Vec<RankRow>) -> HouseholdEntity {
    let rank = |it: RankRow| RankEntity { year: it.year, person_id: it.person_id, rank: it.rank };
    HouseholdEntity {
        id: row.id,
        code: row.code,
        area_code: row.area_code,
        ranks: ranks.into_iter().map(rank).collect(),
    }
}

impl From<EnrollmentRow> for EnrollmentEntity {
    fn from(row: EnrollmentRow) -> Self {
        Self {
            id: row.id,
            record_id: row.record_id,
            record_rev: row.record_rev,
            person_id: row.person_id,
            household_id: row.household_id,
            scheme: row.scheme,
            kind: row.kind,
            status: row.status,
            group_id: row.group_id,
            agent_id: row.agent_id,
            area_code: row.area_code,
            village_id: row.village_id,
            drive_id: row.drive_id,
            paid_on: row.paid_on,
            counted_on: row.counted_on,
            covers_from: row.covers_from,
            covers_to: row.covers_to,
            months: row.months,
            gross: row.gross,
            state_support: row.state_support,
            local_support: row.local_support,
            payable: row.payable,
            accepted_at: row.accepted_at.and_utc(),
            voided_on: row.voided_on,
        }
    }
}

impl From<CardRow> for CardEntity {
    fn from(row: CardRow) -> Self {
        Self {
            id: row.id,
            enrollment_id: row.enrollment_id,
            person_id: row.person_id,
            card_type: row.card_type,
            state: row.state,
            number: row.number,
            long_number: row.long_number,
            valid_from: row.valid_from,
            valid_to: row.valid_to,
            facility_code: row.facility_code,
            result_form: row.form,
        }
    }
}

impl From<ReviewRow> for ReviewEntity {
    fn from(row: ReviewRow) -> Self {
        Self {
            id: row.id,
            record_id: row.record_id,
            record_rev: row.record_rev,
            code: row.code,
            state: row.state,
            opened_at: row.opened_at.and_utc(),
            closed_at: row.closed_at.map(|at| at.and_utc()),
            person_id: row.person_id,
            other_id: row.other_id,
            note: row.note,
        }
    }
}

impl From<Visible> for WorklistItemEntity {
    fn from((row, visit): Visible) -> Self {
        Self {
            id: row.id,
            worklist_id: row.worklist_id,
            scheme: row.scheme,
            kind: row.kind,
            person_id: row.person_id,
            full_name: row.full_name,
            birth_date: row.birth,
            area_code: row.area_code,
            village_id: row.village_id,
            address: row.address,
            phone: row.phone,
            due_on: row.due_on,
            group_id: row.group_id,
            agent_id: row.agent_id,
            state: row.state,
            last_visit: visit.map(|it| LastVisit {
                result: it.result,
                on: it.visited_on,
                until: it.promised_for,
                reason: it.reason,
                agent_id: it.agent_id,
            }),
            created_at: row.created_at.and_utc(),
            changed_at: row.changed_at.and_utc(),
        }
    }
}
