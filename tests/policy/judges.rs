//! What the tests of the policy share: the real tools as judges, and policies to judge by.

use std::{
    fmt::Write as _,
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::OnceLock,
};

/// The program under test.
pub const SELTUI: &str = env!("CARGO_BIN_EXE_seltui");

/// The policy with every construct that Debian's lacks.
pub const EVERYTHING: &str = include_str!("everything.conf");

/// Whether a judge is there; says so loudly when not, and fails under `CI=true`.
pub fn judge(path: &str) -> bool {
    if Path::new(path).exists() {
        return true;
    }
    eprintln!(
        "\n!!! JUDGE MISSING: {path}; this test judged nothing. On Debian: setools checkpolicy selinux-policy-default\n"
    );
    assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "{path} is missing under CI");
    false
}

/// A policy of the distribution's size: the installed one, else one built in a private store.
pub fn big_policy() -> Option<&'static Path> {
    static POLICY: OnceLock<Option<(Option<tempfile::TempDir>, PathBuf)>> = OnceLock::new();
    let built = POLICY.get_or_init(|| {
        for version in (30..=35).rev() {
            let installed = PathBuf::from(format!("/etc/selinux/default/policy/policy.{version}"));
            if installed.exists() {
                return Some((None, installed));
            }
        }
        let store = PrivateStore::new()?;
        store.run(&["-B"]);
        let policy = store.policy();
        Some((Some(store.folder), policy))
    });
    built.as_ref().map(|built| built.1.as_path())
}

/// A copy of the distribution's module store, for semodule to work in.
pub struct PrivateStore {
    pub folder: tempfile::TempDir,
}

impl PrivateStore {
    /// `None` when semodule or the store is missing.
    pub fn new() -> Option<Self> {
        // Only root may read the real one; tests/run makes a copy for others.
        let installed = std::env::var("SELTUI_STORE").unwrap_or_else(|_| "/var/lib/selinux".to_owned());
        if !judge("/usr/sbin/semodule") || !judge(&format!("{installed}/default/active/modules")) {
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        for (part, from) in [("etc", "/etc/selinux"), ("var/lib", &installed)] {
            let to = folder.path().join(part);
            std::fs::create_dir_all(&to).unwrap();
            let copied = Command::new("cp").args(["-a", from]).arg(&to).status().unwrap();
            assert!(copied.success());
        }
        Some(Self { folder })
    }

    pub fn run(&self, arguments: &[&str]) {
        let mut command = Command::new("/usr/sbin/semodule");
        command.arg("-p").arg(self.folder.path()).args(["-s", "default", "-n"]).args(arguments);
        let out = command.output().unwrap();
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    }

    pub fn policy(&self) -> PathBuf {
        let folder = self.folder.path().join("etc/selinux/default/policy");
        let mut all: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        all.sort();
        all.pop().unwrap()
    }
}

/// The source of the policy for one version: a line `#NN …` is in from version NN on, `#mls …` only with MLS, `#plain …`
/// only without; a range between at signs belongs to MLS.
pub fn conf(version: u32, mls: bool) -> String {
    let mut out = String::new();
    for line in EVERYTHING.lines() {
        let mut line = line;
        if let Some((mark, rest)) = line.strip_prefix('#').and_then(|rest| rest.split_once(' ')) {
            let word = mark.trim_start_matches(|c: char| c.is_ascii_digit());
            let since = mark.strip_suffix(word).unwrap();
            if !mark.is_empty() && matches!(word, "" | "mls" | "plain") {
                let wanted = match word {
                    "mls" => mls,
                    "plain" => !mls,
                    _ => true,
                };
                if !wanted || since.parse().is_ok_and(|since: u32| version < since) {
                    continue;
                }
                line = rest;
            }
        }
        for (index, part) in line.split('@').enumerate() {
            match (index % 2, mls) {
                (0, _) => out.push_str(part),
                (_, true) => write!(out, ":{part}").unwrap(),
                _ => {}
            }
        }
        out.push('\n');
    }
    out
}

/// Compiles a source with checkpolicy.
pub fn compile(folder: &Path, source: &str, version: u32, mls: bool, unknown: &str) -> PathBuf {
    let (from, to) = (folder.join("policy.conf"), folder.join(format!("policy.{version}.{mls}.{unknown}")));
    std::fs::write(&from, source).unwrap();
    let mut command = Command::new("/usr/bin/checkpolicy");
    command.args(mls.then_some("-M")).args(["-U", unknown, "-c", &version.to_string(), "-o"]).arg(&to).arg(&from);
    let out = command.output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    to
}

/// sesearch and seinfo, kept running.
pub struct Setools {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

/// What a program answered.
#[derive(Debug, PartialEq, Eq)]
pub struct Answered {
    pub status: i32,
    pub out: String,
}

impl Setools {
    /// `None` when setools is missing.
    pub fn start() -> Option<Self> {
        if !judge("/usr/bin/sesearch") || !judge("/usr/bin/seinfo") {
            return None;
        }
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/policy/setools_judge.py");
        let mut command = Command::new("/usr/bin/python3");
        command.arg(script).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (input, output) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        Some(Self { child, input, output })
    }

    pub fn ask(&mut self, program: &str, arguments: &[&str]) -> Answered {
        let words: Vec<&str> = std::iter::once(program).chain(arguments.iter().copied()).collect();
        writeln!(self.input, "{}", serde_json::to_string(&words).unwrap()).unwrap();
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        let answer: serde_json::Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("{words:?}: {line}"));
        let status = i32::try_from(answer["status"].as_i64().unwrap()).unwrap();
        Answered { status, out: answer["out"].as_str().unwrap().to_owned() }
    }
}

impl Drop for Setools {
    fn drop(&mut self) {
        // It ends with its input; what it says then does not matter.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs the program under test.
pub fn seltui(arguments: &[&str]) -> Answered {
    let out = Command::new(SELTUI).args(arguments).output().unwrap();
    Answered { status: out.status.code().unwrap(), out: String::from_utf8(out.stdout).unwrap() }
}

/// The lines, sorted; setools prints the sets inside a constraint in an order that changes from run to run.
pub fn sorted(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = text.lines().map(with_sorted_sets).collect();
    lines.sort();
    lines
}

fn with_sorted_sets(line: &str) -> String {
    if !line.contains('{') {
        return line.to_owned();
    }
    let mut out: Vec<String> = Vec::new();
    let mut set: Option<Vec<&str>> = None;
    for word in line.split(' ') {
        match (&mut set, word) {
            (None, "{") => set = Some(Vec::new()),
            (Some(words), "}" | "};") => {
                words.sort_unstable();
                out.push(format!("{{ {} {word}", words.join(" ")));
                set = None;
            }
            (Some(words), word) => words.push(word),
            (None, word) => out.push(word.to_owned()),
        }
    }
    out.join(" ")
}

/// Says what differs, not everything.
pub fn assert_same(ours: &str, theirs: &str, what: &str) {
    let (ours, theirs) = (sorted(ours), sorted(theirs));
    if ours == theirs {
        return;
    }
    let missing: Vec<_> = theirs.iter().filter(|line| !ours.contains(line)).take(5).collect();
    let extra: Vec<_> = ours.iter().filter(|line| !theirs.contains(line)).take(5).collect();
    panic!("{what}: {} lines, setools {}\nmissing: {missing:#?}\nextra: {extra:#?}", ours.len(), theirs.len());
}
