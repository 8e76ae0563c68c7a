//! Enrollments and their cards, to read.

use actix_web::web::{Json, Path, Query};
use chrono::DateTime;
use serde::Deserialize;

use super::fields::{self, Fields, Given};
use super::guard::{Allowed, permit};
use super::paging::{Listed, Paging};
use super::{Answer, Problem, State};
use crate::domain::{Code, EnrollmentStatus, Id, Scheme};
use crate::store::desk::{self, Wanted};
use crate::sync::wire::{CardEntity, EnrollmentEntity};

/// Which enrollments are wanted.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct EnrollmentQuery {
    #[param(value_type = Option<Id>)]
    group_id: Option<String>,
    #[param(value_type = Option<Id>)]
    agent_id: Option<String>,
    #[param(value_type = Option<Scheme>)]
    scheme: Option<String>,
    #[param(value_type = Option<EnrollmentStatus>)]
    status: Option<String>,
    /// First day they count on.
    #[param(value_type = Option<NaiveDate>)]
    from: Option<String>,
    /// Last day they count on.
    #[param(value_type = Option<NaiveDate>)]
    to: Option<String>,
    /// Accepted or taken back since.
    #[param(value_type = Option<String>, format = DateTime)]
    changed_since: Option<String>,
}

impl EnrollmentQuery {
    fn read(self) -> Result<Wanted, Problem> {
        let mut fields = Fields::default();
        let id = |text: Option<String>| text.map(|text| fields::word::<Id>(Given::of(text)));
        let day = |text: Option<String>| text.map(|text| fields::day(Given::of(text)));
        let time = |text: Option<String>| {
            text.map(|text| {
                Given::of(text).and_then(|text| {
                    let time = DateTime::parse_from_rfc3339(&text).map_err(|_| Code::BadFormat)?;
                    Ok(time.naive_utc())
                })
            })
        };
        let wanted = Wanted {
            group_id: fields.take_optional("/group_id", id(self.group_id)),
            agent_id: fields.take_optional("/agent_id", id(self.agent_id)),
            scheme: fields
                .take_optional("/scheme", self.scheme.map(|text| fields::word(Given::of(text)))),
            status: fields
                .take_optional("/status", self.status.map(|text| fields::word(Given::of(text)))),
            from: fields.take_optional("/from", day(self.from)),
            to: fields.take_optional("/to", day(self.to)),
            changed_since: fields.take_optional("/changed_since", time(self.changed_since)),
        };
        fields.finish(Some(wanted))
    }
}

/// Enrollments within reach, without names.
#[utoipa::path(get, path = "/api/v1/enrollments", params(EnrollmentQuery, Paging),
    responses((status = 200, body = Listed<EnrollmentEntity>)))]
pub async fn list(
    caller: Allowed<permit::ReadEnrollments>,
    state: State,
    query: Query<EnrollmentQuery>,
    paging: Query<Paging>,
) -> Answer<Listed<EnrollmentEntity>> {
    let wanted = query.into_inner().read()?;
    let window = paging.window()?;
    let page = state
        .read(move |conn| {
            let reach = caller.reach(conn)?;
            desk::enrollments(conn, &reach, &wanted, window)
        })
        .await?;
    Ok(Json(Listed::of(page)))
}

/// One enrollment.
#[utoipa::path(get, path = "/api/v1/enrollments/{id}", params(("id" = Id, Path)),
    responses((status = 200, body = EnrollmentEntity)))]
pub async fn read(
    caller: Allowed<permit::ReadEnrollments>,
    state: State,
    id: Path<Id>,
) -> Answer<EnrollmentEntity> {
    let row = state
        .read(move |conn| {
            let reach = caller.reach(conn)?;
            desk::enrollment(conn, &reach, *id)
        })
        .await?;
    Ok(Json(row.into()))
}

/// One card or book.
#[utoipa::path(get, path = "/api/v1/cards/{id}", params(("id" = Id, Path)),
    responses((status = 200, body = CardEntity)))]
pub async fn card(
    caller: Allowed<permit::ReadEnrollments>,
    state: State,
    id: Path<Id>,
) -> Answer<CardEntity> {
    let row = state
        .read(move |conn| {
            let reach = caller.reach(conn)?;
            desk::card(conn, &reach, *id)
        })
        .await?;
    Ok(Json(row.into()))
}
