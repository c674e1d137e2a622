//! `seltui demo`: a newcomer's first minute, on any machine.

use std::time::Duration;

use crate::{
    judge::all_here,
    tmux::{Home, Launch},
};

#[test]
fn the_demo_comes_live_can_be_decided_and_leaves_nothing() {
    if !all_here(&["tmux"]) {
        return;
    }
    let home = Home::new();
    let temporary = home.path("tmp");
    std::fs::create_dir(&temporary).unwrap();
    let mut seltui = Launch::seltui(&home, ["demo"]).size(160, 45).with("TMPDIR", &temporary).start();
    let screen = seltui.wait_for("container_log_t");
    assert!(!screen.contains("of 13 decided"), "the story is still being told:\n{screen}");
    seltui.press(&["a"]);
    seltui.wait_for("1 of ");
    // Counted by hand: assets/demo/README.md.
    let screen =
        seltui.wait_at_most(Duration::from_secs(40), "the whole story", |screen| screen.contains("1 of 13 decided"));
    assert!(screen.contains("1 damaged"), "{screen}");
    assert!(screen.contains("allow container_t container_log_t:dir read;"), "{screen}");
    seltui.press(&["q"]);
    assert_eq!(seltui.wait_for_end(), 0);
    let left = |path: &str| std::fs::read_dir(home.path(path)).map_or(0, Iterator::count);
    assert_eq!((left("tmp"), left("state"), left("work")), (0, 0, 0));
}

#[test]
fn the_demo_brings_its_interfaces_where_nothing_is_installed() {
    if !all_here(&["tmux"]) {
        return;
    }
    let home = Home::new();
    let nothing = home.path("nothing");
    std::fs::create_dir(&nothing).unwrap();
    let root = nothing.to_str().unwrap();
    let path = format!("PATH={root}");
    let program = ["/usr/bin/env", &path, env!("CARGO_BIN_EXE_seltui"), "demo", "--root", root];
    let mut seltui = Launch::program(&home, program).start();
    seltui.wait_for("container_log_t");
    // Found, unfolded, taken, expanded.
    seltui.press(&["g", "i"]);
    seltui.wait_for("container_read_log_files(container_t)");
    seltui.press(&["Right"]);
    seltui.wait_for("demo/services/container.if");
    seltui.wait_for("+ logging_search_logs(container_t)");
    seltui.press(&["Enter"]);
    seltui.wait_for("1 of ");
    seltui.press(&["e"]);
    seltui.wait_for("| logging_search_logs(container_t)");
    // A new domain by the demo's template.
    seltui.press(&["g", "n"]);
    seltui.type_text("shipper");
    seltui.wait_for("container_domain_template(shipper)");
    seltui.press(&["Escape"]);
    seltui.wait_gone("New domain");
    seltui.press(&["i", "/"]);
    seltui.type_text("manage all logs");
    seltui.wait_for("logging_manage_all_logs(domain)");
    seltui.press(&["Enter", "q"]);
    assert_eq!(seltui.wait_for_end(), 0);
}
