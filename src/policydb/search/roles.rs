//! Rules over roles, and range transitions.

use super::{Search, SearchError, criteria};
use crate::policydb::Policy;

/// `--role_allow` and `--role_trans`.
pub(super) fn role_rules(policy: &Policy, search: &Search) -> Result<Vec<String>, SearchError> {
    if !search.role_allow && !search.role_transition {
        return Ok(Vec::new());
    }
    let source = criteria::roles(policy, &search.source, search.source_regex)?;
    // The target of a transition is a type, that of an allow rule a role; a name is first looked for among the types.
    let (types, roles) = if search.target_regex || search.target.is_empty() {
        (
            criteria::types(policy, &search.target, search.target_regex, search.target_direct)?,
            criteria::roles(policy, &search.target, search.target_regex)?,
        )
    } else if policy.find_type(&search.target).is_some() {
        (criteria::types(policy, &search.target, false, search.target_direct)?, Some(Vec::new()))
    } else {
        (Some(Vec::new()), criteria::roles(policy, &search.target, false)?)
    };
    let class = criteria::classes(policy, &search.class, search.class_regex)?;
    let default = criteria::roles(policy, &search.default, search.default_regex)?;
    let mut found = Vec::new();
    if search.role_allow && class.is_none() && default.is_none() {
        for (from, to) in policy.role_allows() {
            if criteria::wants(&source, from.index()) && criteria::wants(&roles, to.index()) {
                found.push(format!("allow {} {};", policy.role_name(*from), policy.role_name(*to)));
            }
        }
    }
    if search.role_transition {
        for rule in policy.role_transitions() {
            if criteria::wants(&source, rule.role.index())
                && criteria::wants(&types, rule.target.index())
                && criteria::wants(&class, rule.class.index())
                && criteria::wants(&default, rule.new.index())
            {
                found.push(policy.role_transition_text(rule));
            }
        }
    }
    Ok(found)
}

/// `--range_trans`.
pub(super) fn range_rules(policy: &Policy, search: &Search) -> Result<Vec<String>, SearchError> {
    if !search.range_transition {
        return Ok(Vec::new());
    }
    let source = criteria::types(policy, &search.source, search.source_regex, search.source_direct)?;
    let target = criteria::types(policy, &search.target, search.target_regex, search.target_direct)?;
    let class = criteria::classes(policy, &search.class, search.class_regex)?;
    let range = if search.default.is_empty() { None } else { Some(super::parse_range(policy, &search.default)?) };
    let matching = policy.range_transitions().iter().filter(|rule| {
        criteria::wants(&source, rule.source.index())
            && criteria::wants(&target, rule.target.index())
            && criteria::wants(&class, rule.class.index())
            && range.as_ref().is_none_or(|range| *range == rule.range)
    });
    Ok(matching.map(|rule| policy.range_transition_text(rule)).collect())
}
