//! Backend for collection agents of Vietnamese social insurance. Agents enroll people offline, in
//! villages; their phones hand in batches; the server judges each record once, stores it, issues a
//! card, moves a tally and tells the group's other phones.
//!
//! Read it from the bottom up, or from a request down. Imports run one way:
//!
//! ```text
//! main → cli → http → {auth, audit, sync, imports} → {cards, tallies, rulebook} → {policy, domain, store}
//! ```
//!
//! - [`domain`]: what the words mean: codes, names, money, days, areas. Pure.
//! - [`policy`]: the law, dated, and who may do what. Pure.
//! - [`store`]: the server's only place that knows diesel; two databases behind `read` and `write`.
//! - [`cards`]: numbers and issue; [`tallies`]: counts; [`rulebook`]: the law in force, in editions.
//! - [`sheets`]: tables that people take away; [`imports`]: tables that they bring.
//! - [`sync`]: the engine: what came, what it means, what is answered.
//! - [`auth`]: passwords, tokens, sessions, the caller; [`audit`]: the chain over who did what.
//! - [`http`]: the only place that knows actix; start with [`http::routes`].
//! - [`client`]: a phone, as an example to read and for the demo; it knows `domain` and the shapes on the wire.
//! - [`cli`]: one file for each command; [`config`] holds every setting.

// Here and not in Cargo.toml, because tests may.
#![warn(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

pub mod audit;
pub mod auth;
pub mod cards;
pub mod cli;
pub mod client;
pub mod clock;
pub mod config;
pub mod domain;
pub mod http;
pub mod imports;
pub mod policy;
pub mod rulebook;
pub mod sheets;
pub mod store;
pub mod sync;
pub mod tallies;
pub mod telemetry;
