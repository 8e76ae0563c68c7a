use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use super::{IndicatorQuery, Table, shown};
use crate::auth::Principal;
use crate::clock;
use crate::domain::{Areas, vn_day};
use crate::http::Problem;
use crate::http::texts::{self, Lang};
use crate::sheets::{Cell, Heading, Kind, Title};
use crate::store::{Conn, Page, Reach, Result, Window};
use crate::tallies::indicators::{self, Figures, Question};

/// Who takes part.
pub(super) struct Indicators(Question);

impl Table for Indicators {
    const TITLE: Title = Title::Indicators;
    /// Nothing is summed: the office has figures and a plan of its own, and its totals are rows.
    const COLUMNS: &'static [(Heading, Kind)] = &[
        (Heading::Name, Kind::Text),
        (Heading::Scheme, Kind::Text),
        (Heading::TakingPart, Kind::Number),
        (Heading::LastMonth, Kind::Number),
        (Heading::LastMonthChange, Kind::Number),
        (Heading::LastMonthPercent, Kind::Number),
        (Heading::LastDecember, Kind::Number),
        (Heading::LastDecemberChange, Kind::Number),
        (Heading::LastDecemberPercent, Kind::Number),
        (Heading::LastYear, Kind::Number),
        (Heading::LastYearChange, Kind::Number),
        (Heading::LastYearPercent, Kind::Number),
        (Heading::Target, Kind::Number),
        (Heading::Percent, Kind::Number),
        (Heading::ToGo, Kind::Number),
        (Heading::DaysLeft, Kind::Number),
        (Heading::Pace, Kind::Number),
        (Heading::Population, Kind::Number),
        (Heading::Coverage, Kind::Number),
        (Heading::LabourForce, Kind::Number),
        (Heading::LabourShare, Kind::Number),
        (Heading::Rank, Kind::Number),
        (Heading::Key, Kind::Text),
    ];
    type Query = IndicatorQuery;

    fn read(query: IndicatorQuery, caller: &Principal) -> std::result::Result<Self, Problem> {
        query.read(vn_day(clock::now()), caller.office_id).map(Self)
    }

    fn about(&self, _: DateTime<Utc>) -> (String, String) {
        (format!("{}-{}", Self::TITLE, self.0.on), shown(self.0.on))
    }

    fn part(
        &self,
        conn: &mut Conn,
        reach: &Reach,
        lang: Lang,
        _: Window,
    ) -> Result<Page<Vec<Cell>>> {
        let report = indicators::report(conn, &Areas::in_force(), reach, &self.0)?;
        let rows = report.rows.into_iter().map(|row| {
            let rank = row.rank.and_then(|rank| i64::try_from(rank).ok());
            cells(lang, row.name, &row.figures, (rank, row.key))
        });
        let total = || texts::total(lang).to_owned();
        let totals = report.totals.into_iter();
        let totals = totals.map(|it| cells(lang, total(), &it.figures, (None, String::new())));
        Ok(Page { items: rows.chain(totals).collect(), next: None })
    }
}

fn cells(lang: Lang, name: String, it: &Figures, (rank, key): (Option<i64>, String)) -> Vec<Cell> {
    let mut row = vec![
        Cell::Text(name),
        Cell::Text(texts::word(lang, it.scheme).to_owned()),
        Cell::Number(it.taking_part),
    ];
    for change in [it.last_month, it.last_december, it.last_year] {
        row.extend([
            Cell::number(change.map(|it| it.people)),
            Cell::number(change.map(|it| it.change)),
            decimal(change.and_then(|it| it.percent)),
        ]);
    }
    let standing = it.standing;
    row.extend([
        Cell::number(standing.map(|it| it.target)),
        decimal(standing.map(|it| it.percent)),
        Cell::number(standing.map(|it| it.to_go)),
        Cell::number(standing.map(|it| it.days_left)),
        decimal(standing.and_then(|it| it.pace)),
        Cell::number(it.population),
        decimal(it.coverage),
        Cell::number(it.labour_force),
        decimal(it.labour_share),
        Cell::number(rank),
        Cell::Text(key),
    ]);
    row
}

fn decimal(number: Option<Decimal>) -> Cell {
    number.map_or(Cell::Empty, Cell::Decimal)
}
