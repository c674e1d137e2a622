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

/// What is read, and why it is that where nobody named it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The inputs, the oldest first.
    pub inputs: Vec<LogInput>,
    /// A sentence for the person; `None` where nothing is to be explained.
    pub why: Option<String>,
}

impl LogInput {
    /// The inputs that were named (`-` is standard input; of a folder, the audit.log in it with what it was rotated to).
    ///
    /// Where none is named it is the audit daemon's log below the root if it can be read, else the journal, else the kernel log.
    pub fn choose(named: &[PathBuf], root: &Path) -> Choice {
        if named.is_empty() {
            return Self::of_node(root);
        }
        let one = |path: &PathBuf| {
            let log = path.join("audit.log");
            match path.as_os_str() {
                name if name == "-" => vec![Self::Stdin],
                name if name == "/dev/kmsg" => vec![Self::Kmsg],
                _ if path.is_dir() && log.is_file() => Self::rotated(&log),
                _ => vec![Self::File(path.clone())],
            }
        };
        Choice { inputs: named.iter().flat_map(one).collect(), why: None }
    }

    fn of_node(root: &Path) -> Choice {
        let log = root.join("var/log/audit/audit.log");
        let Err(error) = std::fs::File::open(&log) else {
            return Choice { inputs: Self::rotated(&log), why: None };
        };
        let because = match error.kind() {
            std::io::ErrorKind::NotFound => "there is no audit.log".to_owned(),
            std::io::ErrorKind::PermissionDenied => "audit.log may not be read by this user".to_owned(),
            _ => format!("audit.log: {error}"),
        };
        let journal = journal_of(root);
        if journal == Some(true) {
            let why = Some(format!("{because}: reading the journal"));
            return Choice { inputs: vec![Self::Journal { root: root.to_owned() }], why };
        }
        let journal = if journal.is_some() { "the journal is closed to this user too" } else { "no journal" };
        if root == Path::new("/") && super::journal_source::Kmsg::open(false).is_ok_and(|mut kmsg| kmsg.is_readable()) {
            let why = Some(format!("{because}, and {journal}: reading the kernel log"));
            return Choice { inputs: vec![Self::Kmsg], why };
        }
        Choice { inputs: vec![Self::File(log)], why: None }
    }

    /// The log with what it was rotated to, the oldest first.
    fn rotated(log: &Path) -> Vec<Self> {
        let old = super::rotated::oldest_first(log).into_iter().map(Self::Old);
        old.chain([Self::File(log.to_owned())]).collect()
    }

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
            _ => Self::Failed(error.to_string()),
        }
    }

    /// What the state means for the person, with what to do next; `None` when all is well.
    pub fn remedy(&self, input: &LogInput) -> Option<String> {
        match self {
            Self::Reading | Self::Live | Self::Ended => None,
            Self::Missing if matches!(input, LogInput::Journal { .. }) => {
                Some("the journal: there is no journalctl here: name a log with -i".to_owned())
            }
            // The audit daemon writes this one, and no other.
            Self::Missing if input.path().ends_with("var/log/audit/audit.log") => {
                Some(format!("{input}: no such file: is auditd running? Name another log with -i"))
            }
            Self::Missing => Some(format!("{input}: no such file: name another log with -i")),
            Self::Denied => Some(format!("{input}: permission denied: run as root, or with -i on a copy")),
            Self::Failed(reason) => Some(format!("{input}: {}", printable(reason.as_bytes()))),
        }
    }
}

/// Whether there is a journal of the system that this user may read; nothing where there is none, or no journalctl.
///
/// journalctl itself says nothing and ends well where it may read some file, which is perhaps the user's own journal.
fn journal_of(root: &Path) -> Option<bool> {
    find_program("journalctl")?;
    let machines =
        ["var/log/journal", "run/log/journal"].into_iter().filter_map(|folder| root.join(folder).read_dir().ok());
    let machines = machines.flatten().flatten().map(|machine| machine.path().join("system.journal"));
    machines
        .map(std::fs::File::open)
        .filter_map(|opened| match opened {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            opened => Some(opened.is_ok()),
        })
        .max()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_the_audit_log_below_the_root() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        let chosen = |named: &[PathBuf]| LogInput::choose(named, root).inputs;
        let log = root.join("var/log/audit/audit.log");
        assert_eq!(chosen(&[]), [LogInput::File(log.clone())]);
        assert_eq!(chosen(&["-".into(), "x".into()]), [LogInput::Stdin, LogInput::File("x".into())]);
        if find_program("journalctl").is_some() {
            let machine = root.join("var/log/journal/0123456789abcdef0123456789abcdef");
            std::fs::create_dir_all(&machine).unwrap();
            assert_eq!(chosen(&[]), [LogInput::File(log.clone())], "no journal is in there");
            std::fs::write(machine.join("system.journal"), "").unwrap();
            let Choice { inputs, why } = LogInput::choose(&[], root);
            assert_eq!(inputs, [LogInput::Journal { root: root.to_owned() }]);
            assert_eq!(why.as_deref(), Some("there is no audit.log: reading the journal"));
        }
        std::fs::create_dir_all(log.parent().unwrap()).unwrap();
        let beside = |ending: &str| PathBuf::from(format!("{}{ending}", log.display()));
        for ending in ["", ".1", ".2.gz", ".10", "-20220627.xz", ".save", ".1.bak"] {
            std::fs::write(beside(ending), "").unwrap();
        }
        let old = |ending: &str| LogInput::Old(beside(ending));
        let all = [old("-20220627.xz"), old(".10"), old(".2.gz"), old(".1"), LogInput::File(log.clone())];
        assert_eq!(chosen(&[]), all);
        assert_eq!(chosen(&[log.parent().unwrap().to_owned()]), all);
    }
}
