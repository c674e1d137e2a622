//! What the headers define, and what their remarks say: judged by the distribution's own `policy.xml`, grep and awk.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::disallowed_methods
)]

mod judge;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    process::{Command, Stdio},
};

use judge::{HEADERS, all_here, all_text};
use seltui::{
    host::headers::Headers,
    refpolicy::{Definition, DefinitionKind, Definitions, Direction, FuzzyIndex, FuzzyMatch, SearchIn},
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
    // Every name is defined once. Whoever counts names of small letters alone counts one less in Debian's headers:
    // `systemd_PrivateDevices`.
    let names: BTreeSet<_> = definitions.interfaces().map(|(_, definition)| definition.name.as_str()).collect();
    assert_eq!(names.len(), interfaces);
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
        let documentation = definition.documentation();
        let file = definitions.file(definition).unwrap();
        let direction = |direction| match direction {
            Direction::None => "none",
            Direction::Read => "read",
            Direction::Write => "write",
            Direction::Both => "both",
        };
        // What is counted without reading the remarks is what reading them gives.
        assert_eq!(definition.parameter_count(), definition.parameters().len(), "{}", definition.name);
        let optional = |place: usize| definition.parameters()[place].optional;
        assert!((0..definition.parameter_count()).all(|place| definition.is_optional(place) == optional(place)));
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

/// Status, standard output and standard error of the program.
fn seltui(arguments: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_seltui")).args(arguments).stdin(Stdio::null()).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

/// What people look for: names, remarks, rules, signs that one side may read in another way.
const PATTERNS: [&str; 28] = [
    "kernel.*message",
    "kernel_read_messages",
    "^interface\\(`logging",
    "logging_(read|manage)_all_logs'",
    "allow \\$1 [a-z_]*log_t:file",
    "typeattribute \\$1",
    "\\<entrypoint\\>",
    "container_domain",
    "[Ll]og files?\\.",
    "read_files_pattern\\(\\$1, *var_log_t",
    "^##[[:space:]]+Read",
    "unix_stream_socket \\{",
    "{ read",
    "type_transition.*\"",
    "ping_exec_t|traceroute_exec_t",
    "(ab|ex)port",
    "\\yhttpd\\y",
    "a{3}",
    "tunable_policy\\(`[^']*&&",
    "dontaudit .*:capability",
    "[]#]$",
    "_all_logs',`|all_logs')",
    "_{,2}role_template",
    "\\$1, *\\$2)",
    "[[.$.]]1_tmp[[=f=]]s",
    "^$",
    "deprecated",
    "nothing_has_this_name",
];

#[test]
fn find_finds_what_sefindif_finds() {
    if !all_here(&["awk", "sh", HEADERS]) {
        return;
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/headers");
    for (command, script) in [("interface", "sefindif"), ("define", "sefinddef")] {
        let defines = ["domtrans", "perms", "define\\(`r_.*_perms", "^#.*perms", "\\$1 self:", "{ read"];
        let patterns = if command == "define" { &defines[..] } else { &PATTERNS[..] };
        for pattern in patterns {
            let program = folder.join(script);
            let judge = Command::new(&program).args([HEADERS, *pattern]).env("LC_ALL", "C").output().unwrap();
            let theirs = String::from_utf8_lossy(&judge.stdout);
            let (status, ours, errors) = seltui(&[command, "find", pattern]);
            assert_eq!((status, errors.as_str()), (i32::from(theirs.is_empty()), ""), "{pattern}");
            let differ = ours.lines().zip(theirs.lines()).find(|(own, judge)| own != judge);
            assert!(ours == theirs, "{pattern}: {} {} {differ:?}", ours.lines().count(), theirs.lines().count());
        }
    }
}

#[test]
fn a_search_per_key_finds_what_grep_finds_in_the_lines() {
    if !all_here(&["grep", HEADERS]) {
        return;
    }
    let definitions = definitions();
    let more = ["\\`interface", "_t:file.*;\\'", "\\w\\W*$", "[^a]$", "^[^#]*\\<self\\>", "interface\\(.*\n.*gen"];
    let mut spans: BTreeMap<String, Vec<std::ops::Range<usize>>> = BTreeMap::new();
    for (_, definition) in definitions.interfaces() {
        let text = definitions.text(definition);
        let before = text.len() - definitions.definition_text(definition).len();
        let first = definition.line as usize - text[..before].matches('\n').count();
        let path = definitions.file(definition).unwrap().path.to_string();
        spans.entry(path).or_default().push(first..first + text.lines().count());
    }
    for pattern in PATTERNS.iter().step_by(2).chain(&more) {
        let (count, first) = definitions.find_some(pattern, SearchIn::Interfaces, 7).unwrap();
        let all = definitions.find(pattern, SearchIn::Interfaces).unwrap();
        assert_eq!((count, first.len()), (all.len(), count.min(7)), "{pattern}");
        assert!(all.starts_with(&first), "{pattern}");
        // Every line that grep finds within a definition and its remarks is found, and no other.
        let mut ours = BTreeSet::new();
        for (id, lines) in &all {
            let definition = definitions.by_id(*id).unwrap();
            let path = &definitions.file(definition).unwrap().path;
            ours.extend(lines.iter().map(|(line, _)| format!("{path}:{line}")));
        }
        let script = format!("grep -nE -e \"$PATTERN\" {HEADERS}/*/*.if /dev/null | cut -d: -f1,2");
        let grep =
            Command::new("sh").args(["-c", &script]).env("PATTERN", pattern).env("LC_ALL", "C").output().unwrap();
        let grep = String::from_utf8(grep.stdout).unwrap();
        let is_within = |place: &&str| {
            let (path, line) = place.rsplit_once(':').unwrap();
            let line: usize = line.parse().unwrap();
            spans.get(path).is_some_and(|spans| spans.iter().any(|span| span.contains(&line)))
        };
        let theirs: BTreeSet<_> = grep.lines().filter(is_within).map(str::to_owned).collect();
        // awk's word edge is not grep's, and a pattern of two lines is two patterns to grep.
        if !pattern.contains("\\y") && !pattern.contains('\n') {
            let differ: Vec<_> = ours.symmetric_difference(&theirs).take(5).collect();
            assert!(ours == theirs, "{pattern}: {} {} {differ:?}", ours.len(), theirs.len());
        }
    }
}

#[test]
fn find_and_show_answer_for_scripts_and_for_people() {
    if !all_here(&[HEADERS]) {
        return;
    }
    let json = |text: &str| -> Vec<serde_json::Value> {
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let (status, out, _) = seltui(&["interface", "find", "--json", "kernel.*message"]);
    let found = json(&out);
    assert_eq!(status, 0);
    let names: Vec<_> = found.iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert!(names.contains(&"kernel_read_messages"), "{names:?}");
    let all = found.iter().flat_map(|one| one["matches"].as_array().unwrap());
    assert!(all.clone().count() > 1 && all.clone().all(|line| line["line"].as_u64().unwrap() > 0));

    let (status, out, _) = seltui(&["interface", "show", "kernel_read_messages"]);
    assert_eq!(status, 0);
    assert!(out.contains("## <summary>\n##\tAllow caller to read kernel messages") && out.ends_with("')\n"), "{out}");
    assert!(out.contains("interface(`kernel_read_messages',`\n"), "{out}");
    let (_, out, _) = seltui(&["define", "show", "domtrans_pattern"]);
    assert!(
        out.starts_with("#\n# Automatic domain transition") && out.contains("\ndefine(`domtrans_pattern',`\n"),
        "{out}"
    );
    let (_, out, _) = seltui(&["interface", "show", "--json", "container_domain_template"]);
    let shown = &json(&out)[0];
    assert_eq!(
        (&shown["kind"], &shown["module"], &shown["layer"]),
        (&"template".into(), &"container".into(), &"services".into())
    );
    assert_eq!(shown["parameters"][0]["name"], "domain_prefix");

    for verb in ["show", "expand"] {
        let (status, out, error) = seltui(&["interface", verb, "kernel_read_message"]);
        assert!(status == 1 && out.is_empty() && error.contains("they have kernel_read_messages"), "{error}");
    }
    // A deprecated one says so itself, in one line.
    let (status, _, error) = seltui(&["interface", "expand", "corenet_tcp_sendrecv_generic_port", "init_t"]);
    assert!(status == 0 && error.contains("(init_t) has been deprecated, please remove.\n"), "{error}");
    assert!(error.lines().count() == 1 && !error.contains("\\x0a"), "{error}");
    // `self` is the type itself, as in a rule, and no type that could act.
    let own = |source: &str, target: &str| {
        seltui(&["interface", "match", "-s", source, "-t", target, "-c", "process", "setcap"])
    };
    let (status, out, error) = own("init_t", "self");
    assert!(status == 0 && !out.is_empty(), "{error}");
    assert_eq!((status, out, error), own("init_t", "init_t"));
    let (status, _, error) = own("self", "init_t");
    assert!(status == 2 && error.contains("word of the policy language"), "{error}");
    // What the policy does not know is told, so that nobody looks for an interface in vain.
    if judge::all_here(&["/etc/selinux/default/policy"]) {
        for (class, permission, sentence) in [
            ("nosuchclass", "read", "the policy knows no class nosuchclass"),
            ("file", "nosuchperm", "the policy's class file has no permission nosuchperm"),
        ] {
            let vector = ["-s", "init_t", "-t", "etc_t", "-c", class, permission];
            let (status, _, error) = seltui(&[&["interface", "match"][..], &vector].concat());
            assert!(status == 1 && error.contains(sentence), "{error}");
        }
    }
    let (status, _, error) = seltui(&["interface", "show", "domtrans_pattern"]);
    assert!(status == 1 && error.contains("seltui define show domtrans_pattern"), "{error}");
    let (status, _, error) = seltui(&["interface", "find", "(a"]);
    assert!(status == 2 && error.contains("no regular expression"), "{error}");
    let (status, out, _) = seltui(&["interface", "find", "--fuzzy", "log read all"]);
    assert!(
        status == 0 && out.lines().next().unwrap().contains("logging_read_all_logs"),
        "{}",
        out.lines().next().unwrap()
    );
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("alone.if"), "interface(`alone',`allow $1 self:file read;')\n").unwrap();
    let alone = folder.path().to_str().unwrap();
    let (_, _, error) = seltui(&["--headers", alone, "interface", "expand", "alone", "x_t"]);
    assert!(error.contains("no support macros") && error.contains("before them"), "{error}");
    let (status, out, error) =
        seltui(&["--headers", HEADERS, "--headers", alone, "interface", "expand", "alone", "x_t"]);
    assert_eq!((status, out.as_str(), error.as_str()), (0, "allow x_t self:file read;\n", ""));
    let (status, _, error) = seltui(&["--headers", "/nowhere", "interface", "find", "x"]);
    assert!(status == 2 && error.contains("/nowhere"), "{error}");
}

/// A pipe has no end, wherever it lies: it is left out. A link that leads nowhere is named.
#[test]
fn what_is_no_file_is_not_waited_for() {
    if !all_here(&["mkfifo", "timeout"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::create_dir(path("apps")).unwrap();
    std::fs::write(path("apps/x.if"), "interface(`x_read',`allow $1 self:file read;')\n").unwrap();
    for pipe in ["pipe.if", "apps/pipe.if"] {
        assert!(Command::new("mkfifo").arg(path(pipe)).status().unwrap().success());
    }
    std::os::unix::fs::symlink(path("pipe.if"), path("link.if")).unwrap();
    let dump = || {
        let program = ["20", env!("CARGO_BIN_EXE_seltui"), "--headers", folder.path().to_str().unwrap()];
        let output = Command::new("timeout").args(program).args(["interface", "dump", "--json"]).output().unwrap();
        (output.status.code(), all_text(&output))
    };
    let (status, text) = dump();
    assert!(status == Some(0) && text.contains("x_read"), "{status:?} {text}");
    std::os::unix::fs::symlink("nowhere", path("lost.if")).unwrap();
    let (status, text) = dump();
    assert!(status == Some(2) && text.contains("lost.if"), "{status:?} {text}");
}

/// The best 200 are those of the whole order, for every word of one or two letters, and for others drawn from the names.
#[test]
fn a_search_finds_the_best_of_all_that_match() {
    if !all_here(&[HEADERS]) {
        return;
    }
    let definitions = definitions();
    let index = FuzzyIndex::of_interfaces(&definitions);
    let letters = || (b'a'..=b'z').map(char::from).chain(['_', '2']);
    let two = letters().flat_map(|one| letters().map(move |other| format!("{one}{other}")));
    let mut words: Vec<String> = letters().map(String::from).chain(two.step_by(29)).collect();
    // Parts of names, letters left out, several words, upper case, what nothing has.
    for (number, (_, definition)) in definitions.interfaces().step_by(900).enumerate() {
        let name = &definition.name;
        words.push(name.chars().step_by(2).take(3 + number % 5).collect());
        words.push(name.chars().skip(number % 7).take(4).collect());
        words.push(name.split('_').map(|word| word.chars().take(1 + number % 3).collect::<String>() + " ").collect());
        words.push(name.chars().take(3).collect::<String>().to_uppercase());
    }
    words.extend(["e r a", "l l", "read etc x", "lol", "aaa", "sss_", "é", "q7q"].map(str::to_owned));
    for word in &words {
        let all = index.search(word, usize::MAX);
        let key = |found: &FuzzyMatch| {
            let name = &definitions.by_id(found.id).unwrap().name;
            (std::cmp::Reverse(found.score), name.len(), name.clone())
        };
        assert!(all.is_sorted_by_key(key), "{word}");
        for most in [200, 3] {
            let best = index.search(word, most);
            assert_eq!(best.len(), all.len().min(most), "{word}");
            assert!(best.iter().eq(all.iter().take(most)), "{word}: {:?}", best.iter().zip(&all).find(|(a, b)| a != b));
        }
    }
    assert!(words.len() > 80, "{}", words.len());
}
