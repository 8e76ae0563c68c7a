//! Judges one record against the law and against what is known. Pure: nothing is changed here, a
//! verdict says what would be.

mod household;
mod pardons;
mod verdict;
mod visit;
mod void;
mod voluntary;

pub use household::household;
pub use pardons::Pardons;
pub use verdict::{
    Between, Enrolling, Holding, NewHousehold, Place, Verdict, Visiting, Voiding, document,
};
pub use visit::visit;
pub use void::void;
pub use voluntary::voluntary;

use chrono::{DateTime, NaiveDate, Utc};

use super::body::Payment;
use super::capture::Capture;
use super::envelope::Record;
use super::facts::Facts;
use super::identity::{self, Identity};
use crate::domain::{AreaLevel, Areas, Code, FieldError, Flag, Id, Person as Stated};
use crate::policy::{Refusal, Rules};

/// Who sent the batch and when it came.
#[derive(Debug, Clone)]
pub struct Context<'a> {
    pub rules: &'a Rules,
    pub areas: &'a Areas,
    pub sender: Sender,
    /// The phone it came from; none for what is decided at a desk.
    pub installation_id: Option<Id>,
    pub batch_id: Id,
    pub received: DateTime<Utc>,
}

/// The agent the records are counted for.
#[derive(Debug, Clone, Copy)]
pub struct Sender {
    pub agent_id: Id,
    pub group_id: Id,
    pub organisation_id: Option<Id>,
    /// Whether he may take back the records of his group's agents.
    pub is_leader: bool,
    pub certificate_expires_on: Option<NaiveDate>,
}

/// A record with its times understood.
#[derive(Debug, Clone, Copy)]
pub struct Case<'a> {
    pub record: &'a Record,
    pub capture: Capture,
    /// The law's day.
    pub paid_on: NaiveDate,
    /// When it came.
    pub received: DateTime<Utc>,
    /// The group it belongs to.
    pub group_id: Id,
    /// The day it counts on.
    pub counted_on: NaiveDate,
    /// Written after its phone was revoked.
    pub after_revocation: bool,
    /// It is stored already and judged once more.
    pub again: bool,
    /// What somebody overruled of it.
    pub pardons: &'a Pardons,
}

impl Case<'_> {
    /// A doubt about when it was written or paid that nobody has overruled.
    fn doubtful_time(&self) -> Option<Code> {
        if self.after_revocation && !self.pardons.revocation {
            return Some(Code::CapturedAfterRevocation);
        }
        let implausible = !self.pardons.paid_on && !self.capture.plausible(self.paid_on);
        implausible.then_some(Code::PaidOnImplausible)
    }
}

/// A place by the area it had on the day of payment.
fn place(ctx: &Context<'_>, code: &str, paid_on: NaiveDate) -> Result<Place, Refusal> {
    let resolved = ctx.areas.resolve(code, paid_on);
    let resolved = resolved.filter(|it| it.area.level == AreaLevel::Commune);
    let resolved = resolved.ok_or(Refusal::new(Code::AreaUnknown, "area_code"))?;
    let area = resolved.area;
    Ok(Place {
        code: area.code.clone(),
        now: ctx.areas.current(area).code.clone(),
        province: ctx.areas.ancestors(area).last().map_or(String::new(), |top| top.code.clone()),
        mapped: resolved.mapped,
    })
}

/// The person stated, found among those known or to be made.
fn identify(
    facts: &Facts,
    stated: &Stated,
    place: &Place,
    pardons: &Pardons,
) -> (String, Identity) {
    let key = identity::key(stated, &place.now);
    let found = identity::resolve(facts, stated, &key, pardons);
    (key, found)
}

/// Places that the office keeps a list of must be on it.
fn unknown_places(facts: &Facts, payment: &Payment) -> Vec<FieldError> {
    let village = payment.village_id.filter(|id| !facts.villages.contains(id));
    let drive = payment.drive_id.filter(|id| !facts.drives.contains(id));
    let unknown = [("/body/village_id", village), ("/body/drive_id", drive)];
    let missing = unknown.into_iter().filter(|(_, id)| id.is_some());
    missing.map(|(path, _)| FieldError::new(path, Code::NotFound)).collect()
}

/// Remarks that hold for both schemes.
fn common_flags(ctx: &Context<'_>, case: Case<'_>, payment: &Payment, mapped: bool) -> Vec<Flag> {
    let expired = ctx.sender.certificate_expires_on.is_some_and(|day| day < case.capture.day);
    [
        (case.capture.late(case.received), Flag::Late),
        (case.capture.repaired, Flag::Clock),
        (mapped, Flag::AreaMapped),
        (payment.consent.is_none(), Flag::ConsentMissing),
        (expired, Flag::CertificateExpired),
    ]
    .into_iter()
    .filter_map(|(holds, flag)| holds.then_some(flag))
    .collect()
}

/// The persons whom contradicting codes name: of two, the owner of the mã số BHXH is who the other may be.
fn between(facts: &Facts, one: usize, other: Option<usize>) -> Between {
    let id = |at: usize| Some(facts.persons[at].id);
    match other {
        Some(other) => Between { person_id: id(other), other_id: id(one) },
        None => Between { person_id: id(one), other_id: None },
    }
}

fn add_flag(flags: &mut Vec<Flag>, flag: Flag) {
    if !flags.contains(&flag) {
        flags.push(flag);
    }
}
