//! Questions as they are asked, and as they are understood.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::Deserialize;

use super::Problem;
use crate::domain::{
    BirthDate, Code, Dong, Id, MemberGroup, Method, Month, Scheme, SupportGroup, parse_day,
};
use crate::http::fields::{self, Fields, Given};
use crate::http::json;
use crate::sync::body::{MAX_COUNT, MAX_MEMBERS, MAX_MONEY};

/// One of the two questions, by its `kind`.
#[derive(Debug, utoipa::ToSchema)]
#[serde(untagged)]
#[allow(dead_code, reason = "names the two shapes for the specification")]
pub enum QuoteRequest {
    Voluntary(Box<VoluntaryRequest>),
    Household(HouseholdRequest),
}

/// What do so many months of voluntary insurance cost?
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct VoluntaryRequest {
    /// `voluntary`.
    #[schema(value_type = String, pattern = "^voluntary$")]
    #[allow(dead_code, reason = "was read to know which question this is")]
    kind: Given<String>,
    /// The law of this day holds.
    #[schema(value_type = NaiveDate)]
    paid_on: Given<String>,
    /// Province, district or commune, for local supports.
    #[schema(value_type = Option<String>)]
    area_code: Option<Given<String>>,
    /// đồng a month.
    #[schema(value_type = i64)]
    income: Given<i64>,
    #[schema(value_type = Method)]
    method: Given<String>,
    /// For `ahead` and `missing`.
    #[schema(value_type = Option<i64>)]
    months: Option<Given<i64>>,
    /// Null: no support.
    #[schema(value_type = Option<SupportGroup>)]
    support_group: Option<Given<String>>,
    /// Months of State support used before.
    #[schema(value_type = Option<i64>)]
    supported_months_before: Option<Given<i64>>,
    /// What if this were the investment rate, in percent a month, `0.31`; else the published one.
    #[schema(value_type = Option<String>)]
    monthly_rate_percent: Option<Given<String>>,
    /// First month bought, to be warned when its deadline has passed.
    #[schema(value_type = Option<String>)]
    from_month: Option<Given<String>>,
    /// Months after the deadline, for a late payment of before 1/7/2025.
    #[schema(value_type = Option<i64>)]
    months_late: Option<Given<i64>>,
    /// To be told whether the person is old enough.
    #[schema(value_type = Option<String>)]
    birth_date: Option<Given<String>>,
}

/// What does health insurance cost these members of a household?
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct HouseholdRequest {
    /// `household`.
    #[schema(value_type = String, pattern = "^household$")]
    #[allow(dead_code, reason = "was read to know which question this is")]
    kind: Given<String>,
    /// The law of this day holds.
    #[schema(value_type = NaiveDate)]
    paid_on: Given<String>,
    /// Province, district or commune, for local supports.
    #[schema(value_type = Option<String>)]
    area_code: Option<Given<String>>,
    /// Members who took a rank earlier in the calendar year.
    #[schema(value_type = Option<i64>)]
    joined_before: Option<Given<i64>>,
    /// Where `joined_before` is absent: what is known of this household within reach, or nothing.
    #[schema(value_type = Option<Id>)]
    household_id: Option<Given<Id>>,
    /// At most 30, in the order in which they join.
    #[schema(value_type = Vec<MemberRequest>)]
    members: Given<Vec<MemberRequest>>,
}

/// One member.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct MemberRequest {
    #[schema(value_type = MemberGroup)]
    group: Given<String>,
    #[schema(value_type = i64)]
    months: Given<i64>,
    /// Last day of the card held before.
    #[schema(value_type = Option<NaiveDate>)]
    previous_valid_to: Option<Given<String>>,
    /// The rank this person holds already in the calendar year.
    #[schema(value_type = Option<i64>)]
    rank_held: Option<Given<i64>>,
    #[schema(value_type = Option<String>)]
    birth_date: Option<Given<String>>,
}

/// A question understood.
#[derive(Debug)]
pub(super) enum Question {
    Voluntary(Box<VoluntaryQuestion>),
    Household(HouseholdQuestion),
}

#[derive(Debug)]
pub(super) struct VoluntaryQuestion {
    pub paid_on: NaiveDate,
    pub area_code: Option<String>,
    pub income: Dong,
    pub method: Method,
    pub months: Option<u32>,
    pub support_group: Option<SupportGroup>,
    pub supported_months_before: u32,
    pub monthly_rate_percent: Option<Decimal>,
    pub from_month: Option<Month>,
    pub months_late: u32,
    pub birth_date: Option<BirthDate>,
}

#[derive(Debug)]
pub(super) struct HouseholdQuestion {
    pub paid_on: NaiveDate,
    pub area_code: Option<String>,
    pub joined_before: Option<u32>,
    pub household_id: Option<Id>,
    pub members: Vec<MemberQuestion>,
}

#[derive(Debug)]
pub(super) struct MemberQuestion {
    pub group: MemberGroup,
    pub months: u32,
    pub previous_valid_to: Option<NaiveDate>,
    pub rank_held: Option<u32>,
    pub birth_date: Option<BirthDate>,
}

/// Reads a question of either kind.
pub(super) fn read(text: &str) -> Result<Question, Problem> {
    #[derive(Deserialize)]
    struct Kind {
        kind: Given<String>,
    }
    let kind: Kind = json::parse(text.as_bytes())?;
    let mut wrong = Fields::default();
    let kind = wrong.take("/kind", fields::word::<Scheme>(kind.kind));
    match wrong.finish(kind)? {
        Scheme::Voluntary => {
            let request: VoluntaryRequest = json::parse(text.as_bytes())?;
            request.read().map(Box::new).map(Question::Voluntary)
        }
        Scheme::Household => {
            let request: HouseholdRequest = json::parse(text.as_bytes())?;
            request.read().map(Question::Household)
        }
    }
}

fn number(given: Given<i64>) -> Given<u32> {
    given.and_then(|n| u32::try_from(n).ok().filter(|n| *n <= MAX_COUNT).ok_or(Code::OutOfRange))
}

fn rate(given: Given<String>) -> Given<Decimal> {
    given.and_then(|text| Decimal::from_str_exact(&text).map_err(|_| Code::BadFormat))
}

impl VoluntaryRequest {
    fn read(self) -> Result<VoluntaryQuestion, Problem> {
        let mut f = Fields::default();
        let income = self.income.and_then(|income| match income {
            0..=MAX_MONEY => Ok(Dong(income)),
            _ => Err(Code::OutOfRange),
        });
        let paid_on = f.take("/paid_on", fields::day(self.paid_on));
        let income = f.take("/income", income);
        let method = f.take("/method", fields::word(self.method));
        let area_code = f.take_optional("/area_code", self.area_code);
        let months = f.take_optional("/months", self.months.map(number));
        let support_group = f.take_optional("/support_group", self.support_group.map(fields::word));
        let before = self.supported_months_before.map(number);
        let before = f.take_optional("/supported_months_before", before);
        let rate = self.monthly_rate_percent.map(rate);
        let monthly_rate_percent = f.take_optional("/monthly_rate_percent", rate);
        let from_month = self.from_month.map(|it| it.and_then(|text| Month::parse(&text)));
        let from_month = f.take_optional("/from_month", from_month);
        let months_late = f.take_optional("/months_late", self.months_late.map(number));
        let birth_date = f.take_optional("/birth_date", self.birth_date.map(birth));
        let question = (|| {
            Some(VoluntaryQuestion {
                paid_on: paid_on?,
                area_code,
                income: income?,
                method: method?,
                months,
                support_group,
                supported_months_before: before.unwrap_or(0),
                monthly_rate_percent,
                from_month,
                months_late: months_late.unwrap_or(0),
                birth_date,
            })
        })();
        f.finish(question)
    }
}

fn birth(given: Given<String>) -> Given<BirthDate> {
    given.and_then(|text| BirthDate::parse(&text))
}

impl HouseholdRequest {
    fn read(self) -> Result<HouseholdQuestion, Problem> {
        let mut f = Fields::default();
        let paid_on = f.take("/paid_on", fields::day(self.paid_on));
        let area_code = f.take_optional("/area_code", self.area_code);
        let joined_before = f.take_optional("/joined_before", self.joined_before.map(number));
        let household_id = f.take_optional("/household_id", self.household_id);
        let members = self.members.and_then(|members| match members.len() {
            0 => Err(Code::Required),
            1..=MAX_MEMBERS => Ok(members),
            _ => Err(Code::OutOfRange),
        });
        let members = f.take("/members", members).map(|members| {
            let read = |(i, member): (usize, MemberRequest)| member.read(&mut f, i);
            members.into_iter().enumerate().map(read).collect::<Vec<_>>()
        });
        let question = (|| {
            Some(HouseholdQuestion {
                paid_on: paid_on?,
                area_code,
                joined_before,
                household_id,
                members: members?.into_iter().collect::<Option<_>>()?,
            })
        })();
        f.finish(question)
    }
}

impl MemberRequest {
    fn read(self, f: &mut Fields, i: usize) -> Option<MemberQuestion> {
        let at = |name: &str| format!("/members/{i}/{name}");
        let group = f.take(at("group"), fields::word(self.group));
        let months = f.take(at("months"), number(self.months));
        let previous = self.previous_valid_to.map(|it| it.and_then(|text| parse_day(&text)));
        let previous_valid_to = f.take_optional(at("previous_valid_to"), previous);
        let rank_held = f.take_optional(at("rank_held"), self.rank_held.map(number));
        let birth_date = f.take_optional(at("birth_date"), self.birth_date.map(birth));
        Some(MemberQuestion {
            group: group?,
            months: months?,
            previous_valid_to,
            rank_held,
            birth_date,
        })
    }
}
