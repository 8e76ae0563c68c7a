//! Persons, from a desk: codes that come later, two who are one, and two again.

use actix_web::web::{Json, Path};
use serde::{Deserialize, Serialize};

use super::fields::{self, Fields, Given};
use super::guard::{Allowed, permit};
use super::json::Body;
use super::{Answer, Problem, State};
use crate::clock;
use crate::domain::{BhxhCode, Code, CodeKind, Id, Passport, PersonalId};
use crate::store::{self, Conn, Reach, entities, reviews};
use crate::sync::persons;
use crate::sync::pull::person_by_id;
use crate::sync::wire::{CardEntity, PersonEntity, ReviewEntity};

/// A code that a person was given.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct NewCode {
    #[schema(value_type = CodeKind)]
    kind: Given<String>,
    #[schema(value_type = String)]
    code: Given<String>,
}

/// What became of it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct CodeGiven {
    person: PersonEntity,
    /// Cards and books that waited for it and have their numbers now.
    cards: Vec<CardEntity>,
    /// The code was another person's already, and this one did not get it: whether the two are one is for
    /// somebody to decide.
    #[schema(required)]
    review: Option<ReviewEntity>,
}

/// Gives a person a code; cards that waited for a mã số BHXH get their numbers.
#[utoipa::path(post, path = "/api/v1/persons/{id}/codes", params(("id" = Id, Path)),
    request_body = NewCode, responses((status = 200, body = CodeGiven)))]
pub async fn give_code(
    caller: Allowed<permit::ManagePersons>,
    state: State,
    id: Path<Id>,
    Body(body): Body<NewCode>,
) -> Answer<CodeGiven> {
    let mut fields = Fields::default();
    let kind = fields.take("/kind", fields::word::<CodeKind>(body.kind));
    let code = body.code.and_then(|code| match kind {
        Some(kind) => checked(kind, code),
        None => Ok(code),
    });
    let code = fields.take("/code", code);
    let (kind, code) = fields.finish(kind.zip(code))?;
    let now = clock::now();
    let given = state
        .run(move |state| -> Result<_, Problem> {
            let reach = state.store.read(|conn| {
                let reach = caller.reach(conn)?;
                persons::check_reach(conn, &reach, *id).map(|()| reach)
            })?;
            let by = caller.principal.user_id;
            let coded = persons::give_code(&state.store, &reach, *id, (kind, &code), by, now)?;
            let answer = state.store.read(|conn| -> store::Result<CodeGiven> {
                let cards = entities::cards(conn, &coded.cards)?;
                let review = coded.review_id.map(|id| reviews::get(conn, &Reach::Everything, id));
                Ok(CodeGiven {
                    person: survivor(conn, *id)?,
                    cards: cards.into_iter().map(CardEntity::from).collect(),
                    review: review.transpose()?.map(ReviewEntity::from),
                })
            })?;
            Ok(answer)
        })
        .await?;
    Ok(Json(given))
}

/// The code in the form of its kind.
fn checked(kind: CodeKind, code: String) -> Result<String, Code> {
    match kind {
        CodeKind::Bhxh => BhxhCode::parse(&code).map(drop),
        CodeKind::PersonalId => PersonalId::parse(&code).map(drop),
        CodeKind::Passport => Passport::parse(&code).map(drop),
    }
    .map(|()| code)
}

/// The person, or who he is by now.
fn survivor(conn: &mut Conn, id: Id) -> store::Result<PersonEntity> {
    let id = store::persons::survivor(conn, id)?;
    person_by_id(conn, id)
}

/// Who the person is.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct Merging {
    /// The person who remains.
    #[schema(value_type = Id)]
    into: Given<Id>,
}

/// Makes two persons one: codes, enrollments, cards and ranks of the first are the second's from now on. 422
/// `overlap` when both are covered for the same time: void one of the records first.
#[utoipa::path(post, path = "/api/v1/persons/{id}/merge", params(("id" = Id, Path)),
    request_body = Merging, responses((status = 200, body = PersonEntity)))]
pub async fn merge(
    caller: Allowed<permit::ManagePersons>,
    state: State,
    id: Path<Id>,
    Body(body): Body<Merging>,
) -> Answer<PersonEntity> {
    let mut fields = Fields::default();
    let into = fields.take("/into", body.into);
    let into = fields.finish(into)?;
    let now = clock::now();
    let survivor = state
        .run(move |state| -> Result<_, Problem> {
            let one = state.store.read(|conn| -> store::Result<bool> {
                let reach = caller.reach(conn)?;
                persons::check_reach(conn, &reach, *id)?;
                persons::check_reach(conn, &reach, into)?;
                persons::are_one(conn, *id, into)
            })?;
            if !one {
                let (by, author) = (caller.principal.user_id, state.store.author());
                persons::merge(&state.store, (*id, into), by, now, |_| {
                    author.detail(&format!("into {into}"));
                    Ok(())
                })?;
            }
            Ok(state.store.read(|conn| survivor(conn, into))?)
        })
        .await?;
    Ok(Json(survivor))
}

/// Undoes a merge: what the person had is his again; what came since stays where it is.
#[utoipa::path(post, path = "/api/v1/persons/{id}/unmerge", params(("id" = Id, Path)),
    responses((status = 200, body = PersonEntity)))]
pub async fn part(
    caller: Allowed<permit::ManagePersons>,
    state: State,
    id: Path<Id>,
) -> Answer<PersonEntity> {
    let now = clock::now();
    let person = state
        .run(move |state| -> Result<_, Problem> {
            state.store.read(|conn| {
                let reach = caller.reach(conn)?;
                persons::check_merge(conn, &reach, *id)
            })?;
            persons::part(&state.store, *id, caller.principal.user_id, now)?;
            Ok(state.store.read(|conn| person_by_id(conn, *id))?)
        })
        .await?;
    Ok(Json(person))
}
