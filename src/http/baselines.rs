//! Baselines: figures that this system cannot count, dated, with who says so.

use actix_web::web::{Json, Query};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::fields::{self, Fields, Given};
use super::guard::{Allowed, permit};
use super::json::{Body, Created};
use super::paging::{Listed, Paging};
use super::{Answer, Problem, State};
use crate::clock;
use crate::domain::{BaselineKind, Code, Id, vn_day};
use crate::store::baselines::{self, Baseline};

/// A new baseline: of an office or of a commune.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct NewBaseline {
    /// Made by the client, so that the same request twice makes one baseline.
    #[schema(value_type = Option<Id>)]
    id: Option<Given<Id>>,
    #[schema(value_type = Option<Id>)]
    office_id: Option<Given<Id>>,
    #[schema(value_type = Option<String>, example = "19141")]
    area_code: Option<Given<String>>,
    #[schema(value_type = BaselineKind)]
    kind: Given<String>,
    /// The day it is of.
    #[schema(value_type = NaiveDate)]
    as_of: Given<String>,
    #[schema(value_type = i64, minimum = 0)]
    people: Given<i64>,
    /// Which document or report says so.
    #[schema(value_type = String)]
    source: Given<String>,
}

/// A figure that this system cannot count.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Baseline)]
pub struct BaselineView {
    id: Id,
    #[schema(required)]
    office_id: Option<Id>,
    #[schema(required)]
    area_code: Option<String>,
    kind: BaselineKind,
    as_of: NaiveDate,
    people: i64,
    source: String,
    created_at: DateTime<Utc>,
}

impl From<Baseline> for BaselineView {
    fn from(it: Baseline) -> Self {
        Self {
            id: it.id,
            office_id: it.office_id,
            area_code: it.area_code,
            kind: it.kind,
            as_of: it.as_of,
            people: it.people,
            source: it.source,
            created_at: it.created_at.and_utc(),
        }
    }
}

/// More people than Việt Nam has.
const PEOPLE: std::ops::RangeInclusive<i64> = 0..=200_000_000;

fn count(people: i64) -> Result<i64, Code> {
    if PEOPLE.contains(&people) { Ok(people) } else { Err(Code::OutOfRange) }
}

impl NewBaseline {
    fn read(self, new_id: Id, now: DateTime<Utc>) -> Result<Baseline, Problem> {
        let mut fields = Fields::default();
        let both = [self.office_id.is_some(), self.area_code.is_some()];
        let id = fields.take_optional("/id", self.id).unwrap_or(new_id);
        let office_id = fields.take_optional("/office_id", self.office_id);
        let area = self.area_code.map(|code| fields::area(code, vn_day(now)));
        let area_code = fields.take_optional("/area_code", area);
        match both {
            [true, true] => fields.wrong("/area_code", Code::Conflict),
            [false, false] => fields.wrong("/office_id", Code::Required),
            _ => {}
        }
        let kind = fields.take("/kind", fields::word::<BaselineKind>(self.kind));
        let as_of = fields.take("/as_of", fields::day(self.as_of));
        let people = fields.take("/people", self.people.and_then(count));
        let source = fields.take("/source", fields::name(self.source));
        let whole = (|| {
            Some(Baseline {
                id,
                office_id,
                area_code,
                kind: kind?,
                as_of: as_of?,
                people: people?,
                source: source?,
                created_at: now.naive_utc(),
            })
        })();
        fields.finish(whole)
    }
}

/// Baselines of communes, and of the offices within reach.
#[utoipa::path(get, path = "/api/v1/baselines", params(Paging), responses((status = 200, body = Listed<BaselineView>)))]
pub async fn list(
    allowed: Allowed<permit::ReadOwnUnit>,
    state: State,
    paging: Query<Paging>,
) -> Answer<Listed<BaselineView>> {
    let window = paging.window()?;
    let page = allowed.read(&state, move |c, reach| baselines::list(c, reach, window)).await?;
    Ok(Json(Listed::of(page)))
}

/// Adds a baseline. The newest up to a day holds on it.
#[utoipa::path(post, path = "/api/v1/baselines", request_body = NewBaseline, responses((status = 201, body = BaselineView)))]
pub async fn create(
    allowed: Allowed<permit::ManageUnits>,
    state: State,
    body: Body<NewBaseline>,
) -> Result<Created<BaselineView>, Problem> {
    let baseline = body.0.read(clock::new_id(), clock::now())?;
    let author = state.store.author();
    let made = allowed
        .write(&state, move |tx, reach| {
            let made = baselines::create(tx, reach, &baseline)?;
            Ok(author.made(made.id, BaselineView::from(made)))
        })
        .await?;
    Ok(Created(made))
}
