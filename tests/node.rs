//! Modules loaded on a node and taken back, by the real semodule in a private store.
//!
//! Nothing here can reach the machine's own store: each command names a `--root` in a temporary folder, and the `semodule`
//! that the program finds refuses every other.
#![allow(clippy::disallowed_methods, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)] // a test touches the machine

#[path = "judge/mod.rs"]
mod judge;
#[path = "node/standin.rs"]
mod standin;

use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::PathBuf,
    process::{Command, Output, Stdio},
};

use judge::{Store, all_text};
use seltui::{
    host::{
        install::{Outcome, Reload, RemovePlan, Target},
        process::{Cancel, find_system_program},
    },
    session::LoadedModules,
};
use standin::StandIns;
use tempfile::TempDir;

/// A private store, the person's own folders, and what stands before the real programs.
struct Node {
    store: Store,
    home: TempDir,
    stand_ins: StandIns,
}

impl Node {
    fn new() -> Self {
        let store = Store::new();
        let stand_ins = StandIns::new(store.root());
        Self { store, home: tempfile::tempdir().unwrap(), stand_ins }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_seltui"));
        command.arg("--root").arg(self.store.root()).args(arguments).stdin(Stdio::null());
        command.env("HOME", self.home.path()).env("PATH", self.stand_ins.search_path());
        command.env_remove("XDG_STATE_HOME").env_remove("XDG_CONFIG_HOME");
        command
    }

    fn seltui(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// The status, and everything that was printed.
    fn ask(&self, arguments: &[&str]) -> (i32, String) {
        let output = self.seltui(arguments);
        (output.status.code().unwrap(), all_text(&output))
    }

    /// A module compiled by checkmodule; the path of its package.
    fn package(&self, name: &str, rules: &str) -> PathBuf {
        let te = format!(
            "module {name} 1.0;\nrequire {{\n\ttype getty_t;\n\ttype user_t;\n\ttype var_log_t;\n\tclass file {{ open read write }};\n}}\n{rules}\n"
        );
        self.compiled(name, &te)
    }

    fn compiled(&self, name: &str, te: &str) -> PathBuf {
        let folder = self.home.path().join("modules");
        fs::create_dir_all(&folder).unwrap();
        let path = |ending: &str| folder.join(format!("{name}.{ending}"));
        fs::write(path("te"), te).unwrap();
        let run = |program: &str, arguments: &[&std::ffi::OsStr]| {
            let output = Command::new(program).args(arguments).current_dir(&folder).output().unwrap();
            assert!(output.status.success(), "{}", all_text(&output));
        };
        run("checkmodule", &["-M".as_ref(), "-m".as_ref(), "-o".as_ref(), path("mod").as_ref(), path("te").as_ref()]);
        run("semodule_package", &["-o".as_ref(), path("pp").as_ref(), "-m".as_ref(), path("mod").as_ref()]);
        path("pp")
    }
}

/// What a text must hold.
fn assert_says(text: &str, sentences: &[&str]) {
    for sentence in sentences {
        assert!(text.contains(sentence), "{sentence:?} is not in:\n{text}");
    }
}

#[test]
fn a_module_is_loaded_listed_and_taken_back() {
    if !Store::is_possible() {
        return;
    }
    let node = Node::new();
    let package = node.package("logread", "allow getty_t var_log_t:file { open read };");
    let package = package.to_str().unwrap();
    let before = node.store.listed("logread");
    let sessions = node.home.path().join(".local/state/seltui/sessions");
    let (status, text) = node.ask(&["remove", "--yes", "logread"]);
    assert_eq!(status, 2, "{text}");

    let (status, text) = node.ask(&["install", package]);
    assert_eq!(status, 1, "nobody said yes");
    assert_says(&text, &["getty_t var_log_t:file { open read }", "the store below", "--yes says it", "/logread.pp"]);
    let (status, text) = node.ask(&["install", "--read-only", "--yes", package]);
    assert_eq!(status, 1);
    // A copy for semodule would be gone when somebody runs the command.
    assert_says(
        &text,
        &[&format!("the command: {}", node.stand_ins.hook("semodule").display()), "--read-only leaves install out"],
    );
    assert_says(&text, &[&format!(" -n -i {package}\n")]);
    assert_eq!(node.store.listed("logread"), before);
    assert!(!sessions.exists(), "no session begins by being looked at");

    let (status, text) = node.ask(&["install", "--yes", package]);
    assert_eq!(status, 0, "{text}");
    assert_says(&text, &["logread 400", "the running policy did not"]);
    assert_eq!(node.store.rules("-A", "getty_t").iter().filter(|rule| rule.contains(" var_log_t:file")).count(), 1);
    assert!(sessions.exists(), "the session was begun");
    let listed = node.store.listed("logread");
    assert!(listed.len() == 1 && listed[0].starts_with("400 logread pp sha256:"), "{listed:?}");
    let (status, text) = node.ask(&["status"]);
    assert_eq!(status, 0, "{text}");
    assert_says(&text, &["logread 400 loaded (by session logread, ", "the dontaudit rules are in force"]);
    let (_, json) = node.ask(&["status", "--json"]);
    assert_says(&json, &[r#"{"module":"logread","priority":400,"session":"logread","loaded":"#, r#""state":"same"}"#]);

    let (status, text) = node.ask(&["remove", "--yes", "logread"]);
    assert_eq!(status, 0, "{text}");
    assert_says(&text, &["the node will not grant any more:\n  getty_t var_log_t:file { open read }", "-r logread"]);
    assert_eq!(node.store.listed("logread"), before);
    assert_eq!(node.ask(&["status"]).0, 1);
    let (status, text) = node.ask(&["remove", "--yes", "logread"]);
    assert_eq!(status, 2);
    assert_says(&text, &["there is no module logread at priority 400 in "]);
}

#[test]
fn what_is_replaced_is_shown_kept_and_put_back_as_it_was() {
    if !Store::is_possible() {
        return;
    }
    let node = Node::new();
    let theirs =
        node.package("shared", "allow getty_t var_log_t:file { open read };\nallow user_t var_log_t:file write;");
    node.store.install("shared", &fs::read(theirs).unwrap()).unwrap();
    let before = node.store.listed("shared");
    let ours = node.package("shared", "allow getty_t var_log_t:file { open write };");
    let ours = ours.to_str().unwrap();

    let (status, text) = node.ask(&["install", "--yes", ours]);
    assert_eq!(status, 1, "a second yes is needed");
    assert_says(
        &text,
        &[
            "it grants, and the new one does not:\n  getty_t var_log_t:file read\n  user_t var_log_t:file write\n",
            "replaces a module of the same name at priority 400; 2 of its rules are not in the new one",
            "--replace agrees",
        ],
    );
    assert_eq!(node.store.listed("shared"), before);
    let (status, text) = node.ask(&["install", "--yes", "--replace", ours]);
    assert_eq!(status, 0, "{text}");
    assert_ne!(node.store.listed("shared"), before);

    // A second round of our own, which takes nothing away, asks for no second yes.
    let more = node.package("shared", "allow getty_t var_log_t:file { open read write };");
    let (status, text) = node.ask(&["install", "--yes", more.to_str().unwrap()]);
    assert_eq!(status, 0, "{text}");
    let (_, text) = node.ask(&["status"]);
    assert_says(&text, &["shared 400 loaded", "replaced a module that is kept as "]);

    let (status, text) = node.ask(&["remove", "--yes", "shared"]);
    assert_eq!(status, 0, "{text}");
    assert_says(
        &text,
        &["what was there before is put back: ", "the node will not grant any more:\n  getty_t var_log_t:file write\n"],
    );
    assert_eq!(node.store.listed("shared"), before, "the same checksum as before the first round");
}

#[test]
fn the_distributions_own_module_is_shadowed_only_when_said_twice() {
    if !Store::is_possible() {
        return;
    }
    let node = Node::new();
    let getty = node.package("getty", "allow getty_t var_log_t:file read;");
    let getty = getty.to_str().unwrap();
    let before = node.store.listed("getty");
    for options in [&["--yes"][..], &["--yes", "--replace"]] {
        let (status, text) = node.ask(&[&["install", getty], options].concat());
        assert_eq!(status, 1);
        assert_says(&text, &["shadows the distribution's own module at priority 100", "--replace --shadow agrees"]);
    }
    assert_eq!(node.store.listed("getty"), before);
    // Below the distribution's it has no effect, which takes a second yes too.
    let no_effect = "has no effect: a module of the same name has the higher priority 100";
    let (status, text) = node.ask(&["install", getty, "-X", "50", "--yes"]);
    assert_eq!(status, 1);
    assert_says(&text, &["-X 50 -i ", no_effect]);

    // At two priorities below and above it: the one that was loaded last is taken back first, and each is told as it stands.
    let (status, text) = node.ask(&["install", getty, "-X", "50", "--yes", "--replace"]);
    assert_eq!(status, 0);
    assert_says(&text, &[&format!("it {no_effect}: agreed to by --replace")]);
    let (status, text) = node.ask(&["install", getty, "-X", "30", "--yes", "--replace"]);
    assert_eq!(status, 0, "{text}");
    let disabled = node.store.root().join("var/lib/selinux/default/active/modules/disabled/getty");
    fs::create_dir_all(disabled.parent().unwrap()).unwrap();
    fs::write(&disabled, "").unwrap();
    let lines_of =
        |text: &str| text.lines().filter(|line| line.starts_with("getty ")).map(str::to_owned).collect::<Vec<_>>();
    assert!(lines_of(&node.ask(&["status"]).1).iter().all(|line| line.contains(" loaded, but disabled by somebody")));
    fs::remove_file(&disabled).unwrap();
    let listed = lines_of(&node.ask(&["status"]).1);
    assert!(
        listed.len() == 2 && listed.iter().all(|line| line.contains(" loaded, but shadowed by priority ")),
        "{listed:?}"
    );
    let taken: Vec<_> = (0..2).map(|_| node.ask(&["remove", "--yes", "getty"]).1).collect();
    assert!(taken[0].contains("getty 30\n") && taken[1].contains("getty 50\n"), "{taken:?}");
    assert_eq!(node.store.listed("getty"), before);
}

#[test]
fn a_refused_module_leads_to_the_line_of_its_source() {
    if !Store::is_possible() {
        return;
    }
    let node = Node::new();
    let te = "module odd 1.0;\nrequire {\n\ttype getty_t;\n\ttype nosuch_t;\n\tclass file read;\n}\nallow getty_t nosuch_t:file read;\n";
    let package = node.compiled("odd", te);
    let source = package.with_extension("te");
    let (status, text) = node.ask(&["install", "--yes", package.to_str().unwrap(), "--te", source.to_str().unwrap()]);
    assert_eq!(status, 1, "{text}");
    let place = format!("{}:7: the policy on the node does not know nosuch_t", source.display());
    assert_says(&text, &["semodule refuses it; nothing was changed", &place]);
    assert_eq!(node.store.listed("odd"), [""; 0]);
    let (status, text) = node.ask(&["install", "--yes", source.to_str().unwrap()]);
    assert_eq!(status, 2);
    assert_says(&text, &["a module is a file NAME.pp or NAME.cil"]);
}

#[test]
fn a_locked_store_is_waited_for_and_can_be_given_up() {
    if !Store::is_possible() {
        return;
    }
    let node = Node::new();
    let package = node.package("logread", "allow getty_t var_log_t:file read;");
    let lock =
        fs::File::options().write(true).open(node.store.root().join("var/lib/selinux/default/semanage.trans.LOCK"));
    let lock = lock.unwrap();
    lock.lock().unwrap();
    let waiting = || {
        let mut child = node
            .command(&["install", "--yes", package.to_str().unwrap()])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut lines = lines.map(Result::unwrap);
        let line = lines.find(|line| line.contains("the store is locked by process ")).expect("it says who has it");
        assert_says(&line, &[&format!("process {} (", std::process::id()), "waiting"]);
        (child, lines)
    };
    let (mut child, lines) = waiting();
    let killed = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    assert_says(&lines.collect::<Vec<_>>().join("\n"), &["given up; nothing was changed"]);
    assert_eq!(child.wait().unwrap().code(), Some(1));
    assert_eq!(node.store.listed("logread"), [""; 0]);
    let (mut child, lines) = waiting();
    lock.unlock().unwrap();
    assert_says(&lines.collect::<Vec<_>>().join("\n"), &["loaded in "]);
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert_eq!(node.store.listed("logread").len(), 1);
}

#[test]
fn a_failing_semodule_is_told_and_a_foreign_module_is_asked_for() {
    if !Store::is_possible() {
        return;
    }
    let node = Node::new();
    let package = node.package("logread", "allow getty_t var_log_t:file read;");
    // A full disk can't be had here without being root: the words are libsemanage's own.
    let words =
        "libsemanage.semanage_copy_file: Failed to write to /x (No space left on device).\nsemodule:  Failed!\n";
    fs::write(node.stand_ins.hook("fails.other"), words).unwrap();
    let (status, text) = node.ask(&["install", "--yes", package.to_str().unwrap()]);
    assert_eq!(status, 1);
    assert_says(
        &text,
        &["nothing was changed", "seltui: libsemanage.semanage_copy_file: Failed to write to /x (No space"],
    );
    fs::remove_file(node.stand_ins.hook("fails.other")).unwrap();
    let (status, text) = node.ask(&["remove", "--yes", "container"]);
    assert_eq!(status, 1, "{text}");
    assert_says(&text, &["it was not loaded by this session, or was changed since (--foreign agrees"]);
    assert_eq!(node.store.listed("container").len(), 1);
}

#[test]
fn a_semodule_that_does_nothing_is_not_believed() {
    if !Store::is_possible() {
        return;
    }
    let node = Node::new();
    let package = |rules: &str| node.package("logread", rules).to_str().unwrap().to_owned();
    let idle = |what: &str, is_so: bool| {
        let hook = node.stand_ins.hook(&format!("idle.{what}"));
        if is_so { fs::write(hook, "").unwrap() } else { fs::remove_file(hook).unwrap() }
    };
    let refuses = |arguments: &[&str], words: &[&str]| {
        let before = node.store.list();
        let (status, text) = node.ask(arguments);
        assert_eq!(status, 1, "{text}");
        assert_says(&text, &[&["semodule ended as if all were well, but the store "], words].concat());
        assert!(!text.contains(" in force again") && !text.contains("loaded in ") && !text.contains("taken back in"));
        assert_eq!(node.store.list(), before);
    };
    let first = package("allow getty_t var_log_t:file read;");
    idle("other", true);
    refuses(&["install", "--yes", &first], &["has no module logread at priority 400", "what semodule -lfull lists"]);
    assert_eq!(node.ask(&["status"]).0, 1, "nothing was loaded");
    idle("other", false);
    // Somebody else's, which the session keeps when it loads its own.
    node.store.install("logread", &fs::read(&first).unwrap()).unwrap();
    let second = package("allow getty_t var_log_t:file { open read };");
    idle("other", true);
    refuses(&["install", "--yes", "--replace", &second], &["has another module logread at priority 400 than the one"]);
    idle("other", false);
    assert_eq!(node.ask(&["install", "--yes", "--replace", &second]).0, 0);
    idle("other", true);
    refuses(&["remove", "--yes", "logread"], &["has another module logread at priority 400 than the one"]);
    refuses(&["remove", "--yes", "--only-remove", "logread"], &["still has the module logread at priority 400"]);
    assert_says(&node.ask(&["status"]).1, &["logread 400 loaded (by session logread, "]);
    idle("other", false);

    idle("off", true);
    refuses(
        &["dontaudit", "off", "--yes"],
        &["does not say that they are out", "look what the semodule of the command is"],
    );
    assert_eq!(node.ask(&["dontaudit", "status"]), (0, "on\n".to_owned()), "no mark is left");
    idle("off", false);
    assert_eq!(node.ask(&["dontaudit", "off", "--yes"]).0, 0);
    idle("on", true);
    let (status, text) = node.ask(&["dontaudit", "on", "--yes"]);
    assert_eq!(status, 2, "{text}");
    assert_says(
        &text,
        &["the dontaudit rules may still be out: semodule was content, but the rules are out all the same"],
    );
    assert_says(&node.ask(&["dontaudit", "status"]).1, &["the dontaudit rules are out since ", "off\n"]);
    idle("on", false);
    assert_eq!(node.ask(&["dontaudit", "on", "--yes"]).0, 0);
}

#[test]
fn what_a_failing_semodule_has_done_all_the_same_is_told_and_can_be_taken_back() {
    if !Store::is_possible() {
        return;
    }
    let node = Node::new();
    let package = node.package("logread", "allow getty_t var_log_t:file read;");
    fs::write(node.stand_ins.hook("fails.late.other"), "").unwrap();
    let (status, text) = node.ask(&["install", "--yes", package.to_str().unwrap()]);
    assert_eq!(status, 0, "{text}");
    assert_says(&text, &["semodule failed too late", "the store has the module all the same"]);
    assert!(!text.contains("nothing was changed"), "{text}");
    assert_says(&node.ask(&["status"]).1, &["logread 400 loaded (by session logread, "]);
    let (status, text) = node.ask(&["remove", "--yes", "logread"]);
    assert_eq!(status, 0, "{text}");
    assert_says(&text, &["semodule failed too late", "the store has given the module up all the same"]);
    assert_eq!(node.store.listed("logread"), [""; 0]);
    assert_eq!(node.ask(&["status"]).0, 1);
}

#[test]
fn a_store_that_keeps_only_cil_is_loaded_into_replaced_and_put_back_as_well() {
    if !Store::is_possible() {
        return;
    }
    let node = Node::new();
    let conf = node.store.root().join("etc/selinux/semanage.conf");
    let text = fs::read_to_string(&conf).unwrap_or_default();
    fs::write(&conf, format!("{text}\nremove-hll = true\n")).unwrap();
    let theirs = node.package("logread", "allow getty_t var_log_t:file read;");
    node.store.install("logread", &fs::read(theirs).unwrap()).unwrap();
    let folder = node.store.root().join("var/lib/selinux/default/active/modules/400/logread");
    assert!(folder.join("cil").exists() && !folder.join("hll").exists(), "semodule has left the package out");
    let before = node.store.listed("logread");
    let ours = node.package("logread", "allow getty_t var_log_t:file { open read };");
    let (status, text) = node.ask(&["install", "--yes", "--replace", ours.to_str().unwrap()]);
    assert_eq!(status, 0, "{text}");
    assert_says(&text, &["it grants, and the new one does not: nothing", "loaded in "]);
    assert_says(&node.ask(&["status"]).1, &["logread 400 loaded (by session logread, "]);
    let (status, text) = node.ask(&["remove", "--yes", "logread"]);
    assert_eq!(status, 0, "{text}");
    let sum = |listed: &[String]| listed[0].rsplit(' ').next().unwrap().to_owned();
    assert_eq!(sum(&node.store.listed("logread")), sum(&before), "the same checksum");
}

#[test]
fn what_was_changed_while_a_person_thought_about_it_is_not_taken_back() {
    if !Store::is_possible() {
        return;
    }
    let node = Node::new();
    let [first, second] = ["read", "open"].map(|permission| {
        let package = node.package("logread", &format!("allow getty_t var_log_t:file {permission};"));
        fs::read(package).unwrap()
    });
    node.store.install("logread", &first).unwrap();
    let target = Target::find(node.store.root(), Reload::No).unwrap();
    let plan = || RemovePlan::prepare(&target, "logread", None, &LoadedModules::default(), false, &Cancel::new());
    let shown = plan().unwrap();
    node.store.install("logread", &second).unwrap();
    let there = node.store.listed("logread");
    let run = |plan: &RemovePlan| plan.run(&mut |_| {}, &Cancel::new(), &mut |_| {});
    let refused = run(&shown).unwrap_err().to_string();
    assert_eq!(refused, "somebody else changed the module logread in the store meanwhile: look at it again");
    assert_eq!(node.store.listed("logread"), there);
    assert_eq!(run(&plan().unwrap()).unwrap().outcome, Outcome::Done);
    assert!(node.store.listed("logread").is_empty());
    let (status, text) = node.ask(&["remove", "--yes", "a\u{1b}[31mb"]);
    assert_eq!(status, 2);
    assert_says(&text, &["is no name of a module"]);
    assert!(!text.contains('\u{1b}'), "{text:?}");
}

#[test]
fn without_a_store_nothing_is_begun() {
    if !Store::is_possible() {
        return;
    }
    let node = Node::new();
    let package = node.package("logread", "allow getty_t var_log_t:file read;");
    fs::write(node.store.root().join("etc/selinux/config"), "SELINUXTYPE=other\n").unwrap();
    let acts = [&["install", "--replace", package.to_str().unwrap()][..], &["remove", "getty"], &["dontaudit", "off"]];
    for act in acts {
        let (status, text) = node.ask(&[act, &["--yes"]].concat());
        assert_eq!(status, 2, "{text}");
        assert_says(&text, &["there is no module store", "var/lib/selinux/other: see SELINUXTYPE"]);
    }
    let (_, text) = node.ask(&["dontaudit", "status"]);
    assert!(!text.contains("an earlier seltui"), "no mark is left: {text}");
}

#[test]
fn a_store_that_is_read_only_or_full_stays_as_it_is() {
    if !Store::is_possible() || !judge::all_here(&["unshare", "mount", "dd"]) {
        return;
    }
    let node = Node::new();
    let package = node.package("logread", "allow getty_t var_log_t:file read;");
    let full = tempfile::tempdir().unwrap();
    let before = node.store.list();
    // Mounts in a namespace of their own; a full disk is a small file system in memory, filled up.
    let script = format!(
        "PATH={path} HOME={home}; export PATH HOME; unset XDG_STATE_HOME XDG_CONFIG_HOME\n\
         store={root}/var/lib/selinux seltui='{seltui} --root {root}'\n\
         mount --make-rprivate / && mount --bind $store $store && mount -o remount,bind,ro $store || exit 77\n\
         for act in 'install --yes {package}' 'dontaudit off --yes'; do $seltui $act; echo \"status $?\"; done\n\
         umount $store && mount -t tmpfs -o size=40m tmpfs {full} && cp -a $store/. {full}/ || exit 77\n\
         dd if=/dev/zero of={full}/filler bs=64k 2>/dev/null; truncate -s -1M {full}/filler\n\
         mount --bind {full} $store || exit 77\n\
         for act in 'install --yes {package}' 'dontaudit off --yes' 'dontaudit status'; do $seltui $act; echo \"status $?\"; done\n\
         rm {full}/filler; {real} -p {root} -s default --checksum -lfull | sha256sum\n",
        path = node.stand_ins.search_path(),
        home = node.home.path().display(),
        root = node.store.root().display(),
        seltui = env!("CARGO_BIN_EXE_seltui"),
        package = package.display(),
        full = full.path().display(),
        real = find_system_program("semodule").unwrap().display(),
    );
    let Some(mut command) = judge::namespaces(&["-m"]) else { return };
    let output = command.args(["--", "sh", "-c", &script]).stdin(Stdio::null()).output().unwrap();
    let text = all_text(&output);
    assert_ne!(output.status.code(), Some(77), "{text}");
    let statuses: Vec<&str> = text.lines().filter(|line| line.starts_with("status ")).collect();
    assert_eq!(statuses, ["status 2", "status 2", "status 1", "status 1", "status 0"], "{text}");
    assert_eq!(text.matches("is mounted for reading only").count(), 2, "{text}");
    assert_says(&text, &["only 1 MB are free where the store lies", "nothing was changed"]);
    assert_says(&text, &["the disk that the store lies on is full (1 MB are free): make room"]);
    assert_says(&text, &["the dontaudit rules are in force as before"]);
    assert!(text.lines().any(|line| line == "on"), "{text}");
    let mut sum = Command::new("sha256sum").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    std::io::Write::write_all(&mut sum.stdin.take().unwrap(), before.as_bytes()).unwrap();
    let sum = String::from_utf8(sum.wait_with_output().unwrap().stdout).unwrap();
    assert!(text.contains(sum.trim()), "the store is as it was: {sum} in {text}");
}

/// A sudo that asks for a password once, and opens the closed store for the command that follows.
const SUDO: &str = r#"#!/bin/sh
echo "$*" >> "@HOOKS@/sudo.log"
case "$*" in
    "-n -v") [ -e "@HOOKS@/password" ]; exit ;;
    -v) : > "@HOOKS@/password"; exit 0 ;;
    "-n -- "*) [ -e "@HOOKS@/password" ] || exit 1 ;;
    *) exit 1 ;;
esac
shift 2
chmod 700 "@STORE@"
"$@"
status=$?
chmod 000 "@STORE@"
exit $status
"#;

#[test]
fn who_is_not_root_goes_through_sudo_and_reads_the_closed_store_by_it() {
    if !Store::is_possible() || !judge::all_here(&["setpriv", "chown", "chmod"]) {
        return;
    }
    let node = Node::new();
    let store = node.store.root().join("var/lib/selinux/default");
    let hooks = node.stand_ins.hook("");
    let script = SUDO.replace("@HOOKS@", hooks.to_str().unwrap()).replace("@STORE@", store.to_str().unwrap());
    node.stand_ins.program("sudo", &script);
    let first = node.package("logread", "allow getty_t var_log_t:file read;");
    let binary = node.home.path().join("seltui");
    fs::copy(env!("CARGO_BIN_EXE_seltui"), &binary).unwrap();
    let is_root = judge::is_root();
    let own = |path: &std::path::Path| {
        let done = Command::new("chown").args(["-R", "65534:65534"]).arg(path).status().unwrap();
        assert!(done.success());
    };
    if is_root {
        [node.store.root(), node.home.path(), hooks.as_path()].into_iter().for_each(own);
    }
    let mode = |mode: &str| assert!(Command::new("chmod").arg(mode).arg(&store).status().unwrap().success());
    let ask = |arguments: &[&str]| {
        let mut command = Command::new(if is_root { "setpriv" } else { "env" });
        if is_root {
            command.args(["--reuid=65534", "--regid=65534", "--clear-groups", "--"]);
        }
        command.arg(&binary).arg("--root").arg(node.store.root()).args(arguments).stdin(Stdio::null());
        command.env("HOME", node.home.path()).env("PATH", node.stand_ins.search_path());
        command.env_remove("XDG_STATE_HOME").env_remove("XDG_CONFIG_HOME").current_dir("/");
        let output = command.output().unwrap();
        (output.status.code().unwrap(), all_text(&output))
    };
    mode("000");
    let (status, text) = ask(&["install", "--yes", first.to_str().unwrap()]);
    assert_eq!(status, 0, "{text}");
    assert_says(&text, &["sudo -n -- ", "loaded in "]);
    let second = node.package("logread", "allow getty_t var_log_t:file { open write };");
    if is_root {
        own(node.home.path());
    }
    let (status, text) = ask(&["install", "--yes", second.to_str().unwrap()]);
    assert_eq!(status, 1, "{text}");
    assert_says(&text, &["loaded by this session", "getty_t var_log_t:file read", "--replace agrees"]);
    let (_, text) = ask(&["dontaudit", "status"]);
    assert_eq!(text, "on\n", "the policy is open to everybody");
    mode("700");
    assert_eq!(node.store.listed("logread").len(), 1);
    let log = fs::read_to_string(hooks.join("sudo.log")).unwrap();
    let load = format!("/semodule -p {} -s default -n -i /", node.store.root().display());
    let lines: Vec<&str> = log.lines().collect();
    assert_eq!(&lines[..2], ["-n -v", "-v"], "it asks for the password once, before anything else");
    assert_eq!(lines.iter().filter(|line| **line == "-v").count(), 1);
    assert_eq!(lines.iter().filter(|line| line.starts_with("-n -- /") && line.contains(&load)).count(), 1, "{log}");
    assert!(lines.iter().any(|line| line.starts_with("-n -- cat -- ")), "{log}");
}

#[test]
fn a_running_semodule_is_given_up_and_what_it_did_is_told() {
    if !Store::is_possible() {
        return;
    }
    let node = Node::new();
    let package = node.package("logread", "allow getty_t var_log_t:file read;");
    let give_up_at = |place: &str| {
        node.stand_ins.hold(place);
        let mut child = node
            .command(&["install", "--yes", package.to_str().unwrap()])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let at = node.stand_ins.hook(&format!("at.{place}"));
        while !at.exists() {
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        send(&child, "TERM");
        let text = std::io::read_to_string(child.stderr.take().unwrap()).unwrap();
        node.stand_ins.release();
        (child.wait().unwrap().code().unwrap(), text)
    };
    let (status, text) = give_up_at("before.other");
    assert_eq!(status, 1, "{text}");
    assert_says(&text, &["given up; nothing was changed"]);
    assert_eq!(node.store.listed("logread"), [""; 0]);
    assert_eq!(node.ask(&["status"]).0, 1);

    let (status, text) = give_up_at("after.other");
    assert_eq!(status, 0, "{text}");
    assert_says(&text, &["semodule was stopped too late", "the store has the module all the same"]);
    assert_eq!(node.store.listed("logread").len(), 1);
    assert_says(&node.ask(&["status"]).1, &["logread 400 loaded (by session logread, "]);
    assert_eq!(node.ask(&["remove", "--yes", "logread"]).0, 0);
    assert_eq!(node.store.listed("logread"), [""; 0]);
}

fn send(child: &std::process::Child, signal: &str) {
    let sent = Command::new("kill").args(["-s", signal, &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

/// A sudo that asks for nothing and, as the real one, runs the command as root: whoever called it can't stop it.
const SUDO_AS_ROOT: &str = r#"#!/bin/sh
[ "$1 $2" != "-n -v" ] || exit 0
shift 2
exec @SETPRIV@ --reuid=0 --regid=0 --clear-groups -- "$@"
"#;

#[test]
fn what_sudo_runs_is_waited_for_when_it_is_given_up_and_a_closed_store_tells_who_locks_it() {
    if !Store::is_possible() || !judge::all_here(&["setpriv", "chmod", "install"]) {
        return;
    }
    let run = |program: &str, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).output().unwrap();
        assert!(output.status.success(), "{program} {arguments:?}: {}", all_text(&output));
        output
    };
    if !judge::is_root() {
        return judge::not_tried("what runs as root for somebody else takes root to be set up");
    }
    let node = Node::new();
    let package = node.package("logread", "allow getty_t var_log_t:file read;");
    let (hooks, root) = (node.stand_ins.hook(""), node.store.root());
    let setpriv = node.stand_ins.hook("as-root");
    let setpriv = setpriv.to_str().unwrap();
    run("install", &["-m", "4755", find_system_program("setpriv").unwrap().to_str().unwrap(), setpriv]);
    node.stand_ins.program("sudo", &SUDO_AS_ROOT.replace("@SETPRIV@", setpriv));
    let binary = node.home.path().join("seltui");
    fs::copy(env!("CARGO_BIN_EXE_seltui"), &binary).unwrap();
    run("chmod", &["755", root.to_str().unwrap(), hooks.to_str().unwrap()]);
    run("chmod", &["700", root.join("var/lib/selinux/default").to_str().unwrap()]);
    run("chown", &["-R", "65534:65534", node.home.path().to_str().unwrap()]);
    let nobody = ["--reuid=65534", "--regid=65534", "--clear-groups", "--"];
    let who = Command::new("setpriv").args(nobody).args([setpriv, "--reuid=0", "--", "id", "-u"]).output().unwrap();
    if who.stdout != b"0\n" {
        let why = format!("{hooks:?} holds no program that runs as its owner: {}", all_text(&who));
        return judge::not_tried(&why);
    }
    let start = || {
        let mut command = Command::new("setpriv");
        command.args(nobody).arg(&binary).arg("--root").arg(root).args(["install", "--yes"]).arg(&package);
        command.env("HOME", node.home.path()).env("PATH", node.stand_ins.search_path()).current_dir("/");
        command.env_remove("XDG_STATE_HOME").env_remove("XDG_CONFIG_HOME");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
        (child, lines)
    };
    let seen = |lines: &mut dyn Iterator<Item = String>, words: &str| {
        let mut before = Vec::new();
        for line in lines {
            if line.contains(words) {
                return line;
            }
            before.push(line);
        }
        panic!("{words:?} is not in:\n{}", before.join("\n"));
    };

    let lock = root.join("var/lib/selinux/default/semanage.trans.LOCK");
    let lock = fs::File::options().write(true).open(lock).unwrap();
    lock.lock().unwrap();
    let (mut child, mut lines) = start();
    let line = seen(&mut lines, "the store is locked by process ");
    assert_says(&line, &[&format!("process {} (", std::process::id()), "waiting"]);
    send(&child, "INT");
    seen(&mut lines, "given up; nothing was changed");
    assert_eq!(child.wait().unwrap().code(), Some(1));
    lock.unlock().unwrap();

    node.stand_ins.hold("before.other");
    let (mut child, mut lines) = start();
    while !node.stand_ins.hook("at.before.other").exists() {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    send(&child, "INT");
    seen(&mut lines, "can't be stopped from here: waiting");
    node.stand_ins.release();
    seen(&mut lines, "loaded in ");
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert_eq!(node.store.listed("logread").len(), 1);
}

#[test]
fn the_root_of_the_running_node_is_changed_by_chroot() {
    if !Store::is_possible() || !judge::all_here(&["unshare", "mount"]) {
        return;
    }
    // Namespaces of its own, in which a folder is the root of process 1.
    let (node, folder) = (Node::new(), tempfile::tempdir().unwrap());
    let package = node.package("logread", "allow getty_t var_log_t:file read;");
    node.stand_ins.program("chroot", "#!/bin/sh\necho \"not done: chroot $*\"; exit 7\n");
    let script = format!(
        "mount --make-rprivate / && mount -t proc proc /proc && mount --rbind / {0} || exit 77\n\
         PATH={1} HOME={2} exec {3} --root {0} install --yes {4}",
        folder.path().display(),
        node.stand_ins.search_path(),
        node.home.path().display(),
        env!("CARGO_BIN_EXE_seltui"),
        package.display(),
    );
    let Some(mut command) = judge::namespaces(&["-m", "-p", "-f"]) else { return };
    let output = command.args(["--", "sh", "-c", &script]).stdin(Stdio::null()).output().unwrap();
    let text = all_text(&output);
    assert_ne!(output.status.code(), Some(77), "{text}");
    let load = format!("chroot {} /usr/sbin/semodule -i /var/tmp/seltui-load-", folder.path().display());
    assert_says(&text, &[&load, "is the root of the running node", "not done: chroot", "nothing was changed"]);
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn who_may_not_see_the_root_of_process_1_hears_that_the_running_policy_may_be_another() {
    if !Store::is_possible() || !judge::all_here(&["unshare", "mount", "setpriv", "chown"]) {
        return;
    }
    if !judge::is_root() {
        return judge::not_tried("to be somebody else takes root");
    }
    let Some(mut command) = judge::namespaces(&["-m"]) else { return };
    let node = Node::new();
    let package = node.package("logread", "allow getty_t var_log_t:file read;");
    let binary = node.home.path().join("seltui");
    fs::copy(env!("CARGO_BIN_EXE_seltui"), &binary).unwrap();
    for folder in [node.store.root(), node.home.path(), node.stand_ins.hook("").as_path()] {
        assert!(Command::new("chown").args(["-R", "65534:65534"]).arg(folder).status().unwrap().success());
    }
    // A folder that looks as a node's own root: the kernel's procfs lies in it. Root sees that process 1 has another one, where
    // that has no more capabilities than the tests (ptrace(2)).
    let script = format!(
        "mkdir {root}/proc && mount --make-rprivate / && mount --bind /proc {root}/proc || exit 77\n\
         PATH={path} HOME={home}; export PATH HOME; unset XDG_STATE_HOME XDG_CONFIG_HOME\n\
         [ ! -e /proc/1/root/. ] || echo seen\n\
         HOME={home}/root {seltui} --root {root} install {package}; echo \"root $?\"\n\
         cd /; setpriv --reuid=65534 --regid=65534 --clear-groups -- {seltui} --root {root} install {package}; echo \"nobody $?\"\n",
        root = node.store.root().display(),
        path = node.stand_ins.search_path(),
        home = node.home.path().display(),
        seltui = binary.display(),
        package = package.display(),
    );
    let output =
        command.args(["--", "sh", "-c", &format!("{{ {script} }} 2>&1")]).stdin(Stdio::null()).output().unwrap();
    let text = all_text(&output);
    assert_ne!(output.status.code(), Some(77), "{text}");
    let (root, nobody) = text.split_once("root 1\n").unwrap_or_else(|| panic!("{text}"));
    assert_says(
        nobody,
        &["is the root of the running node can't be seen, /proc/1/root is closed to this user", "nobody 1\n"],
    );
    assert_eq!(root.contains("can't be seen"), !root.starts_with("seen\n"), "{root}");
    for told in [root, nobody] {
        assert_says(told, &[" -s default -n -i "]);
    }
}
