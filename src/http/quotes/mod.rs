//! What would it cost? The very code the sync judges by, for any day that has rules.

/// Questions that every edition of the law answers, for apps to prove themselves by.
pub mod cases;
/// Questions, read with all their errors.
mod request;

use std::sync::Arc;

use actix_web::web::Json;
use chrono::Datelike;
use serde::Serialize;
use serde_json::value::RawValue;

use super::guard::{Allowed, permit};
use super::json::Body;
use super::{Answer, Problem, State};
use crate::auth::Principal;
use crate::domain::{Areas, Code, FieldError, Flag, Scheme};
use crate::policy::permissions::{self, Action};
use crate::policy::{
    HouseholdQuote, MemberTerms, Rules, VoluntaryQuote, VoluntaryTerms, eligibility, household,
    voluntary,
};
use crate::store::{Conn, StoreError, families};

use request::{HouseholdQuestion, Question, VoluntaryQuestion};
pub use request::{HouseholdRequest, QuoteRequest, VoluntaryRequest};

/// The amounts asked for.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(untagged)]
pub enum QuoteAnswer {
    Voluntary(Box<VoluntaryQuote>),
    Household(HouseholdQuote),
}

/// What it would cost, by the law of the day given, with each line of the computation and each row of the
/// law it rests on. 422 with the code when the law refuses; a rule that is missing is named.
#[utoipa::path(post, path = "/api/v1/quotes", request_body = QuoteRequest,
    responses((status = 200, body = QuoteAnswer)))]
pub async fn create(
    allowed: Allowed<permit::ReadReference>,
    state: State,
    body: Body<Box<RawValue>>,
) -> Answer<QuoteAnswer> {
    let mut question = request::read(body.0.get())?;
    let book = Arc::clone(&state.book);
    let (edition, question) = state
        .read(move |conn| {
            if let Question::Household(question) = &mut question {
                look_up_household(conn, &allowed.principal, question)?;
            }
            Ok((book.in_force(conn)?, question))
        })
        .await?;
    answer((edition.rules(), edition.areas()), &question).map(Json)
}

/// How many joined before in the year, when a household is named: one the caller may see.
fn look_up_household(
    conn: &mut Conn,
    caller: &Principal,
    question: &mut HouseholdQuestion,
) -> Result<(), StoreError> {
    if let (Some(id), None) = (question.household_id, question.joined_before) {
        let scope = permissions::scope(caller.role, Action::ReadEnrollments);
        let reach = caller.reach(conn, scope.ok_or(StoreError::NotFound)?)?;
        question.joined_before = Some(families::joined(conn, &reach, id, question.paid_on.year())?);
    }
    Ok(())
}

/// Rules, and the areas they hold in.
type Law<'a> = (&'a Rules, &'a Areas);

/// Answers a question by this law.
fn answer(law: Law<'_>, question: &Question) -> Result<QuoteAnswer, Problem> {
    match question {
        Question::Voluntary(question) => {
            voluntary_answer(law, question).map(Box::new).map(QuoteAnswer::Voluntary)
        }
        Question::Household(question) => {
            household_answer(law, question).map(QuoteAnswer::Household)
        }
    }
}

fn voluntary_answer(
    (rules, areas): Law<'_>,
    question: &VoluntaryQuestion,
) -> Result<VoluntaryQuote, Problem> {
    let paid_on = question.paid_on;
    let place = place(areas, question.area_code.as_deref(), paid_on)?;
    let terms = VoluntaryTerms {
        paid_on,
        area: place.map(|it| it.area),
        income: question.income,
        method: question.method,
        months: question.months,
        support_group: question.support_group,
        supported_months_before: question.supported_months_before,
        monthly_rate_percent: question.monthly_rate_percent,
        from_month: question.from_month,
        months_late: question.months_late,
    };
    let born = question.birth_date.as_ref();
    let age = born.map(|birth| eligibility::check(rules, Scheme::Voluntary, birth, paid_on));
    let quote = voluntary::quote(rules, areas, &terms);
    match (age.and_then(Result::err), quote) {
        (None, Ok(mut quote)) => {
            remark(&mut quote.warnings, place);
            Ok(quote)
        }
        (age, quote) => {
            let refusals = age.into_iter().chain(quote.err().unwrap_or_default());
            let named = refusals.map(|refusal| (refusal.field.to_owned(), refusal));
            Err(Problem::law(named.collect()))
        }
    }
}

fn household_answer(
    (rules, areas): Law<'_>,
    question: &HouseholdQuestion,
) -> Result<HouseholdQuote, Problem> {
    let paid_on = question.paid_on;
    let place = place(areas, question.area_code.as_deref(), paid_on)?;
    let mut refusals = Vec::new();
    let mut members = Vec::with_capacity(question.members.len());
    for (i, member) in question.members.iter().enumerate() {
        let birth = member.birth_date.as_ref();
        let born = birth.map(|birth| eligibility::check(rules, Scheme::Household, birth, paid_on));
        if let Some(Err(refusal)) = born {
            refusals.push((format!("members/{i}/birth_date"), refusal));
        }
        members.push(MemberTerms {
            group: member.group,
            months: member.months,
            previous_valid_to: member.previous_valid_to,
            rank_held: member.rank_held,
        });
    }
    let area = place.map(|it| it.area);
    let before = question.joined_before.unwrap_or(0);
    match household::quote(rules, areas, paid_on, area, before, &members) {
        Ok(mut quote) if refusals.is_empty() => {
            remark(&mut quote.warnings, place);
            Ok(quote)
        }
        quote => {
            let more = quote.err().unwrap_or_default();
            refusals.extend(more.into_iter().map(|it| (it.path(), it.refusal)));
            Err(Problem::law(refusals))
        }
    }
}

type Place<'a> = crate::domain::Resolved<'a>;

/// The area of the day of payment.
fn place<'a>(
    areas: &'a Areas,
    code: Option<&str>,
    paid_on: chrono::NaiveDate,
) -> Result<Option<Place<'a>>, Problem> {
    let Some(code) = code else { return Ok(None) };
    let found = areas.resolve(code, paid_on);
    let unknown = || FieldError::new("/area_code", Code::AreaUnknown);
    let found = found.ok_or_else(|| Problem::with_fields(Code::AreaUnknown, vec![unknown()]))?;
    Ok(Some(found))
}

fn remark(warnings: &mut Vec<Flag>, place: Option<Place<'_>>) {
    if place.is_some_and(|it| it.mapped) {
        warnings.push(Flag::AreaMapped);
    }
}
