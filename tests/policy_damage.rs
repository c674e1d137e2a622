//! Versions that no compiler at hand writes, foreign files, and damage of every kind: an error or a value, never a panic.
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
#[path = "policy/writer.rs"]
mod writer;

use judges::{Setools, assert_same, compile, conf, judge, seltui};
use seltui::policydb::{Component, Policy, Problem, RuleKind, Search};
use writer::{Plan, policy};

fn every_rule() -> Search {
    Search {
        kinds: RuleKind::ALL.to_vec(),
        role_allow: true,
        role_transition: true,
        range_transition: true,
        ..Search::default()
    }
}

fn text(policy: &Policy) -> String {
    let mut out = String::new();
    let found = policy.search(&every_rule(), |lines| {
        out.push_str(lines);
        Ok::<(), std::convert::Infallible>(())
    });
    assert_eq!(found.unwrap().unwrap(), out.lines().count());
    out
}

/// Everything that can be asked without knowing the policy.
fn ask_everything(policy: &Policy) {
    text(policy);
    policy.statistics("it");
    for component in Component::ALL {
        policy.list(component, None).unwrap();
    }
    for (id, _) in policy.types_by_number().take(12) {
        for (other, _) in policy.types_by_number().take(12) {
            for (class, _) in policy.classes_by_number().take(3) {
                policy.access(id, other, class);
            }
        }
    }
    let contexts =
        policy.labels().initial_sids.iter().map(|sid| &sid.1).chain(policy.labels().ports.iter().map(|p| &p.context));
    let contexts: Vec<_> = contexts.take(3).collect();
    for source in &contexts {
        for target in &contexts {
            for (class, _) in policy.classes_by_number().take(3) {
                policy.decide(source, target, class);
                policy.failed_validatetrans(class, source, target, source);
                let _ = policy.transition(seltui::policydb::Change::Create, source, target, class, Some("motd"));
            }
        }
    }
}

#[test]
fn the_written_policy_is_one_that_setools_reads_too() {
    let Some(mut setools) = Setools::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    for version in 24..=33 {
        let path = folder.path().join(format!("policy.{version}"));
        std::fs::write(&path, policy(Plan { version, conditional_xperm: false })).unwrap();
        let path = path.to_str().unwrap();
        let words = ["-A", "--dontaudit", "-T", "--role_allow", "--role_trans", "--range_trans", path];
        let theirs = setools.ask("sesearch", &words);
        assert_eq!(theirs.status, 0, "version {version}: {}", theirs.out);
        assert_same(&seltui(&[&["policy", "search"][..], &words].concat()).out, &theirs.out, path);
        let words = ["--all", "-x", path];
        let theirs = setools.ask("seinfo", &words);
        assert_eq!(theirs.status, 0, "version {version}: {}", theirs.out);
        assert_same(&seltui(&[&["policy", "info"][..], &words].concat()).out, &theirs.out, path);
    }
}

#[test]
fn version_34_has_extended_permissions_in_conditional_rules() {
    let read = Policy::read(&policy(Plan { version: 34, conditional_xperm: true })).unwrap();
    let expected = "\
allow domain etc_t:file { ioctl read };
allow init_t etc_t:file write; [ one ]:True
allowxperm init_t etc_t:file ioctl { 0x5400-0x54ff 0x5600-0x56ff };
allowxperm init_t etc_t:file ioctl { 0x5401 0x5403 }; [ one ]:True
dontaudit init_t etc_t:file write;
type_transition init_t etc_t:file init_t motd;
type_transition init_t etc_t:process init_t;
allow system_r system_r;
role_transition system_r etc_t:process system_r;
range_transition init_t etc_t:process s0:c0;
";
    assert_eq!(text(&read), expected);
    let (init, etc) = (read.find_type("init_t").unwrap(), read.find_type("etc_t").unwrap());
    let file = read.find_class("file").unwrap();
    assert_eq!(read.xperm_allowed(init, etc, file, "ioctl", 0x54_02), Some(true));
    assert_eq!(read.xperm_allowed(init, etc, file, "ioctl", 0x55_01), Some(false));
    assert_eq!(read.xperm_allowed(etc, etc, file, "ioctl", 0x55_01), None);
    // Before, such a rule cannot stand there (`avtab_read_item` of the kernel refuses it).
    let error = Policy::read(&policy(Plan { version: 33, conditional_xperm: true })).unwrap_err();
    assert!(matches!(error.problem, Problem::Damaged(_)), "{error}");
}

#[test]
fn version_35_has_types_whose_denials_are_never_recorded() {
    for version in 24..=35 {
        let read = Policy::read(&policy(Plan { version, conditional_xperm: version >= 34 })).unwrap();
        let init = read.find_type("init_t").unwrap();
        let etc = read.find_type("etc_t").unwrap();
        assert_eq!(read.version(), version);
        assert_eq!((read.is_neveraudit(init), read.is_neveraudit(etc)), (version == 35, false));
        assert_eq!((read.is_permissive(init), read.is_permissive(etc)), (false, true));
        ask_everything(&read);
    }
}

#[test]
fn other_versions_and_other_files_are_refused_by_name() {
    let changed = |at: usize, bytes: &[u8]| {
        let mut file = policy(Plan { version: 33, conditional_xperm: false });
        file[at..at + bytes.len()].copy_from_slice(bytes);
        Policy::read(&file).unwrap_err().to_string()
    };
    assert!(changed(16, &[36]).starts_with("policy version 36 is newer than this program knows"));
    assert!(changed(16, &[23]).starts_with("policy version 23 is older than this program reads"));
    assert!(changed(8, b"XenFlask").contains("Xen"));
    assert!(changed(0, b"\x8d\xff\x7c\xf9").contains("no binary kernel policy"));
    for file in [&b""[..], b"SE", b"policy_module(a, 1.0)", b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0"] {
        assert_eq!(Policy::read(file).unwrap_err().problem, Problem::NotAPolicy);
    }
    let error = Policy::read(&policy(Plan { version: 33, conditional_xperm: false })[..100]).unwrap_err();
    assert_eq!(error.problem, Problem::Short("the commons"));
    assert!(error.to_string().starts_with("the policy ends at byte "), "{error}");
}

/// Every beginning of the file, and every byte turned around.
fn damage(file: &[u8]) {
    for length in 0..file.len() {
        assert!(
            Policy::read(&file[..length]).is_err(),
            "the first {length} of {} bytes were read as a policy",
            file.len()
        );
    }
    let mut values = 0;
    let mut copy = file.to_vec();
    for at in 0..file.len() {
        for (flip, ask) in [(0xff, true), (0x01, true), (0x80, false), (0x7f, false)] {
            copy[at] = file[at] ^ flip;
            if let Ok(read) = Policy::read(&copy) {
                values += 1;
                if ask {
                    ask_everything(&read);
                }
            }
        }
        copy[at] = file[at];
    }
    eprintln!("{} bytes: of {} damaged files {values} are still policies", file.len(), file.len() * 4);
}

#[test]
fn damage_to_a_written_policy_is_an_error_or_a_value() {
    for (version, conditional_xperm) in [(24, false), (33, false), (35, true)] {
        damage(&policy(Plan { version, conditional_xperm }));
    }
}

#[test]
fn damage_to_a_compiled_policy_is_an_error_or_a_value() {
    if !judge("/usr/bin/checkpolicy") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = std::fs::read(compile(folder.path(), &conf(33, true), 33, true, "allow")).unwrap();
    damage(&file);
}

#[test]
fn counts_that_the_file_has_no_room_for_are_refused() {
    let file = policy(Plan { version: 33, conditional_xperm: false });
    for at in (0..file.len() - 4).step_by(1) {
        let mut copy = file.clone();
        copy[at..at + 4].copy_from_slice(&u32::MAX.to_le_bytes());
        // What is still read is a value that happens to be there; it may not have cost memory for four billion things.
        if let Ok(read) = Policy::read(&copy) {
            ask_everything(&read);
        }
    }
}

#[test]
fn hostile_counts_cost_no_memory() {
    let file = policy(Plan { version: 33, conditional_xperm: false });
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("policy.33");
    for at in (0..file.len() - 4).step_by(11) {
        let mut copy = file.clone();
        copy[at..at + 4].copy_from_slice(&0x7fff_fff0_u32.to_le_bytes());
        std::fs::write(&path, &copy).unwrap();
        // 64 MiB of address space hold the program, its libraries and a small policy.
        let script = r#"ulimit -v 65536; exec "$0" policy info --all -x "$1" >/dev/null"#;
        let out = std::process::Command::new("sh").args(["-c", script, judges::SELTUI]).arg(&path).output().unwrap();
        let status = out.status.code();
        assert!(matches!(status, Some(0..=2)), "byte {at}: {status:?} {}", String::from_utf8_lossy(&out.stderr));
    }
}

/// Writes the seeds where `fuzz/seed-policies` asks for them; otherwise looks only that each is a policy.
#[test]
fn seeds_for_the_fuzzer_are_policies() {
    let folder = std::env::var_os("SELTUI_SEEDS").map(std::path::PathBuf::from);
    let mut seeds: Vec<(String, Vec<u8>)> = Vec::new();
    for version in 24..=35 {
        seeds.push((format!("written.{version}"), policy(Plan { version, conditional_xperm: version >= 34 })));
    }
    if judge("/usr/bin/checkpolicy") {
        let folder = tempfile::tempdir().unwrap();
        for version in 24..=33 {
            for mls in [false, true] {
                let path = compile(folder.path(), &conf(version, mls), version, mls, "allow");
                seeds.push((format!("compiled.{version}.{mls}"), std::fs::read(path).unwrap()));
            }
        }
    }
    for (name, seed) in seeds {
        ask_everything(&Policy::read(&seed).unwrap());
        if let Some(folder) = &folder {
            std::fs::write(folder.join(name), seed).unwrap();
        }
    }
}
