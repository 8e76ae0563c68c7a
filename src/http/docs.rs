//! The specification, to read and to try in a browser.

use std::sync::{Arc, LazyLock};

use actix_web::HttpResponse;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_SECURITY_POLICY, LOCATION};
use actix_web::web::Path;
use utoipa_swagger_ui::Config;

use super::guard::Anyone;
use super::{Problem, edge, openapi};
use crate::domain::Code;

static PAGE: LazyLock<Arc<Config<'static>>> = LazyLock::new(|| {
    Arc::new(Config::from("/openapi.json").try_it_out_enabled(true).validator_url("none"))
});

static SPECIFICATION: LazyLock<String> = LazyLock::new(openapi::json);

/// The specification of everything here, OpenAPI 3.1.
#[utoipa::path(get, path = "/openapi.json", responses((status = 200, body = Object)))]
pub async fn specification(_: Anyone) -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(SPECIFICATION.as_str())
}

/// The way to the pages.
pub async fn entrance(_: Anyone) -> HttpResponse {
    HttpResponse::PermanentRedirect().insert_header((LOCATION, "/docs/")).finish()
}

/// A file of the pages.
pub async fn file(_: Anyone, file: Path<String>) -> Result<HttpResponse, Problem> {
    let file = utoipa_swagger_ui::serve(&file, PAGE.clone())
        .map_err(Problem::internal)?
        .ok_or(Code::NotFound)?;
    let mut answer = HttpResponse::Ok();
    answer.insert_header((CONTENT_SECURITY_POLICY, edge::PAGES));
    if file.gzpipped {
        answer.insert_header((CONTENT_ENCODING, "gzip"));
    }
    Ok(answer.content_type(file.content_type).body(file.bytes.into_owned()))
}
