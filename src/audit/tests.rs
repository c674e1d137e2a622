//! Lines in, events out: one table for the forms of records; how events are put together stands in `events`.

mod events;

use std::fmt::Write as _;

use super::*;
use crate::selinux::Untrusted;

/// Noon of 2026-11-21 in a zone an hour east of UTC.
fn assembler() -> EventAssembler {
    EventAssembler::new(WallClock::new(Stamp(1_795_258_800_000), jiff::tz::TimeZone::fixed(jiff::tz::offset(1))))
}

fn push(assembler: &mut EventAssembler, text: &[u8]) {
    for (number, line) in (1..).zip(text.split(|byte| *byte == b'\n')) {
        assembler.push(Place { input: 0, line: number }, line, Ending::Whole);
    }
}

fn read(text: &[u8]) -> (Vec<AuditEvent>, Vec<Oddity>, Counters) {
    let mut assembler = assembler();
    push(&mut assembler, text);
    assembler.flush();
    (assembler.take_events(), assembler.take_oddities(), assembler.counters())
}

/// What a message says, in a fixed order; what it does not say is left out.
fn show(id: &EventId, message: &AvcMessage) -> String {
    let mut text = String::new();
    let mut add = |key: &str, value: Option<String>| {
        if let Some(value) = value {
            write!(text, "{}{key}={value}", if key == "at" { "" } else { " " }).unwrap();
        }
    };
    let show = |value: &Option<Untrusted>| value.as_ref().map(Untrusted::printable);
    add("at", Some(id.stamp.0.to_string()));
    add("serial", id.serial.map(|serial| serial.to_string()));
    add("node", id.node.as_ref().map(|node| node.as_str().to_owned()));
    add("user", (message.kind == AvcKind::UserAvc).then(String::new));
    add("granted", (message.result == AvcResult::Granted).then(String::new));
    add(
        "refused",
        match message.result {
            AvcResult::Refused(refusal) => Some(format!("{refusal:?}")),
            _ => None,
        },
    );
    let permissions: Vec<&str> = message.permissions.iter().map(crate::selinux::Name::as_str).collect();
    add("do", Some(permissions.join(",")));
    add("source", Some(message.source.to_string()));
    add("target", Some(message.target.to_string()));
    add("class", Some(message.class.as_str().to_owned()));
    add("permissive", message.permissive.map(|permissive| permissive.to_string()));
    add("pid", message.pid.map(|pid| pid.to_string()));
    add("comm", show(&message.comm));
    add("exe", show(&message.exe));
    add("path", show(&message.path));
    add("name", show(&message.name));
    add("dev", show(&message.dev));
    add("inode", message.inode.map(|inode| inode.to_string()));
    add("ioctl", message.ioctl.map(|ioctl| format!("{ioctl:x}")));
    add("capability", message.capability.map(|capability| capability.to_string()));
    add("port", message.port.map(|port| port.to_string()));
    let arguments: Vec<String> = message.cmdline.iter().map(Untrusted::printable).collect();
    add("cmdline", (!arguments.is_empty()).then(|| arguments.join("|")));
    for (key, value) in &message.fields {
        add(&format!("+{}", key.as_str()), Some(value.printable()));
    }
    add("incomplete", message.incomplete.then(String::new));
    add("unproven", message.unproven.then(String::new));
    text
}

#[track_caller]
fn check(input: &str, expected: &[&str]) {
    let (events, oddities, _) = read(input.as_bytes());
    let messages = events.iter().flat_map(|event| event.messages.iter().map(|message| show(&event.id, message)));
    let mut found: Vec<String> = messages.collect();
    found.extend(oddities.iter().map(|oddity| format!("{}: {:?}", oddity.place.line, oddity.kind)));
    assert_eq!(found, expected, "{input}");
}

/// The end of a record that needs no telling.
const TAIL: &str = "scontext=u:r:a_t tcontext=u:o:b_t tclass=file";
const READ: &str = "do=read source=u:r:a_t target=u:o:b_t class=file";

#[test]
fn auditd_records() {
    check(
        "type=AVC msg=audit(1656362206.779:8324): avc:  denied  { getattr open } for  pid=52938 comm=\"flb-pipeline\" \
         path=\"/var/log/a\" dev=\"vda1\" ino=201338977 scontext=system_u:system_r:container_logreader_t:s0:c291,c955 \
         tcontext=system_u:object_r:container_var_lib_t:s0 tclass=file permissive=0",
        &["at=1656362206779 serial=8324 do=getattr,open source=system_u:system_r:container_logreader_t:s0:c291,c955 \
           target=system_u:object_r:container_var_lib_t:s0 class=file permissive=false pid=52938 comm=flb-pipeline \
           path=/var/log/a dev=vda1 inode=201338977"],
    );
    for (input, expected) in [
        // Nodes, in the two spellings; two nodes may use one serial.
        (
            format!("node=a.b type=AVC msg=audit(1.5:3): avc:  denied  {{ read }} for  {TAIL}"),
            format!("at=1500 serial=3 node=a.b {READ}"),
        ),
        (
            format!("host=a type=AVC msg=audit(1.5:3): avc:  denied  {{ read }} for  {TAIL}"),
            format!("at=1500 serial=3 node=a {READ}"),
        ),
        (
            format!("ip-10-0-1-2 type=AVC msg=audit(1.5:3): avc:  denied  {{ read }} for  {TAIL}"),
            format!("at=1500 serial=3 node=ip-10-0-1-2 {READ}"),
        ),
        // auditallow.
        (
            format!("type=AVC msg=audit(1.5:3): avc:  granted  {{ read }} for  {TAIL}"),
            format!("at=1500 serial=3 granted= {READ}"),
        ),
        // A kernel of before 4.1, one of after it, and the two blanks after a capability.
        (
            format!("type=AVC msg=audit(1.5:3): avc:  denied  {{ read }} for  ioctlcmd=5401 {TAIL}"),
            format!("at=1500 serial=3 {READ} ioctl=5401"),
        ),
        (
            format!("type=AVC msg=audit(1.5:3): avc:  denied  {{ read }} for  ioctlcmd=0x5401 capability=40  {TAIL}"),
            format!("at=1500 serial=3 {READ} ioctl=5401 capability=40"),
        ),
        // Names that nobody knows.
        (
            "type=AVC msg=audit(1.5:3): avc:  denied  { 0x2 } for  scontext=u:r:a_t tcontext=u:o:b_t tclass=(null)"
                .into(),
            "at=1500 serial=3 do=0x2 source=u:r:a_t target=u:o:b_t class=(null)".into(),
        ),
        // The label that the policy does not know any more.
        (
            format!(
                "type=AVC msg=audit(1.5:3): avc:  denied  {{ read }} for  {TAIL} permissive=1 trawcon=\"u:o:gone_t:s0\""
            ),
            format!("at=1500 serial=3 {READ} permissive=true +trawcon=u:o:gone_t:s0"),
        ),
        // Numbers that are no numbers stay readable.
        (
            format!(
                "type=AVC msg=audit(1.5:3): avc:  denied  {{ read }} for  pid=x ino=- capability=setgid ioctlcmd=TCGETS {TAIL}"
            ),
            format!("at=1500 serial=3 {READ} +pid=x +ino=- +capability=setgid +ioctlcmd=TCGETS"),
        ),
        // Text that somebody copied from a page.
        (
            format!("type=AVC msg=audit(1.5:3): avc:  denied  {{ read }} for  {TAIL} permissive=0sesearch -A"),
            format!("at=1500 serial=3 {READ} permissive=false"),
        ),
        // Blanked out by a person.
        (
            format!("type=AVC msg=audit(...): avc:  denied  {{ read }} for  pid=... {TAIL}"),
            format!("at=0 {READ} +pid=..."),
        ),
        (format!("type=AVC avc:  denied  {{ read }} for  {TAIL}"), format!("at=0 {READ}")),
        // Cut where the end of the record is not missed.
        (
            format!("type=AVC msg=audit(1.5:3): avc:  denied  {{ read }} for  {TAIL} permis"),
            format!("at=1500 serial=3 {READ} incomplete="),
        ),
    ] {
        check(&input, &[&expected]);
    }
}

#[test]
fn ports_are_the_ones_that_the_permission_is_about() {
    for (text, expected) in [
        ("{ name_bind } for  src=8080", "port=8080 +src=8080"),
        ("{ name_connect } for  dest=3306", "port=3306 +dest=3306"),
        ("{ name_bind } for  lport=80", "port=80 +lport=80"),
        (
            "{ recv_msg } for  saddr=::1 src=8080 daddr=::1 dest=22 netif=lo",
            "+saddr=::1 +src=8080 +daddr=::1 +dest=22 +netif=lo",
        ),
        ("{ name_bind } for  src=70000", "+src=70000"),
    ] {
        let permission = text.split_whitespace().nth(1).unwrap();
        let access = format!("at=1000 serial=3 do={permission} source=a:b:c target=a:b:d class=tcp_socket");
        let record = "scontext=a:b:c tcontext=a:b:d tclass=tcp_socket";
        check(&format!("type=AVC msg=audit(1.0:3): avc:  denied  {text} {record}"), &[&format!("{access} {expected}")]);
    }
}

#[test]
fn a_time_beyond_every_clock_is_as_late_as_can_be() {
    let late = "9".repeat(40);
    let input = format!(
        "type=AVC msg=audit({late}.500:6): avc:  denied  {{ read }} for  {TAIL}\n\
         type=AVC msg=audit({late}.500:7): avc:  denied  {{ read }} for  {TAIL}\n\
         type=AVC msg=audit(1.000:8): avc:  denied  {{ read }} for  {TAIL}"
    );
    let late = u64::MAX;
    check(
        &input,
        &[
            &format!("at={late} serial=6 {READ}"),
            &format!("at={late} serial=7 {READ}"),
            &format!("at=1000 serial=8 {READ}"),
        ],
    );
}

#[test]
fn user_space_speaks_for_itself() {
    check(
        "type=USER_AVC msg=audit(1.0:3): pid=1183 uid=81 subj=u:r:dbusd_t msg='avc:  denied  { send_msg } for  \
         msgtype=method_call interface=org.x.Y member=Get dest=:1.467 spid=900 tpid=901 scontext=u:r:a_t tcontext=u:r:b_t \
         tclass=dbus permissive=0 exe=\"/usr/bin/dbus-broker\" sauid=81 hostname=? addr=? terminal=?'\u{1d}UID=\"dbus\" SAUID=\"dbus\"",
        &["at=1000 serial=3 user= do=send_msg source=u:r:a_t target=u:r:b_t class=dbus permissive=false pid=900 \
           exe=/usr/bin/dbus-broker +sauid=81 +hostname=? +addr=? +terminal=? +msgtype=method_call +interface=org.x.Y \
           +member=Get +dest=:1.467 +spid=900 +tpid=901 +pid=1183 +uid=81 +subj=u:r:dbusd_t"],
    );
    // systemd writes a command line as it is: what it claims to be is not believed.
    check(
        "type=USER_AVC msg=audit(1.0:3): pid=1 msg='avc:  denied  { start } for auid=n/a path=\"/etc/x\" \
         cmdline=\"a\" scontext=u:r:evil_t tcontext=u:r:evil_t tclass=evil permissive=1 y=\"'b\" scontext=u:r:a_t \
         tcontext=u:o:b_t tclass=service permissive=0 exe=\"/usr/lib/systemd/systemd\"'",
        &["at=1000 serial=3 user= do=start source=u:r:a_t target=u:o:b_t class=service permissive=false pid=1 \
           exe=/usr/lib/systemd/systemd path=/etc/x cmdline=a +auid=n/a +permissive=1 +y='b"],
    );
    let notice =
        "type=USER_AVC msg=audit(1.0:3): pid=1 msg='avc:  received setenforce notice (enforcing=0)  exe=\"/x\"'";
    check(notice, &["1: NoDenial"]);
}

#[test]
fn refusals_that_no_rule_is_about() {
    for (body, expected) in [
        (
            "op=security_compute_sid invalid_context=\"root:sysadm_r:myapp_t\" scontext=root:sysadm_r:sysadm_t \
             tcontext=system_u:object_r:myapp_exec_t tclass=process",
            "refused=Context do= source=root:sysadm_r:sysadm_t target=root:sysadm_r:myapp_t class=process \
             +op=security_compute_sid +invalid_context=root:sysadm_r:myapp_t +scontext=root:sysadm_r:sysadm_t \
             +tcontext=system_u:object_r:myapp_exec_t",
        ),
        (
            "op=security_bounded_transition seresult=denied oldcontext=u:r:init_t:s0 newcontext=u:r:x_t:s0",
            "refused=Transition do= source=u:r:init_t:s0 target=u:r:x_t:s0 class=process +op=security_bounded_transition \
             +seresult=denied +oldcontext=u:r:init_t:s0 +newcontext=u:r:x_t:s0",
        ),
        (
            "op=security_compute_av reason=bounds scontext=u:r:c_t:s0 tcontext=u:o:f_t:s0 tclass=file perms=read,write",
            "refused=Bounds do=read,write source=u:r:c_t:s0 target=u:o:f_t:s0 class=file +op=security_compute_av \
             +reason=bounds +scontext=u:r:c_t:s0 +tcontext=u:o:f_t:s0",
        ),
        (
            "op=security_validate_transition seresult=denied oldcontext=u:o:f_t:s15 newcontext=u:o:f_t:s0 \
             taskcontext=u:r:t_t:s0 tclass=chr_file",
            "refused=Validation do= source=u:r:t_t:s0 target=u:o:f_t:s0 class=chr_file +op=security_validate_transition \
             +seresult=denied +oldcontext=u:o:f_t:s15 +newcontext=u:o:f_t:s0 +taskcontext=u:r:t_t:s0",
        ),
    ] {
        check(&format!("type=SELINUX_ERR msg=audit(1.0:3): {body}"), &[&format!("at=1000 serial=3 {expected}")]);
    }
    // Who set the attribute stands in the SYSCALL record only.
    check(
        "type=SELINUX_ERR msg=audit(1.0:3): op=setxattr invalid_context=\"u:o:gone_t\"\n\
         type=SYSCALL msg=audit(1.0:3): arch=c000003e syscall=188 pid=4 comm=\"cp\" exe=\"/bin/cp\" subj=u:r:cp_t:s0",
        &[
            "at=1000 serial=3 refused=Context do= source=u:r:cp_t:s0 target=u:o:gone_t class=file pid=4 comm=cp exe=/bin/cp \
           +op=setxattr +invalid_context=u:o:gone_t",
        ],
    );
    check(
        "type=USER_SELINUX_ERR msg=audit(1.0:3): pid=9 msg='avc:  op=load_policy lsm=selinux seqno=8 res=1 exe=\"/x\"'",
        &["1: NoDenial"],
    );
    check(
        "type=SELINUX_ERR msg=audit(1.0:3): op=setxattr invalid_context=\"u:o",
        &["1: Damaged(\"a context is missing or cut\")"],
    );
}

#[test]
fn entries_of_the_journal() {
    let entry = |transport: &str, more: &str, message: &str| {
        format!(
            "{{\"__CURSOR\":\"s=1\",\"__REALTIME_TIMESTAMP\":\"1700000010999999\",\"_TRANSPORT\":\"{transport}\",{more}\
             \"_HOSTNAME\":\"web\",\"MESSAGE\":{message}}}"
        )
    };
    let audit = |kind: u32, serial: u32, message: &str| {
        let more = format!(
            "\"_AUDIT_TYPE\":\"{kind}\",\"_AUDIT_ID\":\"{serial}\",\"_SOURCE_REALTIME_TIMESTAMP\":\"1700000010111000\","
        );
        entry("audit", &more, message)
    };
    let avc = format!("AVC avc:  denied  {{ read }} for  pid=4 {TAIL}");
    let whole = format!("at=1700000010111 serial=10 node=web {READ} pid=4 exe=/bin/x");
    let lines = [
        audit(1400, 10, &format!("\"{avc}\"")),
        audit(1300, 10, "\"SYSCALL arch=c000003e syscall=2 pid=4 exe=\\\"/bin/x\\\"\""),
    ];
    check(&lines.join("\n"), &[&whole]);
    // While no audit daemon runs, the kernel prints it as well, and the journal has it twice.
    let printed = format!("\"audit: type=1400 audit(1700000010.111:10): {}\"", avc.trim_start_matches("AVC "));
    let printed = entry("kernel", "\"SYSLOG_IDENTIFIER\":\"kernel\",", &printed);
    check(&[&lines[0], &printed, &lines[1]].map(String::as_str).join("\n"), &[&whole]);
    check(&[&printed, &lines[0], &lines[1]].map(String::as_str).join("\n"), &[&whole]);
    // What one source told twice in one event was two.
    check(&[&lines[0], &lines[0], &printed].map(String::as_str).join("\n"), &[&*whole.replace(" exe=/bin/x", ""); 2]);
    // talosctl names the node before each line; anybody may call himself something that is no address.
    let of_node = |before: &str, more: &str| {
        let line = format!("{before}audit(1700000010.111:10): avc: denied {{ read }} for pid=4 {TAIL}");
        check(&line, &[&format!("at=1700000010111 serial=10{more}")]);
    };
    let ring = "[2024-05-06T07:08:09.123456789Z]: audit: type=1400 ";
    of_node(&format!("10.5.0.2: kern:  notice: {ring}"), &format!(" node=10.5.0.2 {READ} pid=4"));
    of_node(&format!("fd00:db8::2: kern:    info: {ring}"), &format!(" node=fd00:db8::2 {READ} pid=4"));
    of_node(&format!("10.5.0.2: user:  notice: {ring}"), &format!(" node=10.5.0.2 {READ} pid=4 unproven="));
    of_node("10.5.0.2: type=AVC msg=", &format!(" node=10.5.0.2 {READ} pid=4"));
    of_node("ada: type=AVC msg=", &format!(" {READ} pid=4 unproven="));
    let dmesg =
        |time: &str| format!("[ {time}] type=1400 audit(1700000010.111:10): avc: denied {{ read }} for pid=4 {TAIL}");
    check(
        &[dmesg("19.617027"), dmesg("19.617189")].join("\n"),
        &[&*format!("at=1700000010111 serial=10 {READ} pid=4"); 2],
    );
    // Bytes, where a message is not UTF-8.
    let bytes: Vec<String> = avc.bytes().map(|byte| byte.to_string()).collect();
    check(&audit(1400, 10, &format!("[{}]", bytes.join(","))), &[&whole.replace(" exe=/bin/x", "")]);
    let kernel = format!("\"audit: type=1400 audit(1598482910.854:4): avc:  denied  {{ read }} for  pid=4 {TAIL}\"");
    let read = format!("at=1598482910854 serial=4 node=web {READ} pid=4");
    check(&entry("kernel", "\"SYSLOG_IDENTIFIER\":\"kernel\",", &kernel), &[&read]);
    // logger(1), and what root wrote into /dev/kmsg.
    check(&entry("syslog", "\"SYSLOG_IDENTIFIER\":\"kernel\",", &kernel), &[&format!("{read} unproven=")]);
    check(&entry("kernel", "\"SYSLOG_IDENTIFIER\":\"x\",", &kernel), &[&format!("{read} unproven=")]);
    check(&entry("stdout", "", "\"hello\""), &["1: NoRecord"]);
    check("{\"a\": 1}", &["1: NoRecord"]);
    check("{ read } for", &["1: NoRecord"]);
}

#[test]
fn what_happened_to_the_policy_is_a_mark() {
    let mut assembler = assembler();
    for line in [
        "type=DAEMON_START msg=audit(1.000:1): op=start ver=3.1 res=success",
        "type=MAC_POLICY_LOAD msg=audit(2.000:2): auid=0 ses=1 lsm=selinux res=1\u{1d}AUID=\"root\"",
        "node=n type=MAC_STATUS msg=audit(3.000:3): enforcing=1 old_enforcing=0 auid=0 ses=1 enabled=1 lsm=selinux res=1",
        "[ 1.5] audit: type=1405 audit(4.000:4): bool=nis_enabled val=1 old_val=0 auid=0 ses=1",
        "type=SYSTEM_BOOT msg=audit(5.000:5): pid=1 uid=0 msg=' comm=\"systemd-update-utmp\" res=success'",
        "type=DAEMON_END msg=audit(6.000:6): op=terminate auid=0 uid=0 ses=4 pid=1 subj=system_u:system_r:init_t:s0 res=success",
        // Another security module's, and one that anybody can write.
        "type=1404 audit(7.000:7): permissive=1 lsm=ipe res=1",
        "Oct 03 10:00:00 f logger[1]: type=MAC_POLICY_LOAD msg=audit(8.000:8): policy loaded",
    ] {
        push(&mut assembler, line.as_bytes());
    }
    let marks: Vec<_> = assembler.take_marks().into_iter().map(|mark| (mark.id.serial.unwrap(), mark.kind)).collect();
    let boolean = MarkKind::Boolean { name: "nis_enabled".into(), value: true };
    let mut kinds = vec![MarkKind::DaemonStart, MarkKind::PolicyLoad, MarkKind::Enforcing(true), boolean];
    kinds.extend([MarkKind::Boot, MarkKind::DaemonEnd]);
    assert_eq!(marks, (1..).zip(kinds).collect::<Vec<_>>());
}

#[test]
fn kernel_log_and_journal() {
    let avc = format!("avc:  denied  {{ read }} for  pid=4 {TAIL}");
    let read = |before: &str, after: &str| format!("{before} {READ} pid=4{after}");
    for (input, expected) in [
        ("[169759.365427] audit: type=1400 audit(1598482910.854:4): ", read("at=1598482910854 serial=4", "")),
        ("<5>[   23.09] type=1400 audit(83241.927:148): ", read("at=83241927 serial=148", "")),
        ("4,1234,567890,-;audit: type=1400 audit(1598482910.854:4): ", read("at=1598482910854 serial=4", "")),
        // /dev/kmsg gives what root wrote into it facility 1 at the lowest.
        (
            "12,1234,567890,-;audit: type=1400 audit(1598482910.854:4): ",
            read("at=1598482910854 serial=4", " unproven="),
        ),
        (
            "[1.2] usb 1-1: Product: audit: type=1400 audit(1598482910.854:4): ",
            read("at=1598482910854 serial=4", " unproven="),
        ),
        (
            "Sep 26 14:00:53 web kernel: audit: type=1400 audit(1.0:4): ",
            read("at=1000 serial=4 node=web", " unproven="),
        ),
        (
            "Sep 26 14:00:53 web kernel: audit(1158064002.046:4): ",
            read("at=1158064002046 serial=4 node=web", " unproven="),
        ),
        (
            "Aug 29 12:53:06 web audisp-syslog[1550]: node=n1 type=AVC msg=audit(1.0:4): ",
            read("at=1000 serial=4 node=n1", " unproven="),
        ),
        // The journal drops the id; the time is that of the line, in the zone of this machine.
        ("Oct 03 10:00:00 fedora audit[1698]: AVC ", read("at=1791018000000 node=fedora", " unproven=")),
        ("Nov 23 10:00:00 fedora audit[1698]: AVC ", read("at=1763888400000 node=fedora", " unproven=")),
        ("2026-10-03T10:00:00+0200 fedora audit[1698]: AUDIT1400 ", read("at=1791014400000 node=fedora", " unproven=")),
        ("AVC ", read("at=0", " unproven=")),
        ("audit: type=1400 audit(1.0:4): ", read("at=1000 serial=4", " unproven=")),
        // Android.
        ("W sh      : type=1400 audit(0.0:107): ", read("at=0 serial=107", " unproven=")),
        ("", read("at=0", " unproven=")),
    ] {
        check(&format!("{input}{avc}"), &[&expected]);
    }
    check(
        &format!("Oct 03 10:00:00 f audit[4]: AVC avc:  denied  {{ read }} for  {}>", TAIL.strip_suffix('e').unwrap()),
        &["at=1791018000000 node=f do=read source=u:r:a_t target=u:o:b_t class=fil incomplete= unproven="],
    );
    check("Oct 03 10:00:00 f logger[4]: somebody says avc: denied, type=AVC, audit(1)", &["1: NoRecord"]);
}

#[test]
fn the_journal_keeps_the_records_of_an_event_together() {
    let line = |text: &str| format!("Oct 03 10:00:00 f {text}\n");
    let avc = format!("avc:  denied  {{ read }} for  pid=4 comm=\"x\" name=\"y\" {TAIL} permissive=0");
    let input = [
        line(&format!("audit[4]: AVC {avc}")),
        line(&format!("audit[4]: AVC {avc}")),
        line("audit[4]: SYSCALL arch=c000003e syscall=2 a0=1 pid=4 comm=\"x\" exe=\"/bin/x\""),
        line("audit: CWD cwd=\"/srv\""),
        line("audit: PATH item=0 name=\"a/y\" nametype=NORMAL"),
        line("audit: PROCTITLE proctitle=2F62696E2F78002D76"),
        line(&format!("audit[4]: AVC {avc}")),
        line("audit[5]: SYSCALL arch=c000003e syscall=2 pid=5 exe=\"/bin/other\""),
    ];
    let (events, ..) = read(input.concat().as_bytes());
    let told: Vec<_> = events.iter().map(|event| (event.messages.len(), event.records.len())).collect();
    assert_eq!(told, [(2, 6), (1, 1)]);
    let message = &events[0].messages[1];
    assert_eq!(message.path.as_ref().map(Untrusted::printable).as_deref(), Some("/srv/a/y"));
    assert_eq!(message.exe.as_ref().map(Untrusted::printable).as_deref(), Some("/bin/x"));
    assert_eq!(message.cmdline.iter().map(Untrusted::printable).collect::<Vec<_>>(), ["/bin/x", "-v"]);
    assert_eq!(events[1].messages[0].exe, None);
}

#[test]
fn what_makes_no_denial_is_told() {
    for (input, expected) in [
        (
            "type=AVC msg=audit(1.0:3): avc:  denied  { read } for  tcontext=a:b:c tclass=file",
            "1: Damaged(\"scontext is missing\")",
        ),
        (
            "type=AVC msg=audit(1.0:3): avc:  denied  { read } for  ssid=5 tsid=6 tclass=file",
            "1: Damaged(\"scontext is missing\")",
        ),
        (
            "type=AVC msg=audit(1.0:3): avc:  denied  { read } for  scontext=a:b:c tclass=file",
            "1: Damaged(\"tcontext is missing\")",
        ),
        (
            "type=AVC msg=audit(1.0:3): avc:  denied  { read } for  scontext=a:b:c tcontext=a:b",
            "1: Damaged(\"tcontext is cut\")",
        ),
        (
            "type=AVC msg=audit(1.0:3): avc:  denied  { read } for  scontext=a:b:c tcontext=a:b:d",
            "1: Damaged(\"tclass is missing\")",
        ),
        (
            "type=AVC msg=audit(1.0:3): avc:  denied  { read } for  scontext=a:b:c tcontext=a:b:d tclass=>",
            "1: Damaged(\"tclass is missing\")",
        ),
        ("type=AVC msg=audit(1.0:3): avc:  denied  { rea", "1: Damaged(\"the permissions are missing or cut\")"),
        ("type=AVC msg=audit(1.0:3): avc:  den", "1: Damaged(\"the permissions are missing or cut\")"),
        (
            "type=AVC msg=audit(1.0:3): avc:  denied  { } for  scontext=a:b:c tcontext=a:b:d tclass=file",
            "1: Damaged(\"there is no permission between the braces\")",
        ),
        ("type=AVC msg=audit(1.0:3): pid=3", "1: Damaged(\"there is no \\\"avc:\\\" in it\")"),
        ("type=AVC msg=audit(1.0:3): apparmor=\"DENIED\" operation=\"open\" profile=\"x\"", "1: NoDenial"),
        ("type=avc of nothing", "1: NoRecord"),
        ("\u{0}\u{1d}=", "1: NoRecord"),
    ] {
        check(input, &[expected]);
    }
    check("----\ntime->Fri Aug  9 22:29:36 2019\n\n   \n", &[]);
}
