//! From decisions to the module.

use std::collections::{BTreeMap, BTreeSet};

use super::{Addition, Session, Verdict};
use crate::{
    denials::DenialKey,
    module::{self, Added, DeclaredDomain, Making, PolicyModule, Rule},
    selinux::{AccessVector, Identifier, Name, PermissionSet, statement::AvRuleKind},
};

impl Session {
    /// The module that follows from the decisions, with the version that an export now would carry.
    ///
    /// What a template, an attribute or a call gives is not written as a rule; the line that gives it says so.
    pub fn policy_module(&self) -> PolicyModule {
        let mut domains: BTreeMap<&Identifier, BTreeSet<Name>> = BTreeMap::new();
        let mut rules = Vec::new();
        for (verdict, access) in self.decisions() {
            let kind = match verdict {
                Verdict::Skip => continue,
                Verdict::Allow => AvRuleKind::Allow,
                Verdict::DontAudit => AvRuleKind::DontAudit,
                Verdict::NewDomain(domain) => {
                    domains.entry(domain).or_default().extend(access.roles.iter().cloned());
                    AvRuleKind::Allow
                }
            };
            rules.push(Rule { kind, vector: written(verdict, &access.vector), remark: access.remark.clone() });
        }
        rules.sort();
        let all = rules.clone();
        let mut module = PolicyModule::new(self.module_name().clone(), self.form());
        let mut domains: BTreeMap<&Identifier, DeclaredDomain> =
            domains.into_iter().map(|(name, roles)| (name, DeclaredDomain::plain(name.clone(), roles))).collect();
        for addition in self.additions() {
            if !addition.makes_domain() && !addition.wanted && take_given(&mut all.clone(), &addition).is_empty() {
                continue;
            }
            let domain = addition.domain.as_ref();
            if domain.is_some_and(|domain| !domains.contains_key(domain)) {
                continue;
            }
            let given = take_given(&mut rules, &addition);
            match domain.and_then(|domain| domains.get_mut(domain)) {
                Some(domain) => {
                    domain.roles.retain(|role| !addition.brings.roles.contains(role));
                    match &addition.added {
                        Added::Template(call) => domain.making = Making::Template(call.clone()),
                        Added::Maker { call, executable } => {
                            domain.making = Making::Maker { call: call.clone(), executable: executable.clone() };
                        }
                        Added::Attribute { .. } | Added::Call(_) => {
                            let block = domain.name.name().clone();
                            module.additions.insert(placed(block, addition, given));
                            continue;
                        }
                    }
                    domain.needs = addition.brings.needs;
                    domain.given = given;
                }
                None => {
                    module.additions.insert(placed(block(&addition), addition, given));
                }
            }
        }
        module.domains = domains.into_values().collect();
        module.rules = rules;
        module.named_sets = self.named_sets();
        if let Some(export) = self.exported() {
            module.version = if export.digest == module.digest() { export.version } else { export.version.next() };
        }
        module
    }

    /// What the standing steps bring besides rules, each once: what makes domains, then attributes, then calls by name.
    ///
    /// Of several that make the same domain the last one counts.
    pub fn additions(&self) -> Vec<Addition> {
        let mut all: BTreeMap<(Added, Option<Identifier>), Addition> = BTreeMap::new();
        let mut makers: BTreeMap<Option<Identifier>, Addition> = BTreeMap::new();
        for addition in self.steps().flat_map(|step| &step.additions) {
            let domain = addition.domain.clone();
            if addition.makes_domain() {
                match makers.get_mut(&domain) {
                    Some(known) if known.added == addition.added => known.absorb(addition),
                    _ => drop(makers.insert(domain, addition.clone())),
                }
                continue;
            }
            let key = (addition.added.clone(), domain);
            all.entry(key).and_modify(|known| known.absorb(addition)).or_insert_with(|| addition.clone());
        }
        makers.into_values().chain(all.into_values()).collect()
    }

    /// The domains that the decisions declare, each with the attributes that a line of its own puts it under.
    pub fn declared(&self) -> Vec<(Identifier, Vec<Identifier>)> {
        let additions = self.additions();
        let attributes = |domain: &Identifier| {
            let joined = additions.iter().filter_map(|addition| match &addition.added {
                Added::Attribute { of, attribute } if of == domain => Some(attribute.clone()),
                _ => None,
            });
            joined.collect()
        };
        self.domains().into_iter().map(|domain| (domain.clone(), attributes(domain))).collect()
    }

    /// The lines of the module that give a part of this denial.
    pub fn givers(&self, key: &DenialKey) -> Vec<Addition> {
        let about = |verdict: &Verdict, vector: &AccessVector, addition: &Addition| {
            let vector = written(verdict, vector);
            let lists = if *verdict == Verdict::DontAudit { &addition.brings.hides } else { &addition.brings.gives };
            lists.iter().any(|given| given.is_about_the_same(&vector) && !shared(given, &vector).is_empty())
        };
        let decisions: Vec<_> = self.decisions_of(key).collect();
        let mut additions = self.additions();
        additions.retain(|addition| decisions.iter().any(|(verdict, access)| about(verdict, &access.vector, addition)));
        additions
    }
}

/// The access as the module names it: with the domain that it moved to.
fn written(verdict: &Verdict, vector: &AccessVector) -> AccessVector {
    let mut vector = vector.clone();
    if let Verdict::NewDomain(domain) = verdict {
        if vector.target == vector.source {
            vector.target = domain.name().clone();
        }
        vector.source = domain.name().clone();
    }
    vector
}

fn shared(one: &AccessVector, other: &AccessVector) -> PermissionSet {
    one.permissions.iter().filter(|name| other.permissions.contains(name.as_str())).cloned().collect()
}

/// Takes out of the rules what an addition gives; hands back what it took.
fn take_given(rules: &mut Vec<Rule>, addition: &Addition) -> Vec<Rule> {
    let mut taken = Vec::new();
    for rule in rules.iter_mut() {
        let lists = match rule.kind {
            AvRuleKind::Allow => &addition.brings.gives,
            AvRuleKind::DontAudit => &addition.brings.hides,
        };
        for given in lists {
            if !given.is_about_the_same(&rule.vector) {
                continue;
            }
            let permissions = shared(&rule.vector, given);
            if permissions.is_empty() {
                continue;
            }
            rule.vector.permissions = rule.vector.permissions.without(&permissions);
            let vector = AccessVector { permissions, ..rule.vector.clone() };
            taken.push(Rule { kind: rule.kind, vector, remark: rule.remark.clone() });
        }
    }
    rules.retain(|rule| !rule.vector.permissions.is_empty());
    taken
}

fn placed(block: Name, addition: Addition, given: Vec<Rule>) -> module::Addition {
    module::Addition { block, added: addition.added, needs: addition.brings.needs, given }
}

/// The block of a line that belongs to no domain of the session: that of its first argument.
fn block(addition: &Addition) -> Name {
    match &addition.added {
        Added::Attribute { of, .. } => of.name().clone(),
        added => added
            .call()
            .and_then(|call| call.arguments.first())
            .map_or_else(|| Name::from("calls"), |argument| Name::from(argument.as_str())),
    }
}
