//! Chance that repeats itself: the same seed, the same day.

/// SplitMix64 (Steele, Lea, Flood 2014): small, and even enough to choose names.
#[derive(Debug)]
pub(super) struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Dice of their own, so that what one part throws moves nothing in another.
    pub fn split(&mut self) -> Self {
        Self(self.next())
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// One of 0, 1, … `sides` − 1.
    pub fn throw(&mut self, sides: usize) -> usize {
        let sides = u64::try_from(sides).unwrap_or(u64::MAX).max(1);
        usize::try_from(self.next() % sides).unwrap_or(0)
    }

    /// A number from `least` to `most`, both included.
    pub fn between(&mut self, least: u32, most: u32) -> u32 {
        let span = u64::from(most.saturating_sub(least)) + 1;
        least + u32::try_from(self.next() % span).unwrap_or(0)
    }

    /// Happens so many times in a hundred.
    pub fn chance(&mut self, percent: u32) -> bool {
        self.between(1, 100) <= percent
    }

    /// One of several, none of them favoured.
    pub fn pick<T: Copy, const N: usize>(&mut self, of: &[T; N]) -> T {
        const { assert!(N > 0) };
        of[self.throw(N)]
    }

    /// One of several by their weights.
    pub fn weigh<T: Copy, const N: usize>(&mut self, of: &[(u32, T); N]) -> T {
        const { assert!(N > 0) };
        let all: u32 = of.iter().map(|(weight, _)| weight).sum();
        let mut left = self.between(1, all.max(1));
        for (weight, it) in of {
            if left <= *weight {
                return *it;
            }
            left -= weight;
        }
        of[0].1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_throws_the_same() {
        let throws = |seed| -> Vec<usize> {
            let mut dice = Dice::new(seed);
            (0..50).map(|_| dice.throw(6)).collect()
        };
        assert_eq!(throws(1), throws(1));
        assert_ne!(throws(1), throws(2));
        assert!(throws(3).iter().all(|it| *it < 6));
    }

    #[test]
    fn weights_of_nothing_are_never_chosen() {
        let mut dice = Dice::new(7);
        let drawn: Vec<char> =
            (0..500).map(|_| dice.weigh(&[(1, 'a'), (0, 'b'), (9, 'c')])).collect();
        assert!(!drawn.contains(&'b'));
        let often = drawn.iter().filter(|it| **it == 'c').count();
        assert!((400..500).contains(&often), "{often}");
    }
}
