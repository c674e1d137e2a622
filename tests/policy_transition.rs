//! `seltui transition` judged by the rules that sesearch prints, and by the kernel's steps counted by hand.
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

use std::path::Path;

use judges::{Answered, Setools, big_policy, compile, conf, judge, seltui};

fn transition(policy: &Path, words: &[&str]) -> Answered {
    seltui(&[&["transition", "--policy", policy.to_str().unwrap()], words].concat())
}

/// Each n-th line of a search, without conditional rules.
fn rules(setools: &mut Setools, policy: &Path, kind: &str, count: usize) -> Vec<Vec<String>> {
    let found = setools.ask("sesearch", &[kind, policy.to_str().unwrap()]).out;
    let lines: Vec<&str> = found.lines().filter(|line| !line.contains('[')).collect();
    let some = lines.iter().step_by((lines.len() / count).max(1));
    some.map(|line| line.trim_end_matches(';').split([' ', ':']).map(str::to_owned).collect()).collect()
}

#[test]
fn every_kind_of_rule_gives_what_it_says() {
    let (Some(mut setools), Some(policy)) = (Setools::start(), big_policy()) else { return };
    let mut cases = 0;
    // type_transition SOURCE TARGET CLASS NEW [NAME]
    for rule in rules(&mut setools, policy, "-T", 80) {
        let (source, target, class, new) = (&rule[1], &rule[2], rule[3].as_str(), &rule[4]);
        let [from, to] = [format!("system_u:system_r:{source}:s0"), format!("system_u:object_r:{target}:s0")];
        let mut words = vec![from.as_str(), &to, class];
        words.extend(rule.get(5).map(String::as_str));
        let keeps_role = class == "process" || class.ends_with("socket");
        let expected = format!("system_u:{}:{new}:s0\n", if keeps_role { "system_r" } else { "object_r" });
        assert_eq!(transition(policy, &words).out, expected, "{rule:?}");
        cases += 1;
    }
    // role_transition ROLE TARGET CLASS NEW
    for rule in rules(&mut setools, policy, "--role_trans", 30) {
        let to = format!("system_u:object_r:{}:s0", rule[2]);
        let out = transition(policy, &[&format!("system_u:{}:init_t:s0", rule[1]), &to, &rule[3]]).out;
        assert_eq!(out.split(':').nth(1), Some(rule[4].as_str()), "{rule:?}");
        cases += 1;
    }
    // range_transition SOURCE TARGET CLASS RANGE; Debian's have one sensitivity, and ` - ` in sesearch's text.
    for rule in rules(&mut setools, policy, "--range_trans", 30) {
        let from = format!("system_u:system_r:{}:s0-s0:c0.c1023", rule[1]);
        let out = transition(policy, &[&from, &format!("system_u:object_r:{}:s0", rule[2]), &rule[3]]).out;
        let range: Vec<&str> = out.trim_end().splitn(4, ':').collect();
        assert_eq!(range[3], rule[4..].join(":").replace(":-:", "-"), "{rule:?}");
        cases += 1;
    }
    assert!(cases >= 100, "only {cases} cases");
    eprintln!("{cases} rules gave what they say");
}

#[test]
fn defaults_names_and_ranges_follow_the_kernels_steps() {
    if !judge("/usr/bin/checkpolicy") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let policy = compile(folder.path(), &conf(33, true), 33, true, "allow");
    let (user, old) = ("user_u:user_r:parent_t:s0:c1-s1:c0,c1", "system_u:object_r:old_t:s1:c0-s2:c0,c1");
    let init = "system_u:system_r:init_t:s0";
    // Each is counted by hand through security_compute_sid and mls_compute_sid, with the statements of everything.conf.
    for (source, target, rest, expected, status) in [
        // default_user file target, default_role file source, default_range file target low; user_r may not have old_t.
        (user, old, &["file"][..], "system_u:user_r:old_t:s1:c0", 1),
        // default_type chr_file target, default_range chr_file target low-high.
        (user, old, &["chr_file"], "user_u:object_r:old_t:s1:c0-s2:c0,c1", 0),
        // A socket keeps the role; default_type socket source, default_range socket source low.
        (user, old, &["socket"], "user_u:user_r:parent_t:s0:c1", 0),
        // default_role dir source, default_range dir source high.
        (user, old, &["dir"], "user_u:user_r:old_t:s1:c0,c1", 1),
        // glblub: the greater low and the lesser high sensitivity, the categories that both have.
        (user, old, &["db_table"], "user_u:object_r:old_t:s1-s1:c0,c1", 0),
        // type_transition, role_transition and range_transition at once; admin_r may not have child_t.
        (init, "system_u:object_r:exec_t:s0", &["process"], "system_u:admin_r:child_t:s1:c1-s2:c1,c2", 1),
        // The name wins over the rule without one; the second name is another rule's.
        (init, "system_u:object_r:file_t:s0", &["file", "passwd"], "system_u:system_r:newer_t:s0", 1),
        (init, "system_u:object_r:file_t:s0", &["file", "shadow"], "system_u:system_r:new_t:s0", 1),
        // range_transition domain file_t:dir s1 - s1:c0,c2.c3; the kernel puts a comma between two neighbours.
        (init, "system_u:object_r:file_t:s0", &["dir", "two.words-here"], "system_u:system_r:new_t:s1-s1:c0,c2,c3", 1),
        // An alias names its type; nothing applies: a new process keeps everything.
        (init, "system_u:object_r:oldest_t:s0", &["process"], "system_u:system_r:init_t:s0", 0),
    ] {
        let answer = transition(&policy, &[&[source, target], rest].concat());
        assert_eq!((answer.out.trim_end(), answer.status), (expected, status), "{target} {rest:?}");
    }
    // Ranges that do not meet have no common bound; the kernel fails with EINVAL.
    let apart = "system_u:object_r:old_t:s2";
    assert_eq!(
        transition(&policy, &["user_u:user_r:parent_t:s0:c1", apart, "db_table"]),
        Answered { status: 2, out: String::new() }
    );
    for (words, status) in [
        (&["nosuch:user_r:parent_t:s0", old, "file"][..], 2),
        (&["user_u:user_r:domain:s0", old, "file"], 2),
        (&["user_u:user_r:parent_t", old, "file"], 2),
        (&[user, old, "nosuch"], 2),
        (&[user, old], 2),
        (&["--exec", "/nonexistent/file", user], 2),
        (&["--exec", "/nonexistent/file", "--label", "system_u:object_r:exec_t:s0", init], 1),
    ] {
        assert_eq!(transition(&policy, words).status, status, "{words:?}");
    }
    let json = transition(&policy, &["--json", user, old, "chr_file"]).out;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json, serde_json::json!({"context": "user_u:object_r:old_t:s1:c0-s2:c0,c1", "valid": true}));
}

#[test]
fn a_policy_without_mls_has_contexts_of_three_parts() {
    if !judge("/usr/bin/checkpolicy") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let policy = compile(folder.path(), &conf(33, false), 33, false, "allow");
    let (source, target) = ("system_u:system_r:kernel_t", "system_u:object_r:file_t");
    assert_eq!(transition(&policy, &[source, target, "socket"]).out, "system_u:system_r:kernel_t\n");
    assert_eq!(transition(&policy, &["system_u:system_r:kernel_t:s0", target, "socket"]).status, 2);
}
