//! What changes the node, in a real terminal and with the real semodule in a private store, where something stands in the way:
//! a password, a lock, a refusal, a name that is taken, no right at all.
#![allow(clippy::disallowed_methods, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)] // a test touches the machine

mod judge;
#[path = "node/standin.rs"]
mod standin;
#[path = "terminal/tmux.rs"]
mod tmux;

use std::{
    fs,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use judge::{HEADERS, Store, all_here, all_text};
use seltui::host::process::find_system_program;
use standin::StandIns;
use tmux::{Home, Launch, Modes, Terminal};

/// A build and a commit of the store on a machine that does something else besides.
const PATIENCE: Duration = Duration::from_secs(180);

struct Node {
    home: Home,
    store: Store,
    stand_ins: StandIns,
}

impl Node {
    fn new() -> Self {
        let store = Store::new();
        let (home, stand_ins) = (Home::new(), StandIns::new(store.root()));
        fs::create_dir_all(home.path("work")).unwrap();
        Self { home, store, stand_ins }
    }

    /// A log with one denial of a type that the policy knows, about one of this type.
    fn log(&self, target: &str) -> String {
        let log = self.home.path("audit.log");
        let line = format!(
            "type=AVC msg=audit(1656360224.779:1281): avc:  denied  {{ read }} for  pid=1 comm=\"x\" name=\"y\" dev=\"vda1\" \
             ino=1 scontext=system_u:system_r:getty_t:s0 tcontext=system_u:object_r:{target}:s0 tclass=file permissive=0\n"
        );
        fs::write(&log, line).unwrap();
        log.to_str().unwrap().to_owned()
    }

    /// The program with its arguments, behind `first` (which may say as whom it runs).
    fn start(&self, first: &[&str], program: &str, arguments: &[&str]) -> Terminal {
        let path = format!("PATH={}", self.stand_ins.search_path());
        let root = self.store.root().to_str().unwrap();
        let command = [&["env", &path], first, &[program, "--root", root, "--headers", HEADERS], arguments].concat();
        Launch::program(&self.home, command).in_folder(&self.home.path("work")).start()
    }

    fn seltui(&self, arguments: &[&str]) -> Terminal {
        self.start(&[], env!("CARGO_BIN_EXE_seltui"), arguments)
    }

    /// Decides the one denial, builds, and waits for the dialog.
    fn propose_load(terminal: &mut Terminal) {
        terminal.wait_for("0 of 1 decided");
        terminal.press(&["a"]);
        terminal.wait_for("1 of 1 decided");
        terminal.press(&["L"]);
        terminal.wait_for("folder:");
        terminal.press(&["Enter"]);
        see(terminal, "[Load]");
    }

    fn wait_for_hook(&self, name: &str) {
        let begun = Instant::now();
        while !self.stand_ins.hook(name).exists() {
            assert!(begun.elapsed() < PATIENCE, "semodule does not come to {name}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

fn see(terminal: &Terminal, text: &str) -> String {
    terminal.wait_at_most(PATIENCE, text, |screen| without_breaks(screen).contains(text))
}

/// The text of a screen as if no line had been broken.
fn without_breaks(screen: &str) -> String {
    let lines = screen.lines().map(|line| line.trim_matches(|c: char| c.is_whitespace() || "│┌└─┐┘".contains(c)));
    lines.collect::<Vec<_>>().join(" ")
}

fn is_possible() -> bool {
    all_here(&["tmux"]) && Store::is_possible()
}

#[test]
fn a_locked_store_says_who_holds_it_is_waited_for_and_given_up() {
    if !is_possible() {
        return;
    }
    let node = Node::new();
    let log = node.log("var_log_t");
    let lock = node.store.root().join("var/lib/selinux/default/semanage.trans.LOCK");
    let lock = fs::File::options().write(true).open(lock).unwrap();
    lock.lock().unwrap();
    let mut seltui = node.seltui(&["-i", &log, "-m", "locked"]);
    Node::propose_load(&mut seltui);
    seltui.press(&["L"]);
    let screen = see(&seltui, &format!("the store is locked by process {} (", std::process::id()));
    assert!(screen.lines().last().unwrap().contains("K give up"), "the way out is named:\n{screen}");
    // It stays usable meanwhile.
    seltui.press(&["?"]);
    seltui.wait_for("[Help]");
    seltui.press(&["Escape"]);
    seltui.wait_gone("[Help]");
    seltui.press(&["K"]);
    see(&seltui, "given up: nothing was changed");
    assert_eq!(node.store.listed("locked"), [""; 0]);

    seltui.press(&["L"]);
    see(&seltui, "[Load]");
    seltui.press(&["L"]);
    see(&seltui, "waiting");
    lock.unlock().unwrap();
    see(&seltui, "store only");
    assert_eq!(node.store.listed("locked").len(), 1);

    // A semodule that runs can be given up, too.
    seltui.press(&["R"]);
    see(&seltui, "[Take back]");
    node.stand_ins.hold("before.other");
    seltui.press(&["R"]);
    node.wait_for_hook("at.before.other");
    seltui.press(&["K"]);
    see(&seltui, "given up: nothing was changed");
    node.stand_ins.release();
    assert_eq!(node.store.listed("locked").len(), 1);

    // One that does nothing and ends well is not believed.
    for (key, title, what, sentence) in [
        ("R", "[Take back]", "other", "the store still has the module locked at priority 400"),
        ("D", "[dontaudit rules out]", "off", "the store does not say that they are out"),
    ] {
        fs::write(node.stand_ins.hook(&format!("idle.{what}")), "").unwrap();
        seltui.press(&[key]);
        see(&seltui, title);
        seltui.press(&[key]);
        see(&seltui, sentence);
        seltui.wait_for("dontaudit on");
    }
    assert_eq!(node.store.listed("locked").len(), 1);
}

#[test]
fn a_refused_module_is_brought_back_to_the_line_of_the_preview() {
    if !is_possible() {
        return;
    }
    let node = Node::new();
    let log = node.log("nosuch_t");
    let mut seltui = node.seltui(&["-i", &log, "-m", "odd"]);
    Node::propose_load(&mut seltui);
    seltui.press(&["L"]);
    let screen = see(&seltui, "nothing was changed: line ");
    assert!(without_breaks(&screen).contains("the policy on the node does not know nosuch_t"), "{screen}");
    // The preview shows it below its line.
    seltui.press(&["Tab", "Tab"]);
    let screen = seltui.wait_for("^ the policy on the node does not know nosuch_t");
    let lines: Vec<&str> = screen.lines().collect();
    let mark = lines.iter().position(|line| line.contains("^ the policy")).unwrap();
    assert!(lines[mark - 1].contains("allow getty_t nosuch_t:file read;"), "{screen}");
    assert_eq!(node.store.listed("odd"), [""; 0]);
}

#[test]
fn the_distributions_name_is_asked_for_three_times_and_nothing_is_done_by_halves() {
    if !is_possible() {
        return;
    }
    let node = Node::new();
    let log = node.log("var_log_t");
    let before = node.store.list();
    let mut seltui = node.seltui(&["-i", &log, "-m", "getty"]);
    Node::propose_load(&mut seltui);
    see(&seltui, "It is asked 2 more times after this.");
    for _ in 0..2 {
        seltui.press(&["L"]);
        see(&seltui, "Really? It shadows the distribution's own module at priority 100");
    }
    seltui.press(&["y"]);
    see(&seltui, "Really? It shadows the distribution's own module at priority 100");
    seltui.press(&["Escape"]);
    see(&seltui, "nothing was changed");
    assert_eq!(node.store.list(), before);
    seltui.press(&["q"]);
    assert_eq!(seltui.wait_for_end(), 0);
    assert!(!node.stand_ins.hook("at.before.other").exists(), "semodule was not started");
}

/// A sudo that asks for its password on the terminal, as the real one does, and then runs commands as root.
const SUDO: &str = r#"#!/bin/sh
case "$*" in
    "-n -v") [ -e "@HOOKS@/known" ]; exit ;;
    -v)
        trap 'stty echo </dev/tty; exit 1' INT
        stty -echo </dev/tty
        printf '[sudo] password for nobody: ' >/dev/tty
        read -r word </dev/tty
        stty echo </dev/tty
        echo >/dev/tty
        [ "$word" = secret ] || { echo "sudo: 1 incorrect password attempt" >/dev/tty; exit 1; }
        : >"@HOOKS@/known"
        exit 0 ;;
    "-n -- "*) [ -e "@HOOKS@/known" ] || exit 1 ;;
    *) exit 1 ;;
esac
shift 2
exec @SETPRIV@ --reuid=0 --regid=0 --clear-groups -- "$@"
"#;

fn run(program: &str, arguments: &[&str]) {
    let output = Command::new(program).args(arguments).output().unwrap();
    assert!(output.status.success(), "{program} {arguments:?}: {}", all_text(&output));
}

const NOBODY: [&str; 5] = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"];

/// Makes the home nobody's own, and closes the store; false, and said, where this test has no right to do so.
fn give_to_nobody(node: &Node) -> bool {
    if !judge::is_root() {
        judge::not_tried("to be somebody else takes root");
        return false;
    }
    run("chmod", &["755", node.store.root().to_str().unwrap(), node.stand_ins.hook("").to_str().unwrap()]);
    run("chmod", &["700", node.store.root().join("var/lib/selinux/default").to_str().unwrap()]);
    let binary = node.home.path("seltui");
    fs::copy(env!("CARGO_BIN_EXE_seltui"), &binary).unwrap();
    run("chown", &["-R", "65534:65534", node.home.path("").to_str().unwrap()]);
    true
}

#[test]
fn sudo_asks_on_a_released_terminal_which_is_taken_again() {
    if !is_possible() || !all_here(&["setpriv", "stty", "install"]) {
        return;
    }
    let node = Node::new();
    let log = node.log("var_log_t");
    let setpriv = node.stand_ins.hook("as-root");
    let setpriv = setpriv.to_str().unwrap();
    run("install", &["-m", "4755", find_system_program("setpriv").unwrap().to_str().unwrap(), setpriv]);
    let script = SUDO.replace("@HOOKS@", node.stand_ins.hook("").to_str().unwrap()).replace("@SETPRIV@", setpriv);
    node.stand_ins.program("sudo", &script);
    if !give_to_nobody(&node) {
        return;
    }
    run("chown", &["65534:65534", node.stand_ins.hook("").to_str().unwrap()]);
    let binary = node.home.path("seltui");
    let mut seltui = node.start(&NOBODY, binary.to_str().unwrap(), &["-i", &log, "-m", "asked"]);
    seltui.wait_for("0 of 1 decided");
    let raw = seltui.settings();

    // A wrong password, and the screen is there again with the reason.
    seltui.press(&["D"]);
    seltui.wait_for("password for nobody:");
    assert_eq!(seltui.modes(), Modes::SANE, "the terminal is released");
    seltui.type_text("wrong");
    seltui.press(&["Enter"]);
    see(&seltui, "sudo gave no right to change the node");
    assert!(seltui.modes().alternate_screen);
    assert_eq!(seltui.settings(), raw);

    // Ctrl-C at the question is sudo's, and ends it alone.
    seltui.press(&["s"]);
    seltui.wait_gone("sudo gave no right");
    seltui.press(&["D"]);
    seltui.wait_for("password for nobody:");
    seltui.press(&["C-c"]);
    see(&seltui, "sudo gave no right to change the node");
    assert!(seltui.modes().alternate_screen);
    assert_eq!(seltui.settings(), raw);

    // Keys that were typed for sudo reach nobody else.
    seltui.press(&["D"]);
    seltui.wait_for("password for nobody:");
    seltui.type_text("secret");
    seltui.press(&["Enter"]);
    let screen = see(&seltui, "[dontaudit rules out]");
    assert!(without_breaks(&screen).contains("sudo -n -- "), "{screen}");
    assert_eq!(seltui.settings(), raw);
    seltui.press(&["D"]);
    see(&seltui, "dontaudit OFF");
    // Ctrl-C in a dialog closes it; nothing is done.
    seltui.press(&["D"]);
    see(&seltui, "[dontaudit rules back]");
    seltui.press(&["C-c"]);
    seltui.wait_gone("[dontaudit rules back]");
    see(&seltui, "dontaudit OFF");
    let flag = node.store.root().join("var/lib/selinux/default/active/disable_dontaudit");
    assert!(flag.exists());
    seltui.press(&["q"]);
    let begun = Instant::now();
    while seltui.status().is_none() {
        assert!(begun.elapsed() < PATIENCE, "{}", seltui.screen());
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(seltui.screen().contains("they are in force again"), "{}", seltui.screen());
    assert!(!flag.exists());
    assert_eq!(seltui.modes(), Modes::SANE);
}

#[test]
fn ctrl_c_at_a_question_of_the_command_line_is_a_no() {
    if !is_possible() {
        return;
    }
    let node = Node::new();
    let before = node.store.list();
    let mut seltui = node.seltui(&["dontaudit", "off"]);
    seltui.wait_for("Take them out? [y/N]");
    seltui.press(&["C-c"]);
    assert_eq!(seltui.wait_for_end(), 1);
    seltui.wait_for("nothing was changed");
    assert!(!node.stand_ins.hook("at.before.off").exists(), "semodule was not started");
    assert_eq!(node.store.list(), before);
}

#[test]
fn who_has_no_right_is_shown_the_command() {
    if !is_possible() || !all_here(&["setpriv", "unshare"]) || judge::namespaces(&["-m"]).is_none() {
        return;
    }
    let node = Node::new();
    let log = node.log("var_log_t");
    if !give_to_nobody(&node) {
        return;
    }
    // A sudo that is here is hidden behind a file that is no program.
    let no_sudo = node.home.path("no-sudo");
    fs::write(&no_sudo, "").unwrap();
    let hide = format!(
        "for sudo in /usr/sbin/sudo /usr/bin/sudo /sbin/sudo /bin/sudo; do [ ! -e $sudo ] || mount --bind {} $sudo || exit; done; exec \"$@\"",
        no_sudo.display()
    );
    let first = [&["unshare", "-m", "--", "sh", "-c", &hide, "sh"], &NOBODY[..]].concat();
    let binary = node.home.path("seltui");
    let mut seltui = node.start(&first, binary.to_str().unwrap(), &["-i", &log, "-m", "shown"]);
    seltui.wait_for("0 of 1 decided");
    Node::propose_load(&mut seltui);
    let screen = see(&seltui, "this needs root, and there is no sudo here: copy the command and run it as root");
    let text = without_breaks(&screen);
    assert!(text.contains("/semodule -p ") && text.replace(' ', "").contains("/shown/shown.pp"), "{screen}");
    seltui.press(&["L", "y"]);
    see(&seltui, "the command: sent to the terminal's clipboard");
    assert!(!Path::new(&node.stand_ins.hook("at.before.other")).exists(), "semodule was not started");
}
