//! The engine of synchronisation: what phones send is read, decided once, stored for ever and told to
//! everybody it concerns. `docs/SYNC.md` is the protocol in words.

mod apply;
pub mod body;
mod capture;
mod content;
mod cover;
pub mod cursor;
mod decide;
pub mod envelope;
mod facts;
mod gaps;
mod guard;
mod identity;
mod judge;
mod load;
pub mod lookup;
pub mod outcome;
mod plan;
pub mod pull;
pub mod push;
mod rough;
mod strict;
pub mod wire;
pub mod withdraw;
mod writes;

pub use decide::deliver_news;
pub use guard::clock_is_plausible;
pub use judge::Sender;
