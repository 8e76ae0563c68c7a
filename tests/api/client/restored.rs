//! The server's database was restored from a backup: its epoch is another one.

use diesel::connection::SimpleConnection;

use dai_ly_thu::client::Client;
use dai_ly_thu::domain::{RecordKind, RecordStatus, Role};
use dai_ly_thu::store::{Conn, Result};

use super::{enrollments, start, statuses};
use crate::app::{TestApp, group};
use crate::both;
use crate::support::Backend;
use crate::support::records::voluntary;

both!(
    nothing_was_lost_and_nothing_is_doubled,
    everything_was_lost_and_comes_again,
    a_cursor_of_the_old_life_is_dropped,
);

/// Begins another life of this database.
fn new_epoch(app: &TestApp) {
    let renew = |tx: &mut Conn| -> Result<()> {
        match tx {
            Conn::Pg(c) => c.batch_execute("UPDATE server SET epoch = gen_random_uuid()")?,
            Conn::Sqlite(c) => c.batch_execute("UPDATE server SET epoch = randomblob(16)")?,
        }
        Ok(())
    };
    app.store.write(renew).expect("another epoch");
}

fn capture(phone: &mut Client, numbers: std::ops::Range<u32>) {
    for number in numbers {
        phone.capture(RecordKind::Voluntary, &voluntary(number)).expect("captured");
    }
}

fn nothing_was_lost_and_nothing_is_doubled(backend: Backend) {
    let (app, pocket) = start(backend);
    let mut phone = pocket.open();
    capture(&mut phone, 0..5);
    phone.sync().unwrap();
    let copy = enrollments(&mut phone);
    new_epoch(&app);
    capture(&mut phone, 5..6);
    let delivered = phone.sync().unwrap();
    let replayed = delivered.results.iter().filter(|it| it.replayed).count();
    assert_eq!((delivered.results.len(), replayed), (6, 5), "the new one once, the others again");
    assert_eq!(phone.pending().unwrap(), 0);
    let anew = enrollments(&mut phone);
    assert_eq!(anew.len(), 6);
    assert!(copy.iter().all(|it| anew.contains(it)));
    assert_eq!(phone.sync().unwrap().batches, 0);
    app.assert_books();
}

fn everything_was_lost_and_comes_again(backend: Backend) {
    let (app, mut pocket) = start(backend);
    let mut phone = pocket.open();
    capture(&mut phone, 0..5);
    let replaced = phone.capture(RecordKind::Voluntary, &voluntary(8)).unwrap();
    phone.correct(replaced, &voluntary(9)).unwrap();
    phone.sync().unwrap();
    let copy = enrollments(&mut phone);
    drop(phone);

    // The backup is of a day before all of this.
    let restored = TestApp::start(backend);
    new_epoch(&restored);
    let group_id = group(&restored.admin(), "Nhóm 1", None);
    let user_id = pocket.options.login.parse().unwrap();
    restored.enlist(user_id, Role::Agent, Some(group_id), None);
    pocket.options.server.clone_from(&restored.base);
    let mut phone = pocket.open();
    let delivered = phone.sync().unwrap();
    assert_eq!(statuses(&delivered.results), [RecordStatus::Accepted; 6]);
    assert!(delivered.results.iter().all(|it| !it.replayed));
    assert_eq!(delivered.installation.unwrap().contiguous_seq, 7, "also the number given up");
    assert_eq!(enrollments(&mut phone), copy, "the ids already printed");
    assert_eq!(phone.sync().unwrap().batches, 0);
    restored.assert_books();
    app.assert_books();
}

fn a_cursor_of_the_old_life_is_dropped(backend: Backend) {
    let (app, pocket) = start(backend);
    let mut phone = pocket.open();
    capture(&mut phone, 0..3);
    phone.sync().unwrap();
    let copy = enrollments(&mut phone);
    capture(&mut phone, 3..4);
    new_epoch(&app);
    let old = phone.epoch().unwrap();
    assert_eq!(phone.pull().unwrap(), 9, "all of it: enrollments, cards, persons");
    assert_eq!(enrollments(&mut phone), copy);
    assert_ne!(phone.epoch().unwrap(), old);
    assert_eq!(
        phone.pending().unwrap(),
        4,
        "what was kept is in the outbox, and what was there is"
    );
}
