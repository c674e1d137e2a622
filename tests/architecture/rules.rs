//! What the house forbids, each rule a function from source to objections.

use crate::source::{Kind, Source};

/// What each room may name, besides what those it names may.
const ARROWS: &[(&str, &[&str])] = &[
    ("selinux", &[]),
    ("config", &[]),
    ("audit", &["selinux"]),
    ("refpolicy", &["selinux"]),
    ("policydb", &["selinux"]),
    ("labels", &["selinux"]),
    ("cil", &["selinux"]),
    ("denials", &["audit", "refpolicy", "policydb", "labels"]),
    ("diagnosis", &["denials"]),
    ("module", &["selinux", "refpolicy"]),
    ("session", &["denials", "module"]),
    ("replay", &["module", "policydb", "denials"]),
    ("export", &["session", "module"]),
    ("host", &["config", "diagnosis", "session", "replay", "export", "cil"]),
    ("tui", &["host"]),
    // Without a subcommand the command line starts the terminal program; the way back is closed.
    ("cli", &["host", "tui"]),
];

/// Rooms that touch the machine or the terminal; all others are pure.
const IMPURE: &[&str] = &["host", "tui", "cli"];

/// What pure rooms do not name: the machine, the terminal, the command line, and errors without a type.
const MACHINE: &[&str] = &[
    "std::fs",
    "std::process",
    "std::thread",
    "std::env",
    "std::net",
    "std::os",
    "std::io::stdin",
    "std::io::stdout",
    "std::io::stderr",
    "std::time::SystemTime",
    "std::time::Instant",
    "SystemTime::now",
    "Instant::now",
    "Zoned::now",
    "Timestamp::now",
    "ratatui",
    "crossterm",
    "clap",
    "signal_hook",
    "tempfile",
    "directories",
    "anyhow",
];

/// Macros that speak to the terminal.
const PRINTING: &[&str] = &["print", "println", "eprint", "eprintln", "dbg"];

/// The room that spells policy text.
const SPELLER: &str = "selinux";

/// The room that quotes it: what a binary policy holds, in the words of setools. No arrow leads from there to a module.
const QUOTER: &str = "policydb";

/// Words that begin a statement of the policy language.
const STATEMENTS: &[&str] =
    &["allow", "dontaudit", "auditallow", "neverallow", "allowxperm", "typeattribute", "typebounds", "type_transition"];

/// What begins a line in no other text than a policy.
const BLOCKS: &[&str] = &["policy_module(", "gen_require(", "optional_policy(", "tunable_policy(", "require {"];

/// A file with more lines than this, its tests not counted, has two jobs.
const MOST_LINES: usize = 600;

/// The objections of every rule to these files.
pub fn objections(sources: &[Source]) -> Vec<String> {
    let is_test = |source: &Source| {
        let path = source.path.trim_end_matches(".rs");
        sources.iter().flat_map(|other| &other.test_modules).any(|module| {
            path.strip_prefix(module.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    };
    let counted = sources.iter().filter(|source| !is_test(source));
    counted.flat_map(|source| [arrows(source), machine(source), policy_text(source), length(source)].concat()).collect()
}

/// Everything that the room may name.
fn reach(room: &str) -> Vec<&'static str> {
    let direct = ARROWS.iter().find(|(name, _)| *name == room).map_or(&[][..], |(_, arrows)| *arrows);
    direct.iter().flat_map(|next| [vec![*next], reach(next)].concat()).collect()
}

fn arrows(source: &Source) -> Vec<String> {
    let Some(room) = source.room() else { return Vec::new() };
    if ARROWS.iter().all(|(name, _)| *name != room) {
        return vec![format!("{}: the room {room} is not in the table of arrows", source.path)];
    }
    let reach = reach(room);
    let stray = source.rooms_named().into_iter().filter(|(_, named)| named != room && !reach.contains(&named.as_str()));
    stray.map(|(line, named)| format!("{}:{line}: {room} may not name {named}", source.path)).collect()
}

fn is_pure(source: &Source) -> bool {
    source.room().is_some_and(|room| !IMPURE.contains(&room))
}

fn machine(source: &Source) -> Vec<String> {
    if !is_pure(source) {
        return Vec::new();
    }
    let mut objections = Vec::new();
    for (line, path) in source.paths() {
        let path = path.join("::");
        let whole = format!("::{path}::");
        if let Some(what) = MACHINE.iter().find(|what| {
            let what = format!("::{what}::");
            // A type's own function is found behind any path, a crate or module only at the beginning.
            if what.ends_with("::now::") { whole.contains(&what) } else { whole.starts_with(&what) }
        }) {
            objections.push(format!("{}:{line}: a pure room names {what}", source.path));
        } else if path == "std::*" || path == "std::io::*" || path == "std::time::*" {
            objections.push(format!("{}:{line}: a pure room takes all of {path}", source.path));
        }
    }
    for two in source.tokens.windows(2) {
        if let (Kind::Word(word), Kind::Sign('!')) = (&two[0].kind, &two[1].kind)
            && PRINTING.contains(&word.as_str())
        {
            objections.push(format!("{}:{}: a pure room prints", source.path, two[0].line));
        }
    }
    objections
}

fn policy_text(source: &Source) -> Vec<String> {
    if source.room().is_none_or(|room| room == SPELLER || room == QUOTER) {
        return Vec::new();
    }
    let mut objections = Vec::new();
    for token in &source.tokens {
        if let Kind::Text(text) = &token.kind
            && spells_policy(text)
        {
            objections.push(format!("{}:{}: policy text is spelled by {SPELLER}: {text:?}", source.path, token.line));
        }
    }
    objections
}

/// Whether a literal is a statement, or what a statement is put together from; a sentence about one is neither.
fn spells_policy(text: &str) -> bool {
    let begins_statement = |line: &str| {
        let plain = without_arguments(line);
        let (line, plain) = (line.trim_start(), plain.trim_start());
        let statement = STATEMENTS.iter().any(|word| {
            let rest = |line: &str| Some(line.strip_prefix(word)?.strip_prefix(' ')?.to_owned());
            // `"allow "` alone is a piece of a statement; `"allow {what}"` may be one of a sentence.
            rest(line).is_some_and(|rest| rest.is_empty())
                || rest(plain).is_some_and(|rest| rest.contains([':', ';', '{']))
        });
        statement || BLOCKS.iter().any(|word| plain.starts_with(word))
    };
    text.split("\\n").flat_map(str::lines).any(begins_statement)
}

/// A format string without its `{arguments}`; a doubled brace is the brace that it prints.
fn without_arguments(format: &str) -> String {
    let (mut plain, mut rest) = (String::new(), format);
    while let Some((before, after)) = rest.split_once('{') {
        plain.push_str(before);
        rest = if let Some(after) = after.strip_prefix('{') {
            plain.push('{');
            after
        } else {
            // Without an end it is no argument but the brace of a text that is no format string.
            after.split_once('}').map_or_else(
                || {
                    plain.push('{');
                    after
                },
                |(_, after)| after,
            )
        };
    }
    plain + rest
}

fn length(source: &Source) -> Vec<String> {
    if source.lines > MOST_LINES {
        vec![format!("{}: {} lines without its tests, {MOST_LINES} are the most", source.path, source.lines)]
    } else {
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn objected(path: &str, text: &str) -> Vec<String> {
        objections(&[Source::new(path, text)])
    }

    #[test]
    fn arrows_point_one_way() {
        for (path, text) in [
            ("audit/line.rs", "use crate::selinux::Name;"),
            ("denials/mod.rs", "use crate::{audit::Line, selinux};"),
            ("session/mod.rs", "use crate::{audit::Line, denials::Denial, module::Rule, policydb};"),
            ("host/log/read.rs", "use crate::{host::thread, config::Theme, export};"),
            ("tui/mod.rs", "use crate::{tui::model, host, session};"),
            ("cli/terminal.rs", "use crate::tui;"),
            ("cli.rs", "use crate::host;"),
            ("lib.rs", "pub mod anything; use crate::cli;"),
            ("audit/line.rs", "/// See [`crate::cli`].\n#[cfg(test)]\nmod tests { use crate::session::Session; }"),
        ] {
            assert_eq!(objected(path, text), [""; 0], "{path} {text}");
        }
        for (path, text, expected) in [
            ("selinux/name.rs", "use crate::audit::Line;", "selinux/name.rs:1: selinux may not name audit"),
            ("audit/line.rs", "\nfn f() { crate::denials::g() }", "audit/line.rs:2: audit may not name denials"),
            ("audit/line.rs", "use super::super::denials::D;", "audit/line.rs:1: audit may not name denials"),
            ("config/mod.rs", "use crate::{selinux::Name};", "config/mod.rs:1: config may not name selinux"),
            ("module/mod.rs", "use crate::{module::A,\n denials::B};", "module/mod.rs:2: module may not name denials"),
            ("host/mod.rs", "use crate::tui::run;", "host/mod.rs:1: host may not name tui"),
            ("host/mod.rs", "use crate::cli::Answer;", "host/mod.rs:1: host may not name cli"),
            ("tui/mod.rs", "use crate::cli::Answer;", "tui/mod.rs:1: tui may not name cli"),
            ("audit/mod.rs", "use crate::*;", "audit/mod.rs:1: audit may not name *"),
            ("utils/mod.rs", "", "utils/mod.rs: the room utils is not in the table of arrows"),
            ("utils.rs", "", "utils.rs: the room utils is not in the table of arrows"),
        ] {
            assert_eq!(objected(path, text), [expected], "{text}");
        }
    }

    #[test]
    fn the_arrows_have_no_circle() {
        for (room, _) in ARROWS {
            assert!(!reach(room).contains(room), "{room}");
        }
    }

    #[test]
    fn pure_rooms_do_not_touch_the_machine() {
        for (text, what) in [
            ("use std::fs;", "names std::fs"),
            ("use std::{collections::BTreeMap, fs::File};", "names std::fs"),
            ("fn f() { std::process::exit(1) }", "names std::process"),
            ("use ::std::thread;", "names std::thread"),
            ("use std::env::var;", "names std::env"),
            ("use std::{net::{IpAddr}};", "names std::net"),
            ("use std::os::unix::fs::MetadataExt;", "names std::os"),
            ("use std::io::{self, stdin};", "names std::io::stdin"),
            ("use std::time::Instant as Clock;", "names std::time::Instant"),
            ("use std::time::{Duration, SystemTime};", "names std::time::SystemTime"),
            ("fn f() { time::Instant::now() }", "names Instant::now"),
            ("fn f() { jiff::Timestamp::now() }", "names Timestamp::now"),
            ("use ratatui::style::Color;", "names ratatui"),
            ("use crossterm::event;", "names crossterm"),
            ("use anyhow::Context as _;", "names anyhow"),
            ("use std::*;", "takes all of std::*"),
            ("fn f() { println!(\"x\") }", "prints"),
        ] {
            assert_eq!(objected("audit/line.rs", text), [format!("audit/line.rs:1: a pure room {what}")], "{text}");
            assert_eq!(objected("host/log.rs", text), [""; 0], "host may");
            let in_tests = format!("#[cfg(test)] mod tests {{ {text} }}");
            assert_eq!(objected("audit/line.rs", &in_tests), [""; 0], "a test may");
        }
        for text in [
            "use std::{io::{self, Write}, time::Duration, fmt};",
            "use crate::audit::env;",
            "let fs = \"std::fs::read\";",
        ] {
            assert_eq!(objected("audit/line.rs", text), [""; 0], "{text}");
        }
    }

    #[test]
    fn policy_text_is_spelled_in_one_room() {
        for text in [
            r#"f("allow ")"#,
            r#"format!("allow {s} {t}:{c} {p};")"#,
            r##"r#"
                dontaudit a_t b_t:file read;"#"##,
            r#"write!(f, "{x};\nallow {y}:{z}")"#,
            r#""policy_module({name}, {version})""#,
            r#""gen_require(`""#,
            r#""require {""#,
            r#""typeattribute {a} {b};""#,
            r#""{indent}require {{""#,
            r#""allow {a} {b}{{""#,
        ] {
            assert_eq!(objected("module/render.rs", text).len(), 1, "{text}");
            assert_eq!(objected("selinux/render.rs", text), [""; 0]);
            assert_eq!(objected("module/render.rs", &format!("#[cfg(test)] mod tests {{ f({text}) }}")), [""; 0]);
            assert_eq!(objected("module/render.rs", &format!("// {text}\n").replace('\n', " ")), [""; 0]);
        }
        for text in [
            r#""allow""#,
            r#""allow the selected denial""#,
            r#""no allow rule in the loaded policy""#,
            r#""dontaudit {what}""#,
            r#""Change between policy_module(NAME, 1.0) and module NAME 1.0;""#,
            r#""policy_module""#,
        ] {
            assert_eq!(objected("tui/action.rs", text), [""; 0], "{text}");
        }
    }

    #[test]
    fn a_long_file_is_seen_and_its_tests_are_not_counted() {
        let long = |lines: usize| "a;\n".repeat(lines);
        assert_eq!(objected("audit/line.rs", &long(600)), [""; 0]);
        let expected = "audit/line.rs: 601 lines without its tests, 600 are the most";
        assert_eq!(objected("audit/line.rs", &long(601)), [expected]);
        let tests = format!("{}#[cfg(test)]\nmod tests {{\n{}}}\n", long(600), long(300));
        assert_eq!(objected("audit/line.rs", &tests), [""; 0]);
    }

    #[test]
    fn files_that_only_tests_have_are_left_out() {
        let room = Source::new("audit/mod.rs", "#[cfg(test)]\nmod tests;");
        let stray = "use crate::cli::Answer;";
        for path in ["audit/tests.rs", "audit/tests/mod.rs", "audit/tests/more.rs"] {
            assert_eq!(objections(&[room.clone(), Source::new(path, stray)]), [""; 0], "{path}");
        }
        assert_eq!(objections(&[room, Source::new("audit/testset.rs", stray)]).len(), 1);
    }
}
