//! Server-sent events: whoever looks at a page hears that something was written, and asks again for what
//! he is shown. An event says nothing of what it was, so that it needs no reach.

use std::convert::Infallible;
use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::header::ContentEncoding;
use actix_web::rt::time::{Instant, interval, sleep, timeout};
use actix_web::web::{Bytes, Data};
use futures_util::stream::unfold;
use tokio::sync::watch;

use super::guard::{Allowed, permit};
use super::{AppState, Problem};
use crate::domain::Id;
use crate::store::audit;

/// How often the database is asked, while anybody listens.
const LOOK: Duration = Duration::from_secs(1);
/// What was written so shortly one after the other is one event.
const GATHER: Duration = Duration::from_secs(2);
/// A connection over which nothing went so long is taken for dead on the way.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// Then the listener comes again, with a token of that day.
const LIFE: Duration = Duration::from_secs(14 * 60);
/// Who listens at the same time, at one server.
const LISTENERS: usize = 1000;

/// What is told to whoever listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Beat {
    /// The newest entry of the audit: everything that is written leaves one, whichever server wrote it.
    Newest(Option<Id>),
    /// The server stops.
    Over,
}

/// Tells listeners that something was written.
#[derive(Debug)]
pub struct Pulse(watch::Sender<Beat>);

impl Default for Pulse {
    fn default() -> Self {
        Self(watch::Sender::new(Beat::Newest(None)))
    }
}

impl Pulse {
    /// Looks at the database as long as it is waited for.
    pub(super) async fn look(&self, state: &AppState) {
        let mut tick = interval(LOOK);
        loop {
            tick.tick().await;
            if self.0.receiver_count() == 0 {
                continue;
            }
            // A database that is away is told of by whatever asks it next.
            let Ok(newest) = state.read(audit::newest).await else { continue };
            self.0.send_if_modified(|beat| {
                let changed = *beat != Beat::Over && *beat != Beat::Newest(newest);
                if changed {
                    *beat = Beat::Newest(newest);
                }
                changed
            });
        }
    }

    /// Lets the listeners go, so that a stop need not wait for them.
    pub(super) fn end(&self) {
        self.0.send_replace(Beat::Over);
    }

    fn listen(&self) -> Result<watch::Receiver<Beat>, Problem> {
        if self.0.receiver_count() >= LISTENERS {
            return Err(Problem::busy("too many pages listen"));
        }
        Ok(self.0.subscribe())
    }
}

/// `changed` whenever something was written, within a few seconds; a comment now and then. Ends after some
/// minutes: come again, and look at everything once.
#[utoipa::path(get, path = "/api/v1/events",
    responses((status = 200, content_type = "text/event-stream", body = String)))]
pub async fn listen(
    _: Allowed<permit::ReadTallies>,
    pulse: Data<Pulse>,
) -> Result<HttpResponse, Problem> {
    let end = Instant::now() + LIFE;
    let told = unfold((pulse.listen()?, true), move |(mut beats, first)| async move {
        let text = match first {
            true => ": listening\n\n",
            false if Instant::now() < end => next(&mut beats).await?,
            false => return None,
        };
        Some((Ok::<_, Infallible>(Bytes::from_static(text.as_bytes())), (beats, false)))
    });
    Ok(HttpResponse::Ok()
        .content_type("text/event-stream")
        // Packed, it would wait for more.
        .insert_header(ContentEncoding::Identity)
        .streaming(told))
}

/// What is told next; nothing at the end.
async fn next(beats: &mut watch::Receiver<Beat>) -> Option<&'static str> {
    match timeout(HEARTBEAT, beats.changed()).await {
        Ok(Err(_)) => None,
        Ok(Ok(())) => {
            sleep(GATHER).await;
            (*beats.borrow_and_update() != Beat::Over).then_some("event: changed\ndata: {}\n\n")
        }
        Err(_) => Some(":\n\n"),
    }
}
