//! Two persons who are one: all that hangs on the first moves to the second, and can go back.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::conn::Conn;
use super::error::{Result, StoreError};
use super::reach::Reach;
use super::records::number_cards;
use super::restrictions;
use super::rows::{PersonCodeRow, PersonRow};
use super::schema::{cards, enrollments, household_ranks, merges, person_codes, persons};
use crate::domain::{CardState, CodeKind, Id};

/// All that moved from one person to another.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    pub enrollments: Vec<Id>,
    pub cards: Vec<Id>,
    pub codes: Vec<MovedCode>,
    /// Ranks, by household and year.
    pub ranks: Vec<(Id, i32)>,
    /// Persons who had been merged into the first before.
    pub aliases: Vec<Id>,
    /// Cards of either that got a number by it.
    pub numbered: Vec<Id>,
    /// Items of worklists that were the first's; older merges did not note them.
    #[serde(default)]
    pub items: Vec<Id>,
    /// Those of them that were withdrawn by it.
    #[serde(default)]
    pub withdrawn: Vec<Id>,
}

/// A code, and whether another one was shown as its owner's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MovedCode {
    pub kind: CodeKind,
    pub code: String,
    pub was_alias: bool,
}

/// A merge that stands or was undone.
#[derive(Debug, Clone, Insertable, Queryable, Selectable)]
#[diesel(table_name = merges, treat_none_as_default_value = false)]
pub struct Merge {
    pub id: Id,
    pub person_id: Id,
    pub into_id: Id,
    /// [`Moved`] as JSON.
    pub moved: String,
    pub merged_at: NaiveDateTime,
    pub merged_by: Id,
    pub undone_at: Option<NaiveDateTime>,
    pub undone_by: Option<Id>,
}

impl Merge {
    /// What moved.
    ///
    /// # Errors
    /// [`StoreError::Damaged`].
    pub fn moved(&self) -> Result<Moved> {
        serde_json::from_str(&self.moved)
            .map_err(|error| StoreError::unreadable("merges.moved", &error))
    }
}

/// One person, merged or not.
pub fn get(conn: &mut Conn, id: Id) -> Result<PersonRow> {
    Ok(persons::table.find(id).select(PersonRow::as_select()).first(conn)?)
}

/// Who that person is today.
pub fn survivor(conn: &mut Conn, id: Id) -> Result<Id> {
    Ok(get(conn, id)?.merged_into.unwrap_or(id))
}

/// Those whom these persons were merged into.
pub fn survivors(conn: &mut Conn, ids: &[Id]) -> Result<Vec<Id>> {
    let merged = persons::table
        .filter(persons::id.eq_any(ids))
        .filter(persons::merged_into.is_not_null())
        .select(persons::merged_into.assume_not_null());
    Ok(merged.load(conn)?)
}

/// What is written of a person, after a correction.
pub fn rewrite(tx: &mut Conn, row: &PersonRow) -> Result<()> {
    diesel::update(persons::table.find(row.id))
        .set((
            persons::full_name.eq(&row.full_name),
            persons::birth.eq(&row.birth),
            persons::sex.eq(row.sex),
            persons::ethnicity.eq(&row.ethnicity),
            persons::phone.eq(&row.phone),
            persons::area_code.eq(&row.area_code),
            persons::address.eq(&row.address),
            persons::identity_key.eq(&row.identity_key),
        ))
        .execute(tx)?;
    Ok(())
}

/// The owner of a code.
pub fn owner(conn: &mut Conn, kind: CodeKind, code: &str) -> Result<Option<Id>> {
    let row = person_codes::table.find((code, kind)).select(person_codes::person_id);
    Ok(row.first(conn).optional()?)
}

/// The code of that kind that is shown as the person's.
pub fn shown_code(conn: &mut Conn, id: Id, kind: CodeKind) -> Result<Option<String>> {
    let own = person_codes::table
        .filter(person_codes::person_id.eq(id))
        .filter(person_codes::kind.eq(kind))
        .order((person_codes::is_alias, person_codes::code))
        .select(person_codes::code);
    Ok(own.first(conn).optional()?)
}

/// The newest enrollment of a person within reach: its record, revision and group.
pub fn newest_record(conn: &mut Conn, reach: &Reach, id: Id) -> Result<(Id, i64, Id)> {
    let mut own = enrollments::table.filter(enrollments::person_id.eq(id)).into_boxed();
    if let Some(groups) = reach.groups() {
        own = own.filter(enrollments::group_id.eq_any(groups));
    }
    Ok(own
        .order((enrollments::accepted_at.desc(), enrollments::id))
        .select((enrollments::record_id, enrollments::record_rev, enrollments::group_id))
        .first(conn)?)
}

/// Households in which these persons took ranks, sorted.
pub fn households_of(conn: &mut Conn, ids: &[Id]) -> Result<Vec<Id>> {
    let ranked = household_ranks::table.filter(household_ranks::person_id.eq_any(ids));
    let ranked = ranked.select(household_ranks::household_id).distinct();
    Ok(ranked.order(household_ranks::household_id).load(conn)?)
}

/// Gives a person a code that is nobody's; his waiting cards get their numbers. Returns those.
pub fn attach_code(tx: &mut Conn, id: Id, kind: CodeKind, code: &str) -> Result<Vec<Id>> {
    let is_alias = shown_code(tx, id, kind)?.is_some();
    let row = PersonCodeRow { code: code.to_owned(), kind, person_id: id, is_alias };
    diesel::insert_into(person_codes::table).values(row).execute(tx)?;
    number_waiting(tx, id)
}

/// Makes two persons one. Both must be locked, and the households in which they have ranks.
///
/// # Errors
/// [`StoreError::Race`] when one of them is somebody else by now.
pub fn unite(tx: &mut Conn, from: Id, into: Id) -> Result<Moved> {
    let standing = persons::table.find(from).filter(persons::merged_into.is_null());
    let merged = diesel::update(standing).set(persons::merged_into.eq(into)).execute(tx)?;
    if merged != 1 || from == into || get(tx, into)?.merged_into.is_some() {
        return Err(StoreError::Race);
    }
    let mut moved = Moved {
        aliases: diesel::update(persons::table.filter(persons::merged_into.eq(from)))
            .set(persons::merged_into.eq(into))
            .returning(persons::id)
            .get_results(tx)?,
        enrollments: diesel::update(enrollments::table.filter(enrollments::person_id.eq(from)))
            .set(enrollments::person_id.eq(into))
            .returning(enrollments::id)
            .get_results(tx)?,
        cards: diesel::update(cards::table.filter(cards::person_id.eq(from)))
            .set(cards::person_id.eq(into))
            .returning(cards::id)
            .get_results(tx)?,
        ..Moved::default()
    };
    let codes: Vec<PersonCodeRow> = person_codes::table
        .filter(person_codes::person_id.eq(from))
        .order((person_codes::is_alias, person_codes::code))
        .select(PersonCodeRow::as_select())
        .load(tx)?;
    for row in codes {
        let is_alias = row.is_alias || shown_code(tx, into, row.kind)?.is_some();
        move_code(tx, &row, into, is_alias)?;
        let PersonCodeRow { kind, code, is_alias: was_alias, .. } = row;
        moved.codes.push(MovedCode { kind, code, was_alias });
    }
    moved.ranks = move_ranks(tx, from, into)?;
    restrictions::follow(tx, from, into)?;
    moved.numbered = number_waiting(tx, into)?;
    Ok(moved)
}

fn move_code(tx: &mut Conn, row: &PersonCodeRow, to: Id, is_alias: bool) -> Result<()> {
    diesel::update(person_codes::table.find((&row.code, row.kind)))
        .set((person_codes::person_id.eq(to), person_codes::is_alias.eq(is_alias)))
        .execute(tx)?;
    Ok(())
}

/// A rank moves where the other has none in that household and year: nobody is ranked twice.
fn move_ranks(tx: &mut Conn, from: Id, to: Id) -> Result<Vec<(Id, i32)>> {
    let of = |id: Id| {
        household_ranks::table
            .filter(household_ranks::person_id.eq(id))
            .select((household_ranks::household_id, household_ranks::year))
    };
    let held: Vec<(Id, i32)> = of(to).load(tx)?;
    let mut ranks: Vec<(Id, i32)> = of(from).load(tx)?;
    ranks.retain(|place| !held.contains(place));
    for (household_id, year) in &ranks {
        set_rank_owner(tx, (*household_id, *year), from, to)?;
    }
    Ok(ranks)
}

fn set_rank_owner(tx: &mut Conn, (household, year): (Id, i32), from: Id, to: Id) -> Result<()> {
    diesel::update(household_ranks::table.find((household, year, from)))
        .set(household_ranks::person_id.eq(to))
        .execute(tx)?;
    Ok(())
}

fn number_waiting(tx: &mut Conn, id: Id) -> Result<Vec<Id>> {
    if shown_code(tx, id, CodeKind::Bhxh)?.is_none() {
        return Ok(vec![]);
    }
    Ok(number_cards(tx, &[id])?.into_iter().map(|(card_id, _)| card_id).collect())
}

/// Keeps a merge, so that it can be undone.
pub fn keep(tx: &mut Conn, merge: &Merge) -> Result<()> {
    diesel::insert_into(merges::table).values(merge).execute(tx)?;
    Ok(())
}

/// Whoever was merged into a person.
pub fn aliases(conn: &mut Conn, id: Id) -> Result<Vec<Id>> {
    let merged = persons::table.filter(persons::merged_into.assume_not_null().eq(id));
    Ok(merged.select(persons::id).load(conn)?)
}

/// Whether a merge of this person was ever undone.
pub fn was_parted(conn: &mut Conn, person_id: Id) -> Result<bool> {
    let undone = merges::table
        .filter(merges::person_id.eq(person_id))
        .filter(merges::undone_at.is_not_null())
        .select(merges::id);
    Ok(undone.first::<Id>(conn).optional()?.is_some())
}

/// The standing merge of a person.
pub fn standing_merge(conn: &mut Conn, person_id: Id) -> Result<Option<Merge>> {
    let standing = merges::table
        .filter(merges::person_id.eq(person_id))
        .filter(merges::undone_at.is_null())
        .select(Merge::as_select());
    Ok(standing.first(conn).optional()?)
}

/// Undoes a merge: what had moved goes back; what came since stays with the survivor. Of what is returned,
/// `numbered` are the cards that got another number, or wait for one again.
pub fn part(tx: &mut Conn, merge: &Merge, by: Id, now: NaiveDateTime) -> Result<Moved> {
    let mut moved = merge.moved()?;
    let (from, into) = (merge.person_id, merge.into_id);
    diesel::update(persons::table.find(from))
        .set(persons::merged_into.eq(None::<Id>))
        .execute(tx)?;
    diesel::update(persons::table.filter(persons::id.eq_any(&moved.aliases)))
        .set(persons::merged_into.eq(from))
        .execute(tx)?;
    diesel::update(enrollments::table.filter(enrollments::id.eq_any(&moved.enrollments)))
        .set(enrollments::person_id.eq(from))
        .execute(tx)?;
    diesel::update(cards::table.filter(cards::id.eq_any(&moved.cards)))
        .set(cards::person_id.eq(from))
        .execute(tx)?;
    for MovedCode { kind, code, was_alias } in &moved.codes {
        let row = PersonCodeRow {
            code: code.clone(),
            kind: *kind,
            person_id: into,
            is_alias: *was_alias,
        };
        move_code(tx, &row, from, *was_alias)?;
    }
    for place in &moved.ranks {
        set_rank_owner(tx, *place, into, from)?;
    }
    moved.numbered.clear();
    for id in [from, into] {
        moved.numbered.extend(take_numbers_back(tx, id)?);
        moved.numbered.extend(number_waiting(tx, id)?);
    }
    diesel::update(merges::table.find(merge.id))
        .set((merges::undone_at.eq(now), merges::undone_by.eq(by)))
        .execute(tx)?;
    Ok(moved)
}

/// Cards that were numbered by a code that is no longer their holder's wait again; which they are.
fn take_numbers_back(tx: &mut Conn, id: Id) -> Result<Vec<Id>> {
    let own: Vec<String> = person_codes::table
        .filter(person_codes::person_id.eq(id))
        .filter(person_codes::kind.eq(CodeKind::Bhxh))
        .select(person_codes::code)
        .load(tx)?;
    let wrong: Vec<Id> = cards::table
        .filter(cards::person_id.eq(id))
        .filter(cards::state.eq(CardState::Issued))
        .filter(cards::number.assume_not_null().ne_all(own))
        .select(cards::id)
        .load(tx)?;
    diesel::update(cards::table.filter(cards::id.eq_any(&wrong)))
        .set((
            cards::state.eq(CardState::PendingCode),
            cards::number.eq(None::<String>),
            cards::long_number.eq(None::<String>),
        ))
        .execute(tx)?;
    Ok(wrong)
}

/// Groups of these enrollments, and which of the enrollments are each one's.
pub fn groups_of(conn: &mut Conn, enrollment_ids: &[Id]) -> Result<Vec<(Id, Id)>> {
    Ok(enrollments::table
        .filter(enrollments::id.eq_any(enrollment_ids))
        .order((enrollments::group_id, enrollments::id))
        .select((enrollments::group_id, enrollments::id))
        .load(conn)?)
}

/// Groups of these cards, and which of the cards are each one's.
pub fn groups_of_cards(conn: &mut Conn, card_ids: &[Id]) -> Result<Vec<(Id, Id)>> {
    Ok(cards::table
        .inner_join(enrollments::table.on(enrollments::id.eq(cards::enrollment_id)))
        .filter(cards::id.eq_any(card_ids))
        .order((enrollments::group_id, cards::id))
        .select((enrollments::group_id, cards::id))
        .load(conn)?)
}

/// Groups with an enrollment of this person.
pub fn groups_with(conn: &mut Conn, person_id: Id) -> Result<Vec<Id>> {
    Ok(enrollments::table
        .filter(enrollments::person_id.eq(person_id))
        .select(enrollments::group_id)
        .distinct()
        .load(conn)?)
}
