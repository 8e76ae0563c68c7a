pub mod cards;
pub mod clock;
pub mod domain;
pub mod policy;
pub mod store;
pub mod sync;
pub mod tallies;
