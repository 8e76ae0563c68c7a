//! What was measured, as tables for people.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use dai_ly_thu::clock;
use dai_ly_thu::domain::vn_day;

/// Something that was measured.
pub struct Section {
    pub title: &'static str,
    pub about: &'static str,
    pub columns: Vec<&'static str>,
    pub rows: Vec<Vec<String>>,
    pub goals: Vec<Goal>,
}

/// What it is to be, and what it is.
pub struct Goal {
    what: String,
    limit: String,
    measured: String,
    met: bool,
}

impl Goal {
    pub fn at_most(what: impl Into<String>, measured: f64, limit: f64, unit: &str) -> Self {
        Self {
            what: what.into(),
            limit: format!("≤ {}{unit}", number(limit)),
            measured: format!("{}{unit}", number(measured)),
            met: measured <= limit,
        }
    }

    pub fn at_least(what: impl Into<String>, measured: f64, limit: f64, unit: &str) -> Self {
        Self {
            limit: format!("≥ {}{unit}", number(limit)),
            met: measured >= limit,
            ..Self::at_most(what, measured, limit, unit)
        }
    }
}

/// The machine, the databases, the day.
pub fn machine(sqlite: &str, postgres: &str) -> String {
    let read = |path| std::fs::read_to_string(path).unwrap_or_default();
    let after = |text: &str, key: &str| {
        let line = text.lines().find(|line| line.starts_with(key));
        line.and_then(|line| line.split_once(':')).map_or("?", |(_, it)| it.trim()).to_owned()
    };
    let cpu = read("/proc/cpuinfo");
    let cores = cpu.lines().filter(|line| line.starts_with("processor")).count();
    let memory: f64 = after(&read("/proc/meminfo"), "MemTotal")
        .trim_end_matches(" kB")
        .parse()
        .map_or(0.0, |kib: f64| kib / 1024.0 / 1024.0);
    format!(
        "{day}. {cores} processors ({model}), {memory:.0} GiB of memory, Linux {kernel}. SQLite {sqlite}, \
         PostgreSQL {postgres} with 1 GB of shared buffers, both on the same disk, both waiting for it at \
         each commit. Phones, server and database share the processors.",
        day = vn_day(clock::now()),
        model = after(&cpu, "model name"),
        kernel = read("/proc/sys/kernel/osrelease").trim(),
    )
}

/// What was measured, as Markdown: parts of it may be measured anew.
pub struct Document {
    /// Before the tables: how it was made, and where.
    head: String,
    /// What is required, by its cells.
    goals: Vec<Vec<String>>,
    /// Titles, and what stands under each.
    sections: Vec<(String, String)>,
}

const REQUIREMENTS: &str = "Requirements";

impl Document {
    /// Nothing yet, made so on this machine.
    pub fn new(command: &str, machine: &str) -> Self {
        let head = format!(
            "# Performance\n\nMade by `{command}`; nothing here is written by hand.\n\n{machine}\n"
        );
        Self { head, goals: vec![], sections: vec![] }
    }

    /// As it was written before.
    pub fn kept() -> Self {
        let text = std::fs::read_to_string(path()).expect("docs/PERFORMANCE.md");
        let mut parts = text.split("\n## ");
        let head = parts.next().unwrap_or_default().to_owned();
        let mut kept = Self { head, goals: vec![], sections: vec![] };
        for part in parts {
            let (title, text) = part.split_once('\n').unwrap_or((part, ""));
            if title == REQUIREMENTS {
                let rows = text.lines().filter(|line| line.starts_with('|')).skip(2);
                let cells = |row: &str| {
                    row.trim_matches('|').split('|').map(|it| it.trim().to_owned()).collect()
                };
                kept.goals = rows.map(cells).collect();
            } else {
                kept.sections.push((title.to_owned(), text.to_owned()));
            }
        }
        kept
    }

    /// Adds a section, or puts it in the place of the one that has its title; so too what it requires.
    pub fn put(&mut self, section: &Section, note: &str) {
        for goal in &section.goals {
            let met = if goal.met { "met" } else { "**not met**" };
            let row =
                vec![goal.what.clone(), goal.limit.clone(), goal.measured.clone(), met.to_owned()];
            match self.goals.iter_mut().find(|kept| kept[0] == goal.what) {
                Some(kept) => *kept = row,
                None => self.goals.push(row),
            }
        }
        let mut text = format!("\n{note}{}\n\n", section.about);
        text += &table(&section.columns, &section.rows);
        match self.sections.iter_mut().find(|(title, _)| title == section.title) {
            Some((_, kept)) => *kept = text,
            None => self.sections.push((section.title.to_owned(), text)),
        }
    }

    /// The whole.
    pub fn text(&self) -> String {
        let goals = table(&["requirement", "limit", "measured", ""], &self.goals);
        let mut text = format!("{}\n## {REQUIREMENTS}\n\n{goals}", self.head);
        for (title, under) in &self.sections {
            let _ = write!(text, "\n## {title}\n{}\n", under.trim_end_matches('\n'));
        }
        text
    }
}

fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/PERFORMANCE.md")
}

/// Writes the document.
pub fn write(text: &str) {
    std::fs::write(path(), text).expect("docs/PERFORMANCE.md is written");
    println!("written: {}", path().display());
}

/// A table whose columns stand under each other: the first to the left, the others to the right.
fn table(columns: &[&str], rows: &[Vec<String>]) -> String {
    let width = |at: usize| {
        let cells = rows.iter().filter_map(|row| row.get(at)).map(|cell| cell.chars().count());
        cells.chain([columns[at].chars().count(), 3]).max().unwrap_or(3)
    };
    let widths: Vec<usize> = (0..columns.len()).map(width).collect();
    let line = |cells: Vec<&str>| {
        let mut line = String::from("|");
        for (at, cell) in cells.iter().enumerate() {
            let gap = " ".repeat(widths[at] - cell.chars().count());
            let _ = if at == 0 {
                write!(line, " {cell}{gap} |")
            } else {
                write!(line, " {gap}{cell} |")
            };
        }
        line + "\n"
    };
    let rule = |at: usize| match at {
        0 => "-".repeat(widths[0]),
        _ => "-".repeat(widths[at] - 1) + ":",
    };
    let rules: Vec<String> = (0..columns.len()).map(rule).collect();
    let mut text = line(columns.to_vec());
    text += &line(rules.iter().map(String::as_str).collect());
    rows.iter().for_each(|row| text += &line(row.iter().map(String::as_str).collect()));
    text
}

/// The one in the middle.
pub fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    match numbers.len() {
        0 => f64::NAN,
        even if even.is_multiple_of(2) => f64::midpoint(numbers[even / 2 - 1], numbers[even / 2]),
        odd => numbers[odd / 2],
    }
}

/// So many in this time, for each second.
pub fn rate(count: usize, took: Duration) -> f64 {
    f64::from(u32::try_from(count).expect("few")) / took.as_secs_f64()
}

pub fn millis(took: Duration) -> f64 {
    took.as_secs_f64() * 1000.0
}

/// Three digits that say something.
pub fn number(value: f64) -> String {
    let text = match value.abs() {
        big if big >= 100.0 => format!("{value:.0}"),
        middle if middle >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    };
    let (whole, rest) = text.split_once('.').map_or((text.as_str(), ""), |(a, b)| (a, b));
    let mut grouped = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) && digit != '-' {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    if rest.is_empty() || rest.chars().all(|it| it == '0') {
        grouped
    } else {
        format!("{grouped}.{rest}")
    }
}
