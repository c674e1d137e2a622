//! Names as small numbers, and the permissions of a class as bits.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use crate::{refpolicy::statement::NameSet, selinux::Name};

/// A type, an attribute, `self` or a parameter, by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Symbol(pub(super) u32);

impl Symbol {
    /// `self`.
    pub(super) const ITSELF: Self = Self(0);

    /// The parameter that this is, from 1.
    pub(super) fn parameter(self) -> Option<usize> {
        (1..FIRST_NAME).contains(&self.0).then_some(self.0 as usize)
    }
}

/// Numbers below are `self` and the parameters; no header has more of these.
const FIRST_NAME: u32 = 100;

/// An object class by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct ClassId(pub(super) u32);

/// The permissions of a class: a bit each. The kernel's access vectors have 32; more than 64 in a header are left out.
pub(super) type Bits = u64;

/// A class and the permissions that headers name with it.
#[derive(Debug, Default)]
pub(super) struct Class {
    pub(super) name: String,
    pub(super) permissions: Vec<String>,
    bits: HashMap<String, u32, RandomState>,
}

impl Class {
    /// The bit of a permission; 0 when no header names it.
    pub(super) fn bit(&self, permission: &str) -> Bits {
        self.bits.get(permission).map_or(0, |bit| 1 << bit)
    }

    /// The bits of all permissions.
    pub(super) fn every(&self) -> Bits {
        self.bits.values().fold(0, |every, bit| every | 1 << bit)
    }

    /// The permissions of these bits by name.
    pub(super) fn names(&self, bits: Bits) -> impl Iterator<Item = &str> {
        self.permissions.iter().enumerate().filter(move |(at, _)| bits >> at & 1 == 1).map(|(_, name)| name.as_str())
    }
}

impl SpelledSet {
    /// The parts of a set that is no plain list, each a name with what is left out.
    pub(super) fn of(set: &NameSet) -> impl Iterator<Item = Self> {
        let excluded: &[Name] = if set.complement { &set.names } else { &set.excluded };
        let bases = if set.complement || set.all { vec![None] } else { set.names.iter().cloned().map(Some).collect() };
        bases.into_iter().map(|base| Self { base, excluded: excluded.to_vec() })
    }
}

impl std::fmt::Display for SpelledSet {
    /// `{ domain -unconfined_domain_type }`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{{ {}", self.base.as_ref().map_or("*", Name::as_str))?;
        self.excluded.iter().try_for_each(|name| write!(f, " -{}", name.as_str()))?;
        f.write_str(" }")
    }
}

/// The names of a catalogue.
#[derive(Debug, Default)]
pub(super) struct Symbols {
    names: Vec<Name>,
    numbers: HashMap<Name, Symbol, RandomState>,
    pub(super) classes: Vec<Class>,
    class_numbers: HashMap<String, ClassId, RandomState>,
    sets: HashMap<Symbol, SpelledSet, RandomState>,
}

/// A set of types that is more than a list of names: one target as the header spells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SpelledSet {
    /// What it is taken from; everything where nothing stands here.
    pub(super) base: Option<Name>,
    /// What it leaves out.
    pub(super) excluded: Vec<Name>,
}

impl Symbols {
    /// The number of a name, given to it now if it has none.
    pub(super) fn intern(&mut self, name: &Name) -> Symbol {
        if let Some(symbol) = reserved(name.as_str()) {
            return symbol;
        }
        if let Some(symbol) = self.numbers.get(name) {
            return *symbol;
        }
        let symbol = Symbol(FIRST_NAME.saturating_add(u32::try_from(self.names.len()).unwrap_or(u32::MAX)));
        self.names.push(name.clone());
        self.numbers.insert(name.clone(), symbol);
        symbol
    }

    /// The numbers of what a set names: each name by itself, with what the set leaves out.
    pub(super) fn intern_set(&mut self, set: &NameSet) -> Vec<Symbol> {
        if set.is_plain() {
            return set.names.iter().map(|name| self.intern(name)).collect();
        }
        let numbers = SpelledSet::of(set).map(|set| {
            let symbol = self.intern(&Name::from(set.to_string()));
            self.sets.entry(symbol).or_insert(set);
            symbol
        });
        numbers.collect()
    }

    /// The set that this is, where it is one.
    pub(super) fn set(&self, symbol: Symbol) -> Option<&SpelledSet> {
        self.sets.get(&symbol)
    }

    /// The number of a name that a header spells.
    pub(super) fn find(&self, name: &str) -> Option<Symbol> {
        reserved(name).or_else(|| self.numbers.get(name).copied())
    }

    /// The name; of `self` and parameters none.
    pub(super) fn name(&self, symbol: Symbol) -> Option<&Name> {
        self.names.get(symbol.0.checked_sub(FIRST_NAME)? as usize)
    }

    /// Every name with its number, without `self` and parameters.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Symbol, &Name)> {
        (FIRST_NAME..).map(Symbol).zip(&self.names)
    }

    pub(super) fn class_id(&mut self, name: &str) -> ClassId {
        if let Some(id) = self.class_numbers.get(name) {
            return *id;
        }
        let id = ClassId(u32::try_from(self.classes.len()).unwrap_or(u32::MAX));
        self.classes.push(Class { name: name.to_owned(), ..Class::default() });
        self.class_numbers.insert(name.to_owned(), id);
        id
    }

    pub(super) fn find_class(&self, name: &str) -> Option<ClassId> {
        self.class_numbers.get(name).copied()
    }

    pub(super) fn class(&self, id: ClassId) -> Option<&Class> {
        self.classes.get(id.0 as usize)
    }

    /// The bit of a permission, given to it now if it has none; 0 when the class has no bit left.
    pub(super) fn permission_bit(&mut self, class: ClassId, permission: &str) -> Bits {
        let Some(class) = self.classes.get_mut(class.0 as usize) else { return 0 };
        if let Some(bit) = class.bits.get(permission) {
            return 1 << bit;
        }
        let bit = class.permissions.len();
        if bit >= Bits::BITS as usize {
            return 0;
        }
        class.permissions.push(permission.to_owned());
        let bit = u32::try_from(bit).unwrap_or_default();
        class.bits.insert(permission.to_owned(), bit);
        1 << bit
    }
}

fn reserved(name: &str) -> Option<Symbol> {
    if name == "self" {
        return Some(Symbol::ITSELF);
    }
    let number: u32 = name.strip_prefix('$')?.parse().ok()?;
    (1..FIRST_NAME).contains(&number).then_some(Symbol(number))
}
