//! `seltui interface dump`: the whole catalogue for other programs.

use std::io::{BufWriter, Write as _};

use anyhow::bail;
use clap::Args;
use serde::Serialize;

use super::{Answer, CommonOptions};
use crate::{
    cli::{json, module_source::say},
    host::{self, headers::Headers},
    refpolicy::{Catalogue, Entry, ParameterKind},
};

/// It takes only the common options.
#[derive(Debug, Args)]
pub(in crate::cli) struct DumpOptions {}

/// One definition with what it brings.
#[derive(Serialize)]
struct EntryJson<'a> {
    name: &'a str,
    kind: &'a str,
    parameters: Vec<ParameterJson<'a>>,
    summary: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    description: &'a str,
    module: &'a str,
    layer: &'a str,
    file: &'a str,
    line: u32,
    deprecated: bool,
    /// In terms of `$1` …, blocks opened.
    statements: Vec<&'a str>,
    /// What it asks the policy for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    requires: Vec<&'a str>,
    calls: Vec<&'a str>,
    /// The body of a macro that brings no statement: a set of permissions or classes.
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    faults: Vec<String>,
}

#[derive(Serialize)]
struct ParameterJson<'a> {
    name: &'a str,
    summary: &'a str,
    kind: &'a str,
    /// No attribute may stand there, because of this statement.
    #[serde(skip_serializing_if = "Option::is_none")]
    concrete: Option<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    optional: bool,
}

/// Prints one object a definition; status 1 where there are no headers.
pub(super) fn run(common: &CommonOptions, _: &DumpOptions) -> anyhow::Result<Answer> {
    if !common.json {
        bail!("the catalogue is for other programs: add --json");
    }
    let headers = Headers::new(&common.headers, &common.root);
    let catalogue = host::catalogue::read(&headers, &common.root)?;
    let definitions = catalogue.definitions();
    for problem in definitions.problems() {
        say(&definitions.problem_text(problem));
    }
    super::say_unsupported(definitions.headers());
    let mut out = BufWriter::with_capacity(1 << 16, std::io::stdout().lock());
    for entry in catalogue.iter() {
        json::write_line(&mut out, &object(&catalogue, entry))?;
    }
    out.flush()?;
    Ok(if definitions.is_empty() { Answer::No } else { Answer::Done })
}

fn object<'a>(catalogue: &'a Catalogue, entry: Entry<'a>) -> EntryJson<'a> {
    let Entry { definition, contents, .. } = entry;
    let file = catalogue.definitions().file(definition);
    let texts = |required| {
        let own = contents.statements.iter().filter(move |brought| brought.required == required);
        own.map(|brought| brought.statement.text()).collect::<Vec<_>>()
    };
    let count = definition.parameter_count().max(contents.parameters.len());
    let is_text = contents.statements.is_empty() && contents.calls.is_empty();
    EntryJson {
        name: &definition.name,
        kind: definition.kind.word(),
        parameters: (0..count).map(|place| parameter(entry, place)).collect(),
        summary: &definition.documentation().summary,
        description: &definition.documentation().description,
        module: file.map_or("", |file| &file.module),
        layer: file.map_or("", |file| &file.layer),
        file: file.map_or("", |file| &file.path),
        line: definition.line,
        deprecated: definition.deprecated,
        statements: texts(false),
        requires: texts(true),
        calls: contents.calls.iter().map(crate::selinux::Name::as_str).collect(),
        body: (definition.kind == crate::refpolicy::DefinitionKind::Define && is_text)
            .then(|| catalogue.definitions().body(definition)),
        faults: contents.faults.iter().cloned().chain(catalogue.unknown_call(&entry)).collect(),
    }
}

fn parameter(entry: Entry<'_>, place: usize) -> ParameterJson<'_> {
    let documented = entry.definition.parameters().get(place);
    let used = entry.contents.parameters.get(place);
    ParameterJson {
        name: documented.map_or("", |parameter| &parameter.name),
        summary: documented.map_or("", |parameter| &parameter.summary),
        kind: used.map_or(ParameterKind::Unused, |used| used.kind).word(),
        concrete: used.and_then(|used| used.concrete.as_ref()).map(ToString::to_string),
        optional: documented.is_some_and(|parameter| parameter.optional),
    }
}
