//! Codes, days, names and places as people type them: what is read prints as it was read, and making
//! something comparable twice changes nothing.

#![no_main]

use chrono::NaiveDate;
use dai_ly_thu::domain::text::{folded, normal, without_marks};
use dai_ly_thu::domain::{
    Areas, BhxhCode, BirthDate, FacilityCode, Id, Month, NameAgreement, Passport, PersonName,
    PersonalId, PointCode, clean_text, parse_day, same_name,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    codes(text);
    days(text);
    names(text);
    cleaned(text);
    places(text);
});

fn codes(text: &str) {
    let read = [
        BhxhCode::parse(text).map(String::from),
        PersonalId::parse(text).map(String::from),
        Passport::parse(text).map(String::from),
        FacilityCode::parse(text).map(String::from),
        PointCode::parse(text).map(|it| it.as_str().to_owned()),
    ];
    for code in read.into_iter().flatten() {
        assert_eq!(code, text);
        assert!(code.is_ascii());
    }
    if let Ok(id) = PersonalId::parse(text) {
        assert!((1900..2400).contains(&id.birth_year()));
        assert_eq!(id.birth_place(), &text[..3]);
    }
    if let Ok(point) = PointCode::parse(text) {
        let parts = [point.organisation(), "TH", point.province(), point.commune(), point.point()];
        assert_eq!(parts.concat(), text);
    }
    if let Ok(id) = text.parse::<Id>() {
        assert_eq!(id.to_string().parse::<Id>().ok(), Some(id));
    }
}

fn days(text: &str) {
    if let Ok(day) = parse_day(text) {
        assert_eq!(day.to_string(), text);
    }
    if let Ok(month) = Month::parse(text) {
        assert_eq!(month.to_string(), text);
        assert!(month.first_day() < month.last_day());
        assert_eq!(Month::of(month.last_day()), month);
    }
    if let Ok(birth) = BirthDate::parse(text) {
        assert_eq!(birth.to_string(), text);
        assert!(birth.agrees(&birth));
        assert_eq!(BirthDate::parse(&text[..4]).map(|year| year.agrees(&birth)), Ok(true));
        assert!(!birth.after(birth.earliest()));
    }
}

fn names(text: &str) {
    let Ok(name) = PersonName::parse(text) else { return };
    let again = PersonName::parse(name.as_written()).expect("what was kept is a name");
    assert_eq!(again, name);
    assert_eq!(same_name(&name, &again), NameAgreement::Equal);
    assert_eq!(folded(name.folded()), name.folded());
    for spelled in [name.normal(), name.folded()] {
        // Lower case may be longer than what it was made from, and then too long for a name.
        let Ok(spelled) = PersonName::parse(spelled) else { continue };
        assert_ne!(same_name(&name, &spelled), NameAgreement::Different, "{name:?} {spelled:?}");
    }
}

fn cleaned(text: &str) {
    let Ok(clean) = clean_text(text, 200) else { return };
    assert!(clean.chars().count() <= 200);
    assert_eq!(clean_text(&clean, 200).as_ref(), Ok(&clean));
    assert_eq!(normal(&normal(&clean)), normal(&clean));
    assert_eq!(without_marks(&without_marks(&clean)), without_marks(&clean));
}

fn places(text: &str) {
    let areas = Areas::embedded();
    for (year, month) in [(2024, 1), (2025, 6), (2025, 7), (2026, 11)] {
        let Some(day) = NaiveDate::from_ymd_opt(year, month, 15) else { continue };
        let Some(found) = areas.resolve(text, day) else { continue };
        assert!(found.area.valid_on(day));
        assert_eq!(found.mapped, areas.find(text, day).is_none());
        assert!(found.mapped || found.area.code == text);
        let around = areas.ancestors(found.area);
        assert!(!around.is_empty() && around.len() <= 3);
    }
}
