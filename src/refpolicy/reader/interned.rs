//! Names, sets of names and statements, each of them once.

use std::{
    borrow::Borrow,
    collections::{HashMap, HashSet},
    hash::{BuildHasher, Hash, Hasher},
    sync::Arc,
};

use crate::{
    refpolicy::{
        m4::{Given, NameHash},
        statement::{AvKind, HeaderStatement, NameSet, StatementKind},
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
    /// Room for the names of a set that is being read.
    pub(super) room: Vec<Name>,
}

/// A set of one name.
#[derive(Debug, Clone)]
struct Alone(Arc<NameSet>);

impl Alone {
    fn bytes(&self) -> &[u8] {
        self.0.names.first().map_or(b"", |name| name.as_str().as_bytes())
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
struct Set(Arc<NameSet>);

impl Borrow<[Name]> for Set {
    fn borrow(&self) -> &[Name] {
        &self.0.names
    }
}

impl Hash for Set {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.names.hash(state);
    }
}

impl PartialEq for Set {
    fn eq(&self, other: &Self) -> bool {
        self.0.names == other.0.names
    }
}

impl Eq for Set {}

impl Names {
    /// The name in these bytes.
    pub fn name(&mut self, bytes: &[u8]) -> Name {
        self.alone(bytes).names.first().cloned().unwrap_or_else(|| Name::from_bytes(bytes))
    }

    /// The set that holds the name in these bytes alone.
    pub fn alone(&mut self, bytes: &[u8]) -> Arc<NameSet> {
        if let Some(Alone(alone)) = self.all.get(bytes) {
            return Arc::clone(alone);
        }
        if self.all.len() >= MOST {
            self.all.clear();
        }
        let alone = Arc::new(NameSet::new(Box::new([Name::from_bytes(bytes)]), Box::default(), false, false));
        self.all.insert(Alone(Arc::clone(&alone)));
        alone
    }

    /// A set in terms of `$1`, `$2` … with these words in their places.
    pub fn put_into(&mut self, set: &Arc<NameSet>, words: &mut Words<'_>) -> Arc<NameSet> {
        if set.arguments.is_some_and(|arguments| words.given.are_same(arguments)) {
            return Arc::clone(set);
        }
        if let Some(name) = set.single() {
            return words.put_into(name, self);
        }
        let mut all = |names: &[Name]| -> Box<[Name]> {
            names.iter().map(|name| words.put_into(name, self).names.first().unwrap_or(name).clone()).collect()
        };
        let (names, excluded) = (all(&set.names), all(&set.excluded));
        if set.is_plain() { self.set(&names) } else { Arc::new(NameSet::new(names, excluded, set.all, set.complement)) }
    }

    /// The set of these names.
    pub fn set(&mut self, names: &[Name]) -> Arc<NameSet> {
        if let Some(Set(set)) = self.sets.get(names) {
            return Arc::clone(set);
        }
        if self.sets.len() >= MOST {
            self.sets.clear();
        }
        let set = Arc::new(NameSet::new(names.into(), Box::default(), false, false));
        self.sets.insert(Set(Arc::clone(&set)));
        set
    }
}

/// What is put in for `$1`, `$2` …, each as a set once it was asked for.
pub struct Words<'g> {
    pub given: &'g Given,
    alone: [Option<Arc<NameSet>>; 10],
    text: Vec<u8>,
}

impl<'g> Words<'g> {
    pub fn new(given: &'g Given) -> Self {
        Self { given, alone: Default::default(), text: Vec::new() }
    }

    /// A name with these words in it, as the set that holds it alone.
    fn put_into(&mut self, name: &Name, names: &mut Names) -> Arc<NameSet> {
        let bytes = name.as_str().as_bytes();
        let place = match bytes {
            [b'$', digit @ b'1'..=b'9'] => usize::from(digit - b'0'),
            _ => 0,
        };
        if let Some(Some(known)) = self.alone.get(place) {
            return Arc::clone(known);
        }
        self.text.clear();
        self.given.put(bytes, &mut self.text);
        let set = names.alone(&self.text);
        if place > 0
            && let Some(own) = self.alone.get_mut(place)
        {
            *own = Some(Arc::clone(&set));
        }
        set
    }
}

/// Rules over access vectors by their kind and where their sets are, which are interned: a rule keeps its sets, so that no
/// other set comes to be there.
#[derive(Debug, Clone, Default)]
pub(super) struct Rules(HashMap<u64, Arc<HeaderStatement>, NameHash>);

impl Rules {
    /// The rule of these sets, spelled as plainly as can be.
    pub(super) fn of(&mut self, kind: AvKind, sets: [Arc<NameSet>; 4]) -> Arc<HeaderStatement> {
        if self.0.len() >= MOST {
            self.0.clear();
        }
        let places = sets.each_ref().map(|set| Arc::as_ptr(set).addr());
        let key = NameHash::default().hash_one((kind, places));
        let known = self.0.get(&key).filter(|known| match &known.kind {
            StatementKind::AvRule { kind: own, source, target, classes, permissions } => {
                let own_places = [source, target, classes, permissions].map(|set| Arc::as_ptr(set).addr());
                (*own, own_places) == (kind, places)
            }
            _ => false,
        });
        if let Some(known) = known {
            return Arc::clone(known);
        }
        let [source, target, classes, permissions] = sets;
        let kind = StatementKind::AvRule { kind, source, target, classes, permissions };
        let rule = Arc::new(HeaderStatement::plain(kind));
        self.0.insert(key, Arc::clone(&rule));
        rule
    }
}

/// Statements by their text.
#[derive(Debug, Clone, Default)]
pub(super) struct Statements(HashSet<Stated, NameHash>);

#[derive(Debug, Clone)]
struct Stated(Arc<HeaderStatement>);

impl Borrow<[u8]> for Stated {
    fn borrow(&self) -> &[u8] {
        self.0.text().as_bytes()
    }
}

impl Hash for Stated {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.text().as_bytes().hash(state);
    }
}

impl PartialEq for Stated {
    fn eq(&self, other: &Self) -> bool {
        self.0.text() == other.0.text()
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
