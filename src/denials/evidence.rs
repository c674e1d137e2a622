//! What a denial rests on.

use std::{
    collections::{BTreeSet, VecDeque},
    sync::Arc,
};

use crate::{
    audit::{AvcMessage, AvcResult, EventId, RawRecord, Refusal},
    selinux::{Name, Untrusted},
};

/// How many different values of one field are kept; further ones are only counted.
pub const KEPT_VALUES: usize = 16;

/// How many events are kept whole: the first one, and the newest.
pub const KEPT_EVENTS: usize = 8;

/// The different values of one field with the number of messages that carried each, in the order they came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen<T> {
    values: Vec<(T, u64)>,
    /// Messages whose value came after [`KEPT_VALUES`] different ones.
    pub others: u64,
}

impl<T> Default for Seen<T> {
    fn default() -> Self {
        Self { values: Vec::new(), others: 0 }
    }
}

impl<T: Clone + PartialEq> Seen<T> {
    /// Counts a value.
    pub fn add(&mut self, value: &T) {
        if let Some((_, count)) = self.values.iter_mut().find(|(seen, _)| seen == value) {
            *count += 1;
        } else if self.values.len() < KEPT_VALUES {
            self.values.push((value.clone(), 1));
        } else {
            self.others += 1;
        }
    }

    /// The values with their counts, in the order they came.
    pub fn iter(&self) -> impl Iterator<Item = (&T, u64)> {
        self.values.iter().map(|(value, count)| (value, *count))
    }

    /// The value seen most often; the earliest of several.
    pub fn most(&self) -> Option<&T> {
        self.values.iter().rev().max_by_key(|(_, count)| *count).map(|(value, _)| value)
    }

    /// How many different values are kept.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether no message carried the field.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }
}

/// One event behind a denial: which, and its records or where they stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting {
    /// Node, stamp and serial.
    pub id: EventId,
    /// The records of the event, those of other denials too.
    pub records: Arc<[RawRecord]>,
}

/// Who and what a denial was seen with: bounded, however often it came.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Evidence {
    /// `comm` of the processes.
    pub comm: Seen<Untrusted>,
    /// Their programs.
    pub exe: Seen<Untrusted>,
    /// Paths of the objects, or their names where the log has no path.
    pub path: Seen<Untrusted>,
    /// Process ids.
    pub pid: Seen<u64>,
    /// Ports.
    pub port: Seen<u16>,
    /// Machines.
    pub node: Seen<Name>,
    /// The roles that the source ran in; of a context that is not valid, its own.
    pub roles: BTreeSet<Name>,
    /// The first event, then the newest ones, oldest first; at most [`KEPT_EVENTS`].
    pub events: VecDeque<Sighting>,
    /// Whether a message came from text that anyone can write.
    pub unproven: bool,
    /// Whether a message was cut or damaged.
    pub incomplete: bool,
}

impl Evidence {
    pub(super) fn add_message(&mut self, event: &EventId, message: &AvcMessage) {
        if let Some(comm) = &message.comm {
            self.comm.add(comm);
        }
        if let Some(exe) = &message.exe {
            self.exe.add(exe);
        }
        if let Some(path) = message.path.as_ref().or(message.name.as_ref()) {
            self.path.add(path);
        }
        if let Some(pid) = message.pid {
            self.pid.add(&pid);
        }
        if let Some(port) = message.port {
            self.port.add(&port);
        }
        if let Some(node) = &event.node {
            self.node.add(node);
        }
        // What is not valid is the new context: it is its role that matters.
        let invalid = message.result == AvcResult::Refused(Refusal::Context);
        let role = if invalid { &message.target.role } else { &message.source.role };
        if !self.roles.contains(role) && self.roles.len() < KEPT_VALUES {
            self.roles.insert(role.clone());
        }
        self.unproven |= message.unproven;
        self.incomplete |= message.incomplete;
    }

    pub(super) fn add_sighting(&mut self, sighting: &Sighting) {
        // Two messages of one event may belong to the same denial.
        if self.events.back().is_some_and(|last| last == sighting) {
            return;
        }
        if self.events.len() == KEPT_EVENTS {
            self.events.remove(1);
        }
        self.events.push_back(sighting.clone());
    }
}
