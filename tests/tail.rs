//! Logs that grow and are rotated while they are followed: every record is there once.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::disallowed_methods)] // a test may

use std::{
    fs::{self, File, OpenOptions},
    io::Write as _,
    os::fd::AsRawFd as _,
    path::{Path, PathBuf},
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    time::Duration,
};

use seltui::{
    audit::{AuditEvent, Selection},
    host::log::{Batch, Following, InputState, LogInput, LogNews, follow, follow_selected},
    session::ReadMark,
};
use tempfile::TempDir;

/// Far longer than anything here takes; a test that waits for so long has failed.
const PATIENCE: Duration = Duration::from_secs(20);

/// How often each way of rotating is gone through: `SELTUI_ROTATIONS` says otherwise for a long run.
fn rounds() -> u64 {
    std::env::var("SELTUI_ROTATIONS").ok().and_then(|text| text.parse().ok()).unwrap_or(20)
}

/// A record with a number by which it is known again.
fn record(number: u64) -> String {
    format!(
        "type=AVC msg=audit({}.000:{number}): avc:  denied  {{ read }} for  pid=1 comm=\"x\" ino={number} scontext=u:r:a_t:s0 \
         tcontext=u:o:b_t:s0 tclass=file permissive=0\n",
        1_600_000_000 + number
    )
}

/// A log in a folder of its own, the one who writes it, and the one who follows it.
struct Bench {
    _folder: TempDir,
    log: PathBuf,
    written: u64,
    news: Receiver<LogNews>,
    following: Option<Following>,
    seen: Vec<u64>,
}

impl Bench {
    fn new(first: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("audit.log");
        if !first.is_empty() {
            fs::write(&log, first).unwrap();
        }
        let (sender, news) = channel();
        let following = follow(vec![LogInput::File(log.clone())], move |news| sender.send(news).is_ok()).unwrap();
        Self { _folder: folder, log, written: 0, news, following: Some(following), seen: Vec::new() }
    }

    fn path(&self, ending: &str) -> PathBuf {
        PathBuf::from(format!("{}{ending}", self.log.display()))
    }

    /// Appends some records through a descriptor that is opened for it, as a daemon does after each rotation.
    fn write(&mut self, count: u64) {
        let file = OpenOptions::new().append(true).create(true).open(&self.log).unwrap();
        self.write_to(&file, count);
    }

    fn write_to(&mut self, mut file: &File, count: u64) {
        for _ in 0..count {
            let record = record(self.written);
            // A reader may come between the halves of a line.
            let (half, rest) = record.split_at(record.len() / 2);
            file.write_all(half.as_bytes()).unwrap();
            file.write_all(rest.as_bytes()).unwrap();
            self.written += 1;
        }
    }

    fn next(&self) -> LogNews {
        match self.news.recv_timeout(PATIENCE) {
            Ok(news) => news,
            Err(error) => panic!("{error}: saw {:?} of {} records", self.seen.len(), self.written),
        }
    }

    fn wait_for_state(&mut self, expected: &InputState) {
        loop {
            match self.next() {
                LogNews::State { state, .. } if state == *expected => return,
                news => self.take(news),
            }
        }
    }

    fn take(&mut self, news: LogNews) {
        if let LogNews::Events(Batch { events, .. }) = news {
            self.seen.extend(events.iter().flat_map(numbers));
        }
    }

    /// Waits for all that was written; each record must come once.
    fn wait(&mut self) {
        while (self.seen.len() as u64) < self.written {
            let news = self.next();
            self.take(news);
        }
        let mut seen = self.seen.clone();
        seen.sort_unstable();
        assert_eq!(seen, (0..self.written).collect::<Vec<_>>(), "in the order of arrival: {:?}", self.seen);
    }

    /// Waits for all that was written but so many.
    fn wait_all_but(&mut self, missing: u64) {
        while (self.seen.len() as u64) < self.written - missing {
            let news = self.next();
            self.take(news);
        }
    }

    /// Stops following; nothing may have come twice by then.
    fn end(mut self) {
        drop(self.following.take());
        while let Ok(news) = self.news.try_recv() {
            self.take(news);
        }
        self.wait();
    }
}

fn numbers(event: &AuditEvent) -> Vec<u64> {
    event.messages.iter().map(|message| message.inode.unwrap()).collect()
}

#[test]
fn rename_and_create() {
    let mut bench = Bench::new("");
    // What was rotated away before the program started is not read.
    bench.write(3);
    bench.wait();
    for round in 0..rounds() {
        bench.write(round % 5);
        // Every third time twice before anybody can have looked.
        for _ in 0..=u64::from(round % 3 == 0) {
            for (from, to) in [(".3", ".4"), (".2", ".3"), (".1", ".2"), ("", ".1")] {
                if bench.path(from).exists() {
                    fs::rename(bench.path(from), bench.path(to)).unwrap();
                }
            }
            bench.write(2);
        }
        bench.wait();
    }
    bench.end();
}

#[test]
fn a_writer_that_stays_on_the_renamed_file() {
    let mut bench = Bench::new("");
    bench.write(3);
    bench.wait();
    for _ in 0..rounds() {
        let old = OpenOptions::new().append(true).create(true).open(&bench.log).unwrap();
        bench.write_to(&old, 2);
        fs::rename(&bench.log, bench.path("-20260101")).unwrap();
        bench.write(2);
        bench.wait();
        bench.write_to(&old, 2);
        bench.wait();
    }
    bench.end();
}

#[test]
fn rename_and_compress() {
    let Some(gzip) = program("gzip") else { return };
    let mut bench = Bench::new("");
    bench.write(3);
    bench.wait();
    for round in 0..rounds() {
        let old = OpenOptions::new().append(true).create(true).open(&bench.log).unwrap();
        bench.write_to(&old, round % 4);
        fs::rename(&bench.log, bench.path(".1")).unwrap();
        bench.write_to(&old, 1);
        bench.write(1);
        // Compressed as soon as it has its new name: what is read of it is read through the open descriptor.
        if round % 2 == 0 {
            bench.wait();
        }
        drop(old);
        assert!(std::process::Command::new(&gzip).arg("-f").arg(bench.path(".1")).status().unwrap().success());
        bench.write(2);
        bench.wait();
    }
    bench.end();
}

/// A program that must be there where the tests count; elsewhere its absence is said.
fn program(name: &str) -> Option<PathBuf> {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&folders).map(|folder| folder.join(name)).find(|path| path.is_file());
    if found.is_none() {
        assert!(
            std::env::var_os("CI").is_none_or(|ci| ci != "true"),
            "{name} is missing: run tests/run, which installs it"
        );
        eprintln!("NOT JUDGED: {name} is missing");
    }
    found
}

#[test]
fn copy_and_truncate() {
    let mut bench = Bench::new("");
    for round in 0..rounds() {
        bench.write(3);
        // What is not read before the file is truncated stands in the copy.
        if round % 2 == 0 {
            bench.wait();
        }
        fs::copy(&bench.log, bench.path(".1")).unwrap();
        OpenOptions::new().write(true).open(&bench.log).unwrap().set_len(0).unwrap();
        // Sometimes more than was there before: the size alone does not tell.
        bench.write(1 + round % 7);
        bench.wait();
    }
    bench.end();
}

#[test]
fn delete_and_create() {
    let mut bench = Bench::new("");
    for round in 0..rounds() {
        bench.write(2);
        // The file must have been opened before it goes: what nobody holds open is gone.
        bench.wait();
        bench.write(round % 3);
        fs::remove_file(&bench.log).unwrap();
        bench.write(2);
        bench.wait();
    }
    bench.end();
}

#[test]
fn a_log_that_is_not_there_yet() {
    let mut bench = Bench::new("");
    bench.wait_for_state(&InputState::Missing);
    let input = LogInput::File(bench.log.clone());
    let remedy = InputState::Missing.remedy(&input).unwrap();
    assert!(remedy.starts_with(&bench.log.display().to_string()) && remedy.contains("-i"), "{remedy}");
    bench.write(3);
    bench.wait_for_state(&InputState::Live);
    bench.wait();
    fs::remove_file(&bench.log).unwrap();
    bench.wait_for_state(&InputState::Missing);
    bench.write(3);
    bench.wait_for_state(&InputState::Live);
    bench.wait();
    bench.end();
}

#[test]
fn a_line_is_held_until_its_end_comes() {
    let mut bench = Bench::new(record(0).trim_end());
    while !matches!(bench.next(), LogNews::CaughtUp { .. }) {}
    bench.written = 1;
    OpenOptions::new().append(true).open(&bench.log).unwrap().write_all(b"\n").unwrap();
    bench.wait();
    bench.end();
}

#[test]
fn what_cannot_be_read_does_not_stop_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("audit.log");
    fs::write(&log, record(0)).unwrap();
    let (sender, news) = channel();
    let inputs = vec![LogInput::File(folder.path().to_owned()), LogInput::File(log)];
    let following = follow(inputs, move |news| sender.send(news).is_ok()).unwrap();
    let (mut failed, mut events) = (false, 0);
    while !failed || events == 0 {
        match news.recv_timeout(PATIENCE).unwrap() {
            LogNews::State { input: 0, state: InputState::Failed(_) } => failed = true,
            LogNews::Events(batch) => {
                assert_eq!(batch.events[0].messages[0].place.input, 1);
                events += batch.events.len();
            }
            _ => {}
        }
    }
    drop(following);
    // The thread has ended, and with it the last sender.
    loop {
        match news.recv_timeout(PATIENCE) {
            Ok(_) => {}
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => panic!("the thread goes on"),
        }
    }
}

#[test]
fn a_stream_shows_its_last_event_while_it_is_open() {
    let (reader, mut writer) = std::io::pipe().unwrap();
    let path = PathBuf::from(format!("/proc/self/fd/{}", reader.as_raw_fd()));
    let (sender, news) = channel();
    let _following = follow(vec![LogInput::File(path)], move |news| sender.send(news).is_ok()).unwrap();
    let wait = |expected: u64| loop {
        if let LogNews::Events(batch) = news.recv_timeout(PATIENCE).unwrap() {
            assert_eq!(batch.events.iter().flat_map(numbers).collect::<Vec<_>>(), [expected]);
            break;
        }
    };
    for number in 0..3 {
        writer.write_all(record(number).as_bytes()).unwrap();
        wait(number);
    }
    writer.write_all(record(3).trim_end().as_bytes()).unwrap();
    drop((writer, reader));
    wait(3);
    let is_end = |news| matches!(news, LogNews::State { state: InputState::Ended, .. });
    while !is_end(news.recv_timeout(PATIENCE).unwrap()) {}
}

/// Reads what is there to its end, and holds on to the batches for as long as the closure says.
fn read_to_end(log: &Path, mut hold: impl FnMut(usize) -> bool) -> (u64, Option<ReadMark>, u64) {
    let (sender, news) = channel();
    let _following = follow(vec![LogInput::File(log.to_owned())], move |news| sender.send(news).is_ok()).unwrap();
    let (mut kept, mut events, mut mark, mut read) = (Vec::new(), 0, None, 0);
    loop {
        match news.recv_timeout(Duration::from_millis(500)) {
            Ok(LogNews::Events(batch)) => {
                events += batch.events.len() as u64;
                kept.push(batch);
                if !hold(kept.len()) {
                    kept.clear();
                }
            }
            Ok(LogNews::Progress(progress)) => {
                assert!(progress.read >= read && progress.total.unwrap() >= progress.read);
                read = progress.read;
                mark = progress.mark;
            }
            Ok(LogNews::CaughtUp { .. }) => return (events, mark, read),
            Ok(_) => {}
            // The reader waits: let go of what is held.
            Err(RecvTimeoutError::Timeout) => {
                assert!(kept.len() <= 8, "{} batches are under way", kept.len());
                kept.clear();
            }
            Err(error) => panic!("{error}"),
        }
    }
}

#[test]
fn a_large_log_does_not_pile_up() {
    const COUNT: u64 = 20_000;
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("audit.log");
    let text: String = (0..COUNT).map(record).collect();
    fs::write(&log, &text).unwrap();
    let mut most = 0;
    let (events, mark, read) = read_to_end(&log, |held| {
        most = most.max(held);
        true
    });
    assert_eq!((events, read), (COUNT, text.len() as u64));
    assert!(most <= 8, "{most} batches were under way");
    let mark = mark.unwrap();
    assert_eq!((mark.offset, mark.input.as_str()), (text.len() as u64, log.to_str().unwrap()));
}

/// A policy load with this number.
fn load(number: u64) -> String {
    format!("type=MAC_POLICY_LOAD msg=audit({}.000:{number}): auid=0 ses=1 lsm=selinux res=1\n", 1_600_000_000 + number)
}

#[test]
fn only_since_the_last_policy_load() {
    let folder = tempfile::tempdir().unwrap();
    let (old, log) = (folder.path().join("audit.log.1"), folder.path().join("audit.log"));
    fs::write(&old, [record(0), load(1), record(2)].concat()).unwrap();
    fs::write(&log, [record(3), load(4), record(5), record(6)].concat()).unwrap();
    let (reader, mut pipe) = std::io::pipe().unwrap();
    let piped = PathBuf::from(format!("/proc/self/fd/{}", reader.as_raw_fd()));
    // Its own last load is later than that of the files, which it knows too.
    pipe.write_all([record(1), record(7), load(8), record(9)].concat().as_bytes()).unwrap();
    let (sender, news) = channel();
    let inputs = vec![LogInput::Old(old), LogInput::File(log.clone()), LogInput::File(piped)];
    let selection = Selection { last_load: true, ..Selection::default() };
    let _following = follow_selected(inputs, &selection, move |news| sender.send(news).is_ok()).unwrap();
    let (mut seen, mut caught_up) = (Vec::new(), [false; 3]);
    let mut wait = |seen: &mut Vec<u64>, enough: &dyn Fn(&[u64], [bool; 3]) -> bool| {
        while !enough(seen, caught_up) {
            match news.recv_timeout(PATIENCE).unwrap() {
                LogNews::Events(batch) => seen.extend(batch.events.iter().flat_map(numbers)),
                LogNews::CaughtUp { input } => caught_up[input] = true,
                _ => {}
            }
        }
        seen.sort_unstable();
    };
    wait(&mut seen, &|_, caught_up| caught_up == [true; 3]);
    assert_eq!(seen, [5, 6, 9]);
    // What is loaded while a person looks on takes nothing away.
    let mut file = OpenOptions::new().append(true).open(&log).unwrap();
    file.write_all([record(10), load(11), record(12)].concat().as_bytes()).unwrap();
    pipe.write_all([record(13), load(14), record(15)].concat().as_bytes()).unwrap();
    wait(&mut seen, &|seen, _| seen.len() >= 7);
    assert_eq!(seen, [5, 6, 9, 10, 12, 13, 15]);
}

#[test]
fn the_other_half_of_a_line_may_come_long_after_the_rotation() {
    let mut bench = Bench::new("");
    bench.write(1);
    bench.wait();
    let old = OpenOptions::new().append(true).open(&bench.log).unwrap();
    let text = record(1);
    let (half, rest) = text.split_at(60);
    (&old).write_all(half.as_bytes()).unwrap();
    for ending in [".1", ".2"] {
        // Many looks at the new file, and a second rotation.
        if bench.path(".1").exists() {
            fs::rename(bench.path(".1"), bench.path(ending)).unwrap();
        }
        fs::rename(&bench.log, bench.path(".1")).unwrap();
        bench.written += u64::from(bench.written == 1);
        for _ in 0..100 {
            bench.write(1);
            bench.wait_all_but(1);
        }
    }
    (&old).write_all(rest.as_bytes()).unwrap();
    bench.wait();
    bench.end();
}
