//! Mass organisations, whose members are agents.

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
use crate::domain::{Code, Id};
use crate::policy::permissions::Scope;
use crate::store::associations::{self, Association};
use crate::store::locks;

/// A new mass organisation.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct NewAssociation {
    /// Made by the client, so that the same request twice makes one.
    #[schema(value_type = Option<Id>)]
    id: Option<Given<Id>>,
    #[schema(value_type = String, example = "Hội Liên hiệp Phụ nữ xã Bố Trạch")]
    name: Given<String>,
    /// The office that keeps it: a supervisor's own unless given.
    #[schema(value_type = Option<Id>)]
    office_id: Option<Given<Id>>,
    /// Agents and leaders.
    #[schema(value_type = Vec<Id>)]
    member_ids: Given<Vec<Id>>,
}

/// What changes of a mass organisation; what is absent stays.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct AssociationChange {
    #[schema(value_type = Option<String>)]
    name: Option<Given<String>>,
    /// Its members from now on, all of them.
    #[schema(value_type = Option<Vec<Id>>)]
    member_ids: Option<Given<Vec<Id>>>,
}

/// A mass organisation.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Association)]
pub struct AssociationView {
    id: Id,
    name: String,
    /// The office that keeps it; the administrators when there is none.
    #[schema(required)]
    office_id: Option<Id>,
    /// Agents and leaders, in order.
    member_ids: Vec<Id>,
    created_at: DateTime<Utc>,
}

impl From<Association> for AssociationView {
    fn from(it: Association) -> Self {
        Self {
            id: it.id,
            name: it.name,
            office_id: it.office_id,
            member_ids: it.member_ids,
            created_at: it.created_at.and_utc(),
        }
    }
}

impl NewAssociation {
    fn read(self, new_id: Id, now: DateTime<Utc>) -> Result<Association, Problem> {
        let mut fields = Fields::default();
        let id = fields.take_optional("/id", self.id).unwrap_or(new_id);
        let name = fields.take("/name", fields::name(self.name));
        let office_id = fields.take_optional("/office_id", self.office_id);
        let member_ids = fields.take("/member_ids", self.member_ids);
        let created_at = now.naive_utc();
        let whole = name.zip(member_ids).map(|(name, member_ids)| Association {
            id,
            name,
            office_id,
            member_ids,
            created_at,
        });
        fields.finish(whole)
    }
}

/// Mass organisations within reach.
#[utoipa::path(get, path = "/api/v1/associations", params(Paging), responses((status = 200, body = Listed<AssociationView>)))]
pub async fn list(
    allowed: Allowed<permit::ReadOwnUnit>,
    state: State,
    paging: Query<Paging>,
) -> Answer<Listed<AssociationView>> {
    let window = paging.window()?;
    let page = allowed.read(&state, move |c, reach| associations::list(c, reach, window)).await?;
    Ok(Json(Listed::of(page)))
}

/// Adds a mass organisation. What its members enroll counts for it, too.
#[utoipa::path(post, path = "/api/v1/associations", request_body = NewAssociation, responses((status = 201, body = AssociationView)))]
pub async fn create(
    allowed: Allowed<permit::ManageUnits>,
    state: State,
    body: Body<NewAssociation>,
) -> Result<Created<AssociationView>, Problem> {
    let mut new = body.0.read(clock::new_id(), clock::now())?;
    if allowed.scope == Scope::OfficeTree {
        new.office_id = new.office_id.or(allowed.principal.office_id);
    }
    let author = state.store.author();
    let made = allowed
        .write(&state, move |tx, reach| {
            let made = associations::create(tx, reach, new.clone())?;
            Ok(author.made(made.id, AssociationView::from(made)))
        })
        .await?;
    Ok(Created(made))
}

/// One mass organisation within reach.
#[utoipa::path(get, path = "/api/v1/associations/{id}", params(("id" = Id, Path)), responses((status = 200, body = AssociationView)))]
pub async fn read(
    allowed: Allowed<permit::ReadOwnUnit>,
    state: State,
    req: HttpRequest,
    id: Path<Id>,
) -> Result<HttpResponse, Problem> {
    let found = allowed.read(&state, move |c, reach| associations::get(c, reach, *id)).await?;
    let found = AssociationView::from(found);
    let tag = tag::of(&found);
    Ok(tag::unchanged(&req, &tag).unwrap_or_else(|| tag::tagged(tag).json(found)))
}

/// Changes a mass organisation within reach. `If-Match` refuses when somebody else was faster.
#[utoipa::path(patch, path = "/api/v1/associations/{id}", params(("id" = Id, Path)), request_body = AssociationChange,
    responses((status = 200, body = AssociationView)))]
pub async fn update(
    allowed: Allowed<permit::ManageUnits>,
    state: State,
    req: HttpRequest,
    id: Path<Id>,
    body: Body<AssociationChange>,
) -> Result<HttpResponse, Problem> {
    let mut fields = Fields::default();
    let name = fields.take_optional("/name", body.0.name.map(fields::name));
    let member_ids = fields.take_optional("/member_ids", body.0.member_ids);
    fields.finish(Some(()))?;
    let asked = tag::asked(&req);
    let author = state.store.author();
    let changed = allowed
        .write(&state, move |tx, reach| {
            locks::association(tx, *id)?;
            let mut it = associations::get(tx, reach, *id)?;
            let before = AssociationView::from(it.clone());
            if tag::check(asked.as_deref(), &tag::of(&before)).is_err() {
                return Ok(None);
            }
            author.before(&before);
            it.name = name.clone().unwrap_or(it.name);
            it.member_ids = member_ids.clone().unwrap_or(it.member_ids);
            associations::change(tx, reach, it)?;
            let it = AssociationView::from(associations::get(tx, reach, *id)?);
            author.after(&it);
            Ok(Some(it))
        })
        .await?;
    let it = changed.ok_or(Code::PreconditionFailed)?;
    Ok(tag::tagged(tag::of(&it)).json(it))
}
