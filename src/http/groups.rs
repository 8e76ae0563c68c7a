//! Groups: who goes out together.

use actix_web::web::{Json, Path, Query};
use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::fields::{self, Fields, Given};
use super::guard::{Allowed, permit};
use super::json::{Body, Created};
use super::paging::{Listed, Paging};
use super::{Answer, Problem, State, tag};
use crate::clock;
use crate::domain::{Code, Id, vn_day};
use crate::policy::permissions::Scope;
use crate::store::groups::{self, Group};
use crate::store::locks;

/// A new group.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct NewGroup {
    /// Made by the client, so that the same request twice makes one group.
    #[schema(value_type = Option<Id>)]
    id: Option<Given<Id>>,
    #[schema(value_type = String)]
    name: Given<String>,
    /// The office it belongs to; a supervisor's own when absent.
    #[schema(value_type = Option<Id>)]
    office_id: Option<Given<Id>>,
    /// The communes it works in; may be empty.
    #[schema(value_type = Option<Vec<String>>, example = json!(["19141"]))]
    area_codes: Option<Given<Vec<String>>>,
}

/// A group.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Group)]
pub struct GroupView {
    id: Id,
    name: String,
    #[schema(required)]
    office_id: Option<Id>,
    area_codes: Vec<String>,
    created_at: DateTime<Utc>,
}

impl From<Group> for GroupView {
    fn from(group: Group) -> Self {
        Self {
            id: group.id,
            name: group.name,
            office_id: group.office_id,
            area_codes: group.area_codes,
            created_at: group.created_at.and_utc(),
        }
    }
}

impl NewGroup {
    fn read(self, new_id: Id, now: DateTime<Utc>) -> Result<Group, Problem> {
        let mut fields = Fields::default();
        let id = fields.take_optional("/id", self.id).unwrap_or(new_id);
        let name = fields.take("/name", fields::name(self.name));
        let office_id = fields.take_optional("/office_id", self.office_id);
        let area_codes = areas(&mut fields, self.area_codes, now).unwrap_or_default();
        let created_at = now.naive_utc();
        fields.finish(name.map(|name| Group { id, name, office_id, area_codes, created_at }))
    }
}

/// The communes a group works in, as they are called today.
fn areas(
    fields: &mut Fields,
    given: Option<Given<Vec<String>>>,
    now: DateTime<Utc>,
) -> Option<Vec<String>> {
    let given = fields.take_optional("/area_codes", given)?;
    let codes = given.into_iter().enumerate().filter_map(|(at, code)| {
        let code = fields::area(Given::of(code), vn_day(now));
        fields.take(format!("/area_codes/{at}"), code)
    });
    Some(codes.collect())
}

/// Groups within reach.
#[utoipa::path(get, path = "/api/v1/groups", params(Paging), responses((status = 200, body = Listed<GroupView>)))]
pub async fn list(
    allowed: Allowed<permit::ReadOwnUnit>,
    state: State,
    paging: Query<Paging>,
) -> Answer<Listed<GroupView>> {
    let window = paging.window()?;
    let page = allowed.read(&state, move |c, reach| groups::list(c, reach, window)).await?;
    Ok(Json(Listed::of(page)))
}

/// Adds a group.
#[utoipa::path(post, path = "/api/v1/groups", request_body = NewGroup, responses((status = 201, body = GroupView)))]
pub async fn create(
    allowed: Allowed<permit::ManageUnits>,
    state: State,
    body: Body<NewGroup>,
) -> Result<Created<GroupView>, Problem> {
    let mut group = body.0.read(clock::new_id(), clock::now())?;
    if allowed.scope == Scope::OfficeTree {
        group.office_id = group.office_id.or(allowed.principal.office_id);
    }
    let author = state.store.author();
    let made = allowed
        .write(&state, move |tx, reach| {
            if let Some(office_id) = group.office_id {
                reach.check_office(office_id)?;
            }
            let made = groups::create(tx, group.clone())?;
            Ok(author.made(made.id, GroupView::from(made)))
        })
        .await?;
    Ok(Created(made))
}

/// One group within reach.
#[utoipa::path(get, path = "/api/v1/groups/{id}", params(("id" = Id, Path)), responses((status = 200, body = GroupView)))]
pub async fn read(
    allowed: Allowed<permit::ReadOwnUnit>,
    state: State,
    req: HttpRequest,
    id: Path<Id>,
) -> Result<HttpResponse, Problem> {
    let group = allowed.read(&state, move |c, reach| groups::get(c, reach, *id)).await?;
    let group = GroupView::from(group);
    let tag = tag::of(&group);
    Ok(tag::unchanged(&req, &tag).unwrap_or_else(|| tag::tagged(tag).json(group)))
}

/// What changes of a group; what is absent stays.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct GroupChange {
    #[schema(value_type = Option<String>)]
    name: Option<Given<String>>,
    /// Another office, for a supervisor one of his own tree.
    #[schema(value_type = Option<Id>)]
    office_id: Option<Given<Id>>,
    /// The communes it works in from now on, all of them.
    #[schema(value_type = Option<Vec<String>>, example = json!(["19141"]))]
    area_codes: Option<Given<Vec<String>>>,
}

/// Changes a group within reach. `If-Match` refuses when somebody else was faster.
#[utoipa::path(patch, path = "/api/v1/groups/{id}", params(("id" = Id, Path)), request_body = GroupChange, responses((status = 200, body = GroupView)))]
pub async fn update(
    allowed: Allowed<permit::ManageUnits>,
    state: State,
    req: HttpRequest,
    id: Path<Id>,
    body: Body<GroupChange>,
) -> Result<HttpResponse, Problem> {
    let mut fields = Fields::default();
    let name = body.0.name.map(fields::name);
    let name = fields.take_optional("/name", name);
    let office_id = fields.take_optional("/office_id", body.0.office_id);
    let area_codes = areas(&mut fields, body.0.area_codes, clock::now());
    fields.finish(Some(()))?;
    let asked = tag::asked(&req);
    let author = state.store.author();
    let changed = allowed
        .write(&state, move |tx, reach| {
            locks::group(tx, *id)?;
            let mut group = groups::get(tx, reach, *id)?;
            let before = GroupView::from(group.clone());
            if tag::check(asked.as_deref(), &tag::of(&before)).is_err() {
                return Ok(None);
            }
            author.before(&before);
            if let Some(office_id) = office_id {
                reach.check_office(office_id)?;
            }
            group.name = name.clone().unwrap_or(group.name);
            group.office_id = office_id.or(group.office_id);
            group.area_codes = area_codes.clone().unwrap_or(group.area_codes);
            groups::change(tx, group)?;
            let group = GroupView::from(groups::get(tx, reach, *id)?);
            author.after(&group);
            Ok(Some(group))
        })
        .await?;
    let group = changed.ok_or(Code::PreconditionFailed)?;
    Ok(tag::tagged(tag::of(&group)).json(group))
}
