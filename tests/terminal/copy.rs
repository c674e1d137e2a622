//! What `y` copies reaches the person's own terminal: tmux stands for it, and is asked what it keeps.

use crate::{
    judge::all_here,
    tmux::{Home, Launch},
};

const LOG: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/container/logs/story-a.log");

/// Counted from the first record of the log.
const RULE: &str = "allow container_t container_log_t:dir read;";

#[test]
fn over_ssh_the_terminal_gets_it_and_what_cannot_be_known_is_said() {
    if !all_here(&["tmux"]) {
        return;
    }
    let home = Home::new();
    let mut seltui = Launch::seltui(&home, ["-i", LOG, "-m", "logger"])
        .with("SSH_CONNECTION", "192.0.2.1 40000 192.0.2.2 22")
        .with("DISPLAY", "localhost:10.0")
        .with_option("set -s set-clipboard on")
        .start();
    seltui.wait_for("0 of 3 decided");
    seltui.press(&["y"]);
    seltui.wait_for("an allow rule for it");
    seltui.press(&["Enter"]);
    let screen = seltui.wait_until("what was done, and what can't be known", |screen| {
        screen.contains("(over SSH: OSC 52)") && screen.contains("nobody")
    });
    assert_eq!(seltui.clipboard(), RULE);
    // The screen is whole: the sequence left nothing on it.
    assert!(screen.contains("container_log_t") && !screen.contains("]52"), "{screen}");
}

#[test]
fn within_a_tmux_that_only_passes_it_on_the_outer_terminal_gets_it() {
    if !all_here(&["tmux"]) {
        return;
    }
    let home = Home::new();
    let configuration = home.path("inner.conf");
    let options = "set -g status off\nset -s escape-time 0\nset -s set-clipboard off\nset -g allow-passthrough on\n";
    std::fs::write(&configuration, options).unwrap();
    let socket = home.path("inner");
    let inner = [
        "env".as_ref(),
        "-u".as_ref(),
        "TMUX".as_ref(),
        "tmux".as_ref(),
        "-u".as_ref(),
        "-S".as_ref(),
        socket.as_os_str(),
        "-f".as_ref(),
        configuration.as_os_str(),
        "new-session".as_ref(),
        env!("CARGO_BIN_EXE_seltui").as_ref(),
        "-i".as_ref(),
        LOG.as_ref(),
    ];
    let mut outer = Launch::program(&home, inner).with_option("set -s set-clipboard on").start();
    outer.wait_for("0 of 3 decided");
    outer.press(&["y", "Enter"]);
    outer.wait_for("(no display here:");
    assert_eq!(outer.clipboard(), RULE);
    outer.press(&["q"]);
    outer.wait_for_end();
}

#[test]
fn within_screen_the_outer_terminal_gets_it_whole() {
    if !all_here(&["tmux", "screen"]) {
        return;
    }
    let home = Home::new();
    let (configuration, sockets) = (home.path("screenrc"), home.path("sockets"));
    std::fs::write(&configuration, "startup_message off\ndefutf8 on\n").unwrap();
    std::fs::create_dir(&sockets).unwrap();
    std::fs::set_permissions(&sockets, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    let screen = ["env", "-u", "TMUX", &format!("SCREENDIR={}", sockets.display()), "screen", "-U", "-c"];
    let seltui = [configuration.to_str().unwrap(), env!("CARGO_BIN_EXE_seltui"), "-i", LOG, "-m", "logger"];
    let mut outer =
        Launch::program(&home, [screen.as_slice(), &seltui].concat()).with_option("set -s set-clipboard on").start();
    outer.wait_for("0 of 3 decided");
    outer.press(&["y", "Enter"]);
    outer.wait_for("through screen");
    assert_eq!(outer.clipboard(), RULE);
    // Many of the pieces that screen hands on: the module is longer than one.
    outer.press(&["a", "a", "a"]);
    outer.wait_for("3 of 3 decided");
    outer.press(&["y"]);
    outer.wait_for("[Copy]");
    outer.press(&["4"]);
    outer.wait_for("through screen");
    outer.wait_until("the module in the clipboard", |_| {
        let text = outer.clipboard();
        text.starts_with("policy_module(logger, 1.0)") && text.lines().count() > 10
    });
    outer.press(&["q"]);
    outer.wait_for_end();
}

#[test]
fn a_display_that_does_not_answer_leaves_the_terminal() {
    if !all_here(&["tmux"]) {
        return;
    }
    let home = Home::new();
    let mut seltui =
        Launch::seltui(&home, ["-i", LOG]).with("DISPLAY", ":4711").with_option("set -s set-clipboard on").start();
    seltui.wait_for("0 of 3 decided");
    seltui.press(&["y", "2"]);
    seltui.wait_for("(no answer from the display:");
    assert_eq!(seltui.clipboard(), "1 container_t container_log_t:dir read");
}
