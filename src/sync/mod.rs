//! The engine of synchronisation: what phones send is read, decided once, stored for ever and told to
//! everybody it concerns. `docs/SYNC.md` is the protocol in words.
//! Read `push`, then what it goes through: `decide` → `load` → `plan` → `judge` → `apply`.

/// Writes what a plan decided.
mod apply;
/// Bodies of records, read with all their errors.
pub mod body;
/// When a record was really made.
mod capture;
/// Whether two bodies say the same.
mod content;
/// What was written wrong about a person, and data that must rest.
pub mod correction;
/// Whether a person is covered already.
mod cover;
/// A place in a feed.
pub mod cursor;
/// One transaction for a batch: load, plan, apply.
mod decide;
/// Records with their times understood.
mod entry;
/// A batch, read record by record.
pub mod envelope;
/// What is known while a batch is judged.
mod facts;
/// What a decision would do.
pub mod foretell;
/// Numbers that have not come.
pub mod gaps;
/// A clock that cannot be right.
mod guard;
/// Who is the same person.
pub mod identity;
/// One record against the law and the facts.
mod judge;
/// Locks and facts.
mod load;
/// What became of records.
pub mod lookup;
/// What the law does not say yet.
pub mod missing;
/// A decision, as it is stored.
pub mod outcome;
/// Persons who are one, and their codes.
pub mod persons;
/// All records of a batch, decided in turn. Pure.
mod plan;
/// What changed since a cursor.
pub mod pull;
/// What a phone hands in.
pub mod push;
/// Judging once more what waited for the law.
pub mod rejudge;
/// What somebody decides on a review.
pub mod resolve;
/// Bodies that have been kept long enough.
pub mod retention;
/// What can be said of a wrong record.
mod rough;
/// Stored records, read back.
mod stored;
/// Keys that come twice, nesting too deep.
mod strict;
/// Targets, shown.
pub mod targets;
/// What an enrollment was computed from.
pub mod terms;
/// Two persons become one.
mod unite;
/// Items of worklists that a batch may change.
mod visited;
/// The shapes of the protocol.
pub mod wire;
/// A record taken back from a desk.
pub mod withdraw;
/// What a batch will write.
mod writes;

pub use decide::{Batch, deliver_news};
pub use guard::clock_is_plausible;
pub use judge::Sender;
