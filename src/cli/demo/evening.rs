//! The way home: wherever there is a signal the phones hand in what they hold, all at the same time.

use std::sync::mpsc::{Sender, channel};
use std::time::{Duration, Instant};

use super::client::Packing;
use super::day::{Errand, Trick};
use super::office::Office;
use super::paper::Paper;
use super::phone::{Phone, Upload};
use super::slips::{Body, Slip};
use super::texts;
use crate::cli::Failure;
use crate::clock;
use crate::sync::wire::VoidBody;

/// The numbers that stay behind at a first upload.
const HELD_BACK: [i64; 2] = [2, 3];

/// What a phone tells while it works.
enum News {
    /// So many persons more are on the server.
    Delivered(i64),
    /// A line of the story.
    Line(String),
}

/// All phones log in, each with a connection of its own.
pub(super) fn log_in(base: &str, office: &Office) -> Result<Vec<Phone>, Failure> {
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
                scope.spawn(move || Phone::log_in(base, agent, group, packing))
            })
            .collect();
        phones.into_iter().map(|phone| phone.join().map_err(|_| broke_down())?).collect()
    })
}

/// Everybody works through his errand at once. Gives the phones back, and how long it took.
pub(super) fn come_home(
    phones: Vec<Phone>,
    errands: Vec<Errand>,
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
                scope.spawn(move || trip(phone, errand, &tell))
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

/// All phones bring their copies up to date.
pub(super) fn pull(phones: &mut [Phone]) -> Result<(), Failure> {
    std::thread::scope(|scope| {
        let pulls: Vec<_> = phones.iter_mut().map(|phone| scope.spawn(|| phone.pull())).collect();
        pulls.into_iter().try_for_each(|pull| pull.join().map_err(|_| broke_down())?)
    })
}

pub(super) fn broke_down() -> Failure {
    Failure::Answer(texts::BROKE_DOWN.to_owned())
}

/// One agent on his way: out of reach, then a signal, then out of reach again.
fn trip(mut phone: Phone, errand: Errand, tell: &Sender<News>) -> Result<Phone, Failure> {
    let uploads = errand.uploads.max(1);
    let part = errand.slips.len().div_ceil(uploads).max(1);
    let mut slips = errand.slips.into_iter();
    for n in 1..=uploads {
        slips.by_ref().take(part).for_each(|slip| phone.capture(slip));
        let (first, last) = (n == 1, n == uploads);
        let regrets = errand.trick == Trick::SecondThoughts && last;
        let taken_back = regrets.then(|| phone.regrets()).flatten();
        if let Some(record_id) = taken_back {
            let body = Body::Void(VoidBody { record_id, reason: texts::VOID_REASON.to_owned() });
            let (id, captured_at) = (clock::new_id(), clock::now());
            phone.capture(Slip { id, body, captured_at, shared: true });
        }
        let gap = errand.trick == Trick::LateGap && first;
        let held_back: &[i64] = if gap { &HELD_BACK } else { &[] };
        let lose = errand.trick == Trick::LostAnswer && first;
        let delivered = |persons| drop(tell.send(News::Delivered(persons)));
        let upload = phone.deliver(held_back, lose, &delivered)?;
        let say = |text| drop(tell.send(News::Line(text)));
        say(texts::upload(&phone.name, (n, uploads), &upload));
        story(&phone, &errand.trick, &upload, taken_back.is_some()).into_iter().for_each(say);
    }
    Ok(phone)
}

/// What was remarkable about an upload.
fn story(phone: &Phone, trick: &Trick, upload: &Upload, taken_back: bool) -> Vec<String> {
    let mut lines = Vec::new();
    if *trick == Trick::LostAnswer {
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
    } else if *trick == Trick::LateGap {
        lines.push(texts::gap_closed(phone.last_seq()));
    }
    if taken_back {
        lines.push(texts::TAKEN_BACK.to_owned());
    }
    lines
}
