//! Visits: whom phones pay them to, and the lists that say whom to visit.

use serde_json::{Value, json};

use dai_ly_thu::clock;
use dai_ly_thu::domain::{Id, Month, vn_day};

use crate::cast;
use crate::dice::Dice;
use crate::player::Player;
use crate::slips::Moment;

const RESULTS: [(u64, &str); 5] =
    [(4, "met"), (2, "not_home"), (2, "promised"), (1, "refused"), (1, "enrolled")];

/// The body of a visit, always a right one.
pub fn paid(dice: &mut Dice, listed: &[Id], enrolled: &[(u32, Id)], at: Moment) -> Value {
    let item_id = match dice.weigh(&[(6, "listed"), (1, "unknown"), (2, "none")]) {
        "listed" => dice.pick(listed).copied(),
        "unknown" => Some(cast::id(dice)),
        _ => None,
    };
    let known = dice.chance(50);
    let person_id = if known { dice.pick(enrolled).map(|(_, id)| *id) } else { None };
    let visited_on = vn_day(at.shown.to_utc());
    json!({ "item_id": item_id, "person_id": person_id, "visited_on": visited_on,
            "result": dice.weigh(&RESULTS), "vssid": dice.chance(50) })
}

impl Player {
    /// Whose cover ends soon, or will have ended by the end of a year, is given to a group to visit.
    pub fn list(&mut self) -> Result<(), String> {
        let group_id = *self.dice.pick(&self.troupe.groups).expect("two groups");
        let kinds = [
            (2, ("due", "voluntary", 1)),
            (3, ("lapsed", "voluntary", 13)),
            (3, ("lapsed", "household", 13)),
        ];
        let (kind, scheme, months) = self.dice.weigh(&kinds);
        let month = Month::of(vn_day(clock::now())).plus(months);
        let on = if kind == "due" { month.first_day() } else { month.last_day() };
        let body = json!({ "id": cast::id(&mut self.dice), "name": "Danh sách", "kind": kind,
                           "scheme": scheme, "group_id": group_id, "on": on });
        self.desk_asks(("POST", "/api/v1/worklists"), &body, &[(201, "")])?;
        let path =
            format!("/api/v1/worklists/{}/items?limit=200", body["id"].as_str().expect("an id"));
        let (status, listed) = self.desk.ask("GET", &path, None);
        if status != 200 {
            return Err(format!("{path}: {status} {listed}"));
        }
        let items = listed["items"].as_array().into_iter().flatten();
        let ids = items.filter_map(|it| it["id"].as_str()?.parse::<Id>().ok());
        self.model.listed.extend(ids);
        Ok(())
    }
}
