//! Logs that grow while the program reads them.

use std::{
    fs::{self, OpenOptions},
    io::Write as _,
    path::{Path, PathBuf},
};

use crate::tmux::{Home, Launch};

/// A log file in the home of a test.
pub struct Log {
    path: PathBuf,
}

impl Log {
    /// A log that holds this many denials, numbered from 0.
    pub fn with(home: &Home, denials: usize) -> Self {
        let log = Self { path: home.path("audit.log") };
        fs::write(&log.path, (0..denials).map(denial).collect::<String>()).unwrap();
        log
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What starts the program on this log, with the module `logger`.
    pub fn seltui<'a>(&self, home: &'a Home) -> Launch<'a> {
        Launch::seltui(home, ["-i", self.path.to_str().unwrap(), "-m", "logger"])
    }

    /// Writes behind what is there, as auditd does.
    pub fn append(&self, text: &str) {
        OpenOptions::new().append(true).open(&self.path).unwrap().write_all(text.as_bytes()).unwrap();
    }

    /// Gives the log its next name and begins a new one, as auditd does; the old one's new name.
    pub fn rotate(&self) -> PathBuf {
        let old = self.path.with_extension("log.1");
        fs::rename(&self.path, &old).unwrap();
        fs::write(&self.path, "").unwrap();
        old
    }

    /// Empties the log and writes anew, as logrotate's copytruncate does.
    pub fn truncate(&self, text: &str) {
        fs::write(&self.path, text).unwrap();
    }
}

/// A denial that differs from every other number's by its source type; with its SYSCALL record.
pub fn denial(number: usize) -> String {
    again(number, number)
}

/// The same denial, met once more at another time.
pub fn again(number: usize, time: usize) -> String {
    let id = format!("msg=audit({}.{:03}:{})", 1_700_000_000 + time / 1000, time % 1000, 100 + time);
    format!(
        "type=AVC {id}: avc:  denied  {{ read }} for  pid={pid} comm=\"worker{number}\" name=\"file{number}\" dev=\"dm-0\" \
         ino={pid} scontext=system_u:system_r:{source}:s0 tcontext=system_u:object_r:var_log_t:s0 tclass=file \
         permissive=0\ntype=SYSCALL {id}: arch=c000003e syscall=257 success=no exit=-13 a0=ffffff9c a1=0 a2=0 a3=0 items=0 \
         ppid=1 pid={pid} auid=4294967295 uid=0 gid=0 euid=0 suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 tty=(none) \
         ses=4294967295 comm=\"worker{number}\" exe=\"/usr/bin/worker\" subj=system_u:system_r:{source}:s0 key=(null)\n",
        pid = 1000 + number,
        source = source(number),
    )
}

/// The source type of a numbered denial.
pub fn source(number: usize) -> String {
    format!("worker{number}_t")
}
