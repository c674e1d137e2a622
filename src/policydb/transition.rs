//! The context of a new process or object.

use super::{
    Class, ClassId, ConditionalRule, Context, ContextError, DefaultFrom, DefaultRange, Level, Policy, Range, RoleId,
    Rule, RuleKind, TypeId,
};

/// What is asked for (`security_compute_create`, `_member` and `_relabel` of libselinux).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Change {
    /// The label of a new process or object: `type_transition`.
    #[default]
    Create,
    /// The label of a member of a polyinstantiated object: `type_member`.
    Member,
    /// The label that a relabel for a user gives: `type_change`.
    Relabel,
}

impl Change {
    fn kind(self) -> RuleKind {
        match self {
            Self::Create => RuleKind::TypeTransition,
            Self::Member => RuleKind::TypeMember,
            Self::Relabel => RuleKind::TypeChange,
        }
    }
}

/// A computed context, and which rules made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transition {
    /// The context.
    pub context: Context,
    /// The type that a `type_*` rule without a name gave.
    pub type_rule: Option<TypeId>,
    /// The type that a `type_transition` with this very name gave; it wins.
    pub name_rule: Option<TypeId>,
    /// The role that a `role_transition` gave.
    pub role_rule: Option<RoleId>,
    /// Whether the range is that of a `range_transition`.
    pub range_rule: bool,
    /// Why the kernel refuses the context, when it does.
    pub invalid: Option<ContextError>,
}

impl Policy {
    /// Computes a context as the kernel's `security_compute_sid` does: defaults of the class, type rules, rules with the
    /// new object's name, role and range transitions, in this order.
    ///
    /// # Errors
    /// [`ContextError::Range`] when `default_range … glblub` finds two ranges that do not meet.
    pub fn transition(
        &self,
        change: Change,
        source: &Context,
        target: &Context,
        class: ClassId,
        name: Option<&str>,
    ) -> Result<Transition, ContextError> {
        let process = self.is_process_like(class);
        let defaults = self.class(class).map(|class| class.defaults).unwrap_or_default();
        let from = |from: DefaultFrom| match from {
            DefaultFrom::Source => source,
            DefaultFrom::Target => target,
        };
        let user = match change {
            Change::Member => target.user,
            Change::Create | Change::Relabel => defaults.user.map_or(source.user, |f| from(f).user),
        };
        let usual_role = if process { source.role } else { RoleId::at(0) };
        let usual_type = if process { source.r#type } else { target.r#type };
        let mut role = defaults.role.map_or(usual_role, |f| from(f).role);
        let mut r#type = defaults.r#type.map_or(usual_type, |f| from(f).r#type);

        let type_rule = self.type_rule(change.kind(), source.r#type, target.r#type, class);
        r#type = type_rule.unwrap_or(r#type);
        let name_rule = name.and_then(|name| self.name_rule(source.r#type, target.r#type, class, name));
        r#type = name_rule.unwrap_or(r#type);
        let mut role_rule = None;
        if change == Change::Create {
            let applies = |rule: &&super::RoleTransition| {
                rule.role == source.role && rule.target == target.r#type && rule.class == class
            };
            role_rule = self.role_transitions().iter().find(applies).map(|rule| rule.new);
            role = role_rule.unwrap_or(role);
        }
        let (range, range_rule) = self.new_range(change, source, target, class)?;
        let context = Context { user, role, r#type, range };
        let invalid = self.check_context(&context).err();
        Ok(Transition { context, type_rule, name_rule, role_rule, range_rule, invalid })
    }

    /// Processes and sockets keep what their creator has. The kernel knows a socket's class by the name's end
    /// (`security_is_socket_class`), but only among its own classes: what it dropped, refpolicy calls `obsolete_…`.
    fn is_process_like(&self, class: ClassId) -> bool {
        let name = self.class_name(class);
        name == "process" || name.ends_with("socket") && !name.starts_with("obsolete_")
    }

    fn type_rule(&self, kind: RuleKind, source: TypeId, target: TypeId, class: ClassId) -> Option<TypeId> {
        let new = |rule: &Rule| if rule.kind == kind { self.new_type(rule) } else { None };
        let always = self.rules.between(source, target, Some(class)).iter().find_map(new);
        always.or_else(|| {
            let in_force = |rule: &&ConditionalRule| self.is_in_force(rule);
            let conditional = self.conditional_rules.between(source, target, Some(class)).iter().filter(in_force);
            conditional.map(|rule| &rule.rule).find_map(new)
        })
    }

    fn name_rule(&self, source: TypeId, target: TypeId, class: ClassId, name: &str) -> Option<TypeId> {
        let rules = self.name_transitions().iter();
        let mut applies =
            rules.filter(|rule| rule.target == target && rule.class == class && rule.name.as_str() == name);
        applies.find(|rule| rule.sources.contains(source.bit())).map(|rule| rule.default)
    }

    /// `mls_compute_sid` of the kernel.
    fn new_range(
        &self,
        change: Change,
        source: &Context,
        target: &Context,
        class: ClassId,
    ) -> Result<(Range, bool), ContextError> {
        if !self.is_mls() {
            return Ok((Range::default(), false));
        }
        if change == Change::Create {
            let applies = |rule: &&super::RangeTransition| {
                rule.source == source.r#type && rule.target == target.r#type && rule.class == class
            };
            if let Some(rule) = self.range_transitions().iter().find(applies) {
                return Ok((rule.range.clone(), true));
            }
            if let Some(default) = self.class(class).and_then(|class: &Class| class.defaults.range) {
                return default_range(default, &source.range, &target.range).map(|range| (range, false));
            }
        }
        let whole = change != Change::Member && self.is_process_like(class);
        Ok((if whole { source.range.clone() } else { Range::single(source.range.low.clone()) }, false))
    }
}

fn default_range(default: DefaultRange, source: &Range, target: &Range) -> Result<Range, ContextError> {
    let from = |from: DefaultFrom| match from {
        DefaultFrom::Source => source,
        DefaultFrom::Target => target,
    };
    Ok(match default {
        DefaultRange::Low(f) => Range::single(from(f).low.clone()),
        DefaultRange::High(f) => Range::single(from(f).high.clone()),
        DefaultRange::LowHigh(f) => from(f).clone(),
        DefaultRange::Glblub => {
            let apart = |a: &Range, b: &Range| a.high.sensitivity < b.low.sensitivity;
            if apart(source, target) || apart(target, source) {
                return Err(ContextError::Range(
                    "the ranges of source and target do not meet (default_range glblub)".into(),
                ));
            }
            let meet = |a: &Level, b: &Level, sensitivity: u32| Level {
                sensitivity,
                categories: a.categories.intersection(&b.categories),
            };
            let (low, high) = (
                source.low.sensitivity.max(target.low.sensitivity),
                source.high.sensitivity.min(target.high.sensitivity),
            );
            Range { low: meet(&source.low, &target.low, low), high: meet(&source.high, &target.high, high) }
        }
    })
}
