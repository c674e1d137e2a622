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
    /// The last policy load of each node, while events are held for it.
    loads: Loads,
    held: Option<Vec<AuditEvent>>,
}

impl Sieve {
    pub fn new(several: bool, selection: &Selection) -> Self {
        let duplicates = several.then(|| Arc::new(Mutex::new(Duplicates::default())));
        let held = selection.last_load.then(Vec::new);
        Self { selection: selection.clone(), duplicates, loads: HashMap::new(), held }
    }

    /// Another one for another reader of the same inputs.
    pub fn another(&self) -> Self {
        let duplicates = self.duplicates.clone();
        let held = self.selection.last_load.then(Vec::new);
        Self { selection: self.selection.clone(), duplicates, loads: HashMap::new(), held }
    }

    /// One that knows the last policy loads beforehand, and holds nothing.
    pub fn of_loads(several: bool, selection: &Selection, loads: Loads) -> Self {
        Self { loads, held: None, ..Self::new(several, selection) }
    }

    /// Takes note of policy loads.
    pub fn mark(&mut self, marks: impl IntoIterator<Item = Mark>) {
        let Some(held) = &mut self.held else { return };
        if remember(&mut self.loads, marks) {
            let loads = &self.loads;
            held.retain(|event| is_after(loads, event));
        }
    }

    /// The event with what is left of it; nothing when that is nothing, or while it is held.
    pub fn pass(&mut self, mut event: AuditEvent) -> Option<AuditEvent> {
        if let Some(duplicates) = &self.duplicates {
            duplicates.lock().unwrap_or_else(PoisonError::into_inner).remove(&mut event);
        }
        let AuditEvent { id, messages, .. } = &mut event;
        messages.retain(|message| self.selection.takes(id, message));
        // After what was there at the start, a load is only one more.
        if messages.is_empty() || !is_after(&self.loads, &event) {
            return None;
        }
        match &mut self.held {
            Some(held) => {
                held.push(event);
                None
            }
            None => Some(event),
        }
    }

    /// The events that were held; from here on none is.
    pub fn release(&mut self) -> impl Iterator<Item = AuditEvent> + use<> {
        self.held.take().unwrap_or_default().into_iter()
    }

    /// How many messages were told by another input.
    pub fn duplicates(&self) -> u64 {
        let lock = self.duplicates.as_ref().map(|duplicates| duplicates.lock().unwrap_or_else(PoisonError::into_inner));
        lock.map_or(0, |duplicates| duplicates.count)
    }
}

/// The last policy load of each node.
pub(super) type Loads = HashMap<Option<Name>, (Stamp, Option<u64>)>;

/// Takes note of the policy loads among the marks; false when there is none.
pub(super) fn remember(loads: &mut Loads, marks: impl IntoIterator<Item = Mark>) -> bool {
    let mut found = false;
    for Mark { id, .. } in marks.into_iter().filter(|mark| mark.kind == MarkKind::PolicyLoad) {
        let load = loads.entry(id.node).or_insert((id.stamp, id.serial));
        *load = (*load).max((id.stamp, id.serial));
        found = true;
    }
    found
}

fn is_after(loads: &Loads, event: &AuditEvent) -> bool {
    loads.get(&event.id.node).is_none_or(|load| (event.id.stamp, event.id.serial) > *load)
}
