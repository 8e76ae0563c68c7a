//! Reads the body of a record into what the domain means, with all its errors at once.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;
use serde_json::Value;

use super::envelope::{Invalid, of_our_time};
use super::wire::{
    ConsentBody, HouseholdBody, HouseholdHead, MemberBody, PersonBody, ReceiptBody, VisitBody,
    VoidBody, VoluntaryBody,
};
use crate::domain::{
    AreaLevel, Areas, BhxhCode, BirthDate, Code, Dong, FacilityCode, FieldError, Id, MemberGroup,
    Method, Month, Passport, Person, PersonName, PersonalId, Receipt, RecordKind, Relation,
    ResultForm, Sex, SupportGroup, VisitResult, clean_text, parse_day,
};

/// Most members of one household that join together.
pub const MAX_MEMBERS: usize = 30;
/// More đồng than any record collects, and few enough that sums of all records stay whole numbers.
pub const MAX_MONEY: i64 = 100_000_000_000;
/// More months or people than any life or household has.
pub const MAX_COUNT: u32 = 1200;
/// Longest address, in characters.
pub const MAX_ADDRESS: usize = 300;
/// Longest code, number or word, in characters.
pub const MAX_SHORT: usize = 100;
const MAX_REASON: usize = 500;

/// What a record says.
#[derive(Debug, Clone)]
pub enum Body {
    Voluntary(Box<Voluntary>),
    Household(Box<Household>),
    Void(VoidOf),
    Visit(Box<Visit>),
}

/// One voluntary enrollment.
#[derive(Debug, Clone)]
pub struct Voluntary {
    pub person: Person,
    pub method: Method,
    pub months: Option<u32>,
    pub from_month: Month,
    pub income: Dong,
    pub support_group: Option<SupportGroup>,
    pub supported_months_before: u32,
    pub months_late: u32,
    pub result_form: ResultForm,
    pub payment: Payment,
}

/// One household with the members who join together.
#[derive(Debug, Clone)]
pub struct Household {
    pub id: Id,
    pub code: Option<String>,
    pub head_name: String,
    pub area_code: String,
    pub address: String,
    pub phone: Option<String>,
    pub members: Vec<Member>,
    pub payment: Payment,
}

/// One member who joins.
#[derive(Debug, Clone)]
pub struct Member {
    pub person: Person,
    pub relation: Relation,
    pub group: MemberGroup,
    pub months: u32,
    pub facility_code: FacilityCode,
    pub previous_valid_to: Option<NaiveDate>,
    pub result_form: ResultForm,
}

/// What both kinds of enrollment say about the money and the place.
#[derive(Debug, Clone)]
pub struct Payment {
    pub paid_on: NaiveDate,
    /// Money taken.
    pub collected: Dong,
    pub receipt: Option<Receipt>,
    pub village_id: Option<Id>,
    pub drive_id: Option<Id>,
    /// Consent to the processing of personal data, when it was recorded.
    pub consent: Option<Consent>,
}

/// To which text a person agreed, and when (Luật 91/2025/QH15).
#[derive(Debug, Clone)]
pub struct Consent {
    pub version: String,
    pub at: DateTime<Utc>,
}

/// Takes back a record.
#[derive(Debug, Clone)]
pub struct VoidOf {
    pub record_id: Id,
    pub reason: String,
}

/// What came of a visit.
#[derive(Debug, Clone)]
pub struct Visit {
    pub item_id: Option<Id>,
    pub person_id: Option<Id>,
    pub visited_on: NaiveDate,
    pub result: VisitResult,
    pub until: Option<NaiveDate>,
    pub reason: Option<String>,
    pub vssid: bool,
    pub area_code: Option<String>,
    pub village_id: Option<Id>,
}

/// Reads a body of this kind.
///
/// # Errors
/// `malformed` with the first wrong shape, or `invalid` with every wrong field.
pub fn read(kind: RecordKind, json: &str, areas: &Areas) -> Result<Body, Invalid> {
    let mut fields = Fields::default();
    let body = match kind {
        RecordKind::Voluntary => {
            voluntary(&mut fields, shape(json)?, areas).map(|it| Body::Voluntary(Box::new(it)))
        }
        RecordKind::Household => {
            household(&mut fields, shape(json)?, areas).map(|it| Body::Household(Box::new(it)))
        }
        RecordKind::Void => void(&mut fields, shape(json)?).map(Body::Void),
        RecordKind::Visit => {
            visit(&mut fields, shape(json)?, areas).map(|it| Body::Visit(Box::new(it)))
        }
    };
    match body {
        Some(body) if fields.0.is_empty() => Ok(body),
        _ => Err(fields.into_invalid()),
    }
}

fn shape<'a, T: Deserialize<'a>>(json: &'a str) -> Result<T, Invalid> {
    // The plain reader is the fast one; only a failure is read again to learn its place.
    serde_json::from_str(json).or_else(|_| {
        let mut reader = serde_json::Deserializer::from_str(json);
        serde_path_to_error::deserialize(&mut reader).map_err(|error| {
            let path = error.path().to_string().replace(['.', '['], "/").replace(']', "");
            Invalid::malformed(if path == "/" { "/body".into() } else { format!("/body/{path}") })
        })
    })
}

/// Collects what is wrong, so that all of it is told at once.
#[derive(Default)]
struct Fields(Vec<FieldError>);

impl Fields {
    fn take<T>(&mut self, path: impl FnOnce() -> String, read: Result<T, Code>) -> Option<T> {
        read.map_err(|code| self.0.push(FieldError::new(path(), code))).ok()
    }

    /// An optional field: absent is fine, wrong is not.
    fn maybe<T>(
        &mut self,
        path: impl FnOnce() -> String,
        text: Option<&str>,
        read: impl FnOnce(&str) -> Result<T, Code>,
    ) -> Option<Option<T>> {
        match text {
            None => Some(None),
            Some(text) => self.take(path, read(text)).map(Some),
        }
    }

    fn into_invalid(self) -> Invalid {
        let law = |field: &FieldError| field.code == Code::AreaUnknown;
        let code = if self.0.iter().all(law) { Code::AreaUnknown } else { Code::Invalid };
        Invalid { code, fields: self.0 }
    }
}

fn required(text: &str, max: usize) -> Result<String, Code> {
    match clean_text(text, max)? {
        text if text.is_empty() => Err(Code::Required),
        text => Ok(text),
    }
}

fn word<T: std::str::FromStr>(text: &str) -> Result<T, Code> {
    text.parse().map_err(|_| Code::BadFormat)
}

fn money(amount: i64) -> Result<Dong, Code> {
    (0..=MAX_MONEY).contains(&amount).then_some(Dong(amount)).ok_or(Code::OutOfRange)
}

fn count(number: i64, most: u32) -> Result<u32, Code> {
    u32::try_from(number).ok().filter(|n| *n <= most).ok_or(Code::OutOfRange)
}

fn known_area(code: &str, paid_on: Option<NaiveDate>, areas: &Areas) -> Result<String, Code> {
    match paid_on {
        None => required(code, MAX_SHORT),
        Some(day) => match areas.resolve(code, day) {
            Some(found) if found.area.level == AreaLevel::Commune => Ok(code.to_owned()),
            _ => Err(Code::AreaUnknown),
        },
    }
}

fn voluntary(fields: &mut Fields, wire: VoluntaryBody, areas: &Areas) -> Option<Voluntary> {
    let paid_on = fields.take(|| "/body/paid_on".into(), parse_day(&wire.paid_on));
    let person = person(fields, "/body/person", &wire.person, paid_on, areas);
    let method = fields.take(|| "/body/method".into(), word(&wire.method));
    let months = wire.months.map(|n| fields.take(|| "/body/months".into(), count(n, MAX_COUNT)));
    let from_month = fields.take(|| "/body/from_month".into(), Month::parse(&wire.from_month));
    let income = fields.take(|| "/body/income".into(), money(wire.income));
    let group = fields.maybe(|| "/body/support_group".into(), wire.support_group.as_deref(), word);
    let before = fields.take(
        || "/body/supported_months_before".into(),
        count(wire.supported_months_before.unwrap_or(0), MAX_COUNT),
    );
    let late = count(wire.months_late.unwrap_or(0), MAX_COUNT);
    let late = fields.take(|| "/body/months_late".into(), late);
    let form = fields.take(|| "/body/result_form".into(), word(&wire.result_form));
    if let Some(payer) = &wire.payer_name {
        fields.take(|| "/body/payer_name".into(), clean_text(payer, MAX_SHORT));
    }
    let payment = payment(
        fields,
        paid_on,
        wire.amount_collected,
        wire.receipt.as_ref(),
        (wire.village_id, wire.drive_id),
        wire.consent.as_ref(),
    );
    Some(Voluntary {
        person: person?,
        method: method?,
        months: match months {
            None => None,
            Some(months) => Some(months?),
        },
        from_month: from_month?,
        income: income?,
        support_group: group?,
        supported_months_before: before?,
        months_late: late?,
        result_form: form?,
        payment: payment?,
    })
}

fn household(fields: &mut Fields, wire: HouseholdBody, areas: &Areas) -> Option<Household> {
    let paid_on = fields.take(|| "/body/paid_on".into(), parse_day(&wire.paid_on));
    let HouseholdHead { id, code, head_name, area_code, address, phone } = wire.household;
    if id == Id::NIL {
        fields.0.push(FieldError::new("/body/household/id", Code::Required));
    }
    let at = |name: &'static str| move || format!("/body/household/{name}");
    let code = fields.maybe(at("code"), code.as_deref(), |text| required(text, MAX_SHORT));
    let head_name = fields
        .take(at("head_name"), PersonName::parse(&head_name))
        .map(|n| n.as_written().to_owned());
    let area_code = fields.take(at("area_code"), known_area(&area_code, paid_on, areas));
    let address = fields.take(at("address"), clean_text(&address, MAX_ADDRESS));
    let phone = fields.maybe(at("phone"), phone.as_deref(), |text| clean_text(text, MAX_SHORT));
    let payment = payment(
        fields,
        paid_on,
        wire.amount_collected,
        wire.receipt.as_ref(),
        (wire.village_id, wire.drive_id),
        wire.consent.as_ref(),
    );
    if wire.members.is_empty() || wire.members.len() > MAX_MEMBERS {
        let code = if wire.members.is_empty() { Code::Required } else { Code::OutOfRange };
        fields.0.push(FieldError::new("/body/members", code));
        return None;
    }
    let members: Vec<Option<Member>> = wire
        .members
        .iter()
        .enumerate()
        .map(|(i, it)| member(fields, &format!("/body/members/{i}"), it, paid_on, areas))
        .collect();
    let members = members.into_iter().collect::<Option<Vec<Member>>>();
    if let Some(members) = &members {
        same_person_twice(fields, members);
    }
    Some(Household {
        id,
        code: code?,
        head_name: head_name?,
        area_code: area_code?,
        address: address?,
        phone: phone?,
        members: members?,
        payment: payment?,
    })
}

/// One code stands for one person: nobody joins twice in one record.
fn same_person_twice(fields: &mut Fields, members: &[Member]) {
    let mut seen = std::collections::HashSet::new();
    for (i, member) in members.iter().enumerate() {
        for (_, name, code) in member.person.codes() {
            if !seen.insert((name, code)) {
                let path = format!("/body/members/{i}/person/{name}");
                fields.0.push(FieldError::new(path, Code::Conflict));
            }
        }
    }
}

fn member(
    fields: &mut Fields,
    path: &str,
    wire: &MemberBody,
    paid_on: Option<NaiveDate>,
    areas: &Areas,
) -> Option<Member> {
    let at = |name: &'static str| move || format!("{path}/{name}");
    let person = person(fields, &format!("{path}/person"), &wire.person, paid_on, areas);
    let relation = fields.take(at("relation"), word(&wire.relation));
    let group = fields.take(at("group"), word(&wire.group));
    let months = fields.take(at("months"), count(wire.months, MAX_COUNT));
    let facility_code = fields.take(at("facility_code"), FacilityCode::parse(&wire.facility_code));
    let previous =
        fields.maybe(at("previous_valid_to"), wire.previous_valid_to.as_deref(), parse_day);
    let form = fields.take(at("result_form"), word(&wire.result_form));
    Some(Member {
        person: person?,
        relation: relation?,
        group: group?,
        months: months?,
        facility_code: facility_code?,
        previous_valid_to: previous?,
        result_form: form?,
    })
}

fn person(
    fields: &mut Fields,
    path: &str,
    wire: &PersonBody,
    paid_on: Option<NaiveDate>,
    areas: &Areas,
) -> Option<Person> {
    let at = |name: &'static str| move || format!("{path}/{name}");
    let bhxh_code = fields.maybe(at("bhxh_code"), wire.bhxh_code.as_deref(), BhxhCode::parse);
    let personal_id =
        fields.maybe(at("personal_id"), wire.personal_id.as_deref(), PersonalId::parse);
    let passport = fields.maybe(at("passport"), wire.passport.as_deref(), Passport::parse);
    let name = fields.take(at("full_name"), PersonName::parse(&wire.full_name));
    let birth = fields.take(at("birth_date"), BirthDate::parse(&wire.birth_date));
    let sex = fields.take(at("sex"), word::<Sex>(&wire.sex));
    let short = |text: &str| clean_text(text, MAX_SHORT);
    let ethnicity = fields.maybe(at("ethnicity"), wire.ethnicity.as_deref(), short);
    let phone = fields.maybe(at("phone"), wire.phone.as_deref(), short);
    let area_code = fields.take(at("area_code"), known_area(&wire.area_code, paid_on, areas));
    let address = fields.take(at("address"), clean_text(&wire.address, MAX_ADDRESS));
    Some(Person {
        bhxh_code: bhxh_code?,
        personal_id: personal_id?,
        passport: passport?,
        name: name?,
        birth: birth?,
        sex: sex?,
        ethnicity: ethnicity?,
        phone: phone?,
        area_code: area_code?,
        address: address?,
    })
}

fn payment(
    fields: &mut Fields,
    paid_on: Option<NaiveDate>,
    collected: i64,
    receipt: Option<&ReceiptBody>,
    (village_id, drive_id): (Option<Id>, Option<Id>),
    consent: Option<&ConsentBody>,
) -> Option<Payment> {
    let collected = fields.take(|| "/body/amount_collected".into(), money(collected));
    let receipt = match receipt.map(|it| Receipt::parse(&it.book, &it.number)) {
        None => Some(None),
        Some(Ok(receipt)) => Some(Some(receipt)),
        Some(Err(errors)) => {
            fields.0.extend(errors.into_iter().map(|error| FieldError {
                path: format!("/body/receipt/{}", error.path.trim_start_matches('/')),
                ..error
            }));
            None
        }
    };
    let consent = match consent {
        None => Some(None),
        Some(ConsentBody { version, at }) => {
            let version =
                fields.take(|| "/body/consent/version".into(), required(version, MAX_SHORT));
            let at = of_our_time(*at).then_some(at.to_utc()).ok_or(Code::OutOfRange);
            let at = fields.take(|| "/body/consent/at".into(), at);
            version.zip(at).map(|(version, at)| Some(Consent { version, at }))
        }
    };
    Some(Payment {
        paid_on: paid_on?,
        collected: collected?,
        receipt: receipt?,
        village_id,
        drive_id,
        consent: consent?,
    })
}

/// What a stored body says of the consent, when that can be read.
#[must_use]
pub fn consent_in(body: &Value) -> Option<Consent> {
    let ConsentBody { version, at } = ConsentBody::deserialize(&body["consent"]).ok()?;
    let version = required(&version, MAX_SHORT).ok()?;
    of_our_time(at).then(|| Consent { version, at: at.to_utc() })
}

fn void(fields: &mut Fields, wire: VoidBody) -> Option<VoidOf> {
    let reason = fields.take(|| "/body/reason".into(), required(&wire.reason, MAX_REASON))?;
    Some(VoidOf { record_id: wire.record_id, reason })
}

/// A promise has a day, a refusal a reason, and nothing else has.
fn visit(fields: &mut Fields, wire: VisitBody, areas: &Areas) -> Option<Visit> {
    let our_day = |text: &str| {
        parse_day(text).and_then(|day| of_our_time(day).then_some(day).ok_or(Code::OutOfRange))
    };
    let visited_on = fields.take(|| "/body/visited_on".into(), our_day(&wire.visited_on));
    let result = fields.take(|| "/body/result".into(), word::<VisitResult>(&wire.result));
    let only =
        |of: VisitResult| result.is_none_or(|it| it == of).then_some(()).ok_or(Code::Invalid);
    let until = fields.maybe(
        || "/body/until".into(),
        wire.until.as_deref(),
        |text| {
            only(VisitResult::Promised)?;
            let day = our_day(text)?;
            if visited_on.is_some_and(|on| day < on) { Err(Code::OutOfRange) } else { Ok(day) }
        },
    );
    let reason = fields.maybe(
        || "/body/reason".into(),
        wire.reason.as_deref(),
        |text| {
            only(VisitResult::Refused)?;
            clean_text(text, MAX_REASON)
        },
    );
    let area_code = fields.maybe(
        || "/body/area_code".into(),
        wire.area_code.as_deref(),
        |code| known_area(code, visited_on, areas),
    );
    Some(Visit {
        item_id: wire.item_id,
        person_id: wire.person_id,
        visited_on: visited_on?,
        result: result?,
        until: until?,
        reason: reason?,
        vssid: wire.vssid.unwrap_or(false),
        area_code: area_code?,
        village_id: wire.village_id,
    })
}
