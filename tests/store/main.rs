//! One story on both databases: the engine on real tables, without HTTP.

#[path = "../support/mod.rs"]
mod support;

mod migrations;
mod races;
mod sync;
mod world;
