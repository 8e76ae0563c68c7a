//! Lists are read a page at a time, in order of id.

use crate::domain::Id;

/// Which part of a list is wanted.
#[derive(Debug, Clone, Copy)]
pub struct Window {
    /// The last id of the page before, or nothing for the first page.
    pub after: Option<Id>,
    /// How many at most.
    pub limit: i64,
}

impl Window {
    /// One row more than asked for tells whether there is another page.
    pub(super) fn fetch(self) -> i64 {
        self.limit.saturating_add(1)
    }

    pub(super) fn start(self) -> Id {
        self.after.unwrap_or(Id::NIL)
    }

    pub(super) fn page<T>(self, mut items: Vec<T>, id: impl Fn(&T) -> Id) -> Page<T> {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let more = items.len() > limit;
        items.truncate(limit);
        let next = items.last().filter(|_| more).map(id);
        Page { items, next }
    }
}

/// A page of a list.
#[derive(Debug, Clone)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// Where the next page begins; nothing when this was the last.
    pub next: Option<Id>,
}

impl<T> Page<T> {
    /// The same page of other things.
    #[must_use]
    pub fn map<U>(self, of: impl Fn(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(of).collect(), next: self.next }
    }
}
