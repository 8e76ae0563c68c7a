//! Where actix is at home: the table of routes, the guard at the door, problems, and one
//! file for each resource.

/// Where a request comes from.
pub mod address;
/// Administrative areas.
pub mod areas;
/// Mass organisations.
pub mod associations;
/// Files that a browser saves.
mod attachment;
/// Who did what.
pub mod audit;
/// Log-in, refresh, log-out, and who am I.
pub mod auth;
/// Figures that this system cannot count.
pub mod baselines;
/// API clients.
pub mod clients;
/// The specification, to read and to try.
pub mod docs;
/// One person.
pub mod dossiers;
/// Drives.
pub mod drives;
/// How the server meets the network.
pub mod edge;
/// Enrollments and cards.
pub mod enrollments;
/// News for whoever looks at a page.
pub mod events;
/// Tables to take away.
pub mod exports;
/// Fields of a body, all errors at once.
pub mod fields;
/// Lists in the official layouts.
pub mod forms;
/// Groups.
pub mod groups;
/// Who may call a route.
pub mod guard;
/// Alive and ready.
pub mod health;
/// Tables that people bring.
pub mod imports;
/// Who takes part.
pub mod indicators;
/// Installations.
pub mod installations;
/// Bodies of requests.
pub mod json;
/// What may be collected.
pub mod metrics;
/// Closing months.
pub mod months;
/// Programs log in.
pub mod oauth;
/// What is seen of every request.
mod observe;
/// Offices.
pub mod offices;
/// The specification, from code.
pub mod openapi;
/// Collection organisations.
pub mod organisations;
/// The desk.
pub mod page;
/// Lists, a page at a time.
pub mod paging;
/// Persons.
pub mod persons;
/// What a person may ask of her data.
pub mod privacy;
/// What went wrong.
pub mod problem;
/// What would it cost?
pub mod quotes;
/// How often a program may call.
pub mod rates;
/// Reviews, and records taken back.
pub mod reviews;
/// The whole table of routes.
pub mod routes;
/// The law.
pub mod rules;
/// Whom a caller speaks for.
mod senders;
/// The server.
pub mod server;
/// One's own sessions.
pub mod sessions;
/// What handlers may use.
pub mod state;
/// The protocol of phones.
pub mod sync;
/// Answers that are kept until they change.
mod tag;
/// Tallies.
pub mod tallies;
/// Targets.
pub mod targets;
/// Sentences for people.
pub mod texts;
/// TLS of our own.
pub mod tls;
/// Who pushes now, and who waits.
pub mod turns;
/// Users.
pub mod users;
/// Villages.
pub mod villages;
/// Installations of VssID.
pub mod vssid;
/// Whom to visit.
pub mod worklists;

use actix_web::web::Json;

pub use edge::Edge;
pub use problem::Problem;
pub use server::{Running, ServerConfig, start};
pub use state::{AppState, State};
pub use turns::Turns;

/// What most handlers answer.
pub type Answer<T> = Result<Json<T>, Problem>;
