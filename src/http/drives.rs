//! Drives: one outing of a group to a village on a day.

use actix_web::web::{Json, Path, Query};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::fields::{self, Fields, Given};
use super::guard::{Allowed, permit};
use super::json::{Body, Created};
use super::paging::{Listed, Paging};
use super::{Answer, Problem, State};
use crate::clock;
use crate::domain::Id;
use crate::store::places::{self, Drive};

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
            created_at: drive.created_at.and_utc(),
        }
    }
}

impl NewDrive {
    fn read(self, new_id: Id, now: DateTime<Utc>) -> Result<Drive, Problem> {
        let mut fields = Fields::default();
        let id = fields.take_optional("/id", self.id).unwrap_or(new_id);
        let group_id = fields.take("/group_id", self.group_id);
        let village_id = fields.take("/village_id", self.village_id);
        let held_on = fields.take("/on", fields::day(self.on));
        let leader_id = fields.take_optional("/leader_id", self.leader_id);
        let whole = (|| {
            Some(Drive {
                id,
                group_id: group_id?,
                village_id: village_id?,
                held_on: held_on?,
                leader_id,
                created_at: now.naive_utc(),
            })
        })();
        fields.finish(whole)
    }
}

/// Drives within reach.
#[utoipa::path(get, path = "/api/v1/drives", params(Paging), responses((status = 200, body = Listed<DriveView>)))]
pub async fn list(
    allowed: Allowed<permit::ReadOwnUnit>,
    state: State,
    paging: Query<Paging>,
) -> Answer<Listed<DriveView>> {
    let window = paging.window()?;
    let page = allowed.read(&state, move |c, reach| places::drives(c, reach, window)).await?;
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
            let made = places::create_drive(tx, reach, &drive)?;
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
    id: Path<Id>,
) -> Answer<DriveView> {
    let drive = allowed.read(&state, move |c, reach| places::drive(c, reach, *id)).await?;
    Ok(Json(drive.into()))
}
