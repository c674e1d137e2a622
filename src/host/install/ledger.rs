//! Every command that can change the node is written down: to syslog before and after, and to the session's journal.

use std::{
    env, fs,
    os::unix::net::UnixDatagram,
    path::{Path, PathBuf},
};

use super::Target;
use crate::{
    host::{
        clock,
        process::{Cancel, CommandLine, Ended},
    },
    selinux::printable,
    session::{JournalRecord, Ran},
};

/// `LOG_AUTHPRIV | LOG_NOTICE` (syslog.h): for what an administrator does, in a log that not everybody reads.
const PRIORITY: u8 = 10 << 3 | 5;

/// Who runs this program: user id, the login's user id where one is known, and who called sudo.
pub fn who() -> String {
    let mut text = format!("uid={}", rustix::process::getuid().as_raw());
    // 4294967295 says that nobody has logged in (audit_getloginuid(3)).
    let login = fs::read_to_string("/proc/self/loginuid").unwrap_or_default();
    if let Some(login) = Some(login.trim()).filter(|login| !login.is_empty() && *login != "4294967295") {
        text = format!("{text} loginuid={login}");
    }
    if let Some(user) = env::var_os("SUDO_USER") {
        text = format!("{text} SUDO_USER={}", printable(user.as_encoded_bytes()));
    }
    text
}

/// Runs a command that can change the node, and has it written down.
///
/// syslog hears of it before it begins and after it ended, the journal after it ended. A syslog that is not there keeps
/// nobody from working.
///
/// # Errors
/// The program cannot be started; that is written down as well.
pub fn run_recorded(
    target: &Target,
    command: &CommandLine,
    on_line: &mut dyn FnMut(String),
    cancel: &Cancel,
    record: &mut dyn FnMut(JournalRecord),
) -> anyhow::Result<Ended> {
    let entry = Entry::begin(&target.root, command);
    let ended = command.run(on_line, cancel);
    record(entry.end(ended.as_ref().ok().copied()));
    ended
}

/// A command that is being run.
#[derive(Debug)]
pub(in crate::host) struct Entry {
    sockets: [PathBuf; 3],
    ran: Ran,
}

impl Entry {
    /// Tells syslog that the command begins now.
    pub(in crate::host) fn begin(root: &Path, command: &CommandLine) -> Self {
        // In a container the node's own log stands below its root; the first is a link there that leads out of it.
        let sockets = ["/dev/log".into(), root.join("dev/log"), root.join("run/systemd/journal/dev-log")];
        let at = clock::now().0 / 1000;
        let entry = Self { sockets, ran: Ran { at, who: who(), command: command.to_string(), status: None } };
        entry.tell("runs");
        entry
    }

    /// Tells syslog how it ended; what is handed back is for the journal.
    pub(in crate::host) fn end(mut self, ended: Option<Ended>) -> JournalRecord {
        let how = match ended {
            Some(Ended::By(status)) => {
                self.ran.status = status.code();
                status.to_string()
            }
            Some(Ended::Cancelled) => "stopped".to_owned(),
            None => "could not be started".to_owned(),
        };
        self.tell(&format!("ended ({how})"));
        JournalRecord::Ran(self.ran)
    }

    fn tell(&self, what: &str) {
        let (who, command) = (&self.ran.who, &self.ran.command);
        tell_syslog(&self.sockets, &format!("{who} {what}: {command}"));
    }
}

/// Sends one line (RFC 3164 as glibc's syslog(3) writes it: the receiver knows the host).
fn tell_syslog(sockets: &[PathBuf], message: &str) {
    let time = clock::zone().to_datetime(jiff::Timestamp::now()).strftime("%b %e %H:%M:%S").to_string();
    let line = format!("<{PRIORITY}>{time} seltui[{}]: {message}", std::process::id());
    let Ok(socket) = UnixDatagram::unbound() else { return };
    // A log that is full shall not stop the program.
    let _ = socket.set_nonblocking(true);
    for path in sockets {
        if socket.send_to(line.as_bytes(), path).is_ok() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn syslog_hears_before_and_after_and_the_journal_after() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let socket = UnixDatagram::bind(&path).unwrap();
        let command = CommandLine::new("/bin/false", "/").arg("a b");
        let mut entry = Entry::begin(folder.path(), &command);
        entry.sockets = [PathBuf::from("/nowhere"), "/nowhere/either".into(), path];
        entry.tell("runs");
        let ended = command.run(&mut |_| {}, &Cancel::new()).unwrap();
        let JournalRecord::Ran(ran) = entry.end(Some(ended)) else { panic!("a command") };
        assert_eq!((ran.command.as_str(), ran.status), ("/bin/false 'a b'", Some(1)));
        let received = || {
            let mut bytes = [0; 1024];
            let length = socket.recv(&mut bytes).unwrap();
            String::from_utf8(bytes[..length].to_vec()).unwrap()
        };
        let (first, last) = (received(), received());
        let uid = rustix::process::getuid().as_raw();
        assert!(
            first.starts_with("<85>") && first.contains(&format!(" seltui[{}]: uid={uid}", std::process::id())),
            "{first}"
        );
        assert!(first.ends_with(" runs: /bin/false 'a b'"), "{first}");
        assert!(last.ends_with(" ended (exit status: 1): /bin/false 'a b'"), "{last}");
    }
}
