//! What a person may ask of her data besides reading it: that what is wrong is set right, and that it rests
//! where the law forbids to delete it (Luật 91/2025/QH15).

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::persons::telling;
use super::resolve::Refused;
use super::unite::{ForGroups, of_items};
use super::wire::PersonEntity;
use super::{identity, pull};
use crate::domain::{Areas, BirthDate, ChangeEntity, Code, Id, PersonName, Sex, vn_day};
use crate::store::feed::News;
use crate::store::restrictions::{self, Restriction};
use crate::store::rows::{PersonCodeRow, PersonRow};
use crate::store::worklists::{closing, items};
use crate::store::{Conn, Result, Store, StoreError, entities, feed, locks, persons};

/// What is right instead; what is absent stays.
#[derive(Debug, Clone, Default)]
pub struct Correction {
    pub name: Option<PersonName>,
    pub birth: Option<BirthDate>,
    pub sex: Option<Sex>,
    /// `Some(None)` takes it away.
    pub ethnicity: Option<Option<String>>,
    /// `Some(None)` takes it away.
    pub phone: Option<Option<String>>,
    pub area_code: Option<String>,
    pub address: Option<String>,
}

impl Correction {
    fn apply(&self, mut row: PersonRow, areas: &Areas, now: DateTime<Utc>) -> Result<PersonRow> {
        let damaged =
            |what| move |code: Code| StoreError::Damaged(format!("persons.{what}: {code}"));
        let name = match &self.name {
            Some(name) => name.clone(),
            None => PersonName::parse(&row.full_name).map_err(damaged("full_name"))?,
        };
        let birth = match self.birth {
            Some(birth) => birth,
            None => BirthDate::parse(&row.birth).map_err(damaged("birth"))?,
        };
        name.as_written().clone_into(&mut row.full_name);
        row.birth = birth.to_string();
        row.sex = self.sex.unwrap_or(row.sex);
        row.ethnicity = self.ethnicity.clone().unwrap_or(row.ethnicity);
        row.phone = self.phone.clone().unwrap_or(row.phone);
        row.address = self.address.clone().unwrap_or(row.address);
        if let Some(code) = &self.area_code {
            code.clone_into(&mut row.area_code);
        }
        // A code that is not new may be of another era, and mean another commune today.
        let commune = match &self.area_code {
            Some(code) => areas.resolve(code, vn_day(now)).map_or(&**code, |it| &it.area.code),
            None => identity::commune_of(&row.identity_key),
        };
        row.identity_key = identity::key_of(&name, row.sex, birth.year(), commune);
        Ok(row)
    }
}

/// What is written of a person, as the beginning of her dossier answers it.
#[derive(Debug, Clone, Serialize)]
pub struct Written {
    pub person: PersonEntity,
    pub ethnicity: Option<String>,
}

impl Written {
    fn of(row: &PersonRow, codes: &[PersonCodeRow]) -> Self {
        Self { person: pull::person(row.clone(), codes), ethnicity: row.ethnicity.clone() }
    }
}

/// Sets right what is written of a person; the groups that hold her hear of it. `first` does what else belongs
/// into the transaction: it is given what was written, and what is.
///
/// # Errors
/// [`StoreError::NotFound`].
pub fn correct(
    store: &Store,
    areas: &Areas,
    (person_id, correction): (Id, &Correction),
    by: Id,
    now: DateTime<Utc>,
    first: impl Fn(&Written, &Written),
) -> Result<(), Refused> {
    telling(store, by, now, |tx| {
        // Whoever looked for her by the name she had must look again.
        locks::all_names(tx)?;
        let row = locked(tx, person_id)?;
        let right = correction.apply(row.clone(), areas, now)?;
        let (_, codes) = entities::persons(tx, &[row.id])?;
        first(&Written::of(&row, &codes), &Written::of(&right, &codes));
        persons::rewrite(tx, &right)?;
        let mut news = told(tx, row.id)?;
        news.extend(of_items(closing::give_way(tx, right.id, now.naive_utc())?));
        news.extend(of_items(items::rewrite(tx, &right, now.naive_utc())?));
        Ok(Ok((news, ())))
    })
}

/// Lets a person's data rest, for a reason, or ends that; the phones that hold her forget her, or hear of her.
/// `first` notes what else belongs to the transaction.
///
/// # Errors
/// [`StoreError::NotFound`].
pub fn set_resting(
    store: &Store,
    person_id: Id,
    reason: Option<&str>,
    by: Id,
    now: DateTime<Utc>,
    first: impl Fn(),
) -> Result<(), Refused> {
    telling(store, by, now, |tx| {
        first();
        let row = locked(tx, person_id)?;
        match reason {
            None => restrictions::end(tx, row.id)?,
            Some(reason) => restrictions::begin(
                tx,
                &Restriction {
                    person_id: row.id,
                    since: now.naive_utc(),
                    restricted_by: by,
                    reason: reason.to_owned(),
                },
            )?,
        }
        let mut news = told(tx, row.id)?;
        // Her enrollments and cards tell her codes, her income, her support.
        let things = restrictions::things_of(tx, row.id)?;
        news.extend(
            things.into_iter().map(|(group_id, entity, id)| (group_id, News::put(entity, id))),
        );
        Ok(Ok((news, ())))
    })
}

/// Who the person is today, locked.
fn locked(tx: &mut Conn, person_id: Id) -> Result<PersonRow> {
    let id = persons::survivor(tx, person_id)?;
    locks::persons(tx, &[id])?;
    let row = persons::get(tx, id)?;
    if row.merged_into.is_some() { Err(StoreError::Race) } else { Ok(row) }
}

fn told(tx: &mut Conn, person_id: Id) -> Result<ForGroups> {
    let holding = feed::holding(tx, &[person_id])?;
    let news = |(group_id, _, id)| (group_id, News::put(ChangeEntity::Person, id));
    Ok(holding.into_iter().map(news).collect())
}
