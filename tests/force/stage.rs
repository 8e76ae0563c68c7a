//! A world with its cast and its players, and what is done with all of them.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use crate::cast::Cast;
use crate::dice::Dice;
use crate::invariants::{self, Books};
use crate::player::{Player, Violation};
use crate::witness::{Office, Told};
use crate::world::World;

/// Everybody and everything of a round.
pub struct Stage {
    pub players: Vec<Player>,
    pub world: World,
    cast: Cast,
    at_once: usize,
}

impl Stage {
    /// Fills a fresh world with people, and starts its servers.
    pub fn set(world: World, seed: u64, sequences: u64, at_once: usize) -> Self {
        let store = world.store();
        let cast = Cast::hire(&store, Dice::seed_of(seed, 2), sequences);
        drop(store);
        world.start();
        let folder = Arc::new(world.folder().to_path_buf());
        let player = |(number, troupe): (u64, &crate::cast::Troupe)| {
            let seed = Dice::seed_of(seed, 1000 + number);
            Player::new(number, seed, troupe.clone(), &world.proxy.base(), &folder)
        };
        let players = (0..).zip(&cast.troupes).map(player).collect();
        Self { players, world, cast, at_once }
    }

    /// As [`each`], with all players.
    pub fn each(
        &mut self,
        work: impl Fn(&mut Player) -> Result<(), String> + Sync,
    ) -> Vec<Violation> {
        each(&mut self.players, self.at_once, work)
    }

    /// Everything that waits is handed in.
    pub fn hand_in(&mut self) -> Vec<Violation> {
        self.each(Player::hand_in)
    }

    /// Everybody is asked, and all compared.
    pub fn balance(&mut self) -> Vec<Violation> {
        let told: Mutex<BTreeMap<u64, Told>> = Mutex::new(BTreeMap::new());
        let wrong = self.each(|player| {
            let of_it = player.testify();
            told.lock().expect("no thread failed").insert(player.number, of_it);
            Ok(())
        });
        if !wrong.is_empty() {
            return wrong;
        }
        let office = Office::ask(&self.world.proxy.base(), &self.cast.admin);
        let told: Vec<Told> = told.into_inner().expect("no thread failed").into_values().collect();
        invariants::check(&self.world, &Books::new(&self.players, &told, &office))
    }
}

/// Does something with every player, some of them at once. A player who panics is wrong, too.
pub fn each(
    players: &mut [Player],
    at_once: usize,
    work: impl Fn(&mut Player) -> Result<(), String> + Sync,
) -> Vec<Violation> {
    let next = AtomicUsize::new(0);
    let players: Vec<Mutex<&mut Player>> = players.iter_mut().map(Mutex::new).collect();
    let found = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..at_once.max(1) {
            scope.spawn(|| {
                while let Some(player) = players.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let mut player = player.lock().expect("taken once");
                    let sequence = Some(player.number);
                    let careful = std::panic::AssertUnwindSafe(|| work(&mut player));
                    let what = match std::panic::catch_unwind(careful) {
                        Ok(Ok(())) => continue,
                        Ok(Err(what)) => what,
                        Err(_) => "it panicked; see above".to_owned(),
                    };
                    found.lock().expect("no thread failed").push(Violation { sequence, what });
                }
            });
        }
    });
    found.into_inner().expect("no thread failed")
}
