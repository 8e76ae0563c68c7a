//! Lists: `?limit=&cursor=` in, `{"items": [...], "next": "…" | null}` out.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::problem::Problem;
use crate::domain::{Code, Id};
use crate::store::{Page, Window};

const DEFAULT_LIMIT: i64 = 50;
const MAX_LIMIT: i64 = 200;

/// Which part of a list is wanted.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Paging {
    /// How many at most: 50 unless asked otherwise, never more than 200.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    /// `next` of the page before.
    cursor: Option<String>,
}

impl Paging {
    /// How many at most.
    #[must_use]
    pub fn limit(&self) -> i64 {
        self.limit.unwrap_or(DEFAULT_LIMIT).clamp(1, MAX_LIMIT)
    }

    /// The window on a list in order of id.
    ///
    /// # Errors
    /// `malformed` for a cursor we did not give.
    pub fn window(&self) -> Result<Window, Problem> {
        Ok(Window {
            after: self.after::<16>()?.map(|b| Id(Uuid::from_bytes(b))),
            limit: self.limit(),
        })
    }

    /// What the cursor holds.
    ///
    /// # Errors
    /// `malformed`.
    pub fn after<const N: usize>(&self) -> Result<Option<[u8; N]>, Problem> {
        let Some(cursor) = &self.cursor else { return Ok(None) };
        let bytes = URL_SAFE_NO_PAD.decode(cursor).ok().and_then(|bytes| bytes.try_into().ok());
        bytes.map(Some).ok_or_else(|| Code::Malformed.into())
    }
}

/// A page of a list.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Listed<T> {
    /// In order.
    items: Vec<T>,
    /// The cursor of the next page, or null when this was the last.
    #[schema(required)]
    next: Option<String>,
}

impl<T> Listed<T> {
    /// A page as the store gave it.
    pub fn of<R: Into<T>>(page: Page<R>) -> Self {
        let items = page.items.into_iter().map(Into::into).collect();
        Self::new(items, page.next.map(|id| *id.0.as_bytes()))
    }

    /// A page that goes on after `next`.
    pub fn new<const N: usize>(items: Vec<T>, next: Option<[u8; N]>) -> Self {
        Self { items, next: next.map(|next| URL_SAFE_NO_PAD.encode(next)) }
    }
}
