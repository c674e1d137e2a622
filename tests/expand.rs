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
    host::headers::{Headers, demo_headers},
    refpolicy::{
        Branch, CallId, Contents, Definitions, Expander, Expansion, HeaderFile, HeaderKind, HeaderSet, ProblemKind,
        Unfolded, statement::StatementKind,
    },
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
    let text: String = calls.iter().flat_map(|call| [call, "\n#=====\n"]).collect();
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
        // A dash before a name is one word, with a blank behind it or without.
        let length = if rest.starts_with('-') { 1 } else { length };
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
        lines.push(placed.statement.text());
        if placed.statement.text().ends_with('{') {
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
    assert_eq!(unread.map(|placed| placed.statement.text()).collect::<BTreeSet<_>>(), BTreeSet::new());
}

/// The definitions whose remembered contents are not what an expansion of each from its text gives.
fn remembered_otherwise(headers: HeaderSet) -> (usize, Vec<String>) {
    let definitions = Definitions::read(headers.into());
    let expander = Expander::new(definitions.headers());
    let differing = |places: std::ops::Range<usize>| {
        let (mut plain, mut remembering) = (expander.clone(), expander.clone());
        remembering.remember();
        let mut differing = Vec::new();
        for (_, definition) in definitions.iter().skip(places.start).take(places.len()) {
            let wanted = Contents::expanded(&mut plain, &definitions, definition);
            let found = Contents::expanded(&mut remembering, &definitions, definition);
            if found != wanted {
                let shown = |contents: &Contents| format!("{:#?}", contents.statements.first());
                differing.push(format!("{}\n{}\n{}", definition.name, shown(&found), shown(&wanted)));
            }
        }
        differing
    };
    let (count, half) = (definitions.len(), definitions.len() / 2);
    let differing = std::thread::scope(|scope| {
        let second = scope.spawn(|| differing(half..count));
        [differing(0..half), second.join().unwrap()].concat()
    });
    (count, differing)
}

/// Headers of this text alone, with the simplest `interface` there is.
fn small_headers(interfaces: &str) -> HeaderSet {
    let file = |kind, path: &str, text: &str| HeaderFile {
        path: path.into(),
        layer: "local".into(),
        module: "x_patterns".into(),
        kind,
        text: text.into(),
    };
    let support = "define(`interface',``define(`$1',`$2')'')define(`same_pattern',`$1')define(`open_pattern',`read }')\
                   define(`word_perms',`{ read  open }')";
    let (support, interfaces) = (
        file(HeaderKind::Support, "support/x_patterns.spt", support),
        file(HeaderKind::Interfaces, "local/x.if", interfaces),
    );
    HeaderSet { support: vec![support], interfaces: vec![interfaces], definitions: Vec::new() }
}

#[test]
fn what_the_headers_call_while_they_are_read_is_in_no_expansion() {
    let mut expander = Expander::new(&small_headers("same_pattern(`interface(`x',`allow $1 self:file read;')')"));
    let first = expander.expand("x", &["a_t"]);
    assert_eq!(first.calls.iter().map(|call| call.name.as_str()).collect::<Vec<_>>(), ["x"]);
    assert_eq!(first, expander.expand("x", &["a_t"]));
}

#[test]
fn nothing_is_remembered_of_a_call_that_looks_into_its_arguments() {
    let callee = |body: &str, call: &str| format!("interface(`y',`{body}')\ninterface(`x',`{call}')\n");
    for text in [
        // What it writes depends on the argument: by comparing, by its length, as a name, as a part of a macro's name.
        callee("ifelse(`$1',`a_t',`allow a self:file read;',`allow b self:file read;')", "y(a_t) y(b_t) y($1)"),
        callee("ifelse(len(`$1'),`3',`allow a self:file read;',`allow b self:file read;')", "y(a_t) y(long_t) y($1)"),
        callee("ifdef(`$1',`allow a self:file read;',`allow b self:file read;')", "y(a_t) y(same_pattern)"),
        callee("allow a_t $1_pattern(b_t) p;", "y(same) y(other)"),
        callee("allow a_t same$1(b_t) p;", "y(_pattern) y()"),
        callee("allow a_t same_$1 p;", "y(pattern) y(`')"),
        callee("define(`$1',`c')allow a_t $1 p;", "y(a) y(b)"),
        // It says how it is called, or where.
        callee("allow $# __line__:file read;", "y(a)\ny(a, b)"),
        // Something was changed around it.
        callee("allow z self:file read;", "define(`z',`w')y()pushdef(`file',`dir')y()popdef(`file')y()"),
        // The words go together only where they are put side by side.
        callee("allow a_t b_t:file read; allow $1", "y(x)_t z:file read;"),
        callee("$1", "allow a_y($1)_t:file read; y(allow) p q:file z; #"),
        callee("allow $1`'0 p:file read;", "y(a) y(`$1')"),
        callee("same_pattern(`$1')_t;", "allow y(a) allow y(`b')"),
        format!("{}m4wrap(`allow w self:file read;')\n", callee("allow $1 self:file read;", "y(a)")),
        // A pattern is a call without a parenthesis too: the brace is its own.
        callee("allow $1 self:file open_pattern;", "y(a) allow b self:file open_pattern;"),
        callee("divert(1)allow $1 self:file read;divert", "y(a) allow b self:file read;"),
        callee("changequote([,])allow $1 [b]:file read;", "y(a) `allow c' [d]:file read;"),
        callee("allow $1 self:file read; # a remark", "y(a) allow b self:file read;"),
        // It takes what stands behind the call.
        callee("allow $1 self:file read;dnl", "y(a) allow b self:file read;\nallow c self:file read;"),
        callee("allow $1 self:file read;same_pattern", "y(a)(allow b self:file read;) y(c) allow d self:file read;"),
        callee("allow $1 self:file word_perms", "y(a);\ny(b) ;"),
        // A word is what it is, blanks too.
        "interface(`x',`ifelse(word_perms,`{ read  open }',`allow a self:file word_perms;',`allow b c:file d;')')"
            .to_owned(),
        // Within an optional block and outside of one.
        "define(`out',`popdef(`__in_optional_policy')')\ninterface(`y',`popdef(`__in_optional_policy')')
interface(`z',`ifdef(`__in_optional_policy',`allow $1 in_t:file read;',`allow $1 out_t:file read;')')
interface(`x',`y($1) z($1) optional {pushdef(`__in_optional_policy') y($1) z($1) popdef(`__in_optional_policy')}')"
            .to_owned(),
        // What m4 calls so is not what the header defines.
        "interface(`x',`allow a b:c d;')\n`define(`x',`if ($1 %) { allow a b:c d; }')'".to_owned(),
        // Signs that headers leave changed behind them.
        "`define(`gen_require',`ifdef(`no_such',`',`require { $1 }')')'\ninterface(`x',`gen_require(type $1;)')`changequote([,])'"
            .to_owned(),
        "`define(`gen_require',`ifdef(`no_such',`',`require { $1 }')')'\ninterface(`x',`gen_require(type $1;)')`changecom(if)'"
            .to_owned(),
        // Blocks in a require block.
        "interface(`z',`type $1;')\ninterface(`y',`require { optional { z($1) } }')\ninterface(`x',`y($2, a)')".to_owned(),
    ] {
        let headers = small_headers(&text);
        assert!(Definitions::read(headers.clone().into()).get("x").is_some(), "nothing is compared: {text}");
        let (_, differing) = remembered_otherwise(headers);
        assert!(differing.is_empty(), "{text}\n{}", differing.join("\n"));
    }
}

#[test]
fn a_counter_that_no_header_defines_counts_as_the_calls_around_it_do() {
    let mut headers = small_headers(
        "interface(`y',`allow a_t self:file policy_call_depth; popdef(`policy_call_depth') #')
interface(`z',`allow a_t self:file policy_call_depth;')
interface(`x',`y() z() y(a)')\n",
    );
    // refpolicy's own, which counts how deep a call is; what it begins to count with is left out.
    let interface = "define(`policy_m4_comment',`\n## $2 depth: $1\n')define(`interface',` dnl
`define(`$1',` dnl
	pushdef(`policy_call_depth',incr(policy_call_depth)) dnl
	policy_m4_comment(policy_call_depth,begin `$1'(dollarsstar)) dnl
	$2 dnl
	popdef(`policy_call_depth') dnl
	policy_m4_comment(policy_call_depth,end `$1'(dollarsstar)) dnl
	'')
')";
    headers.support[0].text = interface.into();
    let (_, differing) = remembered_otherwise(headers.clone());
    assert!(differing.is_empty(), "{}", differing.join("\n"));

    // With a beginning, and with what is no counting at all.
    for (own, other) in [
        ("", ""),
        ("\tpopdef(", "\tnopopdef("),
        ("$2 dnl", "$2"),
        ("\tpushdef(", "\tnopushdef("),
        ("incr(policy_call_depth)", "of_$1_own"),
    ] {
        let interface = format!("define(`policy_call_depth',0){}", interface.replacen(own, other, 1));
        headers.support[0].text = interface.into();
        let (_, differing) = remembered_otherwise(headers.clone());
        assert!(differing.is_empty(), "{other}: {}", differing.join("\n"));
    }

    // What is counted from is written into the remarks, and a remark ends with its line.
    for from in ["0", "12", "", "x", "0\nallow c_t self:file write;\n", "-1", "`0'incr(`1')"] {
        let interface = "define(`policy_m4_comment',`\n## $2 depth: $1\n')define(`interface',`dnl
`define(`$1',`policy_m4_comment(policy_call_depth,`$1')$2')'
')";
        headers.support[0].text = format!("define(`policy_call_depth',`{from}'){interface}").into();
        headers.interfaces[0].text = "interface(`y',`allow $1 self:file read;')\ninterface(`x',`y($1)')\n".into();
        let (_, differing) = remembered_otherwise(headers.clone());
        assert!(differing.is_empty(), "{from}: {}", differing.join("\n"));
    }
}

#[test]
fn words_that_grow_with_each_call_are_looked_at_once() {
    // Twice as long each time: whoever looked at the whole word for each argument in it would not come to an end.
    let text = "interface(`x',`allow $1 self:file read; x($1_t$1_t)')\ninterface(`y',`x($1)')\n";
    let mut expander = Expander::new(&small_headers(text));
    expander.remember();
    let definitions = Definitions::read(small_headers(text).into());
    for (_, definition) in definitions.interfaces() {
        let contents = Contents::expanded(&mut expander, &definitions, definition);
        assert!(!contents.faults.is_empty(), "{}", definition.name);
    }
}

#[test]
fn statements_of_a_known_call_are_taken_over_only_where_they_stand_by_themselves() {
    let long = "l".repeat(300);
    let callee = |body: &str, call: &str| format!("interface(`y',`{body}')\ninterface(`x',`{call}')\n");
    let nested = |body: &str, call: &str| {
        format!("interface(`z',`{body}')\ninterface(`y',`z($2, $1) z($1, $2) z($1_t, b)')\ninterface(`x',`{call}')\n")
    };
    for text in [
        // What stands around it goes on in it, or the other way round.
        callee("allow $1 self:file read;", "allow z { y(a) } self:file read; y(b)"),
        callee("allow $1 self:file read;", "allow z { b y(a) y(b)"),
        callee("allow $1 { b ;", "y(a) } c:d e; y(b)"),
        callee("allow $1 self:file { read }", "y(a); y(b) y(c)"),
        callee("if (z", "y(a) ) { allow b c:d e; }"),
        callee("type_transition $1 b:file c \"$2\";", "y(a, n) y(a, { q }) allow z \" y(a, b) w:file read; \" ;"),
        callee("type_transition $1 b:file c \"d;", "y(a) allow e \" f:g h; y(b)"),
        // Blocks.
        callee("optional { allow $1 b:c d; }", "y(a) else { allow q r:s t; } y(b) optional { y(c) } else { y(d) }"),
        callee("allow $1 b:c d; else { allow $1 e:f g; }", "optional { y(a) } y(b)"),
        callee("type $1; role $2 types $1;", "require { y(a, b) } y(c, d) require { type e; } y(f, g)"),
        callee("require { type $1; class file { $2 }; } allow $1 self:file $2;", "y(a, b) require { y(c, d) }"),
        callee("} allow $1 b:c d;", "y(a) optional { y(b) y(c)"),
        // A brace that ends no block and no statement.
        callee("allow $1 b:c d;", "what { is this } y(a)"),
        callee("allow $1 b:c d;", "optional { what { is this } y(a) } y(b)"),
        callee("what { is $1 }", "y(a) allow b c:d e; optional { y(b) y(c) } y(d)"),
        callee("optional { allow $1 b:c d;", "y(a) } y(b) } y(c)"),
        callee(
            "if ($1) { allow $2 a:b c; } else { allow a $2:b c; }",
            "y(d, e) y(not, e) y(f && g, e) y($1, $2) y($2, a)",
        ),
        // An argument that is more than a name.
        callee("$1 b c:d e;", "y(allow) y(type) y(a) y($1) y(if) y(optional {)"),
        callee("nothing($1, b) allow $1 c:d e;", "y(a) y({ a b }) y(`a, b')"),
        callee("allow $1 b-$1:c { d -$1 };", "y({ a b }) y(-a) y(~a) y(a.b) y() y($1_t) y(a b) y(else) y(self)"),
        callee("allow $1 b:c d;", &format!("y({long}) y({long}_t) y(a)")),
        nested("allow $1 $2:file { read $1 }; optional { typeattribute $1 $2; }", "y(a, b) y($1, $2) y($2, { c d })"),
        nested("if ($1) { $2 } allow $1_t a$2:b c;", "y(a, b) y($1, $2) y(allow a b:c d;, e)"),
        nested("", "y(a, b) allow $1 b:c d; y(a)"),
    ] {
        let headers = small_headers(&text);
        assert!(Definitions::read(headers.clone().into()).get("x").is_some(), "nothing is compared: {text}");
        let (_, differing) = remembered_otherwise(headers);
        assert!(differing.is_empty(), "{text}\n{}", differing.join("\n"));
    }
}

#[test]
fn what_is_remembered_of_a_call_is_what_an_expansion_gives() {
    if !all_here(&[HEADERS]) {
        return;
    }
    for (headers, least) in [(third_party(), 300), (demo_headers(), 100), (installed(), 9000)] {
        let (count, differing) = remembered_otherwise(headers);
        assert!(count > least, "{count}");
        assert!(differing.is_empty(), "{} differ: {}", differing.len(), differing[..differing.len().min(5)].join("\n"));
    }
}

/// Headers of our own, in the forms that third parties write, laid over the distribution's support macros.
fn third_party() -> HeaderSet {
    let mut headers = installed();
    headers.interfaces.clear();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/refpolicy");
    for module in ["odd", "broken", "last"] {
        let path = folder.join(format!("{module}.if"));
        headers.interfaces.push(HeaderFile {
            text: fs::read_to_string(&path).unwrap().into(),
            path: path.display().to_string().into(),
            layer: "contrib".into(),
            module: module.into(),
            kind: HeaderKind::Interfaces,
        });
    }
    headers
}

#[test]
fn third_party_headers_expand_as_gnu_m4_has_them() {
    if !all_here(&["m4", "sed", HEADERS]) {
        return;
    }
    let mut headers = third_party();
    // m4 does not survive the broken one, and runs the commands of the last; they are looked at below.
    headers.interfaces.retain(|file| &*file.module == "odd");
    let mut expander = Expander::new(&headers);
    let names: BTreeSet<_> = expander.declared().iter().map(|declared| declared.name.as_str().to_owned()).collect();
    let terminating = names.iter().filter(|name| !name.starts_with("odd_circle"));
    let given = ["x_t", "x_t,y_t,file", "$1,$2,$3", "{ x_t -y_t },`z_t, w_t',\"a b\"", "x_t,,extra", ""];
    let calls: Vec<_> =
        terminating.flat_map(|name| given.iter().map(move |given| format!("{name}({given})"))).collect();
    assert!(calls.len() > 60, "{}", calls.len());
    let theirs = gnu(&headers, &calls);
    let differing = differences(&mut expander, &calls, &theirs);
    assert!(differing.is_empty(), "{}", differing.join("\n"));

    // Counted by hand: of two definitions of one name the last is in force, and it is told.
    let twice: Vec<_> = expander.problems().iter().map(ToString::to_string).collect();
    assert_eq!(twice.len(), 1, "{twice:?}");
    assert!(twice[0].contains("duplicate definition of odd_twice()"), "{twice:?}");
    assert_eq!(lines(&expander.expand("odd_twice", &["x_t"])), "allow x_t second_t:file read;");
}

/// What a header declares in the simplest form is read without m4; around it, between it and instead of it anything may stand.
/// Headers in which something stands beside declarations, or a declaration is more than one.
fn odd_headers() -> Vec<Vec<&'static str>> {
    let one = "interface(`one',`allow $1 one_t:file read;')\n";
    let last = "template(`last',`\n\tone($1)\n\tallow $1 last_t:file { read $2 };\n')\n";
    vec![
        // A word at the end of a file, and what the next one begins with.
        vec![one, "foo", last],
        vec!["foo", one],
        // Only where something is defined, and after something that is not.
        vec![
            "ifdef(`enable_mcs',`\ninterface(`one',`allow $1 mcs_t:file read;')\n',`\ninterface(`two',`')\n')\n",
            last,
        ],
        vec!["ifdef(`no_such',`\ninterface(`two',`allow $1 two_t:file read;')\n')\n", one, last],
        // The forms of a call.
        vec!["interface( `one' , `allow $1 one_t:file read;')", last],
        vec!["interface(`one',\n\t`allow $1 one_t:file read;'\n)", last],
        vec!["interface(one,`allow $1 one_t:file read;')", last],
        vec!["interface(`one',allow $1 one_t:file read;)", last],
        vec!["interface(`one',`allow $1 one_t:file read;',`more')", last],
        vec!["interface(`one',`allow $1 one_t:'`file read;')", last],
        vec!["interface(`one',`')interface(`two',`allow $1 two_t:file read;')one(a) two(b)\n", last],
        vec!["interface(`on`'e',`allow $1 one_t:file read;')", last],
        vec!["interface (`one',`allow $1 one_t:file read;')\n", last],
        // The texts of a body.
        vec!["interface(`one',`allow { dollarsstar } one_t:file read; allow { $* } $0_t:file $#;')", last],
        vec!["interface(`one',`\n# it `is' one\n\tallow $1 one_t:file `read'; allow $10 $2ish:dir `$3';\n')", last],
        vec!["interface(`one',`ifelse(`$2',`',`allow $1 one_t:file read;',`allow $1 $2:file read;')')", last],
        vec!["interface(`one',`allow $1 eval(1+1)_t:file read; gen_require(`type one_t;')')", last],
        // What m4 is told between.
        vec!["define(`one',`allow $1 plain_t:file read;')\n", last],
        vec![one, "define(`two_perms',`{ read write }')\ninterface(`two',`allow $1 two_t:file two_perms;')\n", last],
        vec![one, "define(`interface',``define(`$1',`allow b a:file read; $2')'')\n", "interface(`two',`')\n", last],
        vec![one, "define(`interface',`template($@)')\ninterface(`two',`allow $1 two_t:file read;')\n", last],
        vec![
            one,
            "interface(`ps_process_pattern',`allow $1 ps_t:dir read;')interface(`two',`ps_process_pattern($1,$2)')\n",
            last,
        ],
        vec![one, "define(`copy',defn(`one'))\n", "interface(`two',`copy($1)')\n", last],
        vec![one, "undefine(`one')\n", "interface(`two',`one($1)')\n", last],
        vec![one, "divert(3)\n", "interface(`two',`allow $1 two_t:file read;')\n", "divert(0)\n", last],
        vec![one, "changequote([,])\n", "[two] words\n", "changequote\n", last],
        vec![one, "changecom(`//')\n", "# interface(`two',`allow $1 two_t:file read;')\n", "changecom(`#')\n", last],
        vec![one, "interface(`one',`allow $1 again_t:file read;')\n", last],
        vec!["interface(`one',`allow $1 one_t:file read;\r\n')\r\ninterface(`two',`one($1)\r\n')\r\n", last],
        vec![one, "pushdef(`one',`allow $1 pushed_t:file read;')\n", last],
        vec![one, "one(`define(`two',`allow $1 two_t:file read;')')\n", last],
        // Where a definition stands.
        vec![one, "foo", "interface(`two',`allow $1 two_t:file read;')"],
        vec![
            "# a remark\n\n## <summary>It</summary>\n\t# `\ninterface(`one',`allow $1 one_t:file read;')\n\n# end\n",
            last,
        ],
        vec!["interface(`one',`allow $1 one_t:file read;') # behind\n\tinterface(`two',`allow $1 two_t:file read;')\n"],
        vec![
            "interface(`one',`allow $1 one_t:file read;')\nword\ninterface(`two',`allow $1 two_t:file read;')\n",
            last,
        ],
        vec!["interface(`one',`allow $1 one_t:file read;')one(a)\ninterface(`two',`one($1)')\n", last],
        vec![
            "interface(`one',`ifdef(`no_such',`\ninterface(`two',`allow b two_t:file read;')\n')\n\tallow $1 one_t:file read;\n')\n",
            last,
        ],
        vec!["\u{a0}interface(`one',`allow $1 one_t:file read;')\n", last],
        vec!["\u{b}interface(`one',`allow $1 one_t:file read;')\u{b}\ninterface(`two',`one($1)')\n", last],
        // What the second m4 alone is told, and what goes on in the next file.
        vec!["`dnl' ", one, last],
        vec!["`undefine(`define')'\n", one, last],
        vec![one, "`pushdef(`define',`')'\n", "interface(`two',`one($1)')\n", "`popdef(`define')'\n", last],
        vec!["`defi'", " `ne(`two',`allow $1 two_t:file read;')'\n", one, last],
        vec!["changequote([,])`changequote\n", "# it's\n", one, last],
        // A second time, after what m4 has not read.
        vec![one, "ifdef(`enable_mcs',`interface(`one',`allow $1 again_t:file read;')')\n", last],
        vec![one, last, "ifdef(`one',`interface(`two',`allow $1 two_t:file read;')',`interface(`two',`')')\n"],
    ]
}

#[test]
fn headers_that_are_more_than_declarations_expand_as_gnu_m4_has_them() {
    if !all_here(&["m4", "sed", HEADERS]) {
        return;
    }
    for files in odd_headers() {
        let folder = tempfile::tempdir().unwrap();
        let mut headers = installed();
        headers.interfaces.clear();
        for (number, text) in files.iter().enumerate() {
            let path = folder.path().join(format!("{number}.if"));
            fs::write(&path, text).unwrap();
            headers.interfaces.push(HeaderFile {
                path: path.display().to_string().into(),
                layer: "contrib".into(),
                module: number.to_string().into(),
                kind: HeaderKind::Interfaces,
                text: (*text).into(),
            });
        }
        let given = ["x_t", "x_t,y_t,file", "$1,$2", "{ x_t -y_t },`z_t, w_t'", ""];
        let calls: Vec<_> = ["one", "two", "last", "copy"]
            .iter()
            .flat_map(|name| given.iter().map(move |given| format!("{name}({given})")))
            .collect();
        let theirs = gnu(&headers, &calls);
        let mut expander = Expander::new(&headers);
        assert_eq!(differences(&mut expander, &calls, &theirs), [""; 0], "{files:?}");
        // The lines that each is declared in, by counting; within a call of something else it is that call's.
        for declared in expander.declared() {
            let file = headers.interfaces.iter().find(|own| own.path == declared.file).unwrap();
            let begins = |line: &str| ["interface(", "template("].iter().any(|word| line.starts_with(word));
            let is_here = |line: &str| begins(line) && line.contains(declared.name.as_str());
            if begins(&file.text)
                && let Some(before) = file.text.lines().position(is_here)
            {
                assert_eq!(declared.line as usize, before + 1, "{} in {files:?}", declared.name.as_str());
            }
        }
        let (_, differing) = remembered_otherwise(headers);
        assert_eq!(differing, [""; 0], "{files:?}");
    }
}

/// A folder of headers may lack files: m4 leaves what it does not know as it stands, and so do we.
#[test]
fn headers_that_lack_a_support_file_expand_as_gnu_m4_has_them() {
    if !all_here(&["m4", "sed", HEADERS]) {
        return;
    }
    let mut headers = third_party();
    headers.interfaces.retain(|file| &*file.module == "odd");
    let names: BTreeSet<_> =
        Expander::new(&headers).declared().iter().map(|declared| declared.name.as_str().to_owned()).collect();
    let calls: Vec<_> = names
        .iter()
        .filter(|name| !name.starts_with("odd_circle"))
        .flat_map(|name| ["x_t", "x_t,y_t,file"].map(|given| format!("{name}({given})")))
        .collect();
    let files: Vec<_> = headers.support.iter().map(|file| file.module.to_string()).collect();
    assert!(files.len() >= 8, "{files:?}");
    for missing in files {
        let mut headers = headers.clone();
        headers.support.retain(|file| *file.module != *missing);
        let mut expander = Expander::new(&headers);
        // Without it no m4 knows what interface() is.
        assert_eq!(expander.declared().is_empty(), missing == "loadable_module", "{missing}");
        let theirs = gnu(&headers, &calls);
        let differing = differences(&mut expander, &calls, &theirs);
        assert!(differing.is_empty(), "without {missing}: {}", differing.join("\n"));
    }
    // Nor does a header that lies alone, with no support macro, no Makefile and no build.conf beside it, stop anything.
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("contrib")).unwrap();
    fs::write(folder.path().join("contrib/odd.if"), headers.interfaces[0].text.as_bytes()).unwrap();
    let alone = Headers::new(&[folder.path().to_owned()], Path::new("/")).read(Path::new("/")).unwrap();
    assert!(alone.support.is_empty() && alone.interfaces.len() == 1);
    let calls = ["odd_plain(x_t)".to_owned()];
    assert_eq!(differences(&mut Expander::new(&alone), &calls, &gnu(&alone, &calls)), [""; 0]);
    assert!(Definitions::read(alone.into()).get("odd_plain").is_some(), "it can be found and shown all the same");
}

#[test]
fn what_calls_itself_ends_with_the_names_of_the_circle() {
    if !all_here(&[HEADERS]) {
        return;
    }
    let mut expander = Expander::new(&third_party());
    for name in ["odd_circle_one", "odd_circle_two", "odd_circle_alone"] {
        let expansion = expander.expand(name, &["x_t"]);
        let stopped = expansion.problems.iter().find(|problem| problem.kind == ProblemKind::Stopped).unwrap();
        assert!(stopped.message.contains("in a circle") && stopped.message.contains(name), "{stopped}");
    }
    // The circle left nothing behind.
    assert_eq!(lines(&expander.expand("odd_plain", &["x_t"])), "allow x_t self:file read;");
}

#[test]
fn a_broken_header_is_named_and_the_others_are_read() {
    if !all_here(&[HEADERS]) {
        return;
    }
    let mut expander = Expander::new(&third_party());
    let stopped: Vec<_> = expander.problems().iter().filter(|problem| problem.kind == ProblemKind::Stopped).collect();
    assert_eq!(stopped.len(), 1, "{stopped:?}");
    assert!(stopped[0].file.ends_with("broken.if") && stopped[0].line == 9, "{}", stopped[0]);
    for name in ["odd_plain", "broken_before", "last_plain"] {
        assert!(!expander.expand(name, &["x_t"]).statements.is_empty(), "{name}");
    }
    // A command in a header is not run, and told with its place.
    let expansion = expander.expand("last_command", &["x_t"]);
    let refused: Vec<_> = expansion.problems.iter().filter(|problem| problem.kind == ProblemKind::Error).collect();
    assert_eq!(refused.len(), 3, "{refused:?}");
    assert!(refused[0].message.contains("syscmd is not done"), "{}", refused[0]);
    // The place is that of the interface, as grep has it.
    let headers = third_party();
    let file = headers.interfaces.iter().find(|file| file.text.contains("interface(`last_command'")).unwrap();
    let line = file.text.lines().position(|line| line.starts_with("interface(`last_command'")).unwrap() + 1;
    for problem in &refused {
        assert_eq!((&problem.file, problem.line as usize), (&file.path, line), "{problem}");
    }
    assert_eq!(lines(&expansion), "allow x_t last_t:file append;");
}

#[test]
fn a_call_unfolds_level_by_level() {
    if !all_here(&[HEADERS]) {
        return;
    }
    let mut expander = Expander::new(&third_party());
    let expansion = expander.expand("odd_outer", &["x_t"]);
    let shown = |call| {
        let line = |unfolded: &Unfolded<'_>| match unfolded {
            Unfolded::Statement(_, placed) => placed.statement.text().to_owned(),
            Unfolded::Call(id, call) => {
                let arguments: Vec<_> = call.arguments.iter().map(seltui::selinux::Name::as_str).collect();
                format!("{}: {}({})", id.0, call.name.as_str(), arguments.join(", "))
            }
        };
        expansion.unfold(call).iter().map(line).collect::<Vec<_>>()
    };
    assert_eq!(shown(None), ["0: odd_outer(x_t)"]);
    assert_eq!(
        shown(Some(CallId(0))),
        ["require {", "type outer_t;", "1: odd_inner(x_t, outer_t)", "optional {", "3: odd_plain(outer_t)"]
    );
    assert_eq!(
        shown(Some(CallId(1))),
        ["2: read_files_pattern(x_t, outer_t, outer_t)", "allow outer_t x_t:process sigchld;"]
    );
    let wanted = "allow outer_t self:file read;";
    let (placed, path) = expansion.iter().find(|(placed, _)| placed.statement.text() == wanted).unwrap();
    assert_eq!(path.iter().map(|call| call.name.as_str()).collect::<Vec<_>>(), ["odd_outer", "odd_plain"]);
    assert_eq!(expansion.blocks(placed).len(), 1);
    assert_eq!(path[1].depth, 2);
}

/// `--depth` prints what a reader of the language can read: each brace that is opened is closed, at every depth.
#[test]
fn unfolded_calls_close_their_braces() {
    if !all_here(&[HEADERS]) {
        return;
    }
    for (call, depth) in [
        (["init_daemon_domain", "x_t", "y_t"], "0"),
        (["init_daemon_domain", "x_t", "y_t"], "2"),
        (["init_daemon_domain", "x_t", "y_t"], "9"),
        (["files_read_all_files_except", "x_t", "-y_t"], "1"),
        (["userdom_base_user_template", "x", ""], "3"),
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_seltui"));
        let output =
            command.args(["interface", "expand", "--depth", depth, "--headers", HEADERS, "--"]).args(call).output();
        let text = all_text(&output.unwrap());
        let (mut open, mut heads): (Vec<usize>, u32) = (Vec::new(), 0);
        for line in text.lines() {
            let indent = line.len() - line.trim_start().len();
            let word = line.trim();
            if word.starts_with('}') {
                assert_eq!(open.pop(), Some(indent), "{line}\n{text}");
            }
            if word.ends_with('{') {
                open.push(indent);
                heads += 1;
            } else if let Some(outer) = open.last() {
                assert!(word == "}" || indent > *outer, "{line}\n{text}");
            }
        }
        assert!(open.is_empty(), "{text}");
        assert!(heads > 0 || depth == "0", "{text}");
    }
}
