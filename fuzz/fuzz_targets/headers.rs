//! The header parser: whatever stands between the definitions of a clean header, each of them is found in its line, with its
//! own text; and what is defined can be searched, shown and taken into a catalogue.
//!
//! The first byte says which kind of header it is. A byte 0xff parts the rest into what is put between the definitions.
//!
//! Seeds: `fuzz/seed-headers DIR`, then
//! `cargo +nightly fuzz run headers DIR/headers -- -max_len=4096 -timeout=10 -max_total_time=1800`.
#![no_main]

use std::{fmt::Write as _, sync::Arc};

use libfuzzer_sys::fuzz_target;
use seltui::refpolicy::{
    Catalogue, Contents, Definitions, Expander, FuzzyIndex, HeaderFile, HeaderKind, HeaderSet, Limits, SearchIn,
};

const LIMITS: Limits = Limits { steps: 5_000, bytes: 1 << 18, nesting: 100, depth: 32, pieces: 2_000, names: 2_000 };

fuzz_target!(|bytes: &[u8]| {
    let (first, rest) = bytes.split_first().unwrap_or((&0, &[]));
    let kind = if first % 4 == 0 { HeaderKind::Support } else { HeaderKind::Interfaces };
    let mut text = String::new();
    let mut clean = Vec::new();
    for (number, part) in rest.split(|byte| *byte == 0xff).take(8).enumerate() {
        text.push_str(&String::from_utf8_lossy(part));
        text.push('\n');
        let word = match (kind, number % 2) {
            (HeaderKind::Support, _) => "define",
            (HeaderKind::Interfaces, 0) => "interface",
            (HeaderKind::Interfaces, _) => "template",
        };
        let line = text.matches('\n').count() + 1;
        let definition =
            format!("{word}(`clean_{number}',`\n\tallow $1 clean_{number}_t:file {{ read `q' }}; # (it`\n')'\n')");
        let _ = writeln!(text, "{definition}");
        clean.push((format!("clean_{number}"), line, definition));
    }
    let file = HeaderFile {
        path: "services/x.if".into(),
        layer: "services".into(),
        module: "x_patterns".into(),
        kind,
        text: text.as_str().into(),
    };
    let mut headers = HeaderSet::default();
    match kind {
        HeaderKind::Support => headers.support.push(file),
        HeaderKind::Interfaces => headers.interfaces.push(file),
    }
    let lines = text.matches('\n').count() + 1;
    let definitions = Arc::new(Definitions::read(Arc::new(headers)));
    for (name, line, written) in &clean {
        let found = definitions.iter().find(|(_, own)| own.name == *name && own.line as usize == *line);
        let (_, definition) = found.unwrap_or_else(|| panic!("{name} of line {line} is lost in\n{text}"));
        assert_eq!(definitions.definition_text(definition), written);
    }
    for problem in definitions.problems() {
        assert!((1..=lines).contains(&(problem.line as usize)));
        assert!(!definitions.problem_text(problem).is_empty());
    }
    let place = if kind == HeaderKind::Support { SearchIn::Support } else { SearchIn::Interfaces };
    let found = definitions.find("clean_[0-9]", place).expect("a pattern");
    assert!(found.len() >= clean.len());
    let index = match kind {
        HeaderKind::Support => FuzzyIndex::of_defines(&definitions),
        HeaderKind::Interfaces => FuzzyIndex::of_interfaces(&definitions),
    };
    assert!(!index.search("clean 0", 100).is_empty());
    let mut expander = Expander::with_limits(&definitions, LIMITS, LIMITS);
    let each = definitions.iter().map(|(_, definition)| Contents::expanded(&mut expander, &definitions, definition));
    let contents = each.collect();
    let catalogue = Catalogue::new(Arc::clone(&definitions), contents);
    for entry in catalogue.iter() {
        // What is counted is what reading the remarks gives.
        let (count, read) = (entry.definition.parameter_count(), entry.definition.parameters());
        assert_eq!(count, read.len());
        assert!(read.iter().enumerate().all(|(place, own)| entry.definition.is_optional(place) == own.optional));
        assert!(entry.contents.parameters.len() >= count || entry.contents == &Contents::default());
        catalogue.callers(&entry.definition.name);
        definitions.text(entry.definition);
        definitions.module_summary(entry.definition);
    }
});
