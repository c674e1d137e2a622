//! Access vectors: what one type does to another.

use std::collections::{BTreeSet, btree_set};

use serde::{Deserialize, Serialize};

use super::Name;

/// A set of permissions, in the order of their names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PermissionSet(BTreeSet<Name>);

impl PermissionSet {
    /// The set without a permission.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many permissions there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether this permission is one of them.
    pub fn contains(&self, permission: &str) -> bool {
        self.0.contains(permission)
    }

    /// Adds one; true when it was not there.
    pub fn insert(&mut self, permission: Name) -> bool {
        self.0.insert(permission)
    }

    /// The permissions by name.
    pub fn iter(&self) -> btree_set::Iter<'_, Name> {
        self.0.iter()
    }

    /// Those that stand here and not in `other`.
    #[must_use]
    pub fn without(&self, other: &Self) -> Self {
        self.0.difference(&other.0).cloned().collect()
    }

    /// Whether each of these is in `other`.
    pub fn is_subset(&self, other: &Self) -> bool {
        self.0.is_subset(&other.0)
    }
}

impl FromIterator<Name> for PermissionSet {
    fn from_iter<T: IntoIterator<Item = Name>>(names: T) -> Self {
        Self(names.into_iter().collect())
    }
}

impl<'a> FromIterator<&'a str> for PermissionSet {
    fn from_iter<T: IntoIterator<Item = &'a str>>(names: T) -> Self {
        names.into_iter().map(Name::from).collect()
    }
}

impl Extend<Name> for PermissionSet {
    fn extend<T: IntoIterator<Item = Name>>(&mut self, names: T) {
        self.0.extend(names);
    }
}

impl<'a> IntoIterator for &'a PermissionSet {
    type Item = &'a Name;
    type IntoIter = btree_set::Iter<'a, Name>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

/// A source type, a target type, an object class, and permissions: the unit that denials, rules and interfaces share.
///
/// It is not a rule: it says what is done, not whether it may be. Source and target may be the same type, which a rule
/// spells `self`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AccessVector {
    /// The type of the process.
    pub source: Name,
    /// The type of the object.
    pub target: Name,
    /// The object class.
    pub class: Name,
    /// What was done.
    pub permissions: PermissionSet,
}
