//! Records that belong together, and what stands between them.

use proptest::prelude::*;

use super::*;

const AVC: &str =
    "avc:  denied  { read } for  pid=4 name=\"x\" ino=7 scontext=a:b:c tcontext=a:b:d tclass=file permissive=0";

#[test]
fn companions_tell_path_program_and_command_line() {
    let event = |records: &[&str], avc: &str| {
        let lines: Vec<String> = records.iter().map(|record| record.replacen(' ', " msg=audit(1.0:3): ", 1)).collect();
        format!("type=AVC msg=audit(1.0:3): {avc}\n{}", lines.join("\n"))
    };
    let path = |records: &[&str], avc: &str| {
        let (events, ..) = read(event(records, avc).as_bytes());
        events[0].messages[0].path.as_ref().map(Untrusted::printable)
    };
    let cwd = "type=CWD cwd=\"/srv\"";
    let dir = "avc:  denied  { add_name } for  name=\"x\" ino=9 scontext=a:b:c tcontext=a:b:d tclass=dir permissive=0";
    for (records, avc, expected) in [
        // By inode number, by name, and with the working directory.
        (
            vec![
                cwd,
                "type=PATH item=0 name=\"l/\" inode=1 nametype=PARENT",
                "type=PATH item=1 name=\"l/x\" inode=7 nametype=NORMAL",
            ],
            AVC,
            Some("/srv/l/x"),
        ),
        (vec![cwd, "type=PATH item=0 name=\"/l/x\" inode=7 nametype=NORMAL"], AVC, Some("/l/x")),
        (vec![cwd, "type=PATH item=0 name=2F6C2061 inode=7 nametype=NORMAL"], AVC, Some("/l a")),
        (vec!["type=PATH item=0 name=\"l/x\" inode=7 nametype=NORMAL"], AVC, None),
        (vec![cwd, "type=PATH item=0 name=(null) inode=7 nametype=NORMAL"], AVC, None),
        // Another inode: the name is not enough.
        (vec![cwd, "type=PATH item=0 name=\"/l/x\" inode=8 nametype=NORMAL"], AVC, None),
        (vec![cwd, "type=PATH item=0 name=\"/l/x\" nametype=CREATE"], AVC, Some("/l/x")),
        // openat(2) with a folder of its own.
        (
            vec![
                cwd,
                "type=SYSCALL arch=c000003e syscall=257 a0=5",
                "type=PATH item=0 name=\"l/x\" inode=7 nametype=NORMAL",
            ],
            AVC,
            None,
        ),
        (
            vec![
                cwd,
                "type=SYSCALL arch=c000003e syscall=257 a0=ffffff9c",
                "type=PATH item=0 name=\"l/x\" inode=7 nametype=NORMAL",
            ],
            AVC,
            Some("/srv/l/x"),
        ),
        // What is denied is the folder, though the name is that of the entry.
        (
            vec![
                cwd,
                "type=PATH item=0 name=\"l/\" inode=1 nametype=PARENT",
                "type=PATH item=1 name=\"l/x\" nametype=CREATE",
            ],
            dir,
            Some("/srv/l"),
        ),
        (vec!["type=AVC_PATH path=\"/usr/lib/libGL.so\""], AVC, Some("/usr/lib/libGL.so")),
    ] {
        assert_eq!(path(&records, avc).as_deref(), expected, "{records:?}");
    }
    let rest = |records: &[&str]| {
        let (events, ..) = read(
            event(records, "avc:  denied  { name_connect } for  scontext=a:b:c tcontext=a:b:d tclass=tcp_socket")
                .as_bytes(),
        );
        show(&events[0].id, &events[0].messages[0]).split_once("class=tcp_socket").unwrap().1.to_owned()
    };
    for (records, expected) in [
        (
            vec!["type=SYSCALL arch=c000003e pid=4 comm=\"x\" exe=\"/bin/x\" key=(null)\u{1d}ARCH=x86_64 pid=5"],
            " pid=4 comm=x exe=/bin/x",
        ),
        (vec!["type=PROCTITLE proctitle=2F62696E2F78002D7600"], " cmdline=/bin/x|-v"),
        (vec!["type=PROCTITLE proctitle=\"x\""], " cmdline=x"),
        (vec!["type=EXECVE argc=3 a0=\"x\" a1_len=4 a1[0]=6120 a1[1]=6263 a2=6120"], " cmdline=x|a bc|a "),
        (vec!["type=EXECVE argc=1 a99999999999=\"x\""], ""),
        (vec!["type=PROCTITLE proctitle=\"x\"", "type=EXECVE argc=2 a0=\"x\" a1=\"y\""], " cmdline=x|y"),
        (vec!["type=PROCTITLE proctitle=\"sh\"", "type=EXECVE argc=2 a0=\"x\" a1=\"y\""], " cmdline=sh"),
        (vec!["type=SOCKADDR saddr=020001BB7F0000010000000000000000"], " port=443 +daddr=127.0.0.1"),
        (
            vec!["type=SOCKADDR saddr=0A0001BB0000000020010DB800000000000000000000000100000000"],
            " port=443 +daddr=2001:db8::1",
        ),
        (vec!["type=SOCKADDR saddr={ saddr_fam=inet laddr=10.0.0.1 lport=443 }"], " port=443 +daddr=10.0.0.1"),
        (vec!["type=SOCKADDR saddr={ saddr_fam=local path=/run/x }"], " path=/run/x"),
        (vec!["type=SOCKADDR saddr=01002F72756E2F7800FFFF\u{1d}SADDR={ saddr_fam=local path=/run/x }"], " path=/run/x"),
        (vec!["type=SOCKADDR saddr=100000000000000000000000"], ""),
        (vec!["type=SOCKADDR saddr=0A0001BB00"], " port=443"),
        (vec!["type=SOCKADDR saddr=02"], ""),
    ] {
        assert_eq!(rest(&records), expected, "{records:?}");
    }
}

fn record(kind: &str, stamp: u64, serial: u64) -> String {
    let body = if kind == "AVC" { AVC } else { "pid=4 exe=\"/bin/x\"" };
    format!("type={kind} msg=audit({stamp}.000:{serial}): {body}")
}

#[test]
fn records_that_can_be_read_again_are_not_held() {
    let mut assembler = assembler();
    let text = record("AVC", 100, 1);
    let glued = format!("{text} {}", record("SYSCALL", 100, 1));
    assembler.push_from(Place { input: 0, line: 1 }, Some((3, 40)), glued.as_bytes(), Ending::Whole);
    assembler.flush();
    let records = assembler.take_events().remove(0).records;
    let spot = |offset: usize, text: &str| {
        let (length, offset) = (u32::try_from(text.len()).unwrap(), offset as u64);
        RawText::At(Spot { segment: 3, length, offset, crc: crc32fast::hash(text.as_bytes()) })
    };
    let second = record("SYSCALL", 100, 1);
    assert_eq!(records[0].text, spot(40, &text));
    assert_eq!(records[1].text, spot(40 + text.len() + 1, &second));
}

#[test]
fn records_find_their_event_in_any_order() {
    let lines = [
        record("SYSCALL", 100, 1),
        record("AVC", 100, 2),
        record("AVC", 100, 1),
        record("SYSCALL", 100, 2),
        record("AVC", 100, 1),
        format!("node=n {}", record("AVC", 100, 1)),
    ];
    let (events, ..) = read(lines.join("\n").as_bytes());
    let told: Vec<_> =
        events.iter().map(|e| (e.id.serial, e.id.node.is_some(), e.messages.len(), e.records.len())).collect();
    assert_eq!(told, [(Some(1), false, 2, 3), (Some(2), false, 1, 2), (Some(1), true, 1, 1)]);
    assert!(events[..2].iter().all(|event| event.messages.iter().all(|message| message.exe.is_some())));
}

#[test]
fn an_event_is_complete_when_the_log_has_moved_on() {
    let mut assembler = assembler();
    let mut ready = |line: &str| {
        push(&mut assembler, line.as_bytes());
        assembler.take_events().iter().map(|event| event.id.serial.unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(ready(&record("AVC", 100, 1)), [0; 0]);
    assert_eq!(ready(&record("SYSCALL", 101, 2)), [0; 0]);
    assert_eq!(ready(&format!("node=n {}", record("SYSCALL", 300, 2))), [0; 0]);
    assert_eq!(ready(&record("SYSCALL", 102, 3)), [1]);
    // Too late: the companion is dropped, the AVC is not.
    assert_eq!(ready(&record("SYSCALL", 100, 1)), [0; 0]);
    assert_eq!(ready(&record("AVC", 100, 1)), [0; 0]);
    assert_eq!(ready(&record("EOE", 100, 1)), [1]);
    assert_eq!(ready(&record("AVC", 50, 9)), [0; 0]);
    assert_eq!(ready("type=EOE msg=audit(50.000:9): "), [9]);
    // A clock that ran ahead does not hold up the others.
    assert_eq!(ready(&record("AVC", 4_000_000_000, 1)), [0; 0]);
    assert_eq!(ready(&record("AVC", 103, 5)), [0; 0]);
    assert_eq!(ready(&record("SYSCALL", 110, 6)), [5]);
}

#[test]
fn a_tail_that_falls_silent_settles() {
    let mut assembler = assembler();
    push(&mut assembler, record("AVC", 100, 1).as_bytes());
    assembler.settle(Stamp(0));
    assert_eq!(assembler.ready(), 0);
    push(&mut assembler, record("SYSCALL", 100, 1).as_bytes());
    assembler.settle(Stamp(0));
    assert_eq!(assembler.ready(), 0);
    assembler.settle(Stamp(0));
    assert_eq!(assembler.take_events()[0].records.len(), 2);
    assert!(assembler.is_idle());
}

#[test]
fn hostile_amounts_are_bounded() {
    let mut assembler = assembler();
    for serial in 0..10_000 {
        push(&mut assembler, record("AVC", 100, serial).as_bytes());
    }
    assert!(assembler.ready() > 8_900, "{} held back", 10_000 - assembler.ready());
    for _ in 0..10_000 {
        push(&mut assembler, record("AVC", 100, 77).as_bytes());
        push(&mut assembler, b"no record");
    }
    assembler.flush();
    let messages: usize = assembler.take_events().iter().map(|event| event.messages.len()).sum();
    assert_eq!(messages, 20_000);
    assert_eq!(assembler.take_oddities().len() as u64, KEPT_ODDITIES);
    assert_eq!(assembler.counters().no_record, 10_000);
}

#[test]
fn a_lost_line_end_loses_no_record() {
    let glued = format!("{} {}", record("SYSCALL", 100, 1), record("AVC", 100, 2));
    let (events, _, counters) = read(glued.as_bytes());
    assert_eq!((events.len(), counters.records), (1, 2));
    assert_eq!(events[0].id.serial, Some(2));
}

/// Lines that may stand between records: anything, and what looks like records.
fn noise() -> impl Strategy<Value = Vec<u8>> {
    let words = prop::collection::vec(
        prop::sample::select(vec![
            "type=",
            "AVC",
            "USER_AVC",
            "SYSCALL",
            " msg=audit(",
            "100.000:",
            "1",
            "): ",
            "avc:  denied  { ",
            "read",
            " }",
            " for ",
            "pid=",
            "scontext=",
            "a:b:c",
            " tcontext=",
            " tclass=",
            "file",
            " permissive=1",
            "node=x ",
            "msg='",
            "'",
            "\"",
            "\u{1d}",
            "Oct 03 10:00:00 h ",
            "audit[1]: AVC ",
            "[1.0] ",
            "4,1,2,-;",
            "audit: type=1400 audit(",
            "path=",
            "comm=41",
            "saddr=",
            "a0=",
            "\u{a0}",
            "{",
            ">",
            "----",
        ]),
        0..12,
    );
    prop_oneof![prop::collection::vec(any::<u8>(), 0..80), words.prop_map(|words| words.concat().into_bytes()),]
        .prop_map(|mut line| {
            line.retain(|byte| *byte != b'\n');
            line
        })
}

proptest! {
    #[test]
    fn nothing_panics_and_every_line_is_counted(lines in prop::collection::vec(noise(), 0..12)) {
        let (events, _, counters) = read(&lines.join(&b'\n'));
        let messages: usize = events.iter().map(|event| event.messages.len()).sum();
        prop_assert_eq!(counters.messages, messages as u64);
        let filled = lines.iter().filter(|line| !line.trim_ascii().is_empty()).count() as u64;
        prop_assert_eq!(counters.lines, filled);
    }

    /// Whatever stands between them, each AVC record of a valid log is found, with what it says.
    #[test]
    fn no_avc_is_lost(between in prop::collection::vec(prop::collection::vec(noise(), 0..3), 8)) {
        let mut text = Vec::new();
        for (serial, noise) in (9000_u64..).zip(&between) {
            for line in noise {
                text.extend_from_slice(line);
                text.push(b'\n');
            }
            text.extend_from_slice(record("AVC", 200, serial).as_bytes());
            text.push(b'\n');
        }
        let (events, ..) = read(&text);
        for serial in 9000..9000 + between.len() as u64 {
            let found = events.iter().filter(|event| event.id.serial == Some(serial) && event.id.stamp == Stamp(200_000));
            let whole = found.flat_map(|event| &event.messages).filter(|message| !message.unproven && message.inode == Some(7)).count();
            prop_assert_eq!(whole, 1, "serial {}", serial);
        }
    }
}
