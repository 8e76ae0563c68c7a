//! What everybody and everything says when the round is over: the phones, the server asked anew from
//! nothing, and the office.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::Value;

use dai_ly_thu::domain::{ChangeEntity, Id};
use dai_ly_thu::sync::wire::{Entity, RecordAnswer, RecordsAnswer};

use crate::desk::counted;
use crate::http::{Account, Caller, PAUSE, TRIES};
use crate::player::Player;

/// Entities by kind and id.
pub type Copy = BTreeMap<(String, String), Value>;

/// How often a phone may need to hand in what waits, when nothing hinders it.
const PATIENCE: usize = 6;

/// As many records as an answer tells by number.
const PAGE: usize = 200;

/// What one sequence's phones and the server say of each other.
#[derive(Debug, Default)]
pub struct Told {
    /// By record, the newest revision decided.
    pub records: HashMap<Id, RecordAnswer>,
    /// How often each record was told by the installations.
    pub times: BTreeMap<Id, usize>,
    /// Phone by phone, the copy kept step by step, where the phone still has one.
    pub kept: Vec<Option<Copy>>,
    /// Group by group, the feed from zero.
    pub feeds: Vec<Copy>,
    /// The closed months, counted once more.
    pub closed: Vec<Value>,
    /// What was wrong while it was asked.
    pub wrong: Vec<String>,
}

/// What the office sees of all groups.
pub struct Office {
    pub enrollments: Vec<Value>,
    pub reviews: Vec<Value>,
    /// Of all lists.
    pub items: Vec<Value>,
    /// Phones with VssID, as they are counted.
    pub vssid: Value,
    pub installations: HashMap<String, Value>,
    pub by_group: Value,
    pub by_agent: Value,
    pub by_day: Value,
    pub by_month: Value,
}

impl Office {
    pub fn ask(base: &str, admin: &Account) -> Self {
        let mut admin = Caller::new(base, admin, None);
        let mut tallies = |by: &str| {
            admin.get(&format!("/api/v1/tallies?from=2020-01-01&to=2040-12-31&by={by}"))["rows"]
                .take()
        };
        let [by_group, by_agent, by_day, by_month] =
            ["group", "agent", "day", "month"].map(&mut tallies);
        let id = |it: &Value| it["id"].as_str().expect("an id").to_owned();
        let lists = admin.list("/api/v1/worklists");
        let items = |list: &Value| admin.list(&format!("/api/v1/worklists/{}/items", id(list)));
        let items = lists.iter().flat_map(items).collect();
        let mut vssid = admin.get("/api/v1/vssid?from=2020-01-01&to=2040-12-31");
        Self {
            items,
            vssid: vssid["installs"].take(),
            enrollments: admin.list("/api/v1/enrollments"),
            reviews: admin.list("/api/v1/reviews"),
            installations: admin
                .list("/api/v1/installations")
                .into_iter()
                .map(|it| (id(&it), it))
                .collect(),
            by_group,
            by_agent,
            by_day,
            by_month,
        }
    }
}

impl Player {
    /// Hands in all that waits. Nothing hinders any more, so that nothing may be left.
    pub fn hand_in(&mut self) -> Result<(), String> {
        for _ in 0..PATIENCE {
            let mut waiting = 0;
            for phone in 0..self.phones.len() {
                waiting += self.waiting(phone)?;
            }
            if waiting == 0 {
                return Ok(());
            }
        }
        let mut left = Vec::new();
        for phone in self.phones.iter_mut().filter(|it| it.is_in_use()) {
            let kept = phone.app().records().map_err(|error| error.to_string())?;
            let waiting = kept.into_iter().filter(|it| it.waiting);
            left.extend(waiting.map(|it| (it.id, it.rev, it.outcome)));
            if phone.revoked.is_some() {
                return Err(format!("{} was not wiped; it has {left:?}", phone.installation_id));
            }
        }
        Err(format!("these never left their phones: {left:?}"))
    }

    /// Delivers; how much is still to be done on this phone.
    fn waiting(&mut self, phone: usize) -> Result<usize, String> {
        let stuck = self.stuck(phone);
        let it = &mut self.phones[phone];
        if !it.is_in_use() {
            return Ok(0);
        }
        let delivered = it.deliver(&mut self.model)?;
        if !it.is_in_use() {
            return Ok(0);
        }
        let pending = it.app().pending().map_err(|error| error.to_string())?;
        let leaves = it.revoked.is_some() && stuck == 0;
        Ok(pending - stuck.min(pending) + usize::from(!delivered) + usize::from(leaves))
    }

    /// Asks phones and server.
    pub fn testify(&mut self) -> Told {
        let mut told =
            Told { feeds: vec![Copy::new(); self.troupe.groups.len()], ..Told::default() };
        for phone in 0..self.phones.len() {
            let kept = self.copy_of(phone);
            told.kept.push(kept.unwrap_or_else(|what| {
                told.wrong.push(format!("phone {phone}: {what}"));
                None
            }));
        }
        for agent in 0..self.troupe.agents.len() {
            if let Err(what) = self.audit(agent, &mut told) {
                told.wrong.push(format!("agent {agent}: {what}"));
            }
        }
        for closed in &self.model.closed {
            let (status, table) = self.desk.ask("GET", &closed.path, None);
            told.closed.push(if status == 200 { counted(&table) } else { table });
        }
        told
    }

    /// What a phone holds, brought up to date.
    fn copy_of(&mut self, phone: usize) -> Result<Option<Copy>, String> {
        let phone = &mut self.phones[phone];
        // One that may only deliver pulls nothing more, and stays so while a record waits for one that was lost.
        if !phone.is_in_use() || phone.revoked.is_some() {
            return Ok(None);
        }
        // A connection kept open may have died with a server; and on a busy machine one that was struck last
        // is still on its way.
        let pulled = (0..TRIES).find_map(|_| match phone.pull() {
            Ok(false) => {
                std::thread::sleep(PAUSE);
                None
            }
            done => Some(done.map(|_| ())),
        });
        pulled.ok_or("nothing hinders it, and it does not pull")??;
        let copy = phone.copy()?;
        phone.restart();
        Ok(Some(copy))
    }

    /// Everything of one agent.
    fn audit(&mut self, agent: usize, told: &mut Told) -> Result<(), String> {
        let member = self.troupe.agents[agent].clone();
        let own: Vec<usize> =
            (0..self.phones.len()).filter(|it| self.phones[*it].owner == agent).collect();
        let unused = crate::cast::id(&mut self.dice);
        let mut auditor = Caller::new(&self.base, &member.account, Some(unused.to_string()));
        if member.leads {
            told.feeds[member.group] = feed(&mut auditor)?;
        }
        for phone in own {
            let id = self.phones[phone].installation_id;
            let mut same = Caller::new(&self.base, &member.account, Some(id.to_string()));
            let blocked = self.phones[phone].blocked;
            let asks = if blocked { &mut auditor } else { &mut same };
            for record in records_of(asks, id) {
                *told.times.entry(record.id).or_default() += 1;
                told.records.insert(record.id, record);
            }
            if !blocked {
                self.send_again(phone, &mut same)?;
            }
        }
        Ok(())
    }
}

/// All that an installation handed in.
pub fn records_of(caller: &mut Caller, installation_id: Id) -> Vec<RecordAnswer> {
    let mut found: Vec<RecordAnswer> = Vec::new();
    let mut from = 1;
    loop {
        let path =
            format!("/api/v1/sync/records?installation_id={installation_id}&from_seq={from}");
        let page: RecordsAnswer = serde_json::from_value(caller.get(&path)).expect("records");
        let last = page.results.iter().filter_map(|it| it.seq).max();
        let whole = page.results.len() < PAGE;
        found.extend(page.results);
        match last {
            Some(last) if !whole => from = last + 1,
            _ => return found,
        }
    }
}

/// The whole feed from zero, in small pages.
fn feed(caller: &mut Caller) -> Result<Copy, String> {
    let mut copy = Copy::new();
    let mut cursor = String::new();
    loop {
        let page = caller.get(&format!("/api/v1/sync/changes?limit=50{cursor}"));
        for change in page["changes"].as_array().expect("changes") {
            let text = |name: &str| change[name].as_str().expect("a text").to_owned();
            let key = (text("entity"), text("id"));
            if copy.contains_key(&key) {
                return Err(format!("the feed from zero tells {key:?} twice"));
            }
            if change["op"] == "put" {
                let data: Entity = serde_json::from_value(change["data"].clone())
                    .map_err(|error| format!("{change}: {error}"))?;
                copy.insert(key, serde_json::to_value(data).expect("an entity"));
            }
        }
        if page["has_more"] == false {
            return Ok(copy);
        }
        cursor = format!("&cursor={}", page["cursor"].as_str().expect("a cursor"));
    }
}

impl crate::phone::Phone {
    /// The copy of the feed that the app holds.
    fn copy(&mut self) -> Result<Copy, String> {
        const KINDS: [ChangeEntity; 6] = [
            ChangeEntity::Enrollment,
            ChangeEntity::Card,
            ChangeEntity::Person,
            ChangeEntity::Household,
            ChangeEntity::Review,
            ChangeEntity::WorklistItem,
        ];
        let mut copy = Copy::new();
        for kind in KINDS {
            let entities = self.app().entities(kind).map_err(|error| error.to_string())?;
            for entity in entities {
                let data = serde_json::to_value(entity).expect("an entity");
                let id = data["id"].as_str().expect("an id").to_owned();
                copy.insert((kind.as_str().to_owned(), id), data);
            }
        }
        Ok(copy)
    }
}

/// Keys of one copy that the other has not, or has otherwise.
pub fn differences(one: &Copy, other: &Copy) -> Vec<String> {
    let keys: BTreeSet<_> = one.keys().chain(other.keys()).collect();
    let differing = keys.into_iter().filter(|key| one.get(*key) != other.get(*key));
    let told = |key: &(String, String)| {
        format!("{} {}: {:?} and {:?}", key.0, key.1, one.get(key), other.get(key))
    };
    differing.take(5).map(told).collect()
}
