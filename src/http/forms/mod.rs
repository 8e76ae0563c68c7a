//! Lists in the official layouts, with whole codes, for the office that must send them. Who took which list,
//! why, and how many people stand in it is told in the audit.

/// Targets, and what was reached of them.
mod plan;
/// What stands in the rows of people.
mod rows;

use std::fs::File;

use actix_web::HttpResponse;
use actix_web::web::{Path, Query};
use chrono::{Datelike, NaiveDate};
use serde::Deserialize;

use self::rows::{People, Rows};
use super::attachment::attachment;
use super::dossiers::REASON;
use super::fields::{self, Fields, Given};
use super::guard::{Allowed, permit};
use super::{AppState, Problem, State};
use crate::clock;
use crate::domain::{Code, Id, Scheme, vn_day};
use crate::policy::permissions::{self, Action};
use crate::sheets::Ending;
use crate::sheets::forms::{About, Form, List};
use crate::store::lists::{self, Place, Wanted};
use crate::store::rows::EnrollmentRow;
use crate::store::{self, Conn, Reach, groups, offices, organisations, reach};
use crate::tallies::collectors::{self, Period};

/// Rows that are read at once.
const PART: i64 = 500;
/// Most people in one list.
const MOST: usize = 50_000;

/// Which list is wanted, and why.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct FormQuery {
    /// Of an office and all that is under it.
    #[param(value_type = Option<Id>)]
    office_id: Option<String>,
    #[param(value_type = Option<Id>)]
    group_id: Option<String>,
    #[param(value_type = Option<Id>)]
    organisation_id: Option<String>,
    /// First day; the first of this month unless given.
    #[param(value_type = Option<NaiveDate>)]
    from: Option<String>,
    /// Last day; today unless given.
    #[param(value_type = Option<NaiveDate>)]
    to: Option<String>,
    /// Kept with the export; at most 500 characters, no personal data.
    #[param(value_type = String)]
    reason: Option<String>,
}

struct Asked {
    form: Form,
    office_id: Option<Id>,
    wanted: Wanted,
    reason: String,
}

impl FormQuery {
    fn read(self, form: &str, today: NaiveDate, resting: bool) -> Result<Asked, Problem> {
        let form: Form = form.parse().map_err(|_| Code::NotFound)?;
        let mut fields = Fields::default();
        let id = |text: Option<String>| text.map(|text| fields::word::<Id>(Given::of(text)));
        let office_id = fields.take_optional("/office_id", id(self.office_id));
        let group_id = fields.take_optional("/group_id", id(self.group_id));
        let organisation_id = fields.take_optional("/organisation_id", id(self.organisation_id));
        let mut day = |path, text: Option<String>, default| {
            let given = text.map(|text| fields::day(Given::of(text)));
            fields.take_optional(path, given).unwrap_or(default)
        };
        let from = day("/from", self.from, today.with_day(1).unwrap_or(today));
        let to = day("/to", self.to, today);
        if to < from {
            fields.wrong("/to", Code::OutOfRange);
        }
        let reason = self.reason.map_or(Given::missing(), Given::of);
        let reason = fields.take("/reason", fields::text(reason, REASON));
        let wanted = Wanted { group_id, organisation_id, from, to, resting };
        fields.finish(reason.map(|reason| Asked { form, office_id, wanted, reason }))
    }
}

/// An official list as CSV. At most 50,000 people; `too_large` asks for a shorter period.
#[utoipa::path(get, path = "/api/v1/forms/{form}.csv", params(("form" = Form, Path), FormQuery),
    responses((status = 200, content_type = "text/csv", body = String)))]
pub async fn csv(
    caller: Allowed<permit::ManageUnits>,
    state: State,
    form: Path<String>,
    query: Query<FormQuery>,
) -> Result<HttpResponse, Problem> {
    answer(Ending::Csv, caller, state, &form, query.into_inner()).await
}

/// An official list as a workbook to be printed on A4: totals are formulas, codes are text. At most 50,000
/// people; `too_large` asks for a shorter period.
#[utoipa::path(get, path = "/api/v1/forms/{form}.xlsx", params(("form" = Form, Path), FormQuery),
    responses((status = 200,
        content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = Vec<u8>)))]
pub async fn xlsx(
    caller: Allowed<permit::ManageUnits>,
    state: State,
    form: Path<String>,
    query: Query<FormQuery>,
) -> Result<HttpResponse, Problem> {
    answer(Ending::Xlsx, caller, state, &form, query.into_inner()).await
}

async fn answer(
    ending: Ending,
    caller: Allowed<permit::ManageUnits>,
    state: State,
    form: &str,
    query: FormQuery,
) -> Result<HttpResponse, Problem> {
    let resting = permissions::scope(caller.principal.role, Action::ManagePersons).is_some();
    let asked = query.read(form, vn_day(clock::now()), resting)?;
    let Wanted { from, to, .. } = asked.wanted;
    let name = format!("{}-{from}-{to}.{ending}", asked.form);
    let file = state
        .run(move |state| -> Result<_, Problem> {
            let reach = state.store.read(|conn| {
                let reach = caller.reach(conn)?;
                narrowed(conn, reach, &asked)
            })?;
            let (file, people) = write(ending, state, &reach, &asked)?;
            let author = state.store.author();
            state.store.write(|_| {
                author.detail(&format!("{}, {people}: {}", asked.form, asked.reason));
                Ok::<_, Problem>(())
            })?;
            Ok(file)
        })
        .await?;
    attachment(file, &name, ending)
}

/// The part of one's reach that was asked for; what lies outside is not found.
fn narrowed(conn: &mut Conn, reach: Reach, asked: &Asked) -> store::Result<Reach> {
    if let Some(id) = asked.wanted.group_id {
        groups::get(conn, &reach, id)?;
    }
    if let Some(id) = asked.wanted.organisation_id {
        organisations::get(conn, id)?;
    }
    let Some(id) = asked.office_id else { return Ok(reach) };
    reach::under(conn, &reach, id)
}

/// The file, and how many people stand in it.
fn write(
    ending: Ending,
    state: &AppState,
    reach: &Reach,
    asked: &Asked,
) -> Result<(File, usize), Problem> {
    let about = state.store.read(|conn| about(conn, asked))?;
    let mut list = List::begin(ending, asked.form, &about)?;
    let count = match asked.form {
        Form::D05 => people(state, reach, asked, People::Paid(Scheme::Voluntary), &mut list)?,
        Form::Mau4 => people(state, reach, asked, People::Paid(Scheme::Household), &mut list)?,
        Form::C21 => people(state, reach, asked, People::Lapsed, &mut list)?,
        Form::B15 => targets(state, reach, asked, &mut list)?,
    };
    Ok((list.end()?, count))
}

/// Organisations and their collectors; how many people collect.
fn targets(
    state: &AppState,
    reach: &Reach,
    asked: &Asked,
    list: &mut List,
) -> Result<usize, Problem> {
    let Wanted { from, to, group_id, organisation_id, .. } = asked.wanted;
    let today = vn_day(clock::now());
    let period = Period { from, to, today, group_id, organisation_id };
    let teams = state.store.read(|conn| collectors::teams(conn, reach, &period))?;
    let (rows, people) = plan::rows(&teams);
    for cells in rows {
        list.row(&cells)?;
    }
    Ok(people)
}

/// People, part by part, so that no more than one part is held at a time; how many.
fn people(
    state: &AppState,
    reach: &Reach,
    asked: &Asked,
    which: People,
    list: &mut List,
) -> Result<usize, Problem> {
    let mut rows = Rows::new(which);
    let mut after = None;
    loop {
        let part = state.store.read(|conn| part(conn, reach, asked, which, after))?;
        let Some(last) = part.last() else { break };
        after = Some((last.record_id, last.member_index));
        for (line, cells) in state.store.read(|conn| rows.of(conn, &part))? {
            if let Some(line) = line {
                list.line(&line)?;
            }
            list.row(&cells)?;
        }
        if rows.count() > MOST {
            return Err(Code::TooLarge.into());
        }
    }
    Ok(rows.count())
}

fn part(
    conn: &mut Conn,
    reach: &Reach,
    asked: &Asked,
    which: People,
    after: Option<Place>,
) -> store::Result<Vec<EnrollmentRow>> {
    let wanted = &asked.wanted;
    match which {
        People::Paid(scheme) => lists::taken(conn, reach, scheme, wanted, after, PART),
        People::Lapsed => lists::lapsed(conn, reach, wanted, after, PART),
    }
}

fn about(conn: &mut Conn, asked: &Asked) -> store::Result<About> {
    let Wanted { organisation_id, from, to, .. } = asked.wanted;
    let organisation = organisation_id.map(|id| organisations::get(conn, id)).transpose()?;
    let office = asked.office_id.map(|id| offices::get(conn, id)).transpose()?;
    Ok(About {
        organisation: organisation.map_or_else(|| "…".to_owned(), |it| it.name),
        office: office.map_or_else(|| "…".to_owned(), |it| it.name),
        from,
        to,
    })
}
