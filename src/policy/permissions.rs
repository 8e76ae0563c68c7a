//! Who may do what: one row for each action, one column for each role. Pure; the HTTP layer asks it
//! before a handler runs, and a snapshot of the whole matrix makes a change of rights a visible diff.

use crate::domain::text_enum::text_enum;
use crate::domain::{ApiScope, Role};

text_enum! {
    /// Something a caller may want to do.
    pub enum Action {
        /// Hand in a batch of records.
        Push = "push",
        /// Read the feed of one's group.
        Pull = "pull",
        /// Ask what became of one's own records.
        LookRecords = "look_records",
        /// Ask for limits and the server's time.
        SyncConfig = "sync_config",
        /// Quotes, rules, areas, villages, checking a card.
        ReadReference = "read_reference",
        /// Tallies.
        ReadTallies = "read_tallies",
        /// Enrollments, cards and persons.
        ReadEnrollments = "read_enrollments",
        /// Reviews.
        ReadReviews = "read_reviews",
        /// Groups, users, drives and targets, to read.
        ReadOwnUnit = "read_own_unit",
        /// Groups, users, villages and targets, to write.
        ManageUnits = "manage_units",
        /// Whom to visit: who goes, and what needs no visit any more.
        AssignWork = "assign_work",
        /// Drives, to write.
        ManageDrives = "manage_drives",
        /// Installations, to read.
        ListInstallations = "list_installations",
        /// Make the phone of one's organisation's agent known.
        RegisterInstallation = "register_installation",
        /// Take an installation out of use.
        RevokeInstallation = "revoke_installation",
        /// Give somebody a new password.
        ResetPassword = "reset_password",
        /// Take back a record that is not one's own.
        VoidRecord = "void_record",
        /// Decide on reviews.
        ResolveReviews = "resolve_reviews",
        /// Make two persons one, or two again; give codes.
        ManagePersons = "manage_persons",
        /// Close a month.
        CloseMonths = "close_months",
        /// Offices.
        ManageOffices = "manage_offices",
        /// API clients.
        ManageClients = "manage_clients",
        /// Rows of the law, to add and to withdraw.
        ManageRules = "manage_rules",
        /// What others did.
        ReadAudit = "read_audit",
        /// Who am I; log out.
        SeeSelf = "see_self",
    }
}

/// How far a right reaches. Outside of it things do not exist for the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The caller himself, inside his group.
    Own,
    /// The caller's group.
    Group,
    /// The groups of the caller's office and of the offices under it.
    OfficeTree,
    /// What the caller's organisation enrolled.
    Organisation,
    /// Everything.
    Everything,
}

/// What a program of an organisation must have been given for an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProgramNeeds {
    /// Any scope will do.
    AnyScope,
    /// This one.
    Scope(ApiScope),
}

/// How far `role` may go with `action`; `None` when it may not at all.
#[must_use]
pub const fn scope(role: Role, action: Action) -> Option<Scope> {
    use Scope::{Everything, Group, OfficeTree, Own};
    let [agent, leader, supervisor, admin] = match action {
        Action::Push | Action::Pull | Action::LookRecords | Action::SyncConfig => {
            [Some(Own), Some(Own), None, None]
        }
        Action::ReadReference => [Some(Everything); 4],
        Action::RegisterInstallation => [None; 4],
        Action::ReadTallies | Action::ReadOwnUnit | Action::ListInstallations => {
            [Some(Own), Some(Group), Some(OfficeTree), Some(Everything)]
        }
        Action::ReadEnrollments => [Some(Group), Some(Group), Some(OfficeTree), Some(Everything)],
        Action::ReadReviews
        | Action::AssignWork
        | Action::ManageDrives
        | Action::RevokeInstallation
        | Action::ResetPassword => [None, Some(Group), Some(OfficeTree), Some(Everything)],
        Action::ManageUnits
        | Action::VoidRecord
        | Action::ResolveReviews
        | Action::ManagePersons
        | Action::CloseMonths => [None, None, Some(OfficeTree), Some(Everything)],
        Action::ManageOffices | Action::ManageClients | Action::ManageRules | Action::ReadAudit => {
            [None, None, None, Some(Everything)]
        }
        Action::SeeSelf => [Some(Own); 4],
    };
    match role {
        Role::Agent => agent,
        Role::Leader => leader,
        Role::Supervisor => supervisor,
        Role::Admin => admin,
        Role::Client => match program_needs(action) {
            Some(_) => Some(Scope::Organisation),
            None => None,
        },
    }
}

/// What a program must have been given for `action`; `None` when no program may.
#[must_use]
pub const fn program_needs(action: Action) -> Option<ProgramNeeds> {
    use ApiScope::{EnrollRead, EnrollWrite, TalliesRead};
    match action {
        Action::Push
        | Action::Pull
        | Action::LookRecords
        | Action::SyncConfig
        | Action::RegisterInstallation => Some(ProgramNeeds::Scope(EnrollWrite)),
        Action::ReadReference => Some(ProgramNeeds::AnyScope),
        Action::ReadTallies => Some(ProgramNeeds::Scope(TalliesRead)),
        Action::ReadEnrollments => Some(ProgramNeeds::Scope(EnrollRead)),
        Action::ReadReviews
        | Action::ReadOwnUnit
        | Action::ManageUnits
        | Action::AssignWork
        | Action::ManageDrives
        | Action::ListInstallations
        | Action::RevokeInstallation
        | Action::ResetPassword
        | Action::VoidRecord
        | Action::ResolveReviews
        | Action::ManagePersons
        | Action::CloseMonths
        | Action::ManageOffices
        | Action::ManageClients
        | Action::ManageRules
        | Action::ReadAudit
        | Action::SeeSelf => None,
    }
}

/// Whether a user's token must be bound to an installation; a program names its agent's.
#[must_use]
pub const fn needs_installation(action: Action) -> bool {
    matches!(action, Action::Push | Action::Pull | Action::LookRecords | Action::SyncConfig)
}

/// Whether an installation that was told to deliver what it holds may still do this.
#[must_use]
pub const fn allowed_while_delivering(action: Action) -> bool {
    matches!(action, Action::Push | Action::LookRecords | Action::SyncConfig | Action::SeeSelf)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Write;

    fn matrix() -> String {
        let mut out = String::new();
        for action in Action::ALL {
            write!(out, "{action:<21}").unwrap();
            for role in [Role::Agent, Role::Leader, Role::Supervisor, Role::Admin] {
                let cell = scope(role, *action).map_or("-".to_owned(), |s| format!("{s:?}"));
                write!(out, " {cell:<11}").unwrap();
            }
            let program = match program_needs(*action) {
                None => "-".to_owned(),
                Some(ProgramNeeds::AnyScope) => "any".to_owned(),
                Some(ProgramNeeds::Scope(scope)) => scope.to_string(),
            };
            assert_eq!(scope(Role::Client, *action).is_none(), program == "-");
            write!(out, " {program:<12}").unwrap();
            if needs_installation(*action) {
                out.push_str(" installation");
            }
            if allowed_while_delivering(*action) {
                out.push_str(" delivering");
            }
            out.truncate(out.trim_end().len());
            out.push('\n');
        }
        out
    }

    #[test]
    fn who_may_do_what() {
        insta::assert_snapshot!(matrix(), @r"
        push                  Own         Own         -           -           enroll:write installation delivering
        pull                  Own         Own         -           -           enroll:write installation
        look_records          Own         Own         -           -           enroll:write installation delivering
        sync_config           Own         Own         -           -           enroll:write installation delivering
        read_reference        Everything  Everything  Everything  Everything  any
        read_tallies          Own         Group       OfficeTree  Everything  tallies:read
        read_enrollments      Group       Group       OfficeTree  Everything  enroll:read
        read_reviews          -           Group       OfficeTree  Everything  -
        read_own_unit         Own         Group       OfficeTree  Everything  -
        manage_units          -           -           OfficeTree  Everything  -
        assign_work           -           Group       OfficeTree  Everything  -
        manage_drives         -           Group       OfficeTree  Everything  -
        list_installations    Own         Group       OfficeTree  Everything  -
        register_installation -           -           -           -           enroll:write
        revoke_installation   -           Group       OfficeTree  Everything  -
        reset_password        -           Group       OfficeTree  Everything  -
        void_record           -           -           OfficeTree  Everything  -
        resolve_reviews       -           -           OfficeTree  Everything  -
        manage_persons        -           -           OfficeTree  Everything  -
        close_months          -           -           OfficeTree  Everything  -
        manage_offices        -           -           -           Everything  -
        manage_clients        -           -           -           Everything  -
        manage_rules          -           -           -           Everything  -
        read_audit            -           -           -           Everything  -
        see_self              Own         Own         Own         Own         -            delivering
        ");
    }
}
