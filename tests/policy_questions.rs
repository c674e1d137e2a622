//! The typed questions, judged by sesearch's rules and by libsepol's verdicts.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    dead_code,
    missing_docs
)]

#[path = "policy/judges.rs"]
mod judges;

use std::{
    collections::BTreeMap,
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
};

use judges::{Setools, big_policy, compile, conf, judge};
use seltui::{
    policydb::{Policy, RuleKind},
    selinux::PermissionSet,
};

#[test]
fn rules_between_two_types_are_those_that_sesearch_finds() {
    let Some(mut setools) = Setools::start() else { return };
    if !judge("/usr/bin/checkpolicy") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = compile(folder.path(), &conf(33, true), 33, true, "allow");
    let policy = Policy::read(&std::fs::read(&path).unwrap()).unwrap();
    let types = ["init_t", "kernel_t", "parent_t", "child_t", "file_t", "old_t", "port_t", "newer_t"];
    let mut found = 0;
    for source in types {
        for target in types {
            let (from, to) = (policy.find_type(source).unwrap(), policy.find_type(target).unwrap());
            for class in ["file", "dir", "process", "socket"] {
                let words =
                    ["-A", "--auditallow", "--auditallowxperm", "--dontaudit", "--dontauditxperm", "--type_change"];
                let which = ["--type_member", "-s", source, "-t", target, "-c", class, path.to_str().unwrap()];
                let theirs = setools.ask("sesearch", &[&words[..], &which].concat()).out;
                let class = policy.find_class(class).unwrap();
                let rules = policy.rules_between(from, to, Some(class));
                let mut ours = String::new();
                for rule in rules.iter().filter(|found| found.rule.kind != RuleKind::TypeTransition) {
                    policy.push_found_rule(&mut ours, rule);
                    ours.push('\n');
                    assert!(policy.expand_rule(&rule.rule).any(|pair| pair == (from, to)));
                }
                judges::assert_same(&ours, &theirs, &format!("{source} {target}"));
                found += ours.lines().count();
            }
        }
    }
    assert!(found > 50, "only {found} rules");
}

#[test]
fn the_kernels_decision_is_libsepols_verdict() {
    if !judge("/usr/bin/checkpolicy") || !has_audit2why() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = compile(folder.path(), &conf(33, true), 33, true, "allow");
    let policy = Policy::read(&std::fs::read(&path).unwrap()).unwrap();
    let processes = [
        "system_u:system_r:init_t:s0",
        "system_u:system_r:kernel_t:s1:c0-s2:c0.c2",
        "system_u:admin_r:parent_t:s0-s1:c1",
        "user_u:user_r:parent_t:s0:c1-s1:c1",
        "user_u:user_r:child_t:s1:c1",
        "system_u:system_r:parent_t:s0-s1:c1",
        "system_u:system_r:child_t:s0",
        "system_u:system_r:grandchild_t:s0:c0",
        "user_u:user_r:grandchild_t:s0:c1",
    ];
    let objects = [
        "system_u:object_r:file_t:s0",
        "user_u:object_r:file_t:s1:c1",
        "system_u:object_r:old_t:s2",
        "user_u:object_r:port_t:s0:c1",
        "system_u:object_r:new_t:s1",
        "system_u:object_r:port_t:s1:c1",
    ];
    let mut asked = Vec::new();
    for source in processes {
        for target in processes.iter().chain(&objects) {
            for (class, data) in policy.classes_by_number() {
                for (bit, permission) in &data.by_name {
                    asked.push((source, *target, class, *bit, permission.as_str().to_owned()));
                }
            }
        }
    }
    let verdicts =
        verdicts(&path, asked.iter().map(|(s, t, class, _, p)| [s, t, policy.class_name(*class), p.as_str()]));
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for ((source, target, class, bit, permission), theirs) in asked.iter().zip(&verdicts) {
        let contexts = (policy.parse_context(source).unwrap(), policy.parse_context(target).unwrap());
        let decision = policy.decide(&contexts.0, &contexts.1, *class);
        let access = policy.access(contexts.0.r#type, contexts.1.r#type, *class);
        let constrained = decision.constrained.iter().any(|(_, bits)| bits & bit != 0);
        let ours = match () {
            () if decision.allowed & bit != 0 => "ALLOW",
            () if constrained => "CONSTRAINT",
            () if decision.by_role & bit != 0 => "RBAC",
            () if decision.by_bounds & bit != 0 => "BOUNDS",
            () if access.allowed_otherwise & bit != 0 => "BOOLEAN",
            () if access.not_audited & bit != 0 => "DONTAUDIT",
            () => "TERULE",
        };
        assert_eq!(ours, theirs, "{source} {target} {} {permission}", policy.class_name(*class));
        *counts.entry(ours).or_default() += 1;
    }
    eprintln!("{} decisions the same: {counts:?}", asked.len());
    for verdict in ["ALLOW", "CONSTRAINT", "RBAC", "DONTAUDIT", "BOOLEAN", "TERULE"] {
        assert!(counts.get(verdict).is_some_and(|count| *count > 0), "no case of {verdict}: {counts:?}");
    }
}

fn has_audit2why() -> bool {
    let out = Command::new("/usr/bin/python3").args(["-c", "import selinux.audit2why"]).output();
    let there = out.is_ok_and(|out| out.status.success());
    if !there {
        eprintln!("\n!!! JUDGE MISSING: python3-selinux; this test judged nothing\n");
        assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "python3-selinux is missing under CI");
    }
    there
}

fn verdicts<'a>(policy: &Path, asked: impl Iterator<Item = [&'a str; 4]>) -> Vec<String> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/policy/why_judge.py");
    let mut command = Command::new("/usr/bin/python3");
    let mut child = command.arg(script).arg(policy).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let lines: String = asked.map(|words| serde_json::to_string(&words).unwrap() + "\n").collect();
    let writer = std::thread::spawn(move || input.write_all(lines.as_bytes()));
    let out = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    String::from_utf8(out.stdout).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn small_questions_have_the_answers_of_the_source() {
    if !judge("/usr/bin/checkpolicy") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = compile(folder.path(), &conf(33, true), 33, true, "allow");
    let policy = Policy::read(&std::fs::read(&path).unwrap()).unwrap();
    let id = |name| policy.find_type(name).unwrap();
    let names = |ids: Vec<_>| ids.into_iter().map(|id| policy.type_name(id)).collect::<Vec<_>>();
    let mut attributes = names(policy.attributes(id("init_t")).collect());
    attributes.sort_unstable();
    assert_eq!(attributes, ["domain", "trusted"]);
    assert_eq!(policy.expand(id("trusted")).count(), 2);
    assert_eq!(policy.expand(id("empty")).count(), 0);
    assert_eq!(id("oldest_t"), id("old_t"));
    assert!(policy.type_matches(id("init_t"), id("trusted")) && !policy.type_matches(id("file_t"), id("trusted")));
    assert_eq!(names(policy.bounds(id("grandchild_t")).collect()), ["child_t", "parent_t"]);
    let role = |name| policy.find_role(name).unwrap();
    assert!(policy.may_change_role(role("user_r"), role("admin_r")));
    assert!(!policy.may_change_role(role("admin_r"), role("user_r")));
    let file = policy.find_class("file").unwrap();
    let bits = |names: &[&str]| policy.permission_bits(file, &names.iter().copied().collect::<PermissionSet>());
    assert_eq!(bits(&["read", "transition"]).unwrap_err().as_str(), "transition");
    let read = bits(&["read"]).unwrap();
    // allow parent_t file_t:file { read write execute }, the dontaudit of the same is on parent_t itself.
    assert!(policy.is_allowed(id("parent_t"), id("file_t"), file, read));
    assert!(!policy.is_allowed(id("parent_t"), id("old_t"), file, read));
    let rules = policy.rules_for(id("init_t"), id("port_t"), file, RuleKind::Allow, u32::MAX);
    // (one || two) && three, one ^ two: in force; one == two: the else branch.
    assert_eq!(rules.len(), 4);
    let open = bits(&["open"]).unwrap();
    let access = policy.access(id("init_t"), id("port_t"), file);
    assert_eq!(access.allowed, bits(&["read", "write", "create"]).unwrap());
    assert_eq!(access.allowed_otherwise, open);
    // Two constraints on getattr: mlsconstrain file { read getattr }, constrain { file dir } getattr.
    assert_eq!(policy.constraints_on(file, bits(&["getattr"]).unwrap()).count(), 2);
    let (_, constraint) = policy.constraints_on(file, read).next().unwrap();
    assert_eq!(policy.constraint_expression(constraint), "h1 dom h2 or ( t1 == trusted )");
    let context = |text| policy.parse_context(text).unwrap();
    let (low, high) = (context("user_u:user_r:parent_t:s0:c1"), context("system_u:object_r:file_t:s1"));
    let evaluation = policy.evaluate(constraint, &low, &high, None);
    assert_eq!((evaluation.holds, evaluation.terms), (false, vec![false, false, false]));
    let trusted = context("system_u:system_r:init_t:s0");
    assert_eq!(policy.evaluate(constraint, &trusted, &high, None).terms, [false, true, true]);
    // mlsvalidatetrans file ( l1 eq l2 or t3 == trusted ); validatetrans file ( t3 == trusted and u1 == u2 );
    let (old, new) = (context("system_u:object_r:file_t:s0"), context("system_u:object_r:file_t:s1"));
    assert_eq!(policy.failed_validatetrans(file, &old, &new, &trusted).len(), 0);
    assert_eq!(policy.failed_validatetrans(file, &old, &new, &low).len(), 2);
}

#[test]
fn a_question_takes_microseconds_even_of_a_big_policy() {
    let Some(path) = big_policy() else { return };
    let policy = Policy::read(&std::fs::read(path).unwrap()).unwrap();
    let types: Vec<_> = policy.types_by_number().map(|(id, _)| id).filter(|id| !policy.is_attribute(*id)).collect();
    let file = policy.find_class("file").unwrap();
    let start = std::time::Instant::now();
    let questions = 5000;
    let mut allowed = 0;
    for index in 0..questions {
        let (source, target) = (types[index * 7 % types.len()], types[index * 131 % types.len()]);
        allowed += policy.access(source, target, file).allowed.count_ones();
    }
    let each = start.elapsed() / u32::try_from(questions).unwrap();
    eprintln!("{each:?} a question without optimization; {allowed} permissions allowed");
    // Unoptimized and beside other tests; optimized it is a tenth.
    assert!(each < std::time::Duration::from_millis(1), "{each:?}");
}
