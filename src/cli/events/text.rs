//! What `seltui events` shows to a person.

use std::fmt::Write as _;

use jiff::{Timestamp, tz::TimeZone};

use crate::{
    audit::{AuditEvent, AvcMessage, AvcResult, Counters, Refusal, Stamp},
    denials::Denial,
    selinux::{Name, PermissionSet, Untrusted, printable},
};

/// One line for one message:
/// `2022-06-27 20:03:44 denied container_t → container_log_t:dir { read } flb-pipeline /var/log/containers (pid 25164)`.
pub(super) fn message(event: &AuditEvent, message: &AvcMessage, zone: &TimeZone) -> String {
    let mut line = String::new();
    // Writing into a String cannot fail; nor below.
    let _ = write!(line, "{} ", time(event.id.stamp, zone));
    if let Some(node) = &event.id.node {
        let _ = write!(line, "{} ", safe(node));
    }
    line.push_str(match message.result {
        AvcResult::Denied => "denied",
        AvcResult::Granted => "granted",
        AvcResult::Refused(refusal) => refused(refusal),
    });
    if message.permissive == Some(true) {
        line.push_str(" (permissive)");
    }
    let access = access(&message.source.r#type, &message.target.r#type, &message.class, &message.permissions);
    let _ = write!(line, " {access}");
    let object = message.path.as_ref().or(message.name.as_ref());
    for value in [message.comm.as_ref(), object].into_iter().flatten() {
        let _ = write!(line, " {}", value.printable());
    }
    if let Some(port) = message.port {
        let _ = write!(line, " port {port}");
    }
    if let Some(ioctl) = message.ioctl {
        let _ = write!(line, " ioctl {ioctl:#x}");
    }
    if let Some(pid) = message.pid {
        let _ = write!(line, " (pid {pid})");
    }
    mark(&mut line, message.incomplete, message.unproven);
    line
}

/// One row for one denial: how often, what, when, by whom, on what.
pub(super) fn denial(denial: &Denial, zone: &TimeZone) -> String {
    let (key, tally, evidence) = (&denial.key, &denial.tally, &denial.evidence);
    let permissive = match (tally.enforced, tally.permissive) {
        (_, 0) => String::new(),
        (0, _) => " (permissive)".to_owned(),
        (_, some) => format!(" ({some} permissive)"),
    };
    let result = match key.result {
        AvcResult::Denied => "denied",
        AvcResult::Granted => "granted",
        AvcResult::Refused(refusal) => refused(refusal),
    };
    let access = access(&key.source, &key.target, &key.class, &denial.permission_set());
    let mut line = format!("{:>6} {result}{permissive} {access}", tally.count());
    let (first, last) = (time(tally.first, zone), time(tally.last, zone));
    let _ = if first == last { write!(line, "  {first}") } else { write!(line, "  {first} to {last}") };
    for seen in [&evidence.comm, &evidence.path] {
        if let Some(most) = seen.most() {
            let _ = write!(line, "  {}", Untrusted::printable(most));
        }
        let more = seen.len().saturating_sub(1) as u64;
        if more > 0 {
            let _ = write!(line, " and {more} more");
        }
    }
    mark(&mut line, evidence.incomplete, evidence.unproven);
    line
}

/// What no allow rule is about, in a word or two.
fn refused(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::Context => "denied (invalid context)",
        Refusal::Transition => "denied (nnp or nosuid transition)",
        Refusal::Bounds => "denied (bounds)",
        Refusal::Validation => "denied (validatetrans)",
    }
}

/// The closing line.
pub(super) fn counters(counters: &Counters) -> String {
    let Counters { lines, records, messages, refusals, duplicates, no_record, no_denial, damaged } = *counters;
    let mut text = format!(
        "{}, {}, {}",
        count(messages, "AVC message", "AVC messages"),
        count(records, "record", "records"),
        count(lines, "line", "lines")
    );
    for (number, one, many) in [
        (refusals, "SELINUX_ERR record", "SELINUX_ERR records"),
        (duplicates, "message that another input told already", "messages that another input told already"),
        (no_record, "line is no audit record", "lines are no audit records"),
        (
            no_denial,
            "AVC record is no denial (a notice, or AppArmor's)",
            "AVC records are no denials (notices, or AppArmor's)",
        ),
        (damaged, "AVC record is too damaged to be used", "AVC records are too damaged to be used"),
    ] {
        if number > 0 {
            let _ = write!(text, "; {}", count(number, one, many));
        }
    }
    text
}

fn count(number: u64, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

fn access(source: &Name, target: &Name, class: &Name, permissions: &PermissionSet) -> String {
    let mut text = format!("{} → {}:{} {{", safe(source), safe(target), safe(class));
    for permission in permissions {
        text.push(' ');
        text.push_str(&safe(permission));
    }
    text.push_str(" }");
    text
}

fn mark(line: &mut String, incomplete: bool, unproven: bool) {
    if incomplete {
        line.push_str(" [incomplete]");
    }
    if unproven {
        line.push_str(" [unproven]");
    }
}

fn safe(name: &Name) -> String {
    printable(name.as_str().as_bytes())
}

/// The time in this zone; dashes of the same width where the log does not tell it.
fn time(stamp: Stamp, zone: &TimeZone) -> String {
    let moment = i64::try_from(stamp.0).ok().filter(|ms| *ms != 0);
    match moment.and_then(|ms| Timestamp::from_millisecond(ms).ok()) {
        Some(moment) => moment.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M:%S").to_string(),
        None => "---------- --------".to_owned(),
    }
}
