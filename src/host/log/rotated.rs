//! The files that a log was rotated to.

use std::{
    ffi::OsString,
    fs::{self, Metadata},
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

/// A file whatever it is called: device and inode number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Identity {
    pub dev: u64,
    pub inode: u64,
}

impl Identity {
    pub fn of(metadata: &Metadata) -> Self {
        Self { dev: metadata.dev(), inode: metadata.ino() }
    }
}

/// The file that was the log after this one was: usually the log itself, another one when it was rotated twice.
///
/// Known are auditd's and logrotate's `NAME.1`, `NAME.2`, … with the youngest first, and logrotate's `NAME-20220627`. Where the
/// file is not among them any more (deleted, compressed) the log itself follows.
pub(super) fn successor(log: &Path, current: Identity) -> PathBuf {
    let mut generations = generations(log);
    generations.sort_by(|(a, _), (b, _)| a.cmp(b));
    let identity = |path: &Path| fs::symlink_metadata(path).map(|metadata| Identity::of(&metadata)).ok();
    let place = generations.iter().position(|(_, path)| identity(path) == Some(current));
    place.and_then(|place| generations.into_iter().nth(place + 1)).map_or_else(|| log.to_owned(), |(_, path)| path)
}

/// The files that the log was rotated to, compressed or not, the oldest first.
pub(super) fn oldest_first(log: &Path) -> Vec<PathBuf> {
    let mut found = found(log, |ending| {
        [".gz", ".xz", ".zst"].iter().find_map(|packed| ending.strip_suffix(packed)).unwrap_or(ending)
    });
    found.sort_by(|(a, _), (b, _)| a.cmp(b));
    found.into_iter().map(|(_, path)| path).collect()
}

/// The youngest file that the log was rotated to.
pub(super) fn youngest(log: &Path) -> Option<PathBuf> {
    generations(log).into_iter().max_by(|(a, _), (b, _)| a.cmp(b)).map(|(_, path)| path)
}

/// Smaller is older.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Age {
    Dated(OsString),
    Numbered(std::cmp::Reverse<u64>),
}

fn generations(log: &Path) -> Vec<(Age, PathBuf)> {
    found(log, |ending| ending)
}

/// The files beside the log whose names tell their age, once what `plain` takes off is gone.
fn found(log: &Path, plain: impl Fn(&str) -> &str) -> Vec<(Age, PathBuf)> {
    let (Some(folder), Some(name)) = (log.parent(), log.file_name()) else { return Vec::new() };
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let age = |entry: &OsString| {
        let ending = entry.as_encoded_bytes().strip_prefix(name.as_encoded_bytes())?;
        let ending = plain(std::str::from_utf8(ending).ok()?);
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        match ending.split_at_checked(1)? {
            (".", number) => number.parse().ok().map(|number| Age::Numbered(std::cmp::Reverse(number))),
            ("-", date) if digits(date) => Some(Age::Dated(entry.clone())),
            _ => None,
        }
    };
    entries
        .filter_map(Result::ok)
        .filter_map(|entry| age(&entry.file_name()).map(|age| (age, folder.join(entry.file_name()))))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_successor_is_the_next_younger_generation() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("audit.log");
        let path = |name: &str| folder.path().join(name);
        for name in ["audit.log", "audit.log.1", "audit.log.2", "audit.log.10", "audit.log.2.gz", "audit.log.old"] {
            fs::write(path(name), name).unwrap();
        }
        let after = |name: &str| successor(&log, Identity::of(&fs::metadata(path(name)).unwrap()));
        assert_eq!(after("audit.log.10"), path("audit.log.2"));
        assert_eq!(after("audit.log.2"), path("audit.log.1"));
        assert_eq!(after("audit.log.1"), log);
        assert_eq!(after("audit.log.old"), log);
        assert_eq!(youngest(&log), Some(path("audit.log.1")));
    }
}
