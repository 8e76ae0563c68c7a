//! Enrollments and their cards, to read.

use std::sync::Arc;

use actix_web::web::{Json, Path, Query};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::fields::{self, Fields, Given};
use super::guard::{Allowed, permit};
use super::paging::{Listed, Paging};
use super::{Answer, Problem, State};
use crate::domain::{Code, Dong, EnrollmentStatus, Id, MemberGroup, Method, Scheme, SupportGroup};
use crate::policy::continuity::five_year_day;
use crate::policy::permissions::{self, Action};
use crate::policy::{Amounts, Line, RowName, refund};
use crate::rulebook::Edition;
use crate::store::desk::{self, Wanted};
use crate::store::rows::EnrollmentRow;
use crate::store::{self, Conn, StoreError, restrictions};
use crate::sync::terms::Terms;
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
    pub(super) fn read(self, resting: bool) -> Result<Wanted, Problem> {
        let mut fields = Fields::default();
        let id = |text: Option<String>| text.map(|text| fields::word::<Id>(Given::of(text)));
        let day = |text: Option<String>| text.map(|text| fields::day(Given::of(text)));
        let time = |text: Option<String>| text.map(|text| fields::time(Given::of(text)));
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
            resting,
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
    let wanted = query.into_inner().read(sees_resting(&caller))?;
    let window = paging.window()?;
    let page = state
        .read(move |conn| {
            let reach = caller.reach(conn)?;
            desk::enrollments(conn, &reach, &wanted, window)
        })
        .await?;
    Ok(Json(Listed::of(page)))
}

/// Whether persons exist for a caller whose data rests: only who may decide on them sees what is theirs.
fn sees_resting<P>(caller: &Allowed<P>) -> bool {
    permissions::scope(caller.principal.role, Action::ManagePersons).is_some()
}

/// Refuses what belongs to a person who does not exist for a caller.
fn check_rest(conn: &mut Conn, sees: bool, person_id: Id) -> store::Result<()> {
    let hidden = !sees && restrictions::of(conn, person_id)?.is_some();
    if hidden { Err(StoreError::NotFound) } else { Ok(()) }
}

/// An enrollment with what its amounts were computed from.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct EnrollmentDetail {
    #[serde(flatten)]
    enrollment: EnrollmentEntity,
    #[serde(flatten)]
    terms: TermsView,
}

/// The terms of an enrollment; those of the other scheme are null.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct TermsView {
    #[schema(required)]
    method: Option<Method>,
    /// đồng a month.
    #[schema(required)]
    income: Option<Dong>,
    #[schema(required)]
    support_group: Option<SupportGroup>,
    #[schema(required)]
    member_group: Option<MemberGroup>,
    /// Months of State support used before, those stated and those known.
    #[schema(required)]
    supported_months_before: Option<u32>,
    /// The place in the order of joining within the calendar year.
    #[schema(required)]
    rank: Option<u32>,
    /// Money taken for the whole record, đồng, where it is not what the law asks: somebody accepted it, and
    /// the difference is to be settled.
    #[schema(required)]
    collected: Option<Dong>,
    /// How each part of the amount was computed.
    lines: Vec<Line>,
    /// The rows of the law it rests on; `lines` name them by their places.
    rules: Vec<RuleUsed>,
}

/// A row of the law as it was when the enrollment was accepted.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RuleUsed {
    table: String,
    #[schema(required)]
    key: Option<String>,
    #[schema(required)]
    value: Option<String>,
    effective_from: NaiveDate,
    /// Null when the tables know the row no more.
    #[schema(required)]
    document: Option<String>,
}

impl EnrollmentDetail {
    fn of(row: EnrollmentRow, edition: &Edition) -> Result<Self, StoreError> {
        let terms = Terms::parse(&row.terms)?;
        let used = |name: String| {
            let RowName { table, key, effective_from, value } = RowName::parse(&name)?;
            let document = edition.row_named(&name).map(|row| row.document.to_string());
            Some(RuleUsed { table, key, value, effective_from, document })
        };
        let damaged = || StoreError::Damaged("enrollments.terms: the name of a row".to_owned());
        let rules: Option<Vec<RuleUsed>> = terms.rules.into_iter().map(used).collect();
        let terms = TermsView {
            method: terms.method,
            income: terms.income,
            support_group: terms.support_group,
            member_group: terms.group,
            supported_months_before: terms.supported_months_before,
            rank: terms.rank,
            collected: terms.collected,
            lines: terms.lines,
            rules: rules.ok_or_else(damaged)?,
        };
        Ok(Self { enrollment: row.into(), terms })
    }
}

/// One enrollment, with each line of its computation and each row of the law behind it.
#[utoipa::path(get, path = "/api/v1/enrollments/{id}", params(("id" = Id, Path)),
    responses((status = 200, body = EnrollmentDetail)))]
pub async fn read(
    caller: Allowed<permit::ReadEnrollments>,
    state: State,
    id: Path<Id>,
) -> Answer<EnrollmentDetail> {
    let book = Arc::clone(&state.book);
    let sees = sees_resting(&caller);
    let detail = caller.read(&state, move |conn, reach| {
        let row = desk::enrollment(conn, reach, *id)?;
        check_rest(conn, sees, row.person_id)?;
        EnrollmentDetail::of(row, &*book.in_force(conn)?)
    });
    Ok(Json(detail.await?))
}

/// From when on the months are not needed.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RefundQuery {
    /// The first day without need of them: another insurance begins, or death.
    #[param(value_type = NaiveDate)]
    from: Option<String>,
}

/// What would go back.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RefundAnswer {
    /// Whole months that have not begun on that day.
    months: u32,
    /// What goes back; `payable` to the person, the supports to whoever gave them.
    #[serde(flatten)]
    amounts: Amounts,
}

/// What would go back of an enrollment whose months are not needed from a day on: whole months that have
/// not begun, at the price at which they were bought.
#[utoipa::path(get, path = "/api/v1/enrollments/{id}/refund", params(("id" = Id, Path), RefundQuery),
    responses((status = 200, body = RefundAnswer)))]
pub async fn refund(
    caller: Allowed<permit::ReadEnrollments>,
    state: State,
    id: Path<Id>,
    query: Query<RefundQuery>,
) -> Answer<RefundAnswer> {
    let mut fields = Fields::default();
    let from = query.into_inner().from.map_or(Given::missing(), |day| fields::day(Given::of(day)));
    let from = fields.take("/from", from);
    let from = fields.finish(from)?;
    let sees = sees_resting(&caller);
    let row = caller.read(&state, move |conn, reach| {
        let row = desk::enrollment(conn, reach, *id)?;
        check_rest(conn, sees, row.person_id)?;
        Ok(row)
    });
    let row = row.await?;
    if row.status == EnrollmentStatus::Voided {
        return Err(Code::AlreadyVoid.into());
    }
    let terms = Terms::parse(&row.terms)?;
    let bought = u32::try_from(row.months).map_err(Problem::internal)?;
    let left = refund::months_left(row.covers_from, bought, from);
    let (months, amounts) = refund::of(&terms.lines, left).ok_or(Code::NotFound)?;
    Ok(Json(RefundAnswer { months, amounts }))
}

/// A card or book, with what its holder has behind her.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct CardDetail {
    #[serde(flatten)]
    card: CardEntity,
    /// The day on which five years of health insurance without a break are reached, from the periods
    /// we hold; null for a book.
    #[schema(required)]
    five_year_day: Option<NaiveDate>,
}

/// One card or book.
#[utoipa::path(get, path = "/api/v1/cards/{id}", params(("id" = Id, Path)),
    responses((status = 200, body = CardDetail)))]
pub async fn card(
    caller: Allowed<permit::ReadEnrollments>,
    state: State,
    id: Path<Id>,
) -> Answer<CardDetail> {
    let book = Arc::clone(&state.book);
    let sees = sees_resting(&caller);
    let read = caller.read(&state, move |conn, reach| {
        let row = desk::card(conn, reach, *id)?;
        check_rest(conn, sees, row.person_id)?;
        let periods = match row.valid_from {
            None => vec![],
            Some(from) => {
                let mut periods = desk::insured(conn, row.person_id)?;
                periods.retain(|(begin, _)| *begin <= from);
                periods
            }
        };
        Ok((row, periods, book.in_force(conn)?))
    });
    let (row, periods, edition) = read.await?;
    // Periods older than the tables have no day.
    let five_year_day = five_year_day(edition.rules(), &periods).unwrap_or(None);
    Ok(Json(CardDetail { card: row.into(), five_year_day }))
}
