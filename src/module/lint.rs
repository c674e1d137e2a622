//! What can stand in a module's text, told before a compiler has to.

use std::collections::BTreeMap;

use super::{PolicyModule, RenderContext, Rule, Unwritable, Unwritten};
use crate::selinux::{
    Identifier, Name, PermissionSet, quoted,
    statement::{AvRuleKind, Form, Statement, Target},
};

/// A name in a reason is shown to this width.
const SHOWN: usize = 40;

/// The attribute of every domain; a type cannot be called so where a domain is declared.
pub(super) const DOMAIN: &str = "domain";

/// The rules of writing for one module.
pub(super) struct Lint<'a> {
    module: &'a PolicyModule,
    context: &'a RenderContext,
}

/// A rule all of whose names are sound.
pub(super) struct SoundRule {
    pub kind: AvRuleKind,
    pub source: Identifier,
    pub target: Target,
    pub class: Identifier,
    pub permissions: Vec<Identifier>,
}

impl SoundRule {
    pub(super) fn statement(&self) -> Statement {
        Statement::AvRule {
            kind: self.kind,
            source: self.source.clone(),
            target: self.target.clone(),
            class: self.class.clone(),
            permissions: self.permissions.clone(),
        }
    }
}

impl<'a> Lint<'a> {
    pub(super) fn new(module: &'a PolicyModule, context: &'a RenderContext) -> Self {
        Self { module, context }
    }

    /// The part of a rule that can be written, and the parts that cannot, each with its own reason.
    pub(super) fn rule(&self, rule: &Rule) -> (Option<SoundRule>, Vec<Unwritable>) {
        let vector = &rule.vector;
        let names = (|| {
            let source = self.r#type("the source type", &vector.source)?;
            let target = self.r#type("the target type", &vector.target)?;
            let class = self.name("the class", &vector.class)?;
            if vector.permissions.is_empty() {
                return Err("no permission is named".to_owned());
            }
            Ok((source, target, class))
        })();
        let (source, target, class) = match names {
            Ok(names) => names,
            Err(reason) => return (None, vec![Unwritable { what: Unwritten::Rule(Box::new(rule.clone())), reason }]),
        };
        let mut permissions = Vec::new();
        let mut refused: BTreeMap<String, PermissionSet> = BTreeMap::new();
        for permission in &vector.permissions {
            match self.name("the permission", permission) {
                Ok(permission) => permissions.push(permission),
                Err(reason) => {
                    refused.entry(reason).or_default().insert(permission.clone());
                }
            }
        }
        let unwritable = refused.into_iter().map(|(reason, permissions)| {
            let mut rule = rule.clone();
            rule.vector.permissions = permissions;
            Unwritable { what: Unwritten::Rule(Box::new(rule)), reason }
        });
        let target = if source == target { Target::Itself } else { Target::Type(target) };
        let sound = SoundRule { kind: rule.kind, source, target, class, permissions };
        (Some(sound).filter(|sound| !sound.permissions.is_empty()), unwritable.collect())
    }

    /// A role that a declared domain may run in.
    pub(super) fn role(&self, domain: &Identifier, role: &Name) -> Result<Identifier, Unwritable> {
        let what = || Unwritten::Role(domain.clone(), role.clone());
        self.name("the role", role).map_err(|reason| Unwritable { what: what(), reason })
    }

    /// A domain that the module declares.
    pub(super) fn domain(&self, domain: &Identifier) -> Result<(), Unwritable> {
        let what = || Unwritten::Domain(domain.clone());
        self.r#type("the type", domain.name()).map(|_| ()).map_err(|reason| Unwritable { what: what(), reason })
    }

    /// The module's own name.
    pub(super) fn module_name(&self) -> Result<(), Unwritable> {
        let what = || Unwritten::Module(self.module.name.clone());
        self.name("the module's name", self.module.name.name())
            .map(|_| ())
            .map_err(|reason| Unwritable { what: what(), reason })
    }

    fn r#type(&self, what: &str, name: &Name) -> Result<Identifier, String> {
        if name.as_str() == DOMAIN && !self.module.domains.is_empty() {
            return Err(format!("{what} {}: it is the attribute of all domains, not a type", shown(name)));
        }
        self.name(what, name)
    }

    fn name(&self, what: &str, name: &Name) -> Result<Identifier, String> {
        let identifier = Identifier::new(name.as_str()).map_err(|error| format!("{what} {}: {error}", shown(name)))?;
        if self.module.form == Form::PolicyModule && self.context.macros.contains(name.as_str()) {
            let form = "the module form can hold it";
            return Err(format!("{what} {}: the headers define a macro of this name; {form}", shown(name)));
        }
        Ok(identifier)
    }
}

fn shown(name: &Name) -> String {
    quoted(name.as_str(), SHOWN)
}
