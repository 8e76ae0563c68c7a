//! Offices: a tree that supervisors see from their own office down.

use actix_web::web::{Json, Path, Query};
use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::fields::{Fields, Given, name};
use super::guard::{Allowed, permit};
use super::json::{Body, Created};
use super::paging::{Listed, Paging};
use super::{Answer, Problem, State, tag};
use crate::clock;
use crate::domain::Id;
use crate::store::offices::{self, Office};
use crate::store::{Conn, Reach, locks};

/// A new office.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct NewOffice {
    /// Made by the client, so that the same request twice makes one office.
    #[schema(value_type = Option<Id>)]
    id: Option<Given<Id>>,
    #[schema(value_type = String)]
    name: Given<String>,
    /// The office above.
    #[schema(value_type = Option<Id>)]
    parent_id: Option<Given<Id>>,
}

/// An office.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Office)]
pub struct OfficeView {
    id: Id,
    name: String,
    #[schema(required)]
    parent_id: Option<Id>,
    created_at: DateTime<Utc>,
}

impl From<Office> for OfficeView {
    fn from(office: Office) -> Self {
        Self {
            id: office.id,
            name: office.name,
            parent_id: office.parent_id,
            created_at: office.created_at.and_utc(),
        }
    }
}

impl NewOffice {
    fn read(self, new_id: Id, now: DateTime<Utc>) -> Result<Office, Problem> {
        let mut fields = Fields::default();
        let id = fields.take_optional("/id", self.id).unwrap_or(new_id);
        let name = fields.take("/name", name(self.name));
        let parent_id = fields.take_optional("/parent_id", self.parent_id);
        let created_at = now.naive_utc();
        fields.finish(name.map(|name| Office { id, name, parent_id, created_at }))
    }
}

/// Offices within reach.
#[utoipa::path(get, path = "/api/v1/offices", params(Paging), responses((status = 200, body = Listed<OfficeView>)))]
pub async fn list(
    allowed: Allowed<permit::ReadOwnUnit>,
    state: State,
    paging: Query<Paging>,
) -> Answer<Listed<OfficeView>> {
    let window = paging.window()?;
    let page = allowed.read(&state, move |c, reach| offices::list(c, reach, window)).await?;
    Ok(Json(Listed::of(page)))
}

/// Adds an office.
#[utoipa::path(post, path = "/api/v1/offices", request_body = NewOffice, responses((status = 201, body = OfficeView)))]
pub async fn create(
    _: Allowed<permit::ManageOffices>,
    state: State,
    body: Body<NewOffice>,
) -> Result<Created<OfficeView>, Problem> {
    let office = body.0.read(clock::new_id(), clock::now())?;
    let author = state.store.author();
    let made = state
        .write(move |tx| {
            offices::create(tx, &office).map(|made| author.made(made.id, OfficeView::from(made)))
        })
        .await?;
    Ok(Created(made))
}

/// One office within reach.
#[utoipa::path(get, path = "/api/v1/offices/{id}", params(("id" = Id, Path)), responses((status = 200, body = OfficeView)))]
pub async fn read(
    allowed: Allowed<permit::ReadOwnUnit>,
    state: State,
    req: HttpRequest,
    id: Path<Id>,
) -> Result<HttpResponse, Problem> {
    let read = move |c: &mut Conn, reach: &Reach| {
        reach.check_office(*id)?;
        offices::get(c, *id)
    };
    let office = OfficeView::from(allowed.read(&state, read).await?);
    let tag = tag::of(&office);
    Ok(tag::unchanged(&req, &tag).unwrap_or_else(|| tag::tagged(tag).json(office)))
}

/// The new name of an office.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct OfficeChange {
    #[schema(value_type = String)]
    name: Given<String>,
}

/// Gives an office another name. `If-Match` refuses when somebody else was faster.
#[utoipa::path(patch, path = "/api/v1/offices/{id}", params(("id" = Id, Path)), request_body = OfficeChange, responses((status = 200, body = OfficeView)))]
pub async fn update(
    _: Allowed<permit::ManageOffices>,
    state: State,
    req: HttpRequest,
    id: Path<Id>,
    body: Body<OfficeChange>,
) -> Result<HttpResponse, Problem> {
    let mut fields = Fields::default();
    let new_name = fields.take("/name", name(body.0.name));
    let new_name = fields.finish(new_name)?;
    let id = *id;
    let read = move |tx: &mut Conn| {
        locks::office(tx, id)?;
        offices::get(tx, id).map(OfficeView::from)
    };
    let rename = move |tx: &mut Conn| offices::rename(tx, id, &new_name);
    tag::change(&state, &req, id, read, rename).await
}
