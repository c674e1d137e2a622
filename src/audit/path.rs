//! The whole path of an AVC's object, made of the PATH and CWD records of its event.

use super::{
    AvcMessage,
    field::{Field, Notation},
    stamp::number,
};
use crate::selinux::Untrusted;

/// One PATH record.
#[derive(Debug, Default)]
pub(super) struct PathRecord {
    name: Option<Box<[u8]>>,
    inode: Option<u64>,
    /// It is the folder of another one, whose name may have been created, deleted or not found in it.
    parent: bool,
}

impl PathRecord {
    pub fn read<'a>(fields: impl Iterator<Item = Field<'a>>, notation: Notation) -> Self {
        let mut record = Self::default();
        for field in fields {
            let text = field.value.text();
            match field.key {
                b"name" => record.name = field.value.string(notation),
                b"inode" => record.inode = text.iter().all(u8::is_ascii_digit).then(|| number(text)),
                b"nametype" => record.parent = text == b"PARENT",
                _ => {}
            }
        }
        record
    }
}

/// The PATH records of an event, and where relative names begin.
#[derive(Debug)]
pub(super) struct Paths {
    records: Vec<PathRecord>,
    pub cwd: Option<Box<[u8]>>,
    /// Relative names begin in the working directory, not in a folder that the call was handed.
    pub from_cwd: bool,
}

impl Default for Paths {
    fn default() -> Self {
        Self { records: Vec::new(), cwd: None, from_cwd: true }
    }
}

impl Paths {
    pub fn add(&mut self, record: PathRecord) {
        self.records.push(record);
    }

    /// The path of the message's object, if the records say it for certain.
    pub fn of(&self, message: &AvcMessage) -> Option<Untrusted> {
        let path = if changes_entry(message) {
            self.folder_of(message)
        } else {
            self.object_of(message).and_then(|record| self.whole(record))
        };
        path.map(Untrusted::new)
    }

    /// By inode number; without one by name. The inode of a thing that is being created is not known before.
    fn object_of(&self, message: &AvcMessage) -> Option<&PathRecord> {
        if let Some(inode) = message.inode
            && let Some(record) = self.records.iter().find(|record| record.inode == Some(inode))
        {
            return Some(record);
        }
        let name = message.name.as_ref()?.as_bytes();
        let unknown = |record: &&PathRecord| message.inode.is_none() || record.inode.is_none();
        let mut named =
            self.records.iter().filter(|record| !record.parent && base(record) == Some(name)).filter(unknown);
        let first = named.next()?;
        named.all(|other| other.name == first.name).then_some(first)
    }

    /// `add_name` and `remove_name` are about the folder, though `name=` and `ino=` are those of the entry in it.
    fn folder_of(&self, message: &AvcMessage) -> Option<Vec<u8>> {
        let name = message.name.as_ref()?.as_bytes();
        let entry = self.records.iter().find(|record| !record.parent && base(record) == Some(name))?;
        let mut path = self.whole(entry)?;
        let end = path.iter().rposition(|byte| *byte == b'/')?;
        path.truncate(end.max(1));
        Some(path)
    }

    /// The record's name from the root on.
    fn whole(&self, record: &PathRecord) -> Option<Vec<u8>> {
        let name = record.name.as_deref()?;
        if name.starts_with(b"/") {
            return Some(joined(b"", name));
        }
        let cwd = self.cwd.as_deref().filter(|cwd| cwd.starts_with(b"/") && self.from_cwd)?;
        Some(joined(cwd, name))
    }
}

fn changes_entry(message: &AvcMessage) -> bool {
    message.class.as_str() == "dir"
        && (message.permissions.contains("add_name") || message.permissions.contains("remove_name"))
}

/// The last component of a record's name.
fn base(record: &PathRecord) -> Option<&[u8]> {
    let name = record.name.as_deref()?;
    let name = name.strip_suffix(b"/").unwrap_or(name);
    name.rsplit(|byte| *byte == b'/').next()
}

/// A folder and a name in it as one path without `.` and empty components.
///
/// The kernel writes the folder without symbolic links, so `..` at the beginning of the name takes a part of the folder
/// away; one behind a part of the name stays, because that part may be a link.
fn joined(folder: &[u8], name: &[u8]) -> Vec<u8> {
    let parts =
        |text| <[u8]>::split(text, |byte: &u8| *byte == b'/').filter(|part: &&[u8]| !matches!(*part, b"" | b"."));
    let mut path: Vec<&[u8]> = parts(folder).collect();
    let mut sure = true;
    for part in parts(name) {
        if part == b".." && sure {
            path.pop();
        } else {
            sure = false;
            path.push(part);
        }
    }
    let mut whole = Vec::with_capacity(folder.len() + name.len() + 1);
    for part in &path {
        whole.push(b'/');
        whole.extend_from_slice(part);
    }
    if whole.is_empty() {
        whole.push(b'/');
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joins_names_to_folders() {
        for (folder, name, expected) in [
            ("/var/log", "x.log", "/var/log/x.log"),
            ("/var/log", "./a//b/", "/var/log/a/b"),
            ("/var/log", "../lib/x", "/var/lib/x"),
            ("/var/log", "a/../x", "/var/log/a/../x"),
            ("/", "..", "/"),
            ("/", ".", "/"),
            ("", "/etc//passwd", "/etc/passwd"),
        ] {
            assert_eq!(joined(folder.as_bytes(), name.as_bytes()), expected.as_bytes(), "{folder} {name}");
        }
    }
}
