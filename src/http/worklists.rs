//! Worklists: whom to visit, who goes, and what came of it.

use std::collections::BTreeSet;

use actix_web::web::{Json, Path, Query};
use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use serde::{Deserialize, Serialize};

use super::fields::{self, Fields, Given};
use super::guard::{Allowed, permit};
use super::json::{Body, Created};
use super::paging::{Listed, Paging};
use super::{Answer, Problem, State, tag};
use crate::clock;
use crate::domain::{
    ChangeEntity, ChangeReason, Code, Id, ItemState, Scheme, VisitResult, WorklistKind, vn_day,
};
use crate::store::feed::News;
use crate::store::worklists::items::{self, Chosen, Wanted};
use crate::store::worklists::{self, Worklist, giving, residents};
use crate::store::{self, Conn, Reach, locks, news};
use crate::sync::deliver_news;
use crate::sync::wire::WorklistItemEntity;

/// A new list.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct NewWorklist {
    /// Made by the client, so that the same request twice makes one list.
    #[schema(value_type = Option<Id>)]
    id: Option<Given<Id>>,
    #[schema(value_type = String)]
    name: Given<String>,
    /// Who belongs on it; `never_joined` begins empty.
    #[schema(value_type = WorklistKind)]
    kind: Given<String>,
    #[schema(value_type = Scheme)]
    scheme: Given<String>,
    /// Whose groups enrolled them; either this or a group.
    #[schema(value_type = Option<Id>)]
    office_id: Option<Given<Id>>,
    /// Which group enrolled them; its list is given to it at once.
    #[schema(value_type = Option<Id>)]
    group_id: Option<Given<Id>>,
    /// Only who lives in these communes.
    #[schema(value_type = Option<Vec<String>>, example = json!(["19141"]))]
    area_codes: Option<Given<Vec<String>>>,
    /// Only who was enrolled in this village.
    #[schema(value_type = Option<Id>)]
    village_id: Option<Given<Id>>,
    /// The day by which it is made, today's unless said; another one than the list of this id has is a `conflict`.
    #[schema(value_type = Option<NaiveDate>)]
    on: Option<Given<String>>,
}

impl NewWorklist {
    fn read(self, new_id: Id, now: DateTime<Utc>) -> Result<Worklist, Problem> {
        let today = vn_day(now);
        let mut fields = Fields::default();
        let id = fields.take_optional("/id", self.id).unwrap_or(new_id);
        let name = fields.take("/name", fields::name(self.name));
        let kind = fields.take("/kind", fields::word::<WorklistKind>(self.kind));
        let scheme = fields.take("/scheme", fields::word::<Scheme>(self.scheme));
        match (&self.office_id, &self.group_id) {
            (None, None) => fields.wrong("/office_id", Code::Required),
            (Some(_), Some(_)) => fields.wrong("/group_id", Code::Conflict),
            _ => {}
        }
        let office_id = fields.take_optional("/office_id", self.office_id);
        let group_id = fields.take_optional("/group_id", self.group_id);
        let area_codes = fields.take_optional("/area_codes", self.area_codes).unwrap_or_default();
        let area_codes = communes(&mut fields, area_codes, today);
        let village_id = fields.take_optional("/village_id", self.village_id);
        let made_on = fields.take_optional("/on", self.on.map(fields::day)).unwrap_or(today);
        // Only a household has other members.
        if kind == Some(WorklistKind::NoCard) && scheme == Some(Scheme::Voluntary) {
            fields.wrong("/scheme", Code::Invalid);
        }
        let whole = (|| {
            Some(Worklist {
                id,
                name: name?,
                kind: kind?,
                scheme: scheme?,
                office_id,
                group_id,
                area_codes: area_codes.join(" "),
                village_id,
                made_on,
                elsewhere: 0,
                created_at: now.naive_utc(),
            })
        })();
        fields.finish(whole)
    }
}

/// Communes as they are called today, each once.
fn communes(fields: &mut Fields, codes: Vec<String>, today: NaiveDate) -> Vec<String> {
    let read = |(i, code): (usize, String)| {
        fields.take(format!("/area_codes/{i}"), fields::area(Given::of(code), today))
    };
    let codes: BTreeSet<String> = codes.into_iter().enumerate().filter_map(read).collect();
    codes.into_iter().collect()
}

/// A list.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Worklist)]
pub struct WorklistView {
    id: Id,
    name: String,
    kind: WorklistKind,
    scheme: Scheme,
    #[schema(required)]
    office_id: Option<Id>,
    #[schema(required)]
    group_id: Option<Id>,
    area_codes: Vec<String>,
    #[schema(required)]
    village_id: Option<Id>,
    on: NaiveDate,
    /// How many stand on it, as far as the caller sees.
    items: i64,
    /// Of these, how many are in each state.
    counts: StateCounts,
    /// How many were left out because they stand on another open list for the scheme.
    elsewhere: i64,
    created_at: DateTime<Utc>,
}

/// How many items are in each state.
#[derive(Debug, Default, Serialize, utoipa::ToSchema)]
pub struct StateCounts {
    open: i64,
    done: i64,
    enrolled: i64,
    withdrawn: i64,
}

impl WorklistView {
    fn of(list: Worklist, counts: &[(Id, ItemState, i64)]) -> Self {
        let count = |state: ItemState| {
            let own = counts.iter().filter(|(id, of, _)| *id == list.id && *of == state);
            own.map(|(_, _, many)| many).sum()
        };
        let counts = StateCounts {
            open: count(ItemState::Open),
            done: count(ItemState::Done),
            enrolled: count(ItemState::Enrolled),
            withdrawn: count(ItemState::Withdrawn),
        };
        Self {
            id: list.id,
            name: list.name,
            kind: list.kind,
            scheme: list.scheme,
            office_id: list.office_id,
            group_id: list.group_id,
            area_codes: list.area_codes.split_whitespace().map(str::to_owned).collect(),
            village_id: list.village_id,
            on: list.made_on,
            items: counts.open + counts.done + counts.enrolled + counts.withdrawn,
            counts,
            elsewhere: list.elsewhere,
            created_at: list.created_at.and_utc(),
        }
    }

    fn one(conn: &mut Conn, reach: &Reach, list: Worklist) -> store::Result<Self> {
        let counts = worklists::counts(conn, reach, &[list.id])?;
        Ok(Self::of(list, &counts))
    }
}

/// Leaves for groups what is new; which groups these are.
fn leave(tx: &mut Conn, told: Vec<(Id, News)>, now: NaiveDateTime) -> store::Result<BTreeSet<Id>> {
    let base = clock::new_id();
    let row = |(i, (group_id, it)): (usize, (Id, News))| {
        (base.derive(&format!("news/{group_id}/{i}/{}", it.id)), group_id, it)
    };
    let told: Vec<(Id, Id, News)> = told.into_iter().enumerate().map(row).collect();
    news::leave(tx, &told, now)?;
    Ok(told.into_iter().map(|(_, group_id, _)| group_id).collect())
}

/// Puts into the feeds of these groups what was left for them.
pub(super) async fn deliver(state: &State, groups: BTreeSet<Id>) -> Result<(), Problem> {
    state
        .run(move |state| -> Result<(), Problem> {
            groups.into_iter().for_each(|id| deliver_news(&state.store, id));
            Ok(())
        })
        .await
}

fn put(group_id: Id, id: Id) -> (Id, News) {
    (group_id, News::put(ChangeEntity::WorklistItem, id))
}

fn taken(group_id: Id, id: Id) -> (Id, News) {
    (group_id, News::delete(ChangeEntity::WorklistItem, id, ChangeReason::AccessLost))
}

/// Lists within reach: one's own, and those of which something was given to one.
#[utoipa::path(get, path = "/api/v1/worklists", params(Paging), responses((status = 200, body = Listed<WorklistView>)))]
pub async fn list(
    allowed: Allowed<permit::ReadOwnUnit>,
    state: State,
    paging: Query<Paging>,
) -> Answer<Listed<WorklistView>> {
    let window = paging.window()?;
    let page = allowed
        .read(&state, move |c, reach| {
            let page = worklists::list(c, reach, window)?;
            let ids: Vec<Id> = page.items.iter().map(|list| list.id).collect();
            let counts = worklists::counts(c, reach, &ids)?;
            Ok(page.map(|list| WorklistView::of(list, &counts)))
        })
        .await?;
    Ok(Json(Listed::of(page)))
}

/// Makes a list from what is known. Nobody stands on two open lists for one scheme, nobody whose data rests on
/// any.
#[utoipa::path(post, path = "/api/v1/worklists", request_body = NewWorklist, responses((status = 201, body = WorklistView)))]
pub async fn create(
    allowed: Allowed<permit::ManageUnits>,
    state: State,
    body: Body<NewWorklist>,
) -> Result<Created<WorklistView>, Problem> {
    let now = clock::now();
    let dated = body.0.on.is_some();
    let list = body.0.read(clock::new_id(), now)?;
    let author = state.store.author();
    let (made, told) = allowed
        .write(&state, move |tx, reach| {
            let wish = (&list, dated);
            let (list, is_new) = worklists::create(tx, reach, wish)?;
            let given = if is_new { giving::given(tx, list.id)? } else { vec![] };
            let news = given.into_iter().map(|(group, id)| put(group, id)).collect();
            let told = leave(tx, news, now.naive_utc())?;
            let view = WorklistView::one(tx, reach, list)?;
            Ok((author.made(view.id, view), told))
        })
        .await?;
    deliver(&state, told).await?;
    Ok(Created(made))
}

/// One list within reach.
#[utoipa::path(get, path = "/api/v1/worklists/{id}", params(("id" = Id, Path)), responses((status = 200, body = WorklistView)))]
pub async fn read(
    allowed: Allowed<permit::ReadOwnUnit>,
    state: State,
    id: Path<Id>,
) -> Answer<WorklistView> {
    let view = allowed
        .read(&state, move |c, reach| {
            let list = worklists::get(c, reach, *id)?;
            WorklistView::one(c, reach, list)
        })
        .await?;
    Ok(Json(view))
}

/// Which items are wanted.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ItemQuery {
    /// `open`, or `closed`: whatever is not.
    #[param(value_type = Option<String>)]
    state: Option<String>,
    #[param(value_type = Option<Id>)]
    group_id: Option<String>,
    #[param(value_type = Option<Id>)]
    agent_id: Option<String>,
    area_code: Option<String>,
    #[param(value_type = Option<Id>)]
    village_id: Option<String>,
    /// What came of the last visit.
    #[param(value_type = Option<VisitResult>)]
    result: Option<String>,
}

impl ItemQuery {
    pub(super) fn read(self, today: NaiveDate) -> Result<Wanted, Problem> {
        let mut fields = Fields::default();
        let id = |text: Option<String>| text.map(|text| fields::word::<Id>(Given::of(text)));
        let open = self.state.map(|word| {
            Given::of(word).and_then(|word| match word.as_str() {
                "open" => Ok(true),
                "closed" => Ok(false),
                _ => Err(Code::BadFormat),
            })
        });
        let area = self.area_code.map(|code| fields::area(Given::of(code), today));
        let result = self.result.map(|word| fields::word(Given::of(word)));
        let wanted = Wanted {
            open: fields.take_optional("/state", open),
            group_id: fields.take_optional("/group_id", id(self.group_id)),
            agent_id: fields.take_optional("/agent_id", id(self.agent_id)),
            area_code: fields.take_optional("/area_code", area),
            village_id: fields.take_optional("/village_id", id(self.village_id)),
            result: fields.take_optional("/result", result),
        };
        fields.finish(Some(wanted))
    }
}

/// Items of a list within reach, by commune, village, address and name. An agent sees his own, and what of his
/// group's is nobody's.
#[utoipa::path(get, path = "/api/v1/worklists/{id}/items", params(("id" = Id, Path), ItemQuery, Paging),
    responses((status = 200, body = Listed<WorklistItemEntity>)))]
pub async fn items(
    allowed: Allowed<permit::ReadOwnUnit>,
    state: State,
    id: Path<Id>,
    query: Query<ItemQuery>,
    paging: Query<Paging>,
) -> Answer<Listed<WorklistItemEntity>> {
    let wanted = query.into_inner().read(vn_day(clock::now()))?;
    let window = paging.window()?;
    let page =
        allowed.read(&state, move |c, reach| items::list(c, reach, *id, &wanted, window)).await?;
    Ok(Json(Listed::of(page)))
}

/// One item within reach.
#[utoipa::path(get, path = "/api/v1/worklists/{id}/items/{item_id}",
    params(("id" = Id, Path), ("item_id" = Id, Path)), responses((status = 200, body = WorklistItemEntity)))]
pub async fn item(
    allowed: Allowed<permit::ReadOwnUnit>,
    state: State,
    req: HttpRequest,
    ids: Path<(Id, Id)>,
) -> Result<HttpResponse, Problem> {
    let (id, item_id) = *ids;
    let item = allowed.read(&state, move |c, reach| items::get(c, reach, id, item_id)).await?;
    let item = WorklistItemEntity::from(item);
    let tag = tag::of(&item);
    Ok(tag::unchanged(&req, &tag).unwrap_or_else(|| tag::tagged(tag).json(item)))
}

/// To whom items are given, and which: one of the three ways to choose.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct Assignment {
    #[schema(value_type = Id)]
    group_id: Given<Id>,
    /// Of the group, and in use; nobody's when absent.
    #[schema(value_type = Option<Id>)]
    agent_id: Option<Given<Id>>,
    #[schema(value_type = Option<Vec<Id>>)]
    item_ids: Option<Given<Vec<Id>>>,
    #[schema(value_type = Option<Vec<String>>)]
    area_codes: Option<Given<Vec<String>>>,
    #[schema(value_type = Option<Id>)]
    village_id: Option<Given<Id>>,
}

impl Assignment {
    fn read(self, today: NaiveDate) -> Result<(Id, Option<Id>, Chosen), Problem> {
        let mut fields = Fields::default();
        let group_id = fields.take("/group_id", self.group_id);
        let agent_id = fields.take_optional("/agent_id", self.agent_id);
        let ways = [self.item_ids.is_some(), self.area_codes.is_some(), self.village_id.is_some()];
        match ways.into_iter().filter(|way| *way).count() {
            0 => fields.wrong("/item_ids", Code::Required),
            1 => {}
            _ => fields.wrong("/item_ids", Code::Conflict),
        }
        let item_ids = fields.take_optional("/item_ids", self.item_ids).map(Chosen::Items);
        let codes = fields.take_optional("/area_codes", self.area_codes);
        let codes = codes.map(|codes| Chosen::Areas(communes(&mut fields, codes, today)));
        let village = fields.take_optional("/village_id", self.village_id).map(Chosen::Village);
        let chosen = item_ids.or(codes).or(village);
        let whole = group_id.zip(chosen).map(|(group_id, chosen)| (group_id, agent_id, chosen));
        fields.finish(whole)
    }
}

/// How many items were given.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Assigned {
    assigned: usize,
}

/// Gives open items of a list to a group, or to an agent of it. Their phones hear of it, and those of the group
/// that had them before forget them. A leader gives what is his group's.
#[utoipa::path(post, path = "/api/v1/worklists/{id}/assign", params(("id" = Id, Path)),
    request_body = Assignment, responses((status = 200, body = Assigned)))]
pub async fn assign(
    allowed: Allowed<permit::AssignWork>,
    state: State,
    id: Path<Id>,
    body: Body<Assignment>,
) -> Answer<Assigned> {
    let now = clock::now();
    let (group_id, agent_id, chosen) = body.0.read(vn_day(now))?;
    let author = state.store.author();
    let (assigned, told) = allowed
        .write(&state, move |tx, reach| {
            worklists::get(tx, reach, *id)?;
            giving::check_holder(tx, reach, Some(group_id), agent_id)?;
            let ids = items::chosen(tx, reach, *id, &chosen)?;
            locks::worklist_items(tx, &ids)?;
            // Some may have been closed, or taken away, until they were locked.
            let ids = items::chosen(tx, reach, *id, &chosen)?;
            let before = giving::assign(tx, &ids, (group_id, agent_id), now.naive_utc())?;
            let gone = before.into_iter().filter(|(group, _)| *group != group_id);
            let mut told: Vec<_> = gone.map(|(group, id)| taken(group, id)).collect();
            told.extend(ids.iter().map(|id| put(group_id, *id)));
            let assigned = Assigned { assigned: ids.len() };
            author.after(&(group_id, agent_id, &ids));
            Ok((assigned, leave(tx, told, now.naive_utc())?))
        })
        .await?;
    deliver(&state, told).await?;
    Ok(Json(assigned))
}

/// What changes of an item; what is absent stays.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct ItemChange {
    /// Null takes it away from its group. Another group has other agents.
    #[serde(default, deserialize_with = "fields::nullable")]
    #[schema(value_type = Option<Id>)]
    group_id: Option<Given<Option<Id>>>,
    /// Null leaves it to the whole group.
    #[serde(default, deserialize_with = "fields::nullable")]
    #[schema(value_type = Option<Id>)]
    agent_id: Option<Given<Option<Id>>>,
    /// Anything but `enrolled`, which comes with an enrollment.
    #[schema(value_type = Option<ItemState>)]
    state: Option<Given<String>>,
}

/// Changes an item within reach. `If-Match` refuses when somebody else was faster; opening one whose person
/// stands on another open list is a `conflict`.
#[utoipa::path(patch, path = "/api/v1/worklists/{id}/items/{item_id}",
    params(("id" = Id, Path), ("item_id" = Id, Path)), request_body = ItemChange,
    responses((status = 200, body = WorklistItemEntity)))]
pub async fn update(
    allowed: Allowed<permit::AssignWork>,
    state: State,
    req: HttpRequest,
    ids: Path<(Id, Id)>,
    body: Body<ItemChange>,
) -> Result<HttpResponse, Problem> {
    let (id, item_id) = *ids;
    let mut fields = Fields::default();
    let group_id = fields.take_optional("/group_id", body.0.group_id);
    let agent_id = fields.take_optional("/agent_id", body.0.agent_id);
    let wanted = fields.take_optional("/state", body.0.state.map(fields::word::<ItemState>));
    if wanted == Some(ItemState::Enrolled) {
        fields.wrong("/state", Code::Invalid);
    }
    fields.finish(Some(()))?;
    let asked = tag::asked(&req);
    let now = clock::now().naive_utc();
    let author = state.store.author();
    let changed = allowed
        .write(&state, move |tx, reach| {
            // Agents are locked before items.
            if let Some(agent_id) = agent_id.flatten() {
                locks::user(tx, agent_id)?;
            }
            if wanted == Some(ItemState::Open) {
                residents::check_opens(tx, reach, id, item_id)?;
            }
            locks::worklist_items(tx, &[item_id])?;
            let (row, visit) = items::get(tx, reach, id, item_id)?;
            let before = WorklistItemEntity::from((row.clone(), visit));
            if tag::check(asked.as_deref(), &tag::of(&before)).is_err() {
                return Ok(None);
            }
            author.subject(item_id);
            author.before(&before);
            let group = group_id.unwrap_or(row.group_id);
            let stays = group == row.group_id;
            let agent = agent_id.unwrap_or(row.agent_id.filter(|_| stays));
            if (group, agent) != (row.group_id, row.agent_id) {
                giving::check_holder(tx, reach, group, agent)?;
            }
            giving::change(tx, item_id, (group, agent), wanted.unwrap_or(row.state), now)?;
            let gone = row.group_id.filter(|_| !stays).map(|group| taken(group, item_id));
            let told = gone.into_iter().chain(group.map(|group| put(group, item_id))).collect();
            let (item, visit) =
                items::by_ids(tx, &[item_id])?.pop().ok_or(store::StoreError::NotFound)?;
            let item = WorklistItemEntity::from((item, visit));
            author.after(&item);
            Ok(Some((item, leave(tx, told, now)?)))
        })
        .await?;
    let (item, told) = changed.ok_or(Code::PreconditionFailed)?;
    deliver(&state, told).await?;
    Ok(tag::tagged(tag::of(&item)).json(item))
}
