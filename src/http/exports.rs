//! Tables to take away: the same questions and the same reach as on the page, as files. Each is told in the
//! audit.

use actix_web::HttpResponse;
use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::web::Query;

use super::guard::{Allowed, permit};
use super::tallies::TallyQuery;
use super::texts::{self, Lang};
use super::{Problem, State};
use crate::clock;
use crate::domain::{Areas, vn_day};
use crate::sheets::{self, Cell, Column, Heading, Kind, Sheet};
use crate::store::sums::Question;
use crate::tallies::table::{self, Row};

/// How a table is written.
#[derive(Debug, Clone, Copy)]
enum Form {
    Csv,
    Xlsx,
}

impl Form {
    const fn content(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }

    const fn ending(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
        }
    }

    fn write(self, sheet: &Sheet) -> Result<Vec<u8>, Problem> {
        match self {
            Self::Csv => sheets::csv::write(sheet).map_err(Problem::internal),
            Self::Xlsx => sheets::xlsx::write(sheet).map_err(Problem::internal),
        }
    }
}

/// Tallies as CSV in UTF-8 with a mark by which Excel knows it.
#[utoipa::path(get, path = "/api/v1/tallies.csv", params(TallyQuery),
    responses((status = 200, content_type = "text/csv", body = String)))]
pub async fn tallies_csv(
    caller: Allowed<permit::ReadTallies>,
    state: State,
    lang: Lang,
    query: Query<TallyQuery>,
) -> Result<HttpResponse, Problem> {
    tallies_as(Form::Csv, caller, state, lang, query.into_inner()).await
}

/// Tallies as a workbook whose totals are formulas.
#[utoipa::path(get, path = "/api/v1/tallies.xlsx", params(TallyQuery),
    responses((status = 200,
        content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = Vec<u8>)))]
pub async fn tallies_xlsx(
    caller: Allowed<permit::ReadTallies>,
    state: State,
    lang: Lang,
    query: Query<TallyQuery>,
) -> Result<HttpResponse, Problem> {
    tallies_as(Form::Xlsx, caller, state, lang, query.into_inner()).await
}

async fn tallies_as(
    form: Form,
    caller: Allowed<permit::ReadTallies>,
    state: State,
    lang: Lang,
    query: TallyQuery,
) -> Result<HttpResponse, Problem> {
    let (by, question) = query.read(vn_day(clock::now()))?;
    let name = format!("dai-ly-thu-{}-{}.{}", question.from, question.to, form.ending());
    let file = state
        .run(move |state| -> Result<_, Problem> {
            let rows = state.store.read(|conn| {
                let reach = caller.reach(conn)?;
                table::table(conn, Areas::embedded(), &reach, by, &question)
            })?;
            // The look itself is what is told.
            state.store.write(|_| Ok::<_, Problem>(()))?;
            form.write(&sheet(lang, &question, &rows))
        })
        .await?;
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, form.content()))
        .insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
        .body(file))
}

/// Places of columns that others follow from.
const ACCEPTED: u16 = 2;
const TARGET: u16 = 12;

fn sheet(lang: Lang, question: &Question, rows: &[Row]) -> Sheet {
    const COLUMNS: [(Heading, Kind); 18] = [
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
    let days = [question.from, question.to].map(|day| day.format("%d/%m/%Y").to_string());
    Sheet {
        title: texts::words(lang).tallies.clone(),
        about: days.join(" – "),
        total: texts::words(lang).total.clone(),
        columns: COLUMNS
            .iter()
            .map(|(heading, kind)| Column {
                heading: texts::heading(lang, *heading).to_owned(),
                kind: *kind,
            })
            .collect(),
        rows: rows
            .iter()
            .enumerate()
            .map(|(at, row)| {
                // A key has one number on phones for both schemes; it stands once, or the sum would be wrong.
                let again = at > 0 && rows[at - 1].key == row.key;
                cells(lang, row, !again)
            })
            .collect(),
    }
}

fn cells(lang: Lang, row: &Row, first: bool) -> Vec<Cell> {
    let counts = row.counts;
    let number = Cell::Number;
    vec![
        Cell::Text(row.name.clone()),
        Cell::Text(texts::scheme(lang, row.scheme).to_owned()),
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
        row.target.map_or(Cell::Empty, |aim| number(aim.people)),
        Cell::Empty,
        Cell::Empty,
        if first { number(row.on_phones) } else { Cell::Empty },
        row.target.map_or(Cell::Empty, |aim| Cell::Day(aim.from)),
        row.target.map_or(Cell::Empty, |aim| Cell::Day(aim.to)),
    ]
}
