//! Installations of VssID as they are counted, and the targets for them.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::dsl::count_star;
use diesel::prelude::*;

use super::conn::Conn;
use super::error::Result;
use super::names::Aim;
use super::reach::Reach;
use super::schema::vssid_installs;
use super::targets::{self, Wanted};
use crate::domain::{HolderKind, Id, Measure};

/// How many installations within reach there are of these days, both inclusive, by each value of a column.
macro_rules! counted_by {
    ($(#[$doc:meta])* $name:ident, $column:ident: $key:ty) => {
        $(#[$doc])*
        pub fn $name(
            conn: &mut Conn,
            reach: &Reach,
            from: NaiveDate,
            to: NaiveDate,
        ) -> Result<Vec<($key, i64)>> {
            let mut query = vssid_installs::table
                .group_by(vssid_installs::$column)
                .select((vssid_installs::$column, count_star()))
                .filter(vssid_installs::installed_on.between(from, to))
                .into_boxed();
            if let Some(groups) = reach.groups() {
                query = query.filter(vssid_installs::group_id.eq_any(groups));
            }
            if let Some(agent_id) = reach.agent() {
                query = query.filter(vssid_installs::agent_id.eq(agent_id));
            }
            Ok(query.load(conn)?)
        }
    };
}

counted_by! {
    /// Installations by group.
    by_group, group_id: Id
}
counted_by! {
    /// Installations by agent.
    by_agent, agent_id: Id
}
counted_by! {
    /// Installations by commune.
    by_area, area_code: String
}
counted_by! {
    /// Installations by day.
    by_day, installed_on: NaiveDate
}

/// Since when somebody's phone counts.
pub fn since(conn: &mut Conn, who: Id) -> Result<Option<NaiveDate>> {
    let own = vssid_installs::table.find(who).select(vssid_installs::installed_on);
    Ok(own.first(conn).optional()?)
}

/// Targets of installations that are in force on a day, within reach, by holder; two of one holder as their sum,
/// over all of both periods.
pub fn aims(
    conn: &mut Conn,
    reach: &Reach,
    kind: HolderKind,
    on: NaiveDate,
) -> Result<HashMap<String, Aim>> {
    let wanted = Wanted {
        holder_kind: Some(kind),
        measure: Some(Measure::Vssid),
        on: Some(on),
        ..Wanted::default()
    };
    let mut aims: HashMap<String, Aim> = HashMap::new();
    for it in targets::goals(conn, reach, &[wanted])? {
        let aim = Aim { people: it.people, from: it.starts_on, to: it.ends_on };
        let sum = aims.entry(it.holder_id).or_insert(Aim { people: 0, ..aim });
        sum.people += aim.people;
        sum.from = sum.from.min(aim.from);
        sum.to = sum.to.max(aim.to);
    }
    Ok(aims)
}
