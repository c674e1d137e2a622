//! What is read, and how it stands.

use std::{
    fmt,
    path::{Path, PathBuf},
    time::Duration,
};

use crate::{host::process::find_program, selinux::printable};

/// Something that a log is read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogInput {
    /// Standard input, to its end.
    Stdin,
    /// A file; a pipe or a device by its path is read to its end.
    File(PathBuf),
    /// A file that does not grow any more: what a log was rotated to.
    Old(PathBuf),
    /// The journal of the system whose root this is, by journalctl.
    Journal {
        /// `/`, or where its disk is mounted.
        root: PathBuf,
    },
    /// The kernel's ring buffer, `/dev/kmsg`.
    Kmsg,
    /// A log that the program carries in itself, told line by line as if it came to pass now.
    Told {
        /// What a person calls it.
        name: &'static str,
        /// The log.
        text: &'static [u8],
        /// From the first line to the last.
        within: Duration,
    },
}

impl LogInput {
    /// The path as it was named; `-` for standard input.
    pub fn path(&self) -> &Path {
        match self {
            Self::Stdin => Path::new("-"),
            Self::File(path) | Self::Old(path) => path,
            Self::Journal { .. } => Path::new("journal"),
            Self::Kmsg => Path::new("/dev/kmsg"),
            Self::Told { name, .. } => Path::new(name),
        }
    }
}

impl fmt::Display for LogInput {
    /// The name made safe to show.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stdin => f.write_str("standard input"),
            Self::Journal { .. } => f.write_str("the journal"),
            Self::Kmsg => f.write_str("the kernel log"),
            Self::File(path) | Self::Old(path) => f.write_str(&printable(path.as_os_str().as_encoded_bytes())),
            Self::Told { name, .. } => f.write_str(name),
        }
    }
}

/// How an input stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InputState {
    /// It is being read from its beginning.
    Reading,
    /// Everything was read that is there; what is appended will be.
    Live,
    /// There is no such file yet; it will be read when it comes.
    Missing,
    /// This user may not read it; it is tried again.
    Denied,
    /// It cannot be read for another reason, which the text names; it is tried again.
    Failed(String),
    /// A pipe or standard input came to its end.
    Ended,
}

impl InputState {
    /// What an error of opening or reading means. A path that is no file, or lies in one, is not there either.
    pub(super) fn of(error: &std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::NotFound => Self::Missing,
            std::io::ErrorKind::PermissionDenied => Self::Denied,
            std::io::ErrorKind::IsADirectory => {
                Self::Failed("a folder, and there is no audit.log in it: name a file".to_owned())
            }
            _ => Self::Failed(error.to_string()),
        }
    }

    /// What the state means for the person, with what to do next; `None` when all is well.
    pub fn remedy(&self, input: &LogInput) -> Option<String> {
        match self {
            Self::Reading | Self::Live | Self::Ended => None,
            Self::Missing if matches!(input, LogInput::Journal { .. }) => {
                let lacking = if find_program("journalctl").is_some() { "journal" } else { "journalctl" };
                Some(format!("the journal: there is no {lacking} here: name a log with -i"))
            }
            // The audit daemon writes this one, and no other.
            Self::Missing if input.path().ends_with("var/log/audit/audit.log") => {
                Some(format!("{input}: no such file: is auditd running? Name another log with -i"))
            }
            Self::Missing => Some(format!("{input}: no such file: name another log with -i")),
            Self::Denied if matches!(input, LogInput::Journal { .. }) => {
                Some(format!("{input}: permission denied: run as root, or as a member of the group systemd-journal"))
            }
            Self::Denied if *input == LogInput::Kmsg => Some(format!("{input}: permission denied: run as root")),
            Self::Denied => Some(format!("{input}: permission denied: run as root, or with -i on a copy")),
            Self::Failed(reason) => Some(format!("{input}: {}", printable(reason.as_bytes()))),
        }
    }
}
