//! The entries of `journalctl -o json`, one object a line (systemd.journal-fields(7)).

use std::borrow::Cow;

use serde::Deserialize;

use super::{Stamp, line::RecordType, stamp::number};

/// What an entry says that concerns records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// What was logged, as bytes.
    pub message: Vec<u8>,
    /// The type and the beginning of the fields in `message`, for what came from the audit socket.
    pub record: Option<(RecordType, usize)>,
    pub stamp: Option<Stamp>,
    pub serial: Option<u64>,
    pub node: Option<Vec<u8>>,
    /// The kernel or the audit subsystem wrote it. Fields that begin with an underline are the journal's own.
    pub proven: bool,
}

#[derive(Deserialize)]
struct Fields<'a> {
    #[serde(rename = "MESSAGE", borrow)]
    message: Option<Message<'a>>,
    #[serde(rename = "_TRANSPORT", borrow)]
    transport: Option<Cow<'a, str>>,
    #[serde(rename = "_AUDIT_TYPE", borrow)]
    audit_type: Option<Cow<'a, str>>,
    #[serde(rename = "_AUDIT_ID", borrow)]
    audit_id: Option<Cow<'a, str>>,
    #[serde(rename = "_SOURCE_REALTIME_TIMESTAMP", borrow)]
    source_time: Option<Cow<'a, str>>,
    #[serde(rename = "__REALTIME_TIMESTAMP", borrow)]
    time: Option<Cow<'a, str>>,
    #[serde(rename = "_HOSTNAME", borrow)]
    hostname: Option<Cow<'a, str>>,
    #[serde(rename = "SYSLOG_IDENTIFIER", borrow)]
    identifier: Option<Cow<'a, str>>,
}

/// Text, or bytes where it is no UTF-8; an entry with several messages gives the first one.
#[derive(Deserialize)]
#[serde(untagged)]
enum Message<'a> {
    Text(#[serde(borrow)] Cow<'a, str>),
    Bytes(Vec<u8>),
    Several(Vec<String>),
    Other(serde::de::IgnoredAny),
}

/// Reads a line; `None` when it is no entry of a journal.
pub(super) fn read(line: &[u8]) -> Option<Entry> {
    let fields: Fields<'_> = serde_json::from_slice(line).ok()?;
    fields.transport.as_ref().or(fields.time.as_ref())?;
    let mut message = match fields.message? {
        Message::Text(text) => text.into_owned().into_bytes(),
        Message::Bytes(bytes) => bytes,
        Message::Several(texts) => texts.into_iter().next()?.into_bytes(),
        Message::Other(_) => return None,
    };
    // Object managers end a field with a newline now and then: a record is one line.
    message.iter_mut().filter(|byte| **byte == b'\n').for_each(|byte| *byte = b' ');
    let digits = |text: &Option<Cow<'_, str>>| {
        let text = text.as_deref()?.as_bytes();
        (!text.is_empty() && text.iter().all(u8::is_ascii_digit)).then(|| number(text))
    };
    let transport = fields.transport.as_deref().unwrap_or_default();
    let audit = transport == "audit";
    let record = audit.then(|| {
        let (name, body) = match message.iter().position(|byte| *byte == b' ') {
            Some(end) => (message.get(..end).unwrap_or_default(), end + 1),
            None => (&message[..], message.len()),
        };
        let number = fields.audit_type.as_deref().map(str::as_bytes);
        (RecordType::of(number.unwrap_or(name)), body)
    });
    Some(Entry {
        record,
        stamp: digits(&fields.source_time).or_else(|| digits(&fields.time)).map(|micros| Stamp(micros / 1000)),
        serial: digits(&fields.audit_id).filter(|_| audit),
        node: fields.hostname.map(|name| name.into_owned().into_bytes()),
        proven: audit || (transport == "kernel" && fields.identifier.as_deref() == Some("kernel")),
        message,
    })
}
