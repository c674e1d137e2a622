//! The processes that this one descends from, as far as they tell where the person sits.
//!
//! sudo drops `SSH_CONNECTION`, `TMUX` and their like, but not the parents.

use std::{fs, path::Path};

use super::Multiplexer;

/// More generations than this no session has; a bound for a `/proc` that lies.
const MOST: usize = 64;

/// What one of them tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ancestor {
    /// It serves a remote session, or was started in one.
    pub remote: bool,
    /// It is a multiplexer, or was started in one.
    pub multiplexer: Option<Multiplexer>,
}

/// The ancestors of this process, the nearest first.
pub(super) fn here() -> Vec<Ancestor> {
    below(Path::new("/proc"), "self")
}

fn below(proc: &Path, first: &str) -> Vec<Ancestor> {
    let mut found = Vec::new();
    let mut id = first.to_owned();
    while let Some(parent) = parent(&proc.join(&id)).filter(|_| found.len() < MOST) {
        found.push(look(&proc.join(&parent)));
        id = parent;
    }
    found
}

/// The parent's number (`PPid` in proc(5)); the first process has none.
fn parent(process: &Path) -> Option<String> {
    let status = fs::read_to_string(process.join("status")).ok()?;
    let parent = status.lines().find_map(|line| line.strip_prefix("PPid:"))?.trim();
    (parent != "0").then(|| parent.to_owned())
}

fn look(process: &Path) -> Ancestor {
    let name = fs::read_to_string(process.join("comm")).unwrap_or_default();
    // Of another user's process only root may read it.
    let environment = fs::read(process.join("environ")).unwrap_or_default();
    let is_set = |name: &[u8]| {
        environment.split(|byte| *byte == 0).any(|entry| entry.strip_prefix(name).is_some_and(|rest| rest.len() > 1))
    };
    let name = name.trim_end();
    let multiplexer = if name.starts_with("tmux") {
        Some(Multiplexer::Tmux)
    } else if name.eq_ignore_ascii_case("screen") {
        Some(Multiplexer::Screen)
    } else {
        told(is_set(b"TMUX"), is_set(b"STY"))
    };
    let serves = ["sshd", "sshd-session", "mosh-server", "dropbear"].contains(&name);
    Ancestor { remote: serves || is_set(b"SSH_CONNECTION") || is_set(b"SSH_TTY"), multiplexer }
}

/// What the variables `TMUX` and `STY` of a process tell; where both are set, one of the two runs in the other, and they do not
/// say which.
pub(super) fn told(tmux: bool, screen: bool) -> Option<Multiplexer> {
    match (tmux, screen) {
        (true, false) => Some(Multiplexer::Tmux),
        (false, true) => Some(Multiplexer::Screen),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn process(proc: &Path, id: &str, parent: &str, comm: &str, environ: &[u8]) {
        let folder = proc.join(id);
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("status"), format!("Name:\t{comm}\nPid:\t{id}\nPPid:\t{parent}\n")).unwrap();
        fs::write(folder.join("comm"), format!("{comm}\n")).unwrap();
        fs::write(folder.join("environ"), environ).unwrap();
    }

    #[test]
    fn what_sudo_dropped_is_seen_in_the_parents() {
        let proc = tempfile::tempdir().unwrap();
        let proc = proc.path();
        process(proc, "1", "0", "systemd", b"");
        process(proc, "10", "1", "sshd", b"");
        process(proc, "11", "10", "bash", b"");
        process(proc, "12", "11", "sudo", b"");
        process(proc, "self", "12", "seltui", b"HOME=/root\0");
        let found = below(proc, "self");
        assert_eq!(found.len(), 4);
        assert_eq!(found.iter().map(|one| one.remote).collect::<Vec<_>>(), [false, false, true, false]);
    }

    #[test]
    fn a_multiplexer_hides_sshd_but_not_what_its_shells_were_told() {
        let proc = tempfile::tempdir().unwrap();
        let proc = proc.path();
        process(proc, "1", "0", "systemd", b"");
        process(proc, "20", "1", "tmux: server", b"");
        process(proc, "21", "20", "bash", b"TMUX=/tmp/tmux-0/default,20,0\0SSH_CONNECTION=192.0.2.1 1 192.0.2.2 22\0");
        process(proc, "22", "21", "sudo", b"");
        process(proc, "self", "22", "seltui", b"");
        let found = below(proc, "self");
        assert!(found.iter().any(|one| one.remote));
        assert_eq!(found.iter().find_map(|one| one.multiplexer), Some(Multiplexer::Tmux));
    }

    #[test]
    fn of_two_multiplexers_the_nearer_one_is_found() {
        let proc = tempfile::tempdir().unwrap();
        let proc = proc.path();
        let both = b"TMUX=/tmp/tmux-0/default,20,0\0STY=30.pts-1.node\0";
        process(proc, "1", "0", "systemd", b"");
        process(proc, "20", "1", "tmux: server", b"");
        process(proc, "21", "20", "bash", b"TMUX=/tmp/tmux-0/default,20,0\0");
        process(proc, "30", "21", "screen", b"TMUX=/tmp/tmux-0/default,20,0\0");
        process(proc, "31", "30", "bash", both);
        process(proc, "self", "31", "seltui", both);
        let found = below(proc, "self");
        assert_eq!(found.iter().find_map(|one| one.multiplexer), Some(Multiplexer::Screen));
    }

    #[test]
    fn a_circle_ends() {
        let proc = tempfile::tempdir().unwrap();
        process(proc.path(), "5", "5", "odd", b"");
        assert_eq!(below(proc.path(), "5").len(), MOST);
    }
}
