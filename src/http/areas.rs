//! Administrative areas: what lies inside one, or whose name holds a text. The table comes with the
//! program, so an answer may be kept as long as its tag is the same.

use std::sync::LazyLock;

use actix_web::web::Query;
use actix_web::{HttpRequest, HttpResponse};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::Problem;
use super::fields::{self, Fields, Given};
use super::guard::{Allowed, permit};
use super::paging::{Listed, Paging};
use super::tag;
use crate::clock;
use crate::domain::{Area, AreaLevel, Areas, Code, vn_day};

/// An area as it was on the day asked for.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Area)]
pub struct AreaView {
    code: &'static str,
    name: &'static str,
    level: AreaLevel,
    #[schema(required)]
    parent_code: Option<&'static str>,
    #[schema(required)]
    valid_from: Option<NaiveDate>,
    #[schema(required)]
    valid_to: Option<NaiveDate>,
    /// Codes of the areas that took it in afterwards, the main one first.
    successor_codes: &'static [String],
    /// Latitude of its middle, degrees.
    #[schema(required)]
    lat: Option<f64>,
    /// Longitude of its middle, degrees.
    #[schema(required)]
    lon: Option<f64>,
}

impl From<&'static Area> for AreaView {
    fn from(area: &'static Area) -> Self {
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
#[utoipa::path(get, path = "/api/v1/areas", params(Wanted, Paging), responses((status = 200, body = Listed<AreaView>), (status = 304)))]
pub async fn list(
    _: Allowed<permit::ReadReference>,
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
    let tag = format!("\"{}-{on}\"", *TABLE_TAG);
    if let Some(unchanged) = tag::unchanged(&req, &tag) {
        return Ok(unchanged);
    }
    let page = page(find(&wanted, on), &paging)?;
    Ok(tag::tagged(tag).json(page))
}

fn find(wanted: &Wanted, on: NaiveDate) -> Vec<&'static Area> {
    let areas = Areas::embedded();
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

fn page(found: Vec<&'static Area>, paging: &Paging) -> Result<Listed<AreaView>, Problem> {
    let skip = paging.after::<4>()?.map_or(0, u32::from_be_bytes);
    let limit = u32::try_from(paging.limit()).map_err(Problem::internal)?;
    let end = skip.checked_add(limit).ok_or(Code::Malformed)?;
    let (from, to) = (skip as usize, end as usize);
    let next = (found.len() > to).then_some(end.to_be_bytes());
    let items = found.into_iter().take(to).skip(from).map(AreaView::from).collect();
    Ok(Listed::new(items, next))
}

/// Another table has another tag.
static TABLE_TAG: LazyLock<String> = LazyLock::new(|| {
    let areas = Areas::embedded().all();
    let text = areas.iter().fold(0_u64, |hash, area| {
        let row = format!("{area:?}");
        row.bytes().fold(hash, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
    });
    format!("{text:016x}")
});
