//! Users: agents, leaders, supervisors and administrators.

pub mod change;

use actix_web::web::{Json, Path, Query};
use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::fields::{self, Fields, Given};
use super::guard::{Allowed, permit};
use super::json::{Body, Created};
use super::paging::{Listed, Paging};
use super::state::AppState;
use super::{Answer, Problem, State, tag};
use crate::auth::login::Login;
use crate::auth::passwords::acceptable;
use crate::clock;
use crate::domain::{Code, Id, PersonName, Role, clean_text};
use crate::policy::permissions::Scope;
use crate::store::users::{self, User};
use crate::store::{StoreError, sessions};

/// Longest number of a certificate, in characters.
const CERTIFICATE: usize = 50;

/// A new user.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct NewUser {
    /// Made by the client, so that the same request twice makes one user.
    #[schema(value_type = Option<Id>)]
    id: Option<Given<Id>>,
    /// Letters a–z, digits and `. _ - + @`; capitals do not matter.
    #[schema(value_type = String)]
    login: Given<String>,
    /// At least 8 characters, not the login, none that guessers try first.
    #[schema(value_type = String, format = Password)]
    password: Given<String>,
    /// A supervisor makes agents and leaders only.
    #[schema(value_type = Role)]
    role: Given<String>,
    #[schema(value_type = String)]
    name: Given<String>,
    /// Required for agents and leaders.
    #[schema(value_type = Option<Id>)]
    group_id: Option<Given<Id>>,
    /// Required for supervisors.
    #[schema(value_type = Option<Id>)]
    office_id: Option<Given<Id>>,
    #[schema(value_type = Option<Id>)]
    organisation_id: Option<Given<Id>>,
    certificate: Option<NewCertificate>,
    #[schema(value_type = Option<bool>)]
    must_change_password: Option<Given<bool>>,
}

/// The training certificate of an agent.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct NewCertificate {
    #[schema(value_type = String)]
    number: Given<String>,
    #[schema(value_type = NaiveDate)]
    expires_on: Given<String>,
}

/// A user.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = User)]
pub struct UserView {
    id: Id,
    login: String,
    role: Role,
    name: String,
    #[schema(required)]
    group_id: Option<Id>,
    #[schema(required)]
    office_id: Option<Id>,
    #[schema(required)]
    organisation_id: Option<Id>,
    #[schema(required)]
    certificate: Option<Certificate>,
    must_change_password: bool,
    disabled: bool,
    created_at: DateTime<Utc>,
}

/// A training certificate.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Certificate {
    number: String,
    expires_on: NaiveDate,
}

impl From<User> for UserView {
    fn from(user: User) -> Self {
        let certificate = user.certificate_number.zip(user.certificate_expires_on);
        Self {
            id: user.id,
            login: user.login,
            role: user.role,
            name: user.name,
            group_id: user.group_id,
            office_id: user.office_id,
            organisation_id: user.organisation_id,
            certificate: certificate.map(|(number, expires_on)| Certificate { number, expires_on }),
            must_change_password: user.must_change_password,
            disabled: user.disabled_at.is_some(),
            created_at: user.created_at.and_utc(),
        }
    }
}

impl NewUser {
    /// The user, still without the digest of his password, and the password.
    fn read(self, new_id: Id, now: DateTime<Utc>) -> Result<(User, String), Problem> {
        let mut fields = Fields::default();
        let id = fields.take_optional("/id", self.id).unwrap_or(new_id);
        let login = fields.take("/login", self.login.and_then(|login| Login::parse(&login)));
        let known = login.as_ref().map_or("", Login::as_str);
        let password = self.password.and_then(|typed| acceptable(typed, known));
        let password = fields.take("/password", password);
        let role = fields.take("/role", fields::word::<Role>(self.role).and_then(human));
        let name = fields.take("/name", self.name.and_then(|name| PersonName::parse(&name)));
        let group_id = fields.take_optional("/group_id", self.group_id);
        let office_id = fields.take_optional("/office_id", self.office_id);
        let organisation_id = fields.take_optional("/organisation_id", self.organisation_id);
        let certificate = self.certificate.map(|certificate| certificate.read(&mut fields));
        let (certificate_number, certificate_expires_on) = certificate.unwrap_or_default();
        let must_change_password = fields
            .take_optional("/must_change_password", self.must_change_password)
            .unwrap_or_default();
        match role {
            Some(Role::Agent | Role::Leader) if group_id.is_none() => {
                fields.wrong("/group_id", Code::Required);
            }
            Some(Role::Supervisor) if office_id.is_none() => {
                fields.wrong("/office_id", Code::Required);
            }
            _ => {}
        }
        let whole = (|| {
            let user = User {
                id,
                login: login?.into(),
                role: role?,
                name: name?.as_written().to_owned(),
                password_hash: String::new(),
                must_change_password,
                group_id,
                office_id,
                organisation_id,
                certificate_number,
                certificate_expires_on,
                disabled_at: None,
                created_at: now.naive_utc(),
            };
            Some((user, password?))
        })();
        fields.finish(whole)
    }
}

impl NewCertificate {
    fn read(self, fields: &mut Fields) -> (Option<String>, Option<NaiveDate>) {
        let number = self.number.and_then(|text| match clean_text(&text, CERTIFICATE)? {
            number if number.is_empty() => Err(Code::Required),
            number => Ok(number),
        });
        let number = fields.take("/certificate/number", number);
        (number, fields.take("/certificate/expires_on", fields::day(self.expires_on)))
    }
}

/// Programs of organisations are not users.
fn human(role: Role) -> Result<Role, Code> {
    if role == Role::Client { Err(Code::BadFormat) } else { Ok(role) }
}

/// Users within reach.
#[utoipa::path(get, path = "/api/v1/users", params(Paging), responses((status = 200, body = Listed<UserView>)))]
pub async fn list(
    allowed: Allowed<permit::ReadOwnUnit>,
    state: State,
    paging: Query<Paging>,
) -> Answer<Listed<UserView>> {
    let window = paging.window()?;
    let page = allowed.read(&state, move |c, reach| users::list(c, reach, window)).await?;
    Ok(Json(Listed::of(page)))
}

/// Adds a user.
#[utoipa::path(post, path = "/api/v1/users", request_body = NewUser, responses((status = 201, body = UserView)))]
pub async fn create(
    allowed: Allowed<permit::ManageUnits>,
    state: State,
    body: Body<NewUser>,
) -> Result<Created<UserView>, Problem> {
    let (mut user, password) = body.0.read(clock::new_id(), clock::now())?;
    if allowed.scope != Scope::Everything && !matches!(user.role, Role::Agent | Role::Leader) {
        return Err(Code::Forbidden.into());
    }
    let author = state.store.author();
    let made = state
        .with_passwords(move |state| -> Result<_, Problem> {
            user.password_hash = state.passwords.hash(&password)?;
            let made = state.store.retry(|tx| {
                let reach = allowed.reach(tx)?;
                if let Some(group_id) = user.group_id {
                    reach.check_group(group_id)?;
                }
                if let Some(office_id) = user.office_id {
                    reach.check_office(office_id)?;
                }
                let made = users::create(tx, &user)?;
                author.made(made.id, UserView::from(made.clone()));
                Ok(made)
            })?;
            let sent_before = made.password_hash != user.password_hash;
            if sent_before && !state.passwords.verify(&password, Some(&made.password_hash)) {
                return Err(Code::Conflict.into());
            }
            Ok(made)
        })
        .await?;
    Ok(Created(made.into()))
}

/// One user within reach.
#[utoipa::path(get, path = "/api/v1/users/{id}", params(("id" = Id, Path)), responses((status = 200, body = UserView)))]
pub async fn read(
    allowed: Allowed<permit::ReadOwnUnit>,
    state: State,
    req: HttpRequest,
    id: Path<Id>,
) -> Result<HttpResponse, Problem> {
    let user = allowed.read(&state, move |c, reach| users::get(c, reach, *id)).await?;
    let user = UserView::from(user);
    let tag = tag::of(&user);
    Ok(tag::unchanged(&req, &tag).unwrap_or_else(|| tag::tagged(tag).json(user)))
}

/// Another password.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct NewPassword {
    /// At least 8 characters, not the login, none that guessers try first; its owner must change it.
    #[schema(value_type = String, format = Password)]
    password: Given<String>,
}

/// Gives a user within reach another password and ends all his sessions.
#[utoipa::path(post, path = "/api/v1/users/{id}/reset-password", params(("id" = Id, Path)), request_body = NewPassword, responses((status = 204)))]
pub async fn reset_password(
    allowed: Allowed<permit::ResetPassword>,
    state: State,
    id: Path<Id>,
    body: Body<NewPassword>,
) -> Result<HttpResponse, Problem> {
    let id = *id;
    // One's own is changed with the old one.
    if id == allowed.principal.user_id {
        return Err(Code::Forbidden.into());
    }
    let login = allowed.read(&state, move |c, reach| users::get(c, reach, id)).await?.login;
    let mut fields = Fields::default();
    let password = body.0.password.and_then(|typed| acceptable(typed, &login));
    let password = fields.take("/password", password);
    let password = fields.finish(password)?;
    let now = clock::now().naive_utc();
    state
        .with_passwords(move |state: &AppState| -> Result<_, Problem> {
            let hash = state.passwords.hash(&password)?;
            let done = state.store.write(|tx| -> Result<_, StoreError> {
                let reach = allowed.reach(tx)?;
                let user = users::get(tx, &reach, id)?;
                users::set_password(tx, user.id, &hash, true)?;
                sessions::end_all(tx, user.id, now)
            });
            Ok(done?)
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
