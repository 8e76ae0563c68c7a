//! Figures that this system cannot count: people insured elsewhere or before it began, population, labour force. Each
//! has a day, and the newest up to a day holds on it.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::bulk::Bulk;
use super::conn::{Conn, MultiBackend};
use super::error::{Result, StoreError};
use super::holders::{self, Holder};
use super::page::{Page, Window};
use super::reach::Reach;
pub use super::rows::Baseline;
use super::schema::baselines;
use crate::domain::HolderKind;

/// Adds a baseline, or gives the one that the same request made before.
///
/// # Errors
/// [`StoreError::NotFound`] for an office outside reach, [`StoreError::Unique`] when the id has other content.
pub fn create(tx: &mut Conn, reach: &Reach, new: &Baseline) -> Result<Baseline> {
    let known = baselines::table.find(new.id).select(Baseline::as_select()).first(tx).optional()?;
    if let Some(known) = known {
        let same = Baseline { created_at: known.created_at, ..new.clone() } == known;
        return if same { Ok(known) } else { Err(StoreError::Unique("baselines.id".to_owned())) };
    }
    if let Some(id) = new.office_id {
        holders::place(tx, reach, &Holder { kind: HolderKind::Office, id: id.to_string() })?;
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

/// The baselines that are no younger than a day: of the offices within reach, or of communes.
pub fn up_to(
    conn: &mut Conn,
    reach: &Reach,
    of_areas: bool,
    day: NaiveDate,
) -> Result<Vec<Baseline>> {
    let query = within(reach).filter(baselines::as_of.le(day)).order(baselines::as_of);
    let query = if of_areas {
        query.filter(baselines::area_code.is_not_null())
    } else {
        query.filter(baselines::office_id.is_not_null())
    };
    Ok(query.select(Baseline::as_select()).load(conn)?)
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
