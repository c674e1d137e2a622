//! Which messages of a log are wanted.

use super::{AvcMessage, EventId, Stamp};

/// What a person asked for; the default takes everything. Of several names of one kind any one will do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Selection {
    /// Not before this moment.
    pub since: Option<Stamp>,
    /// Not after it.
    pub until: Option<Stamp>,
    /// Nothing from before the last policy load of the node; whoever reads the log knows when that was.
    pub last_load: bool,
    /// Types of the source.
    pub domains: Vec<String>,
    /// Types of the target.
    pub types: Vec<String>,
    /// Object classes.
    pub classes: Vec<String>,
    /// What processes call themselves.
    pub comms: Vec<String>,
    /// Machines.
    pub nodes: Vec<String>,
}

impl Selection {
    /// Whether the message is one of those. A message whose log does not tell the time lies in no range of times.
    pub fn takes(&self, id: &EventId, message: &AvcMessage) -> bool {
        let named = |wanted: &[String], name: Option<&[u8]>| {
            wanted.is_empty() || name.is_some_and(|name| wanted.iter().any(|wanted| wanted.as_bytes() == name))
        };
        self.takes_time(id.stamp)
            && named(&self.domains, Some(message.source.r#type.as_str().as_bytes()))
            && named(&self.types, Some(message.target.r#type.as_str().as_bytes()))
            && named(&self.classes, Some(message.class.as_str().as_bytes()))
            && named(&self.comms, message.comm.as_ref().map(crate::selinux::Untrusted::as_bytes))
            && named(&self.nodes, id.node.as_ref().map(|node| node.as_str().as_bytes()))
    }

    fn takes_time(&self, stamp: Stamp) -> bool {
        let ranged = self.since.is_some() || self.until.is_some();
        (!ranged || stamp.0 != 0)
            && self.since.is_none_or(|since| stamp >= since)
            && self.until.is_none_or(|until| stamp <= until)
    }

    /// Whether everything is wanted.
    pub fn is_everything(&self) -> bool {
        *self == Self::default()
    }
}
