//! A slip: what an agent writes at one kitchen table, with the amount that the very code of the law
//! gives, as an app would compute it offline.

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, Utc};
use serde::Serialize;

use super::calendar::in_viet_nam;
use super::texts;
use crate::cli::Failure;
use crate::domain::{
    Area, Areas, Code, Dong, Id, MemberGroup, Method, Month, RecordKind, SupportGroup,
};
use crate::policy::{MemberTerms, Refusal, Rules, VoluntaryTerms, household, voluntary};
use crate::sync::wire::{
    ConsentBody, HouseholdBody, MemberBody, PersonBody, ReceiptBody, VoidBody, VoluntaryBody,
};

/// Version of the consent form that people sign.
const CONSENT: &str = "1";

/// One slip, as the phone keeps it.
#[derive(Debug, Clone)]
pub(super) struct Slip {
    pub id: Id,
    pub body: Body,
    /// When it was really written.
    pub captured_at: DateTime<Utc>,
    /// Another group meets the same people.
    pub shared: bool,
}

#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub(super) enum Body {
    Voluntary(Box<VoluntaryBody>),
    Household(Box<HouseholdBody>),
    Void(VoidBody),
}

impl Body {
    pub fn kind(&self) -> RecordKind {
        match self {
            Self::Voluntary(_) => RecordKind::Voluntary,
            Self::Household(_) => RecordKind::Household,
            Self::Void(_) => RecordKind::Void,
        }
    }

    /// The persons on it.
    pub fn persons_mut(&mut self) -> Vec<&mut PersonBody> {
        match self {
            Self::Voluntary(body) => vec![&mut body.person],
            Self::Household(body) => body.members.iter_mut().map(|it| &mut it.person).collect(),
            Self::Void(_) => vec![],
        }
    }

    /// How many persons.
    pub fn persons(&self) -> i64 {
        match self {
            Self::Voluntary(_) => 1,
            Self::Household(body) => i64::try_from(body.members.len()).unwrap_or(i64::MAX),
            Self::Void(_) => 0,
        }
    }

    /// The money taken, đồng.
    pub fn collected(&self) -> i64 {
        match self {
            Self::Voluntary(body) => body.amount_collected,
            Self::Household(body) => body.amount_collected,
            Self::Void(_) => 0,
        }
    }

    pub fn collect(&mut self, amount: i64) {
        match self {
            Self::Voluntary(body) => body.amount_collected = amount,
            Self::Household(body) => body.amount_collected = amount,
            Self::Void(_) => {}
        }
    }
}

/// Where, when and into which receipt book an agent writes.
#[derive(Debug, Clone)]
pub(super) struct Desk {
    pub paid_on: NaiveDate,
    pub village_id: Id,
    pub drive_id: Option<Id>,
    pub at: DateTime<Utc>,
    pub receipt: ReceiptBody,
}

impl Desk {
    fn consent(&self) -> Option<ConsentBody> {
        let at: DateTime<FixedOffset> = in_viet_nam(self.at);
        Some(ConsentBody { version: CONSENT.to_owned(), at })
    }
}

/// What a person buys of the voluntary scheme.
#[derive(Debug, Clone)]
pub(super) struct Wish {
    pub method: Method,
    pub months: Option<u32>,
    pub from_month: Month,
    /// Steps of 50,000 đồng above the lowest income.
    pub steps_above: u32,
    pub support_group: Option<SupportGroup>,
}

/// The law as the app carries it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Law {
    pub rules: &'static Rules,
    pub areas: &'static Areas,
}

impl Law {
    pub fn embedded() -> Self {
        Self { rules: Rules::embedded(), areas: Areas::embedded() }
    }

    fn area(&self, code: &str, day: NaiveDate) -> Option<&'static Area> {
        self.areas.find(code, day)
    }

    /// A slip of the voluntary scheme, priced. When the rate of the year is not published, nobody
    /// pays years ahead or missing months: then a year is sold instead.
    pub fn voluntary(&self, desk: &Desk, person: PersonBody, wish: &Wish) -> Result<Body, Failure> {
        let day = desk.paid_on;
        let missing = |refusal: Refusal| Failure::Usage(texts::no_rule(day, &refusal));
        let first = |refusals: Vec<Refusal>| {
            let first = refusals.first().map(|refusal| texts::no_rule(day, refusal));
            Failure::Usage(first.unwrap_or_default())
        };
        let line = self.rules.poverty_line(day).map_err(missing)?.value;
        let income = line + Dong(i64::from(wish.steps_above) * 50_000);
        let terms = |method, months| VoluntaryTerms {
            paid_on: day,
            area: self.area(&person.area_code, day),
            income,
            method,
            months,
            support_group: wish.support_group,
            supported_months_before: 0,
            monthly_rate_percent: None,
            from_month: Some(wish.from_month),
            months_late: 0,
        };
        let asked = terms(wish.method, wish.months);
        let (terms, quote) = match voluntary::quote(self.rules, self.areas, &asked) {
            Err(refusals) if refusals.iter().any(|it| it.code == Code::RateUnknown) => {
                let yearly = terms(Method::Yearly, None);
                let quote = voluntary::quote(self.rules, self.areas, &yearly).map_err(first)?;
                (yearly, quote)
            }
            quote => (asked, quote.map_err(first)?),
        };
        Ok(Body::Voluntary(Box::new(VoluntaryBody {
            method: terms.method.as_str().to_owned(),
            months: terms.months.map(i64::from),
            from_month: wish.from_month.to_string(),
            income: income.0,
            support_group: wish.support_group.map(|group| group.as_str().to_owned()),
            supported_months_before: None,
            months_late: None,
            amount_collected: quote.amounts.payable.0,
            paid_on: day.to_string(),
            receipt: Some(desk.receipt.clone()),
            result_form: crate::domain::ResultForm::Electronic.as_str().to_owned(),
            village_id: Some(desk.village_id),
            drive_id: desk.drive_id,
            payer_name: None,
            consent: desk.consent(),
            person,
        })))
    }

    /// A slip of a household, priced.
    pub fn household(
        &self,
        desk: &Desk,
        household: crate::sync::wire::HouseholdHead,
        members: Vec<MemberBody>,
    ) -> Result<Body, Failure> {
        let mut body = HouseholdBody {
            household,
            paid_on: desk.paid_on.to_string(),
            amount_collected: 0,
            receipt: Some(desk.receipt.clone()),
            village_id: Some(desk.village_id),
            drive_id: desk.drive_id,
            consent: desk.consent(),
            members,
        };
        self.price(&mut body, desk.paid_on)?;
        Ok(Body::Household(Box::new(body)))
    }

    /// Sets what the members pay together.
    pub fn price(&self, body: &mut HouseholdBody, paid_on: NaiveDate) -> Result<(), Failure> {
        let members: Vec<MemberTerms> = body.members.iter().map(terms_of).collect();
        let area = self.area(&body.household.area_code, paid_on);
        let quote = household::quote(self.rules, self.areas, paid_on, area, 0, &members);
        let quote = quote.map_err(|refusals| {
            let first = refusals.first().map(|it| texts::no_rule(paid_on, &it.refusal));
            Failure::Usage(first.unwrap_or_default())
        })?;
        body.amount_collected = quote.total.0;
        Ok(())
    }
}

fn terms_of(member: &MemberBody) -> MemberTerms {
    MemberTerms {
        group: member.group.parse().unwrap_or(MemberGroup::Household),
        months: u32::try_from(member.months).unwrap_or(0),
        previous_valid_to: member.previous_valid_to.as_deref().and_then(|day| day.parse().ok()),
        rank_held: None,
    }
}

/// Months from this one to the end of the year.
pub(super) fn rest_of_year(day: NaiveDate) -> u32 {
    13 - day.month()
}
