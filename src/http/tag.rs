//! Answers that a client may keep and ask about: `ETag` and `If-None-Match`.

use actix_web::http::header::{CACHE_CONTROL, ETAG, HeaderName, IF_NONE_MATCH};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};

/// For this client alone, and only after asking.
const KEEP: (HeaderName, &str) = (CACHE_CONTROL, "private, no-cache");

/// 304, when the client has this answer already.
pub fn unchanged(req: &HttpRequest, tag: &str) -> Option<HttpResponse> {
    let known = req.headers().get(IF_NONE_MATCH)?.to_str().ok()?;
    let same = known.split(',').any(|one| same_tag(one, tag));
    same.then(|| {
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
