//! What the environment says about the terminal and the person.

use std::{
    env,
    io::{self, IsTerminal as _},
    path::PathBuf,
};

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

/// The folder that the program was started in; the root where that is gone.
pub fn current_folder() -> PathBuf {
    env::current_dir().unwrap_or_else(|_| PathBuf::from("/"))
}
