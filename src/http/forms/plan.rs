//! The cells of the list of targets, line by line: organisations, and under each those who collect for it.

use crate::domain::Scheme;
use crate::sheets::forms::{Value, words};
use crate::tallies::collectors::{Figures, Line, Team};

/// The rows, and how many people stand in them. What the targets say of those who join and those who go on is not
/// kept, so these columns are left to whoever knows.
pub fn rows(teams: &[Team]) -> (Vec<Vec<Value>>, usize) {
    let mut rows = Vec::new();
    let mut people = 0;
    for (at, team) in (1..).zip(teams) {
        let name = match team.organisation {
            Some(_) => &team.whole.name,
            None => &words().nobodys,
        };
        // A number in letters is a word: what is summed is known by it.
        rows.push(row(Value::Text(roman(at)), name, &team.whole));
        for (at, line) in (1..).zip(&team.collectors) {
            rows.push(row(Value::Number(at), &line.name, line));
            people += 1;
        }
    }
    (rows, people)
}

fn row(at: Value, name: &str, line: &Line) -> Vec<Value> {
    let mut cells = vec![at, Value::Text(name.to_owned()), Value::Empty];
    for scheme in [Scheme::Voluntary, Scheme::Household] {
        let Figures { target, period, so_far } =
            line.schemes.get(&scheme).copied().unwrap_or_default();
        cells.extend([
            target.map_or(Value::Empty, Value::Number),
            Value::Empty,
            Value::Empty,
            Value::Number(period.accepted),
            Value::Number(period.accepted - period.renewals),
            Value::Number(period.renewals),
            Value::Number(so_far.accepted),
            Value::Empty,
        ]);
    }
    cells.push(Value::Empty);
    cells
}

/// A number as the Romans wrote it.
fn roman(mut number: usize) -> String {
    const SIGNS: [(usize, &str); 13] = [
        (1000, "M"),
        (900, "CM"),
        (500, "D"),
        (400, "CD"),
        (100, "C"),
        (90, "XC"),
        (50, "L"),
        (40, "XL"),
        (10, "X"),
        (9, "IX"),
        (5, "V"),
        (4, "IV"),
        (1, "I"),
    ];
    let mut text = String::new();
    for (value, sign) in SIGNS {
        text += &sign.repeat(number / value);
        number %= value;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::roman;

    #[test]
    fn organisations_are_numbered_in_letters() {
        let said = [1, 4, 9, 14, 44, 1999].map(roman);
        assert_eq!(said, ["I", "IV", "IX", "XIV", "XLIV", "MCMXCIX"]);
    }
}
