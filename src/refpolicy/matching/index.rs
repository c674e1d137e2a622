//! What each definition grants, by class and target.

use std::collections::{HashMap, HashSet};

use foldhash::fast::RandomState;

use super::{
    RuleKind,
    symbols::{Bits, ClassId, Symbol, Symbols},
};
use crate::refpolicy::{
    Catalogue, Contents, DefinitionId, Entry,
    statement::{AvKind, NameSet, StatementKind},
};

/// The permissions that a definition grants one source on one target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Vector {
    pub(super) source: Symbol,
    pub(super) target: Symbol,
    pub(super) class: ClassId,
    pub(super) bits: Bits,
}

/// A vector of one definition, found by its class and target.
#[derive(Debug, Clone, Copy)]
pub(super) struct Granted {
    pub(super) definition: DefinitionId,
    pub(super) source: Symbol,
    pub(super) bits: Bits,
}

/// Whether nothing is allowed by it: what shall stay denied must not be opened by the call that hides it.
fn only_hides(contents: &Contents) -> bool {
    let hides = |kind: &StatementKind| matches!(kind, StatementKind::AvRule { kind: AvKind::DontAudit, .. });
    contents.statements.iter().all(|brought| brought.required || hides(&brought.statement.kind))
}

/// The rules of one kind in a catalogue.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// By the place of the definition; none has two with the same source, target and class.
    pub(super) vectors: Vec<Vec<Vector>>,
    by_target: HashMap<(ClassId, Symbol), Vec<Granted>, RandomState>,
    /// The permission sets that the headers' rules are written with.
    sets: HashSet<(ClassId, Bits), RandomState>,
}

impl Index {
    /// Reads what the catalogue's definitions grant; `unconditional` rules, or those under a boolean alone.
    pub(super) fn of(catalogue: &Catalogue, kind: RuleKind, unconditional: bool, symbols: &mut Symbols) -> Self {
        let mut index = Self::default();
        index.vectors.resize_with(catalogue.definitions().len(), Vec::new);
        let wanted = match kind {
            RuleKind::Allow => AvKind::Allow,
            RuleKind::DontAudit => AvKind::DontAudit,
        };
        let may_be_called = |entry: &Entry<'_>| {
            entry.contents.faults.is_empty() && (kind == RuleKind::Allow || only_hides(entry.contents))
        };
        for entry in catalogue.interfaces().filter(may_be_called) {
            let mut vectors: HashMap<(Symbol, Symbol, ClassId), Bits, RandomState> = HashMap::default();
            for brought in &entry.contents.statements {
                let StatementKind::AvRule { kind, source, target, classes, permissions } = &brought.statement.kind
                else {
                    continue;
                };
                if *kind == wanted && !brought.required && brought.is_unconditional() == unconditional {
                    index.add(&mut vectors, [source, target, classes, permissions], symbols);
                }
            }
            index.keep(entry.id, vectors);
        }
        index
    }

    fn add(
        &mut self,
        vectors: &mut HashMap<(Symbol, Symbol, ClassId), Bits, RandomState>,
        [source, target, classes, permissions]: [&NameSet; 4],
        symbols: &mut Symbols,
    ) {
        // What "all but" stands for is not in the headers.
        if [source, target, classes, permissions].iter().any(|set| set.all || set.complement) {
            return;
        }
        let sources: Vec<_> = source.names.iter().map(|name| symbols.intern(name)).collect();
        let targets: Vec<_> = target.names.iter().map(|name| symbols.intern(name)).collect();
        for class in classes.names.iter() {
            let class = symbols.class_id(class.as_str());
            let bits =
                permissions.names.iter().fold(0, |bits, name| bits | symbols.permission_bit(class, name.as_str()));
            if bits == 0 {
                continue;
            }
            self.sets.insert((class, bits));
            for source in &sources {
                for target in &targets {
                    let target = if target == source { Symbol::ITSELF } else { *target };
                    *vectors.entry((*source, target, class)).or_default() |= bits;
                }
            }
        }
    }

    fn keep(&mut self, definition: DefinitionId, vectors: HashMap<(Symbol, Symbol, ClassId), Bits, RandomState>) {
        let Some(own) = self.vectors.get_mut(definition.0 as usize) else { return };
        own.extend(vectors.into_iter().map(|((source, target, class), bits)| Vector { source, target, class, bits }));
        own.sort_by_key(|vector| (vector.source, vector.target, vector.class));
        for vector in own.iter().filter(|vector| vector.source.parameter().is_some()) {
            let granted = Granted { definition, source: vector.source, bits: vector.bits };
            self.by_target.entry((vector.class, vector.target)).or_default().push(granted);
        }
    }

    /// What definitions grant a parameter of theirs on this target.
    pub(super) fn granted(&self, class: ClassId, target: Symbol) -> &[Granted] {
        self.by_target.get(&(class, target)).map_or(&[], Vec::as_slice)
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
