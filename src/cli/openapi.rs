//! `openapi`: the specification, as it is checked in.

use std::io::Write;

use super::Failure;
use crate::http::openapi;

pub(super) fn run() -> Result<(), Failure> {
    let mut out = std::io::stdout();
    writeln!(out, "{}", openapi::json()).map_err(Failure::io("standard output"))
}
