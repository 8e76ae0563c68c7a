//! API clients: programs of collection organisations.

use actix_web::web::{Json, Path, Query};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::fields::{self, Fields, Given};
use super::guard::{Allowed, permit};
use super::json::{Body, Created};
use super::paging::{Listed, Paging};
use super::{Answer, Problem, State};
use crate::auth::programs;
use crate::clock;
use crate::domain::{ApiScope, Code, Id};
use crate::store::api_clients::{self, ApiClient, Secret};
use crate::store::{self, Conn, locks};

/// The longest time that an old secret is good beside a new one, hours.
const MOST_OVERLAP: i64 = 30 * 24;

/// A new program of an organisation.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct NewClient {
    /// Made by the caller; a taken one is a `conflict`, because a secret is told once.
    #[schema(value_type = Option<Id>)]
    id: Option<Given<Id>>,
    #[schema(value_type = String)]
    name: Given<String>,
    #[schema(value_type = Id)]
    organisation_id: Given<Id>,
    #[schema(value_type = Vec<ApiScope>)]
    scopes: Given<Vec<String>>,
}

/// A program of an organisation.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Client)]
pub struct ClientView {
    id: Id,
    name: String,
    organisation_id: Id,
    scopes: Vec<ApiScope>,
    disabled: bool,
    /// Its secrets that are good now, the newest first; two while one follows the other.
    secrets: Vec<SecretView>,
    created_at: DateTime<Utc>,
}

/// A secret, without itself.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = ClientSecret)]
pub struct SecretView {
    id: Id,
    created_at: DateTime<Utc>,
    #[schema(required)]
    expires_at: Option<DateTime<Utc>>,
}

/// A program and its secret, which is told this once.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ClientWithSecret {
    #[serde(flatten)]
    client: ClientView,
    #[schema(format = Password)]
    client_secret: String,
}

impl From<Secret> for SecretView {
    fn from(secret: Secret) -> Self {
        Self {
            id: secret.id,
            created_at: secret.created_at.and_utc(),
            expires_at: secret.expires_at.map(|at| at.and_utc()),
        }
    }
}

impl ClientView {
    fn of(conn: &mut Conn, client: ApiClient, now: DateTime<Utc>) -> store::Result<Self> {
        let secrets = api_clients::secrets_of(conn, client.id, now.naive_utc())?;
        Ok(Self {
            id: client.id,
            name: client.name,
            organisation_id: client.organisation_id,
            scopes: programs::scopes(&client.scopes),
            disabled: client.disabled_at.is_some(),
            secrets: secrets.into_iter().map(SecretView::from).collect(),
            created_at: client.created_at.and_utc(),
        })
    }
}

fn scopes(fields: &mut Fields, given: Given<Vec<String>>) -> Option<Vec<ApiScope>> {
    let words = fields.take("/scopes", given)?;
    if words.is_empty() {
        fields.wrong("/scopes", Code::Required);
    }
    let scope = |(i, word): (usize, String)| {
        fields.take(format!("/scopes/{i}"), fields::word::<ApiScope>(Given::of(word)))
    };
    words.into_iter().enumerate().map(scope).collect()
}

/// Programs.
#[utoipa::path(get, path = "/api/v1/clients", params(Paging), responses((status = 200, body = Listed<ClientView>)))]
pub async fn list(
    _: Allowed<permit::ManageClients>,
    state: State,
    paging: Query<Paging>,
) -> Answer<Listed<ClientView>> {
    let (window, now) = (paging.window()?, clock::now());
    let read = state.read(move |conn| {
        let page = api_clients::list(conn, window)?;
        let views = page.items.into_iter().map(|it| ClientView::of(conn, it, now));
        Ok((views.collect::<store::Result<Vec<_>>>()?, page.next))
    });
    let (items, next) = read.await?;
    Ok(Json(Listed::new(items, next.map(|id| *id.0.as_bytes()))))
}

/// Adds a program. Its secret is told in this answer and never again.
#[utoipa::path(post, path = "/api/v1/clients", request_body = NewClient, responses((status = 201, body = ClientWithSecret)))]
pub async fn create(
    _: Allowed<permit::ManageClients>,
    state: State,
    Body(body): Body<NewClient>,
) -> Result<Created<ClientWithSecret>, Problem> {
    let mut fields = Fields::default();
    let now = clock::now();
    let id = fields.take_optional("/id", body.id).unwrap_or_else(clock::new_id);
    let name = fields.take("/name", fields::name(body.name));
    let organisation_id = fields.take("/organisation_id", body.organisation_id);
    let scopes = scopes(&mut fields, body.scopes);
    let whole = name.zip(organisation_id).zip(scopes);
    let ((name, organisation_id), scopes) = fields.finish(whole)?;
    let secret = programs::new_secret(id, clock::new_id(), now)?;
    let client = ApiClient {
        id,
        name,
        organisation_id,
        scopes: programs::words(&scopes),
        created_at: now.naive_utc(),
        disabled_at: None,
    };
    let author = state.store.author();
    let made = state
        .write(move |tx| {
            api_clients::create(tx, &client, &secret.kept)?;
            let view = ClientView::of(tx, client.clone(), now)?;
            let client = author.made(id, view);
            Ok(ClientWithSecret { client, client_secret: secret.text.clone() })
        })
        .await?;
    Ok(Created(made))
}

/// One program.
#[utoipa::path(get, path = "/api/v1/clients/{id}", params(("id" = Id, Path)), responses((status = 200, body = ClientView)))]
pub async fn read(
    _: Allowed<permit::ManageClients>,
    state: State,
    id: Path<Id>,
) -> Answer<ClientView> {
    let now = clock::now();
    let read = state.read(move |conn| {
        let known = api_clients::get(conn, *id)?;
        ClientView::of(conn, known, now)
    });
    Ok(Json(read.await?))
}

/// What may be changed of a program.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct ClientChange {
    #[schema(value_type = Option<String>)]
    name: Option<Given<String>>,
    /// Holds from the next request on, also of tokens given before.
    #[schema(value_type = Option<Vec<ApiScope>>)]
    scopes: Option<Given<Vec<String>>>,
    /// `true` takes the program out of use for good; its tokens are worth nothing from then on.
    #[schema(value_type = Option<bool>)]
    disabled: Option<Given<bool>>,
}

/// Changes a program.
#[utoipa::path(patch, path = "/api/v1/clients/{id}", params(("id" = Id, Path)), request_body = ClientChange, responses((status = 200, body = ClientView)))]
pub async fn update(
    _: Allowed<permit::ManageClients>,
    state: State,
    id: Path<Id>,
    Body(body): Body<ClientChange>,
) -> Answer<ClientView> {
    let mut fields = Fields::default();
    let name = fields.take_optional("/name", body.name.map(fields::name));
    let scopes = body.scopes.and_then(|given| scopes(&mut fields, given));
    let disabled = fields.take_optional("/disabled", body.disabled).unwrap_or_default();
    fields.finish(Some(()))?;
    let (now, author) = (clock::now(), state.store.author());
    let changed = state
        .write(move |tx| {
            locks::api_client(tx, *id)?;
            let known = api_clients::get(tx, *id)?;
            let before = ClientView::of(tx, known.clone(), now)?;
            let words = scopes.as_deref().map(programs::words);
            let name = name.as_deref().unwrap_or(&known.name);
            let mut client =
                api_clients::update(tx, *id, name, words.as_deref().unwrap_or(&known.scopes))?;
            if disabled {
                client = api_clients::disable(tx, *id, now.naive_utc())?;
            }
            let after = ClientView::of(tx, client, now)?;
            author.before(&before);
            author.after(&after);
            Ok(after)
        })
        .await?;
    Ok(Json(changed))
}

/// How to change a secret.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct Rotation {
    /// Hours that the secret before is good beside the new one: 0 for one that was given away, at most 720;
    /// a week when absent.
    #[schema(value_type = Option<i64>, minimum = 0, maximum = 720)]
    overlap_hours: Option<Given<i64>>,
}

/// Gives a program a new secret, which is told in this answer and never again.
#[utoipa::path(post, path = "/api/v1/clients/{id}/rotate-secret", params(("id" = Id, Path)), request_body = Rotation, responses((status = 201, body = ClientWithSecret)))]
pub async fn rotate(
    _: Allowed<permit::ManageClients>,
    state: State,
    id: Path<Id>,
    Body(body): Body<Rotation>,
) -> Result<Created<ClientWithSecret>, Problem> {
    let mut fields = Fields::default();
    let hours = body.overlap_hours.map(|given| {
        given.and_then(|hours| match hours {
            0..=MOST_OVERLAP => Ok(TimeDelta::hours(hours)),
            _ => Err(Code::OutOfRange),
        })
    });
    let overlap = fields.take_optional("/overlap_hours", hours).unwrap_or(programs::OVERLAP);
    fields.finish(Some(()))?;
    let (now, author) = (clock::now(), state.store.author());
    let secret = programs::new_secret(*id, clock::new_id(), now)?;
    let made = state
        .write(move |tx| {
            api_clients::rotate(tx, &secret.kept, (now + overlap).naive_utc())?;
            let known = api_clients::get(tx, *id)?;
            let client = ClientView::of(tx, known, now)?;
            author.after(&client);
            Ok(ClientWithSecret { client, client_secret: secret.text.clone() })
        })
        .await?;
    Ok(Created(made))
}
