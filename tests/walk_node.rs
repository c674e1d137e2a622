//! The first gate of the node: load, second round, take back, dontaudit rules out and in again, walked by hand at 80×24 on a
//! private store with the real semodule. Each screen is left as text in `target/walk-node/`.
#![allow(clippy::disallowed_methods, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)] // a test touches the machine

mod judge;
#[path = "terminal/tmux.rs"]
mod tmux;

use std::{
    fs::{self, OpenOptions},
    io::Write as _,
    path::{Path, PathBuf},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use judge::{HEADERS, Store, all_here};
use tmux::{Home, Launch, Screens, Terminal, signal};

/// A build and a commit of the store on a machine that does something else besides.
const PATIENCE: Duration = Duration::from_secs(120);

struct Walk {
    home: Home,
    store: Store,
    log: PathBuf,
    screens: Screens,
}

impl Walk {
    fn new(name: &str) -> Self {
        let (home, store) = (Home::new(), Store::new());
        let log = home.path("audit.log");
        let told = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/container/logs/story-a.log");
        fs::copy(told, &log).unwrap();
        fs::create_dir_all(home.path("work")).unwrap();
        Self { home, store, log, screens: Screens::below_target(name) }
    }

    fn start(&self, more: &[&str]) -> Terminal {
        let (log, root) = (self.log.to_str().unwrap(), self.store.path().to_str().unwrap());
        let arguments = [&["-i", log, "-m", "logger", "--root", root, "--headers", HEADERS], more].concat();
        let seltui = Launch::seltui(&self.home, arguments).in_folder(&self.home.path("work")).start();
        seltui.wait_for("decided");
        seltui
    }

    fn look(&mut self, terminal: &Terminal, what: &str) {
        self.screens.look(terminal, what);
    }

    /// A denial that comes now.
    fn deny(&self, serial: u32, source: &str, target: &str, class: &str, permission: &str) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
        let (seconds, millis) = (now / 1000, now % 1000);
        let mut log = OpenOptions::new().append(true).open(&self.log).unwrap();
        writeln!(
            log,
            "type=AVC msg=audit({seconds}.{millis:03}:{serial}): avc:  denied  {{ {permission} }} for  pid=77 \
             comm=\"flb\" name=\"x\" dev=\"vda1\" ino=1 scontext=system_u:system_r:{source}:s0 \
             tcontext=system_u:object_r:{target}:s0 tclass={class} permissive=0"
        )
        .unwrap();
    }

    fn is_flagged(&self) -> bool {
        self.store.path().join("var/lib/selinux/default/active/disable_dontaudit").exists()
    }
}

fn is_possible() -> bool {
    all_here(&["tmux"]) && Store::is_possible()
}

#[test]
fn load_second_round_take_back_and_dontaudit_rules_out_and_in() {
    if !is_possible() {
        return;
    }
    let mut walk = Walk::new("walk-node");
    let before = walk.store.list();
    let mut seltui = walk.start(&[]);
    seltui.wait_for("0 of 3 decided");
    seltui.press(&["*", "n"]);
    seltui.wait_for("New domain");
    seltui.type_text("kube_logreader");
    seltui.press(&["Enter"]);
    seltui.wait_for("2 of 3 decided");
    seltui.press(&["n", "Enter"]);
    seltui.wait_for("3 of 3 decided");

    seltui.press(&["L"]);
    seltui.wait_for("folder:");
    seltui.press(&["Enter"]);
    let screen = seltui.wait_at_most(PATIENCE, "the dialog", |screen| screen.contains("[Load]"));
    walk.look(&seltui, "what loading means");
    for part in
        ["semodule -p ", "-s default -n -i ", "kube_logreader_t may", "container_log_t:dir read", "no running policy"]
    {
        assert!(without_breaks(&screen).contains(part), "{part:?} in\n{screen}");
    }
    assert_eq!(walk.store.list(), before, "nothing is done before yes is said");
    seltui.press(&["L"]);
    seltui.wait_at_most(PATIENCE, "the load", |screen| screen.contains("[loaded in") || screen.contains(" loaded in "));
    walk.look(&seltui, "loaded");
    assert!(walk.store.rules("-A", "kube_logreader_t").contains("allow kube_logreader_t container_log_t:dir read;"));

    // The second round: the program got a step further.
    std::thread::sleep(Duration::from_millis(5));
    walk.deny(9001, "kube_logreader_t", "container_var_lib_t", "dir", "search");
    walk.deny(9002, "container_t", "container_log_t", "file", "open");
    let screen = seltui.wait_for("2 since the load");
    walk.look(&seltui, "the second round");
    let rows: Vec<&str> = screen.lines().filter(|line| line.contains("container_")).take(3).collect();
    assert!(
        rows[0].contains("kube_logreader_t") && rows[1].contains("file"),
        "own domain first, then others since:\n{screen}"
    );
    seltui.press(&["v"]);
    let screen = seltui.wait_for("only since the load");
    assert!(!screen.contains("lnk_file"), "{screen}");
    seltui.press(&["v", "g", "a"]);
    seltui.wait_for("4 of 5 decided");
    seltui.press(&["L"]);
    let screen = seltui.wait_at_most(PATIENCE, "the dialog", |screen| screen.contains("[Load]"));
    walk.look(&seltui, "what loading once more means");
    assert!(without_breaks(&screen).contains("at priority 400 already, loaded by this session"), "{screen}");
    seltui.press(&["L"]);
    seltui.wait_at_most(PATIENCE, "the second load", |screen| screen.contains("0 since the load"));
    assert!(
        walk.store.rules("-A", "kube_logreader_t").contains("allow kube_logreader_t container_var_lib_t:dir search;")
    );

    seltui.press(&["N"]);
    let screen = seltui.wait_for("Loaded on this node");
    walk.look(&seltui, "what this program loaded");
    assert!(screen.contains("logger at priority 400: loaded"), "{screen}");
    // A key behind Escape at once is Alt and that key.
    seltui.press(&["Escape"]);
    seltui.wait_until("the list again", |screen| !screen.contains("Loaded on this node"));
    seltui.press(&["R"]);
    seltui.wait_at_most(PATIENCE, "the dialog", |screen| screen.contains("[Take back]"));
    walk.look(&seltui, "what taking back means");
    seltui.press(&["R"]);
    seltui.wait_at_most(PATIENCE, "the end of it", |screen| screen.contains("taken back in"));
    walk.look(&seltui, "taken back");
    assert_eq!(walk.store.list(), before);

    dontaudit(&mut walk, &mut seltui);
    assert_eq!(walk.store.list(), before);
    seltui.press(&["q"]);
    assert_eq!(seltui.wait_for_end(), 0);
}

fn dontaudit(walk: &mut Walk, seltui: &mut Terminal) {
    let hidden = walk.store.hidden_access();
    seltui.press(&["D"]);
    seltui.wait_at_most(PATIENCE, "the dialog", |screen| screen.contains("[dontaudit rules out]"));
    walk.look(seltui, "what taking dontaudit rules out means");
    assert!(!walk.is_flagged());
    seltui.press(&["D"]);
    seltui.wait_at_most(PATIENCE, "dontaudit rules out", |screen| screen.contains("dontaudit OFF"));
    assert!(walk.is_flagged());
    let [source, target, class, permission] = &hidden;
    walk.deny(9003, source, target, class, permission);
    walk.deny(9004, "nobody_t", "nothing_t", "file", "read");
    seltui.wait_for("2 since -DB, 1 had been hidden");
    walk.look(seltui, "the flood");
    seltui.press(&["v"]);
    let screen = seltui.wait_for("only without what came since");
    assert!(!screen.contains("nobody_t"), "{screen}");
    seltui.press(&["v"]);
    let screen = seltui.wait_for("only hidden by dontaudit");
    assert!(!screen.contains("nobody_t"), "{screen}");
    seltui.press(&["v", "v", "D"]);
    seltui.wait_at_most(PATIENCE, "the dialog", |screen| screen.contains("[dontaudit rules back]"));
    walk.look(seltui, "what putting them back means");
    seltui.press(&["D"]);
    seltui.wait_at_most(PATIENCE, "dontaudit rules in force", |screen| {
        screen.contains("dontaudit on") || screen.contains("back in")
    });
    walk.look(seltui, "dontaudit rules are in force again");
    assert!(!walk.is_flagged());
}

#[test]
fn however_the_program_ends_dontaudit_rules_are_in_again_or_offered() {
    if !is_possible() {
        return;
    }
    let mut walk = Walk::new("walk-guard");
    for (name, status) in [("q", Some(0)), ("HUP", None), ("KILL", None)] {
        let mut seltui = walk.start(&[]);
        seltui.wait_at_most(PATIENCE, "the state", |screen| screen.contains("dontaudit on"));
        seltui.press(&["D"]);
        seltui.wait_at_most(PATIENCE, "the dialog", |screen| screen.contains("[dontaudit rules out]"));
        seltui.press(&["D"]);
        seltui.wait_at_most(PATIENCE, "dontaudit rules out", |screen| screen.contains("dontaudit OFF"));
        assert!(walk.is_flagged());
        match status {
            Some(_) => seltui.press(&["q"]),
            None => signal(seltui.pid(), name),
        }
        let ended = seltui.wait_at_most(PATIENCE, "the end", |_| true);
        drop(ended);
        let begun = std::time::Instant::now();
        while seltui.status().is_none() {
            assert!(begun.elapsed() < PATIENCE, "it does not end after {name}:\n{}", seltui.screen());
            std::thread::sleep(Duration::from_millis(20));
        }
        if name != "KILL" {
            assert!(!walk.is_flagged(), "after {name}:\n{}", seltui.screen());
            let screen = seltui.screen();
            assert!(screen.contains("in force again"), "it says so after {name}:\n{screen}");
        }
    }
    // After the last one the rules are out, and the next start knows.
    assert!(walk.is_flagged());
    let mut seltui = walk.start(&[]);
    let screen = seltui.wait_at_most(PATIENCE, "the offer", |screen| screen.contains("[dontaudit rules back]"));
    assert!(without_breaks(&screen).contains("since an earlier seltui"), "{screen}");
    walk.look(&seltui, "the next start offers to put them back");
    seltui.press(&["D"]);
    seltui.wait_at_most(PATIENCE, "dontaudit rules in force", |screen| screen.contains("· dontaudit on"));
    assert!(!walk.is_flagged());
    seltui.press(&["q"]);
    assert_eq!(seltui.wait_for_end(), 0);
}

#[test]
fn read_only_shows_and_does_nothing() {
    if !is_possible() {
        return;
    }
    let mut walk = Walk::new("walk-read-only");
    let mut seltui = walk.start(&["--read-only"]);
    seltui.press(&["D"]);
    let screen = seltui.wait_at_most(PATIENCE, "the dialog", |screen| screen.contains("[dontaudit rules out]"));
    assert!(screen.contains("--read-only"), "{screen}");
    walk.look(&seltui, "only shown");
    seltui.press(&["D", "D", "Escape"]);
    seltui.wait_for("nothing was changed");
    assert!(!walk.is_flagged());
}

/// The text of a screen as if no line had been broken.
fn without_breaks(screen: &str) -> String {
    let lines = screen.lines().map(|line| line.trim_matches(|c: char| c.is_whitespace() || "│┌└─┐┘".contains(c)));
    lines.collect::<Vec<_>>().join(" ")
}
