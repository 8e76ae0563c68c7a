//! Administrative areas. Codes were used again with another meaning on
//! 1/7/2025 (44 was Quảng Bình, then Quảng Trị), so an area is a code and the
//! days on which it means this.

use super::area_load::{self, Fault};
use super::area_search::{self, SearchKey};
use super::text_enum::text_enum;
use chrono::NaiveDate;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, LazyLock, OnceLock, PoisonError, RwLock};

text_enum! {
    /// The rung of an area.
    pub enum AreaLevel {
        /// Tỉnh, thành phố.
        Province = "province",
        /// Huyện, quận, thị xã; none since 1/7/2025.
        District = "district",
        /// Xã, phường, thị trấn, đặc khu.
        Commune = "commune",
    }
}

/// One area in one era.
#[derive(Debug, Clone, PartialEq)]
pub struct Area {
    /// Official code: 2 digits a province, 3 a district, 5 a commune.
    pub code: String,
    /// Name with its kind, `Xã Cự Nẫm`.
    pub name: String,
    /// Its rung.
    pub level: AreaLevel,
    /// Code of the area around it, in the same era.
    pub parent_code: Option<String>,
    /// First day, `None` when older than the tables.
    pub valid_from: Option<NaiveDate>,
    /// Last day, `None` while it stands.
    pub valid_to: Option<NaiveDate>,
    /// Codes that took it in afterwards, the main one first.
    pub successors: Vec<String>,
    /// Latitude of its middle, degrees.
    pub lat: Option<f64>,
    /// Longitude of its middle, degrees.
    pub lon: Option<f64>,
    /// Its place in the table.
    pub(super) index: usize,
}

impl Area {
    /// Whether another row says the same.
    #[must_use]
    pub fn says(&self, other: &Self) -> bool {
        Self { index: other.index, ..self.clone() } == *other
    }

    /// Whether the code means this area on that day.
    #[must_use]
    pub fn valid_on(&self, day: NaiveDate) -> bool {
        self.valid_from.is_none_or(|from| from <= day) && self.valid_to.is_none_or(|to| day <= to)
    }
}

/// An area found for a code and a day.
#[derive(Debug, Clone, Copy)]
pub struct Resolved<'a> {
    /// The area of that day.
    pub area: &'a Area,
    /// Whether the code was an older one and its main successor was taken.
    pub mapped: bool,
}

/// All areas, with their links.
#[derive(Debug)]
pub struct Areas {
    pub(super) rows: Vec<Area>,
    /// Eras of each code, the newest first.
    pub(super) by_code: HashMap<String, Vec<usize>>,
    /// The area around each row.
    pub(super) parent: Vec<Option<usize>>,
    /// The main successor of each row.
    pub(super) successor: Vec<Option<usize>>,
    /// Rows by the code of the area around them.
    pub(super) by_parent: HashMap<String, Vec<usize>>,
    /// Names made ready for searching, at the first search.
    pub(super) search_keys: OnceLock<Vec<SearchKey>>,
    /// A digest of all rows, when it is asked for.
    pub(super) tag: OnceLock<String>,
}

#[allow(clippy::expect_used, reason = "start-up: a damaged embedded table must stop the program")]
static EMBEDDED: LazyLock<Arc<Areas>> = LazyLock::new(|| {
    let table = Areas::load(include_str!("../../data/areas.csv"));
    Arc::new(table.expect("the embedded table of areas is sound"))
});

/// What was put in force in this process; the embedded table until then.
static IN_FORCE: RwLock<Option<Arc<Areas>>> = RwLock::new(None);

impl Areas {
    /// The newest table that this process knows, to show names and to read what people say. Whoever decides takes the
    /// one that the law holds with, which he asks the database for.
    #[must_use]
    pub fn in_force() -> Arc<Self> {
        let put = IN_FORCE.read().unwrap_or_else(PoisonError::into_inner).clone();
        put.unwrap_or_else(|| Arc::clone(Self::embedded()))
    }

    /// Lets this process know a table.
    pub fn put_in_force(areas: &Arc<Self>) {
        *IN_FORCE.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(areas));
    }

    /// The table that comes with the program.
    ///
    /// # Panics
    /// At the first call, when the embedded table is damaged; a test reads it.
    #[must_use]
    pub fn embedded() -> &'static Arc<Self> {
        &EMBEDDED
    }

    /// Reads a table with the columns of `data/areas.csv`.
    ///
    /// # Errors
    /// Every line that cannot be read, and every row that does not fit the others.
    pub fn load(csv: &str) -> Result<Self, String> {
        area_load::load(csv)
    }

    /// This table with other rows: one takes the place of that of the same code and first day, or is added.
    ///
    /// # Errors
    /// What does not fit, each with the code of the area at fault: two areas of one code on one day, an area whose
    /// parent or successor is not there, one that ended and left its people nowhere.
    pub fn with(&self, rows: Vec<Area>) -> Result<Self, Vec<Fault>> {
        let same = |a: &Area, b: &Area| a.code == b.code && a.valid_from == b.valid_from;
        let mut all = self.rows.clone();
        for row in rows {
            match self
                .by_code
                .get(&row.code)
                .and_then(|eras| eras.iter().find(|at| same(&all[**at], &row)))
            {
                Some(at) => all[*at] = row,
                None => all.push(row),
            }
        }
        area_load::link(all)
    }

    /// The table as a file with the columns of `data/areas.csv`.
    ///
    /// # Errors
    /// When there is no memory for it.
    pub fn to_csv(&self) -> Result<String, String> {
        area_load::write(&self.rows)
    }

    /// The first day of the newest area: the last reform that the table knows.
    #[must_use]
    pub fn newest(&self) -> Option<NaiveDate> {
        self.rows.iter().filter_map(|area| area.valid_from).max()
    }

    /// A short name of the table. Another one has another.
    #[must_use]
    pub fn tag(&self) -> &str {
        self.tag.get_or_init(|| area_load::digest(&self.rows))
    }

    /// All areas of all eras.
    #[must_use]
    pub fn all(&self) -> &[Area] {
        &self.rows
    }

    fn eras(&self, code: &str) -> impl Iterator<Item = &Area> {
        self.by_code.get(code).into_iter().flatten().map(|at| &self.rows[*at])
    }

    /// The area that the code means on that day.
    #[must_use]
    pub fn find(&self, code: &str, on: NaiveDate) -> Option<&Area> {
        self.eras(code).find(|area| area.valid_on(on))
    }

    /// As [`Self::find`], else the main successor of an older area of that code.
    #[must_use]
    pub fn resolve(&self, code: &str, on: NaiveDate) -> Option<Resolved<'_>> {
        if let Some(area) = self.find(code, on) {
            return Some(Resolved { area, mapped: false });
        }
        let older = self.eras(code).find(|area| area.valid_to.is_some_and(|to| to < on))?;
        self.successions(older)
            .find(|area| area.valid_on(on))
            .map(|area| Resolved { area, mapped: true })
    }

    /// The areas that followed one another after this one, itself first.
    fn successions<'a>(&'a self, area: &'a Area) -> impl Iterator<Item = &'a Area> {
        std::iter::successors(Some(area), |area| {
            self.successor[area.index].map(|at| &self.rows[at])
        })
    }

    /// The area that stands for this one today: the end of its main successors.
    #[must_use]
    pub fn current<'a>(&'a self, area: &'a Area) -> &'a Area {
        self.successions(area).last().unwrap_or(area)
    }

    /// The communes of today that have become others in a later table, each with its main successor there; and of
    /// those that had ended before, each whose code no other one has taken up: whatever still names it is led on.
    #[must_use]
    pub fn moved(&self, later: &Self) -> BTreeMap<String, String> {
        let stands = |code: &str| later.eras(code).any(|area| area.valid_to.is_none());
        let today = |area: &&Area| {
            area.level == AreaLevel::Commune && (area.valid_to.is_none() || !stands(&area.code))
        };
        let then = |area: &Area| {
            let there = later.find(&area.code, area.valid_from.unwrap_or(NaiveDate::MIN))?;
            Some((area.code.clone(), later.current(there).code.clone()))
        };
        self.rows.iter().filter(today).filter_map(then).filter(|(old, new)| old != new).collect()
    }

    /// The area and those around it, from the inside out, without a list.
    pub fn lineage<'a>(&'a self, area: &'a Area) -> impl Iterator<Item = &'a Area> {
        std::iter::successors(Some(area), |area| self.parent[area.index].map(|at| &self.rows[at]))
    }

    /// The area and those around it, from the inside out.
    #[must_use]
    pub fn ancestors<'a>(&'a self, area: &'a Area) -> Vec<&'a Area> {
        self.lineage(area).collect()
    }

    /// The areas directly inside `code` on that day, by code.
    #[must_use]
    pub fn children(&self, code: &str, on: NaiveDate) -> Vec<&Area> {
        self.by_parent
            .get(code)
            .into_iter()
            .flatten()
            .map(|at| &self.rows[*at])
            .filter(|area| area.valid_on(on))
            .collect()
    }

    /// The provinces of that day, by code.
    #[must_use]
    pub fn provinces(&self, on: NaiveDate) -> Vec<&Area> {
        self.children("", on)
    }

    /// All communes inside `code` on that day, itself when it is one.
    #[must_use]
    pub fn communes_of(&self, code: &str, on: NaiveDate) -> Vec<&Area> {
        let Some(area) = self.find(code, on) else {
            return Vec::new();
        };
        let mut communes = Vec::new();
        let mut open = vec![area];
        while let Some(area) = open.pop() {
            if area.level == AreaLevel::Commune {
                communes.push(area);
            } else {
                open.extend(self.children(&area.code, on));
            }
        }
        communes.sort_unstable_by(|a, b| a.code.cmp(&b.code));
        communes
    }

    /// The areas of that day whose name holds `query`, with or without tone
    /// marks; the closest first.
    #[must_use]
    pub fn search(&self, query: &str, on: NaiveDate) -> Vec<&Area> {
        area_search::search(self, query, on)
    }
}

#[cfg(test)]
#[path = "area_test.rs"]
mod tests;
