//! What waits for a person's decision, and records taken back from a desk.

use actix_web::web::{Json, Path, Query};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};

use super::fields::{self, Fields, Given};
use super::guard::{Allowed, permit};
use super::json::Body;
use super::paging::{Listed, Paging};
use super::sync::{record, result};
use super::texts::Lang;
use super::{Answer, AppState, Problem, State, tag};
use crate::clock;
use crate::domain::{Areas, Code, Id, RecordStatus, ReviewState, Ruling};
use crate::store::reviews;
use crate::store::rows::ReviewRow;
use crate::sync::lookup;
use crate::sync::resolve::{Resolution, resolve as decide};
use crate::sync::wire::{CurrentAnswer, ResultAnswer, ReviewEntity};
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
            reviews::list(conn, &reach, wanted, window)
        })
        .await?;
    Ok(Json(Listed::of(page)))
}

/// A review, and where its record stands.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ReviewDetail {
    #[serde(flatten)]
    review: ReviewEntity,
    group_id: Id,
    /// Where the record stands now.
    current: Option<CurrentAnswer>,
}

/// One review, and where its record stands.
#[utoipa::path(get, path = "/api/v1/reviews/{id}", params(("id" = Id, Path)),
    responses((status = 200, body = ReviewDetail), (status = 304, description = "as it was")))]
pub async fn read(
    caller: Allowed<permit::ReadReviews>,
    state: State,
    req: HttpRequest,
    lang: Lang,
    id: Path<Id>,
) -> Result<HttpResponse, Problem> {
    let detail = state
        .run(move |state| -> Result<_, Problem> {
            let reach = state.store.read(|conn| caller.reach(conn))?;
            let review = state.store.read(|conn| reviews::get(conn, &reach, *id))?;
            detail(state, lang, review)
        })
        .await?;
    let tag = tag::of(&detail);
    Ok(tag::unchanged(&req, &tag).unwrap_or_else(|| tag::tagged(tag).json(detail)))
}

fn detail(state: &AppState, lang: Lang, review: ReviewRow) -> Result<ReviewDetail, Problem> {
    let found = state.store.read(|conn| lookup::by_id(conn, review.record_id))?;
    let current = record(lang, review.record_id, Some(found)).current;
    Ok(ReviewDetail { group_id: review.group_id, review: review.into(), current })
}

/// A decision on a review.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct NewRuling {
    /// `accept` overrules the doubt: the record is judged again without it; neither the law nor standing
    /// cover can be overruled. `reject`: the record does not count, an accepted one is taken back. `merge`:
    /// the two persons are one.
    #[schema(value_type = Ruling)]
    decision: Given<String>,
    #[schema(value_type = Option<String>)]
    note: Option<Given<String>>,
}

/// Decide on a review. The same decision again finds what the first one did; another one is a `conflict`.
#[utoipa::path(post, path = "/api/v1/reviews/{id}/resolve", params(("id" = Id, Path)),
    request_body = NewRuling, responses((status = 200, body = ReviewDetail)))]
pub async fn resolve(
    caller: Allowed<permit::ResolveReviews>,
    state: State,
    req: HttpRequest,
    lang: Lang,
    id: Path<Id>,
    Body(body): Body<NewRuling>,
) -> Result<HttpResponse, Problem> {
    let mut fields = Fields::default();
    let ruling = fields.take("/decision", fields::word::<Ruling>(body.decision));
    let note = body.note.map(|note| fields::text(note, REASON));
    let note = fields.take_optional("/note", note);
    let ruling = fields.finish(ruling)?;
    let now = clock::now();
    let asked = tag::asked(&req);
    let detail = state
        .run(move |state| -> Result<_, Problem> {
            let reach = state.store.read(|conn| caller.reach(conn))?;
            let before = state.store.read(|conn| reviews::get(conn, &reach, *id))?;
            if before.state != ruling.state() {
                tag::check(asked.as_deref(), &tag::of(&detail(state, lang, before)?))?;
            }
            let by = caller.principal.user_id;
            let resolution = Resolution { review_id: *id, ruling, note, by };
            let laws = (&*state.book, Areas::embedded());
            let after = decide(&state.store, laws, &reach, &resolution, now)?;
            detail(state, lang, after)
        })
        .await?;
    Ok(tag::tagged(tag::of(&detail)).json(detail))
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
