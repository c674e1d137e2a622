//! What the policy knows and the headers do not.

use std::collections::{HashMap, HashSet};

use super::{
    symbols::{Symbol, Symbols},
    weight::SECRETS,
};
use crate::{refpolicy::NameKind, selinux::Name};

/// What matching asks of a policy, or of the module being written.
pub trait PolicyTypes {
    /// The numbers of the types that a name stands for: one of a type or its alias, the members' of an attribute, `None` of a
    /// name that is not known. The numbers are dense: below the number of types and attributes.
    fn types_of(&self, name: &str) -> Option<Vec<u32>>;

    /// What the name is.
    fn kind_of(&self, name: &str) -> NameKind;

    /// The members of an attribute by name; of anything else nothing.
    fn members(&self, attribute: &str) -> Vec<Name>;
}

/// No policy: a target is reached by its own name alone.
#[derive(Debug, Clone, Copy, Default)]
pub struct NothingKnown;

impl PolicyTypes for NothingKnown {
    fn types_of(&self, _name: &str) -> Option<Vec<u32>> {
        None
    }

    fn kind_of(&self, _name: &str) -> NameKind {
        NameKind::Unknown
    }

    fn members(&self, _attribute: &str) -> Vec<Name> {
        Vec::new()
    }
}

/// The types that each name of the headers stands for.
#[derive(Debug, Default)]
pub(super) struct TypeSets {
    sets: HashMap<Symbol, TypeSet>,
    /// By the number of a type: the names that stand for it.
    reaching: Vec<Vec<Symbol>>,
}

#[derive(Debug)]
struct TypeSet {
    words: Vec<u64>,
    count: u32,
    attribute: bool,
    /// Some of them are [`SECRETS`].
    secrets: bool,
}

impl TypeSets {
    pub(super) fn of(symbols: &Symbols, policy: &dyn PolicyTypes) -> Self {
        let mut all = Self::default();
        let secrets: HashSet<u32> = SECRETS.iter().filter_map(|name| policy.types_of(name)).flatten().collect();
        for (symbol, name) in symbols.iter() {
            let Some(numbers) = policy.types_of(name.as_str()) else { continue };
            let mut set = TypeSet {
                words: Vec::new(),
                count: 0,
                attribute: policy.kind_of(name.as_str()) == NameKind::Attribute,
                secrets: numbers.iter().any(|number| secrets.contains(number)),
            };
            for number in numbers {
                let (word, place) = ((number / 64) as usize, number as usize);
                if set.words.len() <= word {
                    set.words.resize(word + 1, 0);
                }
                if let Some(word) = set.words.get_mut(word) {
                    *word |= 1 << (number % 64);
                }
                if all.reaching.len() <= place {
                    all.reaching.resize_with(place + 1, Vec::new);
                }
                if let Some(reaching) = all.reaching.get_mut(place) {
                    reaching.push(symbol);
                }
            }
            set.count = set.words.iter().map(|word| word.count_ones()).sum();
            all.sets.insert(symbol, set);
        }
        all
    }

    /// The names that stand for the type of this number.
    pub(super) fn reaching(&self, number: u32) -> &[Symbol] {
        self.reaching.get(number as usize).map_or(&[], Vec::as_slice)
    }

    /// Whether the policy knows the name as an attribute.
    pub(super) fn is_attribute(&self, symbol: Symbol) -> bool {
        self.sets.get(&symbol).is_some_and(|set| set.attribute)
    }

    /// How many types the name stands for: 1 where nobody knows.
    pub(super) fn count(&self, symbol: Symbol) -> u32 {
        self.sets.get(&symbol).map_or(1, |set| if set.attribute { set.count } else { 1 })
    }

    /// Whether what decides who may do what is among the types that the name stands for.
    pub(super) fn has_secrets(&self, symbol: Symbol) -> bool {
        self.sets.get(&symbol).is_some_and(|set| set.secrets)
    }

    /// How many types these names stand for together; one that nobody knows counts as one.
    pub(super) fn count_together(&self, symbols: impl Iterator<Item = Symbol>) -> u32 {
        let (mut words, mut unknown) = (Vec::new(), 0);
        for symbol in symbols {
            let Some(set) = self.sets.get(&symbol) else {
                unknown += 1;
                continue;
            };
            if words.len() < set.words.len() {
                words.resize(set.words.len(), 0_u64);
            }
            for (word, other) in words.iter_mut().zip(&set.words) {
                *word |= other;
            }
        }
        unknown + words.iter().map(|word| word.count_ones()).sum::<u32>()
    }
}
