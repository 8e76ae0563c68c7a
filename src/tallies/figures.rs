//! The figures that an office reports of people taking part: changes, percent of plan, coverage, ranks. Pure; where
//! each is defined stands in `docs/INDICATORS.md`.

use chrono::NaiveDate;
use rust_decimal::Decimal;

/// How many took part at the ends of four months; nothing of a month of which that is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    pub now: i64,
    pub last_month: Option<i64>,
    pub last_december: Option<i64>,
    /// The same month of the year before.
    pub last_year: Option<i64>,
}

/// All four are known.
impl From<[i64; 4]> for Counted {
    fn from([now, last_month, last_december, last_year]: [i64; 4]) -> Self {
        Self {
            now,
            last_month: Some(last_month),
            last_december: Some(last_december),
            last_year: Some(last_year),
        }
    }
}

/// Nobody, which is known.
impl Default for Counted {
    fn default() -> Self {
        [0; 4].into()
    }
}

/// With something unknown the sum is unknown.
impl std::ops::AddAssign for Counted {
    fn add_assign(&mut self, other: Self) {
        let sum = |one: Option<i64>, more: Option<i64>| Some(one? + more?);
        self.now += other.now;
        self.last_month = sum(self.last_month, other.last_month);
        self.last_december = sum(self.last_december, other.last_december);
        self.last_year = sum(self.last_year, other.last_year);
    }
}

/// The plan in force: so many people, by its last day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    pub people: i64,
    pub ends_on: NaiveDate,
}

/// A number of people before, and what became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    pub people: i64,
    pub change: i64,
    /// Of the number before, two decimals; nothing when nobody took part before.
    pub percent: Option<Decimal>,
}

/// What is left of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    pub target: i64,
    /// Two decimals.
    pub percent: Decimal,
    pub to_go: i64,
    /// Days after this one until the plan ends.
    pub days_left: i64,
    /// People a day still needed, one decimal, rounded up so that it suffices; nothing once the plan has ended.
    pub pace: Option<Decimal>,
}

/// Part of a whole in percent, two decimals, half away from nought; nothing of a whole of nobody.
#[must_use]
pub fn percent(part: i64, whole: i64) -> Option<Decimal> {
    let (part, whole) = (i128::from(part), i128::from(whole));
    let sign = part.signum() * whole.signum();
    let hundredths = (20_000 * part.abs() + whole.abs()).checked_div(2 * whole.abs())?;
    Decimal::try_from_i128_with_scale(sign * hundredths, 2).ok()
}

/// The least number of people a day, one decimal, with which those to go are reached; nothing in no days.
fn pace(to_go: i64, days: i64) -> Option<Decimal> {
    let (to_go, days) = (i128::from(to_go), i128::from(days));
    let tenths = (10 * to_go + days - 1).checked_div(days)?;
    Decimal::try_from_i128_with_scale(tenths, 1).ok()
}

/// What changed since `before`.
#[must_use]
pub fn change(now: i64, before: i64) -> Change {
    Change { people: before, change: now - before, percent: percent(now - before, before) }
}

/// How far `now` is from the plan on a day.
#[must_use]
pub fn standing(now: i64, plan: Plan, on: NaiveDate) -> Option<Standing> {
    let to_go = (plan.people - now).max(0);
    let days_left = (plan.ends_on - on).num_days().max(0);
    let percent = percent(now, plan.people)?;
    let pace = pace(to_go, days_left);
    Some(Standing { target: plan.people, percent, to_go, days_left, pace })
}

/// Places by percent, the highest first; equals share a place, and who has no plan has none.
#[must_use]
pub fn ranks(percents: &[Option<Decimal>]) -> Vec<Option<usize>> {
    let mut order: Vec<Decimal> = percents.iter().flatten().copied().collect();
    order.sort_unstable_by(|a, b| b.cmp(a));
    let place = |own: Decimal| 1 + order.partition_point(|other| *other > own);
    percents.iter().map(|own| own.map(place)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(year: i32, month: u32, day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(year, month, day).expect("a day")
    }

    fn text(percent: Option<Decimal>) -> String {
        percent.map_or_else(String::new, |it| it.to_string())
    }

    fn of_plan(now: i64, people: i64, on: NaiveDate) -> Standing {
        let ends_on = day(chrono::Datelike::year(&on), 12, 31);
        standing(now, Plan { people, ends_on }, on).expect("a plan")
    }

    /// As the province reported it: 74,632 = 84.73 % of plan, +2,377 and +15,204; health insurance 3,220,197 = 98.73 %,
    /// +17,201 and +19,393, coverage 87.1 %; more than 40,000 people to go.
    #[test]
    fn thanh_hoa_at_the_end_of_november_2021() {
        let on = day(2021, 11, 30);
        let voluntary = of_plan(74_632, 88_082, on);
        assert_eq!(voluntary.percent.to_string(), "84.73");
        assert_eq!((voluntary.to_go, voluntary.days_left), (13_450, 31));
        assert_eq!(text(voluntary.pace), "433.9");
        assert_eq!(change(74_632, 72_255).change, 2_377);
        assert_eq!(change(74_632, 59_428).change, 15_204);

        let health = of_plan(3_220_197, 3_261_620, on);
        assert_eq!(health.percent.to_string(), "98.73");
        assert!(health.to_go > 40_000, "{}", health.to_go);
        assert_eq!(change(3_220_197, 3_202_996).change, 17_201);
        assert_eq!(change(3_220_197, 3_200_804).change, 19_393);
        assert_eq!(text(percent(3_220_197, 3_697_126)), "87.10");
    }

    /// 17,038 = 56.73 % of plan, +1,763 (11.54 %) on 2019; health insurance 1,779,048 = 87.2 % of the population, goal 90.7 %.
    #[test]
    fn hai_phong_at_the_end_of_july_2020() {
        let on = day(2020, 7, 31);
        assert_eq!(of_plan(17_038, 30_033, on).percent.to_string(), "56.73");
        let since_2019 = change(17_038, 15_275);
        assert_eq!((since_2019.change, text(since_2019.percent)), (1_763, "11.54".to_owned()));
        let population = 2_040_193;
        assert_eq!(text(percent(1_779_048, population)), "87.20");
        let goal = of_plan(1_779_048, 1_850_455, on);
        assert_eq!(text(percent(goal.target, population)), "90.70");
        assert_eq!(goal.to_go, 71_407);
    }

    /// +505 in April, to 34,225.
    #[test]
    fn hai_duong_in_april_2021() {
        let april = change(34_225, 33_720);
        assert_eq!((april.change, text(april.percent)), (505, "1.50".to_owned()));
    }

    /// 31,455 of 202,418 workers = 15.54 %, goal 16 %; coverage 95 % of a goal of 97.5 %.
    #[test]
    fn bac_kan_in_2021() {
        assert_eq!(text(percent(31_455, 202_418)), "15.54");
        let goal = of_plan(31_455, 32_387, day(2021, 12, 31));
        assert_eq!(text(percent(goal.target, 202_418)), "16.00");
        assert_eq!((goal.to_go, goal.days_left, goal.pace), (932, 0, None));
        assert_eq!(text(percent(950, 975)), "97.44");
    }

    #[test]
    fn halves_go_away_from_nought_and_the_pace_suffices() {
        for (part, whole, said) in [
            (1, 800, "0.13"),
            (-1, 800, "-0.13"),
            (1, 801, "0.12"),
            (-1, 30_000, "0.00"),
            (i64::MIN, 1, "-922337203685477580800.00"),
        ] {
            assert_eq!(text(percent(part, whole)), said, "{part} of {whole}");
        }
        for (to_go, days, said) in [(1, 3, "0.4"), (3, 3, "1.0"), (0, 3, "0.0"), (3, 0, "")] {
            assert_eq!(text(pace(to_go, days)), said, "{to_go} in {days} days");
        }
    }

    #[test]
    fn nobody_before_is_no_percent_and_a_plan_exceeded_leaves_nothing_to_do() {
        assert_eq!(change(5, 0), Change { people: 0, change: 5, percent: None });
        let over = of_plan(12, 10, day(2026, 12, 1));
        assert_eq!(
            (over.to_go, over.percent.to_string(), text(over.pace)),
            (0, "120.00".into(), "0.0".into())
        );
    }

    #[test]
    fn equals_share_a_place() {
        let [best, second] = [percent(9, 10), percent(5, 10)];
        assert_eq!(
            ranks(&[second, None, best, second, percent(1, 10)]),
            [Some(2), None, Some(1), Some(2), Some(4)]
        );
    }
}
