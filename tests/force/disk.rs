//! A disk so small that it can be full.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A file system in memory, of a few megabytes.
pub struct SmallDisk {
    folder: tempfile::TempDir,
}

impl SmallDisk {
    /// Mounts one; nothing where only an administrator may.
    pub fn mount(mebibytes: u32) -> Option<Self> {
        let folder =
            tempfile::Builder::new().prefix("dai-ly-thu-disk-").tempdir().expect("a folder");
        let options = format!("size={mebibytes}m,mode=0777");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(folder.path());
        mount.output().ok()?.status.success().then_some(Self { folder })
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Takes all that is left of it.
    pub fn fill(&self) {
        let mut file = File::create(self.filler()).expect("a last file");
        for size in [1 << 16, 1 << 10, 1] {
            while file.write_all(&vec![1; size]).is_ok() {}
        }
    }

    /// Gives it back.
    pub fn free(&self) {
        std::fs::remove_file(self.filler()).expect("the file that filled it");
    }

    fn filler(&self) -> PathBuf {
        self.folder.path().join("filler")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let unmounted = Command::new("umount").arg("--lazy").arg(self.folder.path()).status();
        if !unmounted.is_ok_and(|it| it.success()) {
            eprintln!("{} is still mounted", self.folder.path().display());
        }
    }
}
