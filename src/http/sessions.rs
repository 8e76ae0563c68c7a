//! One's own sessions: which there are, and ending them.

use actix_web::HttpResponse;
use actix_web::web::{Json, Path, Query};
use chrono::{DateTime, Utc};
use serde::Serialize;

use super::guard::{Allowed, permit};
use super::paging::{Listed, Paging};
use super::{Answer, Problem, State};
use crate::clock;
use crate::domain::Id;
use crate::store::sessions;

/// A session that runs.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RunningSession {
    id: Id,
    created_at: DateTime<Utc>,
    /// Whether it is the one that asks.
    current: bool,
    /// The app it is bound to; null for a browser.
    #[schema(required)]
    installation: Option<SessionApp>,
}

/// The app of a session.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SessionApp {
    id: Id,
    label: String,
    last_seen_at: DateTime<Utc>,
}

/// One's own sessions that run.
#[utoipa::path(get, path = "/api/v1/sessions", params(Paging), responses((status = 200, body = Listed<RunningSession>)))]
pub async fn list(
    allowed: Allowed<permit::SeeSelf>,
    state: State,
    paging: Query<Paging>,
) -> Answer<Listed<RunningSession>> {
    let window = paging.window()?;
    let (user_id, own, now) =
        (allowed.principal.user_id, allowed.principal.family_id, clock::now().naive_utc());
    let page = state.read(move |conn| sessions::running(conn, user_id, now, window)).await?;
    Ok(Json(Listed::of(page.map(|row| RunningSession {
        id: row.id,
        created_at: row.created_at.and_utc(),
        current: row.id == own,
        installation: row.app.map(|(id, label, last_seen_at)| SessionApp {
            id,
            label,
            last_seen_at: last_seen_at.and_utc(),
        }),
    }))))
}

/// Ends one of one's own sessions: that of a lost phone, or of a browser left open.
#[utoipa::path(delete, path = "/api/v1/sessions/{id}", params(("id" = Id, Path)), responses((status = 204)))]
pub async fn end(
    allowed: Allowed<permit::SeeSelf>,
    state: State,
    id: Path<Id>,
) -> Result<HttpResponse, Problem> {
    let (user_id, now) = (allowed.principal.user_id, clock::now().naive_utc());
    state.write(move |tx| sessions::end_own(tx, user_id, *id, now)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Ends all of one's own sessions, this one too.
#[utoipa::path(delete, path = "/api/v1/sessions", responses((status = 204)))]
pub async fn end_all(
    allowed: Allowed<permit::SeeSelf>,
    state: State,
) -> Result<HttpResponse, Problem> {
    let (user_id, now) = (allowed.principal.user_id, clock::now().naive_utc());
    state.write(move |tx| sessions::end_all(tx, user_id, now)).await?;
    Ok(HttpResponse::NoContent().finish())
}
