//! Rules written with the headers' names: GNU m4 says what each name stands for, the compiler and libsepol that the module does
//! the same with them and without.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::disallowed_methods)] // a test may

mod desk;
mod judge;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
};

use desk::Desk;
use judge::{HEADERS, all_here, all_text};
use seltui::{
    host::headers::{Headers, demo_render_context},
    module::{PolicyModule, Remark, Rule, SourceFile},
    selinux::{
        AccessVector, Identifier, Name,
        statement::{AvRuleKind, Form},
    },
};

/// What m4 makes of each line, with the support macros before it.
fn expanded_by_m4(lines: &[String]) -> Vec<String> {
    let mut support: Vec<_> = fs::read_dir(format!("{HEADERS}/support"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "spt"))
        .collect();
    support.sort();
    let mut m4 =
        Command::new("m4").args(&support).arg("-").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut input = m4.stdin.take().unwrap();
    input.write_all(b"divert`'dnl\n").unwrap();
    for line in lines {
        input.write_all(format!("@{line}\n").as_bytes()).unwrap();
    }
    drop(input);
    let text = String::from_utf8(m4.wait_with_output().unwrap().stdout).unwrap();
    text.split('@').skip(1).take(lines.len()).map(str::to_owned).collect()
}

fn words(text: &str) -> BTreeSet<&str> {
    text.split(|c: char| c.is_whitespace() || "{};".contains(c)).filter(|word| !word.is_empty()).collect()
}

/// The names that `define` makes in a support file and that end so.
fn defined(file: &str, ending: &str) -> Vec<String> {
    let text = fs::read_to_string(format!("{HEADERS}/support/{file}")).unwrap();
    let names = text.lines().filter_map(|line| Some(line.strip_prefix("define(`")?.split_once('\'')?.0));
    names.filter(|name| name.ends_with(ending)).map(str::to_owned).collect()
}

/// Every class that some header writes a name of permissions with.
fn classes_in_headers() -> BTreeMap<String, BTreeSet<String>> {
    let mut classes: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let grep = Command::new("grep")
        .args(["-rhoE", "--include=*.if", "--include=*.spt", r":\s*[a-z0-9_]+ [a-z_]+_perms;", HEADERS])
        .output()
        .unwrap();
    for line in String::from_utf8(grep.stdout).unwrap().lines() {
        let (class, name) = line.trim_start_matches(':').trim_end_matches(';').trim().split_once(' ').unwrap();
        classes.entry(name.to_owned()).or_default().insert(class.to_owned());
    }
    classes
}

fn rule(source: &str, target: &str, class: &str, permissions: &BTreeSet<&str>) -> Rule {
    let vector = AccessVector {
        source: source.into(),
        target: target.into(),
        class: class.into(),
        permissions: permissions.iter().copied().collect(),
    };
    Rule { kind: AvRuleKind::Allow, vector, remark: Remark::default() }
}

/// What a package allows: `SOURCE TARGET CLASS PERMISSION`. A pattern may say one access in two of its rules.
fn rules_in(package: &[u8]) -> BTreeSet<String> {
    let folder = tempfile::tempdir().unwrap();
    let [pp, cil] = ["named.pp", "named.cil"].map(|name| folder.path().join(name));
    fs::write(&pp, package).unwrap();
    let output = Command::new("/usr/libexec/selinux/hll/pp").args([&pp, &cil]).output().unwrap();
    assert!(output.status.success(), "{}", all_text(&output));
    let text = fs::read_to_string(cil).unwrap();
    let mut accesses = BTreeSet::new();
    for line in text.lines().filter(|line| line.starts_with("(allow ")) {
        let words: Vec<_> = line.split(['(', ')', ' ']).filter(|word| !word.is_empty()).collect();
        let [_, source, target, class, permissions @ ..] = words.as_slice() else { panic!("{line}") };
        accesses.extend(permissions.iter().map(|permission| format!("{source} {target} {class} {permission}")));
    }
    accesses
}

/// Every set and every pattern of the headers that is allow rules of one source is written by a name that says exactly that, and so
/// is nothing that has a permission less.
#[test]
fn every_name_of_the_headers_says_exactly_what_the_rules_say() {
    if !judge::compilers_are_here() || !all_here(&["/usr/libexec/selinux/hll/pp", "grep"]) {
        return;
    }
    let headers = Headers::new(&[HEADERS.into()], Path::new("/"));
    let context = headers.render_context(Path::new("/")).unwrap();
    let mut module = PolicyModule::new(Identifier::new("named").unwrap(), Form::PolicyModule);
    module.named_sets = true;

    let names = defined("obj_perm_sets.spt", "_perms");
    let sets = expanded_by_m4(&names);
    let in_headers = classes_in_headers();
    let mut by_target: BTreeMap<String, (String, BTreeSet<&str>)> = BTreeMap::new();
    let file_classes = ["lnk_file", "chr_file", "blk_file", "sock_file", "fifo_file", "file", "dir"];
    let mut almost = 0;
    for (name, set) in names.iter().zip(&sets) {
        let mut classes = in_headers.get(name).cloned().unwrap_or_default();
        let stem = name.strip_suffix("_perms").unwrap();
        classes.extend(file_classes.iter().find(|class| stem.ends_with(*class)).map(|class| (*class).to_owned()));
        classes.retain(|class| context.classes.contains(class, words(set).first().unwrap()));
        for class in classes {
            let target = format!("t{}_t", by_target.len());
            module.rules.push(rule("set_t", &target, &class, &words(set)));
            by_target.insert(target, (class.clone(), words(set)));
            // With one permission less it is another set, or none that has a name.
            for left_out in words(set).into_iter().filter(|_| words(set).len() > 1) {
                let mut rest = words(set);
                rest.remove(left_out);
                module.rules.push(rule("almost_t", &format!("u{almost}_t"), &class, &rest));
                almost += 1;
            }
        }
    }
    let patterns: Vec<_> = ["file_patterns.spt", "ipc_patterns.spt", "misc_patterns.spt"]
        .iter()
        .flat_map(|file| defined(file, "_pattern"))
        .collect();
    let calls: Vec<_> = patterns.iter().enumerate().map(|(at, name)| format!("{name}(p{at}_t,x_t,x_t,y_t)")).collect();
    let mut called = BTreeSet::new();
    for (at, text) in expanded_by_m4(&calls).iter().enumerate() {
        let source = format!("p{at}_t");
        let mut rules: BTreeMap<(String, String), BTreeSet<&str>> = BTreeMap::new();
        let mut is_plain = true;
        for statement in text.split(';').map(str::trim).filter(|part| !part.is_empty() && !part.starts_with('#')) {
            let parts = statement.strip_prefix("allow ").and_then(|rest| rest.split_once(' '));
            let parts = parts.and_then(|(own, rest)| Some((own, rest.split_once(':')?)));
            let parts = parts.and_then(|(own, (target, rest))| Some((own, target, rest.trim().split_once(' ')?)));
            let Some((_, target, (class, set))) = parts.filter(|(own, target, _)| *own == source && *target != "self")
            else {
                is_plain = false;
                break;
            };
            assert!(!class.contains('{'), "{statement}");
            rules.entry((target.to_owned(), class.to_owned())).or_default().extend(words(set));
        }
        if is_plain && rules.len() > 1 {
            called.insert(source.clone());
            module.rules.extend(rules.iter().map(|((target, class), set)| rule(&source, target, class, set)));
        }
    }
    // Counted in Debian's headers: the sets, and the patterns that neither make a transition nor speak of another source.
    println!("{} sets with their classes, {almost} with one less, {} patterns", by_target.len(), called.len());
    assert!(by_target.len() > 130 && almost > 500 && called.len() > 80);

    let te = module.render(SourceFile::Te, &context);
    assert_eq!(te.unwritable, []);
    let te = te.text();
    let written: Vec<&str> = te.lines().filter(|line| line.starts_with("allow ")).collect();
    for (target, (class, set)) in &by_target {
        let line = written.iter().find(|line| line.starts_with(&format!("allow set_t {target}:{class} "))).unwrap();
        let name = line.trim_end_matches(';').rsplit_once(' ').unwrap().1;
        assert!(name.ends_with("_perms"), "{line}: the headers have a name for {set:?}");
    }
    for source in &called {
        let of_source = |line: &&str| line.contains(&format!("({source}, x_t"));
        let calls: Vec<_> = te.lines().filter(of_source).collect();
        let rest: Vec<_> = written.iter().filter(|line| line.starts_with(&format!("allow {source} "))).collect();
        assert!(calls.len() == 1 && rest.is_empty(), "{source} of {patterns:?}: {calls:?} {rest:?}");
    }
    let rules_of = |named: bool| {
        let module = PolicyModule { named_sets: named, ..module.clone() };
        rules_in(judge::package(&judge::build_in(&module, &headers, &context)))
    };
    let (by_names, raw) = (rules_of(true), rules_of(false));
    let differ: Vec<_> = by_names.symmetric_difference(&raw).take(10).collect();
    assert!(differ.is_empty(), "{differ:?}");
    assert!(raw.len() > 5 * (by_target.len() + called.len()), "{}", raw.len());
}

fn run(arguments: &[&str]) -> (i32, String, String) {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_seltui"));
    let output = command.args(arguments).current_dir(folder.path()).stdin(Stdio::null()).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

fn record(serial: usize, permissions: &str, target: &str, class: &str) -> String {
    format!(
        "type=AVC msg=audit(1700000000.000:{serial}): avc:  denied  {{ {permissions} }} for  pid=1 comm=\"x\" \
         scontext=system_u:system_r:httpd_t:s0 tcontext=system_u:object_r:{target}:s0 tclass={class} permissive=0\n"
    )
}

const DENIED: [(&str, &str, &str); 5] = [
    ("getattr search open", "unheard_of_t", "dir"),
    ("getattr open read ioctl lock", "unheard_of_t", "file"),
    ("getattr open read ioctl lock", "unseen_t", "file"),
    ("getattr open read", "unknown_t", "file"),
    ("sigchld sigkill sigstop signull signal", "httpd_t", "process"),
];

fn log() -> String {
    DENIED.iter().enumerate().map(|(at, (set, target, class))| record(at, set, target, class)).collect()
}

const NAMED: [&str; 4] = [
    "read_files_pattern(httpd_t, unheard_of_t, unheard_of_t)",
    "allow httpd_t unseen_t:file read_file_perms;",
    "allow httpd_t unknown_t:file { getattr open read };",
    "allow httpd_t self:process signal_perms;",
];

#[test]
fn the_command_line_writes_names_on_demand_and_where_a_compiler_knows_them() {
    if !all_here(&[HEADERS]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("log").display().to_string();
    fs::write(&file, log()).unwrap();
    let (status, te, stderr) = run(&["generate", "-m", "named", "-i", &file, "--named-sets"]);
    assert_eq!(status, 0, "{stderr}");
    let statements: BTreeSet<&str> = te.lines().collect();
    assert!(NAMED.iter().all(|line| statements.contains(line)), "{te}");
    assert_eq!(te.matches("allow ").count(), 3, "{te}");
    let (_, te, _) = run(&["generate", "-m", "named", "-i", &file]);
    assert!(!te.contains("_perms") && !te.contains("_pattern"), "{te}");
    let (status, te, stderr) = run(&["generate", "-m", "named", "-i", &file, "--named-sets", "--form", "module"]);
    assert!(status == 2 && te.is_empty() && stderr.contains("--form policy_module"), "{stderr}");
}

#[test]
fn one_key_writes_names_and_takes_them_back() {
    let mut desk = Desk::new(&log());
    desk.model.facts.rendering = demo_render_context();
    desk.press("* a");
    let raw = desk.te();
    desk.press("m");
    let te = desk.te();
    for line in &NAMED[..3] {
        assert!(te.lines().any(|own| own == *line), "{line}: {te}");
    }
    // A row leads to the line that its rule became.
    let both: Vec<_> = desk.model.preview.rendered().lines.iter().filter(|line| line.origins.len() == 2).collect();
    assert_eq!(both.len(), 1);
    let classes: Vec<_> = both[0].origins.iter().map(|(.., class)| class.clone()).collect();
    assert_eq!(classes, [Name::from("dir"), Name::from("file")]);
    desk.press("m");
    assert_eq!(desk.te(), raw);
    assert_eq!(desk.journal.len(), 3, "each change is in the journal: {:?}", desk.journal);
    // What checkmodule does not know is not written, and the key says why.
    desk.press("m f");
    assert!(!desk.te().contains("_perms"), "{}", desk.te());
    desk.press("m");
    assert!(desk.model.notice.as_ref().unwrap().text.contains("module form"), "{:?}", desk.model.notice);
    desk.press("f");
    assert!(desk.te().contains("read_file_perms"), "the choice stands: {}", desk.te());
}
