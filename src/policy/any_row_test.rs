//! Whatever row is added: the tables stay sound, and prices can be asked of them, or it is said what is
//! wrong with which row.

use super::household;
use super::raw::AddedRow;
use super::samples::{day, member, one_month, row};
use super::spec::{DATED, SPECS, Spec};
use super::tables::Rules;
use super::voluntary::{self, MOST_RATE_PERCENT, VoluntaryTerms};
use crate::domain::{Areas, Dong, MemberGroup, Method, SupportGroup};
use proptest::prelude::*;

const DAYS: [&str; 9] = [
    "2015-01-01",
    "2018-01-01",
    "2018-12-31",
    "2025-06-30",
    "2025-07-01",
    "2026-12-31",
    "2027-01-01",
    "2028-02-29",
    "2030-12-31",
];

const CELLS: [&str; 31] = [
    "",
    "0",
    "1",
    "2",
    "3",
    "05",
    "+5",
    "6",
    "20",
    "65",
    "100",
    "1200",
    "2000000",
    "1000000000",
    "99999999999999999999",
    "-1",
    "0.31",
    "unknown",
    "3|6|12",
    "1..1200",
    "days",
    "months",
    "calendar_year",
    "percent of income",
    "GD",
    "KC",
    "xyz",
    "01",
    "66",
    "voluntary",
    "household",
];

/// A row that stands, on other days, with some of its cells changed.
fn any_row() -> impl Strategy<Value = AddedRow> {
    let lines = |spec: &'static Spec| spec.csv.lines().skip(1).map(move |line| (spec, line));
    let lines: Vec<_> = SPECS.iter().flat_map(lines).collect();
    let odd =
        prop_oneof![3 => Just(None), 1 => proptest::sample::select(&CELLS[..]).prop_map(Some)];
    let odd = proptest::collection::vec(odd, 5);
    let day = || proptest::sample::select(&DAYS[..]);
    (proptest::sample::select(lines), odd, day(), proptest::option::of(day())).prop_map(
        |((spec, line), odd, from, to)| {
            let columns = spec.keys.iter().chain(spec.values).copied();
            let cells = line.split(',').zip(odd).map(|(cell, odd)| odd.unwrap_or(cell));
            let days = [("effective_from", from), ("effective_to", to.unwrap_or(""))];
            row(spec.name, &columns.zip(cells).chain(days).collect::<Vec<_>>())
        },
    )
}

/// Prices of everything on these days: none may panic, and all must add up.
fn is_sound(rules: &Rules) {
    let areas = Areas::embedded();
    for on in DAYS.map(day) {
        let area = areas.find("31", on);
        for method in Method::ALL {
            let months = match method {
                Method::Ahead => Some(60),
                Method::Missing => Some(1200),
                _ => None,
            };
            for months in [months, months.map(|_| 24)] {
                let terms = VoluntaryTerms {
                    area,
                    method: *method,
                    months,
                    income: Dong(10_025_000),
                    support_group: Some(SupportGroup::Poor),
                    monthly_rate_percent: (months != Some(24)).then_some(MOST_RATE_PERCENT),
                    ..one_month(&on.to_string())
                };
                let quote = voluntary::quote(rules, areas, &terms);
                let late = VoluntaryTerms { months_late: 100, ..terms };
                for quote in quote.iter().chain(&voluntary::quote(rules, areas, &late)) {
                    let it = quote.amounts;
                    assert_eq!(it.payable + it.state_support + it.local_support, it.gross);
                    assert!(it.payable >= Dong::ZERO);
                }
            }
        }
        let members: Vec<_> = MemberGroup::ALL.iter().map(|group| member(*group, 12)).collect();
        for quote in household::quote(rules, areas, on, area, 7, &members).iter() {
            assert!(quote.members.iter().all(|member| member.amounts.payable >= Dong::ZERO));
        }
    }
    for table in rules.tables() {
        let keys = SPECS.iter().find(|spec| spec.name == table.table).unwrap().keys.len();
        let days = table.columns.len() - 4;
        for pair in table.rows.windows(2).filter(|pair| pair[0][..keys] == pair[1][..keys]) {
            let (end, next) = (&pair[0][days + 1], &pair[1][days]);
            assert!(!end.is_empty() && end < next, "{pair:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_row_leaves_sound_tables_or_is_refused_by_name(added in any_row()) {
        match Rules::load(std::slice::from_ref(&added)) {
            Ok(rules) => is_sound(&rules),
            Err(faults) => for fault in faults {
                prop_assert_eq!(&fault.table, &added.table);
                let spec = SPECS.iter().find(|spec| spec.name == fault.table).unwrap();
                let mut columns = spec.keys.iter().chain(spec.values).chain(&DATED);
                prop_assert!(columns.any(|column| *column == fault.column), "{}", fault);
                prop_assert!(!fault.rows.is_empty(), "{}", fault);
            },
        }
    }
}

#[test]
fn a_hundred_years_at_ten_percent_are_absurd_but_no_panic() {
    let months = [("method", "missing"), ("months", "1..1200"), ("deadline_months", "")];
    let since = ("effective_from", "2027-01-01");
    let rules = Rules::load(&[row("vsi_methods", &[&months[..], &[since]].concat())]).unwrap();
    is_sound(&rules);
}
