//! `keys`: the keys that sign tokens.

use std::io::Write;
use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Failure;
use super::draft::Draft;
use crate::auth::{Keys, keys};

const HELP: &str = "\
The new key signs from now on; a server that runs sees the file change and needs no restart. The two keys
before stay in the file, so that tokens they signed are good to their end and nobody is logged out: let a day
pass before the next rotation but one. Where several servers have a copy of the file each, give all of them
the new one at the same time.

A key that somebody else may have seen is another matter: --alone leaves the keys before out. Their tokens
are worth nothing then; apps and browsers fetch new ones with their refresh token, and hardly anybody notices.

A backup needs this file as it is now.";

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Sign with a new key from now on
    #[command(after_help = HELP)]
    Rotate(Rotate),
    /// Print the names of the keys, the one that signs first
    List(File),
}

#[derive(Debug, Args)]
pub(super) struct File {
    /// The keys that sign tokens
    #[arg(long, env = "SIGNING_KEY_FILE", default_value = "signing-key.pem", value_name = "FILE")]
    signing_key: PathBuf,
}

#[derive(Debug, Args)]
pub(super) struct Rotate {
    #[command(flatten)]
    file: File,
    /// Leave the keys before out: somebody else may have them
    #[arg(long)]
    alone: bool,
}

pub(super) fn run(command: &Command) -> Result<(), Failure> {
    match command {
        Command::Rotate(Rotate { file, alone }) => {
            let path = &file.signing_key;
            let wrong = || Failure::io(format!("--signing-key {}", path.display()));
            let text = keys::rotated(path, *alone).map_err(wrong())?;
            let draft = Draft::of(path).map_err(wrong())?;
            std::fs::write(&draft.path, text).map_err(wrong())?;
            // Whoever serves must be able to read it, also when an administrator made it.
            #[cfg(unix)]
            {
                use std::os::unix::fs::MetadataExt;
                let owner = path.metadata().map_err(wrong())?;
                std::os::unix::fs::chown(&draft.path, Some(owner.uid()), Some(owner.gid()))
                    .map_err(wrong())?;
            }
            draft.publish().map_err(wrong())?;
            list(file)
        }
        Command::List(file) => list(file),
    }
}

fn list(file: &File) -> Result<(), Failure> {
    let path = &file.signing_key;
    let wrong = || Failure::io(format!("--signing-key {}", path.display()));
    path.metadata().map_err(wrong())?;
    let known = Keys::open(path).map_err(wrong())?.jwks().keys;
    let mut out = std::io::stdout();
    for (i, key) in known.iter().enumerate() {
        let does = if i == 0 { "signs" } else { "is still taken" };
        writeln!(out, "{}  {does}", key.kid).map_err(Failure::io("standard output"))?;
    }
    Ok(())
}
