//! What supervisors ask every morning, of a database that has served a province for years: tallies and
//! indicators, over HTTP, one question after the other.

use std::time::Instant;

use diesel::prelude::*;
use serde_json::Value;
use ureq::Agent;

use dai_ly_thu::clock;
use dai_ly_thu::domain::{Id, Role};
use dai_ly_thu::store::schema::offices;
use dai_ly_thu::store::{Result, Store};

use crate::callers;
use crate::large::{kept, size};
use crate::phones::Site;
use crate::report::{Goal, Section, median, millis, number};
use crate::support::Backend;
use crate::{Options, name_of};

/// Milliseconds that 99 of 100 answers may take at most.
const P99: f64 = 5.0;

/// Who asks.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Who {
    /// Of a district with twenty groups.
    District,
    /// Of the province above them.
    Province,
}

impl Who {
    fn name(self) -> &'static str {
        match self {
            Self::District => "district",
            Self::Province => "province",
        }
    }
}

/// Who asks, what for, in words, and how it is asked.
type Question = (Who, &'static str, &'static str);

const TALLIES: [Question; 9] = [
    (Who::District, "groups, October", "tallies?by=group&from=2026-10-01&to=2026-10-31"),
    (Who::District, "villages, October", "tallies?by=village&from=2026-10-01&to=2026-10-31"),
    (Who::District, "agents, since March 10", "tallies?by=agent&from=2026-03-10"),
    (Who::District, "communes, this year", "tallies?by=area&from=2026-01-01"),
    (Who::District, "days, October", "tallies?by=day&from=2026-10-01&to=2026-10-31"),
    (Who::Province, "groups, October", "tallies?by=group&from=2026-10-01&to=2026-10-31"),
    (Who::Province, "offices, this year", "tallies?by=office&from=2026-01-01"),
    (Who::Province, "communes, this year", "tallies?by=area&from=2026-01-01"),
    (Who::Province, "months, two years", "tallies?by=month&from=2025-01-01"),
];

const INDICATORS: [Question; 5] = [
    (Who::District, "groups", "indicators?by=group&on=2026-11-23"),
    (Who::District, "communes", "indicators?by=area&on=2026-11-23"),
    (Who::Province, "offices", "indicators?by=office&on=2026-11-23"),
    (Who::Province, "groups", "indicators?by=group&on=2026-11-23"),
    (Who::Province, "communes", "indicators?by=area&on=2026-11-23"),
];

pub fn measure(options: &Options) -> Section {
    let size = size(options);
    let times = if options.quick { 20 } else { 500 };
    let mut rows = Vec::new();
    let mut goals = Vec::new();
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let site = Site::open(kept(backend, &options.data(), size));
        let desk = Desk::of(&site);
        for (kind, questions) in [("tallies", &TALLIES[..]), ("indicators", &INDICATORS[..])] {
            for who in [Who::District, Who::Province] {
                let mut slowest: f64 = 0.0;
                for question in questions.iter().filter(|(of, ..)| *of == who) {
                    let asked = desk.ask(question, times);
                    slowest = slowest.max(asked.p99);
                    let what =
                        format!("{}, {kind}, {}: {}", name_of(backend), who.name(), question.1);
                    let row =
                        vec![what, asked.rows.to_string(), number(asked.middle), number(asked.p99)];
                    eprintln!("{}", row.join("  "));
                    rows.push(row);
                }
                let what = format!(
                    "{kind} of a {} at {} million enrollments, the slowest p99, {}",
                    who.name(),
                    f64::from(size.enrollments()) / 1e6,
                    name_of(backend)
                );
                goals.push(Goal::at_most(what, slowest, P99, " ms"));
            }
        }
    }
    Section {
        title: "Reading",
        about: "Two and a half enrollments for each person of the large database: a province with ten districts, each with \
                twenty groups of five agents, and two years of work. Supervisors of a district and of the province ask \
                over HTTP, each question 500 times after 20 that are not counted. Rows of the answer; milliseconds until it was read \
                whole: the middle one, and the one that 99 of 100 are faster than.",
        columns: vec!["database, question", "rows", "median, ms", "p99, ms"],
        rows,
        goals,
    }
}

/// Where supervisors ask.
struct Desk<'a> {
    site: &'a Site,
    district: String,
    province: String,
    agent: Agent,
}

struct Asked {
    rows: usize,
    middle: f64,
    p99: f64,
}

impl<'a> Desk<'a> {
    fn of(site: &'a Site) -> Self {
        let token = |office_id| {
            let id = clock::new_id();
            callers::user(&site.store, id, Role::Supervisor, None, Some(office_id), "");
            callers::session(&site.store, &site.keys, id, None)
        };
        let (province, district) = an_office_and_one_under_it(&site.store);
        let agent = Agent::config_builder().build().new_agent();
        Self { site, district: token(district), province: token(province), agent }
    }

    fn ask(&self, (who, _, path): &Question, times: usize) -> Asked {
        let token = match who {
            Who::District => &self.district,
            Who::Province => &self.province,
        };
        let address = format!("{}/api/v1/{path}", self.site.base);
        let bearer = format!("Bearer {token}");
        let ask = || {
            let request = self.agent.get(&address).header("authorization", &bearer);
            let mut answer = request.call().expect("an answer");
            answer.body_mut().read_to_vec().expect("a body")
        };
        for _ in 0..20 {
            ask();
        }
        let mut took: Vec<f64> = (0..times)
            .map(|_| {
                let begun = Instant::now();
                ask();
                millis(begun.elapsed())
            })
            .collect();
        took.sort_by(f64::total_cmp);
        let answer: Value = serde_json::from_slice(&ask()).expect("JSON");
        let rows = answer["rows"].as_array().expect("rows");
        let some = |row: &Value| row["accepted"] != 0 && row["taking_part"] != 0;
        assert!(rows.iter().any(some), "{path}: {answer}");
        Asked { rows: rows.len(), p99: took[times * 99 / 100], middle: median(took) }
    }
}

fn an_office_and_one_under_it(store: &Store) -> (Id, Id) {
    let found = store.read(|conn| -> Result<_> {
        let pair = offices::table
            .filter(offices::parent_id.is_not_null())
            .select((offices::parent_id.assume_not_null(), offices::id))
            .first(conn)?;
        Ok(pair)
    });
    found.expect("offices")
}
