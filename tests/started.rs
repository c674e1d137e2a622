//! A whole session under strace: each program that it starts stands in ARCHITECTURE.md's list, with an argument vector of its
//! own, a clean environment, and no shell before it. What make, semodule and their like start themselves is theirs.
#![allow(clippy::disallowed_methods, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)] // a test touches the machine

mod judge;
#[path = "terminal/tmux.rs"]
mod tmux;

use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    time::{Duration, Instant},
};

use judge::{HEADERS, Store, all_here};
use regex::Regex;
use tmux::{Home, Launch};

const PATIENCE: Duration = Duration::from_secs(180);

const ARCHITECTURE: &str = include_str!("../ARCHITECTURE.md");

/// One execve(2) that went well.
#[derive(Debug)]
struct Started {
    path: String,
    arguments: Vec<String>,
    environment: Vec<String>,
}

/// What strace -ff wrote: of each task what it became, and which task made it.
struct Trace {
    became: BTreeMap<u32, Vec<Started>>,
    maker: BTreeMap<u32, u32>,
}

impl Trace {
    fn read(folder: &Path) -> Self {
        let made = Regex::new(r"^(?:clone3?|v?fork)\(.*\) += (\d+)$").unwrap();
        let became = Regex::new(r#"^execve\((".*?"), \[(.*)\], \[(.*)\]\) += 0$"#).unwrap();
        let mut trace = Self { became: BTreeMap::new(), maker: BTreeMap::new() };
        for entry in fs::read_dir(folder).unwrap().flatten() {
            let Some(task) = entry.path().extension().and_then(|task| task.to_str()?.parse::<u32>().ok()) else {
                continue;
            };
            let text = String::from_utf8_lossy(&fs::read(entry.path()).unwrap()).into_owned();
            for line in text.lines() {
                if let Some(found) = made.captures(line) {
                    trace.maker.insert(found[1].parse().unwrap(), task);
                }
                if let Some(found) = became.captures(line) {
                    let started = Started {
                        path: strings(&found[1]).remove(0),
                        arguments: strings(&found[2]),
                        environment: strings(&found[3]),
                    };
                    trace.became.entry(task).or_default().push(started);
                }
            }
        }
        trace
    }

    /// The program on whose behalf a task was made; nothing for the first one.
    fn parent(&self, task: u32) -> Option<u32> {
        let mut task = *self.maker.get(&task)?;
        while !self.became.contains_key(&task) {
            task = *self.maker.get(&task)?;
        }
        Some(task)
    }
}

/// The strings of a C array as strace spells it.
fn strings(array: &str) -> Vec<String> {
    let string = Regex::new(r#""((?:[^"\\]|\\.)*)"(\.\.\.)?"#).unwrap();
    let all = string.captures_iter(array).map(|found| {
        assert!(found.get(2).is_none(), "strace cut a string: {array}");
        found[1].to_owned()
    });
    all.collect()
}

/// A row of the list: a program, and the patterns of its arguments.
struct Listed {
    program: String,
    patterns: Vec<Vec<String>>,
}

/// The list: `[…]` comes or does not, WORDS IN CAPITALS stand for one word, `…` for the arguments of another row.
fn listed() -> Vec<Listed> {
    let (_, section) = ARCHITECTURE.split_once("## What is started").unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    let code = Regex::new("`([^`]+)`").unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    let rows = rows.map(|row| {
        let cells: Vec<&str> = row.split(" | ").collect();
        let program = code.captures(cells[0]).unwrap()[1].to_owned();
        let patterns = code.captures_iter(cells[1]).map(|found| {
            let spaced = found[1].replace('[', "[ ").replace(']', " ]");
            spaced.split_whitespace().map(str::to_owned).collect()
        });
        Listed { program, patterns: patterns.collect() }
    });
    let rows: Vec<_> = rows.collect();
    assert!(rows.len() > 5, "the list is found");
    rows
}

fn is_word(pattern: &str, word: &str) -> bool {
    let capitals = Regex::new(r"\b(DIR|TYPE|NAME|MODULE|KIND|FILE|PRIORITY|CURSOR)\b").unwrap();
    let literal = regex::escape(pattern);
    Regex::new(&format!("^{}$", capitals.replace_all(&literal, ".+"))).unwrap().is_match(word)
}

/// Whether arguments fit a pattern, with all ways in which its brackets can come or not.
fn fits(rows: &[Listed], pattern: &[String], arguments: &[String]) -> bool {
    let Some(first) = pattern.first() else { return arguments.is_empty() };
    match first.as_str() {
        "[" => {
            let end = pattern.iter().position(|part| part == "]").unwrap();
            let with = [&pattern[1..end], &pattern[end + 1..]].concat();
            fits(rows, &with, arguments) || fits(rows, &pattern[end + 1..], arguments)
        }
        "…" => {
            let own = rows.iter().filter(|row| row.program == "semodule").flat_map(|row| &row.patterns);
            let mut own = own.filter(|pattern| pattern.last().is_some_and(|last| last != "…"));
            own.any(|pattern| fits(rows, pattern, arguments))
                || arguments.split_first().is_some_and(|(program, rest)| is_listed(rows, program, rest))
        }
        first => {
            let Some((word, rest)) = arguments.split_first() else { return false };
            is_word(first, word) && fits(rows, &pattern[1..], rest)
        }
    }
}

fn is_listed(rows: &[Listed], program: &str, arguments: &[String]) -> bool {
    let is_it = |row: &&Listed| {
        row.program == program || (!row.program.starts_with('/') && program.ends_with(&format!("/{}", row.program)))
    };
    rows.iter().filter(is_it).flat_map(|row| &row.patterns).any(|pattern| fits(rows, pattern, arguments))
}

#[test]
fn the_list_takes_what_it_says_and_nothing_else() {
    let rows = listed();
    let is = |line: &str| {
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        is_listed(&rows, &words[0], &words[1..])
    };
    for line in [
        "/usr/sbin/semodule -i /var/tmp/x/a.pp",
        "/usr/sbin/semodule -n -X 300 -r a",
        "/usr/sbin/semodule -p /x -s default -n -X 300 -i /y/a.pp",
        "/usr/sbin/semodule -p /x -s default -n -DB",
        "/usr/sbin/chroot /host /usr/sbin/semodule -B",
        "/usr/bin/sudo -n -- /usr/sbin/semodule -DB",
        "/usr/bin/sudo -n -- cat -- /var/lib/selinux/default/active/modules/400/a/cil",
        "/usr/bin/sudo -v",
    ] {
        assert!(is(line), "{line}");
    }
    for line in [
        "/bin/sh -c semodule",
        "/usr/sbin/semodule -R",
        "/usr/sbin/semodule -i a.pp b.pp",
        "/usr/bin/sudo -n -- /bin/sh",
        "/usr/bin/sudo -n -- cat -- /etc/shadow /x",
        "/usr/sbin/setenforce 0",
    ] {
        assert!(!is(line), "{line}");
    }
}

#[test]
fn a_whole_session_starts_what_the_list_names_and_nothing_else() {
    if !Store::is_possible() || !all_here(&["tmux", "strace"]) {
        return;
    }
    let (home, store) = (Home::new(), Store::new());
    let log = home.path("audit.log");
    fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/container/logs/story-a.log"), &log).unwrap();
    let (work, traces) = (home.path("work"), home.path("traces"));
    fs::create_dir_all(&work).unwrap();
    fs::create_dir_all(&traces).unwrap();
    let into = traces.join("task").into_os_string().into_string().unwrap();
    let strace = ["strace", "-f", "-ff", "-v", "-s", "65536", "--seccomp-bpf", "-qq"];
    let calls = ["-e", "trace=execve,execveat,clone,clone3,fork,vfork", "-e", "signal=none", "-o", &into, "--"];
    let (log, root) = (log.to_str().unwrap(), store.path().to_str().unwrap());
    let program = [env!("CARGO_BIN_EXE_seltui"), "-i", log, "-m", "logger", "--root", root, "--headers", HEADERS];
    let command = [strace.as_slice(), &calls, &program].concat();
    let mut seltui = Launch::program(&home, command).in_folder(&work).start();
    let wait = |terminal: &tmux::Terminal, text: &str| {
        terminal.wait_at_most(PATIENCE, text, |screen| screen.contains(text));
    };
    wait(&seltui, "0 of 3 decided");
    seltui.press(&["a"]);
    wait(&seltui, "1 of 3 decided");
    seltui.press(&["L"]);
    wait(&seltui, "folder:");
    seltui.press(&["Enter"]);
    wait(&seltui, "[Load]");
    seltui.press(&["L"]);
    wait(&seltui, "store only");
    seltui.press(&["f", "b"]); // the other form has other compilers
    wait(&seltui, "built in");
    seltui.press(&["D"]);
    wait(&seltui, "[dontaudit rules out]");
    seltui.press(&["D"]);
    wait(&seltui, "dontaudit OFF");
    seltui.press(&["D"]);
    wait(&seltui, "[dontaudit rules back]");
    seltui.press(&["D"]);
    wait(&seltui, "in force again");
    seltui.press(&["R"]);
    wait(&seltui, "[Take back]");
    seltui.press(&["R"]);
    wait(&seltui, "taken back");
    seltui.press(&["x", "Tab", "Enter"]);
    let begun = Instant::now();
    while !work.join("logger/install.sh").exists() && !work.join("install.sh").exists() {
        assert!(begun.elapsed() < PATIENCE, "no bundle:\n{}", seltui.screen());
        std::thread::sleep(Duration::from_millis(20));
    }
    seltui.press(&["y"]);
    wait(&seltui, "[Copy]");
    seltui.press(&["Enter"]);
    wait(&seltui, "terminal's clipboard");
    seltui.press(&["q"]);
    assert_eq!(seltui.wait_for_end(), 0);

    let (rows, trace) = (listed(), Trace::read(&traces));
    let is_seltui = |task: u32| trace.became[&task][0].path == env!("CARGO_BIN_EXE_seltui");
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for (task, programs) in &trace.became {
        let Some(parent) = trace.parent(*task) else {
            assert!(is_seltui(*task), "strace starts the program: {programs:?}");
            continue;
        };
        if !is_seltui(parent) {
            continue;
        }
        assert_eq!(programs.len(), 1, "it becomes nothing else: {programs:?}");
        let Started { path, arguments, environment } = &programs[0];
        assert!(is_listed(&rows, path, &arguments[1..]), "not in ARCHITECTURE.md: {path} {arguments:?}");
        let mut names: Vec<&str> = environment.iter().map(|entry| entry.split_once('=').unwrap().0).collect();
        names.sort_unstable();
        assert_eq!(names, ["LC_ALL", "PATH", "TMPDIR"], "{path} {arguments:?}");
        let what = arguments.iter().skip(1).find(|word| ["-i", "-r", "-DB", "-B"].contains(&word.as_str()));
        let name = path.rsplit('/').next().unwrap();
        *seen.entry(format!("{name} {}", what.map_or("", String::as_str)).trim_end().to_owned()).or_default() += 1;
    }
    println!("started by the session: {seen:?}");
    for wanted in
        ["make", "checkmodule", "semodule_package", "pp", "semodule -i", "semodule -DB", "semodule -B", "semodule -r"]
    {
        assert!(seen.contains_key(wanted), "{wanted} was started: {seen:?}");
    }
}
