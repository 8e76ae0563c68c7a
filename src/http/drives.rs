//! Drives: one outing of a group to a village on a day, who goes, and what it brought.

use actix_web::web::{Json, Path, Query};
use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::fields::{self, Fields, Given};
use super::guard::{Allowed, permit};
use super::json::{Body, Created};
use super::paging::{Listed, Paging};
use super::tallies::TallyTable;
use super::{Answer, Problem, State, tag};
use crate::clock;
use crate::domain::{Areas, Code, Id, vn_day};
use crate::store::drives::{self, Drive, Wanted};
use crate::store::sums::{By, Question};
use crate::store::{locks, names};
use crate::tallies::table;

/// Longest note, in characters.
const NOTE: usize = 500;
/// Most people who go with one drive.
const PEOPLE: usize = 200;

/// A new drive.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct NewDrive {
    /// Made by the client, so that the same request twice makes one drive.
    #[schema(value_type = Option<Id>)]
    id: Option<Given<Id>>,
    #[schema(value_type = Id)]
    group_id: Given<Id>,
    #[schema(value_type = Id)]
    village_id: Given<Id>,
    /// The day of the outing.
    #[schema(value_type = NaiveDate)]
    on: Given<String>,
    /// Who leads it, of the same group.
    #[schema(value_type = Option<Id>)]
    leader_id: Option<Given<Id>>,
    /// Who goes, all of the same group; at most 200.
    #[schema(value_type = Option<Vec<Id>>)]
    people: Option<Given<Vec<Id>>>,
    /// What is to be known before; at most 500 characters.
    #[schema(value_type = Option<String>)]
    note: Option<Given<String>>,
}

/// What changes of a drive; what is absent stays.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct DriveChange {
    #[schema(value_type = Option<Id>)]
    village_id: Option<Given<Id>>,
    #[schema(value_type = Option<NaiveDate>)]
    on: Option<Given<String>>,
    #[schema(value_type = Option<Id>)]
    leader_id: Option<Given<Id>>,
    /// Who goes from now on, all of them.
    #[schema(value_type = Option<Vec<Id>>)]
    people: Option<Given<Vec<Id>>>,
    #[schema(value_type = Option<String>)]
    note: Option<Given<String>>,
}

/// A drive.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Drive)]
pub struct DriveView {
    id: Id,
    group_id: Id,
    village_id: Id,
    on: NaiveDate,
    #[schema(required)]
    leader_id: Option<Id>,
    /// Who goes, in order.
    people: Vec<Id>,
    #[schema(required)]
    note: Option<String>,
    created_at: DateTime<Utc>,
}

impl From<Drive> for DriveView {
    fn from(drive: Drive) -> Self {
        Self {
            id: drive.id,
            group_id: drive.group_id,
            village_id: drive.village_id,
            on: drive.held_on,
            leader_id: drive.leader_id,
            people: drive.people,
            note: drive.note,
            created_at: drive.created_at.and_utc(),
        }
    }
}

fn few(people: Vec<Id>) -> Result<Vec<Id>, Code> {
    if people.len() <= PEOPLE { Ok(people) } else { Err(Code::OutOfRange) }
}

fn people(given: Given<Vec<Id>>) -> Given<Vec<Id>> {
    given.and_then(few)
}

fn note(given: Given<String>) -> Given<String> {
    fields::text(given, NOTE)
}

impl NewDrive {
    fn read(self, new_id: Id, now: DateTime<Utc>) -> Result<Drive, Problem> {
        let mut fields = Fields::default();
        let id = fields.take_optional("/id", self.id).unwrap_or(new_id);
        let group_id = fields.take("/group_id", self.group_id);
        let village_id = fields.take("/village_id", self.village_id);
        let held_on = fields.take("/on", fields::day(self.on));
        let leader_id = fields.take_optional("/leader_id", self.leader_id);
        let people = fields.take_optional("/people", self.people.map(people)).unwrap_or_default();
        let note = fields.take_optional("/note", self.note.map(note));
        let whole = (|| {
            Some(Drive {
                id,
                group_id: group_id?,
                village_id: village_id?,
                held_on: held_on?,
                leader_id,
                people,
                note,
                created_at: now.naive_utc(),
            })
        })();
        fields.finish(whole)
    }
}

/// Which drives are wanted.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DriveQuery {
    /// Those on this day or later.
    #[param(value_type = Option<NaiveDate>)]
    from: Option<String>,
    /// Those on this day or before.
    #[param(value_type = Option<NaiveDate>)]
    to: Option<String>,
    #[param(value_type = Option<Id>)]
    group_id: Option<String>,
    #[param(value_type = Option<Id>)]
    village_id: Option<String>,
}

impl DriveQuery {
    pub(super) fn read(self) -> Result<Wanted, Problem> {
        let mut fields = Fields::default();
        let day = |text: Option<String>| text.map(|text| fields::day(Given::of(text)));
        let id = |text: Option<String>| text.map(|text| fields::word::<Id>(Given::of(text)));
        let wanted = Wanted {
            from: fields.take_optional("/from", day(self.from)),
            to: fields.take_optional("/to", day(self.to)),
            group_id: fields.take_optional("/group_id", id(self.group_id)),
            village_id: fields.take_optional("/village_id", id(self.village_id)),
        };
        fields.finish(Some(wanted))
    }
}

/// Drives within reach.
#[utoipa::path(get, path = "/api/v1/drives", params(DriveQuery, Paging), responses((status = 200, body = Listed<DriveView>)))]
pub async fn list(
    allowed: Allowed<permit::ReadOwnUnit>,
    state: State,
    query: Query<DriveQuery>,
    paging: Query<Paging>,
) -> Answer<Listed<DriveView>> {
    let window = paging.window()?;
    let wanted = query.into_inner().read()?;
    let page = allowed.read(&state, move |c, reach| drives::list(c, reach, wanted, window)).await?;
    Ok(Json(Listed::of(page)))
}

/// Adds a drive.
#[utoipa::path(post, path = "/api/v1/drives", request_body = NewDrive, responses((status = 201, body = DriveView)))]
pub async fn create(
    allowed: Allowed<permit::ManageDrives>,
    state: State,
    body: Body<NewDrive>,
) -> Result<Created<DriveView>, Problem> {
    let drive = body.0.read(clock::new_id(), clock::now())?;
    let author = state.store.author();
    let made = allowed
        .write(&state, move |tx, reach| {
            let made = drives::create(tx, reach, drive.clone())?;
            Ok(author.made(made.id, DriveView::from(made)))
        })
        .await?;
    Ok(Created(made))
}

/// One drive within reach.
#[utoipa::path(get, path = "/api/v1/drives/{id}", params(("id" = Id, Path)), responses((status = 200, body = DriveView)))]
pub async fn read(
    allowed: Allowed<permit::ReadOwnUnit>,
    state: State,
    req: HttpRequest,
    id: Path<Id>,
) -> Result<HttpResponse, Problem> {
    let drive = allowed.read(&state, move |c, reach| drives::get(c, reach, *id)).await?;
    let drive = DriveView::from(drive);
    let tag = tag::of(&drive);
    Ok(tag::unchanged(&req, &tag).unwrap_or_else(|| tag::tagged(tag).json(drive)))
}

/// Changes a drive within reach; its group stays. `If-Match` refuses when somebody else was faster.
#[utoipa::path(patch, path = "/api/v1/drives/{id}", params(("id" = Id, Path)), request_body = DriveChange,
    responses((status = 200, body = DriveView)))]
pub async fn update(
    allowed: Allowed<permit::ManageDrives>,
    state: State,
    req: HttpRequest,
    id: Path<Id>,
    body: Body<DriveChange>,
) -> Result<HttpResponse, Problem> {
    let mut fields = Fields::default();
    let village_id = fields.take_optional("/village_id", body.0.village_id);
    let held_on = fields.take_optional("/on", body.0.on.map(fields::day));
    let leader_id = fields.take_optional("/leader_id", body.0.leader_id);
    let people = fields.take_optional("/people", body.0.people.map(people));
    let note = fields.take_optional("/note", body.0.note.map(note));
    fields.finish(Some(()))?;
    let asked = tag::asked(&req);
    let author = state.store.author();
    let id = *id;
    let changed = allowed
        .write(&state, move |tx, reach| {
            locks::drive(tx, id)?;
            let drive = drives::get(tx, reach, id)?;
            let before = DriveView::from(drive.clone());
            if tag::check(asked.as_deref(), &tag::of(&before)).is_err() {
                return Ok(None);
            }
            author.before(&before);
            let new = Drive {
                village_id: village_id.unwrap_or(drive.village_id),
                held_on: held_on.unwrap_or(drive.held_on),
                leader_id: leader_id.or(drive.leader_id),
                people: people.clone().unwrap_or_else(|| drive.people.clone()),
                note: note.clone().or_else(|| drive.note.clone()),
                ..drive
            };
            drives::change(tx, &drive, new)?;
            let drive = DriveView::from(drives::get(tx, reach, id)?);
            author.after(&drive);
            Ok(Some(drive))
        })
        .await?;
    let drive = changed.ok_or(Code::PreconditionFailed)?;
    Ok(tag::tagged(tag::of(&drive)).json(drive))
}

/// What a drive brought.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct DriveReport {
    drive: DriveView,
    /// Who goes or went, by name; the leader among them.
    people: Vec<DrivePerson>,
    /// What its records came to, by agent, since its day; and all together.
    tallies: TallyTable,
}

/// Somebody who goes.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct DrivePerson {
    id: Id,
    name: String,
}

/// What a drive brought, as it stands now.
#[utoipa::path(get, path = "/api/v1/drives/{id}/report", params(("id" = Id, Path)), responses((status = 200, body = DriveReport)))]
pub async fn report(
    allowed: Allowed<permit::ReadOwnUnit>,
    state: State,
    id: Path<Id>,
) -> Answer<DriveReport> {
    let id = *id;
    let now = clock::now();
    let report = allowed
        .read(&state, move |c, reach| {
            let drive = drives::get(c, reach, id)?;
            let today = vn_day(now);
            let question = Question {
                from: drive.held_on,
                to: today.max(drive.held_on),
                today,
                scheme: None,
                group_id: Some(drive.group_id),
                office_id: None,
                drive_id: Some(id),
            };
            let rows = table::table(c, &Areas::in_force(), reach, By::Agent, &question)?;
            let mut ids = drive.people.clone();
            ids.extend(drive.leader_id.filter(|leader| !drive.people.contains(leader)));
            let mut people: Vec<DrivePerson> = names::users(c, &ids)?
                .into_iter()
                .map(|(id, name)| DrivePerson { id, name })
                .collect();
            people.sort_by(|a, b| (&a.name, a.id).cmp(&(&b.name, b.id)));
            Ok(DriveReport { drive: drive.into(), people, tallies: TallyTable::of(rows, now) })
        })
        .await?;
    Ok(Json(report))
}
