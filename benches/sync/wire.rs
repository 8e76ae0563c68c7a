//! Bytes on the wire.

use std::io::Write;

use serde_json::Value;

use crate::Options;
use crate::people::People;
use crate::phones::{Phone, Site, packed, phones};
use crate::report::{Goal, Section, number};
use crate::support::{Backend, Database};

/// A batch of 500 enrollments, packed with zstd.
const KILOBYTES: f64 = 60.0;

pub fn measure(_: &Options) -> Section {
    let database = Database::fresh(Backend::Sqlite);
    let site = Site::open(database.store());
    let mut phone = phones(&site.store, &site.keys, 1).remove(0);
    let mut people = People::from(0);
    let mut rows = Vec::new();
    let mut goals = Vec::new();
    let mut line = |what: &str, kind: &str, phone: &mut Phone, bodies: Vec<Value>| -> [usize; 2] {
        let body = phone.batch_of(kind, &bodies);
        let answer = phone.push(&site.base, Some("zstd"), &packed(&body));
        let told = answer.accepted(bodies.len()).to_string();
        let [sent, answered] = [&body, &told].map(|text| sizes(text));
        for (way, bytes) in [("sent", sent), ("answered", answered)] {
            let mut row = vec![format!("{what}, {way}")];
            row.extend(bytes.map(|it| number(kilobytes(it))));
            rows.push(row);
        }
        [sent[2], answered[2]]
    };
    let one = vec![people.voluntary()];
    line("1 voluntary enrollment", "voluntary", &mut phone, one);
    let one = vec![people.household(3)];
    line("1 household of 3", "household", &mut phone, one);
    let all = (0..500).map(|_| people.voluntary()).collect();
    let voluntary = line("500 voluntary enrollments", "voluntary", &mut phone, all);
    // 3 + 3 + 4 in ten: 500 members.
    let all = (0..150).map(|i| people.household(if i % 3 == 2 { 4 } else { 3 })).collect();
    let members = line("150 households, 500 members", "household", &mut phone, all);
    for (what, [sent, answered]) in
        [("500 voluntary enrollments", voluntary), ("households with 500 members", members)]
    {
        goals.push(Goal::at_most(
            format!("{what} with zstd, sent"),
            kilobytes(sent),
            KILOBYTES,
            " KB",
        ));
        goals.push(Goal::at_most(
            format!("{what} with zstd, answered"),
            kilobytes(answered),
            KILOBYTES,
            " KB",
        ));
    }
    Section {
        title: "Bytes on the wire",
        about: "Kilobytes (1,000 bytes) of bodies. Names, days, codes, telephone numbers, incomes and receipts \
                differ from one enrollment to the next. zstd at level 3, gzip at level 6.",
        columns: vec!["a batch of", "plain", "gzip", "zstd"],
        rows,
        goals,
    }
}

fn sizes(text: &str) -> [usize; 3] {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(6));
    gzip.write_all(text.as_bytes()).expect("packed");
    [text.len(), gzip.finish().expect("packed").len(), packed(text).len()]
}

fn kilobytes(bytes: usize) -> f64 {
    f64::from(u32::try_from(bytes).expect("few")) / 1000.0
}
