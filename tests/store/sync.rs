//! What a push decides.

use serde_json::{Value, json};

use dai_ly_thu::clock;
use dai_ly_thu::domain::{CardState, Code, EnrollmentKind, Flag, Id, RecordStatus};
use dai_ly_thu::sync::outcome::Decision;

use super::world::{Phone, World};
use crate::both;
use crate::support::Backend;
use crate::support::records::{captured, household, person, record, void, voluntary};

both!(
    accepts_and_replays,
    refuses_the_wrong_amount,
    finds_the_same_person_in_another_group,
    renews_and_overlaps,
    enrolls_a_household_in_ranks,
    household_of_covered_members,
    corrects_and_supersedes,
    voids_and_reopens,
    identity_by_name,
    gaps_are_reported,
);

struct Sending<'a> {
    world: &'a World,
    phone: Phone,
    seq: i64,
}

impl<'a> Sending<'a> {
    fn new(world: &'a World, group: &str) -> Self {
        let group_id = world.group(group);
        Self { world, phone: world.phone(group_id), seq: 0 }
    }

    fn make(&mut self, id: Id, rev: i64, kind: &str, body: &Value) -> Value {
        self.seq += 1;
        record(id, rev, self.seq, kind, captured(), body)
    }

    fn send(&mut self, kind: &str, body: &Value) -> (Id, Decision) {
        let id = clock::new_id();
        (id, self.send_rev(id, 1, kind, body))
    }

    fn send_rev(&mut self, id: Id, rev: i64, kind: &str, body: &Value) -> Decision {
        let record = self.make(id, rev, kind, body);
        let mut pushed = self.world.push(self.phone, &[record]);
        self.world.assert_books();
        pushed.decisions.remove(0)
    }
}

fn summary(decision: &Decision) -> (RecordStatus, Option<Code>) {
    (decision.outcome.status, decision.outcome.code)
}

fn accepts_and_replays(backend: Backend) {
    let world = World::new(backend);
    let mut sending = Sending::new(&world, "Nhóm 1");
    let record = sending.make(clock::new_id(), 1, "voluntary", &voluntary(1));
    let first = world.push(sending.phone, std::slice::from_ref(&record));
    let outcome = &first.decisions[0].outcome;
    assert_eq!(outcome.status, RecordStatus::Accepted);
    assert_eq!(outcome.flags, vec![]);
    let entry = &outcome.enrollments[0];
    assert_eq!(entry.kind, Some(EnrollmentKind::New));
    assert_eq!(entry.card.as_ref().map(|card| card.state), Some(CardState::Issued));
    assert_eq!(entry.bhxh_code.as_deref(), Some("4400000001"));

    let again = world.push(sending.phone, &[record.clone(), record]);
    for decision in &again.decisions {
        assert!(decision.replayed);
        assert_eq!(&decision.outcome, outcome);
    }
    world.assert_books();
}

fn refuses_the_wrong_amount(backend: Backend) {
    let world = World::new(backend);
    let mut sending = Sending::new(&world, "Nhóm 1");
    let mut body = voluntary(1);
    body["amount_collected"] = json!(264_001);
    let (id, decision) = sending.send("voluntary", &body);
    assert_eq!(summary(&decision), (RecordStatus::Rejected, Some(Code::AmountMismatch)));
    assert_eq!(decision.outcome.fields[0].expected, Some(264_000));
    assert_eq!(decision.outcome.fields[0].path, "/body/amount_collected");

    let decision = sending.send_rev(id, 2, "voluntary", &voluntary(1));
    assert_eq!(summary(&decision), (RecordStatus::Accepted, None));
}

fn finds_the_same_person_in_another_group(backend: Backend) {
    let world = World::new(backend);
    let mut one = Sending::new(&world, "Nhóm 1");
    let mut two = Sending::new(&world, "Nhóm 2");
    let (_, first) = one.send("voluntary", &voluntary(1));
    let (_, second) = two.send("voluntary", &voluntary(1));
    assert_eq!(summary(&second), (RecordStatus::Duplicate, None));
    let entry = &second.outcome.enrollments[0];
    assert_eq!((entry.id, entry.person_id, &entry.bhxh_code), (None, None, &None));
    let named = entry.duplicate_of.as_ref().unwrap();
    assert_eq!(named.group_name, "Nhóm 1");
    assert_eq!(Some(named.enrollment_id), first.outcome.enrollments[0].id);
}

fn renews_and_overlaps(backend: Backend) {
    let world = World::new(backend);
    let mut sending = Sending::new(&world, "Nhóm 1");
    sending.send("voluntary", &voluntary(1));
    let mut next = voluntary(1);
    next["from_month"] = json!("2027-01");
    let (_, decision) = sending.send("voluntary", &next);
    assert_eq!(decision.outcome.enrollments[0].kind, Some(EnrollmentKind::Renewal));
    let mut quarter = voluntary(1);
    quarter["method"] = json!("quarterly");
    quarter["from_month"] = json!("2027-01");
    quarter["amount_collected"] = json!(3 * 264_000);
    let (_, decision) = sending.send("voluntary", &quarter);
    assert_eq!(summary(&decision), (RecordStatus::Review, Some(Code::Overlap)));
}

fn enrolls_a_household_in_ranks(backend: Backend) {
    let world = World::new(backend);
    let mut sending = Sending::new(&world, "Nhóm 1");
    let body = household(10, 3);
    let (_, decision) = sending.send("household", &body);
    assert_eq!(summary(&decision), (RecordStatus::Accepted, None));
    assert_eq!(decision.outcome.enrollments.len(), 3);
    let card = decision.outcome.enrollments[0].card.as_ref().unwrap();
    assert_eq!(card.long_number.as_deref(), Some("GD4444400000010"));

    // The fourth member joins later in the year and takes the fourth rank: 50 %.
    let mut later = household(13, 1);
    later["household"]["id"] = body["household"]["id"].clone();
    later["amount_collected"] = json!(683_100);
    let (_, decision) = sending.send("household", &later);
    assert_eq!(summary(&decision), (RecordStatus::Accepted, None));

    // A phone that knows of nobody before takes the full price: a person decides.
    let mut blind = household(14, 1);
    blind["household"]["id"] = body["household"]["id"].clone();
    let (_, decision) = sending.send("household", &blind);
    assert_eq!(summary(&decision), (RecordStatus::Review, Some(Code::RankChanged)));
}

fn household_of_covered_members(backend: Backend) {
    let world = World::new(backend);
    let mut one = Sending::new(&world, "Nhóm 1");
    let mut two = Sending::new(&world, "Nhóm 2");
    one.send("household", &household(20, 2));
    let (_, all) = two.send("household", &household(20, 2));
    assert_eq!(summary(&all), (RecordStatus::Duplicate, None));
    assert!(all.outcome.enrollments.iter().all(|entry| entry.duplicate_of.is_some()));
    let (_, some) = two.send("household", &household(21, 2));
    assert_eq!(summary(&some), (RecordStatus::Review, Some(Code::MemberCovered)));
    assert!(some.outcome.enrollments[0].duplicate_of.is_some());
    assert!(some.outcome.enrollments[1].duplicate_of.is_none());
}

fn corrects_and_supersedes(backend: Backend) {
    let world = World::new(backend);
    let mut sending = Sending::new(&world, "Nhóm 1");
    let id = clock::new_id();
    let mut wrong = voluntary(1);
    wrong["income"] = json!(1_000_000);
    let decision = sending.send_rev(id, 2, "voluntary", &wrong);
    assert_eq!(summary(&decision), (RecordStatus::Rejected, Some(Code::IncomeTooLow)));
    let decision = sending.send_rev(id, 1, "voluntary", &voluntary(1));
    assert_eq!(summary(&decision), (RecordStatus::Rejected, Some(Code::Superseded)));
    let decision = sending.send_rev(id, 3, "voluntary", &voluntary(1));
    assert_eq!(summary(&decision), (RecordStatus::Accepted, None));
    let decision = sending.send_rev(id, 4, "voluntary", &voluntary(1));
    assert_eq!(summary(&decision), (RecordStatus::Rejected, Some(Code::AlreadyAccepted)));
    let decision = sending.send_rev(id, 3, "voluntary", &voluntary(2));
    assert_eq!(summary(&decision), (RecordStatus::Rejected, Some(Code::ContentChanged)));
}

fn voids_and_reopens(backend: Backend) {
    let world = World::new(backend);
    let mut one = Sending::new(&world, "Nhóm 1");
    let mut two = Sending::new(&world, "Nhóm 2");
    let (original, _) = one.send("voluntary", &voluntary(1));
    two.send("voluntary", &voluntary(1));

    let (_, forbidden) = two.send("void", &void(original));
    assert_eq!(summary(&forbidden), (RecordStatus::Rejected, Some(Code::Forbidden)));
    let (_, missing) = one.send("void", &void(clock::new_id()));
    assert_eq!(summary(&missing), (RecordStatus::Deferred, Some(Code::RecordMissing)));
    let (voided, decision) = one.send("void", &void(original));
    assert_eq!(summary(&decision), (RecordStatus::Accepted, None));
    for again in [original, voided] {
        let (_, decision) = one.send("void", &void(again));
        assert_eq!(summary(&decision), (RecordStatus::Rejected, Some(Code::AlreadyVoid)));
    }

    let open = dai_ly_thu::domain::ChangeEntity::Review;
    let pulled = world
        .store
        .read(|conn| {
            dai_ly_thu::sync::pull::pull(conn, two.phone.sender.group_id, None, None, 1000)
        })
        .unwrap();
    assert!(pulled.changes.iter().any(|change| change.entity == open));
    // The person is free again.
    let (_, decision) = one.send("voluntary", &voluntary(1));
    assert_eq!(summary(&decision), (RecordStatus::Accepted, None));
}

fn identity_by_name(backend: Backend) {
    let world = World::new(backend);
    let mut sending = Sending::new(&world, "Nhóm 1");
    sending.send("voluntary", &voluntary(1));

    let mut other_name = voluntary(1);
    other_name["person"]["full_name"] = json!("Trần Văn Khác");
    other_name["from_month"] = json!("2027-01");
    let (_, decision) = sending.send("voluntary", &other_name);
    assert_eq!(summary(&decision), (RecordStatus::Review, Some(Code::IdentityConflict)));

    let mut no_marks = voluntary(1);
    no_marks["person"]["full_name"] = json!("binh ba be bi bo nguyen thi");
    no_marks["from_month"] = json!("2027-01");
    let (_, decision) = sending.send("voluntary", &no_marks);
    assert_eq!(summary(&decision), (RecordStatus::Accepted, None));
    assert_eq!(decision.outcome.flags, vec![Flag::NameSpelling]);

    let mut no_code = voluntary(1);
    no_code["person"]["bhxh_code"] = Value::Null;
    let (_, decision) = sending.send("voluntary", &no_code);
    assert_eq!(summary(&decision), (RecordStatus::Review, Some(Code::PossibleDuplicate)));
    no_code["from_month"] = json!("2027-06");
    let (_, decision) = sending.send("voluntary", &no_code);
    assert_eq!(summary(&decision), (RecordStatus::Accepted, None));
    assert_eq!(decision.outcome.flags, vec![Flag::PossibleDuplicate]);
    let card = decision.outcome.enrollments[0].card.as_ref().unwrap();
    assert_eq!((card.state, &card.number), (CardState::PendingCode, &None));

    let mut two_people = voluntary(2);
    sending.send("voluntary", &two_people);
    two_people["from_month"] = json!("2027-01");
    two_people["person"]["personal_id"] = json!("044088000123");
    let (_, decision) = sending.send("voluntary", &two_people);
    assert_eq!(summary(&decision), (RecordStatus::Accepted, None));
    let mut mixed = voluntary(1);
    mixed["from_month"] = json!("2027-08");
    mixed["person"]["personal_id"] = json!("044088000123");
    let (_, decision) = sending.send("voluntary", &mixed);
    assert_eq!(summary(&decision), (RecordStatus::Review, Some(Code::IdentityConflict)));
    assert!(person(1)["bhxh_code"].is_string());
}

fn gaps_are_reported(backend: Backend) {
    let world = World::new(backend);
    let sending = Sending::new(&world, "Nhóm 1");
    let record =
        |seq| record(clock::new_id(), 1, seq, "voluntary", captured(), &voluntary(seq as u32));
    let pushed = world.push(sending.phone, &[record(1), record(4), record(5)]);
    assert_eq!(pushed.installation.contiguous_seq, 1);
    assert_eq!(pushed.installation.missing_seq, vec![(2, 3)]);
    let pushed = world.push(sending.phone, &[record(2), record(3)]);
    assert_eq!(pushed.installation.contiguous_seq, 5);
    assert_eq!(pushed.installation.missing_seq, vec![]);
}
