//! Reads the command line and does what it says.

use std::process::ExitCode;

use clap::Parser;
use dai_ly_thu::cli::Cli;

fn main() -> ExitCode {
    match Cli::parse().run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::FAILURE
        }
    }
}
