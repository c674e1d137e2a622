//! What an earlier program left behind.

use std::{ffi::OsStr, fs};

use super::{DontauditState, Mark, MarkFile, state};
use crate::{
    host::{clock, install::Target},
    selinux::printable,
};

/// A mark that was found, and how things stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftBehind {
    /// The mark.
    pub mark: Mark,
    /// How things stand.
    pub standing: Standing,
}

/// Whose the mark is, and whether the rules are out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// A living program made it, and will put the rules back; its process id, where that is known.
    Held(Option<u32>),
    /// A `semodule -DB` of this process id still runs, and the program that started it is gone.
    StillRunning(u32),
    /// Nobody looks after it: the rules are out, or nobody can say.
    Abandoned(DontauditState),
}

impl LeftBehind {
    /// A sentence for the person, which says what to do.
    pub fn sentence(&self) -> String {
        match &self.standing {
            Standing::Held(pid) => {
                let who = pid.map(|pid| format!(" (pid {pid})")).unwrap_or_default();
                format!("another seltui{who} has taken the dontaudit rules out, and puts them back when it ends")
            }
            Standing::StillRunning(pid) => format!(
                "the dontaudit rules are being taken out by semodule (pid {pid}), whose seltui is gone: `seltui dontaudit on` puts them back"
            ),
            Standing::Abandoned(DontauditState::Unknown(_)) => {
                "an earlier seltui took the dontaudit rules out and did not put them back, as far as can be seen: `seltui dontaudit on` does".to_owned()
            }
            Standing::Abandoned(_) if self.mark.meant => format!(
                "the dontaudit rules are out since `seltui dontaudit off` ({}, {}): `seltui dontaudit on` puts them back",
                clock::date_and_time(self.mark.at),
                printable(self.mark.who.as_bytes())
            ),
            Standing::Abandoned(_) => {
                "the dontaudit rules are out since an earlier seltui, which did not put them back: `seltui dontaudit on` does".to_owned()
            }
        }
    }
}

/// Looks for a mark. One whose rules are in again is taken away.
///
/// A `-DB` that outlived its program is looked for before the store is asked: when none runs, nothing can change the answer.
pub fn left_behind(target: &Target, file: &MarkFile) -> Option<LeftBehind> {
    let mark = file.read()?;
    let standing = match file.hold() {
        Ok(Err(pid)) => Standing::Held(pid),
        // What can't be locked can't be taken away either.
        Err(_) => Standing::Abandoned(state(target)),
        Ok(Ok(_hold)) => match running(target) {
            Some(pid) => Standing::StillRunning(pid),
            None => match state(target) {
                // Where it can't be taken away the next start tries again.
                DontauditState::In if file.remove().is_ok() => return None,
                state => Standing::Abandoned(state),
            },
        },
    };
    Some(LeftBehind { mark, standing })
}

/// A process that takes the dontaudit rules of this store out, whoever started it.
pub(super) fn running(target: &Target) -> Option<u32> {
    let command = target.semodule(["-DB"]);
    let ours: Vec<&[u8]> = command.words().map(OsStr::as_encoded_bytes).skip_while(|word| !is_semodule(word)).collect();
    let entries = fs::read_dir("/proc").ok()?.flatten();
    let mut pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    pids.find(|pid| {
        let command = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        is_taking_out(&command, &ours)
    })
}

fn is_semodule(word: &[u8]) -> bool {
    word == b"semodule" || word.ends_with(b"/semodule")
}

/// Whether an argument vector, as `/proc/PID/cmdline` has it, is that of this `semodule … -DB`: what stands before semodule, and
/// where that lies, are no matter; each argument after it is, since another store is not ours to stop.
fn is_taking_out(command: &[u8], ours: &[&[u8]]) -> bool {
    let words = command.strip_suffix(b"\0").unwrap_or(command).split(|byte| *byte == 0);
    let theirs: Vec<&[u8]> = words.skip_while(|word| !is_semodule(word)).collect();
    match (theirs.split_first(), ours.split_first()) {
        (Some((_, theirs)), Some((_, ours))) => theirs == ours,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_semodule_that_takes_rules_out_is_known_by_its_arguments() {
        let here = [&b"/usr/sbin/semodule"[..], b"-DB"];
        let there = [&b"/usr/sbin/semodule"[..], b"-p", b"/x", b"-s", b"default", b"-n", b"-DB"];
        for (command, is_here, is_there) in [
            (&b"/usr/sbin/semodule\0-DB\0"[..], true, false),
            (b"/bin/sh\0/tmp/semodule\0-DB\0", true, false),
            (b"sudo\0-n\0--\0/usr/sbin/semodule\0-p\0/x\0-s\0default\0-n\0-DB\0", false, true),
            (b"semodule\0-p\0/y\0-s\0default\0-n\0-DB\0", false, false),
            (b"/usr/sbin/semodule\0-B\0", false, false),
            (b"vi\0/tmp/semodule.txt\0-DB\0", false, false),
            (b"", false, false),
        ] {
            assert_eq!(is_taking_out(command, &here), is_here, "{command:?}");
            assert_eq!(is_taking_out(command, &there), is_there, "{command:?}");
        }
    }
}
