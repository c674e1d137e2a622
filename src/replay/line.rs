//! What a call or an attribute brings: read from what the headers say of it, and from the policy for the attributes on its way.

use std::{borrow::Cow, collections::BTreeSet};

use crate::{
    module::{Brings, Needs},
    policydb::{FoundRule, Policy, RuleKind},
    refpolicy::{
        Brought, Contents, NameKind, Presence, names_in, put_arguments,
        statement::{AvKind, NameSet, RequiredKind, StatementKind},
    },
    selinux::{AccessVector, Call, Identifier, Name, PermissionSet},
};

/// A line of a module that shall be, with the policy that it would be loaded into.
///
/// Only what holds always is counted: nothing inside an `if`, and of an `optional` block only what the policy has all the names
/// for. Without a policy nobody knows which types an attribute has, so that less is found, never more.
#[derive(Debug, Clone)]
pub struct Line<'a> {
    does: Does<'a>,
    policy: Option<&'a Policy>,
}

#[derive(Debug, Clone)]
enum Does<'a> {
    /// A call: what the headers say of it in terms of `$1`, what stands there for it, and which of its optional blocks stay.
    Calls(&'a [Brought], Vec<String>, Vec<Presence>),
    /// `typeattribute`: the type, the attribute.
    Joins(String, String),
}

impl<'a> Line<'a> {
    /// A call with its arguments; `contents` is what the headers say of the interface.
    pub fn call(contents: &'a Contents, call: &Call, policy: Option<&'a Policy>) -> Self {
        let optionals = contents.presence_in_call(&call.argument_texts(), &|name, kind| has_name(policy, name, kind));
        let arguments = call.arguments.iter().map(|argument| argument.as_str().to_owned()).collect();
        Self { does: Does::Calls(&contents.statements, arguments, optionals), policy }
    }

    /// An attribute of a type.
    pub fn attribute(of: &Identifier, attribute: &Identifier, policy: Option<&'a Policy>) -> Self {
        Self { does: Does::Joins(of.as_str().to_owned(), attribute.as_str().to_owned()), policy }
    }

    /// What is known of the line: which of the accesses it gives and hides, which of the roles it lets the domain run in, and what
    /// its arguments must be known as.
    pub fn brings(&self, wanted: &[AccessVector], domain: Option<&Identifier>, roles: &BTreeSet<Name>) -> Brings {
        let of = |kind| wanted.iter().filter_map(|vector| self.part(kind, vector)).collect();
        Brings {
            needs: self.needs(),
            gives: of(AvKind::Allow),
            hides: of(AvKind::DontAudit),
            roles: domain.map(|domain| self.roles(domain.as_str(), roles)).unwrap_or_default(),
        }
    }

    /// The part of an access that rules of this kind are about; `None` where they are about none of it.
    pub fn part(&self, kind: AvKind, vector: &AccessVector) -> Option<AccessVector> {
        let mut found = PermissionSet::new();
        let attributes = self.attributes_of(vector.source.as_str());
        for brought in self.statements() {
            let StatementKind::AvRule { kind: own, source, target, classes, permissions } = &brought.statement.kind
            else {
                continue;
            };
            let target_fits = || {
                (vector.source == vector.target && self.names(target, "self"))
                    || self.holds(target, vector.target.as_str(), &[])
            };
            if *own == kind
                && self.holds(classes, vector.class.as_str(), &[])
                && self.holds(source, vector.source.as_str(), &attributes)
                && target_fits()
                && self.stands(brought)
            {
                let named = |name: &&Name| self.holds(permissions, name.as_str(), &[]);
                found.extend(vector.permissions.iter().filter(named).cloned());
            }
        }
        found.extend(self.by_attributes(kind, vector, &attributes));
        (!found.is_empty()).then(|| AccessVector { permissions: found, ..vector.clone() })
    }

    /// What the policy's own rules do for the attributes that the line gives the source.
    fn by_attributes(&self, kind: AvKind, vector: &AccessVector, attributes: &[String]) -> Vec<Name> {
        let Some(policy) = self.policy else { return Vec::new() };
        let ids = (policy.find_type(vector.target.as_str()), policy.find_class(vector.class.as_str()));
        let (Some(target), Some(class)) = ids else { return Vec::new() };
        let kind = match kind {
            AvKind::Allow => RuleKind::Allow,
            AvKind::DontAudit => RuleKind::DontAudit,
            AvKind::AuditAllow | AvKind::NeverAllow => return Vec::new(),
        };
        let mut bits = 0;
        for attribute in attributes.iter().filter_map(|name| policy.find_type(name)) {
            let rules = policy.rules_between(attribute, target, Some(class)).into_iter();
            let always = |found: &FoundRule| found.condition.is_none() && found.rule.kind == kind;
            bits |= rules.filter(always).fold(0, |bits, found| bits | policy.permissions(&found.rule));
        }
        let held = policy.permission_set(class, bits);
        vector.permissions.iter().filter(|name| held.contains(name.as_str())).cloned().collect()
    }

    /// The attributes that the line puts this type under, by name.
    pub fn attributes_of(&self, r#type: &str) -> Vec<String> {
        let mut found = Vec::new();
        if let Does::Joins(of, attribute) = &self.does
            && of == r#type
        {
            found.push(attribute.clone());
        }
        for brought in self.statements() {
            if let StatementKind::Type { name, attributes, .. } | StatementKind::TypeAttribute { name, attributes } =
                &brought.statement.kind
                && self.bound(name) == r#type
                && self.stands(brought)
            {
                found.extend(attributes.iter().map(|name| self.bound(name).into_owned()));
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The types that a call declares.
    pub fn declares(&self) -> Vec<String> {
        let declared = self.statements().filter_map(|brought| match &brought.statement.kind {
            StatementKind::Type { name, .. } => Some(self.bound(name).into_owned()),
            _ => None,
        });
        declared.collect()
    }

    /// Whether it may give more of these accesses than [`part`](Self::part) can tell: those of the domain on itself, by an
    /// attribute.
    pub fn may_give_more(&self, domain: &str, wanted: &[AccessVector]) -> bool {
        let is_open = |vector: &AccessVector| {
            let given = self.part(AvKind::Allow, vector);
            given.is_none_or(|given| given.permissions != vector.permissions)
        };
        let on_itself = |vector: &&AccessVector| vector.source == vector.target && vector.source.as_str() == domain;
        !self.attributes_of(domain).is_empty() && wanted.iter().filter(on_itself).any(is_open)
    }

    /// What stands in the require blocks, of a kind.
    pub fn required(&self, wanted: RequiredKind) -> Vec<String> {
        let mut found = Vec::new();
        for brought in self.statements().filter(|brought| !brought.optional) {
            if let StatementKind::Required { kind, names } = &brought.statement.kind
                && *kind == wanted
            {
                found.extend(names.iter().map(|name| self.bound(name).into_owned()));
            }
        }
        found
    }

    /// Those of the roles that the line lets a type run in; all of them where it does so through a role attribute, which only the
    /// compiler can look into.
    fn roles(&self, r#type: &str, roles: &BTreeSet<Name>) -> BTreeSet<Name> {
        let mut given = BTreeSet::new();
        for brought in self.statements() {
            if let StatementKind::RoleTypes { role, types } = &brought.statement.kind
                && self.names(types, r#type)
                && self.stands(brought)
            {
                given.insert(self.bound(role).into_owned());
            }
        }
        let attributes = self.required(RequiredKind::AttributeRole);
        if attributes.iter().any(|attribute| given.contains(attribute)) {
            return roles.clone();
        }
        roles.iter().filter(|role| given.contains(role.as_str())).cloned().collect()
    }

    /// The arguments that the statements use as names and do not declare.
    fn needs(&self) -> Needs {
        let mut needs = Needs::default();
        let Does::Calls(_, arguments, _) = &self.does else { return needs };
        let declared = self.declares();
        let names = arguments.iter().flat_map(|argument| names_in(argument));
        let names = names.filter(|name| declared.iter().all(|own| own != name));
        for name in names.collect::<BTreeSet<_>>() {
            let Ok(identifier) = Identifier::new(name) else { continue };
            let mut uses = self.statements().map(|brought| &brought.statement.kind);
            if uses.clone().any(|kind| self.uses_role(kind, name)) {
                needs.roles.insert(identifier);
            } else if uses.any(|kind| self.uses_type(kind, name)) {
                let known = self.policy.and_then(|policy| Some(policy.is_attribute(policy.find_type(name)?)));
                if known == Some(true) {
                    needs.attributes.insert(identifier);
                } else {
                    needs.types.insert(identifier);
                }
            }
        }
        needs
    }

    fn uses_role(&self, kind: &StatementKind, name: &str) -> bool {
        match kind {
            StatementKind::RoleTypes { role, .. } | StatementKind::RoleAttribute { name: role, .. } => {
                self.bound(role) == name
            }
            StatementKind::RoleAllow { from, to } => self.names(from, name) || self.names(to, name),
            StatementKind::RoleTransition { roles, result, .. } => {
                self.names(roles, name) || self.bound(result) == name
            }
            _ => false,
        }
    }

    fn uses_type(&self, kind: &StatementKind, name: &str) -> bool {
        match kind {
            StatementKind::AvRule { source, target, .. }
            | StatementKind::XpermRule { source, target, .. }
            | StatementKind::RangeTransition { source, target, .. } => {
                self.names(source, name) || self.names(target, name)
            }
            StatementKind::TypeRule { source, target, result, .. } => {
                self.names(source, name) || self.names(target, name) || self.bound(result) == name
            }
            StatementKind::TypeAttribute { name: own, .. } => self.bound(own) == name,
            StatementKind::RoleTypes { types, .. } => self.names(types, name),
            _ => false,
        }
    }

    fn statements(&self) -> std::slice::Iter<'a, Brought> {
        match &self.does {
            Does::Calls(statements, ..) => statements.iter(),
            Does::Joins(..) => [].iter(),
        }
    }

    /// A name of the headers with the arguments in their places.
    fn bound<'n>(&self, name: &'n Name) -> Cow<'n, str> {
        let Does::Calls(_, arguments, _) = &self.does else { return Cow::Borrowed(name.as_str()) };
        put_arguments(name.as_str(), arguments)
    }

    /// The same as names: an argument may be a set.
    fn words(&self, name: &Name) -> Vec<String> {
        names_in(&self.bound(name)).map(str::to_owned).collect()
    }

    /// Whether a set names this name itself.
    fn names(&self, set: &NameSet, name: &str) -> bool {
        set.names.iter().any(|own| self.words(own).iter().any(|word| word == name))
    }

    /// Whether a set holds a name: itself, by an attribute that is known here, or by one of the policy's.
    fn holds(&self, set: &NameSet, name: &str, attributes: &[String]) -> bool {
        let is_it = |own: &Name| {
            self.words(own).iter().any(|word| word == name || attributes.contains(word) || self.is_member(name, word))
        };
        let named = set.all || set.names.iter().any(is_it);
        named != set.complement && !set.excluded.iter().any(is_it)
    }

    fn is_member(&self, r#type: &str, attribute: &str) -> bool {
        self.policy.is_some_and(|policy| match (policy.find_type(r#type), policy.find_type(attribute)) {
            // An alias is another name of the same type.
            (Some(id), Some(other)) => id == other || policy.is_attribute(other) && policy.type_matches(id, other),
            _ => false,
        })
    }

    /// Whether a statement holds always.
    fn stands(&self, brought: &Brought) -> bool {
        let Does::Calls(_, _, optionals) = &self.does else { return false };
        let within = brought.within().and_then(|place| optionals.get(place));
        !brought.required && brought.is_unconditional() && within.is_none_or(|own| *own == Presence::Present)
    }
}

/// Whether the policy has a name of this kind; nothing where nobody can tell. A compiled policy lacks attributes that no rule of it
/// needs, and booleans that were settled when it was made.
pub fn has_name(policy: Option<&Policy>, name: &str, kind: NameKind) -> Option<bool> {
    let policy = policy?;
    match kind {
        NameKind::Type => Some(policy.find_type(name).is_some()),
        NameKind::Role => Some(policy.find_role(name).is_some()),
        NameKind::Class => Some(policy.find_class(name).is_some()),
        NameKind::Attribute => policy.find_type(name).map(|_| true),
        NameKind::Boolean => policy.find_boolean(name).map(|_| true),
        NameKind::Unknown => None,
    }
}
