//! A void: by the record's agent or his leader, of a record that has come and still stands.

use super::verdict::{Verdict, Voiding};
use super::{Case, Context};
use crate::domain::{Code, FieldError, RecordKind, RecordState};
use crate::sync::body::VoidOf;
use crate::sync::facts::Facts;
use crate::sync::outcome::Outcome;

/// Judges a void.
pub fn void(ctx: &Context<'_>, facts: &Facts, case: Case<'_>, body: &VoidOf) -> Verdict {
    if body.record_id == case.record.id {
        let field = FieldError::new("/body/record_id", Code::Invalid);
        return Verdict::rejected(Code::Invalid, vec![field]);
    }
    let target = facts.records.get(&body.record_id);
    let (owner, current) = match target.map(|it| (it.owner, &it.current)) {
        Some((Some(owner), Some(current))) => (owner, current),
        _ => return Verdict::Hold(Outcome::deferred(Code::RecordMissing).into()),
    };
    if !owner.is(&ctx.sender) {
        return Verdict::rejected(Code::Forbidden, vec![]);
    }
    if current.kind == RecordKind::Void || current.state == RecordState::Voided {
        return Verdict::rejected(Code::AlreadyVoid, vec![]);
    }
    if let Some(code) = case.doubtful_time() {
        return Verdict::review(code, vec![], 0);
    }
    Verdict::Void(Voiding { record_id: body.record_id })
}
