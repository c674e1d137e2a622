//! The expansion of headers against GNU m4 with what the devel Makefile gives it.
//!
//! Our statements go through the product's reader, m4's text only through a splitter of this file that knows braces and
//! semicolons and nothing else: what the reader gets wrong can not hide on both sides.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice, clippy::disallowed_methods, missing_docs)]

mod judge;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    process::Command,
};

use judge::{HEADERS, all_here, all_text};
use seltui::{
    host::headers::Headers,
    refpolicy::{Branch, Expander, Expansion, HeaderSet, statement::StatementKind},
};

/// Arguments that differ from one another and from every name of the headers.
const ARGUMENTS: &str = "a1,a2,a3,a4,a5,a6,a7,a8,a9";

fn installed() -> HeaderSet {
    Headers::new(&[], Path::new("/")).read(Path::new("/")).unwrap()
}

/// What GNU m4 makes of each call, with the Makefile's two steps done by m4 and sed themselves.
fn gnu(headers: &HeaderSet, calls: &[String]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let paths =
        |files: &[seltui::refpolicy::HeaderFile]| files.iter().map(|file| file.path.to_string()).collect::<Vec<_>>();
    let (support, interfaces) = (paths(&headers.support), paths(&headers.interfaces));
    let interfaces = Command::new("m4").args(&support).args(&interfaces).env("LC_ALL", "C").output().unwrap();
    assert!(interfaces.status.success(), "{}", all_text(&interfaces));
    let all = [b"divert(-1)\n", interfaces.stdout.as_slice(), b"divert\n"].concat();
    let (raw, all_interfaces) = (folder.path().join("raw"), folder.path().join("all_interfaces.conf"));
    fs::write(&raw, all).unwrap();
    let sed = Command::new("sed").args(["-e", "s/dollarsstar/$*/g"]).arg(&raw).output().unwrap();
    fs::write(&all_interfaces, sed.stdout).unwrap();
    // A comment is copied as it stands: it tells one call's text from the next.
    let text: String = calls.iter().map(|call| format!("{call}\n#=====\n")).collect();
    fs::write(folder.path().join("calls.te"), text).unwrap();
    let mut m4 = Command::new("m4");
    for (name, value) in &headers.definitions {
        m4.arg("-D").arg(format!("{name}={value}"));
    }
    let output = m4.args(&support).args([&all_interfaces, &folder.path().join("calls.te")]).env("LC_ALL", "C").output();
    let output = output.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let mut parts: Vec<_> = text.split("\n#=====\n").map(str::to_owned).collect();
    assert_eq!(parts.pop().as_deref(), Some(""));
    assert_eq!(parts.len(), calls.len());
    parts
}

/// The text without the blanks and comments that it begins with.
fn uncommented(text: &str) -> &str {
    let text = text.trim_start();
    match text.strip_prefix('#') {
        Some(comment) => uncommented(comment.split_once('\n').map_or("", |(_, behind)| behind)),
        None => text,
    }
}

/// The statements of a text, how often each is there: split at semicolons and at the braces of blocks.
fn split(text: &str) -> BTreeMap<String, usize> {
    let mut found = BTreeMap::new();
    let (mut statement, mut within): (Vec<&str>, u32) = (Vec::new(), 0);
    let mut rest = text;
    loop {
        rest = uncommented(rest);
        if rest.is_empty() {
            break;
        }
        let length = rest.find(|c: char| c.is_whitespace() || "{};,:()~!#".contains(c)).unwrap_or(rest.len()).max(1);
        let word;
        (word, rest) = rest.split_at(length);
        let is_head = matches!(statement.first(), None | Some(&("require" | "optional" | "if" | "else")));
        statement.push(word);
        match word {
            "{" if !is_head => {
                within += 1;
                continue;
            }
            "}" if within > 0 => {
                within -= 1;
                continue;
            }
            _ => {}
        }
        let is_call = word == ")" && statement.len() > 2 && statement[1] == "(" && statement[0] != "if";
        // An empty second branch says nothing.
        if statement == ["else", "{"] && uncommented(rest).starts_with('}') {
            rest = uncommented(rest).split_at(1).1;
            statement.clear();
            continue;
        }
        if matches!(word, ";" | "{" | "}") || is_call {
            *found.entry(statement.join(" ")).or_insert(0) += 1;
            statement.clear();
        }
    }
    if !statement.is_empty() {
        *found.entry(statement.join(" ")).or_insert(0) += 1;
    }
    found
}

/// The statements of an expansion as lines: heads of blocks, statements, and a brace for the end of each block.
fn lines(expansion: &Expansion) -> String {
    let (mut lines, mut ends, mut branches) = (Vec::new(), Vec::new(), BTreeMap::new());
    for (placed, number) in expansion.statements.iter().zip(0_u32..) {
        while ends.last().is_some_and(|end| *end <= number) {
            ends.pop();
            lines.push("}");
        }
        if let Some((block, branch)) = placed.block
            && branches.insert(block, branch).unwrap_or(Branch::Then) != branch
        {
            lines.extend(["}", "else {"]);
        }
        lines.push(&placed.statement.text);
        if placed.statement.text.ends_with('{') {
            ends.push(placed.end.0);
        }
    }
    lines.extend(ends.iter().map(|_| "}"));
    lines.join("\n")
}

/// What differs between two texts of one call.
fn difference(call: &str, ours: &str, theirs: &str) -> Option<String> {
    let (ours, theirs) = (split(ours), split(theirs));
    let only = |a: &BTreeMap<String, usize>, b: &BTreeMap<String, usize>| {
        let only = a.iter().filter(|(text, count)| b.get(*text) != Some(count));
        only.map(|(text, count)| format!("{count} {text}")).take(5).collect::<Vec<_>>()
    };
    let shown = || format!("{call}\n  ours: {:#?}\n  m4: {:#?}", only(&ours, &theirs), only(&theirs, &ours));
    (ours != theirs).then(shown)
}

/// The first calls whose statements differ from m4's, with what differs.
fn differences(expander: &mut Expander, calls: &[String], theirs: &[String]) -> Vec<String> {
    let each = calls.iter().zip(theirs);
    let each = each.filter_map(|(call, theirs)| difference(call, &lines(&expander.expand_text(call)), theirs));
    each.take(10).collect()
}

#[test]
fn every_interface_of_the_distribution_expands_as_gnu_m4_has_it() {
    if !all_here(&["m4", "sed", HEADERS]) {
        return;
    }
    let headers = installed();
    let mut expander = Expander::new(&headers);
    assert_eq!(expander.problems(), []);
    // By counting `interface(` and `template(` at the beginnings of lines.
    let counted: usize = headers
        .interfaces
        .iter()
        .map(|file| {
            file.text.lines().filter(|line| line.starts_with("interface(`") || line.starts_with("template(`")).count()
        })
        .sum();
    let names: Vec<_> = expander.declared().iter().map(|declared| declared.name.as_str().to_owned()).collect();
    assert!(names.len() >= counted && counted > 5000, "{} of {counted}", names.len());

    let calls: Vec<_> = names.iter().map(|name| format!("{name}({ARGUMENTS})")).collect();
    // Both processors are kept busy: m4 on the one, the expander on the other.
    let (theirs, expansions) = std::thread::scope(|scope| {
        let theirs = scope.spawn(|| gnu(&headers, &calls));
        let expansions: Vec<_> = calls.iter().map(|call| expander.expand_text(call)).collect();
        (theirs.join().unwrap(), expansions)
    });
    let each: Vec<_> = calls.iter().zip(&theirs).zip(&expansions).collect();
    let (first, second) = each.split_at(each.len() / 2);
    let differing = |part: &[((&String, &String), &Expansion)]| {
        let each = part.iter().filter_map(|((call, theirs), ours)| difference(call, &lines(ours), theirs));
        each.take(5).collect::<Vec<_>>()
    };
    let found = std::thread::scope(|scope| {
        let second = scope.spawn(|| differing(second));
        [differing(first), second.join().unwrap()].concat()
    });
    assert!(found.is_empty(), "{}", found.join("\n"));

    // Nothing but statements that the reader knows, and no call of what the headers do not define but those.
    let statements = || expansions.iter().flat_map(|expansion| &expansion.statements);
    let unread = statements().filter(|placed| matches!(placed.statement.kind, StatementKind::Other(_)));
    assert_eq!(unread.map(|placed| &placed.statement.text).collect::<BTreeSet<_>>(), BTreeSet::new());
}
