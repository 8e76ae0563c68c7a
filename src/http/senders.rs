//! Whom a caller speaks for: a user for himself, a program for an agent of its organisation that it names.

use super::problem::Problem;
use crate::auth::Principal;
use crate::domain::{Code, Id, InstallationMode, Role};
use crate::store::users::User;
use crate::store::{Conn, Store, installations, users};
use crate::sync::Sender;

/// The agent a caller speaks for; only of a program's the database is asked.
///
/// # Errors
/// `agent_not_allowed` when a user names anybody, or a program nobody of its own; `forbidden` for somebody
/// without a group.
pub fn of(store: &Store, principal: &Principal, agent_id: Option<Id>) -> Result<Sender, Problem> {
    match (principal.role, agent_id) {
        (Role::Client, Some(id)) => {
            let agent = store.read(|conn| agent_of(conn, principal, id))?;
            let agent = agent.ok_or(Code::AgentNotAllowed)?;
            Ok(Sender {
                agent_id: agent.id,
                group_id: agent.group_id.ok_or(Code::Forbidden)?,
                organisation_id: agent.organisation_id,
                // It speaks for one person: what his group does is not its organisation's.
                is_leader: false,
                certificate_expires_on: agent.certificate_expires_on,
            })
        }
        (Role::Client, None) | (_, Some(_)) => Err(Code::AgentNotAllowed.into()),
        (role, None) => Ok(Sender {
            agent_id: principal.user_id,
            group_id: principal.group_id.ok_or(Code::Forbidden)?,
            organisation_id: principal.organisation_id,
            is_leader: role == Role::Leader,
            certificate_expires_on: principal.certificate_expires_on,
        }),
    }
}

/// An agent or leader in use who works for the program's organisation.
pub fn agent_of(conn: &mut Conn, principal: &Principal, id: Id) -> Result<Option<User>, Problem> {
    let known = users::by_id(conn, id)?;
    Ok(known.filter(|user| {
        user.disabled_at.is_none()
            && matches!(user.role, Role::Agent | Role::Leader)
            && user.organisation_id.is_some()
            && user.organisation_id == principal.organisation_id
    }))
}

/// The organisation whose part of a feed a program may see; a user sees his group's.
pub fn organisation(principal: &Principal) -> Option<Id> {
    (principal.role == Role::Client).then(|| principal.organisation_id.unwrap_or(Id::NIL))
}

/// Whether the installation a batch comes from is the sender's. Returns how it was taken out of use.
///
/// # Errors
/// `installation_mismatch`; `installation_revoked` for a program whose agent's installation is blocked.
pub fn check_installation(
    store: &Store,
    principal: &Principal,
    sender: &Sender,
    id: Id,
) -> Result<Option<InstallationMode>, Problem> {
    if principal.role != Role::Client {
        let own = principal.installation.filter(|own| own.id == id);
        return Ok(own.ok_or(Code::InstallationMismatch)?.revoked_mode);
    }
    let known = store.read(|conn| installations::by_id(conn, id))?;
    let known = known.filter(|it| it.user_id == sender.agent_id);
    match known.ok_or(Code::InstallationMismatch)?.revoked_mode {
        Some(InstallationMode::Block) => Err(Code::InstallationRevoked.into()),
        mode => Ok(mode),
    }
}
