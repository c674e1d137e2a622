//! What the policy knows for the matching of interfaces.

use crate::{
    policydb::Policy,
    refpolicy::{NameKind, matching::PolicyTypes},
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
}
