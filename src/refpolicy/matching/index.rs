//! What each definition grants, by class and target.

use std::collections::{HashMap, HashSet};

use foldhash::fast::RandomState;

use super::{
    RuleKind,
    symbols::{Bits, Class, ClassId, Symbol, Symbols},
};
use crate::refpolicy::{
    Brought, Catalogue, Contents, DefinitionId, Entry, NameKind, Presence,
    statement::{AvKind, NameSet, StatementKind},
};

/// The permissions that a definition grants one source on one target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Vector {
    pub(super) source: Symbol,
    pub(super) target: Symbol,
    pub(super) class: ClassId,
    pub(super) bits: Bits,
    /// Those of them that are granted whatever the policy has.
    pub(super) sure: Bits,
}

/// A vector of one definition, found by its class and target.
#[derive(Debug, Clone, Copy)]
pub(super) struct Granted {
    pub(super) definition: DefinitionId,
    pub(super) source: Symbol,
    /// What is granted for sure.
    pub(super) bits: Bits,
}

/// Whether nothing is allowed by it: what shall stay denied must not be opened by the call that hides it.
fn only_hides(contents: &Contents) -> bool {
    let hides = |kind: &StatementKind| matches!(kind, StatementKind::AvRule { kind: AvKind::DontAudit, .. });
    contents.statements.iter().all(|brought| brought.required || hides(&brought.statement.kind))
}

/// The definitions that can be called, each with what of it stays in a module.
pub(super) struct Callable<'a> {
    all: Vec<(Entry<'a>, Vec<Presence>)>,
}

/// The rules of one kind in a catalogue.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// By the place of the definition; none has two with the same source, target and class.
    pub(super) vectors: Vec<Vec<Vector>>,
    by_target: ByTarget,
    /// Likewise, where the source is a name and no parameter.
    of_names: ByTarget,
    /// The permission sets that the headers' rules are written with.
    sets: HashSet<(ClassId, Bits), RandomState>,
}

type ByTarget = HashMap<(ClassId, Symbol), Vec<Granted>, RandomState>;

/// The vectors of one definition: all that it grants, and what it grants for sure.
type Vectors = HashMap<(Symbol, Symbol, ClassId), (Bits, Bits), RandomState>;

/// Source, target, class and permissions of a rule.
type Rule<'a> = [&'a NameSet; 4];

impl<'a> Callable<'a> {
    /// Without those whose calls could not be compiled, and those whose name another one has taken.
    pub(super) fn of(catalogue: &'a Catalogue, has: &dyn Fn(&str, NameKind) -> Option<bool>) -> Self {
        let is_called = |entry: &Entry<'_>| {
            let named = catalogue.definitions().get(&entry.definition.name);
            entry.contents.faults.is_empty() && named.is_some_and(|(id, _)| id == entry.id)
        };
        let all = catalogue.interfaces().filter(is_called);
        // Of a name that is made of an argument nobody can tell.
        let has_name = |name: &str, kind| if name.contains('$') { None } else { has(name, kind) };
        Self { all: all.map(|entry| (entry, entry.contents.presence_of_optionals(&has_name))).collect() }
    }

    /// Each with its statements that bring something and may stay, and whether they do for sure.
    pub(super) fn statements(&self) -> impl Iterator<Item = (Entry<'a>, impl Iterator<Item = (&'a Brought, bool)>)> {
        self.all.iter().map(|(entry, optionals)| {
            let statements = entry.contents.statements.iter().filter(|brought| !brought.required);
            let present = statements.map(|brought| {
                let within = brought.within().and_then(|place| optionals.get(place));
                (brought, within.copied().unwrap_or(Presence::Present))
            });
            let staying = present.filter(|(_, presence)| *presence != Presence::Absent);
            (*entry, staying.map(|(brought, presence)| (brought, presence == Presence::Present)))
        })
    }
}

impl Index {
    /// Reads what the definitions grant; `unconditional` rules, or those under a boolean alone. `is_attribute` is asked of a name
    /// that is source and target of one rule.
    pub(super) fn of(
        (catalogue, callable): (&Catalogue, &Callable<'_>),
        kind: RuleKind,
        unconditional: bool,
        symbols: &mut Symbols,
        is_attribute: &dyn Fn(&str) -> bool,
    ) -> Self {
        let mut index = Self::default();
        index.vectors.resize_with(catalogue.definitions().len(), Vec::new);
        let wanted = match kind {
            RuleKind::Allow => AvKind::Allow,
            RuleKind::DontAudit => AvKind::DontAudit,
        };
        let mut open: Vec<(DefinitionId, Rule<'_>, bool)> = Vec::new();
        for (entry, statements) in callable.statements() {
            if kind == RuleKind::DontAudit && !only_hides(entry.contents) {
                continue;
            }
            let mut vectors = Vectors::default();
            for (brought, is_sure) in statements {
                let StatementKind::AvRule { kind, source, target, classes, permissions } = &brought.statement.kind
                else {
                    continue;
                };
                if *kind != wanted || brought.is_unconditional() != unconditional {
                    continue;
                }
                let rule: Rule<'_> = [source, target, classes, permissions];
                if permissions.all || permissions.complement {
                    open.push((entry.id, rule, is_sure));
                } else {
                    index.add(&mut vectors, rule, is_sure, symbols, is_attribute);
                }
            }
            index.put(entry.id, vectors);
        }
        // What "all but" stands for is known when every rule was read.
        for (id, rule, is_sure) in open {
            let mut vectors: Vectors = index.of_definition(id).iter().map(Vector::entry).collect();
            index.add(&mut vectors, rule, is_sure, symbols, is_attribute);
            index.put(id, vectors);
        }
        index.arrange();
        index
    }

    fn add(
        &mut self,
        vectors: &mut Vectors,
        [source, target, classes, permissions]: Rule<'_>,
        is_sure: bool,
        symbols: &mut Symbols,
        is_attribute: &dyn Fn(&str) -> bool,
    ) {
        let sources = symbols.intern_set(source);
        let targets = symbols.intern_set(target);
        for class in &classes.names {
            let class = symbols.class_id(class.as_str());
            let named =
                permissions.names.iter().fold(0, |bits, name| bits | symbols.permission_bit(class, name.as_str()));
            let every = || symbols.class(class).map_or(0, Class::every);
            let bits = match (permissions.all, permissions.complement) {
                (true, _) => every(),
                (_, true) => every() & !named,
                (false, false) => named,
            };
            if bits == 0 {
                continue;
            }
            self.sets.insert((class, bits));
            for source in &sources {
                for target in &targets {
                    let is_self = target == source
                        && (source.parameter().is_some()
                            || symbols.name(*source).is_some_and(|name| !is_attribute(name.as_str())));
                    let target = if is_self { Symbol::ITSELF } else { *target };
                    let (all, sure) = vectors.entry((*source, target, class)).or_default();
                    *all |= bits;
                    *sure |= if is_sure { bits } else { 0 };
                }
            }
        }
    }

    fn put(&mut self, definition: DefinitionId, vectors: Vectors) {
        let Some(own) = self.vectors.get_mut(definition.0 as usize) else { return };
        *own = vectors
            .into_iter()
            .map(|((source, target, class), (bits, sure))| Vector { source, target, class, bits, sure })
            .collect();
        own.sort_by_key(Vector::key);
    }

    fn arrange(&mut self) {
        for (definition, vectors) in (0..).map(DefinitionId).zip(&self.vectors) {
            for vector in vectors.iter().filter(|vector| vector.sure != 0) {
                let granted = Granted { definition, source: vector.source, bits: vector.sure };
                let table = if vector.source.parameter().is_some() { &mut self.by_target } else { &mut self.of_names };
                table.entry((vector.class, vector.target)).or_default().push(granted);
            }
        }
    }

    /// What definitions grant a parameter of theirs on this target.
    pub(super) fn granted(&self, class: ClassId, target: Symbol) -> &[Granted] {
        self.by_target.get(&(class, target)).map_or(&[], Vec::as_slice)
    }

    /// What definitions grant a type or attribute that they name on this target.
    pub(super) fn granted_to_names(&self, class: ClassId, target: Symbol) -> &[Granted] {
        self.of_names.get(&(class, target)).map_or(&[], Vec::as_slice)
    }

    /// The vectors of one definition.
    pub(super) fn of_definition(&self, definition: DefinitionId) -> &[Vector] {
        self.vectors.get(definition.0 as usize).map_or(&[], Vec::as_slice)
    }

    /// Whether some rule of the headers has exactly these permissions.
    pub(super) fn is_written(&self, class: ClassId, bits: Bits) -> bool {
        self.sets.contains(&(class, bits))
    }
}

impl Vector {
    /// What no two vectors of one definition have in common.
    pub(super) fn key(&self) -> (Symbol, Symbol, ClassId) {
        (self.source, self.target, self.class)
    }

    fn entry(&self) -> ((Symbol, Symbol, ClassId), (Bits, Bits)) {
        (self.key(), (self.bits, self.sure))
    }
}
