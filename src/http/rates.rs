//! How often a program may call, and the headers that tell it (draft-ietf-httpapi-ratelimit-headers). Each server
//! counts for itself: this keeps one program from crowding out phones, and guards no secret.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpRequest};

use super::problem::Problem;
use crate::domain::Id;

/// Requests of one program in a minute.
pub const MOST: u32 = 600;
/// The time in which they are counted.
const WINDOW: Duration = Duration::from_secs(60);

/// What remains in the window.
const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
/// What a window is.
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// What each program did in its window. As many entries as there are programs.
#[derive(Debug, Default)]
pub struct Rates(Mutex<HashMap<Id, Window>>);

#[derive(Debug)]
struct Window {
    since: Instant,
    calls: u32,
}

/// What a program is told of its window.
#[derive(Debug, Clone, Copy)]
struct Rate {
    remaining: u32,
    /// Seconds until the next window.
    reset: u64,
}

impl Rates {
    /// Counts a request of a program.
    ///
    /// # Errors
    /// `too_many_attempts`, with the seconds to wait.
    pub(super) fn count(&self, req: &HttpRequest, client_id: Id) -> Result<(), Problem> {
        let (rate, allowed) = self.call(client_id, Instant::now());
        req.extensions_mut().insert(rate);
        if allowed { Ok(()) } else { Err(Problem::too_many(rate.reset)) }
    }

    fn call(&self, client_id: Id, now: Instant) -> (Rate, bool) {
        let mut windows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let window = windows.entry(client_id).or_insert(Window { since: now, calls: 0 });
        if now.duration_since(window.since) >= WINDOW {
            *window = Window { since: now, calls: 0 };
        }
        let allowed = window.calls < MOST;
        window.calls = window.calls.saturating_add(1);
        let left = WINDOW.saturating_sub(now.duration_since(window.since));
        let rate = Rate {
            remaining: MOST.saturating_sub(window.calls),
            reset: left.as_secs().saturating_add(1).min(WINDOW.as_secs()),
        };
        (rate, allowed)
    }
}

/// Tells a program what remains.
pub(super) async fn tell<B: MessageBody>(
    req: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let mut answer = next.call(req).await?;
    let rate = answer.request().extensions().get::<Rate>().copied();
    if let Some(Rate { remaining, reset }) = rate {
        let window = WINDOW.as_secs();
        for (name, text) in [
            (RATE_LIMIT_POLICY, format!("\"client\";q={MOST};w={window}")),
            (RATE_LIMIT, format!("\"client\";r={remaining};t={reset}")),
        ] {
            if let Ok(value) = HeaderValue::from_str(&text) {
                answer.headers_mut().insert(name, value);
            }
        }
    }
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_ends_and_another_begins() {
        let rates = Rates::default();
        let (one, other) = (crate::clock::new_id(), crate::clock::new_id());
        let begun = Instant::now();
        assert!((0..MOST).all(|_| rates.call(one, begun).1));
        let (rate, allowed) = rates.call(one, begun + Duration::from_secs(59));
        assert!(!allowed);
        assert_eq!((rate.remaining, rate.reset), (0, 2));
        assert!(rates.call(other, begun).1);
        let (rate, allowed) = rates.call(one, begun + WINDOW);
        assert!(allowed);
        assert_eq!((rate.remaining, rate.reset), (MOST - 1, 60));
    }
}
