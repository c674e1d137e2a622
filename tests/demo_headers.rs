//! The demo's headers: all of the folder is embedded, m4 and checkmodule take every interface, and all names are the policy's.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::disallowed_methods)] // a test may

mod judge;

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::Arc,
};

use judge::{all_here, all_text};
use seltui::{
    host::{self, headers::demo_headers},
    policydb::Policy,
    refpolicy::{
        Catalogue, Definitions, NameKind, ParameterKind, ProblemKind,
        statement::{RequiredKind, StatementKind},
    },
};

fn assets() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo")
}

fn catalogue() -> Arc<Catalogue> {
    host::catalogue::expand(Arc::new(Definitions::read(Arc::new(demo_headers())))).unwrap()
}

#[test]
fn every_file_of_the_folder_is_embedded() {
    let mut files = BTreeSet::new();
    for layer in fs::read_dir(assets().join("headers")).unwrap().map(|entry| entry.unwrap().path()) {
        if layer.is_dir() {
            files.extend(fs::read_dir(layer).unwrap().map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap()));
        }
    }
    let embedded: BTreeSet<_> = demo_headers().files().map(|file| file.text.to_string()).collect();
    assert!(files == embedded);
}

#[test]
fn nothing_is_wrong_in_them_and_all_names_are_the_policys() {
    let catalogue = catalogue();
    assert_eq!(catalogue.definitions().problems(), []);
    assert!(
        seltui::refpolicy::Expander::new(catalogue.definitions().headers())
            .problems()
            .iter()
            .all(|problem| problem.kind < ProblemKind::Error)
    );
    let policy = Policy::read(&fs::read(assets().join("policy.33")).unwrap()).unwrap();
    let mut interfaces = 0;
    for entry in catalogue.interfaces() {
        interfaces += 1;
        let name = &entry.definition.name;
        assert!(entry.contents.faults.is_empty() && !entry.contents.statements.is_empty(), "{name}");
        assert!(!entry.definition.documentation().summary.is_empty(), "{name}");
        assert_eq!(entry.definition.documentation().parameters.len(), entry.contents.parameters.len(), "{name}");
        for brought in entry.contents.statements.iter().filter(|brought| brought.required) {
            let StatementKind::Required { kind: RequiredKind::Type | RequiredKind::Attribute, names } =
                &brought.statement.kind
            else {
                continue;
            };
            for required in names {
                assert!(policy.find_type(required.as_str()).is_some(), "{name}: {}", required.as_str());
            }
        }
    }
    assert!(interfaces > 60, "{interfaces}");
}

#[test]
fn m4_and_checkmodule_take_every_call() {
    if !all_here(&["m4", "sh", "checkmodule"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let headers = assets().join("headers").display().to_string();
    let mut te = "policy_module(demo, 1.0)\ntype x_t;\ntype x_exec_t;\nrequire { attribute domain; }\n".to_owned();
    let catalogue = catalogue();
    for entry in catalogue.interfaces() {
        let arguments = entry.contents.parameters.iter().enumerate().map(|(place, parameter)| match parameter.kind {
            ParameterKind::Prefix => format!("new{}", entry.definition.line),
            ParameterKind::Class => "file".to_owned(),
            ParameterKind::FileName => "\"x.log\"".to_owned(),
            _ if place == 1 => "x_exec_t".to_owned(),
            _ => "x_t".to_owned(),
        });
        let arguments: Vec<_> = arguments.collect();
        let given: Vec<_> = arguments.iter().map(String::as_str).collect();
        assert_eq!(catalogue.check_call(&entry.definition.name, &given, &|_| NameKind::Unknown), Ok(()));
        te += &entry.definition.name;
        te.extend(["(", &arguments.join(", "), ")\n"]);
    }
    fs::write(folder.path().join("demo.te"), te).unwrap();
    let script = format!(
        "set -e; {{ echo 'divert(-1)'; m4 {headers}/support/*.spt {headers}/*/*.if | sed -e 's/dollarsstar/$*/g'; echo divert; }} > all\n\
         m4 -D enable_mcs -s {headers}/support/*.spt all demo.te > demo.tmp\n\
         checkmodule -M -m demo.tmp -o demo.mod"
    );
    let judged = run(&script, folder.path());
    assert!(judged.status.success(), "{}", all_text(&judged));
}

fn run(script: &str, folder: &Path) -> Output {
    Command::new("timeout").args(["20", "sh", "-c", script]).current_dir(folder).output().unwrap()
}

#[test]
fn the_stories_interfaces_are_there() {
    let catalogue = catalogue();
    let templates = catalogue.domain_templates();
    assert_eq!(templates.len(), 1);
    assert_eq!((templates[0].entry.definition.name.as_str(), templates[0].prefix), ("container_domain_template", 1));
    assert_eq!(templates[0].attributes.iter().copied().collect::<Vec<_>>(), ["container_domain", "domain"]);
    let makers: Vec<_> = catalogue
        .domain_makers()
        .into_iter()
        .map(|maker| (maker.entry.definition.name.clone(), maker.domain, maker.entrypoint))
        .collect();
    for (name, entrypoint) in [
        ("init_daemon_domain", Some(2)),
        ("application_domain", Some(2)),
        ("dbus_system_domain", Some(2)),
        ("domain_type", None),
    ] {
        assert!(makers.contains(&(name.to_owned(), 1, entrypoint)), "{makers:?}");
    }
    for name in
        ["logging_read_all_logs", "logging_manage_all_logs", "logging_manage_generic_log_dirs", "kernel_read_messages"]
    {
        assert!(catalogue.get(name).is_some(), "{name}");
    }
    let kind_of = |name: &str| if name == "container_domain" { NameKind::Attribute } else { NameKind::Type };
    let problem = catalogue.check_call("mcs_constrained", &["container_domain"], &kind_of).unwrap_err();
    assert_eq!(
        problem.to_string(),
        "container_domain is an attribute, and argument 1 of mcs_constrained (domain) must be a type: no attribute can stand in \
         \"typeattribute $1 mcs_constrained_type;\""
    );
}
