//! The module as a value.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    str::FromStr,
};

use serde::{Deserialize, Serialize};

use super::{Addition, Executable, Making, Needs};
use crate::selinux::{
    AccessVector, Call, Identifier, Name,
    statement::{AvRuleKind, Form},
};

/// A module's version, `MAJOR.MINOR`; `semodule` only shows it, people go by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Version {
    /// Before the dot.
    pub major: u32,
    /// After the dot: 1.9 is followed by 1.10.
    pub minor: u32,
}

impl Version {
    /// 1.0
    pub const FIRST: Self = Self { major: 1, minor: 0 };

    /// The version after this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self { major: self.major, minor: self.minor.saturating_add(1) }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

impl FromStr for Version {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let version = text.split_once('.').and_then(|(major, minor)| Some((major.parse().ok()?, minor.parse().ok()?)));
        let (major, minor) = version.ok_or_else(|| format!("{text:?} is no version: write two numbers, as in 1.0"))?;
        Ok(Self { major, minor })
    }
}

impl TryFrom<String> for Version {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Version> for String {
    fn from(version: Version) -> Self {
        version.to_string()
    }
}

/// What a rule was made from, for the remark above it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Remark {
    /// How many messages.
    pub count: u64,
    /// The process's name, as text that may hold anything.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub comm: Option<String>,
    /// The object's path or name, as text that may hold anything.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub path: Option<String>,
}

/// One rule of the module with what it came from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rule {
    /// allow or dontaudit.
    pub kind: AvRuleKind,
    /// Source, target, class and permissions as they shall stand in the module; target equal to source is written `self`.
    pub vector: AccessVector,
    /// Where it came from.
    pub remark: Remark,
}

/// What makes two rules one: kind, source, target, class.
pub type RuleKey = (AvRuleKind, Name, Name, Name);

impl Rule {
    /// What the rule is merged by.
    pub fn key(&self) -> RuleKey {
        (self.kind, self.vector.source.clone(), self.vector.target.clone(), self.vector.class.clone())
    }
}

/// A domain that the module declares.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeclaredDomain {
    /// Its type, `kube_logreader_t`.
    pub name: Identifier,
    /// The roles that it may run in and that its making does not give it.
    pub roles: BTreeSet<Name>,
    /// What makes it a domain.
    pub making: Making,
    /// What the arguments of its making must be known as.
    pub needs: Needs,
    /// The rules that are not written because its making brings them.
    pub given: Vec<Rule>,
}

impl DeclaredDomain {
    /// A type that becomes a domain by nothing but its declaration.
    pub fn plain(name: Identifier, roles: BTreeSet<Name>) -> Self {
        Self { name, roles, making: Making::Plain, needs: Needs::default(), given: Vec::new() }
    }
}

/// What of a module cannot stand in its text, and why. Nothing is dropped for it: the text says so in its place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Unwritable {
    /// What was decided.
    pub what: Unwritten,
    /// What is the matter with it: one sentence, safe to show.
    pub reason: String,
}

/// A part of a module that could not be written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unwritten {
    /// A rule, with those of its permissions that cannot be written; the others are.
    Rule(Box<Rule>),
    /// A role for a declared domain.
    Role(Identifier, Name),
    /// A call.
    Call(Call),
    /// An attribute of a type: the type, the attribute.
    Attribute(Identifier, Identifier),
    /// The file context of a program: its path.
    FileContext(String),
    /// A domain, and so every rule of it.
    Domain(Identifier),
    /// The module's own name, and so the whole module.
    Module(Identifier),
}

/// The module: what it is called, what it declares, what it allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyModule {
    /// The module's name; checkmodule wants the file to be called the same.
    pub name: Identifier,
    /// Its version.
    pub version: Version,
    /// How it begins and who compiles it.
    pub form: Form,
    /// The domains it declares, each once.
    pub domains: BTreeSet<DeclaredDomain>,
    /// Calls and attributes besides what makes the domains.
    pub additions: BTreeSet<Addition>,
    /// Its rules; several of the same kind, source, target and class are merged when it is rendered.
    pub rules: Vec<Rule>,
    /// Whether rules are written with the headers' names for exactly what they say (`read_file_perms`); it changes nothing that
    /// the module does. Only the `policy_module` form knows such names.
    pub named_sets: bool,
    /// What is known of a rule besides where it came from, for remarks above it: no part of what the module does.
    pub notes: BTreeMap<RuleKey, Vec<String>>,
}

impl PolicyModule {
    /// A module that holds nothing yet.
    pub fn new(name: Identifier, form: Form) -> Self {
        Self {
            name,
            version: Version::FIRST,
            form,
            domains: BTreeSet::new(),
            additions: BTreeSet::new(),
            rules: Vec::new(),
            named_sets: false,
            notes: BTreeMap::new(),
        }
    }

    /// Whether it neither declares, calls nor allows anything.
    pub fn is_empty(&self) -> bool {
        self.domains.is_empty() && self.additions.is_empty() && self.rules.is_empty()
    }

    /// The calls in it, those that make its domains first.
    pub fn calls(&self) -> impl Iterator<Item = &Call> {
        let making = self.domains.iter().filter_map(|domain| domain.making.call());
        making.chain(self.additions.iter().filter_map(|addition| addition.added.call()))
    }

    /// The types that it declares: domains and their programs.
    pub fn declared_types(&self) -> BTreeSet<&Identifier> {
        self.domains
            .iter()
            .flat_map(|domain| {
                let executable = match &domain.making {
                    Making::Maker { executable, .. } => Some(&executable.r#type),
                    Making::Plain | Making::Template(_) => None,
                };
                std::iter::once(&domain.name).chain(executable)
            })
            .collect()
    }

    /// The rules as they are written: one for each kind, source, target and class, in the order of the file.
    pub fn merged_rules(&self) -> Vec<Rule> {
        super::merge::merged(&self.rules)
    }

    /// A digest of what the module says: form, name, domains and rules, not the version and not the remarks.
    ///
    /// Two modules with the same digest do the same; it tells whether an exported module has changed since.
    pub fn digest(&self) -> String {
        let mut hasher = crc32fast::Hasher::new();
        let mut length = 0_usize;
        let mut add = |text: &str| {
            hasher.update(text.as_bytes());
            hasher.update(b"\0");
            length += text.len() + 1;
        };
        add(match self.form {
            Form::PolicyModule => "policy_module",
            Form::Module => "module",
        });
        add(self.name.as_str());
        for domain in &self.domains {
            add(domain.name.as_str());
            domain.roles.iter().for_each(|role| add(role.as_str()));
            if let Some(call) = domain.making.call() {
                add(&call.to_string());
            }
            if let Making::Maker { executable: Executable { r#type, path }, .. } = &domain.making {
                add(r#type.as_str());
                add(path.as_deref().unwrap_or_default());
            }
        }
        for addition in &self.additions {
            add(&addition.added.to_string());
        }
        for rule in &self.rules {
            add(match rule.kind {
                AvRuleKind::Allow => "allow",
                AvRuleKind::DontAudit => "dontaudit",
            });
            let vector = &rule.vector;
            for name in [&vector.source, &vector.target, &vector.class].into_iter().chain(&vector.permissions) {
                add(name.as_str());
            }
        }
        format!("{:08x}-{length}", hasher.finalize())
    }
}
