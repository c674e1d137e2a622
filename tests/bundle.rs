//! What is carried to another machine: files that say what they are, and a script that a customer can read and run there.
//!
//! The judges are shellcheck, the shells that nodes have, and the real semodule on a private store.
#![allow(clippy::disallowed_methods, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)] // a test touches the machine

mod judge;

use std::{
    fs,
    io::Write as _,
    os::unix::fs::{PermissionsExt as _, symlink},
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use judge::{Store, all_here, all_text, compilers_are_here};
use tempfile::TempDir;

const LOG: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/container/logs/story-a.log");

/// What the script may need besides semodule: POSIX utilities, and nothing of a toolchain.
const UTILITIES: [&str; 9] = ["cat", "cksum", "cp", "dirname", "id", "mkdir", "rm", "rmdir", "sh"];

fn export(folder: &Path, more: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_seltui"))
        .args(["export", "--bundle", "-m", "logger", "-i", LOG, "--new-domain", "kube_logreader"])
        .args(["--from", "container_t", "--from", "container_logreader_t", "--output"])
        .arg(folder)
        .args(more)
        .output()
        .unwrap()
}

fn exported() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let output = export(folder.path(), &[]);
    assert!(output.status.success(), "{}", all_text(&output));
    folder
}

fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.file_type().unwrap().is_file())
        .map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap()))
        .collect();
    files.sort();
    files
}

#[test]
fn a_bundle_has_its_files_each_time_the_same_and_takes_nobodys_place() {
    if !compilers_are_here() {
        return;
    }
    let (one, two) = (exported(), exported());
    let names: Vec<_> = files(one.path()).into_iter().map(|(name, _)| name).collect();
    let expected = [
        ".logger.seltui",
        "README.md",
        "evidence.log",
        "install.sh",
        "logger.fc",
        "logger.if",
        "logger.pp",
        "logger.te",
        "workload.txt",
    ];
    assert_eq!(names, expected);
    assert_eq!(files(one.path()), files(two.path()), "the same log gives the same bytes");
    let mode = fs::metadata(one.path().join("install.sh")).unwrap().permissions().mode();
    assert_eq!(mode & 0o111, 0o111 & !umask(), "the script can be run");

    fs::write(one.path().join("README.md"), "mine").unwrap();
    let before = files(one.path());
    let output = export(one.path(), &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(all_text(&output).contains("README.md"), "{}", all_text(&output));
    assert_eq!(files(one.path()), before, "nothing at all was written");
    assert!(export(one.path(), &["--overwrite"]).status.success());
}

fn umask() -> u32 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let mask = status.lines().find_map(|line| line.strip_prefix("Umask:")).unwrap();
    u32::from_str_radix(mask.trim(), 8).unwrap()
}

#[test]
fn the_evidence_is_the_log_word_for_word_and_the_page_names_every_access() {
    if !compilers_are_here() {
        return;
    }
    let folder = exported();
    let log = fs::read_to_string(LOG).unwrap();
    let evidence = fs::read_to_string(folder.path().join("evidence.log")).unwrap();
    let (own, records): (Vec<&str>, Vec<&str>) = evidence.lines().partition(|line| line.starts_with('#'));
    // Every record of this log belongs to a denial that was decided, and none has more events than are kept.
    let wanted: Vec<&str> =
        log.lines().filter(|line| line.starts_with("type=") && !line.contains("DAEMON_START")).collect();
    let mut sorted = records.clone();
    sorted.sort_unstable();
    sorted.dedup();
    let mut expected = wanted.clone();
    expected.sort_unstable();
    assert_eq!(sorted, expected);
    // Counted in the log by hand: three kinds of denial.
    assert_eq!(own.iter().filter(|line| line.starts_with("# denied: ")).count(), 3, "{evidence}");
    assert!(own.contains(&"# written: allow kube_logreader_t container_log_t:dir read;"), "{evidence}");

    let readme = fs::read_to_string(folder.path().join("README.md")).unwrap();
    let accesses: Vec<&str> = readme.lines().filter(|line| line.starts_with("- `")).collect();
    assert_eq!(
        accesses,
        [
            "- `container_log_t:dir read`",
            "- `container_log_t:lnk_file { getattr read }`",
            "- `container_var_lib_t:file { getattr open read }`",
        ]
    );
}

#[test]
fn the_script_passes_shellcheck() {
    if !compilers_are_here() || !all_here(&["shellcheck"]) {
        return;
    }
    let folder = exported();
    let output = Command::new("shellcheck")
        .args(["--shell=sh", "--severity=style", "--enable=require-variable-braces", "--exclude=SC2250"])
        .arg(folder.path().join("install.sh"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", all_text(&output));
}

/// A machine that has a policy store and little else.
struct Node {
    store: Store,
    programs: TempDir,
}

impl Node {
    fn new(utilities: &[&str]) -> Self {
        let programs = tempfile::tempdir().unwrap();
        for utility in utilities {
            symlink(program(utility), programs.path().join(utility)).unwrap();
        }
        symlink(program("semodule"), programs.path().join("semodule")).unwrap();
        Self { store: Store::new(), programs }
    }

    fn run(&self, shell: &[&str], bundle: &Path, arguments: &[&str], answer: &str) -> (i32, String) {
        self.run_in(Path::new("/"), shell, &bundle.join("install.sh"), arguments, answer)
    }

    /// The same in a folder, from where the script may be named by a relative path.
    fn run_in(&self, folder: &Path, shell: &[&str], script: &Path, arguments: &[&str], answer: &str) -> (i32, String) {
        let arguments_of_semodule = format!("--path={} -s default -n", self.store.path().display());
        let mut child = Command::new(program(shell[0]))
            .args(&shell[1..])
            .arg(script)
            .args(arguments)
            .env_clear()
            .env("PATH", self.programs.path())
            .env("SEMODULE_ARGS", arguments_of_semodule)
            .env("CDPATH", "/usr:/tmp")
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A script that does not ask may have ended already.
        let _ = child.stdin.take().unwrap().write_all(answer.as_bytes());
        let output = child.wait_with_output().unwrap();
        (output.status.code().unwrap(), all_text(&output))
    }
}

fn program(name: &str) -> PathBuf {
    let folders = ["/usr/bin", "/bin", "/usr/sbin", "/sbin"];
    folders.iter().map(|folder| Path::new(folder).join(name)).find(|path| path.exists()).unwrap()
}

#[test]
fn the_script_loads_and_takes_back_with_nothing_but_semodule() {
    if !Store::is_possible() || !all_here(&["dash"]) {
        return;
    }
    let bundle = exported();
    let node = Node::new(&UTILITIES);
    let before = node.store.list();
    let dash = &["dash"][..];

    let (status, said) = node.run(dash, bundle.path(), &["--check"], "");
    assert_eq!(status, 0, "{said}");
    for part in ["sha256sum is not here", "container_log_t:dir read", "To be run:  semodule --path="] {
        assert!(said.contains(part), "{part} in\n{said}");
    }
    let (status, said) = node.run(dash, bundle.path(), &[], "\n");
    assert_eq!(status, 1, "{said}");
    assert!(said.contains("nobody said yes: nothing was done (--yes says it)"), "{said}");
    assert_eq!(node.store.list(), before, "neither a check nor a no changes anything");

    let (status, said) = node.run(dash, bundle.path(), &[], "y\n");
    assert_eq!(status, 0, "{said}");
    assert!(said.contains("--remove"), "it says how to take it back: {said}");
    assert!(node.store.rules("-A", "kube_logreader_t").contains("allow kube_logreader_t container_log_t:dir read;"));
    let (status, said) = node.run(dash, bundle.path(), &["--remove"], "y\n");
    assert_eq!(status, 0, "{said}");
    assert_eq!(node.store.list(), before, "taken back");
    let (status, said) = node.run(dash, bundle.path(), &["--remove", "--yes"], "");
    assert_eq!(status, 1, "{said}");
    assert!(said.contains("nothing to take back"), "{said}");
}

#[test]
fn the_script_keeps_what_it_replaces_and_refuses_what_it_should() {
    if !Store::is_possible() || !all_here(&["sha256sum"]) {
        return;
    }
    let bundle = exported();
    let node = Node::new(&[&UTILITIES[..], &["sha256sum"]].concat());
    let other = judge::build(&other_logger(), &judge::dialects()[0]);
    node.store.install("logger", judge::package(&other)).unwrap();
    let before = node.store.list();
    let bash = &["bash", "--posix"][..];

    let package = bundle.path().join("logger.pp");
    let good = fs::read(&package).unwrap();
    fs::write(&package, [&good[..], b"x"].concat()).unwrap();
    let (status, said) = node.run(bash, bundle.path(), &["--yes"], "");
    assert!(status == 1 && said.contains("is not the file that this script was written for"), "{said}");
    fs::write(&package, &good).unwrap();

    let (status, said) = node.run(bash, bundle.path(), &["--yes"], "");
    assert_eq!(status, 0, "{said}");
    assert!(said.contains("is there already at priority 400"), "{said}");
    assert_ne!(node.store.list(), before);
    let (status, said) = node.run(bash, bundle.path(), &["--remove", "--yes"], "");
    assert_eq!(status, 0, "{said}");
    assert_eq!(node.store.list(), before, "what was there is there again, with the same checksum");

    node.store.remove("logger");
    node.store.install_at(100, "logger", judge::package(&other)).unwrap();
    let (status, said) = node.run(bash, bundle.path(), &["--yes"], "");
    assert!(status == 1 && said.contains("at priority 100, where the distribution's own are"), "{said}");

    let (status, said) = node.run(bash, bundle.path(), &["--load"], "");
    assert!(status == 1 && said.contains("what is --load?"), "{said}");
}

/// What stands before the real semodule: it fails when it is to list, or does nothing and is content, while these files are there.
const SEMODULE: &str = r#"#!/bin/sh
case "$*" in
    *-lfull) [ ! -e "@HERE@/no-list" ] || exit 1 ;;
    *) [ ! -e "@HERE@/idle" ] || exit 0 ;;
esac
exec @REAL@ "$@"
"#;

#[test]
fn the_script_can_be_run_twice_from_anywhere_and_believes_nobody() {
    if !Store::is_possible() || !all_here(&["busybox"]) {
        return;
    }
    let exported = exported();
    let folder = tempfile::tempdir().unwrap();
    let bundle = folder.path().join("-a customer's folder");
    assert!(Command::new("cp").arg("-a").arg(exported.path()).arg(&bundle).status().unwrap().success());
    let node = Node::new(&UTILITIES);
    let here = node.programs.path();
    // Or the link would be written through.
    fs::remove_file(here.join("semodule")).unwrap();
    let script =
        SEMODULE.replace("@HERE@", here.to_str().unwrap()).replace("@REAL@", program("semodule").to_str().unwrap());
    fs::write(here.join("semodule"), script).unwrap();
    fs::set_permissions(here.join("semodule"), fs::Permissions::from_mode(0o755)).unwrap();
    let other = judge::build(&other_logger(), &judge::dialects()[0]);
    let other = judge::package(&other);
    let empty = node.store.list();
    // By a relative path, in a folder whose name is a shell's worst, with a CDPATH that leads elsewhere.
    let script = Path::new("./-a customer's folder/install.sh");
    let run = |arguments: &[&str]| node.run_in(folder.path(), &["busybox", "sh"], script, arguments, "");
    let done = |arguments: &[&str]| {
        let (status, said) = run(arguments);
        assert_eq!(status, 0, "{said}");
        said
    };
    let refused = |arguments: &[&str], words: &str| {
        let before = node.store.list();
        let (status, said) = run(arguments);
        assert!(status == 1 && said.contains(words), "{words}: {said}");
        assert_eq!(node.store.list(), before);
    };
    let while_there = |name: &str, act: &dyn Fn()| {
        fs::write(here.join(name), "").unwrap();
        act();
        fs::remove_file(here.join(name)).unwrap();
    };

    while_there("no-list", &|| refused(&["--yes"], "the installed modules can't be listed: nothing was done"));
    while_there("idle", &|| refused(&["--yes"], "semodule was content, but lists no logger at priority 400"));
    assert!(!bundle.join("before").exists(), "nothing was loaded");
    refused(&[], "nobody said yes: nothing was done (--yes says it)");
    let said = done(&["--yes"]);
    let way_back = said.lines().find_map(|line| line.split_once("To take it back:  ")).unwrap().1;
    let shown = Command::new("sh").args(["-c", &way_back.replacen("sh ", "printf '%s\\n' ", 1)]).output().unwrap();
    assert_eq!(all_text(&shown), format!("{}/install.sh\n--remove\n", bundle.display()), "it can be typed so");
    // Run twice: what is there is no stranger's, and goes as a whole.
    assert!(done(&["--yes"]).contains("What is there is what this script loaded."));
    assert!(done(&["--remove", "--check"]).contains(" -r logger"));
    while_there("no-list", &|| refused(&["--remove", "--yes"], "the installed modules can't be listed"));
    while_there("idle", &|| refused(&["--remove", "--yes"], "semodule was content, but still lists logger"));
    done(&["--remove", "--yes"]);
    assert_eq!(node.store.list(), empty, "taken back after two loads");
    assert!(!bundle.join("before").exists());

    // Somebody replaces it meanwhile: that is neither overwritten without a copy nor taken away.
    done(&["--yes"]);
    node.store.install("logger", other).unwrap();
    refused(&["--yes"], "what is installed now is another module: move that folder away");
    refused(&["--remove", "--yes"], "is not the one that this script loaded");
    fs::remove_dir_all(bundle.join("before")).unwrap();
    node.store.remove("logger");

    // The same name at other priorities.
    node.store.install_at(100, "logger", other).unwrap();
    let distribution = node.store.list();
    assert!(done(&["--yes", "--shadow"]).contains("this one would hide it"));
    done(&["--remove", "--yes"]);
    assert_eq!(node.store.list(), distribution, "the distribution's own counts again");
    node.store.install_at(500, "logger", other).unwrap();
    refused(&["--yes", "--shadow"], "a module logger at priority 500 hides this one");
    refused(&["--remove", "--yes"], "no module logger is installed at priority 400: there is nothing to take back");
}

/// Somebody else's module of the same name.
fn other_logger() -> seltui::module::PolicyModule {
    use seltui::{
        module::{PolicyModule, Remark, Rule},
        selinux::{AccessVector, Identifier, statement::AvRuleKind},
    };
    let name = Identifier::new("logger").unwrap();
    let vector = AccessVector {
        source: "unconfined_t".into(),
        target: "container_log_t".into(),
        class: "file".into(),
        permissions: ["append"].into_iter().collect(),
    };
    let rule = Rule { kind: AvRuleKind::Allow, vector, remark: Remark::default() };
    PolicyModule { rules: vec![rule], ..seltui::session::Session::new(name).policy_module() }
}
