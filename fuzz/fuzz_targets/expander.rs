//! The macro processor: any text ends within its limits, what cannot be done is told with file and line, and nothing of one
//! expansion is left for the next. What is remembered of calls is what an expansion from the text gives.
//!
//! A byte 0xff parts the input: the text of a `.te` alone, or support macros, interfaces and such a text. That no file is
//! opened is not for a fuzzer to find out: the room has no way to one (`tests/architecture`).
//!
//! Seeds: `fuzz/seed-headers DIR`, then
//! `cargo +nightly fuzz run expander DIR/expander -- -max_len=4096 -timeout=10 -max_total_time=1800`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use seltui::refpolicy::{
    Contents, Definitions, Expander, Expansion, HeaderFile, HeaderKind, HeaderSet, Limits, ProblemKind, Unfolded,
};
use std::sync::Arc;

/// Small ones, so that what runs into them does so in a moment.
const LIMITS: Limits = Limits { steps: 20_000, bytes: 1 << 20, nesting: 100, depth: 32, pieces: 2_000, names: 2_000 };

fuzz_target!(|bytes: &[u8]| {
    let mut parts: Vec<_> = bytes.split(|byte| *byte == 0xff).map(String::from_utf8_lossy).collect();
    let text = parts.pop().unwrap_or_default();
    let mut headers = HeaderSet { definitions: vec![("enable_mcs".to_owned(), String::new())], ..HeaderSet::default() };
    for (number, part) in parts.iter().enumerate() {
        let (kind, path, module) = match number {
            0 => (HeaderKind::Support, "support/x_patterns.spt", "x_patterns"),
            _ => (HeaderKind::Interfaces, "services/x.if", "x"),
        };
        let file = HeaderFile {
            path: path.into(),
            layer: "services".into(),
            module: module.into(),
            kind,
            text: part.as_ref().into(),
        };
        match kind {
            HeaderKind::Support => headers.support.push(file),
            HeaderKind::Interfaces => headers.interfaces.push(file),
        }
    }
    let definitions = Definitions::read(Arc::new(headers));
    let mut expander = Expander::with_limits(&definitions, LIMITS, LIMITS);
    for problem in expander.problems() {
        assert!(problem.kind != ProblemKind::Error || problem.line > 0 && !problem.file.is_empty(), "{problem:?}");
    }
    let first = expander.expand_text(&text);
    check(&first);
    assert!(expander.expand_text(&text) == first, "the first expansion left something behind");
    let names: Vec<_> = expander.declared().iter().map(|declared| declared.name.as_str().to_owned()).take(4).collect();
    let mut remembering = expander.clone();
    remembering.remember();
    for (_, definition) in definitions.iter().take(20) {
        let wanted = Contents::expanded(&mut expander, &definitions, definition);
        let found = Contents::expanded(&mut remembering, &definitions, definition);
        // What is remembered takes fewer steps, so that it may come to an end where the other one is stopped.
        assert!(found == wanted || !wanted.faults.is_empty(), "{}:\n{found:#?}\n{wanted:#?}", definition.name);
    }
    for name in names {
        check(&expander.expand(&name, &["$1", "{ a b }", ""]));
    }
});

fn check(expansion: &Expansion) {
    for problem in &expansion.problems {
        assert!(problem.kind < ProblemKind::Error || !problem.message.is_empty(), "{problem:?}");
        assert!(problem.kind != ProblemKind::Error || problem.line > 0 && !problem.file.is_empty(), "{problem:?}");
    }
    for (placed, own) in expansion.statements.iter().zip(0_u32..) {
        assert!(placed.end.0 > own && placed.end.0 as usize <= expansion.statements.len());
        assert!(placed.block.is_none_or(|(block, _)| block.0 < own));
    }
    // Level by level every statement is met once, and every call.
    let (mut open, mut statements, mut calls) = (vec![None], 0, 0);
    while let Some(call) = open.pop() {
        for unfolded in expansion.unfold(call) {
            match unfolded {
                Unfolded::Statement(..) => statements += 1,
                Unfolded::Call(id, _) => {
                    calls += 1;
                    open.push(Some(id));
                }
            }
        }
    }
    assert_eq!((statements, calls), (expansion.statements.len(), expansion.calls.len()));
}
