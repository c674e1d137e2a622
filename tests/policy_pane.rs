//! The policy pane: what the loaded policy says of a denial, by a policy that a real compiler made.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods)] // a test may

mod desk;

use std::{fs, process::Command, sync::Arc};

use desk::{Desk, STORY_A};
use seltui::{
    policydb::Policy,
    tui::{
        Msg,
        model::{Pane, PolicyState},
    },
};

/// A policy of a few types: what is allowed, conditional, hidden, and not at all.
const CONF: &str = "class process
class file
class dir
class lnk_file
sid kernel
class process { transition dyntransition }
class file { read open getattr write }
class dir { read open search }
class lnk_file { read getattr }
type container_t;
type container_logreader_t;
type container_log_t;
type container_var_lib_t;
attribute logfile;
typeattribute container_log_t logfile;
typealias container_log_t alias docker_log_t;
bool container_read_logs false;
allow container_t container_log_t:dir { search open };
allow container_t logfile:file read;
dontaudit container_t container_log_t:lnk_file getattr;
if (container_read_logs) { allow container_t container_log_t:dir read; }
allow container_logreader_t container_var_lib_t:file { read open };
role system_r;
role system_r types { container_t container_logreader_t };
user system_u roles system_r;
sid kernel system_u:system_r:container_t
";

fn policy() -> Policy {
    let place = tempfile::tempdir().unwrap();
    let (conf, binary) = (place.path().join("policy.conf"), place.path().join("policy.33"));
    fs::write(&conf, CONF).unwrap();
    let made = Command::new("checkpolicy").args(["-c", "33", "-o"]).arg(&binary).arg(&conf).output();
    let made = made.expect("checkpolicy judges here: install it (package checkpolicy)");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    Policy::read(&fs::read(binary).unwrap()).unwrap()
}

fn desk() -> Desk {
    let mut desk = Desk::new(STORY_A);
    let state = PolicyState::Read { path: "/etc/selinux/test/policy/policy.33".into(), policy: Arc::new(policy()) };
    desk.happen(Msg::Policy(state));
    desk
}

#[test]
fn the_selected_row_is_explained_by_its_rules() {
    let mut desk = desk();
    desk.press("p");
    assert_eq!(desk.model.focus, Pane::Denials, "the first key only shows it");
    let screen = desk.screen();
    for text in [
        "read is allowed only when a boolean is set otherwise",
        "container_t and container_log_t: 4 rules",
        "allow container_t container_log_t:dir { open search };",
        "allow container_t logfile:file read;",
        "[ container_read_logs (off now) ]:True, not in force",
    ] {
        let flat: String = screen.split_whitespace().filter(|word| *word != "│").collect::<Vec<_>>().join(" ");
        assert!(flat.contains(text), "{text}\n{screen}");
    }
    // The pane follows the cursor of the list.
    desk.press("j").resize(80, 40);
    let screen = desk.screen();
    assert!(screen.contains("getattr has no allow rule, and a dontaudit rule hides it"), "{screen}");
    assert!(screen.contains("aliases docker_log_t"), "{screen}");
    desk.press("p");
    assert_eq!(desk.model.focus, Pane::Policy);
    desk.press("p");
    assert_eq!(desk.model.focus, Pane::Denials);
}

#[test]
fn a_type_can_be_asked_for() {
    let mut desk = desk();
    desk.press("t \"container_log_t\" enter");
    let screen = desk.screen();
    assert!(screen.contains("container_log_t: a type") && screen.contains("attributes logfile"), "{screen}");
    desk.press("t \"logfile\" enter");
    assert!(desk.screen().contains("logfile: an attribute of 1 types"), "{}", desk.screen());
    desk.press("t \"container_logreader_t container_var_lib_t\" enter");
    let screen = desk.screen();
    assert!(screen.contains("allow container_logreader_t container_var_lib_t:file { open read };"), "{screen}");
    desk.press("t \"no_such_t\" enter");
    assert!(desk.screen().contains("no_such_t is not in this policy"), "{}", desk.screen());
    desk.press("t \"a b c\" enter");
    assert!(desk.screen().contains("two types at most"), "{}", desk.screen());
    desk.press("esc p");
    assert!(desk.screen().contains("container_t and container_log_t"), "p goes back to the selected row");
}

#[test]
fn without_a_policy_the_pane_says_where_it_looked() {
    let mut desk = Desk::new(STORY_A);
    desk.press("p");
    assert!(desk.screen().contains("Reading the policy"), "{}", desk.screen());
    let why = "no policy could be read:\n  /sys/fs/selinux/policy: No such file or directory (os error 2)";
    desk.happen(Msg::Policy(PolicyState::Missing(why.into())));
    let screen = desk.screen();
    assert!(screen.contains("/sys/fs/selinux/policy: No such file"), "{screen}");
    desk.press("a");
    assert_eq!(desk.rules(), ["allow container_t container_log_t:dir read;"], "everything else works");
}

#[test]
fn the_preview_marks_what_is_allowed_and_what_is_unknown_and_drops_nothing() {
    let mut desk = desk();
    desk.press("G a g a a");
    let te = desk.te();
    assert!(
        te.contains(
            "# the loaded policy allows already: open read\nallow container_logreader_t container_var_lib_t:file"
        ),
        "{te}"
    );
    assert!(!te.contains("allows this already"), "{te}");
    assert_eq!(desk.rules().len(), 3, "{te}");
    let other = STORY_A.replace("container_log_t", "elsewhere_t");
    let mut desk = desk_with(&other);
    desk.press("a");
    let te = desk.te();
    assert!(
        te.contains("# not in the loaded policy: type elsewhere_t\nallow container_t elsewhere_t:dir read;"),
        "{te}"
    );
    // A domain that the module declares is not missed in the policy.
    desk.press("u n \"mine\" enter");
    assert!(!desk.te().contains("type mine_t\nallow"), "{}", desk.te());
}

fn desk_with(log: &str) -> Desk {
    let mut desk = Desk::new(log);
    let state = PolicyState::Read { path: "/policy.33".into(), policy: Arc::new(policy()) };
    desk.happen(Msg::Policy(state));
    desk
}

#[test]
fn what_was_granted_is_not_called_denied() {
    let log = "type=AVC msg=audit(1700000000.000:7): avc:  granted  { read } for  pid=7 comm=\"cat\" \
               scontext=system_u:system_r:container_t tcontext=system_u:object_r:container_log_t tclass=file\n";
    let mut desk = Desk::new(log);
    let state = PolicyState::Read { path: "policy.33".into(), policy: Arc::new(policy()) };
    desk.happen(Msg::Policy(state));
    desk.press("p");
    let screen = desk.screen();
    assert!(screen.contains("read is allowed by the rules now, and was granted"), "{screen}");
}
