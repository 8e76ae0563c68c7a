//! Who is calling, as the database knows him at this request, and how far he sees.

use chrono::NaiveDate;

use super::AuthError;
use super::tokens::Claims;
use crate::domain::{Id, InstallationMode, Role};
use crate::policy::permissions::Scope;
use crate::store::{self, Conn, Reach, StoreError, reach, sessions};

/// A caller.
#[derive(Debug, Clone)]
pub struct Principal {
    pub user_id: Id,
    pub family_id: Id,
    pub role: Role,
    pub name: String,
    pub group_id: Option<Id>,
    pub office_id: Option<Id>,
    pub organisation_id: Option<Id>,
    /// The app he calls with; none for a browser.
    pub installation: Option<Installation>,
    pub certificate_expires_on: Option<NaiveDate>,
    pub must_change_password: bool,
}

/// The app that calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Installation {
    pub id: Id,
    /// Whether and how it was taken out of use; never `block`, which is let in nowhere.
    pub revoked_mode: Option<InstallationMode>,
}

impl Principal {
    /// The caller a token speaks for.
    ///
    /// # Errors
    /// [`AuthError::Unauthenticated`] when the session has ended, the user is disabled or the
    /// installation is blocked.
    pub fn load(conn: &mut Conn, claims: &Claims) -> Result<Self, AuthError> {
        let holder = sessions::holder(conn, claims.fam)?.ok_or(AuthError::Unauthenticated)?;
        let installation =
            holder.installation.map(|(id, revoked_mode)| Installation { id, revoked_mode });
        let blocked = installation.is_some_and(|i| i.revoked_mode == Some(InstallationMode::Block));
        let same = holder.user_id == claims.sub && installation.map(|i| i.id) == claims.inst;
        if blocked || !same {
            return Err(AuthError::Unauthenticated);
        }
        Ok(Self {
            user_id: holder.user_id,
            family_id: claims.fam,
            role: holder.role,
            name: holder.name,
            group_id: holder.group_id,
            office_id: holder.office_id,
            organisation_id: holder.organisation_id,
            installation,
            certificate_expires_on: holder.certificate_expires_on,
            must_change_password: holder.must_change_password,
        })
    }

    /// What exists for the caller in this scope. Somebody without the group or office that his
    /// role needs sees nothing.
    ///
    /// # Errors
    /// [`StoreError`] when the tree of offices cannot be read.
    pub fn reach(&self, conn: &mut Conn, scope: Scope) -> store::Result<Reach> {
        Ok(match scope {
            Scope::Everything => Reach::Everything,
            Scope::OfficeTree => match self.office_id {
                Some(office_id) => Reach::Groups(reach::groups_under(conn, office_id)?),
                None => Reach::Groups(Vec::new()),
            },
            Scope::Group => Reach::Groups(self.group_id.into_iter().collect()),
            Scope::Own => match self.group_id {
                Some(group) => Reach::Own { group, agent: self.user_id },
                None => Reach::Groups(Vec::new()),
            },
        })
    }

    /// Refuses an office outside the caller's tree.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub fn check_office(&self, conn: &mut Conn, scope: Scope, office_id: Id) -> store::Result<()> {
        let inside = match (scope, self.office_id) {
            (Scope::Everything, _) => true,
            (Scope::OfficeTree, Some(own)) => reach::offices_under(conn, own)?.contains(&office_id),
            _ => false,
        };
        if inside { Ok(()) } else { Err(StoreError::NotFound) }
    }
}
