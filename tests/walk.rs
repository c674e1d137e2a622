//! The first gate: story A walked by hand at 80×24, from the log to a built `logger.pp`, by the default keys.
//!
//! `tests/run --walk` prints what a person sees on the way; each screen is left as text in `target/walk/`.
#![allow(clippy::disallowed_methods, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)] // a test touches the machine

mod judge;
#[path = "terminal/tmux.rs"]
mod tmux;

use std::{path::Path, time::Duration};

use tmux::{Home, Launch, Screens};

/// How many keys the story may take; the characters of a typed name do not count.
const KEYS_AT_MOST: usize = 12;

#[test]
fn story_a_from_the_log_to_a_built_module() {
    if !judge::all_here(&["tmux"]) || !judge::compilers_are_here() {
        return;
    }
    let home = Home::new();
    let folder = home.path("work");
    std::fs::create_dir_all(&folder).unwrap();
    let log = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/container/logs/story-a.log");
    let mut walk = Screens::below_target("walk");

    let mut seltui = Launch::seltui(&home, ["-i", log.to_str().unwrap(), "-m", "logger"]).in_folder(&folder).start();
    seltui.wait_for("module logger");
    let first_frame = seltui.age();
    seltui.wait_for("0 of 3 decided");
    walk.look(&seltui, "the denials of the log");

    seltui.press(&["*"]);
    seltui.wait_for("2 marked");
    walk.look(&seltui, "all rows of container_t are marked");
    seltui.press(&["n"]);
    seltui.wait_for("New domain");
    seltui.type_text("kube_logreader");
    seltui.wait_for("kube_logreader");
    walk.look(&seltui, "they go to a new domain: its name is typed");
    seltui.press(&["Enter"]);
    seltui.wait_for("2 of 3 decided");
    walk.look(&seltui, "the cursor is on the next open row");
    seltui.press(&["n"]);
    seltui.wait_for("New domain");
    walk.look(&seltui, "the same domain is offered");
    seltui.press(&["Enter"]);
    seltui.wait_for("3 of 3 decided");
    walk.look(&seltui, "everything is decided");
    seltui.press(&["b"]);
    let dialog = seltui.wait_for("folder");
    assert!(dialog.contains("/logger"), "the folder is filled in already:\n{dialog}");
    walk.look(&seltui, "the build asks for the folder");
    seltui.press(&["Enter"]);
    let screen = seltui.wait_at_most(Duration::from_secs(90), "the end of the build", |screen| {
        screen.contains("built in") || screen.contains("did not build")
    });
    let built = seltui.age();
    assert!(screen.contains("logger.pp"), "the package is named:\n{screen}");
    walk.look(&seltui, "the package is built");
    let keys = seltui.keys_pressed();
    seltui.press(&["q", "q"]);
    assert_eq!(seltui.wait_for_end(), 0);

    println!("first frame after {first_frame:.0?}, logger.pp after {built:.1?}, {keys} keys");
    assert!(keys <= KEYS_AT_MOST, "{keys} keys");
    check(&folder.join("logger"));
}

/// The exported files are there, and the package loads and allows what was decided.
fn check(folder: &Path) {
    let te = std::fs::read_to_string(folder.join("logger.te")).unwrap();
    println!("\nlogger.te\n{te}");
    for file in ["logger.fc", "logger.if"] {
        assert!(folder.join(file).is_file(), "{file}");
    }
    if !judge::Store::is_possible() {
        return;
    }
    let store = judge::Store::new();
    store.install("logger", &std::fs::read(folder.join("logger.pp")).unwrap()).unwrap();
    let rules = store.rules("-A", "kube_logreader_t");
    for (object, permissions) in [
        ("container_log_t:dir", "read"),
        ("container_log_t:lnk_file", "{ getattr read }"),
        ("container_var_lib_t:file", "{ getattr open read }"),
    ] {
        let rule = format!("allow kube_logreader_t {object} {permissions};");
        assert!(rules.contains(&rule), "{rule} is not in the policy:\n{rules:#?}");
    }
}
