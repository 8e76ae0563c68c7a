//! What must hold after every round, whatever struck.

mod counts;
mod feeds;
mod people;
mod states;
mod visits;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use dai_ly_thu::domain::Id;

use crate::player::{Player, Violation};
use crate::witness::{Office, Told};
use crate::world::World;

/// All that is known at the end of a round.
pub struct Books<'a> {
    pub players: &'a [Player],
    /// As the players.
    pub told: &'a [Told],
    pub office: &'a Office,
    /// The sequence of each group.
    pub sequences: HashMap<Id, u64>,
    /// Numbers of persons whom some desk merged, parted or gave a code.
    pub touched: BTreeSet<u32>,
}

/// What was found wrong so far.
#[derive(Default)]
pub struct Found(Vec<Violation>);

impl Found {
    pub fn add(&mut self, sequence: Option<u64>, what: impl Into<String>) {
        self.0.push(Violation { sequence, what: what.into() });
    }

    /// Two numbers that must be one.
    pub fn equal<T: PartialEq + std::fmt::Debug>(
        &mut self,
        sequence: Option<u64>,
        what: &str,
        one: T,
        other: T,
    ) {
        if one != other {
            self.add(sequence, format!("{what}: {one:?} and {other:?}"));
        }
    }
}

impl<'a> Books<'a> {
    pub fn new(players: &'a [Player], told: &'a [Told], office: &'a Office) -> Self {
        let groups = |player: &Player| {
            let number = player.number;
            player.troupe.groups.iter().map(move |it| (*it, number)).collect::<Vec<_>>()
        };
        let sequences = players.iter().flat_map(groups).collect();
        let touched = players.iter().flat_map(|it| it.model.touched.iter().copied()).collect();
        Self { players, told, office, sequences, touched }
    }

    /// The players with what was told of them.
    pub fn each(&self) -> impl Iterator<Item = (&'a Player, &'a Told)> {
        self.players.iter().zip(self.told)
    }

    fn sequence(&self, group_id: &serde_json::Value) -> Option<u64> {
        self.sequences.get(&group_id.as_str()?.parse().ok()?).copied()
    }
}

/// Checks everything.
pub fn check(world: &World, books: &Books<'_>) -> Vec<Violation> {
    let mut found = Found::default();
    for (player, told) in books.each() {
        for what in &told.wrong {
            found.add(Some(player.number), what);
        }
    }
    states::once_each(books, &mut found);
    states::gaps(books, &mut found);
    states::reviews(books, &mut found);
    people::covered_once(books, &mut found);
    people::expected(books, &mut found);
    people::acknowledged(books, &mut found);
    feeds::agree(books, &mut found);
    feeds::cards(books, &mut found);
    visits::kept(world, books, &mut found);
    visits::listed(books, &mut found);
    counts::tallies(books, &mut found);
    counts::closed_months(books, &mut found);
    recount(world, &mut found);
    complaints(world, &mut found);
    found.0
}

fn recount(world: &World, found: &mut Found) {
    let counted = world.command(&["recount"]);
    if !counted.status.success() {
        let text = String::from_utf8_lossy(&counted.stdout);
        let text: Vec<&str> = text.lines().take(12).collect();
        let error = String::from_utf8_lossy(&counted.stderr);
        found.add(None, format!("recount: {error}{}", text.join("\n")));
    }
}

/// A server may be killed; it may not stumble by itself.
fn complaints(world: &World, found: &mut Found) {
    let lines = world.complaints(&["panicked", "cannot be read", "without its entity", "ERROR"]);
    // That the database was away is no fault of the server, if it says so.
    for line in lines.iter().filter(|line| !line.contains("code=busy")) {
        found.add(None, format!("a server wrote: {line}"));
    }
}

/// Sums by key.
pub type Sums<K> = BTreeMap<K, BTreeMap<&'static str, i64>>;
