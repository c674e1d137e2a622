//! What the environment says about the terminal and the person.

use std::{
    env,
    io::{self, IsTerminal as _},
    os::fd::AsFd as _,
    path::PathBuf,
};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::process::Cancel;

pub(super) fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

/// Whether signs beyond ASCII are shown: what locale(7) says, and without a locale what the terminal is.
pub fn is_unicode() -> bool {
    match ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(variable) {
        Some(locale) => {
            let locale = locale.to_ascii_lowercase();
            locale.contains("utf-8") || locale.contains("utf8")
        }
        None => !variable("TERM").is_some_and(|term| term == "dumb" || term.starts_with("vt")),
    }
}

/// Whether standard input is a terminal, where keys come from, and no log.
pub fn stdin_is_terminal() -> bool {
    io::stdin().is_terminal()
}

/// Waits until there is something to be read from standard input; false when `cancel` was wished before. A read would wait on
/// after a signal that is only noted.
pub fn wait_for_stdin(cancel: &Cancel) -> bool {
    const PATIENCE: Timespec = Timespec { tv_sec: 0, tv_nsec: 50_000_000 };
    let stdin = io::stdin();
    let mut watched = [PollFd::from_borrowed_fd(stdin.as_fd(), PollFlags::IN)];
    while !cancel.is_cancelled() {
        match poll(&mut watched, Some(&PATIENCE)) {
            Ok(0) | Err(rustix::io::Errno::INTR) => {}
            // An end, and a fault, are for the reader to find.
            Ok(_) | Err(_) => return true,
        }
    }
    false
}

/// The folder that the program was started in; the root where that is gone.
pub fn current_folder() -> PathBuf {
    env::current_dir().unwrap_or_else(|_| PathBuf::from("/"))
}
