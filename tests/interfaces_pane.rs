//! The interfaces pane: what it shows of the chosen denials, and what its keys do, on the demo's headers.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::disallowed_methods)] // a test may stop

mod desk;
mod judge;

use desk::{Desk, facts};
use seltui::{
    config::ColourDepth,
    refpolicy::{HeaderFile, HeaderKind, HeaderSet},
    selinux::Identifier,
    session::Session,
    tui::{
        Msg,
        model::{CallPattern, HeadersState, InterfaceEntry, Layer, MakingChoice, TextLine},
    },
};

const DEMO: &str = include_str!("../assets/demo/audit.log");

/// The demo at work, with the row of `container_t` and its log folder selected.
fn demo() -> Desk {
    let mut desk = Desk::new(DEMO).with_demo_headers();
    desk.press("g");
    desk
}

#[track_caller]
fn holds(desk: &Desk, parts: &[&str]) {
    let screen = desk.screen();
    for part in parts {
        assert!(screen.contains(part), "{part:?} is not in\n{screen}");
    }
}

#[track_caller]
fn lacks(desk: &Desk, part: &str) {
    let screen = desk.screen();
    assert!(!screen.contains(part), "{part:?} is in\n{screen}");
}

#[test]
fn it_follows_the_selected_row_and_i_goes_into_it_and_back() {
    let mut desk = demo();
    desk.resize(160, 45);
    holds(
        &desk,
        &[" Interfaces for container_t", "container_read_log_files(container_t)", "covers 1 of 1, opens 13 more"],
    );
    desk.press("down");
    holds(&desk, &[" Interfaces for httpd_t", "corenet_tcp_bind_all_unreserved_ports(httpd_t)"]);
    desk.press("g i");
    holds(&desk, &["[Interfaces] for container_t", "▸+ container_read_log_files(container_t)", "Enter take"]);
    desk.press("esc");
    holds(&desk, &["[Denials]"]);
    // Where there is room for two panes it takes the place of the other, and gives it back.
    desk.resize(80, 24);
    holds(&desk, &["┌ Detail"]);
    desk.press("i");
    holds(&desk, &["[Interfaces] for container_t", "▸+ container_read_log_files"]);
    lacks(&desk, "┌ Detail");
    desk.press("i");
    holds(&desk, &["[Denials]", "┌ Detail"]);
}

#[test]
fn arrows_unfold_level_by_level_and_fold_again() {
    let mut desk = demo();
    desk.resize(160, 60).press("i right");
    holds(
        &desk,
        &[
            "▸- container_read_log_files(container_t)",
            "Read the logs of containers.",
            "$1 domain (domain): The domain that may.",
            "interface in demo/services/container.if:94; nothing calls it",
            "+ logging_search_logs(container_t)",
            "+ list_dirs_pattern(container_t, container_log_t, container_log_t)",
        ],
    );
    lacks(&desk, "var_log_t:dir");
    // Summary, parameter, place, then the first call.
    desk.press("down down down down");
    holds(&desk, &["▸   + logging_search_logs(container_t)"]);
    desk.press("right");
    holds(
        &desk,
        &["▸   - logging_search_logs(container_t)", "allow container_t var_log_t:dir { getattr open search };"],
    );
    desk.press("right");
    holds(&desk, &["▸       allow container_t var_log_t:dir"]);
    desk.press("left");
    holds(&desk, &["▸   - logging_search_logs(container_t)"]);
    desk.press("left");
    lacks(&desk, "allow container_t var_log_t:dir");
    desk.press("left left");
    holds(&desk, &["▸+ container_read_log_files(container_t)"]);
    lacks(&desk, "Read the logs of containers.");
}

#[test]
fn enter_takes_the_call_and_the_next_row_is_there() {
    let mut desk = demo();
    desk.press("i enter");
    assert!(desk.te().contains("container_read_log_files(container_t)"), "{}", desk.te());
    assert_eq!(desk.rules(), [""; 0]);
    holds(&desk, &["1 of 13 decided", "[Denials] 2/14"]);
    // What the call gives of another row is no rule there either.
    desk.press("down down a");
    assert_eq!(desk.rules(), [""; 0], "{}", desk.te());
    desk.press("u u");
    assert!(!desk.te().contains("container_read_log_files"), "{}", desk.te());
}

#[test]
fn marked_rows_are_covered_together_and_what_stays_is_named() {
    let mut desk = demo();
    desk.resize(160, 45).press("* i");
    holds(
        &desk,
        &["[Interfaces] for container_t · 3 of 3 covered", "container_read_log_files(container_t)", "covers 3 of 3"],
    );
    desk.press("enter");
    assert!(desk.te().contains("container_read_log_files(container_t)"), "{}", desk.te());
    holds(&desk, &["2 of 13 decided"]);
}

#[test]
fn letters_find_names_and_a_slash_before_them_lines_of_the_text() {
    let mut desk = demo();
    desk.resize(160, 45).press("i / \"manage logs\"");
    holds(&desk, &["search: manage logs", "logging_manage_generic_logs(domain)", "Enter keeps it, Esc ends it"]);
    // What was found says whether it helps, as what is offered does.
    desk.press("ctrl-u \"container_read_log_files\"");
    holds(&desk, &["+ container_read_log_files(domain)", "covers 1 of 1, opens 13 more: Read the logs of containers."]);
    desk.press("ctrl-u \"manage logs\"");
    holds(&desk, &["covers none of 1: Create, write and remove"]);
    desk.press("down enter");
    holds(&desk, &["search: manage logs", "▸+ logging_manage_"]);
    desk.press("/ ctrl-u \"/wtmp_t:file +read\" enter");
    holds(&desk, &["logging_read_login_records(domain)", "206: allow $1 wtmp_t:file read_file_perms;", "1 found"]);
    lacks(&desk, "logging_manage_generic_logs");
    desk.press("/ ctrl-u \"/(\"");
    holds(&desk, &["[Interfaces]"]);
    desk.press("esc");
    holds(&desk, &["container_read_log_files(container_t)"]);
    lacks(&desk, "search:");
    // From the list of denials, the same key filters.
    desk.press("esc / \"chronyd\"");
    holds(&desk, &["filter: chronyd"]);
}

/// Tabs of the headers only part words; what else a terminal would obey is shown as what it is.
#[test]
fn a_tab_of_a_header_is_a_blank() {
    let text = "## <summary>\n##\tRead\tthe \u{1b} messages.\n## </summary>\n\
                ## <param name=\"domain\">\n## <summary>\n##\tWho\tmay.\n## </summary>\n## </param>\n\
                ## <param name=\"object\">\n## <summary>\n##\tWhat\tfor.\n## </summary>\n## </param>\n\
                interface(`tabbed_read',`\n\tallow $1 $2:dir {\tread\tgetattr\t};\n')\n";
    let policy = seltui::policydb::Policy::read(include_bytes!("../assets/demo/policy.33")).unwrap();
    let mut desk = Desk::new(DEMO).with_headers(headers(text), &policy);
    desk.resize(160, 45).press("g i / \"/mess(age)s?\"");
    holds(&desk, &["2: ## Read the \\x1b messages."]);
    desk.press("ctrl-u \"/allow .1\"");
    holds(&desk, &["15: allow $1 $2:dir { read getattr };"]);
    desk.press("ctrl-u \"tabbed\"");
    holds(&desk, &["tabbed_read(domain, object)", "Read the \\x1b messages."]);
    desk.press("enter right");
    lacks(&desk, "\\x09");
    desk.press("enter");
    holds(&desk, &["[Call]", ": What for."]);
    lacks(&desk, "\\x09");
}

#[test]
fn a_call_that_needs_more_than_the_domain_asks_for_it() {
    let mut desk = demo();
    desk.press("i / \"log_filetrans\" enter enter");
    holds(
        &desk,
        &["[Call]", "logging_log_filetrans", "domain: container_t", "type: container_log_t", "class: dir", "name:"],
    );
    desk.press("enter");
    assert!(desk.te().contains("logging_log_filetrans(container_t, container_log_t, dir)"), "{}", desk.te());
    // What cannot be written is refused where it is typed.
    let mut desk = demo();
    desk.press("i / \"log_filetrans\" enter enter ctrl-u \"a b'\" enter");
    holds(&desk, &["[Call]", "a sign that m4 would read"]);
    desk.press("ctrl-u enter");
    holds(&desk, &["type is missing"]);
    desk.press("esc esc");
    assert!(!desk.te().contains("filetrans"), "{}", desk.te());
    // What covers nothing comes into the module, and it is said that it decides nothing.
    let mut desk = demo();
    desk.press("i / \"search_logs\" enter enter");
    assert!(desk.te().contains("logging_search_logs(container_t)"), "{}", desk.te());
    assert_eq!(desk.notice(), "logging_search_logs(container_t): covers none of the denials, which stay as they are");
    desk.press("u");
    assert!(desk.notice().starts_with("taken back: logging_search_logs(container_t)"), "{}", desk.notice());
}

/// The demo's headers with a template that takes what nobody knows.
fn with_children() -> HeaderSet {
    let text = "## <summary>The template for children of a service.</summary>\n\
                ## <param name=\"child_prefix\"><summary>The prefix of the child.</summary></param>\n\
                ## <param name=\"parent_domain\"><summary>Who starts\tit.</summary></param>\n\
                ## <param name=\"role\"><summary>Where it runs.</summary></param>\n\
                ## <param name=\"object\u{7}\"><summary>What it reads.</summary></param>\n\
                ## <param name=\"name\" optional=\"true\"><summary>Of a file.</summary></param>\n\
                template(`children_template',`\n\ttype $1_t;\n\tdomain_type($1_t)\n\trole $3 types $1_t;\n\
                \tallow $2 $1_t:process signal;\n\tallow $1_t $4:file read;\n\
                \ttype_transition $1_t $4:file $1_t $5;\n')\n\
                ## <summary>One whose second argument is of old.</summary>\n\
                template(`old_template',`\n\ttype $1_t;\n\tdomain_type($1_t)\n\trole $3 types $1_t;\n')\n\
                ## <summary>One for services of a kind.</summary>\n\
                template(`kind_template',`\n\ttype kind_$1_child_t;\n\tdomain_type(kind_$1_child_t)\n')\n";
    let mut all = seltui::host::headers::demo_headers();
    all.interfaces.extend(headers(text).interfaces);
    all
}

/// Chooses what makes the domain in the dialog that is open.
fn choose(desk: &mut Desk, name: &str) {
    let Some(Layer::NewDomain(dialog)) = desk.model.layers.last() else { panic!("{}", desk.screen()) };
    let found = |making: &MakingChoice| making.pattern().is_some_and(|pattern| pattern.interface.as_str() == name);
    let (at, wanted) = (dialog.making, dialog.makings.iter().position(found).unwrap());
    desk.press(&"down ".repeat(wanted - at));
}

#[test]
fn a_template_that_takes_more_is_offered_and_asks_for_it() {
    let policy = seltui::policydb::Policy::read(include_bytes!("../assets/demo/policy.33")).unwrap();
    let mut desk = Desk::new(DEMO).with_demo_headers().with_headers(with_children(), &policy);
    desk.resize(120, 40).press("g n");
    let Some(Layer::NewDomain(dialog)) = desk.model.layers.last() else { panic!("{}", desk.screen()) };
    let asks = |making: &MakingChoice| making.pattern().is_some_and(CallPattern::asks);
    assert!(dialog.makings.iter().is_sorted_by_key(asks), "behind those that need nothing more");
    // An argument keeps its place, whatever is done with those before it.
    let domain = Identifier::new("myd_t").unwrap();
    let texts: Vec<_> =
        dialog.makings.iter().filter_map(|making| making.pattern()).filter_map(|own| own.text(&domain)).collect();
    assert!(texts.contains(&"old_template(myd, $2, system_r)".to_owned()), "{texts:?}");
    choose(&mut desk, "children_template");
    desk.press("\"myd\"");
    holds(
        &desk,
        &[
            "▸ children_template(myd, parent_domain, system_r, object\\x07)  a template",
            "Enter asks for parent_domain (container_t is filled in) and object\\x07",
            "Enter go on",
        ],
    );
    // What is known is filled in, and nothing is taken before the rest is.
    desk.press("enter");
    holds(
        &desk,
        &[
            "[Call]",
            "child_prefix: myd",
            "▸ parent_domain: container_t",
            "role: system_r",
            "domain: Who starts it.",
            "Enter move",
            "Esc back",
        ],
    );
    desk.press("enter");
    holds(&desk, &["▸ object\\x07: ", "type: What it reads."]);
    desk.press("enter");
    holds(&desk, &["x07 is missing"]);
    desk.press("\"a b'\" enter");
    holds(&desk, &["a sign that m4 would read"]);
    desk.press("ctrl-u \"system_r\" enter");
    holds(&desk, &["system_r is a role"]);
    assert!(desk.journal.is_empty());
    // Back to the name, which stays, and to the same way.
    desk.press("esc");
    holds(&desk, &["[New domain]", "name: myd", "▸ children_template(myd, "]);
    // What was typed is there again. Another prefix would make another domain.
    desk.press("enter");
    holds(&desk, &["▸ object\\x07: system_r"]);
    desk.press("ctrl-u \"container_log_t\" up up up ctrl-u \"other\" enter");
    holds(&desk, &["other_t and not myd_t: name the domain so"]);
    assert!(desk.journal.is_empty());
    desk.press("ctrl-u \"my\"");
    desk.happen(Msg::Paste("d".to_owned()));
    holds(&desk, &["declares myd_t", "gives nothing of the access"]);
    lacks(&desk, "name the domain so");
    // Nothing is decided that was not on the screen.
    desk.log(&write_too());
    desk.press("enter");
    holds(&desk, &["1 more access was denied meanwhile: Enter takes them too", "gives nothing of the 2 accesses"]);
    assert!(desk.journal.is_empty());
    desk.press("enter");
    let te = desk.te();
    assert!(te.contains("children_template(myd, container_t, system_r, container_log_t)\n"), "{te}");
    assert!(te.contains("allow myd_t container_log_t:dir { read write };"), "{te}");
    assert!(desk.model.layers.is_empty() && desk.journal.len() == 1);
}

/// The demo's first denial of `container_log_t` once more, later and of writing too.
fn write_too() -> String {
    let record = DEMO.lines().find(|line| line.contains("container_log_t")).unwrap();
    format!("{}\n", record.replace("{ read }", "{ read write }").replace(":4136)", ":9136)"))
}

/// What is told and chosen is of the name that stands there, however it came there; what is wanted besides is looked at before
/// anything is asked.
#[test]
fn the_dialog_for_a_domain_is_true_of_what_stands_in_it() {
    let policy = seltui::policydb::Policy::read(include_bytes!("../assets/demo/policy.33")).unwrap();
    let mut desk = Desk::new(DEMO).with_demo_headers().with_headers(with_children(), &policy);
    desk.resize(120, 40).press("g n");
    desk.happen(Msg::Paste("kind_my_child".to_owned()));
    choose(&mut desk, "kind_template");
    holds(&desk, &["▸ kind_template(my)  a template", "declares kind_my_child_t"]);
    desk.press("home");
    desk.happen(Msg::Paste("x".to_owned()));
    lacks(&desk, "▸ kind_template");
    lacks(&desk, "declares kind_my_child_t");
    holds(&desk, &["kind_template makes no xkind_my_child_t"]);
    // It was chosen, and comes back with a name that it makes.
    desk.press("delete");
    lacks(&desk, "▸ kind_template");
    desk.press("backspace \"k\"");
    holds(&desk, &["▸ kind_template(my)  a template", "declares kind_my_child_t"]);
    lacks(&desk, "makes no");

    // It grows while the dialog is open.
    desk.log(&write_too());
    desk.press("enter");
    holds(&desk, &["1 more access was denied meanwhile: Enter takes them too"]);
    assert!(desk.journal.is_empty());
    desk.press("ctrl-u \"myd\"");
    choose(&mut desk, "children_template");
    let Some(Layer::NewDomain(dialog)) = desk.model.layers.last() else { panic!("{}", desk.screen()) };
    let besides = "down ".repeat(dialog.also.len());
    desk.press("tab").press(&besides).press("\"garbage(x)\" enter");
    holds(&desk, &["[New domain]", "the headers define no garbage"]);
    lacks(&desk, "[Call]");
    desk.press("ctrl-u enter");
    holds(&desk, &["[Call]"]);
}

/// Some templates make domains of certain names alone: they are there as soon as such a name is typed.
#[test]
fn a_template_is_offered_for_the_names_that_it_makes() {
    let policy = seltui::policydb::Policy::read(include_bytes!("../assets/demo/policy.33")).unwrap();
    let mut desk = Desk::new(DEMO).with_demo_headers().with_headers(with_children(), &policy);
    desk.resize(120, 40).press("g n");
    let offered = |desk: &Desk| match desk.model.layers.last() {
        Some(Layer::NewDomain(dialog)) => {
            let named =
                |making: &MakingChoice| making.pattern().is_some_and(|own| own.interface.as_str() == "kind_template");
            (dialog.makings.iter().position(named), dialog.making, dialog.makings.len())
        }
        layer => panic!("{layer:?}"),
    };
    assert_eq!(offered(&desk).0, None);
    for (typed, is_offered) in [("kind", false), ("_my_chil", false), ("d", true), ("-", false), ("ren", false)] {
        desk.press(&format!("\"{typed}\""));
        let (place, _, count) = offered(&desk);
        assert_eq!(place, is_offered.then_some(count - 1), "{typed}");
    }
    desk.press("backspace backspace backspace backspace");
    choose(&mut desk, "kind_template");
    holds(&desk, &["▸ kind_template(my)  a template", "declares kind_my_child_t"]);
    // Chosen it stays so while headers are read again, and goes with the name.
    let again = desk.model.headers.clone();
    desk.happen(Msg::Headers(again));
    assert_eq!(offered(&desk).0, Some(offered(&desk).1));
    desk.press("backspace");
    assert_eq!((offered(&desk).0, offered(&desk).1), (None, 0));
    desk.press("\"d\"");
    assert_eq!(offered(&desk).0, Some(offered(&desk).1));
    desk.press("enter");
    let te = desk.te();
    assert!(
        te.contains("kind_template(my)\n") && te.contains("allow kind_my_child_t container_log_t:dir read;"),
        "{te}"
    );
}

#[test]
fn what_a_call_opens_who_calls_it_and_how_it_is_written() {
    let mut desk = demo();
    desk.resize(100, 45).press("i o");
    holds(
        &desk,
        &[
            "What container_read_log_files(container_t) opens beyond the need",
            "0 accesses that write, create, execute or change something",
            "13 accesses that only look",
            "var_log_t:dir { getattr open search }",
        ],
    );
    desk.press("esc S");
    holds(&desk, &["demo/services/container.if:94", "interface(`container_read_log_files',`", "## <summary>"]);
    desk.press("esc / \"logging_search_logs\" enter c");
    holds(
        &desk,
        &["that call logging_search_logs", "container_read_log_files(domain)", "logging_read_login_records(domain)"],
    );
    desk.press("esc");
    holds(&desk, &["for container_t"]);
    desk.press("y");
    assert!(desk.screen().contains("the call"), "{}", desk.screen());
}

/// The number before a word, 0 where it does not stand there.
fn number_before(text: &str, word: &str) -> usize {
    let before = text.split_once(word).map_or("", |(before, _)| before);
    before.rsplit(' ').next().and_then(|word| word.parse().ok()).unwrap_or(0)
}

/// For each row of the demo and each call that is offered for it: what the list says that it opens is what `o` lists.
#[test]
fn the_list_says_as_many_as_o_lists() {
    let mut compared = 0;
    for (row, marked) in (0..13).flat_map(|row| [(row, ""), (row, "*")]) {
        let mut desk = demo();
        desk.resize(160, 45).press(&"down ".repeat(row)).press(marked).press("i");
        for at in 0..desk.model.interfaces.entries.len() {
            let said = match &desk.model.interfaces.entries[at] {
                InterfaceEntry::Offer(offer) => offer.summary(),
                InterfaceEntry::Other(_, _, text) => text.clone(),
                InterfaceEntry::Named(..) | InterfaceEntry::Remark(_) => continue,
            };
            desk.model.interfaces.at = at;
            desk.press("o");
            let Some(Layer::Text(view)) = desk.model.layers.last() else { panic!("{said}: {}", desk.screen()) };
            let headings = |by: bool| {
                let own = view.lines.iter().filter(|line| line.heading && line.text.contains("by attribute") == by);
                own.map(|line| number_before(&line.text, " access")).sum::<usize>()
            };
            let permissions = |line: &TextLine| {
                let set = line.text.split_once('{').and_then(|(_, rest)| rest.split_once('}'));
                set.map_or(0, |(set, _)| set.split_whitespace().count())
            };
            let listed: usize = view.lines.iter().filter(|line| !line.heading).map(permissions).sum();
            let by = number_before(&said, " by attribute") + number_before(&said, " more by attribute");
            let own = if said.contains("more by attribute") { 0 } else { number_before(&said, " more") };
            assert_eq!((headings(false), headings(true), listed), (own, by, own + by), "{said}: {}", desk.screen());
            compared += 1;
            desk.press("esc");
        }
    }
    assert!(compared > 60, "{compared}");
}

#[test]
fn the_preview_shows_what_calls_expand_to() {
    let mut desk = demo();
    desk.resize(160, 45).press("i enter e");
    holds(
        &desk,
        &[
            "container_read_log_files(container_t)",
            "| logging_search_logs(container_t)",
            "|   allow container_t var_log_t:dir",
        ],
    );
    desk.press("e");
    lacks(&desk, "| logging_search_logs");
    assert!(!desk.te().contains("search_logs"), "the module is written as before");
}

/// With room for two panes the preview takes the place of the one that had the keys, and the keys with it: none goes to a pane that
/// nobody sees.
#[test]
fn what_takes_the_place_of_the_focus_takes_the_keys() {
    let mut desk = demo();
    desk.resize(80, 24).press("i enter tab");
    holds(&desk, &["[Detail]"]);
    desk.press("e");
    holds(&desk, &["[logger.te]", "| logging_search_logs(container_t)"]);
    desk.press("down down");
    lacks(&desk, " container_read_log_files(container_t)");
    // The list stays what has the keys where it has them.
    desk.press("shift-tab shift-tab e");
    holds(&desk, &["[Denials]", "┌ logger.te"]);
}

/// No m4 reads the `module` form: calls, and the template of a new domain, are written as what they expand to.
#[test]
fn the_module_form_holds_what_calls_expand_to() {
    let mut desk = demo();
    desk.resize(160, 45).press("i enter f");
    assert!(desk.te().starts_with("module logger 1.0;"), "{}", desk.te());
    for line in
        ["# container_read_log_files for container_t", "allow container_t var_log_t:dir { getattr open search };"]
    {
        assert!(desk.te().contains(line), "{line}: {}", desk.te());
    }
    lacks(&desk, "NOT WRITTEN");
    desk.press("e");
    assert!(desk.notice().contains("holds what each call expands to already"), "{}", desk.notice());
    desk.press("f");
    assert!(!desk.te().contains("var_log_t:dir"), "{}", desk.te());
    desk.press("u n \"kube_logreader\" enter f");
    let te = desk.te();
    assert!(!te.contains("NOT WRITTEN") && te.contains("\ntype kube_logreader_t, container_domain;\n"), "{te}");
    if judge::all_here(&["checkmodule"]) {
        judge::checkmodule("logger", &te).unwrap();
    }
    // Before headers are read nobody knows it, and the text says so.
    let mut session = Desk::new(DEMO);
    session.press("g f");
    for record in desk.journal.clone() {
        session.happen(Msg::Appended(record));
    }
    assert!(session.te().contains("what it expands to is not known here"), "{}", session.te());
    let mut session = session.with_demo_headers();
    session.press("down");
    assert_eq!(session.te().lines().filter(|line| line.contains("NOT WRITTEN")).count(), 0, "{}", session.te());
}

#[test]
fn without_headers_it_says_what_to_install_and_while_they_are_read_how_far_it_is() {
    let mut desk = Desk::new(DEMO);
    desk.press("g i");
    holds(&desk, &["Reading the interface headers: the policy comes first."]);
    desk.happen(Msg::Headers(HeadersState::Reading("the files, step 1 of 3")));
    holds(&desk, &["step 1 of 3"]);
    desk.happen(Msg::Headers(HeadersState::Missing("there are none: install selinux-policy-dev".into())));
    holds(&desk, &["there are none: install selinux-policy-dev"]);
    // Every key is safe there.
    desk.press("enter right left o c S y / \"x\" down enter esc esc");
    holds(&desk, &["[Denials]"]);
    // On a wide screen a pane that has nothing takes no room.
    let mut desk = Desk::new(DEMO);
    desk.happen(Msg::Headers(HeadersState::Missing("none".into())));
    desk.resize(160, 45);
    lacks(&desk, "Interfaces");
}

#[test]
fn a_dontaudit_decision_is_offered_what_hides() {
    let mut desk = demo();
    desk.resize(160, 45).press("/ \"iptables\" enter d i");
    holds(
        &desk,
        &[
            "[Interfaces] for iptables_t",
            "container_dontaudit_use_ptys(iptables_t)",
            "covers 2 of 2, hides 4 more, 1 of them writes",
        ],
    );
    // Of rw_inherited_chr_file_perms what was not denied, by the header.
    desk.press("o");
    holds(
        &desk,
        &["What container_dontaudit_use_ptys(iptables_t) hides", "4 accesses that it hides", "allows nothing"],
    );
    desk.press("esc enter");
    assert!(desk.te().contains("container_dontaudit_use_ptys(iptables_t)"), "{}", desk.te());
    assert_eq!(desk.rules(), [""; 0]);
}

/// A header that would do to a terminal what it likes, with names longer than any screen.
fn hostile() -> HeaderSet {
    let long = "x".repeat(3000);
    let text = format!(
        "## <summary>\u{1b}[2J\u{1b}]0;owned\u{7} \u{202e}gpj \u{9b}31m {long}</summary>\n\
         ## <param name=\"a\tb\u{7}{long}\"><summary>\u{1b}c</summary></param>\n\
         interface(`hostile_{long}',`\n\tallow $1 container_log_t:dir {{ read {long} }};\n')\n\
         ## <summary>\u{301}\u{301} \0</summary>\n\
         interface(`hostile_read',`\n\tallow $1 container_log_t:dir read; # \u{1b}[2J\n')\n"
    );
    headers(&text)
}

/// Headers of one file with this text.
fn headers(text: &str) -> HeaderSet {
    let file = HeaderFile {
        path: "a\u{1b}[2J/hostile.if".into(),
        layer: "services".into(),
        module: "hostile".into(),
        kind: HeaderKind::Interfaces,
        text: text.into(),
    };
    let support = "define(`interface',``define(`$1',`$2')'')";
    let support = HeaderFile {
        path: "support/a.spt".into(),
        layer: "support".into(),
        module: "a".into(),
        kind: HeaderKind::Support,
        text: support.into(),
    };
    HeaderSet { support: vec![support], interfaces: vec![file], definitions: Vec::new() }
}

#[test]
fn hostile_headers_reach_the_screen_as_what_they_are_at_any_size() {
    let policy = seltui::policydb::Policy::read(include_bytes!("../assets/demo/policy.33")).unwrap();
    for keys in [
        "i",
        "i right",
        "i right down down down right end",
        "i / \"host\"",
        "i o",
        "i S",
        "i / \"/read\" enter right c",
        "i enter e",
    ] {
        let mut desk = Desk::with(facts(), Session::new(Identifier::new("logger").unwrap()), DEMO);
        desk = desk.with_headers(hostile(), &policy);
        desk.press("g").press(keys);
        for (columns, rows) in [(80, 24), (160, 45), (0, 0), (1, 1), (3, 200), (30, 8)] {
            desk.resize(columns, rows);
            for cell in desk.buffer(ColourDepth::None).content() {
                let odd = cell.symbol().chars().any(|c| c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c));
                assert!(!odd, "{keys} {columns}: {:?}", cell.symbol());
            }
        }
    }
}

#[test]
fn the_pane_and_its_dialogs_look_like_this() {
    for (columns, rows) in [(80, 24), (160, 45)] {
        for (name, keys) in [
            ("offers", "* i"),
            ("unfolded", "i right down down down down right"),
            ("search", "i / \"log\""),
            ("call", "i / \"log_filetrans\" enter enter"),
            ("opens", "i down o"),
            ("expanded", "i enter e tab tab"),
            ("new_domain", "* n \"shipper\""),
            ("new_domain_also", "* n \"shipper\" tab space"),
            ("new_daemon", "down down n \"web\""),
        ] {
            let mut desk = demo();
            desk.resize(columns, rows).press(keys);
            insta::assert_snapshot!(format!("{name}_{columns}x{rows}"), desk.screen());
        }
    }
}
