//! The steps of a sequence, chosen by its dice.

use chrono::TimeDelta;

use dai_ly_thu::client::ClientError;
use dai_ly_thu::domain::{Id, RecordKind, RecordStatus};
use serde_json::Value;

use crate::cast;
use crate::model::{Record, Rev, lasting};
use crate::phone::Phone;
use crate::player::Player;
use crate::slips::{Flaw, Slip, Wish};
use crate::visits;

/// What may happen next.
#[derive(Debug, Clone, Copy)]
enum Step {
    Capture,
    Visit,
    Deliver,
    Correct,
    TakeBack,
    LeaderTakesBack,
    Pull,
    Restart,
    Lose,
    DeskTakesBack,
    Resolve,
    Merge,
    Part,
    GiveCode,
    Close,
    Move,
    Revoke,
    List,
}

/// What happens until everybody has been at the network once …
const MORNING: [(u64, Step); 9] = [
    (55, Step::Capture),
    (5, Step::Visit),
    (20, Step::Deliver),
    (10, Step::Correct),
    (4, Step::TakeBack),
    (5, Step::Pull),
    (3, Step::Restart),
    (2, Step::Move),
    (1, Step::Close),
];

/// … and afterwards, when there is something to decide.
const AFTERNOON: [(u64, Step); 18] = [
    (20, Step::Capture),
    (10, Step::Visit),
    (8, Step::List),
    (22, Step::Deliver),
    (10, Step::Correct),
    (4, Step::TakeBack),
    (3, Step::LeaderTakesBack),
    (7, Step::Pull),
    (3, Step::Restart),
    (2, Step::Lose),
    (4, Step::DeskTakesBack),
    (14, Step::Resolve),
    (4, Step::Merge),
    (2, Step::Part),
    (4, Step::GiveCode),
    (2, Step::Close),
    (2, Step::Move),
    (2, Step::Revoke),
];

/// What happens when no supervisor is about.
const ON_PHONES: [(u64, Step); 8] = [
    (40, Step::Capture),
    (8, Step::Visit),
    (30, Step::Deliver),
    (10, Step::Correct),
    (5, Step::TakeBack),
    (5, Step::LeaderTakesBack),
    (7, Step::Pull),
    (3, Step::Restart),
];

/// How long ago what was written late was written.
const LATE: TimeDelta = TimeDelta::days(30);

impl Player {
    /// Takes all its steps.
    ///
    /// # Errors
    /// An answer that cannot be right.
    pub fn play(&mut self) -> Result<(), String> {
        for _ in 0..self.dice.between(8, 16) {
            let step = self.dice.weigh(&MORNING);
            self.any_phone(step)?;
        }
        for phone in 0..self.phones.len() {
            self.step(Step::Deliver, phone)?;
        }
        for _ in 0..self.dice.between(12, 24) {
            let step = self.dice.weigh(&AFTERNOON);
            self.any_phone(step)?;
        }
        // What nobody waits for any more must not hold connections open.
        self.phones.iter_mut().for_each(Phone::restart);
        Ok(())
    }

    /// Takes so many steps of phones alone, as they happen until everybody was at the network once.
    ///
    /// # Errors
    /// As [`Self::play`].
    pub fn play_on_phones(&mut self, steps: u64) -> Result<(), String> {
        for _ in 0..steps {
            let step = self.dice.weigh(&ON_PHONES);
            self.any_phone(step)?;
        }
        Ok(())
    }

    fn any_phone(&mut self, step: Step) -> Result<(), String> {
        let phone = self.dice.throw(self.phones.len());
        self.step(step, phone).map_err(|what| format!("{step:?}: {what}"))
    }

    fn step(&mut self, step: Step, phone: usize) -> Result<(), String> {
        let usable = self.phones[phone].is_in_use();
        match step {
            Step::DeskTakesBack => self.desk_takes_back(),
            Step::Resolve => self.resolve(),
            Step::Merge => self.merge(),
            Step::Part => self.part(),
            Step::GiveCode => self.give_code(),
            Step::Close => self.close(),
            Step::Move => self.move_agent(),
            Step::Revoke => self.revoke(phone),
            Step::List => self.go_out(),
            _ if !usable => Ok(()),
            Step::Capture => self.capture(phone),
            Step::Visit => self.visit(phone),
            Step::Deliver => self.deliver(phone),
            Step::Correct => self.correct(phone),
            Step::TakeBack => self.take_back(phone, false),
            Step::LeaderTakesBack => self.take_back(phone, true),
            Step::Pull => self.pull(phone),
            Step::Restart => {
                self.phones[phone].restart();
                Ok(())
            }
            Step::Lose => self.lose(phone),
        }
    }

    /// Somebody new, or somebody another phone met, buys something.
    fn capture(&mut self, phone: usize) -> Result<(), String> {
        let family = self.dice.throw(self.families.len());
        let mut family = self.families[family].clone();
        // Papers are forgotten at home.
        if self.dice.chance(8) {
            family.iter_mut().for_each(|it| it.coded = false);
        }
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
        let group = if late { self.group_before(phone) } else { self.group_of(phone) };
        let mut record = Record::new(slip.kind, phone, group);
        record.wish = Some((wish, at));
        self.model.records.insert(id, record);
        self.add_rev(id, (kept.rev, kept.seq), slip.body.clone(), Some(slip));
        Ok(())
    }

    /// A list is made, and phones go out with it.
    fn go_out(&mut self) -> Result<(), String> {
        self.list()?;
        for phone in 0..self.phones.len() {
            if self.phones[phone].is_in_use() && self.dice.chance(60) {
                self.visit(phone)?;
            }
        }
        Ok(())
    }

    /// Somebody is visited whom a list names, or whom nobody knows, or nobody in particular.
    fn visit(&mut self, phone: usize) -> Result<(), String> {
        let listed = self.model.listed.clone();
        let at = self.phones[phone].moment(TimeDelta::zero());
        let enrolled = self.enrolled();
        let body = visits::paid(&mut self.dice, &listed, &enrolled, at);
        let id = cast::id(&mut self.dice);
        self.note(format!("phone {phone} captures the visit {id}: {body}"));
        let of_list = listed.iter().any(|it| body["item_id"] == it.to_string());
        let whom = if of_list { "visited of a list" } else { "visited otherwise" };
        *self.model.heard.entry(whom.to_owned()).or_default() += 1;
        let kept = self.phones[phone].capture(id, RecordKind::Visit, at, &body);
        let record = Record::new(RecordKind::Visit, phone, self.group_of(phone));
        self.model.records.insert(id, record);
        self.add_rev(id, (kept.rev, kept.seq), body, None);
        Ok(())
    }

    /// The group its owner was in before anybody moved.
    fn group_before(&self, phone: usize) -> usize {
        self.phones[phone].owner / cast::AGENTS
    }

    fn add_rev(&mut self, id: Id, (rev, seq): (i64, i64), body: Value, slip: Option<Slip>) {
        let record = self.model.records.get_mut(&id).expect("a record of ours");
        let revoked = self.phones[record.phone].revoked;
        record.doubtful |= revoked.is_some();
        let after = revoked.is_some_and(|it| seq > it.surely_after);
        record.revs.push(Rev { rev, seq, body, slip, heard: None, before: None, after });
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
        let pulls = self.phones[phone].is_in_use() && self.dice.chance(40);
        if pulls { self.pull(phone) } else { Ok(()) }
    }

    fn pull(&mut self, phone: usize) -> Result<(), String> {
        let done = self.phones[phone].pull()?;
        self.note(format!("phone {phone} pulls: {done}"));
        Ok(())
    }

    /// Writes a record again, mostly right, also where nobody asked for it.
    fn correct(&mut self, phone: usize) -> Result<(), String> {
        let held = |record: &Record| {
            let accepted = record.newest().status() == Some(RecordStatus::Accepted);
            record.phone == phone && record.wish.is_some() && !accepted
        };
        let Some(id) = self.some_record(held) else { return Ok(()) };
        let (wish, at) = self.record(id).wish.clone().expect("of an enrollment");
        let remembers = self.phones[phone].remembers();
        let flaw = if self.dice.chance(80) { Flaw::None } else { self.flaw(remembers) };
        let slip = wish.write(at, flaw);
        match self.phones[phone].app().correct(id, &slip.body) {
            Ok(rev) => {
                self.note(format!("phone {phone} corrects {id}: rev {rev} {flaw:?}"));
                let kept = self.phones[phone].kept(id);
                self.add_rev(id, (rev, kept.seq), slip.body.clone(), Some(slip));
                Ok(())
            }
            Err(ClientError::NotNow(..)) => Ok(()),
            Err(error) => Err(error.to_string()),
        }
    }

    /// A void by the record's own agent, or by the leader of its group.
    fn take_back(&mut self, phone: usize, as_leader: bool) -> Result<(), String> {
        let owner = self.phones[phone].owner;
        let group = self.group_of(phone);
        if as_leader && !self.troupe.agents[owner].leads {
            return Ok(());
        }
        let owners: Vec<usize> = self.phones.iter().map(|it| it.owner).collect();
        let may = |record: &Record| {
            let own = owners[record.phone] == owner;
            let chosen = if as_leader { !own && record.group == group } else { own };
            chosen && record.kind != RecordKind::Void
        };
        let Some(target) = self.some_record(may) else { return Ok(()) };
        let voided = self.phones[phone].app().void(target, "ghi nhầm");
        let id = voided.map_err(|error| error.to_string())?;
        self.note(format!("phone {phone} takes {target} back by {id}, as leader {as_leader}"));
        let kept = self.phones[phone].kept(id);
        let body = serde_json::from_str(&kept.body).map_err(|error| error.to_string())?;
        let mut record = Record::new(RecordKind::Void, phone, self.record(target).group);
        record.target = Some(target);
        let (rev, seq) = (kept.rev, kept.seq);
        record.revs.push(Rev {
            rev,
            seq,
            body,
            slip: None,
            heard: None,
            before: None,
            after: false,
        });
        self.model.records.insert(id, record);
        self.record(target).void_tried = true;
        Ok(())
    }

    /// A phone falls into a well. Its owner gets another one, which asks what the old one handed in.
    fn lose(&mut self, phone: usize) -> Result<(), String> {
        if self.phones[phone].revoked.is_some() {
            return Ok(());
        }
        let owner = self.phones[phone].owner;
        self.phones[phone].lost = true;
        self.phones[phone].restart();
        let member = &self.troupe.agents[owner];
        let mut new = Phone::new(&self.base, &self.folder, owner, member, &mut self.dice);
        let old = self.phones[phone].installation_id;
        let found = new.app().handed_in_by(old).map_err(|error| new.excuse(&error));
        self.phones.push(new);
        let found = match found {
            Ok(found) => found,
            Err(excused) => return excused,
        };
        self.note(format!("phone {phone} is lost; the new one finds {} records", found.len()));
        for (id, record) in self.model.records.iter().filter(|(_, it)| it.phone == phone) {
            let heard = record.revs.iter().filter(|it| it.heard.is_some()).map(|it| it.rev).max();
            let told = found.iter().find(|it| it.id == *id);
            let newest = told.and_then(|it| it.rev);
            let first = told.and_then(|it| it.outcome.as_ref()).map(lasting);
            let known = newest.and_then(|rev| record.rev(rev)).and_then(|it| it.heard.clone());
            let agrees = known.is_none() || known == first;
            if heard.is_some() && newest.is_none() || !agrees {
                return Err(format!("record {id}, heard {known:?}, is handed in as {told:?}"));
            }
        }
        Ok(())
    }
}
