//! Sums of sums: offices over the groups in their trees, mass organisations over their members.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::domain::Id;
use crate::store::{Conn, Reach, Result, associations, names, users};

/// Stands for the groups without an office.
const NO_OFFICE: &str = "–";

/// Units, and which of them each group or agent counts for.
#[derive(Debug, Default)]
pub(super) struct Rolled {
    /// Those that appear also without work, by name.
    pub units: BTreeMap<Id, String>,
    /// Of them the one that stands for what hangs on the root itself: the root's target is not its own.
    own: Option<Id>,
    of: HashMap<Id, Vec<Id>>,
}

impl Rolled {
    /// The units that a group or an agent counts for.
    pub fn of(&self, id: Id) -> &[Id] {
        self.of.get(&id).map_or(&[], Vec::as_slice)
    }

    /// Each group or agent with each unit that it counts for.
    pub fn members(&self) -> impl Iterator<Item = (Id, Id)> {
        self.of.iter().flat_map(|(id, units)| units.iter().map(|unit| (*id, *unit)))
    }

    /// Whether a target of this one is held against its row.
    pub fn has_target(&self, id: Id) -> bool {
        self.units.contains_key(&id) && self.own != Some(id)
    }

    /// Sums by unit what is known by group or agent.
    pub fn sum<T: Clone>(
        &self,
        by_member: &HashMap<Id, T>,
        add: impl Fn(&mut T, &T),
    ) -> HashMap<Id, T> {
        let mut sums: HashMap<Id, T> = HashMap::new();
        for (id, value) in by_member {
            for unit in self.of(*id) {
                let sum = sums.entry(*unit);
                sum.and_modify(|sum| add(sum, value)).or_insert_with(|| value.clone());
            }
        }
        sums
    }
}

/// The offices directly under `root`, each with the groups of its whole tree; under the root's own id the groups that
/// hang on it directly. Without a root the offices that are under none.
pub(super) fn offices(conn: &mut Conn, reach: &Reach, root: Option<Id>) -> Result<Rolled> {
    let mut rolled = Rolled::default();
    let all = names::office_tree(conn, reach)?;
    let parents: HashMap<Id, Option<Id>> = all.iter().map(|(id, _, over)| (*id, *over)).collect();
    let names: HashMap<Id, &String> = all.iter().map(|(id, name, _)| (*id, name)).collect();
    // Of a part of the tree its top is the root.
    let top = || parents.iter().find(|(_, over)| over.is_none_or(|id| !parents.contains_key(&id)));
    let root = match (root, reach.offices()) {
        (Some(id), _) => Some(id),
        (None, Some([])) => return Ok(rolled),
        (None, Some(_)) => top().map(|(id, _)| *id),
        (None, None) => None,
    };
    rolled.own = root;
    for (id, name, over) in &all {
        if *over == root && Some(*id) != root {
            rolled.units.insert(*id, name.clone());
        }
    }
    for (group_id, office_id) in names::group_offices(conn, reach)? {
        let Some(office_id) = office_id else {
            rolled.units.insert(Id::NIL, NO_OFFICE.to_owned());
            rolled.of.insert(group_id, vec![Id::NIL]);
            continue;
        };
        let unit = under(office_id, root, &parents);
        let name = || names.get(&unit).map(|name| (*name).clone()).unwrap_or_default();
        rolled.units.entry(unit).or_insert_with(name);
        rolled.of.insert(group_id, vec![unit]);
    }
    Ok(rolled)
}

/// The office at or above this one that stands directly under the root; the root itself for its own.
fn under(office: Id, root: Option<Id>, parents: &HashMap<Id, Option<Id>>) -> Id {
    let mut at = office;
    // No path is longer than there are offices.
    for _ in 0..parents.len() {
        let over = parents.get(&at).copied().flatten();
        match over {
            _ if Some(at) == root => return at,
            Some(over) if Some(over) != root && parents.contains_key(&over) => at = over,
            _ => return at,
        }
    }
    at
}

/// The mass organisations within reach, each with its members within reach.
pub(super) fn associations(conn: &mut Conn, reach: &Reach) -> Result<Rolled> {
    let mut rolled = Rolled::default();
    let agents: HashSet<Id> = users::agents(conn, reach)?.into_iter().map(|it| it.0).collect();
    for association in associations::all(conn, reach)? {
        for member in association.member_ids.iter().filter(|id| agents.contains(id)) {
            rolled.of.entry(*member).or_default().push(association.id);
        }
        rolled.units.insert(association.id, association.name);
    }
    Ok(rolled)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_counts_for_the_office_under_the_root() {
        let [top, mid, low] = ["top", "mid", "low"].map(Id::named);
        let parents = HashMap::from([(top, None), (mid, Some(top)), (low, Some(mid))]);
        for (office, root, unit) in [
            (low, None, top),
            (low, Some(top), mid),
            (mid, Some(top), mid),
            (top, Some(top), top),
            (low, Some(mid), low),
        ] {
            assert_eq!(under(office, root, &parents), unit);
        }
        let circle = HashMap::from([(top, Some(mid)), (mid, Some(top))]);
        under(top, None, &circle);
    }
}
