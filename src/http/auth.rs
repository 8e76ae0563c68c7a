//! Log-in, refresh, log-out, and who am I.

use std::net::IpAddr;

use actix_web::HttpResponse;
use actix_web::web::Json;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::address::Address;
use super::fields::{Fields, Given};
use super::guard::{Allowed, Anyone, permit};
use super::json::Body;
use super::{Answer, Problem, State};
use crate::auth::Principal;
use crate::auth::keys::Jwks;
use crate::auth::login::Login;
use crate::auth::passwords::acceptable;
use crate::auth::sessions::{self, App, Granted, LogIn};
use crate::auth::throttle::Place;
use crate::auth::tokens;
use crate::clock;
use crate::domain::{Code, Id, InstallationMode, Role, clean_text};
use crate::store::users::{self, User};

/// Longest label of an app and longest version, in characters.
const LABEL: usize = 100;

/// A log-in.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct LogInRequest {
    #[schema(value_type = String)]
    login: Given<String>,
    #[schema(value_type = String, format = Password)]
    password: Given<String>,
    /// The app that logs in; absent for a browser.
    installation: Option<InstallationRequest>,
}

/// An app that makes itself known.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct InstallationRequest {
    /// Made by the app at its first start.
    #[schema(value_type = Id)]
    id: Given<Id>,
    /// What people call the phone.
    #[schema(value_type = Option<String>)]
    label: Option<Given<String>>,
    #[schema(value_type = Option<String>)]
    app_version: Option<Given<String>>,
}

impl LogInRequest {
    fn read(self, address: IpAddr) -> Result<LogIn, Problem> {
        let mut fields = Fields::default();
        let login = fields.take("/login", self.login);
        let password = fields.take("/password", self.password);
        let app = self.installation.map(|app| {
            let id = fields.take("/installation/id", app.id);
            let mut text = |path, given: Option<Given<String>>| {
                fields.take_optional(path, given.map(|g| g.and_then(|t| clean_text(&t, LABEL))))
            };
            let label = text("/installation/label", app.label).unwrap_or_default();
            let app_version = text("/installation/app_version", app.app_version);
            id.map(|id| App { id, label, app_version })
        });
        let read = login.zip(password).map(|(login, password)| (login, password, app.flatten()));
        let (login, password, installation) = fields.finish(read)?;
        // What can be nobody's login is answered as a wrong one.
        let login = Login::parse(&login).map_err(|_| Code::Unauthenticated)?;
        Ok(LogIn { login, password, installation, address })
    }
}

/// A session: a token for requests, one for the next refresh, and their owner.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Session {
    access_token: String,
    /// Always `Bearer`.
    token_type: &'static str,
    /// Seconds the access token lives.
    expires_in: i64,
    /// Used once.
    refresh_token: String,
    user: SessionUser,
}

/// The owner of a session.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SessionUser {
    id: Id,
    role: Role,
    name: String,
    #[schema(required)]
    group_id: Option<Id>,
    #[schema(required)]
    office_id: Option<Id>,
    must_change_password: bool,
}

impl From<User> for SessionUser {
    fn from(user: User) -> Self {
        Self {
            id: user.id,
            role: user.role,
            name: user.name,
            group_id: user.group_id,
            office_id: user.office_id,
            must_change_password: user.must_change_password,
        }
    }
}

impl From<Granted> for Session {
    fn from(granted: Granted) -> Self {
        Self {
            access_token: granted.access_token,
            token_type: "Bearer",
            expires_in: tokens::LIFETIME.num_seconds(),
            refresh_token: granted.refresh_token,
            user: granted.user.into(),
        }
    }
}

/// Begins a session.
#[utoipa::path(post, path = "/api/v1/auth/login", request_body = LogInRequest, responses((status = 200, body = Session)))]
pub async fn login(
    _: Anyone,
    state: State,
    from: Address,
    body: Body<LogInRequest>,
) -> Answer<Session> {
    let input = body.0.read(from.0)?;
    let (family_id, now) = (clock::new_id(), clock::now());
    let granted = state
        .with_passwords(move |state| {
            let (store, keys, passwords) = (&state.store, &state.keys, &state.passwords);
            sessions::log_in(store, keys, passwords, &input, family_id, now)
        })
        .await?;
    Ok(Json(granted.into()))
}

/// A refresh.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct RefreshRequest {
    #[schema(value_type = String)]
    refresh_token: Given<String>,
    /// Required when the session is bound to an app.
    #[schema(value_type = Option<Id>)]
    installation_id: Option<Given<Id>>,
}

/// Trades a refresh token for its successor. The used one answers the same successor again until
/// that is used, for at most 24 hours; used later it ends the session.
#[utoipa::path(post, path = "/api/v1/auth/refresh", request_body = RefreshRequest, responses((status = 200, body = Session)))]
pub async fn refresh(_: Anyone, state: State, body: Body<RefreshRequest>) -> Answer<Session> {
    let mut fields = Fields::default();
    let token = fields.take("/refresh_token", body.0.refresh_token);
    let installation_id = fields.take_optional("/installation_id", body.0.installation_id);
    let token = fields.finish(token)?;
    let now = clock::now();
    let granted = state
        .run(move |state| {
            sessions::refresh(&state.store, &state.keys, &token, installation_id, now)
        })
        .await?;
    Ok(Json(granted.into()))
}

/// Another password for oneself.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct PasswordChange {
    #[schema(value_type = String, format = Password)]
    old_password: Given<String>,
    /// At least 8 characters, not the login, none that guessers try first.
    #[schema(value_type = String, format = Password)]
    new_password: Given<String>,
}

/// Changes one's own password and ends all other sessions.
#[utoipa::path(post, path = "/api/v1/auth/password", request_body = PasswordChange, responses((status = 204)))]
pub async fn change_password(
    allowed: Allowed<permit::SeeSelf>,
    state: State,
    from: Address,
    Body(body): Body<PasswordChange>,
) -> Result<HttpResponse, Problem> {
    let user_id = allowed.principal.user_id;
    let user = state.read(move |conn| users::by_id(conn, user_id)).await?;
    let login = user.ok_or(Code::Unauthenticated)?.login;
    let mut fields = Fields::default();
    let old = fields.take("/old_password", body.old_password);
    let new = body.new_password.and_then(|typed| acceptable(typed, &login));
    let new = fields.take("/new_password", new);
    if old.is_some() && old == new {
        fields.wrong("/new_password", Code::Conflict);
    }
    let (old, new) = fields.finish(old.zip(new))?;
    let who = (user_id, allowed.principal.family_id);
    let place =
        allowed.principal.installation.map_or(Place::Address(from.0), |it| Place::App(it.id));
    let now = clock::now();
    state
        .with_passwords(move |state| {
            let (store, passwords) = (&state.store, &state.passwords);
            sessions::change_password(store, passwords, who, (&old, &new), place, now)
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Ends the session of the token.
#[utoipa::path(post, path = "/api/v1/auth/logout", responses((status = 204)))]
pub async fn logout(
    allowed: Allowed<permit::SeeSelf>,
    state: State,
) -> Result<HttpResponse, Problem> {
    let (family_id, now) = (allowed.principal.family_id, clock::now());
    state.run(move |state| sessions::log_out(&state.store, family_id, now)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// The caller, as the database knows him now.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Me {
    id: Id,
    role: Role,
    name: String,
    #[schema(required)]
    group_id: Option<Id>,
    #[schema(required)]
    office_id: Option<Id>,
    #[schema(required)]
    organisation_id: Option<Id>,
    #[schema(required)]
    installation_id: Option<Id>,
    /// Set when the installation was taken out of use and may only deliver what it holds.
    #[schema(required)]
    installation_revoked: Option<InstallationMode>,
    #[schema(required)]
    certificate_expires_on: Option<NaiveDate>,
    must_change_password: bool,
}

impl From<Principal> for Me {
    fn from(principal: Principal) -> Self {
        Self {
            id: principal.user_id,
            role: principal.role,
            name: principal.name,
            group_id: principal.group_id,
            office_id: principal.office_id,
            organisation_id: principal.organisation_id,
            installation_id: principal.installation.map(|installation| installation.id),
            installation_revoked: principal.installation.and_then(|i| i.revoked_mode),
            certificate_expires_on: principal.certificate_expires_on,
            must_change_password: principal.must_change_password,
        }
    }
}

/// Who is calling.
#[utoipa::path(get, path = "/api/v1/me", responses((status = 200, body = Me)))]
pub async fn me(allowed: Allowed<permit::SeeSelf>) -> Answer<Me> {
    Ok(Json(allowed.principal.into()))
}

/// The public keys that check our tokens.
#[utoipa::path(get, path = "/.well-known/jwks.json", responses((status = 200, body = Jwks)))]
pub async fn jwks(_: Anyone, state: State) -> Answer<Jwks> {
    Ok(Json(state.keys.jwks()))
}
