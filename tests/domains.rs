//! Domains built from what is installed: stories A and B on the command line, judged by the compiler and a private store.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::disallowed_methods)] // a test may

mod desk;
mod judge;

use std::{
    collections::BTreeSet,
    fs,
    process::{Command, Stdio},
};

use judge::Store;

/// Status, standard output and standard error.
fn run(arguments: &[&str]) -> (i32, String, String) {
    let folder = tempfile::tempdir().unwrap();
    run_in(arguments, folder.path())
}

fn run_in(arguments: &[&str], folder: &std::path::Path) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_seltui"));
    let output = command.args(arguments).current_dir(folder).stdin(Stdio::null()).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

fn log(name: &str) -> String {
    judge::fixtures().join("logs").join(name).display().to_string()
}

/// The statements of a `.te` without remarks, order and blank lines.
fn statements(te: &str) -> BTreeSet<&str> {
    te.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')).collect()
}

const STORY_A: [&str; 6] =
    ["--new-domain", "kube_logreader", "--from", "container_t", "--from", "container_logreader_t"];

#[test]
fn story_a_ends_in_the_module_of_each_dialect_and_it_loads() {
    if !Store::is_possible() {
        return;
    }
    let over = judge::fixtures().join("two-argument").display().to_string();
    let rules = [
        "allow kube_logreader_t container_log_t:dir read;",
        "allow kube_logreader_t container_log_t:lnk_file { getattr read };",
        "allow kube_logreader_t container_var_lib_t:file { getattr open read };",
        "policy_module(logger, 1.0)",
        "gen_require(`",
        "type container_log_t, container_var_lib_t;",
        "')",
        "corenet_unconfined(kube_logreader_t)",
    ];
    for (headers, template, calls) in [
        (vec!["--headers", judge::HEADERS], "container_domain_template(kube_logreader)", vec![]),
        (
            vec!["--headers", judge::HEADERS, "--headers", &over],
            "container_domain_template(kube_logreader, container)",
            vec!["--call", "virt_sandbox_domain(kube_logreader_t)"],
        ),
    ] {
        let log = log("story-a.log");
        let network = ["--template", template, "--call", "corenet_unconfined(kube_logreader_t)"];
        let folder = tempfile::tempdir().unwrap();
        let arguments = [&["-m", "logger", "-i", &log][..], &headers, &STORY_A, &network, &calls].concat();
        let (status, te, stderr) = run(&[&["generate"][..], &arguments].concat());
        assert_eq!(status, 0, "{stderr}");
        let mut expected: BTreeSet<&str> = rules.into();
        expected.insert(template);
        expected.extend(calls.get(1));
        assert_eq!(statements(&te), expected, "{te}");
        let (status, _, stderr) = run_in(&[&["build", "--output", "."][..], &arguments].concat(), folder.path());
        assert_eq!(status, 0, "{stderr}");
        let workload = fs::read_to_string(folder.path().join("workload.txt")).unwrap();
        assert!(workload.contains("type: kube_logreader_t\n"), "{workload}");
        let store = Store::new();
        store.install("logger", &fs::read(folder.path().join("logger.pp")).unwrap()).unwrap();
        let loaded = store.rules("-A", "kube_logreader_t");
        assert!(loaded.contains("allow kube_logreader_t container_log_t:dir read;"), "{loaded:?}");
    }
}

#[test]
fn story_b_ends_in_one_call_and_what_stays() {
    if !Store::is_possible() {
        return;
    }
    let log = log("story-b.log");
    let (status, te, stderr) = run(&[
        "generate",
        "-m",
        "logger",
        "-i",
        &log,
        "--new-domain",
        "container_logger",
        "--from",
        "container_t",
        "--template",
        "container_domain_template(container_logger)",
        "--attribute",
        "sandbox_net_domain",
        "--call",
        "logging_manage_all_logs(container_logger_t)",
    ]);
    assert_eq!(status, 0, "{stderr}");
    assert_eq!(
        statements(&te),
        [
            "policy_module(logger, 1.0)",
            "gen_require(`",
            "attribute sandbox_net_domain;",
            "type var_log_t;",
            "')",
            "container_domain_template(container_logger)",
            "typeattribute container_logger_t sandbox_net_domain;",
            "allow container_logger_t var_log_t:dir { create rmdir };",
            "logging_manage_all_logs(container_logger_t)",
        ]
        .into()
    );
    assert!(stderr.contains("logging_manage_all_logs(container_logger_t) gives 16 of 18 accesses"), "{stderr}");
    assert!(stderr.contains("stays, as a rule: allow container_logger_t var_log_t:dir { create rmdir }"), "{stderr}");
}

#[test]
fn what_cannot_be_compiled_is_refused_with_the_reason() {
    if !judge::all_here(&[judge::HEADERS]) {
        return;
    }
    let log = log("story-a.log");
    for (arguments, sentence) in [
        (vec!["--call", "loging_manage_all_logs(container_t)"], "nearest name is logging_manage_all_logs"),
        (vec!["--call", "a_b(`x')"], "m4 would read"),
        (vec!["--template", "container_domain_template(x)"], "--new-domain"),
        (
            vec!["--new-domain", "y", "--from", "container_t", "--template", "container_domain_template(x)"],
            "declares x_t and not y_t",
        ),
    ] {
        let (status, stdout, stderr) = run(&[&["generate", "-i", &log][..], &arguments].concat());
        assert_eq!((status, stdout.as_str()), (2, ""), "{arguments:?}: {stderr}");
        assert!(stderr.contains(sentence), "{arguments:?}: {stderr}");
    }
}

/// What a daemon without a domain of its own was denied: it runs as `init_t`.
const DAEMON: &str = "\
type=AVC msg=audit(1656360224.779:1281): avc:  denied  { search } for  pid=77 comm=\"webd\" name=\"www\" dev=\"vda1\" ino=5 \
scontext=system_u:system_r:init_t:s0 tcontext=system_u:object_r:var_t:s0 tclass=dir permissive=0
type=SYSCALL msg=audit(1656360224.779:1281): arch=c000003e syscall=257 success=no exit=-13 pid=77 comm=\"webd\" \
exe=\"/usr/sbin/webd\" subj=system_u:system_r:init_t:s0 key=(null)
";

#[test]
fn a_daemon_gets_a_domain_its_program_a_type_and_the_program_a_context() {
    if !Store::is_possible() {
        return;
    }
    let mut desk = desk::Desk::new(DAEMON).with_demo_headers();
    desk.press("n \"webd\"");
    let screen = desk.screen();
    assert!(screen.contains("▸ init_daemon_domain(webd_t, webd_exec_t)"), "the daemon's way comes first:\n{screen}");
    desk.press("enter");
    let te = desk.te();
    for line in [
        "type webd_t;",
        "type webd_exec_t;",
        "init_daemon_domain(webd_t, webd_exec_t)",
        "allow webd_t var_t:dir search;",
    ] {
        assert!(te.lines().any(|own| own == line), "{line}\n{te}");
    }
    let module = desk.model.module();
    let [headers, _] = judge::dialects();
    let context = headers.render_context().unwrap();
    let fc = module.render(seltui::module::SourceFile::Fc, &context).text();
    assert!(fc.lines().any(|line| line.starts_with("/usr/sbin/webd") && line.contains("webd_exec_t")), "{fc}");
    let report = judge::build(&module, &headers);
    let store = Store::new();
    store.install("logger", judge::package(&report)).unwrap();
    assert!(store.rules("-A", "webd_t").contains("allow webd_t var_t:dir search;"));
    let contexts = store.path().join("etc/selinux/default/contexts/files/file_contexts");
    let contexts = fs::read_to_string(contexts).unwrap();
    let line = contexts.lines().find(|line| line.starts_with("/usr/sbin/webd")).unwrap();
    assert!(line.contains("system_u:object_r:webd_exec_t:s0"), "{line}");
}
