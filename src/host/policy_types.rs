//! What the policy knows for the matching of interfaces.

use crate::{
    policydb::{self, Policy},
    refpolicy::{
        NameKind,
        matching::{PolicyRule, PolicyTypes, RuleKind},
    },
    replay::has_name,
    selinux::{Identifier, Name},
};

impl PolicyTypes for Policy {
    fn types_of(&self, name: &str) -> Option<Vec<u32>> {
        let id = self.find_type(name)?;
        Some(self.expand(id).filter_map(|id| u32::try_from(id.index()).ok()).collect())
    }

    fn kind_of(&self, name: &str) -> NameKind {
        match self.find_type(name) {
            Some(id) if self.is_attribute(id) => NameKind::Attribute,
            Some(_) => NameKind::Type,
            None if self.find_role(name).is_some() => NameKind::Role,
            None if self.find_class(name).is_some() => NameKind::Class,
            None if self.find_boolean(name).is_some() => NameKind::Boolean,
            None => NameKind::Unknown,
        }
    }

    fn members(&self, attribute: &str) -> Vec<Name> {
        match self.find_type(attribute) {
            Some(id) if self.is_attribute(id) => self.expand(id).map(|id| Name::from(self.type_name(id))).collect(),
            _ => Vec::new(),
        }
    }

    fn all_types(&self) -> Vec<u32> {
        let types = self.types_by_number().filter(|(id, _)| !self.is_attribute(*id));
        types.filter_map(|(id, _)| u32::try_from(id.index()).ok()).collect()
    }

    fn has(&self, name: &str, kind: NameKind) -> Option<bool> {
        has_name(Some(self), name, kind)
    }

    fn rules_of(&self, attribute: &str) -> Vec<PolicyRule> {
        let Some(id) = self.find_type(attribute).filter(|id| self.is_attribute(*id)) else { return Vec::new() };
        // They are in the order of their sources.
        let rules = self.rules();
        let first = rules.partition_point(|rule| rule.source < id);
        let own = rules.iter().skip(first).take_while(|rule| rule.source == id);
        let rule = |rule: &policydb::Rule| {
            let kind = match rule.kind {
                policydb::RuleKind::Allow => RuleKind::Allow,
                policydb::RuleKind::DontAudit => RuleKind::DontAudit,
                _ => return None,
            };
            Some(PolicyRule {
                kind,
                target: self.type_name(rule.target).into(),
                class: self.class_name(rule.class).into(),
                permissions: self.permission_set(rule.class, self.permissions(rule)),
            })
        };
        own.filter_map(rule).collect()
    }
}

/// A policy with what the session declares laid over it; the policy may be missing.
#[derive(Debug)]
pub struct PolicyAndSession<'a> {
    /// The policy, if there is one.
    pub policy: Option<&'a Policy>,
    /// The domains that the session declares, each with the attributes that it puts them under.
    pub declared: &'a [(Identifier, Vec<Identifier>)],
}

impl PolicyTypes for PolicyAndSession<'_> {
    fn types_of(&self, name: &str) -> Option<Vec<u32>> {
        self.policy?.types_of(name)
    }

    fn kind_of(&self, name: &str) -> NameKind {
        match self.policy.map_or(NameKind::Unknown, |policy| policy.kind_of(name)) {
            NameKind::Unknown if self.declared.iter().any(|(domain, _)| domain.as_str() == name) => NameKind::Type,
            NameKind::Unknown
                if self.declared.iter().any(|(_, attributes)| attributes.iter().any(|a| a.as_str() == name)) =>
            {
                NameKind::Attribute
            }
            kind => kind,
        }
    }

    fn members(&self, attribute: &str) -> Vec<Name> {
        let mut members = self.policy.map(|policy| policy.members(attribute)).unwrap_or_default();
        let own = self.declared.iter().filter(|(_, attributes)| attributes.iter().any(|a| a.as_str() == attribute));
        members.extend(own.map(|(domain, _)| domain.name().clone()));
        members.sort();
        members.dedup();
        members
    }
    fn all_types(&self) -> Vec<u32> {
        self.policy.map(PolicyTypes::all_types).unwrap_or_default()
    }

    fn has(&self, name: &str, kind: NameKind) -> Option<bool> {
        let is_declared = kind == NameKind::Type && self.declared.iter().any(|(domain, _)| domain.as_str() == name);
        if is_declared { Some(true) } else { has_name(self.policy, name, kind) }
    }

    fn rules_of(&self, attribute: &str) -> Vec<PolicyRule> {
        self.policy.map(|policy| policy.rules_of(attribute)).unwrap_or_default()
    }
}
