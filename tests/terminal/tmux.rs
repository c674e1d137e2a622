//! A program in a real terminal: tmux with a server of its own, driven by keys and read as text.
//!
//! Nothing of the person's own tmux is touched: the socket and the configuration lie in a temporary folder, and the server
//! goes when the [`Terminal`] goes. Nothing here sleeps for a guessed time: [`Terminal::wait_for`] looks until the text is
//! there, and prints the screen when it does not come.
#![allow(dead_code)] // each test program uses its own part

use std::{
    ffi::{OsStr, OsString},
    fmt::Write as _,
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::{Duration, Instant},
};

use tempfile::TempDir;

/// How long a text may take to come; a machine that builds something else at the same time is slow.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// How often the screen is looked at.
const LOOK: Duration = Duration::from_millis(4);

/// How long a screen stays as it is before it counts as drawn to its end, and how often that is tried.
const REST: Duration = Duration::from_millis(30);
const LOOKS_AT_REST: usize = 8;

/// Folders that stand for a person's home; they outlive a program, so that it can be started again.
pub struct Home {
    folder: TempDir,
}

impl Home {
    /// An empty home.
    pub fn new() -> Self {
        Self { folder: TempDir::with_prefix("seltui-home-").unwrap() }
    }

    /// A path below the home.
    pub fn path(&self, below: &str) -> PathBuf {
        self.folder.path().join(below)
    }

    /// What the program is told about the home.
    pub fn environment(&self) -> Vec<(&'static str, OsString)> {
        vec![
            ("HOME", self.path("").into()),
            ("XDG_STATE_HOME", self.path("state").into()),
            ("XDG_CONFIG_HOME", self.path("config").into()),
            ("XDG_CACHE_HOME", self.path("cache").into()),
            ("XDG_DATA_HOME", self.path("data").into()),
        ]
    }
}

/// What is to be started, and in what kind of terminal.
pub struct Launch<'a> {
    program: Vec<OsString>,
    home: &'a Home,
    columns: u16,
    rows: u16,
    folder: PathBuf,
    environment: Vec<(String, OsString)>,
    options: String,
}

impl<'a> Launch<'a> {
    /// Any program with its arguments, at 80×24.
    pub fn program<A: AsRef<OsStr>>(home: &'a Home, program: impl IntoIterator<Item = A>) -> Self {
        let program = program.into_iter().map(|argument| argument.as_ref().to_owned()).collect();
        let folder = home.path("");
        Self { program, home, columns: 80, rows: 24, folder, environment: Vec::new(), options: String::new() }
    }

    /// The program that the tests are about.
    pub fn seltui<A: AsRef<OsStr>>(home: &'a Home, arguments: impl IntoIterator<Item = A>) -> Self {
        let mut launch = Self::program(home, [env!("CARGO_BIN_EXE_seltui")]);
        launch.program.extend(arguments.into_iter().map(|argument| argument.as_ref().to_owned()));
        launch
    }

    /// Another size.
    pub fn size(mut self, columns: u16, rows: u16) -> Self {
        (self.columns, self.rows) = (columns, rows);
        self
    }

    /// Starts it in this folder instead of the home.
    pub fn in_folder(mut self, folder: &Path) -> Self {
        folder.clone_into(&mut self.folder);
        self
    }

    /// One more variable for the program.
    pub fn with(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.environment.push((name.to_owned(), value.into()));
        self
    }

    /// One more line for the terminal's tmux.conf.
    pub fn with_option(mut self, line: &str) -> Self {
        self.options.push_str(line);
        self.options.push('\n');
        self
    }

    /// Starts it.
    pub fn start(self) -> Terminal {
        Terminal::start(self)
    }
}

/// What runs in the terminal: the program, and after it, in the same stream of bytes, how it ended (in the title, where it
/// disturbs nothing on the screen). The shell's own word on a killed program is kept off the screen too, and a Ctrl-C is the
/// program's alone.
const KEEPER: &str = r#"
trap : INT
exec 3>&2 2>/dev/null
sh -c 'echo $$ >"$0"; exec "$@" 2>&3 3>&-' "$0" "$@"
printf '\033]2;ended with %s\007' "$?"
exec sleep 1000000
"#;

/// A terminal with one program in it. Going out of scope ends both.
pub struct Terminal {
    folder: TempDir,
    started: Instant,
    keys: usize,
}

/// What the program has switched on in the terminal.
#[derive(Debug, PartialEq, Eq)]
pub struct Modes {
    pub alternate_screen: bool,
    pub cursor_shown: bool,
    pub mouse: bool,
}

impl Modes {
    /// A terminal as a shell expects it.
    pub const SANE: Self = Self { alternate_screen: false, cursor_shown: true, mouse: false };
}

impl Terminal {
    fn start(launch: Launch<'_>) -> Self {
        let folder = TempDir::with_prefix("seltui-tmux-").unwrap();
        let configuration = "set -g status off\nset -s escape-time 0\nset -g default-terminal screen-256color\n\
                             set -g update-environment ''\n";
        std::fs::write(folder.path().join("tmux.conf"), format!("{configuration}{}", launch.options)).unwrap();
        // A session that only keeps the server, so that starting it does not count as the program's time.
        let mut terminal = Self { folder, started: Instant::now(), keys: 0 };
        let mut command = terminal.command();
        command.env_clear();
        for name in ["PATH", "TMPDIR", "CARGO_HOME", "RUSTUP_HOME"] {
            command.envs(std::env::var_os(name).map(|value| (name, value)));
        }
        command.envs([("LANG", "C.UTF-8"), ("LC_ALL", "C.UTF-8"), ("SHELL", "/bin/sh")]);
        command.envs(launch.home.environment());
        command.envs(launch.environment);
        run(command.args(["new-session", "-d", "-s", "server", "cat"]));
        let size = [launch.columns.to_string(), launch.rows.to_string()];
        let mut command = terminal.command();
        command.args(["new-session", "-d", "-s", "test", "-x", &size[0], "-y", &size[1], "-c"]);
        command.arg(launch.folder).arg("--");
        command.args(["sh", "-c", KEEPER]).arg(terminal.pid_file()).args(launch.program);
        terminal.started = Instant::now();
        run(&mut command);
        terminal
    }

    fn command(&self) -> Command {
        let mut command = Command::new("tmux");
        command.env_remove("TMUX").args(["-u", "-S"]).arg(self.folder.path().join("socket"));
        command.arg("-f").arg(self.folder.path().join("tmux.conf"));
        command
    }

    fn tmux<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> String {
        run(self.command().args(arguments))
    }

    fn ask(&self, format: &str) -> String {
        self.tmux(["display-message", "-p", "-t", "test", format]).trim_end().to_owned()
    }

    /// Presses keys by their tmux names (`Enter`, `Tab`, `C-c`, `*`); each one counts.
    pub fn press(&mut self, keys: &[&str]) {
        self.keys += keys.len();
        for key in keys {
            if key.chars().count() == 1 {
                self.literally(key);
            } else {
                self.tmux(["send-keys", "-t", "test", key]);
            }
        }
    }

    /// Presses one key many times.
    pub fn press_times(&mut self, key: &str, times: usize) {
        self.keys += times;
        self.tmux(["send-keys", "-t", "test", "-N", &times.to_string(), key]);
    }

    /// Types the characters of a name; these do not count as keys.
    pub fn type_text(&mut self, text: &str) {
        self.literally(text);
    }

    fn literally(&self, text: &str) {
        // tmux takes a semicolon at the end of an argument as the end of its command.
        let text = text.strip_suffix(';').map_or_else(|| text.to_owned(), |before| format!("{before}\\;"));
        self.tmux(["send-keys", "-t", "test", "-l", "--", &text]);
    }

    /// How many keys were pressed.
    pub fn keys_pressed(&self) -> usize {
        self.keys
    }

    /// How long the program has been running.
    pub fn age(&self) -> Duration {
        self.started.elapsed()
    }

    /// What a person sees, one line a row.
    pub fn screen(&self) -> String {
        self.tmux(["capture-pane", "-p", "-t", "test"])
    }

    /// The same with its colours, as SGR sequences.
    pub fn screen_with_colours(&self) -> String {
        self.tmux(["capture-pane", "-p", "-e", "-N", "-t", "test"])
    }

    /// Waits until the text is on the screen, and gives that screen. Panics, with the screen, when it does not come.
    #[track_caller]
    pub fn wait_for(&self, text: &str) -> String {
        self.wait_until(&format!("{text:?} on the screen"), |screen| screen.contains(text))
    }

    /// Waits until the text is gone from the screen.
    #[track_caller]
    pub fn wait_gone(&self, text: &str) -> String {
        self.wait_until(&format!("{text:?} gone from the screen"), |screen| !screen.contains(text))
    }

    /// Waits until the screen is as it should be, and gives it.
    #[track_caller]
    pub fn wait_until(&self, what: &str, is_so: impl Fn(&str) -> bool) -> String {
        self.wait_at_most(PATIENCE, what, is_so)
    }

    /// The same with a time of its own.
    #[track_caller]
    pub fn wait_at_most(&self, patience: Duration, what: &str, is_so: impl Fn(&str) -> bool) -> String {
        let begin = Instant::now();
        loop {
            let mut screen = self.screen();
            if is_so(&screen) {
                screen = self.at_rest(screen);
                if is_so(&screen) {
                    return screen;
                }
            }
            assert!(begin.elapsed() < patience, "waited {patience:?} for {what}; {}", self.describe(&screen));
            thread::sleep(LOOK);
        }
    }

    /// The screen once two looks at it are the same: tmux may be looked at while it draws a frame. One that never rests, because
    /// keys keep coming, is given as it is after some looks.
    fn at_rest(&self, mut screen: String) -> String {
        for _ in 0..LOOKS_AT_REST {
            thread::sleep(REST);
            let next = self.screen();
            if next == screen {
                break;
            }
            screen = next;
        }
        screen
    }

    /// Waits until the program has ended, and gives its exit status; a signal that ended it as 128 + its number.
    ///
    /// All that the program wrote is on the screen by then.
    #[track_caller]
    pub fn wait_for_end(&self) -> i32 {
        let begin = Instant::now();
        loop {
            if let Some(status) = self.status() {
                return status;
            }
            assert!(begin.elapsed() < PATIENCE, "the program has not ended; {}", self.describe(&self.screen()));
            thread::sleep(LOOK);
        }
    }

    /// How the program ended, or `None` while it runs.
    pub fn status(&self) -> Option<i32> {
        self.ask("#{pane_title}").strip_prefix("ended with ")?.parse().ok()
    }

    /// The program's process.
    #[track_caller]
    pub fn pid(&self) -> u32 {
        let begin = Instant::now();
        loop {
            let pid =
                std::fs::read_to_string(self.pid_file()).ok().and_then(|text| text.strip_suffix('\n')?.parse().ok());
            if let Some(pid) = pid {
                return pid;
            }
            assert!(begin.elapsed() < PATIENCE, "the program has not started; {}", self.describe(&self.screen()));
            thread::sleep(LOOK);
        }
    }

    fn pid_file(&self) -> PathBuf {
        self.folder.path().join("pid")
    }

    /// The terminal's device.
    pub fn path_of_terminal(&self) -> PathBuf {
        self.ask("#{pane_tty}").into()
    }

    /// The terminal's settings as `stty -a` prints them.
    pub fn settings(&self) -> String {
        run(Command::new("stty").arg("-a").arg("-F").arg(self.path_of_terminal()))
    }

    /// What is switched on in the terminal at the moment.
    pub fn modes(&self) -> Modes {
        let answer = self.ask("#{alternate_on} #{cursor_flag} #{mouse_any_flag}");
        let flags: Vec<bool> = answer.split(' ').map(|flag| flag == "1").collect();
        Modes { alternate_screen: flags[0], cursor_shown: flags[1], mouse: flags[2] }
    }

    /// Makes the terminal another size, as a person does with a window.
    pub fn resize(&self, columns: u16, rows: u16) {
        self.tmux(["resize-window", "-t", "test", "-x", &columns.to_string(), "-y", &rows.to_string()]);
    }

    /// What the terminal keeps as copied, once it is there.
    #[track_caller]
    pub fn clipboard(&self) -> String {
        let begin = Instant::now();
        loop {
            let output = self.command().arg("show-buffer").output().unwrap();
            if output.status.success() {
                return String::from_utf8(output.stdout).unwrap();
            }
            assert!(begin.elapsed() < PATIENCE, "nothing was copied; {}", self.describe(&self.screen()));
            thread::sleep(LOOK);
        }
    }

    fn describe(&self, screen: &str) -> String {
        let mut text = format!("{} keys were pressed; the screen:\n", self.keys);
        let width = screen.lines().map(|line| line.chars().count()).max().unwrap_or(0);
        let _ = writeln!(text, "┌{}┐", "─".repeat(width));
        for line in screen.lines() {
            let _ = writeln!(text, "│{line:width$}│");
        }
        let _ = writeln!(text, "└{}┘", "─".repeat(width));
        if let Some(status) = self.status() {
            let _ = writeln!(text, "the program has ended with status {status}");
        }
        text
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // The server may be gone already.
        let _ = self.command().arg("kill-server").output();
    }
}

/// Sends a signal to one process, by its name (`TERM`, `KILL`).
pub fn signal(pid: u32, name: &str) {
    run(Command::new("kill").args(["-s", name, &pid.to_string()]));
}

/// The screens of a walk, which a person may want to look at: numbered files in a folder below `target/`, emptied first.
pub struct Screens {
    folder: PathBuf,
    number: usize,
}

impl Screens {
    pub fn below_target(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name(name);
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        Self { folder, number: 0 }
    }

    pub fn look(&mut self, terminal: &Terminal, what: &str) {
        self.number += 1;
        let name = what.replace(|c: char| !c.is_ascii_alphanumeric(), "-");
        let screen = terminal.screen();
        std::fs::write(self.folder.join(format!("{:02}-{name}.txt", self.number)), &screen).unwrap();
        println!("{:02} {what} ({} keys)\n{screen}", self.number, terminal.keys_pressed());
    }
}

#[track_caller]
fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?} ended with {}: {error}", output.status);
    String::from_utf8_lossy(&output.stdout).into_owned()
}
