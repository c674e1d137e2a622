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
const UTILITIES: [&str; 6] = ["cat", "cp", "dirname", "id", "mkdir", "sh"];

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
        let arguments_of_semodule = format!("-p {} -s default -n", self.store.path().display());
        let mut child = Command::new(program(shell[0]))
            .args(&shell[1..])
            .arg(bundle.join("install.sh"))
            .args(arguments)
            .env_clear()
            .env("PATH", self.programs.path())
            .env("SEMODULE_ARGS", arguments_of_semodule)
            .current_dir("/")
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
    for part in ["sha256sum is not here", "container_log_t:dir read", "To be run:  semodule -p "] {
        assert!(said.contains(part), "{part} in\n{said}");
    }
    let (status, said) = node.run(dash, bundle.path(), &[], "\n");
    assert_eq!(status, 1, "{said}");
    assert!(said.contains("Nothing was done"), "{said}");
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
