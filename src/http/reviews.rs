//! What waits for a person's decision, and records taken back from a desk.

use actix_web::web::{Json, Path, Query};
use serde::Deserialize;

use super::fields::{self, Fields, Given};
use super::guard::{Allowed, permit};
use super::json::Body;
use super::paging::{Listed, Paging};
use super::sync::result;
use super::texts::Lang;
use super::{Answer, Problem, State};
use crate::clock;
use crate::domain::{Areas, Code, Id, RecordStatus, ReviewState};
use crate::store::desk;
use crate::sync::wire::{ResultAnswer, ReviewEntity};
use crate::sync::withdraw::withdraw;

/// Longest reason, in characters.
const REASON: usize = 500;

/// Which reviews are wanted.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ReviewQuery {
    #[param(value_type = Option<ReviewState>)]
    state: Option<String>,
}

/// Reviews within reach.
#[utoipa::path(get, path = "/api/v1/reviews", params(ReviewQuery, Paging),
    responses((status = 200, body = Listed<ReviewEntity>)))]
pub async fn list(
    caller: Allowed<permit::ReadReviews>,
    state: State,
    query: Query<ReviewQuery>,
    paging: Query<Paging>,
) -> Answer<Listed<ReviewEntity>> {
    let mut fields = Fields::default();
    let wanted = query.into_inner().state.map(|text| fields::word(Given::of(text)));
    let wanted: Option<ReviewState> = fields.take_optional("/state", wanted);
    fields.finish(Some(()))?;
    let window = paging.window()?;
    let page = state
        .read(move |conn| {
            let reach = caller.reach(conn)?;
            desk::reviews(conn, &reach, wanted, window)
        })
        .await?;
    Ok(Json(Listed::of(page)))
}

/// Why a record is taken back.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct VoidRequest {
    #[schema(value_type = String)]
    reason: Given<String>,
}

/// Take a record back: its enrollments and cards stand no more.
#[utoipa::path(post, path = "/api/v1/records/{id}/void", params(("id" = Id, Path)),
    request_body = VoidRequest, responses((status = 200, body = ResultAnswer)))]
pub async fn void(
    caller: Allowed<permit::VoidRecord>,
    state: State,
    id: Path<Id>,
    lang: Lang,
    Body(body): Body<VoidRequest>,
) -> Answer<ResultAnswer> {
    let mut fields = Fields::default();
    let reason = fields.take("/reason", fields::text(body.reason, REASON));
    let reason = fields.finish(reason)?;
    let now = clock::now();
    let decision = state
        .run(move |state| -> Result<_, Problem> {
            let reach = state.store.read(|conn| caller.reach(conn))?;
            let laws = (&*state.book, Areas::embedded());
            let user_id = caller.principal.user_id;
            Ok(withdraw(&state.store, laws, &reach, user_id, (clock::new_id(), *id, reason), now)?)
        })
        .await?;
    match (decision.outcome.status, decision.outcome.code) {
        (RecordStatus::Accepted, _) => Ok(Json(result(lang, decision))),
        (_, code) => Err(code.unwrap_or(Code::Internal).into()),
    }
}
