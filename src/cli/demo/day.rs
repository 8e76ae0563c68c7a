//! The day as it is going to be: who writes what, who meets whom again, and what goes wrong.

use super::calendar::Calendar;
use super::dice::Dice;
use super::office::{Group, Office};
use super::people::People;
use super::slips::{Body, Law, Slip};
use super::writer::Writer;
use crate::cli::Failure;
use crate::clock;
use crate::domain::{MemberGroup, RecordKind};

/// What the wrong amount is wrong by, đồng; no multiple of any support.
const TOO_MUCH: i64 = 50_000;

/// One agent's day.
#[derive(Default)]
pub(super) struct Errand {
    pub slips: Vec<Slip>,
    /// How often there is a signal.
    pub uploads: usize,
    pub trick: Trick,
    /// Hours off.
    pub clock_is_wrong: bool,
}

/// What goes wrong on the way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Trick {
    #[default]
    Nothing,
    /// The answer to the first batch never arrives.
    LostAnswer,
    /// Two slips are written anew before there is a signal.
    Rewritten,
    /// One slip is taken back.
    SecondThoughts,
}

/// The errands of each group's agents.
pub(super) fn plan(
    dice: &mut Dice,
    office: &Office,
    calendar: &Calendar,
) -> Result<Vec<Vec<Errand>>, Failure> {
    let law = Law::embedded();
    let mut people = People::new(dice.split(), calendar.day);
    let mut errands = Vec::new();
    for (g, group) in office.groups.iter().enumerate() {
        let mut of_group = Vec::new();
        for a in 0..group.agents.len() {
            let mut writer = Writer {
                law,
                calendar,
                group,
                people,
                dice: dice.split(),
                book: format!("BT{}{}", g + 1, a + 1),
                receipts: 0,
            };
            let quota = portion(group.people, a, group.agents.len());
            let late = if a == 0 { (group.people / 40).max(1) } else { 0 };
            let slips = writer.write(quota, late)?;
            people = writer.people;
            of_group.push(Errand { slips, uploads: 1, ..Errand::default() });
        }
        errands.push(of_group);
    }
    let all = office.groups.iter().map(|group| group.people).sum::<usize>();
    meet_again(dice, calendar, &office.groups, &mut errands, all);
    one_married_away(law, calendar, &mut errands)?;
    go_wrong(&mut errands);
    Ok(errands)
}

/// What falls to one of several.
pub(super) fn portion(of: usize, at: usize, among: usize) -> usize {
    let among = among.max(1);
    of / among + usize::from(at < of % among)
}

/// Some people are met by two groups: by their codes, and one without any.
fn meet_again(
    dice: &mut Dice,
    calendar: &Calendar,
    groups: &[Group],
    errands: &mut [Vec<Errand>],
    people: usize,
) {
    for n in 0..(people / 60).max(6) {
        let (first, second) = (n % groups.len(), (n + 1 + n / groups.len() % 3) % groups.len());
        let nameless = n % 8 == 0;
        let Some(slip) = errands
            .get_mut(first)
            .and_then(|group| pick(dice, group, |slip| !nameless || is_voluntary(slip)))
        else {
            continue;
        };
        slip.shared = true;
        let mut again = slip.clone();
        again.id = clock::new_id();
        again.captured_at = calendar.moment(dice.throw(100), 100);
        if nameless {
            for person in again.body.persons_mut() {
                (person.bhxh_code, person.personal_id) = (None, None);
            }
        }
        let drive_id = groups.get(second).map(|group| group.drive_id);
        match &mut again.body {
            Body::Voluntary(body) => body.drive_id = drive_id,
            Body::Household(body) => {
                body.drive_id = drive_id;
                body.household.id = clock::new_id();
            }
            Body::Void(_) => {}
        }
        let Some(group) = errands.get_mut(second) else { continue };
        let at = dice.throw(group.len());
        if let Some(errand) = group.get_mut(at) {
            insert(&mut errand.slips, again);
        }
    }
}

/// By time, as the agent would have written it.
fn insert(slips: &mut Vec<Slip>, slip: Slip) {
    let at = slips.partition_point(|it| it.captured_at <= slip.captured_at);
    slips.insert(at, slip);
}

fn is_voluntary(slip: &Slip) -> bool {
    slip.body.kind() == RecordKind::Voluntary
}

/// A slip of the group's that nothing else happens to.
fn pick<'a>(
    dice: &mut Dice,
    group: &'a mut [Errand],
    wanted: impl Fn(&Slip) -> bool,
) -> Option<&'a mut Slip> {
    let mut free: Vec<&mut Slip> = group
        .iter_mut()
        .flat_map(|errand| &mut errand.slips)
        .filter(|slip| !slip.shared && wanted(slip))
        .collect();
    let at = dice.throw(free.len());
    (at < free.len()).then(|| free.swap_remove(at))
}

/// A household of the last group lists somebody whom one of the first group lists too.
fn one_married_away(
    law: Law,
    calendar: &Calendar,
    errands: &mut [Vec<Errand>],
) -> Result<(), Failure> {
    let [first, .., last] = errands else { return Ok(()) };
    let Some(from) = household(last, 2) else { return Ok(()) };
    let Some(to) = household(first, 1) else { return Ok(()) };
    let (Body::Household(old), Body::Household(new)) = (&from.body, &mut to.body) else {
        return Ok(());
    };
    new.members.extend(old.members.last().cloned());
    law.price(new, calendar.day)?;
    (from.shared, to.shared) = (true, true);
    Ok(())
}

/// A household without State support that nothing else happens to.
fn household(group: &mut [Errand], members: i64) -> Option<&mut Slip> {
    group.iter_mut().flat_map(|errand| &mut errand.slips).find(|slip| {
        let unsupported = match &slip.body {
            Body::Household(body) => {
                body.members.iter().all(|it| it.group == MemberGroup::Household.as_str())
            }
            _ => false,
        };
        unsupported && !slip.shared && slip.body.persons() >= members
    })
}

/// Gives each mishap to somebody.
fn go_wrong(errands: &mut [Vec<Errand>]) {
    let mut to = |group: usize, agent: usize, happens: &dyn Fn(&mut Errand)| {
        if let Some(errand) = errands.get_mut(group).and_then(|it| it.get_mut(agent)) {
            happens(errand);
        }
    };
    to(0, 0, &|it| it.uploads = 2);
    to(0, 1, &|it| it.trick = Trick::LostAnswer);
    to(1, 1, &|it| (it.uploads, it.trick) = (2, Trick::Rewritten));
    to(1, 2, &|it| it.uploads = 3);
    to(2, 0, &|it| {
        let slip = it.slips.iter_mut().find(|slip| !slip.shared && is_voluntary(slip));
        if let Some(slip) = slip {
            slip.shared = true;
            slip.body.collect(slip.body.collected() + TOO_MUCH);
        }
    });
    to(2, 1, &|it| it.clock_is_wrong = true);
    to(3, 1, &|it| (it.uploads, it.trick) = (2, Trick::SecondThoughts));
    to(3, 2, &|it| it.uploads = 3);
}
