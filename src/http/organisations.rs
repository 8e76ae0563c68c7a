//! Collection organisations.

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
use crate::store::organisations::{self, Organisation};
use crate::store::{Conn, locks};

/// A new organisation.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct NewOrganisation {
    /// Made by the client, so that the same request twice makes one organisation.
    #[schema(value_type = Option<Id>)]
    id: Option<Given<Id>>,
    #[schema(value_type = String)]
    name: Given<String>,
}

/// A collection organisation.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Organisation)]
pub struct OrganisationView {
    id: Id,
    name: String,
    created_at: DateTime<Utc>,
}

impl From<Organisation> for OrganisationView {
    fn from(organisation: Organisation) -> Self {
        Self {
            id: organisation.id,
            name: organisation.name,
            created_at: organisation.created_at.and_utc(),
        }
    }
}

impl NewOrganisation {
    fn read(self, new_id: Id, now: DateTime<Utc>) -> Result<Organisation, Problem> {
        let mut fields = Fields::default();
        let id = fields.take_optional("/id", self.id).unwrap_or(new_id);
        let name = fields.take("/name", name(self.name));
        let created_at = now.naive_utc();
        fields.finish(name.map(|name| Organisation { id, name, created_at }))
    }
}

/// Organisations.
#[utoipa::path(get, path = "/api/v1/organisations", params(Paging), responses((status = 200, body = Listed<OrganisationView>)))]
pub async fn list(
    _: Allowed<permit::ManageOffices>,
    state: State,
    paging: Query<Paging>,
) -> Answer<Listed<OrganisationView>> {
    let window = paging.window()?;
    let page = state.read(move |c| organisations::list(c, window)).await?;
    Ok(Json(Listed::of(page)))
}

/// Adds an organisation.
#[utoipa::path(post, path = "/api/v1/organisations", request_body = NewOrganisation, responses((status = 201, body = OrganisationView)))]
pub async fn create(
    _: Allowed<permit::ManageOffices>,
    state: State,
    body: Body<NewOrganisation>,
) -> Result<Created<OrganisationView>, Problem> {
    let organisation = body.0.read(clock::new_id(), clock::now())?;
    let author = state.store.author();
    let made = state
        .write(move |tx| {
            organisations::create(tx, &organisation)
                .map(|made| author.made(made.id, OrganisationView::from(made)))
        })
        .await?;
    Ok(Created(made))
}

/// One organisation.
#[utoipa::path(get, path = "/api/v1/organisations/{id}", params(("id" = Id, Path)), responses((status = 200, body = OrganisationView)))]
pub async fn read(
    _: Allowed<permit::ManageOffices>,
    state: State,
    req: HttpRequest,
    id: Path<Id>,
) -> Result<HttpResponse, Problem> {
    let organisation = state.read(move |c| organisations::get(c, *id)).await?;
    let organisation = OrganisationView::from(organisation);
    let tag = tag::of(&organisation);
    Ok(tag::unchanged(&req, &tag).unwrap_or_else(|| tag::tagged(tag).json(organisation)))
}

/// The new name of an organisation.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct OrganisationChange {
    #[schema(value_type = String)]
    name: Given<String>,
}

/// Gives an organisation another name. `If-Match` refuses when somebody else was faster.
#[utoipa::path(patch, path = "/api/v1/organisations/{id}", params(("id" = Id, Path)), request_body = OrganisationChange, responses((status = 200, body = OrganisationView)))]
pub async fn update(
    _: Allowed<permit::ManageOffices>,
    state: State,
    req: HttpRequest,
    id: Path<Id>,
    body: Body<OrganisationChange>,
) -> Result<HttpResponse, Problem> {
    let mut fields = Fields::default();
    let new_name = fields.take("/name", name(body.0.name));
    let new_name = fields.finish(new_name)?;
    let id = *id;
    let read = move |tx: &mut Conn| {
        locks::organisation(tx, id)?;
        organisations::get(tx, id).map(OrganisationView::from)
    };
    let rename = move |tx: &mut Conn| organisations::rename(tx, id, &new_name);
    tag::change(&state, &req, id, read, rename).await
}
