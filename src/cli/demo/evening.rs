//! The way home: wherever there is a signal the phones hand in what they hold, all at the same time.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::mpsc::{Sender, channel};
use std::time::{Duration, Instant};

use super::day::{Errand, Trick};
use super::line;
use super::office::Office;
use super::paper::Paper;
use super::phone::{Phone, Upload};
use super::slips::{Body, Slip};
use super::texts;
use crate::cli::Failure;
use crate::client::Packing;
use crate::clock;
use crate::domain::Id;
use crate::sync::wire::VoidBody;

/// How many slips are written anew.
const REWRITTEN: usize = 2;

/// What a phone tells while it works.
enum News {
    /// So many persons more are on the server.
    Delivered(i64),
    /// A line of the story.
    Line(String),
}

/// All phones log in, each with a connection of its own.
pub(super) fn log_in(base: &str, folder: &Path, office: &Office) -> Result<Vec<Phone>, Failure> {
    let agents = office
        .groups
        .iter()
        .enumerate()
        .flat_map(|(g, group)| group.agents.iter().map(move |agent| (g, agent)));
    std::thread::scope(|scope| {
        let phones: Vec<_> = agents
            .enumerate()
            .map(|(n, (group, agent))| {
                let packing = [Packing::Gzip, Packing::Zstd][n % 2];
                let file = folder.join(format!("phone-{}.db", n + 1));
                scope.spawn(move || Phone::log_in(base, file, agent, group, packing))
            })
            .collect();
        phones.into_iter().map(|phone| phone.join().map_err(|_| broke_down())?).collect()
    })
}

/// Everybody works through his errand at once. Gives the phones back, and how long it took.
pub(super) fn come_home(
    phones: Vec<Phone>,
    errands: Vec<Errand>,
    server: SocketAddr,
    paper: &Paper,
) -> Result<(Vec<Phone>, Duration), Failure> {
    let begun = Instant::now();
    let phones: Result<Vec<Phone>, Failure> = std::thread::scope(|scope| {
        let (tell, told) = channel();
        let trips: Vec<_> = phones
            .into_iter()
            .zip(errands)
            .map(|(phone, errand)| {
                let tell = tell.clone();
                scope.spawn(move || trip(phone, errand, server, &tell))
            })
            .collect();
        drop(tell);
        for news in told {
            match news {
                News::Delivered(persons) => paper.step(persons),
                News::Line(text) => paper.say(&text)?,
            }
        }
        trips.into_iter().map(|trip| trip.join().map_err(|_| broke_down())?).collect()
    });
    Ok((phones?, begun.elapsed()))
}

/// All phones bring their copies up to date, and say what they know.
pub(super) fn pull(phones: &mut [Phone]) -> Result<(), Failure> {
    std::thread::scope(|scope| {
        let pulls: Vec<_> =
            phones.iter_mut().map(|phone| scope.spawn(|| up_to_date(phone))).collect();
        pulls.into_iter().try_for_each(|pull| pull.join().map_err(|_| broke_down())?)
    })
}

fn up_to_date(phone: &mut Phone) -> Result<(), Failure> {
    phone.client.pull()?;
    phone.take_stock()
}

pub(super) fn broke_down() -> Failure {
    Failure::Answer(texts::BROKE_DOWN.to_owned())
}

/// One agent on his way: out of reach, then a signal, then out of reach again.
fn trip(
    mut phone: Phone,
    errand: Errand,
    server: SocketAddr,
    tell: &Sender<News>,
) -> Result<Phone, Failure> {
    let uploads = errand.uploads.max(1);
    let part = errand.slips.len().div_ceil(uploads).max(1);
    let mut slips = errand.slips.into_iter();
    for n in 1..=uploads {
        let written: Vec<Slip> = slips.by_ref().take(part).collect();
        let ids: Vec<Id> = written.iter().map(|slip| slip.id).collect();
        phone.capture(written)?;
        let (first, last) = (n == 1, n == uploads);
        let mut trick = Trick::Nothing;
        match errand.trick {
            Trick::LostAnswer if first => {
                trick = errand.trick;
                phone.lose_answer(line::breaking(server).map_err(Failure::io("a line"))?)?;
            }
            Trick::Rewritten if first => {
                trick = errand.trick;
                for id in ids.into_iter().skip(1).take(REWRITTEN) {
                    phone.rewrite(id, strike_out_phones)?;
                }
            }
            Trick::SecondThoughts if last => {
                if let Some(record_id) = phone.regrets()? {
                    trick = errand.trick;
                    let reason = texts::VOID_REASON.to_owned();
                    let body = Body::Void(VoidBody { record_id, reason });
                    let (id, captured_at) = (clock::new_id(), clock::now());
                    phone.capture(vec![Slip { id, body, captured_at, shared: true }])?;
                }
            }
            _ => {}
        }
        let upload = phone.deliver(&|persons| drop(tell.send(News::Delivered(persons))))?;
        let say = |text| drop(tell.send(News::Line(text)));
        say(texts::upload(&phone.name, (n, uploads), &upload));
        story(&phone, trick, &upload).into_iter().for_each(say);
    }
    Ok(phone)
}

/// The number that was noted was somebody else's.
fn strike_out_phones(body: &mut Body) {
    for person in body.persons_mut() {
        person.phone = None;
    }
}

/// What was remarkable about an upload.
fn story(phone: &Phone, trick: Trick, upload: &Upload) -> Vec<String> {
    let mut lines = Vec::new();
    if trick == Trick::LostAnswer {
        lines.push(texts::lost_answer(phone.resent));
    }
    if upload.late > 0 {
        lines.push(texts::late(upload.late));
    }
    if upload.clock > 0 {
        lines.push(texts::wrong_clock(phone.clock_error, upload.clock));
    }
    lines.extend(upload.corrected.iter().map(|amount| texts::corrected(*amount)));
    if let Some((from, to)) = upload.missing.first() {
        lines.push(texts::gap(*from, *to));
    } else if trick == Trick::Rewritten {
        let through = phone.known.as_ref().map_or(0, |it| it.contiguous_seq);
        lines.push(texts::rewritten(REWRITTEN, through));
    }
    if trick == Trick::SecondThoughts {
        lines.push(texts::TAKEN_BACK.to_owned());
    }
    lines
}
