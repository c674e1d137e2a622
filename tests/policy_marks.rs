//! Which rules of a module the loaded policy grants already: judged by audit2allow, over Debian's own rules.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    dead_code,
    missing_docs
)]

#[path = "policy/judges.rs"]
mod judges;

use std::{collections::BTreeSet, fmt::Write as _, fs, process::Command};

use judges::{big_policy, judge, seltui};
use seltui::policydb::{Policy, RuleKind};

/// One access: source, target, class, permission.
type Case = (String, String, String, String);

/// Accesses that rules of the policy speak of, in force or not, and as many that only look like these.
fn cases(policy: &Policy) -> BTreeSet<Case> {
    let always = policy.rules().iter().filter(|rule| rule.kind == RuleKind::Allow);
    let count = always.clone().count();
    let sometimes =
        policy.conditional_rules().iter().map(|rule| &rule.rule).filter(|rule| rule.kind == RuleKind::Allow);
    let some = always.step_by((count / 900).max(1)).chain(sometimes.step_by(7).take(60));
    let mut cases = BTreeSet::new();
    for (number, rule) in some.enumerate() {
        let class = policy.class(rule.class).unwrap();
        // Constraints are no rules: classes that Debian constrains by user and role are left out.
        if !["file", "dir", "lnk_file", "chr_file", "tcp_socket", "fifo_file"].contains(&class.name.as_str()) {
            continue;
        }
        let (Some(source), Some(target)) =
            (policy.expand(rule.source).nth(number % 3), policy.expand(rule.target).nth(number % 2))
        else {
            continue;
        };
        let [source, target] = [source, target].map(|id| policy.type_name(id).to_owned());
        // audit2why passes a record over without a word when its contexts are not valid in the policy.
        let context = policy.parse_context(&format!("system_u:system_r:{source}:s0")).unwrap();
        if policy.check_context(&context).is_err() {
            continue;
        }
        for name in class.names(policy.permissions(rule)).take(2) {
            cases.insert((source.clone(), target.clone(), class.name.as_str().to_owned(), name.as_str().to_owned()));
        }
        if let Some((_, other)) = class.by_name.get(number % class.by_name.len()) {
            cases.insert((source, target, class.name.as_str().to_owned(), other.as_str().to_owned()));
        }
    }
    cases
}

fn log(cases: &BTreeSet<Case>) -> String {
    let mut log = String::new();
    for (number, (source, target, class, permission)) in cases.iter().enumerate() {
        writeln!(
            log,
            "type=AVC msg=audit(1700000000.{:03}:{number}): avc:  denied  {{ {permission} }} for  pid=1 comm=\"x\" \
             scontext=system_u:system_r:{source}:s0 tcontext=system_u:object_r:{target}:s0 tclass={class} permissive=0",
            number % 1000
        )
        .unwrap();
    }
    log
}

/// The accesses of rules that stand under a remark which `means_allowed` takes for that.
fn marked(te: &str, means_allowed: impl Fn(&str) -> Option<BTreeSet<String>>) -> BTreeSet<Case> {
    let mut marked = BTreeSet::new();
    let mut remarked: Option<BTreeSet<String>> = None;
    for line in te.lines().map(str::trim) {
        if line.starts_with('#') {
            remarked = means_allowed(line).or(remarked);
        } else if let Some(rule) = line.strip_prefix("allow ") {
            let rule = rule.trim_end_matches(';');
            let (names, permissions) = rule.split_once('{').unwrap_or_else(|| rule.rsplit_once(' ').unwrap());
            let words: Vec<&str> = names.trim().split([' ', ':']).collect();
            let target = if words[1] == "self" { words[0] } else { words[1] };
            if let Some(held) = remarked.take() {
                for permission in permissions.trim_end_matches('}').split_whitespace() {
                    if held.is_empty() || held.contains(permission) {
                        marked.insert((words[0].into(), target.into(), words[2].into(), permission.into()));
                    }
                }
            }
        } else {
            remarked = None;
        }
    }
    marked
}

#[test]
fn audit2allow_finds_the_same_accesses_allowed() {
    let (Some(policy), true) = (big_policy(), judge("/usr/bin/audit2allow")) else { return };
    let cases = cases(&Policy::read(&fs::read(policy).unwrap()).unwrap());
    assert!(cases.len() > 200, "only {} cases", cases.len());
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("audit.log");
    fs::write(&file, log(&cases)).unwrap();

    let ours = seltui(&["generate", "-m", "x", "-i", file.to_str().unwrap(), "--policy", policy.to_str().unwrap()]);
    let ours = marked(&ours.out, |remark| {
        let partly = remark.strip_prefix("# the loaded policy allows already: ");
        partly
            .map(|names| names.split_whitespace().map(str::to_owned).collect())
            .or((remark == "# the loaded policy allows this already").then(BTreeSet::new))
    });
    // Each access alone: audit2allow's remark is for all permissions of a rule together.
    let mut theirs = BTreeSet::new();
    for chunk in chunks(&cases) {
        fs::write(&file, log(&chunk)).unwrap();
        let answer = Command::new("audit2allow").arg("-p").arg(policy).arg("-i").arg(&file).output().unwrap();
        let text = String::from_utf8_lossy(&answer.stdout).into_owned();
        assert!(answer.status.success(), "{text}{}", String::from_utf8_lossy(&answer.stderr));
        theirs.extend(marked(&text, |remark| {
            remark.starts_with("#!!!! This avc is allowed in the current policy").then(BTreeSet::new)
        }));
    }
    let differ: Vec<_> = ours.symmetric_difference(&theirs).collect();
    assert!(differ.is_empty(), "{differ:?}");
    assert!(theirs.len() > 100 && theirs.len() < cases.len(), "{} of {}", theirs.len(), cases.len());
}

/// The cases in lots in which no two share source, target and class.
fn chunks(cases: &BTreeSet<Case>) -> Vec<BTreeSet<Case>> {
    let mut lots: Vec<BTreeSet<Case>> = Vec::new();
    for case in cases {
        let same = |other: &Case| (&other.0, &other.1, &other.2) == (&case.0, &case.1, &case.2);
        match lots.iter_mut().find(|lot| !lot.iter().any(same)) {
            Some(lot) => {
                lot.insert(case.clone());
            }
            None => lots.push([case.clone()].into()),
        }
    }
    lots
}
