//! What the policy knows and the headers do not.

use std::collections::{HashMap, HashSet};

use super::{
    RuleKind,
    symbols::{SpelledSet, Symbol, Symbols},
    weight::SECRETS,
};
use crate::{
    refpolicy::NameKind,
    selinux::{Name, PermissionSet},
};

/// What matching asks of a policy, or of the module being written.
pub trait PolicyTypes {
    /// The numbers of the types that a name stands for: one of a type or its alias, the members' of an attribute, `None` of a
    /// name that is not known. The numbers are dense: below the number of types and attributes.
    fn types_of(&self, name: &str) -> Option<Vec<u32>>;

    /// What the name is.
    fn kind_of(&self, name: &str) -> NameKind;

    /// The members of an attribute by name; of anything else nothing.
    fn members(&self, attribute: &str) -> Vec<Name>;

    /// The numbers of all types.
    fn all_types(&self) -> Vec<u32> {
        Vec::new()
    }

    /// Whether there is a name of this kind; nothing where nobody can tell, as of an attribute: a compiled policy lacks those that
    /// no rule of it needs.
    fn has(&self, _name: &str, _kind: NameKind) -> Option<bool> {
        None
    }

    /// The rules that hold always and whose source is this attribute.
    fn rules_of(&self, _attribute: &str) -> Vec<PolicyRule> {
        Vec::new()
    }
}

/// What a rule of the policy says of its source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyRule {
    /// Whether it allows or hides.
    pub kind: RuleKind,
    /// A type or an attribute.
    pub target: Name,
    /// The class.
    pub class: Name,
    /// The permissions.
    pub permissions: PermissionSet,
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
            let spelled = symbols.set(symbol);
            let numbers = match spelled {
                Some(set) => numbers_of_set(set, policy),
                None => policy.types_of(name.as_str()),
            };
            let Some(numbers) = numbers else { continue };
            let mut set = TypeSet {
                words: Vec::new(),
                count: 0,
                attribute: spelled.is_some() || policy.kind_of(name.as_str()) == NameKind::Attribute,
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

    /// Whether a name stands for the type of this number.
    pub(super) fn holds(&self, symbol: Symbol, number: u32) -> bool {
        let word = self.sets.get(&symbol).and_then(|set| set.words.get((number / 64) as usize));
        word.is_some_and(|word| word >> (number % 64) & 1 == 1)
    }

    /// Whether the policy knows the name as an attribute, or it is a set of several.
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

/// The types that a set with exceptions stands for; nothing where an argument is among them, so that nobody can tell.
fn numbers_of_set(set: &SpelledSet, policy: &dyn PolicyTypes) -> Option<Vec<u32>> {
    let names = || set.base.iter().chain(&set.excluded);
    if names().any(|name| name.as_str().contains('$')) {
        return None;
    }
    let mut numbers = match &set.base {
        Some(base) => policy.types_of(base.as_str())?,
        None => policy.all_types(),
    };
    let excluded: HashSet<u32> =
        set.excluded.iter().filter_map(|name| policy.types_of(name.as_str())).flatten().collect();
    numbers.retain(|number| !excluded.contains(number));
    Some(numbers)
}
