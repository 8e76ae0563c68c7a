//! The permission stands in the handler's signature: its first argument is either `Allowed` with
//! the action it needs, or `Anyone`. A handler without one cannot be put into the table of routes,
//! and nothing else of a request is read before the caller was let in.

use std::future::{Future, Ready, ready};
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::http::header::AUTHORIZATION;
use actix_web::{FromRequest, HttpMessage, HttpRequest, HttpResponse, Responder};

use super::observe;
use super::problem::Problem;
use super::state::AppState;
use crate::auth::{AuthError, Principal, tokens};
use crate::clock;
use crate::domain::{Code, InstallationMode, Role};
use crate::policy::permissions::{self, Action, ProgramNeeds, Scope};
use crate::store::audit::{Author, Who};
use crate::store::{self, Conn, Reach};

/// Who may call a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anybody, without a token.
    Public,
    /// Whoever may do this.
    Needs(Action),
}

/// The first argument of every handler.
pub trait Gate: FromRequest<Error = Problem> + 'static {
    /// Whom it lets in.
    const ACCESS: Access;

    /// Whom it let in, when it asked.
    fn caller(&self) -> Option<&Principal>;
}

/// Lets everybody in.
#[derive(Debug, Clone, Copy)]
pub struct Anyone;

impl Gate for Anyone {
    const ACCESS: Access = Access::Public;

    fn caller(&self) -> Option<&Principal> {
        None
    }
}

impl FromRequest for Anyone {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(_: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self))
    }
}

/// An action as a type.
pub trait Permit: 'static {
    /// The action.
    const ACTION: Action;
}

/// A caller who may do `P`, and how far.
#[derive(Debug)]
pub struct Allowed<P> {
    /// Who is calling.
    pub principal: Principal,
    /// How far the right reaches.
    pub scope: Scope,
    permit: PhantomData<fn() -> P>,
}

impl<P> Allowed<P> {
    /// What exists for this caller.
    ///
    /// # Errors
    /// What the store says.
    pub fn reach(&self, conn: &mut Conn) -> store::Result<Reach> {
        self.principal.reach(conn, self.scope)
    }

    /// Reads what exists for this caller.
    ///
    /// # Errors
    /// What the store says.
    pub async fn read<T: Send + 'static>(
        &self,
        state: &AppState,
        work: impl FnOnce(&mut Conn, &Reach) -> store::Result<T> + Send + 'static,
    ) -> Result<T, Problem> {
        let (principal, scope) = (self.principal.clone(), self.scope);
        state
            .read(move |c| {
                let reach = principal.reach(c, scope)?;
                work(c, &reach)
            })
            .await
    }

    /// Writes, in one transaction, within what exists for this caller.
    ///
    /// # Errors
    /// As [`AppState::write`].
    pub async fn write<T: Send + 'static>(
        &self,
        state: &AppState,
        work: impl Fn(&mut Conn, &Reach) -> store::Result<T> + Send + 'static,
    ) -> Result<T, Problem> {
        let (principal, scope) = (self.principal.clone(), self.scope);
        state
            .write(move |tx| {
                let reach = principal.reach(tx, scope)?;
                work(tx, &reach)
            })
            .await
    }
}

impl<P: Permit> Gate for Allowed<P> {
    const ACCESS: Access = Access::Needs(P::ACTION);

    fn caller(&self) -> Option<&Principal> {
        Some(&self.principal)
    }
}

impl<P: Permit> FromRequest for Allowed<P> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let req = req.clone();
        Box::pin(async move {
            let principal = authenticate(&req).await?;
            let scope = permit(&principal, P::ACTION)?;
            Ok(Self { principal, scope, permit: PhantomData })
        })
    }
}

async fn authenticate(req: &HttpRequest) -> Result<Principal, Problem> {
    let state = AppState::of(req)?;
    let token = bearer(req).ok_or(Code::Unauthenticated)?;
    let now = clock::now();
    let claims = tokens::check(&state.keys, token, now)?;
    let load = move |state: &AppState| state.store.glance(|c| Principal::load(c, &claims, now));
    let principal = state.run(load).await?;
    if principal.role == Role::Client {
        state.rates.count(req, principal.user_id)?;
    }
    Ok(principal)
}

fn bearer(req: &HttpRequest) -> Option<&str> {
    let value = req.headers().get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Whether this caller may do this now, and how far.
fn permit(principal: &Principal, action: Action) -> Result<Scope, Problem> {
    let scope = permissions::scope(principal.role, action).ok_or(Code::Forbidden)?;
    if principal.role == Role::Client {
        return match permissions::program_needs(action) {
            Some(ProgramNeeds::AnyScope) if !principal.scopes.is_empty() => Ok(scope),
            Some(ProgramNeeds::Scope(needed)) if principal.scopes.contains(&needed) => Ok(scope),
            _ => Err(Code::Forbidden.into()),
        };
    }
    if permissions::needs_installation(action) && principal.installation.is_none() {
        return Err(Code::InstallationRequired.into());
    }
    // What a phone holds is delivered whatever else must be done first.
    if principal.must_change_password && !permissions::allowed_while_delivering(action) {
        return Err(Code::PasswordChangeRequired.into());
    }
    match principal.installation.and_then(|installation| installation.revoked_mode) {
        Some(InstallationMode::Block) => Err(AuthError::Unauthenticated.into()),
        Some(InstallationMode::Deliver) if !permissions::allowed_while_delivering(action) => {
            Err(Code::InstallationRevoked.into())
        }
        _ => Ok(scope),
    }
}

/// Who writes by this request.
fn author(req: &HttpRequest, caller: Option<&Principal>) -> Author {
    let route = req.match_pattern().unwrap_or_default();
    let is = |program: bool| {
        let found = caller.filter(|caller| (caller.role == Role::Client) == program);
        found.map(|caller| caller.user_id)
    };
    let who = Who {
        user_id: is(false),
        client_id: is(true),
        installation_id: caller.and_then(|caller| caller.installation.map(|it| it.id)),
    };
    let named = ["id", "batch_id"].iter().find_map(|name| req.match_info().get(name));
    let subject_id = named.and_then(|id| id.parse().ok());
    Author::new(who, format!("{} {route}", req.method()), observe::request_id(req), subject_id)
}

/// A handler whose first argument is a gate.
pub trait Guarded<Args>: Clone + 'static {
    /// Whom its gate lets in.
    const ACCESS: Access;

    /// Lets the caller in, then reads the rest of the request, then handles it.
    fn serve(
        self,
        req: HttpRequest,
        payload: Payload,
    ) -> impl Future<Output = actix_web::Result<HttpResponse>>;
}

macro_rules! guarded {
    ($($arg:ident)*) => {
        impl<F, Fut, G, $($arg),*> Guarded<(G, $($arg,)*)> for F
        where
            F: Fn(G, $($arg),*) -> Fut + Clone + 'static,
            Fut: Future<Output: Responder>,
            G: Gate,
            $($arg: FromRequest + 'static,)*
        {
            const ACCESS: Access = G::ACCESS;

            #[allow(non_snake_case, reason = "the arguments are named as their types")]
            async fn serve(
                self,
                req: HttpRequest,
                mut payload: Payload,
            ) -> actix_web::Result<HttpResponse> {
                let gate = G::from_request(&req, &mut payload).await?;
                let author = Arc::new(author(&req, gate.caller()));
                req.extensions_mut().insert(author);
                let ($($arg,)*) = <($($arg,)*)>::from_request(&req, &mut payload).await?;
                let answer = self(gate, $($arg),*).await;
                Ok(answer.respond_to(&req).map_into_boxed_body())
            }
        }
    };
}
guarded!();
guarded!(A);
guarded!(A B);
guarded!(A B C);
guarded!(A B C D);
guarded!(A B C D E);

/// The actions as types, for signatures.
pub mod permit {
    use super::{Action, Permit};

    macro_rules! permits {
        ($($name:ident)+) => {$(
            #[doc = concat!("[`Action::", stringify!($name), "`].")]
            #[derive(Debug)]
            pub enum $name {}

            impl Permit for $name {
                const ACTION: Action = Action::$name;
            }
        )+};
    }
    permits! {
        Push Pull LookRecords SyncConfig ReadReference ReadTallies ReadEnrollments ReadReviews
        ReadOwnUnit ManageUnits AssignWork ManageDrives ListInstallations RegisterInstallation RevokeInstallation
        ResetPassword VoidRecord ResolveReviews ManagePersons CloseMonths ManageOffices ManageClients
        ManageRules ReadAudit SeeSelf
    }
}
