//! The steps of a sequence, chosen by its dice.

use chrono::TimeDelta;
use serde_json::json;

use dai_ly_thu::client::ClientError;
use dai_ly_thu::domain::{Id, RecordKind, RecordStatus};

use crate::cast;
use crate::model::{Record, Rev};
use crate::player::Player;
use crate::slips::{Flaw, Wish};

/// What may happen next.
#[derive(Debug, Clone, Copy)]
enum Step {
    Capture,
    Deliver,
    Correct,
    TakeBack,
    LeaderTakesBack,
    DeskTakesBack,
    Pull,
    Restart,
}

const STEPS: [(u64, Step); 8] = [
    (34, Step::Capture),
    (24, Step::Deliver),
    (12, Step::Correct),
    (5, Step::TakeBack),
    (3, Step::LeaderTakesBack),
    (3, Step::DeskTakesBack),
    (8, Step::Pull),
    (4, Step::Restart),
];

/// How long ago what was written late was written.
const LATE: TimeDelta = TimeDelta::days(30);

impl Player {
    /// Takes all its steps.
    ///
    /// # Errors
    /// An answer that cannot be right.
    pub fn play(&mut self) -> Result<(), String> {
        let steps = self.dice.between(20, 40);
        for _ in 0..steps {
            let step = self.dice.weigh(&STEPS);
            let phone = self.dice.throw(self.phones.len());
            self.step(step, phone).map_err(|what| format!("{step:?}: {what}"))?;
        }
        Ok(())
    }

    fn step(&mut self, step: Step, phone: usize) -> Result<(), String> {
        if self.phones[phone].lost {
            return Ok(());
        }
        match step {
            Step::Capture => self.capture(phone),
            Step::Deliver => return self.deliver(phone),
            Step::Correct => return self.correct(phone),
            Step::TakeBack => return self.take_back(phone, false),
            Step::LeaderTakesBack => return self.take_back(phone, true),
            Step::DeskTakesBack => return self.desk_takes_back(),
            Step::Pull => return self.pull(phone),
            Step::Restart => self.phones[phone].restart(),
        }
        Ok(())
    }

    /// Somebody new, or somebody another phone met, buys something.
    fn capture(&mut self, phone: usize) {
        let family = self.dice.throw(self.families.len());
        let family = self.families[family].clone();
        let wish = if self.dice.chance(60) {
            let member = self.dice.throw(family.len());
            Wish::voluntary(&mut self.dice, family[member])
        } else {
            Wish::household(&mut self.dice, &family)
        };
        let remembers = self.phones[phone].remembers();
        let flaw = self.flaw(remembers);
        let late = remembers && flaw == Flaw::None && self.dice.chance(12);
        let at = self.phones[phone].moment(if late { LATE } else { TimeDelta::zero() });
        let slip = wish.write(at, flaw);
        let id = cast::id(&mut self.dice);
        self.note(format!("phone {phone} captures {id} {flaw:?} late {late} {wish:?}"));
        let kept = self.phones[phone].capture(id, slip.kind, at, &slip.body);
        let mut record = Record::new(slip.kind, phone);
        record.wish = Some((wish, at));
        let (body, slip) = (slip.body.clone(), Some(slip));
        record.revs.push(Rev { rev: kept.rev, seq: kept.seq, body, slip, heard: None });
        self.model.records.insert(id, record);
    }

    fn flaw(&mut self, remembers: bool) -> Flaw {
        let flaws =
            [(80, Flaw::None), (12, Flaw::Amount), (4, Flaw::Shape), (4, Flaw::PaidLongAgo)];
        match self.dice.weigh(&flaws) {
            Flaw::PaidLongAgo if !remembers => Flaw::None,
            flaw => flaw,
        }
    }

    fn deliver(&mut self, phone: usize) -> Result<(), String> {
        let done = self.phones[phone].deliver(&mut self.model)?;
        self.note(format!("phone {phone} delivers: {done}"));
        if self.dice.chance(40) { self.pull(phone) } else { Ok(()) }
    }

    fn pull(&mut self, phone: usize) -> Result<(), String> {
        let done = self.phones[phone].pull()?;
        self.note(format!("phone {phone} pulls: {done}"));
        Ok(())
    }

    /// Writes a record again, mostly right, also where nobody asked for it.
    fn correct(&mut self, phone: usize) -> Result<(), String> {
        let held = |record: &Record| {
            let known = record.newest().status();
            let accepted = known == Some(RecordStatus::Accepted);
            record.phone == phone && record.kind != RecordKind::Void && !accepted
        };
        let Some(id) = self.some_record(|_, record| held(record)) else { return Ok(()) };
        let (wish, at) = self.model.records[&id].wish.clone().expect("of an enrollment");
        let remembers = self.phones[phone].remembers();
        let flaw = if self.dice.chance(80) { Flaw::None } else { self.flaw(remembers) };
        let slip = wish.write(at, flaw);
        match self.phones[phone].app().correct(id, &slip.body) {
            Ok(rev) => {
                self.note(format!("phone {phone} corrects {id}: rev {rev} {flaw:?}"));
                let kept = self.phones[phone].kept(id);
                let (body, slip) = (slip.body.clone(), Some(slip));
                let record = self.model.records.get_mut(&id).expect("a record of ours");
                record.revs.push(Rev { rev, seq: kept.seq, body, slip, heard: None });
                Ok(())
            }
            Err(ClientError::NotNow(..)) => Ok(()),
            Err(error) => Err(error.to_string()),
        }
    }

    /// A void by the record's own agent, or by the leader of his group.
    fn take_back(&mut self, phone: usize, as_leader: bool) -> Result<(), String> {
        let agent = &self.troupe.agents[self.phones[phone].owner];
        let (group, leads) = (agent.group, agent.leads);
        if as_leader && !leads {
            return Ok(());
        }
        let of_group: Vec<bool> =
            self.phones.iter().map(|it| self.troupe.agents[it.owner].group == group).collect();
        let may = |record: &Record| {
            let own = record.phone == phone;
            let chosen = if as_leader { !own && of_group[record.phone] } else { own };
            chosen && record.kind != RecordKind::Void
        };
        let Some(target) = self.some_record(|_, record| may(record)) else { return Ok(()) };
        let id = match self.phones[phone].app().void(target, "ghi nhầm") {
            Ok(id) => id,
            Err(error) => return Err(error.to_string()),
        };
        self.note(format!("phone {phone} takes {target} back by {id}, as leader {as_leader}"));
        let kept = self.phones[phone].kept(id);
        let body = serde_json::from_str(&kept.body).map_err(|error| error.to_string())?;
        let mut record = Record::new(RecordKind::Void, phone);
        record.target = Some(target);
        record.revs.push(Rev { rev: kept.rev, seq: kept.seq, body, slip: None, heard: None });
        self.model.records.insert(id, record);
        self.tried_to_void(target);
        Ok(())
    }

    fn tried_to_void(&mut self, target: Id) {
        self.model.records.get_mut(&target).expect("a record of ours").void_tried = true;
    }

    fn desk_takes_back(&mut self) -> Result<(), String> {
        let fits = |record: &Record| record.kind != RecordKind::Void;
        let Some(target) = self.some_record(|_, record| fits(record)) else { return Ok(()) };
        self.tried_to_void(target);
        let path = format!("/api/v1/records/{target}/void");
        let (status, body) = self.desk.ask("POST", &path, Some(&json!({ "reason": "ghi nhầm" })));
        self.note(format!("the desk takes {target} back: {status}"));
        let code = body["code"].as_str();
        let taken_back = match (status, code) {
            (200, _) | (409, Some("already_void")) => true,
            (404, _) => false,
            _ => return Err(format!("void of {target}: {status} {body}")),
        };
        let record = self.model.records.get_mut(&target).expect("a record of ours");
        record.voided |= taken_back;
        Ok(())
    }
}
