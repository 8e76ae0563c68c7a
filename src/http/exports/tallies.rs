use chrono::{DateTime, Utc};

use super::{Table, TallyQuery, shown};
use crate::auth::Principal;
use crate::clock;
use crate::domain::{Areas, vn_day};
use crate::http::Problem;
use crate::http::texts::{self, Lang};
use crate::sheets::{Cell, Heading, Kind, Title};
use crate::store::sums::{By, Question};
use crate::store::{Conn, Page, Reach, Result, Window};
use crate::tallies::table::{self, Row};

/// Places of columns that others follow from.
const ACCEPTED: u16 = 2;
const TARGET: u16 = 12;

/// How many, how much, and how far from the target.
pub(super) struct Tallies {
    by: By,
    question: Question,
}

impl Table for Tallies {
    const TITLE: Title = Title::Tallies;
    const COLUMNS: &'static [(Heading, Kind)] = &[
        (Heading::Name, Kind::Text),
        (Heading::Scheme, Kind::Text),
        (Heading::Accepted, Kind::Count),
        (Heading::New, Kind::Count),
        (Heading::Renewal, Kind::Count),
        (Heading::Duplicate, Kind::Count),
        (Heading::Review, Kind::Count),
        (Heading::Rejected, Kind::Count),
        (Heading::Voided, Kind::Count),
        (Heading::AmountEnrolled, Kind::Money),
        (Heading::AmountHeld, Kind::Money),
        (Heading::StateSupport, Kind::Money),
        (Heading::Target, Kind::Count),
        (Heading::Percent, Kind::Share { part: ACCEPTED, of: TARGET }),
        (Heading::ToGo, Kind::Rest { part: ACCEPTED, of: TARGET }),
        (Heading::OnPhones, Kind::Count),
        (Heading::TargetFrom, Kind::Text),
        (Heading::TargetTo, Kind::Text),
    ];
    type Query = TallyQuery;

    fn read(query: TallyQuery, _: &Principal) -> std::result::Result<Self, Problem> {
        let (by, question) = query.read(vn_day(clock::now()))?;
        Ok(Self { by, question })
    }

    fn about(&self, _: DateTime<Utc>) -> (String, String) {
        let Question { from, to, .. } = self.question;
        (format!("dai-ly-thu-{from}-{to}"), format!("{} – {}", shown(from), shown(to)))
    }

    fn part(
        &self,
        conn: &mut Conn,
        reach: &Reach,
        lang: Lang,
        _: Window,
    ) -> Result<Page<Vec<Cell>>> {
        let rows = table::table(conn, &Areas::in_force(), reach, self.by, &self.question)?;
        let cells = rows.iter().enumerate().map(|(at, row)| {
            // A key has one number on phones for both schemes; it stands once, or the sum would be wrong.
            let again = at > 0 && rows[at - 1].key == row.key;
            cells(lang, row, !again)
        });
        Ok(Page { items: cells.collect(), next: None })
    }
}

fn cells(lang: Lang, row: &Row, first: bool) -> Vec<Cell> {
    let counts = row.counts;
    let number = Cell::Number;
    vec![
        Cell::Text(row.name.clone()),
        Cell::Text(texts::word(lang, row.scheme).to_owned()),
        number(counts.accepted),
        number(counts.accepted - counts.renewals),
        number(counts.renewals),
        number(counts.duplicate),
        number(counts.review),
        number(counts.rejected),
        number(counts.voided),
        number(counts.amount_enrolled),
        number(counts.amount_held),
        number(counts.state_support),
        Cell::number(row.target.map(|aim| aim.people)),
        Cell::Empty,
        Cell::Empty,
        if first { number(row.on_phones) } else { Cell::Empty },
        Cell::day(row.target.map(|aim| aim.from)),
        Cell::day(row.target.map(|aim| aim.to)),
    ]
}
