//! What a policy declares: classes, types, roles, users, booleans, sensitivities, categories.

use super::{Bitmap, ClassDefaults, CommonId, Constraint, Level, Range, RoleId, TypeId, UserId};
use crate::selinux::Name;

/// A permission set that classes inherit: `common file { … }`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Common {
    /// Its name.
    pub name: Name,
    /// The permissions with their bits, by rising bit.
    pub permissions: Vec<(u32, Name)>,
}

/// An object class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Class {
    /// Its name.
    pub name: Name,
    /// The common that it inherits.
    pub common: Option<CommonId>,
    /// Its own permissions with their bits, by rising bit.
    pub permissions: Vec<(u32, Name)>,
    /// Every permission, inherited ones too, by name: the order in which a rule prints them.
    pub by_name: Vec<(u32, Name)>,
    /// The bits that mean something for this class.
    pub mask: u32,
    /// What must hold beyond the rules when a permission is used.
    pub constraints: Vec<Constraint>,
    /// What must hold when an object of this class gets another label.
    pub validatetrans: Vec<Constraint>,
    /// Where a new object's user, role, type and range come from.
    pub defaults: ClassDefaults,
}

impl Class {
    /// The bit of a permission, its own or an inherited one.
    pub fn permission(&self, name: &str) -> Option<u32> {
        let at = self.by_name.binary_search_by(|(_, other)| other.as_str().cmp(name)).ok()?;
        self.by_name.get(at).map(|permission| permission.0)
    }

    /// The names of these permissions, by name.
    pub fn names(&self, permissions: u32) -> impl Iterator<Item = &Name> {
        self.by_name.iter().filter(move |(bit, _)| permissions & bit != 0).map(|(_, name)| name)
    }
}

/// A role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// Its name.
    pub name: Name,
    /// The roles that it dominates, itself among them.
    pub dominates: Bitmap,
    /// The types that a process of this role may have.
    pub types: Bitmap,
    /// The role that bounds it.
    pub bounds: Option<RoleId>,
}

/// What a number of the type table stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TypeKind {
    /// A type that a process or an object can have.
    Type,
    /// A name for several types.
    Attribute,
}

/// A type or an attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Type {
    /// Its name; `@ttr` and ten digits where the policy has a number without a name, as setools writes it.
    pub name: Name,
    /// Which of the two it is.
    pub kind: TypeKind,
    /// The type that bounds it: it can do nothing that this one cannot do.
    pub bounds: Option<TypeId>,
}

/// A user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Its name.
    pub name: Name,
    /// The roles that it may have.
    pub roles: Bitmap,
    /// The range that it may have; in a policy without MLS it is there and says nothing.
    pub range: Range,
    /// The level that it begins with.
    pub level: Level,
    /// The user that bounds it.
    pub bounds: Option<UserId>,
}

/// A boolean and whether it is on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Boolean {
    /// Its name.
    pub name: Name,
    /// On or off when the policy was written; in `/sys/fs/selinux/policy` now.
    pub state: bool,
}

/// A sensitivity of an MLS policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sensitivity {
    /// Its name.
    pub name: Name,
    /// The categories that may stand beside it.
    pub categories: Bitmap,
}

/// What the kernel does with a class or permission that it knows and the policy does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UnknownHandling {
    /// Its use is denied.
    Deny,
    /// Such a policy is not loaded.
    Reject,
    /// Its use is allowed.
    Allow,
}
