//! Modules that the program writes, judged by those who have to take them: checkmodule, `semodule_package`, the
//! devel Makefile, semodule in a private store, and sesearch on the policy that comes of it.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::disallowed_methods)] // a test may

mod judge;

use std::{collections::BTreeSet, fs, path::Path, time::Duration};

use judge::Store;
use proptest::{prelude::*, test_runner::TestRunner};
use seltui::{
    host::{
        build::{Build, BuildOutcome},
        headers::Headers,
        process::Cancel,
    },
    module::{ClassTable, DeclaredDomain, LineKind, PolicyModule, Remark, RenderContext, Rule, SourceFile, Unwritten},
    selinux::{
        AccessVector, Identifier, Name,
        statement::{AvRuleKind, Form},
    },
    session::{DecidedAccess, JournalRecord, Session, Step, Verdict},
};

fn vector([source, target, class]: [&str; 3], permissions: &str) -> AccessVector {
    AccessVector {
        source: source.into(),
        target: target.into(),
        class: class.into(),
        permissions: permissions.split_whitespace().collect(),
    }
}

fn decided(names: [&str; 3], permissions: &str, count: u64, comm: &str, path: &str) -> DecidedAccess {
    let remark = Remark { count, comm: Some(comm.to_owned()), path: Some(path.to_owned()) };
    DecidedAccess { vector: vector(names, permissions), remark, roles: [Name::from("system_r")].into() }
}

fn module(name: &str, form: Form, steps: Vec<Step>) -> PolicyModule {
    let mut session = Session::new(Identifier::new(name).unwrap());
    session.apply(&JournalRecord::Form { form }).unwrap();
    for step in steps {
        session.apply(&JournalRecord::Decide(step)).unwrap();
    }
    session.policy_module()
}

/// What tests/container/logs/story-a.log holds, counted by hand, moved to one new domain.
fn story_a(form: Form) -> PolicyModule {
    let json = "8ab96358bc771647242dbd04af0f2e0c27134c7a3a9d4597b5a818836c6df279";
    let accesses = vec![
        decided(["container_t", "container_log_t", "dir"], "read", 1, "flb-pipeline", "/var/log/containers"),
        decided(
            ["container_t", "container_log_t", "lnk_file"],
            "read getattr",
            2,
            "flb-pipeline",
            "/var/log/containers/web-7d9f_default_nginx-8ab96358bc77.log",
        ),
        decided(
            ["container_logreader_t", "container_var_lib_t", "file"],
            "getattr read open",
            3,
            "flb-pipeline",
            &format!("/var/lib/docker/containers/{json}/{json}-json.log"),
        ),
    ];
    let verdict = Verdict::NewDomain(Identifier::domain_type("kube_logreader").unwrap());
    module("logger", form, vec![Step::new(verdict, accesses)])
}

/// A module as story D ships it: rules for domains of the policy, checkmodule alone.
fn story_d() -> PolicyModule {
    let allowed = vec![
        decided(["init_t", "var_log_t", "file"], "create map", 4, "pf9-hostagent", "/var/log/pf9/agent.log"),
        decided(["init_t", "init_t", "process"], "execmem", 1, "pf9-hostagent", "/proc/self"),
        decided(["unconfined_t", "init_t", "service"], "start status", 2, "systemctl", "pf9-comms.service"),
        decided(["getty_t", "container_t", "unix_stream_socket"], "connectto", 1, "agetty", "/run/pf9.sock"),
    ];
    let silenced = vec![decided(["init_t", "tmp_t", "dir"], "search", 7, "pf9-hostagent", "/tmp")];
    let steps = vec![Step::new(Verdict::Allow, allowed), Step::new(Verdict::DontAudit, silenced)];
    module("pf9", Form::Module, steps)
}

fn te(module: &PolicyModule, headers: &Headers) -> String {
    module.render(SourceFile::Te, &headers.render_context(std::path::Path::new("/")).unwrap()).text()
}

fn golden(file: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(file)).unwrap()
}

#[test]
fn the_stories_modules_read_as_they_should() {
    if !judge::all_here(&[judge::HEADERS]) {
        return;
    }
    let [headers, _] = judge::dialects();
    for (module, file) in [
        (story_a(Form::PolicyModule), "logger.te"),
        (story_a(Form::Module), "logger-module-form.te"),
        (story_d(), "pf9.te"),
    ] {
        assert_eq!(te(&module, &headers), golden(file), "{file}");
    }
}

#[test]
fn the_stories_modules_build_in_each_dialect() {
    if !judge::compilers_are_here() {
        return;
    }
    for headers in judge::dialects() {
        for module in [story_a(Form::PolicyModule), story_a(Form::Module), story_d()] {
            let report = judge::build(&module, &headers);
            assert!(!judge::package(&report).is_empty());
            assert_eq!(report.problems, []);
            eprintln!("{} ({:?}): {:?}, {}", module.name, module.form, report.took, report.commands.join(" && "));
        }
    }
}

/// What sesearch finds for a domain beyond what comes with being one.
fn rules_beyond(before: &BTreeSet<String>, after: &BTreeSet<String>) -> Vec<String> {
    after.difference(before).cloned().collect()
}

#[test]
fn story_a_loads_and_holds_exactly_what_was_decided() {
    if !Store::is_possible() {
        return;
    }
    let [headers, _] = judge::dialects();
    for (form, declaration) in [
        (Form::PolicyModule, "domain_type(kube_logreader_t)\nrole system_r types kube_logreader_t;"),
        (Form::Module, "gen_require(`attribute domain;')\ntypeattribute kube_logreader_t domain;"),
    ] {
        let store = Store::new();
        // The same domain written by hand, without a rule.
        let bare = format!("policy_module(logger, 1.0)\ntype kube_logreader_t;\n{declaration}\n");
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("logger.te"), bare).unwrap();
        let made = std::process::Command::new("make")
            .args(["-f", &format!("{}/Makefile", judge::HEADERS), &format!("HEADERDIR={}", judge::HEADERS)])
            .args(["NAME=default", "TYPE=mcs", "logger.pp"])
            .current_dir(folder.path())
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", judge::all_text(&made));
        store.install("logger", &fs::read(folder.path().join("logger.pp")).unwrap()).unwrap();
        let before = store.rules("-A", "kube_logreader_t");

        let report = judge::build(&story_a(form), &headers);
        store.install("logger", judge::package(&report)).unwrap();
        let after = store.rules("-A", "kube_logreader_t");
        assert_eq!(
            rules_beyond(&before, &after),
            [
                "allow kube_logreader_t container_log_t:dir read;",
                "allow kube_logreader_t container_log_t:lnk_file { getattr read };",
                "allow kube_logreader_t container_var_lib_t:file { getattr open read };",
            ],
            "{form:?}"
        );
        assert!(before.is_subset(&after));
    }
}

#[test]
fn story_d_loads_and_holds_exactly_what_was_decided() {
    if !Store::is_possible() {
        return;
    }
    let [headers, _] = judge::dialects();
    let store = Store::new();
    let sources = ["init_t", "unconfined_t", "getty_t"];
    let all = |kind| sources.map(|source| store.rules(kind, source)).into_iter().flatten().collect::<BTreeSet<_>>();
    let (allowed, silenced) = (all("-A"), all("--dontaudit"));
    let report = judge::build(&story_d(), &headers);
    store.install("pf9", judge::package(&report)).unwrap();
    // sesearch shows a rule with the permissions that the policy gave before, so they are taken away.
    let added = |before: &BTreeSet<String>, after: &BTreeSet<String>| -> BTreeSet<String> {
        single_permissions(after).difference(&single_permissions(before)).cloned().collect()
    };
    let expected = |rules: &[&str]| rules.iter().map(|&rule| rule.to_owned()).collect::<BTreeSet<_>>();
    let decided = expected(&[
        "allow getty_t container_t:unix_stream_socket connectto",
        "allow init_t self:process execmem",
        "allow init_t var_log_t:file create",
        "allow init_t var_log_t:file map",
        "allow unconfined_t init_t:service start",
        "allow unconfined_t init_t:service status",
    ]);
    // Each access that was not allowed by this very rule before, and no other.
    let before = single_permissions(&allowed);
    let new: BTreeSet<_> = decided.iter().map(|rule| rule.replace(" self:", " init_t:")).collect();
    assert_eq!(added(&allowed, &all("-A")), new.difference(&before).cloned().collect());
    assert!(new.iter().all(|rule| single_permissions(&all("-A")).contains(rule)));
    assert_eq!(added(&silenced, &all("--dontaudit")), expected(&["dontaudit init_t tmp_t:dir search"]));
}

/// `allow a b:c { p q };` as a rule for each permission.
fn single_permissions(rules: &BTreeSet<String>) -> BTreeSet<String> {
    let mut single = BTreeSet::new();
    for rule in rules {
        let (head, permissions) = rule.split_once(':').unwrap();
        let (class, permissions) = permissions.split_once(' ').unwrap();
        let (permissions, condition) = permissions.split_once(';').unwrap();
        for permission in permissions.trim_matches(['{', '}', ' ']).split_whitespace() {
            single.insert(format!("{head}:{class} {permission}{condition}"));
        }
    }
    single
}

/// The module without one name of its require block, for each name.
fn with_one_requirement_less(text: &str) -> Vec<(String, String)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut variants = Vec::new();
    for (place, line) in lines.iter().enumerate().filter(|(_, line)| line.starts_with('\t')) {
        let (head, list) = match line.trim().trim_end_matches(';').split_once(' ').unwrap() {
            ("class", rest) => {
                let (class, permissions) = rest.split_once(' ').unwrap();
                (format!("class {class}"), permissions)
            }
            (keyword, list) => (keyword.to_owned(), list),
        };
        let names: Vec<&str> = list.split([' ', ',', '{', '}']).filter(|name| !name.is_empty()).collect();
        for gone in &names {
            let left: Vec<&str> = names.iter().filter(|name| *name != gone).copied().collect();
            let new = match (left.is_empty(), head.starts_with("class")) {
                (true, _) => String::new(),
                (false, true) => format!("\t{head} {{ {} }};", left.join(" ")),
                (false, false) => format!("\t{head} {};", left.join(", ")),
            };
            let mut variant: Vec<&str> = lines.clone();
            variant[place] = &new;
            variants.push((format!("{head} {gone}"), variant.join("\n") + "\n"));
        }
    }
    variants
}

#[test]
fn every_requirement_is_needed_and_none_is_missing() {
    if !judge::compilers_are_here() {
        return;
    }
    let [headers, _] = judge::dialects();
    for module in [story_d(), story_a(Form::Module)] {
        let text = te(&module, &headers);
        assert_eq!(judge::checkmodule(module.name.as_str(), &text), Ok(()));
        let variants = with_one_requirement_less(&text);
        assert!(variants.len() > 5);
        for (gone, variant) in variants {
            let judgement = judge::checkmodule(module.name.as_str(), &variant);
            assert!(judgement.is_err(), "{}: compiles without {gone}:\n{variant}", module.name);
        }
    }
    // The other form, with what its first line does not require: another role, a class of systemd's.
    let mut module = story_d();
    module.form = Form::PolicyModule;
    let roles = ["staff_r", "system_r", "object_r"].map(Name::from).into();
    module.domains = [DeclaredDomain::plain(Identifier::new("pf9_t").unwrap(), roles)].into();
    let text = te(&module, &headers);
    assert_eq!(judge::make("pf9", &text).map(drop), Ok(()), "{text}");
    let variants = with_one_requirement_less(&text);
    assert!(variants.iter().any(|(gone, _)| gone == "class service start"), "{variants:?}");
    assert!(variants.iter().any(|(gone, _)| gone == "role staff_r"), "{variants:?}");
    for (gone, variant) in variants {
        assert!(judge::make("pf9", &variant).is_err(), "compiles without {gone}:\n{variant}");
    }
}

#[test]
fn the_embedded_classes_are_required_by_the_headers_too() {
    let path = format!("{}/support/all_perms.spt", judge::HEADERS);
    if !judge::all_here(&[&path]) {
        return;
    }
    let installed = ClassTable::from_all_perms(&fs::read_to_string(path).unwrap());
    assert!(installed.contains("io_uring", "sqpoll") || installed.contains("lockdown", "integrity"));
    for (class, permissions) in ClassTable::kernel().iter() {
        for permission in permissions {
            assert!(
                installed.contains(class.as_str(), permission.as_str()),
                "a module written without headers would lack {}:{}",
                class.as_str(),
                permission.as_str()
            );
        }
    }
}

/// Rules with names that Debian's headers know, so that both forms can be made of them.
fn any_rule() -> impl Strategy<Value = Rule> {
    let types = prop::sample::select(vec!["init_t", "container_t", "x_t", "y_t", "var_log_t", "tmp_t", "a", "Z9_z"]);
    let class = prop::sample::select(vec!["file", "dir", "process", "service", "capability2", "dbus", "made_up"]);
    let permission = prop::sample::select(vec!["read", "open", "start", "signal", "bpf", "send_msg", "p1", "p2"]);
    let comm = prop::option::of("\\PC{0,20}");
    let kind = prop::sample::select(vec![AvRuleKind::Allow, AvRuleKind::DontAudit]);
    let permissions = prop::collection::btree_set(permission, 1..5);
    let names = (types.clone(), types, class, permissions);
    (kind, names, 0..5_u64, comm, prop::option::of("\\PC{0,200}")).prop_map(
        |(kind, (source, target, class, permissions), count, comm, path)| Rule {
            kind,
            vector: AccessVector {
                source: source.into(),
                target: target.into(),
                class: class.into(),
                permissions: permissions.into_iter().collect(),
            },
            remark: Remark { count, comm, path },
        },
    )
}

fn any_module(form: Form) -> impl Strategy<Value = PolicyModule> {
    let domain = |name: &str| {
        DeclaredDomain::plain(Identifier::new(name).unwrap(), ["system_r", "staff_r"].map(Name::from).into())
    };
    let domains = prop::sample::subsequence(vec![domain("x_t"), domain("y_t")], 0..=2);
    (prop::collection::vec(any_rule(), 1..30), domains).prop_map(move |(rules, domains)| {
        let mut module = PolicyModule::new(Identifier::new("random").unwrap(), form);
        module.domains = domains.into_iter().collect();
        module.rules = rules;
        module
    })
}

proptest! {
    #[test]
    fn the_text_does_not_depend_on_the_order_of_the_rules(
        (module, shuffled) in any_module(Form::Module).prop_flat_map(|module| {
            let rules = Just(module.rules.clone()).prop_shuffle();
            (Just(module), rules)
        }),
    ) {
        let again = PolicyModule { rules: shuffled, ..module.clone() };
        for form in [Form::Module, Form::PolicyModule] {
            let text = |module: &PolicyModule| {
                PolicyModule { form, ..module.clone() }.render(SourceFile::Te, &RenderContext::default())
            };
            prop_assert_eq!(text(&again), text(&module));
        }
    }
}

#[test]
fn random_modules_compile() {
    if !judge::compilers_are_here() {
        return;
    }
    let [headers, _] = judge::dialects();
    let context = headers.render_context(std::path::Path::new("/")).unwrap();
    for (form, cases) in [(Form::Module, 60), (Form::PolicyModule, 6)] {
        let mut runner = TestRunner::new(ProptestConfig { cases, failure_persistence: None, ..Default::default() });
        runner
            .run(&any_module(form), |module| {
                let report = judge::build_in(&module, &headers, &context);
                prop_assert!(report.package().is_some(), "{}\n{}", report.output.join("\n"), te(&module, &headers));
                Ok(())
            })
            .unwrap();
    }
}

#[test]
fn a_class_is_not_filled_beyond_what_the_package_can_hold() {
    if !judge::compilers_are_here() {
        return;
    }
    let [headers, _] = judge::dialects();
    let names = (0..40).map(|n| format!("made_up_{n:02}")).collect::<Vec<_>>().join(" ");
    let accesses = vec![
        decided(["init_t", "init_t", "process"], &format!("{names} signal"), 1, "x", "/"),
        decided(["init_t", "init_t", "made_up"], &names, 1, "x", "/"),
    ];
    // Debian's headers know 31 permissions of `process`.
    for (form, written) in [(Form::PolicyModule, 1 + 1 + 32), (Form::Module, 32 + 32)] {
        let module = module("full", form, vec![Step::new(Verdict::Allow, accesses.clone())]);
        let report = judge::build(&module, &headers);
        judge::package(&report);
        let unwritten: usize = report
            .unwritable
            .iter()
            .map(|unwritable| match &unwritable.what {
                Unwritten::Rule(rule) => rule.vector.permissions.len(),
                other => panic!("{other}"),
            })
            .sum();
        assert_eq!(unwritten, 81 - written, "{form:?}: {}", te(&module, &headers));
        assert!(!report.unwritable.iter().any(|unwritable| unwritable.to_string().contains("signal")));
    }
}

#[test]
fn a_fault_is_brought_back_to_its_line() {
    if !judge::compilers_are_here() {
        return;
    }
    // An interface that another package broke.
    let over = tempfile::tempdir().unwrap();
    fs::create_dir(over.path().join("kernel")).unwrap();
    let domain = "interface(`domain_type',`\n\ttypeattribute $1 no_such_attribute;\n')\n";
    fs::write(over.path().join("kernel/domain.if"), domain).unwrap();
    let headers = Headers::new(&[judge::HEADERS.into(), over.path().to_owned()], Path::new("/"));
    let module = story_a(Form::PolicyModule);
    let report = judge::build(&module, &headers);
    assert_eq!(report.outcome, BuildOutcome::Failed);
    let lines = te(&module, &headers);
    let expected = 1 + lines.lines().position(|line| line == "domain_type(kube_logreader_t)").unwrap();
    let line = report.problems.first().and_then(|problem| problem.line).unwrap_or_else(|| panic!("{report:?}"));
    // checkmodule counts the lines that the macro grew into as well, up to the next `#line`.
    assert!((expected..expected + 8).contains(&(line as usize)), "{line}, expected {expected}: {report:?}");
    assert!(report.problems[0].message.contains("no_such_attribute"), "{report:?}");
}

#[test]
fn a_build_can_be_cancelled_and_leaves_nothing() {
    if !judge::compilers_are_here() {
        return;
    }
    let [headers, _] = judge::dialects();
    let context = headers.render_context(std::path::Path::new("/")).unwrap();
    let module = story_a(Form::PolicyModule);
    let cancel = Cancel::new();
    let build = Build { module: &module, headers: &headers, context: &context, root: Path::new("/") };
    let report = build.run(&mut |_| cancel.cancel(), &cancel).unwrap();
    assert_eq!(report.outcome, BuildOutcome::Cancelled);
    assert!(report.took < Duration::from_secs(3));
}

#[test]
fn a_module_that_says_nothing_is_not_built() {
    let [headers, _] = judge::dialects();
    let odd = vec![decided(["a.b", "c_t", "file"], "read", 1, "x", "/")];
    for (steps, message, unwritable) in [
        (Vec::new(), "the module holds nothing yet: decide something first", 0),
        (vec![Step::new(Verdict::Allow, odd)], "nothing that was decided can be written", 1),
    ] {
        let (module, context) = (module("empty", Form::Module, steps), RenderContext::default());
        let build = Build { module: &module, headers: &headers, context: &context, root: Path::new("/") };
        let report = build.run(&mut |_| {}, &Cancel::new()).unwrap();
        assert_eq!(report.outcome, BuildOutcome::Failed);
        assert_eq!((report.problems[0].message.as_str(), report.unwritable.len()), (message, unwritable));
        assert!(report.commands.is_empty());
    }
}

#[test]
fn file_contexts_and_interfaces_are_headings_until_something_belongs_there() {
    let module = story_a(Form::PolicyModule);
    for file in [SourceFile::Fc, SourceFile::If] {
        let rendered = module.render(file, &RenderContext::default());
        assert!(rendered.lines.len() == 1 && rendered.lines[0].kind == LineKind::Heading, "{rendered:?}");
    }
}
