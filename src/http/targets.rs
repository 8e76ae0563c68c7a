//! Targets: people to enroll, per scheme and period, for one group.

use actix_web::web::{Json, Path, Query};
use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::fields::{self, Fields, Given};
use super::guard::{Allowed, permit};
use super::json::{Body, Created};
use super::paging::{Listed, Paging};
use super::{Answer, Problem, State, tag};
use crate::clock;
use crate::domain::{Code, Id, Scheme};
use crate::store::locks;
use crate::store::targets::{self, Target};

/// A new target.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct NewTarget {
    /// Made by the client, so that the same request twice makes one target.
    #[schema(value_type = Option<Id>)]
    id: Option<Given<Id>>,
    #[schema(value_type = Id)]
    group_id: Given<Id>,
    #[schema(value_type = Scheme)]
    scheme: Given<String>,
    /// The first day of the period.
    #[schema(value_type = NaiveDate)]
    from: Given<String>,
    /// The last day of the period.
    #[schema(value_type = NaiveDate)]
    to: Given<String>,
    /// How many people, at least 1.
    #[schema(value_type = i64, minimum = 1)]
    people: Given<i64>,
}

/// A target.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Target)]
pub struct TargetView {
    id: Id,
    group_id: Id,
    scheme: Scheme,
    from: NaiveDate,
    to: NaiveDate,
    people: i64,
    created_at: DateTime<Utc>,
}

impl From<Target> for TargetView {
    fn from(target: Target) -> Self {
        Self {
            id: target.id,
            group_id: target.group_id,
            scheme: target.scheme,
            from: target.starts_on,
            to: target.ends_on,
            people: target.people,
            created_at: target.created_at.and_utc(),
        }
    }
}

/// More people than Việt Nam has.
const PEOPLE: std::ops::RangeInclusive<i64> = 1..=200_000_000;

fn count(people: i64) -> Result<i64, Code> {
    if PEOPLE.contains(&people) { Ok(people) } else { Err(Code::OutOfRange) }
}

impl NewTarget {
    fn read(self, new_id: Id, now: DateTime<Utc>) -> Result<Target, Problem> {
        let mut fields = Fields::default();
        let id = fields.take_optional("/id", self.id).unwrap_or(new_id);
        let group_id = fields.take("/group_id", self.group_id);
        let scheme = fields.take("/scheme", fields::word::<Scheme>(self.scheme));
        let starts_on = fields.take("/from", fields::day(self.from));
        let ends_on = fields.take("/to", fields::day(self.to));
        let people = fields.take("/people", self.people.and_then(count));
        if starts_on.zip(ends_on).is_some_and(|(from, to)| to < from) {
            fields.wrong("/to", Code::OutOfRange);
        }
        let whole = (|| {
            Some(Target {
                id,
                group_id: group_id?,
                scheme: scheme?,
                starts_on: starts_on?,
                ends_on: ends_on?,
                people: people?,
                created_at: now.naive_utc(),
            })
        })();
        fields.finish(whole)
    }
}

/// Targets within reach.
#[utoipa::path(get, path = "/api/v1/targets", params(Paging), responses((status = 200, body = Listed<TargetView>)))]
pub async fn list(
    allowed: Allowed<permit::ReadOwnUnit>,
    state: State,
    paging: Query<Paging>,
) -> Answer<Listed<TargetView>> {
    let window = paging.window()?;
    let page = allowed.read(&state, move |c, reach| targets::list(c, reach, window)).await?;
    Ok(Json(Listed::of(page)))
}

/// Adds a target.
#[utoipa::path(post, path = "/api/v1/targets", request_body = NewTarget, responses((status = 201, body = TargetView)))]
pub async fn create(
    allowed: Allowed<permit::ManageUnits>,
    state: State,
    body: Body<NewTarget>,
) -> Result<Created<TargetView>, Problem> {
    let target = body.0.read(clock::new_id(), clock::now())?;
    let author = state.store.author();
    let made = allowed
        .write(&state, move |tx, reach| {
            let made = targets::create(tx, reach, &target)?;
            Ok(author.made(made.id, TargetView::from(made)))
        })
        .await?;
    Ok(Created(made))
}

/// One target within reach.
#[utoipa::path(get, path = "/api/v1/targets/{id}", params(("id" = Id, Path)), responses((status = 200, body = TargetView)))]
pub async fn read(
    allowed: Allowed<permit::ReadOwnUnit>,
    state: State,
    req: HttpRequest,
    id: Path<Id>,
) -> Result<HttpResponse, Problem> {
    let target = allowed.read(&state, move |c, reach| targets::get(c, reach, *id)).await?;
    let target = TargetView::from(target);
    let tag = tag::of(&target);
    Ok(tag::unchanged(&req, &tag).unwrap_or_else(|| tag::tagged(tag).json(target)))
}

/// What changes of a target; what is absent stays.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct TargetChange {
    /// The first day of the period.
    #[schema(value_type = Option<NaiveDate>)]
    from: Option<Given<String>>,
    /// The last day of the period.
    #[schema(value_type = Option<NaiveDate>)]
    to: Option<Given<String>>,
    /// How many people, at least 1.
    #[schema(value_type = Option<i64>, minimum = 1)]
    people: Option<Given<i64>>,
}

/// A change that was read.
#[derive(Debug, Clone, Copy)]
struct Change {
    starts_on: Option<NaiveDate>,
    ends_on: Option<NaiveDate>,
    people: Option<i64>,
}

impl TargetChange {
    /// Reads it. A day that comes alone is held against the other one as it is now.
    fn read(self, now: &Target) -> Result<Change, Problem> {
        let mut fields = Fields::default();
        let days = [self.from.is_some(), self.to.is_some()];
        let starts_on = fields.take_optional("/from", self.from.map(fields::day));
        let ends_on = fields.take_optional("/to", self.to.map(fields::day));
        let people = fields.take_optional("/people", self.people.map(|it| it.and_then(count)));
        let change = Change { starts_on, ends_on, people };
        let target = change.of(now.clone());
        let readable = days == [starts_on.is_some(), ends_on.is_some()];
        if readable && target.ends_on < target.starts_on {
            fields.wrong(if ends_on.is_some() { "/to" } else { "/from" }, Code::OutOfRange);
        }
        fields.finish(Some(change))
    }
}

impl Change {
    fn of(self, target: Target) -> Target {
        Target {
            starts_on: self.starts_on.unwrap_or(target.starts_on),
            ends_on: self.ends_on.unwrap_or(target.ends_on),
            people: self.people.unwrap_or(target.people),
            ..target
        }
    }
}

/// Changes a target within reach. `If-Match` refuses when somebody else was faster; without it, a day that
/// no longer fits the other one is a `conflict`.
#[utoipa::path(patch, path = "/api/v1/targets/{id}", params(("id" = Id, Path)), request_body = TargetChange, responses((status = 200, body = TargetView)))]
pub async fn update(
    allowed: Allowed<permit::ManageUnits>,
    state: State,
    req: HttpRequest,
    id: Path<Id>,
    body: Body<TargetChange>,
) -> Result<HttpResponse, Problem> {
    let id = *id;
    let now = allowed.read(&state, move |c, reach| targets::get(c, reach, id)).await?;
    let change = body.0.read(&now)?;
    let asked = tag::asked(&req);
    let author = state.store.author();
    let changed = allowed
        .write(&state, move |tx, reach| {
            locks::target(tx, id)?;
            let target = targets::get(tx, reach, id)?;
            let before = TargetView::from(target.clone());
            if tag::check(asked.as_deref(), &tag::of(&before)).is_err() {
                return Ok(None);
            }
            author.before(&before);
            targets::change(tx, &change.of(target))?;
            let target = TargetView::from(targets::get(tx, reach, id)?);
            author.after(&target);
            Ok(Some(target))
        })
        .await?;
    let target = changed.ok_or(Code::PreconditionFailed)?;
    Ok(tag::tagged(tag::of(&target)).json(target))
}
