//! Sessions over days and weeks, with a clock that is moved by hand.

use super::*;
use crate::domain::Role;
use crate::store::{PoolSize, Reach};
use uuid::Uuid;

const PASSWORD: &str = "mật khẩu của Lan";

struct World {
    store: Store,
    keys: Keys,
    passwords: Passwords,
    phone: Id,
    families: std::cell::Cell<u128>,
    _dir: tempfile::TempDir,
}

fn id(n: u128) -> Id {
    Id(Uuid::from_u128(n))
}

fn start() -> DateTime<Utc> {
    "2026-11-22T03:00:00Z".parse().unwrap()
}

fn user(n: u128, login: &str, passwords: &Passwords) -> User {
    User {
        id: id(n),
        login: login.to_owned(),
        role: Role::Admin,
        name: login.to_owned(),
        password_hash: passwords.hash(PASSWORD).unwrap(),
        must_change_password: false,
        group_id: None,
        office_id: None,
        organisation_id: None,
        certificate_number: None,
        certificate_expires_on: None,
        disabled_at: None,
        created_at: start().naive_utc(),
    }
}

impl World {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", dir.path().join("db").display());
        let store = Store::open(&url, PoolSize { connections: 2 }).unwrap();
        let passwords = Passwords::new(None).unwrap();
        for (n, login) in [(1, "lan"), (2, "hoa")] {
            let user = user(n, login, &passwords);
            store.write(|tx| users::create(tx, &user)).unwrap();
        }
        Self {
            store,
            keys: Keys::in_memory().unwrap(),
            passwords,
            phone: id(100),
            families: std::cell::Cell::new(1000),
            _dir: dir,
        }
    }

    fn log_in(&self, login: &str, password: &str, phone: Option<Id>) -> Result<Granted, AuthError> {
        let app = |id| App { id, label: "điện thoại".to_owned(), app_version: None };
        let input = LogIn {
            login: Login::parse(login).unwrap(),
            password: password.to_owned(),
            installation: phone.map(app),
            address: std::net::Ipv4Addr::LOCALHOST.into(),
        };
        self.families.set(self.families.get() + 1);
        let family = id(self.families.get());
        log_in(&self.store, &self.keys, &self.passwords, &input, family, start())
    }

    fn refresh(&self, token: &str, after: TimeDelta) -> Result<String, AuthError> {
        refresh(&self.store, &self.keys, token, Some(self.phone), start() + after)
            .map(|granted| granted.refresh_token)
    }

    fn refused(&self, token: &str, after: TimeDelta) -> bool {
        matches!(self.refresh(token, after), Err(AuthError::Unauthenticated))
    }
}

#[test]
fn wrong_passwords_and_unknown_logins_look_alike() {
    let world = World::new();
    for (login, password) in [("lan", "wrong password"), ("nobody", PASSWORD)] {
        assert!(matches!(world.log_in(login, password, None), Err(AuthError::Unauthenticated)));
    }
    assert!(world.log_in("LAN", PASSWORD, None).is_ok());
    world.store.write(|tx| users::disable(tx, id(1), start().naive_utc())).unwrap();
    assert!(matches!(world.log_in("lan", PASSWORD, None), Err(AuthError::Unauthenticated)));
}

#[test]
fn an_app_belongs_to_one_user() {
    let world = World::new();
    world.log_in("lan", PASSWORD, Some(world.phone)).unwrap();
    world.log_in("lan", PASSWORD, Some(world.phone)).unwrap();
    let other = world.log_in("hoa", PASSWORD, Some(world.phone));
    assert!(matches!(other, Err(AuthError::InstallationTaken)));
}

#[test]
fn a_lost_answer_is_given_again_for_a_day() {
    let world = World::new();
    let first = world.log_in("lan", PASSWORD, Some(world.phone)).unwrap().refresh_token;
    let next = world.refresh(&first, TimeDelta::zero()).unwrap();
    assert_ne!(first, next);
    assert_eq!(world.refresh(&first, GRACE).unwrap(), next);
    assert!(world.refused(&first, GRACE + TimeDelta::seconds(1)));
    assert!(world.refused(&next, GRACE), "the family has ended");
}

#[test]
fn a_token_used_after_its_successor_ends_the_family() {
    let world = World::new();
    let first = world.log_in("lan", PASSWORD, Some(world.phone)).unwrap().refresh_token;
    let second = world.refresh(&first, TimeDelta::minutes(1)).unwrap();
    let third = world.refresh(&second, TimeDelta::minutes(2)).unwrap();
    assert!(world.refused(&first, TimeDelta::minutes(3)));
    assert!(world.refused(&third, TimeDelta::minutes(4)));
}

#[test]
fn a_family_is_bound_to_its_phone() {
    let world = World::new();
    let token = world.log_in("lan", PASSWORD, Some(world.phone)).unwrap().refresh_token;
    for phone in [None, Some(id(101))] {
        let tried = refresh(&world.store, &world.keys, &token, phone, start());
        assert!(matches!(tried, Err(AuthError::Unauthenticated)));
    }
    assert!(world.refresh(&token, TimeDelta::zero()).is_ok(), "a stranger ends nothing");
}

#[test]
fn phones_may_be_offline_for_weeks_and_browsers_for_hours() {
    let world = World::new();
    let phone = world.log_in("lan", PASSWORD, Some(world.phone)).unwrap().refresh_token;
    assert!(world.refused(&phone, INSTALLATION_DAYS));
    assert!(world.refresh(&phone, INSTALLATION_DAYS - TimeDelta::seconds(1)).is_ok());
    let browser = world.log_in("lan", PASSWORD, None).unwrap().refresh_token;
    assert!(world.refused(&browser, BROWSER_HOURS));
    assert!(world.refresh(&browser, BROWSER_HOURS - TimeDelta::seconds(1)).is_ok());
}

#[test]
fn a_stolen_phone_is_let_in_nowhere_and_one_told_to_deliver_is() {
    let world = World::new();
    let token = world.log_in("lan", PASSWORD, Some(world.phone)).unwrap().refresh_token;
    let revoke = |mode| {
        let at = start().naive_utc();
        let reach = Reach::Everything;
        world.store.write(|tx| installations::revoke(tx, &reach, world.phone, mode, at)).unwrap();
    };
    revoke(InstallationMode::Deliver);
    let token = world.refresh(&token, TimeDelta::zero()).unwrap();
    assert!(world.log_in("lan", PASSWORD, Some(world.phone)).is_ok());
    revoke(InstallationMode::Block);
    assert!(world.refused(&token, TimeDelta::zero()));
    let tried = world.log_in("lan", PASSWORD, Some(world.phone));
    assert!(matches!(tried, Err(AuthError::Unauthenticated)));
}
