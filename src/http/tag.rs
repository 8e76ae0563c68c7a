//! Answers that a client may keep and ask about, and change only as it saw them: `ETag`, `If-None-Match`
//! and `If-Match`.

use actix_web::http::header::{CACHE_CONTROL, ETAG, HeaderName, IF_MATCH, IF_NONE_MATCH};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use serde::Serialize;

use super::{Problem, State};
use crate::domain::{Code, Id};
use crate::store::{self, Conn};

/// The tag of a thing as it is answered.
pub fn of(answer: &impl Serialize) -> String {
    // A shape of text and numbers always has one.
    let json = serde_json::to_string(answer).unwrap_or_default();
    format!("\"{}\"", Id::NIL.derive(&json))
}

/// The version that the client has seen, when it says so.
pub fn asked(req: &HttpRequest) -> Option<String> {
    let seen = req.headers().get(IF_MATCH)?;
    Some(seen.to_str().unwrap_or_default().to_owned())
}

/// Refuses to change a thing of which the client has seen another version.
///
/// # Errors
/// `precondition_failed`.
pub fn check(seen: Option<&str>, tag: &str) -> Result<(), Problem> {
    let Some(seen) = seen else { return Ok(()) };
    let same = seen.split(',').any(|one| same_tag(one, tag));
    if same { Ok(()) } else { Err(Code::PreconditionFailed.into()) }
}

/// Changes a thing as the client saw it: it is locked, compared, and told to the audit with what it was.
///
/// # Errors
/// `precondition_failed` when it is another by now; what the store says.
pub async fn change<V: Serialize + Send + 'static>(
    state: &State,
    req: &HttpRequest,
    id: Id,
    read: impl Fn(&mut Conn) -> store::Result<V> + Send + 'static,
    change: impl Fn(&mut Conn) -> store::Result<()> + Send + 'static,
) -> Result<HttpResponse, Problem> {
    let asked = asked(req);
    let author = state.store.author();
    let changed = state
        .write(move |tx| {
            let before = read(tx)?;
            if check(asked.as_deref(), &of(&before)).is_err() {
                return Ok(None);
            }
            author.subject(id);
            author.before(&before);
            change(tx)?;
            let after = read(tx)?;
            author.after(&after);
            Ok(Some(after))
        })
        .await?;
    let changed = changed.ok_or(Code::PreconditionFailed)?;
    Ok(tagged(of(&changed)).json(changed))
}

/// For this client alone, and only after asking.
const KEEP: (HeaderName, &str) = (CACHE_CONTROL, "private, no-cache");

/// The versions that the client has, when it says so.
pub fn known(req: &HttpRequest) -> Option<String> {
    Some(req.headers().get(IF_NONE_MATCH)?.to_str().ok()?.to_owned())
}

/// Whether a version is among those.
pub fn matches(known: Option<&str>, tag: &str) -> bool {
    known.is_some_and(|known| known.split(',').any(|one| same_tag(one, tag)))
}

/// 304, when the client has this answer already.
pub fn unchanged(req: &HttpRequest, tag: &str) -> Option<HttpResponse> {
    matches(known(req).as_deref(), tag).then(|| {
        HttpResponse::NotModified().insert_header((ETAG, tag)).insert_header(KEEP).finish()
    })
}

/// An answer under its tag.
pub fn tagged(tag: String) -> HttpResponseBuilder {
    let mut answer = HttpResponse::Ok();
    answer.insert_header((ETAG, tag)).insert_header(KEEP);
    answer
}

/// A proxy that packs an answer may have weakened its tag.
fn same_tag(one: &str, tag: &str) -> bool {
    let one = one.trim();
    one == "*" || one.strip_prefix("W/").unwrap_or(one) == tag
}
