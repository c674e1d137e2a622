//! `seltui interface find` and `seltui define find`.

use std::io::{BufWriter, Write as _};

use clap::Args;
use serde::Serialize;

use super::{Answer, CommonOptions, definitions, headers};
use crate::{
    cli::json,
    refpolicy::{Definition, DefinitionId, Definitions, FuzzyIndex, SearchIn},
    selinux::printable,
};

/// What to look for.
#[derive(Debug, Args)]
pub(in crate::cli) struct FindOptions {
    /// An extended regular expression; with --fuzzy some words, which may be incomplete
    #[arg(value_name = "REGEX")]
    pattern: String,

    /// Take the pattern as words of names and summaries, best match first
    #[arg(long)]
    fuzzy: bool,
}

/// One object a definition.
#[derive(Serialize)]
struct FoundJson<'a> {
    name: &'a str,
    kind: &'a str,
    file: &'a str,
    line: u32,
    #[serde(skip_serializing_if = "str::is_empty")]
    summary: &'a str,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    deprecated: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    matches: Vec<MatchJson<'a>>,
}

#[derive(Serialize)]
struct MatchJson<'a> {
    line: u32,
    text: &'a str,
}

/// Prints what is found; status 1 when that is nothing.
pub(super) fn run(common: &CommonOptions, options: &FindOptions, place: SearchIn) -> anyhow::Result<Answer> {
    let mut out = BufWriter::new(std::io::stdout().lock());
    let mut found = false;
    if options.fuzzy {
        let definitions = definitions(common)?;
        for id in fuzzy(&definitions, &options.pattern, place) {
            let Some(definition) = definitions.by_id(id) else { continue };
            found = true;
            if common.json {
                json::write_line(&mut out, &object(&definitions, definition, &[]))?;
            } else {
                let (place, summary) = (place_of(&definitions, definition), &definition.documentation().summary);
                writeln!(out, "{place}: {}: {}", definition.name, printable(summary.as_bytes()))?;
            }
        }
    } else if common.json {
        let definitions = definitions(common)?;
        for (id, lines) in definitions.find(&options.pattern, place)? {
            let Some(definition) = definitions.by_id(id) else { continue };
            found = true;
            json::write_line(&mut out, &object(&definitions, definition, &lines))?;
        }
    } else {
        let headers = headers(common)?;
        for group in headers.find_lines(&options.pattern, place)? {
            found = true;
            let file = headers.short_path(group.file);
            if let Some(heading) = group.heading {
                writeln!(out, "{file}: {}", shown(heading))?;
            }
            for (_, line) in group.lines.iter().filter(|(_, line)| Some(*line) != group.heading) {
                writeln!(out, "{file}: {}", shown(line))?;
            }
        }
    }
    out.flush()?;
    Ok(if found { Answer::Done } else { Answer::No })
}

fn fuzzy(definitions: &Definitions, words: &str, place: SearchIn) -> Vec<DefinitionId> {
    let index = match place {
        SearchIn::Interfaces => FuzzyIndex::of_interfaces(definitions),
        SearchIn::Support => FuzzyIndex::of_defines(definitions),
    };
    index.search(words, usize::MAX).into_iter().map(|found| found.id).collect()
}

fn place_of(definitions: &Definitions, definition: &Definition) -> String {
    format!("{}:{}", definitions.headers().short_path(definition.file), definition.line)
}

fn object<'a>(definitions: &'a Definitions, definition: &'a Definition, lines: &[(u32, &'a str)]) -> FoundJson<'a> {
    FoundJson {
        name: &definition.name,
        kind: definition.kind.word(),
        file: definitions.file(definition).map_or("", |file| &file.path),
        line: definition.line,
        summary: &definition.documentation().summary,
        deprecated: definition.deprecated,
        matches: lines.iter().map(|(line, text)| MatchJson { line: *line, text }).collect(),
    }
}

/// A line of a header as a terminal may have it: tabs stay.
pub(super) fn shown(line: &str) -> String {
    let parts: Vec<_> = line.split('\t').map(plain).collect();
    parts.join("\t")
}

/// Text of a header is shown as it is, backslashes too, as long as nothing in it steers the terminal.
fn plain(text: &str) -> String {
    if text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) { text.to_owned() } else { printable(text.as_bytes()) }
}
