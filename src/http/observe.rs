//! What is seen of every request: an id, one line in the log without personal data, and a failure
//! rendered once, in the caller's language.

use std::time::Instant;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpMessage};

use super::metrics::Metrics;
use super::problem::{self, Problem};
use super::texts::Lang;
use crate::clock;

/// The header that carries the name of a request.
pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The name of a request in answers and in the log.
#[derive(Clone)]
struct RequestId(String);

impl RequestId {
    /// The caller's own, when it is short and plain; else a new one.
    fn of(req: &ServiceRequest) -> Self {
        let plain = |c: u8| c.is_ascii_alphanumeric() || b"-_.".contains(&c);
        let given = req.headers().get(REQUEST_ID).and_then(|value| value.to_str().ok());
        match given {
            Some(id) if (1..=64).contains(&id.len()) && id.bytes().all(plain) => {
                Self(id.to_owned())
            }
            _ => Self(clock::new_id().to_string()),
        }
    }
}

/// Names the request and logs how it went. The route's pattern is logged, never the address: that
/// may hold a code or a name.
pub(super) async fn log<B: MessageBody>(
    req: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let begun = Instant::now();
    let request_id = RequestId::of(&req);
    req.extensions_mut().insert(request_id.clone());
    let method = req.method().clone();
    let mut answer = next.call(req).await?;
    if let Ok(value) = HeaderValue::from_str(&request_id.0) {
        answer.headers_mut().insert(REQUEST_ID, value);
    }
    let (route, took) = (answer.request().match_pattern(), begun.elapsed());
    tracing::info!(
        %method,
        route = route.as_deref().unwrap_or("-"),
        status = answer.status().as_u16(),
        ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        request_id = %request_id.0,
        "request"
    );
    if let Some(metrics) = answer.request().app_data::<Data<Metrics>>() {
        metrics.answered(&method, route, answer.status(), took);
    }
    Ok(answer)
}

/// Gives every failure its body.
pub(super) async fn explain<B: MessageBody + 'static>(
    req: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let lang = Lang::of(req.headers());
    let request_id = req.extensions().get::<RequestId>().map(|id| id.0.clone());
    let answer = next.call(req).await?.map_into_boxed_body();
    let Some(error) = answer.response().error() else { return Ok(answer) };
    let problem = Problem::of(error);
    let request_id = request_id.unwrap_or_default();
    problem.log(&request_id);
    let body = serde_json::to_vec(&problem.body(lang, &request_id))?;
    let (req, answer) = answer.into_parts();
    let mut answer = answer.set_body(BoxBody::new(body));
    *answer.status_mut() = problem.status();
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(problem::CONTENT));
    Ok(ServiceResponse::new(req, answer))
}
