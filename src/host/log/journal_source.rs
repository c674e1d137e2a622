//! The journal, by journalctl, and the kernel's ring buffer.

use std::{
    fs::{File, OpenOptions},
    io::{self, Read},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::Duration,
};

use memchr::memmem;

use crate::host::process::find_program;

/// How long to wait before a journalctl that ended is started again.
const AGAIN: Duration = Duration::from_secs(1);

/// The running journalctl, for whoever ends it.
pub(super) type Running = Arc<Mutex<Option<Child>>>;

/// Ends it, if it runs.
pub(super) fn end(running: &Running) {
    let child = running.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(mut child) = child {
        // It may have ended by itself.
        let _ = child.kill();
        let _ = child.wait();
    }
}

/// The entries of the audit subsystem and the kernel, as `journalctl -o json` prints them.
///
/// Following it starts journalctl again where it ends, behind the last entry that was read whole.
#[derive(Debug)]
pub(super) struct Journal {
    program: PathBuf,
    root: PathBuf,
    follow: bool,
    running: Running,
    output: Option<ChildStdout>,
    /// The end of what was read, from the beginning of its last line on.
    line: Vec<u8>,
    cursor: Option<String>,
}

/// The field that an entry is found again by stands near its beginning.
const KEPT: usize = 4096;

impl Journal {
    /// Starts journalctl; what it complains of goes nowhere, its status tells enough.
    pub fn open(root: &Path, follow: bool, running: Running) -> io::Result<Self> {
        let program = find_program("journalctl").ok_or(io::ErrorKind::NotFound)?;
        let (line, cursor) = (Vec::new(), None);
        let mut journal = Self { program, root: root.to_owned(), follow, running, output: None, line, cursor };
        journal.start()?;
        Ok(journal)
    }

    fn start(&mut self) -> io::Result<()> {
        let mut command = Command::new(&self.program);
        command.args(["--output=json", "--no-pager", "--quiet", "--all"]);
        if self.follow {
            command.args(["--follow", "--no-tail"]);
        }
        if self.root != Path::new("/") {
            command.arg("--root").arg(&self.root);
        }
        if let Some(cursor) = &self.cursor {
            command.arg(format!("--after-cursor={cursor}"));
        }
        // Matches of one field are alternatives.
        command.args(["_TRANSPORT=audit", "_TRANSPORT=kernel"]);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        self.output = child.stdout.take();
        *self.running.lock().unwrap_or_else(PoisonError::into_inner) = Some(child);
        Ok(())
    }

    /// Remembers the cursor of the last entry that is whole.
    fn remember(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        while let Some(end) = memchr::memchr(b'\n', rest) {
            let (line, after) = rest.split_at_checked(end + 1).unwrap_or((rest, b""));
            rest = after;
            // Only the last whole line of a chunk matters.
            if memchr::memchr(b'\n', rest).is_none() {
                self.line.extend_from_slice(line.get(..KEPT).unwrap_or(line));
                if let Some(cursor) = cursor(&self.line) {
                    self.cursor = Some(cursor);
                }
            }
            self.line.clear();
        }
        let room = KEPT.saturating_sub(self.line.len());
        self.line.extend_from_slice(rest.get(..room).unwrap_or(rest));
    }
}

fn cursor(line: &[u8]) -> Option<String> {
    const KEY: &[u8] = b"\"__CURSOR\"";
    let value = line.get(memmem::find(line, KEY)? + KEY.len()..)?.trim_ascii_start().strip_prefix(b":")?;
    let value = value.trim_ascii_start().strip_prefix(b"\"")?;
    let value = value.get(..memchr::memchr(b'"', value)?)?;
    String::from_utf8(value.to_vec()).ok()
}

impl Read for Journal {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let Some(output) = &mut self.output else { return Ok(0) };
            let count = output.read(buffer)?;
            if count > 0 {
                self.remember(buffer.get(..count).unwrap_or_default());
                return Ok(count);
            }
            self.output = None;
            let child = self.running.lock().unwrap_or_else(PoisonError::into_inner).take();
            // Somebody took it away: it was ended.
            let Some(mut child) = child else { return Ok(0) };
            let status = child.wait()?;
            if !self.follow {
                // It says 1 where it found nothing.
                let fine = status.success() || status.code() == Some(1);
                return if fine { Ok(0) } else { Err(io::Error::other(format!("journalctl: {status}"))) };
            }
            if self.cursor.is_none() && !status.success() {
                return Err(io::Error::other(format!(
                    "journalctl: {status}: is this user in the group systemd-journal?"
                )));
            }
            self.line.clear();
            thread::sleep(AGAIN);
            self.start()?;
        }
    }
}

/// `/dev/kmsg`: each read gives one entry, and what is read faster than it comes waits, or ends.
#[derive(Debug)]
pub(super) struct Kmsg(File);

impl Kmsg {
    pub fn open(follow: bool) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.read(true);
        if !follow {
            options.custom_flags(i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()).unwrap_or_default());
        }
        options.open("/dev/kmsg").map(Self)
    }
}

impl Kmsg {
    /// Whether this user may read it: opening it is not enough where `dmesg_restrict` is on.
    pub fn is_readable(&mut self) -> bool {
        self.read(&mut [0; 8192]).is_ok()
    }
}

impl Read for Kmsg {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.0.read(buffer) {
                Ok(count) => {
                    // What follows the first line are fields of devices, each behind a blank.
                    let entry = buffer.get(..count).unwrap_or_default();
                    return Ok(memchr::memchr(b'\n', entry).map_or(count, |end| end + 1));
                }
                Err(error) => match rustix::io::Errno::from_io_error(&error) {
                    // The ring went round: what was not read is gone, the next read goes on with what is left.
                    Some(rustix::io::Errno::PIPE | rustix::io::Errno::INTR) => {}
                    Some(rustix::io::Errno::AGAIN) => return Ok(0),
                    _ => return Err(error),
                },
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cursor_is_that_of_the_last_whole_entry() {
        let (running, program, root) = (Running::default(), PathBuf::new(), PathBuf::new());
        let (output, line, cursor) = (None, Vec::new(), None);
        let mut journal = Journal { program, root, follow: true, running, output, line, cursor };
        let mut after = |bytes: &[u8]| {
            journal.remember(bytes);
            journal.cursor.clone()
        };
        assert_eq!(after(b"{\"__CURS"), None);
        assert_eq!(after(b"OR\" : \"s=1;i=2\",\"MESSAGE\":\"x\"}"), None);
        assert_eq!(after(b"\n{\"MESSAGE\":\"").as_deref(), Some("s=1;i=2"));
        assert_eq!(after(b"y\",\"__CURSOR\":\"a\"}\n{\"__CURSOR\":\"b\"}\n{\"__CURSOR\":\"c\"").as_deref(), Some("b"));
    }
}
