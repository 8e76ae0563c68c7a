use super::{Cell, Head, Kind, number, numbers};

/// What the columns of a table come to so far.
#[derive(Debug, Default)]
pub(super) struct Sums {
    lines: Vec<Line>,
}

/// One line of totals.
#[derive(Debug)]
pub(super) struct Line {
    /// The word it is of; nothing where all rows have one total.
    pub(super) of: Option<String>,
    /// For each column its sum, or the sums of what its share or its rest follows from.
    pub(super) sums: Vec<(i64, i64)>,
}

impl Sums {
    /// Counts a row.
    pub(super) fn add(&mut self, head: &Head, row: &[Cell]) {
        let of = match head.by.and_then(|column| row.get(usize::from(column))) {
            Some(Cell::Text(word)) => Some(word.clone()),
            _ => None,
        };
        let at = match self.lines.iter().position(|line| line.of == of) {
            Some(at) => at,
            None => {
                self.lines.push(Line { of, sums: vec![(0, 0); head.columns.len()] });
                self.lines.len() - 1
            }
        };
        for ((sum, column), at) in self.lines[at].sums.iter_mut().zip(&head.columns).zip(0..) {
            let (part, of) = match column.kind {
                Kind::Text | Kind::Number => (0, 0),
                Kind::Count | Kind::Money => (number(row, at).unwrap_or_default(), 0),
                Kind::Share { part, of } | Kind::Rest { part, of } => {
                    numbers(row, part, of).unwrap_or_default()
                }
            };
            *sum = (sum.0 + part, sum.1 + of);
        }
    }

    /// The totals, in the order in which their words came; none where nothing is summed.
    pub(super) fn lines(self, head: &Head) -> Vec<Line> {
        let summed = head.columns.iter().any(|column| column.kind.is_summed());
        if summed { self.lines } else { Vec::new() }
    }
}
