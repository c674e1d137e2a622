//! The JSON that `seltui events --json` prints: scripts hold on to it.

use std::{borrow::Cow, collections::BTreeMap};

use serde::Serialize;

use crate::{
    audit::{AvcKind, AvcMessage, AvcResult, EventId},
    denials::{Denial, Seen},
    host::log::LogInput,
    selinux::{Name, SecurityContext, Untrusted},
};

/// One AVC message.
#[derive(Debug, Serialize)]
pub(super) struct MessageJson<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    serial: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    node: Option<&'a str>,
    kind: &'static str,
    result: &'static str,
    permissions: Vec<&'a str>,
    source: ContextJson<'a>,
    target: ContextJson<'a>,
    class: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    permissive: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pid: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    comm: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exe: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dev: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    inode: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ioctl: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    capability: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    port: Option<u16>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    cmdline: Vec<Cow<'a, str>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    fields: BTreeMap<&'a str, Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<Cow<'a, str>>,
    line: u64,
    incomplete: bool,
    unproven: bool,
}

#[derive(Debug, Serialize)]
struct ContextJson<'a> {
    context: String,
    user: &'a str,
    role: &'a str,
    r#type: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    range: Option<&'a str>,
}

impl<'a> ContextJson<'a> {
    fn new(context: &'a SecurityContext) -> Self {
        Self {
            context: context.to_string(),
            user: context.user.as_str(),
            role: context.role.as_str(),
            r#type: context.r#type.as_str(),
            range: context.range.as_ref().map(Name::as_str),
        }
    }
}

impl<'a> MessageJson<'a> {
    pub fn new(id: &'a EventId, message: &'a AvcMessage, inputs: &'a [LogInput]) -> Self {
        let mut fields = BTreeMap::new();
        for (name, value) in &message.fields {
            fields.entry(name.as_str()).or_insert_with(|| text(value));
        }
        Self {
            time: time(id.stamp.0),
            serial: id.serial,
            node: id.node.as_ref().map(Name::as_str),
            kind: match message.kind {
                AvcKind::Avc => "avc",
                AvcKind::UserAvc => "user_avc",
                AvcKind::SelinuxErr => "selinux_err",
                AvcKind::UserSelinuxErr => "user_selinux_err",
            },
            result: result(message.result),
            permissions: message.permissions.iter().map(Name::as_str).collect(),
            source: ContextJson::new(&message.source),
            target: ContextJson::new(&message.target),
            class: message.class.as_str(),
            permissive: message.permissive,
            pid: message.pid,
            comm: message.comm.as_ref().map(text),
            exe: message.exe.as_ref().map(text),
            path: message.path.as_ref().map(text),
            name: message.name.as_ref().map(text),
            dev: message.dev.as_ref().map(text),
            inode: message.inode,
            ioctl: message.ioctl,
            capability: message.capability,
            port: message.port,
            cmdline: message.cmdline.iter().map(text).collect(),
            fields,
            file: inputs.get(message.place.input).map(|input| input.path().to_string_lossy()),
            line: message.place.line,
            incomplete: message.incomplete,
            unproven: message.unproven,
        }
    }
}

/// One row of `--summary`.
#[derive(Debug, Serialize)]
pub(super) struct DenialJson<'a> {
    source: &'a str,
    target: &'a str,
    class: &'a str,
    result: &'static str,
    permissions: Vec<&'a str>,
    count: u64,
    /// How many of them went through all the same.
    permissive: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    first: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    comm: Vec<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    exe: Vec<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    path: Vec<Cow<'a, str>>,
    incomplete: bool,
    unproven: bool,
}

impl<'a> DenialJson<'a> {
    pub fn new(denial: &'a Denial) -> Self {
        let values = |seen: &'a Seen<Untrusted>| seen.iter().map(|(value, _)| text(value)).collect();
        Self {
            source: denial.key.source.as_str(),
            target: denial.key.target.as_str(),
            class: denial.key.class.as_str(),
            result: result(denial.key.result),
            permissions: denial.permissions.keys().map(Name::as_str).collect(),
            count: denial.tally.count(),
            permissive: denial.tally.permissive,
            first: time(denial.tally.first.0),
            last: time(denial.tally.last.0),
            comm: values(&denial.evidence.comm),
            exe: values(&denial.evidence.exe),
            path: values(&denial.evidence.path),
            incomplete: denial.evidence.incomplete,
            unproven: denial.evidence.unproven,
        }
    }
}

fn result(result: AvcResult) -> &'static str {
    match result {
        AvcResult::Denied | AvcResult::Refused(_) => "denied",
        AvcResult::Granted => "granted",
    }
}

/// Bytes that are not UTF-8 become U+FFFD.
fn text(value: &Untrusted) -> Cow<'_, str> {
    String::from_utf8_lossy(value.as_bytes())
}

/// Seconds with three decimals; nothing where the log does not tell the time.
fn time(milliseconds: u64) -> Option<String> {
    (milliseconds != 0).then(|| format!("{}.{:03}", milliseconds / 1000, milliseconds % 1000))
}
