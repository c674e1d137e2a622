//! The attributes that calls put types under, and what the policy's own rules grant by these.
//!
//! These rules stand in no header, so that they are counted apart from what the call itself brings.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use super::{
    RuleKind,
    index::Callable,
    known::PolicyTypes,
    symbols::{Bits, ClassId, Symbol, Symbols},
};
use crate::refpolicy::{DefinitionId, statement::StatementKind};

/// Which definition puts what under what, and what that brings.
#[derive(Debug, Default)]
pub(super) struct Attributes {
    /// The type and the attribute.
    given: HashMap<DefinitionId, Vec<(Symbol, Symbol)>, RandomState>,
    rules: HashMap<Symbol, OfAttribute, RandomState>,
}

/// What the policy lets an attribute do.
pub(super) type Granted = (Symbol, ClassId, Bits);

#[derive(Debug, Default)]
struct OfAttribute {
    allow: Vec<Granted>,
    dontaudit: Vec<Granted>,
}

impl Attributes {
    /// Reads what the definitions give for sure, and asks the policy for the rules.
    pub(super) fn of(callable: &Callable<'_>, symbols: &mut Symbols, policy: &dyn PolicyTypes) -> Self {
        let mut all = Self::default();
        let mut in_order: Vec<Symbol> = Vec::new();
        for (entry, statements) in callable.statements() {
            for (brought, _) in statements.filter(|(brought, is_sure)| *is_sure && brought.is_unconditional()) {
                let (StatementKind::Type { name, attributes, .. } | StatementKind::TypeAttribute { name, attributes }) =
                    &brought.statement.kind
                else {
                    continue;
                };
                let name = symbols.intern(name);
                for attribute in attributes {
                    let attribute = symbols.intern(attribute);
                    in_order.push(attribute);
                    let given = all.given.entry(entry.id).or_default();
                    if !given.contains(&(name, attribute)) {
                        given.push((name, attribute));
                    }
                }
            }
        }
        for attribute in in_order {
            all.rules.entry(attribute).or_insert_with(|| OfAttribute::of(attribute, symbols, policy));
        }
        all
    }

    /// What a definition puts under attributes: the name and the attribute.
    pub(super) fn given(&self, definition: DefinitionId) -> &[(Symbol, Symbol)] {
        self.given.get(&definition).map_or(&[], Vec::as_slice)
    }

    /// The definitions, with the parameter in question, that put one under an attribute of this sort; each once.
    pub(super) fn giving(&self, is_wanted: impl Fn(Symbol) -> bool) -> impl Iterator<Item = (DefinitionId, usize)> {
        let wanted: Vec<Symbol> = self.rules.keys().copied().filter(|attribute| is_wanted(*attribute)).collect();
        let mut found: Vec<(DefinitionId, usize)> = Vec::new();
        for (definition, given) in &self.given {
            let names = given.iter().filter(|(_, attribute)| wanted.contains(attribute));
            found.extend(names.filter_map(|(name, _)| Some((*definition, name.parameter()?))));
        }
        found.sort_unstable();
        found.dedup();
        found.into_iter()
    }

    /// What the policy's rules of this kind say of an attribute.
    pub(super) fn rules(&self, attribute: Symbol, kind: RuleKind) -> &[Granted] {
        let rules = self.rules.get(&attribute).map(|rules| match kind {
            RuleKind::Allow => &rules.allow,
            RuleKind::DontAudit => &rules.dontaudit,
        });
        rules.map_or(&[], Vec::as_slice)
    }
}

impl OfAttribute {
    fn of(attribute: Symbol, symbols: &mut Symbols, policy: &dyn PolicyTypes) -> Self {
        let mut own = Self::default();
        let Some(name) = symbols.name(attribute).cloned() else { return own };
        for rule in policy.rules_of(name.as_str()) {
            let target = symbols.intern(&rule.target);
            let class = symbols.class_id(rule.class.as_str());
            let permissions = rule.permissions.iter();
            let bits = permissions.fold(0, |bits, name| bits | symbols.permission_bit(class, name.as_str()));
            match rule.kind {
                RuleKind::Allow => own.allow.push((target, class, bits)),
                RuleKind::DontAudit => own.dontaudit.push((target, class, bits)),
            }
        }
        own
    }
}
