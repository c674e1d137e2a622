//! The last build.

use std::{path::PathBuf, time::Duration};

use crate::tui::widgets::Scroll;

/// More lines than this nobody reads: the first ones go.
const MOST_LINES: usize = 10_000;

/// How far a build is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BuildState {
    /// It runs.
    Running,
    /// The package lies there.
    Built {
        /// The `.pp`.
        package: PathBuf,
        /// From the key to the file.
        took: Duration,
    },
    /// Something else is done; how, in a few words.
    Done(String),
    /// It did not build.
    Failed,
}

/// What a build printed, and how it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// What it is of.
    pub title: &'static str,
    /// The lines, printable.
    pub lines: Vec<String>,
    /// How far it is.
    pub state: BuildState,
    /// Which part is seen.
    pub scroll: Scroll,
}

impl Output {
    /// A build that begins.
    pub fn begin() -> Self {
        Self { title: "Build", lines: Vec::new(), state: BuildState::Running, scroll: Scroll::default() }
    }

    /// One line more, printable.
    pub fn say(&mut self, line: &str) {
        if self.lines.len() >= MOST_LINES {
            self.lines.drain(..MOST_LINES / 10);
        }
        self.lines.push(line.to_owned());
    }

    /// Whether it still runs.
    pub fn is_running(&self) -> bool {
        self.state == BuildState::Running
    }
}
