//! Sessions: families of refresh tokens, of which only digests are kept, and who stands behind one.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;

use super::conn::Conn;
use super::error::Result;
use super::page::{Page, Window};
use super::schema::{installations, refresh_families, refresh_tokens, users};
use crate::domain::{Id, InstallationMode, Role};

/// A family: all refresh tokens that follow from one log-in.
#[derive(Debug, Clone, Insertable, Queryable, Selectable)]
#[diesel(table_name = refresh_families, treat_none_as_default_value = false)]
pub struct Family {
    pub id: Id,
    pub user_id: Id,
    pub installation_id: Option<Id>,
    pub created_at: NaiveDateTime,
    pub ended_at: Option<NaiveDateTime>,
}

/// A refresh token, known by its digest.
#[derive(Debug, Clone, Insertable, Queryable, Selectable)]
#[diesel(table_name = refresh_tokens, treat_none_as_default_value = false)]
pub struct RefreshToken {
    pub digest: String,
    pub family_id: Id,
    pub expires_at: NaiveDateTime,
    pub used_at: Option<NaiveDateTime>,
}

/// Who stands behind a running session, as the database knows him now.
#[derive(Debug, Clone, Queryable)]
pub struct Holder {
    pub user_id: Id,
    pub role: Role,
    pub name: String,
    pub group_id: Option<Id>,
    pub office_id: Option<Id>,
    pub organisation_id: Option<Id>,
    pub certificate_expires_on: Option<NaiveDate>,
    pub must_change_password: bool,
    pub installation: Option<(Id, Option<InstallationMode>)>,
}

/// Begins a session.
pub fn begin(tx: &mut Conn, family: &Family, token: &RefreshToken) -> Result<()> {
    diesel::insert_into(refresh_families::table).values(family).execute(tx)?;
    add(tx, token)
}

/// Adds a token to its family.
pub fn add(tx: &mut Conn, token: &RefreshToken) -> Result<()> {
    diesel::insert_into(refresh_tokens::table).values(token).execute(tx)?;
    Ok(())
}

/// The family of that id.
pub fn family(conn: &mut Conn, id: Id) -> Result<Family> {
    Ok(refresh_families::table.find(id).select(Family::as_select()).first(conn)?)
}

/// The token of that digest.
pub fn token(conn: &mut Conn, digest: &str) -> Result<Option<RefreshToken>> {
    Ok(refresh_tokens::table
        .find(digest)
        .select(RefreshToken::as_select())
        .first(conn)
        .optional()?)
}

/// Uses a token, which only one of several callers can do.
pub fn take(tx: &mut Conn, digest: &str, now: NaiveDateTime) -> Result<bool> {
    let unused = refresh_tokens::table.find(digest).filter(refresh_tokens::used_at.is_null());
    let taken = diesel::update(unused).set(refresh_tokens::used_at.eq(now)).execute(tx)?;
    Ok(taken == 1)
}

/// Forgets the tokens of a family that have expired.
pub fn forget_expired(tx: &mut Conn, family_id: Id, now: NaiveDateTime) -> Result<()> {
    let expired = refresh_tokens::table
        .filter(refresh_tokens::family_id.eq(family_id))
        .filter(refresh_tokens::expires_at.le(now));
    diesel::delete(expired).execute(tx)?;
    Ok(())
}

/// Ends a session.
pub fn end(tx: &mut Conn, family_id: Id, now: NaiveDateTime) -> Result<()> {
    let running =
        refresh_families::table.find(family_id).filter(refresh_families::ended_at.is_null());
    diesel::update(running).set(refresh_families::ended_at.eq(now)).execute(tx)?;
    Ok(())
}

/// Ends all sessions of a user.
pub fn end_all(tx: &mut Conn, user_id: Id, now: NaiveDateTime) -> Result<()> {
    end_others(tx, user_id, None, now)
}

/// Ends all sessions of a user but one.
pub fn end_others(tx: &mut Conn, user_id: Id, but: Option<Id>, now: NaiveDateTime) -> Result<()> {
    let running = refresh_families::table
        .filter(refresh_families::user_id.eq(user_id))
        .filter(refresh_families::ended_at.is_null())
        .filter(refresh_families::id.ne(but.unwrap_or(Id::NIL)));
    diesel::update(running).set(refresh_families::ended_at.eq(now)).execute(tx)?;
    Ok(())
}

/// A running session, for its owner.
#[derive(Debug, Clone, Queryable)]
pub struct Running {
    pub id: Id,
    pub created_at: NaiveDateTime,
    pub app: Option<(Id, String, NaiveDateTime)>,
}

/// The sessions of a user that can still be refreshed, a page at a time.
pub fn running(
    conn: &mut Conn,
    user_id: Id,
    now: NaiveDateTime,
    window: Window,
) -> Result<Page<Running>> {
    let alive = refresh_tokens::table
        .filter(refresh_tokens::family_id.eq(refresh_families::id))
        .filter(refresh_tokens::expires_at.gt(now));
    let rows = refresh_families::table
        .left_join(
            installations::table
                .on(refresh_families::installation_id.eq(installations::id.nullable())),
        )
        .filter(refresh_families::user_id.eq(user_id))
        .filter(refresh_families::ended_at.is_null())
        .filter(diesel::dsl::exists(alive))
        .filter(refresh_families::id.gt(window.start()))
        .order(refresh_families::id)
        .limit(window.fetch())
        .select((
            refresh_families::id,
            refresh_families::created_at,
            (installations::id, installations::label, installations::last_seen_at).nullable(),
        ))
        .load(conn)?;
    Ok(window.page(rows, |row: &Running| row.id))
}

/// Ends a session of this user.
///
/// # Errors
/// [`super::StoreError::NotFound`] when he has none of that id.
pub fn end_own(tx: &mut Conn, user_id: Id, id: Id, now: NaiveDateTime) -> Result<()> {
    let own = refresh_families::table.find(id).filter(refresh_families::user_id.eq(user_id));
    own.select(refresh_families::id).first::<Id>(tx)?;
    end(tx, id, now)
}

/// Who stands behind a session; nobody when it has ended or its user is disabled.
pub fn holder(conn: &mut Conn, family_id: Id) -> Result<Option<Holder>> {
    Ok(refresh_families::table
        .inner_join(users::table.on(users::id.eq(refresh_families::user_id)))
        .left_join(
            installations::table
                .on(refresh_families::installation_id.eq(installations::id.nullable())),
        )
        .filter(refresh_families::id.eq(family_id))
        .filter(refresh_families::ended_at.is_null())
        .filter(users::disabled_at.is_null())
        .select((
            users::id,
            users::role,
            users::name,
            users::group_id,
            users::office_id,
            users::organisation_id,
            users::certificate_expires_on,
            users::must_change_password,
            (installations::id, installations::revoked_mode).nullable(),
        ))
        .first(conn)
        .optional()?)
}
