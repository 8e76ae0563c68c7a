//! Who may join, and papers that contradict one another.

use super::eligibility::check;
use super::samples::day;
use super::tables::Rules;
use crate::domain::person::Person;
use crate::domain::{BirthDate, Code, PersonName, PersonalId, Scheme, Sex};

fn joins(scheme: Scheme, birth: &str, paid_on: &str) -> Result<(), (Code, Option<i64>)> {
    let birth = BirthDate::parse(birth).unwrap();
    let answer = check(Rules::embedded(), scheme, &birth, day(paid_on));
    answer.map_err(|refusal| (refusal.code, refusal.expected))
}

const TOO_YOUNG: Result<(), (Code, Option<i64>)> = Err((Code::TooYoung, Some(15)));
const UNBORN: Result<(), (Code, Option<i64>)> = Err((Code::BirthInFuture, None));

#[test]
fn fifteen_years_to_the_day() {
    for (birth, eve, birthday) in [
        ("2011-11-22", "2026-11-21", "2026-11-22"),
        ("2011-01-01", "2025-12-31", "2026-01-01"),
        ("2010-12-31", "2025-12-30", "2025-12-31"),
        ("2001-03-01", "2016-02-29", "2016-03-01"),
        // Born on a leap day: surely under until 27/2, for nobody says which day counts.
        ("2012-02-29", "2027-02-27", "2027-02-28"),
    ] {
        assert_eq!(joins(Scheme::Voluntary, birth, eve), TOO_YOUNG, "{birth}");
        assert_eq!(joins(Scheme::Voluntary, birth, birthday), Ok(()), "{birth}");
    }
}

#[test]
fn what_is_not_known_is_read_in_favour_of_the_person() {
    for (birth, eve, first) in [
        ("2011", "2025-12-31", "2026-01-01"),
        ("2012", "2026-12-31", "2027-01-01"),
        ("2011-11", "2026-10-31", "2026-11-01"),
        ("2012-02", "2027-01-31", "2027-02-01"),
    ] {
        assert_eq!(joins(Scheme::Voluntary, birth, eve), TOO_YOUNG, "{birth}");
        assert_eq!(joins(Scheme::Voluntary, birth, first), Ok(()), "{birth}");
    }
}

#[test]
fn nobody_joins_before_birth() {
    for (birth, eve, first) in [
        ("2026-11-22", "2026-11-21", "2026-11-22"),
        ("2026-11", "2026-10-31", "2026-11-01"),
        ("2026", "2025-12-31", "2026-01-01"),
    ] {
        assert_eq!(joins(Scheme::Household, birth, eve), UNBORN, "{birth}");
        assert_eq!(joins(Scheme::Household, birth, first), Ok(()), "{birth}");
        assert_eq!(joins(Scheme::Voluntary, birth, eve), UNBORN, "{birth}");
        assert_eq!(joins(Scheme::Voluntary, birth, first), TOO_YOUNG, "{birth}");
    }
}

#[test]
fn the_old_join_at_any_age() {
    for scheme in [Scheme::Voluntary, Scheme::Household] {
        for birth in ["1900", "1900-01-01", "1926-05"] {
            assert_eq!(joins(scheme, birth, "2026-11-22"), Ok(()), "{birth}");
        }
    }
}

#[test]
fn before_the_law_of_that_day_is_known_nothing_is_said() {
    let on = "2015-12-31";
    assert_eq!(joins(Scheme::Voluntary, "1980", on), Err((Code::RuleMissing, None)));
    assert_eq!(joins(Scheme::Household, "1980", on), Ok(()));
}

/// Whether a number contradicts the sex and the birth declared.
fn differs(personal_id: Option<&str>, sex: Sex, birth: &str) -> bool {
    let person = Person {
        bhxh_code: None,
        personal_id: personal_id.map(|text| PersonalId::parse(text).unwrap()),
        passport: None,
        name: PersonName::parse("Nguyễn Thị Lan").unwrap(),
        birth: BirthDate::parse(birth).unwrap(),
        sex,
        ethnicity: None,
        phone: None,
        area_code: "19141".to_owned(),
        address: "Thôn 1".to_owned(),
    };
    person.personal_id_differs()
}

#[test]
fn the_fourth_digit_says_sex_and_century() {
    for (number, sex, year) in [
        ("044088000123", Sex::Male, "1988"),
        ("044188000123", Sex::Female, "1988"),
        ("044205000123", Sex::Male, "2005"),
        ("044305000123", Sex::Female, "2005"),
        ("044000000123", Sex::Male, "1900"),
        ("044199000123", Sex::Female, "1999"),
        ("044200000123", Sex::Male, "2000"),
    ] {
        let other = if sex == Sex::Male { Sex::Female } else { Sex::Male };
        let decade = (year.parse::<i32>().unwrap() + 10).to_string();
        let century = (year.parse::<i32>().unwrap() + 100).to_string();
        assert!(!differs(Some(number), sex, year), "{number}");
        assert!(differs(Some(number), other, year), "{number}");
        assert!(differs(Some(number), sex, &decade), "{number}");
        assert!(differs(Some(number), sex, &century), "{number}");
    }
}

#[test]
fn only_the_year_of_a_birth_is_compared() {
    let number = Some("044188000123");
    for birth in ["1988", "1988-03", "1988-01-01", "1988-12-31"] {
        assert!(!differs(number, Sex::Female, birth), "{birth}");
    }
    assert!(differs(number, Sex::Female, "1987-12-31"));
    assert!(differs(number, Sex::Female, "1989-01-01"));
}

#[test]
fn without_a_number_nothing_differs() {
    assert!(!differs(None, Sex::Male, "1988"));
}
