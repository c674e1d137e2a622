//! Programs: found in `PATH`, started from an argument vector, read line by line, stopped when nobody waits for them.

use std::{
    ffi::{OsStr, OsString},
    fmt,
    io::{BufRead, BufReader, Read},
    os::unix::{fs::PermissionsExt as _, process::CommandExt as _},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Output, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, RecvTimeoutError, SyncSender},
    },
    time::{Duration, Instant},
};

use anyhow::Context as _;
use rustix::process::{Pid, Signal, kill_process_group};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use super::thread::spawn_named;
use crate::selinux::printable;

/// A longer line of output is cut.
const MAX_LINE: u64 = 4096;

/// How often a running program is asked whether it shall go on.
const PATIENCE: Duration = Duration::from_millis(50);

/// How long a program may take to end when it was asked to.
const GRACE: Duration = Duration::from_secs(2);

/// How many lines of a program may wait to be heard.
const WAITING: usize = 256;

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

    /// The program and its arguments.
    pub fn words(&self) -> impl Iterator<Item = &OsStr> {
        std::iter::once(self.program.as_os_str()).chain(self.arguments.iter().map(OsString::as_os_str))
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

    /// Runs the program to its end and takes what it prints as it is.
    pub fn output(&self) -> anyhow::Result<Output> {
        self.command()
            .stdin(Stdio::null())
            .process_group(0)
            .output()
            .with_context(|| format!("cannot start {}", self.program.display()))
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
    ///
    /// One that ends well all the same was not stopped. One that runs with the rights of another user can't be asked to end
    /// (kill(2)): that is told, and it is waited for.
    pub fn watch(mut self, on_line: &mut dyn FnMut(String), cancel: &Cancel) -> anyhow::Result<Ended> {
        // What prints faster than anybody listens waits.
        let (sender, lines) = mpsc::sync_channel(WAITING);
        if let Some(output) = self.child.stdout.take() {
            forward(output, sender.clone())?;
        }
        if let Some(output) = self.child.stderr.take() {
            forward(output, sender)?;
        }
        let waited = || format!("cannot wait for {}", self.program.display());
        let mut asked: Option<Instant> = None;
        loop {
            match lines.recv_timeout(PATIENCE) {
                Ok(line) => on_line(line),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {}
            }
            if !cancel.is_cancelled() {
                continue;
            }
            if asked.is_none() {
                asked = Some(Instant::now());
                if !ask_group_to_end(self.child.id()) && self.child.try_wait().with_context(waited)?.is_none() {
                    on_line(
                        "it runs with the rights of another user and can't be stopped from here: waiting".to_owned(),
                    );
                }
            }
            if self.child.try_wait().with_context(waited)?.is_some() {
                // Something that it left behind may hold its outputs open.
                lines.try_iter().for_each(on_line);
                break;
            }
            if asked.is_some_and(|asked| asked.elapsed() > GRACE) {
                signal_group(self.child.id(), Signal::KILL);
            }
        }
        let status = self.child.wait().with_context(waited)?;
        Ok(if asked.is_some() && !status.success() { Ended::Cancelled } else { Ended::By(status) })
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
fn forward(output: impl Read + Send + 'static, sender: SyncSender<String>) -> anyhow::Result<()> {
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
    signal_group(group, Signal::TERM)
}

fn signal_group(group: u32, signal: Signal) -> bool {
    let group = i32::try_from(group).ok().and_then(Pid::from_raw);
    group.is_some_and(|group| kill_process_group(group, signal).is_ok())
}

#[cfg(test)]
mod tests {
    use std::thread;

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
    fn what_ends_well_though_it_was_asked_to_stop_has_ended_well() {
        let cancel = Cancel::new();
        let script = "trap 'echo heard; exit 0' TERM; echo up; while :; do sleep 0.01; done";
        let mut lines = Vec::new();
        let on_line = &mut |line: String| {
            cancel.cancel();
            lines.push(line);
        };
        let ended = sh(script).run(on_line, &cancel).unwrap();
        assert!(matches!(ended, Ended::By(status) if status.success()), "{ended:?}");
        // The shell may say as well that its sleep was ended.
        lines.retain(|line| line != "Terminated");
        assert_eq!(lines, ["up", "heard"]);
    }

    #[test]
    fn one_that_does_not_listen_is_made_to_end() {
        let cancel = Cancel::new();
        let script = "trap '' TERM; echo up; while :; do sleep 0.01; done";
        assert_eq!(sh(script).run(&mut |_| cancel.cancel(), &cancel).unwrap(), Ended::Cancelled);
    }

    #[test]
    fn output_without_end_is_heard_piece_by_piece_and_can_be_stopped() {
        let cancel = Cancel::new();
        let mut heard = 0;
        let ended = sh("while :; do echo x; done").run(
            &mut |_| {
                heard += 1;
                if heard == 5000 {
                    cancel.cancel();
                }
            },
            &cancel,
        );
        assert_eq!(ended.unwrap(), Ended::Cancelled);
        assert!(heard >= 5000);
    }

    #[test]
    fn a_command_is_shown_as_it_could_be_typed() {
        let command = CommandLine::new("/usr/bin/make", "/").args(["-f", "a b/Makefile", "it's", ""]);
        assert_eq!(command.to_string(), r"/usr/bin/make -f 'a b/Makefile' 'it'\''s' ''");
    }
}
