//! Closing months: what was counted is reported, and moves no more.

use actix_web::web::{Json, Path};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::fields::{Fields, Given};
use super::guard::{Allowed, permit};
use super::json::Body;
use super::{Answer, State};
use crate::clock;
use crate::domain::{Code, Id, Month, vn_day};
use crate::store::{months, reach};

/// Whose month is closed: one of the two.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct Closing {
    /// All groups of this office and of those under it.
    #[schema(value_type = Option<Id>)]
    office_id: Option<Given<Id>>,
    /// This group alone.
    #[schema(value_type = Option<Id>)]
    group_id: Option<Given<Id>>,
}

/// What is closed now.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Closed {
    /// The last day that is closed by it; groups that had closed more stay so.
    closed_through: NaiveDate,
    groups: Vec<Id>,
}

enum Whose {
    Office(Id),
    Group(Id),
}

/// Closes a month that is over, and all before it. What arrives for it afterwards counts on the day of its
/// receipt, and what is taken back counts against on that day.
#[utoipa::path(post, path = "/api/v1/months/{month}/close", params(("month" = String, Path, description = "YYYY-MM")),
    request_body = Closing, responses((status = 200, body = Closed)))]
pub async fn close(
    caller: Allowed<permit::CloseMonths>,
    state: State,
    month: Path<String>,
    Body(body): Body<Closing>,
) -> Answer<Closed> {
    let mut fields = Fields::default();
    let through = fields.take("/month", Given::of(month.into_inner()).and_then(last_day));
    let office = fields.take_optional("/office_id", body.office_id).map(Whose::Office);
    let group = fields.take_optional("/group_id", body.group_id).map(Whose::Group);
    let whose = match (office, group) {
        (Some(whose), None) | (None, Some(whose)) => Some(whose),
        _ => {
            fields.wrong("/group_id", Code::Required);
            None
        }
    };
    let (closed_through, whose) = fields.finish(through.zip(whose))?;
    let author = state.store.author();
    let groups = caller
        .write(&state, move |tx, reach| {
            let (Whose::Office(id) | Whose::Group(id)) = whose;
            author.subject(id);
            author.detail(&closed_through.format("%Y-%m").to_string());
            let groups = match whose {
                Whose::Office(id) => reach::groups_under(tx, reach, id)?,
                Whose::Group(id) => {
                    vec![crate::store::groups::get(tx, reach, id)?.id]
                }
            };
            months::close(tx, &groups, closed_through)?;
            Ok(groups)
        })
        .await?;
    Ok(Json(Closed { closed_through, groups }))
}

/// The last day of a month that is over.
fn last_day(month: String) -> Result<NaiveDate, Code> {
    let last = Month::parse(&month)?.last_day();
    if last < vn_day(clock::now()) { Ok(last) } else { Err(Code::OutOfRange) }
}
