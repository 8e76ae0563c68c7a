//! `demo`: a whole day in Bố Trạch. Four groups go out, enroll people where there is no signal, come
//! home and hand in what they wrote; the supervisor looks; the books are balanced.
//!
//! The server is the real one, on a fresh database and a free port; whatever happens, happens over
//! HTTP.

mod books;
mod browser;
mod calendar;
mod day;
mod desk;
mod dice;
mod evening;
mod line;
mod mirror;
mod names;
mod office;
mod paper;
mod people;
mod phone;
mod site;
mod slips;
mod texts;
mod writer;

use std::time::Instant;

use chrono::TimeDelta;
use clap::Args;

use self::books::Audit;
use self::calendar::Calendar;
use self::day::Errand;
use self::dice::Dice;
use self::office::Office;
use self::paper::Paper;
use self::phone::Phone;
use self::site::Site;
use super::Failure;
use crate::clock;

/// Groups of Bố Trạch.
const GROUPS: usize = 4;

const HELP: &str = "\
Four groups of agents go out to real communes of Bố Trạch and enroll people where there is no signal;
their phones hand in what they wrote, some twice, some with a wrong clock, a wrong amount or after an
answer that was lost; two groups meet the same people. Then it prints what the supervisor sees, and
compares what the phones, the server, the tallies and a recount know. It fails when they differ.

The server is the one that `serve` starts, on a fresh SQLite database in a folder for temporary files
and on a free port; the phones are clients of their own. The people are invented.

Examples:
  dai-ly-thu demo
  dai-ly-thu demo --people 20000
  dai-ly-thu demo --keep        # then look around at /docs with the logins it prints";

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(super) struct Options {
    /// How many people live in the villages visited [default: 70 to 100 for each group]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(100..=200_000))]
    people: Option<u32>,
    /// Go on serving afterwards, and keep the database
    #[arg(long)]
    keep: bool,
    /// The same seed meets the same people
    #[arg(long, value_name = "S", default_value_t = 455)]
    seed: u64,
}

pub(super) fn run(options: &Options) -> Result<(), Failure> {
    let begun = Instant::now();
    let mut paper = Paper::new();
    let mut dice = Dice::new(options.seed);
    let calendar = Calendar::of(clock::now());
    let sizes = sizes(options, &mut dice);

    let site = Site::open(options.keep)?;
    let base = format!("http://{}", site.addr());
    let office = office::open(&site, &calendar, &sizes)?;
    let phones = evening::log_in(&base, &site.folder.path, &office)?;
    set_out(&paper, &calendar, &office, phones.len())?;

    let errands = morning(&paper, &mut dice, &office, &calendar)?;
    let mut phones = evening(&mut paper, &calendar, &site, phones, errands)?;
    let tallies = desk::look(&base, &office, &calendar, &phones, &paper)?;

    let audit = books::balance(&site, &office, &mut phones, &tallies)?;
    drop(phones);
    settle(&paper, &audit)?;
    paper.say(&texts::finished(begun.elapsed()))?;
    if options.keep { stay(&paper, &office, site) } else { site.close() }
}

/// How many people each group meets.
fn sizes(options: &Options, dice: &mut Dice) -> Vec<usize> {
    match options.people {
        None => (0..GROUPS).map(|_| 70 + dice.throw(31)).collect(),
        Some(people) => {
            let people = usize::try_from(people).unwrap_or(usize::MAX);
            (0..GROUPS).map(|group| day::portion(people, group, GROUPS)).collect()
        }
    }
}

fn set_out(
    paper: &Paper,
    calendar: &Calendar,
    office: &Office,
    phones: usize,
) -> Result<(), Failure> {
    let communes = office.groups.iter().map(|group| group.communes.len()).sum();
    let villages = office.groups.iter().map(|group| group.homes.len()).sum();
    paper.say(&texts::title(calendar.day))?;
    paper.head(&texts::office(office.groups.len(), communes, villages, phones))?;
    for group in &office.groups {
        let communes: Vec<&str> = group.communes.iter().map(|it| it.name.as_str()).collect();
        let village = group.homes.first().map_or("", |home| home.village.as_str());
        let (phones, people) = (group.agents.len(), group.people);
        paper.say(&texts::goes_out(&group.name, &communes, village, phones, people))?;
    }
    Ok(())
}

/// Everything is written at kitchen tables; nothing is sent.
fn morning(
    paper: &Paper,
    dice: &mut Dice,
    office: &Office,
    calendar: &Calendar,
) -> Result<Vec<Errand>, Failure> {
    let begun = Instant::now();
    let errands: Vec<Errand> = day::plan(dice, office, calendar)?.into_iter().flatten().collect();
    let slips = || errands.iter().flat_map(|errand| &errand.slips);
    let persons = slips().map(|slip| slip.body.persons()).sum();
    paper.head(texts::OFFLINE)?;
    paper.say(&texts::captured(slips().count(), persons, begun.elapsed()))?;
    Ok(errands)
}

/// Everything is sent, as often as it takes, and every phone hears of the others.
fn evening(
    paper: &mut Paper,
    calendar: &Calendar,
    site: &Site,
    mut phones: Vec<Phone>,
    errands: Vec<Errand>,
) -> Result<Vec<Phone>, Failure> {
    let slips = || errands.iter().flat_map(|errand| &errand.slips);
    let persons: i64 = slips().map(|slip| slip.body.persons()).sum();
    for (phone, errand) in phones.iter_mut().zip(&errands) {
        let right = TimeDelta::zero();
        phone.restart(if errand.clock_is_wrong { calendar.clock_error() } else { right })?;
    }
    paper.head(texts::SIGNAL)?;
    paper.begin(u64::try_from(persons).unwrap_or(0));
    let home = evening::come_home(phones, errands, site.addr(), paper);
    paper.end();
    let (mut phones, took) = home?;
    evening::pull(&mut phones)?;
    let sent = phones.iter().map(|phone| phone.stock.last_seq).sum();
    paper.say(&texts::synced(sent, persons, took))?;
    paper.say(&texts::speed(sent, persons, phones.len(), took))?;
    Ok(phones)
}

fn settle(paper: &Paper, audit: &Audit) -> Result<(), Failure> {
    paper.head(texts::CHECKING)?;
    for (right, line) in &audit.checks {
        paper.say(&texts::checked(*right, line))?;
    }
    if audit.differences.is_empty() {
        return paper.head(texts::BALANCED);
    }
    for difference in &audit.differences {
        paper.say(&format!("  {difference}"))?;
    }
    Err(Failure::Books(texts::differences(audit.differences.len())))
}

/// Serves until Ctrl-C.
fn stay(paper: &Paper, office: &Office, site: Site) -> Result<(), Failure> {
    paper.head(&texts::serving(&format!("http://{}", site.addr())))?;
    let agent = office.groups.first().and_then(|group| group.agents.first());
    let accounts = [Some(&office.admin), Some(&office.supervisor), agent];
    for (role, who) in texts::ACCOUNTS.iter().zip(accounts) {
        if let Some(who) = who {
            paper.say(&texts::account(role, &who.login, &who.password))?;
        }
    }
    paper.say(&texts::database(&site.database().display().to_string()))?;
    paper.say(texts::CTRL_C)?;
    site.serve()
}
