//! Who did what.

use actix_web::web::{Json, Query};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::fields::{Fields, Given, time};
use super::guard::{Allowed, permit};
use super::paging::{Listed, Paging};
use super::{Answer, State};
use crate::domain::Id;
use crate::store::audit::{self, Entry, Wanted};

/// Which entries are wanted.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AuditQuery {
    /// What this user did.
    user_id: Option<Id>,
    /// What was done to this: a user, a person, a record, a batch…
    subject_id: Option<Id>,
    /// By this route, `POST /api/v1/groups`, or this command.
    what: Option<String>,
    /// From this moment on.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<String>,
    /// Before this moment.
    #[param(value_type = Option<String>, format = DateTime)]
    before: Option<String>,
}

/// Something that somebody did.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AuditEntry {
    id: Id,
    at: DateTime<Utc>,
    /// Null before log-in, and for the command line.
    #[schema(required)]
    user_id: Option<Id>,
    #[schema(required)]
    client_id: Option<Id>,
    #[schema(required)]
    installation_id: Option<Id>,
    /// The route, `POST /api/v1/groups`, or the command.
    what: String,
    /// As the answer's `x-request-id` named it.
    request_id: String,
    /// What was written or looked at.
    #[schema(required)]
    subject_id: Option<Id>,
    /// One word of how it ended, or the reason that was given.
    #[schema(required)]
    detail: Option<String>,
    /// SHA-256, base64url, of the JSON in which it was answered before.
    #[schema(required)]
    before: Option<String>,
    /// The same of how it is answered since.
    #[schema(required)]
    after: Option<String>,
}

impl From<Entry> for AuditEntry {
    fn from(entry: Entry) -> Self {
        Self {
            id: entry.id,
            at: entry.at.and_utc(),
            user_id: entry.user_id,
            client_id: entry.client_id,
            installation_id: entry.installation_id,
            what: entry.what,
            request_id: entry.request_id,
            subject_id: entry.subject_id,
            detail: entry.detail,
            before: entry.before,
            after: entry.after,
        }
    }
}

/// What was done, oldest first.
#[utoipa::path(get, path = "/api/v1/audit", params(AuditQuery, Paging), responses((status = 200, body = Listed<AuditEntry>)))]
pub async fn list(
    _: Allowed<permit::ReadAudit>,
    state: State,
    query: Query<AuditQuery>,
    paging: Query<Paging>,
) -> Answer<Listed<AuditEntry>> {
    let mut fields = Fields::default();
    let query = query.into_inner();
    let mut moment =
        |path, text: Option<String>| fields.take_optional(path, text.map(|it| time(Given::of(it))));
    let from = moment("/from", query.from);
    let before = moment("/before", query.before);
    fields.finish(Some(()))?;
    let wanted = Wanted {
        user_id: query.user_id,
        subject_id: query.subject_id,
        what: query.what,
        from,
        before,
    };
    let window = paging.window()?;
    let page = state.read(move |conn| audit::list(conn, &wanted, window)).await?;
    Ok(Json(Listed::of(page)))
}
