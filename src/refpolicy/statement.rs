//! The statements of the policy language as a header writes them.
//!
//! They are read-only and say what the text says. Names may hold `$1` when an interface was expanded in terms of its
//! parameters. What seltui itself writes is another tree: [`selinux::statement`](crate::selinux::statement).

use std::sync::Arc;

use crate::selinux::Name;

/// One statement, or the head of a block.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct HeaderStatement {
    /// The words of the header in one line, `allow $1 etc_t:file { getattr read };`: blanks and comments are left out,
    /// nothing else is changed. Of a block it is the head alone: `optional {`, `if (allow_execmem) {`, `require {`.
    pub text: Arc<str>,
    /// What the words mean.
    pub kind: StatementKind,
}

/// What a statement says.
///
/// The grammar is checkpolicy's `policy_parse.y`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum StatementKind {
    /// `allow S T:C P;`
    AvRule {
        /// allow, auditallow, dontaudit or neverallow.
        kind: AvKind,
        /// Source types.
        source: NameSet,
        /// Target types; `self` is a name among them.
        target: NameSet,
        /// Object classes.
        classes: NameSet,
        /// Permissions, already without macros such as `read_file_perms`.
        permissions: NameSet,
    },
    /// `allowxperm S T:C ioctl { 0x5401 0x5410-0x5413 };`
    XpermRule {
        /// Which of the four.
        kind: AvKind,
        /// Source types.
        source: NameSet,
        /// Target types; `self` is a name among them.
        target: NameSet,
        /// Object classes.
        classes: NameSet,
        /// `ioctl`, `nlmsg`.
        operation: Name,
        /// Numbers and ranges (`0x5410-0x5413` as one name), as written.
        permissions: NameSet,
    },
    /// `type_transition`, `type_member` and `type_change`.
    TypeRule {
        /// Which of the three.
        kind: TypeRuleKind,
        /// Source types.
        source: NameSet,
        /// Target types.
        target: NameSet,
        /// Object classes.
        classes: NameSet,
        /// The type that it results in.
        result: Name,
        /// The file name without its quotation marks.
        file_name: Option<Name>,
    },
    /// `range_transition S T:C RANGE;`
    RangeTransition {
        /// Source types.
        source: NameSet,
        /// Target types.
        target: NameSet,
        /// Object classes; empty where none is written, which means `process`.
        classes: NameSet,
        /// The range as written, without blanks: `s0-s0:c0.c1023`.
        range: Name,
    },
    /// `type T alias A, attr, …;` outside of a require block.
    Type {
        /// The type.
        name: Name,
        /// Its other names.
        aliases: Vec<Name>,
        /// Its attributes.
        attributes: Vec<Name>,
    },
    /// `typealias T alias { A B };`
    TypeAlias {
        /// The type.
        name: Name,
        /// Its other names.
        aliases: Vec<Name>,
    },
    /// `attribute A;` outside of a require block.
    Attribute(Name),
    /// `expandattribute A true;`
    ExpandAttribute {
        /// The attributes.
        attributes: NameSet,
        /// Whether the compiler is to expand them.
        expand: bool,
    },
    /// `typeattribute T A, B;`
    TypeAttribute {
        /// The type.
        name: Name,
        /// What it is put under.
        attributes: Vec<Name>,
    },
    /// `typebounds PARENT CHILD, …;`
    TypeBounds {
        /// The type whose permissions are the most that the others have.
        parent: Name,
        /// The bounded types.
        children: Vec<Name>,
    },
    /// `permissive T;`
    Permissive(Name),
    /// `bool B true;`
    Bool {
        /// The boolean.
        name: Name,
        /// Its default.
        value: bool,
    },
    /// `tunable B true;`
    Tunable {
        /// The tunable.
        name: Name,
        /// Its default.
        value: bool,
    },
    /// `role R;`, `role R, ATTRIBUTE;` outside of a require block.
    Role {
        /// The role.
        name: Name,
        /// Its role attributes.
        attributes: Vec<Name>,
    },
    /// `attribute_role A;` outside of a require block.
    AttributeRole(Name),
    /// `roleattribute R A, B;`
    RoleAttribute {
        /// The role.
        name: Name,
        /// Its role attributes.
        attributes: Vec<Name>,
    },
    /// `role R types T;`
    RoleTypes {
        /// The role.
        role: Name,
        /// The types that it may have.
        types: NameSet,
    },
    /// `allow R R;`: the first role may become the second.
    RoleAllow {
        /// From these roles.
        from: NameSet,
        /// To these.
        to: NameSet,
    },
    /// `role_transition R T:C NEW;`
    RoleTransition {
        /// The roles before.
        roles: NameSet,
        /// The types that are executed.
        types: NameSet,
        /// The classes; empty where none is written, which means `process`.
        classes: NameSet,
        /// The role after.
        result: Name,
    },
    /// `type a_t, b_t;`, `attribute a;`, `role r;`, `bool b;` … in a require block.
    Required {
        /// What is asked for.
        kind: RequiredKind,
        /// Its names.
        names: Vec<Name>,
    },
    /// `class C { P Q };` in a require block.
    RequiredClass {
        /// The class.
        class: Name,
        /// The permissions of it.
        permissions: NameSet,
    },
    /// `require {`: a block.
    Require,
    /// `optional {`: a block, with a second [`Branch`](super::Branch) behind `else`.
    Optional,
    /// `if (CONDITION) {`: a block, with a second branch behind `else`.
    If(Condition),
    /// `{` that nothing known begins: a block.
    Block,
    /// `name(argument, …)`: a call of something that no header defines.
    UnknownCall {
        /// The name that is not defined.
        name: Name,
        /// What it is called with, as written.
        arguments: Vec<Name>,
    },
    /// Anything else, word by word with the signs between them: `sensitivity s0;`, `sid …`, and what is no policy.
    Other(Vec<Name>),
}

/// The rules over access vectors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AvKind {
    /// `allow`, `allowxperm`
    Allow,
    /// `auditallow`, `auditallowxperm`
    AuditAllow,
    /// `dontaudit`, `dontauditxperm`
    DontAudit,
    /// `neverallow`, `neverallowxperm`
    NeverAllow,
}

/// The rules that give a new object its type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TypeRuleKind {
    /// `type_transition`
    Transition,
    /// `type_member`
    Member,
    /// `type_change`
    Change,
}

/// What a require block asks for, classes aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RequiredKind {
    /// `type`
    Type,
    /// `attribute`
    Attribute,
    /// `role`
    Role,
    /// `attribute_role`
    AttributeRole,
    /// `bool`
    Bool,
    /// `tunable`
    Tunable,
    /// `user`
    User,
    /// `sensitivity`
    Sensitivity,
    /// `category`
    Category,
}

/// A set of names as the language spells one: `a`, `{ a b }`, `~{ a b }`, `{ a -b }`, `*`.
///
/// Braces within braces are opened: `{ { a b } c }` has three names. The order is the text's, and a name that is written
/// twice is there twice.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct NameSet {
    /// What it names.
    pub names: Arc<[Name]>,
    /// What it leaves out: written with `-`.
    pub excluded: Box<[Name]>,
    /// Everything: `*` stands alone or among the names.
    pub all: bool,
    /// Everything but these: `~` stands before it.
    pub complement: bool,
}

impl NameSet {
    /// The only name, where the set is just that.
    pub fn single(&self) -> Option<&Name> {
        match &*self.names {
            [name] if !self.all && !self.complement && self.excluded.is_empty() => Some(name),
            _ => None,
        }
    }

    /// Whether it is a plain list: nothing left out, no `*`, no `~`.
    pub fn is_plain(&self) -> bool {
        !self.all && !self.complement && self.excluded.is_empty()
    }

    /// Whether it stands for nothing.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty() && self.excluded.is_empty() && !self.all && !self.complement
    }

    /// Whether this name is written in it, not behind a `-`.
    pub fn names(&self, name: &str) -> bool {
        self.names.iter().any(|own| own.as_str() == name)
    }
}

/// The expression of an `if`, as `cond_expr` of the grammar has it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Condition {
    /// A boolean or tunable.
    Boolean(Name),
    /// `!`
    Not(Box<Condition>),
    /// `&&`
    And(Box<Condition>, Box<Condition>),
    /// `||`
    Or(Box<Condition>, Box<Condition>),
    /// `^`
    Xor(Box<Condition>, Box<Condition>),
    /// `==`
    Equal(Box<Condition>, Box<Condition>),
    /// `!=`
    Unequal(Box<Condition>, Box<Condition>),
    /// No expression of the language: its words as they stand.
    Unreadable(Name),
}

impl Condition {
    /// The booleans in it, in the order of the text.
    pub fn booleans(&self) -> Vec<&Name> {
        let (mut found, mut open) = (Vec::new(), vec![self]);
        while let Some(condition) = open.pop() {
            match condition {
                Self::Boolean(name) => found.push(name),
                Self::Not(inner) => open.push(inner),
                Self::And(left, right)
                | Self::Or(left, right)
                | Self::Xor(left, right)
                | Self::Equal(left, right)
                | Self::Unequal(left, right) => open.extend([right.as_ref(), left.as_ref()]),
                Self::Unreadable(_) => {}
            }
        }
        found
    }
}
