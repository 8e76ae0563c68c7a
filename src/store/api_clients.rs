//! API clients: programs of collection organisations, and their secrets.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::conn::Conn;
use super::error::Result;
use super::page::{Page, Window};
use super::schema::{api_client_secrets as secrets, api_clients};
use super::{locks, organisations};
use crate::domain::Id;

/// A program of an organisation.
#[derive(Debug, Clone, PartialEq, Eq, Insertable, Queryable, Selectable)]
#[diesel(table_name = api_clients, treat_none_as_default_value = false)]
pub struct ApiClient {
    pub id: Id,
    pub name: String,
    pub organisation_id: Id,
    /// Words with spaces between.
    pub scopes: String,
    pub created_at: NaiveDateTime,
    pub disabled_at: Option<NaiveDateTime>,
}

/// A secret, of which only the digest is known.
#[derive(Debug, Clone, PartialEq, Eq, Insertable, Queryable, Selectable)]
#[diesel(table_name = secrets, treat_none_as_default_value = false)]
pub struct Secret {
    pub id: Id,
    pub client_id: Id,
    pub digest: String,
    pub created_at: NaiveDateTime,
    pub expires_at: Option<NaiveDateTime>,
}

/// Adds a client with its first secret.
///
/// # Errors
/// [`super::StoreError::NotFound`] for an unknown organisation, [`super::StoreError::Unique`] when the id is taken: a secret
/// is told once, and the same request again cannot be told it.
pub fn create(tx: &mut Conn, new: &ApiClient, secret: &Secret) -> Result<()> {
    organisations::get(tx, new.organisation_id)?;
    diesel::insert_into(api_clients::table).values(new).execute(tx)?;
    add_secret(tx, secret)
}

fn add_secret(tx: &mut Conn, secret: &Secret) -> Result<()> {
    diesel::insert_into(secrets::table).values(secret).execute(tx)?;
    Ok(())
}

/// One client.
///
/// # Errors
/// [`super::StoreError::NotFound`].
pub fn get(conn: &mut Conn, id: Id) -> Result<ApiClient> {
    Ok(api_clients::table.find(id).select(ApiClient::as_select()).first(conn)?)
}

/// Clients, a page at a time.
pub fn list(conn: &mut Conn, window: Window) -> Result<Page<ApiClient>> {
    let rows = api_clients::table
        .filter(api_clients::id.gt(window.start()))
        .order(api_clients::id)
        .limit(window.fetch())
        .select(ApiClient::as_select())
        .load(conn)?;
    Ok(window.page(rows, |client| client.id))
}

/// Gives a client another name and other scopes.
///
/// # Errors
/// [`super::StoreError::NotFound`].
pub fn update(tx: &mut Conn, id: Id, name: &str, scopes: &str) -> Result<ApiClient> {
    diesel::update(api_clients::table.find(id))
        .set((api_clients::name.eq(name), api_clients::scopes.eq(scopes)))
        .execute(tx)?;
    get(tx, id)
}

/// Takes a client out of use, for good.
///
/// # Errors
/// [`super::StoreError::NotFound`].
pub fn disable(tx: &mut Conn, id: Id, now: NaiveDateTime) -> Result<ApiClient> {
    diesel::update(api_clients::table.find(id).filter(api_clients::disabled_at.is_null()))
        .set(api_clients::disabled_at.eq(now))
        .execute(tx)?;
    get(tx, id)
}

/// Adds a secret. The newest of those before ends at `until`, and every other one now.
///
/// # Errors
/// [`super::StoreError::NotFound`].
pub fn rotate(tx: &mut Conn, secret: &Secret, until: NaiveDateTime) -> Result<()> {
    locks::api_client(tx, secret.client_id)?;
    get(tx, secret.client_id)?;
    let known = secrets_of(tx, secret.client_id, secret.created_at)?;
    for (newest, old) in known.iter().enumerate().map(|(i, old)| (i == 0, old)) {
        let end = if newest { until } else { secret.created_at };
        let end = old.expires_at.map_or(end, |known| known.min(end));
        diesel::update(secrets::table.find(old.id)).set(secrets::expires_at.eq(end)).execute(tx)?;
    }
    add_secret(tx, secret)
}

/// The secrets that are good at `now`, the newest first.
pub fn secrets_of(conn: &mut Conn, client_id: Id, now: NaiveDateTime) -> Result<Vec<Secret>> {
    Ok(secrets::table
        .filter(secrets::client_id.eq(client_id))
        .filter(secrets::expires_at.is_null().or(secrets::expires_at.assume_not_null().gt(now)))
        .order((secrets::created_at.desc(), secrets::id.desc()))
        .select(Secret::as_select())
        .load(conn)?)
}

/// The client in use whose secret has this digest and is good at `now`, with the id of the secret.
pub fn by_digest(
    conn: &mut Conn,
    client_id: Id,
    digest: &str,
    now: NaiveDateTime,
) -> Result<Option<(ApiClient, Id)>> {
    let known = secrets_of(conn, client_id, now)?;
    let Some(secret) = known.into_iter().find(|it| it.digest == digest) else { return Ok(None) };
    in_use(conn, client_id, secret.id, now).map(|client| client.map(|it| (it, secret.id)))
}

/// The client in use that logged in with this secret, while that is good.
pub fn in_use(
    conn: &mut Conn,
    client_id: Id,
    secret_id: Id,
    now: NaiveDateTime,
) -> Result<Option<ApiClient>> {
    Ok(api_clients::table
        .inner_join(secrets::table.on(secrets::client_id.eq(api_clients::id)))
        .filter(api_clients::id.eq(client_id))
        .filter(api_clients::disabled_at.is_null())
        .filter(secrets::id.eq(secret_id))
        .filter(secrets::expires_at.is_null().or(secrets::expires_at.assume_not_null().gt(now)))
        .select(ApiClient::as_select())
        .first(conn)
        .optional()?)
}
