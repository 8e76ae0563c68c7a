//! Villages by what people write for them.

use std::collections::HashMap;

use super::cells;
use crate::domain::{Code, Id, text};
use crate::store::places::{self, Village};
use crate::store::{Conn, Result};

/// All villages, by commune and folded name.
pub(super) struct NamedVillages(HashMap<(String, String), Vec<Village>>);

impl NamedVillages {
    /// As they are now.
    ///
    /// # Errors
    /// What the store says.
    pub fn load(conn: &mut Conn) -> Result<Self> {
        let mut all: HashMap<_, Vec<Village>> = HashMap::new();
        for it in places::all_villages(conn)? {
            all.entry((it.area_code.clone(), text::folded(&it.name))).or_default().push(it);
        }
        Ok(Self(all))
    }

    /// The one of a commune that has this id or is called so: by its name with all marks, else without, where only one is.
    ///
    /// # Errors
    /// `not_found`, `ambiguous`; what is wrong with a name.
    pub fn find(&self, area_code: &str, cell: &str) -> std::result::Result<&Village, Code> {
        let name = cells::name(cell)?;
        if let Ok(id) = name.parse::<Id>() {
            let mut all = self.0.iter().filter(|((area, _), _)| area == area_code);
            return all.find_map(|(_, of)| of.iter().find(|it| it.id == id)).ok_or(Code::NotFound);
        }
        let key = (area_code.to_owned(), text::folded(&name));
        let alike = self.0.get(&key).ok_or(Code::NotFound)?;
        let normal = text::normal(&name);
        let so_called: Vec<_> =
            alike.iter().filter(|it| text::normal(&it.name) == normal).collect();
        match (so_called.as_slice(), alike.as_slice()) {
            ([one], _) => Ok(one),
            ([], [one]) => Ok(one),
            _ => Err(Code::Ambiguous),
        }
    }
}
