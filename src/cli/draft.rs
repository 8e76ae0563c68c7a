//! A file that is written beside its place and appears there whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

/// A file that is being written, for its owner alone. Removed again unless it was published.
#[derive(Debug)]
pub(super) struct Draft {
    /// Where it is written.
    pub path: PathBuf,
    place: PathBuf,
    published: bool,
}

impl Draft {
    /// Begins a file, empty, that will stand at `place`.
    pub fn of(place: &Path) -> io::Result<Self> {
        let path = beside(place, ".part");
        // What an earlier try left behind when the machine went down.
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(&path)?;
        Ok(Self { path, place: place.to_owned(), published: false })
    }

    /// Fills it with what another file holds, and nothing of that one's rights. Returns how many bytes.
    pub fn fill(&self, from: &Path) -> io::Result<u64> {
        let mut into = OpenOptions::new().write(true).truncate(true).open(&self.path)?;
        io::copy(&mut File::open(from)?, &mut into)
    }

    /// Puts it in its place, over whatever stands there. It is on the disk when this returns.
    pub fn publish(mut self) -> io::Result<()> {
        File::open(&self.path)?.sync_all()?;
        fs::rename(&self.path, &self.place)?;
        self.published = true;
        sync_folder(&self.place)
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.published
            && let Err(error) = fs::remove_file(&self.path)
        {
            tracing::warn!(%error, file = %self.path.display(), "a file that is not finished remains");
        }
    }
}

/// The same path with something after its name.
pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// Makes sure that a new name is on the disk, too.
pub(super) fn sync_folder(file: &Path) -> io::Result<()> {
    if cfg!(unix) {
        let folder = file.parent().filter(|it| !it.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
    }
    Ok(())
}
