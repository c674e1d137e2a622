//! What happened to the policy itself: marks on the time line.

use super::{
    EventId, Place,
    field::{Notation, fields},
    line::RecordType,
};
use crate::selinux::Name;

/// A moment that divides the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// Node, stamp and serial.
    pub id: EventId,
    /// Where it stands.
    pub place: Place,
    /// What happened.
    pub kind: MarkKind,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MarkKind {
    /// A policy was loaded (`MAC_POLICY_LOAD`): what was denied before may be allowed by now.
    PolicyLoad,
    /// The kernel enforces from now on, or does not (MAC_STATUS).
    Enforcing(bool),
    /// A boolean was set (MAC_CONFIG_CHANGE).
    Boolean {
        /// Its name.
        name: Name,
        /// Its new value.
        value: bool,
    },
    /// The machine was started (SYSTEM_BOOT).
    Boot,
    /// The audit daemon was started (DAEMON_START).
    DaemonStart,
    /// The audit daemon ended, by itself or by an error (`DAEMON_END`, `DAEMON_ABORT`): the kernel's records go elsewhere.
    DaemonEnd,
}

/// Reads a record that may be a mark; the kernel gives some of the numbers to other security modules too.
pub(super) fn read(kind: RecordType, body: &[u8], notation: Notation) -> Option<MarkKind> {
    let value = |key: &[u8]| fields(body, notation).find(|field| field.key == key).map(|field| field.value.text());
    if value(b"lsm").is_some_and(|module| module != b"selinux") || value(b"policy_name").is_some() {
        return None;
    }
    let flag = |key: &[u8]| match value(key)? {
        b"0" | b"no" => Some(false),
        b"1" | b"yes" => Some(true),
        _ => None,
    };
    match kind {
        RecordType::PolicyLoad => Some(MarkKind::PolicyLoad),
        RecordType::Status => flag(b"enforcing").map(MarkKind::Enforcing),
        RecordType::ConfigChange => {
            Some(MarkKind::Boolean { name: Name::from_bytes(value(b"bool")?), value: flag(b"val")? })
        }
        RecordType::Boot => Some(MarkKind::Boot),
        RecordType::DaemonStart => Some(MarkKind::DaemonStart),
        RecordType::DaemonEnd => Some(MarkKind::DaemonEnd),
        _ => None,
    }
}
