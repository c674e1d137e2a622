//! The mark: a file that says that dontaudit rules are being taken out, are out, or are being put back.

use std::{
    fs::{self, File, TryLockError},
    io::{ErrorKind, Read as _, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

use crate::host::{
    directories::{self, Directories},
    private,
};

/// What the mark says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// When it was made: seconds since 1970-01-01 UTC.
    pub at: u64,
    /// By whom: user id, login user id, and the user that sudo was asked by.
    pub who: String,
    /// The process id of the program.
    pub pid: u32,
    /// The command that puts the rules back, as it could be typed.
    pub restore: String,
    /// When the rules were to be put back by themselves: seconds since 1970-01-01 UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<u64>,
    /// The rules were left out on purpose, though the program ended.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub meant: bool,
}

/// Where the mark of a node stands, and what stands beside it: `dontaudit/NODE.{mark,lock,policy}` in the user's state folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MarkFile {
    path: PathBuf,
}

/// The right to take out and put back; it ends with the value, or with the process (flock(2)).
#[derive(Debug)]
pub(super) struct Hold {
    _file: File,
}

impl MarkFile {
    /// The mark for the node below this root.
    pub fn of(directories: &Directories, root: &Path) -> Self {
        let node = directories::node_name(root);
        let name = if root == Path::new("/") {
            node.as_str().to_owned()
        } else {
            let root = fs::canonicalize(root).unwrap_or_else(|_| root.to_owned());
            format!("{}@{}", node.as_str(), root.to_string_lossy())
        };
        Self { path: directories.state.join("dontaudit").join(directories::safe_file_name(&name)) }
    }

    /// The mark, if there is one. One that can't be read is there all the same.
    pub fn read(&self) -> Option<Mark> {
        match fs::read(self.beside("mark")) {
            Ok(bytes) => Some(serde_json::from_slice(&bytes).unwrap_or_else(|_| Self::unreadable())),
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => None,
            Err(_) => Some(Self::unreadable()),
        }
    }

    /// The binary policy as it was before the rules were taken out, where it could be copied.
    pub fn policy(&self) -> PathBuf {
        self.beside("policy")
    }

    /// Takes the right, or says which process has it.
    pub(super) fn hold(&self) -> anyhow::Result<Result<Hold, Option<u32>>> {
        private::make_private_folder(self.folder()).context("the mark cannot be kept, so nothing was changed")?;
        let path = self.beside("lock");
        let (mut file, _) = private::open_private_file(&path)?;
        match file.try_lock() {
            Ok(()) => {
                // The number is a courtesy to the next one.
                let _ = file.set_len(0).and_then(|()| writeln!(file, "{}", std::process::id()));
                Ok(Ok(Hold { _file: file }))
            }
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                let _ = file.take(32).read_to_string(&mut text);
                Ok(Err(text.trim().parse().ok()))
            }
            Err(TryLockError::Error(error)) => Err(error).with_context(|| path.display().to_string()),
        }
    }

    /// Makes the mark: whole, under its name and on the disk when this returns.
    pub(super) fn write(&self, mark: &Mark) -> anyhow::Result<()> {
        let write = || -> anyhow::Result<()> {
            let (new, path) = (self.beside("mark.new"), self.beside("mark"));
            let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
            file.write_all(&serde_json::to_vec(mark)?)?;
            file.sync_all()?;
            fs::rename(&new, &path)?;
            private::sync_folder(self.folder())
        };
        write().inspect_err(|_| drop(fs::remove_file(self.beside("mark.new")))).with_context(|| {
            format!(
                "{} cannot be written, so nothing was changed: make room on that disk",
                self.beside("mark").display()
            )
        })
    }

    /// Copies the policy to where [`MarkFile::policy`] says.
    pub(super) fn keep_policy(&self, from: &Path) -> std::io::Result<()> {
        let bytes = fs::read(from)?;
        let mut file =
            fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(self.policy())?;
        file.write_all(&bytes)
    }

    /// Takes the mark away, and what stands beside it.
    pub(super) fn remove(&self) -> anyhow::Result<()> {
        let path = self.beside("mark");
        fs::remove_file(&path).with_context(|| path.display().to_string())?;
        private::sync_folder(self.folder())?;
        // Nobody asks for it without the mark.
        let _ = fs::remove_file(self.policy());
        Ok(())
    }

    fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new("."))
    }

    fn beside(&self, ending: &str) -> PathBuf {
        let mut name = self.path.clone().into_os_string();
        name.push(".");
        name.push(ending);
        name.into()
    }

    fn unreadable() -> Mark {
        Mark { at: 0, who: "unknown".to_owned(), pid: 0, restore: "semodule -B".to_owned(), until: None, meant: false }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_made_read_and_taken_away_and_one_program_holds_it() {
        let place = tempfile::tempdir().unwrap();
        let directories = Directories { config: place.path().join("c"), state: place.path().join("s") };
        let file = MarkFile::of(&directories, place.path());
        assert_eq!(file.read(), None);
        let hold = file.hold().unwrap().unwrap();
        assert_eq!(file.hold().unwrap().unwrap_err(), Some(std::process::id()));
        let restore = "semodule -B".to_owned();
        let mark = Mark { at: 7, who: "uid=0".to_owned(), pid: 9, restore, until: Some(8), meant: false };
        file.write(&mark).unwrap();
        assert_eq!(file.read(), Some(mark));
        fs::write(file.beside("mark"), "{").unwrap();
        assert_eq!(file.read().map(|mark| mark.pid), Some(0), "what can't be read is there all the same");
        file.remove().unwrap();
        assert_eq!(file.read(), None);
        drop(hold);
        assert!(file.hold().unwrap().is_ok());
        assert_ne!(MarkFile::of(&directories, Path::new("/")), file);
    }
}
