//! The journal on a real disk: killed, torn, full, shared.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::disallowed_methods)]

use std::{
    fs,
    io::{BufRead as _, BufReader},
    os::unix::fs::{MetadataExt as _, symlink},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use seltui::{
    host::{
        directories::Directories,
        journal::{self, Flaw, JournalFile, Opened, read_records},
    },
    module::Remark,
    selinux::{AccessVector, Identifier},
    session::{DecidedAccess, JournalRecord, Session, Step, Verdict},
};
use tempfile::TempDir;

/// Names the journal for the part of a test that runs in a process of its own.
const CHILD: &str = "SELTUI_TEST_JOURNAL";

fn module() -> Identifier {
    Identifier::new("logger").unwrap()
}

fn decision(number: usize, path_length: usize) -> JournalRecord {
    let access = DecidedAccess {
        vector: AccessVector {
            source: "container_t".into(),
            target: format!("number{number}_t").as_str().into(),
            class: "file".into(),
            permissions: ["read", "open"].into_iter().collect(),
        },
        remark: Remark { count: 3, comm: Some("flb".into()), path: Some("/".repeat(path_length)) },
        roles: ["system_r".into()].into(),
    };
    JournalRecord::Decide(Step::new(Verdict::Allow, vec![access]))
}

fn number(record: &JournalRecord) -> Option<usize> {
    let JournalRecord::Decide(step) = record else { return None };
    step.accesses[0].vector.target.as_str().strip_prefix("number")?.strip_suffix("_t")?.parse().ok()
}

fn open(path: &Path) -> Opened {
    JournalFile::open(path).unwrap_or_else(|error| panic!("{error:#}"))
}

/// A journal with `Begin` and this many decisions.
fn journal_of(decisions: usize) -> (TempDir, PathBuf) {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("node1/logger/journal");
    let mut writer = open(&path).writer.unwrap();
    writer.begin("node1", &module()).unwrap();
    for number in 0..decisions {
        writer.append(&decision(number, 20)).unwrap();
    }
    (place, path)
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// This test program again, with one test in it, told by `CHILD` where the journal is.
fn again(test: &str, before: &str, journal: &Path) -> Command {
    let mut command = Command::new("sh");
    let script = format!("{before} exec \"$0\" \"$@\"");
    command.args(["-c", &script]).arg(std::env::current_exe().unwrap());
    command.args(["--exact", test, "--nocapture", "--test-threads=1"]).env(CHILD, journal);
    command
}

#[test]
fn a_session_comes_back_as_it_was_left() {
    let (place, path) = journal_of(3);
    let mut opened = open(&path);
    assert!(opened.damage.is_none());
    let mut writer = opened.writer.take().unwrap();
    writer.append(&JournalRecord::Undo).unwrap();
    drop(writer);
    let records = open(&path).records;
    assert!(matches!(&records[0], JournalRecord::Begin { format: 1, node, at, .. } if node == "node1" && *at > 0));
    assert_eq!(records.iter().filter_map(number).collect::<Vec<_>>(), [0, 1, 2]);
    let mut session = Session::new(module());
    for record in &records {
        session.apply(record).unwrap();
    }
    assert_eq!(session.policy_module().rules.len(), 2);
    assert_eq!(read_records(&path).unwrap(), (records, None));
    for (path, mode) in [("node1", 0o700), ("node1/logger", 0o700), ("node1/logger/journal", 0o600)] {
        assert_eq!(fs::metadata(place.path().join(path)).unwrap().mode() & 0o777, mode, "{path}");
    }
    assert_eq!(names(path.parent().unwrap()), ["journal", "journal.lock"]);
}

#[test]
fn a_session_begins_with_its_name() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("logger/journal");
    let mut writer = open(&path).writer.unwrap();
    let error = format!("{:#}", writer.append(&JournalRecord::Undo).unwrap_err());
    assert!(error.ends_with("the record was not written: a journal begins with the name of its session"), "{error}");
    drop(writer);
    assert_eq!(open(&path).records, []);
}

#[test]
fn a_line_torn_at_any_byte_costs_that_line_and_is_kept_aside() {
    let (_place, path) = journal_of(2);
    let whole = fs::read(&path).unwrap();
    let intact = whole[..whole.len() - 1].iter().rposition(|byte| *byte == b'\n').unwrap() + 1;
    for end in intact + 1..whole.len() {
        fs::write(&path, &whole[..end]).unwrap();
        let (records, read_damage) = read_records(&path).unwrap();
        assert_eq!(fs::read(&path).unwrap().len(), end, "reading changes nothing");
        let mut opened = open(&path);
        assert_eq!(opened.records, records);
        assert_eq!(opened.records.iter().filter_map(number).collect::<Vec<_>>(), [0]);
        let damage = opened.damage.take().unwrap();
        let moved = damage.moved_to.clone().unwrap();
        assert_eq!(journal::Damage { moved_to: None, ..damage.clone() }, read_damage.unwrap());
        assert_eq!((damage.flaw, damage.line, damage.offset, damage.lost_lines), (Flaw::Torn, 3, intact, 1));
        assert_eq!(fs::read(&moved).unwrap(), &whole[intact..end]);
        assert_eq!(fs::metadata(&moved).unwrap().mode() & 0o777, 0o600);
        assert_eq!(fs::read(&path).unwrap(), &whole[..intact]);
        // What is decided next follows the intact lines.
        opened.writer.as_mut().unwrap().append(&decision(7, 20)).unwrap();
        drop(opened);
        let opened = open(&path);
        assert_eq!(opened.damage, None);
        assert_eq!(opened.records.iter().filter_map(number).collect::<Vec<_>>(), [0, 7]);
        fs::remove_file(moved).unwrap();
    }
}

#[test]
fn damage_in_the_middle_is_told_exactly_and_nothing_is_deleted() {
    let (_place, path) = journal_of(5);
    let whole = fs::read(&path).unwrap();
    let ends: Vec<_> = (0..whole.len()).filter(|place| whole[*place] == b'\n').collect();
    let mut damaged = whole.clone();
    // In the third line, "number1_t" becomes "number9_t".
    let place = ends[1] + whole[ends[1]..].windows(7).position(|word| word == b"number1").unwrap() + 6;
    damaged[place] = b'9';
    fs::write(&path, &damaged).unwrap();
    let opened = open(&path);
    assert_eq!(opened.records.iter().filter_map(number).collect::<Vec<_>>(), [0]);
    let damage = opened.damage.unwrap();
    let moved = damage.moved_to.clone().unwrap();
    let lost = whole.len() - ends[1] - 1;
    assert_eq!(
        damage.to_string(),
        format!(
            "{}: line 3: the checksum does not match (the line was changed, or one before it is missing); \
             the 2 lines before it stand, 4 lines from it on ({lost} bytes) do not count and went to {}",
            path.display(),
            moved.display()
        )
    );
    assert_eq!([fs::read(&path).unwrap(), fs::read(&moved).unwrap()].concat(), damaged);
}

#[test]
fn what_is_no_journal_is_not_taken_for_one() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("logger.te");
    fs::write(&file, "policy_module(logger, 1.0)\n").unwrap();
    let error = format!("{:#}", read_records(&file).unwrap_err());
    assert!(error.contains("logger.te: line 1: this is no line of a journal"), "{error}");
    let error = format!("{:#}", read_records(&place.path().join("nothing")).unwrap_err());
    assert!(error.contains("nothing: No such file"), "{error}");
    let (_place, path) = journal_of(0);
    let json = r#"{"record":"begin","format":2}"#;
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&[0; 4]);
    hasher.update(json.as_bytes());
    let newer = format!("{:08x} {json}\n", hasher.finalize());
    fs::write(&path, &newer).unwrap();
    for error in [read_records(&path).unwrap_err(), JournalFile::open(&path).unwrap_err()] {
        let error = format!("{error:#}");
        assert!(error.contains("journal: line 1: the journal has form 2, this program reads form 1"), "{error}");
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), newer, "what a newer program wrote is left alone");
}

#[test]
fn a_link_in_the_journals_place_is_not_followed() {
    let (place, path) = journal_of(1);
    let elsewhere = place.path().join("elsewhere");
    for name in ["journal", "journal.lock"] {
        let link = path.with_file_name(name);
        fs::rename(&link, &elsewhere).unwrap();
        symlink(&elsewhere, &link).unwrap();
        let error = format!("{:#}", JournalFile::open(&path).unwrap_err());
        assert!(error.contains("is a symbolic link"), "{error}");
        fs::remove_file(&link).unwrap();
        fs::rename(&elsewhere, &link).unwrap();
    }
    assert_eq!(open(&path).records.len(), 2);
}

#[test]
fn the_second_program_may_only_look() {
    let (_place, path) = journal_of(1);
    let mut first = open(&path).writer.unwrap();
    let second = open(&path);
    assert!(second.writer.is_none());
    assert_eq!(second.held_by, Some(std::process::id()));
    assert_eq!(second.records.len(), 2);
    // A line that the first one has not finished yet is no business of the second.
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() - 3]).unwrap();
    let second = open(&path);
    assert_eq!((second.records.len(), second.damage.unwrap().moved_to), (1, None));
    assert_eq!(fs::read(&path).unwrap().len(), whole.len() - 3);
    fs::write(&path, &whole).unwrap();
    first.append(&decision(1, 20)).unwrap();
    drop(first);
    let third = open(&path);
    assert_eq!((third.writer.is_some(), third.held_by, third.records.len()), (true, None, 3));
}

#[test]
fn beginning_anew_keeps_every_old_session() {
    let (_place, path) = journal_of(2);
    let mut writer = open(&path).writer.unwrap();
    let mut kept = Vec::new();
    for round in 0..3 {
        let old = writer.begin_anew().unwrap().unwrap();
        let (records, damage) = read_records(&old).unwrap();
        assert_eq!(
            (records.iter().filter_map(number).collect::<Vec<_>>(), damage),
            (vec![round * 10, round * 10 + 1], None)
        );
        kept.push(old);
        assert_eq!(writer.begin_anew().unwrap(), None, "an empty one need not be kept");
        writer.begin("node1", &module()).unwrap();
        writer.append(&decision(round * 10 + 10, 20)).unwrap();
        writer.append(&decision(round * 10 + 11, 20)).unwrap();
    }
    kept.dedup();
    assert_eq!(kept.len(), 3);
    assert!(open(&path).writer.is_none(), "the lock is the session's, not the file's");
    drop(writer);
    assert_eq!(open(&path).records.iter().filter_map(number).collect::<Vec<_>>(), [30, 31]);
}

#[test]
fn a_journal_that_was_taken_away_is_not_written_to() {
    let (place, path) = journal_of(1);
    let mut writer = open(&path).writer.unwrap();
    let away = place.path().join("away");
    let refused = |writer: &mut JournalFile, why: &str| {
        let error = format!("{:#}", writer.append(&decision(1, 20)).unwrap_err());
        assert!(error.contains("the record was not written") && error.contains(why), "{error}");
    };
    fs::rename(&path, &away).unwrap();
    refused(&mut writer, "it was moved away");
    fs::write(&path, "").unwrap();
    refused(&mut writer, "another file was put in its place");
    fs::rename(&away, &path).unwrap();
    let whole = fs::read(&path).unwrap();
    fs::write(&path, [whole.as_slice(), b"more"].concat()).unwrap();
    refused(&mut writer, "another program has changed it");
    fs::write(&path, &whole).unwrap();
    writer.append(&decision(1, 20)).unwrap();
    drop(writer);
    assert_eq!(open(&path).records.len(), 3);
}

#[test]
fn sessions_are_listed_newest_first() {
    let place = tempfile::tempdir().unwrap();
    let directories = Directories { config: place.path().join("config"), state: place.path().join("state") };
    assert_eq!(journal::list(&directories.sessions()).unwrap(), []);
    for (node, module, age) in [("n1", "logger", 30), ("n1", "httpd", 10), ("../x", "logger", 20)] {
        let module = Identifier::new(module).unwrap();
        let path = directories.journal(node, &module).unwrap();
        open(&path).writer.unwrap().begin(node, &module).unwrap();
        let then = std::time::SystemTime::now() - Duration::from_secs(age);
        fs::File::options().append(true).open(&path).unwrap().set_modified(then).unwrap();
    }
    // Opened, never begun.
    drop(open(&directories.journal("n2", &module()).unwrap()));
    let found = journal::list(&directories.sessions()).unwrap();
    let names: Vec<_> = found.iter().map(|session| (session.node.as_str(), session.module.as_str())).collect();
    assert_eq!(names, [("n1", "httpd"), ("%2E.%2Fx", "logger"), ("n1", "logger")]);
    assert_eq!(read_records(&found[1].journal).unwrap().0.len(), 1);
}

/// Runs in a process of its own, for the test after it; without a journal named it has nothing to do.
#[test]
fn child_finds_the_users_folders() {
    if std::env::var_os(CHILD).is_some() {
        let directories = Directories::of_user().unwrap();
        println!("FOUND {} {}", directories.config.display(), directories.state.display());
    }
}

#[test]
fn the_users_folders_follow_the_environment() {
    for (environment, expected) in [
        ("HOME=/home/jo", "/home/jo/.config/seltui /home/jo/.local/state/seltui"),
        ("HOME=/home/jo XDG_STATE_HOME=/s XDG_CONFIG_HOME=/c", "/c/seltui /s/seltui"),
        ("HOME=/home/jo XDG_STATE_HOME=s XDG_CONFIG_HOME=c", "/home/jo/.config/seltui /home/jo/.local/state/seltui"),
    ] {
        let before = format!("unset XDG_STATE_HOME XDG_CONFIG_HOME; export {environment};");
        let output = again("child_finds_the_users_folders", &before, Path::new("/")).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.contains(&format!("FOUND {expected}\n")), "{environment}: {text}");
    }
}

/// Runs in a process of its own, for the test after it: decides 200 times, and says so each time when it is written.
#[test]
fn child_decides_until_it_is_killed() {
    let Some(path) = std::env::var_os(CHILD) else { return };
    let mut writer = open(Path::new(&path)).writer.unwrap();
    writer.begin("node1", &module()).unwrap();
    println!("\nBEGUN");
    for number in 0..200 {
        // Lines of very different lengths, so that some lie across pages.
        writer.append(&decision(number, number * number % 9_000)).unwrap();
        println!("DECIDED {number}");
    }
}

#[test]
fn no_confirmed_decision_is_lost_when_the_program_is_killed_a_hundred_times() {
    let seed = std::env::var("SELTUI_TEST_SEED").ok().and_then(|seed| seed.parse().ok());
    let mut random: u64 = seed.unwrap_or_else(|| u64::from(std::process::id()));
    eprintln!("SELTUI_TEST_SEED={random}");
    let (mut cut_short, mut torn) = (0, 0);
    for round in 0..100 {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("journal");
        let mut child = again("child_decides_until_it_is_killed", "", &path).stdout(Stdio::piped()).spawn().unwrap();
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        // After so many decisions, and then somewhere in the next ones.
        let (decisions, wait) = ((random >> 33) % 190, (random >> 20) % 3_000);
        let confirmed = kill_after(&mut child, decisions, Duration::from_micros(wait));
        let mut opened = open(&path);
        let kept: Vec<_> = opened.records.iter().filter_map(number).collect();
        let said: Vec<_> = (0..confirmed).collect();
        assert!(
            kept.starts_with(&said),
            "round {round}: {confirmed} decisions were confirmed, {} are there",
            kept.len()
        );
        assert!(kept.len() <= confirmed + 1, "round {round}: {confirmed} were confirmed, {} are there", kept.len());
        cut_short += usize::from(confirmed < 200);
        torn += usize::from(opened.damage.is_some());
        let writer = opened.writer.as_mut().unwrap();
        if opened.records.is_empty() {
            writer.begin("node1", &module()).unwrap();
        } else {
            writer.append(&JournalRecord::Undo).unwrap();
        }
        let expected = opened.records.len() + 1;
        drop(opened);
        assert_eq!(open(&path).records.len(), expected, "round {round}: the session goes on");
    }
    eprintln!("killed 100 times, {cut_short} of them before the last decision; {torn} lines were torn");
    assert!(cut_short > 50, "the kills came too late to show anything");
}

/// Kills the child some time after it said that many decisions; how many it said in all.
fn kill_after(child: &mut Child, decisions: u64, wait: Duration) -> usize {
    let mut said = 0;
    let mut lines = BufReader::new(child.stdout.take().unwrap()).split(b'\n');
    while said < decisions {
        let Some(line) = lines.next() else { break };
        said += u64::from(line.unwrap().starts_with(b"DECIDED "));
    }
    std::thread::sleep(wait);
    child.kill().unwrap();
    child.wait().unwrap();
    // A line that the kill cut in two was not said to anybody.
    let mut rest = Vec::new();
    for line in lines {
        rest.push(line.unwrap());
    }
    usize::try_from(said).unwrap() + rest.iter().filter(|line| line.starts_with(b"DECIDED ")).count()
}

/// Runs in a process of its own, for the test after it: its files may not grow over 4 KiB.
#[test]
fn child_fills_its_disk() {
    let Some(path) = std::env::var_os(CHILD) else { return };
    let path = Path::new(&path);
    let mut writer = open(path).writer.unwrap();
    writer.begin("node1", &module()).unwrap();
    let mut written = 0;
    let error = loop {
        match writer.append(&decision(written, 200)) {
            Ok(()) => written += 1,
            Err(error) => break error,
        }
        assert!(written < 100, "the limit does not hold");
    };
    // The limit lets a part of the line through.
    let good = fs::read(path).unwrap();
    assert_eq!(good.last(), Some(&b'\n'), "the part that was written is taken back");
    println!("\nFAILED {error:#}");
    assert!(writer.append(&decision(written, 200)).is_err(), "there is still no room");
    writer.append(&JournalRecord::Undo).expect("a shorter record has room");
    println!("WRITTEN {written}");
}

#[test]
fn a_full_disk_leaves_no_half_line() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("journal");
    // A file that may not grow: write(2) takes a part of the line, then fails with EFBIG, as it does with ENOSPC.
    let output = again("child_fills_its_disk", "trap '' XFSZ; ulimit -f 8;", &path).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
    let failed = text.lines().find_map(|line| line.strip_prefix("FAILED ")).unwrap();
    assert!(failed.ends_with("/journal: the record was not written: File too large (os error 27)"), "{failed}");
    let written: usize = text.lines().find_map(|line| line.strip_prefix("WRITTEN ")).unwrap().parse().unwrap();
    let opened = open(&path);
    assert_eq!(opened.damage, None);
    assert_eq!(opened.records.iter().filter_map(number).collect::<Vec<_>>(), (0..written).collect::<Vec<_>>());
    assert_eq!(opened.records.last(), Some(&JournalRecord::Undo));
}
