//! What counts where, and whether the sums kept are the sums counted.

/// How organisations and those who collect for them stand.
pub mod collectors;
pub mod figures;
/// The table of indicators.
pub mod indicators;
mod moves;
pub mod recount;
mod rolled;
pub mod table;

pub use moves::{accepted, held, key_of, parts_of, scheme_of, voided};
