//! Alive: the process answers. Ready: so does the database, and its schema is ours.

use actix_web::web::Json;
use serde::Serialize;

use super::guard::Anyone;
use super::{Answer, Problem, State};
use crate::clock;
use crate::store::{Conn, StoreError, migrate};
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

/// Whether requests can be served: the database answers, its schema is this version's, and the clock does
/// not stand before what is stored. What is not ready stands in `fields`: `/database`, `/migrations` or
/// `/clock`.
#[utoipa::path(get, path = "/readyz", responses((status = 200, body = Health)))]
pub async fn ready(_: Anyone, state: State) -> Answer<Health> {
    let now = clock::now();
    let look = move |conn: &mut Conn| {
        let current = migrate::is_current(conn)?;
        let plausible = current && sync::clock_is_plausible(conn, now)?;
        Ok((current, plausible))
    };
    let away = |error: StoreError| Problem::busy(error).about("/database");
    match state.run(move |state| state.store.read(look).map_err(away)).await? {
        (true, true) => Ok(Json(OK)),
        (true, false) => Err(Problem::busy("the clock stands before stored rows").about("/clock")),
        (false, _) => Err(Problem::busy("migrations are pending").about("/migrations")),
    }
}
