//! Who plays: for each sequence an office with a supervisor and two groups of two; one administrator.
//! They are written straight into the database, with a digest of their password that costs nothing.

use argon2::{Algorithm, Argon2, Params, PasswordHasher, Version};
use uuid::Builder;

use dai_ly_thu::clock;
use dai_ly_thu::domain::{Id, Role};
use dai_ly_thu::store::groups::{self, Group};
use dai_ly_thu::store::offices::{self, Office};
use dai_ly_thu::store::users::{self, User};
use dai_ly_thu::store::{Conn, Result, Store};

use crate::dice::Dice;
use crate::http::Account;
use crate::support::records::COMMUNE;

const PASSWORD: &str = "mot mat khau dai";

/// Groups of a sequence.
pub const GROUPS: usize = 2;
/// Agents of a group; the first one leads it.
pub const AGENTS: usize = 2;

/// Everybody of a round.
pub struct Cast {
    pub admin: Account,
    pub troupes: Vec<Troupe>,
}

/// Who plays in one sequence.
#[derive(Debug, Clone)]
pub struct Troupe {
    pub supervisor: Account,
    pub groups: Vec<Id>,
    /// Group by group, the leader first.
    pub agents: Vec<Member>,
}

/// An agent with a phone.
#[derive(Debug, Clone)]
pub struct Member {
    pub user_id: Id,
    pub account: Account,
    /// The place of the group he is in now.
    pub group: usize,
    pub leads: bool,
}

/// An id that repeats with the seed.
pub fn id(dice: &mut Dice) -> Id {
    let bits = u128::from(dice.next()) << 64 | u128::from(dice.next());
    Id(Builder::from_random_bytes(bits.to_be_bytes()).into_uuid())
}

/// Writes people down, each of them new.
struct Clerk<'a> {
    tx: &'a mut Conn,
    dice: Dice,
    hash: String,
}

impl Cast {
    /// Makes them all, in one transaction.
    pub fn hire(store: &Store, seed: u64, sequences: u64) -> Self {
        let cast = store.write(|tx| -> Result<Self> {
            let mut clerk = Clerk { tx, dice: Dice::new(seed), hash: cheap_digest() };
            let (admin, _) = clerk.user("admin".to_owned(), Role::Admin, None, None)?;
            let troupes = (0..sequences).map(|number| clerk.troupe(number));
            Ok(Self { admin, troupes: troupes.collect::<Result<_>>()? })
        });
        cast.expect("everybody is new")
    }
}

impl Clerk<'_> {
    fn troupe(&mut self, number: u64) -> Result<Troupe> {
        let created_at = clock::now().naive_utc();
        let name = format!("Cơ sở {number}");
        let office = Office { id: id(&mut self.dice), name, parent_id: None, created_at };
        let office_id = offices::create(self.tx, &office)?.id;
        let desk = format!("desk-{number}");
        let (supervisor, _) = self.user(desk, Role::Supervisor, None, Some(office_id))?;
        let (mut groups, mut agents) = (Vec::new(), Vec::new());
        for group in 0..GROUPS {
            let new = Group {
                id: id(&mut self.dice),
                name: format!("Nhóm {number}-{group}"),
                office_id: Some(office_id),
                area_codes: vec![COMMUNE.to_owned()],
                created_at,
            };
            let group_id = groups::create(self.tx, new)?.id;
            groups.push(group_id);
            for agent in 0..AGENTS {
                let leads = agent == 0;
                let role = if leads { Role::Leader } else { Role::Agent };
                let login = format!("agent-{number}-{group}-{agent}");
                let (account, user_id) = self.user(login, role, Some(group_id), None)?;
                agents.push(Member { user_id, account, group, leads });
            }
        }
        Ok(Troupe { supervisor, groups, agents })
    }

    fn user(
        &mut self,
        login: String,
        role: Role,
        group_id: Option<Id>,
        office_id: Option<Id>,
    ) -> Result<(Account, Id)> {
        let user = User {
            id: id(&mut self.dice),
            name: format!("Người {login}"),
            login,
            role,
            password_hash: self.hash.clone(),
            must_change_password: false,
            group_id,
            office_id,
            organisation_id: None,
            certificate_number: None,
            certificate_expires_on: None,
            disabled_at: None,
            created_at: clock::now().naive_utc(),
        };
        let user = users::create(self.tx, &user)?;
        Ok((Account { login: user.login, password: PASSWORD.to_owned() }, user.id))
    }
}

/// A digest that takes no time: log-ins are not what is tried here.
fn cheap_digest() -> String {
    let params = Params::new(Params::MIN_M_COST, 1, 1, None).expect("allowed parameters");
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    argon2.hash_password(PASSWORD.as_bytes()).expect("a digest").to_string()
}
