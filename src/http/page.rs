//! The desk: the page of supervisors and administrators, embedded in the program.

use actix_web::http::header::CONTENT_SECURITY_POLICY;
use actix_web::web::Path;
use actix_web::{HttpRequest, HttpResponse};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::guard::Anyone;
use super::{Problem, edge, tag};
use crate::domain::Code;

/// Everything below `assets/`; a build for tests reads it from there each time.
#[derive(rust_embed::Embed)]
#[folder = "assets/"]
struct Assets;

/// The page.
pub async fn home(_: Anyone, req: HttpRequest) -> Result<HttpResponse, Problem> {
    answer(&req, "index.html")
}

/// A file of the page.
pub async fn file(
    _: Anyone,
    req: HttpRequest,
    path: Path<String>,
) -> Result<HttpResponse, Problem> {
    answer(&req, &path)
}

fn answer(req: &HttpRequest, path: &str) -> Result<HttpResponse, Problem> {
    let file = Assets::get(path).ok_or(Code::NotFound)?;
    let tag = format!("\"{}\"", URL_SAFE_NO_PAD.encode(file.metadata.sha256_hash()));
    if let Some(unchanged) = tag::unchanged(req, &tag) {
        return Ok(unchanged);
    }
    Ok(tag::tagged(tag)
        .insert_header((CONTENT_SECURITY_POLICY, edge::DESK))
        .content_type(file.metadata.mimetype())
        .body(file.data.into_owned()))
}
