//! A log that grows, is rotated and is truncated while a person looks on.

use crate::{
    judge::all_here,
    log::{Log, again, denial},
    tmux::{Home, Launch, signal},
};

#[test]
fn what_is_appended_is_seen_across_rotation_and_truncation() {
    if !all_here(&["tmux"]) {
        return;
    }
    let home = Home::new();
    let log = Log::with(&home, 0);
    let seltui = log.seltui(&home).size(120, 40).start();
    seltui.wait_for("0 of 0 decided");
    log.append(&denial(0));
    seltui.wait_for("0 of 1 decided");
    seltui.wait_for("worker0_t");

    // The old file is written to for a moment more after it has its new name.
    let old = log.rotate();
    log.append(&denial(2));
    std::fs::write(&old, [denial(0), denial(1)].concat()).unwrap();
    seltui.wait_for("0 of 3 decided");
    log.append(&again(2, 3));
    seltui.wait_until("worker2_t counted twice", |screen| {
        row(screen, "worker2_t").is_some_and(|row| row.contains(" 2 "))
    });

    log.truncate(&denial(4));
    seltui.wait_for("0 of 4 decided");
    let screen = seltui.wait_for("worker4_t");
    for (source, count) in [("worker0_t", " 1 "), ("worker1_t", " 1 "), ("worker2_t", " 2 ")] {
        let row = row(&screen, source).unwrap_or_else(|| panic!("{source} is gone:\n{screen}"));
        assert!(row.contains(count), "nothing is counted twice:\n{screen}");
    }
}

#[test]
fn a_line_that_comes_in_two_pieces_is_one_line() {
    if !all_here(&["tmux"]) {
        return;
    }
    let home = Home::new();
    let log = Log::with(&home, 1);
    let other = home.path("other.log");
    std::fs::write(&other, "").unwrap();
    let inputs = ["-i", log.path().to_str().unwrap(), "-i", other.to_str().unwrap()];
    let seltui = Launch::seltui(&home, inputs).start();
    seltui.wait_for("0 of 1 decided");
    let text = denial(1);
    let (begin, end) = text.split_at(60);
    log.append(begin);
    // The files are read in their order: when this is seen, the piece has been read too.
    std::fs::write(&other, denial(2)).unwrap();
    seltui.wait_for("0 of 2 decided");
    log.append(end);
    let screen = seltui.wait_for("0 of 3 decided");
    assert!(!screen.contains("damaged"), "{screen}");
}

#[test]
fn the_screen_follows_the_window_and_keys_answer_while_the_log_grows() {
    if !all_here(&["tmux"]) {
        return;
    }
    let home = Home::new();
    let log = Log::with(&home, 30);
    let mut seltui = log.seltui(&home).size(160, 45).start();
    seltui.wait_for("0 of 30 decided");
    assert!(seltui.screen().contains("logger.te"), "the preview stands beside the denials:\n{}", seltui.screen());
    for size in [(80, 24), (40, 10), (3, 3), (200, 60)] {
        seltui.resize(size.0, size.1);
        log.append(&denial(30));
        if size.0 >= 40 {
            seltui.wait_for("of 31 decided");
        }
    }
    seltui.press(&["a"]);
    seltui.wait_for("1 of 31 decided");
    seltui.wait_for("allow worker0_t var_log_t:file read;");
}

#[test]
fn a_log_comes_through_a_pipe_and_the_keys_still_from_the_terminal() {
    if !all_here(&["tmux"]) {
        return;
    }
    let home = Home::new();
    let log = Log::with(&home, 2);
    let script = r#"{ cat "$1"; sleep 1000; } | "$0" -i - -m logger"#;
    let program = [env!("CARGO_BIN_EXE_seltui"), log.path().to_str().unwrap()];
    let mut seltui = Launch::program(&home, ["sh", "-c", script, program[0], program[1]]).start();
    seltui.wait_for("0 of 2 decided");
    seltui.press(&["a"]);
    seltui.wait_for("1 of 2 decided");
}

#[test]
fn a_reader_that_falls_behind_says_by_how_much() {
    if !all_here(&["tmux"]) {
        return;
    }
    let home = Home::new();
    let log = Log::with(&home, 1);
    let seltui = log.seltui(&home).size(160, 24).start();
    seltui.wait_for("audit.log ● live");
    let pid = seltui.pid();
    signal(pid, "STOP");
    // More than is read in the time between two frames.
    for batch in 0..20 {
        let many: String = (0..1000).map(|time| again(0, 1 + 1000 * batch + time)).collect();
        log.append(&many);
    }
    signal(pid, "CONT");
    seltui.wait_for("MB behind");
    seltui.wait_until("all read", |screen| {
        screen.contains("audit.log ● live") && row(screen, "worker0_t").is_some_and(|row| row.contains(" 20001 "))
    });
}

#[test]
fn ctrl_l_draws_what_others_wrote_over() {
    if !all_here(&["tmux"]) {
        return;
    }
    let home = Home::new();
    let log = Log::with(&home, 2);
    let mut seltui = log.seltui(&home).start();
    seltui.wait_for("0 of 2 decided");
    seltui.wait_for("worker1_t");
    // As the kernel's own messages do on a console.
    std::fs::write(seltui.path_of_terminal(), "\u{1b}[5;1HBroadcast message from root").unwrap();
    seltui.wait_for("Broadcast message");
    seltui.press(&["C-l"]);
    seltui.wait_gone("Broadcast message");
    seltui.wait_for("worker1_t");
}

/// The line of the list of denials that holds this type.
fn row<'a>(screen: &'a str, source: &str) -> Option<&'a str> {
    screen.lines().find(|line| line.contains(&format!("{source} ")) && line.contains('→'))
}
