//! The law in force: the tables that come with the program and the rows that an office added since, and the areas in
//! which it holds, in editions. Every server keeps the newest edition in memory and looks at its number before it uses it.

/// Rows added and withdrawn.
pub mod amend;

use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use crate::domain::{Areas, Id};
use crate::policy::{AddedRow, Fault, RuleUse, Rules};
use crate::store::area_tables;
use crate::store::rule_rows::{self, RuleRow};
use crate::store::{Conn, Result, Store, StoreError, locks};

/// One edition of the law. It never changes.
#[derive(Debug)]
pub struct Edition {
    /// 0 is the program's own; one more with every row added or withdrawn.
    pub number: i64,
    /// Of the database: a restored one may give the same number to another law.
    epoch: Id,
    rules: Rules,
    areas: Arc<Areas>,
    /// Rows that were withdrawn: enrollments may name them.
    withdrawn: Vec<AddedRow>,
    served: OnceLock<Vec<u8>>,
}

impl Edition {
    /// The tables.
    #[must_use]
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// The areas.
    #[must_use]
    pub fn areas(&self) -> &Arc<Areas> {
        &self.areas
    }

    /// The row that an enrollment names, with its document; `None` when no row, standing or withdrawn,
    /// ever said so.
    #[must_use]
    pub fn row_named(&self, name: &str) -> Option<RuleUse> {
        let withdrawn = || self.withdrawn.iter().find_map(|row| row.named(name));
        self.rules.row_named(name).or_else(withdrawn)
    }

    /// The answer that tells the whole law, made once for each edition.
    ///
    /// # Errors
    /// What `make` says.
    pub fn served<E>(&self, make: impl FnOnce(&Self) -> Result<Vec<u8>, E>) -> Result<&[u8], E> {
        if let Some(made) = self.served.get() {
            return Ok(made);
        }
        let made = make(self)?;
        Ok(self.served.get_or_init(|| made))
    }

    fn load(conn: &mut Conn, (epoch, number): (Id, i64)) -> Result<Self, LoadError> {
        let (standing, withdrawn) = split(rule_rows::all(conn)?)?;
        let rules = Rules::load(&standing).map_err(LoadError::Faults)?;
        let areas = area_tables::in_force(conn)?;
        Ok(Self { number, epoch, rules, areas, withdrawn, served: OnceLock::new() })
    }
}

/// Rows that stand, and rows withdrawn.
fn split(rows: Vec<RuleRow>) -> Result<(Vec<AddedRow>, Vec<AddedRow>)> {
    let (mut standing, mut withdrawn) = (Vec::new(), Vec::new());
    for row in rows {
        let added = added(&row)?;
        if row.withdrawn_at.is_none() { standing.push(added) } else { withdrawn.push(added) }
    }
    Ok((standing, withdrawn))
}

/// A stored row as the law reads it.
///
/// # Errors
/// [`StoreError::Damaged`].
pub fn added(row: &RuleRow) -> Result<AddedRow> {
    let values = serde_json::from_str(&row.cells)
        .map_err(|error| StoreError::unreadable("rule_rows.cells", &error))?;
    Ok(AddedRow { table: row.table_name.clone(), values })
}

/// Why the law cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The rows added and the tables of the program contradict each other.
    #[error("the rule tables are not sound:\n{}", list(.0))]
    Faults(Vec<Fault>),
}

/// Faults, a line each.
fn list(faults: &[Fault]) -> String {
    let lines: Vec<String> = faults.iter().map(|fault| format!("  {fault}")).collect();
    lines.join("\n")
}

/// The newest edition this server knows.
#[derive(Debug)]
pub struct Rulebook(RwLock<Arc<Edition>>);

impl Rulebook {
    /// Reads the law in force.
    ///
    /// # Errors
    /// What the store says; every fault when an added row does not fit the tables of this program.
    pub fn open(store: &Store) -> Result<Self, LoadError> {
        let edition = store.read(|conn| {
            let head = rule_rows::edition(conn)?;
            Edition::load(conn, head)
        })?;
        Areas::put_in_force(&edition.areas);
        Ok(Self(RwLock::new(Arc::new(edition))))
    }

    /// The edition in force, for an answer that decides nothing.
    ///
    /// # Errors
    /// What the store says; [`StoreError::Damaged`] when another server added a row that this program
    /// cannot read.
    pub fn in_force(&self, conn: &mut Conn) -> Result<Arc<Edition>> {
        let head = rule_rows::edition(conn)?;
        let known = Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner));
        if (known.epoch, known.number) == head {
            return Ok(known);
        }
        let loaded = Edition::load(conn, head).map_err(|error| match error {
            LoadError::Store(error) => error,
            faults @ LoadError::Faults(_) => StoreError::Damaged(faults.to_string()),
        })?;
        Ok(self.keep(Arc::new(loaded)))
    }

    /// Lets the process know an edition, unless it knows a later one by now.
    fn keep(&self, loaded: Arc<Edition>) -> Arc<Edition> {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if known.epoch != loaded.epoch || known.number < loaded.number {
            Areas::put_in_force(&loaded.areas);
            *known = Arc::clone(&loaded);
        }
        loaded
    }

    /// The edition in force until this transaction ends: no row is added while somebody decides.
    ///
    /// # Errors
    /// As [`Self::in_force`].
    pub fn hold(&self, tx: &mut Conn) -> Result<Arc<Edition>> {
        locks::rules_in_force(tx)?;
        self.in_force(tx)
    }
}
