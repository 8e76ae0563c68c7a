//! A household's enrollment: all its members or none.

use chrono::{Datelike, NaiveDate};

use super::verdict::{self, Enrolling, NewHousehold, Person, Place, Verdict};
use super::{
    Between, Case, Context, Pardons, add_flag, between, common_flags, identify, place,
    unknown_places,
};
use crate::cards;
use crate::domain::{
    BhxhCode, Code, EnrollmentKind, EnrollmentStatus, FieldError, Flag, Id, Scheme,
};
use crate::policy::{
    HouseholdQuote, MemberRefusal, MemberTerms, Refusal, eligibility, household as law,
};
use crate::store::rows::EnrollmentRow;
use crate::sync::body::{Household, Member};
use crate::sync::cover::{self, Covered};
use crate::sync::facts::{Facts, HouseholdMatch};
use crate::sync::identity::Identity;
use crate::sync::outcome::Outcome;
use crate::sync::terms::{self, Terms};
use crate::sync::wire::DuplicateOf;

/// How many members may have joined before without the phone knowing of them.
const UNKNOWN_JOINERS: u32 = 4;

/// A member with who he was found to be.
struct Joiner<'a> {
    stated: &'a Member,
    place: Place,
    identity_key: String,
    found: Identity,
    rank_held: Option<u32>,
}

/// Judges a household's enrollment.
pub fn household(ctx: &Context<'_>, facts: &Facts, case: Case<'_>, body: &Household) -> Verdict {
    let count = body.members.len();
    let unknown = unknown_places(facts, &body.payment);
    if !unknown.is_empty() {
        return Verdict::rejected(Code::Invalid, unknown);
    }
    let too_late = implausible_cards(case, body);
    if !too_late.is_empty() {
        return Verdict::rejected(Code::Invalid, too_late);
    }
    let home = match place(ctx, &body.area_code, case.paid_on) {
        Ok(home) => home,
        Err(refusal) => {
            return Verdict::refused(vec![("household/area_code".into(), refusal)], vec![], count);
        }
    };
    let mut flags = common_flags(ctx, case, &body.payment, home.mapped);
    let known = facts.find_household(body.id, body.code.as_deref());
    let year = case.paid_on.year();
    let joiners = match joiners(ctx, facts, case, body, known) {
        Ok(joiners) => joiners,
        Err(refusals) => return Verdict::refused(refusals, vec![], count),
    };
    let joined = joined_before(facts, known, year);
    let quote = match quote_for(ctx, case.paid_on, &home, joined, &joiners, RanksKnown::Held) {
        Ok(quote) => quote,
        Err(refusals) => {
            let named = refusals.into_iter().map(|it| (it.path(), it.refusal)).collect();
            return Verdict::refused(named, flags, count);
        }
    };
    let collected = body.payment.collected;
    let right = quote.total == collected;
    let right_for_others = || {
        (0..=UNKNOWN_JOINERS).any(|before| {
            [RanksKnown::Held, RanksKnown::None].into_iter().any(|known| {
                let other = quote_for(ctx, case.paid_on, &home, before, &joiners, known);
                other.is_ok_and(|other| other.total == collected)
            })
        })
    };
    if !right && !right_for_others() {
        return Verdict::wrong_amount(quote.total.0);
    }

    for joiner in &joiners {
        remark(&mut flags, facts, joiner);
    }
    if let Some(code) = case.doubtful_time() {
        return Verdict::review(code, flags, count);
    }
    let stand = match standing(facts, &joiners, &quote, case.pardons) {
        Ok(stand) => stand,
        Err((code, between)) => return Verdict::doubt(code, flags, count, between),
    };
    let covered: Vec<Option<DuplicateOf>> = stand.iter().map(|it| it.clone().err()).collect();
    let kinds: Vec<EnrollmentKind> = stand.iter().filter_map(|it| it.clone().ok()).collect();
    if kinds.is_empty() {
        let rows = verdict::named(case.record.id, case.record.rev, &covered);
        return Verdict::duplicate(flags, covered, rows);
    }
    if kinds.len() < count {
        return Verdict::Hold(Outcome::review(Code::MemberCovered, flags, covered).into());
    }
    if !right && !case.pardons.amount {
        return Verdict::review(Code::RankChanged, flags, count);
    }
    let like = |(i, joiner): (usize, &Joiner<'_>)| match &joiner.found {
        Identity::New { alike } => alike.first().map(|at| (i, facts.persons[*at].id)),
        Identity::Known { .. } | Identity::Conflict { .. } => None,
    };
    let alike: Vec<(usize, Id)> = joiners.iter().enumerate().filter_map(like).collect();
    if !alike.is_empty() {
        add_flag(&mut flags, Flag::PossibleDuplicate);
    }
    enrol(
        ctx,
        facts,
        case,
        body,
        Joined { home, known, joiners, quote, kinds, flags, alike, right },
    )
}

/// An old card that ends years after the payment is a slip of the pen.
fn implausible_cards(case: Case<'_>, body: &Household) -> Vec<FieldError> {
    const YEARS_AHEAD: i32 = 2;
    let too_late = |member: &Member| {
        member.previous_valid_to.is_some_and(|day| day.year() > case.paid_on.year() + YEARS_AHEAD)
    };
    let members = body.members.iter().enumerate().filter(|(_, member)| too_late(member));
    members
        .map(|(i, _)| format!("/body/members/{i}/previous_valid_to"))
        .map(|path| FieldError::new(path, Code::OutOfRange))
        .collect()
}

fn joiners<'a>(
    ctx: &Context<'_>,
    facts: &Facts,
    case: Case<'_>,
    body: &'a Household,
    known: HouseholdMatch,
) -> Result<Vec<Joiner<'a>>, Vec<(String, Refusal)>> {
    let mut refusals = Vec::new();
    let mut joiners = Vec::with_capacity(body.members.len());
    for (i, stated) in body.members.iter().enumerate() {
        let birth =
            eligibility::check(ctx.rules, Scheme::Household, &stated.person.birth, case.paid_on);
        if let Err(refusal) = birth {
            refusals.push((format!("members/{i}/person/birth_date"), refusal));
        }
        match place(ctx, &stated.person.area_code, case.paid_on) {
            Ok(place) => {
                let (identity_key, found) = identify(facts, &stated.person, &place, case.pardons);
                let rank_held = rank_held(facts, known, case.paid_on.year(), &found);
                joiners.push(Joiner { stated, place, identity_key, found, rank_held });
            }
            Err(refusal) => refusals.push((format!("members/{i}/person/area_code"), refusal)),
        }
    }
    if refusals.is_empty() { Ok(joiners) } else { Err(refusals) }
}

fn household_id(known: HouseholdMatch) -> Option<Id> {
    match known {
        HouseholdMatch::Known(id) | HouseholdMatch::KnownByCode(id) => Some(id),
        HouseholdMatch::New => None,
    }
}

fn joined_before(facts: &Facts, known: HouseholdMatch, year: i32) -> u32 {
    let household = household_id(known).and_then(|id| facts.household(id));
    household.map_or(0, |household| household.joined(year))
}

fn rank_held(facts: &Facts, known: HouseholdMatch, year: i32, found: &Identity) -> Option<u32> {
    let Identity::Known { at, .. } = found else { return None };
    facts.household(household_id(known)?)?.rank(year, facts.persons[*at].id)
}

/// What a phone knows of ranks that members took earlier in the year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RanksKnown {
    Held,
    None,
}

fn quote_for(
    ctx: &Context<'_>,
    paid_on: NaiveDate,
    home: &Place,
    joined_before: u32,
    joiners: &[Joiner<'_>],
    known: RanksKnown,
) -> Result<HouseholdQuote, Vec<MemberRefusal>> {
    let terms = |joiner: &Joiner<'_>| MemberTerms {
        group: joiner.stated.group,
        months: joiner.stated.months,
        previous_valid_to: joiner.stated.previous_valid_to,
        rank_held: joiner.rank_held.filter(|_| known == RanksKnown::Held),
    };
    let members: Vec<MemberTerms> = joiners.iter().map(terms).collect();
    let area = ctx.areas.find(&home.code, paid_on);
    law::quote(ctx.rules, ctx.areas, paid_on, area, joined_before, &members)
}

fn remark(flags: &mut Vec<Flag>, facts: &Facts, joiner: &Joiner<'_>) {
    if joiner.place.mapped {
        add_flag(flags, Flag::AreaMapped);
    }
    if joiner.stated.person.personal_id_differs() {
        add_flag(flags, Flag::PersonalIdDiffers);
    }
    if let Identity::Known { at, flags: remarks, .. } = &joiner.found {
        remarks.iter().for_each(|flag| add_flag(flags, *flag));
        if cover::previous_differs(&facts.persons[*at].covers, joiner.stated.previous_valid_to) {
            add_flag(flags, Flag::PreviousCardDiffers);
        }
    }
}

/// For each member whether he joins or goes on, or which card stands in the way.
fn standing(
    facts: &Facts,
    joiners: &[Joiner<'_>],
    quote: &HouseholdQuote,
    pardons: &Pardons,
) -> Result<Vec<Result<EnrollmentKind, DuplicateOf>>, (Code, Between)> {
    let conflict = joiners.iter().find_map(|joiner| match joiner.found {
        Identity::Conflict { one, other } => Some(between(facts, one, other)),
        Identity::Known { .. } | Identity::New { .. } => None,
    });
    if let Some(between) = conflict {
        return Err((Code::IdentityConflict, between));
    }
    for (i, joiner) in joiners.iter().enumerate() {
        let twice = |other| listed_twice(other, joiner, pardons);
        if let Some(code) = joiners[..i].iter().find_map(twice) {
            return Err((code, Between::default()));
        }
    }
    let mut stand = Vec::with_capacity(joiners.len());
    for (joiner, quote) in joiners.iter().zip(&quote.members) {
        let previous = joiner.stated.previous_valid_to;
        let covered =
            |at: usize| cover::household(&facts.persons[at].covers, quote.valid_from, previous);
        stand.push(match &joiner.found {
            Identity::Known { at, .. } => match covered(*at) {
                Covered::Free(kind) => Ok(kind),
                Covered::Wholly(of) | Covered::Partly(of) => Err(of),
            },
            Identity::New { alike } => {
                let stands = |at: &&usize| !matches!(covered(**at), Covered::Free(_));
                if let Some(at) = alike.iter().find(stands) {
                    let other_id = Some(facts.persons[*at].id);
                    return Err((Code::PossibleDuplicate, Between { person_id: None, other_id }));
                }
                Ok(crate::sync::facts::kind_of(previous.is_some()))
            }
            Identity::Conflict { one, other } => {
                return Err((Code::IdentityConflict, between(facts, *one, *other)));
            }
        });
    }
    Ok(stand)
}

/// Whether two members of one record are one person: for sure by their codes, or very likely.
fn listed_twice(one: &Joiner<'_>, other: &Joiner<'_>, pardons: &Pardons) -> Option<Code> {
    match (&one.found, &other.found) {
        (Identity::Known { at: a, .. }, Identity::Known { at: b, .. }) if a == b => {
            Some(Code::IdentityConflict)
        }
        (Identity::New { .. }, Identity::New { .. }) if !pardons.twins => {
            let (a, b) = (&one.stated.person, &other.stated.person);
            let differ =
                |(kind, _, code): (_, _, &str)| b.codes().any(|(k, _, c)| k == kind && c != code);
            let alike = one.identity_key == other.identity_key && a.birth.agrees(&b.birth);
            (alike && !a.codes().any(differ)).then_some(Code::PossibleDuplicate)
        }
        _ => None,
    }
}

/// All that is known once every member may join.
struct Joined<'a> {
    home: Place,
    known: HouseholdMatch,
    joiners: Vec<Joiner<'a>>,
    quote: HouseholdQuote,
    kinds: Vec<EnrollmentKind>,
    flags: Vec<Flag>,
    alike: Vec<(usize, Id)>,
    /// The money taken is what the law asks.
    right: bool,
}

fn enrol(
    ctx: &Context<'_>,
    facts: &Facts,
    case: Case<'_>,
    body: &Household,
    all: Joined<'_>,
) -> Verdict {
    let record = case.record;
    let household = match all.known {
        HouseholdMatch::New => NewHousehold::Make { id: body.id },
        HouseholdMatch::Known(id) => NewHousehold::Known { id },
        HouseholdMatch::KnownByCode(id) => NewHousehold::Alias { alias: body.id, household: id },
    };
    let used = all.quote.rules;
    let mut enrolling = Enrolling {
        persons: vec![],
        ranks: vec![],
        enrollments: vec![],
        cards: vec![],
        flags: all.flags,
        alike: all.alike,
        household: None,
    };
    let members = all.joiners.into_iter().zip(all.quote.members).zip(all.kinds);
    for (i, ((joiner, quote), kind)) in members.enumerate() {
        let Joiner { stated, place, identity_key, found, rank_held } = joiner;
        let person = Person::of(facts, record.id, i, &stated.person, found, identity_key, &place);
        if let (Some(rank), None, true) = (quote.rank, rank_held, all.quote.ranks_hold) {
            enrolling.ranks.push((household.id(), case.paid_on.year(), i, rank));
        }
        let (rules, lines) = terms::of_member(&used, &quote);
        let enrollment = EnrollmentRow {
            id: record.id.derive(&format!("enrollment/{i}")),
            record_id: record.id,
            record_rev: record.rev,
            member_index: i32::try_from(i).unwrap_or(i32::MAX),
            scheme: Scheme::Household,
            kind,
            status: EnrollmentStatus::Accepted,
            person_id: person.id,
            household_id: Some(household.id()),
            group_id: case.group_id,
            agent_id: ctx.sender.agent_id,
            organisation_id: ctx.sender.organisation_id,
            area_code: all.home.code.clone(),
            village_id: body.payment.village_id,
            drive_id: body.payment.drive_id,
            paid_on: case.paid_on,
            counted_on: case.counted_on,
            accepted_at: ctx.received.naive_utc(),
            voided_on: None,
            covers_from: quote.valid_from,
            covers_to: quote.valid_to,
            months: i64::from(stated.months),
            gross: quote.amounts.gross.0,
            state_support: quote.amounts.state_support.0,
            local_support: quote.amounts.local_support.0,
            payable: quote.amounts.payable.0,
            supported_months: 0,
            terms: verdict::document(&Terms {
                group: Some(stated.group),
                relation: Some(stated.relation),
                rank: quote.rank,
                percent: Some(quote.percent),
                receipt: body.payment.receipt.clone(),
                collected: (!all.right).then_some(body.payment.collected),
                lines,
                rules,
                ..Terms::default()
            }),
            consent_version: body.payment.consent.as_ref().map(|it| it.version.clone()),
            consent_at: body.payment.consent.as_ref().map(|it| it.at.naive_utc()),
        };
        let code = person.bhxh_code.as_deref().and_then(|code| BhxhCode::parse(code).ok());
        let issue = cards::Issue {
            card_id: record.id.derive(&format!("card/{i}")),
            enrollment_id: enrollment.id,
            person_id: person.id,
            bhxh_code: code.as_ref(),
            form: stated.result_form,
            at: ctx.received.naive_utc(),
        };
        enrolling.cards.push(cards::card(issue, &quote, &all.home.province, &stated.facility_code));
        enrolling.enrollments.push(enrollment);
        enrolling.persons.push(person);
    }
    enrolling.household = Some(household);
    Verdict::Enrol(Box::new(enrolling))
}
