//! Installations of VssID as they are counted, and the targets for them.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::prelude::*;

use super::conn::Conn;
use super::error::Result;
use super::names::Aim;
use super::reach::Reach;
use super::schema::vssid_installs;
use super::targets::{self, Wanted};
use crate::domain::{HolderKind, Id, Measure};

/// One installation: when, and by whom and where.
#[derive(Debug, Clone, Queryable)]
pub struct Install {
    pub on: NaiveDate,
    pub group_id: Id,
    pub agent_id: Id,
    pub area_code: String,
}

/// The installations within reach of these days, both inclusive.
pub fn installs(
    conn: &mut Conn,
    reach: &Reach,
    from: NaiveDate,
    to: NaiveDate,
) -> Result<Vec<Install>> {
    let mut query = vssid_installs::table
        .filter(vssid_installs::installed_on.between(from, to))
        .select((
            vssid_installs::installed_on,
            vssid_installs::group_id,
            vssid_installs::agent_id,
            vssid_installs::area_code,
        ))
        .into_boxed();
    if let Some(groups) = reach.groups() {
        query = query.filter(vssid_installs::group_id.eq_any(groups));
    }
    if let Some(agent_id) = reach.agent() {
        query = query.filter(vssid_installs::agent_id.eq(agent_id));
    }
    Ok(query.load(conn)?)
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
    for it in targets::goals(conn, reach, &wanted)? {
        let aim = Aim { people: it.people, from: it.starts_on, to: it.ends_on };
        let sum = aims.entry(it.holder_id).or_insert(Aim { people: 0, ..aim });
        sum.people += aim.people;
        sum.from = sum.from.min(aim.from);
        sum.to = sum.to.max(aim.to);
    }
    Ok(aims)
}
