//! Who did what: one entry for each transaction that somebody wrote, in that very transaction.

use std::sync::{Mutex, PoisonError};

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::NaiveDateTime;
use diesel::prelude::*;
use serde::Serialize;

use super::conn::{Conn, MultiBackend};
use super::error::{Result, StoreError};
use super::page::{Page, Window};
use super::schema::{audit_entries, audit_seals};
use crate::clock;
use crate::domain::Id;

/// Who somebody is; nobody before log-in, and on the command line.
#[derive(Debug, Clone, Copy, Default)]
pub struct Who {
    pub user_id: Option<Id>,
    pub client_id: Option<Id>,
    pub installation_id: Option<Id>,
}

/// Who writes, from where, and by which request; with what the work noted of itself.
#[derive(Debug, Default)]
pub struct Author {
    who: Who,
    what: String,
    request_id: String,
    /// What the request names, until the work notes another.
    subject_id: Option<Id>,
    noted: Mutex<Noted>,
}

/// What a transaction was about.
#[derive(Debug, Clone, Default)]
struct Noted {
    user_id: Option<Id>,
    client_id: Option<Id>,
    subject_id: Option<Id>,
    detail: Option<String>,
    before: Option<String>,
    after: Option<String>,
}

impl Author {
    /// Somebody by a request. `what` is the method and the pattern of the route, or the command; never an
    /// address, which may hold a code.
    #[must_use]
    pub fn new(who: Who, what: String, request_id: String, subject_id: Option<Id>) -> Self {
        Self { who, what, request_id, subject_id, noted: Mutex::default() }
    }

    /// A thing that was made: its id, and how it is answered.
    pub fn made<T: Serialize>(&self, id: Id, thing: T) -> T {
        self.subject(id);
        self.after(&thing);
        thing
    }

    /// What is written or looked at, when that is not what the request names.
    pub fn subject(&self, id: Id) {
        self.noting(|noted| noted.subject_id = Some(id));
    }

    /// Who it turned out to be.
    pub fn is(&self, user_id: Id) {
        self.noting(|noted| noted.user_id = Some(user_id));
    }

    /// Which program it turned out to be.
    pub fn is_client(&self, client_id: Id) {
        self.noting(|noted| noted.client_id = Some(client_id));
    }

    /// One word, or a reason that was given.
    pub fn detail(&self, detail: &str) {
        self.noting(|noted| noted.detail = Some(detail.to_owned()));
    }

    /// The thing as it was answered before; only the digest of its JSON is kept.
    pub fn before(&self, thing: &impl Serialize) {
        self.noting(|noted| noted.before = digest_of(thing));
    }

    /// The thing as it is answered now.
    pub fn after(&self, thing: &impl Serialize) {
        self.noting(|noted| noted.after = digest_of(thing));
    }

    fn noting(&self, note: impl FnOnce(&mut Noted)) {
        note(&mut self.noted.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Forgets what a transaction noted that is begun anew.
    pub(super) fn begin(&self) {
        self.noting(|noted| *noted = Noted::default());
    }

    /// Writes the entry.
    pub(super) fn sign(&self, tx: &mut Conn) -> Result<()> {
        let noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let entry = Entry {
            id: clock::new_id(),
            at: clock::now().naive_utc(),
            user_id: self.who.user_id.or(noted.user_id),
            client_id: self.who.client_id.or(noted.client_id),
            installation_id: self.who.installation_id,
            what: self.what.clone(),
            request_id: self.request_id.clone(),
            subject_id: noted.subject_id.or(self.subject_id),
            detail: noted.detail,
            before: noted.before,
            after: noted.after,
        };
        diesel::insert_into(audit_entries::table).values(&entry).execute(tx)?;
        Ok(())
    }
}

/// Nothing is written of a thing that cannot be written as JSON; none of ours is such.
fn digest_of(thing: &impl Serialize) -> Option<String> {
    let json = serde_json::to_vec(thing).ok()?;
    Some(URL_SAFE_NO_PAD.encode(digest(&SHA256, &json)))
}

/// An entry.
#[derive(Debug, Clone, PartialEq, Eq, Insertable, Queryable, Selectable)]
#[diesel(table_name = audit_entries, treat_none_as_default_value = false)]
pub struct Entry {
    pub id: Id,
    pub at: NaiveDateTime,
    pub user_id: Option<Id>,
    pub client_id: Option<Id>,
    pub installation_id: Option<Id>,
    pub what: String,
    pub request_id: String,
    pub subject_id: Option<Id>,
    pub detail: Option<String>,
    pub before: Option<String>,
    pub after: Option<String>,
}

/// An entry's place in the chain.
#[derive(Debug, Clone, PartialEq, Eq, Insertable, Queryable, Selectable)]
#[diesel(table_name = audit_seals)]
pub struct Seal {
    pub seq: i64,
    pub entry_id: Id,
    pub hash: String,
}

/// Which entries are wanted.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    pub user_id: Option<Id>,
    pub subject_id: Option<Id>,
    pub what: Option<String>,
    pub from: Option<NaiveDateTime>,
    pub before: Option<NaiveDateTime>,
}

impl Wanted {
    fn query(&self) -> audit_entries::BoxedQuery<'_, MultiBackend> {
        let mut query = audit_entries::table.into_boxed();
        if let Some(id) = self.user_id {
            query = query.filter(audit_entries::user_id.assume_not_null().eq(id));
        }
        if let Some(id) = self.subject_id {
            query = query.filter(audit_entries::subject_id.assume_not_null().eq(id));
        }
        if let Some(what) = &self.what {
            query = query.filter(audit_entries::what.eq(what));
        }
        if let Some(from) = self.from {
            query = query.filter(audit_entries::at.ge(from));
        }
        if let Some(before) = self.before {
            query = query.filter(audit_entries::at.lt(before));
        }
        query
    }
}

/// Entries, a page at a time, oldest first.
pub fn list(conn: &mut Conn, wanted: &Wanted, window: Window) -> Result<Page<Entry>> {
    let rows = wanted
        .query()
        .filter(audit_entries::id.gt(window.start()))
        .order(audit_entries::id)
        .limit(window.fetch())
        .select(Entry::as_select())
        .load(conn)?;
    Ok(window.page(rows, |entry| entry.id))
}

/// Entries without a seal, in the order they were made, of those with ids from `since` on.
pub fn unsealed(conn: &mut Conn, since: Id, limit: i64) -> Result<Vec<Entry>> {
    Ok(audit_entries::table
        .left_join(audit_seals::table.on(audit_seals::entry_id.eq(audit_entries::id)))
        .filter(audit_entries::id.ge(since))
        .filter(audit_seals::seq.is_null())
        .order(audit_entries::id)
        .limit(limit)
        .select(Entry::as_select())
        .load(conn)?)
}

/// The newest entry; none before the first.
pub fn newest(conn: &mut Conn) -> Result<Option<Id>> {
    Ok(audit_entries::table
        .order(audit_entries::id.desc())
        .select(audit_entries::id)
        .first(conn)
        .optional()?)
}

/// The last seal; none before the first.
pub fn head(conn: &mut Conn) -> Result<Option<Seal>> {
    Ok(audit_seals::table
        .order(audit_seals::seq.desc())
        .select(Seal::as_select())
        .first(conn)
        .optional()?)
}

/// Adds seals.
///
/// # Errors
/// [`StoreError::Unique`] when another server was faster.
pub fn seal(tx: &mut Conn, seals: &[Seal]) -> Result<(), StoreError> {
    for seal in seals {
        diesel::insert_into(audit_seals::table).values(seal).execute(tx)?;
    }
    Ok(())
}

/// Seals from `seq` on, in order, each with its entry when that is there.
pub fn chain(conn: &mut Conn, from: i64, limit: i64) -> Result<Vec<(Seal, Option<Entry>)>> {
    Ok(audit_seals::table
        .left_join(audit_entries::table.on(audit_seals::entry_id.eq(audit_entries::id)))
        .filter(audit_seals::seq.ge(from))
        .order(audit_seals::seq)
        .limit(limit)
        .select((Seal::as_select(), Option::<Entry>::as_select()))
        .load(conn)?)
}
