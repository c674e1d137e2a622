//! Programs: found in `PATH`, started from an argument vector, read line by line, stopped when nobody waits for them.

use std::{
    ffi::{OsStr, OsString},
    fmt,
    io::{self, BufRead, BufReader, Read},
    os::unix::{fs::PermissionsExt as _, process::CommandExt as _},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, RecvTimeoutError, Sender},
    },
    thread,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use super::thread::spawn_named;
use crate::selinux::printable;

/// A longer line of output is cut.
const MAX_LINE: u64 = 4096;

/// How often a running program is asked whether it shall go on.
const PATIENCE: Duration = Duration::from_millis(50);

/// How long a program may take to end when it was asked to.
const GRACE: Duration = Duration::from_secs(2);

/// What `PATH` is where the environment has none.
const DEFAULT_PATH: &str = "/usr/sbin:/usr/bin:/sbin:/bin";

/// A wish that a running program be stopped; clones share it.
#[derive(Debug, Clone, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// A wish that nobody has yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// A wish that SIGINT, SIGTERM and SIGHUP make, instead of ending the program at once.
    pub fn on_signals() -> anyhow::Result<Self> {
        let cancel = Self::new();
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            signal_hook::flag::register(signal, Arc::clone(&cancel.0)).context("cannot listen to signals")?;
        }
        Ok(cancel)
    }

    /// Stops what runs with this, as soon as it is seen.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it was wished.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// A program with its arguments and the folder it runs in.
///
/// It gets no standard input and no environment but `PATH`, `LC_ALL=C` and `TMPDIR`, the folder: neither make nor m4 shall take
/// settings of the person's shell (`MAKEFLAGS`, `M4PATH`, `DISTRO`, …).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandLine {
    program: PathBuf,
    arguments: Vec<OsString>,
    folder: PathBuf,
}

/// How a program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// By itself, with this status.
    By(ExitStatus),
    /// It was stopped.
    Cancelled,
}

impl CommandLine {
    /// A program to be run in this folder.
    pub fn new(program: impl Into<PathBuf>, folder: impl Into<PathBuf>) -> Self {
        Self { program: program.into(), arguments: Vec::new(), folder: folder.into() }
    }

    /// With one more argument.
    #[must_use]
    pub fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.arguments.push(argument.as_ref().to_owned());
        self
    }

    /// With more arguments.
    #[must_use]
    pub fn args<T: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = T>) -> Self {
        self.arguments.extend(arguments.into_iter().map(|argument| argument.as_ref().to_owned()));
        self
    }

    /// Runs the program to its end; hands over what it prints on either output, a line at a time, made printable.
    pub fn run(&self, on_line: &mut dyn FnMut(String), cancel: &Cancel) -> anyhow::Result<Ended> {
        self.spawn()?.watch(on_line, cancel)
    }

    /// Starts the program in a process group of its own, its outputs in pipes: it is to be watched.
    pub fn spawn(&self) -> anyhow::Result<Running> {
        let mut command = self.command();
        // A group of its own: what it starts is stopped with it.
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
        Ok(Running { child: self.started(&mut command)?, program: self.program.clone() })
    }

    /// Runs the program to its end in a process group of its own, and without a terminal or a pipe: what becomes of this
    /// process, and of whoever reads its output, does not touch it.
    pub fn run_unheard(&self) -> anyhow::Result<ExitStatus> {
        let mut command = self.command();
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
        self.wait(self.started(&mut command)?)
    }

    /// Runs the program to its end on the terminal that this process has, as one that asks for a password needs it.
    pub fn run_on_terminal(&self) -> anyhow::Result<ExitStatus> {
        self.wait(self.started(&mut self.command())?)
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(&self.arguments)
            .current_dir(&self.folder)
            .env_clear()
            .env("PATH", search_path())
            .env("LC_ALL", "C")
            .env("TMPDIR", &self.folder);
        command
    }

    fn started(&self, command: &mut Command) -> anyhow::Result<Child> {
        command.spawn().with_context(|| format!("cannot start {}", self.program.display()))
    }

    fn wait(&self, mut child: Child) -> anyhow::Result<ExitStatus> {
        child.wait().with_context(|| format!("cannot wait for {}", self.program.display()))
    }
}

/// A program that was started, with its outputs in pipes.
#[derive(Debug)]
pub struct Running {
    child: Child,
    program: PathBuf,
}

impl Running {
    /// Its process id, which is also the number of its process group.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Hands over what it prints, a line at a time and made printable, until it ends or is stopped.
    pub fn watch(mut self, on_line: &mut dyn FnMut(String), cancel: &Cancel) -> anyhow::Result<Ended> {
        let (sender, lines) = mpsc::channel();
        if let Some(output) = self.child.stdout.take() {
            forward(output, sender.clone())?;
        }
        if let Some(output) = self.child.stderr.take() {
            forward(output, sender)?;
        }
        loop {
            match lines.recv_timeout(PATIENCE) {
                Ok(line) => on_line(line),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {}
            }
            if cancel.is_cancelled() {
                stop(&mut self.child)?;
                return Ok(Ended::Cancelled);
            }
        }
        let status = self.child.wait().with_context(|| format!("cannot wait for {}", self.program.display()))?;
        Ok(Ended::By(status))
    }
}

impl fmt::Display for CommandLine {
    /// As a person would type it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&shell_word(self.program.as_os_str()))?;
        self.arguments.iter().try_for_each(|argument| write!(f, " {}", shell_word(argument)))
    }
}

/// A word as a shell takes it, in quotes where it needs them.
fn shell_word(word: &OsStr) -> String {
    let text = printable(word.as_encoded_bytes());
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./=:+@%,".contains(c);
    if !text.is_empty() && text.chars().all(plain) { text } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

/// The program of this name that `PATH` leads to.
pub fn find_program(name: &str) -> Option<PathBuf> {
    std::env::split_paths(&search_path()).map(|folder| folder.join(name)).find(|path| is_program(path))
}

/// The program of this name for the administration of the machine: an ordinary user's `PATH` often lacks its folders.
pub fn find_system_program(name: &str) -> Option<PathBuf> {
    find_program(name).or_else(|| {
        let folders = ["/usr/sbin", "/sbin", "/usr/bin", "/bin"];
        folders.iter().map(|folder| Path::new(folder).join(name)).find(|path| is_program(path))
    })
}

fn is_program(path: &Path) -> bool {
    path.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

fn search_path() -> OsString {
    std::env::var_os("PATH").filter(|path| !path.is_empty()).unwrap_or_else(|| DEFAULT_PATH.into())
}

/// Reads lines in a thread of their own until the output is closed.
fn forward(output: impl Read + Send + 'static, sender: Sender<String>) -> anyhow::Result<()> {
    let read = move || {
        let mut output = BufReader::new(output);
        while let Some(line) = next_line(&mut output) {
            if sender.send(line).is_err() {
                break;
            }
        }
    };
    spawn_named("output", read).map(drop)
}

/// The next line, cut at [`MAX_LINE`]; what follows the cut is a line of its own.
fn next_line(output: &mut impl BufRead) -> Option<String> {
    let mut line = Vec::new();
    let read = output.take(MAX_LINE).read_until(b'\n', &mut line);
    if read.ok()? == 0 {
        return None;
    }
    let line = line.trim_ascii_end();
    let blanks: Vec<u8> = line.iter().map(|&byte| if byte == b'\t' { b' ' } else { byte }).collect();
    Some(printable(&blanks))
}

/// Asks every process of a group to end; whether one was there and could be asked.
pub fn ask_group_to_end(group: u32) -> bool {
    // The standard library signals one process only; kill(1) knows groups.
    let group = format!("-{group}");
    let asked = Command::new("kill").args(["-TERM", "--", &group]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    asked.is_ok_and(|status| status.success())
}

/// Asks the program and all it started to end, and makes it when it does not.
fn stop(child: &mut Child) -> io::Result<()> {
    if ask_group_to_end(child.id()) {
        let start = Instant::now();
        while start.elapsed() < GRACE {
            if child.try_wait()?.is_some() {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(10));
        }
    }
    // It may have ended meanwhile.
    let _ = child.kill();
    child.wait().map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sh(script: &str) -> CommandLine {
        CommandLine::new("/bin/sh", "/").args(["-c", script])
    }

    fn lines_of(command: &CommandLine) -> (Vec<String>, Ended) {
        let mut lines = Vec::new();
        let ended = command.run(&mut |line| lines.push(line), &Cancel::new()).unwrap();
        (lines, ended)
    }

    #[test]
    fn output_comes_line_by_line_and_printable() {
        let (lines, ended) = lines_of(&sh(r"printf 'a\tb\n\033[31mred\nlast'; exit 3"));
        assert_eq!(lines, ["a b", r"\x1b[31mred", "last"]);
        assert!(matches!(ended, Ended::By(status) if status.code() == Some(3)));
    }

    #[test]
    fn a_program_gets_no_settings_of_the_shell() {
        let (lines, _) = lines_of(&sh("env | cut -d= -f1 | sort | tr '\\n' ' '; cat"));
        assert_eq!(lines, ["LC_ALL PATH PWD TMPDIR"], "the shell itself adds PWD");
    }

    #[test]
    fn a_cancelled_program_takes_its_children_along() {
        let folder = tempfile::tempdir().unwrap();
        let mark = folder.path().join("mark");
        let cancel = Cancel::new();
        let start = Instant::now();
        let script = format!("echo up; (sleep 3; touch {}) & sleep 30", mark.display());
        let ended = sh(&script).run(&mut |_| cancel.cancel(), &cancel).unwrap();
        assert_eq!(ended, Ended::Cancelled);
        assert!(start.elapsed() < Duration::from_secs(3));
        thread::sleep(Duration::from_millis(3200).saturating_sub(start.elapsed()));
        assert!(!mark.exists(), "a child of the program went on");
    }

    #[test]
    fn a_command_is_shown_as_it_could_be_typed() {
        let command = CommandLine::new("/usr/bin/make", "/").args(["-f", "a b/Makefile", "it's", ""]);
        assert_eq!(command.to_string(), r"/usr/bin/make -f 'a b/Makefile' 'it'\''s' ''");
    }
}
