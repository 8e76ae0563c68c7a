//! Who takes part at the end of a month is the sum of periods, however they begin and end.

use chrono::{Datelike, Days, NaiveDate};
use proptest::prelude::*;

use dai_ly_thu::store::participation::{last_day, months};

proptest! {
    #[test]
    fn a_period_counts_in_the_months_whose_last_day_it_covers(start in 0_u64..4000, days in 0_u64..2500) {
        let first = NaiveDate::from_ymd_opt(2018, 1, 1).expect("a day");
        let from = first + Days::new(start);
        let to = from + Days::new(days);
        let by_days: Vec<NaiveDate> = from
            .iter_days()
            .take_while(|day| *day <= to)
            .filter(|day| day.succ_opt().is_some_and(|next| next.day() == 1))
            .collect();
        let by_months: Vec<NaiveDate> = months(from, to).map(last_day).collect();
        prop_assert_eq!(by_days, by_months);
    }
}
