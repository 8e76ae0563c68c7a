//! One story on both databases: the engine on real tables, without HTTP.

#[path = "../support/mod.rs"]
mod support;

mod connections;
mod editions;
mod grains;
mod held;
mod law;
mod migrations;
mod participation;
mod properties;
mod queries;
mod races;
mod regressions;
mod sync;
mod world;
