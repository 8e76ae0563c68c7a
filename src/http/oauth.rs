//! Programs log in: the token endpoint of RFC 6749 for client credentials.

use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use actix_web::web::Form;
use actix_web::{HttpRequest, HttpResponse, Responder};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::guard::Anyone;
use super::{AppState, Problem, State};
use crate::auth::programs::{self, GrantError, Granted};
use crate::auth::tokens;
use crate::clock;
use crate::domain::Id;

/// A request for a token. The client's id and secret may stand in an `Authorization: Basic` header instead.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct TokenRequest {
    /// `client_credentials`.
    grant_type: Option<String>,
    client_id: Option<String>,
    #[schema(format = Password)]
    client_secret: Option<String>,
    /// Some of the client's scopes, with spaces between; all of them when absent.
    scope: Option<String>,
}

/// A token for requests.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct TokenAnswer {
    access_token: String,
    /// Always `Bearer`.
    token_type: &'static str,
    /// Seconds the access token lives.
    expires_in: i64,
    /// What it is good for.
    scope: String,
}

/// Why there is no token (RFC 6749, section 5.2).
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct TokenRefusal {
    /// `invalid_request`, `invalid_client`, `invalid_scope` or `unsupported_grant_type`.
    error: &'static str,
    error_description: &'static str,
}

const REQUEST: TokenRefusal = TokenRefusal {
    error: "invalid_request",
    error_description: "grant_type, client_id and client_secret are needed, each once",
};
const CLIENT: TokenRefusal = TokenRefusal {
    error: "invalid_client",
    error_description: "no such client in use with this secret",
};
const SCOPE: TokenRefusal = TokenRefusal {
    error: "invalid_scope",
    error_description: "the client was not given every scope it asks for",
};
const GRANT_TYPE: TokenRefusal =
    TokenRefusal { error: "unsupported_grant_type", error_description: "only client_credentials" };

impl Responder for TokenRefusal {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        if self.error == CLIENT.error {
            HttpResponse::build(StatusCode::UNAUTHORIZED)
                .insert_header((WWW_AUTHENTICATE, "Basic realm=\"dai-ly-thu\""))
                .json(self)
        } else {
            HttpResponse::BadRequest().json(self)
        }
    }
}

/// Gives a program a token (RFC 6749, client credentials; form-encoded, or HTTP basic).
#[utoipa::path(post, path = "/api/v1/oauth/token", request_body(content = TokenRequest, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, body = TokenAnswer), (status = 400, body = TokenRefusal), (status = 401, body = TokenRefusal)))]
pub async fn token(
    _: Anyone,
    state: State,
    req: HttpRequest,
    form: Result<Form<TokenRequest>, actix_web::Error>,
) -> Result<HttpResponse, Problem> {
    let (client_id, secret, scope) = match read(&req, form) {
        Ok(read) => read,
        Err(refusal) => return Ok(refusal.respond_to(&req)),
    };
    let now = clock::now();
    let granted = state
        .run(move |state: &AppState| {
            let (store, keys) = (&state.store, &state.keys);
            match programs::log_in(store, keys, client_id, &secret, scope.as_deref(), now) {
                Ok(granted) => Ok(Ok(granted)),
                Err(GrantError::Client) => {
                    tracing::warn!(%client_id, "a program was refused a token");
                    Ok(Err(CLIENT))
                }
                Err(GrantError::Scope) => Ok(Err(SCOPE)),
                Err(GrantError::Auth(error)) => Err(Problem::from(error)),
            }
        })
        .await?;
    Ok(match granted {
        Ok(Granted { access_token, scope }) => HttpResponse::Ok().json(TokenAnswer {
            access_token,
            token_type: "Bearer",
            expires_in: tokens::LIFETIME.num_seconds(),
            scope,
        }),
        Err(refusal) => refusal.respond_to(&req),
    })
}

type Read = (Id, String, Option<String>);

fn read(
    req: &HttpRequest,
    form: Result<Form<TokenRequest>, actix_web::Error>,
) -> Result<Read, TokenRefusal> {
    let form = form.map_err(|_| REQUEST)?.into_inner();
    match form.grant_type.as_deref() {
        Some("client_credentials") => {}
        Some(_) => return Err(GRANT_TYPE),
        None => return Err(REQUEST),
    }
    // A parameter without a value is one that is not there (section 3.2).
    let given = |it: Option<String>| it.filter(|it| !it.is_empty());
    let (client_id, secret) = match (basic(req)?, given(form.client_id), given(form.client_secret))
    {
        (Some((id, secret)), body, None) if body.as_ref().is_none_or(|it| *it == id) => {
            (id, secret)
        }
        (None, Some(id), Some(secret)) => (id, secret),
        (Some(_), ..) => return Err(REQUEST),
        (None, ..) => return Err(CLIENT),
    };
    // What can be nobody's id is answered as an unknown one.
    let client_id = client_id.parse().map_err(|_| CLIENT)?;
    Ok((client_id, secret, given(form.scope)))
}

/// Id and secret of an `Authorization` header, when there is one. Neither holds anything that a form would
/// encode.
fn basic(req: &HttpRequest) -> Result<Option<(String, String)>, TokenRefusal> {
    let Some(header) = req.headers().get(AUTHORIZATION) else { return Ok(None) };
    let text = header.to_str().map_err(|_| REQUEST)?;
    let (scheme, encoded) = text.split_once(' ').ok_or(REQUEST)?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return Err(CLIENT);
    }
    let bytes = STANDARD.decode(encoded.trim()).map_err(|_| CLIENT)?;
    let text = String::from_utf8(bytes).map_err(|_| CLIENT)?;
    let (id, secret) = text.split_once(':').ok_or(CLIENT)?;
    Ok(Some((id.to_owned(), secret.to_owned())))
}
