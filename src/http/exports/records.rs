use super::names::{Names, area, id};
use super::{EnrollmentQuery, ReviewQuery, Table};
use crate::auth::Principal;
use crate::domain::Code;
use crate::http::Problem;
use crate::http::texts::{self, Lang};
use crate::policy::permissions::{self, Action};
use crate::sheets::{Cell, Heading, Kind, Title};
use crate::store::desk::{self, Wanted};
use crate::store::rows::{EnrollmentRow, ReviewRow};
use crate::store::{Conn, Page, Reach, Result, Window, reviews};

/// Enrollments, without names.
pub(super) struct Enrollments(Wanted);

impl Table for Enrollments {
    const TITLE: Title = Title::Enrollments;
    const COLUMNS: &'static [(Heading, Kind)] = &[
        (Heading::PaidOn, Kind::Text),
        (Heading::CountedOn, Kind::Text),
        (Heading::Scheme, Kind::Text),
        (Heading::Kind, Kind::Text),
        (Heading::State, Kind::Text),
        (Heading::Group, Kind::Text),
        (Heading::Agent, Kind::Text),
        (Heading::AreaCode, Kind::Text),
        (Heading::Area, Kind::Text),
        (Heading::Village, Kind::Text),
        (Heading::Drive, Kind::Text),
        (Heading::CoversFrom, Kind::Text),
        (Heading::CoversTo, Kind::Text),
        (Heading::Months, Kind::Number),
        (Heading::Gross, Kind::Money),
        (Heading::StateSupport, Kind::Money),
        (Heading::LocalSupport, Kind::Money),
        (Heading::Payable, Kind::Money),
        (Heading::AcceptedAt, Kind::Text),
        (Heading::VoidedOn, Kind::Text),
        (Heading::PersonId, Kind::Text),
        (Heading::HouseholdId, Kind::Text),
        (Heading::RecordId, Kind::Text),
        (Heading::Id, Kind::Text),
    ];
    /// What was taken back is no part of what stands.
    const BY: Option<u16> = Some(4);
    type Query = EnrollmentQuery;

    fn read(query: EnrollmentQuery, caller: &Principal) -> std::result::Result<Self, Problem> {
        let resting = permissions::scope(caller.role, Action::ManagePersons).is_some();
        query.read(resting).map(Self)
    }

    fn part(
        &self,
        conn: &mut Conn,
        reach: &Reach,
        lang: Lang,
        window: Window,
    ) -> Result<Page<Vec<Cell>>> {
        let page = desk::enrollments(conn, reach, &self.0, window)?;
        let rows = &page.items;
        let names = Names::default()
            .groups(conn, rows.iter().map(|row| row.group_id))?
            .users(conn, rows.iter().map(|row| row.agent_id))?
            .villages(conn, rows.iter().filter_map(|row| row.village_id))?
            .drives(conn, rows.iter().filter_map(|row| row.drive_id))?;
        Ok(page.map(|row| enrollment(lang, &names, row)))
    }
}

fn enrollment(lang: Lang, names: &Names, row: EnrollmentRow) -> Vec<Cell> {
    let word = |text: &str| Cell::Text(text.to_owned());
    vec![
        Cell::Day(row.paid_on),
        Cell::Day(row.counted_on),
        word(texts::word(lang, row.scheme)),
        word(texts::word(lang, row.kind)),
        word(texts::word(lang, row.status)),
        names.cell(row.group_id),
        names.cell(row.agent_id),
        word(&row.area_code),
        Cell::Text(area(&row.area_code, row.paid_on)),
        names.cell(row.village_id),
        names.cell(row.drive_id),
        Cell::Day(row.covers_from),
        Cell::Day(row.covers_to),
        Cell::Number(row.months),
        Cell::Number(row.gross),
        Cell::Number(row.state_support),
        Cell::Number(row.local_support),
        Cell::Number(row.payable),
        Cell::Time(row.accepted_at.and_utc()),
        Cell::day(row.voided_on),
        id(row.person_id),
        id(row.household_id),
        id(row.record_id),
        id(row.id),
    ]
}

/// What waits for a decision, and what was decided.
pub(super) struct Reviews(reviews::Wanted);

impl Table for Reviews {
    const TITLE: Title = Title::Reviews;
    const COLUMNS: &'static [(Heading, Kind)] = &[
        (Heading::OpenedAt, Kind::Text),
        (Heading::State, Kind::Text),
        (Heading::Code, Kind::Text),
        (Heading::Doubt, Kind::Text),
        (Heading::Group, Kind::Text),
        (Heading::ClosedAt, Kind::Text),
        (Heading::Note, Kind::Text),
        (Heading::PersonId, Kind::Text),
        (Heading::OtherId, Kind::Text),
        (Heading::RecordId, Kind::Text),
        (Heading::Id, Kind::Text),
    ];
    type Query = ReviewQuery;

    fn read(query: ReviewQuery, _: &Principal) -> std::result::Result<Self, Problem> {
        query.read().map(Self)
    }

    fn part(
        &self,
        conn: &mut Conn,
        reach: &Reach,
        lang: Lang,
        window: Window,
    ) -> Result<Page<Vec<Cell>>> {
        let page = reviews::list(conn, reach, self.0, window)?;
        let groups = page.items.iter().map(|row| row.group_id);
        let names = Names::default().groups(conn, groups)?;
        Ok(page.map(|row| review(lang, &names, row)))
    }
}

fn review(lang: Lang, names: &Names, row: ReviewRow) -> Vec<Cell> {
    let doubt = row.code.parse::<Code>().ok().map(|code| texts::detail(lang, code));
    vec![
        Cell::Time(row.opened_at.and_utc()),
        Cell::Text(texts::word(lang, row.state).to_owned()),
        Cell::Text(row.code),
        Cell::text(doubt),
        names.cell(row.group_id),
        Cell::time(row.closed_at.map(|at| at.and_utc())),
        Cell::text(row.note),
        id(row.person_id),
        id(row.other_id),
        id(row.record_id),
        id(row.id),
    ]
}
