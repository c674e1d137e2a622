//! A session outlives the program, and belongs to one program at a time.

use crate::{
    judge::all_here,
    log::{Log, again, denial},
    tmux::{Home, signal},
};

#[test]
fn a_killed_program_comes_back_where_it_was() {
    if !all_here(&["tmux"]) {
        return;
    }
    let home = Home::new();
    let log = Log::with(&home, 3);
    let mut seltui = log.seltui(&home).size(160, 45).start();
    seltui.wait_for("0 of 3 decided");
    seltui.press(&["a", "d"]);
    seltui.wait_for("2 of 3 decided");
    signal(seltui.pid(), "KILL");
    assert_eq!(seltui.wait_for_end(), 137);
    log.append(&denial(3));
    log.append(&again(0, 5));

    let mut seltui = log.seltui(&home).size(160, 45).start();
    let dialog = seltui.wait_for("2 decisions");
    assert!(dialog.contains("go on") && dialog.contains("begin anew"), "{dialog}");
    seltui.press(&["Enter"]);
    seltui.wait_for("2 of 4 decided");
    let screen = seltui.wait_for("dontaudit worker1_t var_log_t:file read;");
    assert!(screen.contains("allow worker0_t var_log_t:file read;"), "{screen}");
    // Undo reaches back behind the end of the program.
    seltui.press(&["u", "u"]);
    seltui.wait_for("0 of 4 decided");
    seltui.press(&["U"]);
    seltui.wait_for("1 of 4 decided");
    seltui.press(&["q"]);
    assert_eq!(seltui.wait_for_end(), 0);

    let mut seltui = log.seltui(&home).size(160, 45).start();
    seltui.wait_for("1 decision");
    seltui.press(&["n"]);
    seltui.wait_for("0 of 4 decided");
    let screen = seltui.wait_for("is kept in");
    let folder = std::fs::read_dir(home.path("state/seltui/sessions")).unwrap().next().unwrap().unwrap().path();
    let kept =
        std::fs::read_dir(folder.join("logger")).unwrap().flatten().map(|entry| entry.file_name()).collect::<Vec<_>>();
    assert!(kept.len() >= 3, "the old journal, the new one and its lock: {kept:?}\n{screen}");
}

#[test]
fn a_second_program_on_the_same_session_may_only_look() {
    if !all_here(&["tmux"]) {
        return;
    }
    let home = Home::new();
    let log = Log::with(&home, 3);
    let mut first = log.seltui(&home).start();
    first.wait_for("0 of 3 decided");
    first.press(&["a"]);
    first.wait_for("1 of 3 decided");

    let mut second = log.seltui(&home).start();
    let screen = second.wait_for("1 of 3 decided");
    assert!(screen.contains("read-only"), "{screen}");
    second.press(&["a"]);
    second.wait_for("another seltui");
    let screen = second.wait_for("1 of 3 decided");
    assert!(screen.contains("read-only"), "{screen}");

    first.press(&["a"]);
    first.wait_for("2 of 3 decided");
    first.press(&["q"]);
    assert_eq!(first.wait_for_end(), 0);
    second.press(&["q"]);
    assert_eq!(second.wait_for_end(), 0);
    // With both gone the session can be written again.
    let third = log.seltui(&home).start();
    third.wait_for("2 decisions");
}
