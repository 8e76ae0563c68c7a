//! Targets: people to enroll, per scheme and period, for one group.

use actix_web::web::{Json, Path, Query};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::fields::{self, Fields, Given};
use super::guard::{Allowed, permit};
use super::json::{Body, Created};
use super::paging::{Listed, Paging};
use super::{Answer, Problem, State};
use crate::clock;
use crate::domain::{Code, Id, Scheme};
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

impl NewTarget {
    fn read(self, new_id: Id, now: DateTime<Utc>) -> Result<Target, Problem> {
        let mut fields = Fields::default();
        let id = fields.take_optional("/id", self.id).unwrap_or(new_id);
        let group_id = fields.take("/group_id", self.group_id);
        let scheme = fields.take("/scheme", fields::word::<Scheme>(self.scheme));
        let starts_on = fields.take("/from", fields::day(self.from));
        let ends_on = fields.take("/to", fields::day(self.to));
        let people = self.people.and_then(|people| match people {
            people if PEOPLE.contains(&people) => Ok(people),
            _ => Err(Code::OutOfRange),
        });
        let people = fields.take("/people", people);
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
    id: Path<Id>,
) -> Answer<TargetView> {
    let target = allowed.read(&state, move |c, reach| targets::get(c, reach, *id)).await?;
    Ok(Json(target.into()))
}
