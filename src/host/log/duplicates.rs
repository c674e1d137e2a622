//! The same event out of two inputs.

use std::{
    collections::{HashMap, VecDeque, hash_map::Entry},
    hash::{DefaultHasher, Hash as _, Hasher as _},
};

use crate::{
    audit::{AuditEvent, AvcMessage, EventId},
    selinux::Name,
};

/// How many messages are remembered.
const MOST: usize = 1 << 20;

/// Knows which messages other inputs told: audit.log and the journal both have them, or a file was named twice.
///
/// Two messages are the same when stamp, serial and what they say are, and their nodes where both name one. A message
/// without a serial number is never taken for another one.
#[derive(Debug, Default)]
pub(super) struct Duplicates {
    seen: HashMap<u64, (usize, Option<Name>)>,
    order: VecDeque<u64>,
    /// How many were left out.
    pub count: u64,
}

impl Duplicates {
    /// Takes the messages out of the event that another input told.
    pub fn remove(&mut self, event: &mut AuditEvent) {
        let AuditEvent { id, messages, .. } = event;
        messages.retain(|message| self.is_new(id, message));
    }

    fn is_new(&mut self, id: &EventId, message: &AvcMessage) -> bool {
        let Some(serial) = id.serial else { return true };
        let mut hash = DefaultHasher::new();
        (id.stamp, serial, message.result, &message.permissions, &message.source, &message.target).hash(&mut hash);
        (&message.class, &message.name, message.inode, message.ioctl, message.capability).hash(&mut hash);
        let hash = hash.finish();
        let input = message.place.input;
        match self.seen.entry(hash) {
            Entry::Occupied(seen) => {
                let (first, node) = seen.get();
                let same = *first != input && (node.is_none() || id.node.is_none() || *node == id.node);
                self.count += u64::from(same);
                !same
            }
            Entry::Vacant(place) => {
                place.insert((input, id.node.clone()));
                self.order.push_back(hash);
                if self.order.len() > MOST
                    && let Some(oldest) = self.order.pop_front()
                {
                    self.seen.remove(&oldest);
                }
                true
            }
        }
    }
}
