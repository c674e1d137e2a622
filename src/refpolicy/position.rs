//! Where a name can stand in a statement, and what may stand there.

use super::statement::{Condition, NameSet, RequiredKind, StatementKind};
use crate::selinux::Name;

/// Where a name can stand in a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Position {
    /// Source of a rule.
    Source,
    /// Target of a rule on a class that processes have.
    Process,
    /// Any other set of types and attributes.
    Types,
    /// One type, no attribute.
    ConcreteType,
    /// A type that is declared here.
    NewType,
    /// An attribute.
    Attribute,
    /// A role or role attribute.
    Role,
    /// One role.
    OneRole,
    /// Object classes.
    Class,
    /// Permissions.
    Permissions,
    /// A file name.
    FileName,
    /// A range.
    Range,
    /// A boolean.
    Boolean,
    /// Anything else.
    Other,
}

impl Position {
    /// No set in braces fits.
    pub(super) fn is_single(self) -> bool {
        matches!(
            self,
            Self::ConcreteType | Self::NewType | Self::Attribute | Self::OneRole | Self::FileName | Self::Boolean
        )
    }
}

fn set(set: &NameSet, position: Position, found: &mut impl FnMut(&str, Position)) {
    if !set.holds_dollar() {
        return;
    }
    for name in set.names.iter().chain(&set.excluded) {
        found(name.as_str(), position);
    }
}
fn list(names: &[Name], position: Position, found: &mut impl FnMut(&str, Position)) {
    for name in names {
        found(name.as_str(), position);
    }
}

/// The names of a statement that an argument may be put into, each with its position; others may be among them.
pub(super) fn names(kind: &StatementKind, found: &mut impl FnMut(&str, Position)) {
    match kind {
        StatementKind::AvRule { source, target, classes, permissions, .. } => {
            let is_process = classes.names.iter().any(|class| matches!(class.as_str(), "process" | "process2"));
            set(source, Position::Source, found);
            set(target, if is_process { Position::Process } else { Position::Types }, found);
            set(classes, Position::Class, found);
            set(permissions, Position::Permissions, found);
        }
        StatementKind::XpermRule { source, target, classes, permissions, .. } => {
            set(source, Position::Source, found);
            set(target, Position::Types, found);
            set(classes, Position::Class, found);
            set(permissions, Position::Other, found);
        }
        StatementKind::TypeRule { source, target, classes, result, file_name, .. } => {
            let is_process = classes.names.iter().any(|class| class.as_str() == "process");
            set(source, Position::Source, found);
            set(target, Position::Types, found);
            set(classes, Position::Class, found);
            found(result.as_str(), Position::ConcreteType);
            if is_process {
                found(result.as_str(), Position::Process);
            }
            if let Some(name) = file_name {
                found(name.as_str(), Position::FileName);
            }
        }
        StatementKind::RangeTransition { source, target, classes, range } => {
            set(source, Position::Source, found);
            set(target, Position::Types, found);
            set(classes, Position::Class, found);
            for part in range.as_str().split('-') {
                found(part, Position::Range);
            }
        }
        StatementKind::Type { name, aliases, attributes } => {
            found(name.as_str(), Position::NewType);
            list(aliases, Position::NewType, found);
            list(attributes, Position::Attribute, found);
        }
        StatementKind::TypeAlias { name, aliases } => {
            found(name.as_str(), Position::ConcreteType);
            list(aliases, Position::NewType, found);
        }
        StatementKind::Attribute(name) => found(name.as_str(), Position::Attribute),
        StatementKind::ExpandAttribute { attributes, .. } => set(attributes, Position::Attribute, found),
        StatementKind::TypeAttribute { name, attributes } => {
            found(name.as_str(), Position::ConcreteType);
            list(attributes, Position::Attribute, found);
        }
        StatementKind::TypeBounds { parent, children } => {
            found(parent.as_str(), Position::ConcreteType);
            list(children, Position::ConcreteType, found);
        }
        StatementKind::Permissive(name) => found(name.as_str(), Position::ConcreteType),
        StatementKind::Bool { name, .. } | StatementKind::Tunable { name, .. } => {
            found(name.as_str(), Position::Boolean);
        }
        StatementKind::AttributeRole(name) => found(name.as_str(), Position::OneRole),
        StatementKind::Role { name, attributes } | StatementKind::RoleAttribute { name, attributes } => {
            found(name.as_str(), Position::OneRole);
            list(attributes, Position::Role, found);
        }
        StatementKind::RoleTypes { role, types } => {
            found(role.as_str(), Position::OneRole);
            set(types, Position::Types, found);
        }
        StatementKind::RoleAllow { from, to } => {
            set(from, Position::Role, found);
            set(to, Position::Role, found);
        }
        StatementKind::RoleTransition { roles, types, classes, result } => {
            set(roles, Position::Role, found);
            set(types, Position::Types, found);
            set(classes, Position::Class, found);
            found(result.as_str(), Position::OneRole);
        }
        StatementKind::Required { kind, names } => list(names, required(*kind), found),
        StatementKind::RequiredClass { class, permissions } => {
            found(class.as_str(), Position::Class);
            set(permissions, Position::Permissions, found);
        }
        StatementKind::If(condition) => booleans(condition, found),
        StatementKind::UnknownCall { arguments, .. } => list(arguments, Position::Other, found),
        StatementKind::Other(words) => list(words, Position::Other, found),
        StatementKind::Require | StatementKind::Optional | StatementKind::Block => {}
    }
}

fn required(kind: RequiredKind) -> Position {
    match kind {
        RequiredKind::Type => Position::ConcreteType,
        RequiredKind::Attribute => Position::Attribute,
        RequiredKind::Role | RequiredKind::AttributeRole => Position::OneRole,
        RequiredKind::Bool | RequiredKind::Tunable => Position::Boolean,
        RequiredKind::User => Position::Other,
        RequiredKind::Sensitivity | RequiredKind::Category => Position::Range,
    }
}

fn booleans(condition: &Condition, found: &mut impl FnMut(&str, Position)) {
    for name in condition.booleans() {
        found(name.as_str(), Position::Boolean);
    }
}
