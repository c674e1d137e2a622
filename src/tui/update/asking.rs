//! The matcher, asked with all that the model knows.

use crate::{
    host::policy_types::PolicyAndSession,
    refpolicy::matching::{Matcher, Question, RuleKind, Told},
    selinux::{AccessVector, Call, Identifier, Name},
    tui::{Model, model::Need},
};

/// Asks for a domain; nothing where there are no headers.
pub(super) fn ask<T>(
    model: &Model,
    (domain, role, kind): (&Name, &str, RuleKind),
    ask: impl FnOnce(&Matcher, &Question<'_>) -> T,
) -> Option<T> {
    let known = model.headers.known()?;
    let declared = model.session.declared();
    let policy = PolicyAndSession { policy: model.policy.policy(), declared: &declared };
    Some(ask(&known.matcher, &Question { domain, role, kind, known: &policy }))
}

/// Asks for the domain of a need; nothing where there is none.
pub(super) fn for_need<T>(model: &Model, need: &Need, what: impl FnOnce(&Matcher, &Question<'_>) -> T) -> Option<T> {
    let role = need.role.as_ref().map_or(ANY_ROLE, Name::as_str);
    ask(model, (need.domain.as_ref()?, role, need.kind), what)
}

/// What a call does for a need.
pub(super) fn told(model: &Model, need: &Need, call: &Call) -> Option<Told> {
    for_need(model, need, |matcher, question| matcher.told(call, &need.vectors, question))?
}

/// What a call does for a new domain.
pub(super) fn told_of_domain(model: &Model, domain: &Identifier, call: &Call, wanted: &[AccessVector]) -> Option<Told> {
    ask(model, (domain.name(), ANY_ROLE, RuleKind::Allow), |matcher, question| matcher.told(call, wanted, question))?
}

/// What an attribute does for a new domain.
pub(super) fn told_of_attribute(model: &Model, domain: &Identifier, attribute: &Identifier) -> Option<Told> {
    ask(model, (domain.name(), ANY_ROLE, RuleKind::Allow), |matcher, question| {
        matcher.told_of_attribute(attribute.name(), &[], question)
    })
}

/// The role of a domain of which nobody knows another.
const ANY_ROLE: &str = "system_r";
