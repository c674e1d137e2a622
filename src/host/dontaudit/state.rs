//! Whether dontaudit rules are in force.

use crate::{
    host::{install::Target, policy},
    policydb::{Policy, RuleKind},
};

/// Whether the policy hides what its dontaudit rules say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DontauditState {
    /// The rules are in: what they name is denied and not logged. So it is as a rule.
    In,
    /// The rules are out (`semodule -DB`): everything that is denied is logged.
    Out,
    /// It can't be found out, and why.
    Unknown(String),
}

/// Asks the store (the file `disable_dontaudit`) and the policy: without any dontaudit rule they are out.
///
/// Both are asked: a semodule that was killed may have changed the store and not the policy yet. Where only the store
/// changes the policy is the installed one, else the kernel's.
pub fn state(target: &Target) -> DontauditState {
    let flag = target.store.has_dontaudit_disabled();
    if flag == Some(true) {
        return DontauditState::Out;
    }
    match (policy_hides(target), flag) {
        (Some(true), _) | (None, Some(_)) => DontauditState::In,
        (Some(false), _) => DontauditState::Out,
        (None, None) => {
            DontauditState::Unknown("neither the store nor the policy is open to this user: it needs root".to_owned())
        }
    }
}

/// Whether the policy has dontaudit rules though the store says that they are out.
pub(super) fn hides_still(target: &Target) -> bool {
    target.store.has_dontaudit_disabled() == Some(true) && policy_hides(target) == Some(true)
}

/// Whether the policy that the store is for has a dontaudit rule; nothing where it can't be read.
fn policy_hides(target: &Target) -> Option<bool> {
    let installed = if target.reloads() { None } else { policy::installed(&target.root) };
    policy::read(&target.root, installed.as_deref()).ok().map(|(_, policy)| hides(&policy))
}

/// Whether the policy has a dontaudit rule at all, wherever it stands.
fn hides(policy: &Policy) -> bool {
    let is_dontaudit = |kind: RuleKind| matches!(kind, RuleKind::DontAudit | RuleKind::DontAuditXperm);
    policy.rules().iter().any(|rule| is_dontaudit(rule.kind))
        || policy.conditional_rules().iter().any(|rule| is_dontaudit(rule.rule.kind))
}
