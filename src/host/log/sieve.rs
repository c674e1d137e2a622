//! What of a log reaches whoever reads it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use super::duplicates::Duplicates;
use crate::{
    audit::{AuditEvent, Mark, MarkKind, Selection, Stamp},
    selinux::Name,
};

/// Takes out what another input told, what nobody asked for, and what is older than the last policy load.
#[derive(Debug)]
pub(super) struct Sieve {
    selection: Selection,
    /// Shared by all who read one of several inputs.
    duplicates: Option<Arc<Mutex<Duplicates>>>,
    /// The last policy load of each node, where that is asked for.
    loads: Loads,
}

impl Sieve {
    /// One that knows of no policy load.
    pub fn new(several: bool, selection: &Selection) -> Self {
        let duplicates = several.then(|| Arc::new(Mutex::new(Duplicates::default())));
        Self { selection: selection.clone(), duplicates, loads: Loads::default() }
    }

    /// Another one for another reader of the same inputs.
    pub fn another(&self) -> Self {
        Self { selection: self.selection.clone(), duplicates: self.duplicates.clone(), loads: Loads::default() }
    }

    /// Learns of the last policy loads: what is read from here on is held against them.
    pub fn know(&mut self, loads: &Loads) {
        for (node, load) in loads {
            take_load(&mut self.loads, node.clone(), *load);
        }
    }

    /// Learns of the policy loads among the marks.
    pub fn mark(&mut self, marks: impl IntoIterator<Item = Mark>) {
        remember(&mut self.loads, marks);
    }

    /// The event with what is left of it; nothing when that is nothing.
    pub fn pass(&mut self, mut event: AuditEvent) -> Option<AuditEvent> {
        if let Some(duplicates) = &self.duplicates {
            duplicates.lock().unwrap_or_else(PoisonError::into_inner).remove(&mut event);
        }
        let AuditEvent { id, messages, .. } = &mut event;
        messages.retain(|message| self.selection.takes(id, message));
        (!messages.is_empty() && is_after(&self.loads, &event)).then_some(event)
    }

    /// How many messages were told by another input.
    pub fn duplicates(&self) -> u64 {
        let lock = self.duplicates.as_ref().map(|duplicates| duplicates.lock().unwrap_or_else(PoisonError::into_inner));
        lock.map_or(0, |duplicates| duplicates.count)
    }
}

/// The last policy load of each node.
pub(super) type Loads = HashMap<Option<Name>, (Stamp, Option<u64>)>;

/// Takes note of the policy loads among the marks.
pub(super) fn remember(loads: &mut Loads, marks: impl IntoIterator<Item = Mark>) {
    for Mark { id, .. } in marks.into_iter().filter(|mark| mark.kind == MarkKind::PolicyLoad) {
        take_load(loads, id.node, (id.stamp, id.serial));
    }
}

fn take_load(loads: &mut Loads, node: Option<Name>, load: (Stamp, Option<u64>)) {
    let last = loads.entry(node).or_insert(load);
    *last = (*last).max(load);
}

fn is_after(loads: &Loads, event: &AuditEvent) -> bool {
    loads.get(&event.id.node).is_none_or(|load| (event.id.stamp, event.id.serial) > *load)
}
