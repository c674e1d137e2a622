//! Which permissions a set of headers asks for by itself.

use std::collections::{BTreeMap, BTreeSet};

use crate::selinux::{Name, PermissionSet};

const KERNEL_CLASSES: &str = include_str!("../../assets/kernel_classes");

/// Classes with their permissions that `policy_module` requires of the policy, so that a module needs not.
///
/// ```
/// use seltui::module::ClassTable;
///
/// let classes = ClassTable::kernel();
/// assert!(classes.contains("file", "read"));
/// assert!(!classes.contains("service", "start"), "systemd's class is none of the kernel's");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ClassTable(BTreeMap<Name, PermissionSet>);

impl ClassTable {
    /// The kernel's classes as every set of headers since Linux 4.18 has them, for a machine without headers.
    pub fn kernel() -> Self {
        let mut commons: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        let mut classes = BTreeMap::new();
        for line in KERNEL_CLASSES.lines() {
            let mut words = line.split_whitespace();
            match (words.next(), words.next()) {
                (Some("common"), Some(name)) => {
                    commons.insert(name, words.collect());
                }
                (Some("class"), Some(name)) => {
                    let mut rest = words.peekable();
                    let common = rest.next_if_eq(&":").and_then(|_| rest.next()).and_then(|name| commons.get(name));
                    let permissions = common.into_iter().flatten().copied().chain(rest).collect();
                    classes.insert(Name::from(name), permissions);
                }
                _ => {}
            }
        }
        Self(classes)
    }

    /// The table in a header folder's `support/all_perms.spt`: the classes that `all_kernel_class_perms` names.
    ///
    /// What refpolicy's `genclassperms.py` writes is understood; other lines are passed over. A file without that macro gives an
    /// empty table, and then everything is required explicitly.
    pub fn from_all_perms(text: &str) -> Self {
        let mut sets: BTreeMap<&str, PermissionSet> = BTreeMap::new();
        let mut wanted: BTreeSet<(&str, &str)> = BTreeSet::new();
        let mut inside = false;
        for line in text.lines() {
            if let Some((name, body)) = line.strip_prefix("define(`").and_then(|rest| rest.split_once("',`")) {
                inside = name == "all_kernel_class_perms";
                if let Some(permissions) = body.trim().strip_prefix('{').and_then(|rest| rest.split('}').next()) {
                    sets.insert(name, permissions.split_whitespace().collect());
                }
            } else if inside && line.starts_with('\'') {
                inside = false;
            } else if inside {
                let mut words = line.split_whitespace();
                if let (Some("class"), Some(class), Some(set)) = (words.next(), words.next(), words.next()) {
                    wanted.insert((class, set.trim_end_matches(';')));
                }
            }
        }
        let class_of = |(class, set)| Some((Name::from(class), sets.get(set)?.clone()));
        Self(wanted.into_iter().filter_map(class_of).collect())
    }

    /// Whether the class is there and has the permission.
    pub fn contains(&self, class: &str, permission: &str) -> bool {
        self.permissions(class).is_some_and(|permissions| permissions.contains(permission))
    }

    /// The permissions of a class.
    pub fn permissions(&self, class: &str) -> Option<&PermissionSet> {
        self.0.get(class)
    }

    /// The classes by name, with their permissions.
    pub fn iter(&self) -> impl Iterator<Item = (&Name, &PermissionSet)> {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_genclassperms_writes() {
        let table = ClassTable::from_all_perms(
            "define(`all_file_perms',`{ read write }')\ndefine(`all_fd_perms',`{ use }')\ndefine(`all_dbus_perms',`{ send_msg }')\n\
             define(`all_kernel_class_perms',`\n\tclass file all_file_perms;\n\tclass fd all_fd_perms;\n\tclass odd all_odd_perms;\n')\n\
             define(`all_userspace_class_perms',`\n\tclass dbus all_dbus_perms;\n')\n",
        );
        let classes: Vec<_> = table.iter().map(|(class, permissions)| (class.as_str(), permissions.len())).collect();
        assert_eq!(classes, [("fd", 1), ("file", 2)]);
        assert!(table.contains("file", "write") && !table.contains("dbus", "send_msg"));
        assert_eq!(ClassTable::from_all_perms("define(`x',"), ClassTable::default());
    }

    #[test]
    fn the_embedded_table_is_read_whole() {
        let table = ClassTable::kernel();
        // As many as there are lines `class …`; the kernel's access vectors have 32 bits.
        assert_eq!(table.iter().count(), 92);
        assert!(table.iter().all(|(_, permissions)| (1..=32).contains(&permissions.len())));
        assert!(table.contains("shm", "lock") && table.contains("shm", "unix_read"));
    }
}
