//! Which of a phone's numbers have not come. They decide nothing, they report.

/// Most ranges that are told at once.
const MAX_RANGES: usize = 100;

/// What has come of an installation's numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gaps {
    /// Everything up to this number came or will never come.
    pub contiguous: i64,
    /// Ranges beyond it that are missing below the newest one seen, both ends included.
    pub missing: Vec<(i64, i64)>,
}

/// Finds the gaps among numbers seen beyond `contiguous`, sorted and each once.
#[must_use]
pub fn find(mut contiguous: i64, seen: &[i64]) -> Gaps {
    let mut missing = Vec::new();
    let mut last = contiguous;
    for &seq in seen {
        if seq == contiguous + 1 {
            contiguous = seq;
        } else if seq > last + 1 && missing.len() < MAX_RANGES {
            missing.push((last + 1, seq - 1));
        }
        last = seq;
    }
    Gaps { contiguous, missing }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_contiguous_part_moves_on_and_gaps_are_told() {
        assert_eq!(find(0, &[1, 2, 3]), Gaps { contiguous: 3, missing: vec![] });
        assert_eq!(find(3, &[4, 6, 7, 10]), Gaps { contiguous: 4, missing: vec![(5, 5), (8, 9)] });
        assert_eq!(find(0, &[3]), Gaps { contiguous: 0, missing: vec![(1, 2)] });
        assert_eq!(find(5, &[]), Gaps { contiguous: 5, missing: vec![] });
    }
}
