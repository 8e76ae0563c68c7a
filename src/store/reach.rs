//! How far a caller sees: every query that lists or reads takes it, and what lies outside is not found.

use diesel::prelude::*;

use super::conn::Conn;
use super::error::{Result, StoreError};
use super::schema::groups;
use super::types::Key;
use crate::domain::Id;

/// The part of the data that exists for a caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    Everything,
    /// These groups and what belongs to them.
    Groups(Vec<Id>),
    /// An office, the offices under it, and the groups of them all.
    Offices {
        offices: Vec<Id>,
        groups: Vec<Id>,
    },
    /// One agent inside one group.
    Own {
        group: Id,
        agent: Id,
    },
    /// What agents of a collection organisation enrolled, in whatever group; nothing of the groups themselves.
    Organisation(Id),
}

impl Reach {
    /// The groups it is limited to; `None` when it has no limit.
    #[must_use]
    pub fn groups(&self) -> Option<&[Id]> {
        match self {
            Self::Everything => None,
            Self::Groups(groups) | Self::Offices { groups, .. } => Some(groups),
            Self::Organisation(_) => Some(&[]),
            Self::Own { group, .. } => Some(std::slice::from_ref(group)),
        }
    }

    /// The offices it is limited to; `None` when it has no limit.
    #[must_use]
    pub fn offices(&self) -> Option<&[Id]> {
        match self {
            Self::Everything => None,
            Self::Offices { offices, .. } => Some(offices),
            Self::Groups(_) | Self::Own { .. } | Self::Organisation(_) => Some(&[]),
        }
    }

    /// The one agent it is limited to.
    #[must_use]
    pub fn agent(&self) -> Option<Id> {
        match self {
            Self::Own { agent, .. } => Some(*agent),
            Self::Everything | Self::Groups(_) | Self::Offices { .. } | Self::Organisation(_) => {
                None
            }
        }
    }

    /// The one organisation it is limited to. Whoever asks for this has to ask it before the groups.
    #[must_use]
    pub fn organisation(&self) -> Option<Id> {
        match self {
            Self::Organisation(id) => Some(*id),
            Self::Everything | Self::Groups(_) | Self::Offices { .. } | Self::Own { .. } => None,
        }
    }

    /// Refuses an enrollment outside, by its group and its organisation.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub fn check_enrollment(&self, group_id: Id, organisation_id: Option<Id>) -> Result<()> {
        match self {
            Self::Organisation(own) if organisation_id == Some(*own) => Ok(()),
            Self::Organisation(_) => Err(StoreError::NotFound),
            _ => self.check_group(group_id),
        }
    }

    /// Refuses a group outside.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub fn check_group(&self, group_id: Id) -> Result<()> {
        match self.groups() {
            Some(ids) if !ids.contains(&group_id) => Err(StoreError::NotFound),
            _ => Ok(()),
        }
    }

    /// Refuses an office outside.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub fn check_office(&self, office_id: Id) -> Result<()> {
        match self.offices() {
            Some(ids) if !ids.contains(&office_id) => Err(StoreError::NotFound),
            _ => Ok(()),
        }
    }
}

/// The groups of a reach for SQL that is written by hand: of offices the offices are named, which are few.
#[derive(Debug, Clone)]
pub(super) enum GroupList {
    All,
    Of(Vec<Id>),
    OfOffices(Vec<Id>),
}

impl GroupList {
    /// The groups that lie within; for an organisation none do.
    pub fn of(reach: &Reach) -> Self {
        match reach {
            Reach::Everything => Self::All,
            Reach::Organisation(_) => Self::Of(Vec::new()),
            Reach::Groups(groups) => Self::Of(groups.clone()),
            Reach::Offices { offices, .. } => Self::OfOffices(offices.clone()),
            Reach::Own { group, .. } => Self::Of(vec![*group]),
        }
    }

    /// What is to be bound, in the order of the places.
    pub fn binds(&self) -> &[Id] {
        match self {
            Self::All => &[],
            Self::Of(ids) | Self::OfOffices(ids) => ids,
        }
    }

    /// What follows the name of a column that is to be one of them, its places numbered from `first`. PostgreSQL
    /// makes an array of what it looks up, because it looks up each of an array's by itself in an index.
    pub fn holds(&self, conn: &Conn, first: usize) -> String {
        let places: Vec<String> =
            (first..).zip(self.binds()).map(|(place, _)| format!("${place}")).collect();
        let places = if places.is_empty() { "NULL".to_owned() } else { places.join(", ") };
        let groups = match self {
            Self::Of(_) => return format!("IN ({places})"),
            Self::All => "SELECT id FROM groups".to_owned(),
            Self::OfOffices(_) => format!("SELECT id FROM groups WHERE office_id IN ({places})"),
        };
        match conn {
            Conn::Sqlite(_) => format!("IN ({groups})"),
            Conn::Pg(_) => format!("= ANY (ARRAY({groups}))"),
        }
    }
}

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = Key)]
    id: Id,
}

/// The office and all offices under it.
pub fn offices_under(conn: &mut Conn, office_id: Id) -> Result<Vec<Id>> {
    let found: Vec<Found> = diesel::sql_query(include_str!("offices_under.sql"))
        .bind::<Key, _>(office_id)
        .load(conn)?;
    Ok(found.into_iter().map(|row| row.id).collect())
}

/// The groups of the office and of all offices under it.
pub fn groups_under(conn: &mut Conn, office_id: Id) -> Result<Vec<Id>> {
    let offices = offices_under(conn, office_id)?;
    groups_of(conn, &offices)
}

/// An office and all that is under it.
pub fn tree(conn: &mut Conn, office_id: Id) -> Result<Reach> {
    let offices = offices_under(conn, office_id)?;
    let groups = groups_of(conn, &offices)?;
    Ok(Reach::Offices { offices, groups })
}

fn groups_of(conn: &mut Conn, offices: &[Id]) -> Result<Vec<Id>> {
    Ok(groups::table
        .filter(groups::office_id.assume_not_null().eq_any(offices))
        .select(groups::id)
        .load(conn)?)
}
