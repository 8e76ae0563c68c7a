//! What counts where, and whether the sums kept are the sums counted.

mod moves;
pub mod recount;
mod rolled;
pub mod table;

pub use moves::{accepted, held, key_of, scheme_of, voided};
