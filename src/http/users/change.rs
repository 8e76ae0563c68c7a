//! A user changes: his name, his certificate, where he belongs, and whether he may log in. Never his role.

use std::collections::BTreeSet;

use actix_web::web::Path;
use actix_web::{HttpRequest, HttpResponse};
use chrono::{NaiveDate, NaiveDateTime};
use serde::Deserialize;

use super::{NewCertificate, UserView};
use crate::clock;
use crate::domain::{Code, Id, PersonName, Role};
use crate::http::fields::{self, Fields, Given};
use crate::http::guard::{Allowed, permit};
use crate::http::json::Body;
use crate::http::worklists::deliver;
use crate::http::{Problem, State, tag};
use crate::store::users::{self, User};
use crate::store::worklists::giving;
use crate::store::{self, Conn, Reach, groups, locks, memberships, offices, targets};

/// What changes of a user; what is absent stays.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct UserChange {
    #[schema(value_type = Option<String>)]
    name: Option<Given<String>>,
    /// Another group, for agents and leaders. What they wrote before belongs to the old one, whenever it
    /// arrives. What he was still to visit there stays there, and is nobody's.
    #[schema(value_type = Option<Id>)]
    group_id: Option<Given<Id>>,
    /// Another office, for supervisors.
    #[schema(value_type = Option<Id>)]
    office_id: Option<Given<Id>>,
    /// Null takes it away.
    #[serde(default, deserialize_with = "fields::nullable")]
    #[schema(value_type = Option<NewCertificate>)]
    certificate: Option<Given<Option<NewCertificate>>>,
    /// True ends all his sessions, and none begins until it is false again. What his phones still hold is not
    /// taken meanwhile: to let them hand it in, revoke them with `deliver` instead. Nobody disables himself.
    /// What he was to visit is his group's again.
    #[schema(value_type = Option<bool>)]
    disabled: Option<Given<bool>>,
}

/// A change that was read.
struct Change {
    name: Option<PersonName>,
    group_id: Option<Id>,
    office_id: Option<Id>,
    certificate: Option<(Option<String>, Option<NaiveDate>)>,
    disabled: Option<bool>,
}

impl UserChange {
    /// A group is for agents and leaders, an office for supervisors.
    fn read(self, role: Role) -> Result<Change, Problem> {
        let mut fields = Fields::default();
        let name = self.name.map(|name| name.and_then(|name| PersonName::parse(&name)));
        let in_group = matches!(role, Role::Agent | Role::Leader);
        let group_id = self.group_id.map(|id| id.and_then(|id| only(in_group, id)));
        let of_office = role == Role::Supervisor;
        let office_id = self.office_id.map(|id| id.and_then(|id| only(of_office, id)));
        let certificate = fields.take_optional("/certificate", self.certificate);
        let change = Change {
            name: fields.take_optional("/name", name),
            group_id: fields.take_optional("/group_id", group_id),
            office_id: fields.take_optional("/office_id", office_id),
            certificate: certificate
                .map(|it| it.map(|it| it.read(&mut fields)).unwrap_or_default()),
            disabled: fields.take_optional("/disabled", self.disabled),
        };
        fields.finish(Some(change))
    }
}

/// Refuses what is not for a user of that role.
fn only(fits: bool, id: Id) -> Result<Id, Code> {
    if fits { Ok(id) } else { Err(Code::Conflict) }
}

impl Change {
    /// Changes the user, whose row is locked. Groups for which news was left.
    fn write(
        &self,
        tx: &mut Conn,
        reach: &Reach,
        mut user: User,
        now: NaiveDateTime,
    ) -> store::Result<BTreeSet<Id>> {
        let mut told = BTreeSet::new();
        if let Some(group_id) = self.group_id.filter(|id| user.group_id != Some(*id)) {
            groups::get(tx, reach, group_id)?;
            memberships::change(tx, user.id, group_id, now)?;
            told = giving::release(tx, user.id, now)?;
            targets::follow(tx, user.id, group_id)?;
        }
        if let Some(office_id) = self.office_id {
            reach.check_office(office_id)?;
            offices::get(tx, office_id)?;
        }
        user.name = self.name.as_ref().map_or(user.name, |name| name.as_written().to_owned());
        user.office_id = self.office_id.or(user.office_id);
        if let Some((number, expires_on)) = &self.certificate {
            user.certificate_number.clone_from(number);
            user.certificate_expires_on = *expires_on;
        }
        users::change(tx, &user)?;
        match self.disabled {
            Some(true) => {
                users::disable(tx, user.id, now)?;
                told.extend(giving::release(tx, user.id, now)?);
            }
            Some(false) => users::enable(tx, user.id)?,
            None => {}
        }
        Ok(told)
    }
}

/// Changes a user within reach. `If-Match` refuses when somebody else was faster.
#[utoipa::path(patch, path = "/api/v1/users/{id}", tag = "users", params(("id" = Id, Path)), request_body = UserChange,
    responses((status = 200, body = UserView)))]
pub async fn update(
    allowed: Allowed<permit::ManageUnits>,
    state: State,
    req: HttpRequest,
    id: Path<Id>,
    body: Body<UserChange>,
) -> Result<HttpResponse, Problem> {
    let id = *id;
    let role = allowed.read(&state, move |c, reach| users::get(c, reach, id)).await?.role;
    let change = body.0.read(role)?;
    if change.disabled == Some(true) && id == allowed.principal.user_id {
        return Err(Problem::from(Code::Forbidden).about("/disabled"));
    }
    let asked = tag::asked(&req);
    let now = clock::now().naive_utc();
    let author = state.store.author();
    let changed = allowed
        .write(&state, move |tx, reach| {
            locks::user(tx, id)?;
            let user = users::get(tx, reach, id)?;
            let before = UserView::from(user.clone());
            if tag::check(asked.as_deref(), &tag::of(&before)).is_err() {
                return Ok(None);
            }
            author.before(&before);
            let told = change.write(tx, reach, user, now)?;
            let user = UserView::from(users::get(tx, reach, id)?);
            author.after(&user);
            Ok(Some((user, told)))
        })
        .await?;
    let (user, told) = changed.ok_or(Code::PreconditionFailed)?;
    deliver(&state, told).await?;
    Ok(tag::tagged(tag::of(&user)).json(user))
}
