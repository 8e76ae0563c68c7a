//! The law in editions: what was accepted stays, every server reads the same, and rows that contradict each
//! other stop the start, on both databases.

use diesel::prelude::*;
use serde_json::json;

use dai_ly_thu::clock;
use dai_ly_thu::domain::RecordStatus;
use dai_ly_thu::policy::Rules;
use dai_ly_thu::rulebook::amend::{self, AmendError, By};
use dai_ly_thu::rulebook::{LoadError, Rulebook};
use dai_ly_thu::store::rule_rows::{self, RuleRow};
use dai_ly_thu::store::schema::enrollments;
use dai_ly_thu::store::{Result, StoreError};

use super::law::{cells, rate};
use super::world::World;
use crate::both;
use crate::support::Backend;
use crate::support::records::{captured, record, voluntary};

both!(what_was_accepted_stays, rows_that_contradict_stop_the_start, two_servers_read_one_law);

fn what_was_accepted_stays(backend: Backend) {
    let world = World::new(backend);
    let phone = world.phone(world.group("Nhóm 1"));
    let made = |seq, number: u32, amount: i64| {
        let mut body = voluntary(number);
        body["amount_collected"] = json!(amount);
        record(clock::new_id(), 1, seq, "voluntary", captured(), &body)
    };
    let before = made(1, 1, 264_000);
    world.push(phone, std::slice::from_ref(&before));
    let amounts = |world: &World| -> Vec<(i64, i64, String)> {
        world
            .store
            .read(|c| -> Result<_> {
                Ok(enrollments::table
                    .order(enrollments::id)
                    .select((enrollments::gross, enrollments::payable, enrollments::terms))
                    .load(c)?)
            })
            .unwrap()
    };
    let kept = amounts(&world);
    let row = world.amend(
        "vsi_state_support",
        &cells(&[
            ("group", "other"),
            ("percent", "25"),
            ("effective_from", "2026-11-01"),
            ("document", "NĐ thử"),
        ]),
    );
    world.catch_up();
    assert_eq!(amounts(&world), kept);
    let replayed = world.push(phone, &[before]);
    assert!(replayed.decisions[0].replayed);
    // 330,000 less 25 %.
    let after = world.push(phone, &[made(2, 2, 247_500)]);
    assert_eq!(after.decisions[0].outcome.status, RecordStatus::Accepted);

    let by = By { user_id: None, at: clock::now().naive_utc() };
    let withdrawn = world.store.write(|tx| amend::withdraw(tx, row.id, "ghi nhầm", by)).unwrap();
    assert_eq!(withdrawn.withdrawn_because.as_deref(), Some("ghi nhầm"));
    let third = world.push(phone, &[made(3, 3, 264_000)]);
    assert_eq!(third.decisions[0].outcome.status, RecordStatus::Accepted);
    let edition = world.store.read(|c| world.book.in_force(c)).unwrap();
    assert_eq!(edition.number, 2);
    assert_eq!(edition.rules().version(), Rules::embedded().version());
    let document = |name: &str| edition.row_named(name).map(|row| row.document.to_string());
    assert_eq!(document("vsi_state_support/other@2026-11-01=25").as_deref(), Some("NĐ thử"));
    assert_eq!(document("vsi_state_support/other@2026-11-01=26"), None);
    world.assert_books();
}

fn rows_that_contradict_stop_the_start(backend: Backend) {
    let world = World::new(backend);
    let put = |amount: &str| {
        let row = RuleRow {
            id: clock::new_id(),
            edition: 0,
            table_name: "base_salary".to_owned(),
            cells: serde_json::to_string(&cells(&[
                ("amount", amount),
                ("effective_from", "2026-07-01"),
                ("document", "NĐ 161/2026, do văn phòng nhập trước"),
            ]))
            .unwrap(),
            added_at: clock::now().naive_utc(),
            added_by: None,
            withdrawn_at: None,
            withdrawn_by: None,
            withdrawn_because: None,
        };
        world
            .store
            .write(|tx| {
                let row = RuleRow { edition: rule_rows::next_edition(tx)?, ..row.clone() };
                rule_rows::add(tx, &row).map(|()| row)
            })
            .unwrap()
    };
    // A release brought the very row that the office had added.
    put("2530000");
    let book = Rulebook::open(&world.store).unwrap();
    let edition = world.store.read(|c| book.in_force(c)).unwrap();
    assert_eq!(edition.rules().version(), Rules::embedded().version());

    let bad = put("2600000");
    let faults = match Rulebook::open(&world.store) {
        Err(LoadError::Faults(faults)) => faults,
        other => panic!("{other:?}"),
    };
    let text = faults[0].to_string();
    assert!(text.contains("[2530000 2026-07-01"), "{text}");
    assert!(text.contains("[2600000 2026-07-01"), "{text}");
    assert!(world.store.read(|c| world.book.in_force(c)).is_err());

    // Of two such rows each can go, though neither alone makes the law sound.
    let worse = put("2700000");
    let by = By { user_id: None, at: clock::now().naive_utc() };
    for id in [bad.id, worse.id] {
        assert!(Rulebook::open(&world.store).is_err());
        world.store.write(|tx| amend::withdraw(tx, id, "sai", by)).unwrap();
    }
    assert!(Rulebook::open(&world.store).is_ok());
}

fn two_servers_read_one_law(backend: Backend) {
    let world = World::new(backend);
    let other = Rulebook::open(&world.store).unwrap();
    let version = |book: &Rulebook| {
        let edition = world.store.read(|c| book.in_force(c)).unwrap();
        (edition.number, edition.rules().version().to_owned())
    };
    assert_eq!(version(&other), version(&world.book));
    world.amend("vsi_invest_rate_month", &rate("0.34", 2025));
    assert_eq!(version(&other), version(&world.book));
    assert_eq!(version(&other).0, 1);

    let by = By { user_id: None, at: clock::now().naive_utc() };
    let again = world.store.write(|tx| {
        amend::add(tx, clock::new_id(), "vsi_invest_rate_month", rate("0.34", 2025), by)
    });
    assert!(matches!(again, Err(AmendError::Stands)), "{again:?}");
    let unknown = world.store.write(|tx| amend::withdraw(tx, clock::new_id(), "?", by));
    assert!(matches!(unknown, Err(AmendError::Store(StoreError::NotFound))), "{unknown:?}");
    assert_eq!(version(&other).0, 1);
}
