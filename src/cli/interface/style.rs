//! `--style interfaces`: calls in the place of the rules that they grant.

use std::collections::BTreeMap;

use super::matching::{Desk, PreferName};
use crate::{
    module::{Added, Needs, PolicyModule},
    refpolicy::matching::{Offer, RuleKind},
    selinux::{AccessVector, Identifier, Name, statement::AvRuleKind},
    session::{Addition, JournalRecord, Step, Verdict},
};

/// The calls that grant what the module says in rules, as far as calls grant it; what they leave stays rules.
///
/// What a template or a call of the module grants already is no rule of it any more, and nothing is looked for it.
pub(in crate::cli) fn calls_for_rules(module: &PolicyModule, desk: &Desk, prefer: PreferName) -> JournalRecord {
    let mut by_domain: BTreeMap<(AvRuleKind, Name), Vec<AccessVector>> = BTreeMap::new();
    for rule in &module.rules {
        by_domain.entry((rule.kind, rule.vector.source.clone())).or_default().push(rule.vector.clone());
    }
    let mut step = Step::new(Verdict::Allow, Vec::new());
    for ((kind, domain), needs) in &by_domain {
        let kind = match kind {
            AvRuleKind::Allow => RuleKind::Allow,
            AvRuleKind::DontAudit => RuleKind::DontAudit,
        };
        let declared = module.domains.iter().map(|declared| &declared.name).find(|name| name.name() == domain);
        let plan = desk.plan(needs, domain, kind, prefer.into());
        step.additions.extend(plan.calls.iter().flat_map(|offer| additions(offer, kind, declared, desk)));
    }
    JournalRecord::Decide(step)
}

fn additions(offer: &Offer, kind: RuleKind, declared: Option<&Identifier>, desk: &Desk) -> Vec<Addition> {
    let addition = |call: &crate::selinux::Call| {
        let mut addition = Addition::of(Added::Call(call.clone()));
        addition.domain = declared.cloned();
        let is_of_policy =
            |name: &&str| declared.is_none_or(|declared| declared.as_str() != *name) && desk.is_type(name);
        let types = call.argument_texts().into_iter().filter(is_of_policy);
        addition.brings.needs =
            Needs { types: types.filter_map(|name| Identifier::new(name).ok()).collect(), ..Needs::default() };
        match kind {
            RuleKind::Allow => addition.brings.gives.clone_from(&offer.covers),
            RuleKind::DontAudit => addition.brings.hides.clone_from(&offer.covers),
        }
        addition
    };
    offer.calls.iter().map(addition).collect()
}
