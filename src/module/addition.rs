//! What a module holds besides rules and bare declarations: calls of interfaces and templates, and attributes.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::Rule;
use crate::selinux::{AccessVector, Call, Identifier, Name};

/// A line that comes into a module.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Added {
    /// A template that declares the domain: `container_domain_template(kube_logreader)`.
    Template(Call),
    /// `type X_t; type X_exec_t;` and the interface that makes them a domain and its program: `init_daemon_domain(X_t, X_exec_t)`.
    Maker {
        /// The interface.
        call: Call,
        /// The program's type.
        executable: Executable,
    },
    /// `typeattribute OF ATTRIBUTE;`
    Attribute {
        /// The type that is put under it.
        of: Identifier,
        /// The attribute.
        attribute: Identifier,
    },
    /// An interface.
    Call(Call),
}

impl Added {
    /// The call, where it is one.
    pub fn call(&self) -> Option<&Call> {
        match self {
            Self::Template(call) | Self::Maker { call, .. } | Self::Call(call) => Some(call),
            Self::Attribute { .. } => None,
        }
    }
}

impl std::fmt::Display for Added {
    /// As a person calls it; the module's own text comes from the renderer.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Template(call) | Self::Maker { call, .. } | Self::Call(call) => write!(f, "{call}"),
            Self::Attribute { of, attribute } => write!(f, "{of} under {attribute}"),
        }
    }
}

/// The type of the program that a domain is entered by, and where it lies.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Executable {
    /// `X_exec_t`
    pub r#type: Identifier,
    /// The program's path as the log has it, as text that may hold anything; none where no record names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
}

/// What the arguments of a call must be known as; what the interface uses itself it requires itself.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Needs {
    /// Types.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub types: BTreeSet<Identifier>,
    /// Attributes.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub attributes: BTreeSet<Identifier>,
    /// Roles.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub roles: BTreeSet<Identifier>,
}

impl Needs {
    /// Whether nothing is needed.
    pub fn is_empty(&self) -> bool {
        self.types.is_empty() && self.attributes.is_empty() && self.roles.is_empty()
    }
}

/// What is known of a line when it is decided: it depends on headers and policy, and is written down so that neither is needed
/// again.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Brings {
    /// What its arguments must be known as.
    #[serde(default, skip_serializing_if = "Needs::is_empty")]
    pub needs: Needs,
    /// The decided accesses that it allows, with the source as the module names it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gives: Vec<AccessVector>,
    /// The decided accesses that it hides from the log, likewise.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hides: Vec<AccessVector>,
    /// The roles that it lets its domain run in.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub roles: BTreeSet<Name>,
}

impl Brings {
    /// Takes in what was learned of the same line later.
    pub fn absorb(&mut self, other: &Self) {
        for (mine, theirs) in [(&mut self.gives, &other.gives), (&mut self.hides, &other.hides)] {
            for vector in theirs {
                match mine.iter_mut().find(|known| known.is_about_the_same(vector)) {
                    Some(known) => known.permissions.extend(vector.permissions.iter().cloned()),
                    None => mine.push(vector.clone()),
                }
            }
            mine.sort();
        }
        self.needs.types.extend(other.needs.types.iter().cloned());
        self.needs.attributes.extend(other.needs.attributes.iter().cloned());
        self.needs.roles.extend(other.needs.roles.iter().cloned());
        self.roles.extend(other.roles.iter().cloned());
    }
}

/// How a type that the module declares becomes a domain.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Making {
    /// `type X_t;` and `domain_type(X_t)`, or the attribute of all domains in the `module` form.
    #[default]
    Plain,
    /// The template declares it.
    Template(Call),
    /// An interface takes the type, and that of its program.
    Maker {
        /// The interface.
        call: Call,
        /// The program's type, which the module declares too.
        executable: Executable,
    },
}

impl Making {
    /// The call that stands in the module for it.
    pub fn call(&self) -> Option<&Call> {
        match self {
            Self::Plain => None,
            Self::Template(call) | Self::Maker { call, .. } => Some(call),
        }
    }
}

/// A call or an attribute with what it is there for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Addition {
    /// The domain in whose block it stands.
    pub block: Name,
    /// The line.
    pub added: Added,
    /// What its arguments must be known as.
    pub needs: Needs,
    /// The rules that are not written because it brings them.
    pub given: Vec<Rule>,
}
