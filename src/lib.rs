pub mod auth;
pub mod clock;
pub mod domain;
pub mod http;
pub mod policy;
pub mod store;
