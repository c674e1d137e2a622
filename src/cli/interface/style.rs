//! `--style interfaces`: calls in the place of the rules that they grant.

use std::collections::BTreeMap;

use super::matching::{Desk, PreferName};
use crate::{
    module::{Added, PolicyModule},
    refpolicy::matching::{Offer, RuleKind},
    selinux::{AccessVector, Identifier, Name, statement::AvRuleKind},
    session::{Addition, JournalRecord, Step, Verdict},
};

/// What every domain is under.
const ATTRIBUTE_OF_DOMAINS: &str = "domain";

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
        // As a source that is nobody's record; a call with it would be about every domain. The rule is not written either.
        if domain.as_str() == ATTRIBUTE_OF_DOMAINS {
            continue;
        }
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
        addition.brings.needs = desk.needs(call);
        match kind {
            RuleKind::Allow => addition.brings.gives.clone_from(&offer.covers),
            RuleKind::DontAudit => addition.brings.hides.clone_from(&offer.covers),
        }
        addition
    };
    offer.calls.iter().map(addition).collect()
}
