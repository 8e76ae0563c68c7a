//! A voluntary enrollment: the law first, then who it is, then whether he is covered.

use super::verdict::{self, Enrolling, Place, Verdict};
use super::{
    Between, Case, Context, add_flag, between, common_flags, identify, place, unknown_places,
};
use crate::cards;
use crate::domain::{BhxhCode, Code, Dong, EnrollmentStatus, FieldError, Flag, Month, Scheme};
use crate::policy::{Refusal, VoluntaryQuote, VoluntaryTerms, eligibility, voluntary as law};
use crate::store::rows::EnrollmentRow;
use crate::sync::body::Voluntary;
use crate::sync::cover::{self, Covered};
use crate::sync::facts::Facts;
use crate::sync::identity::Identity;
use crate::sync::outcome::Outcome;
use crate::sync::terms::{self, Terms};

/// More months of support than any law ever granted in a life: where a search for what the phone
/// did not know ends.
const MONTHS_OF_A_LIFE: u32 = 240;

/// Judges a voluntary enrollment.
pub fn voluntary(ctx: &Context<'_>, facts: &Facts, case: Case<'_>, body: &Voluntary) -> Verdict {
    let unknown = unknown_places(facts, &body.payment);
    if !unknown.is_empty() {
        return Verdict::rejected(Code::Invalid, unknown);
    }
    let place = match place(ctx, &body.person.area_code, case.paid_on) {
        Ok(place) => place,
        Err(refusal) => return refused("person/area_code", refusal, vec![]),
    };
    let mut flags = common_flags(ctx, case, &body.payment, place.mapped);
    if let Some(verdict) = implausible_month(case, body) {
        return verdict;
    }
    let birth = eligibility::check(ctx.rules, Scheme::Voluntary, &body.person.birth, case.paid_on);
    if let Err(refusal) = birth {
        return refused("person/birth_date", refusal, flags);
    }
    let (identity_key, found) = identify(facts, &body.person, &place, case.pardons);
    let used = match &found {
        Identity::Known { at, .. } => facts.persons[*at].supported_months(),
        _ => 0,
    };
    let used = used.saturating_add(body.supported_months_before);
    let quote = match quote(ctx, case, body, &place, used) {
        Ok(quote) => quote,
        Err(refusals) => {
            let named = refusals.into_iter().map(|refusal| (refusal.field.to_owned(), refusal));
            return Verdict::refused(named.collect(), flags, 1);
        }
    };
    let collected = body.payment.collected;
    let right = quote.amounts.payable == collected;
    if !right && !right_for_another_past(ctx, case, body, &place) {
        return Verdict::wrong_amount(quote.amounts.payable.0);
    }

    flags.extend(quote.warnings.iter().copied());
    if body.person.personal_id_differs() {
        add_flag(&mut flags, Flag::PersonalIdDiffers);
    }
    if let Some(code) = case.doubtful_time() {
        return Verdict::review(code, flags, 1);
    }
    let from = body.from_month.first_day();
    let to = body.from_month.plus(i32::try_from(quote.months).unwrap_or(1) - 1).last_day();
    let covered = |at: usize| cover::voluntary(&facts.persons[at].covers, from, to);
    let (kind, alike) = match &found {
        Identity::Conflict { one, other } => {
            let between = between(facts, *one, *other);
            return Verdict::doubt(Code::IdentityConflict, flags, 1, between);
        }
        Identity::New { alike } => {
            if let Some(at) = alike.iter().find(|at| !matches!(covered(**at), Covered::Free(_))) {
                let between = Between { person_id: None, other_id: Some(facts.persons[*at].id) };
                return Verdict::doubt(Code::PossibleDuplicate, flags, 1, between);
            }
            let alike = alike.first().map(|at| (0, facts.persons[*at].id));
            (crate::domain::EnrollmentKind::New, alike)
        }
        Identity::Known { at, flags: remarks, .. } => {
            remarks.iter().for_each(|flag| add_flag(&mut flags, *flag));
            match covered(*at) {
                Covered::Free(kind) => (kind, None),
                Covered::Wholly(of) => {
                    let covered = vec![Some(of)];
                    let rows = verdict::named(case.record.id, case.record.rev, &covered);
                    return Verdict::duplicate(flags, covered, rows);
                }
                Covered::Partly(of) => {
                    let outcome = Outcome::review(Code::Overlap, flags, vec![Some(of)]);
                    return Verdict::Hold(outcome.into());
                }
            }
        }
    };
    if !right && !case.pardons.amount {
        return Verdict::review(Code::RankChanged, flags, 1);
    }
    if alike.is_some() {
        add_flag(&mut flags, Flag::PossibleDuplicate);
    }

    let record = case.record;
    let person =
        super::verdict::Person::of(facts, record.id, 0, &body.person, found, identity_key, &place);
    let enrollment = EnrollmentRow {
        id: record.id.derive("enrollment/0"),
        record_id: record.id,
        record_rev: record.rev,
        member_index: 0,
        scheme: Scheme::Voluntary,
        kind,
        status: EnrollmentStatus::Accepted,
        person_id: person.id,
        household_id: None,
        group_id: case.group_id,
        agent_id: ctx.sender.agent_id,
        organisation_id: ctx.sender.organisation_id,
        area_code: place.code,
        village_id: body.payment.village_id,
        drive_id: body.payment.drive_id,
        paid_on: case.paid_on,
        counted_on: case.counted_on,
        accepted_at: ctx.received.naive_utc(),
        voided_on: None,
        covers_from: from,
        covers_to: to,
        months: i64::from(quote.months),
        gross: quote.amounts.gross.0,
        state_support: quote.amounts.state_support.0,
        local_support: quote.amounts.local_support.0,
        payable: quote.amounts.payable.0,
        supported_months: i64::from(quote.supported_months),
        terms: terms(body, used, quote, right),
        consent_version: body.payment.consent.as_ref().map(|it| it.version.clone()),
        consent_at: body.payment.consent.as_ref().map(|it| it.at.naive_utc()),
    };
    let code = person.bhxh_code.as_deref().and_then(|code| BhxhCode::parse(code).ok());
    let card = cards::book(cards::Issue {
        card_id: record.id.derive("card/0"),
        enrollment_id: enrollment.id,
        person_id: person.id,
        bhxh_code: code.as_ref(),
        form: body.result_form,
        at: ctx.received.naive_utc(),
    });
    Verdict::Enrol(Box::new(Enrolling {
        persons: vec![person],
        household: None,
        ranks: vec![],
        enrollments: vec![enrollment],
        cards: vec![card],
        flags,
        alike: alike.into_iter().collect(),
    }))
}

/// Past months are bought for some years back, others are paid near their time.
fn implausible_month(case: Case<'_>, body: &Voluntary) -> Option<Verdict> {
    const YEARS_BACK: i32 = 12;
    const MONTHS_AHEAD: i32 = 24;
    let distance = body.from_month.since(Month::of(case.paid_on));
    let plausible = (-12 * YEARS_BACK..=MONTHS_AHEAD).contains(&distance);
    let field = FieldError::new("/body/from_month", Code::OutOfRange);
    (!plausible).then(|| Verdict::rejected(Code::Invalid, vec![field]))
}

fn refused(path: &str, refusal: Refusal, flags: Vec<Flag>) -> Verdict {
    Verdict::refused(vec![(path.to_owned(), refusal)], flags, 1)
}

fn quote(
    ctx: &Context<'_>,
    case: Case<'_>,
    body: &Voluntary,
    place: &Place,
    supported_months_before: u32,
) -> Result<VoluntaryQuote, Vec<Refusal>> {
    let terms = VoluntaryTerms {
        paid_on: case.paid_on,
        area: ctx.areas.find(&place.code, case.paid_on),
        income: body.income,
        method: body.method,
        months: body.months,
        support_group: body.support_group,
        supported_months_before,
        monthly_rate_percent: None,
        from_month: Some(body.from_month),
        months_late: body.months_late,
    };
    law::quote(ctx.rules, ctx.areas, &terms)
}

/// Whether the amount would be right had the person used up another number of supported months,
/// which the phone could not know. The more were used, the more is to be paid, so that halving the
/// range finds it.
fn right_for_another_past(
    ctx: &Context<'_>,
    case: Case<'_>,
    body: &Voluntary,
    place: &Place,
) -> bool {
    let collected = body.payment.collected;
    let payable = |before| {
        quote(ctx, case, body, place, before).map_or(Dong::ZERO, |quote| quote.amounts.payable)
    };
    let (mut low, mut high) = (0, MONTHS_OF_A_LIFE);
    while low < high {
        let middle = u32::midpoint(low, high);
        if payable(middle) < collected {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    body.support_group.is_some() && payable(low) == collected
}

fn terms(body: &Voluntary, used: u32, quote: VoluntaryQuote, right: bool) -> String {
    verdict::document(&Terms {
        method: Some(body.method),
        income: Some(body.income),
        from_month: Some(body.from_month.to_string()),
        support_group: body.support_group,
        supported_months_before: body.support_group.filter(|_| used > 0).map(|_| used),
        receipt: body.payment.receipt.clone(),
        collected: (!right).then_some(body.payment.collected),
        rules: terms::names(&quote.rules),
        lines: quote.lines,
        ..Terms::default()
    })
}
