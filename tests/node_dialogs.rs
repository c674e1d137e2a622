//! What a person sees and presses before, while and after the node is changed: dialogs as snapshots, keys as a table.

#![allow(clippy::default_trait_access)] // the type of a window's place is the program's own

mod desk;

use std::time::Duration;

use desk::{Desk, STORY_A, STORY_A_SECOND};
use seltui::{
    audit::Stamp,
    host::install::PolicyReload,
    module::Problem,
    tui::{
        Effect, Msg,
        message::{Built, Changed, Done, NodeNews},
        model::{Act, DontauditRules, Layer, Proposal, TextLine, TextView, Weight},
    },
};

const LOAD: &str = "/usr/sbin/semodule -i /var/tmp/seltui-load-x1Y2z3/logger.pp";

/// 2022-06-27 20:04:00 UTC, between the rounds of story A.
const LOADED: Stamp = Stamp(1_656_360_240_000);

/// A desk where everything is decided and the module is built.
fn ready() -> Desk {
    let mut desk = Desk::new(STORY_A);
    desk.press("a a a");
    desk.happen(Msg::Node(Box::new(NodeNews { dontaudit: DontauditRules::In, left_behind: None, proposal: None })));
    desk
}

fn facts(facts: &[(Weight, &str)]) -> Vec<(Weight, String)> {
    facts.iter().map(|(weight, text)| (*weight, (*text).to_owned())).collect()
}

fn load() -> Proposal {
    Proposal {
        act: Act::Load,
        command: LOAD.to_owned(),
        facts: facts(&[
            (Weight::Heading, "The module grants:"),
            (Weight::Plain, "container_logreader_t may"),
            (Weight::Plain, "  container_var_lib_t:file { getattr open read }"),
            (Weight::Plain, "container_t may"),
            (Weight::Plain, "  container_log_t:dir read"),
            (Weight::Plain, "  container_log_t:lnk_file { getattr read }"),
        ]),
        hurdles: Vec::new(),
        forbidden: None,
    }
}

fn replacing() -> Proposal {
    let mut proposal = load();
    proposal.facts.splice(
        0..0,
        facts(&[
            (Weight::Grave, "there is logger at priority 400 already"),
            (Weight::Heading, "Granted now by what is there, and not by the new one:"),
            (Weight::Plain, "init_t may"),
            (Weight::Grave, "  container_log_t:file append"),
        ]),
    );
    proposal.hurdles = vec![
        "replaces a module of the same name at priority 400; one of its rules is not in the new one".to_owned(),
        "shadows the distribution's own module at priority 100: all that it grants goes; better choose another name"
            .to_owned(),
    ];
    proposal
}

fn take_back() -> Proposal {
    Proposal {
        act: Act::TakeBack,
        command: "/usr/sbin/semodule -r logger".to_owned(),
        facts: facts(&[
            (Weight::Heading, "Granted no more:"),
            (Weight::Plain, "container_t may"),
            (Weight::Plain, "  container_log_t:dir read"),
        ]),
        hurdles: Vec::new(),
        forbidden: None,
    }
}

fn rules_out() -> Proposal {
    Proposal {
        act: Act::LeaveOut,
        command: "/usr/sbin/semodule -DB".to_owned(),
        facts: facts(&[
            (Weight::Grave, "every denial is logged until they are back: the log grows much faster"),
            (
                Weight::Heading,
                "They are put back when this program ends; after kill -9 the next start offers it. By hand:",
            ),
            (Weight::Plain, "/usr/sbin/semodule -B"),
        ]),
        hurdles: Vec::new(),
        forbidden: None,
    }
}

fn rules_back() -> Proposal {
    Proposal {
        act: Act::PutBack,
        command: "/usr/sbin/semodule -B".to_owned(),
        facts: facts(&[
            (
                Weight::Grave,
                "the dontaudit rules are out since an earlier seltui, which did not put them back: `seltui dontaudit on` does",
            ),
            (Weight::Plain, "what dontaudit rules name is denied as before, and logged no more"),
        ]),
        hurdles: Vec::new(),
        forbidden: None,
    }
}

fn proposed(proposal: Proposal) -> Desk {
    let mut desk = ready();
    desk.happen(Msg::Proposed(Ok(Box::new(proposal))));
    desk
}

fn loaded(desk: &mut Desk) {
    let done = Done::Loaded {
        at: LOADED,
        reload: PolicyReload::Seen(2),
        took: Duration::from_millis(5230),
        remarks: Vec::new(),
    };
    desk.happen(Msg::Changed(Box::new(Changed { act: Act::Load, outcome: Ok(done), problems: Vec::new() })));
}

#[test]
fn the_dialogs_at_80_by_24() {
    let forbidden = |mut proposal: Proposal, why: &str| {
        proposal.forbidden = Some(why.to_owned());
        proposal
    };
    for (name, proposal, keys) in [
        ("node_load", load(), ""),
        ("node_load_replacing", replacing(), ""),
        ("node_load_really", replacing(), "L"),
        ("node_load_really_again", replacing(), "L y"),
        (
            "node_load_read_only",
            forbidden(load(), "--read-only: nothing is done from here; the command can be copied"),
            "L",
        ),
        (
            "node_load_no_root",
            forbidden(load(), "this needs root, and there is no sudo here: copy the command and run it as root"),
            "",
        ),
        ("node_take_back", take_back(), ""),
        ("node_rules_out", rules_out(), ""),
        ("node_rules_back", rules_back(), ""),
    ] {
        let mut desk = proposed(proposal);
        desk.press(keys);
        insta::assert_snapshot!(name, desk.screen());
        for (columns, rows) in [(0, 0), (1, 1), (3, 200), (40, 10), (200, 60)] {
            desk.resize(columns, rows);
            desk.screen();
        }
    }
}

#[test]
fn the_screen_while_and_after_the_node_is_changed() {
    let mut desk = proposed(load());
    desk.press("L");
    desk.happen(Msg::BuildLine("the store is locked by process 4711 (semodule -i other.pp): waiting".to_owned()));
    insta::assert_snapshot!("node_waiting", desk.screen());
    loaded(&mut desk);
    desk.log(STORY_A_SECOND);
    insta::assert_snapshot!("node_loaded", desk.screen());

    let mut desk = proposed(load());
    desk.press("L");
    let problem =
        Problem { line: Some(11), message: "the policy on the node does not know container_log_t".to_owned() };
    let outcome =
        Err("semodule refuses it, nothing was changed: line 11: the policy on the node does not know container_log_t"
            .to_owned());
    desk.happen(Msg::Changed(Box::new(Changed { act: Act::Load, outcome, problems: vec![problem] })));
    insta::assert_snapshot!("node_refused", desk.screen());

    let mut desk = proposed(rules_out());
    desk.press("D");
    let out = Done::Out { at: LOADED, before: None, took: Duration::from_millis(5230) };
    desk.happen(Msg::Changed(Box::new(Changed { act: Act::LeaveOut, outcome: Ok(out), problems: Vec::new() })));
    desk.happen(Msg::Proposed(Ok(Box::new(load()))));
    desk.press("L");
    loaded(&mut desk);
    desk.log(STORY_A_SECOND);
    insta::assert_snapshot!("node_rules_are_out", desk.screen());
    desk.press("v");
    insta::assert_snapshot!("node_since_the_load", desk.screen());
    desk.model.selection.domains = vec!["kube_logreader_t".into()];
    let screen = desk.screen();
    let status = screen.lines().next().unwrap();
    for part in ["loaded 20:04:00", "dontaudit OFF", "only domain kube_log", "decided"] {
        assert!(status.contains(part), "{part} in {status}");
    }
}

#[test]
fn a_refused_line_is_found_again_though_the_module_changed_meanwhile() {
    let mut desk = Desk::new(STORY_A);
    desk.press("G a b enter");
    let line = desk.te().lines().position(|line| line.starts_with("allow container_logreader_t")).unwrap() + 1;
    // Rules for another source come above it.
    desk.press("g a");
    let problem = Problem { line: u32::try_from(line).ok(), message: "refused".to_owned() };
    desk.happen(Msg::Built(Built::Refused { problems: vec![problem] }));
    desk.press("shift-tab shift-tab");
    let screen = desk.screen();
    let lines: Vec<&str> = screen.lines().collect();
    let mark = lines.iter().position(|line| line.contains("^ refused")).expect("it is marked");
    assert!(lines[mark - 1].contains("allow container_logreader_t container_var_lib_t:file"), "{screen}");
}

#[test]
fn what_was_loaded_is_listed() {
    let line = |heading: bool, text: &str| TextLine { heading, text: text.to_owned(), spot: None };
    let mut desk = ready();
    desk.press("N");
    assert_eq!(desk.effects, [Effect::ListLoaded]);
    let lines = vec![
        line(true, "logger at priority 400: loaded"),
        line(false, "by session logger, 2022-06-27 20:04:00"),
        line(true, "gate at priority 300: replaced by somebody else"),
        line(true, "dontaudit rules"),
        line(false, "in force"),
    ];
    let view = TextView { title: "Loaded on this node".to_owned(), lines, scroll: Default::default() };
    desk.happen(Msg::Listed(Ok(Box::new(view))));
    insta::assert_snapshot!("node_loaded_list", desk.screen());
    desk.press("esc");
    assert!(desk.model.layers.is_empty());
    desk.happen(Msg::Listed(Err("the sessions' folder: Permission denied".to_owned())));
    assert!(desk.notice().contains("Permission denied"), "{}", desk.notice());
}

/// A proposal, keys, whether it is agreed to by them, and whether the dialog is still there.
type Pressed = (fn() -> Proposal, &'static str, bool, bool);

/// What was before, a key, words of the answer.
type Answered = (fn() -> Desk, &'static str, &'static str);

/// What these keys come to in a dialog: whether the change is agreed to, and whether the dialog is still there.
fn check(proposal: fn() -> Proposal, keys: &str, agreed: bool, open: bool) {
    let mut desk = proposed(proposal());
    let act = proposal().act;
    desk.press(keys);
    assert_eq!(desk.effects.contains(&Effect::Change(act)), agreed, "{act:?} after {keys}\n{}", desk.screen());
    assert_eq!(!desk.model.layers.is_empty(), open, "{act:?} after {keys}\n{}", desk.screen());
}

#[test]
fn yes_is_said_by_the_key_of_the_act_and_by_y_for_each_hurdle() {
    let table: [Pressed; 24] = [
        (load, "L", true, false),
        (load, "enter", false, true),
        (load, "space", false, true),
        (load, "R", false, true),
        (load, "D", false, true),
        (load, "q", false, true),
        (load, "esc", false, false),
        (load, "ctrl-c", false, false),
        (load, "j G pgdn pgup g k L", true, false),
        (replacing, "L", false, true),
        (replacing, "L L", false, true),
        (replacing, "L enter", false, true),
        (replacing, "L y", false, true),
        (replacing, "L y n", false, true),
        (replacing, "L y Y", false, true),
        (replacing, "L ctrl-y y", false, true),
        (replacing, "L y y", true, false),
        (replacing, "L y esc", false, false),
        (take_back, "R", true, false),
        (take_back, "L", false, true),
        (rules_out, "D", true, false),
        (rules_out, "d", false, true),
        (rules_back, "D", true, false),
        (rules_back, "esc", false, false),
    ];
    for (proposal, keys, agreed, open) in table {
        check(proposal, keys, agreed, open);
    }
}

#[test]
fn a_proposal_that_is_forbidden_takes_no_yes_and_hands_out_its_command() {
    let mut proposal = load();
    proposal.forbidden = Some("--read-only".to_owned());
    let mut desk = proposed(proposal);
    desk.press("L L y enter");
    let copied: Vec<&str> = desk
        .effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Copy(choice) => Some(choice.text.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(copied, [LOAD]);
    assert!(!desk.effects.contains(&Effect::Change(Act::Load)));
}

#[test]
fn a_proposal_answers_no_key_that_was_meant_for_another_dialog() {
    let mut desk = ready();
    desk.press("/");
    desk.happen(Msg::Proposed(Ok(Box::new(load()))));
    desk.press("\"LLL\"");
    assert!(matches!(desk.model.layers.as_slice(), [Layer::Filter(_)]), "it waits");
    assert!(!desk.effects.contains(&Effect::Change(Act::Load)));
    desk.press("enter");
    assert!(matches!(desk.model.layers.as_slice(), [Layer::Change(_)]), "now it is shown\n{}", desk.screen());
}

#[test]
fn what_can_not_be_done_now_is_said_and_not_begun() {
    let table: [Answered; 5] = [
        (|| Desk::new(STORY_A), "L", "decide"),
        (ready, "R", "loaded nothing"),
        (ready, "v", "loaded"),
        (ready, "K", "nothing"),
        (
            || {
                let mut desk = proposed(load());
                desk.press("L");
                desk
            },
            "D",
            "already",
        ),
    ];
    for (desk, key, words) in table {
        let mut desk = desk();
        let before = desk.effects.len();
        desk.press(key);
        assert_eq!(desk.effects.len(), before, "{key}: {:?}", desk.effects);
        assert!(desk.notice().contains(words), "{key}: {:?} in {}", words, desk.notice());
    }
}

#[test]
fn what_runs_can_be_given_up() {
    let mut desk = proposed(load());
    desk.press("L K");
    assert_eq!(desk.effects.last(), Some(&Effect::GiveUp));
    let outcome = Err("given up: nothing was changed".to_owned());
    desk.happen(Msg::Changed(Box::new(Changed { act: Act::Load, outcome, problems: Vec::new() })));
    assert!(desk.notice().contains("given up: nothing was changed"), "{}", desk.notice());
    assert!(desk.model.node.running.is_none() && desk.model.node.load.is_none());
}

#[test]
fn l_builds_first_and_a_module_that_does_not_build_is_not_proposed() {
    let mut desk = ready();
    desk.press("L enter");
    assert!(matches!(desk.effects.last(), Some(Effect::Export(_))), "{:?}", desk.effects);
    desk.happen(Msg::Built(Built::Refused { problems: Vec::new() }));
    assert!(!desk.effects.iter().any(|effect| matches!(effect, Effect::Propose { .. })));
    // A later build that was not meant to be loaded is not proposed either.
    let package = "/root/logger/logger.pp".into();
    desk.happen(Msg::Built(Built::Package { package, took: Duration::from_secs(1), bundle: false }));
    assert!(!desk.effects.iter().any(|effect| matches!(effect, Effect::Propose { .. })));
}
