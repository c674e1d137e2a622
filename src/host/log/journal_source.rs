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

use super::{choice::journal_of, lines::LONGEST_LINE};
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
/// Following it starts journalctl again where it ends, behind the last entry that was read whole. Only whole lines are handed on:
/// what a killed journalctl printed of an entry, the next one prints anew.
#[derive(Debug)]
pub(super) struct Journal {
    program: PathBuf,
    root: PathBuf,
    follow: bool,
    running: Running,
    output: Option<ChildStdout>,
    held: Held,
    cursor: Option<String>,
}

/// What was read and not handed on yet.
#[derive(Debug, Default)]
struct Held {
    bytes: Vec<u8>,
    /// Where the whole lines end.
    whole: usize,
    /// Where those end that were handed on.
    taken: usize,
}

impl Held {
    /// Takes what was read; gives the last line that it made whole.
    fn take(&mut self, bytes: &[u8]) -> Option<&[u8]> {
        let before = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        let Some(end) = memchr::memrchr(b'\n', bytes).map(|end| before + end) else {
            // Whoever takes the lines cuts this one.
            if self.bytes.len() > LONGEST_LINE {
                self.whole = self.bytes.len();
            }
            return None;
        };
        self.whole = end + 1;
        self.bytes.get(..end)?.rsplit(|byte| *byte == b'\n').next()
    }

    /// Hands on what is whole; 0 when nothing is.
    fn give(&mut self, buffer: &mut [u8]) -> usize {
        let ready = self.bytes.get(self.taken..self.whole).unwrap_or_default();
        let count = ready.len().min(buffer.len());
        buffer.iter_mut().zip(ready).for_each(|(to, from)| *to = *from);
        self.taken += count;
        if self.taken == self.whole {
            self.bytes.drain(..self.whole);
            (self.taken, self.whole) = (0, 0);
        }
        count
    }
}

impl Journal {
    /// Starts journalctl; what it complains of goes nowhere, its status tells enough.
    pub fn open(root: &Path, follow: bool, running: Running) -> io::Result<Self> {
        let program = find_program("journalctl").ok_or(io::ErrorKind::NotFound)?;
        match journal_of(root) {
            Some(true) => {}
            Some(false) => return Err(io::ErrorKind::PermissionDenied.into()),
            None => return Err(io::ErrorKind::NotFound.into()),
        }
        let (output, held, cursor) = (None, Held::default(), None);
        let mut journal = Self { program, root: root.to_owned(), follow, running, output, held, cursor };
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
            let count = self.held.give(buffer);
            if count > 0 {
                return Ok(count);
            }
            let Some(output) = &mut self.output else { return Ok(0) };
            let read = output.read(buffer)?;
            if read > 0 {
                let line = self.held.take(buffer.get(..read).unwrap_or_default());
                if let Some(cursor) = line.and_then(cursor) {
                    self.cursor = Some(cursor);
                }
                continue;
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
            self.held = Held::default();
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
    fn whole_lines_are_handed_on_and_the_last_one_has_the_cursor() {
        let mut held = Held::default();
        let mut step = |bytes: &[u8]| {
            let cursor = held.take(bytes).and_then(cursor);
            let (mut given, mut buffer) = (Vec::new(), [0; 7]);
            loop {
                match held.give(&mut buffer) {
                    0 => break (cursor, String::from_utf8(given).unwrap()),
                    count => given.extend_from_slice(&buffer[..count]),
                }
            }
        };
        let of = |cursor: Option<&str>, given: &str| (cursor.map(str::to_owned), given.to_owned());
        assert_eq!(step(b"{\"__CURS"), of(None, ""));
        assert_eq!(step(b"OR\" : \"s=1;i=2\",\"MESSAGE\":\"x\"}"), of(None, ""));
        let first = "{\"__CURSOR\" : \"s=1;i=2\",\"MESSAGE\":\"x\"}\n";
        assert_eq!(step(b"\n{\"MESSAGE\":\""), of(Some("s=1;i=2"), first));
        let second = "{\"MESSAGE\":\"y\",\"__CURSOR\":\"a\"}\n{\"__CURSOR\":\"b\"}\n";
        assert_eq!(step(b"y\",\"__CURSOR\":\"a\"}\n{\"__CURSOR\":\"b\"}\n{\"__CURSOR\":\"c\""), of(Some("b"), second));
        // A line without an end is not held for ever.
        let endless = vec![b'x'; LONGEST_LINE + 1];
        assert_eq!(step(&endless).1.len(), endless.len() + "{\"__CURSOR\":\"c\"".len());
    }
}
