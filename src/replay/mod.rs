//! A module laid over the policy that is loaded: what of it is allowed already, and which names nobody knows.
//!
//! The room is pure: it is given a module and a policy, and hands back remarks. Nothing is taken out of a module because a
//! policy has it already, and nothing is refused because a policy does not know it: the person is told.

mod installed;
mod line;

use std::collections::BTreeSet;

pub use installed::{Installed, Refusal};
pub use line::{Line, has_name};

use crate::{
    module::{PolicyModule, Rule},
    policydb::Policy,
    selinux::{Name, PermissionSet, statement::AvRuleKind},
};

/// Writes beside each rule of the module what the loaded policy says of it; what was noted before goes.
///
/// A domain that the module declares is not looked for in the policy: where an older version of the same module is loaded,
/// its rules will go with it.
pub fn annotate(module: &mut PolicyModule, policy: &Policy) {
    let declared: BTreeSet<Name> = module.domains.iter().map(|domain| domain.name.name().clone()).collect();
    let notes = module.merged_rules().into_iter().filter_map(|rule| {
        let notes = notes(&rule, policy, &declared);
        (!notes.is_empty()).then(|| (rule.key(), notes))
    });
    module.notes = notes.collect();
}

fn notes(rule: &Rule, policy: &Policy, declared: &BTreeSet<Name>) -> Vec<String> {
    let vector = &rule.vector;
    let mut unknown = Vec::new();
    let mut types = BTreeSet::from([&vector.source, &vector.target]);
    types.retain(|name| !declared.contains(*name));
    unknown
        .extend(types.iter().filter(|name| policy.find_type(name.as_str()).is_none()).map(|name| text("type", name)));
    let class = policy.find_class(vector.class.as_str());
    match class.and_then(|class| policy.class(class)) {
        None => unknown.push(text("class", &vector.class)),
        Some(class) => {
            let missing = vector.permissions.iter().filter(|name| class.permission(name.as_str()).is_none());
            unknown.extend(missing.map(|name| text("permission", name)));
        }
    }
    if !unknown.is_empty() {
        return vec![format!("not in the loaded policy: {}", unknown.join(" and "))];
    }
    let ids = (policy.find_type(vector.source.as_str()), policy.find_type(vector.target.as_str()), class);
    let (Some(source), Some(target), Some(class)) = ids else { return Vec::new() };
    if declared.contains(&vector.source) || declared.contains(&vector.target) {
        return Vec::new();
    }
    let access = policy.access(source, target, class);
    let held = match rule.kind {
        AvRuleKind::Allow => access.allowed,
        AvRuleKind::DontAudit => access.not_audited,
    };
    let Ok(wanted) = policy.permission_bits(class, &vector.permissions) else { return Vec::new() };
    let verb = match rule.kind {
        AvRuleKind::Allow => "allows",
        AvRuleKind::DontAudit => "hides",
    };
    match held & wanted {
        0 => Vec::new(),
        all if all == wanted => vec![format!("the loaded policy {verb} this already")],
        some => vec![format!("the loaded policy {verb} already: {}", names(&policy.permission_set(class, some)))],
    }
}

fn text(what: &str, name: &Name) -> String {
    format!("{what} {}", name.as_str())
}

fn names(permissions: &PermissionSet) -> String {
    permissions.iter().map(Name::as_str).collect::<Vec<_>>().join(" ")
}
