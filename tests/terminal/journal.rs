//! The journal as a source: a journalctl that is killed goes on behind the last whole entry.

use std::{
    fs::{self, OpenOptions, Permissions},
    io::Write as _,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use crate::{
    judge::all_here,
    log::source,
    tmux::{Home, Launch, signal},
};

/// Stands for journalctl(1): prints the entries behind the cursor, each a line, and goes on as more come. There may be no journald
/// where the tests run; tests/vm asks the real one.
const JOURNALCTL: &str = r#"#!/bin/sh
entries=${0%/*}/entries
first=1
for argument; do
    case $argument in
    --after-cursor=*) first=$(($(grep -nF "\"__CURSOR\":\"${argument#*=}\"" "$entries" | cut -d: -f1) + 1)) ;;
    esac
done
echo "$$ $*" >>"$entries.asked"
exec tail -n "+$first" -s 0.05 -f "$entries"
"#;

/// A journal in the home of a test.
struct Journal {
    entries: PathBuf,
}

impl Journal {
    fn new(home: &Home) -> Self {
        let programs = home.path("programs");
        fs::create_dir_all(&programs).unwrap();
        fs::write(programs.join("journalctl"), JOURNALCTL).unwrap();
        fs::set_permissions(programs.join("journalctl"), Permissions::from_mode(0o755)).unwrap();
        let machine = home.path("root/var/log/journal/0123456789abcdef0123456789abcdef");
        fs::create_dir_all(&machine).unwrap();
        fs::write(machine.join("system.journal"), "").unwrap();
        let journal = Self { entries: programs.join("entries") };
        journal.append("");
        journal
    }

    fn path(&self) -> String {
        format!("{}:{}", self.entries.parent().unwrap().display(), std::env::var("PATH").unwrap())
    }

    fn append(&self, text: &str) {
        OpenOptions::new().append(true).create(true).open(&self.entries).unwrap().write_all(text.as_bytes()).unwrap();
    }

    /// How journalctl was started, each time: its process and its arguments.
    fn asked(&self) -> Vec<(u32, String)> {
        let asked = fs::read_to_string(format!("{}.asked", self.entries.display())).unwrap_or_default();
        let line = |line: &str| line.split_once(' ').map(|(pid, rest)| (pid.parse().unwrap(), rest.to_owned()));
        asked.lines().filter_map(line).collect()
    }

    /// Waits until the running journalctl has read all that is there.
    fn wait_until_read(&self) {
        let length = fs::metadata(&self.entries).unwrap().len();
        loop {
            let (pid, _) = self.asked().pop().unwrap();
            let position = |number: PathBuf| {
                let text = fs::read_to_string(number).ok()?;
                text.lines().find_map(|line| line.strip_prefix("pos:")?.trim().parse::<u64>().ok())
            };
            let open = fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten();
            let mut open = open.filter(|open| fs::read_link(open.path()).is_ok_and(|path| path == self.entries));
            let infos = |name: std::ffi::OsString| Path::new(&format!("/proc/{pid}/fdinfo")).join(name);
            if open.any(|open| position(infos(open.file_name())) == Some(length)) {
                return;
            }
            thread::sleep(Duration::from_millis(4));
        }
    }
}

/// A numbered denial as journalctl prints it.
fn entry(number: usize) -> String {
    let source = source(number);
    let entry = serde_json::json!({
        "__CURSOR": format!("s=1;i={number}"), "_TRANSPORT": "audit", "_AUDIT_TYPE": "1400", "_AUDIT_ID": (100 + number).to_string(),
        "_SOURCE_REALTIME_TIMESTAMP": format!("{}", 1_700_000_000_000_000_u64 + 1000 * number as u64),
        "MESSAGE": format!(
            "AVC avc:  denied  {{ read }} for  pid=1 comm=\"x\" name=\"y\" dev=\"dm-0\" ino={number} \
             scontext=system_u:system_r:{source}:s0 tcontext=system_u:object_r:var_log_t:s0 tclass=file permissive=0"
        ),
    });
    format!("{entry}\n")
}

#[test]
fn a_killed_journalctl_is_started_again_behind_the_last_whole_entry() {
    if !all_here(&["tmux"]) {
        return;
    }
    let home = Home::new();
    let journal = Journal::new(&home);
    journal.append(&[entry(0), entry(1)].concat());
    let root = home.path("root");
    // tmux gives a program the PATH of whoever asked for it, whatever else it is told.
    let path = format!("PATH={}", journal.path());
    let program =
        ["env", &path, env!("CARGO_BIN_EXE_seltui"), "--root", root.to_str().unwrap(), "-i", "journal", "-m", "logger"];
    let mut seltui = Launch::program(&home, program).size(160, 45).start();
    seltui.wait_for("the journal ● live");
    seltui.wait_for("0 of 2 decided");
    for round in 1..=2 {
        // It is killed in the middle of an entry.
        let text = entry(2 * round);
        let (half, rest) = text.split_at(100);
        journal.append(half);
        journal.wait_until_read();
        signal(journal.asked().pop().unwrap().0, "KILL");
        journal.append(&[rest, &entry(2 * round + 1)].concat());
        seltui.wait_for(&format!("0 of {} decided", 2 * round + 2));
        let asked = journal.asked();
        assert_eq!(asked.len(), round + 1, "{asked:?}");
        let cursor = format!("--after-cursor=s=1;i={}", 2 * round - 1);
        assert!(asked[round].1.split(' ').any(|argument| argument == cursor), "{cursor}: {asked:?}");
    }
    let screen = seltui.screen();
    for number in 0..6 {
        let row = screen.lines().find(|line| line.contains(&format!(" {} ", source(number))) && line.contains('→'));
        assert!(row.is_some_and(|row| row.contains(" 1 ")), "nothing comes twice: {number}\n{screen}");
    }
    seltui.press(&["o"]);
    seltui.wait_for("6 lines: 6 audit records with 6 AVC messages. 0 lines are no records");
}
