//! Keys in, decisions and module out: the meaning of each key by a table.

mod desk;

use desk::{Desk, STORY_A, STORY_A_SECOND};
use jiff::tz::TimeZone;
use seltui::{
    audit::{Ending, EventAssembler, Place, Stamp, WallClock},
    host::log::LogNews,
    module::Problem,
    selinux::Identifier,
    session::{JournalRecord, Session, Standing, Verdict},
    tui::{Effect, Msg, message::Built, model::Layer},
};

/// After these keys on story A the module holds these rules.
fn check(keys: &str, rules: &[&str]) {
    let mut desk = Desk::new(STORY_A);
    desk.press(keys);
    assert_eq!(desk.rules(), rules, "after {keys}\n{}", desk.screen());
}

const DIR: &str = "allow container_t container_log_t:dir read;";
const LINK: &str = "allow container_t container_log_t:lnk_file { getattr read };";
const FILE: &str = "allow container_logreader_t container_var_lib_t:file { getattr open read };";

#[test]
fn a_decision_goes_to_the_selected_row_and_the_cursor_to_the_next_open_one() {
    check("", &[]);
    check("a", &[DIR]);
    check("a a", &[DIR, LINK]);
    check("a a a", &[FILE, DIR, LINK]);
    check("j a", &[LINK]);
    check("end a", &[FILE]);
    check("G a", &[FILE]);
    // From the last row the next open one is the first.
    check("G a a", &[FILE, DIR]);
    check("d", &["dontaudit container_t container_log_t:dir read;"]);
    check("s a", &[LINK]);
    check("s s s", &[]);
}

#[test]
fn all_is_decided_and_a_further_decision_changes_the_row_under_the_cursor() {
    let mut desk = Desk::new(STORY_A);
    desk.press("a a a");
    assert!(desk.notice().contains("Every denial is decided"), "{}", desk.notice());
    assert_eq!(desk.model.table.progress(), (3, 3));
    desk.press("g d");
    assert!(desk.rules().contains(&"dontaudit container_t container_log_t:dir read;".to_owned()));
    assert!(!desk.rules().contains(&DIR.to_owned()), "a row has one decision");
}

#[test]
fn marked_rows_are_decided_at_once() {
    check("space space a", &[DIR, LINK]);
    check("* a", &[DIR, LINK]);
    check("space * a", &[DIR, LINK]);
    // The second star takes the marks away again.
    check("* * a", &[DIR]);
    check("* esc a", &[DIR]);
    let mut desk = Desk::new(STORY_A);
    desk.press("* a");
    assert!(desk.model.table.marked().is_empty(), "the marks are gone with the decision");
    assert_eq!(desk.journal.len(), 1, "one step, taken back by one undo");
    desk.press("u");
    assert_eq!(desk.rules(), Vec::<String>::new());
}

#[test]
fn a_new_domain_takes_the_accesses_of_several_sources() {
    let expected = [
        "allow kube_logreader_t container_log_t:dir read;",
        "allow kube_logreader_t container_log_t:lnk_file { getattr read };",
        "allow kube_logreader_t container_var_lib_t:file { getattr open read };",
    ];
    check("* n \"kube_logreader\" enter n enter", &expected);
    check("* n \"kube_logreader_t\" enter n enter", &expected);
    check("n \"kube_logreader\" enter n enter n enter", &expected);
    let mut desk = Desk::new(STORY_A);
    desk.press("* n \"kube_logreader\" enter n enter");
    let te = desk.te();
    for line in ["type kube_logreader_t;", "domain_type(kube_logreader_t)", "role system_r types kube_logreader_t;"] {
        assert!(te.lines().any(|l| l.trim() == line), "{line} in\n{te}");
    }
    assert!(!te.contains("container_t "), "the sources are not needed any more:\n{te}");
}

#[test]
fn a_domain_that_was_taken_back_is_not_offered_again() {
    let name = |desk: &Desk| match desk.model.layers.last() {
        Some(Layer::NewDomain(dialog)) => dialog.field.text().to_owned(),
        layer => panic!("{layer:?}"),
    };
    let mut desk = Desk::new(STORY_A);
    desk.press("n \"myd\" enter n");
    assert_eq!(name(&desk), "myd_t");
    desk.press("esc u n");
    assert_eq!(name(&desk), "");
    desk.press("\"other\"");
    assert_eq!(name(&desk), "other");
    desk.press("esc U n");
    assert_eq!(name(&desk), "myd_t", "done again it is the session's");
}

#[test]
fn a_name_that_no_policy_can_hold_is_refused_in_the_dialog() {
    for (name, reason) in [
        ("", "empty"),
        ("my.domain", "dot"),
        ("a b", "not allowed"),
        ("9lives", "not allowed"),
        ("define", "m4 would expand"),
    ] {
        let mut desk = Desk::new(STORY_A);
        desk.press(&format!("n \"{name}\" enter"));
        assert!(matches!(desk.model.layers.as_slice(), [Layer::NewDomain(_)]), "{name} stays in the dialog");
        assert!(desk.screen().contains(reason), "{name}: {reason}\n{}", desk.screen());
        desk.press("esc");
        assert!(desk.journal.is_empty());
    }
}

#[test]
fn a_type_that_the_log_knows_is_taken_only_after_a_warning() {
    let mut desk = Desk::new(STORY_A);
    desk.press("n \"container_logreader\" enter");
    assert!(desk.journal.is_empty());
    assert!(desk.screen().contains("knows a type"), "{}", desk.screen());
    desk.press("enter");
    assert_eq!(desk.rules(), ["allow container_logreader_t container_log_t:dir read;"]);
}

#[test]
fn undo_and_redo_walk_through_all_decisions() {
    check("a a a u", &[DIR, LINK]);
    check("a a a u u u", &[]);
    check("a a a u u u U U U", &[FILE, DIR, LINK]);
    check("a u d U", &["dontaudit container_t container_log_t:dir read;"]);
    let mut desk = Desk::new(STORY_A);
    desk.press("u");
    assert_eq!(desk.notice(), "nothing is decided that could be taken back");
    assert!(desk.journal.is_empty());
}

#[test]
fn a_denial_that_grows_opens_again_and_one_key_extends_the_decision() {
    let mut desk = Desk::new(STORY_A);
    desk.press("* a");
    desk.log(STORY_A_SECOND);
    let row = 0;
    let Some(Standing::Reopened(Verdict::Allow, new)) = desk.model.table.standing(row) else {
        panic!("{:?}", desk.model.table.standing(row))
    };
    assert_eq!(new.iter().map(seltui::selinux::Name::as_str).collect::<Vec<_>>(), ["open"]);
    assert_eq!(desk.rules(), [DIR, LINK], "nothing is allowed that nobody has seen");
    desk.press("g +");
    assert_eq!(desk.rules(), ["allow container_t container_log_t:dir { open read };", LINK]);
    desk.press("u");
    assert_eq!(desk.rules(), [DIR, LINK]);
}

#[test]
fn denials_of_the_sessions_own_domain_join_it() {
    let mut desk = Desk::new(STORY_A);
    desk.press("* n \"kube_logreader\" enter n enter");
    desk.log(STORY_A_SECOND);
    assert_eq!(desk.model.table.progress(), (2, 5), "{}", desk.screen());
    // The dir of container_t grew; extend moves what came to the domain too. Then the two rows of the domain itself.
    desk.press("g + a a");
    assert_eq!(desk.model.table.progress(), (5, 5), "{}", desk.screen());
    assert_eq!(
        desk.rules(),
        [
            "allow kube_logreader_t container_log_t:dir { open read };",
            "allow kube_logreader_t container_log_t:lnk_file { getattr read };",
            "allow kube_logreader_t container_var_lib_t:dir search;",
            "allow kube_logreader_t container_var_lib_t:file { getattr ioctl open read };",
        ]
    );
    assert!(!desk.te().contains("\ttype kube_logreader_t"), "what is declared is not required:\n{}", desk.te());
}

#[test]
fn the_form_is_a_switch() {
    let mut desk = Desk::new(STORY_A);
    desk.press("a");
    assert!(desk.te().starts_with("policy_module(logger, 1.0)\n"), "{}", desk.te());
    desk.press("f");
    assert!(desk.te().starts_with("module logger 1.0;\n"), "{}", desk.te());
    desk.press("f");
    assert!(desk.te().starts_with("policy_module(logger, 1.0)\n"), "{}", desk.te());
}

#[test]
fn the_filter_follows_each_letter_and_escape_ends_it() {
    let mut desk = Desk::new(STORY_A);
    desk.press("/ \"logreader\"");
    assert_eq!(desk.model.table.visible().len(), 1);
    desk.press("enter a");
    assert_eq!(desk.rules(), [FILE]);
    desk.press("esc");
    assert_eq!(desk.model.table.visible().len(), 3);
    desk.press("/ \"nothing at all\"");
    assert!(desk.screen().contains("No denial holds these words"), "{}", desk.screen());
    desk.press("esc");
    assert_eq!(desk.model.table.visible().len(), 3);
}

#[test]
fn what_the_filter_hides_is_not_said_to_be_decided() {
    let mut desk = Desk::new(STORY_A);
    desk.press("/ \"logreader\" enter");
    assert!(desk.screen().contains("filtered of 3") && desk.screen().contains(", Esc shows all"), "{}", desk.screen());
    desk.press("tab");
    assert!(!desk.screen().contains("Esc shows all"), "the key means nothing in this pane:\n{}", desk.screen());
    desk.press("shift-tab a");
    assert!(desk.notice().ends_with("2 open denials are behind the filter, Esc shows all"), "{}", desk.notice());
    desk.press("esc g a a");
    assert!(desk.notice().starts_with("Every denial is decided"), "{}", desk.notice());
}

#[test]
fn that_all_is_decided_is_taken_back_when_the_log_brings_more() {
    let mut desk = Desk::new(STORY_A);
    desk.press("a a a");
    desk.happen(Msg::Log(LogNews::CaughtUp { input: 0 }));
    assert!(desk.notice().starts_with("Every denial is decided"), "{}", desk.notice());
    desk.log(STORY_A_SECOND);
    desk.happen(Msg::Log(LogNews::CaughtUp { input: 0 }));
    assert_eq!(desk.notice(), "");
}

#[test]
fn a_mark_that_the_filter_hides_decides_nothing() {
    let mut desk = Desk::new(STORY_A);
    desk.press("space / \"logreader\" enter a");
    assert_eq!(desk.rules(), [FILE]);
}

#[test]
fn letters_that_are_bound_can_be_typed_into_dialogs() {
    let mut desk = Desk::new(STORY_A);
    desk.press("n \"quad_jkgG\" enter");
    assert_eq!(desk.rules(), ["allow quad_jkgG_t container_log_t:dir read;"]);
}

#[test]
fn the_palette_finds_an_act_by_a_few_letters() {
    let mut desk = Desk::new(STORY_A);
    desk.press(": \"donta\" enter");
    assert_eq!(desk.rules(), ["dontaudit container_t container_log_t:dir read;"]);
    desk.press(": \"zzzz\"");
    assert!(desk.screen().contains("no act has such a name"), "{}", desk.screen());
    desk.press("enter");
    assert!(desk.model.layers.is_empty());
}

#[test]
fn a_log_whose_daemon_has_ended_is_told_until_it_runs_again() {
    let mut desk = Desk::new(STORY_A);
    desk.resize(160, 24);
    let mut mark = |caught_up: bool, line: &str| {
        let mut assembler = EventAssembler::new(WallClock::new(Stamp(0), TimeZone::UTC));
        assembler.push(Place { input: 0, line: 1 }, line.as_bytes(), Ending::Whole);
        desk.model.inputs[0].caught_up = caught_up;
        desk.happen(Msg::Log(LogNews::Marks(assembler.take_marks())));
        desk.screen()
    };
    let end = "type=DAEMON_END msg=audit(1.000:1): op=terminate auid=0 uid=0 pid=1 subj=system_u:system_r:init_t:s0 res=success";
    let start = "type=DAEMON_START msg=audit(2.000:2): op=start ver=3.1 res=success";
    assert!(!mark(false, end).contains("auditd ended"), "of the log's past");
    for end in [end, "type=DAEMON_ABORT msg=audit(3.000:3): op=terminate res=failed"] {
        let screen = mark(true, end);
        assert!(screen.contains("audit.log: auditd ended"), "{screen}");
        assert!(screen.contains("audit.log gets nothing new: start it again, or read -i journal"), "{screen}");
        assert!(!mark(true, start).contains("auditd ended"));
    }
}

#[test]
fn views_are_closed_by_escape_and_by_the_key_that_quits() {
    for open in ["?", "enter", "o", ":"] {
        let mut desk = Desk::new(STORY_A);
        desk.press(open);
        assert_eq!(desk.model.layers.len(), 1, "{open}");
        desk.press("esc");
        assert!(desk.model.layers.is_empty(), "{open}");
    }
    for open in ["?", "enter", "o"] {
        let mut desk = Desk::new(STORY_A);
        desk.press(open).press("q");
        assert!(desk.model.layers.is_empty(), "{open}");
        assert!(desk.effects.is_empty(), "q closes the view, not the program");
    }
    let mut desk = Desk::new(STORY_A);
    desk.press("q");
    assert_eq!(desk.effects, [Effect::Quit]);
}

#[test]
fn the_records_of_the_event_are_shown_whole() {
    let mut desk = Desk::new(STORY_A);
    desk.resize(160, 45).press("enter");
    let screen = desk.screen();
    for text in ["type=AVC", "type=SYSCALL", "type=CWD", "type=PATH", "type=PROCTITLE", "event 1281"] {
        assert!(screen.contains(text), "{text}\n{screen}");
    }
}

#[test]
fn build_asks_for_a_folder_once_and_exports_first() {
    let mut desk = Desk::new(STORY_A);
    desk.press("b");
    assert_eq!(desk.notice(), "the module is empty: decide something first");
    desk.press("a b");
    assert!(matches!(desk.model.layers.as_slice(), [Layer::Folder(_)]));
    desk.press("enter");
    let [Effect::Export(export)] = desk.effects.as_slice() else { panic!("{:?}", desk.effects) };
    assert!(export.then_build && !export.overwrite);
    assert_eq!(export.folder.to_str(), Some("/root/logger"));
    desk.press("b");
    assert_eq!(desk.notice(), "a build is running");
}

#[test]
fn a_folder_that_is_not_absolute_is_refused() {
    let mut desk = Desk::new(STORY_A);
    desk.press("a x ctrl-u \"logger\" enter");
    assert!(desk.screen().contains("begin at /"), "{}", desk.screen());
    assert!(desk.effects.is_empty());
}

#[test]
fn a_read_only_session_decides_nothing_and_says_why() {
    let mut facts = desk::facts();
    facts.read_only = Some("another seltui (pid 4711) has this session".into());
    let mut desk = Desk::with(facts, Session::new(Identifier::new("logger").unwrap()), STORY_A);
    for key in ["a", "d", "n", "s", "u", "U", "f", "b", "x"] {
        desk.press(key);
        assert!(desk.journal.is_empty() && desk.effects.is_empty() && desk.model.layers.is_empty(), "{key}");
        assert!(desk.notice().contains("pid 4711"), "{key}: {}", desk.notice());
    }
    assert!(desk.screen().contains("read-only"), "{}", desk.screen());
}

#[test]
fn an_unfinished_session_asks_before_anything_else() {
    let mut first = Desk::new(STORY_A);
    first.press("a a");
    let resumed = |keys: &str| {
        let mut session = Session::new(Identifier::new("logger").unwrap());
        first.journal.iter().for_each(|record| session.apply(record).unwrap());
        let mut desk = Desk::with(desk::facts(), session, STORY_A);
        assert!(matches!(desk.model.layers.as_slice(), [Layer::Resume]));
        desk.press(keys);
        desk
    };
    let went_on = resumed("enter");
    assert_eq!(went_on.rules(), first.rules());
    assert_eq!(went_on.model.table.progress(), (2, 3));
    assert_eq!(went_on.model.selected().map(|(_, d)| d.key.source.as_str()), Some("container_logreader_t"));
    let mut anew = resumed("n");
    assert_eq!(anew.effects, [Effect::BeginAnew]);
    anew.happen(seltui::tui::Msg::BegunAnew("/state/journal.1".into()));
    assert_eq!(anew.rules(), Vec::<String>::new());
    assert_eq!(anew.model.table.progress(), (0, 3));
    // Other keys mean nothing while the question stands.
    let waiting = resumed("a d u esc");
    assert_eq!(waiting.rules(), first.rules());
}

#[test]
fn what_was_decided_is_listed_even_when_its_log_is_gone() {
    let mut first = Desk::new(STORY_A);
    first.press("a a a");
    let mut session = Session::new(Identifier::new("logger").unwrap());
    first.journal.iter().for_each(|record| session.apply(record).unwrap());
    let mut desk = Desk::with(desk::facts(), session, "");
    desk.press("enter");
    assert_eq!(desk.model.table.progress(), (3, 3), "{}", desk.screen());
    assert_eq!(desk.rules(), first.rules());
    assert!(matches!(desk.journal.as_slice(), [] | [JournalRecord::Read { .. }]));
}

#[test]
fn a_long_sentence_is_read_to_its_end() {
    let end = "as root: apt-get install checkpolicy m4 make semodule-utils";
    let reason = "building needs checkmodule (package checkpolicy), m4, make, semodule_package (package semodule-utils), \
                  which are not here; ";
    for size in [(80, 24), (60, 15), (120, 40)] {
        let mut desk = Desk::new(STORY_A);
        desk.resize(size.0, size.1).press("a b enter");
        desk.happen(Msg::Built(Built::Impossible(format!("{reason}{end}"))));
        // Once in the pane of the build, once in the last lines.
        let screen = desk.screen();
        let words: Vec<_> = screen.split(|c: char| c.is_whitespace() || c == '│').collect();
        assert_eq!(words.iter().filter(|word| **word == "semodule-utils").count(), 2, "{size:?}\n{screen}");
    }
}

#[test]
fn what_stands_for_long_hides_no_keys_on_a_small_screen() {
    let mut facts = desk::facts();
    facts.read_only = Some("another seltui (pid 4711) has this session".into());
    let mut desk = Desk::with(facts, Session::new(Identifier::new("logger").unwrap()), STORY_A);
    desk.resize(60, 15);
    assert!(desk.screen().contains("? help q quit"), "{}", desk.screen());
    desk.press("a");
    assert!(desk.screen().contains("pid 4711"), "{}", desk.screen());
}

#[test]
fn what_the_build_says_is_shown_as_it_came() {
    let mut desk = Desk::new(STORY_A);
    desk.press("a b enter");
    desk.happen(Msg::BuildLine(r"the class \x28null\x29".into()));
    assert!(desk.screen().contains(r"the class \x28null\x29"), "printable once, not twice:\n{}", desk.screen());
    desk.happen(Msg::Built(Built::Impossible("a path with \u{1b}[31m in it".into())));
    assert!(desk.notice().contains(r"\x1b[31m"), "{}", desk.notice());
}

#[test]
fn the_demo_says_that_its_folder_goes() {
    let mut facts = desk::facts();
    facts.demo = true;
    let mut desk = Desk::with(facts, Session::new(Identifier::new("logger").unwrap()), STORY_A);
    desk.press("a x");
    assert!(desk.screen().contains("goes when the demo ends"), "{}", desk.screen());
    desk.press("ctrl-u \"/root/kept\"");
    assert!(!desk.screen().contains("goes when the demo ends"), "{}", desk.screen());
}

#[test]
fn the_preview_opens_at_the_line_that_the_compiler_refused() {
    let mut desk = Desk::new(STORY_A);
    desk.press("* n \"kube_logreader\" enter a b enter");
    let line = desk.te().lines().position(|line| line.starts_with("domain_type")).unwrap() + 1;
    let problem = Problem { line: u32::try_from(line).ok(), message: "syntax error at 'domain_type'".into() };
    desk.happen(Msg::Built(Built::Refused { problems: vec![problem] }));
    assert!(desk.notice().contains(&format!("line {line}: syntax error")), "{}", desk.notice());
    desk.press("shift-tab shift-tab");
    let screen = desk.screen();
    assert!(screen.contains("!domain_type(kube_logreader_t)") && screen.contains("^ syntax error"), "{screen}");
}

#[test]
fn a_very_long_value_leaves_room_for_the_others() {
    let name = format!("{}{}", "a".repeat(4000), "z".repeat(95));
    let log = STORY_A.replace("name=\"containers\"", &format!("name=\"{name}\"")).replace("/var/log/containers", &name);
    let mut desk = Desk::new(&log);
    desk.resize(120, 40);
    let screen = desk.screen();
    assert!(screen.contains("aa[...]aa") && screen.contains("zz") && screen.contains("pid "), "{screen}");
    desk.press("enter end");
    assert!(desk.screen().contains(&"z".repeat(40)), "the records have all of it:\n{}", desk.screen());
}

/// After these keys on story A this is copied.
fn copies(keys: &str, text: &str) {
    let mut desk = Desk::new(STORY_A);
    desk.press(keys);
    let copied = match desk.effects.last() {
        Some(Effect::Copy(choice)) => choice.text.as_str(),
        _ => "",
    };
    assert!(copied.starts_with(text), "after {keys}: {copied}\n{}", desk.screen());
}

#[test]
fn what_is_under_the_cursor_is_copied() {
    copies("y enter", DIR);
    copies("y y", DIR);
    copies("j y 1", LINK);
    copies("d g y enter", "dontaudit container_t container_log_t:dir read;");
    copies("y 2", "1 container_t container_log_t:dir read");
    copies("y down enter", "1 container_t");
    copies("y j j enter", "/var/log/containers");
    copies("a y 4", "policy_module(logger, 1.0)");
    copies("a tab tab g y 2", "policy_module(logger, 1.0)");
    copies("enter y 1", "type=AVC msg=audit(");
    copies("p tab tab tab y", "Reading the policy");
    let mut desk = Desk::new(STORY_A);
    desk.press("y esc");
    assert!(desk.effects.is_empty() && desk.model.layers.is_empty());
    desk.press("enter y esc");
    assert_eq!(desk.model.layers.len(), 1, "the menu goes, the text below it stays");
    desk.press("esc y 9");
    assert_eq!(desk.model.layers.len(), 1, "there is no ninth thing");
    let mut desk = Desk::new("");
    desk.press("y");
    assert!(desk.notice().contains("nothing to copy"), "{}", desk.notice());
}
