//! Administrative areas: what lies inside one, or whose name holds a text. An answer may be kept as long as its tag is
//! the same.

use std::sync::Arc;

use actix_web::web::Query;
use actix_web::{HttpRequest, HttpResponse};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::fields::{self, Fields, Given};
use super::guard::{Allowed, permit};
use super::paging::{Listed, Paging};
use super::{Problem, State, tag};
use crate::clock;
use crate::domain::{Area, AreaLevel, Areas, Code, vn_day};

/// An area as it was on the day asked for.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Area)]
pub struct AreaView<'a> {
    code: &'a str,
    name: &'a str,
    level: AreaLevel,
    #[schema(required)]
    parent_code: Option<&'a str>,
    #[schema(required)]
    valid_from: Option<NaiveDate>,
    #[schema(required)]
    valid_to: Option<NaiveDate>,
    /// Codes of the areas that took it in afterwards, the main one first.
    successor_codes: &'a [String],
    /// Latitude of its middle, degrees.
    #[schema(required)]
    lat: Option<f64>,
    /// Longitude of its middle, degrees.
    #[schema(required)]
    lon: Option<f64>,
}

impl<'a> From<&'a Area> for AreaView<'a> {
    fn from(area: &'a Area) -> Self {
        Self {
            code: &area.code,
            name: &area.name,
            level: area.level,
            parent_code: area.parent_code.as_deref(),
            valid_from: area.valid_from,
            valid_to: area.valid_to,
            successor_codes: &area.successors,
            lat: area.lat,
            lon: area.lon,
        }
    }
}

/// Which areas are wanted.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// Those directly inside this area; the provinces when neither `parent` nor `q` is given.
    parent: Option<String>,
    /// The one of this code, then those whose name holds this text, with or without tone marks, the closest
    /// first.
    q: Option<String>,
    /// On this day; today when absent.
    #[param(value_type = Option<NaiveDate>)]
    on: Option<String>,
}

/// Areas of a day.
#[utoipa::path(get, path = "/api/v1/areas", params(Wanted, Paging), responses((status = 200, body = Listed<AreaView<'static>>), (status = 304)))]
pub async fn list(
    _: Allowed<permit::ReadReference>,
    state: State,
    req: HttpRequest,
    wanted: Query<Wanted>,
    paging: Query<Paging>,
) -> Result<HttpResponse, Problem> {
    let on = match &wanted.on {
        None => vn_day(clock::now()),
        Some(text) => {
            let mut fields = Fields::default();
            let on = fields.take("/on", fields::day(Given::of(text.clone())));
            fields.finish(on)?
        }
    };
    let book = Arc::clone(&state.book);
    let edition = state.read(move |conn| book.in_force(conn)).await?;
    let areas = edition.areas();
    let tag = format!("\"{}-{on}\"", areas.tag());
    if let Some(unchanged) = tag::unchanged(&req, &tag) {
        return Ok(unchanged);
    }
    let page = page(find(areas, &wanted, on), &paging)?;
    Ok(tag::tagged(tag).json(page))
}

fn find<'a>(areas: &'a Areas, wanted: &Wanted, on: NaiveDate) -> Vec<&'a Area> {
    match (wanted.q.as_deref(), wanted.parent.as_deref()) {
        (Some(q), parent) => {
            let mut found = areas.search(q, on);
            found.retain(|area| parent.is_none_or(|p| area.parent_code.as_deref() == Some(p)));
            found
        }
        (None, Some(parent)) => areas.children(parent, on),
        (None, None) => areas.provinces(on),
    }
}

fn page<'a>(found: Vec<&'a Area>, paging: &Paging) -> Result<Listed<AreaView<'a>>, Problem> {
    let skip = paging.after::<4>()?.map_or(0, u32::from_be_bytes);
    let limit = u32::try_from(paging.limit()).map_err(Problem::internal)?;
    let end = skip.checked_add(limit).ok_or(Code::Malformed)?;
    let (from, to) = (skip as usize, end as usize);
    let next = (found.len() > to).then_some(end.to_be_bytes());
    let items = found.into_iter().take(to).skip(from).map(AreaView::from).collect();
    Ok(Listed::new(items, next))
}
