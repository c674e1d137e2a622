//! However the program ends, the terminal is as it was.

use std::{
    fs::OpenOptions,
    os::unix::fs::OpenOptionsExt as _,
    path::PathBuf,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use seltui::{selinux::Identifier, tui};

use crate::{
    judge::all_here,
    log::Log,
    tmux::{Home, Launch, Modes, PATIENCE, Terminal, signal},
};

/// Tells this test program that it is the one in the terminal.
const IN_THE_TERMINAL: &str = "SELTUI_TEST_PANIC";

/// open(2): a session without a controlling terminal does not get this one.
const O_NOCTTY: i32 = 0o400;

/// What the terminal's settings are when nothing has touched them.
fn untouched(home: &Home) -> String {
    let terminal = Launch::program(home, ["true"]).start();
    terminal.wait_for_end();
    terminal.settings()
}

fn assert_sane(terminal: &Terminal, home: &Home) {
    assert_eq!(terminal.modes(), Modes::SANE);
    assert_eq!(terminal.settings(), untouched(home));
}

#[test]
fn quitting_gives_the_terminal_back() {
    if !all_here(&["tmux"]) {
        return;
    }
    let home = Home::new();
    let log = Log::with(&home, 1);
    for keys in [&["q"][..], &["C-c"], &["?", "C-c", "C-c"], &["Enter", "q", "q"]] {
        let mut seltui = log.seltui(&home).start();
        seltui.wait_for("0 of 1 decided");
        assert!(seltui.modes().alternate_screen);
        assert_ne!(seltui.settings(), untouched(&home), "the program has taken the terminal");
        seltui.press(keys);
        assert_eq!(seltui.wait_for_end(), 0, "{keys:?}");
        assert_sane(&seltui, &home);
        assert_eq!(seltui.screen().trim(), "", "{keys:?} leaves nothing behind");
    }
}

#[test]
fn a_signal_gives_the_terminal_back() {
    if !all_here(&["tmux"]) {
        return;
    }
    let home = Home::new();
    let log = Log::with(&home, 1);
    for (name, number) in [("HUP", 1), ("INT", 2), ("TERM", 15)] {
        let seltui = log.seltui(&home).start();
        seltui.wait_for("0 of 1 decided");
        signal(seltui.pid(), name);
        assert_eq!(seltui.wait_for_end(), 128 + number, "what a shell says of a program that SIG{name} ended");
        assert_sane(&seltui, &home);
    }
}

#[test]
fn the_program_ends_when_its_terminal_is_gone() {
    if !all_here(&["tmux"]) {
        return;
    }
    let home = Home::new();
    let log = Log::with(&home, 1);
    let seltui = log.seltui(&home).start();
    seltui.wait_for("0 of 1 decided");
    let process = PathBuf::from(format!("/proc/{}", seltui.pid()));
    drop(seltui);
    for _ in 0..1000 {
        // Dead and not yet collected counts as ended.
        let status = std::fs::read_to_string(process.join("status")).unwrap_or_default();
        if status.is_empty() || status.contains("State:\tZ") {
            return;
        }
        thread::sleep(Duration::from_millis(10));
    }
    panic!("the program is still there");
}

#[test]
fn a_panic_gives_the_terminal_back_before_it_speaks() {
    if !all_here(&["tmux"]) {
        return;
    }
    let home = Home::new();
    let log = Log::with(&home, 1);
    let program = std::env::current_exe().unwrap();
    let child = "ends::child_panics_inside_the_terminal";
    let arguments = [program.to_str().unwrap(), "--exact", child, "--nocapture"];
    let mut seltui = Launch::program(&home, arguments).with(IN_THE_TERMINAL, log.path()).start();
    seltui.wait_for("0 of 1 decided");
    assert!(seltui.modes().alternate_screen);
    // A decision is what the other thread waits for.
    seltui.press(&["a"]);
    assert_eq!(seltui.wait_for_end(), 101);
    assert_sane(&seltui, &home);
    let screen = seltui.screen();
    assert!(screen.contains("on purpose"), "the message can be read:\n{screen}");
}

/// Not a test of its own: what [`a_panic_gives_the_terminal_back_before_it_speaks`] starts in the terminal.
#[test]
fn child_panics_inside_the_terminal() {
    let Some(log) = std::env::var_os(IN_THE_TERMINAL) else { return };
    let log = PathBuf::from(log);
    let journal_grows = {
        let state = PathBuf::from(std::env::var_os("XDG_STATE_HOME").unwrap());
        move || journals(&state).iter().any(|journal| journal.contains("\"decide\""))
    };
    thread::spawn(move || {
        while !journal_grows() {
            thread::sleep(Duration::from_millis(5));
        }
        panic!("on purpose");
    });
    let module = Identifier::new("logger").unwrap();
    let (inputs, root, headers) = (vec![log], PathBuf::from("/"), Vec::new());
    tui::run(tui::Start {
        inputs,
        module,
        root,
        headers,
        selection: seltui::audit::Selection::default(),
        policy: None,
        read_only: false,
        reload: seltui::host::install::Reload::Yes,
        demo: false,
    })
    .unwrap();
}

/// The text of every journal below a folder.
fn journals(folder: &std::path::Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    entries
        .flatten()
        .flat_map(|entry| match entry.file_type() {
            Ok(kind) if kind.is_dir() => journals(&entry.path()),
            _ if entry.file_name() == "journal" => std::fs::read_to_string(entry.path()).into_iter().collect(),
            _ => Vec::new(),
        })
        .collect()
}

#[test]
fn the_program_ends_when_a_terminal_is_gone_that_sends_it_no_signal() {
    if !all_here(&["tmux", "setsid"]) {
        return;
    }
    let home = Home::new();
    let log = Log::with(&home, 1);
    let owner = Launch::program(&home, ["sleep", "600"]).start();
    // In a session of its own the terminal is not its controlling one.
    let path = owner.path_of_terminal();
    let open = || OpenOptions::new().read(true).write(true).custom_flags(O_NOCTTY).open(&path).unwrap();
    let mut seltui = Command::new("setsid")
        .args(["--wait", env!("CARGO_BIN_EXE_seltui"), "-m", "x", "-i"])
        .arg(log.path())
        .envs(home.environment())
        .stdin(open())
        .stdout(open())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    owner.wait_for("0 of 1 decided");
    drop(owner);
    let begun = Instant::now();
    let status = loop {
        if let Some(status) = seltui.try_wait().unwrap() {
            break status;
        }
        if begun.elapsed() > PATIENCE {
            seltui.kill().unwrap();
            panic!("it still runs, without a terminal");
        }
        thread::sleep(Duration::from_millis(10));
    };
    assert_eq!(status.code(), Some(128 + 1));
}
