//! Targets: people to enroll, who take part or who have the app, for whoever may have a target, in a period. A
//! whole is handed down in parts, which need not add up.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Date, Nullable, Text, Timestamp};

use super::conn::Conn;
use super::error::{Result, StoreError};
use super::feed::{self, News};
use super::holders::{self, Holder};
use super::page::{Page, Window};
use super::reach::{GroupList, Reach};
pub use super::rows::Target;
use super::schema::targets;
use super::sql::Sql;
use super::types::Key;
use super::{locks, offices};
use crate::domain::{ChangeEntity, ChangeReason, Code, HolderKind, Id, Measure, Scheme};

impl Target {
    /// Whose target it is.
    #[must_use]
    pub fn holder(&self) -> Holder {
        Holder { kind: self.holder_kind, id: self.holder_id.clone() }
    }

    /// The office that hands this target down.
    fn handed_down_by(&self) -> Option<Id> {
        let holder = self.holder();
        let office = (holder.kind == HolderKind::Office).then(|| holder.uuid().ok()).flatten();
        office.or(self.office_id)
    }
}

/// A target that is wanted. Where its holder belongs is found out.
#[derive(Debug, Clone)]
pub struct Wish {
    pub id: Id,
    pub holder: Holder,
    /// Whose plan it belongs to, when that was said.
    pub office_id: Option<Id>,
    /// Whose plan it belongs to otherwise.
    pub usual_office: Option<Id>,
    pub part_of: Option<Id>,
    pub measure: Measure,
    pub scheme: Option<Scheme>,
    pub starts_on: NaiveDate,
    pub ends_on: NaiveDate,
    pub people: i64,
    pub created_at: NaiveDateTime,
}

/// Adds a target, or gives the one that the same request made before.
///
/// # Errors
/// [`StoreError::NotFound`] for a holder, an office or a whole outside reach, [`StoreError::Wrong`] for an office that
/// is needed or a whole that does not fit, [`StoreError::Conflict`] when the id has other content.
pub fn create(tx: &mut Conn, reach: &Reach, wish: Wish) -> Result<Target> {
    let (target, is_new) = add(tx, reach, wish)?;
    if is_new {
        tell(tx, &[news(&target)])?;
    }
    Ok(target)
}

fn add(tx: &mut Conn, reach: &Reach, wish: Wish) -> Result<(Target, bool)> {
    let whole_id = wish.part_of;
    let new = placed(tx, reach, wish)?;
    let known = targets::table.find(new.id).select(Target::as_select()).first(tx).optional()?;
    if let Some(known) = known {
        let same = Target { created_at: known.created_at, ..new } == known;
        return if same { Ok((known, false)) } else { Err(StoreError::Conflict("targets.id")) };
    }
    if let Some(id) = whole_id {
        locks::target(tx, id)?;
        fits(&new, &get(tx, reach, id)?)?;
    }
    diesel::insert_into(targets::table).values(&new).execute(tx)?;
    Ok((new, true))
}

/// The row of a wish: where its holder belongs, and whose plan it is.
fn placed(tx: &mut Conn, reach: &Reach, wish: Wish) -> Result<Target> {
    let place = holders::place(tx, reach, &wish.holder)?;
    if let Some(id) = wish.office_id {
        reach.check_office(id)?;
        offices::get(tx, id)?;
    }
    let office_id = wish.office_id.or(wish.usual_office).or(place.office_id);
    if office_id.is_none() && place.group_id.is_none() {
        return Err(StoreError::wrong("/office_id", Code::Required));
    }
    Ok(Target {
        id: wish.id,
        group_id: place.group_id,
        scheme: wish.scheme,
        starts_on: wish.starts_on,
        ends_on: wish.ends_on,
        people: wish.people,
        created_at: wish.created_at,
        holder_kind: wish.holder.kind,
        holder_id: wish.holder.id,
        office_id,
        part_of: wish.part_of,
        measure: wish.measure,
    })
}

/// Refuses a part that is of another thing than its whole, or goes beyond its period.
///
/// # Errors
/// [`StoreError::Wrong`].
pub fn fits(part: &Target, whole: &Target) -> Result<()> {
    if (part.measure, part.scheme) != (whole.measure, whole.scheme) {
        return Err(StoreError::wrong("/part_of", Code::Conflict));
    }
    if part.starts_on < whole.starts_on {
        return Err(StoreError::wrong("/from", Code::OutOfRange));
    }
    if part.ends_on > whole.ends_on {
        return Err(StoreError::wrong("/to", Code::OutOfRange));
    }
    Ok(())
}

/// A part of a whole, before it has a period of its own.
#[derive(Debug, Clone)]
pub struct Share {
    pub id: Id,
    pub holder: Holder,
    pub people: i64,
}

/// Hands a target down: the same scheme, measure and period, for others. The parts are in the plan of the office
/// that hands it down where that is within reach, else in the usual one: a group's target may be in the plan of an
/// office above, in which nobody below writes.
///
/// # Errors
/// As [`create`], for each part.
pub fn hand_down(
    tx: &mut Conn,
    reach: &Reach,
    whole_id: Id,
    shares: &[Share],
    usual_office: Option<Id>,
    now: NaiveDateTime,
) -> Result<()> {
    let whole = get(tx, reach, whole_id)?;
    let own = whole.handed_down_by().filter(|id| reach.check_office(*id).is_ok());
    let mut told = Vec::new();
    for (at, share) in shares.iter().enumerate() {
        let wish = Wish {
            id: share.id,
            holder: share.holder.clone(),
            office_id: None,
            usual_office: own.or(usual_office),
            part_of: Some(whole.id),
            measure: whole.measure,
            scheme: whole.scheme,
            starts_on: whole.starts_on,
            ends_on: whole.ends_on,
            people: share.people,
            created_at: now,
        };
        let (part, is_new) =
            add(tx, reach, wish).map_err(|error| error.within(&format!("/parts/{at}")))?;
        if is_new {
            told.push(news(&part));
        }
    }
    tell(tx, &told)
}

/// A target within reach, and its parts. Whoever sees the whole of a group sees the parts of all its agents.
pub fn parts(conn: &mut Conn, reach: &Reach, id: Id) -> Result<(Target, Vec<Target>)> {
    let whole = get(conn, reach, id)?;
    let parts = targets::table
        .filter(targets::part_of.assume_not_null().eq(id))
        .order(targets::id)
        .select(Target::as_select())
        .load(conn)?;
    Ok((whole, parts))
}

/// Puts another number and another period in the place of a target's own.
///
/// # Errors
/// [`StoreError::NotFound`] for an unknown target or one that is not the writer's to change, [`StoreError::Conflict`]
/// when it would end before it begins, or go beyond its whole, or leave its parts out.
pub fn change(tx: &mut Conn, reach: &Reach, target: &Target) -> Result<()> {
    may_change(reach, target)?;
    let conflict = || StoreError::Conflict("targets.ends_on");
    if target.ends_on < target.starts_on {
        return Err(conflict());
    }
    if let Some(id) = target.part_of {
        let whole = targets::table.find(id).select(Target::as_select()).first(tx)?;
        fits(target, &whole).map_err(|_| conflict())?;
    }
    let (_, parts) = parts(tx, &Reach::Everything, target.id)?;
    if parts.iter().any(|part| fits(part, target).is_err()) {
        return Err(conflict());
    }
    let changed = diesel::update(targets::table.find(target.id))
        .set((
            targets::people.eq(target.people),
            targets::starts_on.eq(target.starts_on),
            targets::ends_on.eq(target.ends_on),
        ))
        .execute(tx)?;
    if changed == 0 {
        return Err(StoreError::NotFound);
    }
    tell(tx, &[news(target)])
}

/// A target of an office belongs to the plan of the one above it: its holder reads it, and changes nothing.
fn may_change(reach: &Reach, target: &Target) -> Result<()> {
    match (target.group_id, target.office_id) {
        (Some(id), _) => reach.check_group(id),
        (None, Some(id)) => reach.check_office(id),
        (None, None) => Err(StoreError::NotFound),
    }
}

/// Takes a target away that was not handed down.
///
/// # Errors
/// As [`change`]; [`StoreError::Conflict`] while it has parts.
pub fn delete(tx: &mut Conn, reach: &Reach, id: Id) -> Result<Target> {
    locks::target(tx, id)?;
    let target = get(tx, reach, id)?;
    may_change(reach, &target)?;
    if !parts(tx, reach, id)?.1.is_empty() {
        return Err(StoreError::Conflict("targets.part_of"));
    }
    diesel::delete(targets::table.find(id)).execute(tx)?;
    tell(tx, &[gone(&target)])?;
    Ok(target)
}

/// The targets of an agent go with him into another group.
///
/// # Errors
/// What the feeds say.
pub fn follow(tx: &mut Conn, agent_id: Id, group_id: Id) -> Result<()> {
    let his = || {
        targets::table
            .filter(targets::holder_kind.eq(HolderKind::Agent))
            .filter(targets::holder_id.eq(agent_id.to_string()))
    };
    let targets: Vec<Target> = his().select(Target::as_select()).load(tx)?;
    diesel::update(his()).set(targets::group_id.eq(group_id)).execute(tx)?;
    let mut told: Vec<_> = targets.iter().map(gone).collect();
    told.extend(targets.iter().map(|it| (Some(group_id), news(it).1)));
    tell(tx, &told)
}

type Told = (Option<Id>, News);

fn news(target: &Target) -> Told {
    (target.group_id, News::put(ChangeEntity::Target, target.id))
}

fn gone(target: &Target) -> Told {
    let news = News::delete(ChangeEntity::Target, target.id, ChangeReason::AccessLost);
    (target.group_id, news)
}

/// Publishes these targets to the groups they belong to, in order.
///
/// # Errors
/// As [`feed::publish`].
pub fn publish(tx: &mut Conn, targets: &[Target]) -> Result<()> {
    tell(tx, &targets.iter().map(news).collect::<Vec<_>>())
}

fn tell(tx: &mut Conn, told: &[Told]) -> Result<()> {
    let mut groups: std::collections::BTreeMap<Id, Vec<News>> = std::collections::BTreeMap::new();
    for (group_id, news) in told {
        if let Some(id) = group_id {
            groups.entry(*id).or_default().push(*news);
        }
    }
    for (group_id, news) in groups {
        let closed_through = feed::closed_through(tx, group_id)?;
        feed::publish(tx, group_id, closed_through, &news)?;
    }
    Ok(())
}

/// The targets within reach: of whoever is in a group its group says where they belong, of others their plan.
fn within(reach: &Reach, kind: Option<HolderKind>) -> Sql {
    let sql = Sql::default();
    match reach {
        Reach::Everything => sql.text("TRUE"),
        Reach::Groups(groups) => sql.text("group_id").one_of(groups.clone()),
        Reach::Offices { offices, .. } => {
            let of_groups = GroupList::of(reach).holds(Sql::default().text("group_id"));
            let of_others = sql
                .text("group_id IS NULL AND (office_id")
                .one_of(offices.clone())
                .text(" OR holder_kind = 'office' AND holder_id")
                .one_of_words(offices.iter().map(Id::to_string).collect())
                .text(")");
            match kind {
                Some(HolderKind::Group | HolderKind::Agent) => of_groups,
                Some(_) => of_others,
                None => of_groups.text(" OR ").then(of_others),
            }
        }
        Reach::Own { group, agent } => sql
            .text("group_id = ")
            .id(*group)
            .text(" AND (holder_kind = 'group' OR holder_id = ")
            .word(agent.to_string())
            .text(")"),
        Reach::Organisation(_) => sql.text("FALSE"),
    }
}

/// Which targets are wanted.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    pub id: Option<Id>,
    pub holder_kind: Option<HolderKind>,
    pub holder_id: Option<String>,
    pub office_id: Option<Id>,
    pub group_id: Option<Id>,
    pub part_of: Option<Id>,
    pub measure: Option<Measure>,
    pub scheme: Option<Scheme>,
    /// In force on this day.
    pub on: Option<NaiveDate>,
}

impl Wanted {
    /// Some columns of those within reach.
    fn ask(&self, columns: &str, reach: &Reach) -> Sql {
        let mut sql = Sql::default()
            .text(format!("SELECT {columns} FROM targets WHERE ("))
            .then(within(reach, self.holder_kind))
            .text(")");
        for (column, id) in [
            (" AND id = ", self.id),
            (" AND office_id = ", self.office_id),
            (" AND group_id = ", self.group_id),
            (" AND part_of = ", self.part_of),
        ] {
            if let Some(id) = id {
                sql = sql.text(column).id(id);
            }
        }
        for (column, word) in [
            (" AND holder_kind = ", self.holder_kind.map(HolderKind::as_str)),
            (" AND measure = ", self.measure.map(Measure::as_str)),
            (" AND scheme = ", self.scheme.map(Scheme::as_str)),
        ] {
            if let Some(word) = word {
                sql = sql.text(column).word(word);
            }
        }
        if let Some(id) = &self.holder_id {
            sql = sql.text(" AND holder_id = ").word(id.clone());
        }
        if let Some(on) = self.on {
            sql = sql.text(" AND starts_on <= ").day(on).text(" AND ends_on >= ").day(on);
        }
        sql
    }

    /// Whole ones, in the order of their ids.
    fn load(&self, conn: &mut Conn, reach: &Reach, after: Id, most: i64) -> Result<Vec<Target>> {
        const COLUMNS: &str = "id, group_id, scheme, starts_on, ends_on, people, created_at, \
                               holder_kind, holder_id, office_id, part_of, measure";
        let sql = self.ask(COLUMNS, reach).text(" AND id > ").id(after);
        sql.text(" ORDER BY id LIMIT ").number(most).load::<targets::SqlType, Target>(conn)
    }
}

/// One target within reach.
pub fn get(conn: &mut Conn, reach: &Reach, id: Id) -> Result<Target> {
    let wanted = Wanted { id: Some(id), ..Wanted::default() };
    wanted.load(conn, reach, Id::NIL, 1)?.pop().ok_or(StoreError::NotFound)
}

/// Targets within reach, a page at a time.
pub fn list(
    conn: &mut Conn,
    reach: &Reach,
    wanted: &Wanted,
    window: Window,
) -> Result<Page<Target>> {
    let found = wanted.load(conn, reach, window.start(), window.fetch())?;
    Ok(window.page(found, |target| target.id))
}

/// All targets within reach that are wanted.
pub fn all(conn: &mut Conn, reach: &Reach, wanted: &Wanted) -> Result<Vec<Target>> {
    wanted.load(conn, reach, Id::NIL, i64::MAX)
}

/// What a target says: how many people, for whom, from when to when.
#[derive(Debug, Clone, Queryable)]
pub struct Goal {
    pub holder_id: String,
    pub scheme: Option<Scheme>,
    pub starts_on: NaiveDate,
    pub ends_on: NaiveDate,
    pub people: i64,
    created_at: NaiveDateTime,
    id: Id,
}

/// What all targets within reach say that any of these want, by when they begin, then by when they were set.
pub fn goals(conn: &mut Conn, reach: &Reach, wanted: &[Wanted]) -> Result<Vec<Goal>> {
    const SAID: &str = "holder_id, scheme, starts_on, ends_on, people, created_at, id";
    let mut sql = Sql::default();
    for (at, wanted) in wanted.iter().enumerate() {
        let joined = if at == 0 { "" } else { " UNION ALL " };
        sql = sql.text(joined).then(wanted.ask(SAID, reach));
    }
    let mut goals =
        sql.load::<(Text, Nullable<Text>, Date, Date, BigInt, Timestamp, Key), Goal>(conn)?;
    // PostgreSQL takes longer to sort 400 of them than to find them.
    goals.sort_unstable_by_key(|it| (it.starts_on, it.created_at, it.id));
    Ok(goals)
}
