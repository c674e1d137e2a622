//! What one type, or one context, may do to another, and which rules say so.
//!
//! A question looks at the rules of the source and its attributes against the target and its attributes, as the kernel's
//! `context_struct_compute_av` does; with the tables sorted it takes microseconds.

use super::{
    ClassId, ConditionalId, ConditionalRule, ConstraintTerm, Context, Evaluation, Policy, RoleId, Rule, RuleKind,
    TypeId, Xperms,
};
use crate::selinux::{Name, PermissionSet};

/// A rule that speaks about two types, and its condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FoundRule {
    /// The rule; its source and target are those types or attributes that they have.
    pub rule: Rule,
    /// Its block, and whether the block's expression must be true for it to hold.
    pub condition: Option<(ConditionalId, bool)>,
}

/// Permissions by what the rules say about them; each set is of bits of the class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Access {
    /// Allowed now: by rules that always hold, or whose condition is true.
    pub allowed: u32,
    /// Allowed only if booleans were set otherwise; what is in `allowed` is not repeated.
    pub allowed_otherwise: u32,
    /// Recorded when it is allowed.
    pub audited: u32,
    /// Not recorded when it is denied.
    pub not_audited: u32,
}

/// What the kernel decides about two contexts, and where permissions were lost on the way.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Decision {
    /// What may be done.
    pub allowed: u32,
    /// What the rules allow.
    pub by_rules: u32,
    /// What the rules allow, but these constraints of the class do not: place in its list, permissions.
    pub constrained: Vec<(usize, u32)>,
    /// `transition` and `dyntransition` that fail because no rule lets the role change.
    pub by_role: u32,
    /// What the bounds of the source take away.
    pub by_bounds: u32,
}

impl Policy {
    /// The bits of these permissions in a class.
    ///
    /// # Errors
    /// The first name that the class does not have.
    pub fn permission_bits(&self, class: ClassId, permissions: &PermissionSet) -> Result<u32, Name> {
        let bit = |name: &Name| self.class(class).and_then(|class| class.permission(name.as_str()));
        permissions.iter().try_fold(0, |all, name| bit(name).map(|bit| all | bit).ok_or_else(|| name.clone()))
    }

    /// The names of permission bits of a class.
    pub fn permission_set(&self, class: ClassId, permissions: u32) -> PermissionSet {
        self.class(class).into_iter().flat_map(|class| class.names(permissions & class.mask)).cloned().collect()
    }

    /// Every rule that speaks about this source and this target: of one class or of all, in no particular order.
    ///
    /// Given attributes, it finds the rules that name them, not those that name their members.
    pub fn rules_between(&self, source: TypeId, target: TypeId, class: Option<ClassId>) -> Vec<FoundRule> {
        let mut found = Vec::new();
        self.visit(source, target, class, |rule, condition| found.push(FoundRule { rule: *rule, condition }));
        found
    }

    /// The rules of one kind that hold any of these permissions; with their conditions, in force or not.
    pub fn rules_for(
        &self,
        source: TypeId,
        target: TypeId,
        class: ClassId,
        kind: RuleKind,
        permissions: u32,
    ) -> Vec<FoundRule> {
        let mut found = Vec::new();
        self.visit(source, target, Some(class), |rule, condition| {
            if rule.kind == kind && self.permissions(rule) & permissions != 0 {
                found.push(FoundRule { rule: *rule, condition });
            }
        });
        found
    }

    /// What the rules say about this source, target and class.
    pub fn access(&self, source: TypeId, target: TypeId, class: ClassId) -> Access {
        let mut access = Access::default();
        self.visit(source, target, Some(class), |rule, condition| {
            let bits = self.permissions(rule);
            let now = condition.is_none_or(|(conditional, branch)| self.is_true(conditional) == branch);
            match rule.kind {
                RuleKind::Allow if now => access.allowed |= bits,
                RuleKind::Allow => access.allowed_otherwise |= bits,
                RuleKind::AuditAllow if now => access.audited |= bits,
                RuleKind::DontAudit if now => access.not_audited |= bits,
                _ => {}
            }
        });
        access.allowed_otherwise &= !access.allowed;
        access
    }

    /// Whether the rules allow all of these permissions now.
    pub fn is_allowed(&self, source: TypeId, target: TypeId, class: ClassId, permissions: u32) -> bool {
        self.access(source, target, class).allowed & permissions == permissions
    }

    /// Whether this number of an `ioctl` (or `nlmsg`) is allowed, where `allowxperm` rules in force narrow the permission down;
    /// `None` where there is no such rule, and the permission alone decides.
    pub fn xperm_allowed(
        &self,
        source: TypeId,
        target: TypeId,
        class: ClassId,
        keyword: &str,
        number: u16,
    ) -> Option<bool> {
        let mut answer = None;
        self.visit(source, target, Some(class), |rule, condition| {
            let now = condition.is_none_or(|(conditional, branch)| self.is_true(conditional) == branch);
            let xperms: Option<&Xperms> = self.xperms(rule).filter(|xperms| xperms.keyword() == keyword);
            if let (RuleKind::AllowXperm, true, Some(xperms)) = (rule.kind, now, xperms) {
                answer = Some(answer == Some(true) || xperms.covers(number));
            }
        });
        answer
    }

    fn visit(
        &self,
        source: TypeId,
        target: TypeId,
        class: Option<ClassId>,
        mut with: impl FnMut(&Rule, Option<(ConditionalId, bool)>),
    ) {
        for from in std::iter::once(source).chain(self.attributes(source)) {
            for to in std::iter::once(target).chain(self.attributes(target)) {
                for rule in self.rules.between(from, to, class) {
                    with(rule, None);
                }
                for ConditionalRule { rule, conditional, branch } in self.conditional_rules.between(from, to, class) {
                    with(rule, Some((*conditional, *branch)));
                }
            }
        }
    }

    /// The source and target types that a rule stands for.
    pub fn expand_rule(&self, rule: &Rule) -> impl Iterator<Item = (TypeId, TypeId)> + '_ {
        let target = rule.target;
        self.expand(rule.source).flat_map(move |source| self.expand(target).map(move |target| (source, target)))
    }

    /// Appends a rule's statement, with its condition as sesearch writes it.
    pub fn push_found_rule(&self, out: &mut String, found: &FoundRule) {
        match found.condition {
            Some((conditional, branch)) => {
                self.push_conditional_rule(out, &ConditionalRule { rule: found.rule, conditional, branch });
            }
            None => self.push_rule(out, &found.rule),
        }
    }

    /// The types that bound this one, nearest first.
    pub fn bounds(&self, id: TypeId) -> impl Iterator<Item = TypeId> + '_ {
        let next = |id: TypeId| self.type_or_attribute(id).and_then(|t| t.bounds);
        std::iter::successors(next(id), move |id| next(*id))
    }

    /// Whether a rule lets a process change from one role to another; staying is always allowed.
    pub fn may_change_role(&self, from: RoleId, to: RoleId) -> bool {
        from == to || self.role_allows().contains(&(from, to))
    }

    /// The constraints of a class that are about any of these permissions: place in the class's list, constraint.
    pub fn constraints_on(
        &self,
        class: ClassId,
        permissions: u32,
    ) -> impl Iterator<Item = (usize, &super::Constraint)> {
        let all = self.class(class).map_or(&[][..], |class| &class.constraints);
        all.iter().enumerate().filter(move |(_, constraint)| constraint.permissions & permissions != 0)
    }

    /// What the kernel decides: rules, constraints, role changes and bounds (`context_struct_compute_av`).
    pub fn decide(&self, source: &Context, target: &Context, class: ClassId) -> Decision {
        self.decide_within(source, target, class, 4)
    }

    fn decide_within(&self, source: &Context, target: &Context, class: ClassId, depth: u8) -> Decision {
        let by_rules = self.access(source.r#type, target.r#type, class).allowed;
        let mut decision = Decision { allowed: by_rules, by_rules, ..Decision::default() };
        for (place, constraint) in self.constraints_on(class, u32::MAX) {
            let concerned = constraint.permissions & decision.allowed;
            if concerned != 0 && !self.evaluate(constraint, source, target, None).holds {
                decision.allowed &= !concerned;
                decision.constrained.push((place, concerned));
            }
        }
        if self.class_name(class) == "process" && !self.may_change_role(source.role, target.role) {
            let bit = |name| self.class(class).and_then(|class| class.permission(name)).unwrap_or(0);
            decision.by_role = decision.allowed & (bit("transition") | bit("dyntransition"));
            decision.allowed &= !decision.by_role;
        }
        let bound = |id: TypeId| self.type_or_attribute(id).and_then(|t| t.bounds);
        if let (Some(upper), Some(depth)) = (bound(source.r#type), depth.checked_sub(1)) {
            let upper_source = Context { r#type: upper, ..source.clone() };
            let upper_target = Context { r#type: bound(target.r#type).unwrap_or(target.r#type), ..target.clone() };
            let within = self.decide_within(&upper_source, &upper_target, class, depth).allowed;
            decision.by_bounds = decision.allowed & !within;
            decision.allowed &= within;
        }
        decision
    }

    /// Evaluates the `validatetrans` statements of a class for a change of label by a process; gives those that fail.
    pub fn failed_validatetrans(&self, class: ClassId, old: &Context, new: &Context, process: &Context) -> Vec<usize> {
        let all = self.class(class).map_or(&[][..], |class| &class.validatetrans);
        let fails = |constraint: &super::Constraint| !self.evaluate(constraint, old, new, Some(process)).holds;
        all.iter().enumerate().filter(|(_, constraint)| fails(constraint)).map(|(place, _)| place).collect()
    }

    /// Whether a constraint holds for two contexts, and the truth of each of its terms (`constraint_expr_eval`).
    ///
    /// `process` is the third context of a `validatetrans`; without it a term about it is false.
    pub fn evaluate(
        &self,
        constraint: &super::Constraint,
        source: &Context,
        target: &Context,
        process: Option<&Context>,
    ) -> Evaluation {
        let mut stack: Vec<bool> = Vec::with_capacity(5);
        let mut terms = Vec::with_capacity(constraint.expression.len());
        for term in &constraint.expression {
            let truth = match term {
                ConstraintTerm::Not => stack.pop().is_some_and(|a| !a),
                ConstraintTerm::And | ConstraintTerm::Or => {
                    let (b, a) = (stack.pop().unwrap_or(false), stack.pop().unwrap_or(false));
                    if *term == ConstraintTerm::And { a && b } else { a || b }
                }
                ConstraintTerm::Compare { left, right, operator } => {
                    self.compare(super::evaluate::Pair { source, target }, *left, *right, *operator)
                }
                ConstraintTerm::Names { part, operator, names, .. } => {
                    super::evaluate::is_named(*part, *operator, names, [Some(source), Some(target), process])
                }
            };
            stack.push(truth);
            terms.push(truth);
        }
        Evaluation { holds: stack.pop().unwrap_or(false), terms }
    }
}
