//! `seltui interface show` and `seltui define show`.

use std::io::Write as _;

use clap::Args;
use serde::Serialize;

use super::{Answer, CommonOptions, definitions, find::shown};
use crate::{
    cli::{json, module_source::say},
    refpolicy::{Definition, DefinitionKind, Definitions, FuzzyIndex, SearchIn},
    selinux::printable,
};

/// What to print.
#[derive(Debug, Args)]
pub(in crate::cli) struct ShowOptions {
    /// The name of the definition
    #[arg(value_name = "NAME")]
    name: String,
}

/// One definition, as the remarks and the text have it.
#[derive(Serialize)]
struct ShownJson<'a> {
    name: &'a str,
    kind: &'a str,
    module: &'a str,
    layer: &'a str,
    file: &'a str,
    line: u32,
    #[serde(skip_serializing_if = "str::is_empty")]
    summary: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    description: &'a str,
    parameters: Vec<ParameterJson<'a>>,
    deprecated: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    rolecap: bool,
    text: &'a str,
}

#[derive(Serialize)]
struct ParameterJson<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    name: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    summary: &'a str,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    optional: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    unused: bool,
}

/// Prints the definition; of several of one name all. Status 1 when there is none.
pub(super) fn run(common: &CommonOptions, options: &ShowOptions, place: SearchIn) -> anyhow::Result<Answer> {
    let definitions = definitions(common)?;
    let wanted = |kind| (kind == DefinitionKind::Define) == (place == SearchIn::Support);
    let named: Vec<_> = definitions.iter().filter(|(_, own)| own.name == options.name).map(|(_, own)| own).collect();
    let mut out = std::io::stdout().lock();
    let mut found = false;
    for definition in named.iter().filter(|definition| wanted(definition.kind)) {
        found = true;
        if common.json {
            json::write_line(&mut out, &object(&definitions, definition))?;
        } else {
            for line in definitions.text(definition).lines() {
                writeln!(out, "{}", shown(line))?;
            }
        }
    }
    if found {
        return Ok(Answer::Done);
    }
    let name = printable(options.name.as_bytes());
    match named.first() {
        Some(other) if other.kind == DefinitionKind::Define => {
            say(&format!("{name} is a macro: seltui define show {name}"));
        }
        Some(_) => say(&format!("{name} is no macro: seltui interface show {name}")),
        None => say_undefined(&definitions, &options.name, place),
    }
    Ok(Answer::No)
}

/// Says that the headers have no such definition, and which have names that are like it.
pub(super) fn say_undefined(definitions: &Definitions, name: &str, place: SearchIn) {
    say(&format!("the headers define no {}{}", printable(name.as_bytes()), near(definitions, name, place)));
}

/// The names that are most like it.
fn near(definitions: &Definitions, name: &str, place: SearchIn) -> String {
    let index = match place {
        SearchIn::Interfaces => FuzzyIndex::of_interfaces(definitions),
        SearchIn::Support => FuzzyIndex::of_defines(definitions),
    };
    let found = index.search(&name.replace('_', " "), 3);
    let names: Vec<_> = found.iter().filter_map(|found| Some(definitions.by_id(found.id)?.name.as_str())).collect();
    if names.is_empty() { String::new() } else { format!("; they have {}", names.join(", ")) }
}

fn object<'a>(definitions: &'a Definitions, definition: &'a Definition) -> ShownJson<'a> {
    let file = definitions.file(definition);
    let parameter = |own: &'a crate::refpolicy::Parameter| ParameterJson {
        name: &own.name,
        summary: &own.summary,
        optional: own.optional,
        unused: own.unused,
    };
    ShownJson {
        name: &definition.name,
        kind: definition.kind.word(),
        module: file.map_or("", |file| &file.module),
        layer: file.map_or("", |file| &file.layer),
        file: file.map_or("", |file| &file.path),
        line: definition.line,
        summary: &definition.documentation().summary,
        description: &definition.documentation().description,
        parameters: definition.parameters().iter().map(parameter).collect(),
        deprecated: definition.deprecated,
        rolecap: definition.documentation().rolecap,
        text: definitions.text(definition),
    }
}
