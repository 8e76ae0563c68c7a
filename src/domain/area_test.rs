//! The embedded table of areas, read and asked.

use super::*;

fn day(text: &str) -> NaiveDate {
    crate::domain::parse_day(text).unwrap()
}

fn names(areas: &[&Area]) -> Vec<String> {
    areas.iter().map(|area| area.name.clone()).collect()
}

#[test]
fn a_code_means_what_it_meant_on_the_day() {
    let areas = Areas::embedded();
    let name = |code, on| areas.find(code, day(on)).unwrap().name.as_str();
    assert_eq!(name("44", "2025-06-30"), "Tỉnh Quảng Bình");
    assert_eq!(name("44", "2025-07-01"), "Tỉnh Quảng Trị");
    assert_eq!(name("19141", "2025-06-30"), "Xã Cự Nẫm");
    assert_eq!(name("19141", "2026-11-22"), "Xã Bố Trạch");
    assert_eq!(name("75", "2026-04-29"), "Tỉnh Đồng Nai");
    assert_eq!(name("75", "2026-04-30"), "Thành phố Đồng Nai");
    assert!(areas.find("99999", day("2026-01-01")).is_none());
}

#[test]
fn old_codes_are_mapped_to_the_main_successor() {
    let areas = Areas::embedded();
    let later = day("2026-11-22");
    let found = areas.resolve("19165", later).unwrap();
    assert!(found.mapped);
    assert_eq!(found.area.name, "Xã Phong Nha");
    assert!(!areas.resolve("19165", day("2020-08-01")).unwrap().mapped);
    assert_eq!(areas.resolve("45", later).unwrap().area.code, "44");
    assert!(areas.resolve("455", later).is_none());
    let old = areas.find("45", day("2020-01-01")).unwrap();
    assert_eq!(areas.current(old).name, "Tỉnh Quảng Trị");
}

#[test]
fn bo_trach_then_and_now() {
    let areas = Areas::embedded();
    assert_eq!(areas.communes_of("455", day("2020-08-01")).len(), 26);
    let commune = areas.find("19138", day("2020-08-01")).unwrap();
    assert_eq!(
        names(&areas.ancestors(commune)),
        ["Xã Phúc Trạch", "Huyện Bố Trạch", "Tỉnh Quảng Bình"]
    );
    let commune = areas.find("19141", day("2026-01-01")).unwrap();
    assert_eq!(names(&areas.ancestors(commune)), ["Xã Bố Trạch", "Tỉnh Quảng Trị"]);
}

#[test]
fn the_table_is_whole() {
    let areas = Areas::embedded();
    assert_eq!(areas.provinces(day("2025-06-30")).len(), 63);
    assert_eq!(areas.provinces(day("2025-07-01")).len(), 34);
    let now = day("2026-11-22");
    let communes: usize = areas
        .provinces(now)
        .iter()
        .map(|province| areas.communes_of(&province.code, now).len())
        .sum();
    assert_eq!(communes, 3321);
    for area in areas.all() {
        assert!(areas.current(area).valid_to.is_none() || area.level == AreaLevel::District);
        let top = areas.lineage(area).last().unwrap();
        assert_eq!(top.level, AreaLevel::Province);
    }
}

#[test]
fn names_are_found_with_and_without_marks() {
    let areas = Areas::embedded();
    let old = day("2020-08-01");
    for query in ["Cự Nẫm", "cu nam", "CỰ NẪM", "xã cự nẫm"] {
        assert_eq!(areas.search(query, old)[0].code, "19141", "{query}");
    }
    assert_eq!(areas.search("bo trach", day("2026-11-22"))[0].code, "19141");
    assert!(areas.search("  ", old).is_empty());
    assert!(areas.search("zzz", old).is_empty());
    assert!(areas.search("a\u{0}", old).is_empty());
}

/// A commune of tomorrow: what a reform brings is added to the table, and what it ends goes over into it.
#[test]
fn a_reform_is_laid_over_the_table() {
    let before = Areas::embedded();
    let bo_trach = before.find("19141", day("2026-11-22")).unwrap();
    let (last, first) = (Some(day("2026-12-31")), Some(day("2027-01-01")));
    let ended = Area { valid_to: last, successors: vec!["19142".to_owned()], ..bo_trach.clone() };
    let new = Area {
        code: "19142".to_owned(),
        name: "Xã Bố Trạch Mới".to_owned(),
        valid_from: first,
        ..bo_trach.clone()
    };
    let after = before.with(vec![ended.clone(), new]).unwrap();
    assert_eq!(after.all().len(), before.all().len() + 1);
    assert_eq!(after.newest(), first);
    assert_ne!(after.tag(), before.tag());
    let moved = before.moved(&after);
    assert_eq!(moved.get("19141").map(String::as_str), Some("19142"));
    // What had ended before, and is another one's code today, stays; whatever else had ended is led on.
    assert_eq!(after.moved(&after), moved);
    assert_eq!(before.moved(before).len() + 1, moved.len());
    assert_eq!(
        before.moved(before).get("19165").map(String::as_str),
        before.resolve("19165", day("2026-01-01")).map(|it| it.area.code.as_str())
    );
    assert!(!moved.contains_key("19147"));
    let found = after.resolve("19141", day("2027-01-01")).unwrap();
    assert_eq!((found.area.name.as_str(), found.mapped), ("Xã Bố Trạch Mới", true));
    assert_eq!(after.find("19141", day("2026-12-31")).unwrap().name, "Xã Bố Trạch");
    assert_eq!(Areas::load(&after.to_csv().unwrap()).unwrap().tag(), after.tag());

    let faults = before.with(vec![ended]).unwrap_err();
    assert_eq!(faults.len(), 1);
    assert_eq!(faults[0].other.as_deref(), Some("19142"));
}
