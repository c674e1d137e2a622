//! Domains built from what is installed: stories A and B on the command line, judged by the compiler and a private store.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::disallowed_methods)] // a test may

mod desk;
mod judge;

use std::{
    collections::BTreeSet,
    fs,
    path::Path,
    process::{Command, Stdio},
};

use judge::{Store, fixtures};
use seltui::{
    host::journal::JournalFile,
    module::{Added, Remark},
    selinux::{AccessVector, Identifier},
    session::{Addition, DecidedAccess, JournalRecord, Step, Verdict},
    tui::model::{CallPattern, Layer},
};

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

/// What an attribute gives on `self` the policy's compiler writes out for each type that is under it: before there is a type the
/// policy does not tell of it, and seltui says so.
#[test]
fn what_an_attribute_gives_on_itself_is_left_open() {
    if !Store::is_possible() {
        return;
    }
    let store = Store::new();
    let folder = tempfile::tempdir().unwrap();
    let record = |permission: &str, target: &str, class: &str| {
        format!(
            "type=AVC msg=audit(1700000000.000:7): avc:  denied  {{ {permission} }} for  pid=1 comm=\"x\" \
             scontext=system_u:system_r:container_t:s0 tcontext=system_u:{target}:s0 tclass={class} permissive=0\n"
        )
    };
    let (log, root) = (folder.path().join("log").display().to_string(), store.path().to_str().unwrap());
    let template = ["--template", "container_domain_template(own)"];
    let arguments = ["-m", "own", "-i", &log, "--new-domain", "own", "--from", "container_t"];
    let arguments = [&["--root", root, "--headers", judge::HEADERS][..], &arguments, &template].concat();
    fs::write(&log, record("read", "system_r:container_t", "fifo_file")).unwrap();
    let (status, te, stderr) = run(&[&["generate"][..], &arguments].concat());
    assert_eq!(status, 0, "{stderr}");
    assert!(stderr.contains("container_domain_template(own) may give more of own_t on itself"), "{stderr}");
    assert!(te.contains("allow own_t self:fifo_file read;"), "{te}");
    // The same domain without the rule has it.
    fs::write(&log, record("read", "object_r:var_t", "file")).unwrap();
    let (status, _, stderr) = run_in(&[&["build", "--output", "."][..], &arguments].concat(), folder.path());
    assert_eq!(status, 0, "{stderr}");
    assert!(!stderr.contains("may give more"), "{stderr}");
    store.install("own", &fs::read(folder.path().join("own.pp")).unwrap()).unwrap();
    let rules = store.rules("-A", "own_t");
    let is_given = |rule: &String| rule.starts_with("allow own_t own_t:fifo_file ") && rule.contains(" read ");
    assert!(rules.iter().any(is_given), "{rules:?}");
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
    let expected = fs::read_to_string(fixtures().join("story-b.te")).unwrap();
    assert_eq!(statements(&te), statements(&expected));
    assert!(stderr.contains("logging_manage_all_logs(container_logger_t) gives 16 of 18 accesses"), "{stderr}");
    assert!(stderr.contains("stays, as a rule: allow container_logger_t var_log_t:dir { create rmdir }"), "{stderr}");
}

#[test]
fn what_cannot_be_compiled_is_refused_with_the_reason() {
    if !judge::all_here(&[judge::HEADERS]) {
        return;
    }
    let log = log("story-a.log");
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo/policy.33").display().to_string();
    let with_policy = ["--policy", &demo];
    for (arguments, sentence) in [
        (vec!["--call", "loging_manage_all_logs(container_t)"], "nearest name is logging_manage_all_logs"),
        (vec!["--call", "a_b(`x')"], "m4 would read"),
        (
            vec!["--call", "apache_role(user, user, user_t, user_r)"],
            "user is a word of the policy language, and argument 2 of apache_role (user_domain) must be a domain",
        ),
        (vec!["--call", "apache_role(define, user_t, user_t, user_r)"], "m4 would expand"),
        (vec!["--template", "container_domain_template(x)"], "--new-domain"),
        (
            vec!["--new-domain", "y", "--from", "container_t", "--template", "container_domain_template(x)"],
            "declares x_t and not y_t",
        ),
        (
            vec!["--new-domain", "y", "--from", "container_t", "--template", "domain_type(y_t)"],
            "as init_daemon_domain(y_t, y_exec_t) does",
        ),
        // semodule: "Re-declaration of type bin_t"; checkmodule: "duplicate declaration of type/attribute".
        (
            [
                &["--new-domain", "y", "--from", "container_t"][..],
                &with_policy,
                &["--template", "init_daemon_domain(y_t, bin_t)"],
            ]
            .concat(),
            "bin_t is in the policy already, and the type of the program is declared here: y_exec_t",
        ),
        (
            vec!["--new-domain", "y", "--from", "container_t", "--template", "init_daemon_domain(y_t, y_t)"],
            "y_t is the domain itself",
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
    let context = headers.render_context(std::path::Path::new("/")).unwrap();
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

/// Debian's headers have such: what `--template` takes the dialog offers too, behind those that need nothing more.
#[test]
fn what_takes_more_than_the_domain_is_offered_with_what_is_known() {
    if !judge::all_here(&[judge::HEADERS, "/etc/selinux/default/policy"]) {
        return;
    }
    let headers = judge::dialects()[0].read(Path::new("/")).unwrap();
    let (_, policy) = seltui::host::policy::read(Path::new("/"), None).unwrap();
    let mut desk = desk::Desk::new(DAEMON).with_headers(headers, &policy);
    desk.press("n \"myd\"");
    let Some(Layer::NewDomain(dialog)) = desk.model.layers.last() else { panic!("{}", desk.screen()) };
    let domain = Identifier::new("myd_t").unwrap();
    let patterns: Vec<_> = dialog.makings.iter().map(|making| making.pattern()).collect();
    let asking: Vec<_> = patterns.iter().map(|pattern| pattern.is_some_and(CallPattern::asks)).collect();
    assert!(asking.is_sorted(), "{asking:?}");
    let texts: Vec<_> = patterns.iter().map(|pattern| pattern.and_then(|own| own.text(&domain))).collect();
    let at =
        |text: &str| texts.iter().position(|own| own.as_deref() == Some(text)).unwrap_or_else(|| panic!("{texts:?}"));
    assert!(asking[at("init_ranged_daemon_domain(myd_t, myd_exec_t, range)")]);
    assert!(!texts.iter().flatten().any(|text| text.starts_with("postfix_")), "its domains are called so: {texts:?}");
    let wanted = at("qmail_child_domain_template(myd, parent_domain)");
    desk.press(&"down ".repeat(wanted)).press("enter");
    let screen = desk.screen();
    for part in ["child_prefix: myd", "▸ parent_domain: init_t", "domain: ", "declares myd_t myd_exec_t"] {
        assert!(screen.contains(part), "{part}\n{screen}");
    }
    desk.press("ctrl-u enter");
    assert!(desk.screen().contains("parent_domain is missing") && desk.journal.is_empty(), "{}", desk.screen());
    desk.press("\"initrc_t\" enter");
    let te = desk.te();
    assert!(te.lines().any(|line| line == "qmail_child_domain_template(myd, initrc_t)"), "{te}");
    assert!(te.contains("allow myd_t var_t:dir search;"), "{te}");
    assert!(te.split("\n#").next().is_some_and(|needs| needs.contains("initrc_t")), "it is not the module's own: {te}");
}

/// What a template or an interface that makes the domain is given of others is required like what a call is given.
#[test]
fn what_makes_a_domain_of_others_requires_these() {
    if !judge::compilers_are_here() || !judge::all_here(&[judge::HEADERS, "/etc/selinux/default/policy"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let [log, over] = ["log", "over"].map(|name| folder.path().join(name).display().to_string());
    fs::write(&log, DAEMON).unwrap();
    fs::create_dir_all(folder.path().join("over/services")).unwrap();
    // None of Debian's that take a program takes a type besides.
    let started_by = "interface(`started_by',`\n\tdomain_type($1)\n\tdomain_entry_file($1, $2)\n\trole $4 types $1;\n\t\
         domtrans_pattern($3, $2, $1)\n')\n";
    fs::write(folder.path().join("over/services/started.if"), started_by).unwrap();
    for (domain, making, required) in [
        ("own", "qmail_child_domain_template(own, initrc_t)", &["type initrc_t;"][..]),
        ("own", "qmail_child_domain_template(own, domain)", &["attribute domain;"]),
        ("own_sudo", "sudo_role_template(own, staff_t, staff_t, staff_r)", &["type staff_t;", "role staff_r"]),
        ("own", "started_by(own_t, own_exec_t, initrc_t, staff_r)", &["type initrc_t;", "role staff_r"]),
    ] {
        for form in ["policy_module", "module"] {
            let asked = ["build", "-m", "own", "-i", &log, "--new-domain", domain, "--from", "init_t", "--form", form];
            let headers = ["--output", ".", "--headers", judge::HEADERS, "--headers", &over, "--template", making];
            let (status, _, stderr) = run_in(&[&asked[..], &headers].concat(), folder.path());
            assert_eq!(status, 0, "{making} as {form}: {stderr}");
            let te = fs::read_to_string(folder.path().join("own.te")).unwrap();
            let own: Vec<_> = te.split("\n#").next().unwrap().lines().map(str::trim).collect();
            for line in required {
                assert!(own.iter().any(|own| own.starts_with(line)), "{line}\n{te}");
            }
            assert!(!own.iter().any(|line| line.contains("own_")), "it is declared here: {te}");
        }
    }
}

/// `user` is a word of the policy language; where a template makes names of it, it is none.
#[test]
fn names_may_begin_with_a_word_of_the_policy_language() {
    if !judge::compilers_are_here() || !judge::all_here(&[judge::HEADERS]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log").display().to_string();
    fs::write(&log, DAEMON).unwrap();
    let call = ["--call", "apache_role(user, user_t, user_t, user_r)"];
    let domain = ["--new-domain", "role", "--from", "init_t"];
    let template = ["--template", "qmail_child_domain_template(role, initrc_t)"];
    for asked in [call.to_vec(), domain.to_vec(), [&domain[..], &template].concat()] {
        for form in ["policy_module", "module"] {
            let build = ["build", "-m", "own", "-i", &log, "--output", ".", "--form", form];
            let (status, _, stderr) = run_in(&[&build[..], &asked].concat(), folder.path());
            assert_eq!(status, 0, "{asked:?} as {form}: {stderr}");
            let te = fs::read_to_string(folder.path().join("own.te")).unwrap();
            assert!(!te.contains("NOT WRITTEN"), "{te}");
        }
    }
}

#[test]
fn what_stands_for_a_call_is_headed_by_it() {
    if !judge::all_here(&[judge::HEADERS]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log").display().to_string();
    fs::write(&log, DAEMON).unwrap();
    let maker = ["--template", "init_daemon_domain(webd_t, webd_exec_t)", "--form", "module"];
    let asked = ["generate", "-m", "webd", "-i", &log, "--new-domain", "webd", "--from", "init_t"];
    let (status, te, stderr) = run(&[&asked[..], &maker].concat());
    assert_eq!(status, 0, "{stderr}");
    assert!(te.lines().any(|line| line == "# init_daemon_domain for webd_t and webd_exec_t"), "{te}");
}

/// The fields of a file context are parted by blanks, so that none can stand in a path: what is written for it matches the program
/// and no other.
#[test]
fn a_program_below_a_folder_with_a_blank_gets_its_context() {
    if !Store::is_possible() || !judge::all_here(&["matchpathcon"]) {
        return;
    }
    let program = "/opt/my app/d";
    let hex: String = program.bytes().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().concat();
    let log = DAEMON.replace("\"/usr/sbin/webd\"", &hex);
    let mut desk = desk::Desk::new(&log).with_demo_headers();
    desk.press("n \"webd\" enter");
    let module = desk.model.module();
    let [headers, _] = judge::dialects();
    let context = headers.render_context(Path::new("/")).unwrap();
    let fc = module.render(seltui::module::SourceFile::Fc, &context).text();
    assert!(fc.lines().any(|line| line.starts_with("/opt/my[[:space:]]app/d\t--\t")), "{fc}");
    let report = judge::build(&module, &headers);
    let store = Store::new();
    store.install("logger", judge::package(&report)).unwrap();
    let contexts = store.path().join("etc/selinux/default/contexts/files/file_contexts");
    for (path, is_labelled) in [(program, true), ("/opt/my.app/d", false), ("/opt/my/app/d", false), ("/opt/my", false)]
    {
        let arguments = ["-f", contexts.to_str().unwrap(), "-n", "-m", "file", path];
        let asked = Command::new("matchpathcon").args(arguments).output().unwrap();
        let context = String::from_utf8_lossy(&asked.stdout);
        assert_eq!(context.trim() == "system_u:object_r:webd_exec_t:s0", is_labelled, "{path}: {asked:?}");
    }
}

/// The records name what the kernel ran: of a script that is the interpreter, and of a service that could not be started systemd.
#[test]
fn a_program_that_runs_others_gets_no_context() {
    if !judge::compilers_are_here() || !judge::all_here(&[judge::HEADERS]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for (exe, expression) in [
        ("/usr/lib/systemd/systemd", None),
        ("/usr/bin/python3.11", None),
        ("/usr/bin/perl", None),
        ("/bin/sh", None),
        ("/usr/lib64/ld-linux-x86-64.so.2", None),
        ("/usr/sbin/php-fpm8.2", Some(r"/usr/sbin/php-fpm8\.2")),
        ("/usr/lib/systemd/systemd-networkd", Some("/usr/lib/systemd/systemd-networkd")),
        ("/usr/bin/node_exporter", Some("/usr/bin/node_exporter")),
    ] {
        let log = folder.path().join("log").display().to_string();
        fs::write(&log, DAEMON.replace("/usr/sbin/webd", exe)).unwrap();
        let maker = ["--template", "init_daemon_domain(webd_t, webd_exec_t)"];
        let asked = ["build", "-m", "webd", "-i", &log, "--new-domain", "webd", "--from", "init_t", "--output", "."];
        let (status, _, stderr) = run_in(&[&asked[..], &maker].concat(), folder.path());
        assert_eq!(status, 0, "{exe}: {stderr}");
        // What the compiler put into the package is what restorecon would do.
        let package = fs::read(folder.path().join("webd.pp")).unwrap();
        let package = String::from_utf8_lossy(&package);
        let label = package.lines().find(|line| line.starts_with('/') && line.contains("webd_exec_t"));
        assert_eq!(label.and_then(|line| line.split_whitespace().next()), expression, "{exe}");
        let fc = fs::read_to_string(folder.path().join("webd.fc")).unwrap();
        assert_eq!(fc.contains("NOT WRITTEN"), expression.is_none(), "{fc}");
        assert!(expression.is_some() || stderr.contains("it runs other programs too"), "{stderr}");
    }
}

/// Story B without naming the call: the log alone leads to it.
#[test]
fn story_b_finds_its_one_call_from_the_log() {
    if !Store::is_possible() {
        return;
    }
    let log = log("story-b.log");
    let call = "logging_manage_all_logs(container_logger_t)";
    let arguments = ["interface", "match", "-i", &log, "--as", "container_logger_t"];
    let (status, stdout, stderr) = run(&arguments);
    assert_eq!(status, 0, "{stderr}");
    let calls = |text: &str| -> Vec<String> {
        text.lines().filter(|line| line.ends_with("(container_logger_t)")).map(|line| line.trim().to_owned()).collect()
    };
    assert_eq!(calls(&stdout), [call], "{stdout}");
    for sentence in [
        "container_logger_t: the calls cover 16 of 18\n",
        "covers 16 of 18, opens 12 more, 1 of them writes; ",
        "  stays: var_log_t:dir { create rmdir }\n    would cover it: logging_manage_generic_log_dirs(container_logger_t)",
    ] {
        assert!(stdout.contains(sentence), "{sentence}: {stdout}");
    }
    // The call is about log files and, to get there, var_t.
    let policy = "/etc/selinux/default/policy/policy.33";
    if judge::all_here(&["seinfo", policy]) {
        let seinfo = Command::new("seinfo").args(["-a", "logfile", "-x", policy]).output().unwrap();
        let members = String::from_utf8(seinfo.stdout).unwrap().lines().filter(|line| line.starts_with('\t')).count();
        assert!(stdout.contains(&format!("; reaches {} types, by attribute logfile;", members + 1)), "{stdout}");
    }
    // Where little more than the container's policy is loaded, cron_log_t is no type, and so no logfile.
    let store = Store::new();
    let small = store.path().join("etc/selinux/default/policy/policy.33").display().to_string();
    let (status, stdout, stderr) = run(&[&arguments[..], &["--policy", &small]].concat());
    assert_eq!(status, 0, "{stderr}");
    assert_eq!(calls(&stdout), [call, "cron_write_log_files(container_logger_t)"], "{stdout}");

    let generate = ["generate", "-m", "logger", "-i", &log, "--style", "interfaces"];
    let domain = ["--new-domain", "container_logger", "--from", "container_t"];
    let template = ["--template", "container_domain_template(container_logger)", "--attribute", "sandbox_net_domain"];
    let (status, te, stderr) = run(&[&generate[..], &domain, &template].concat());
    assert_eq!(status, 0, "{stderr}");
    let te = statements(&te);
    let rules: Vec<_> = te.iter().filter(|line| line.starts_with("allow ")).collect();
    assert_eq!(rules, [&"allow container_logger_t var_log_t:dir { create rmdir };"]);
    assert!(te.contains(call), "{te:?}");
    let (status, te, stderr) = run(&[&generate[..], &domain, &template, &["--prefer", "tight"]].concat());
    assert_eq!(status, 0, "{stderr}");
    let te = statements(&te);
    assert!(te.contains("logging_manage_generic_log_dirs(container_logger_t)") && !te.contains(call), "{te:?}");
    assert!(!te.iter().any(|line| line.starts_with("allow ")), "{te:?}");
}

/// The log may be of another node, and the desk may have no policy at all: every argument is required all the same.
#[test]
fn calls_in_the_place_of_rules_build_whatever_the_policy_knows() {
    if !judge::all_here(&["make", "m4", "checkmodule", "semodule_package", judge::HEADERS]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log").display().to_string();
    let record = |source: &str, target: &str, class: &str, permission: &str| {
        format!(
            "type=AVC msg=audit(1700000000.000:7): avc:  denied  {{ {permission} }} for  pid=1 comm=\"x\" \
             scontext=system_u:system_r:{source}:s0 tcontext=system_u:object_r:{target}:s0 tclass={class} permissive=0\n"
        )
    };
    let log = record("elsewhere_t", "cron_log_t", "file", "write")
        + &record("elsewhere_t", "init_t", "fd", "use")
        + &record("httpd_t", "etc_t", "file", "read")
        + &record("domain", "etc_t", "file", "read");
    fs::write(&path, log).unwrap();
    for root in ["/", folder.path().to_str().unwrap()] {
        for more in [&["--prefer", "tight"][..], &["--dontaudit"]] {
            let asked =
                ["--root", root, "--headers", judge::HEADERS, "generate", "-m", "calls", "-i", &path, "--style"];
            let (status, te, stderr) = run(&[&asked[..], &["interfaces"], more].concat());
            assert_eq!(status, 0, "{stderr}");
            assert!(te.lines().any(|line| line.starts_with("init_") && line.ends_with("use_fds(elsewhere_t)")), "{te}");
            assert!(!te.contains("(domain"), "no record has an attribute for its source: {te}");
            judge::make("calls", &te).unwrap_or_else(|complaint| panic!("{complaint}\n{te}"));
        }
    }
}

/// The journal of a session that declares a domain under an attribute.
fn session_with_member(folder: &Path, domain: &str, attribute: &str) -> String {
    let (domain, attribute) = (Identifier::new(domain).unwrap(), Identifier::new(attribute).unwrap());
    let path = folder.join("journal");
    let mut journal = JournalFile::open(&path).unwrap().writer.unwrap();
    journal.begin("node1", &Identifier::new("logger").unwrap()).unwrap();
    let vector = AccessVector {
        source: "init_t".into(),
        target: "var_log_t".into(),
        class: "dir".into(),
        permissions: ["read"].into_iter().collect(),
    };
    let access = DecidedAccess { vector, remark: Remark::default(), roles: BTreeSet::new() };
    let joins = Addition {
        domain: Some(domain.clone()),
        wanted: true,
        ..Addition::of(Added::Attribute { of: domain.clone(), attribute })
    };
    let step = Step { additions: vec![joins], ..Step::new(Verdict::NewDomain(domain), vec![access]) };
    journal.append(&JournalRecord::Decide(step)).unwrap();
    path.display().to_string()
}

/// Story C: an attribute is a domain too, but not where `typeattribute $1` stands; each member gets a call, and these compile.
#[test]
fn story_c_calls_for_the_members_of_an_attribute() {
    if !Store::is_possible() {
        return;
    }
    let store = Store::new();
    let policy = store.path().join("etc/selinux/default/policy/policy.33").display().to_string();
    let refused = "kernel_read_messages(container_domain)";
    let reason = "no attribute can stand in \"typeattribute $1 can_receive_kernel_messages;\"";
    let of = |stdout: &str| -> Vec<String> {
        let lines = stdout.lines().filter_map(|line| line.strip_prefix("## ").or(Some(line)));
        lines.filter(|line| line.starts_with("kernel_read_messages(")).map(str::to_owned).collect()
    };
    let members = ["container_logreader_t", "container_logwriter_t", "container_t", "spc_t"]
        .map(|member| format!("kernel_read_messages({member})"));

    let asked = ["-s", "container_domain", "-t", "proc_kmsg_t", "-c", "file", "read", "--policy", &policy];
    let (status, stdout, stderr) = run(&[&["interface", "match"][..], &asked].concat());
    assert_eq!((status, of(&stdout)), (0, members.to_vec()), "{stdout}{stderr}");
    assert!(stdout.contains(&format!("not {refused}: ")) && stdout.contains(reason), "{stdout}");

    let asked = ["interface", "expand", "kernel_read_messages", "container_domain", "--policy", &policy];
    let (status, stdout, stderr) = run(&asked);
    assert_eq!((status, of(&stdout)), (1, members.to_vec()), "{stdout}{stderr}");
    // A domain that a session puts under the attribute is a member too.
    let folder = tempfile::tempdir().unwrap();
    let journal = session_with_member(folder.path(), "shipper_t", "container_domain");
    let (_, with_own, stderr) = run(&[&asked[..], &["--session", &journal]].concat());
    assert!(of(&with_own).len() == 5 && of(&with_own).contains(&"kernel_read_messages(shipper_t)".into()), "{stderr}");
    assert!(stderr.contains(refused) && stderr.contains(reason), "{stderr}");
    assert!(stdout.contains("typeattribute spc_t can_receive_kernel_messages;"), "{stdout}");

    let log = log("story-c.log");
    let (status, stdout, stderr) = run(&["generate", "-i", &log, "--call", refused, "--policy", &policy]);
    assert_eq!((status, stdout.as_str()), (2, ""), "{stderr}");
    assert!(stderr.contains("--call 'kernel_read_messages(container_t)'") && stderr.contains(reason), "{stderr}");

    let te = |require: &str, call: &str| format!("policy_module(drawn, 1.0)\ngen_require(`{require}')\n{call}\n");
    assert!(judge::make("drawn", &te("attribute container_domain;", refused)).is_err());
    let types = "type container_logreader_t, container_logwriter_t, container_t, spc_t;";
    judge::make("drawn", &te(types, &members.join("\n"))).unwrap();

    // runcon: no interface grants entrypoint; what one most likely wants is named, with the reason why it does not cover.
    let (_, stdout, stderr) = run(&["interface", "match", "-i", &log, "--from", "gravity_t"]);
    for call in ["netutils_exec_ping(gravity_t)", "netutils_domtrans_ping(gravity_t)"] {
        assert!(stdout.contains(&format!("near: {call}: does not cover this denial: grants ")), "{stdout}{stderr}");
    }
}

/// At 80 by 24 the whole reason is read, the call is for the domain, and nothing is said to be allowed by it.
#[test]
fn what_comes_near_is_shown_with_its_whole_reason() {
    if !judge::all_here(&[judge::HEADERS, "/etc/selinux/default/policy"]) {
        return;
    }
    let log = fs::read_to_string(log("story-c.log")).unwrap();
    let headers = judge::dialects()[0].read(Path::new("/")).unwrap();
    let (_, policy) = seltui::host::policy::read(Path::new("/"), None).unwrap();
    let mut desk = desk::Desk::new(&log).with_headers(headers, &policy);
    desk.resize(80, 24).press("g i");
    let screen = desk.screen();
    for part in
        ["netutils_exec_ping(gravity_t)", "netutils_domtrans_ping(gravity_t)", "which a rule should seldom allow"]
    {
        assert!(screen.contains(part), "{part}\n{screen}");
    }
    desk.press("enter");
    assert!(desk.te().contains("netutils_exec_ping(gravity_t)"), "{}", desk.te());
    let said = "netutils_exec_ping(gravity_t): covers none of the denials";
    assert!(desk.notice().starts_with(said), "{}", desk.notice());
    assert_eq!(desk.model.table.progress(), (0, 3));
}

/// What shall stay denied and be logged no more is asked of the interfaces that say so.
#[test]
fn dontaudit_is_written_as_dontaudit_interfaces() {
    if !judge::compilers_are_here() || !judge::all_here(&["/usr/libexec/selinux/hll/pp"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log").display().to_string();
    let record = |serial: u32, permission: &str, target: &str, class: &str| {
        format!(
            "type=AVC msg=audit(1700000000.000:{serial}): avc:  denied  {{ {permission} }} for  pid=1 comm=\"x\" \
             scontext=system_u:system_r:httpd_t:s0 tcontext=system_u:object_r:{target}:s0 tclass={class} permissive=0\n"
        )
    };
    // Interfaces that hide the third, as systemd_exec_systemctl does, allow something else besides.
    let third = record(3, "net_admin", "httpd_t", "capability");
    fs::write(&log, record(1, "use", "init_t", "fd") + &record(2, "getattr", "shadow_t", "file") + &third).unwrap();
    let asked = ["-m", "quiet", "-i", &log, "--dontaudit", "--style", "interfaces"];
    let (status, te, stderr) = run(&[&["generate"][..], &asked].concat());
    assert_eq!(status, 0, "{stderr}");
    let lines = statements(&te);
    assert!(lines.contains("init_dontaudit_use_fds(httpd_t)"), "{te}");
    assert!(lines.contains("auth_dontaudit_getattr_shadow(httpd_t)"), "{te}");
    assert!(!te.contains("allow "), "{te}");
    let (status, _, stderr) = run_in(&[&["build", "--output", "."][..], &asked].concat(), folder.path());
    assert_eq!(status, 0, "{stderr}");
    let [pp, cil] = ["quiet.pp", "quiet.cil"].map(|name| folder.path().join(name));
    assert!(std::process::Command::new("/usr/libexec/selinux/hll/pp").args([&pp, &cil]).status().unwrap().success());
    let cil = fs::read_to_string(cil).unwrap();
    assert!(cil.contains("(dontaudit httpd_t init_t (fd (use)))") && !cil.contains("(allow httpd_t"), "{cil}");
    assert!(cil.contains("(dontaudit httpd_t self (capability (net_admin)))"), "{cil}");
    // An attribute would bring what the policy allows it.
    assert!(!cil.replace("(typeattributeset cil_gen_require ", "").contains("(typeattributeset "), "{cil}");
}
