//! The office of Bố Trạch as its administrator and its supervisor set it up: four groups, their
//! communes and villages, a drive and targets for each, a leader, agents.

use serde::Deserialize;
use serde_json::{Value, json};

use super::browser::{Browser, Login};
use super::calendar::Calendar;
use super::names;
use super::site::Site;
use super::texts;
use crate::cli::Failure;
use crate::clock;
use crate::domain::{Area, Areas, Id, Role, Scheme};
use crate::store::users::{self, User};

/// Bố Trạch was this district of Quảng Bình, to the last day there were districts.
const DISTRICT: (&str, &str) = ("455", "2025-06-30");

pub(super) struct Office {
    pub admin: Login,
    pub supervisor: Login,
    pub groups: Vec<Group>,
}

/// Who goes out together.
pub(super) struct Group {
    pub id: Id,
    pub name: String,
    pub communes: Vec<&'static Area>,
    /// Its villages, that of the drive first.
    pub homes: Vec<Home>,
    pub drive_id: Id,
    pub agents: Vec<Login>,
    /// People to reach, by scheme.
    pub people: usize,
}

/// A village where people live.
#[derive(Debug, Clone)]
pub(super) struct Home {
    pub area_code: String,
    pub village_id: Id,
    pub village: String,
}

#[derive(Deserialize)]
struct Made {
    id: Id,
}

/// Sets everything up through the interface; only the first administrator is written straight into
/// the database, as `user create` does.
pub(super) fn open(site: &Site, calendar: &Calendar, sizes: &[usize]) -> Result<Office, Failure> {
    let admin = login("admin", names::ADMINISTRATOR);
    first_administrator(site, &admin)?;
    let base = format!("http://{}", site.addr());
    let mut desk = Browser::new(&base);
    desk.log_in(&admin)?;
    let office_id =
        make(&mut desk, "offices", json!({ "name": texts::OFFICE, "parent_id": null }))?;
    let supervisor = login("giam-sat", names::SUPERVISOR);
    make(&mut desk, "users", user(&supervisor, Role::Supervisor, None, Some(office_id)))?;

    desk.log_in(&supervisor)?;
    let mut groups = Vec::new();
    let shares = share(communes()?, sizes.len());
    for (at, (communes, &people)) in shares.into_iter().zip(sizes).enumerate() {
        groups.push(group(&mut desk, calendar, at, communes, people)?);
    }
    Ok(Office { admin, supervisor, groups })
}

fn first_administrator(site: &Site, admin: &Login) -> Result<(), Failure> {
    let user = User {
        id: clock::new_id(),
        login: admin.login.clone(),
        role: Role::Admin,
        name: admin.name.clone(),
        password_hash: site.passwords.hash(&admin.password)?,
        must_change_password: false,
        group_id: None,
        office_id: None,
        organisation_id: None,
        certificate_number: None,
        certificate_expires_on: None,
        disabled_at: None,
        created_at: clock::now().naive_utc(),
    };
    site.store.write(|tx| users::create(tx, &user))?;
    Ok(())
}

/// The communes of today that took in those of the old district, by code.
fn communes() -> Result<Vec<&'static Area>, Failure> {
    let areas = Areas::embedded();
    let (district, last_day) = DISTRICT;
    let day = last_day.parse().map_err(|_| Failure::Usage(last_day.to_owned()))?;
    let mut communes: Vec<&Area> =
        areas.communes_of(district, day).into_iter().map(|it| areas.current(it)).collect();
    communes.sort_by(|a, b| a.code.cmp(&b.code));
    communes.dedup_by(|a, b| a.code == b.code);
    Ok(communes)
}

/// Neighbours to one group, as evenly as they go.
fn share<T>(items: Vec<T>, into: usize) -> Vec<Vec<T>> {
    let mut shares: Vec<Vec<T>> = (0..into).map(|_| Vec::new()).collect();
    let all = items.len().max(1);
    for (at, item) in items.into_iter().enumerate() {
        if let Some(share) = shares.get_mut(at * into / all) {
            share.push(item);
        }
    }
    shares
}

fn group(
    desk: &mut Browser,
    calendar: &Calendar,
    at: usize,
    communes: Vec<&'static Area>,
    people: usize,
) -> Result<Group, Failure> {
    let name = texts::group(at + 1);
    let codes: Vec<&str> = communes.iter().map(|area| area.code.as_str()).collect();
    let id = make(desk, "groups", json!({ "name": name, "area_codes": codes }))?;

    let mut homes = Vec::new();
    for area in &communes {
        let of_commune = names::VILLAGES.iter().find(|(code, _)| *code == area.code);
        for village in of_commune.map_or(names::SOME_VILLAGES, |(_, villages)| *villages) {
            let body = json!({ "name": village, "area_code": area.code });
            let village_id = make(desk, "villages", body)?;
            let (area_code, village) = (area.code.clone(), village.to_owned());
            homes.push(Home { area_code, village_id, village });
        }
    }

    let mut team = Vec::new();
    for (n, person) in names::TEAMS.get(at).copied().unwrap_or_default().iter().enumerate() {
        let (role, number) = if n == 0 { (Role::Leader, at + 1) } else { (Role::Agent, n) };
        let who = login(&texts::login(role, at + 1, number), person);
        let user_id = make(desk, "users", user(&who, role, Some(id), None))?;
        team.push((user_id, who));
    }
    let leader_id = team.first().map(|(id, _)| *id);
    let agents = team.into_iter().skip(1).map(|(_, who)| who).collect();

    let village_id = homes.first().map(|home| home.village_id);
    let drive = json!({
        "group_id": id, "village_id": village_id, "on": calendar.day, "leader_id": leader_id,
    });
    let drive_id = make(desk, "drives", drive)?;
    for (scheme, share) in [(Scheme::Voluntary, 35), (Scheme::Household, 75)] {
        let target = json!({
            "group_id": id, "scheme": scheme, "from": calendar.first_day(),
            "to": calendar.last_day(), "people": round_up(people * share / 100),
        });
        make(desk, "targets", target)?;
    }
    Ok(Group { id, name, communes, homes, drive_id, agents, people })
}

/// Plans are made in tens.
fn round_up(people: usize) -> usize {
    people.div_ceil(10).max(1) * 10
}

fn user(who: &Login, role: Role, group_id: Option<Id>, office_id: Option<Id>) -> Value {
    json!({
        "login": who.login, "password": who.password, "role": role, "name": who.name,
        "group_id": group_id, "office_id": office_id, "certificate": null,
        "must_change_password": false,
    })
}

/// Makes something under an id of ours, so that asking twice makes it once.
fn make(desk: &mut Browser, what: &str, mut body: Value) -> Result<Id, Failure> {
    body["id"] = json!(clock::new_id());
    let made: Made = desk.post(&format!("/api/v1/{what}"), &body)?;
    Ok(made.id)
}

fn login(login: &str, name: &str) -> Login {
    // The last bits of a new id are random.
    let random = clock::new_id().to_string();
    let password = random.chars().rev().filter(char::is_ascii_alphanumeric).take(12).collect();
    Login { login: login.to_owned(), password, name: name.to_owned() }
}
