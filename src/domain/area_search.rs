//! Finding areas by name, without tone marks as agents type, or by code.

use super::area::{Area, Areas};
use super::text::{clean_text, normal, without_marks};
use chrono::NaiveDate;

/// A query longer than this finds nothing.
const MAX_CHARS: usize = 100;

/// A name in the two forms in which it is searched.
#[derive(Debug)]
pub(super) struct SearchKey {
    normal: String,
    plain: String,
}

pub(super) fn search<'a>(areas: &'a Areas, query: &str, on: NaiveDate) -> Vec<&'a Area> {
    let Ok(query) = clean_text(query, MAX_CHARS) else {
        return Vec::new();
    };
    if query.is_empty() {
        return Vec::new();
    }
    let of_this_code = areas.find(&query, on);
    let query = normal(&query);
    let plain = without_marks(&query);
    let mut found = hits(areas, on, |key| closeness(&key.normal, &query));
    if found.is_empty() || query == plain {
        found = hits(areas, on, |key| closeness(&key.plain, &plain));
    }
    found.sort_by(|a, b| {
        let order = |(closeness, area): &(u8, &'a Area)| (*closeness, area.level);
        order(a).cmp(&order(b)).then_with(|| a.1.code.cmp(&b.1.code))
    });
    let by_name = found.into_iter().map(|(_, area)| area);
    of_this_code.into_iter().chain(by_name).collect()
}

fn hits(
    areas: &Areas,
    on: NaiveDate,
    closeness: impl Fn(&SearchKey) -> Option<u8>,
) -> Vec<(u8, &Area)> {
    let keys = areas.search_keys.get_or_init(|| areas.rows.iter().map(SearchKey::of).collect());
    areas
        .rows
        .iter()
        .zip(keys)
        .filter(|(area, _)| area.valid_on(on))
        .filter_map(|(area, key)| Some((closeness(key)?, area)))
        .collect()
}

impl SearchKey {
    fn of(area: &Area) -> Self {
        let normal = normal(&area.name);
        let plain = without_marks(&normal);
        Self { normal, plain }
    }
}

/// 0 the whole name or its end after the kind (`xã …`), 1 from the start of a word, 2 inside one.
fn closeness(name: &str, query: &str) -> Option<u8> {
    let at = name.find(query)?;
    let starts_word = at == 0 || name.as_bytes().get(at - 1) == Some(&b' ');
    Some(match (starts_word, at + query.len() == name.len()) {
        (true, true) => 0,
        (true, false) => 1,
        (false, _) => 2,
    })
}
