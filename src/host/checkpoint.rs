//! How far a script has read a log, for its next run.

use std::{collections::BTreeMap, fs, io::Write as _, path::Path};

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

use crate::{
    audit::{EventId, Stamp},
    selinux::Name,
};

/// The last event of each node that was handed on.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Checkpoint {
    events: BTreeMap<String, (u64, Option<u64>)>,
}

impl Checkpoint {
    /// What the file remembers; nothing when there is none yet.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let text = match fs::read(path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Self::default()),
            result => result.with_context(|| path.display().to_string())?,
        };
        serde_json::from_slice(&text)
            .with_context(|| format!("{}: no checkpoint of seltui: name another file, or remove it", path.display()))
    }

    /// Whether the event came after it.
    pub fn is_new(&self, id: &EventId) -> bool {
        self.events.get(node(id)).is_none_or(|last| (id.stamp, id.serial) > (Stamp(last.0), last.1))
    }

    /// Whether the event is of its time or a later one, whatever its serial number: for a log that was restored, or a node
    /// that was started anew.
    pub fn is_not_before(&self, id: &EventId) -> bool {
        self.events.get(node(id)).is_none_or(|last| id.stamp >= Stamp(last.0))
    }

    /// Remembers the event if it is the latest of its node.
    pub fn pass(&mut self, id: &EventId) {
        let last = self.events.entry(node(id).to_owned()).or_insert((id.stamp.0, id.serial));
        *last = (*last).max((id.stamp.0, id.serial));
    }

    /// Writes the file anew, whole or not at all.
    pub fn write(&self, path: &Path) -> anyhow::Result<()> {
        let named = || path.display().to_string();
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut file = tempfile::NamedTempFile::new_in(folder).with_context(named)?;
        serde_json::to_writer(&mut file, self).with_context(named)?;
        file.write_all(b"\n").and_then(|()| file.as_file().sync_all()).with_context(named)?;
        file.persist(path).with_context(named)?;
        Ok(())
    }
}

fn node(id: &EventId) -> &str {
    id.node.as_ref().map_or("", Name::as_str)
}
