//! What the headers define, and what their remarks say: judged by the distribution's own `policy.xml`, grep and awk.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::disallowed_methods)] // a test may

mod judge;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    process::{Command, Stdio},
};

use judge::{HEADERS, all_here, all_text};
use seltui::{
    host::headers::Headers,
    refpolicy::{Definition, DefinitionKind, Definitions, Direction},
};

/// Where Debian and Fedora put what segenxml made of the whole policy.
const POLICY_XML: &str = "/usr/share/selinux/devel/policy.xml";

fn definitions() -> Definitions {
    let root = Path::new("/");
    Definitions::read(Headers::new(&[], root).read(root).unwrap().into())
}

/// The lines of a program's output.
fn lines(program: &str, arguments: &[&str]) -> Vec<String> {
    let output = Command::new(program).args(arguments).current_dir(HEADERS).stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{}", all_text(&output));
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn every_definition_of_the_installed_headers_is_read() {
    if !all_here(&["grep", "sh", HEADERS]) {
        return;
    }
    let definitions = definitions();
    assert_eq!(
        definitions.problems().iter().map(|problem| definitions.problem_text(problem)).collect::<Vec<_>>(),
        [""; 0]
    );
    let place = |definition: &Definition| {
        let file = definitions.file(definition).unwrap();
        format!("{}:{}:{}", file.path, definition.line, definition.name)
    };
    let ours: BTreeSet<_> = definitions.iter().map(|(_, definition)| place(definition)).collect();
    let script = format!(
        "grep -nE '^[[:space:]]*(interface|template)\\(`' {HEADERS}/*/*.if; grep -nE '^define\\(`' {HEADERS}/support/*.spt"
    );
    let grep = lines("sh", &["-c", &script]);
    let theirs: BTreeSet<_> = grep
        .iter()
        .map(|line| {
            let (place, rest) = line.split_once('`').unwrap();
            let place = place.rsplit_once(':').unwrap().0;
            format!("{place}:{}", rest.split('\'').next().unwrap())
        })
        .collect();
    assert_eq!(ours.len(), grep.len());
    assert!(ours == theirs, "{:#?}", ours.symmetric_difference(&theirs).take(10).collect::<Vec<_>>());
    let interfaces = definitions.interfaces().count();
    eprintln!("{interfaces} interfaces and templates, {} defines", definitions.len() - interfaces);
}

#[test]
fn remarks_say_what_policy_xml_says() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/headers/policy_xml.py");
    if !all_here(&["python3", POLICY_XML, HEADERS]) {
        return;
    }
    let words = |text: &str| {
        text.lines()
            .flat_map(|line| line.strip_prefix("* ").unwrap_or(line).split_whitespace())
            .collect::<Vec<_>>()
            .join(" ")
    };
    let definitions = definitions();
    let mut ours = BTreeMap::new();
    for (_, definition) in definitions.interfaces() {
        let documentation = &definition.documentation;
        let file = definitions.file(definition).unwrap();
        let direction = |direction| match direction {
            Direction::None => "none",
            Direction::Read => "read",
            Direction::Write => "write",
            Direction::Both => "both",
        };
        let parameters = documentation.parameters.iter();
        let value = serde_json::json!({
            "layer": &*file.layer,
            "module": &*file.module,
            "about": definitions.module_summary(definition),
            "kind": definition.kind.word(),
            "name": definition.name,
            "summary": documentation.summary,
            "description": words(&documentation.description),
            "infoflow": documentation.infoflow.map(|flow| (direction(flow.direction), flow.weight)),
            "rolecap": documentation.rolecap,
            "parameters": parameters.map(|p| (&p.name, words(&p.summary), p.optional, p.unused)).collect::<Vec<_>>(),
        });
        ours.insert(definition.name.clone(), value);
    }
    let theirs = lines("python3", &[script.to_str().unwrap(), POLICY_XML]);
    assert_eq!(ours.len(), theirs.len());
    let mut differ = Vec::new();
    for line in theirs {
        let theirs: serde_json::Value = serde_json::from_str(&line).unwrap();
        let own = &ours[theirs["name"].as_str().unwrap()];
        if *own != theirs {
            differ.push(format!("{own}\n{theirs}"));
        }
    }
    assert!(differ.is_empty(), "{} differ:\n{}", differ.len(), differ[..differ.len().min(10)].join("\n\n"));
}

#[test]
fn a_definition_is_shown_as_it_is_written() {
    if !all_here(&["sh", HEADERS]) {
        return;
    }
    let definitions = definitions();
    for (_, definition) in definitions.interfaces().step_by(97) {
        let file = definitions.file(definition).unwrap();
        // seshowif's way: from the line that names it to the first one that begins with the end.
        let script = format!(
            "grep -A 9999 '\\(interface(`{0}'\"'\"'\\|template(`{0}'\"'\"'\\)' {1} | grep -B 9999 -m 1 \"^')\"",
            definition.name, file.path
        );
        assert_eq!(
            definitions.definition_text(definition),
            lines("sh", &["-c", &script]).join("\n"),
            "{}",
            definition.name
        );
        let text = definitions.text(definition);
        assert!(
            text.starts_with('#')
                && text.contains(definitions.body(definition))
                && definition.kind != DefinitionKind::Define
        );
    }
}
