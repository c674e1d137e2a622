//! What can stand in a module's text, told before a compiler has to.

use std::collections::{BTreeMap, BTreeSet};

use super::{PolicyModule, RenderContext, Rule, Unwritable, Unwritten};
use crate::selinux::{
    Call, Identifier, Name, PermissionSet, path_words, quoted,
    statement::{AvRuleKind, Form, Statement, Target},
};

/// A name in a reason is shown to this width.
const SHOWN: usize = 40;

/// The attribute of every domain; a type cannot be called so where a domain is declared.
pub(super) const DOMAIN: &str = "domain";

/// A class holds no more permissions (an access vector has 32 bits); `semodule_package` cannot read a module with more.
const MAX_PERMISSIONS: usize = 32;

/// The rules of writing for one module.
pub(super) struct Lint<'a> {
    module: &'a PolicyModule,
    context: &'a RenderContext,
    /// Of each class that would come to hold too many permissions, those that find no room.
    crowded_out: BTreeMap<Name, PermissionSet>,
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
        let mut lint = Self { module, context, crowded_out: BTreeMap::new() };
        lint.crowded_out = lint.find_crowded_out();
        lint
    }

    /// What the headers require comes first, then what the kernel knows, then the others by name.
    fn find_crowded_out(&self) -> BTreeMap<Name, PermissionSet> {
        let mut used: BTreeMap<&Name, BTreeSet<&Name>> = BTreeMap::new();
        for rule in &self.module.rules {
            let sound = rule.vector.permissions.iter().filter(|name| self.name("", name).is_ok());
            used.entry(&rule.vector.class).or_default().extend(sound);
        }
        let mut crowded_out = BTreeMap::new();
        for (class, used) in used {
            let known = self.context.classes.permissions(class.as_str());
            let is_known = |name: &Name| known.is_some_and(|known| known.contains(name.as_str()));
            let (taken, mut wanted): (usize, Vec<&Name>) = match self.module.form {
                // All that the headers know stand there already.
                Form::PolicyModule => (known.map_or(0, PermissionSet::len), Vec::new()),
                Form::Module => (0, used.iter().copied().filter(|name| is_known(name)).collect()),
            };
            let room = MAX_PERMISSIONS.saturating_sub(taken);
            wanted.extend(used.iter().copied().filter(|name| !is_known(name)));
            if wanted.len() > room {
                crowded_out.insert(class.clone(), wanted.into_iter().skip(room).cloned().collect());
            }
        }
        crowded_out
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
            match self.permission(&vector.class, permission) {
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

    /// A call of an interface or template.
    ///
    /// Its arguments may be macros only where refpolicy writes macros: sets of permissions and of classes.
    pub(super) fn call(&self, call: &Call) -> Result<(), Unwritable> {
        let macros = &self.context.macros;
        let expands = |word: &&str| macros.contains(word) && !word.ends_with("_perms") && !word.ends_with("_set");
        let mut words = call.arguments.iter().flat_map(|argument| path_words(argument.as_str()));
        let reason = if self.module.form == Form::Module {
            match self.context.expanded.get(call) {
                Some(Ok(_)) => None,
                Some(Err(reason)) => Some(reason.clone()),
                None => Some(
                    "only the policy_module form can hold a call, and what it expands to is not known here".to_owned(),
                ),
            }
        } else if macros.lacks(call.interface.as_str()) {
            Some("the headers that the module is built with do not define it".to_owned())
        } else {
            words.find(expands).map(|word| format!("{}: the headers define a macro of this name", quoted(word, SHOWN)))
        };
        reason.map_or(Ok(()), |reason| Err(Unwritable { what: Unwritten::Call(call.clone()), reason }))
    }

    /// An attribute of a type.
    pub(super) fn attribute(&self, of: &Identifier, attribute: &Identifier) -> Result<(), Unwritable> {
        let sound = self.r#type("the type", of.name()).and_then(|_| self.name("the attribute", attribute.name()));
        sound
            .map(|_| ())
            .map_err(|reason| Unwritable { what: Unwritten::Attribute(of.clone(), attribute.clone()), reason })
    }

    /// The module's own name.
    pub(super) fn module_name(&self) -> Result<(), Unwritable> {
        let what = || Unwritten::Module(self.module.name.clone());
        self.name("the module name", self.module.name.name())
            .map(|_| ())
            .map_err(|reason| Unwritable { what: what(), reason })
    }

    fn r#type(&self, what: &str, name: &Name) -> Result<Identifier, String> {
        if name.as_str() == DOMAIN && !self.module.domains.is_empty() {
            return Err(format!("{what} {}: it is the attribute of all domains and no type", shown(name)));
        }
        self.name(what, name)
    }

    fn permission(&self, class: &Name, name: &Name) -> Result<Identifier, String> {
        if self.crowded_out.get(class).is_some_and(|crowded_out| crowded_out.contains(name.as_str())) {
            let class = shown(class);
            return Err(format!("a class holds at most {MAX_PERMISSIONS} permissions and {class} is full"));
        }
        self.name("the permission", name)
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
