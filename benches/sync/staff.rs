//! Who works in a filled database: a province's office over those of its districts, each with groups, their
//! agents, the villages they go to, and the plans of all of them.

use chrono::NaiveDate;
use dai_ly_thu::clock;
use dai_ly_thu::domain::{BaselineKind, HolderKind, Id, Measure, Role, Scheme};
use dai_ly_thu::store::baselines::{self, Baseline};
use dai_ly_thu::store::groups::{self, Group};
use dai_ly_thu::store::holders::Holder;
use dai_ly_thu::store::offices::{self, Office};
use dai_ly_thu::store::places::{self, Village};
use dai_ly_thu::store::targets::{self, Wish};
use dai_ly_thu::store::{Conn, PoolSize, Reach, Result, Store};

use crate::callers;
use crate::people;

/// Groups that a district's office has.
const IN_AN_OFFICE: u32 = 20;
/// Agents that a group has.
const IN_A_GROUP: u32 = 5;

/// An agent with his phone, in his group, where he goes.
pub struct Member {
    pub group_id: Id,
    pub agent_id: Id,
    pub installation_id: Id,
    pub village_id: Id,
    pub area_code: String,
}

/// Makes so many groups and all around them. The first agents of all groups come first, then the second ones.
pub fn hire(url: &str, group_count: u32) -> Vec<Member> {
    let store = &Store::open(url, PoolSize { connections: 2 }).expect("the database opens");
    let communes = people::communes();
    let province = office(store, "Tỉnh", None);
    let mut district = province;
    let group_ids: Vec<Id> = (0..group_count)
        .map(|i| {
            if i.is_multiple_of(IN_AN_OFFICE) {
                district =
                    office(store, &format!("Cơ sở {}", i / IN_AN_OFFICE + 1), Some(province));
            }
            let name = format!("Nhóm {}", i + 1);
            let area_codes = vec![communes[i as usize % communes.len()].clone()];
            group(
                store,
                Group {
                    id: clock::new_id(),
                    name,
                    office_id: Some(district),
                    area_codes,
                    created_at: now(),
                },
            )
        })
        .collect();
    for area in &communes {
        for kind in BaselineKind::ALL {
            baseline(store, area, *kind);
        }
    }
    let member = |i: u32| {
        let group_at = (i % group_count) as usize;
        let area_code = communes[group_at % communes.len()].clone();
        let agent_id = clock::new_id();
        callers::user(store, agent_id, Role::Agent, Some(group_ids[group_at]), None, "");
        let village = Village {
            id: clock::new_id(),
            name: format!("thôn {}", i + 1),
            area_code: area_code.clone(),
            created_at: now(),
        };
        store.write(|tx| places::create_village(tx, &village)).expect("a village");
        Member {
            group_id: group_ids[group_at],
            agent_id,
            installation_id: callers::installation(store, agent_id),
            village_id: village.id,
            area_code,
        }
    };
    (0..group_count * IN_A_GROUP).map(member).collect()
}

fn now() -> chrono::NaiveDateTime {
    clock::now().naive_utc()
}

fn day(month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, month, day).expect("a day")
}

fn office(store: &Store, name: &str, parent_id: Option<Id>) -> Id {
    let office =
        Office { id: clock::new_id(), name: name.to_owned(), parent_id, created_at: now() };
    store
        .write(|tx| -> Result<_> {
            offices::create(tx, &office)?;
            plans(tx, HolderKind::Office, office.id)
        })
        .expect("an office");
    office.id
}

fn group(store: &Store, group: Group) -> Id {
    let id = group.id;
    store
        .write(|tx| -> Result<_> {
            groups::create(tx, group)?;
            plans(tx, HolderKind::Group, id)
        })
        .expect("a group");
    id
}

/// What is to be reached in the year, of each measure and scheme.
fn plans(tx: &mut Conn, kind: HolderKind, id: Id) -> Result<()> {
    for measure in [Measure::Enrolled, Measure::TakingPart] {
        for scheme in Scheme::ALL {
            let wish = Wish {
                id: clock::new_id(),
                holder: Holder { kind, id: id.to_string() },
                office_id: None,
                usual_office: None,
                part_of: None,
                measure,
                scheme: Some(*scheme),
                starts_on: day(1, 1),
                ends_on: day(12, 31),
                people: 10_000,
                created_at: now(),
            };
            targets::create(tx, &Reach::Everything, wish)?;
        }
    }
    Ok(())
}

fn baseline(store: &Store, area_code: &str, kind: BaselineKind) {
    let baseline = Baseline {
        id: clock::new_id(),
        office_id: None,
        area_code: Some(area_code.to_owned()),
        kind,
        as_of: day(1, 1),
        people: 9_000,
        source: "Niên giám".to_owned(),
        created_at: now(),
    };
    store.write(|tx| baselines::create(tx, &Reach::Everything, &baseline)).expect("a baseline");
}
