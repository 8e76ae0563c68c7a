//! The reference client against the real server: what may go wrong between them, and that it harms nobody.

mod relay;
mod restored;
mod troubles;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};
use serde_json::json;

use dai_ly_thu::client::{Client, Options, Packing, Patience};
use dai_ly_thu::clock;
use dai_ly_thu::domain::{ChangeEntity, Id, RecordStatus, Role};
use dai_ly_thu::sync::wire::{Entity, ResultAnswer};

use crate::app::{PASSWORD, TestApp, group};
use crate::support::Backend;
use crate::support::records::captured;

/// A phone as it lies on a table: its file, and what its app is set to.
pub struct Pocket {
    folder: tempfile::TempDir,
    pub options: Options,
}

impl Pocket {
    /// Of a user whose login is his id.
    fn of(user_id: Id, server: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let wait = Duration::from_millis(5);
        let options = Options {
            server: server.to_owned(),
            login: user_id.to_string(),
            password: PASSWORD.to_owned(),
            installation_id: clock::new_id(),
            label: "máy thử".to_owned(),
            timeout: Duration::from_secs(60),
            patience: Patience { first: wait, cap: wait, attempts: 3 },
            packing: Packing::Zstd,
            seed: 1,
            clock: Arc::new(|| captured().fixed_offset()),
            boot: None,
        };
        Self { folder, options }
    }

    pub fn file(&self) -> PathBuf {
        self.folder.path().join("phone.db")
    }

    /// Starts the app.
    pub fn open(&self) -> Client {
        Client::open(&self.file(), self.options.clone()).expect("the phone's file opens")
    }

    /// Writes into the file behind the app's back.
    pub fn tamper(&self, sql: &str) {
        let file = self.file().display().to_string();
        let mut file = SqliteConnection::establish(&file).expect("the file opens");
        file.batch_execute(sql).expect("written");
    }
}

/// A server, a group of one agent, and his phone.
pub fn start(backend: Backend) -> (TestApp, Pocket) {
    let app = TestApp::start(backend);
    let group_id = group(&app.admin(), "Nhóm 1", None);
    let user_id = clock::new_id();
    app.enlist(user_id, Role::Agent, Some(group_id), None);
    let pocket = Pocket::of(user_id, &app.base);
    (app, pocket)
}

pub fn statuses(results: &[ResultAnswer]) -> Vec<RecordStatus> {
    results.iter().map(|it| it.status).collect()
}

/// Ids and states of the enrollments in the copy.
pub fn enrollments(phone: &mut Client) -> Vec<(Id, String)> {
    let entities = phone.entities(ChangeEntity::Enrollment).expect("the copy");
    let read = |it| match it {
        Entity::Enrollment(it) => (it.id, it.status.to_string()),
        other => panic!("{other:?}"),
    };
    entities.into_iter().map(read).collect()
}

pub fn revoke(app: &TestApp, pocket: &Pocket, mode: &str) {
    let path = format!("/api/v1/installations/{}/revoke", pocket.options.installation_id);
    app.admin().post(&path, &json!({ "mode": mode })).expect(200);
}
