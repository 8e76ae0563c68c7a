//! From the start of the process until it is ready.

use crate::Options;
use crate::program::Program;
use crate::report::{Goal, Section, median, millis, number};
use crate::support::{Backend, Database};

/// A server that was updated is back before anybody notices.
const MILLISECONDS: f64 = 300.0;
const STARTS: usize = 15;

pub fn measure(options: &Options) -> Section {
    let starts = if options.quick { 3 } else { STARTS };
    let fresh: Vec<f64> = (0..starts)
        .map(|_| {
            let folder = tempfile::tempdir().expect("a folder");
            let url = format!("sqlite:{}", folder.path().join("test.db").display());
            millis(Program::start(&url, &folder.path().join("key.pem")).ready_after)
        })
        .collect();
    let mut rows = vec![line("sqlite, fresh: file, schema and key are made", &fresh)];
    let mut goals = Vec::new();
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let database = Database::fresh(backend);
        let folder = tempfile::tempdir().expect("a folder");
        let key = folder.path().join("key.pem");
        let url = &database.url;
        drop(Program::start(url, &key));
        let existing: Vec<f64> =
            (0..starts).map(|_| millis(Program::start(url, &key).ready_after)).collect();
        rows.push(line(&format!("{}, existing", crate::name_of(backend)), &existing));
        if backend == Backend::Sqlite {
            let what = "start to ready on an existing SQLite database";
            goals.push(Goal::at_most(what, median(existing), MILLISECONDS, " ms"));
        }
    }
    Section {
        title: "Start",
        about: "From the start of the process until `/readyz` says yes, milliseconds.",
        columns: vec!["database", "median", "slowest"],
        rows,
        goals,
    }
}

fn line(what: &str, took: &[f64]) -> Vec<String> {
    let slowest = took.iter().copied().fold(0.0, f64::max);
    vec![what.to_owned(), number(median(took.to_vec())), number(slowest)]
}
