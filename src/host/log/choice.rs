//! Which logs are read: those that were named, else the node's own.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use rustix::{
    io::Errno,
    process::{Pid, test_kill_process},
};

use super::{LogInput, journal_source::Kmsg, rotated};
use crate::host::process::find_program;

/// What is read, and why it is that where nobody named it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The inputs, the oldest first.
    pub inputs: Vec<LogInput>,
    /// A sentence for the person; `None` where nothing is to be explained.
    pub why: Option<String>,
}

impl LogInput {
    /// The inputs that were named: `-` is standard input, `journal` the journal below the root, `kmsg` the kernel log; of a folder,
    /// the audit.log in it with what it was rotated to.
    ///
    /// Where none is named it is the audit daemon's log below the root if it can be read, else the journal, else the kernel log.
    /// Where no audit daemon runs its log is old: then it is read with the journal or the kernel log beside it.
    pub fn choose(named: &[PathBuf], root: &Path) -> Choice {
        if named.is_empty() {
            return of_node(root, root != Path::new("/") || auditd_runs(Path::new("/")));
        }
        let one = |path: &PathBuf| {
            let log = path.join("audit.log");
            match path.as_os_str().to_str() {
                Some("-") => vec![Self::Stdin],
                Some("journal") => vec![Self::Journal { root: root.to_owned() }],
                Some("kmsg" | "/dev/kmsg") => vec![Self::Kmsg],
                _ if path.is_dir() && log.is_file() => with_rotated(&log),
                _ => vec![Self::File(path.clone())],
            }
        };
        Choice { inputs: named.iter().flat_map(one).collect(), why: None }
    }
}

fn of_node(root: &Path, auditd_runs: bool) -> Choice {
    let log = root.join("var/log/audit/audit.log");
    let because = match File::open(&log) {
        Ok(_) if auditd_runs => return Choice { inputs: with_rotated(&log), why: None },
        Ok(_) => {
            let because = "auditd is not running, so audit.log gets nothing new";
            let mut inputs = with_rotated(&log);
            let why = match beside_audit_log(root) {
                Ok(other) => {
                    let why = format!("{because}: reading {other} too");
                    inputs.push(other);
                    why
                }
                Err(_) => format!("{because}: start it, or run as root to read the journal too"),
            };
            return Choice { inputs, why: Some(why) };
        }
        Err(error) => match error.kind() {
            io::ErrorKind::NotFound => "there is no audit.log".to_owned(),
            io::ErrorKind::PermissionDenied => "audit.log may not be read by this user".to_owned(),
            _ => format!("audit.log: {error}"),
        },
    };
    match beside_audit_log(root) {
        Ok(LogInput::Kmsg) => {
            let journal =
                if journal_of(root).is_some() { "the journal is closed to this user too" } else { "no journal" };
            Choice {
                inputs: vec![LogInput::Kmsg],
                why: Some(format!("{because}, and {journal}: reading the kernel log")),
            }
        }
        Ok(other) => Choice { why: Some(format!("{because}: reading {other}")), inputs: vec![other] },
        Err(NoOther) => Choice { inputs: vec![LogInput::File(log)], why: None },
    }
}

/// There is neither a journal nor a kernel log that this user may read.
struct NoOther;

/// Where the kernel's records go that no audit daemon takes.
fn beside_audit_log(root: &Path) -> Result<LogInput, NoOther> {
    if journal_of(root) == Some(true) {
        Ok(LogInput::Journal { root: root.to_owned() })
    } else if root == Path::new("/") && Kmsg::open(false).is_ok_and(|mut kmsg| kmsg.is_readable()) {
        Ok(LogInput::Kmsg)
    } else {
        Err(NoOther)
    }
}

/// The log with what it was rotated to, the oldest first.
fn with_rotated(log: &Path) -> Vec<LogInput> {
    let old = rotated::oldest_first(log).into_iter().map(LogInput::Old);
    old.chain([LogInput::File(log.to_owned())]).collect()
}

/// Whether there is a journal of the system that this user may read; nothing where there is none, or no journalctl.
///
/// journalctl itself says nothing and ends well where it may read some file, which is perhaps the user's own journal.
pub(super) fn journal_of(root: &Path) -> Option<bool> {
    find_program("journalctl")?;
    let machines =
        ["var/log/journal", "run/log/journal"].into_iter().filter_map(|folder| root.join(folder).read_dir().ok());
    let machines = machines.flatten().flatten().map(|machine| machine.path().join("system.journal"));
    machines
        .map(File::open)
        .filter_map(|opened| match opened {
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            opened => Some(opened.is_ok()),
        })
        .max()
}

/// Whether an audit daemon runs below this root, as far as this user can see: by the file that auditd(8) writes its number to, else
/// among all processes.
fn auditd_runs(root: &Path) -> bool {
    let processes = root.join("proc");
    let is_auditd = |process: &Path| fs::read(process.join("comm")).map(|comm| comm.trim_ascii() == b"auditd");
    let written = fs::read_to_string(root.join("run/auditd.pid")).ok();
    let number = written.and_then(|text| i32::try_from(text.trim().parse::<u32>().ok()?).ok());
    if let Some(number) = number
        && let Some(pid) = Pid::from_raw(number)
    {
        match is_auditd(&processes.join(number.to_string())) {
            Ok(true) => return true,
            // Others' processes may be hidden (hidepid, proc(5)): the kernel tells all the same whether there is one.
            Err(_) if test_kill_process(pid) == Err(Errno::PERM) => return true,
            Ok(false) | Err(_) => {}
        }
    }
    let all = fs::read_dir(processes).into_iter().flatten().flatten();
    all.filter(|process| process.file_name().as_encoded_bytes().iter().all(u8::is_ascii_digit))
        .any(|process| is_auditd(&process.path()).unwrap_or(false))
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
        let journal = LogInput::Journal { root: root.to_owned() };
        assert_eq!(chosen(&[]), [LogInput::File(log.clone())]);
        assert_eq!(chosen(&["-".into(), "x".into()]), [LogInput::Stdin, LogInput::File("x".into())]);
        assert_eq!(chosen(&["journal".into(), "kmsg".into()]), [journal.clone(), LogInput::Kmsg]);
        assert_eq!(chosen(&["./journal".into()]), [LogInput::File("./journal".into())]);
        let has_journal = find_program("journalctl").is_some();
        if has_journal {
            let machine = root.join("var/log/journal/0123456789abcdef0123456789abcdef");
            fs::create_dir_all(&machine).unwrap();
            assert_eq!(chosen(&[]), [LogInput::File(log.clone())], "no journal is in there");
            fs::write(machine.join("system.journal"), "").unwrap();
            let Choice { inputs, why } = LogInput::choose(&[], root);
            assert_eq!(inputs, std::slice::from_ref(&journal));
            assert_eq!(why.as_deref(), Some("there is no audit.log: reading the journal"));
        }
        fs::create_dir_all(log.parent().unwrap()).unwrap();
        let beside = |ending: &str| PathBuf::from(format!("{}{ending}", log.display()));
        for ending in ["", ".1", ".2.gz", ".10", "-20220627.xz", ".save", ".1.bak"] {
            fs::write(beside(ending), "").unwrap();
        }
        let old = |ending: &str| LogInput::Old(beside(ending));
        let all = [old("-20220627.xz"), old(".10"), old(".2.gz"), old(".1"), LogInput::File(log.clone())];
        assert_eq!(chosen(&[]), all);
        assert_eq!(chosen(&[log.parent().unwrap().to_owned()]), all);
        // The daemon was stopped: what it left is old.
        let Choice { inputs, why } = of_node(root, false);
        if has_journal {
            assert_eq!(inputs, [&all[..], &[journal]].concat());
            let expected = "auditd is not running, so audit.log gets nothing new: reading the journal too";
            assert_eq!(why.as_deref(), Some(expected));
        }
        fs::remove_dir_all(root.join("var/log/journal")).ok();
        let Choice { inputs, why } = of_node(root, false);
        assert_eq!(inputs, all);
        assert!(why.unwrap().ends_with("gets nothing new: start it, or run as root to read the journal too"));
    }

    #[test]
    fn the_audit_daemon_is_found() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        let process = |number: &str, comm: &str| {
            let folder = root.join("proc").join(number);
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join("comm"), comm).unwrap();
        };
        let pid_file = |text: &str| {
            fs::create_dir_all(root.join("run")).unwrap();
            fs::write(root.join("run/auditd.pid"), text).unwrap();
        };
        assert!(!auditd_runs(root), "no process can be seen");
        process("77", "kauditd\n");
        process("self", "auditd\n");
        assert!(!auditd_runs(root), "a thread of the kernel, and no number");
        process("78", "auditd\n");
        assert!(auditd_runs(root), "without its file");
        pid_file("78\n");
        assert!(auditd_runs(root));
        process("78", "bash\n");
        assert!(!auditd_runs(root), "the number is another process's by now");
        for left in ["", "0", "-1", "x", "99999999999"] {
            pid_file(left);
            assert!(!auditd_runs(root), "{left:?}");
        }
    }
}
