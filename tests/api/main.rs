//! The whole server over real HTTP, on both databases. The files mirror the addresses.

#[path = "../support/callers.rs"]
mod callers;
#[path = "../support/mod.rs"]
mod support;

mod app;
mod contract;
mod upload;

mod access;
mod attacks;
mod audit;
mod auth;
mod bad_input;
mod browser;
mod client;
mod clients;
mod desk;
mod dossiers;
mod doubts;
mod drives;
mod edge;
mod editors;
mod exports;
mod filters;
mod foretold;
mod forms;
mod health;
mod imports;
mod indicators;
mod law;
mod law_doc;
mod load;
mod metrics;
mod months;
mod moves;
mod once;
mod persons;
mod privacy;
mod races;
mod rehearsed;
mod residents;
mod reviews;
mod sessions;
mod sync;
mod tallies;
mod targets;
mod tls;
mod united;
mod units;
mod users;
mod worklists;
