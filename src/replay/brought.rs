//! What a call or an attribute brings: read from its expansion, and from the policy for the attributes on its way.

use std::collections::BTreeSet;

use crate::{
    module::{Brings, Needs},
    policydb::{Policy, RuleKind, TypeId},
    refpolicy::{
        Expansion, Placed,
        statement::{AvKind, NameSet, RequiredKind, StatementKind},
    },
    selinux::{AccessVector, Identifier, Name, PermissionSet},
};

/// An expansion with the policy that it would be loaded into.
///
/// Only what holds always is counted: nothing inside an `if`, and of an `optional` block only what the policy has all the names
/// for. Without a policy nobody knows which types an attribute has, so that less is found, never more.
#[derive(Debug, Clone, Copy)]
pub struct Brought<'a> {
    expansion: &'a Expansion,
    policy: Option<&'a Policy>,
}

/// How much a line opens: one access is one permission of one class on one target as it is spelled (an attribute counts once).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Opens {
    /// Accesses beyond what was asked for.
    pub accesses: usize,
    /// Those of them that write, create, execute or change something.
    pub writes: usize,
}

/// Permissions that only look.
const LOOKING: &[&str] = &[
    "read",
    "open",
    "getattr",
    "search",
    "lock",
    "ioctl",
    "use",
    "getopt",
    "getcap",
    "getsched",
    "getsession",
    "getpgid",
    "map",
    "watch",
    "watch_reads",
    "sigchld",
    "status",
    "list",
    "receive",
];

impl<'a> Brought<'a> {
    /// What this expansion does in this policy.
    pub fn new(expansion: &'a Expansion, policy: Option<&'a Policy>) -> Self {
        Self { expansion, policy }
    }

    /// What is known of the line for these accesses: those that it gives (or hides), the roles of the domain among `roles`, and
    /// what the arguments of the call must be known as.
    pub fn brings(&self, wanted: &[AccessVector], domain: Option<&Identifier>, roles: &BTreeSet<Name>) -> Brings {
        let of = |kind| wanted.iter().filter_map(|vector| self.part(kind, vector)).collect();
        Brings {
            needs: Needs::default(),
            gives: of(AvKind::Allow),
            hides: of(AvKind::DontAudit),
            roles: domain.map(|domain| self.roles(domain.as_str(), roles)).unwrap_or_default(),
        }
    }

    /// The part of an access that rules of this kind are about; `None` where they are about none of it.
    pub fn part(&self, kind: AvKind, vector: &AccessVector) -> Option<AccessVector> {
        let mut found = PermissionSet::new();
        let attributes = self.attributes_of(vector.source.as_str());
        for placed in &self.expansion.statements {
            let StatementKind::AvRule { kind: own, source, target, classes, permissions } = &placed.statement.kind
            else {
                continue;
            };
            let source_fits = || self.holds(source, &vector.source, &attributes);
            let target_fits =
                || (vector.source == vector.target && target.names("self")) || self.holds(target, &vector.target, &[]);
            if *own == kind
                && (classes.all || classes.names(vector.class.as_str()))
                && source_fits()
                && target_fits()
                && self.stands(placed)
            {
                let named =
                    |name: &&Name| (permissions.all || permissions.names(name.as_str())) != permissions.complement;
                found.extend(vector.permissions.iter().filter(named).cloned());
            }
        }
        found.extend(self.by_attributes(kind, vector, &attributes));
        (!found.is_empty()).then(|| AccessVector { permissions: found, ..vector.clone() })
    }

    /// What the policy's own rules do for the attributes that the expansion gives the source.
    fn by_attributes(&self, kind: AvKind, vector: &AccessVector, attributes: &[&str]) -> Vec<Name> {
        let Some(policy) = self.policy else { return Vec::new() };
        let ids = (policy.find_type(vector.target.as_str()), policy.find_class(vector.class.as_str()));
        let (Some(target), Some(class)) = ids else { return Vec::new() };
        let mut bits = 0;
        for attribute in attributes.iter().filter_map(|name| policy.find_type(name)) {
            let access = policy.access(attribute, target, class);
            bits |= match kind {
                AvKind::Allow => access.allowed,
                AvKind::DontAudit => access.not_audited,
                AvKind::AuditAllow | AvKind::NeverAllow => 0,
            };
        }
        let held = policy.permission_set(class, bits);
        vector.permissions.iter().filter(|name| held.contains(name.as_str())).cloned().collect()
    }

    /// The attributes that the expansion puts this type under.
    pub fn attributes_of(&self, r#type: &str) -> Vec<&'a str> {
        let mut found = Vec::new();
        for placed in &self.expansion.statements {
            match &placed.statement.kind {
                StatementKind::Type { name, attributes, .. } | StatementKind::TypeAttribute { name, attributes }
                    if name.as_str() == r#type && self.stands(placed) =>
                {
                    found.extend(attributes.iter().map(Name::as_str));
                }
                _ => {}
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Whether a set of names holds a type: by its name, by an attribute that is known here, or by one of the policy's.
    fn holds(&self, set: &NameSet, r#type: &Name, attributes: &[&str]) -> bool {
        let is_it = |name: &Name| {
            name == r#type || attributes.contains(&name.as_str()) || self.is_member(r#type.as_str(), name.as_str())
        };
        let named = set.all || set.names.iter().any(is_it);
        named != set.complement && !set.excluded.iter().any(is_it)
    }

    fn is_member(&self, r#type: &str, attribute: &str) -> bool {
        self.policy.is_some_and(|policy| {
            let ids = (policy.find_type(r#type), policy.find_type(attribute));
            matches!(ids, (Some(id), Some(attribute)) if policy.is_attribute(attribute) && policy.type_matches(id, attribute))
        })
    }

    /// Whether a statement holds always.
    fn stands(&self, placed: &Placed) -> bool {
        self.expansion.blocks(placed).iter().all(|(block, _)| match block.statement.kind {
            StatementKind::If(_) | StatementKind::Require => false,
            StatementKind::Optional => self.has_all_names(block),
            _ => true,
        })
    }

    /// Whether the policy has every type, attribute and role that an optional block requires.
    fn has_all_names(&self, optional: &Placed) -> bool {
        let Some(policy) = self.policy else { return false };
        let inside = self.expansion.statements.iter().skip_while(|placed| !std::ptr::eq(*placed, optional)).skip(1);
        let inside = inside.take_while(|placed| placed.block.is_some());
        let mut required = inside.filter_map(|placed| match &placed.statement.kind {
            StatementKind::Required { kind, names } => Some((*kind, names)),
            _ => None,
        });
        required.all(|(kind, names)| {
            names.iter().all(|name| match kind {
                RequiredKind::Type | RequiredKind::Attribute => policy.find_type(name.as_str()).is_some(),
                RequiredKind::Role => policy.find_role(name.as_str()).is_some(),
                RequiredKind::Bool | RequiredKind::Tunable => policy.find_boolean(name.as_str()).is_some(),
                _ => true,
            })
        })
    }

    /// Those of the roles that the expansion lets a type run in; all of them where it does so through a role attribute, which only
    /// the compiler can look into.
    fn roles(&self, r#type: &str, roles: &BTreeSet<Name>) -> BTreeSet<Name> {
        let mut attributes = BTreeSet::new();
        let mut given = BTreeSet::new();
        for placed in &self.expansion.statements {
            match &placed.statement.kind {
                StatementKind::Required { kind: RequiredKind::AttributeRole, names } => attributes.extend(names),
                StatementKind::RoleTypes { role, types } if types.names(r#type) && self.stands(placed) => {
                    given.insert(role);
                }
                _ => {}
            }
        }
        if given.iter().any(|role| attributes.contains(role)) {
            return roles.clone();
        }
        roles.iter().filter(|role| given.contains(role)).cloned().collect()
    }

    /// What names of the module the expansion uses and does not require itself, so that whoever calls it must.
    pub fn needs(&self, arguments: &[&str]) -> Needs {
        let mut needs = Needs::default();
        for argument in arguments {
            let Ok(name) = Identifier::new(argument) else { continue };
            let mut uses = self.expansion.statements.iter().map(|placed| &placed.statement.kind);
            let is_role = |kind: &StatementKind| match kind {
                StatementKind::RoleTypes { role, .. } => role.as_str() == *argument,
                StatementKind::RoleAllow { from, to } => from.names(argument) || to.names(argument),
                StatementKind::RoleAttribute { name, .. } => name.as_str() == *argument,
                StatementKind::RoleTransition { roles, .. } => roles.names(argument),
                _ => false,
            };
            let is_type = |kind: &StatementKind| match kind {
                StatementKind::AvRule { source, target, .. }
                | StatementKind::XpermRule { source, target, .. }
                | StatementKind::TypeRule { source, target, .. } => source.names(argument) || target.names(argument),
                StatementKind::TypeAttribute { name, .. } => name.as_str() == *argument,
                StatementKind::RoleTypes { types, .. } => types.names(argument),
                StatementKind::RangeTransition { source, target, .. } => {
                    source.names(argument) || target.names(argument)
                }
                _ => false,
            };
            let makes = |kind: &StatementKind| match kind {
                StatementKind::TypeRule { result, .. } => result.as_str() == *argument,
                _ => false,
            };
            if uses.clone().any(is_role) {
                needs.roles.insert(name);
            } else if uses.any(|kind| is_type(kind) || makes(kind)) {
                let attribute = self.policy.and_then(|policy| Some((policy, policy.find_type(argument)?)));
                match attribute {
                    Some((policy, id)) if policy.is_attribute(id) => needs.attributes.insert(name),
                    _ => needs.types.insert(name),
                };
            }
        }
        needs
    }

    /// How much it opens for a domain beyond these accesses: by its own rules, and by those that the policy has for the attributes
    /// it gives.
    pub fn opens(&self, domain: &str, wanted: &[AccessVector]) -> Opens {
        let attributes = self.attributes_of(domain);
        let mut opened: BTreeSet<(String, String, String)> = BTreeSet::new();
        for placed in &self.expansion.statements {
            let StatementKind::AvRule { kind: AvKind::Allow, source, target, classes, permissions } =
                &placed.statement.kind
            else {
                continue;
            };
            let source_fits = source.names(domain) || attributes.iter().any(|attribute| source.names(attribute));
            if !source_fits || !self.stands(placed) {
                continue;
            }
            for (target, class) in
                target.names.iter().flat_map(|target| classes.names.iter().map(move |class| (target, class)))
            {
                for permission in &permissions.names {
                    let name = |name: &Name| String::from(name.clone());
                    opened.insert((name(target), name(class), name(permission)));
                }
            }
        }
        if let Some(policy) = self.policy {
            let ids: BTreeSet<TypeId> = attributes.iter().filter_map(|name| policy.find_type(name)).collect();
            for rule in policy.rules().iter().filter(|rule| rule.kind == RuleKind::Allow && ids.contains(&rule.source))
            {
                for permission in &policy.permission_set(rule.class, policy.permissions(rule)) {
                    let (target, class) = (policy.type_name(rule.target), policy.class_name(rule.class));
                    opened.insert((target.to_owned(), class.to_owned(), String::from(permission.clone())));
                }
            }
        }
        let asked = |target: &str, class: &str, permission: &str| {
            wanted.iter().any(|vector| {
                vector.class.as_str() == class
                    && vector.permissions.contains(permission)
                    && (vector.target.as_str() == target || self.is_member(vector.target.as_str(), target))
            })
        };
        let beyond = opened.iter().filter(|(target, class, permission)| !asked(target, class, permission));
        beyond.fold(Opens::default(), |sum, (_, _, permission)| Opens {
            accesses: sum.accesses + 1,
            writes: sum.writes + usize::from(!LOOKING.contains(&permission.as_str())),
        })
    }
}

impl std::fmt::Display for Opens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.accesses {
            0 => f.write_str("opens nothing more"),
            accesses => write!(f, "opens {accesses} more, {} of them write", self.writes),
        }
    }
}
