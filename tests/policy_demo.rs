//! The demo's policy is what its source says, and shows what the demo needs.
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

use std::{path::Path, process::Command};

use judges::judge;
use seltui::policydb::Policy;

const COMPILED: &[u8] = include_bytes!("../assets/demo/policy.33");

#[test]
fn the_source_compiles_to_the_same_bytes() {
    if !judge("/usr/bin/checkpolicy") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("policy.33");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo/build-policy");
    let out = Command::new(script).arg(&to).output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    assert!(
        std::fs::read(&to).unwrap() == COMPILED,
        "assets/demo/policy.33 is not policy.conf compiled: run assets/demo/build-policy"
    );
}

#[test]
fn it_holds_the_causes_that_the_demo_explains() {
    let policy = Policy::read(COMPILED).unwrap();
    let id = |name: &str| policy.find_type(name).unwrap();
    let class = |name: &str| policy.find_class(name).unwrap();
    let bit = |name: &str, permission: &str| policy.class(class(name)).unwrap().permission(permission).unwrap();
    // No rule; and a domain that is there already has it.
    let read = bit("dir", "read");
    assert!(!policy.is_allowed(id("container_t"), id("container_log_t"), class("dir"), read));
    assert!(policy.is_allowed(id("container_logreader_t"), id("container_log_t"), class("dir"), read));
    assert!(!policy.is_allowed(
        id("container_logreader_t"),
        id("container_var_lib_t"),
        class("file"),
        bit("file", "read")
    ));
    // A boolean.
    let connect = policy.access(id("container_t"), id("port_t"), class("tcp_socket"));
    assert_eq!(connect.allowed_otherwise, bit("tcp_socket", "name_connect"));
    // A constraint: the rules allow it, the categories do not.
    let context = |text: &str| policy.parse_context(text).unwrap();
    let (process, file) =
        (context("system_u:system_r:container_t:s0:c1,c2"), context("system_u:object_r:container_file_t:s0:c3,c4"));
    let decision = policy.decide(&process, &file, class("file"));
    let write = bit("file", "write");
    assert_eq!((decision.by_rules & write, decision.allowed & write), (write, 0));
    // Hidden by dontaudit.
    let search = policy.access(id("container_t"), id("shadow_t"), class("dir"));
    assert_eq!(search.not_audited & bit("dir", "search"), bit("dir", "search"));
}

/// The words behind `scontext=`, `tcontext=`, `tclass=` and between the braces of each whole AVC message of the log.
fn messages() -> Vec<[String; 4]> {
    let log = String::from_utf8_lossy(include_bytes!("../assets/demo/audit.log"));
    let lines = log.lines().filter(|line| line.contains("avc:  "));
    let value = |line: &str, key: &str| {
        let (_, rest) = line.split_once(key)?;
        Some(rest.split([' ', '\'', '\u{1d}']).next().unwrap().to_owned())
    };
    let message = |line: &str| {
        let permissions = line.split(['{', '}']).nth(1)?.trim().to_owned();
        Some([value(line, "scontext=")?, value(line, "tcontext=")?, value(line, "tclass=")?, permissions])
    };
    lines.filter_map(message).collect()
}

#[test]
fn it_knows_all_that_the_log_names_and_says_why_each_was_denied() {
    let policy = Policy::read(COMPILED).unwrap();
    let (mut hidden, mut otherwise, mut constrained, mut permissive, mut bare) = (0, 0, 0, 0, 0);
    let messages = messages();
    assert_eq!(messages.len(), 32, "31 messages are denials, one is granted; the damaged line is none");
    for [source, target, class, permissions] in &messages {
        let [source, target] = [source, target].map(|text| policy.parse_context(text).unwrap());
        let class = policy.find_class(class).unwrap_or_else(|| panic!("{class}"));
        let decision = policy.decide(&source, &target, class);
        let access = policy.access(source.r#type, target.r#type, class);
        for permission in permissions.split(' ') {
            let bit = policy.class(class).unwrap().permission(permission).unwrap_or_else(|| panic!("{permission}"));
            if permission == "load_policy" {
                assert_ne!(decision.allowed & bit, 0, "it was granted");
                continue;
            }
            assert_eq!(decision.allowed & bit, 0, "{permissions} was denied");
            match () {
                () if policy.is_permissive(source.r#type) => permissive += 1,
                () if decision.by_rules & bit != 0 => constrained += 1,
                () if access.allowed_otherwise & bit != 0 => otherwise += 1,
                () if access.not_audited & bit != 0 => hidden += 1,
                () => bare += 1,
            }
        }
    }
    // collectd; iptables at a container's terminal (read and write); httpd and its database; logrotate; all others.
    assert_eq!((permissive, constrained, otherwise, hidden, bare), (3, 2, 3, 1, 23));
}

#[test]
fn every_context_of_the_log_is_one_of_the_policy() {
    let policy = Policy::read(COMPILED).unwrap();
    let log = String::from_utf8_lossy(include_bytes!("../assets/demo/audit.log"));
    let mut contexts = 0;
    for key in ["subj=", "obj=", "scontext=", "tcontext="] {
        for after in log.split(key).skip(1) {
            let text = after.split([' ', '\'', '\n', '\u{1d}']).next().unwrap();
            if text.contains(":s0") {
                contexts += 1;
                let context = policy.parse_context(text);
                assert!(context.is_ok_and(|context| policy.check_context(&context).is_ok()), "{text}");
            }
        }
    }
    assert!(contexts > 150, "{contexts}");
}
