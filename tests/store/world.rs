//! A small office with two groups, straight in the tables.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde_json::Value;

use dai_ly_thu::clock;
use dai_ly_thu::domain::{Areas, Id, Role};
use dai_ly_thu::rulebook::Rulebook;
use dai_ly_thu::store::schema::{groups, installations, sync_scopes, users};
use dai_ly_thu::store::{Result, Store, StoreError};
use dai_ly_thu::sync::push::{Pushed, push};
use dai_ly_thu::sync::{Batch, Sender, envelope};
use dai_ly_thu::tallies::recount;

use crate::support::records::{batch, captured};
use crate::support::{Backend, Database};

pub struct World {
    pub store: Store,
    pub book: Rulebook,
    _database: Database,
}

/// An agent with a phone.
#[derive(Clone, Copy)]
pub struct Phone {
    pub sender: Sender,
    pub installation_id: Id,
}

impl World {
    pub fn new(backend: Backend) -> Self {
        let database = Database::fresh(backend);
        let store = database.store();
        Self::on(database, store)
    }

    /// With so many connections.
    pub fn with(backend: Backend, connections: u32) -> Self {
        let database = Database::fresh(backend);
        let store = database.open(connections);
        Self::on(database, store)
    }

    fn on(database: Database, store: Store) -> Self {
        Self { book: Rulebook::open(&store).unwrap(), store, _database: database }
    }

    pub fn group(&self, name: &str) -> Id {
        let id = clock::new_id();
        let now = clock::now().naive_utc();
        self.store
            .write(|tx| -> Result<()> {
                diesel::insert_into(groups::table)
                    .values((groups::id.eq(id), groups::name.eq(name), groups::created_at.eq(now)))
                    .execute(tx)?;
                diesel::insert_into(sync_scopes::table)
                    .values((sync_scopes::group_id.eq(id), sync_scopes::version.eq(0)))
                    .execute(tx)?;
                Ok(())
            })
            .unwrap();
        id
    }

    pub fn phone(&self, group_id: Id) -> Phone {
        let (agent_id, installation_id) = (clock::new_id(), clock::new_id());
        let now = clock::now().naive_utc();
        self.store
            .write(|tx| -> Result<()> {
                diesel::insert_into(users::table)
                    .values((
                        users::id.eq(agent_id),
                        users::login.eq(agent_id.to_string()),
                        users::role.eq(Role::Agent),
                        users::name.eq("Đại lý"),
                        users::password_hash.eq(""),
                        users::must_change_password.eq(false),
                        users::group_id.eq(group_id),
                        users::created_at.eq(now),
                    ))
                    .execute(tx)?;
                diesel::insert_into(installations::table)
                    .values((
                        installations::id.eq(installation_id),
                        installations::user_id.eq(agent_id),
                        installations::label.eq("máy"),
                        installations::created_at.eq(now),
                        installations::last_seen_at.eq(now),
                        installations::contiguous_seq.eq(0),
                        installations::pending_total.eq(0),
                    ))
                    .execute(tx)?;
                Ok(())
            })
            .unwrap();
        let sender = Sender {
            agent_id,
            group_id,
            organisation_id: None,
            is_leader: false,
            certificate_expires_on: None,
        };
        Phone { sender, installation_id }
    }

    pub fn push(&self, phone: Phone, records: &[Value]) -> Pushed {
        self.push_at(phone, captured(), records).unwrap()
    }

    pub fn push_at(
        &self,
        phone: Phone,
        now: DateTime<Utc>,
        records: &[Value],
    ) -> Result<Pushed, StoreError> {
        let bytes = serde_json::to_vec(&batch(phone.installation_id, now, records)).unwrap();
        let envelope = envelope::read(&bytes, Areas::embedded()).unwrap();
        let batch = Batch {
            book: &self.book,
            sender: phone.sender,
            installation_id: Some(phone.installation_id),
            batch_id: clock::new_id(),
            received: now,
        };
        push(&self.store, &batch, &envelope)
    }

    /// The books balance: sums kept equal sums counted.
    pub fn assert_books(&self) {
        let found = self.store.write(|tx| recount::recount(tx, Areas::embedded(), false)).unwrap();
        assert!(found.is_right(), "{found:?}");
    }
}
