//! Villages have no official code: an office keeps its own list, and everybody may read it.

use actix_web::web::{Json, Path, Query};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::fields::{self, Fields, Given};
use super::guard::{Allowed, permit};
use super::json::{Body, Created};
use super::paging::{Listed, Paging};
use super::{Answer, Problem, State};
use crate::clock;
use crate::domain::{Id, vn_day};
use crate::store::places::{self, Village};

/// Longest code of an area, in characters.
const AREA_CODE: usize = 10;

/// A new village.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct NewVillage {
    /// Made by the client, so that the same request twice makes one village.
    #[schema(value_type = Option<Id>)]
    id: Option<Given<Id>>,
    #[schema(value_type = String)]
    name: Given<String>,
    /// Its commune.
    #[schema(value_type = String, example = "19141")]
    area_code: Given<String>,
}

/// A village.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Village)]
pub struct VillageView {
    id: Id,
    name: String,
    area_code: String,
    created_at: DateTime<Utc>,
}

impl From<Village> for VillageView {
    fn from(village: Village) -> Self {
        Self {
            id: village.id,
            name: village.name,
            area_code: village.area_code,
            created_at: village.created_at.and_utc(),
        }
    }
}

impl NewVillage {
    fn read(self, new_id: Id, now: DateTime<Utc>) -> Result<Village, Problem> {
        let mut fields = Fields::default();
        let id = fields.take_optional("/id", self.id).unwrap_or(new_id);
        let name = fields.take("/name", fields::name(self.name));
        let area_code = fields.take("/area_code", fields::area(self.area_code, vn_day(now)));
        let created_at = now.naive_utc();
        let whole = name.zip(area_code);
        fields.finish(whole.map(|(name, area_code)| Village { id, name, area_code, created_at }))
    }
}

/// Which villages are wanted.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// Those of this commune only.
    area_code: Option<String>,
}

impl Wanted {
    /// The commune, if it is one.
    pub(super) fn read(self) -> Result<Option<String>, Problem> {
        let mut fields = Fields::default();
        let code = self.area_code.map(|text| fields::text(Given::of(text), AREA_CODE));
        let code = fields.take_optional("/area_code", code);
        fields.finish(Some(code))
    }
}

/// Villages.
#[utoipa::path(get, path = "/api/v1/villages", params(Wanted, Paging), responses((status = 200, body = Listed<VillageView>)))]
pub async fn list(
    _: Allowed<permit::ReadReference>,
    state: State,
    wanted: Query<Wanted>,
    paging: Query<Paging>,
) -> Answer<Listed<VillageView>> {
    let window = paging.window()?;
    let area_code = wanted.into_inner().read()?;
    let page = state.read(move |c| places::villages(c, area_code.as_deref(), window)).await?;
    Ok(Json(Listed::of(page)))
}

/// Adds a village.
#[utoipa::path(post, path = "/api/v1/villages", request_body = NewVillage, responses((status = 201, body = VillageView)))]
pub async fn create(
    _: Allowed<permit::ManageUnits>,
    state: State,
    body: Body<NewVillage>,
) -> Result<Created<VillageView>, Problem> {
    let village = body.0.read(clock::new_id(), clock::now())?;
    let author = state.store.author();
    let made = state
        .write(move |tx| {
            places::create_village(tx, &village)
                .map(|made| author.made(made.id, VillageView::from(made)))
        })
        .await?;
    Ok(Created(made))
}

/// One village.
#[utoipa::path(get, path = "/api/v1/villages/{id}", params(("id" = Id, Path)), responses((status = 200, body = VillageView)))]
pub async fn read(
    _: Allowed<permit::ReadReference>,
    state: State,
    id: Path<Id>,
) -> Answer<VillageView> {
    let village = state.read(move |c| places::village(c, *id)).await?;
    Ok(Json(village.into()))
}
