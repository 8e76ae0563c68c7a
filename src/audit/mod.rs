//! The chain over the record of who did what. Entries are written with what they tell of; a moment later
//! each that is committed gets its place in a chain of hashes, so that what is changed, taken out or put
//! in afterwards is found. Nothing on the way of a request waits for it.

/// Sealing what is committed.
pub mod seal;
/// Whether the chain holds.
pub mod verify;

use aws_lc_rs::digest::{Context, SHA256};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::domain::Id;
use crate::store::audit::Entry;

/// What stands before the first seal.
const BEGINNING: &str = "dai-ly-thu audit 1";

/// The hash of an entry in its place: of the hash before, and of each field with its length.
fn hash(before: &str, entry: &Entry) -> String {
    let mut context = Context::new(&SHA256);
    let mut add = |text: Option<&str>| match text {
        Some(text) => {
            context.update(&(text.len() as u64 + 1).to_be_bytes());
            context.update(text.as_bytes());
        }
        None => context.update(&0_u64.to_be_bytes()),
    };
    let id = |id: Option<Id>| id.map(|id| id.to_string());
    add(Some(before));
    add(Some(&entry.id.to_string()));
    add(Some(&entry.at.and_utc().timestamp_micros().to_string()));
    add(id(entry.user_id).as_deref());
    add(id(entry.client_id).as_deref());
    add(id(entry.installation_id).as_deref());
    add(Some(&entry.what));
    add(Some(&entry.request_id));
    add(id(entry.subject_id).as_deref());
    add(entry.detail.as_deref());
    add(entry.before.as_deref());
    add(entry.after.as_deref());
    URL_SAFE_NO_PAD.encode(context.finish())
}
