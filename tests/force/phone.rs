//! A phone: the reference client on a file of its own, with a clock that may be wrong.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use chrono::{DateTime, FixedOffset, TimeDelta};

use dai_ly_thu::client::{Boot, Capture, Client, ClientError, Kept, Options, Packing, Patience};
use dai_ly_thu::clock;
use dai_ly_thu::domain::{Code, Id, RecordKind};
use serde_json::Value;

use crate::cast::Member;
use crate::dice::Dice;
use crate::model::Model;
use crate::slips::Moment;

/// A phone of an agent.
pub struct Phone {
    client: Option<Client>,
    options: Options,
    file: PathBuf,
    /// How far its clock is ahead, milliseconds.
    ahead: Arc<AtomicI64>,
    /// The place of its owner in the troupe.
    pub owner: usize,
    pub installation_id: Id,
    /// It fell into a well: nothing comes from it any more.
    pub lost: bool,
    /// The server takes nothing from it any more.
    pub blocked: bool,
    /// It may hand in what it holds, and nothing else.
    pub revoked: Option<Revoked>,
    /// It was told to forget everything, and did.
    pub wiped: bool,
    /// Statuses of refusals.
    pub refused: BTreeSet<u16>,
}

/// Where a phone stood when it was revoked.
#[derive(Debug, Clone, Copy)]
pub struct Revoked {
    /// Numbers beyond this one were given out afterwards, whatever the phone had declared.
    pub surely_after: i64,
}

impl Phone {
    pub fn new(base: &str, folder: &Path, owner: usize, member: &Member, dice: &mut Dice) -> Self {
        let ahead = Arc::new(AtomicI64::new(wrong_by(dice)));
        let (of_clock, of_boot) = (Arc::clone(&ahead), dice.next());
        let began = std::time::Instant::now();
        let uptime = move || i64::try_from(began.elapsed().as_millis()).expect("a short life");
        let boot = Boot { id: format!("{of_boot:x}"), uptime_ms: Arc::new(uptime) };
        let packing = dice.weigh(&[(2, Packing::None), (1, Packing::Gzip), (1, Packing::Zstd)]);
        let installation_id = crate::cast::id(dice);
        let options = Options {
            server: base.to_owned(),
            login: member.account.login.clone(),
            password: member.account.password.clone(),
            installation_id,
            label: format!("máy {owner}"),
            timeout: Duration::from_secs(60),
            patience: Patience { first: Duration::ZERO, cap: Duration::ZERO, attempts: 1 },
            packing,
            seed: dice.next(),
            clock: Arc::new(move || shown(&of_clock)),
            boot: dice.chance(50).then_some(boot),
        };
        let file = folder.join(format!("{installation_id}.db"));
        let client = None;
        Self {
            client,
            options,
            file,
            ahead,
            owner,
            installation_id,
            lost: false,
            blocked: false,
            revoked: None,
            wiped: false,
            refused: BTreeSet::new(),
        }
    }

    /// The app, opened where it was left.
    pub fn app(&mut self) -> &mut Client {
        let open = || Client::open(&self.file, self.options.clone()).expect("the file opens");
        self.client.get_or_insert_with(open)
    }

    /// The app is ended without a word, to be opened again.
    pub fn restart(&mut self) {
        self.client = None;
    }

    /// Now, or so long ago.
    pub fn moment(&self, ago: TimeDelta) -> Moment {
        Moment { truly: now() - ago, shown: shown(&self.ahead) - ago }
    }

    /// Whether what it says of the past can be believed: its clock is right, and counts from no start.
    pub fn remembers(&self) -> bool {
        self.ahead.load(Ordering::Relaxed) == 0 && self.options.boot.is_none()
    }

    /// Whether anything can still be done with it.
    pub fn is_in_use(&self) -> bool {
        !self.lost && !self.blocked && !self.wiped
    }

    /// Puts a record into the file.
    pub fn capture(&mut self, id: Id, kind: RecordKind, at: Moment, body: &Value) -> Kept {
        let capture = Capture { id, kind, captured_at: at.shown, body };
        self.app().capture_all(&[capture]).expect("captured");
        self.kept(id)
    }

    /// The newest revision of a record.
    pub fn kept(&mut self, id: Id) -> Kept {
        self.app().record(id).expect("the file is whole").expect("a record of this phone")
    }

    /// Hands in what waits; the model hears every answer.
    ///
    /// # Errors
    /// What the model says. That the line or the server fails is no error: what waits, waits.
    pub fn deliver(&mut self, model: &mut Model) -> Result<bool, String> {
        let mut heard = Ok(());
        let done = self.app().deliver_telling(&mut |answers| {
            for answer in answers {
                heard = std::mem::replace(&mut heard, Ok(())).and_then(|()| model.hear(answer));
            }
        });
        heard?;
        match done {
            Ok(done) => self.wiped |= done.wiped,
            Err(error) => return self.excuse(&error).map(|()| false),
        }
        if self.revoked.is_some() && !self.wiped {
            return self.take_leave();
        }
        Ok(true)
    }

    /// A revoked phone with nothing left to hand in says so.
    fn take_leave(&mut self) -> Result<bool, String> {
        match self.app().sync() {
            Ok(done) => self.wiped |= done.wiped,
            Err(error) => return self.excuse(&error).map(|()| false),
        }
        Ok(true)
    }

    /// Brings the copy of the feed up to date.
    ///
    /// # Errors
    /// As [`Self::deliver`].
    pub fn pull(&mut self) -> Result<bool, String> {
        match self.app().pull() {
            Ok(_) => Ok(true),
            Err(error) => self.excuse(&error).map(|()| false),
        }
    }

    /// What may go wrong without anybody being to blame.
    pub fn excuse(&mut self, error: &ClientError) -> Result<(), String> {
        if let ClientError::Refused { status, .. } = error {
            self.refused.insert(*status);
        }
        let refused = error.is_unauthorized();
        match error {
            error if error.passes() => Ok(()),
            _ if self.blocked && refused => Ok(()),
            error if self.revoked.is_some() && error.is(Code::InstallationRevoked) => Ok(()),
            error => Err(format!("phone {}: {error}", self.options.login)),
        }
    }
}

/// One phone in six has a wrong clock: by hours, by days, by two years.
fn wrong_by(dice: &mut Dice) -> i64 {
    const HOUR: i64 = 3_600_000;
    let hours = [-3, 5, -50, 26, -24 * 730, 24 * 400];
    if dice.chance(16) { hours[dice.throw(hours.len())] * HOUR } else { 0 }
}

fn now() -> DateTime<FixedOffset> {
    let viet_nam = FixedOffset::east_opt(7 * 3600).expect("an offset");
    clock::now().with_timezone(&viet_nam)
}

fn shown(ahead: &AtomicI64) -> DateTime<FixedOffset> {
    now() + TimeDelta::milliseconds(ahead.load(Ordering::Relaxed))
}
