//! Villages by what people write for them.

use std::collections::HashMap;

use super::cells;
use crate::domain::{Code, Id, text};
use crate::store::places::{self, Village};
use crate::store::{Conn, Result};

/// All villages.
pub(super) struct NamedVillages {
    all: HashMap<Id, Village>,
    /// By commune and folded name.
    alike: HashMap<(String, String), Vec<Id>>,
}

impl NamedVillages {
    /// As they are now.
    ///
    /// # Errors
    /// What the store says.
    pub fn load(conn: &mut Conn) -> Result<Self> {
        let mut alike: HashMap<_, Vec<Id>> = HashMap::new();
        let mut all = HashMap::new();
        for it in places::all_villages(conn)? {
            alike.entry((it.area_code.clone(), text::folded(&it.name))).or_default().push(it.id);
            all.insert(it.id, it);
        }
        Ok(Self { all, alike })
    }

    /// The one of a commune that has this id or is called so: by its name with all marks, else without, where only one is.
    ///
    /// # Errors
    /// `not_found`, `ambiguous`; what is wrong with a name.
    pub fn find(&self, area_code: &str, cell: &str) -> std::result::Result<&Village, Code> {
        if let Ok(id) = cell.parse::<Id>() {
            let of_commune = |it: &&Village| it.area_code == area_code;
            return self.all.get(&id).filter(of_commune).ok_or(Code::NotFound);
        }
        let name = cells::name(cell)?;
        let key = (area_code.to_owned(), text::folded(&name));
        let alike: Vec<&Village> =
            self.alike.get(&key).into_iter().flatten().filter_map(|id| self.all.get(id)).collect();
        let normal = text::normal(&name);
        let so_called: Vec<&Village> =
            alike.iter().copied().filter(|it| text::normal(&it.name) == normal).collect();
        match (so_called.as_slice(), alike.as_slice()) {
            ([one], _) | ([], [one]) => Ok(one),
            ([], []) => Err(Code::NotFound),
            _ => Err(Code::Ambiguous),
        }
    }
}
