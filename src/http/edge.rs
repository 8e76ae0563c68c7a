//! How the server meets the network: who may come from where, how many, and what every answer tells a
//! browser not to do with it.

use std::sync::Arc;

use actix_cors::Cors;
use actix_web::http::header::{
    ACCEPT_LANGUAGE, AUTHORIZATION, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE,
    CROSS_ORIGIN_RESOURCE_POLICY, ETAG, IF_MATCH, IF_NONE_MATCH, LOCATION, REFERRER_POLICY,
    RETRY_AFTER, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use actix_web::http::{Method, Uri};
use actix_web::middleware::DefaultHeaders;

use super::address::Proxies;
use super::observe::REQUEST_ID;
use super::tls::Certificate;

/// Connections open at the same time, unless set.
pub const CONNECTIONS: u32 = 4000;

/// How long a browser remembers which requests a page of another origin may make, seconds.
const PREFLIGHT_S: usize = 3600;
/// How long a browser insists on TLS once it saw it, seconds: a year.
const INSIST_ON_TLS: &str = "max-age=31536000";

/// An answer is data: a browser that shows it as a page loads and runs nothing.
const DATA: &str = "default-src 'none'; frame-ancestors 'none'";

/// The pages at `/docs` run their own scripts and call this server, and no other.
pub(super) const PAGES: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The desk runs its own scripts and wears its own style, none of them written into the page, and calls this
/// server alone.
pub(super) const DESK: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
    connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// How to meet the network. The default is a server that nobody but its own callers talks to.
#[derive(Debug, Clone)]
pub struct Edge {
    /// Connections open at the same time; who comes then waits to be let in.
    pub connections: u32,
    /// Web pages of these origins may call.
    pub origins: Vec<Origin>,
    /// Who tells the truth about a caller's address.
    pub proxies: Proxies,
    /// Speaks TLS with this; plain HTTP without.
    pub tls: Option<Arc<Certificate>>,
    /// `HOST:PORT` at which the numbers may be collected, without TLS; nowhere when absent.
    pub metrics: Option<String>,
}

impl Default for Edge {
    fn default() -> Self {
        Self {
            connections: CONNECTIONS,
            origins: Vec::new(),
            proxies: Proxies::default(),
            tls: None,
            metrics: None,
        }
    }
}

/// Where a web page comes from, as browsers write it: `https://portal.example` or with a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin(String);

/// The text is no origin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0} is no origin like https://portal.example, without a path")]
pub struct NoOrigin(String);

impl Origin {
    /// Reads an origin. A page that came without TLS may only be one's own machine's.
    ///
    /// # Errors
    /// [`NoOrigin`].
    pub fn parse(text: &str) -> Result<Self, NoOrigin> {
        let own = ["localhost", "127.0.0.1", "[::1]"];
        let strange = |c: u8| b"*@".contains(&c) || c.is_ascii_uppercase();
        let sound = text.parse().ok().is_some_and(|uri: Uri| {
            let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
                return false;
            };
            let safe = scheme == "https" || scheme == "http" && own.contains(&authority.host());
            safe && text == format!("{scheme}://{authority}") && !text.bytes().any(strange)
        });
        if sound { Ok(Self(text.to_owned())) } else { Err(NoOrigin(text.to_owned())) }
    }
}

impl Edge {
    /// What web pages of other origins may do: nothing, unless theirs was named. Never with cookies; a page
    /// carries its token itself.
    pub(super) fn cors(&self) -> Cors {
        let cors = Cors::default()
            .allowed_methods([
                Method::GET,
                Method::POST,
                Method::PUT,
                Method::PATCH,
                Method::DELETE,
            ])
            .allowed_headers([
                ACCEPT_LANGUAGE,
                AUTHORIZATION,
                CONTENT_TYPE,
                IF_MATCH,
                IF_NONE_MATCH,
                REQUEST_ID,
            ])
            .expose_headers([ETAG, LOCATION, RETRY_AFTER, REQUEST_ID])
            .max_age(PREFLIGHT_S);
        self.origins.iter().fold(cors, |cors, Origin(origin)| cors.allowed_origin(origin))
    }
}

/// What stands on every answer, unless a handler says otherwise. Answers hold tokens and personal data:
/// nobody on the way keeps them.
pub(super) fn headers(tls: bool) -> DefaultHeaders {
    let headers = DefaultHeaders::new()
        .add((CACHE_CONTROL, "no-store"))
        .add((CONTENT_SECURITY_POLICY, DATA))
        .add((CROSS_ORIGIN_RESOURCE_POLICY, "same-origin"))
        .add((REFERRER_POLICY, "no-referrer"))
        .add((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .add((X_FRAME_OPTIONS, "DENY"));
    if tls { headers.add((STRICT_TRANSPORT_SECURITY, INSIST_ON_TLS)) } else { headers }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_what_a_browser_writes() {
        for right in
            ["https://portal.example", "https://portal.example:8443", "http://localhost:3000"]
        {
            assert_eq!(Origin::parse(right), Ok(Origin(right.to_owned())));
        }
        for wrong in [
            "*",
            "https://*",
            "https://",
            "portal.example",
            "http://portal.example",
            "https://portal.example/",
            "https://portal.example/app",
            "https://user@portal.example",
            "https://Portal.example",
            "null",
            "",
        ] {
            assert!(Origin::parse(wrong).is_err(), "{wrong}");
        }
    }
}
