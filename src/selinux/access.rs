//! Access vectors: what one type does to another.

use std::{
    collections::{BTreeSet, btree_set},
    sync::{Arc, LazyLock},
};

use serde::{Deserialize, Serialize};

use super::Name;

/// A set of permissions, in the order of their names; cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "BTreeSet<Name>", into = "BTreeSet<Name>")]
pub struct PermissionSet(Arc<BTreeSet<Name>>);

/// The set without a permission, made once.
static EMPTY: LazyLock<Arc<BTreeSet<Name>>> = LazyLock::new(Arc::default);

impl Default for PermissionSet {
    fn default() -> Self {
        Self(Arc::clone(&EMPTY))
    }
}

impl From<BTreeSet<Name>> for PermissionSet {
    fn from(names: BTreeSet<Name>) -> Self {
        Self(Arc::new(names))
    }
}

impl From<PermissionSet> for BTreeSet<Name> {
    fn from(permissions: PermissionSet) -> Self {
        Arc::unwrap_or_clone(permissions.0)
    }
}

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
        Arc::make_mut(&mut self.0).insert(permission)
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
        Self(Arc::new(names.into_iter().collect()))
    }
}

impl<'a> FromIterator<&'a str> for PermissionSet {
    fn from_iter<T: IntoIterator<Item = &'a str>>(names: T) -> Self {
        names.into_iter().map(Name::from).collect()
    }
}

impl Extend<Name> for PermissionSet {
    fn extend<T: IntoIterator<Item = Name>>(&mut self, names: T) {
        Arc::make_mut(&mut self.0).extend(names);
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

impl AccessVector {
    /// Whether source, target and class are the same.
    pub fn is_about_the_same(&self, other: &Self) -> bool {
        (&self.source, &self.target, &self.class) == (&other.source, &other.target, &other.class)
    }
}
