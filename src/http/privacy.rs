//! What a person may ask of her data besides reading it: correction, and that it rests where the law forbids to
//! delete it.

use actix_web::web::{Json, Path};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::dossiers::{REASON, Reason};
use super::fields::{self, Fields, Given};
use super::guard::{Allowed, permit};
use super::json::Body;
use super::{Answer, Problem, State};
use crate::clock;
use crate::domain::{AreaLevel, Areas, BirthDate, Code, Id, PersonName, Sex, clean_text, vn_day};
use crate::store::{self, Conn, Reach, StoreError, dossier, persons, restrictions};
use crate::sync::body::{MAX_ADDRESS, MAX_SHORT};
use crate::sync::correction::{self, Correction};
use crate::sync::pull::person_by_id;
use crate::sync::wire::PersonEntity;

/// What is right instead; what is absent stays.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct PersonChange {
    #[schema(value_type = Option<String>)]
    full_name: Option<Given<String>>,
    /// `1988-03-05`, `1988-03` or `1988`.
    #[schema(value_type = Option<String>)]
    birth_date: Option<Given<String>>,
    #[schema(value_type = Option<Sex>)]
    sex: Option<Given<String>>,
    /// An empty text takes it away.
    #[schema(value_type = Option<String>)]
    ethnicity: Option<Given<String>>,
    /// An empty text takes it away.
    #[schema(value_type = Option<String>)]
    phone: Option<Given<String>>,
    /// A commune of today.
    #[schema(value_type = Option<String>, example = "19141")]
    area_code: Option<Given<String>>,
    #[schema(value_type = Option<String>)]
    address: Option<Given<String>>,
    /// What proves it (her request, a document), kept with the change; at most 500 characters, no personal data.
    #[schema(value_type = String)]
    reason: Given<String>,
}

impl PersonChange {
    fn read(self, now: DateTime<Utc>) -> Result<(Correction, String), Problem> {
        let mut fields = Fields::default();
        let name = self.full_name.map(|it| it.and_then(|name| PersonName::parse(&name)));
        let birth = self.birth_date.map(|it| {
            it.and_then(|day| match BirthDate::parse(&day)? {
                birth if birth.after(vn_day(now)) => Err(Code::BirthInFuture),
                birth => Ok(birth),
            })
        });
        let may_go = |it: Given<String>| {
            it.and_then(|text| {
                Ok(Some(clean_text(&text, MAX_SHORT)?).filter(|text| !text.is_empty()))
            })
        };
        let commune = self.area_code.map(|it| {
            it.and_then(|code| match Areas::in_force().find(&code, vn_day(now)) {
                Some(area) if area.level == AreaLevel::Commune => Ok(code),
                _ => Err(Code::AreaUnknown),
            })
        });
        let correction = Correction {
            name: fields.take_optional("/full_name", name),
            birth: fields.take_optional("/birth_date", birth),
            sex: fields.take_optional("/sex", self.sex.map(fields::word)),
            ethnicity: fields.take_optional("/ethnicity", self.ethnicity.map(may_go)),
            phone: fields.take_optional("/phone", self.phone.map(may_go)),
            area_code: fields.take_optional("/area_code", commune),
            address: fields
                .take_optional("/address", self.address.map(|it| fields::text(it, MAX_ADDRESS))),
        };
        let reason = fields.take("/reason", fields::text(self.reason, REASON));
        let reason = fields.finish(reason)?;
        Ok((correction, reason))
    }
}

/// Sets right what is written of a person; the groups that hold her hear of it. What was enrolled, and the cards
/// that were handed out, stay as they are.
#[utoipa::path(patch, path = "/api/v1/persons/{id}", params(("id" = Id, Path)),
    request_body = PersonChange, responses((status = 200, body = PersonEntity)))]
pub async fn correct(
    caller: Allowed<permit::ManagePersons>,
    state: State,
    id: Path<Id>,
    Body(body): Body<PersonChange>,
) -> Answer<PersonEntity> {
    let now = clock::now();
    let (correction, reason) = body.read(now)?;
    let person = state
        .run(move |state| -> Result<_, Problem> {
            state.store.read(|conn| {
                let reach = caller.reach(conn)?;
                check(conn, &reach, *id)
            })?;
            let author = state.store.author();
            let by = caller.principal.user_id;
            let what = (*id, &correction);
            correction::correct(&state.store, &Areas::in_force(), what, by, now, |was, is| {
                author.subject(is.person.id);
                author.detail(&reason);
                author.before(was);
                author.after(is);
            })?;
            Ok(state.store.read(|conn| -> store::Result<_> {
                let id = persons::survivor(conn, *id)?;
                person_by_id(conn, id)
            })?)
        })
        .await?;
    Ok(Json(person))
}

/// Refuses a person whom nobody within reach enrolled, as the dossier does. Who was told of her once may have
/// lost her since.
fn check(conn: &mut Conn, reach: &Reach, id: Id) -> store::Result<()> {
    let id = persons::survivor(conn, id)?;
    persons::get(conn, id)?;
    let known =
        matches!(reach, Reach::Everything) || !dossier::enrolled(conn, reach, &[id], 1)?.is_empty();
    if known { Ok(()) } else { Err(StoreError::NotFound) }
}

/// Whether a person's data rests.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Rest {
    id: Id,
    /// Null when it does not.
    #[schema(required)]
    restricted_since: Option<DateTime<Utc>>,
}

/// Lets a person's data rest: what the law makes us keep is kept and still guards against duplicates, but phones
/// forget her, and only who may decide on it sees it. The reason is kept.
#[utoipa::path(post, path = "/api/v1/persons/{id}/restrict", params(("id" = Id, Path)),
    request_body = Reason, responses((status = 200, body = Rest)))]
pub async fn restrict(
    caller: Allowed<permit::ManagePersons>,
    state: State,
    id: Path<Id>,
    body: Body<Reason>,
) -> Answer<Rest> {
    set(caller, state, *id, body, true).await
}

/// Ends the rest of a person's data, for a reason that is kept.
#[utoipa::path(post, path = "/api/v1/persons/{id}/unrestrict", params(("id" = Id, Path)),
    request_body = Reason, responses((status = 200, body = Rest)))]
pub async fn unrestrict(
    caller: Allowed<permit::ManagePersons>,
    state: State,
    id: Path<Id>,
    body: Body<Reason>,
) -> Answer<Rest> {
    set(caller, state, *id, body, false).await
}

async fn set(
    caller: Allowed<permit::ManagePersons>,
    state: State,
    id: Id,
    Body(body): Body<Reason>,
    resting: bool,
) -> Answer<Rest> {
    let reason = body.read()?;
    let now = clock::now();
    let rest = state
        .run(move |state| -> Result<_, Problem> {
            let id = state.store.read(|conn| -> store::Result<Id> {
                let reach = caller.reach(conn)?;
                check(conn, &reach, id)?;
                persons::survivor(conn, id)
            })?;
            let author = state.store.author();
            let why = resting.then_some(reason.as_str());
            correction::set_resting(&state.store, id, why, caller.principal.user_id, now, || {
                author.subject(id);
                author.detail(&reason);
            })?;
            Ok(state.store.read(|conn| rest(conn, id))?)
        })
        .await?;
    Ok(Json(rest))
}

fn rest(conn: &mut Conn, id: Id) -> store::Result<Rest> {
    let restriction = restrictions::of(conn, id)?;
    Ok(Rest { id, restricted_since: restriction.map(|it| it.since.and_utc()) })
}
