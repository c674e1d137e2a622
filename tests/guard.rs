//! Dontaudit rules are never left out unknown: every way to end, at every step, with a real semodule in a private store.
//!
//! After each end, when all that the program started has ended too: the rules are in, or a mark is there and the next start
//! says so and puts them back. Where the program was left alive for a moment (all ends but `kill -9` of itself) they must be
//! in. A few cells of the matrix are tried always; the whole takes minutes: `SELTUI_GUARD=all cargo test --test guard -- --nocapture
//! whatever`, and `SELTUI_GUARD=Out-Screen` only those that are called so.
#![allow(clippy::disallowed_methods, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)] // a test touches the machine

#[path = "judge/mod.rs"]
mod judge;
#[path = "node/standin.rs"]
mod standin;
#[path = "terminal/tmux.rs"]
mod tmux;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

use judge::{Store, all_here, all_text};
use seltui::host::{
    directories::Directories,
    dontaudit::{MarkFile, OffPlan},
    install::{Reload, Target},
    panic,
    process::Cancel,
};
use standin::StandIns;
use tmux::{Home, Launch, Terminal};

/// Where the program is when the end comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// It waits for a locked store: nothing has happened.
    Waiting,
    /// The mark stands; `semodule -DB` was started and has done nothing.
    BeforeOff,
    /// `semodule -DB` has made its sandbox.
    DuringOff,
    /// `semodule -DB` has done all, and not ended.
    AfterOff,
    /// The rules are out.
    Out,
    /// `semodule -B` was started and has done nothing.
    BeforeOn,
    /// `semodule -B` has made its sandbox.
    DuringOn,
    /// `semodule -B` has done all, and not ended: the mark still stands.
    AfterOn,
}

const STEPS: [Step; 8] = [
    Step::Waiting,
    Step::BeforeOff,
    Step::DuringOff,
    Step::AfterOff,
    Step::Out,
    Step::BeforeOn,
    Step::DuringOn,
    Step::AfterOn,
];

/// Which of the program's two faces it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Face {
    /// `seltui dontaudit off --for 1h`.
    Line,
    /// The terminal program, by its key.
    Screen,
}

/// How it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// The key that quits the terminal program.
    Quit,
    Terminate,
    Interrupt,
    HangUp,
    Kill,
    /// `kill -9` of the terminal that it runs in.
    KillTerminal,
    /// `kill -9` of the shell that started it and of the one that leads the session, as of an ssh's.
    KillParent,
    /// `kill -9` of the semodule that runs; in between, of nothing, and it is asked to end.
    KillSemodule,
    /// Two fatal signals, one after the other.
    TerminateTwice,
    /// A fault of the program itself, on another thread than the one that is at work.
    Panic,
}

const ENDS: [(Face, End); 19] = [
    (Face::Line, End::Terminate),
    (Face::Line, End::Interrupt),
    (Face::Line, End::HangUp),
    (Face::Line, End::Kill),
    (Face::Line, End::KillTerminal),
    (Face::Line, End::KillParent),
    (Face::Line, End::KillSemodule),
    (Face::Line, End::TerminateTwice),
    (Face::Line, End::Panic),
    (Face::Screen, End::Quit),
    (Face::Screen, End::Terminate),
    (Face::Screen, End::Interrupt),
    (Face::Screen, End::HangUp),
    (Face::Screen, End::Kill),
    (Face::Screen, End::KillTerminal),
    (Face::Screen, End::KillParent),
    (Face::Screen, End::KillSemodule),
    (Face::Screen, End::TerminateTwice),
    (Face::Screen, End::Panic),
];

/// What runs always: each step, and each end, at least once.
const SAMPLE: [(Step, Face, End); 13] = [
    (Step::Waiting, Face::Line, End::Interrupt),
    (Step::BeforeOff, Face::Line, End::HangUp),
    (Step::DuringOff, Face::Line, End::Kill),
    (Step::AfterOff, Face::Line, End::TerminateTwice),
    (Step::Out, Face::Line, End::KillTerminal),
    (Step::BeforeOn, Face::Line, End::KillParent),
    (Step::DuringOn, Face::Line, End::KillSemodule),
    (Step::AfterOn, Face::Line, End::Terminate),
    (Step::DuringOff, Face::Screen, End::Quit),
    (Step::Out, Face::Screen, End::KillTerminal),
    (Step::BeforeOff, Face::Line, End::Panic),
    (Step::Out, Face::Screen, End::Panic),
    (Step::DuringOn, Face::Screen, End::Panic),
];

/// A machine that does ten other things takes its time.
const PATIENCE: Duration = Duration::from_secs(600);

/// Tells this test program that it is the one that panics, when, and as what.
const PANIC: &str = "SELTUI_TEST_GUARD";

/// A node, and the program on it.
struct Scene {
    store: Store,
    stand_ins: StandIns,
    home: Home,
}

/// The program in one of its surroundings.
enum Running {
    Alone(Child),
    InTerminal(Terminal),
}

impl Scene {
    fn new() -> Self {
        let store = Store::new();
        let stand_ins = StandIns::new(store.root());
        Self { store, stand_ins, home: Home::new() }
    }

    fn arguments(&self, arguments: &[&str]) -> Vec<String> {
        let root = self.store.root().to_str().unwrap();
        let words = [&["dontaudit"], arguments, &["--root", root]].concat();
        words.into_iter().map(str::to_owned).collect()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_seltui"));
        command.args(self.arguments(arguments)).stdin(Stdio::null());
        command.env_clear().envs(self.home.environment()).env("PATH", self.stand_ins.search_path());
        command
    }

    fn seltui(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Starts one of the faces, in a terminal where the end needs one.
    fn start(&self, face: Face, end: End) -> Running {
        let arguments = match face {
            Face::Line => self.arguments(&["off", "--for", "1h", "--yes"]),
            Face::Screen => {
                let log = self.home.path("audit.log");
                fs::write(&log, "").unwrap();
                let root = self.store.root().to_str().unwrap();
                ["-i", log.to_str().unwrap(), "-m", "guarded", "--root", root].map(str::to_owned).to_vec()
            }
        };
        let seltui = env!("CARGO_BIN_EXE_seltui").to_owned();
        if face == Face::Line && !matches!(end, End::KillTerminal | End::KillParent | End::Panic) {
            let mut command = self.command(&["off", "--for", "1h", "--yes"]);
            return Running::Alone(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
        }
        let program = match end {
            End::Panic => self.fragile(&arguments),
            // The second command keeps the shell from becoming the program.
            End::KillParent => vec!["sh".into(), "-c".into(), format!("{seltui} {}; true", arguments.join(" "))],
            _ => [vec![seltui], arguments].concat(),
        };
        // tmux gives a pane the PATH of its client, whatever it is told.
        let path = format!("PATH={}", self.stand_ins.search_path());
        let terminal = Launch::program(&self.home, [vec!["env".into(), path], program].concat()).start();
        Running::InTerminal(terminal)
    }

    /// The program inside of this test program, with a thread that panics when it is told to. The root stands in its argument
    /// vector, where a test's name may, so that it is found by it.
    fn fragile(&self, arguments: &[String]) -> Vec<String> {
        let wish = format!("{PANIC}={}", [&[text_of(&self.stand_ins.hook("panic"))], arguments].concat().join("\n"));
        let own = text_of(&std::env::current_exe().unwrap());
        let root = text_of(self.store.root());
        let words = [&wish, &own, "--exact", "the_program_that_panics", &root, "--nocapture", "--test-threads=1"];
        ["env".to_owned()].into_iter().chain(words.map(str::to_owned)).collect()
    }

    /// Presses the key that takes the rules out, or puts them back, and says yes.
    fn press_twice(terminal: &mut Terminal, dialog: &str) {
        terminal.press(&["D"]);
        terminal.wait_at_most(PATIENCE, dialog, |screen| screen.contains(dialog));
        terminal.press(&["D"]);
    }

    /// Brings the program to the step, where it stands still.
    fn bring_to(&self, step: Step, face: Face, program: &mut Running) {
        if let (Face::Screen, Running::InTerminal(terminal)) = (face, &mut *program) {
            terminal.wait_at_most(PATIENCE, "the state", |screen| screen.contains("dontaudit on"));
            Self::press_twice(terminal, "[dontaudit rules out]");
        }
        match step {
            Step::Waiting => match program {
                Running::InTerminal(terminal) if face == Face::Screen => {
                    terminal.wait_at_most(PATIENCE, "the lock", |screen| screen.contains("the store is locked by"));
                }
                _ => thread::sleep(Duration::from_millis(400)),
            },
            Step::BeforeOff => self.wait_for("at.before.off"),
            Step::DuringOff => self.wait_for("at.during.off"),
            Step::AfterOff => self.wait_for("at.after.off"),
            Step::Out => self.wait_for_out(),
            Step::BeforeOn | Step::DuringOn | Step::AfterOn => {
                self.wait_for_out();
                match program {
                    Running::InTerminal(terminal) if face == Face::Screen => {
                        terminal.wait_at_most(PATIENCE, "them out", |screen| screen.contains("dontaudit OFF"));
                        Self::press_twice(terminal, "[dontaudit rules back]");
                    }
                    program => signal(self.program(program), "TERM"),
                }
                self.wait_for(&format!("at.{}", place(step).unwrap()));
            }
        }
    }

    fn wait_for(&self, hook: &str) {
        let path = self.stand_ins.hook(hook);
        until(&format!("{hook} of semodule"), || path.exists());
    }

    /// `-DB` has ended, and so the program waits.
    fn wait_for_out(&self) {
        self.wait_for("at.after.off");
        until("the end of semodule -DB", || semodules(self.store.root()).is_empty());
        thread::sleep(Duration::from_millis(150));
    }

    /// The process of the program itself.
    fn program(&self, running: &Running) -> u32 {
        match running {
            Running::Alone(child) => child.id(),
            Running::InTerminal(_) => {
                let programs = [env!("CARGO_BIN_EXE_seltui").to_owned(), text_of(&std::env::current_exe().unwrap())];
                let found = || {
                    processes().into_iter().find(|(_, words)| {
                        words.first().is_some_and(|word| programs.contains(word))
                            && words.iter().any(|word| word == self.store.root().to_str().unwrap())
                    })
                };
                until("the program", || found().is_some());
                found().unwrap().0
            }
        }
    }

    fn end(&self, end: End, running: &mut Running) {
        let program = self.program(running);
        match end {
            End::Quit => {
                let Running::InTerminal(terminal) = running else { panic!("a terminal") };
                terminal.press(&["q"]);
            }
            End::Terminate => signal(program, "TERM"),
            End::Interrupt => signal(program, "INT"),
            End::HangUp => signal(program, "HUP"),
            End::Kill => signal(program, "KILL"),
            End::TerminateTwice => {
                signal(program, "TERM");
                thread::sleep(Duration::from_millis(50));
                signal(program, "HUP");
            }
            End::KillTerminal => {
                let Running::InTerminal(terminal) = running else { panic!("a terminal") };
                // Above the program stands the shell that leads the terminal's session, and above that the terminal.
                signal(parent(parent(terminal.pid())), "KILL");
            }
            End::KillParent => {
                let Running::InTerminal(terminal) = running else { panic!("a terminal") };
                let shell = terminal.pid();
                assert_ne!(shell, program, "a shell stands between");
                signal(parent(shell), "KILL");
                signal(shell, "KILL");
            }
            End::Panic => fs::write(self.stand_ins.hook("panic"), "").unwrap(),
            End::KillSemodule => {
                for pid in semodules(self.store.root()) {
                    signal(pid, "KILL");
                }
                // It has put the rules back by then, or nothing was running and it goes on waiting.
                thread::sleep(Duration::from_millis(300));
                signal(program, "TERM");
            }
        }
        // What stood still goes on. A script that was asked to end has left its semodule standing.
        thread::sleep(Duration::from_millis(100));
        self.stand_ins.release();
        let begun = Instant::now();
        let is_there = |pid: u32| Path::new(&format!("/proc/{pid}")).exists();
        while begun.elapsed() < PATIENCE {
            if let Running::Alone(child) = running {
                let _ = child.try_wait();
            }
            self.stand_ins.release();
            if !is_there(program) && semodules(self.store.root()).is_empty() {
                return;
            }
            thread::sleep(Duration::from_millis(50));
        }
        panic!("they do not end: program {}, semodule {:?}", is_there(program), semodules(self.store.root()));
    }

    fn mark(&self) -> bool {
        let folder = self.home.path("state/seltui/dontaudit");
        let folder = if folder.exists() { folder } else { state_folder(&self.home).join("seltui/dontaudit") };
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        entries.into_iter().any(|entry| entry.path().extension().is_some_and(|ending| ending == "mark"))
    }

    /// Where the program makes its mark.
    fn mark_file(&self) -> PathBuf {
        let directories =
            Directories { config: self.home.path("config"), state: state_folder(&self.home).join("seltui") };
        let policy = MarkFile::of(&directories, self.store.root()).policy();
        PathBuf::from(policy.to_str().unwrap().strip_suffix(".policy").unwrap().to_owned() + ".mark")
    }

    /// What the journals of all sessions hold.
    fn journal(&self) -> String {
        let find = |folder: &Path| {
            let output = Command::new("find").arg(folder).args(["-name", "journal"]).output().unwrap();
            String::from_utf8(output.stdout).unwrap()
        };
        find(&state_folder(&self.home)).lines().map(|path| fs::read_to_string(path).unwrap()).collect()
    }

    fn is_out(&self) -> bool {
        let flag = self.store.root().join("var/lib/selinux/default/active/disable_dontaudit").exists();
        flag || self.store.dontaudit_rules() == 0
    }

    /// The judgement; an error says what is wrong.
    fn judge(&self, may_be_out: bool) -> Result<&'static str, String> {
        let (is_out, mark) = (self.is_out(), self.mark());
        if is_out && !mark {
            return Err("the rules are out and nobody knows".to_owned());
        }
        if is_out && !may_be_out {
            return Err("the rules are out though the program could have put them back".to_owned());
        }
        let status = all_text(&self.seltui(&["status"]));
        if !is_out {
            if !status.ends_with("on\n") && !status.starts_with("on\n") {
                return Err(format!("the rules are in, and the next start says: {status}"));
            }
            return if self.mark() { Err("a mark stays though the rules are in".to_owned()) } else { Ok("in") };
        }
        if !status.contains("since an earlier seltui") {
            return Err(format!("the next start does not offer it: {status}"));
        }
        let put_back = self.seltui(&["on", "--yes"]);
        if !put_back.status.success() || self.is_out() || self.mark() {
            return Err(format!("the next start can't put them back: {}", all_text(&put_back)));
        }
        Ok("offered")
    }
}

fn text_of(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

/// Where the state of a home is kept.
fn state_folder(home: &Home) -> PathBuf {
    home.environment().into_iter().find(|(name, _)| *name == "XDG_STATE_HOME").unwrap().1.into()
}

/// The place of the stand-in at which a step is held.
fn place(step: Step) -> Option<&'static str> {
    match step {
        Step::Waiting | Step::Out => None,
        Step::BeforeOff => Some("before.off"),
        Step::DuringOff => Some("during.off"),
        Step::AfterOff => Some("after.off"),
        Step::BeforeOn => Some("before.on"),
        Step::DuringOn => Some("during.on"),
        Step::AfterOn => Some("after.on"),
    }
}

fn signal(pid: u32, name: &str) {
    // It may have ended meanwhile.
    let _ = Command::new("kill").args([&format!("-{name}"), &pid.to_string()]).stderr(Stdio::null()).status();
}

fn until(what: &str, is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < PATIENCE, "waited {PATIENCE:?} for {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// Every process that has not ended, with its argument vector.
fn processes() -> Vec<(u32, Vec<String>)> {
    let entries = fs::read_dir("/proc").unwrap().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    pids.filter_map(|pid| {
        let command = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
        let words: Vec<_> =
            command.split(|byte| *byte == 0).map(|word| String::from_utf8_lossy(word).into_owned()).collect();
        (!command.is_empty()).then_some((pid, words))
    })
    .collect()
}

/// The processes that work on the store below this root: the real semodule, and the script that started it.
fn semodules(root: &Path) -> Vec<u32> {
    let root = root.to_str().unwrap();
    let is_one = |words: &[String]| {
        words.iter().take(2).any(|word| word.ends_with("/semodule")) && words.iter().any(|word| word == root)
    };
    processes().into_iter().filter(|(_, words)| is_one(words)).map(|(pid, _)| pid).collect()
}

fn parent(pid: u32) -> u32 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    status.lines().find_map(|line| line.strip_prefix("PPid:")).unwrap().trim().parse().unwrap()
}

fn cell(step: Step, face: Face, end: End) -> Result<&'static str, String> {
    let scene = Scene::new();
    let lock = (step == Step::Waiting).then(|| {
        let path = scene.store.root().join("var/lib/selinux/default/semanage.trans.LOCK");
        let lock = fs::File::options().write(true).open(path).unwrap();
        lock.lock().unwrap();
        lock
    });
    if let Some(place) = place(step) {
        scene.stand_ins.hold(place);
    }
    let mut running = scene.start(face, end);
    scene.bring_to(step, face, &mut running);
    scene.end(end, &mut running);
    drop(lock);
    if let (End::Panic, Running::InTerminal(terminal)) = (end, &running) {
        assert_eq!(terminal.wait_for_end(), 101);
        assert!(terminal.screen().contains("a fault"), "{}", terminal.screen());
        // What the panic's hook ran stands in the session as what a person had asked for.
        let journal = scene.journal();
        let is_told = journal.contains(" -B\"");
        assert!(step != Step::Out || is_told, "no -B in the session: {journal}");
    }
    scene.judge(end == End::Kill)
}

#[test]
fn whatever_ends_it_the_rules_are_in_or_the_next_start_offers_it() {
    if !Store::is_possible() || !all_here(&["tmux", "seinfo", "kill"]) {
        return;
    }
    let cells: Vec<_> = match std::env::var("SELTUI_GUARD") {
        Ok(wish) => {
            let all = STEPS.into_iter().flat_map(|step| ENDS.map(|(face, end)| (step, face, end)));
            let is_wished = |name: String| wish == "all" || name.contains(&wish);
            all.filter(|(step, face, end)| is_wished(format!("{step:?}-{face:?}-{end:?}"))).collect()
        }
        Err(_) => SAMPLE.to_vec(),
    };
    let (mut put_back, mut offered, mut exceptions) = (0, 0, Vec::new());
    for (step, face, end) in &cells {
        let begun = Instant::now();
        let judged = cell(*step, *face, *end);
        eprintln!("{step:?} {face:?} {end:?}: {judged:?} ({:.1} s)", begun.elapsed().as_secs_f64());
        match judged {
            Ok("in") => put_back += 1,
            Ok(_) => offered += 1,
            Err(why) => exceptions.push(format!("{step:?} {face:?} {end:?}: {why}")),
        }
    }
    eprintln!(
        "{} ends: rules in {put_back}, offered by the next start {offered}, exceptions {}",
        cells.len(),
        exceptions.len()
    );
    assert_eq!(exceptions, [""; 0]);
}

/// Not a test of its own: what [`Scene::fragile`] starts.
#[test]
fn the_program_that_panics() {
    let Ok(wish) = std::env::var(PANIC) else { return };
    let mut words = wish.split('\n').map(str::to_owned);
    let told = PathBuf::from(words.next().unwrap());
    thread::spawn(move || {
        while !told.exists() {
            thread::sleep(Duration::from_millis(5));
        }
        panic!("a fault");
    });
    let status = seltui::cli::main_with(std::iter::once("seltui".to_owned()).chain(words).map(Into::into));
    assert_eq!(format!("{status:?}"), "it panics before", "the end of the program");
}

#[test]
fn a_panic_in_the_midst_of_semodule_s_output_puts_them_back() {
    if !Store::is_possible() || !all_here(&["seinfo"]) {
        return;
    }
    let scene = Scene::new();
    fs::write(scene.stand_ins.hook("says"), "").unwrap();
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "the_work_that_panics", "--nocapture"])
        .env_clear()
        .envs(scene.home.environment())
        .env("PATH", scene.stand_ins.search_path())
        .env(PANIC, scene.store.root())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(101), "{}", all_text(&output));
    assert!(all_text(&output).contains("the dontaudit rules are being put back"), "{}", all_text(&output));
    assert_eq!(scene.judge(false), Ok("in"));
}

/// Not a test of its own: what the one above starts. The thread that panics is the one that is at work.
#[test]
fn the_work_that_panics() {
    let Ok(root) = std::env::var(PANIC) else { return };
    panic::before_message(|| {});
    let target = Target::find(Path::new(&root), Reload::Yes).unwrap();
    let file = MarkFile::of(&Directories::of_user().unwrap(), Path::new(&root));
    let plan = OffPlan::prepare(&target, &file).unwrap();
    let _ = plan.run(None, &mut |line| panic!("a fault at {line}"), &Cancel::new(), &mut |_| {});
}

#[test]
fn without_room_for_the_mark_nothing_is_done() {
    if !Store::is_possible() || !all_here(&["seinfo"]) {
        return;
    }
    let scene = Scene::new();
    let arguments = scene.arguments(&["off", "--yes"]).join(" ");
    let mut command = scene.command(&[]);
    let limited = format!("trap '' XFSZ; ulimit -f 0; exec {} {arguments}", env!("CARGO_BIN_EXE_seltui"));
    let output = Command::new("sh")
        .args(["-c", &limited])
        .env_clear()
        .envs(
            command
                .env("XDG_STATE_HOME", state_folder(&scene.home))
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = all_text(&output);
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert!(text.contains("cannot be written, so nothing was changed: make room"), "{text}");
    assert!(!scene.mark() && !scene.is_out());
    assert!(!scene.stand_ins.hook("at.before.off").exists(), "semodule was not started");
}

#[test]
fn a_disk_that_is_full_when_the_mark_is_written_is_told_by_both_faces() {
    if !Store::is_possible() || !all_here(&["tmux", "seinfo", "/dev/full"]) {
        return;
    }
    let scene = Scene::new();
    // The first start makes the folder; then what the mark is written to has no room.
    let status = scene.seltui(&["off"]);
    assert_eq!(status.status.code(), Some(1), "nobody said yes: {}", all_text(&status));
    let folder = state_folder(&scene.home).join("seltui/dontaudit");
    fs::create_dir_all(&folder).unwrap();
    let mark = scene.mark_file();
    std::os::unix::fs::symlink("/dev/full", mark.with_extension("mark.new")).unwrap();
    let sentence = "cannot be written, so nothing was changed: make room on that disk";
    let output = scene.seltui(&["off", "--yes"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        all_text(&output).contains(sentence) && all_text(&output).contains("No space left"),
        "{}",
        all_text(&output)
    );
    let full = mark.with_extension("mark.new");
    if !full.exists() {
        std::os::unix::fs::symlink("/dev/full", &full).unwrap();
    }
    let mut running = scene.start(Face::Screen, End::Quit);
    let Running::InTerminal(terminal) = &mut running else { panic!("a terminal") };
    terminal.wait_at_most(PATIENCE, "the state", |screen| screen.contains("dontaudit on"));
    Scene::press_twice(terminal, "[dontaudit rules out]");
    let is_told = |screen: &str| {
        screen.split(['│', ' ', '\n']).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ").contains(sentence)
    };
    terminal.wait_at_most(PATIENCE, sentence, is_told);
    assert!(terminal.screen().contains("dontaudit on"), "{}", terminal.screen());
    assert!(!scene.mark() && !scene.is_out());
    assert!(!scene.stand_ins.hook("at.before.off").exists(), "semodule was not started");
    terminal.press(&["q"]);
    assert_eq!(terminal.wait_for_end(), 0);
}

#[test]
fn of_two_programs_one_takes_them_out_and_the_other_keeps_its_hands_off() {
    if !Store::is_possible() || !all_here(&["tmux", "seinfo", "kill"]) {
        return;
    }
    let scene = Scene::new();
    let refused = |arguments: &[&str], sentence: &str| {
        let output = scene.seltui(arguments);
        assert!(
            !output.status.success() && all_text(&output).contains(sentence),
            "{arguments:?}: {}",
            all_text(&output)
        );
    };
    // While the first one's `-DB` runs, while they are out, and while its `-B` runs.
    scene.stand_ins.hold("during.off");
    let mut first =
        scene.command(&["off", "--for", "1h", "--yes"]).stderr(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
    let held = format!("another seltui (pid {}) has taken the dontaudit rules out", first.id());
    scene.wait_for("at.during.off");
    refused(&["off", "--yes"], &held);
    refused(&["on", "--yes"], &held);
    scene.stand_ins.release();
    scene.wait_for_out();
    refused(&["off", "--yes"], &held);
    refused(&["on", "--yes"], &held);
    // The terminal program says so at its start, and does not offer what it may not do.
    let mut second = scene.start(Face::Screen, End::Quit);
    let Running::InTerminal(terminal) = &mut second else { panic!("a terminal") };
    terminal.wait_at_most(PATIENCE, "who has them out", |screen| {
        screen.contains(&format!("another seltui (pid {})", first.id()))
    });
    Scene::press_twice(terminal, "[dontaudit rules back]");
    terminal.wait_at_most(PATIENCE, "that it is not done", |screen| {
        screen.contains("nothing was changed") && screen.contains(&format!("another seltui (pid {})", first.id()))
    });
    assert!(scene.is_out() && scene.mark());
    scene.stand_ins.hold("before.on");
    signal(first.id(), "TERM");
    scene.wait_for("at.before.on");
    refused(&["off", "--yes"], &held);
    refused(&["on", "--yes"], &held);
    scene.stand_ins.release();
    assert_eq!(first.wait().unwrap().code(), Some(0));
    terminal.press(&["q"]);
    assert_eq!(terminal.wait_for_end(), 0);
    assert_eq!(scene.judge(false), Ok("in"));

    // Two at the same moment, to take out and to put back what nobody looks after: one does it, and they are as they should be.
    let both = |arguments: &[&str]| {
        let start = || scene.command(arguments).stderr(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let children = [start(), start()];
        children.map(|child| child.wait_with_output().unwrap())
    };
    let outputs = both(&["off", "--yes"]);
    assert_eq!(
        outputs.iter().filter(|output| output.status.success()).count(),
        1,
        "{:?}",
        outputs.map(|one| all_text(&one))
    );
    assert!(scene.is_out() && scene.mark());
    let outputs = both(&["on", "--yes"]);
    let done = outputs.iter().filter(|output| output.status.success()).count();
    assert!(done >= 1, "{:?}", outputs.map(|one| all_text(&one)));
    assert_eq!(scene.judge(false), Ok("in"));
}

#[test]
fn what_somebody_else_took_out_is_shown_and_put_back_only_when_asked() {
    if !Store::is_possible() || !all_here(&["seinfo"]) {
        return;
    }
    let scene = Scene::new();
    let root = scene.store.root().to_str().unwrap().to_owned();
    let done = Command::new("semodule").args(["-p", &root, "-s", "default", "-n", "-DB"]).output().unwrap();
    assert!(done.status.success(), "{}", all_text(&done));
    let status = all_text(&scene.seltui(&["status"]));
    assert_eq!(status, "off\n", "no mark of ours, nothing is offered");
    let off = scene.seltui(&["off", "--yes"]);
    assert_eq!(off.status.code(), Some(2));
    assert!(all_text(&off).contains("out already, by another program"), "{}", all_text(&off));
    let on = scene.seltui(&["on"]);
    assert_eq!(on.status.code(), Some(1), "nobody said yes");
    assert!(scene.is_out());
    let on = scene.seltui(&["on", "--yes"]);
    assert!(on.status.success() && !scene.is_out(), "{}", all_text(&on));
}

#[test]
fn what_was_left_out_on_purpose_is_called_so_at_the_next_start() {
    if !Store::is_possible() || !all_here(&["seinfo"]) {
        return;
    }
    let scene = Scene::new();
    let off = scene.seltui(&["off", "--yes"]);
    assert!(off.status.success() && all_text(&off).contains("they stay out until"), "{}", all_text(&off));
    assert!(scene.is_out() && scene.mark());
    let status = all_text(&scene.seltui(&["status"]));
    assert!(status.contains("the dontaudit rules are out since `seltui dontaudit off` (2"), "{status}");
    assert!(!status.contains("did not put them back"), "{status}");
    let on = scene.seltui(&["on", "--yes"]);
    assert!(on.status.success() && !scene.is_out() && !scene.mark(), "{}", all_text(&on));
}

#[test]
fn they_come_back_by_themselves_after_the_time_that_was_set() {
    if !Store::is_possible() || !all_here(&["seinfo"]) {
        return;
    }
    let scene = Scene::new();
    let output = scene.seltui(&["off", "--for", "1s", "--yes"]);
    assert!(output.status.success(), "{}", all_text(&output));
    assert!(scene.stand_ins.hook("at.after.off").exists(), "they were out");
    assert_eq!(scene.judge(false), Ok("in"));
}
