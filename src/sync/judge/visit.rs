//! A visit: kept whatever is known of whom it was paid to, unless its day or its place cannot be.

use super::verdict::{Verdict, Visiting};
use super::{Case, Context};
use crate::domain::{Code, FieldError, Flag, Id};
use crate::store::visits::VisitRow;
use crate::store::worklists::ItemRow;
use crate::sync::body::Visit;
use crate::sync::facts::Facts;

/// Judges a visit. An item that is not the group's, or that nobody knows, is left alone.
pub fn visit(ctx: &Context<'_>, facts: &Facts, case: Case<'_>, body: &Visit) -> Verdict {
    let mut wrong = Vec::new();
    if case.paid_on > case.capture.day {
        wrong.push(FieldError::new("/body/visited_on", Code::OutOfRange));
    }
    if body.village_id.is_some_and(|id| !facts.villages.contains(&id)) {
        wrong.push(FieldError::new("/body/village_id", Code::NotFound));
    }
    if !wrong.is_empty() {
        return Verdict::rejected(Code::Invalid, wrong);
    }
    if case.after_revocation && !case.pardons.revocation {
        return Verdict::review(Code::CapturedAfterRevocation, vec![], 0);
    }
    let item = body.item_id.and_then(|id| facts.items.get(&id));
    let item = item.filter(|item| item.group_id == Some(case.group_id));
    let flags = if case.capture.repaired { vec![Flag::Clock] } else { vec![] };
    let row = VisitRow {
        record_id: case.record.id,
        item_id: item.map(|item| item.id),
        person_id: body.person_id,
        visited_on: case.paid_on,
        result: body.result,
        promised_for: body.until,
        reason: body.reason.clone(),
        vssid: body.vssid,
        who: who(facts, body, item).unwrap_or(case.record.id),
        group_id: case.group_id,
        agent_id: ctx.sender.agent_id,
        area_code: area(ctx, case, body, item),
        village_id: body.village_id.or(item.and_then(|item| item.village_id)),
        captured_at: case.capture.at.naive_utc(),
        recorded_at: ctx.received.naive_utc(),
        voided_at: None,
    };
    Verdict::Visit(Box::new(Visiting { row, flags }))
}

/// Whose phone it is about: the person of the item, the item, or the person named.
fn who(facts: &Facts, body: &Visit, item: Option<&ItemRow>) -> Option<Id> {
    match item {
        Some(item) => Some(item.person_id.unwrap_or(item.id)),
        None => body.person_id.and_then(|id| facts.survivors.get(&id)).copied(),
    }
}

/// Today's commune.
fn area(ctx: &Context<'_>, case: Case<'_>, body: &Visit, item: Option<&ItemRow>) -> String {
    let stated = body.area_code.as_ref().and_then(|code| ctx.areas.resolve(code, case.paid_on));
    match (stated, item) {
        (Some(it), _) => ctx.areas.current(it.area).code.clone(),
        (None, Some(item)) => item.area_code.clone(),
        (None, None) => String::new(),
    }
}
