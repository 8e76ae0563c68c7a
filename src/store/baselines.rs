//! Figures that this system cannot count: people insured elsewhere or before it began, population, labour force. Each
//! has a day, and the newest up to a day holds on it; of two of one day the one that was set last.

use std::collections::HashSet;

use chrono::NaiveDate;
use diesel::prelude::*;

use super::bulk::Bulk;
use super::conn::{Conn, MultiBackend};
use super::error::{Result, StoreError};
use super::groups;
use super::holders::{self, Holder};
use super::page::{Page, Window};
use super::reach::Reach;
pub use super::rows::Baseline;
use super::schema::baselines;
use crate::domain::{Areas, BaselineKind, Code, HolderKind, Id};

/// The communes whose figures are a caller's to say: those in which groups within reach work. What is said of a
/// commune is everybody's, so whoever has nothing to do there says nothing.
#[derive(Debug)]
pub struct Own(Option<HashSet<String>>);

impl Own {
    /// Those of a reach; an administrator's are all.
    ///
    /// # Errors
    /// What the store says.
    pub fn of(conn: &mut Conn, reach: &Reach, areas: &Areas) -> Result<Self> {
        match reach {
            Reach::Everything => Ok(Self(None)),
            _ => Ok(Self::among(reach, areas, &groups::areas_within(conn, reach)?)),
        }
    }

    /// As [`Self::of`], of the areas in which groups within reach work.
    #[must_use]
    pub fn among(reach: &Reach, areas: &Areas, worked: &[String]) -> Self {
        let today = |code: &String| Some(areas.resolve(code, NaiveDate::MAX)?.area.code.clone());
        let is_limited = *reach != Reach::Everything;
        Self(is_limited.then(|| worked.iter().filter_map(today).collect()))
    }

    /// Refuses any other area than those and what lies inside of them.
    ///
    /// # Errors
    /// `not_found`.
    pub fn check(&self, areas: &Areas, code: &str) -> std::result::Result<(), Code> {
        let Some(own) = &self.0 else { return Ok(()) };
        let area = areas.find(code, NaiveDate::MAX).ok_or(Code::NotFound)?;
        let is_own = areas.lineage(area).any(|area| own.contains(&area.code));
        if is_own { Ok(()) } else { Err(Code::NotFound) }
    }
}

/// Adds a baseline, or gives the one that the same request made before.
///
/// # Errors
/// [`StoreError::NotFound`] for an office outside reach, [`StoreError::Wrong`] for an area in which nobody within
/// reach works, [`StoreError::Conflict`] when the id has other content.
pub fn create(tx: &mut Conn, reach: &Reach, new: &Baseline) -> Result<Baseline> {
    let known = baselines::table.find(new.id).select(Baseline::as_select()).first(tx).optional()?;
    if let Some(known) = known {
        let same = Baseline { created_at: known.created_at, ..new.clone() } == known;
        return if same { Ok(known) } else { Err(StoreError::Conflict("baselines.id")) };
    }
    if let Some(id) = new.office_id {
        holders::place(tx, reach, &Holder { kind: HolderKind::Office, id: id.to_string() })?;
    }
    if let Some(code) = &new.area_code {
        let areas = Areas::in_force();
        let own = Own::of(tx, reach, &areas)?;
        own.check(&areas, code).map_err(|code| StoreError::wrong("/area_code", code))?;
    }
    Baseline::insert_all(tx, std::slice::from_ref(new))?;
    Ok(new.clone())
}

/// Baselines of communes, and of the offices within reach, a page at a time.
pub fn list(conn: &mut Conn, reach: &Reach, window: Window) -> Result<Page<Baseline>> {
    let query = within(reach)
        .filter(baselines::id.gt(window.start()))
        .order(baselines::id)
        .limit(window.fetch())
        .select(Baseline::as_select());
    Ok(window.page(query.load(conn)?, |it| it.id))
}

/// All baselines of communes, and of the offices within reach: of each unit and kind the one that holds is the last.
pub fn all(conn: &mut Conn, reach: &Reach) -> Result<Vec<Baseline>> {
    Ok(within(reach).order(IN_TURN).select(Baseline::as_select()).load(conn)?)
}

const IN_TURN: (baselines::as_of, baselines::created_at, baselines::id) =
    (baselines::as_of, baselines::created_at, baselines::id);

/// What a baseline says.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = baselines)]
pub struct Figure {
    pub office_id: Option<Id>,
    pub area_code: Option<String>,
    pub kind: BaselineKind,
    pub as_of: NaiveDate,
    pub people: i64,
}

/// What the baselines of these offices and communes say that are no younger than a day, in turn.
pub fn up_to(
    conn: &mut Conn,
    offices: &[Id],
    communes: &[String],
    day: NaiveDate,
) -> Result<Vec<Figure>> {
    let of_offices = baselines::office_id.assume_not_null().eq_any(offices);
    let of_communes = baselines::area_code.assume_not_null().eq_any(communes);
    Ok(baselines::table
        .filter(baselines::as_of.le(day))
        .filter(of_offices.or(of_communes))
        .order(IN_TURN)
        .select(Figure::as_select())
        .load(conn)?)
}

/// What is known of a commune is no secret; of an office its own people know it.
fn within<'a>(reach: &Reach) -> baselines::BoxedQuery<'a, MultiBackend> {
    let query = baselines::table.into_boxed();
    match reach.offices() {
        None => query,
        Some(ids) => {
            let own = baselines::office_id.assume_not_null().eq_any(ids.to_vec());
            query.filter(baselines::office_id.is_null().or(own))
        }
    }
}
