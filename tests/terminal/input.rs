//! Where the log comes from when it comes through standard input, while the keys come from the terminal.

use crate::{
    judge::all_here,
    tmux::{Home, Launch},
};

#[test]
fn a_terminal_on_standard_input_is_refused_as_a_log() {
    if !all_here(&["tmux"]) {
        return;
    }
    let home = Home::new();
    let terminal = Launch::seltui(&home, ["-i", "-", "-m", "logger"]).size(120, 24).start();
    assert_eq!(terminal.wait_for_end(), 2);
    assert!(terminal.screen().contains("pipe a log into it, or name a file"), "{}", terminal.screen());
}

#[test]
fn a_log_comes_through_a_pipe_and_the_keys_from_the_terminal() {
    if !all_here(&["tmux"]) {
        return;
    }
    let home = Home::new();
    let log = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/container/logs/story-a.log");
    let piped = format!("cat '{log}' | '{}' -i - -m logger", env!("CARGO_BIN_EXE_seltui"));
    let mut terminal = Launch::program(&home, ["sh", "-c", &piped]).start();
    terminal.wait_for("standard input at its end");
    terminal.wait_for("0 of 3 decided");
    terminal.press(&["a"]);
    terminal.wait_for("1 of 3 decided");
    terminal.press(&["q"]);
    assert_eq!(terminal.wait_for_end(), 0);
}
