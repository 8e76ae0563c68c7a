//! Installations: which apps there are, and taking one out of use.

use actix_web::web::{Json, Path, Query};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::fields::{self, Fields, Given};
use super::guard::{Allowed, permit};
use super::json::{Body, Created};
use super::paging::{Listed, Paging};
use super::{Answer, Problem, State, senders};
use crate::clock;
use crate::domain::{Code, Id, InstallationMode, PhoneState, clean_text};
use crate::store::installations::{self, Installation, Wanted};
use crate::store::{self, Conn, phones};
use crate::sync::gaps;

/// An app of a user, and what it last told.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Installation)]
pub struct InstallationView {
    id: Id,
    user_id: Id,
    label: String,
    #[schema(required)]
    app_version: Option<String>,
    created_at: DateTime<Utc>,
    last_seen_at: DateTime<Utc>,
    #[schema(required)]
    revoked_mode: Option<InstallationMode>,
    #[schema(required)]
    revoked_at: Option<DateTime<Utc>>,
    /// Every sequence number up to this one has come.
    contiguous_seq: i64,
    /// Records it had not handed in when it last spoke.
    pending_total: i64,
    #[schema(required)]
    oldest_pending_at: Option<DateTime<Utc>>,
    /// Ranges of numbers that never arrived although later ones did, both ends included.
    missing_seq: Vec<(i64, i64)>,
}

impl InstallationView {
    /// An installation, with the gaps in what it sent.
    fn of(conn: &mut Conn, installation: Installation) -> store::Result<Self> {
        let contiguous = installation.contiguous_seq;
        let seen = phones::seen_beyond(conn, installation.id, contiguous)?;
        Ok(Self {
            id: installation.id,
            user_id: installation.user_id,
            label: installation.label,
            app_version: installation.app_version,
            created_at: installation.created_at.and_utc(),
            last_seen_at: installation.last_seen_at.and_utc(),
            revoked_mode: installation.revoked_mode,
            revoked_at: installation.revoked_at.map(|at| at.and_utc()),
            contiguous_seq: installation.contiguous_seq,
            pending_total: installation.pending_total,
            oldest_pending_at: installation.oldest_pending_at.map(|at| at.and_utc()),
            missing_seq: gaps::find(contiguous, &seen).missing,
        })
    }
}

/// For how many days a silent phone was not heard of, unless asked otherwise.
const SILENT_DAYS: i64 = 7;

/// Which installations are wanted.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct InstallationQuery {
    /// The group its user is in now.
    #[param(value_type = Option<Id>)]
    group_id: Option<String>,
    /// `silent`: not heard of for `days` (`last_seen_at`: a log-in, a refreshed session or a batch), although
    /// it may still speak: its user is not disabled, and it is not revoked, or may still deliver what it
    /// holds. `behind`: it held records when it last spoke (`pending_total`), or numbers never arrived
    /// although later ones did (`missing_seq`), revoked or not.
    #[param(value_type = Option<PhoneState>)]
    state: Option<String>,
    /// With `silent`: whole days of 24 hours, 1 to 366; 7 unless asked otherwise.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 366)]
    days: Option<String>,
}

impl InstallationQuery {
    pub(super) fn read(self, now: DateTime<Utc>) -> Result<Wanted, Problem> {
        let mut fields = Fields::default();
        let group_id = self.group_id.map(|text| fields::word(Given::of(text)));
        let state = self.state.map(|text| fields::word::<PhoneState>(Given::of(text)));
        let group_id = fields.take_optional("/group_id", group_id);
        let state = fields.take_optional("/state", state);
        let days = self.days.map(|text| {
            fields::word::<i64>(Given::of(text)).and_then(|days| match days {
                1..=366 => Ok(days),
                _ => Err(Code::OutOfRange),
            })
        });
        let days = fields.take_optional("/days", days).unwrap_or(SILENT_DAYS);
        let silent = state == Some(PhoneState::Silent);
        let wanted = Wanted {
            group_id,
            silent_since: silent.then(|| (now - TimeDelta::days(days)).naive_utc()),
            behind: state == Some(PhoneState::Behind),
        };
        fields.finish(Some(wanted))
    }
}

/// Installations within reach.
#[utoipa::path(get, path = "/api/v1/installations", params(InstallationQuery, Paging), responses((status = 200, body = Listed<InstallationView>)))]
pub async fn list(
    allowed: Allowed<permit::ListInstallations>,
    state: State,
    query: Query<InstallationQuery>,
    paging: Query<Paging>,
) -> Answer<Listed<InstallationView>> {
    let wanted = query.into_inner().read(clock::now())?;
    let window = paging.window()?;
    let read = allowed.read(&state, move |conn, reach| {
        let page = installations::list(conn, reach, wanted, window)?;
        let views = page.items.into_iter().map(|it| InstallationView::of(conn, it));
        Ok((views.collect::<store::Result<Vec<_>>>()?, page.next))
    });
    let (items, next) = read.await?;
    Ok(Json(Listed::new(items, next.map(|id| *id.0.as_bytes()))))
}

/// One installation within reach.
#[utoipa::path(get, path = "/api/v1/installations/{id}", params(("id" = Id, Path)), responses((status = 200, body = InstallationView)))]
pub async fn read(
    allowed: Allowed<permit::ListInstallations>,
    state: State,
    id: Path<Id>,
) -> Answer<InstallationView> {
    let read = allowed.read(&state, move |conn, reach| {
        let found = installations::get(conn, reach, *id)?;
        InstallationView::of(conn, found)
    });
    Ok(Json(read.await?))
}

/// Longest label of an app, in characters.
const LABEL: usize = 100;

/// The phone of an agent, made known by his organisation's program.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct NewInstallation {
    /// Made by the app at its first start.
    #[schema(value_type = Id)]
    id: Given<Id>,
    /// What people call the phone.
    #[schema(value_type = Option<String>)]
    label: Option<Given<String>>,
    /// An agent of the program's organisation.
    #[schema(value_type = Id)]
    agent_id: Given<Id>,
}

/// Makes the phone of an organisation's agent known, so that its batches may come through the program.
#[utoipa::path(post, path = "/api/v1/installations", request_body = NewInstallation, responses((status = 201, body = InstallationView)))]
pub async fn register(
    allowed: Allowed<permit::RegisterInstallation>,
    state: State,
    Body(body): Body<NewInstallation>,
) -> Result<Created<InstallationView>, Problem> {
    let mut fields = Fields::default();
    let id = fields.take("/id", body.id);
    let label = body.label.map(|label| label.and_then(|text| clean_text(&text, LABEL)));
    let label = fields.take_optional("/label", label).unwrap_or_default();
    let agent_id = fields.take("/agent_id", body.agent_id);
    let (id, agent_id) = fields.finish(id.zip(agent_id))?;
    let (now, author, principal) =
        (clock::now().naive_utc(), state.store.author(), allowed.principal);
    let work = move |tx: &mut Conn| -> Result<InstallationView, Problem> {
        senders::agent_of(tx, &principal, agent_id)?
            .ok_or_else(|| Problem::from(Code::AgentNotAllowed).about("/agent_id"))?;
        match installations::by_id(tx, id)? {
            None => installations::create(tx, id, agent_id, &label, None, now)?,
            Some(known) if known.user_id != agent_id => return Err(Code::InstallationTaken.into()),
            Some(_) => {}
        }
        let known = installations::by_id(tx, id)?.ok_or(Code::NotFound)?;
        Ok(author.made(id, InstallationView::of(tx, known)?))
    };
    Ok(Created(state.run(move |state| state.store.write(work)).await?))
}

/// How to take an installation out of use.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct Revocation {
    /// `deliver` lets it hand in what it holds; `block`, for a stolen one, lets it do nothing.
    #[schema(value_type = InstallationMode)]
    mode: Given<String>,
}

/// Takes an installation out of use. A blocked one stays blocked.
#[utoipa::path(post, path = "/api/v1/installations/{id}/revoke", params(("id" = Id, Path)), request_body = Revocation, responses((status = 200, body = InstallationView)))]
pub async fn revoke(
    allowed: Allowed<permit::RevokeInstallation>,
    state: State,
    id: Path<Id>,
    body: Body<Revocation>,
) -> Answer<InstallationView> {
    let mut fields = Fields::default();
    let mode = fields.take("/mode", fields::word::<InstallationMode>(body.0.mode));
    let mode = fields.finish(mode)?;
    let now = clock::now().naive_utc();
    let author = state.store.author();
    let revoked = allowed
        .write(&state, move |tx, reach| {
            let revoked = installations::revoke(tx, reach, *id, mode, now)?;
            let revoked = InstallationView::of(tx, revoked)?;
            author.after(&revoked);
            Ok(revoked)
        })
        .await?;
    Ok(Json(revoked))
}
