//! People who could live in Bố Trạch: names by sex, families of one name, codes that agree with sex
//! and year of birth. All of them are invented.

use std::ops::RangeInclusive;

use chrono::{Datelike, NaiveDate};

use super::dice::Dice;
use super::names;
use super::office::Home;
use crate::domain::Sex;
use crate::sync::wire::PersonBody;

/// First three digits of personal ids registered in Quảng Bình.
const BIRTH_PLACE: &str = "044";

/// People enough for one day.
#[derive(Debug)]
pub(super) struct People {
    dice: Dice,
    day: NaiveDate,
    made: u64,
}

impl People {
    pub fn new(dice: Dice, day: NaiveDate) -> Self {
        Self { dice, day, made: 0 }
    }

    pub fn sex(&mut self) -> Sex {
        self.dice.pick(&[Sex::Female, Sex::Male])
    }

    pub fn family_name(&mut self) -> &'static str {
        self.dice.pick(&names::FAMILIES)
    }

    /// Somebody new of that family, at least the least of `ages` years old on the day.
    pub fn born(
        &mut self,
        family: &str,
        sex: Sex,
        ages: RangeInclusive<u32>,
        home: &Home,
    ) -> PersonBody {
        self.made += 1;
        let age = self.dice.between(*ages.start() + 1, *ages.end() + 1);
        let year = self.day.year() - age.cast_signed();
        let (month, day) = (self.dice.between(1, 12), self.dice.between(2, 28));
        // Many old people know the year only.
        let year_only = age > 70 && self.dice.chance(15);
        let birth_date =
            if year_only { year.to_string() } else { format!("{year}-{month:02}-{day:02}") };
        let has_code = self.dice.chance(92);
        let has_id = self.dice.chance(if has_code { 90 } else { 97 });
        PersonBody {
            bhxh_code: has_code.then(|| self.bhxh_code()),
            personal_id: has_id.then(|| self.personal_id(sex, year)),
            passport: None,
            full_name: self.full_name(family, sex),
            birth_date,
            sex: sex.as_str().to_owned(),
            ethnicity: None,
            phone: None,
            area_code: home.area_code.clone(),
            address: home.village.clone(),
        }
    }

    fn full_name(&mut self, family: &str, sex: Sex) -> String {
        let (middle, given) = match sex {
            Sex::Female => {
                (self.dice.pick(&names::MIDDLE_FEMALE), self.dice.pick(&names::GIVEN_FEMALE))
            }
            Sex::Male => (self.dice.pick(&names::MIDDLE_MALE), self.dice.pick(&names::GIVEN_MALE)),
        };
        format!("{family} {middle} {given}")
    }

    /// Another for each person: the factor shares no divisor with a power of ten.
    fn bhxh_code(&self) -> String {
        format!("44{:08}", self.made.wrapping_mul(61_803_399) % 100_000_000)
    }

    /// Birth place, century and sex, year, and six digits that are another for each person.
    fn personal_id(&self, sex: Sex, year: i32) -> String {
        let century = 2 * (year.div_euclid(100) - 19) + i32::from(sex == Sex::Female);
        let number = self.made.wrapping_mul(611_953) % 1_000_000;
        format!("{BIRTH_PLACE}{century}{:02}{number:06}", year.rem_euclid(100))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::domain::{BhxhCode, BirthDate, Id, PersonName, PersonalId};

    #[test]
    fn codes_are_unique_and_agree_with_sex_and_year() {
        let day = NaiveDate::from_ymd_opt(2026, 7, 14).unwrap();
        let mut people = People::new(Dice::new(1), day);
        let home = Home {
            area_code: "19141".to_owned(),
            village_id: Id::NIL,
            village: "thôn Khương Hà".to_owned(),
        };
        let mut codes = HashSet::new();
        let (mut without, mut numbered) = (0, 0);
        for _ in 0..5_000 {
            let (sex, family) = (people.sex(), people.family_name());
            let person = people.born(family, sex, 6..=85, &home);
            let birth = BirthDate::parse(&person.birth_date).unwrap();
            PersonName::parse(&person.full_name).unwrap();
            if let Some(code) = &person.bhxh_code {
                BhxhCode::parse(code).unwrap();
                assert!(codes.insert(code.clone()));
                numbered += 1;
            } else {
                without += 1;
            }
            if let Some(id) = &person.personal_id {
                let parsed = PersonalId::parse(id).unwrap();
                assert_eq!((parsed.declared_sex(), parsed.birth_year()), (sex, birth.year()));
                assert!(codes.insert(id.clone()));
            }
            assert!(birth.earliest() < day);
        }
        assert!(without * 5 < numbered && without > 0);
    }
}
