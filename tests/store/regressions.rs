//! Each of these went wrong once.

use serde_json::{Value, json};

use dai_ly_thu::clock;
use dai_ly_thu::domain::{CardState, ChangeEntity, Code, RecordStatus};
use dai_ly_thu::store::feed::News;
use dai_ly_thu::store::schema::{cards, changes};
use dai_ly_thu::store::{Result, news};
use dai_ly_thu::sync::deliver_news;
use diesel::prelude::*;

use super::world::{Phone, World};
use crate::both;
use crate::support::Backend;
use crate::support::records::{captured, household, record, void, voluntary};

both!(
    a_void_reopens_a_duplicate_of_many_once,
    old_households_give_ranks_within_one_record,
    the_last_of_three_revisions_keeps_its_review,
    a_code_learned_later_numbers_the_cards_that_wait,
    a_household_learns_its_code,
    ranks_held_and_ranks_unknown,
    a_damaged_outcome_defers_its_record_alone,
    sums_stay_whole_whatever_is_claimed,
    a_colleague_does_not_correct,
    other_groups_hear_of_shared_persons_and_households,
    months_and_cards_of_another_time,
    a_clock_before_what_is_stored,
    much_news_is_delivered,
);

fn phone(world: &World, group: &str) -> Phone {
    world.phone(world.group(group))
}

fn made(seq: i64, kind: &str, body: &Value) -> Value {
    record(clock::new_id(), 1, seq, kind, captured(), body)
}

fn status(world: &World, phone: Phone, records: &[Value]) -> Vec<(RecordStatus, Option<Code>)> {
    let pushed = world.push(phone, records);
    world.assert_books();
    pushed.decisions.iter().map(|it| (it.outcome.status, it.outcome.code)).collect()
}

const ACCEPTED: (RecordStatus, Option<Code>) = (RecordStatus::Accepted, None);

fn a_void_reopens_a_duplicate_of_many_once(backend: Backend) {
    let world = World::new(backend);
    let (one, two) = (phone(&world, "Nhóm 1"), phone(&world, "Nhóm 2"));
    for duplicated in [one, two] {
        let first = made(1, "household", &household(1, 3));
        let id = first["id"].as_str().unwrap().parse().unwrap();
        assert_eq!(status(&world, one, &[first]), [ACCEPTED]);
        let same = made(2, "household", &household(1, 3));
        assert_eq!(status(&world, duplicated, &[same])[0].0, RecordStatus::Duplicate);
        assert_eq!(status(&world, one, &[made(3, "void", &void(id))]), [ACCEPTED]);
    }
    let feed = |phone: Phone| {
        let group_id = phone.sender.group_id;
        let pull = |conn: &mut _| dai_ly_thu::sync::pull::pull(conn, group_id, None, None, 1000);
        let changes = world.store.read(pull).unwrap().changes;
        changes.iter().filter(|it| it.entity == ChangeEntity::Review).count()
    };
    assert_eq!((feed(one), feed(two)), (1, 1));
}

fn old_households_give_ranks_within_one_record(backend: Backend) {
    let world = World::new(backend);
    let phone = phone(&world, "Nhóm 1");
    let day = "2018-10-01T09:00:00+07:00";
    // 1,390,000 × 4.5 % × 12 = 750,600 for the first of each record.
    let mut first = household(1, 1);
    first["paid_on"] = json!("2018-10-01");
    first["amount_collected"] = json!(750_600);
    first["household"]["area_code"] = json!("19165");
    first["members"][0]["person"]["area_code"] = json!("19165");
    let mut second = first.clone();
    second["members"][0]["person"] = household(2, 1)["members"][0]["person"].clone();
    second["members"][0]["person"]["area_code"] = json!("19165");
    let mut records = [made(1, "household", &first), made(2, "household", &second)];
    for record in &mut records {
        record["captured_at"] = json!(day);
    }
    assert_eq!(status(&world, phone, &records), [ACCEPTED, ACCEPTED]);
}

fn the_last_of_three_revisions_keeps_its_review(backend: Backend) {
    let world = World::new(backend);
    let phone = phone(&world, "Nhóm 1");
    assert_eq!(status(&world, phone, &[made(1, "voluntary", &voluntary(1))]), [ACCEPTED]);
    let id = clock::new_id();
    let mut conflict = voluntary(1);
    conflict["person"]["full_name"] = json!("Trần Văn Khác");
    let revs: Vec<Value> = (1..=3)
        .map(|rev| {
            conflict["from_month"] = json!(format!("2027-0{rev}"));
            record(id, rev, rev + 1, "voluntary", captured(), &conflict)
        })
        .collect();
    let review = (RecordStatus::Review, Some(Code::IdentityConflict));
    assert_eq!(status(&world, phone, &revs), [review; 3]);
    use dai_ly_thu::domain::ReviewState;
    use dai_ly_thu::store::schema::reviews;
    let open: Vec<i64> = world
        .store
        .read(|conn| -> dai_ly_thu::store::Result<_> {
            let open = reviews::table.filter(reviews::state.eq(ReviewState::Open));
            Ok(open.select(reviews::record_rev).load(conn)?)
        })
        .unwrap();
    assert_eq!(open, [3]);
}

fn a_code_learned_later_numbers_the_cards_that_wait(backend: Backend) {
    let world = World::new(backend);
    let phone = phone(&world, "Nhóm 1");
    let mut body = household(1, 1);
    body["members"][0]["person"]["personal_id"] = json!("044188000123");
    body["members"][0]["person"]["birth_date"] = json!("1988-05-05");
    let code = body["members"][0]["person"]["bhxh_code"].take();
    let mut later = voluntary(1);
    later["person"] = body["members"][0]["person"].clone();
    assert_eq!(status(&world, phone, &[made(1, "household", &body)]), [ACCEPTED]);
    let cards = || -> Vec<(CardState, Option<String>)> {
        world
            .store
            .read(|conn| -> dai_ly_thu::store::Result<_> {
                let cards = cards::table.order(cards::id);
                Ok(cards.select((cards::state, cards::long_number)).load(conn)?)
            })
            .unwrap()
    };
    assert_eq!(cards(), [(CardState::PendingCode, None)]);
    later["person"]["bhxh_code"] = code;
    assert_eq!(status(&world, phone, &[made(2, "voluntary", &later)]), [ACCEPTED]);
    let mut found = cards();
    found.sort();
    let numbered = (CardState::Issued, Some("GD4444400000001".to_owned()));
    assert_eq!(found, [(CardState::Issued, None), numbered]);
}

fn a_household_learns_its_code(backend: Backend) {
    let world = World::new(backend);
    let phone = phone(&world, "Nhóm 1");
    let first = household(1, 1);
    let mut second = household(2, 1);
    second["household"]["id"] = first["household"]["id"].clone();
    second["household"]["code"] = json!("4400012345");
    second["amount_collected"] = json!(956_340);
    // Another phone knows the household by its code alone: its member is the third, 60 %.
    let mut third = household(3, 1);
    third["household"]["code"] = json!("4400012345");
    third["amount_collected"] = json!(819_720);
    for (seq, body) in (1..).zip([first, second, third]) {
        assert_eq!(status(&world, phone, &[made(seq, "household", &body)]), [ACCEPTED]);
    }
}

fn ranks_held_and_ranks_unknown(backend: Backend) {
    let world = World::new(backend);
    let phone = phone(&world, "Nhóm 1");
    let first = household(1, 1);
    assert_eq!(status(&world, phone, &[made(1, "household", &first)]), [ACCEPTED]);
    // The first member goes on with his rank, and one joins whom the phone takes for the third.
    let mut next = household(1, 2);
    next["household"]["id"] = first["household"]["id"].clone();
    next["members"][0]["previous_valid_to"] = json!("2027-12-21");
    next["amount_collected"] = json!(1_366_200 + 819_720);
    let decided = status(&world, phone, &[made(2, "household", &next)]);
    assert_eq!(decided, [(RecordStatus::Review, Some(Code::RankChanged))]);
}

fn a_damaged_outcome_defers_its_record_alone(backend: Backend) {
    use dai_ly_thu::store::schema::records;

    let world = World::new(backend);
    let phone = phone(&world, "Nhóm 1");
    let damaged = made(1, "voluntary", &voluntary(1));
    world.push(phone, std::slice::from_ref(&damaged));
    world
        .store
        .write(|tx| -> dai_ly_thu::store::Result<usize> {
            Ok(diesel::update(records::table)
                .set(records::outcome.eq("không phải JSON"))
                .execute(tx)?)
        })
        .unwrap();
    let decided = status(&world, phone, &[damaged, made(2, "voluntary", &voluntary(2))]);
    assert_eq!(decided, [(RecordStatus::Deferred, Some(Code::Internal)), ACCEPTED]);
}

fn sums_stay_whole_whatever_is_claimed(backend: Backend) {
    let world = World::new(backend);
    let phone = phone(&world, "Nhóm 1");
    let mut body = voluntary(1);
    body["amount_collected"] = json!(100_000_000_000_i64);
    let most = made(1, "voluntary", &body);
    body["amount_collected"] = json!(100_000_000_001_i64);
    let decided = status(&world, phone, &[most, made(2, "voluntary", &body)]);
    let refused = |code| (RecordStatus::Rejected, Some(code));
    assert_eq!(decided, [refused(Code::AmountMismatch), refused(Code::Invalid)]);
    let mut many = household(1, 1);
    many["members"] = json!(vec![0; 100_000]);
    assert_eq!(status(&world, phone, &[made(3, "household", &many)])[0], refused(Code::Malformed));
}

fn a_colleague_does_not_correct(backend: Backend) {
    let world = World::new(backend);
    let group = world.group("Nhóm 1");
    let (one, two) = (world.phone(group), world.phone(group));
    let mut leader = world.phone(group);
    leader.sender.is_leader = true;
    let id = clock::new_id();
    let mut wrong = voluntary(1);
    wrong["amount_collected"] = json!(1);
    let rev = |rev, body: &Value| record(id, rev, rev, "voluntary", captured(), body);
    assert_eq!(status(&world, one, &[rev(1, &wrong)])[0].0, RecordStatus::Rejected);
    let forbidden = (RecordStatus::Rejected, Some(Code::Forbidden));
    assert_eq!(status(&world, two, &[rev(2, &voluntary(1))]), [forbidden]);
    assert_eq!(status(&world, leader, &[rev(2, &voluntary(1))]), [ACCEPTED]);
}

fn other_groups_hear_of_shared_persons_and_households(backend: Backend) {
    let world = World::new(backend);
    let (one, two) = (phone(&world, "Nhóm 1"), phone(&world, "Nhóm 2"));
    let group_id = one.sender.group_id;
    let pull = |cursor: Option<&str>| {
        dai_ly_thu::sync::deliver_news(&world.store, group_id);
        let pull = |conn: &mut _| dai_ly_thu::sync::pull::pull(conn, group_id, None, cursor, 1000);
        world.store.read(pull).unwrap()
    };
    let mut first = household(1, 1);
    first["members"][0]["person"]["personal_id"] = json!("044188000123");
    let code = first["members"][0]["person"]["bhxh_code"].take();
    assert_eq!(status(&world, one, &[made(1, "household", &first)]), [ACCEPTED]);
    let before = pull(None);

    let mut joins = household(2, 1);
    joins["household"]["id"] = first["household"]["id"].clone();
    joins["amount_collected"] = json!(956_340);
    let mut coded = voluntary(1);
    coded["person"] = first["members"][0]["person"].clone();
    coded["person"]["bhxh_code"] = code;
    let sent = [made(1, "household", &joins), made(2, "voluntary", &coded)];
    assert_eq!(status(&world, two, &sent), [ACCEPTED, ACCEPTED]);

    let mut heard: Vec<ChangeEntity> =
        pull(Some(&before.cursor)).changes.iter().map(|change| change.entity).collect();
    heard.sort();
    assert_eq!(heard, [ChangeEntity::Card, ChangeEntity::Person, ChangeEntity::Household]);
}

fn months_and_cards_of_another_time(backend: Backend) {
    let world = World::new(backend);
    let phone = phone(&world, "Nhóm 1");
    let mut body = voluntary(1);
    body["from_month"] = json!("9999-12");
    let mut cards = household(1, 1);
    cards["members"][0]["previous_valid_to"] = json!("9999-12-31");
    let sent = [made(1, "voluntary", &body), made(2, "household", &cards)];
    let invalid = (RecordStatus::Rejected, Some(Code::Invalid));
    assert_eq!(status(&world, phone, &sent), [invalid, invalid]);
}

fn a_clock_before_what_is_stored(backend: Backend) {
    let world = World::new(backend);
    let phone = phone(&world, "Nhóm 1");
    world.push(phone, &[made(1, "voluntary", &voluntary(1))]);
    let plausible =
        |now| world.store.read(|conn| dai_ly_thu::sync::clock_is_plausible(conn, now)).unwrap();
    assert!(plausible(captured()));
    assert!(!plausible(captured() - chrono::TimeDelta::days(1)));
}

/// However much waits for a group: more than one statement of SQLite may name.
fn much_news_is_delivered(backend: Backend) {
    let world = World::new(backend);
    let group = world.group("Nhóm 1");
    let now = clock::now().naive_utc();
    let put = || News::put(ChangeEntity::Household, clock::new_id());
    let all: Vec<_> = (0..33_000).map(|_| (clock::new_id(), group, put())).collect();
    world.store.write(|tx| news::leave(tx, &all, now)).unwrap();
    deliver_news(&world.store, group);
    assert!(!world.store.read(|conn| news::waits(conn, group)).unwrap());
    let told = world.store.read(|conn| -> Result<i64> {
        Ok(changes::table.filter(changes::group_id.eq(group)).count().get_result(conn)?)
    });
    assert_eq!(told.unwrap(), 33_000);
}
