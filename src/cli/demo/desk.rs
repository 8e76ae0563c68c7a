//! What the supervisor sees, asked for as her browser would.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::browser::Browser;
use super::calendar::Calendar;
use super::office::Office;
use super::paper::{COLUMNS, Paper, Table, width};
use super::phone::Phone;
use super::texts;
use crate::cli::Failure;
use crate::domain::money::grouped;
use crate::domain::{CardState, CardType, Id, Scheme};

/// The table of tallies.
#[derive(Debug, Deserialize)]
pub(super) struct Tallies {
    pub rows: Vec<TallyRow>,
    totals: Numbers,
}

#[derive(Debug, Deserialize)]
pub(super) struct TallyRow {
    /// The group's id.
    pub key: Id,
    name: String,
    pub scheme: Scheme,
    #[serde(flatten)]
    pub numbers: Numbers,
    /// Slips of the group's phones that have not come.
    pub on_phones: i64,
}

/// Persons, and money in đồng.
#[derive(Debug, Deserialize)]
pub(super) struct Numbers {
    pub accepted: i64,
    new: i64,
    renewal: i64,
    pub duplicate: i64,
    pub review: i64,
    pub rejected: i64,
    pub voided: i64,
    pub amount_enrolled: i64,
    pub amount_held: i64,
    state_support: i64,
    target: Option<i64>,
    percent: Option<f64>,
}

#[derive(Debug, Deserialize)]
struct Listed<T> {
    items: Vec<T>,
    next: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Review {
    code: String,
}

#[derive(Debug, Deserialize)]
struct Installation {
    pending_total: i64,
}

/// A list, page after page.
fn all<T: DeserializeOwned>(client: &mut Browser, path: &str) -> Result<Vec<T>, Failure> {
    let mut items = Vec::new();
    let mut cursor = String::new();
    loop {
        let page: Listed<T> = client.get(&format!("{path}{cursor}"))?;
        items.extend(page.items);
        match page.next {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return Ok(items),
        }
    }
}

/// Prints what she sees in the evening, and gives the tallies back.
pub(super) fn look(
    base: &str,
    office: &Office,
    calendar: &Calendar,
    phones: &[Phone],
    paper: &Paper,
) -> Result<Tallies, Failure> {
    let mut client = Browser::new(base);
    client.log_in(&office.supervisor)?;
    let (from, to) = (calendar.first_day(), calendar.last_day());
    let tallies: Tallies = client.get(&format!("/api/v1/tallies?by=group&from={from}&to={to}"))?;
    paper.head(&texts::table_title(from, calendar.day))?;
    table(&tallies).iter().try_for_each(|line| paper.say(line))?;
    let totals = &tallies.totals;
    paper.head(&texts::totals(totals.accepted, totals.new, totals.renewal))?;
    paper.say(&texts::money(totals.amount_enrolled))?;
    paper.say(&texts::money_held(totals.amount_held))?;
    paper.say(&texts::state_support(totals.state_support))?;
    cards(phones, paper)?;
    met_twice(phones, paper)?;

    let reviews: Vec<Review> = all(&mut client, "/api/v1/reviews?state=open&limit=200")?;
    let mut by_code: BTreeMap<&str, usize> = BTreeMap::new();
    reviews.iter().for_each(|review| *by_code.entry(&review.code).or_default() += 1);
    paper.head(&texts::reviews(reviews.len()))?;
    for (code, count) in by_code {
        paper.say(&texts::review(code, count))?;
    }

    let installations: Vec<Installation> = all(&mut client, "/api/v1/installations?limit=200")?;
    let pending = installations.iter().map(|it| it.pending_total).sum();
    let missing = phones.iter().filter(|phone| phone.misses_any()).count();
    paper.head(&texts::installations(installations.len(), pending, missing))?;
    Ok(tallies)
}

/// In đồng, or in millions where that is too wide, with as much air as there is room for.
fn table(tallies: &Tallies) -> Vec<String> {
    let exact = draw(tallies, (texts::DONG, 1));
    let rounded = draw(tallies, (texts::MILLIONS, 1_000_000));
    let fits = |lines: &Vec<String>| lines.iter().all(|line| width(line) <= COLUMNS);
    let tries = [exact.lines(2), exact.lines(1), rounded.lines(2)];
    tries.into_iter().find(fits).unwrap_or_else(|| rounded.lines(1))
}

fn draw(tallies: &Tallies, (unit, dong): (&'static str, i64)) -> Table {
    let mut table = Table::default();
    let [above, below] = texts::table_head(unit);
    table.row(above.map(str::to_owned).to_vec());
    table.row(below.map(str::to_owned).to_vec());
    let mut name = None;
    for row in &tallies.rows {
        if name != Some(&row.name) {
            name = Some(&row.name);
            table.row(vec![row.name.clone()]);
        }
        table.row(cells(format!("  {}", texts::scheme(row.scheme)), &row.numbers, dong));
    }
    table.row(cells(texts::TOTAL.to_owned(), &tallies.totals, dong));
    table
}

fn cells(label: String, numbers: &Numbers, unit: i64) -> Vec<String> {
    let counts = [
        numbers.accepted,
        numbers.new,
        numbers.renewal,
        numbers.duplicate,
        numbers.review,
        numbers.rejected,
        numbers.voided,
        (numbers.amount_enrolled + unit / 2) / unit,
    ];
    let mut cells = vec![label];
    cells.extend(counts.map(grouped));
    cells.push(numbers.target.map_or_else(String::new, grouped));
    cells.push(numbers.percent.map_or_else(String::new, texts::percent));
    cells
}

/// Books and cards recorded, and those that wait for a number.
fn cards(phones: &[Phone], paper: &Paper) -> Result<(), Failure> {
    let mut counts: BTreeMap<(CardType, CardState), usize> = BTreeMap::new();
    let mut seen = Vec::new();
    for phone in phones {
        // One phone of each group: the others hold the same.
        if !seen.contains(&phone.group) {
            seen.push(phone.group);
            for (_, card_type, state) in phone.stock.mirror.cards.values() {
                *counts.entry((*card_type, *state)).or_default() += 1;
            }
        }
    }
    let count = |card, state| counts.get(&(card, state)).copied().unwrap_or_default();
    for card in [CardType::Book, CardType::Card] {
        let (issued, waiting) =
            (count(card, CardState::Issued), count(card, CardState::PendingCode));
        paper.say(&texts::cards(card, issued, waiting, count(card, CardState::Voided)))?;
    }
    Ok(())
}

/// Who was met by two groups: never who it was, only which group came first and when.
fn met_twice(phones: &[Phone], paper: &Paper) -> Result<(), Failure> {
    /// As many lines as are worth reading.
    const LINES: usize = 12;
    let mut met: BTreeMap<(usize, String, NaiveDate), i64> = BTreeMap::new();
    for phone in phones {
        for answer in phone.stock.slips.values().filter_map(|slip| slip.answer.as_ref()) {
            for of in answer.enrollments.iter().filter_map(|it| it.duplicate_of.as_ref()) {
                let key = (phone.group + 1, of.group_name.clone(), of.accepted_on);
                *met.entry(key).or_default() += 1;
            }
        }
    }
    paper.head(&texts::met_twice(met.values().sum()))?;
    for ((second, first, day), persons) in met.iter().take(LINES) {
        paper.say(&texts::met_by(*second, first, *day, *persons))?;
    }
    let rest: i64 = met.values().skip(LINES).sum();
    if rest > 0 {
        paper.say(&texts::and_more(rest))?;
    }
    Ok(())
}
