//! A live log in which every form stands beside every other one, of two machines, rotated in the middle.

use std::{fmt::Write as _, fs::OpenOptions, io::Write as _, path::Path};

use jiff::{Timestamp, ToSpan as _, tz::TimeZone};

use crate::{
    judge::all_here,
    log::{Log, source},
    tmux::{Home, Launch},
};

/// The ways in which a denial is written down.
const FORMS: [fn(&Event) -> String; 8] =
    [raw, enriched, journal_json, journal_short, journal_cat, kmsg, dmesg, interpreted];

/// A numbered denial, met at a time of its own.
struct Event {
    number: usize,
    time: Timestamp,
    serial: usize,
}

impl Event {
    /// The machine: every form that names one tells of both.
    fn node(&self) -> &'static str {
        if self.number.is_multiple_of(2) { "web" } else { "db" }
    }

    fn id(&self) -> String {
        format!("{}.{:03}:{}", self.time.as_second(), self.time.subsec_millisecond(), self.serial)
    }

    fn shown(&self, format: &str) -> String {
        self.time.to_zoned(TimeZone::UTC).strftime(format).to_string()
    }

    fn pid(&self) -> usize {
        1000 + self.number
    }

    fn verdict(&self) -> String {
        format!(
            "avc:  denied  {{ read }} for  pid={pid} comm=\"worker\" name=\"file{number}\" dev=\"dm-0\" ino={pid} \
             scontext=system_u:system_r:{source}:s0 tcontext=system_u:object_r:var_log_t:s0 tclass=file permissive=0",
            pid = self.pid(),
            number = self.number,
            source = source(self.number),
        )
    }

    fn call(&self) -> String {
        let pid = self.pid();
        format!(
            "arch=c000003e syscall=257 success=no exit=-13 a0=ffffff9c a1=0 a2=0 a3=0 items=1 ppid=1 pid={pid} auid=4294967295 \
             uid=0 gid=0 euid=0 suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 tty=(none) ses=4294967295 comm=\"worker\" \
             exe=\"/usr/bin/worker\" subj=system_u:system_r:{source}:s0 key=(null)",
            source = source(self.number),
        )
    }
}

fn raw(event: &Event) -> String {
    let (id, verdict, call) = (event.id(), event.verdict(), event.call());
    format!(
        "type=AVC msg=audit({id}): {verdict}\ntype=SYSCALL msg=audit({id}): {call}\ntype=CWD msg=audit({id}): cwd=\"/var/log\"\n\
         type=PATH msg=audit({id}): item=0 name=\"file{number}\" inode={pid} dev=fd:00 nametype=NORMAL\n",
        number = event.number,
        pid = event.pid(),
    )
}

fn enriched(event: &Event) -> String {
    let (id, node, verdict, call) = (event.id(), event.node(), event.verdict(), event.call());
    format!(
        "node={node} type=AVC msg=audit({id}): {verdict}\nnode={node} type=SYSCALL msg=audit({id}): {call}\u{1d}ARCH=x86_64 \
         SYSCALL=openat AUID=\"unset\" UID=\"root\"\n"
    )
}

fn journal_json(event: &Event) -> String {
    let mut text = String::new();
    for (kind, name, body) in [(1400, "AVC", event.verdict()), (1300, "SYSCALL", event.call())] {
        let entry = serde_json::json!({
            "_TRANSPORT": "audit", "_AUDIT_TYPE": kind.to_string(), "_AUDIT_ID": event.serial.to_string(),
            "_SOURCE_REALTIME_TIMESTAMP": event.time.as_microsecond().to_string(), "_HOSTNAME": event.node(),
            "MESSAGE": format!("{name} {body}"),
        });
        writeln!(text, "{entry}").unwrap();
    }
    text
}

fn journal_short(event: &Event) -> String {
    let (time, node, pid) = (event.shown("%b %d %H:%M:%S"), event.node(), event.pid());
    format!(
        "{time} {node} audit[{pid}]: AVC {}\n{time} {node} audit[{pid}]: SYSCALL {}\n",
        event.verdict(),
        event.call()
    )
}

fn journal_cat(event: &Event) -> String {
    format!("AVC {}\n", event.verdict())
}

fn kmsg(event: &Event) -> String {
    format!("4,8{0:03},45{0:03}000,-;audit: type=1400 audit({1}): {2}\n", event.number, event.id(), event.verdict())
}

fn dmesg(event: &Event) -> String {
    format!("[ 45{:02}.000000] audit: type=1400 audit({}): {}\n", event.number, event.id(), event.verdict())
}

fn interpreted(event: &Event) -> String {
    let (date, serial) = (event.shown("%m/%d/%Y %H:%M:%S"), event.serial);
    let verdict = event.verdict().replace('"', "");
    format!("----\ntype=AVC msg=audit({date}.000:{serial}) : {verdict} \n")
}

/// The events of a round: as many as there are forms, twice, so that each form tells of both machines.
fn events(begin: Timestamp, round: usize) -> Vec<Event> {
    (0..FORMS.len() * 2)
        .map(|number| {
            let second = i64::try_from(round * 40 + number).unwrap();
            Event { number, time: begin + second.seconds(), serial: 1000 * (round + 1) + number }
        })
        .collect()
}

fn text(event: &Event) -> String {
    FORMS[event.number / 2](event)
}

/// Writes in pieces that end in the middle of lines: the reader may come at any moment.
fn write_in_pieces(path: &Path, text: &str) {
    let mut file = OpenOptions::new().append(true).open(path).unwrap();
    for piece in text.as_bytes().chunks(150) {
        file.write_all(piece).unwrap();
    }
}

#[test]
fn every_form_of_two_machines_across_a_rotation_nothing_missing_and_nothing_twice() {
    if !all_here(&["tmux"]) {
        return;
    }
    let home = Home::new();
    let log = Log::with(&home, 0);
    let other = home.path("journal.json");
    std::fs::write(&other, "").unwrap();
    let inputs = ["-i", log.path().to_str().unwrap(), "-i", other.to_str().unwrap(), "-m", "logger"];
    let mut seltui = Launch::seltui(&home, inputs).size(200, 60).with("TZ", "UTC").start();
    // What was rotated away before it was opened is not read.
    seltui.wait_until("both logs opened", |screen| screen.matches("live").count() == 2);
    // Now, so that the end of the log may be half an event for all that the reader knows.
    let begin = Timestamp::from_second(Timestamp::now().as_second() - 100).unwrap();
    let count = FORMS.len() * 2;
    let first = events(begin, 0);
    let (before, after) = first.split_at(count / 2 + 1);
    for event in before {
        write_in_pieces(log.path(), &text(event));
    }
    // auditd goes on writing to the renamed file for a moment.
    let old = log.rotate();
    for (place, event) in after.iter().enumerate() {
        write_in_pieces(if place < 2 { &old } else { log.path() }, &text(event));
    }
    // The journal of the machines tells of what the first file told, too.
    let told: String = first[..4].iter().map(journal_json).collect();
    write_in_pieces(&other, &told);
    let all = |screen: &str, times: &str| {
        (0..count).all(|number| row(screen, number).is_some_and(|row| row.contains(&format!(" {times} "))))
    };
    seltui.wait_until("every denial once", |screen| all(screen, "1"));
    for event in events(begin, 1) {
        write_in_pieces(log.path(), &text(&event));
    }
    seltui.wait_until("every denial twice, and the machines' column", |screen| {
        all(screen, "2") && ["web", "db"].iter().all(|node| screen.contains(&format!(" {node} ")))
    });
    // What was read is counted: no line was odd, no record damaged.
    seltui.press(&["o"]);
    seltui.wait_until("nothing odd", |screen| {
        ["0 lines are no records", "0 are damaged"].iter().all(|count| screen.contains(count))
    });
    // A filter shows one machine alone.
    seltui.press(&["q", "/"]);
    seltui.type_text("db");
    seltui.wait_until("the rows of db alone", |screen| row(screen, 2).is_none() && row(screen, 3).is_some());
}

/// The line of the list of denials that holds this number's type.
fn row(screen: &str, number: usize) -> Option<&str> {
    screen.lines().find(|line| line.contains(&format!(" {} ", source(number))) && line.contains('→'))
}
