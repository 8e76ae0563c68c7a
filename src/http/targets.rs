//! Targets: what offices, groups, agents, organisations, villages, mass organisations and communes are to reach in a
//! period, handed down from whole to part.

use actix_web::web::{Json, Path, Query};
use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::fields::{self, Fields, Given};
use super::guard::{Allowed, permit};
use super::json::{Body, Created};
use super::paging::{Listed, Paging};
use super::{Answer, Problem, State, tag};
use crate::clock;
use crate::domain::{AreaLevel, Areas, Code, HolderKind, Id, Measure, Scheme, vn_day};
use crate::policy::permissions::Scope;
use crate::store::holders::Holder;
use crate::store::targets::{self, Share, Target, Wanted, Wish};
use crate::store::{Conn, Page, StoreError, locks};
use crate::sync::targets::shown;
use crate::sync::wire::TargetEntity;

/// Whose a target is to be.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct NewHolder {
    #[schema(value_type = HolderKind)]
    kind: Given<String>,
    /// Its id; of an area the code of the commune.
    #[schema(value_type = String)]
    id: Given<String>,
}

impl NewHolder {
    fn read(self, fields: &mut Fields, path: &str, today: NaiveDate) -> Option<Holder> {
        let kind = fields.take(format!("{path}/kind"), fields::word::<HolderKind>(self.kind));
        let id = match kind {
            Some(HolderKind::Area) => fields::area(self.id, today).and_then(commune),
            _ => self.id.and_then(|text| Ok(text.parse::<Id>()?.to_string())),
        };
        let id = fields.take(format!("{path}/id"), id);
        kind.zip(id).map(|(kind, id)| Holder { kind, id })
    }
}

/// What is counted by area is counted by commune.
fn commune(code: String) -> Result<String, Code> {
    let areas = Areas::in_force();
    let area = areas.find(&code, NaiveDate::MAX);
    let commune = area.is_some_and(|area| area.level == AreaLevel::Commune);
    if commune { Ok(code) } else { Err(Code::AreaUnknown) }
}

/// A new target.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct NewTarget {
    /// Made by the client, so that the same request twice makes one target.
    #[schema(value_type = Option<Id>)]
    id: Option<Given<Id>>,
    /// Whose it is to be.
    #[schema(value_type = Option<NewHolder>)]
    holder: Option<Given<NewHolder>>,
    /// The same as a holder of the kind `group`.
    #[schema(value_type = Option<Id>)]
    group_id: Option<Given<Id>>,
    /// Whose plan it belongs to. A supervisor's own office unless given. An administrator must name it for an
    /// organisation, a village, an area, and a mass organisation without an office.
    #[schema(value_type = Option<Id>)]
    office_id: Option<Given<Id>>,
    /// The target it is a part of: of the same measure and scheme, in a period around this one's.
    #[schema(value_type = Option<Id>)]
    part_of: Option<Given<Id>>,
    /// `enrolled` unless given.
    #[schema(value_type = Option<Measure>)]
    measure: Option<Given<String>>,
    /// Required but for installs of the app, which have none.
    #[schema(value_type = Option<Scheme>)]
    scheme: Option<Given<String>>,
    /// The first day of the period.
    #[schema(value_type = NaiveDate)]
    from: Given<String>,
    /// The last day of the period.
    #[schema(value_type = NaiveDate)]
    to: Given<String>,
    /// How many people, at least 1.
    #[schema(value_type = i64, minimum = 1)]
    people: Given<i64>,
}

/// More people than Việt Nam has.
pub const MOST: i64 = 200_000_000;

fn count(people: i64) -> Result<i64, Code> {
    if (1..=MOST).contains(&people) { Ok(people) } else { Err(Code::OutOfRange) }
}

impl NewTarget {
    fn read(self, new_id: Id, now: DateTime<Utc>) -> Result<Wish, Problem> {
        let mut fields = Fields::default();
        let id = fields.take_optional("/id", self.id).unwrap_or(new_id);
        let group = fields.take_optional("/group_id", self.group_id);
        let holder = match (self.holder, group) {
            (None, Some(id)) => Some(Holder { kind: HolderKind::Group, id: id.to_string() }),
            (Some(_), Some(_)) => {
                fields.wrong("/group_id", Code::Conflict);
                None
            }
            (holder, None) => fields
                .take("/holder", holder.unwrap_or_else(Given::missing))
                .and_then(|holder| holder.read(&mut fields, "/holder", vn_day(now))),
        };
        let office_id = fields.take_optional("/office_id", self.office_id);
        let part_of = fields.take_optional("/part_of", self.part_of);
        let measure = fields.take_optional("/measure", self.measure.map(fields::word::<Measure>));
        let measure = measure.unwrap_or(Measure::Enrolled);
        let scheme = match (measure, self.scheme) {
            (Measure::Vssid, None) => Some(None),
            (Measure::Vssid, Some(_)) => {
                fields.wrong("/scheme", Code::Conflict);
                None
            }
            (_, scheme) => {
                let scheme = scheme.unwrap_or_else(Given::missing);
                fields.take("/scheme", fields::word::<Scheme>(scheme)).map(Some)
            }
        };
        let starts_on = fields.take("/from", fields::day(self.from));
        let ends_on = fields.take("/to", fields::day(self.to));
        let people = fields.take("/people", self.people.and_then(count));
        if starts_on.zip(ends_on).is_some_and(|(from, to)| to < from) {
            fields.wrong("/to", Code::OutOfRange);
        }
        let whole = (|| {
            Some(Wish {
                id,
                holder: holder?,
                office_id,
                usual_office: None,
                part_of,
                measure,
                scheme: scheme?,
                starts_on: starts_on?,
                ends_on: ends_on?,
                people: people?,
                created_at: now.naive_utc(),
            })
        })();
        fields.finish(whole)
    }
}

/// The office whose plan a caller makes when he names none.
fn usual_office<P>(caller: &Allowed<P>) -> Option<Id> {
    caller.principal.office_id.filter(|_| caller.scope == Scope::OfficeTree)
}

/// Which targets are wanted.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct WantedTargets {
    #[param(value_type = Option<HolderKind>)]
    holder_kind: Option<String>,
    /// An id, or the code of an area.
    holder_id: Option<String>,
    /// Of the plan of this office.
    #[param(value_type = Option<Id>)]
    office_id: Option<String>,
    /// Parts of this target.
    #[param(value_type = Option<Id>)]
    part_of: Option<String>,
    #[param(value_type = Option<Measure>)]
    measure: Option<String>,
    #[param(value_type = Option<Scheme>)]
    scheme: Option<String>,
    /// In force on this day.
    #[param(value_type = Option<NaiveDate>)]
    on: Option<String>,
}

/// Longest id of a holder, in characters.
const HOLDER: usize = 40;

impl WantedTargets {
    pub(super) fn read(self) -> Result<Wanted, Problem> {
        fn word<T: std::str::FromStr>(
            fields: &mut Fields,
            path: &str,
            text: Option<String>,
        ) -> Option<T> {
            fields.take_optional(path, text.map(|text| fields::word(Given::of(text))))
        }
        let mut fields = Fields::default();
        let holder_id = self.holder_id.map(|text| fields::text(Given::of(text), HOLDER));
        let on = self.on.map(|text| fields::day(Given::of(text)));
        let wanted = Wanted {
            id: None,
            holder_kind: word(&mut fields, "/holder_kind", self.holder_kind),
            holder_id: fields.take_optional("/holder_id", holder_id),
            office_id: word(&mut fields, "/office_id", self.office_id),
            group_id: None,
            part_of: word(&mut fields, "/part_of", self.part_of),
            measure: word(&mut fields, "/measure", self.measure),
            scheme: word(&mut fields, "/scheme", self.scheme),
            on: fields.take_optional("/on", on),
        };
        fields.finish(Some(wanted))
    }
}

/// Targets within reach.
#[utoipa::path(get, path = "/api/v1/targets", params(WantedTargets, Paging), responses((status = 200, body = Listed<TargetEntity>)))]
pub async fn list(
    allowed: Allowed<permit::ReadOwnUnit>,
    state: State,
    wanted: Query<WantedTargets>,
    paging: Query<Paging>,
) -> Answer<Listed<TargetEntity>> {
    let window = paging.window()?;
    let wanted = wanted.into_inner().read()?;
    let page = allowed.read(&state, move |c, reach| {
        let Page { items, next } = targets::list(c, reach, &wanted, window)?;
        Ok(Page { items: shown(c, items)?, next })
    });
    Ok(Json(Listed::of(page.await?)))
}

fn show(conn: &mut Conn, target: Target) -> Result<TargetEntity, StoreError> {
    shown(conn, vec![target])?.pop().ok_or(StoreError::NotFound)
}

/// Adds a target for whoever is within reach.
#[utoipa::path(post, path = "/api/v1/targets", request_body = NewTarget, responses((status = 201, body = TargetEntity)))]
pub async fn create(
    allowed: Allowed<permit::ManageUnits>,
    state: State,
    body: Body<NewTarget>,
) -> Result<Created<TargetEntity>, Problem> {
    let mut wish = body.0.read(clock::new_id(), clock::now())?;
    wish.usual_office = usual_office(&allowed);
    let author = state.store.author();
    let made = allowed
        .write(&state, move |tx, reach| {
            let made = targets::create(tx, reach, wish.clone())?;
            Ok(author.made(made.id, show(tx, made)?))
        })
        .await?;
    Ok(Created(made))
}

/// One target within reach.
#[utoipa::path(get, path = "/api/v1/targets/{id}", params(("id" = Id, Path)), responses((status = 200, body = TargetEntity)))]
pub async fn read(
    allowed: Allowed<permit::ReadOwnUnit>,
    state: State,
    req: HttpRequest,
    id: Path<Id>,
) -> Result<HttpResponse, Problem> {
    let target = allowed.read(&state, move |c, reach| {
        let target = targets::get(c, reach, *id)?;
        show(c, target)
    });
    let target = target.await?;
    let tag = tag::of(&target);
    Ok(tag::unchanged(&req, &tag).unwrap_or_else(|| tag::tagged(tag).json(target)))
}

/// Takes a target away that has no parts; while it has, that is a `conflict`.
#[utoipa::path(delete, path = "/api/v1/targets/{id}", params(("id" = Id, Path)), responses((status = 204)))]
pub async fn delete(
    allowed: Allowed<permit::ManageUnits>,
    state: State,
    id: Path<Id>,
) -> Result<HttpResponse, Problem> {
    let author = state.store.author();
    allowed
        .write(&state, move |tx, reach| {
            let target = targets::delete(tx, reach, *id)?;
            author.before(&show(tx, target)?);
            Ok(())
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// A part of a target.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct NewPart {
    /// Made by the client, so that the same request twice makes one target.
    #[schema(value_type = Option<Id>)]
    id: Option<Given<Id>>,
    #[schema(value_type = NewHolder)]
    holder: Given<NewHolder>,
    /// How many people, at least 1.
    #[schema(value_type = i64, minimum = 1)]
    people: Given<i64>,
}

/// A target handed down.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct NewParts {
    #[schema(value_type = Vec<NewPart>)]
    parts: Given<Vec<NewPart>>,
}

/// A target, and what it was handed down as.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct TargetParts {
    target: TargetEntity,
    parts: Vec<TargetEntity>,
    /// The sum of the parts.
    people: i64,
    /// How far the sum is above the whole; below zero, how much was not handed down.
    difference: i64,
}

impl NewParts {
    fn read(self, today: NaiveDate) -> Result<Vec<Share>, Problem> {
        let mut fields = Fields::default();
        let parts = fields.take("/parts", self.parts);
        let mut shares = Vec::new();
        for (at, part) in parts.into_iter().flatten().enumerate() {
            let path = |field: &str| format!("/parts/{at}/{field}");
            let id = fields.take_optional(path("id"), part.id).unwrap_or_else(clock::new_id);
            let holder = fields.take(path("holder"), part.holder);
            let holder = holder.and_then(|it| it.read(&mut fields, &path("holder"), today));
            let people = fields.take(path("people"), part.people.and_then(count));
            let share = holder.zip(people).map(|(holder, people)| Share { id, holder, people });
            shares.extend(share);
        }
        fields.finish(Some(shares))
    }
}

fn with_parts(
    conn: &mut Conn,
    (target, parts): (Target, Vec<Target>),
) -> Result<TargetParts, StoreError> {
    let people = parts.iter().map(|part| part.people).sum();
    Ok(TargetParts {
        people,
        difference: people - target.people,
        target: show(conn, target)?,
        parts: shown(conn, parts)?,
    })
}

/// A target within reach, and what it was handed down as. The parts need not add up.
#[utoipa::path(get, path = "/api/v1/targets/{id}/parts", params(("id" = Id, Path)), responses((status = 200, body = TargetParts)))]
pub async fn parts(
    allowed: Allowed<permit::ReadOwnUnit>,
    state: State,
    id: Path<Id>,
) -> Answer<TargetParts> {
    let read = allowed.read(&state, move |c, reach| {
        let parts = targets::parts(c, reach, *id)?;
        with_parts(c, parts)
    });
    Ok(Json(read.await?))
}

/// Hands a target down a level: the same scheme, measure and period, all parts or none. Whose target it is may
/// do so, too.
#[utoipa::path(post, path = "/api/v1/targets/{id}/parts", params(("id" = Id, Path)), request_body = NewParts,
    responses((status = 201, body = TargetParts)))]
pub async fn hand_down(
    allowed: Allowed<permit::ManageUnits>,
    state: State,
    id: Path<Id>,
    body: Body<NewParts>,
) -> Result<Created<TargetParts>, Problem> {
    let now = clock::now();
    let shares = body.0.read(vn_day(now))?;
    let (id, usual_office) = (*id, usual_office(&allowed));
    let author = state.store.author();
    let made = allowed.write(&state, move |tx, reach| {
        targets::hand_down(tx, reach, id, &shares, usual_office, now.naive_utc())?;
        let parts = targets::parts(tx, reach, id)?;
        Ok(author.made(id, with_parts(tx, parts)?))
    });
    Ok(Created(made.await?))
}

/// What changes of a target; what is absent stays.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct TargetChange {
    /// The first day of the period.
    #[schema(value_type = Option<NaiveDate>)]
    from: Option<Given<String>>,
    /// The last day of the period.
    #[schema(value_type = Option<NaiveDate>)]
    to: Option<Given<String>>,
    /// How many people, at least 1.
    #[schema(value_type = Option<i64>, minimum = 1)]
    people: Option<Given<i64>>,
}

/// A change that was read.
#[derive(Debug, Clone, Copy)]
struct Change {
    starts_on: Option<NaiveDate>,
    ends_on: Option<NaiveDate>,
    people: Option<i64>,
}

impl TargetChange {
    /// Reads it. A day that comes alone is held against the other one as it is now.
    fn read(self, now: &Target) -> Result<Change, Problem> {
        let mut fields = Fields::default();
        let days = [self.from.is_some(), self.to.is_some()];
        let starts_on = fields.take_optional("/from", self.from.map(fields::day));
        let ends_on = fields.take_optional("/to", self.to.map(fields::day));
        let people = fields.take_optional("/people", self.people.map(|it| it.and_then(count)));
        let change = Change { starts_on, ends_on, people };
        let target = change.of(now.clone());
        let readable = days == [starts_on.is_some(), ends_on.is_some()];
        if readable && target.ends_on < target.starts_on {
            fields.wrong(if ends_on.is_some() { "/to" } else { "/from" }, Code::OutOfRange);
        }
        fields.finish(Some(change))
    }
}

impl Change {
    fn of(self, target: Target) -> Target {
        Target {
            starts_on: self.starts_on.unwrap_or(target.starts_on),
            ends_on: self.ends_on.unwrap_or(target.ends_on),
            people: self.people.unwrap_or(target.people),
            ..target
        }
    }
}

/// Changes a target within reach. `If-Match` refuses when somebody else was faster; without it, a day that
/// no longer fits the other one is a `conflict`.
#[utoipa::path(patch, path = "/api/v1/targets/{id}", params(("id" = Id, Path)), request_body = TargetChange, responses((status = 200, body = TargetEntity)))]
pub async fn update(
    allowed: Allowed<permit::ManageUnits>,
    state: State,
    req: HttpRequest,
    id: Path<Id>,
    body: Body<TargetChange>,
) -> Result<HttpResponse, Problem> {
    let id = *id;
    let now = allowed.read(&state, move |c, reach| targets::get(c, reach, id)).await?;
    let change = body.0.read(&now)?;
    let asked = tag::asked(&req);
    let author = state.store.author();
    let changed = allowed
        .write(&state, move |tx, reach| {
            locks::target(tx, id)?;
            let target = targets::get(tx, reach, id)?;
            let before = show(tx, target.clone())?;
            if tag::check(asked.as_deref(), &tag::of(&before)).is_err() {
                return Ok(None);
            }
            author.before(&before);
            let target = change.of(target);
            targets::change(tx, reach, &target)?;
            let target = show(tx, target)?;
            author.after(&target);
            Ok(Some(target))
        })
        .await?;
    let target = changed.ok_or(Code::PreconditionFailed)?;
    Ok(tag::tagged(tag::of(&target)).json(target))
}
