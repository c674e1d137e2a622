//! The counts above everything that seinfo prints.

use std::fmt::Write as _;

use crate::policydb::{Policy, RuleKind, TypeKind, UnknownHandling};

impl Policy {
    /// The table of counts; `file` is what the first line calls the policy.
    pub fn statistics(&self, file: &str) -> String {
        let mls = if self.is_mls() { "enabled" } else { "disabled" };
        let unknown = match self.unknown_handling() {
            UnknownHandling::Deny => "deny",
            UnknownHandling::Reject => "reject",
            UnknownHandling::Allow => "allow",
        };
        let mut out = format!(
            "Statistics for policy file: {file}\n\
             Policy Version:             {} (MLS {mls})\n\
             Target Policy:              selinux\n\
             Handle unknown classes:     {unknown}\n",
            self.version()
        );
        for [(left, first), (right, second)] in self.counts() {
            let (left, right) = (format!("{left}:"), format!("{right}:"));
            // Writing into a String cannot fail.
            let _ = writeln!(out, "  {left:<16} {first:7}    {right:<16} {second:7}");
        }
        out
    }

    fn counts(&self) -> Vec<[(&'static str, usize); 2]> {
        let mut kinds = [0_usize; RuleKind::ALL.len()];
        let rules = self.rules().iter().chain(self.conditional_rules().iter().map(|c| &c.rule));
        for rule in rules {
            if let Some(count) = kinds.get_mut(rule.kind as usize) {
                *count += 1;
            }
        }
        let kind = |kind: RuleKind| kinds.get(kind as usize).copied().unwrap_or(0);
        let named: usize = self.name_transitions().iter().map(|rule| rule.sources.len()).sum();
        let permissions = self.commons.iter().map(|c| c.permissions.len()).sum::<usize>()
            + self.classes.iter().map(|c| c.permissions.len()).sum::<usize>();
        let types = self.types.iter().filter(|t| t.kind == TypeKind::Type).count();
        let constraints =
            |mls: bool| self.classes.iter().flat_map(|c| &c.constraints).filter(|c| c.is_mls() == mls).count();
        let trans =
            |mls: bool| self.classes.iter().flat_map(|c| &c.validatetrans).filter(|c| c.is_mls() == mls).count();
        let defaults = |class: &crate::policydb::Class| {
            let d = &class.defaults;
            [d.user.is_some(), d.role.is_some(), d.r#type.is_some(), d.range.is_some()]
                .into_iter()
                .filter(|is| *is)
                .count()
        };
        let labels = self.labels();
        let levels = if self.is_mls() { self.sensitivities.len() } else { 0 };
        vec![
            [("Classes", self.classes.len()), ("Permissions", permissions)],
            [("Sensitivities", levels), ("Categories", self.categories.len())],
            [("Types", types), ("Attributes", self.types.len() - types)],
            [("Users", self.users.len()), ("Roles", self.roles.len())],
            [("Booleans", self.booleans.len()), ("Cond. Expr.", self.conditionals.len())],
            [("Allow", kind(RuleKind::Allow)), ("Neverallow", kind(RuleKind::NeverAllow))],
            [("Auditallow", kind(RuleKind::AuditAllow)), ("Dontaudit", kind(RuleKind::DontAudit))],
            [("Type_trans", kind(RuleKind::TypeTransition) + named), ("Type_change", kind(RuleKind::TypeChange))],
            [("Type_member", kind(RuleKind::TypeMember)), ("Range_trans", self.range_transitions.len())],
            [("Role allow", self.role_allows.len()), ("Role_trans", self.role_transitions.len())],
            [("Constraints", constraints(false)), ("Validatetrans", trans(false))],
            [("MLS Constrain", constraints(true)), ("MLS Val. Tran", trans(true))],
            [
                ("Permissives", self.types_by_number().filter(|(id, _)| self.is_permissive(*id)).count()),
                ("Polcap", self.capabilities.len()),
            ],
            [
                ("Defaults", self.classes.iter().map(defaults).sum()),
                ("Typebounds", self.types.iter().filter(|t| t.bounds.is_some()).count()),
            ],
            [("Allowxperm", kind(RuleKind::AllowXperm)), ("Neverallowxperm", kind(RuleKind::NeverAllowXperm))],
            [("Auditallowxperm", kind(RuleKind::AuditAllowXperm)), ("Dontauditxperm", kind(RuleKind::DontAuditXperm))],
            [("Ibendportcon", labels.ibendports.len()), ("Ibpkeycon", labels.ibpkeys.len())],
            [("Initial SIDs", labels.initial_sids.len()), ("Fs_use", labels.fs_uses.len())],
            [("Genfscon", labels.genfs.len()), ("Portcon", labels.ports.len())],
            [("Netifcon", labels.interfaces.len()), ("Nodecon", labels.nodes.len() + labels.nodes6.len())],
        ]
    }
}
