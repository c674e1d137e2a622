//! The terminal goes away under the program, as when an SSH connection breaks.

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use crate::{
    judge::all_here,
    tmux::{Home, Launch, PATIENCE},
};

#[test]
fn a_program_whose_terminal_hangs_up_ends_in_order() {
    if !all_here(&["tmux"]) {
        return;
    }
    let home = Home::new();
    let log = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/container/logs/story-a.log");
    let mut terminal = Launch::seltui(&home, ["-i", log, "-m", "logger"]).start();
    terminal.wait_for("0 of 3 decided");
    terminal.press(&["a"]);
    terminal.wait_for("1 of 3 decided");
    let journal = journal_below(&home.path("state")).unwrap();
    drop(terminal);
    // What it writes last says how far the logs were read; a panic on the way out would keep it from that.
    let begun = Instant::now();
    let ended = || fs::read_to_string(&journal).unwrap().contains("\"record\":\"read\"");
    while !ended() {
        assert!(begun.elapsed() < PATIENCE, "the journal ends without it:\n{}", fs::read_to_string(&journal).unwrap());
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn journal_below(folder: &Path) -> Option<PathBuf> {
    fs::read_dir(folder).ok()?.filter_map(Result::ok).find_map(|entry| {
        let path = entry.path();
        if path.is_dir() { journal_below(&path) } else { (entry.file_name() == "journal").then_some(path) }
    })
}
