//! Lines that break, processes that die, tokens that end, phones that must be emptied.

use dai_ly_thu::client::{Client, ClientError};
use dai_ly_thu::domain::{Code, Id, RecordKind, RecordStatus};
use serde_json::json;

use super::relay::Relay;
use super::{enrollments, revoke, start, statuses};
use crate::both;
use crate::support::Backend;
use crate::support::records::{household, voluntary};

both!(
    what_is_captured_arrives_and_comes_back_with_the_feed,
    a_lost_answer_is_asked_for_again,
    a_phone_that_dies_goes_on_where_it_was,
    a_rev_replaced_before_it_was_sent_is_skipped,
    what_stands_or_is_in_doubt_is_not_corrected,
    what_was_not_stored_does_not_pin_the_gap,
    what_stands_and_is_old_is_forgotten,
    tokens_are_renewed_and_a_lost_successor_asked_for_again,
    a_phone_that_left_is_wiped_on_order_only,
    a_blocked_phone_keeps_everything,
);

use RecordStatus::{Accepted, Deferred, Rejected};

fn capture(phone: &mut Client, number: u32) -> Id {
    phone.capture(RecordKind::Voluntary, &voluntary(number)).expect("captured")
}

fn what_is_captured_arrives_and_comes_back_with_the_feed(backend: Backend) {
    let (app, pocket) = start(backend);
    let mut phone = pocket.open();
    for number in 0..50 {
        capture(&mut phone, number);
    }
    let family = phone.capture(RecordKind::Household, &household(100, 3)).unwrap();
    phone.void(family, "đổi ý").unwrap();
    assert_eq!(phone.pending().unwrap(), 52);

    let delivered = phone.sync().unwrap();
    assert_eq!(delivered.batches, 2, "20 records, then 32 of 40");
    assert_eq!(statuses(&delivered.results), [Accepted; 52]);
    assert_eq!(delivered.installation.unwrap().contiguous_seq, 52);
    assert_eq!(phone.pending().unwrap(), 0);
    let copy = enrollments(&mut phone);
    assert_eq!(copy.len(), 53);
    assert_eq!(copy.iter().filter(|(_, status)| status == "voided").count(), 3);

    let ids: Vec<Id> = phone.records().unwrap().iter().map(|it| it.id).collect();
    let found = phone.look_up(&ids).unwrap();
    assert_eq!(found.iter().map(|it| it.id).collect::<Vec<_>>(), ids);
    assert_eq!(phone.handed_in_by(pocket.options.installation_id).unwrap().len(), 52);
    assert_eq!(phone.sync().unwrap().batches, 0);
    assert_eq!(phone.pull_anew().unwrap(), enrollments_cards_persons_household(53));
    assert_eq!(enrollments(&mut phone), copy);
    app.assert_books();
}

/// Entities of so many enrollments, three of them of one household.
fn enrollments_cards_persons_household(enrollments: usize) -> usize {
    3 * enrollments + 1
}

fn a_lost_answer_is_asked_for_again(backend: Backend) {
    let (app, mut pocket) = start(backend);
    let relay = Relay::to(&app.base);
    pocket.options.server.clone_from(&relay.base);
    let mut phone = pocket.open();
    phone.sync().unwrap();
    capture(&mut phone, 1);
    capture(&mut phone, 2);

    // Patience ends before the line is whole: nothing is known, nothing is lost.
    relay.lose_answers(3);
    assert!(matches!(phone.deliver(), Err(ClientError::NoAnswer(_))));
    assert_eq!(phone.pending().unwrap(), 2);
    assert!(phone.records().unwrap().iter().all(|it| it.outcome.is_none()));

    relay.lose_answers(1);
    let delivered = phone.deliver().unwrap();
    assert_eq!(statuses(&delivered.results), [Accepted; 2]);
    assert!(delivered.results.iter().all(|it| it.replayed));
    assert_eq!(phone.pending().unwrap(), 0);
    phone.pull().unwrap();
    assert_eq!(enrollments(&mut phone).len(), 2);
    app.assert_books();
}

fn a_phone_that_dies_goes_on_where_it_was(backend: Backend) {
    let (app, pocket) = start(backend);
    let mut phone = pocket.open();
    capture(&mut phone, 1);
    drop(phone);

    let mut phone = pocket.open();
    capture(&mut phone, 2);
    assert_eq!(phone.pending().unwrap(), 2);
    phone.sync().unwrap();
    let before = phone.records().unwrap();
    drop(phone);

    let mut phone = pocket.open();
    let after = phone.records().unwrap();
    let outline = |records: &[dai_ly_thu::client::Kept]| -> Vec<(i64, Id, String, bool)> {
        records
            .iter()
            .map(|it| (it.seq, it.id, serde_json::to_string(&it.outcome).unwrap(), it.waiting))
            .collect()
    };
    assert_eq!(outline(&after), outline(&before));
    assert_eq!(enrollments(&mut phone).len(), 2);
    assert_eq!(phone.pull().unwrap(), 0, "the cursor was kept");
    let third = capture(&mut phone, 3);
    assert_eq!(phone.record(third).unwrap().unwrap().seq, 3);
    assert_eq!(phone.deliver().unwrap().installation.unwrap().contiguous_seq, 3);
    app.assert_books();

    let mut other = pocket.options.clone();
    other.installation_id = dai_ly_thu::clock::new_id();
    assert!(matches!(Client::open(&pocket.file(), other), Err(ClientError::OtherFile)));
}

fn a_rev_replaced_before_it_was_sent_is_skipped(backend: Backend) {
    let (app, pocket) = start(backend);
    let mut phone = pocket.open();
    let mut wrong = voluntary(1);
    wrong["amount_collected"] = json!(999);
    let id = phone.capture(RecordKind::Voluntary, &wrong).unwrap();
    assert_eq!(phone.correct(id, &wrong).unwrap(), 2);
    let delivered = phone.deliver().unwrap();
    assert_eq!(statuses(&delivered.results), [Rejected]);
    assert_eq!(delivered.results[0].rev, Some(2));
    let known = delivered.installation.unwrap();
    assert_eq!((known.contiguous_seq, known.missing_seq.len()), (2, 0));

    // One that was judged is not replaced but followed.
    assert_eq!(phone.correct(id, &voluntary(1)).unwrap(), 3);
    let delivered = phone.deliver().unwrap();
    assert_eq!(statuses(&delivered.results), [Accepted]);
    assert_eq!(delivered.installation.unwrap().contiguous_seq, 3);
    let revs: Vec<i64> = phone.records().unwrap().iter().map(|it| it.rev).collect();
    assert_eq!(revs, [2, 3]);

    // A last number given up needs no record to travel with.
    let late = capture(&mut phone, 5);
    phone.correct(late, &voluntary(6)).unwrap();
    phone.deliver().unwrap();
    assert_eq!(phone.deliver().unwrap().batches, 0);
    app.assert_books();
}

fn what_stands_or_is_in_doubt_is_not_corrected(backend: Backend) {
    let (app, mut pocket) = start(backend);
    let relay = Relay::to(&app.base);
    pocket.options.server.clone_from(&relay.base);
    let mut phone = pocket.open();
    phone.sync().unwrap();
    let id = capture(&mut phone, 1);
    relay.lose_answers(3);
    phone.deliver().unwrap_err();
    assert!(matches!(phone.correct(id, &voluntary(2)), Err(ClientError::NotNow(_, None))));
    phone.deliver().unwrap();
    let refused = phone.correct(id, &voluntary(2));
    assert!(matches!(refused, Err(ClientError::NotNow(_, Some(Accepted)))));
    let unknown = dai_ly_thu::clock::new_id();
    assert!(matches!(phone.correct(unknown, &voluntary(2)), Err(ClientError::NoRecord(_))));

    // Not decided is not in doubt: the server said that it has not got it.
    let void = phone.void(unknown, "ghi nhầm").unwrap();
    assert_eq!(statuses(&phone.deliver().unwrap().results), [Deferred]);
    assert_eq!(phone.pending().unwrap(), 1);
    assert_eq!(statuses(&phone.deliver().unwrap().results), [Deferred]);
    let body = json!({ "record_id": id, "reason": "ghi nhầm" });
    assert_eq!(phone.correct(void, &body).unwrap(), 2);
    let delivered = phone.sync().unwrap();
    assert_eq!(statuses(&delivered.results), [Accepted]);
    assert_eq!(delivered.installation.unwrap().contiguous_seq, 3);
    assert_eq!(enrollments(&mut phone)[0].1, "voided");
    app.assert_books();
}

fn what_was_not_stored_does_not_pin_the_gap(backend: Backend) {
    let (app, pocket) = start(backend);
    let mut phone = pocket.open();
    let first = capture(&mut phone, 1);
    phone.deliver().unwrap();
    // An app with a bug: it writes something else under an id and rev that were used.
    pocket.tamper(&format!("DELETE FROM record WHERE id = '{first}'"));
    phone.capture_as(first, RecordKind::Voluntary, &voluntary(2)).unwrap();
    let delivered = phone.deliver().unwrap();
    assert_eq!(delivered.results[0].code, Some(Code::ContentChanged));
    assert_eq!(delivered.installation.unwrap().contiguous_seq, 2);
    assert_eq!(phone.pending().unwrap(), 0);
    capture(&mut phone, 3);
    let known = phone.deliver().unwrap().installation.unwrap();
    assert_eq!((known.contiguous_seq, known.missing_seq.len()), (3, 0));
    app.assert_books();
}

fn what_stands_and_is_old_is_forgotten(backend: Backend) {
    let (app, pocket) = start(backend);
    let mut phone = pocket.open();
    let mut wrong = voluntary(9);
    wrong["amount_collected"] = json!(999);
    let old = capture(&mut phone, 1);
    let to_correct = phone.capture(RecordKind::Voluntary, &wrong).unwrap();
    phone.deliver().unwrap();
    pocket.tamper("UPDATE record SET settled_at = datetime(settled_at, '-44 days')");
    let recent = capture(&mut phone, 2);
    phone.deliver().unwrap();
    assert_eq!(phone.records().unwrap().len(), 3, "45 days are kept");
    pocket.tamper("UPDATE record SET settled_at = datetime(settled_at, '-2 days') WHERE seq < 3");
    let newest = capture(&mut phone, 3);
    phone.deliver().unwrap();
    let kept: Vec<Id> = phone.records().unwrap().iter().map(|it| it.id).collect();
    assert_eq!(kept, [to_correct, recent, newest], "{old} is gone");
    assert_eq!(phone.correct(to_correct, &voluntary(9)).unwrap(), 2);
    assert_eq!(phone.deliver().unwrap().installation.unwrap().contiguous_seq, 5);
    app.assert_books();
}

fn tokens_are_renewed_and_a_lost_successor_asked_for_again(backend: Backend) {
    let (app, pocket) = start(backend);
    let mut phone = pocket.open();
    capture(&mut phone, 1);
    phone.deliver().unwrap();
    // Only the refresh token can help; and it is still the old one when the app died too early.
    pocket.tamper(
        "CREATE TABLE old AS SELECT refresh_token FROM installation;
         UPDATE installation SET access_token = 'x'",
    );
    capture(&mut phone, 2);
    assert_eq!(statuses(&phone.deliver().unwrap().results), [Accepted]);
    pocket.tamper(
        "UPDATE installation
         SET access_token = 'x', refresh_token = (SELECT refresh_token FROM old)",
    );
    drop(phone);
    let mut phone = pocket.open();
    capture(&mut phone, 3);
    assert_eq!(statuses(&phone.deliver().unwrap().results), [Accepted]);
    // Neither is taken: log in again.
    pocket.tamper("UPDATE installation SET access_token = 'x', refresh_token = 'y'");
    capture(&mut phone, 4);
    assert_eq!(statuses(&phone.deliver().unwrap().results), [Accepted]);
    app.assert_books();
}

fn a_phone_that_left_is_wiped_on_order_only(backend: Backend) {
    let (app, pocket) = start(backend);
    let mut phone = pocket.open();
    capture(&mut phone, 1);
    phone.sync().unwrap();
    capture(&mut phone, 2);
    // It declares what it holds before it is revoked.
    phone.deliver().unwrap();
    capture(&mut phone, 3);
    revoke(&app, &pocket, "deliver");
    let pulled = phone.pull();
    assert!(pulled.is_err_and(|error| error.is(Code::InstallationRevoked)));
    assert_eq!(phone.records().unwrap().len(), 3);
    let delivered = phone.sync().unwrap();
    assert_eq!(delivered.results.len(), 1);
    assert!(delivered.wiped);
    assert!(matches!(phone.sync(), Err(ClientError::Wiped)));
    let captured = phone.capture(RecordKind::Voluntary, &voluntary(4));
    assert!(matches!(captured, Err(ClientError::Wiped)));
    drop(phone);
    let mut phone = pocket.open();
    assert_eq!(phone.records().unwrap().len(), 0);
    assert_eq!(enrollments(&mut phone), []);
    drop(phone);
    let bytes = std::fs::read(pocket.file()).unwrap();
    let name = voluntary(1)["person"]["full_name"].as_str().unwrap().to_owned();
    let found = bytes.windows(name.len()).any(|it| it == name.as_bytes());
    assert!(!found, "a name is left in the file");
    app.assert_books();
}

fn a_blocked_phone_keeps_everything(backend: Backend) {
    let (app, pocket) = start(backend);
    let mut phone = pocket.open();
    capture(&mut phone, 1);
    phone.sync().unwrap();
    capture(&mut phone, 2);
    revoke(&app, &pocket, "block");
    let refused = phone.sync().unwrap_err();
    assert!(matches!(refused, ClientError::Refused { .. }), "{refused}");
    assert_eq!((phone.records().unwrap().len(), phone.pending().unwrap()), (2, 1));
    assert_eq!(enrollments(&mut phone).len(), 1);
    app.assert_books();
}
