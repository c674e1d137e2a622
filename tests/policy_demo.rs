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
