//! Text that a confined process chose, all the way into a built module: nothing of it is executed, no rule changes, no line
//! breaks. The judges are m4, the devel Makefile, and libsepol's `pp`, which shows what a package holds.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::disallowed_methods)] // a test may

mod judge;

use std::{collections::BTreeSet, fs, path::Path, process::Command};

use seltui::{
    audit::{AuditEvent, AvcKind, AvcMessage, AvcResult, EventId, Place, Stamp},
    denials::Denials,
    module::{LineKind, PolicyModule, RenderContext, Rendered, SourceFile, Unwritable, Unwritten},
    selinux::{Identifier, SecurityContext, Untrusted, comment_text, statement::Form},
    session::{JournalRecord, Plan, Session, Verdict},
};

/// Shows a package as CIL; it is what semodule itself runs.
const PP: &str = "/usr/libexec/selinux/hll/pp";

/// Values that a process may choose as its name, its arguments, its folder, or as a file's name.
///
/// What m4 or a shell would run makes the file `canary`.
fn hostile_values(canary: &Path) -> Vec<Vec<u8>> {
    let canary = canary.display();
    let payloads: Vec<Vec<u8>> = [
        format!("syscmd(touch {canary})"),
        format!("syscmd(`touch {canary}')"),
        format!("esyscmd(`touch {canary}')"),
        format!("indir(`syscmd', `touch {canary}')"),
        format!("builtin(`syscmd', `touch {canary}')"),
        format!("$(touch {canary}) `touch {canary}`; touch {canary}"),
        "include(/etc/passwd)".to_owned(),
        "sinclude(`/etc/passwd')".to_owned(),
        "m4exit(1)".to_owned(),
        "dnl".to_owned(),
        "divert(-1)".to_owned(),
        "divert".to_owned(),
        "changecom".to_owned(),
        "changequote".to_owned(),
        "changequote([,])".to_owned(),
        "undefine(`allow')".to_owned(),
        "define(`allow',`dontaudit')".to_owned(),
        "errprint(__file__) dumpdef".to_owned(),
        "$1 $* $@ $# dollarsstar".to_owned(),
        "allow init_t shadow_t:file read;".to_owned(),
        "optional_policy(`".to_owned(),
        "')".to_owned(),
        "policy_module(other, 2.0)".to_owned(),
        "#line 7 \"other.te\"".to_owned(),
        "\u{202e}evil\u{2066}\u{200b}\u{feff}".to_owned(),
        "\x1b]0;title\x07\x1b[2J\x1b[31m".to_owned(),
        "a\"b\\c".to_owned(),
    ]
    .map(String::into_bytes)
    .into();
    let mut values: Vec<Vec<u8>> = Vec::new();
    for payload in &payloads {
        let joined = |parts: &[&[u8]]| parts.concat();
        values.extend([
            payload.clone(),
            joined(&[b"'", payload, b"`"]),
            joined(&[b"`", payload, b"'"]),
            joined(&[b"\n", payload, b"\n"]),
            joined(&[b"x\r\n')\n", payload, b"\ngen_require(`"]),
            joined(&[b"\0", payload, b"\xff\xfe"]),
            joined(&[b"# ", payload, b" #"]),
            joined(&[b"(,", payload, b",)"]),
        ]);
        // Long enough that the middle is cut out, at different places.
        for length in [40, 90, 110, 4096] {
            values.push(joined(&[payload, &vec![b'x'; length], payload]));
        }
    }
    values.push(Vec::new());
    values.extend((0..=255_u8).map(|byte| vec![byte; 3]));
    values
}

fn message(target: &str, class: &str, permission: &str, value: &[u8]) -> AvcMessage {
    let context = |name: &str| SecurityContext {
        user: "system_u".into(),
        role: "system_r".into(),
        r#type: name.into(),
        range: None,
    };
    let value = || Some(Untrusted::new(value));
    AvcMessage {
        kind: AvcKind::Avc,
        result: AvcResult::Denied,
        permissions: [permission].into_iter().collect(),
        source: context("init_t"),
        target: context(target),
        class: class.into(),
        permissive: Some(false),
        pid: Some(1),
        comm: value(),
        exe: value(),
        path: value(),
        name: value(),
        dev: value(),
        inode: None,
        ioctl: None,
        capability: None,
        port: None,
        cmdline: value().into_iter().collect(),
        fields: Vec::new(),
        place: Place { input: 0, line: 1 },
        incomplete: false,
        unproven: true,
    }
}

fn allow_all(messages: Vec<AvcMessage>, form: Form) -> PolicyModule {
    let mut denials = Denials::new();
    let id = EventId { node: None, stamp: Stamp(1), serial: Some(1) };
    denials.absorb(AuditEvent { id, messages, records: Vec::new() });
    let mut session = Session::new(Identifier::new("hostile").unwrap());
    session.apply(&JournalRecord::Form { form }).unwrap();
    for record in (Plan { verdict: Verdict::Allow, domain: None }).records(&denials) {
        session.apply(&record).unwrap();
    }
    session.policy_module()
}

/// The rules in a package, as CIL has them.
fn rules_in(package: &[u8]) -> BTreeSet<String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hostile.pp");
    fs::write(&path, package).unwrap();
    let output = Command::new(PP).arg(&path).output().unwrap();
    assert!(output.status.success(), "{}", judge::all_text(&output));
    let cil = String::from_utf8(output.stdout).unwrap();
    cil.lines()
        .map(str::trim)
        .filter(|line| line.contains("allow ") || line.contains("audit "))
        .map(str::to_owned)
        .collect()
}

fn check_lines(rendered: &Rendered) {
    let lines = &rendered.lines;
    for (remark, rule) in lines.iter().zip(&lines[1..]).filter(|(line, _)| line.kind == LineKind::Remark) {
        assert!(remark.text.starts_with("# ") && remark.text.len() <= 120, "{remark:?}");
        assert!(remark.text.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{remark:?}");
        assert!(rule.kind == LineKind::Allow && rule.origins == remark.origins, "{rule:?}");
    }
}

#[test]
fn no_value_changes_the_module_that_is_built() {
    if !judge::compilers_are_here() || !judge::all_here(&[PP]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let canary = folder.path().join("canary");
    let values = hostile_values(&canary);
    assert!(values.len() >= 200);
    let named = |(number, value): (usize, &Vec<u8>)| message(&format!("t{number}_t"), "file", "read", value);
    let messages: Vec<_> = values.iter().enumerate().map(named).collect();
    let expected: BTreeSet<_> =
        (0..values.len()).map(|number| format!("(allow init_t t{number}_t (file (read)))")).collect();
    let [headers, _] = judge::dialects();
    for form in [Form::PolicyModule, Form::Module] {
        let module = allow_all(messages.clone(), form);
        let rendered = module.render(SourceFile::Te, &RenderContext::default());
        check_lines(&rendered);
        assert_eq!(rendered.lines.iter().filter(|line| line.kind == LineKind::Remark).count(), values.len());
        let report = judge::build(&module, &headers);
        assert_eq!(rules_in(judge::package(&report)), expected);
        assert!(!canary.exists(), "something was executed");
    }
}

#[test]
fn remarks_stand_even_inside_a_quoted_block() {
    if !judge::compilers_are_here() || !judge::all_here(&[PP]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let canary = folder.path().join("canary");
    let values = hostile_values(&canary);
    let named = |(number, value): (usize, &Vec<u8>)| message(&format!("t{number}_t"), "file", "read", value);
    let module = allow_all(values.iter().enumerate().map(named).collect(), Form::PolicyModule);
    let text = module.render(SourceFile::Te, &RenderContext::default()).text();
    // The same lines as a person might move them, twice quoted.
    let (head, rules) = text.split_at(text.find("\n# init_t").unwrap());
    let require = "gen_require(`type init_t;')";
    let moved =
        format!("{head}\noptional_policy(`\n{require}\nifdef(`distro_debian',`\n{rules}\n',`\n{rules}\n')\n')\n");
    fs::write(folder.path().join("hostile.te"), moved).unwrap();
    let output = Command::new("make")
        .args(["-f", &format!("{}/Makefile", judge::HEADERS), &format!("HEADERDIR={}", judge::HEADERS)])
        .args(["NAME=default", "TYPE=mcs", "hostile.pp"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", judge::all_text(&output));
    let rules = rules_in(&fs::read(folder.path().join("hostile.pp")).unwrap());
    assert_eq!(rules.len(), values.len());
    assert!(!canary.exists(), "something was executed");
}

/// What GNU m4 makes of a text.
fn m4(text: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("in.m4");
    fs::write(&path, text).unwrap();
    let output = Command::new("m4").arg(&path).output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{}", judge::all_text(&output));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn m4_copies_safe_text_as_it_stands() {
    if !judge::all_here(&["m4"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let canary = folder.path().join("canary");
    let values = hostile_values(&canary);
    let safe: Vec<_> = values.iter().map(|value| comment_text(&String::from_utf8_lossy(value))).collect();
    let plain: String = safe.iter().flat_map(|text| ["<", text, ">\n"]).collect();
    // Without the comment's sign, which would protect it: bare, quoted, and as an argument that is expanded again.
    assert_eq!(m4(&plain), plain);
    assert_eq!(m4(&format!("`{plain}'")), plain);
    let expanded: String = safe.iter().flat_map(|text| ["again(`<", text, ">')\n"]).collect();
    assert_eq!(m4(&format!("define(`again',`$1')dnl\n{expanded}")), plain);
    assert!(!canary.exists(), "something was executed");
}

#[test]
fn hostile_names_are_kept_and_marked_and_never_written() {
    if !judge::compilers_are_here() || !judge::all_here(&[PP]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let canary = folder.path().join("canary");
    let values = hostile_values(&canary);
    let names: BTreeSet<String> = values
        .iter()
        .map(|value| String::from_utf8_lossy(value).into_owned())
        .filter(|name| Identifier::new(name).is_err())
        .collect();
    assert!(names.len() >= 200);
    let mut messages = vec![message("sound_t", "file", "read", b"x")];
    for name in &names {
        messages.push(message(name, "file", "read", b"x"));
        messages.push(message("sound_t", name, "read", b"x"));
        messages.push(message("sound_t", "file", name, b"x"));
    }
    let [headers, _] = judge::dialects();
    for form in [Form::PolicyModule, Form::Module] {
        let module = allow_all(messages.clone(), form);
        let report = judge::build(&module, &headers);
        assert_eq!(rules_in(judge::package(&report)), ["(allow init_t sound_t (file (read)))".to_owned()].into());
        let kept = |unwritable: &Unwritable| match &unwritable.what {
            Unwritten::Rule(rule) => rule.vector.permissions.len(),
            other => panic!("{other}"),
        };
        assert_eq!(report.unwritable.iter().map(kept).sum::<usize>(), 3 * names.len());
        let rendered = module.render(SourceFile::Te, &RenderContext::default());
        let marks = rendered.lines.iter().filter(|line| line.text.starts_with("# NOT WRITTEN: ")).count();
        assert_eq!(marks, report.unwritable.len());
        assert!(rendered.lines.iter().all(|line| line.text.len() <= 120));
        assert!(!canary.exists(), "something was executed");
    }
}
