//! Who is calling, as the database knows him at this request, and how far he sees.

use chrono::{DateTime, NaiveDate, Utc};

use super::tokens::Claims;
use super::{AuthError, programs};
use crate::domain::{ApiScope, Id, InstallationMode, Role};
use crate::policy::permissions::Scope;
use crate::store::{self, Conn, Reach, api_clients, reach, sessions};

/// A caller.
#[derive(Debug, Clone)]
pub struct Principal {
    /// The user, or the API client.
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
    /// What an API client may do; nothing of a user's.
    pub scopes: Vec<ApiScope>,
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
    /// installation is blocked; of an API client, when it is disabled or its secret has ended.
    pub fn load(conn: &mut Conn, claims: &Claims, now: DateTime<Utc>) -> Result<Self, AuthError> {
        if let Some(scope) = &claims.scope {
            return Self::load_client(conn, claims, scope, now);
        }
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
            scopes: Vec::new(),
        })
    }

    fn load_client(
        conn: &mut Conn,
        claims: &Claims,
        asked: &str,
        now: DateTime<Utc>,
    ) -> Result<Self, AuthError> {
        let client = api_clients::in_use(conn, claims.sub, claims.fam, now.naive_utc())?
            .ok_or(AuthError::Unauthenticated)?;
        let asked = programs::scopes(asked);
        let given = programs::scopes(&client.scopes);
        Ok(Self {
            user_id: client.id,
            family_id: claims.fam,
            role: Role::Client,
            name: client.name,
            group_id: None,
            office_id: None,
            organisation_id: Some(client.organisation_id),
            installation: None,
            certificate_expires_on: None,
            must_change_password: false,
            scopes: given.into_iter().filter(|scope| asked.contains(scope)).collect(),
        })
    }

    /// What exists for the caller in this scope. Somebody without the group or office that his
    /// role needs sees nothing.
    ///
    /// # Errors
    /// [`store::StoreError`] when the tree of offices cannot be read.
    pub fn reach(&self, conn: &mut Conn, scope: Scope) -> store::Result<Reach> {
        Ok(match scope {
            Scope::Everything => Reach::Everything,
            Scope::OfficeTree => match self.office_id {
                Some(office_id) => reach::tree(conn, office_id)?,
                None => Reach::Groups(Vec::new()),
            },
            Scope::Group => Reach::Groups(self.group_id.into_iter().collect()),
            Scope::Organisation => match self.organisation_id {
                Some(id) => Reach::Organisation(id),
                None => Reach::Groups(Vec::new()),
            },
            Scope::Own => match self.group_id {
                Some(group) => Reach::Own { group, agent: self.user_id },
                None => Reach::Groups(Vec::new()),
            },
        })
    }
}
