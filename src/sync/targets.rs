//! Targets as phones and desks see them.

use super::wire::{HolderEntity, TargetEntity};
use crate::store::holders::{self, Holder};
use crate::store::targets::Target;
use crate::store::{Conn, StoreError};

/// These targets, with the names of their holders.
///
/// # Errors
/// What the store says.
pub fn shown(conn: &mut Conn, targets: Vec<Target>) -> Result<Vec<TargetEntity>, StoreError> {
    let holders: Vec<Holder> = targets.iter().map(Target::holder).collect();
    let names = holders::names(conn, holders.iter())?;
    let one = |target: Target| {
        let holder = target.holder();
        TargetEntity {
            id: target.id,
            holder: HolderEntity {
                kind: holder.kind,
                name: names.get(&holder).cloned().unwrap_or_default(),
                id: holder.id,
            },
            group_id: target.group_id,
            office_id: target.office_id,
            part_of: target.part_of,
            measure: target.measure,
            scheme: target.scheme,
            from: target.starts_on,
            to: target.ends_on,
            people: target.people,
            created_at: target.created_at.and_utc(),
        }
    };
    Ok(targets.into_iter().map(one).collect())
}
