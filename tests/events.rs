//! `seltui events`, on records of our own and, where they are, on those that people published.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::disallowed_methods)] // a test may

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use seltui::{
    audit::{AvcKind, AvcResult, Counters},
    host::log::{LogInput, read_all},
    selinux::SecurityContext,
};
use serde_json::{Value, json};

fn corpus(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus").join(name)
}

/// Runs the program with this on standard input, in UTC.
fn seltui(arguments: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_seltui"))
        .args(arguments)
        .env("TZ", "UTC")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // It may end without reading everything.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// A tool that the tests judge by. It must be there where the tests count; elsewhere its absence is said.
fn judge(name: &str) -> Option<Command> {
    let found = Command::new(name).arg("--version").output().is_ok();
    if !found {
        assert!(
            std::env::var_os("CI").is_none_or(|ci| ci != "true"),
            "{name} is missing: run tests/run, which installs it"
        );
        eprintln!("NOT JUDGED: {name} is missing");
    }
    found.then(|| Command::new(name))
}

fn counters(file: &Path) -> Counters {
    let mut messages = 0;
    let summary = read_all(&[LogInput::File(file.to_owned())], |event| {
        messages += event.messages.len() as u64;
        Ok(())
    });
    let counters = summary.unwrap().counters;
    assert_eq!(counters.messages + counters.refusals, messages, "{}", file.display());
    counters
}

#[test]
fn our_own_corpus_counts_as_counted_by_hand() {
    let table = fs::read_to_string(corpus("COUNTS.tsv")).unwrap();
    for line in table.lines().skip(1) {
        let (file, numbers) = line.split_once('\t').unwrap();
        let numbers: Vec<u64> = numbers.split('\t').map(|number| number.parse().unwrap()).collect();
        let [lines, records, messages, no_record, no_denial, damaged] = numbers[..] else { panic!("{line}") };
        let expected = Counters { lines, records, messages, no_record, no_denial, damaged, ..Counters::default() };
        assert_eq!(counters(&corpus(file)), expected, "{file}");
    }
    let named = table.lines().count() - 1;
    let there = fs::read_dir(corpus("")).unwrap().count() - 2;
    assert_eq!(named, there, "every file of the corpus is counted");
}

/// Published records whose number of messages is not what their collector wrote down, and why.
const EXPLAINED: &[(&str, u64, &str)] = &[
    ("097-osp-bz1872651.log", 4, "one of the five is cut within tcontext"),
    ("133-refpol-allow-fapolicyd-to-watch-run-netns-directory.log", 0, "the only one ends behind ino="),
    ("296-fedora-create-interface-selinux-watch-config-and-add-it.log", 1, "the second ends behind the braces"),
    ("368-fedora-policy-support-pidfs.log", 0, "a pager cut the only one within scontext"),
    ("528-lsmlist-re-patch-v3-fs-generalize-anon-inode-make-secure.log", 0, "the author wrote ... for the contexts"),
    ("546-aosp-selinux-rules-for-apk-files-installed-with-incre.log", 11, "one ends behind scontext"),
    ("548-aosp-sepolicy-wifi-allow-audio-service-access-from-wi.log", 0, "the word tcontext is broken: `1tcontext"),
    ("593-sellist-re-selinux-notebook-patch-auditing-md-describe-a.log", 0, "a sentence about avc: denied, no record"),
];

#[test]
fn published_records_count_as_their_collector_counted() {
    let Some(folder) = std::env::var_os("SELTUI_CORPUS").map(PathBuf::from) else {
        eprintln!("NOT JUDGED: SELTUI_CORPUS names no folder with published records");
        return;
    };
    let index = fs::read_to_string(folder.join("INDEX.tsv")).unwrap();
    let (mut wrong, mut files) = (Vec::new(), 0);
    for line in index.lines().skip(1) {
        let (file, note) = line.split_once('\t').unwrap();
        let counted =
            note.split("avc=").nth(1).unwrap().split(|c: char| !c.is_ascii_digit()).next().unwrap().parse().unwrap();
        let expected = EXPLAINED.iter().find(|(name, ..)| *name == file).map_or(counted, |(_, number, _)| *number);
        let found = counters(&folder.join("records").join(file)).messages;
        if found != expected {
            wrong.push(format!("{file}: {found} messages, not {expected}"));
        }
        files += 1;
    }
    assert!(files > 0 && wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn ausearch_finds_the_same_records() {
    for file in ["auditd.log", "enriched.log"] {
        let Some(mut ausearch) = judge("ausearch") else { return };
        let file = corpus(file);
        let output = ausearch.args(["-m", "AVC,USER_AVC", "--raw", "-if"]).arg(&file).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        // ausearch gives every AVC record: notices and AppArmor's are no messages to us.
        let messages =
            said.lines().filter(|line| line.contains("avc:  denied") || line.contains("avc:  granted")).count();
        assert_eq!(counters(&file).messages, messages as u64, "{}\n{said}", file.display());
    }
}

/// Why ausearch cannot read the record that a message was read from, by the line it begins in.
fn unread_by_ausearch(line: &str) -> Option<&'static str> {
    let line = line.strip_prefix("node=").and_then(|line| Some(line.split_once(' ')?.1)).unwrap_or(line);
    let id = line.split_once("audit(").map_or("", |(_, id)| id);
    let date = id.split([' ', ')']).next().unwrap_or("");
    if !line.starts_with("type=") {
        Some("other text stands before it")
    } else if !line.contains("tclass=") {
        Some("it is broken into several lines")
    } else if !id.starts_with(|first: char| first.is_ascii_digit()) {
        Some("its stamp was blanked out")
    } else if id.find(' ') < id.find(')') && id.contains(' ') && date.len() < 10 {
        Some("its translated date has less than ten characters")
    } else {
        None
    }
}

#[test]
fn ausearch_finds_what_it_can_read_of_published_records() {
    let Some(folder) = std::env::var_os("SELTUI_CORPUS").map(PathBuf::from) else {
        eprintln!("NOT JUDGED: SELTUI_CORPUS names no folder with published records");
        return;
    };
    let (mut wrong, mut whole, mut unread) = (Vec::new(), 0, BTreeMap::new());
    for entry in fs::read_dir(folder.join("records")).unwrap() {
        let Some(mut ausearch) = judge("ausearch") else { return };
        let file = entry.unwrap().path();
        let output = ausearch.args(["-m", "AVC,USER_AVC", "--raw", "-if"]).arg(&file).stdin(Stdio::null()).output();
        let said = String::from_utf8_lossy(&output.unwrap().stdout).into_owned();
        let verdict = |line: &&str| line.contains("avc:") && (line.contains("denied") || line.contains("granted"));
        let theirs = said.lines().filter(verdict).count();
        let text = String::from_utf8_lossy(&fs::read(&file).unwrap()).into_owned();
        let lines: Vec<&str> = text.split('\n').collect();
        let (mut ours, mut readable) = (0, 0);
        read_all(&[LogInput::File(file.clone())], |event| {
            let avcs = event.messages.iter().filter(|message| matches!(message.kind, AvcKind::Avc | AvcKind::UserAvc));
            for message in avcs {
                ours += 1;
                match unread_by_ausearch(lines[usize::try_from(message.place.line)? - 1]) {
                    Some(why) => *unread.entry(why).or_insert(0) += 1,
                    None => readable += 1,
                }
            }
            Ok(())
        })
        .unwrap();
        // Of a broken record it may print the first line all the same.
        if theirs == ours || theirs == readable {
            whole += 1;
        } else {
            wrong.push(format!("{}: {ours} messages, ausearch {theirs}, not {readable}", file.display()));
        }
    }
    eprintln!("{whole} files; ausearch does not read: {unread:?}");
    assert!(whole > 0 && wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Source, target, class, permissions.
type Rules = BTreeMap<(String, String, String), BTreeSet<String>>;

/// What audit2allow would allow, and what libsepol told it that its policy does not know: whole contexts, classes, permissions.
fn audit2allow(file: &Path) -> Option<(Rules, BTreeSet<String>)> {
    let policy = fs::read_dir("/etc/selinux/default/policy").ok().and_then(|mut entries| entries.next()?.ok());
    let (Some(mut audit2allow), Some(policy)) = (judge("audit2allow"), policy) else {
        assert!(
            std::env::var_os("CI").is_none_or(|ci| ci != "true"),
            "there is no policy: run tests/run, which installs it"
        );
        eprintln!("NOT JUDGED: audit2allow or the policy it needs is missing");
        return None;
    };
    let output = audit2allow.arg("-p").arg(policy.path()).arg("-i").arg(file).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut rules = Rules::new();
    for rule in text(&output.stdout).lines().filter_map(|line| line.strip_prefix("allow ")) {
        let (head, permissions) = rule.trim_end_matches(';').split_once(':').unwrap();
        let (source, target) = head.split_once(' ').unwrap();
        let target = if target == "self" { source } else { target };
        let (class, permissions) = permissions.split_once(' ').unwrap();
        let permissions = permissions.split_whitespace().filter(|word| !matches!(*word, "{" | "}")).map(str::to_owned);
        rules.entry((source.into(), target.into(), class.into())).or_default().extend(permissions);
    }
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let unknown = said.lines().filter_map(|line| {
        let converted = line.split_once("could not convert ");
        let name = converted.and_then(|(_, rest)| rest.strip_suffix(" to sid").or(rest.strip_suffix(" to av bit")));
        name.or(line.split_once("unrecognized class ").map(|(_, class)| class)).map(str::to_owned)
    });
    Some((rules, unknown.collect()))
}

#[test]
fn audit2allow_finds_the_same_denials() {
    for file in ["auditd.log", "enriched.log", "journal.log"] {
        let file = corpus(file);
        let Some((theirs, _)) = audit2allow(&file) else { return };
        // It takes a pager's mark for a part of the class, and would write a rule that nobody can compile.
        let unmarked = |class: &str| class.trim_end_matches('>').to_owned();
        let theirs: Rules = theirs.into_iter().map(|((s, t, class), rule)| ((s, t, unmarked(&class)), rule)).collect();
        let output = seltui(&["events", "--summary", "--json", "-i", file.to_str().unwrap()], b"");
        let string = |value: &Value| value.as_str().unwrap().to_owned();
        let ours: Rules = text(&output.stdout)
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap())
            .filter(|row| row["result"] == "denied")
            .map(|row| {
                let key = (string(&row["source"]), string(&row["target"]), string(&row["class"]));
                (key, row["permissions"].as_array().unwrap().iter().map(string).collect())
            })
            .collect();
        assert_eq!(ours, theirs, "{}", file.display());
    }
}

/// Its rules are ours on all files; of ours it has those whose names its policy knows and whose record it can read.
#[test]
fn audit2allow_allows_nothing_else_of_published_records() {
    let Some(folder) = std::env::var_os("SELTUI_CORPUS").map(PathBuf::from) else {
        eprintln!("NOT JUDGED: SELTUI_CORPUS names no folder with published records");
        return;
    };
    let (mut wrong, mut files, mut left) = (Vec::new(), 0, BTreeMap::new());
    for entry in fs::read_dir(folder.join("records")).unwrap() {
        let file = entry.unwrap().path();
        let Some((mut theirs, unknown)) = audit2allow(&file) else { return };
        let lines: Vec<String> =
            String::from_utf8_lossy(&fs::read(&file).unwrap()).split('\n').map(str::to_owned).collect();
        let mut ours = Rules::new();
        read_all(&[LogInput::File(file.clone())], |event| {
            for message in event.messages.iter().filter(|message| message.result == AvcResult::Denied) {
                let vector = message.access_vector();
                let key = [&vector.source, &vector.target, &vector.class].map(|name| name.as_str().to_owned());
                let contexts =
                    [&message.source, &message.target].map(|SecurityContext { user, role, r#type, range }| {
                        let range = range.as_ref().map(|range| format!(":{}", range.as_str())).unwrap_or_default();
                        format!("{}:{}:{}{range}", user.as_str(), role.as_str(), r#type.as_str())
                    });
                let [source, target, class] = key;
                let key = (source, target, class);
                let line = &lines[usize::try_from(message.place.line)? - 1];
                for permission in &vector.permissions {
                    let permission = permission.as_str().to_owned();
                    let why = if contexts.iter().any(|context| unknown.contains(context)) {
                        Some("its policy does not know the context")
                    } else if unknown.contains(&key.2) || unknown.contains(&permission) {
                        Some("its policy does not know the class or the permission")
                    } else if !line.contains("tclass=") {
                        Some("it is broken into several lines")
                    } else if !line.split_whitespace().any(|word| word == "avc:") {
                        Some("avc: is no word of its own")
                    } else {
                        None
                    };
                    if !theirs.get(&key).is_some_and(|rule| rule.contains(&permission)) {
                        match why {
                            Some(why) => *left.entry(why).or_insert(0) += 1,
                            None => wrong.push(format!("{}: not theirs: {key:?} {permission}: {line}", file.display())),
                        }
                    }
                    ours.entry(key.clone()).or_default().insert(permission);
                }
            }
            Ok(())
        })
        .unwrap();
        theirs.retain(|key, rule| {
            rule.retain(|permission| !ours.get(key).is_some_and(|rule| rule.contains(permission)));
            !rule.is_empty()
        });
        if !theirs.is_empty() {
            wrong.push(format!("{}: not ours: {theirs:?}", file.display()));
        }
        files += 1;
    }
    eprintln!("{files} files; audit2allow leaves out: {left:?}");
    assert!(files > 0 && wrong.is_empty(), "{}", wrong.join("\n"));
}

fn json_lines(arguments: &[&str], input: &[u8]) -> Vec<Value> {
    let output = seltui(arguments, input);
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn json_has_the_fields_that_scripts_hold_on_to() {
    let file = corpus("auditd.log");
    let file = file.to_str().unwrap();
    let messages = json_lines(&["events", "--json", "-i", file], b"");
    let context = |text: &str| {
        let parts: Vec<&str> = text.splitn(4, ':').collect();
        json!({"context": text, "user": parts[0], "role": parts[1], "type": parts[2], "range": parts[3]})
    };
    assert_eq!(
        messages[0],
        json!({
            "time": "1700000010.111", "serial": 10, "kind": "avc", "result": "denied", "permissions": ["read"],
            "source": context("system_u:system_r:sshd_t:s0-s0:c0.c1023"), "target": context("system_u:object_r:var_log_t:s0"),
            "class": "dir", "permissive": false, "pid": 801, "comm": "sshd", "exe": "/usr/sbin/sshd",
            "path": "/var/log/motd.d", "name": "motd.d", "dev": "sda1", "inode": 4711,
            "cmdline": ["/usr/sbin/sshd", "-D"], "file": file, "line": 4, "incomplete": false, "unproven": false
        })
    );
    let dbus = messages.iter().find(|message| message["class"] == "dbus").unwrap();
    assert_eq!(
        (&dbus["kind"], &dbus["pid"], &dbus["fields"]["tpid"]),
        (&json!("user_avc"), &json!(660), &json!("900"))
    );
    let port = messages.iter().find(|message| message["class"] == "tcp_socket").unwrap();
    assert_eq!((&port["port"], &port["fields"]["dest"]), (&json!(3306), &json!("3306")));
    let granted = messages.iter().find(|message| message["result"] == "granted").unwrap();
    assert_eq!(granted.get("permissive"), None);
}

#[test]
fn hostile_values_reach_nobody() {
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().concat();
    let comm = "\u{1b}]52;c;x\u{7}\n\u{9b}2J\u{202e}\u{7f}\"\\";
    let record = format!(
        "type=AVC msg=audit(1700000010.111:10): avc:  denied  {{ read \u{1b}[2J }} for  comm={} path={} \
         scontext=u:r:a\u{202e}_t:s0 tcontext=u:o:b\u{9b}_t:s0 tclass=file evil\u{7}=1 x\u{7}=\u{1b}c\n",
        hex(comm.as_bytes()),
        hex(b"/a\xff\xfe b"),
    );
    let messages = json_lines(&["events", "--json", "-i", "-"], record.as_bytes());
    assert_eq!((&messages[0]["comm"], &messages[0]["path"]), (&json!(comm), &json!("/a\u{fffd}\u{fffd} b")));
    for arguments in [
        &["events", "-i", "-"][..],
        &["events", "--json", "-i", "-"],
        &["events", "--summary", "-i", "-"],
        &["events", "--summary", "--json", "-i", "-"],
    ] {
        let output = seltui(arguments, record.as_bytes());
        let said = text(&output.stdout);
        assert_eq!(said.lines().count(), 1, "{said:?}");
        let steering = |c: &char| c.is_control() && *c != '\n' || matches!(c, '\u{202a}'..='\u{202e}');
        assert_eq!(said.chars().find(steering), None, "{said:?}");
    }
}

#[test]
fn text_is_one_line_a_message() {
    let output = seltui(&["events", "-i", corpus("auditd.log").to_str().unwrap()], b"");
    let expected = "\
2023-11-14 22:13:30 denied sshd_t → var_log_t:dir { read } sshd /var/log/motd.d (pid 801)
2023-11-14 22:13:40 denied crond_t → var_log_t:dir { write } cron  (pid 900)
2023-11-14 22:13:40 denied crond_t → var_log_t:dir { add_name } cron new.log (pid 900)
2023-11-14 22:13:40 denied (permissive) crond_t → shadow_t:dir { search } cron spool (pid 901)
2023-11-14 22:13:50 granted init_t → security_t:security { load_policy } load_policy (pid 950)
2023-11-14 22:14:00 denied systemd_logind_t → crond_t:dbus { send_msg } (pid 660)
2023-11-14 22:14:01 denied crond_t → initrc_exec_t:service { start } /lib/systemd/system/cron.service (pid 1)
2023-11-14 22:14:20 denied crond_t → mysqld_port_t:tcp_socket { name_connect } cron port 3306 (pid 990)
";
    assert_eq!(text(&output.stdout), expected);
    let closing = "8 AVC messages, 19 records, 19 lines; 2 AVC records are no denials (notices, or AppArmor's)\n";
    assert_eq!(text(&output.stderr), closing);
    let marked = seltui(&["events", "-i", corpus("journal.log").to_str().unwrap()], b"");
    assert!(text(&marked.stdout).contains(":capabil { dac_override } cron (pid 900) [incomplete] [unproven]\n"));
}

#[test]
fn the_summary_groups_and_tells_permissive_and_granted_apart() {
    let row = |serial: u64, result: &str, permissions: &str, end: &str| {
        format!(
            "type=AVC msg=audit(1700000{serial:03}.000:{serial}): avc:  {result}  {{ {permissions} }} for  comm=\"c\" name=\"n{serial}\" \
             scontext=u:r:a_t:s0 tcontext=u:o:b_t:s0 tclass=file{end}\n"
        )
    };
    let input = [
        row(1, "granted", "read", ""),
        row(2, "denied", "read", " permissive=0"),
        row(3, "denied", "open", " permissive=1"),
        row(4, "denied", "read write", " permissive=0"),
    ];
    let output = seltui(&["events", "--summary", "-i", "-"], input.concat().as_bytes());
    let expected = "     3 denied (1 permissive) a_t → b_t:file { open read write }  2023-11-14 22:13:22 to 2023-11-14 22:13:24  c  n2 and 2 more
     1 granted a_t → b_t:file { read }  2023-11-14 22:13:21  c  n1\n";
    assert_eq!(text(&output.stdout), expected);
    let rows = json_lines(&["events", "--summary", "--json", "-i", "-"], input.concat().as_bytes());
    assert_eq!(
        (&rows[0]["count"], &rows[0]["permissive"], &rows[0]["first"]),
        (&json!(3), &json!(1), &json!("1700000002.000"))
    );
}

#[test]
fn statuses_and_errors() {
    let nothing = seltui(&["events", "-i", "-"], b"nothing\n");
    assert_eq!((nothing.status.code(), nothing.stdout.len()), (Some(1), 0));
    assert_eq!(text(&nothing.stderr), "0 AVC messages, 0 records, 1 line; 1 line is no audit record\n");
    let missing = seltui(&["events", "-i", "/nowhere/audit.log"], b"");
    assert_eq!(missing.status.code(), Some(2));
    // The audit daemon is asked after only where its own log is missing.
    assert_eq!(text(&missing.stderr), "seltui: /nowhere/audit.log: no such file: name another log with -i\n");
    let folder = seltui(&["events", "-i", corpus("").to_str().unwrap()], b"");
    assert_eq!(folder.status.code(), Some(2));
    let said = text(&folder.stderr);
    assert!(said.ends_with("tests/corpus/: a folder, and there is no audit.log in it: name a file\n"), "{said}");
    // The node's own log, looked up below the root.
    let root = tempfile::tempdir().unwrap();
    fs::create_dir_all(root.path().join("var/log/audit")).unwrap();
    fs::copy(corpus("enriched.log"), root.path().join("var/log/audit/audit.log")).unwrap();
    let output = seltui(&["--root", root.path().to_str().unwrap(), "events"], b"");
    assert_eq!((output.status.code(), text(&output.stdout).lines().count()), (Some(0), 4));
}

#[test]
fn an_event_may_go_on_in_the_next_input() {
    let whole = fs::read_to_string(corpus("auditd.log")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (old, new) = (folder.path().join("audit.log.1"), folder.path().join("audit.log"));
    let split = whole.find("type=CWD").unwrap();
    let (first, second) = whole.split_at_checked(split).unwrap();
    fs::write(&old, first).unwrap();
    fs::write(&new, second).unwrap();
    let messages = json_lines(&["events", "--json", "-i", old.to_str().unwrap(), "-i", new.to_str().unwrap()], b"");
    assert_eq!((messages.len(), &messages[0]["path"]), (8, &json!("/var/log/motd.d")));
    assert_eq!((&messages[1]["file"], &messages[1]["line"]), (&json!(new), &json!(4)));
}

#[test]
fn rotated_and_packed_logs_of_a_folder_are_read_in_order() {
    let whole = fs::read_to_string(corpus("auditd.log")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let split = whole.find("type=CWD").unwrap();
    let (first, second) = whole.split_at_checked(split).unwrap();
    let old = folder.path().join("audit.log.1");
    fs::write(&old, first).unwrap();
    fs::write(folder.path().join("audit.log"), second).unwrap();
    let argument = folder.path().to_str().unwrap();
    let expected = json_lines(&["events", "--json", "-i", argument], b"");
    assert_eq!((expected.len(), &expected[0]["path"]), (8, &json!("/var/log/motd.d")));
    for (program, ending) in [("gzip", "gz"), ("xz", "xz"), ("zstd", "zst")] {
        let Some(mut pack) = judge(program) else { continue };
        fs::write(&old, first).unwrap();
        let output = pack.arg("-c").arg(&old).output().unwrap().stdout;
        fs::remove_file(&old).unwrap();
        let packed = folder.path().join(format!("audit.log.1.{ending}"));
        fs::write(&packed, output).unwrap();
        let messages = json_lines(&["events", "--json", "-i", argument], b"");
        assert_eq!((messages.len(), &messages[0]["path"]), (8, &json!("/var/log/motd.d")), "{program}");
        assert_eq!(messages[0]["file"], json!(packed), "{program}");
        fs::remove_file(packed).unwrap();
    }
}

#[test]
fn what_a_cut_archive_still_holds_is_read_and_so_are_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let record = |serial: u32| {
        format!(
            "type=AVC msg=audit(1700000010.111:{serial}): avc:  denied  {{ read }} for  pid={serial} comm=\"{serial:08x}\" \
             scontext=u:r:a_t:s0 tcontext=u:o:b_t:s0 tclass=file permissive=0\n"
        )
    };
    let whole = folder.path().join("old.log");
    // Long enough for several blocks of each compressor.
    fs::write(&whole, (1..20_000_u32).map(|serial| record(serial.wrapping_mul(2_654_435_761))).collect::<String>())
        .unwrap();
    let other = folder.path().join("other.log");
    fs::write(&other, record(7)).unwrap();
    for program in ["gzip", "xz", "zstd"] {
        let Some(mut pack) = judge(program) else { continue };
        let packed = pack.arg("-c").arg(&whole).output().unwrap().stdout;
        let cut = folder.path().join(program);
        fs::write(&cut, &packed[..packed.len() * 2 / 3]).unwrap();
        let inputs = ["-i", cut.to_str().unwrap(), "-i", "/nowhere/audit.log", "-i", other.to_str().unwrap()];
        let output = seltui(&[&["events", "--json"][..], &inputs].concat(), b"");
        let (told, said) = (text(&output.stdout), text(&output.stderr));
        assert_eq!(output.status.code(), Some(2), "{program}: {said}");
        let of_cut = told.lines().filter(|line| line.contains(cut.to_str().unwrap())).count();
        // zstd's decoder keeps back what later blocks may refer to, and xz has a single block here.
        let least = match program {
            "gzip" => 10_000,
            "zstd" => 1,
            _ => 0,
        };
        assert!(of_cut >= least, "{program}: {of_cut}");
        assert_eq!(told.lines().last().map(|line| line.contains("\"serial\":7,")), Some(true), "{program}: {said}");
        assert!(said.contains("the compressed file is cut or damaged"), "{said}");
        assert!(said.contains("/nowhere/audit.log: no such file: name another log with -i"), "{said}");
        // A module is not made of half a log.
        let module = seltui(&[&["generate", "-m", "x"][..], &inputs].concat(), b"");
        assert_eq!((module.status.code(), text(&module.stdout)), (Some(2), String::new()), "{program}");
    }
}

#[test]
fn without_an_audit_log_the_journal_is_read() {
    let root = tempfile::tempdir().unwrap();
    let machine = root.path().join("run/log/journal/0123456789abcdef0123456789abcdef");
    fs::create_dir_all(&machine).unwrap();
    fs::write(machine.join("system.journal"), "").unwrap();
    let programs = tempfile::tempdir().unwrap();
    // A journalctl that says what it was asked, and one entry.
    let script = "#!/bin/sh\necho \"$@\" >&2\necho \"$@\" > \"$0.asked\"\ncat <<'END'\n\
        {\"__CURSOR\":\"s=1\",\"_TRANSPORT\":\"audit\",\"_AUDIT_TYPE\":\"1400\",\"_AUDIT_ID\":\"7\",\
        \"_SOURCE_REALTIME_TIMESTAMP\":\"1700000010111000\",\"MESSAGE\":\"AVC avc:  denied  { read } for  pid=4 \
        scontext=u:r:a_t:s0 tcontext=u:o:b_t:s0 tclass=file permissive=0\"}\nEND\n";
    let program = programs.path().join("journalctl");
    fs::write(&program, script).unwrap();
    fs::set_permissions(&program, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let path = format!("{}:/usr/bin:/bin", programs.path().display());
    let output = Command::new(env!("CARGO_BIN_EXE_seltui"))
        .args(["events", "--json", "--root"])
        .arg(root.path())
        .env("PATH", path)
        .output()
        .unwrap();
    let said = text(&output.stderr);
    assert!(said.starts_with("seltui: there is no audit.log: reading the journal\n"), "{said}");
    let message: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (&message["serial"], &message["unproven"], &message["file"]),
        (&json!(7), &json!(false), &json!("journal"))
    );
    let asked = fs::read_to_string(programs.path().join("journalctl.asked")).unwrap();
    let root = root.path().display();
    let expected = format!("--output=json --no-pager --quiet --all --root {root} _TRANSPORT=audit _TRANSPORT=kernel\n");
    assert_eq!(asked, expected);
}

#[test]
fn ranges_take_what_was_asked_for() {
    let avc = |second: u64, source: &str, class: &str, comm: &str| {
        format!(
            "type=AVC msg=audit({second}.000:{second}): avc:  denied  {{ read }} for  pid=4 comm=\"{comm}\" scontext=u:r:{source}:s0 \
             tcontext=u:o:b_t:s0 tclass={class} permissive=0\n"
        )
    };
    let load = "type=MAC_POLICY_LOAD msg=audit(1700000250.000:250): auid=0 ses=1 lsm=selinux res=1\n";
    let log = [
        avc(1_700_000_100, "a_t", "file", "x"),
        avc(1_700_000_200, "a_t", "dir", "y"),
        load.to_owned(),
        format!("node=n {}", avc(1_700_000_210, "a_t", "dir", "y")),
        avc(1_700_000_300, "c_t", "file", "x"),
    ]
    .concat();
    let serials = |arguments: &[&str]| {
        let arguments = [&["events", "--json", "-i", "-"], arguments].concat();
        let output = seltui(&arguments, log.as_bytes());
        text(&output.stdout)
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap()["serial"].as_u64().unwrap() - 1_700_000_000)
            .collect::<Vec<_>>()
    };
    for (arguments, expected) in [
        (&[][..], &[100, 200, 210, 300][..]),
        (&["--since", "2023-11-14 22:16:40"], &[200, 210, 300]),
        (&["--until", "2023-11-14 22:16:40"], &[100, 200]),
        (&["--since", "today"], &[]),
        // The load was that of the machine without a name.
        (&["--last-load"], &[210, 300]),
        (&["--domain", "a_t", "--class", "dir"], &[200, 210]),
        (&["--comm", "x", "--comm", "z"], &[100, 300]),
        (&["--node", "n"], &[210]),
        (&["--type", "other_t"], &[]),
    ] {
        assert_eq!(serials(arguments), expected, "{arguments:?}");
    }
    let wrong = seltui(&["events", "--since", "tomorrow"], b"");
    assert_eq!(wrong.status.code(), Some(2));
    assert!(text(&wrong.stderr).contains("'tomorrow' is no moment: say now, recent"), "{}", text(&wrong.stderr));
    // A script reads each event once, however often it asks.
    let folder = tempfile::tempdir().unwrap();
    let checkpoint = folder.path().join("checkpoint");
    let checkpoint = checkpoint.to_str().unwrap();
    assert_eq!(serials(&["--checkpoint", checkpoint, "--until", "2023-11-14 22:16:40"]), [100, 200]);
    assert_eq!(serials(&["--checkpoint", checkpoint]), [210, 300]);
    assert_eq!(serials(&["--checkpoint", checkpoint]), [0; 0]);
    // By its time alone, the last events come again: of the machine n and of the one without a name.
    assert_eq!(serials(&["--checkpoint", checkpoint, "--since", "checkpoint"]), [210, 300]);
    let alone = seltui(&["events", "-i", "-", "--since", "checkpoint"], log.as_bytes());
    assert_eq!(alone.status.code(), Some(2));
    assert!(text(&alone.stderr).contains("--since checkpoint needs --checkpoint FILE"), "{}", text(&alone.stderr));
    // A file is read twice for the last load, a pipe kept for it: the same comes out.
    let file = folder.path().join("audit.log");
    fs::write(&file, &log).unwrap();
    let messages = json_lines(&["events", "--json", "--last-load", "-i", file.to_str().unwrap()], b"");
    assert_eq!(messages.len(), 2);
}

#[test]
fn an_event_that_two_inputs_tell_counts_once() {
    let file = corpus("auditd.log");
    let file = file.to_str().unwrap();
    let once = json_lines(&["events", "--json", "-i", file], b"");
    let twice = seltui(&["events", "--json", "-i", file, "-i", file], b"");
    let messages: Vec<Value> =
        text(&twice.stdout).lines().map(|line| serde_json::from_str::<Value>(line).unwrap()).collect();
    assert_eq!(messages, once);
    assert!(text(&twice.stderr).starts_with("8 AVC messages, "), "{}", text(&twice.stderr));
    // The journal's entry of a record that audit.log has too, with the name of the machine.
    let record = "avc:  denied  { read } for  pid=4 scontext=u:r:a_t:s0 tcontext=u:o:b_t:s0 tclass=file permissive=0";
    let log = format!("type=AVC msg=audit(1700000010.111:7): {record}\n");
    let entry = format!(
        "{{\"_TRANSPORT\":\"audit\",\"_AUDIT_TYPE\":\"1400\",\"_AUDIT_ID\":\"7\",\"_SOURCE_REALTIME_TIMESTAMP\":\
         \"1700000010111000\",\"_HOSTNAME\":\"web\",\"MESSAGE\":\"AVC {record}\"}}\n"
    );
    let folder = tempfile::tempdir().unwrap();
    let (first, second) = (folder.path().join("audit.log"), folder.path().join("journal.json"));
    fs::write(&first, log).unwrap();
    fs::write(&second, entry).unwrap();
    let inputs = ["-i", first.to_str().unwrap(), "-i", second.to_str().unwrap()];
    assert_eq!(json_lines(&[&["events", "--json"][..], &inputs].concat(), b"").len(), 1);
}

#[test]
fn a_closed_pipe_is_no_error() {
    let file = corpus("auditd.log");
    let large = fs::read(&file).unwrap().repeat(2000);
    let mut child = Command::new(env!("CARGO_BIN_EXE_seltui"))
        .args(["events", "-i", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let _ = child.stdin.take().unwrap().write_all(&large);
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()));
}

#[test]
fn an_endless_line_is_cut() {
    let mut input =
        b"type=AVC msg=audit(1700000010.111:10): avc:  denied  { read } for  scontext=u:r:a_t:s0 tcontext=u:o:b_t:s0 \
        tclass=file permissive=0 x="
            .to_vec();
    input.resize(5 << 20, b'y');
    input.extend_from_slice(b"\ntype=AVC msg=audit(1700000010.111:11): avc:  denied  { read } for  scontext=u:r:a_t:s0 tcontext=u:o:b_t:s0 tclass=dir");
    let messages = json_lines(&["events", "--json", "-i", "-"], &input);
    assert_eq!((&messages[0]["incomplete"], &messages[1]["incomplete"]), (&json!(true), &json!(false)));
    assert_eq!((&messages[1]["line"], messages[0]["fields"]["x"].as_str().unwrap().len() < 1 << 20), (&json!(2), true));
}
