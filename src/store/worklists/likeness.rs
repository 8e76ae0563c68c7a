//! Who on a list is whom: by a code; else by the name, where no code says otherwise.

use std::collections::HashMap;

use diesel::prelude::*;

use super::closing::open_resident;
use super::items::ItemRow;
use crate::domain::{BirthDate, CodeKind, Id, Scheme};
use crate::store::conn::Conn;
use crate::store::error::Result;
use crate::store::facts;
use crate::store::facts::IN_LIST;
use crate::store::rows::PersonRow;
use crate::store::schema::worklist_items;

/// What an item says of whom it is about.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = worklist_items)]
pub struct Resident {
    pub id: Id,
    pub scheme: Scheme,
    identity_key: String,
    birth: String,
    bhxh_code: Option<String>,
    personal_id: Option<String>,
}

impl Resident {
    /// As the item says it.
    #[must_use]
    pub fn likeness(&self) -> Likeness {
        let codes = codes(self.bhxh_code.as_deref(), self.personal_id.as_deref());
        Likeness::new(&self.identity_key, BirthDate::parse(&self.birth).ok(), codes)
    }
}

/// The codes that were brought, the mã số BHXH first.
pub(super) fn codes<'a>(
    bhxh: Option<&'a str>,
    personal_id: Option<&'a str>,
) -> impl Iterator<Item = (CodeKind, &'a str)> {
    let bhxh = bhxh.map(|code| (CodeKind::Bhxh, code));
    bhxh.into_iter().chain(personal_id.map(|code| (CodeKind::PersonalId, code)))
}

/// What is said of somebody: the names, each as an identity key and a birth, and the codes.
#[derive(Debug, Clone, Default)]
pub struct Likeness {
    names: Vec<(String, BirthDate)>,
    codes: Vec<(CodeKind, String)>,
}

impl Likeness {
    /// Of somebody with one name.
    pub fn new<'a>(
        identity_key: &str,
        birth: Option<BirthDate>,
        codes: impl Iterator<Item = (CodeKind, &'a str)>,
    ) -> Self {
        Self {
            names: birth.map(|birth| (identity_key.to_owned(), birth)).into_iter().collect(),
            codes: codes.map(|(kind, code)| (kind, code.to_owned())).collect(),
        }
    }

    /// As an item says it.
    #[must_use]
    pub fn of_item(row: &ItemRow) -> Self {
        Self::new(&row.identity_key, BirthDate::parse(&row.birth).ok(), row.codes())
    }

    /// Both are one, and what is said of either holds.
    #[must_use]
    pub fn with(mut self, other: &Self) -> Self {
        self.names.extend(other.names.iter().cloned());
        self.codes.extend(other.codes.iter().cloned());
        self
    }

    /// Whether these are one person.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        if self.codes.iter().any(|code| other.codes.contains(code)) {
            return true;
        }
        let of_a_kind =
            |(kind, _): &(CodeKind, String)| other.codes.iter().any(|(it, _)| it == kind);
        !self.codes.iter().any(of_a_kind)
            && self.names.iter().any(|(key, birth)| {
                other.names.iter().any(|(its, born)| its == key && born.agrees(birth))
            })
    }

    /// Whether an item is about this person.
    #[must_use]
    pub fn is_of(&self, row: &ItemRow) -> bool {
        let named = self.names.iter().any(|(key, _)| *key == row.identity_key);
        let coded = |(kind, code): (CodeKind, &str)| {
            self.codes.iter().any(|(its, own)| *its == kind && own == code)
        };
        (named || row.codes().any(coded)) && self.is(&Self::of_item(row))
    }

    fn keys(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(|(key, _)| key.as_str())
    }

    fn learn(&mut self, row: &PersonRow) {
        let birth = BirthDate::parse(&row.birth).ok();
        self.names.extend(birth.map(|birth| (row.identity_key.clone(), birth)));
    }
}

/// These persons, by all names and codes that lead to them.
pub fn of_persons(conn: &mut Conn, ids: &[Id]) -> Result<HashMap<Id, Likeness>> {
    let mut all: HashMap<Id, Likeness> = HashMap::with_capacity(ids.len());
    for row in facts::persons(conn, ids)? {
        all.entry(row.id).or_default().learn(&row);
    }
    for row in facts::merged_into(conn, ids)? {
        if let Some(id) = row.merged_into {
            all.entry(id).or_default().learn(&row);
        }
    }
    for row in facts::codes_of(conn, ids)? {
        all.entry(row.person_id).or_default().codes.push((row.kind, row.code));
    }
    Ok(all)
}

/// The open items, of residents alone, who are one of these, or may be: each is to be compared.
pub fn open_residents<'a>(
    conn: &mut Conn,
    who: impl Iterator<Item = &'a Likeness>,
) -> Result<Vec<Resident>> {
    let (mut keys, mut codes) = (Vec::new(), Vec::new());
    for it in who {
        keys.extend(it.keys());
        codes.extend(it.codes.iter().map(|(_, code)| code.as_str()));
    }
    let mut rows: Vec<Resident> = Vec::new();
    let open = || worklist_items::table.filter(open_resident()).select(Resident::as_select());
    for some in keys.chunks(IN_LIST) {
        rows.extend(open().filter(worklist_items::identity_key.eq_any(some)).load(conn)?);
    }
    for some in codes.chunks(IN_LIST) {
        let coded = worklist_items::bhxh_code.assume_not_null().eq_any(some);
        rows.extend(
            open().filter(worklist_items::bhxh_code.is_not_null()).filter(coded).load(conn)?,
        );
        let coded = worklist_items::personal_id.assume_not_null().eq_any(some);
        rows.extend(
            open().filter(worklist_items::personal_id.is_not_null()).filter(coded).load(conn)?,
        );
    }
    rows.sort_by_key(|row| row.id);
    rows.dedup_by_key(|row| row.id);
    Ok(rows)
}

/// Many, found by their names and codes; each with what is to be known of her.
#[derive(Debug)]
pub struct Crowd<T> {
    all: Vec<(Likeness, T)>,
    by_key: HashMap<String, Vec<usize>>,
    by_code: HashMap<(CodeKind, String), Vec<usize>>,
}

impl<T> Default for Crowd<T> {
    fn default() -> Self {
        Self { all: Vec::new(), by_key: HashMap::new(), by_code: HashMap::new() }
    }
}

impl<T> Crowd<T> {
    /// Adds somebody, to be found by whatever is said of her.
    pub fn add(&mut self, who: Likeness, what: T) {
        let at = self.all.len();
        for key in who.keys() {
            self.by_key.entry(key.to_owned()).or_default().push(at);
        }
        for code in &who.codes {
            self.by_code.entry(code.clone()).or_default().push(at);
        }
        self.all.push((who, what));
    }

    /// All who are this one.
    pub fn who_are<'a>(&'a self, who: &'a Likeness) -> impl Iterator<Item = &'a T> {
        let named = who.keys().filter_map(|key| self.by_key.get(key)).flatten();
        let coded = who.codes.iter().filter_map(|code| self.by_code.get(code)).flatten();
        let found = named.chain(coded).filter_map(|at| self.all.get(*at));
        found.filter(|(it, _)| it.is(who)).map(|(_, what)| what)
    }
}

/// The open residents, by scheme.
pub fn crowd(rows: &[Resident]) -> Crowd<Scheme> {
    let mut crowd = Crowd::default();
    for row in rows {
        crowd.add(row.likeness(), row.scheme);
    }
    crowd
}

#[cfg(test)]
mod tests {
    use super::*;

    fn who(key: &str, birth: &str, codes: &[(CodeKind, &str)]) -> Likeness {
        Likeness::new(key, BirthDate::parse(birth).ok(), codes.iter().copied())
    }

    #[test]
    fn codes_say_more_than_names() {
        const ONE: (CodeKind, &str) = (CodeKind::Bhxh, "1");
        const OTHER: (CodeKind, &str) = (CodeKind::Bhxh, "2");
        const PAPER: (CodeKind, &str) = (CodeKind::PersonalId, "1");
        let she = who("hai", "1988-03-05", &[ONE]);
        for (other, is_one) in [
            (who("hai", "1988", &[]), true),
            (who("hai", "1988-03-06", &[]), false),
            (who("ba", "1988-03-05", &[]), false),
            (who("ba", "1970", &[ONE]), true),
            (who("hai", "1988-03-05", &[OTHER]), false),
            (who("hai", "1988-03-05", &[PAPER]), true),
            (who("ba", "1988-03-05", &[PAPER]), false),
            (who("hai", "1988-03-05", &[OTHER, ONE]), true),
        ] {
            assert_eq!(she.is(&other), is_one, "{other:?}");
            assert_eq!(other.is(&she), is_one, "{other:?}");
            let mut crowd = Crowd::default();
            crowd.add(she.clone(), ());
            assert_eq!(crowd.who_are(&other).next().is_some(), is_one, "{other:?}");
        }
    }
}
