//! The first gate of the interfaces: stories A and B walked by hand at 80×24, from the log to a module that is installed in a
//! private store, in both dialects of the headers. Each screen is left as text in `target/walk-interfaces-…/`.
#![allow(clippy::disallowed_methods, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)] // a test touches the machine

mod judge;
#[path = "terminal/tmux.rs"]
mod tmux;

use std::{collections::BTreeSet, fs, time::Duration};

use judge::{HEADERS, Store, all_here, fixtures};
use tmux::{Home, Launch, Screens, Terminal};

/// How many keys story A may take, from the first frame to the module in the store; the characters of a typed name do not count.
const KEYS_AT_MOST: usize = 14;

/// Headers, a build and a commit of the store, by a program that was not optimised, on a machine that does something else besides.
const PATIENCE: Duration = Duration::from_secs(180);

/// A module of Debian's policy.
const CRON: &str = "/usr/share/selinux/default/cron.pp.bz2";

struct Walk {
    home: Home,
    store: Store,
    screens: Screens,
}

impl Walk {
    fn new(name: &str) -> Self {
        let (home, store) = (Home::new(), Store::new());
        fs::create_dir_all(home.path("work")).unwrap();
        Self { home, store, screens: Screens::below_target(name) }
    }

    fn start(&self, log: &str, more: &[&str]) -> Terminal {
        let log = fixtures().join("logs").join(log);
        let root = self.store.path().to_str().unwrap();
        let own = ["-i", log.to_str().unwrap(), "-m", "logger", "--root", root, "--headers", HEADERS];
        Launch::seltui(&self.home, [&own, more].concat()).in_folder(&self.home.path("work")).start()
    }

    fn look(&mut self, terminal: &Terminal, what: &str) {
        self.screens.look(terminal, what);
    }

    /// Builds the module into the folder that is offered and installs it: the end of both stories.
    fn load(&mut self, seltui: &mut Terminal) {
        seltui.press(&["L"]);
        let screen = seltui.wait_for("folder:");
        assert!(screen.contains("workload.txt there"), "every file that is written is named:\n{screen}");
        seltui.press(&["Enter"]);
        seltui.wait_at_most(PATIENCE, "the dialog", |screen| screen.contains("[Load]"));
        self.look(seltui, "what loading means");
        seltui.press(&["L"]);
        seltui.wait_at_most(PATIENCE, "the load", |screen| screen.contains("loaded in"));
        self.look(seltui, "loaded");
    }

    fn written(&self, file: &str) -> String {
        fs::read_to_string(self.home.path("work/logger").join(file)).unwrap()
    }
}

/// The statements of a `.te` without remarks, order and blank lines.
fn statements(te: &str) -> BTreeSet<&str> {
    te.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')).collect()
}

fn is_possible() -> bool {
    all_here(&["tmux"]) && Store::is_possible()
}

/// `ticks` chooses what the domain shall have besides.
fn story_a(name: &str, headers: &[&str], template: &str, ticks: &[&str], expected: &str) {
    let mut walk = Walk::new(name);
    let mut seltui = walk.start("story-a.log", headers);
    seltui.wait_for("0 of 3 decided");
    seltui.press(&["*", "n"]);
    seltui.wait_for("New domain");
    seltui.type_text("kube_logreader");
    let screen = seltui.wait_at_most(PATIENCE, "the template", |screen| screen.contains(template));
    walk.look(&seltui, "the template as these headers spell it");
    assert!(screen.contains("[ ] corenet_unconfined(kube_logreader_t)"), "{screen}");
    assert!(screen.contains(&format!("▸ {template}")), "the container's template is chosen already:\n{screen}");
    seltui.press(ticks);
    walk.look(&seltui, "what it shall have besides is ticked");
    seltui.press(&["Enter"]);
    seltui.wait_for("2 of 3 decided");
    seltui.press(&["n"]);
    seltui.wait_for("what the session has for it already");
    seltui.press(&["Enter"]);
    seltui.wait_for("3 of 3 decided");
    walk.look(&seltui, "everything is decided");
    walk.load(&mut seltui);
    let keys = seltui.keys_pressed();
    seltui.press(&["w"]);
    let screen = seltui.wait_for("type: kube_logreader_t");
    walk.look(&seltui, "how a workload runs in it");
    assert!(screen.contains("kubectl"), "{screen}");
    seltui.press(&["q", "q"]);
    assert_eq!(seltui.wait_for_end(), 0);

    println!("story A, {name}: {keys} keys");
    assert!(keys <= KEYS_AT_MOST, "{keys} keys");
    let (te, expected) = (walk.written("logger.te"), fs::read_to_string(fixtures().join(expected)).unwrap());
    assert_eq!(statements(&te), statements(&expected), "{te}");
    assert!(walk.written("workload.txt").contains("--security-opt label=type:kube_logreader_t"));
    let rules = walk.store.rules("-A", "kube_logreader_t");
    assert!(rules.contains("allow kube_logreader_t container_var_lib_t:file { getattr open read };"), "{rules:?}");
    assert!(!walk.store.listed("logger").is_empty());
}

#[test]
fn story_a_where_the_template_takes_one_argument() {
    if !is_possible() {
        return;
    }
    let template = "container_domain_template(kube_logreader)";
    story_a("walk-interfaces-a-one", &[], template, &["Tab", "Space"], "stories-one.te");
}

#[test]
fn story_a_where_the_template_takes_two_arguments() {
    if !is_possible() {
        return;
    }
    let over = fixtures().join("two-argument").display().to_string();
    let template = "container_domain_template(kube_logreader, container)";
    let ticks = ["Tab", "Space", "Down", "Space"];
    story_a("walk-interfaces-a-two", &["--headers", &over], template, &ticks, "stories-two.te");
}

#[test]
fn story_b_ends_in_one_call_and_what_stays() {
    if !is_possible() {
        return;
    }
    let mut walk = Walk::new("walk-interfaces-b");
    // The store of the tests is a slim one; of Debian's modules cron declares a log type that the story tells of.
    if !all_here(&[CRON]) {
        return;
    }
    walk.store.install("cron", &fs::read(CRON).unwrap()).unwrap();
    let mut seltui = walk.start("story-b.log", &[]);
    seltui.wait_for("0 of 5 decided");
    seltui.press(&["*", "n"]);
    seltui.wait_for("New domain");
    seltui.type_text("container_logger");
    let template = "▸ container_domain_template(container_logger)";
    seltui.wait_at_most(PATIENCE, "the template", |screen| screen.contains(template));
    // What it may have besides: corenet_unconfined, an attribute that the policy has types under, and what is typed: the policy of
    // the tests has no type under sandbox_net_domain, and such an attribute is in no kernel policy.
    seltui.press(&["Tab", "Down", "Down"]);
    let screen = seltui.wait_for("▸ [ ] another attribute or call:");
    assert!(screen.contains("[ ] corenet_unconfined(container_logger_t)"), "{screen}");
    assert!(screen.contains("[ ] attribute container_net_domain"), "{screen}");
    seltui.type_text("sandbox_net_domain");
    seltui.wait_for("an installed module must declare it");
    walk.look(&seltui, "what else the domain may have");
    seltui.press(&["Enter"]);
    seltui.wait_for("5 of 5 decided");
    seltui.press(&["i"]);
    let screen = seltui.wait_for("logging_manage_all_logs(container_logger_t)");
    walk.look(&seltui, "the interfaces that cover all of it together");
    assert!(screen.contains("covers 16 of 18"), "{screen}");
    seltui.press(&["PageDown"]);
    walk.look(&seltui, "what stays and what would cover it");
    seltui.press(&["g", "Enter"]);
    seltui.wait_for("5 of 5 decided");
    walk.look(&seltui, "the call is taken");
    walk.load(&mut seltui);
    println!("story B: {} keys", seltui.keys_pressed());
    seltui.press(&["q"]);
    assert_eq!(seltui.wait_for_end(), 0);
    let te = walk.written("logger.te");
    let expected = fs::read_to_string(fixtures().join("story-b.te")).unwrap();
    assert_eq!(statements(&te), statements(&expected), "{te}");
    assert!(!walk.store.listed("logger").is_empty());
}
