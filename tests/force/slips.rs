//! What an agent writes at a table: people, the months or the cards they buy, the right amount by the
//! law of the day as an app computes it offline, and now and then something wrong.

use chrono::{DateTime, FixedOffset, NaiveDate, TimeDelta};
use serde_json::{Value, json};

use dai_ly_thu::domain::{
    Areas, Dong, Id, MemberGroup, Method, Month, RecordKind, SupportGroup, vn_day,
};
use dai_ly_thu::policy::{MemberTerms, Rules, VoluntaryTerms, household, voluntary};

use crate::cast;
use crate::dice::Dice;
use crate::support::records::{self, COMMUNE};

/// Members of a family.
pub const FAMILY: u32 = 4;
/// The lowest income, and a step above it.
const INCOMES: [i64; 2] = [2_200_000, 3_000_000];

/// Somebody, the same wherever he is met: the number decides name, birth and code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Person {
    pub number: u32,
    /// Whether he has a code, or is known by name alone.
    pub coded: bool,
}

/// What is wrong with a slip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    None,
    /// Seven đồng too much: right under no law.
    Amount,
    /// A field is missing.
    Shape,
    /// Paid long before it was written.
    PaidLongAgo,
}

/// What is bought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cover {
    /// The first month and how many.
    Months(i32, u32),
    /// Months of each card.
    Cards(u32),
}

/// One slip.
#[derive(Debug, Clone)]
pub struct Slip {
    pub kind: RecordKind,
    pub body: Value,
    pub persons: Vec<Person>,
    pub cover: Cover,
    pub flaw: Flaw,
}

/// When something is written: really, and by the clock of the phone.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    pub truly: DateTime<FixedOffset>,
    pub shown: DateTime<FixedOffset>,
}

/// What somebody buys, before it is written down.
#[derive(Debug, Clone)]
pub enum Wish {
    Voluntary { person: Person, method: Method, from: i32, income: i64 },
    Household { members: Vec<Person>, months: u32, id: Id },
}

impl Wish {
    /// One of the family buys months, beginning in one of the next.
    pub fn voluntary(dice: &mut Dice, person: Person) -> Self {
        const METHODS: [(u64, Method); 4] = [
            (6, Method::Monthly),
            (3, Method::Quarterly),
            (1, Method::HalfYearly),
            (1, Method::Yearly),
        ];
        let income = *dice.pick(&INCOMES).expect("some");
        let from = dice.weigh(&[(5, 1), (2, 2), (2, 4), (1, 13)]);
        Self::Voluntary { person, method: dice.weigh(&METHODS), from, income }
    }

    /// Some of a family join together.
    pub fn household(dice: &mut Dice, family: &[Person]) -> Self {
        let count = 1 + dice.throw(family.len());
        let months = dice.weigh(&[(3, 12), (1, 6), (1, 3)]);
        Self::Household { members: family[..count].to_vec(), months, id: cast::id(dice) }
    }

    /// Writes it down.
    pub fn write(&self, at: Moment, flaw: Flaw) -> Slip {
        let ago = TimeDelta::days(if flaw == Flaw::PaidLongAgo { 45 } else { 0 });
        let paid_truly = vn_day((at.truly - ago).to_utc());
        let paid_on = vn_day((at.shown - ago).to_utc());
        let mut slip = match self {
            Self::Voluntary { person, method, from, income } => {
                voluntary_slip(*person, *method, (*from, *income), paid_truly)
            }
            Self::Household { members, months, id } => {
                household_slip(members, *months, *id, paid_truly)
            }
        };
        slip.body["paid_on"] = json!(paid_on);
        slip.flaw = flaw;
        match flaw {
            Flaw::None | Flaw::PaidLongAgo => {}
            Flaw::Amount => {
                let right = slip.body["amount_collected"].as_i64().expect("an amount");
                slip.body["amount_collected"] = json!(right + 7);
            }
            Flaw::Shape => {
                let body = slip.body.as_object_mut().expect("an object");
                body.remove("amount_collected");
            }
        }
        slip
    }
}

fn voluntary_slip(
    person: Person,
    method: Method,
    (from, income): (i32, i64),
    paid_on: NaiveDate,
) -> Slip {
    let from_month = Month::of(paid_on).plus(from);
    let terms = VoluntaryTerms {
        paid_on,
        area: Areas::embedded().find(COMMUNE, paid_on),
        income: Dong(income),
        method,
        months: None,
        support_group: Some(SupportGroup::Other),
        supported_months_before: 0,
        monthly_rate_percent: None,
        from_month: Some(from_month),
        months_late: 0,
    };
    let quote = voluntary::quote(Rules::embedded(), Areas::embedded(), &terms);
    let quote = quote.expect("the law knows the day");
    let body = json!({
        "person": stated(person),
        "method": method.as_str(),
        "months": null,
        "from_month": from_month.to_string(),
        "income": income,
        "support_group": "other",
        "amount_collected": quote.amounts.payable.0,
        "receipt": null,
        "result_form": "electronic",
    });
    let from = from_month.since(Month::parse("2000-01").expect("a month"));
    Slip {
        kind: RecordKind::Voluntary,
        body,
        persons: vec![person],
        cover: Cover::Months(from, quote.months),
        flaw: Flaw::None,
    }
}

fn household_slip(members: &[Person], months: u32, id: Id, paid_on: NaiveDate) -> Slip {
    let terms = MemberTerms {
        group: MemberGroup::Household,
        months,
        previous_valid_to: None,
        rank_held: None,
    };
    let terms = vec![terms; members.len()];
    let area = Areas::embedded().find(COMMUNE, paid_on);
    let quote = household::quote(Rules::embedded(), Areas::embedded(), paid_on, area, 0, &terms);
    let member = |(place, person): (usize, &Person)| {
        json!({
            "person": stated(*person),
            "relation": if place == 0 { "head" } else { "child" },
            "group": "household",
            "months": months,
            "facility_code": "44001",
            "previous_valid_to": null,
            "result_form": "electronic",
        })
    };
    let body = json!({
        "household": {
            "id": id,
            "code": null,
            "head_name": "Nguyễn Văn Chủ",
            "area_code": COMMUNE,
            "address": "thôn 3",
            "phone": null,
        },
        "amount_collected": quote.expect("the law knows the day").total.0,
        "receipt": null,
        "members": members.iter().enumerate().map(member).collect::<Vec<_>>(),
    });
    Slip {
        kind: RecordKind::Household,
        body,
        persons: members.to_vec(),
        cover: Cover::Cards(months),
        flaw: Flaw::None,
    }
}

fn stated(person: Person) -> Value {
    let mut stated = records::person(person.number);
    if !person.coded {
        stated["bhxh_code"] = Value::Null;
    }
    stated
}

impl Person {
    /// The code he has, whether or not it is written down.
    pub fn code(self) -> String {
        records::person(self.number)["bhxh_code"].as_str().expect("a code").to_owned()
    }
}

/// The family of that number.
pub fn family(number: u32, coded: bool) -> Vec<Person> {
    (0..FAMILY).map(|member| Person { number: number * FAMILY + member, coded }).collect()
}
