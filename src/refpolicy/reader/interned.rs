//! Names, sets of names and statements, each of them once.

use std::{
    borrow::Borrow,
    collections::HashSet,
    hash::{Hash, Hasher},
    sync::Arc,
};

use crate::{
    refpolicy::{
        m4::{Given, NameHash},
        statement::{HeaderStatement, NameSet},
    },
    selinux::Name,
};

/// So many of a kind are remembered.
const MOST: usize = 500_000;

/// Names by their text, each with the set that holds it alone.
#[derive(Debug, Clone, Default)]
pub struct Names {
    all: HashSet<Alone, NameHash>,
    sets: HashSet<Set, NameHash>,
}

/// A set of one name.
#[derive(Debug, Clone)]
struct Alone(Arc<[Name]>);

impl Alone {
    fn bytes(&self) -> &[u8] {
        self.0.first().map_or(b"", |name| name.as_str().as_bytes())
    }
}

impl Borrow<[u8]> for Alone {
    fn borrow(&self) -> &[u8] {
        self.bytes()
    }
}

impl Hash for Alone {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.bytes().hash(state);
    }
}

impl PartialEq for Alone {
    fn eq(&self, other: &Self) -> bool {
        self.bytes() == other.bytes()
    }
}

impl Eq for Alone {}

/// A set of several names.
#[derive(Debug, Clone)]
struct Set(Arc<[Name]>);

impl Borrow<[Name]> for Set {
    fn borrow(&self) -> &[Name] {
        &self.0
    }
}

impl Hash for Set {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl PartialEq for Set {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl Eq for Set {}

impl Names {
    /// The name in these bytes.
    pub fn name(&mut self, bytes: &[u8]) -> Name {
        self.alone(bytes).first().cloned().unwrap_or_else(|| Name::from_bytes(bytes))
    }

    /// The set that holds the name in these bytes alone.
    pub fn alone(&mut self, bytes: &[u8]) -> Arc<[Name]> {
        if let Some(Alone(alone)) = self.all.get(bytes) {
            return Arc::clone(alone);
        }
        if self.all.len() >= MOST {
            self.all.clear();
        }
        let alone: Arc<[Name]> = Arc::new([Name::from_bytes(bytes)]);
        self.all.insert(Alone(Arc::clone(&alone)));
        alone
    }

    /// A set in terms of `$1`, `$2` … with these words in their places.
    pub fn put_into(&mut self, set: &NameSet, given: &Given) -> NameSet {
        let is_changed = |names: &[Name]| names.iter().any(|name| given.changes(name.as_str().as_bytes()));
        if !is_changed(&set.names) && !is_changed(&set.excluded) {
            return set.clone();
        }
        let mut text = Vec::new();
        let mut word = |name: &Name| {
            text.clear();
            given.put(name.as_str().as_bytes(), &mut text);
            self.alone(&text)
        };
        if let [name] = &*set.names
            && set.excluded.is_empty()
        {
            return NameSet { names: word(name), ..set.clone() };
        }
        let mut words =
            |names: &[Name]| names.iter().filter_map(|name| word(name).first().cloned()).collect::<Vec<_>>();
        let (names, excluded) = (words(&set.names), words(&set.excluded).into());
        NameSet { names: self.set(&names), excluded, ..*set }
    }

    /// The set of these names.
    pub fn set(&mut self, names: &[Name]) -> Arc<[Name]> {
        if let Some(Set(set)) = self.sets.get(names) {
            return Arc::clone(set);
        }
        if self.sets.len() >= MOST {
            self.sets.clear();
        }
        let set: Arc<[Name]> = names.into();
        self.sets.insert(Set(Arc::clone(&set)));
        set
    }
}

/// Statements by their text.
#[derive(Debug, Clone, Default)]
pub(super) struct Statements(HashSet<Stated, NameHash>);

#[derive(Debug, Clone)]
struct Stated(Arc<HeaderStatement>);

impl Borrow<[u8]> for Stated {
    fn borrow(&self) -> &[u8] {
        self.0.text.as_bytes()
    }
}

impl Hash for Stated {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.text.as_bytes().hash(state);
    }
}

impl PartialEq for Stated {
    fn eq(&self, other: &Self) -> bool {
        self.0.text == other.0.text
    }
}

impl Eq for Stated {}

impl Statements {
    /// The statement of this text, as [`HeaderStatement::text`] has it.
    pub(super) fn get(&self, text: &[u8]) -> Option<Arc<HeaderStatement>> {
        self.0.get(text).map(|Stated(statement)| Arc::clone(statement))
    }

    pub(super) fn insert(&mut self, statement: &Arc<HeaderStatement>) {
        if self.0.len() >= MOST {
            self.0.clear();
        }
        self.0.insert(Stated(Arc::clone(statement)));
    }

    /// Makes room for so many.
    pub(super) fn reserve(&mut self, count: usize) {
        self.0.reserve(count);
    }
}
