//! What a module needs of the policy it is loaded into: all of it, and nothing more.

use std::collections::{BTreeMap, BTreeSet};

use super::{ExpandedCall, Needs, PolicyModule, RenderContext, lint::SoundRule};
use crate::selinux::{
    Identifier,
    statement::{Form, Requirement, Target},
};

/// The role that `policy_module` requires by itself.
const SYSTEM_ROLE: &str = "system_r";

/// The names that a module uses, as its statements are written.
#[derive(Default)]
pub(super) struct Requirements {
    types: BTreeSet<Identifier>,
    attributes: BTreeSet<Identifier>,
    roles: BTreeSet<Identifier>,
    classes: BTreeMap<Identifier, BTreeSet<Identifier>>,
}

impl Requirements {
    pub(super) fn add_rule(&mut self, rule: &SoundRule) {
        self.types.insert(rule.source.clone());
        if let Target::Type(target) = &rule.target {
            self.types.insert(target.clone());
        }
        self.classes.entry(rule.class.clone()).or_default().extend(rule.permissions.iter().cloned());
    }

    pub(super) fn add_role(&mut self, role: Identifier) {
        self.roles.insert(role);
    }

    pub(super) fn add_type(&mut self, r#type: Identifier) {
        self.types.insert(r#type);
    }

    pub(super) fn add_needs(&mut self, needs: &Needs) {
        self.types.extend(needs.types.iter().cloned());
        self.attributes.extend(needs.attributes.iter().cloned());
        self.roles.extend(needs.roles.iter().cloned());
    }

    /// What the expansion of a call needs besides what it requires itself.
    pub(super) fn add_expanded(&mut self, expanded: &ExpandedCall) {
        self.roles.extend(expanded.system_role.clone());
        for (class, permissions) in &expanded.classes {
            self.classes.entry(class.clone()).or_default().extend(permissions.iter().cloned());
        }
    }

    pub(super) fn add_attribute(&mut self, attribute: Identifier) {
        self.attributes.insert(attribute);
    }

    /// The lines of the require block: without what the module declares and what its first line requires already.
    pub(super) fn lines(mut self, module: &PolicyModule, context: &RenderContext) -> Vec<Requirement> {
        for declared in module.declared_types() {
            self.types.remove(declared);
        }
        if module.form == Form::PolicyModule {
            self.roles.retain(|role| role.as_str() != SYSTEM_ROLE);
            for (class, permissions) in &mut self.classes {
                permissions.retain(|permission| !context.classes.contains(class.as_str(), permission.as_str()));
            }
            self.classes.retain(|_, permissions| !permissions.is_empty());
        }
        let list = |names: BTreeSet<Identifier>, kind: fn(Vec<Identifier>) -> Requirement| {
            (!names.is_empty()).then(|| kind(names.into_iter().collect()))
        };
        let names = [
            list(self.attributes, Requirement::Attributes),
            list(self.types, Requirement::Types),
            list(self.roles, Requirement::Roles),
        ];
        let classes = self
            .classes
            .into_iter()
            .map(|(class, permissions)| Requirement::Class(class, permissions.into_iter().collect()));
        names.into_iter().flatten().chain(classes).collect()
    }
}
