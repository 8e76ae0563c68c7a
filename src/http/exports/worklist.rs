use super::names::{Names, area, id};
use super::{ItemQuery, Table};
use crate::auth::Principal;
use crate::clock;
use crate::domain::{Id, vn_day};
use crate::http::Problem;
use crate::http::texts::{self, Lang};
use crate::sheets::{Cell, Heading, Kind, Title};
use crate::store::worklists::items::{self, Visible, Wanted};
use crate::store::{Conn, Page, Reach, Result, Window};

/// The items of a list.
pub(super) struct WorklistItems {
    list: Id,
    wanted: Wanted,
}

impl Table for WorklistItems {
    const TITLE: Title = Title::WorklistItems;
    const COLUMNS: &'static [(Heading, Kind)] = &[
        (Heading::FullName, Kind::Text),
        (Heading::BirthDate, Kind::Text),
        (Heading::AreaCode, Kind::Text),
        (Heading::Area, Kind::Text),
        (Heading::Village, Kind::Text),
        (Heading::Address, Kind::Text),
        (Heading::Phone, Kind::Text),
        (Heading::Scheme, Kind::Text),
        (Heading::Why, Kind::Text),
        (Heading::DueOn, Kind::Text),
        (Heading::Group, Kind::Text),
        (Heading::Agent, Kind::Text),
        (Heading::State, Kind::Text),
        (Heading::VisitResult, Kind::Text),
        (Heading::VisitOn, Kind::Text),
        (Heading::VisitUntil, Kind::Text),
        (Heading::VisitReason, Kind::Text),
        (Heading::VisitAgent, Kind::Text),
        (Heading::PersonId, Kind::Text),
        (Heading::Id, Kind::Text),
    ];
    type Query = (Id, ItemQuery);

    fn read((list, query): Self::Query, _: &Principal) -> std::result::Result<Self, Problem> {
        Ok(Self { list, wanted: query.read(vn_day(clock::now()))? })
    }

    fn part(
        &self,
        conn: &mut Conn,
        reach: &Reach,
        lang: Lang,
        window: Window,
    ) -> Result<Page<Vec<Cell>>> {
        let page = items::list(conn, reach, self.list, &self.wanted, window)?;
        let rows = || page.items.iter();
        let visitors = rows().filter_map(|(_, visit)| visit.as_ref().map(|visit| visit.agent_id));
        let names = Names::default()
            .groups(conn, rows().filter_map(|(item, _)| item.group_id))?
            .users(conn, rows().filter_map(|(item, _)| item.agent_id).chain(visitors))?
            .villages(conn, rows().filter_map(|(item, _)| item.village_id))?;
        Ok(page.map(|item| row(lang, &names, item)))
    }
}

/// As the list shows it: of codes nothing.
fn row(lang: Lang, names: &Names, (item, visit): Visible) -> Vec<Cell> {
    let word = |text: &str| Cell::Text(text.to_owned());
    let visit = visit.as_ref();
    vec![
        Cell::Text(item.full_name),
        Cell::Text(item.birth),
        word(&item.area_code),
        // Items are kept by today's commune.
        Cell::Text(area(&item.area_code, chrono::NaiveDate::MAX)),
        names.cell(item.village_id),
        Cell::Text(item.address),
        Cell::text(item.phone),
        word(texts::word(lang, item.scheme)),
        word(texts::word(lang, item.kind)),
        Cell::day(item.due_on),
        names.cell(item.group_id),
        names.cell(item.agent_id),
        word(texts::word(lang, item.state)),
        Cell::text(visit.map(|visit| texts::word(lang, visit.result))),
        Cell::day(visit.map(|visit| visit.visited_on)),
        Cell::day(visit.and_then(|visit| visit.promised_for)),
        Cell::text(visit.and_then(|visit| visit.reason.clone())),
        names.cell(visit.map(|visit| visit.agent_id)),
        id(item.person_id),
        id(item.id),
    ]
}
