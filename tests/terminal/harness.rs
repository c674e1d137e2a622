//! The terminal that the other tests use, tried with programs whose behaviour is known.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::{
    judge::all_here,
    tmux::{Home, Launch, Modes, signal},
};

#[test]
fn keys_reach_the_program_and_are_counted_but_typed_text_is_not() {
    if !all_here(&["tmux"]) {
        return;
    }
    let home = Home::new();
    let mut terminal = Launch::program(&home, ["sh", "-c", "echo ready; exec cat"]).start();
    terminal.wait_for("ready");
    terminal.type_text("läuft; {a} \"b\" 'c' #d");
    terminal.press(&[";", "*", "Enter"]);
    terminal.wait_until("the echo of the terminal and of cat", |screen| {
        screen.lines().filter(|line| *line == "läuft; {a} \"b\" 'c' #d;*").count() == 2
    });
    terminal.press_times("x", 3);
    terminal.wait_for("xxx");
    assert_eq!(terminal.keys_pressed(), 6);
}

#[test]
fn the_screen_has_the_size_and_colours_that_were_asked_for() {
    if !all_here(&["tmux"]) {
        return;
    }
    let home = Home::new();
    let script = r"stty size; printf '\033[1;31mred\033[0m\n'; exec cat";
    let terminal = Launch::program(&home, ["sh", "-c", script]).size(132, 43).start();
    terminal.wait_for("43 132");
    terminal.wait_for("red");
    let coloured = terminal.screen_with_colours();
    assert!(coloured.contains("\u{1b}[1m\u{1b}[31mred"), "{coloured:?}");
    terminal.resize(100, 30);
    let other = Launch::program(&home, ["sh", "-c", "stty size; exec cat"]).start();
    other.wait_for("24 80");
}

#[test]
fn the_program_sees_the_home_it_was_given_and_nothing_of_the_person() {
    if !all_here(&["tmux"]) {
        return;
    }
    let home = Home::new();
    let terminal =
        Launch::program(&home, ["sh", "-c", "env | sort; exec cat"]).size(200, 50).with("NO_COLOR", "1").start();
    let screen = terminal.wait_for("XDG_STATE_HOME=");
    for (name, value) in home.environment() {
        assert!(screen.contains(&format!("{name}={}", value.to_str().unwrap())), "{screen}");
    }
    assert!(screen.contains("NO_COLOR=1") && screen.contains("TERM=screen-256color"), "{screen}");
    assert!(!screen.contains("CARGO_MANIFEST_DIR"), "{screen}");
}

#[test]
fn the_last_screen_and_the_status_stay_when_the_program_has_ended() {
    if !all_here(&["tmux"]) {
        return;
    }
    let home = Home::new();
    let terminal = Launch::program(&home, ["sh", "-c", "echo last words; exit 3"]).start();
    assert_eq!(terminal.wait_for_end(), 3);
    assert!(terminal.screen().contains("last words"));
    let terminal = Launch::program(&home, ["sh", "-c", "echo ready; exec cat"]).start();
    terminal.wait_for("ready");
    signal(terminal.pid(), "KILL");
    assert_eq!(terminal.wait_for_end(), 128 + 9);
    assert!(terminal.screen().contains("ready"));
}

#[test]
fn what_a_program_does_to_the_terminal_is_seen() {
    if !all_here(&["tmux"]) {
        return;
    }
    let home = Home::new();
    let wild = r"stty raw -echo; printf '\033[?1049h\033[?25l\033[?1000hwild'; sleep 1000";
    let terminal = Launch::program(&home, ["sh", "-c", wild]).start();
    terminal.wait_for("wild");
    assert_eq!(terminal.modes(), Modes { alternate_screen: true, cursor_shown: false, mouse: true });
    assert!(terminal.settings().contains(" -icanon"), "{}", terminal.settings());
    signal(terminal.pid(), "KILL");
    assert_eq!(terminal.wait_for_end(), 137);
    assert!(terminal.settings().contains(" -icanon"), "{}", terminal.settings());
    let tame = Launch::program(&home, ["true"]).start();
    assert_eq!(tame.wait_for_end(), 0);
    assert!(tame.settings().contains(" icanon"), "{}", tame.settings());
    assert_eq!(tame.modes(), Modes::SANE);
}

#[test]
fn a_text_that_does_not_come_fails_with_the_screen() {
    if !all_here(&["tmux"]) {
        return;
    }
    let home = Home::new();
    let terminal = Launch::program(&home, ["sh", "-c", "echo something else; exec cat"]).start();
    terminal.wait_for("something else");
    let short = std::time::Duration::from_millis(50);
    let failed = catch_unwind(AssertUnwindSafe(|| terminal.wait_at_most(short, "a miracle", |_| false))).unwrap_err();
    let message = failed.downcast_ref::<String>().unwrap();
    assert!(message.contains("waited 50ms for a miracle") && message.contains("│something else"), "{message}");
}
