//! The command line from a log to a module: what is printed, what is written where, and how it ends.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::disallowed_methods)] // a test may

mod judge;

use std::{
    collections::BTreeSet,
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use judge::Store;
use seltui::{
    denials::Denials,
    host::log::{LogInput, read_all},
    module::{PolicyModule, SourceFile},
    selinux::{Identifier, statement::Form},
    session::{JournalRecord, Plan, Session, Verdict},
};
use tempfile::TempDir;

/// Story A's domain and where its accesses come from.
const KUBE: [&str; 6] = ["--new-domain", "kube_logreader", "--from", "container_t", "--from", "container_logreader_t"];

fn log(name: &str) -> String {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let folder = if name.starts_with("story-a") { tests.join("container/logs") } else { tests.join("logs") };
    folder.join(name).display().to_string()
}

/// The program, in a folder of its own.
struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_seltui"));
        command.args(arguments).current_dir(self.folder.path()).stdin(Stdio::null());
        command
    }

    /// Status, standard output and standard error.
    fn run(&self, arguments: &[&str]) -> (i32, String, String) {
        texts(&self.command(arguments).output().unwrap())
    }
}

fn texts(output: &Output) -> (i32, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

fn rules(te: &str) -> Vec<&str> {
    te.lines().filter(|line| line.starts_with("allow ") || line.starts_with("dontaudit ")).collect()
}

#[test]
fn generates_story_a_round_by_round() {
    let place = Place::new();
    let (first, second) = (log("story-a.log"), log("story-a-second-round.log"));
    let (status, te, stderr) = place.run(&[&["generate", "-m", "logger", "-i", &first][..], &KUBE].concat());
    assert_eq!((status, stderr.as_str()), (0, ""));
    assert!(te.starts_with(
        "policy_module(logger, 1.0)\n\ngen_require(`\n\ttype container_log_t, container_var_lib_t;\n')\n"
    ));
    assert!(
        te.contains("\ntype kube_logreader_t;\ndomain_type(kube_logreader_t)\nrole system_r types kube_logreader_t;\n")
    );
    assert_eq!(
        rules(&te),
        [
            "allow kube_logreader_t container_log_t:dir read;",
            "allow kube_logreader_t container_log_t:lnk_file { getattr read };",
            "allow kube_logreader_t container_var_lib_t:file { getattr open read };",
        ]
    );
    // What the new domain itself was denied afterwards belongs to it.
    let arguments = [&["generate", "-m", "logger", "-i", &first, "-i", &second][..], &KUBE].concat();
    let (_, te, _) = place.run(&arguments);
    assert_eq!(
        rules(&te),
        [
            "allow kube_logreader_t container_log_t:dir { open read };",
            "allow kube_logreader_t container_log_t:lnk_file { getattr read };",
            "allow kube_logreader_t container_var_lib_t:dir search;",
            "allow kube_logreader_t container_var_lib_t:file { getattr ioctl open read };",
        ]
    );
}

#[test]
fn generates_in_the_forms_that_were_asked_for() {
    let place = Place::new();
    let log = log("story-d.log");
    let (_, te, _) = place.run(&["generate", "-m", "pf9", "-i", &log, "--form", "module", "--dontaudit"]);
    assert!(te.starts_with("module pf9 1.0;\n\nrequire {\n"), "{te}");
    assert_eq!(rules(&te).len(), 4);
    assert!(rules(&te).iter().all(|rule| rule.starts_with("dontaudit ")));
    let (_, fc, _) = place.run(&["generate", "-m", "pf9", "-i", &log, "--format", "fc"]);
    assert_eq!(fc, "# File contexts of pf9: none.\n");
    let (_, interfaces, _) = place.run(&["generate", "-i", &log, "--format", "if"]);
    assert_eq!(interfaces, "## <summary>Policy for local.</summary>\n");
}

#[test]
fn reads_standard_input() {
    let place = Place::new();
    let mut child = place
        .command(&["generate", "-i", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(&fs::read(log("story-d.log")).unwrap()).unwrap();
    let (status, te, _) = texts(&child.wait_with_output().unwrap());
    assert_eq!((status, rules(&te).len()), (0, 4));
}

#[test]
fn says_how_it_ended() {
    let place = Place::new();
    let log = log("story-a.log");
    for (arguments, status, sentence) in [
        (&["generate", "-i", "/dev/null"][..], 1, "nothing was denied"),
        (&["build", "-i", "/dev/null"], 1, "nothing was denied"),
        (&["generate", "-i", "/no/such.log"], 2, "/no/such.log"),
        (&["generate", "-i", &log, "--new-domain", "x"], 2, "--from"),
        (&["generate", "-i", &log, "--from", "x_t"], 2, "--new-domain"),
        (&["generate", "-i", &log, "-m", "allow"], 2, "word of the policy language"),
        (&["generate", "-i", &log, "--new-domain", "a b", "--from", "x_t"], 2, "is not allowed in a name"),
        (&["generate", "-i", &log, "--headers", "/no/such"], 2, "/no/such is no folder"),
        (&["generate", "-i", &log, "--new-domain", "x", "--from", "odd_t"], 0, "--from odd_t moves nothing"),
    ] {
        let (ended, _, stderr) = place.run(arguments);
        assert_eq!(ended, status, "{arguments:?}: {stderr}");
        assert!(stderr.contains(sentence), "{arguments:?}: {stderr}");
    }
    assert_eq!(fs::read_dir(place.folder.path()).unwrap().count(), 0, "nothing was written");
}

#[test]
fn a_closed_pipe_is_no_error() {
    let place = Place::new();
    let mut child = place
        .command(&["generate", "-i", &log("story-a.log")])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let (status, _, stderr) = texts(&child.wait_with_output().unwrap());
    assert_eq!((status, stderr.as_str()), (0, ""));
}

#[test]
fn what_cannot_be_written_is_kept_and_marked() {
    let place = Place::new();
    let log = log("odd.log");
    let (status, te, stderr) = place.run(&["generate", "-i", &log, "--form", "module"]);
    assert_eq!(status, 0);
    // Counted in the log: two hexadecimal permissions, a class without a name, a type with a dot, a keyword.
    for what in [
        "allow init_t var_log_t:file 0x2",
        "allow init_t var_log_t:file 0x400000",
        "allow init_t unconfined_t:\\x28null\\x29 0x10",
        "allow my_container.process tmp_t:file write",
        "allow allow self:udp_socket create",
    ] {
        assert!(te.contains(&format!("\n# NOT WRITTEN: {what}")), "{what}\n{te}");
    }
    assert_eq!((te.matches("# NOT WRITTEN").count(), stderr.matches("seltui: not written: ").count()), (5, 5));
    assert_eq!(
        rules(&te),
        [
            "allow init_t self:process signal;",
            "allow init_t logging_read_all_logs:file read;",
            "allow init_t tmp_t:file getattr;",
            "allow init_t var_log_t:file { open read };",
            "allow syslogd_t var_log_t:dir search;",
            "allow unconfined_t init_t:service start;",
        ],
        "no granted access, and nothing that a path says"
    );
    if judge::all_here(&["checkmodule"]) {
        assert_eq!(judge::checkmodule("local", &te), Ok(()));
    }
    if judge::all_here(&[judge::HEADERS]) {
        // The one name that m4 would expand.
        let (_, te, _) = place.run(&["generate", "-i", &log]);
        assert!(te.contains("\n# NOT WRITTEN: allow init_t logging_read_all_logs:file read\n"), "{te}");
    }
}

#[test]
fn builds_story_a_in_each_dialect_and_it_loads() {
    if !Store::is_possible() {
        return;
    }
    let place = Place::new();
    let over = judge::fixtures().join("two-argument").display().to_string();
    let log = log("story-a.log");
    for (folder, headers) in
        [("one", vec!["--headers", judge::HEADERS]), ("two", vec!["--headers", judge::HEADERS, "--headers", &over])]
    {
        let arguments = [&["build", "-m", "logger", "-i", &log, "--output", folder][..], &headers, &KUBE].concat();
        let (status, stdout, stderr) = place.run(&arguments);
        assert_eq!((status, stdout.as_str()), (0, format!("{folder}/logger.pp\n").as_str()), "{stderr}");
        assert!(stderr.contains("Creating") && stderr.contains("built in"), "{stderr}");
        let left: BTreeSet<_> =
            fs::read_dir(place.path(folder)).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        let expected = [".logger.seltui", "logger.fc", "logger.if", "logger.pp", "logger.te", "workload.txt"];
        assert_eq!(left, expected.map(Into::into).into());
        let store = Store::new();
        store.install("logger", &fs::read(place.path(folder).join("logger.pp")).unwrap()).unwrap();
        let rules = store.rules("-A", "kube_logreader_t");
        assert!(rules.contains("allow kube_logreader_t container_var_lib_t:file { getattr open read };"), "{rules:?}");
    }
}

#[test]
fn builds_story_d_and_it_loads() {
    if !Store::is_possible() {
        return;
    }
    let place = Place::new();
    let (status, stdout, stderr) =
        place.run(&["build", "-m", "pf9", "-i", &log("story-d.log"), "--form", "module", "--output", "."]);
    assert_eq!((status, stdout.as_str()), (0, "./pf9.pp\n"), "{stderr}");
    let store = Store::new();
    store.install("pf9", &fs::read(place.path("pf9.pp")).unwrap()).unwrap();
    let rules = store.rules("-A", "getty_t");
    assert!(rules.contains("allow getty_t container_t:unix_stream_socket connectto;"), "{rules:?}");
}

#[test]
fn exports_never_over_somebody_elses_work() {
    let place = Place::new();
    let arguments = ["export", "-m", "pf9", "-i", &log("story-d.log")];
    let (status, stdout, _) = place.run(&arguments);
    assert_eq!((status, stdout.as_str()), (0, "pf9/pf9.te\npf9/pf9.fc\npf9/pf9.if\n"));
    let te = place.path("pf9/pf9.te");
    fs::write(&te, "mine").unwrap();
    let (status, _, stderr) = place.run(&arguments);
    assert_eq!(status, 2);
    assert!(stderr.contains("pf9/pf9.te; --overwrite replaces"), "{stderr}");
    assert_eq!(fs::read_to_string(&te).unwrap(), "mine");
    assert_eq!(place.run(&[&arguments[..], &["--overwrite"]].concat()).0, 0);
    assert!(fs::read_to_string(&te).unwrap().starts_with("policy_module(pf9, 1.0)"));
}

#[test]
fn a_package_of_somebody_else_is_seen_before_anything_is_written() {
    if !judge::compilers_are_here() {
        return;
    }
    let place = Place::new();
    fs::create_dir(place.path("pf9")).unwrap();
    fs::write(place.path("pf9/pf9.pp"), "theirs").unwrap();
    let (status, stdout, stderr) = place.run(&["build", "-m", "pf9", "-i", &log("story-d.log")]);
    assert_eq!((status, stdout.as_str()), (2, ""));
    assert!(stderr.contains("pf9/pf9.pp; --overwrite replaces"), "{stderr}");
    assert!(!place.path("pf9/pf9.te").exists(), "the sources stay away too");
}

#[test]
fn a_folder_that_cannot_be_made_is_named_with_what_to_do() {
    let place = Place::new();
    fs::write(place.path("file"), "").unwrap();
    let (status, _, stderr) = place.run(&["export", "-m", "pf9", "-i", &log("story-d.log"), "--output", "file"]);
    assert_eq!(status, 2);
    assert!(stderr.contains("cannot make the folder file; a file is in its place: choose another"), "{stderr}");
    if judge::compilers_are_here() {
        let (status, _, stderr) = place.run(&["build", "-m", "pf9", "-i", &log("story-d.log"), "--output", "file"]);
        assert!(status == 2 && stderr.contains("cannot make the folder file;"), "{stderr}");
    }
}

#[test]
fn names_the_packages_of_missing_programs() {
    let place = Place::new();
    let log = log("story-a.log");
    let without_path = |arguments: &[&str]| texts(&place.command(arguments).env("PATH", "/nowhere").output().unwrap());
    let (status, _, stderr) = without_path(&["build", "-i", &log, "--form", "module"]);
    assert_eq!(status, 2);
    assert!(stderr.contains("building needs checkmodule") && stderr.contains("semodule_package"), "{stderr}");
    assert!(!stderr.contains("m4") && !stderr.contains("headers"), "the raw form needs neither: {stderr}");
    let empty = place.path("empty");
    fs::create_dir(&empty).unwrap();
    let (status, _, stderr) = without_path(&["build", "-i", &log, "--headers", &empty.display().to_string()]);
    assert_eq!(status, 2);
    assert!(stderr.contains("m4") && stderr.contains("make") && stderr.contains("the policy headers in "), "{stderr}");
    if fs::read_to_string("/etc/os-release").is_ok_and(|text| text.contains("\nID=debian\n")) {
        assert!(stderr.contains("apt-get install checkpolicy m4 make semodule-utils; --headers wants"), "{stderr}");
    }
    assert!(!place.path("local").exists(), "nothing was written");
}

#[test]
fn a_module_that_does_not_build_says_where() {
    if !judge::compilers_are_here() {
        return;
    }
    let place = Place::new();
    let log = log("story-a.log");
    let arguments = [&["build", "-m", "logger", "-i", &log][..], &KUBE].concat();
    assert_eq!(place.run(&arguments).0, 0);
    // An interface that another package broke.
    fs::create_dir_all(place.path("broken/kernel")).unwrap();
    let domain = "interface(`domain_type',`\n\ttypeattribute $1 no_such_attribute;\n')\n";
    fs::write(place.path("broken/kernel/domain.if"), domain).unwrap();
    let (status, stdout, stderr) =
        place.run(&[&arguments[..], &["--headers", judge::HEADERS, "--headers", "broken"]].concat());
    assert_eq!((status, stdout.as_str()), (1, ""));
    assert!(stderr.contains("seltui: logger/logger.te:") && stderr.contains("no_such_attribute"), "{stderr}");
    assert!(stderr.contains("logger.pp is from an earlier build"), "{stderr}");
}

/// The module for all that some logs hold.
fn module_of(logs: &[PathBuf], form: Form) -> PolicyModule {
    let mut denials = Denials::new();
    let inputs: Vec<_> = logs.iter().map(|path| LogInput::File(path.clone())).collect();
    read_all(&inputs, |event| {
        denials.absorb(event);
        Ok(())
    })
    .unwrap();
    let mut session = Session::new(Identifier::new("corpus").unwrap());
    session.apply(&JournalRecord::Form { form }).unwrap();
    for record in (Plan { verdict: Verdict::Allow, domain: None }).records(&denials) {
        session.apply(&record).unwrap();
    }
    session.policy_module()
}

#[test]
fn every_module_for_a_corpus_compiles_or_says_why_not() {
    if !judge::compilers_are_here() {
        return;
    }
    let mut logs =
        vec![log("odd.log"), log("story-d.log"), log("story-a.log")].into_iter().map(PathBuf::from).collect::<Vec<_>>();
    match std::env::var_os("SELTUI_CORPUS") {
        Some(corpus) => {
            let records = Path::new(&corpus).join("records");
            logs.extend(fs::read_dir(records).unwrap().map(|entry| entry.unwrap().path()));
        }
        None => eprintln!("*** SELTUI_CORPUS is not set: only the project's own logs are tried ***"),
    }
    logs.sort();
    let [headers, _] = judge::dialects();
    let context = headers.render_context(std::path::Path::new("/")).unwrap();
    // checkmodule alone is quick, so each log makes a module; for make several go together.
    for (form, together) in [(Form::Module, 1), (Form::PolicyModule, 20)] {
        for logs in logs.chunks(together) {
            let module = module_of(logs, form);
            let report = judge::build_in(&module, &headers, &context);
            let rendered = module.render(SourceFile::Te, &context);
            let written: usize = rules(&rendered.text()).len();
            assert!(written > 0 || report.unwritable.len() >= module.rules.len(), "{logs:?}");
            assert_eq!(report.package().is_some(), written > 0, "{logs:?}\n{}", report.output.join("\n"));
        }
    }
}
