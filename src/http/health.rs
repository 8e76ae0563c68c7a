//! Alive: the process answers. Ready: so does the database, and its schema is ours.

use actix_web::web::Json;
use serde::Serialize;

use super::guard::Anyone;
use super::{Answer, Problem, State};
use crate::clock;
use crate::store::migrate;
use crate::sync;

/// The server's health.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Health {
    /// Always `ok`; otherwise the answer is a problem.
    status: &'static str,
}

const OK: Health = Health { status: "ok" };

/// Whether the process answers.
#[utoipa::path(get, path = "/healthz", responses((status = 200, body = Health)))]
pub async fn alive(_: Anyone) -> Answer<Health> {
    Ok(Json(OK))
}

/// Whether requests can be served: the database answers, its schema is this version's, and
/// the clock does not stand before what is stored.
#[utoipa::path(get, path = "/readyz", responses((status = 200, body = Health)))]
pub async fn ready(_: Anyone, state: State) -> Answer<Health> {
    let current = state.read(migrate::is_current).await.map_err(Problem::busy)?;
    if !current {
        return Err(Problem::busy("migrations are pending"));
    }
    let now = clock::now();
    let plausible = state.read(move |conn| sync::clock_is_plausible(conn, now)).await?;
    if plausible { Ok(Json(OK)) } else { Err(Problem::busy("the clock stands before stored rows")) }
}
