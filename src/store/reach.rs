//! How far a caller sees: every query that lists or reads takes it, and what lies outside is not found.

use std::collections::BTreeMap;
use std::sync::Arc;

use diesel::sql_types::{Nullable, Text};

use super::conn::Conn;
use super::error::{Result, StoreError};
use super::sql::Sql;
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
        /// The one that all others are under.
        root: Id,
        offices: Vec<Id>,
        groups: Vec<Id>,
        tree: Arc<Tree>,
    },
    /// One agent inside one group.
    Own {
        group: Id,
        agent: Id,
    },
    /// What agents of a collection organisation enrolled, in whatever group; nothing of the groups themselves.
    Organisation(Id),
}

/// What offices and groups within reach are called, and what they belong to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tree {
    /// With the one above it.
    pub offices: Vec<(Id, String, Option<Id>)>,
    /// With its office.
    pub groups: Vec<(Id, String, Id)>,
}

impl Reach {
    /// What lies within is called so; known of a tree of offices alone.
    pub(super) fn tree(&self) -> Option<&Tree> {
        match self {
            Self::Offices { tree, .. } => Some(tree),
            _ => None,
        }
    }

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

    /// As [`Self::of`], or the one that is asked for; for an organisation all, where what is counted is its own.
    pub fn asked(reach: &Reach, group_id: Option<Id>) -> Self {
        let unlimited = reach.organisation().is_some() || reach.groups().is_none();
        match group_id {
            None if unlimited => Self::All,
            None => Self::of(reach),
            Some(id) if unlimited || reach.check_group(id).is_ok() => Self::Of(vec![id]),
            Some(_) => Self::Of(Vec::new()),
        }
    }

    /// Adds to what names a column that it is to be one of them.
    pub fn holds(self, column: Sql) -> Sql {
        self.among(column, Sql::among)
    }

    /// As [`Self::holds`], of a table so large that each is better looked up by itself.
    pub fn holds_each(self, column: Sql) -> Sql {
        self.among(column, Sql::each_of)
    }

    fn among(self, column: Sql, rows: fn(Sql, Sql) -> Sql) -> Sql {
        let groups = Sql::default().text("SELECT id FROM groups");
        match self {
            Self::Of(ids) => column.one_of(ids),
            Self::All => rows(column, groups),
            Self::OfOffices(ids) => rows(column, groups.text(" WHERE office_id").one_of(ids)),
        }
    }
}

type Branch = (Key, Text, Nullable<Key>, Nullable<Key>, Nullable<Text>);

/// An office and all that is under it.
pub fn tree(conn: &mut Conn, root: Id) -> Result<Reach> {
    let query = Sql::default()
        .text(
            "WITH RECURSIVE tree (id, name, parent_id) AS (\
             SELECT id, name, parent_id FROM offices WHERE id = ",
        )
        .id(root)
        .text(
            " UNION SELECT offices.id, offices.name, offices.parent_id \
             FROM offices JOIN tree ON offices.parent_id = tree.id) \
             SELECT tree.id, tree.name, tree.parent_id, groups.id, groups.name \
             FROM tree LEFT JOIN groups ON groups.office_id = tree.id",
        );
    let mut offices = BTreeMap::new();
    let mut groups = Vec::new();
    for (id, name, over, group, called) in
        query.load::<Branch, (Id, String, Option<Id>, Option<Id>, Option<String>)>(conn)?
    {
        groups.extend(group.zip(called).map(|(group, name)| (group, name, id)));
        offices.insert(id, (name, over));
    }
    groups.sort_unstable();
    Ok(Reach::Offices {
        root,
        offices: offices.keys().copied().collect(),
        groups: groups.iter().map(|(id, ..)| *id).collect(),
        tree: Arc::new(Tree {
            offices: offices.into_iter().map(|(id, (name, over))| (id, name, over)).collect(),
            groups,
        }),
    })
}

/// The part of a reach that lies under an office.
///
/// # Errors
/// [`StoreError::NotFound`] for an office outside of it.
pub fn under(conn: &mut Conn, reach: &Reach, office_id: Id) -> Result<Reach> {
    reach.check_office(office_id)?;
    let found = match reach {
        Reach::Offices { root, .. } if *root == office_id => reach.clone(),
        _ => tree(conn, office_id)?,
    };
    found.check_office(office_id)?;
    Ok(found)
}

/// The groups of an office within reach and of all offices under it.
///
/// # Errors
/// As [`under`].
pub fn groups_under(conn: &mut Conn, reach: &Reach, office_id: Id) -> Result<Vec<Id>> {
    let found = under(conn, reach, office_id)?;
    Ok(found.groups().map(<[Id]>::to_vec).unwrap_or_default())
}
