//! The protocol of phones over HTTP: push, pull, records, config.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::web::{Data, Json, Path, Query};
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::guard::{Allowed, permit};
use super::json::Packed;
use super::metrics::Metrics;
use super::senders;
use super::texts::{self, Lang};
use super::turns::Room;
use super::{Answer, AppState, Problem, State};
use crate::clock;
use crate::domain::{Code, FieldError, Id};
use crate::store::{Conn, StoreError, migrate};
use crate::sync::Batch;
use crate::sync::envelope::{self, EnvelopeError};
use crate::sync::lookup::{self, Found};
use crate::sync::outcome::{Decision, Outcome};
use crate::sync::pull::{self, PullError};
use crate::sync::push;
use crate::sync::wire::{
    BatchAnswer, BatchRequest, ChangesAnswer, ConfigAnswer, CurrentAnswer, FieldAnswer, LIMITS,
    PROTOCOL, RecordAnswer, RecordsAnswer, ResultAnswer,
};

/// Most records told by number in one answer.
const RECORDS_BY_SEQ: i64 = 200;

/// A batch as it came: bounded, unpacked and read off the threads that answer requests.
#[derive(Debug)]
pub struct BatchBody {
    packed: Packed,
    /// The room its bytes take until it is decided.
    room: Room,
    /// When the request began to come: a slow link must not look like a wrong clock.
    received: DateTime<Utc>,
}

impl FromRequest for BatchBody {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (req, payload) = (req.clone(), payload.take());
        let received = clock::now();
        Box::pin(async move {
            let state = AppState::of(&req)?;
            let mut room = Room::default();
            let more = |bytes| state.turns.make_room(&mut room, bytes);
            let packed = Packed::receive(&req, payload, LIMITS.bytes, more).await?;
            Ok(Self { packed, room, received })
        })
    }
}

/// Hand in a batch of records. What is answered is committed; the same batch may come again.
#[utoipa::path(put, path = "/api/v1/sync/batches/{batch_id}", params(("batch_id" = Id, Path)),
    request_body = BatchRequest, responses((status = 200, body = BatchAnswer)))]
pub async fn push(
    caller: Allowed<permit::Push>,
    state: State,
    batch_id: Path<Id>,
    lang: Lang,
    metrics: Data<Metrics>,
    body: BatchBody,
) -> Result<HttpResponse, Problem> {
    let BatchBody { packed, room, received } = body;
    let app = AppState::clone(&state);
    let work = move || -> Result<Vec<u8>, Problem> {
        let _until_decided = room;
        let bytes = packed.unpack(LIMITS.bytes)?;
        let law = app.store.glance(|conn| app.book.in_force(conn))?;
        let envelope = envelope::read(&bytes, law.areas())?;
        drop(bytes);
        let head = &envelope.head;
        let (store, principal) = (&app.store, &caller.principal);
        let sender = senders::of(store, principal, head.agent_id)?;
        let revoked = senders::check_installation(store, principal, &sender, head.installation_id)?;
        let batch = Batch {
            book: &app.book,
            sender,
            installation_id: Some(envelope.head.installation_id),
            batch_id: *batch_id,
            received,
        };
        let pushed = push::push(&app.store, &batch, &envelope).map_err(|error| match error {
            StoreError::NotFound => Problem::from(Code::Unauthenticated),
            error => error.into(),
        })?;
        metrics.decided(&pushed.decisions);
        let changes =
            envelope.head.cursor.as_deref().filter(|_| revoked.is_none()).and_then(|cursor| {
                ride(&app, sender.group_id, senders::organisation(principal), cursor)
            });
        let skew = received.signed_duration_since(envelope.head.sent_at.to_utc());
        let answer = BatchAnswer {
            batch_id: *batch_id,
            epoch: pushed.epoch,
            server_time: received,
            clock_skew_ms: skew.num_milliseconds(),
            results: pushed.decisions.into_iter().map(|it| result(lang, it)).collect(),
            installation: pushed.installation,
            limits: app.turns.limits(),
            changes,
        };
        serde_json::to_vec(&answer).map_err(Problem::internal)
    };
    let answer = state.turns.run(work).await??;
    Ok(HttpResponse::Ok().content_type("application/json").body(answer))
}

/// The pull that rides on a push. What was decided is committed and must be answered, so that a
/// cursor of no use gets no changes and no error.
fn ride(
    state: &AppState,
    group_id: Id,
    organisation_id: Option<Id>,
    cursor: &str,
) -> Option<ChangesAnswer> {
    crate::sync::deliver_news(&state.store, group_id);
    let pull = |conn: &mut Conn| {
        pull::pull(conn, group_id, organisation_id, Some(cursor), pull::MAX_CHANGES)
    };
    match state.store.read(pull) {
        Ok(changes) => Some(changes),
        Err(PullError::CursorReset) => None,
        Err(PullError::Store(error)) => {
            tracing::warn!(%error, "no pull rode on a push");
            None
        }
    }
}

/// Which part of the feed is wanted.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PullQuery {
    /// `cursor` of the answer before; absent for everything in scope.
    cursor: Option<String>,
    /// At most 1000.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<i64>,
    /// API clients only: the agent whose feed it is.
    agent_id: Option<Id>,
}

/// What changed in one's group since a cursor, each entity once and in its newest state.
#[utoipa::path(get, path = "/api/v1/sync/changes", params(PullQuery),
    responses((status = 200, body = ChangesAnswer)))]
pub async fn changes(
    caller: Allowed<permit::Pull>,
    state: State,
    query: Query<PullQuery>,
) -> Answer<ChangesAnswer> {
    let PullQuery { cursor, limit, agent_id } = query.into_inner();
    let limit = limit.unwrap_or(pull::MAX_CHANGES);
    let pull = move |state: &AppState| -> Result<_, Problem> {
        let sender = senders::of(&state.store, &caller.principal, agent_id)?;
        crate::sync::deliver_news(&state.store, sender.group_id);
        let own = senders::organisation(&caller.principal);
        let pull =
            |conn: &mut Conn| pull::pull(conn, sender.group_id, own, cursor.as_deref(), limit);
        Ok(state.store.read(pull)?)
    };
    Ok(Json(state.run(pull).await?))
}

/// Which records are asked for: `ids`, or one's own installation from a number on.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RecordsQuery {
    /// At most 100, with commas between.
    ids: Option<String>,
    installation_id: Option<Id>,
    #[param(minimum = 1)]
    from_seq: Option<i64>,
    /// API clients only: the agent whose records they are.
    agent_id: Option<Id>,
}

/// What was decided on records, and what became of them.
#[utoipa::path(get, path = "/api/v1/sync/records", params(RecordsQuery),
    responses((status = 200, body = RecordsAnswer)))]
pub async fn records(
    caller: Allowed<permit::LookRecords>,
    state: State,
    lang: Lang,
    query: Query<RecordsQuery>,
) -> Answer<RecordsAnswer> {
    let query = query.into_inner();
    let agent_id = query.agent_id;
    let sender = move |state: &AppState| senders::of(&state.store, &caller.principal, agent_id);
    let sender = state.run(sender).await?;
    let results = match query {
        RecordsQuery { ids: Some(ids), .. } => {
            let ids = read_ids(&ids)?;
            let asked = ids.clone();
            let mut found = state.read(move |conn| lookup::by_ids(conn, sender, &asked)).await?;
            ids.into_iter().map(|id| record(lang, id, found.remove(&id))).collect()
        }
        RecordsQuery { installation_id: Some(id), from_seq, .. } => {
            let agent_id = sender.agent_id;
            let from = from_seq.unwrap_or(1);
            let found = state
                .read(move |conn| lookup::by_seq(conn, agent_id, id, from, RECORDS_BY_SEQ))
                .await?;
            found.into_iter().map(|it| record(lang, it.id, Some(it))).collect()
        }
        _ => return Err(Code::Malformed.into()),
    };
    Ok(Json(RecordsAnswer { results }))
}

/// Limits, protocols, the server's time and epoch.
#[utoipa::path(get, path = "/api/v1/sync/config", responses((status = 200, body = ConfigAnswer)))]
pub async fn config(_: Allowed<permit::SyncConfig>, state: State) -> Answer<ConfigAnswer> {
    let book = Arc::clone(&state.book);
    let (epoch, edition) =
        state.read(move |conn| Ok((migrate::epoch(conn)?, book.in_force(conn)?))).await?;
    Ok(Json(ConfigAnswer {
        limits: state.turns.limits(),
        protocols: vec![PROTOCOL],
        server_time: clock::now(),
        epoch,
        rules_version: edition.rules().version().to_owned(),
        areas_version: edition.areas().tag().to_owned(),
    }))
}

fn read_ids(text: &str) -> Result<Vec<Id>, Problem> {
    let ids: Result<Vec<Id>, Code> = text.split(',').map(|id| id.trim().parse()).collect();
    let ids = ids.map_err(|_| Code::Malformed)?;
    if ids.len() > lookup::MAX_IDS {
        return Err(Code::TooLarge.into());
    }
    Ok(ids)
}

/// A decision with its sentences.
pub(super) fn result(lang: Lang, decision: Decision) -> ResultAnswer {
    let Decision { id, rev, replayed, outcome } = decision;
    let Outcome { status, code, fields, flags, enrollments } = outcome;
    ResultAnswer {
        id,
        rev,
        status,
        replayed,
        code,
        detail: code.map(|code| texts::detail(lang, code).to_owned()),
        fields: fields.into_iter().map(|it| field(lang, it)).collect(),
        flags,
        enrollments,
    }
}

fn field(lang: Lang, error: FieldError) -> FieldAnswer {
    FieldAnswer {
        detail: texts::of_field(lang, &error),
        path: error.path,
        code: error.code,
        expected: error.expected,
        rule: error.rule,
    }
}

pub(super) fn record(lang: Lang, id: Id, found: Option<Found>) -> RecordAnswer {
    let Some(found) = found else {
        return RecordAnswer {
            id,
            rev: None,
            seq: None,
            found: false,
            outcome: None,
            current: None,
        };
    };
    let Found { rev, outcome, judged_again, state, at, seq, enrollment_ids, .. } = found;
    // What it was judged to be then may have been taken back since.
    let judged_again = judged_again.filter(|it| it.state() == Some(state));
    let decision = Decision { id: Some(id), rev: Some(rev), replayed: true, outcome };
    RecordAnswer {
        id,
        rev: Some(rev),
        seq,
        found: true,
        outcome: Some(result(lang, decision)),
        current: Some(CurrentAnswer {
            status: state,
            code: judged_again.as_ref().and_then(|it| it.code),
            fields: judged_again.map_or(vec![], |it| {
                it.fields.into_iter().map(|error| field(lang, error)).collect()
            }),
            at,
            enrollment_ids,
        }),
    }
}

impl From<EnvelopeError> for Problem {
    fn from(error: EnvelopeError) -> Self {
        match error {
            EnvelopeError::Malformed => Code::Malformed,
            EnvelopeError::TooLarge => Code::TooLarge,
            EnvelopeError::Protocol => Code::ProtocolUnknown,
        }
        .into()
    }
}

impl From<PullError> for Problem {
    fn from(error: PullError) -> Self {
        match error {
            PullError::CursorReset => Code::CursorReset.into(),
            PullError::Store(error) => StoreError::into(error),
        }
    }
}
