//! What waits for a person's decision, and records taken back from a desk.

/// What each decision would change.
mod decisions;
/// The sides beside each other.
mod sides;

use actix_web::web::{Json, Path, Query};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};

use self::decisions::{Decision, Undo};
use self::sides::Side;
use super::fields::{self, Fields, Given};
use super::guard::{Allowed, permit};
use super::json::Body;
use super::paging::{Listed, Paging};
use super::sync::{record, result};
use super::texts::Lang;
use super::{Answer, AppState, Problem, State, dossiers, tag};
use crate::clock;
use crate::domain::{Code, Id, RecordStatus, ReviewState, Ruling};
use crate::policy::permissions::{self, Action};
use crate::store::reviews::{self, Wanted};
use crate::store::rows::ReviewRow;
use crate::store::{self, Conn, Reach, StoreError, names, persons};
use crate::sync::persons::check_merge;
use crate::sync::resolve::{Resolution, resolve as decide};
use crate::sync::wire::{CurrentAnswer, ResultAnswer, ReviewEntity};
use crate::sync::withdraw::withdraw;
use crate::sync::{foretell, lookup};

/// Longest reason, in characters.
const REASON: usize = 500;

/// Which reviews are wanted.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ReviewQuery {
    #[param(value_type = Option<ReviewState>)]
    state: Option<String>,
    /// What the doubt is about, as the reviews say it.
    #[param(value_type = Option<Code>)]
    code: Option<String>,
    /// The group of the record.
    #[param(value_type = Option<Id>)]
    group_id: Option<String>,
}

impl ReviewQuery {
    pub(super) fn read(self) -> Result<Wanted, Problem> {
        let mut fields = Fields::default();
        let state = self.state.map(|text| fields::word(Given::of(text)));
        let code = self.code.map(|text| fields::word(Given::of(text)));
        let group_id = self.group_id.map(|text| fields::word(Given::of(text)));
        let wanted = Wanted {
            state: fields.take_optional("/state", state),
            code: fields.take_optional("/code", code),
            group_id: fields.take_optional("/group_id", group_id),
        };
        fields.finish(Some(wanted))
    }
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
    let wanted = query.into_inner().read()?;
    let window = paging.window()?;
    let page = state
        .read(move |conn| {
            let reach = caller.reach(conn)?;
            reviews::list(conn, &reach, wanted, window)
        })
        .await?;
    Ok(Json(Listed::of(page)))
}

/// A review, and where its record stands; with both sides of it and what each decision would change.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ReviewDetail {
    #[serde(flatten)]
    review: ReviewEntity,
    group_id: Id,
    /// Where the record stands now.
    current: Option<CurrentAnswer>,
    /// First the record under review, then what it collides with, if anything.
    sides: Vec<Side>,
    /// Each of them, made and undone to see what it does.
    decisions: Vec<Decision>,
    /// For a merge that stands, of persons within reach: what it would do to undo it.
    #[schema(required)]
    undo: Option<Undo>,
}

/// Who looks, and how far he sees.
struct Looker {
    reach: Reach,
    by: Id,
    /// Whether he may decide.
    decides: bool,
    /// Whether persons exist for him whose data rests.
    sees_resting: bool,
}

impl Looker {
    fn of<P>(caller: &Allowed<P>, state: &AppState) -> Result<Self, Problem> {
        let may = |action| permissions::scope(caller.principal.role, action).is_some();
        Ok(Self {
            reach: state.store.read(|conn| caller.reach(conn))?,
            by: caller.principal.user_id,
            decides: may(Action::ResolveReviews),
            sees_resting: may(Action::ManagePersons),
        })
    }
}

/// One review: where its record stands, both sides, and what each decision would change. A look at the persons
/// is noted.
#[utoipa::path(get, path = "/api/v1/reviews/{id}", params(("id" = Id, Path)),
    responses((status = 200, body = ReviewDetail), (status = 304, description = "as it was")))]
pub async fn read(
    caller: Allowed<permit::ReadReviews>,
    state: State,
    req: HttpRequest,
    lang: Lang,
    id: Path<Id>,
) -> Result<HttpResponse, Problem> {
    let seen = tag::known(&req);
    let detail = state
        .run(move |state| -> Result<_, Problem> {
            let looker = Looker::of(&caller, state)?;
            let review = state.store.read(|conn| reviews::get(conn, &looker.reach, *id))?;
            let detail = detail(state, lang, &looker, review)?;
            // Who has it already sees nothing new.
            if !tag::matches(seen.as_deref(), &tag::of(&detail)) {
                for person_id in detail.sides.iter().filter_map(Side::shows) {
                    dossiers::note(&state.store, person_id, None)?;
                }
            }
            Ok(detail)
        })
        .await?;
    let tag = tag::of(&detail);
    Ok(tag::unchanged(&req, &tag).unwrap_or_else(|| tag::tagged(tag).json(detail)))
}

fn detail(
    state: &AppState,
    lang: Lang,
    looker: &Looker,
    review: ReviewRow,
) -> Result<ReviewDetail, Problem> {
    let (current, sides) = state.store.read(|conn| stands(conn, lang, looker, &review))?;
    let decisions = decisions(state, looker, &review)?;
    let undo = undo(state, looker, &review)?;
    let group_id = review.group_id;
    Ok(ReviewDetail { group_id, review: review.into(), current, sides, decisions, undo })
}

/// Where the record stands, and both sides.
fn stands(
    conn: &mut Conn,
    lang: Lang,
    looker: &Looker,
    review: &ReviewRow,
) -> store::Result<(Option<CurrentAnswer>, Vec<Side>)> {
    let found = lookup::by_id(conn, review.record_id)?;
    let sides = sides::gather(conn, &looker.reach, looker.sees_resting, review, &found)?;
    Ok((record(lang, review.record_id, Some(found)).current, sides))
}

/// Refuses to decide when the review, its record or a side is by now another than was shown.
fn as_seen(
    conn: &mut Conn,
    lang: Lang,
    looker: &Looker,
    shown: &ReviewDetail,
) -> store::Result<()> {
    let review = reviews::get(conn, &looker.reach, shown.review.id)?;
    let (current, sides) = stands(conn, lang, looker, &review)?;
    let now = tag::of(&(ReviewEntity::from(review), current, sides));
    let then = tag::of(&(&shown.review, &shown.current, &shown.sides));
    if now == then { Ok(()) } else { Err(StoreError::Changed) }
}

/// Nothing is tried for whom nothing is to be decided.
fn decisions(
    state: &AppState,
    looker: &Looker,
    review: &ReviewRow,
) -> Result<Vec<Decision>, Problem> {
    let refused = |code| Ok(Ruling::ALL.iter().map(|it| Decision::refused(*it, code)).collect());
    if review.state != ReviewState::Open {
        return refused(Code::Conflict);
    }
    if !looker.decides {
        return refused(Code::Forbidden);
    }
    let told = foretell::decisions(
        &state.store,
        &state.book,
        &looker.reach,
        review,
        looker.by,
        clock::now(),
    )?;
    let names = state.store.read(|conn| names::groups(conn, &looker.reach))?.into_iter().collect();
    Ok(told.into_iter().map(|it| Decision::of(it, &names)).collect())
}

fn undo(state: &AppState, looker: &Looker, review: &ReviewRow) -> Result<Option<Undo>, Problem> {
    let Some(person_id) = review.person_id.filter(|_| review.state == ReviewState::Merged) else {
        return Ok(None);
    };
    let merge = state.store.read(|conn| -> store::Result<_> {
        match check_merge(conn, &looker.reach, person_id) {
            Err(StoreError::NotFound) => Ok(None),
            checked => checked.and_then(|()| persons::standing_merge(conn, person_id)),
        }
    })?;
    let Some(merge) = merge else { return Ok(None) };
    let moved = merge.moved()?;
    let why_not = match looker.decides {
        false => Some(Code::Forbidden),
        true => {
            let (reach, by) = (&looker.reach, looker.by);
            foretell::undoing(&state.store, reach, review, person_id, by, clock::now())?.err()
        }
    };
    Ok(Some(Undo::new(person_id, why_not, moved.enrollments.len(), moved.cards.len())))
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

/// Decide on a review. The same decision again finds what the first one did; another one is a `conflict`. With
/// `If-Match`, whoever decides after somebody else is refused, `precondition_failed`.
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
            let looker = Looker::of(&caller, state)?;
            let before = state.store.read(|conn| reviews::get(conn, &looker.reach, *id))?;
            let is_own = before.state == ruling.state() && before.decided_by == Some(looker.by);
            let shown = match asked.as_deref().filter(|_| !is_own) {
                None => None,
                seen => {
                    let shown = detail(state, lang, &looker, before)?;
                    tag::check(seen, &tag::of(&shown))?;
                    Some(shown)
                }
            };
            let seen = |conn: &mut Conn| match &shown {
                Some(shown) => as_seen(conn, lang, &looker, shown),
                None => Ok(()),
            };
            let resolution = Resolution { review_id: *id, ruling, note, by: looker.by };
            let after = decide(&state.store, &state.book, &looker.reach, &resolution, &seen, now)?;
            detail(state, lang, &looker, after)
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
            let user_id = caller.principal.user_id;
            Ok(withdraw(
                &state.store,
                &state.book,
                &reach,
                user_id,
                (clock::new_id(), *id, reason),
                now,
            )?)
        })
        .await?;
    match (decision.outcome.status, decision.outcome.code) {
        (RecordStatus::Accepted, _) => Ok(Json(result(lang, decision))),
        (_, code) => Err(code.unwrap_or(Code::Internal).into()),
    }
}
