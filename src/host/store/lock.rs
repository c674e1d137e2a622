//! The lock of a store: `semanage.trans.LOCK`, held by flock(2) for as long as a transaction lasts.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::ErrorKind,
    os::unix::fs::MetadataExt as _,
    path::Path,
};

use crate::selinux::printable;

/// Who holds a lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockHolder {
    /// The process id.
    pub pid: u32,
    /// Its argument vector, printable, at most a line; empty where /proc does not say.
    pub command: String,
}

/// How the lock stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LockState {
    /// Nobody has it.
    Free,
    /// A transaction is going on; by whom, where `/proc/locks` says so.
    Held(Option<LockHolder>),
    /// The file is not open to this user.
    Unknown,
}

/// Tries the lock for a moment and lets go of it again.
pub(super) fn state(path: &Path) -> LockState {
    // A file that is not there yet is made by the first transaction.
    let file = match OpenOptions::new().read(true).write(true).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return LockState::Free,
        Err(_) => return LockState::Unknown,
    };
    match file.try_lock() {
        Ok(()) => LockState::Free,
        Err(TryLockError::WouldBlock) => LockState::Held(holder(&file)),
        Err(TryLockError::Error(_)) => LockState::Unknown,
    }
}

/// The process that `/proc/locks` names for this file.
fn holder(file: &File) -> Option<LockHolder> {
    let metadata = file.metadata().ok()?;
    let (device, inode) = (metadata.dev(), metadata.ino());
    let number = format!("{:02x}:{:02x}:{inode}", rustix::fs::major(device), rustix::fs::minor(device));
    let locks = fs::read_to_string("/proc/locks").ok()?;
    let pid = locks.lines().find_map(|line| holder_in(line, |place| place == number));
    // Overlay file systems show another device than stat(2) does.
    let pid = pid.or_else(|| holder_of_inode(&locks, inode))?;
    Some(LockHolder::of(pid))
}

/// The same for a file that is closed to this user, by its inode's number alone.
pub(super) fn state_of_closed(inode: u64) -> LockState {
    let Ok(locks) = fs::read_to_string("/proc/locks") else { return LockState::Unknown };
    holder_of_inode(&locks, inode).map_or(LockState::Free, |pid| LockState::Held(Some(LockHolder::of(pid))))
}

fn holder_of_inode(locks: &str, inode: u64) -> Option<u32> {
    let inode = format!(":{inode}");
    locks.lines().find_map(|line| holder_in(line, |place| place.ends_with(&inode)))
}

impl LockHolder {
    fn of(pid: u32) -> Self {
        let command = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        let words: Vec<_> = command.split(|byte| *byte == 0).filter(|word| !word.is_empty()).map(printable).collect();
        Self { pid, command: words.join(" ").chars().take(200).collect() }
    }
}

/// The process id in a line such as `1: FLOCK  ADVISORY  WRITE 2764 fe:00:1234 0 EOF` (proc(5)); `->` marks one that waits.
fn holder_in(line: &str, is_file: impl Fn(&str) -> bool) -> Option<u32> {
    let words: Vec<&str> = line.split_whitespace().collect();
    match words.as_slice() {
        [_, "FLOCK", _, _, pid, place, ..] if is_file(place) => pid.parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_holder_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("semanage.trans.LOCK");
        assert_eq!(state(&path), LockState::Free);
        let file = File::create(&path).unwrap();
        assert_eq!(state(&path), LockState::Free);
        file.lock().unwrap();
        let LockState::Held(holder) = state(&path) else { panic!("the lock is held") };
        assert_eq!(holder.map(|holder| holder.pid), Some(std::process::id()));
        let inode = file.metadata().unwrap().ino();
        assert!(matches!(state_of_closed(inode), LockState::Held(Some(holder)) if holder.pid == std::process::id()));
        file.unlock().unwrap();
        assert_eq!(state(&path), LockState::Free);
        assert_eq!(state_of_closed(inode), LockState::Free);
    }

    #[test]
    fn a_waiting_process_is_not_the_holder() {
        let line = "12: -> FLOCK  ADVISORY  WRITE 77 fe:00:1234 0 EOF";
        assert_eq!(holder_in(line, |place| place == "fe:00:1234"), None);
        assert_eq!(holder_in(&line.replace("-> ", ""), |place| place == "fe:00:1234"), Some(77));
        assert_eq!(holder_in("", |_| true), None);
    }
}
