//! Users: who they are, what they may be, and the digest of their password.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;

use super::conn::{Conn, MultiBackend};
use super::error::{Result, StoreError};
use super::page::{Page, Window};
use super::reach::Reach;
use super::schema::users;
use super::{groups, offices, sessions};
use crate::domain::{Id, Role};

/// A user.
#[derive(Debug, Clone, PartialEq, Eq, Insertable, Queryable, Selectable)]
#[diesel(table_name = users, treat_none_as_default_value = false)]
pub struct User {
    pub id: Id,
    pub login: String,
    pub role: Role,
    pub name: String,
    pub password_hash: String,
    pub must_change_password: bool,
    pub group_id: Option<Id>,
    pub office_id: Option<Id>,
    pub organisation_id: Option<Id>,
    pub certificate_number: Option<String>,
    pub certificate_expires_on: Option<NaiveDate>,
    pub disabled_at: Option<NaiveDateTime>,
    pub created_at: NaiveDateTime,
}

impl User {
    /// Whether both were asked for by the same request, passwords aside.
    fn same_request(&self, other: &Self) -> bool {
        Self {
            password_hash: other.password_hash.clone(),
            disabled_at: other.disabled_at,
            created_at: other.created_at,
            ..self.clone()
        } == *other
    }
}

/// Adds a user, or gives the one that the same request made before; whether the passwords agree is
/// for the caller to check, because only their digests are here.
///
/// # Errors
/// [`StoreError::NotFound`] for an unknown group, office or organisation, [`StoreError::Conflict`] when
/// the id has other content or the login is taken.
pub fn create(tx: &mut Conn, new: &User) -> Result<User> {
    if let Some(known) = find(tx, new.id)? {
        let same = new.same_request(&known);
        return if same { Ok(known) } else { Err(StoreError::Conflict("users.id")) };
    }
    if by_login(tx, &new.login)?.is_some() {
        return Err(StoreError::Conflict("users.login"));
    }
    if let Some(group_id) = new.group_id {
        groups::get(tx, &Reach::Everything, group_id)?;
    }
    if let Some(office_id) = new.office_id {
        offices::get(tx, office_id)?;
    }
    if let Some(organisation_id) = new.organisation_id {
        super::organisations::get(tx, organisation_id)?;
    }
    diesel::insert_into(users::table).values(new).execute(tx)?;
    Ok(new.clone())
}

fn find(conn: &mut Conn, id: Id) -> Result<Option<User>> {
    Ok(users::table.find(id).select(User::as_select()).first(conn).optional()?)
}

/// The user of that id, whatever he has made.
pub fn by_id(conn: &mut Conn, id: Id) -> Result<Option<User>> {
    find(conn, id)
}

/// The user of that login.
pub fn by_login(conn: &mut Conn, login: &str) -> Result<Option<User>> {
    Ok(users::table
        .filter(users::login.eq(login))
        .select(User::as_select())
        .first(conn)
        .optional()?)
}

/// The users within reach. Whoever does not see everything sees agents and leaders only, so that
/// nobody gets at a user who may do more than himself.
fn within(reach: &Reach) -> users::BoxedQuery<'_, MultiBackend> {
    let mut query = users::table.into_boxed();
    if let Some(groups) = reach.groups() {
        query = query
            .filter(users::group_id.assume_not_null().eq_any(groups))
            .filter(users::role.eq_any([Role::Agent, Role::Leader]));
    }
    if let Some(agent) = reach.agent() {
        query = query.filter(users::id.eq(agent));
    }
    query
}

/// One user within reach.
pub fn get(conn: &mut Conn, reach: &Reach, id: Id) -> Result<User> {
    Ok(within(reach).filter(users::id.eq(id)).select(User::as_select()).first(conn)?)
}

/// Agents and leaders within reach who have a group: id, login, group.
pub fn agents(conn: &mut Conn, reach: &Reach) -> Result<Vec<(Id, String, Id)>> {
    let query = within(reach)
        .filter(users::group_id.is_not_null())
        .filter(users::role.eq_any([Role::Agent, Role::Leader]))
        .select((users::id, users::login, users::group_id.assume_not_null()));
    Ok(query.load(conn)?)
}

/// Users within reach, a page at a time.
pub fn list(conn: &mut Conn, reach: &Reach, window: Window) -> Result<Page<User>> {
    let rows = within(reach)
        .filter(users::id.gt(window.start()))
        .order(users::id)
        .limit(window.fetch())
        .select(User::as_select())
        .load(conn)?;
    Ok(window.page(rows, |user| user.id))
}

/// Makes the user's name, office and certificate these; the rest of him stays as it is.
pub fn change(tx: &mut Conn, user: &User) -> Result<()> {
    changed(
        diesel::update(users::table.find(user.id))
            .set((
                users::name.eq(&user.name),
                users::office_id.eq(user.office_id),
                users::certificate_number.eq(&user.certificate_number),
                users::certificate_expires_on.eq(user.certificate_expires_on),
            ))
            .execute(tx)?,
    )
}

/// Gives the user another password.
pub fn set_password(tx: &mut Conn, id: Id, password_hash: &str, must_change: bool) -> Result<()> {
    changed(
        diesel::update(users::table.find(id))
            .set((
                users::password_hash.eq(password_hash),
                users::must_change_password.eq(must_change),
            ))
            .execute(tx)?,
    )
}

/// Takes the user out of use and ends his sessions; one who is out of use is so since then.
pub fn disable(tx: &mut Conn, id: Id, now: NaiveDateTime) -> Result<()> {
    let user = users::table.find(id);
    let since = user.select(users::disabled_at).first::<Option<NaiveDateTime>>(tx)?.unwrap_or(now);
    diesel::update(user).set(users::disabled_at.eq(since)).execute(tx)?;
    sessions::end_all(tx, id, now)
}

/// Takes the user into use again. He has to log in anew.
pub fn enable(tx: &mut Conn, id: Id) -> Result<()> {
    let nobody = users::disabled_at.eq(None::<NaiveDateTime>);
    changed(diesel::update(users::table.find(id)).set(nobody).execute(tx)?)
}

fn changed(rows: usize) -> Result<()> {
    if rows == 0 { Err(StoreError::NotFound) } else { Ok(()) }
}
