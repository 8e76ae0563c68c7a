//! Installations: one app of one user, made known at log-in.

use chrono::NaiveDateTime;
use diesel::dsl::exists;
use diesel::prelude::*;

use super::conn::Conn;
use super::error::{Result, StoreError};
use super::page::{Page, Window};
use super::reach::Reach;
use super::schema::{installations, records, skipped_seqs, users};
use super::{locks, phones};
use crate::domain::{Id, InstallationMode, Role};

/// An installation and what it last told about its outbox.
#[derive(Debug, Clone, PartialEq, Eq, Insertable, Queryable, Selectable)]
#[diesel(table_name = installations, treat_none_as_default_value = false)]
pub struct Installation {
    pub id: Id,
    pub user_id: Id,
    pub label: String,
    pub app_version: Option<String>,
    pub created_at: NaiveDateTime,
    pub last_seen_at: NaiveDateTime,
    pub revoked_mode: Option<InstallationMode>,
    pub revoked_at: Option<NaiveDateTime>,
    /// Every sequence number up to this one has come.
    pub contiguous_seq: i64,
    /// Records that had not been handed in when the phone last spoke.
    pub pending_total: i64,
    pub oldest_pending_at: Option<NaiveDateTime>,
    pub pending_sent_at: Option<NaiveDateTime>,
    /// The last number it can have given out before it was revoked: what it had sent, and what it had
    /// said it held.
    pub revoked_seq: Option<i64>,
}

/// The installation of that id.
pub fn by_id(conn: &mut Conn, id: Id) -> Result<Option<Installation>> {
    Ok(installations::table.find(id).select(Installation::as_select()).first(conn).optional()?)
}

/// Makes an installation known.
pub fn create(
    tx: &mut Conn,
    id: Id,
    user_id: Id,
    label: &str,
    app_version: Option<&str>,
    now: NaiveDateTime,
) -> Result<()> {
    let new = Installation {
        id,
        user_id,
        label: label.to_owned(),
        app_version: app_version.map(str::to_owned),
        created_at: now,
        last_seen_at: now,
        revoked_mode: None,
        revoked_at: None,
        contiguous_seq: 0,
        pending_total: 0,
        oldest_pending_at: None,
        pending_sent_at: None,
        revoked_seq: None,
    };
    diesel::insert_into(installations::table).values(new).execute(tx)?;
    Ok(())
}

/// Notes what the app calls itself now, and that it was here.
pub fn greet(
    tx: &mut Conn,
    id: Id,
    label: &str,
    app_version: Option<&str>,
    now: NaiveDateTime,
) -> Result<()> {
    diesel::update(installations::table.find(id))
        .set((
            installations::label.eq(label),
            installations::app_version.eq(app_version),
            installations::last_seen_at.eq(now),
        ))
        .execute(tx)?;
    Ok(())
}

/// Notes that the app was here.
pub fn seen(tx: &mut Conn, id: Id, now: NaiveDateTime) -> Result<()> {
    diesel::update(installations::table.find(id))
        .set(installations::last_seen_at.eq(now))
        .execute(tx)?;
    Ok(())
}

/// Takes an installation within reach out of use; a stolen one stays blocked.
///
/// # Errors
/// [`super::StoreError::NotFound`].
pub fn revoke(
    tx: &mut Conn,
    reach: &Reach,
    id: Id,
    mode: InstallationMode,
    now: NaiveDateTime,
) -> Result<Installation> {
    locks::installation(tx, id)?;
    let mut known = get(tx, reach, id)?;
    let blocked = known.revoked_mode == Some(InstallationMode::Block);
    if known.revoked_mode == Some(mode) || blocked {
        return Ok(known);
    }
    known.revoked_mode = Some(mode);
    known.revoked_at = Some(known.revoked_at.unwrap_or(now));
    if known.revoked_seq.is_none() {
        let last = phones::last_seq(tx, id)?.max(known.contiguous_seq);
        known.revoked_seq = Some(last.saturating_add(known.pending_total));
    }
    diesel::update(installations::table.find(id))
        .set((
            installations::revoked_mode.eq(known.revoked_mode),
            installations::revoked_at.eq(known.revoked_at),
            installations::revoked_seq.eq(known.revoked_seq),
        ))
        .execute(tx)?;
    Ok(known)
}

/// One installation within reach.
pub fn get(conn: &mut Conn, reach: &Reach, id: Id) -> Result<Installation> {
    let found = by_id(conn, id)?.ok_or(StoreError::NotFound)?;
    super::users::get(conn, reach, found.user_id)?;
    Ok(found)
}

/// Which installations are wanted.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wanted {
    /// Of users who are in this group now.
    pub group_id: Option<Id>,
    /// Last heard of then or before, although they may still speak: their user is not disabled, and they are
    /// not revoked, or may still deliver what they said they hold.
    pub silent_since: Option<NaiveDateTime>,
    /// They said that they hold records, or a number never came although a later one did. Revoked ones, too:
    /// what they hold may be lost.
    pub behind: bool,
}

/// Installations of the users within reach, a page at a time.
pub fn list(
    conn: &mut Conn,
    reach: &Reach,
    wanted: Wanted,
    window: Window,
) -> Result<Page<Installation>> {
    let mut query = installations::table
        .inner_join(users::table.on(users::id.eq(installations::user_id)))
        .filter(installations::id.gt(window.start()))
        .order(installations::id)
        .limit(window.fetch())
        .select(Installation::as_select())
        .into_boxed();
    if let Some(groups) = reach.groups() {
        query = query
            .filter(users::group_id.assume_not_null().eq_any(groups))
            .filter(users::role.eq_any([Role::Agent, Role::Leader]));
    }
    if let Some(agent) = reach.agent() {
        query = query.filter(users::id.eq(agent));
    }
    if let Some(id) = wanted.group_id {
        query = query.filter(users::group_id.assume_not_null().eq(id));
    }
    if let Some(since) = wanted.silent_since {
        let delivers = installations::revoked_mode
            .assume_not_null()
            .eq(InstallationMode::Deliver)
            .and(installations::pending_total.gt(0));
        query = query
            .filter(installations::last_seen_at.le(since))
            .filter(installations::revoked_mode.is_null().or(delivers))
            .filter(users::disabled_at.is_null());
    }
    if wanted.behind {
        // Whatever came beyond the contiguous ones came over a gap.
        let came = records::table
            .filter(records::installation_id.assume_not_null().eq(installations::id))
            .filter(records::seq.assume_not_null().gt(installations::contiguous_seq));
        let skipped = skipped_seqs::table
            .filter(skipped_seqs::installation_id.eq(installations::id))
            .filter(skipped_seqs::seq.gt(installations::contiguous_seq));
        let gap = exists(came).or(exists(skipped));
        query = query.filter(installations::pending_total.gt(0).or(gap));
    }
    Ok(window.page(query.load(conn)?, |installation| installation.id))
}
