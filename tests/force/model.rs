//! What one sequence knows by itself: every revision it captured, and every answer it ever got. It
//! shares no code with the server and decides nothing; it remembers, and says what must hold.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use dai_ly_thu::domain::{Code, Id, RecordKind, RecordStatus};
use dai_ly_thu::sync::wire::ResultAnswer;

use crate::slips::{Flaw, Moment, Slip, Wish};

/// One revision, and the first answer to it.
#[derive(Debug, Clone)]
pub struct Rev {
    pub rev: i64,
    pub seq: i64,
    pub body: Value,
    /// Of an enrollment.
    pub slip: Option<Slip>,
    /// The outcome, without what may differ when it is told again.
    pub heard: Option<Value>,
    /// What was heard before the database was restored from a backup.
    pub before: Option<Value>,
    /// It was certainly written after its phone was revoked.
    pub after: bool,
}

/// One record.
#[derive(Debug, Clone)]
pub struct Record {
    pub kind: RecordKind,
    /// The place of the phone that made it.
    pub phone: usize,
    /// What was wanted and when, to be written again.
    pub wish: Option<(Wish, Moment)>,
    /// Which record it takes back.
    pub target: Option<Id>,
    pub revs: Vec<Rev>,
    /// Somebody took it back, and was told that he did.
    pub voided: bool,
    /// Somebody tried to take it back, whether or not he was answered.
    pub void_tried: bool,
    /// A supervisor tried to decide about it.
    pub desk_tried: bool,
    /// Its phone was revoked about when it was written: whether it counts is for a supervisor to say.
    pub doubtful: bool,
    /// The place of the group it belongs to.
    pub group: usize,
}

/// A month that was closed for a group, and what was counted then.
#[derive(Debug, Clone)]
pub struct Closed {
    /// The question that was asked.
    pub path: String,
    pub rows: Value,
}

/// All records of one sequence.
#[derive(Debug, Default)]
pub struct Model {
    pub records: BTreeMap<Id, Record>,
    /// Numbers of persons whom a supervisor merged, parted or gave a code, or tried to.
    pub touched: BTreeSet<u32>,
    /// Persons who were merged into others.
    pub merged: Vec<Id>,
    pub closed: Vec<Closed>,
    /// Items of worklists of this sequence's groups, when the lists were made.
    pub listed: Vec<Id>,
    /// Answers heard, those told again included.
    pub answers: u64,
    /// Of them, told again.
    pub replays: u64,
    /// What was answered the first time, and what desks were told: how often which.
    pub heard: BTreeMap<String, u64>,
}

impl Record {
    pub fn new(kind: RecordKind, phone: usize, group: usize) -> Self {
        Self {
            kind,
            phone,
            wish: None,
            target: None,
            revs: Vec::new(),
            voided: false,
            void_tried: false,
            desk_tried: false,
            doubtful: false,
            group,
        }
    }

    pub fn newest(&self) -> &Rev {
        self.revs.last().expect("a record begins with a revision")
    }

    pub fn rev(&self, rev: i64) -> Option<&Rev> {
        self.revs.iter().find(|it| it.rev == rev)
    }

    /// Written once, rightly, and touched by nobody since.
    pub fn is_plain(&self) -> bool {
        let sound = |it: &Rev| it.slip.as_ref().is_some_and(|slip| slip.flaw == Flaw::None);
        self.revs.len() == 1 && self.revs.iter().all(sound) && self.is_untouched()
    }

    /// Nobody but its own agent did anything about it.
    pub fn is_untouched(&self) -> bool {
        !self.void_tried && !self.desk_tried && !self.doubtful
    }
}

impl Rev {
    /// The status heard.
    pub fn status(&self) -> Option<RecordStatus> {
        self.heard.as_ref()?["status"].as_str()?.parse().ok()
    }
}

/// An outcome as it must be told for ever.
pub fn lasting(answer: &ResultAnswer) -> Value {
    let mut lasting = serde_json::to_value(answer).expect("an answer");
    lasting["replayed"] = json!(null);
    lasting
}

impl Model {
    /// The database was restored: what was heard holds no more, for it may have lost it.
    pub fn begin_epoch(&mut self) {
        for record in self.records.values_mut() {
            record.voided = false;
            for rev in &mut record.revs {
                rev.before = rev.heard.take();
            }
        }
    }

    /// Takes in an answer.
    ///
    /// # Errors
    /// It is not what was answered before, or cannot be right.
    pub fn hear(&mut self, answer: &ResultAnswer) -> Result<(), String> {
        self.answers += 1;
        self.replays += u64::from(answer.replayed);
        let (Some(id), Some(rev)) = (answer.id, answer.rev) else {
            return Err(format!("an answer without id and rev: {answer:?}"));
        };
        if answer.status == RecordStatus::Deferred {
            return match answer.code {
                Some(Code::RecordMissing) => Ok(()),
                code => Err(format!("record {id} rev {rev} was deferred: {code:?}")),
            };
        }
        let record = self.records.get_mut(&id).ok_or(format!("{id} is nobody's record"))?;
        let target = record.target;
        let Some(known) = record.revs.iter_mut().find(|it| it.rev == rev) else {
            return Err(format!("record {id} has no rev {rev}"));
        };
        let now = lasting(answer);
        match &known.heard {
            Some(first) if *first == now => return Ok(()),
            Some(first) => {
                return Err(format!(
                    "record {id} rev {rev} was answered\n    {first}\n  and then\n    {now}"
                ));
            }
            None => known.heard = Some(now),
        }
        let code = answer.code.map_or("", Code::as_str);
        *self.heard.entry(format!("{} {code}", answer.status.as_str())).or_default() += 1;
        let counts = [RecordStatus::Accepted, RecordStatus::Duplicate].contains(&answer.status);
        if known.after && counts {
            return Err(format!("record {id} rev {rev}, of a revoked phone, counts: {answer:?}"));
        }
        if record.kind == RecordKind::Visit {
            kept(answer).map_err(|what| format!("visit {id} rev {rev}: {what}"))?;
        }
        if let Some(slip) = &known.slip {
            plausible(slip, answer).map_err(|what| format!("record {id} rev {rev}: {what}"))?;
        }
        if answer.status == RecordStatus::Accepted
            && let Some(voided) = target.and_then(|target| self.records.get_mut(&target))
        {
            voided.voided = true;
        }
        Ok(())
    }
}

/// A visit is never refused for whom it was paid to; one of a revoked phone may have to wait.
fn kept(answer: &ResultAnswer) -> Result<(), String> {
    let waits =
        answer.status == RecordStatus::Review && answer.code == Some(Code::CapturedAfterRevocation);
    let kept = waits || answer.status == RecordStatus::Accepted;
    if kept && answer.enrollments.is_empty() { Ok(()) } else { Err(format!("{answer:?}")) }
}

/// What a first answer to a slip cannot be, whatever happened elsewhere.
fn plausible(slip: &Slip, answer: &ResultAnswer) -> Result<(), String> {
    let (status, code) = (answer.status, answer.code);
    let wrong = |why: &str| Err(format!("{why}: {status:?} {code:?}"));
    if code == Some(Code::ContentChanged) {
        return wrong("nobody changed it");
    }
    let held = [RecordStatus::Rejected, RecordStatus::Review].contains(&status);
    match slip.flaw {
        Flaw::Amount | Flaw::Shape if !held => return wrong("it was wrong"),
        Flaw::PaidLongAgo if !held => return wrong("it was paid long before"),
        _ => {}
    }
    let told = answer.enrollments.len();
    let named = slip.persons.len();
    match status {
        RecordStatus::Rejected if told != 0 => wrong("rejected, with enrollments"),
        RecordStatus::Accepted | RecordStatus::Duplicate | RecordStatus::Review
            if told != named =>
        {
            wrong(&format!("{told} told of {named} persons"))
        }
        RecordStatus::Accepted => {
            let incomplete = answer.enrollments.iter().any(|it| {
                it.id.is_none() || it.person_id.is_none() || it.kind.is_none() || it.card.is_none()
            });
            if incomplete { wrong("accepted without enrollment or card") } else { Ok(()) }
        }
        RecordStatus::Duplicate
            if answer.enrollments.iter().any(|it| it.duplicate_of.is_none()) =>
        {
            wrong("a duplicate of nothing")
        }
        _ => Ok(()),
    }
}
