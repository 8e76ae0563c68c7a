//! Settings are checked before anything is served, all of them: whoever starts a server learns of every
//! mistake at once and not of one at each start.

use std::fmt::Display;
use std::net::TcpListener;
use std::sync::Arc;

use super::Failure;
use crate::config::{KeyFiles, Serve};
use crate::http::Edge;
use crate::http::address::Proxies;
use crate::http::edge::Origin;
use crate::http::tls::{Certificate, TlsFiles};

/// What is wrong so far.
#[derive(Debug, Default)]
pub(super) struct Mistakes(Vec<String>);

impl Mistakes {
    /// The value, or nothing and a note.
    pub fn note<T>(&mut self, result: Result<T, impl Display>) -> Option<T> {
        result.map_err(|mistake| self.0.push(mistake.to_string())).ok()
    }

    /// As [`Self::note`], with the setting that is wrong.
    pub fn at<T>(&mut self, setting: &str, result: Result<T, impl Display>) -> Option<T> {
        self.note(result.map_err(|mistake| format!("{setting}: {mistake}")))
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them.
    pub fn failure(self) -> Failure {
        Failure::Settings(self.0)
    }
}

/// Mistakes as they are told: one in a line, several below each other.
pub(super) fn list(mistakes: &[String]) -> String {
    match mistakes {
        [one] => one.clone(),
        many => format!("nothing was started\n  - {}", many.join("\n  - ")),
    }
}

/// The edge that was asked for, as far as it can be had.
pub(super) fn edge(serve: &Serve, mistakes: &mut Mistakes) -> Edge {
    let origins = named(&serve.cors_origin).map(|text| Origin::parse(text));
    let origins = origins.filter_map(|it| mistakes.at("--cors-origin", it)).collect();
    let mut proxies = Proxies::default();
    for network in named(&serve.trusted_proxy) {
        mistakes.at("--trusted-proxy", proxies.trust(network));
    }
    let tls = mistakes.note(certificate(&serve.keys)).flatten();
    // The first is held while the second is tried: one address is not enough for both.
    let _held =
        mistakes.at(&format!("--listen {}", serve.listen), TcpListener::bind(&serve.listen));
    let metrics = serve.metrics_listen.clone();
    if let Some(listen) = &metrics {
        mistakes.at(&format!("--metrics-listen {listen}"), TcpListener::bind(listen));
    }
    Edge { connections: serve.max_connections, origins, proxies, tls, metrics }
}

/// The certificate, when one was named.
pub(super) fn certificate(keys: &KeyFiles) -> Result<Option<Arc<Certificate>>, String> {
    match (&keys.tls_cert, &keys.tls_key) {
        (None, None) => Ok(None),
        (Some(chain), Some(key)) => {
            let files = TlsFiles { chain: chain.clone(), key: key.clone() };
            let opened = Certificate::open(files);
            opened.map(|it| Some(Arc::new(it))).map_err(|error| format!("--tls-cert: {error}"))
        }
        (Some(_), None) => Err("--tls-cert needs --tls-key".to_owned()),
        (None, Some(_)) => Err("--tls-key needs --tls-cert".to_owned()),
    }
}

/// A variable that is set to nothing names nothing.
fn named(texts: &[String]) -> impl Iterator<Item = &String> {
    texts.iter().filter(|text| !text.is_empty())
}
