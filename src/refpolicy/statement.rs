//! The statements of the policy language as a header writes them.
//!
//! They are read-only and say what the text says. Names may hold `$1` when an interface was expanded in terms of its
//! parameters. What seltui itself writes is another tree: [`selinux::statement`](crate::selinux::statement).

use std::sync::{Arc, OnceLock};

use crate::selinux::{Name, rule_parts};

/// One statement, or the head of a block.
#[derive(Debug, Clone)]
pub struct HeaderStatement {
    /// What the words mean.
    pub kind: StatementKind,
    /// Where it is made of another statement's, the words once somebody asks for them.
    text: OnceLock<Box<str>>,
    /// Whether the words are what [`HeaderStatement::spelled`] makes of what they mean, once somebody asks for it.
    is_plain: OnceLock<bool>,
}

impl HeaderStatement {
    /// A statement of these words.
    pub(super) fn new(text: &str, kind: StatementKind) -> Self {
        Self { kind, text: OnceLock::from(Box::from(text)), is_plain: OnceLock::new() }
    }

    /// A rule over access vectors as it is spelled without anything that could be left out.
    pub(super) fn plain(kind: StatementKind) -> Self {
        Self { kind, text: OnceLock::new(), is_plain: OnceLock::from(true) }
    }

    /// The words of the header in one line, `allow $1 etc_t:file { getattr read };`: blanks and comments are left out,
    /// nothing else is changed. Of a block it is the head alone: `optional {`, `if (allow_execmem) {`, `require {`.
    pub fn text(&self) -> &str {
        self.text.get_or_init(|| self.spelled().into())
    }

    /// Whether it is a rule over access vectors that holds nothing which could be left out, such as braces around one name.
    pub(super) fn is_plain(&self) -> bool {
        *self.is_plain.get_or_init(|| is_spelled_so(&self.kind, self.text()))
    }

    fn spelled(&self) -> String {
        let mut text = String::with_capacity(128);
        spell(&self.kind, &mut |part| {
            text.push_str(part);
            true
        });
        text
    }

    /// The arguments in it, a bit for each from `$1` to `$9`; `None` where a dollar is something else's.
    pub(super) fn arguments(&self) -> Option<u16> {
        if let StatementKind::AvRule { source, target, classes, permissions, .. } = &self.kind {
            let sets = [source, target, classes, permissions];
            return sets.into_iter().try_fold(0, |arguments, set| Some(arguments | set.arguments?));
        }
        arguments(self.text().as_bytes())
    }
}

impl PartialEq for HeaderStatement {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind && self.text() == other.text()
    }
}

impl Eq for HeaderStatement {}

/// The arguments in a text, a bit for each from `$1` to `$9`; `None` where a dollar is something else's.
fn arguments(text: &[u8]) -> Option<u16> {
    let mut arguments = 0;
    for at in memchr::memchr_iter(b'$', text) {
        let number = text.get(at + 1)?.checked_sub(b'0').filter(|number| (1..=9).contains(number))?;
        if text.get(at + 2).is_some_and(u8::is_ascii_digit) {
            return None;
        }
        arguments |= 1 << number;
    }
    Some(arguments)
}

/// Gives the parts of a rule over access vectors, one after the other, as long as they are wanted; false where they are not,
/// or where it is no such rule of plain sets.
fn spell(kind: &StatementKind, part: &mut impl FnMut(&str) -> bool) -> bool {
    let StatementKind::AvRule { kind, source, target, classes, permissions } = kind else { return false };
    let sets = [source, target, classes, permissions];
    sets.iter().all(|set| set.is_plain()) && rule_parts(kind.keyword(), sets.map(|set| &*set.names), part)
}

fn is_spelled_so(kind: &StatementKind, text: &str) -> bool {
    let mut rest = text;
    let is_begun = spell(kind, &mut |part| match rest.strip_prefix(part) {
        Some(behind) => {
            rest = behind;
            true
        }
        None => false,
    });
    is_begun && rest.is_empty()
}

/// What a statement says.
///
/// The grammar is checkpolicy's `policy_parse.y`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StatementKind {
    /// `allow S T:C P;`
    AvRule {
        /// allow, auditallow, dontaudit or neverallow.
        kind: AvKind,
        /// Source types.
        source: Arc<NameSet>,
        /// Target types; `self` is a name among them.
        target: Arc<NameSet>,
        /// Object classes.
        classes: Arc<NameSet>,
        /// Permissions, already without macros such as `read_file_perms`.
        permissions: Arc<NameSet>,
    },
    /// `allowxperm S T:C ioctl { 0x5401 0x5410-0x5413 };`
    XpermRule {
        /// Which of the four.
        kind: AvKind,
        /// Source types.
        source: Arc<NameSet>,
        /// Target types; `self` is a name among them.
        target: Arc<NameSet>,
        /// Object classes.
        classes: Arc<NameSet>,
        /// `ioctl`, `nlmsg`.
        operation: Name,
        /// Numbers and ranges (`0x5410-0x5413` as one name), as written.
        permissions: Arc<NameSet>,
    },
    /// `type_transition`, `type_member` and `type_change`.
    TypeRule {
        /// Which of the three.
        kind: TypeRuleKind,
        /// Source types.
        source: Arc<NameSet>,
        /// Target types.
        target: Arc<NameSet>,
        /// Object classes.
        classes: Arc<NameSet>,
        /// The type that it results in.
        result: Name,
        /// The file name without its quotation marks.
        file_name: Option<Name>,
    },
    /// `range_transition S T:C RANGE;`
    RangeTransition {
        /// Source types.
        source: Arc<NameSet>,
        /// Target types.
        target: Arc<NameSet>,
        /// Object classes; empty where none is written, which means `process`.
        classes: Arc<NameSet>,
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
        attributes: Arc<NameSet>,
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
        types: Arc<NameSet>,
    },
    /// `allow R R;`: the first role may become the second.
    RoleAllow {
        /// From these roles.
        from: Arc<NameSet>,
        /// To these.
        to: Arc<NameSet>,
    },
    /// `role_transition R T:C NEW;`
    RoleTransition {
        /// The roles before.
        roles: Arc<NameSet>,
        /// The types that are executed.
        types: Arc<NameSet>,
        /// The classes; empty where none is written, which means `process`.
        classes: Arc<NameSet>,
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
        permissions: Arc<NameSet>,
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

impl AvKind {
    /// The keyword of a rule over permissions.
    fn keyword(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::AuditAllow => "auditallow",
            Self::DontAudit => "dontaudit",
            Self::NeverAllow => "neverallow",
        }
    }
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameSet {
    /// What it names.
    pub names: Box<[Name]>,
    /// What it leaves out: written with `-`.
    pub excluded: Box<[Name]>,
    /// Everything: `*` stands alone or among the names.
    pub all: bool,
    /// Everything but these: `~` stands before it.
    pub complement: bool,
    /// The arguments in its names, a bit for each from `$1` to `$9`; `None` where a dollar is something else's.
    pub(super) arguments: Option<u16>,
}

impl NameSet {
    /// A set of these names.
    pub fn new(names: Box<[Name]>, excluded: Box<[Name]>, all: bool, complement: bool) -> Self {
        let all_names = names.iter().chain(&excluded);
        let numbers =
            all_names.map(|name| arguments(name.as_str().as_bytes())).try_fold(0, |numbers, own| Some(numbers | own?));
        Self { names, excluded, all, complement, arguments: numbers }
    }

    /// Whether a dollar is in one of its names.
    pub(super) fn holds_dollar(&self) -> bool {
        self.arguments != Some(0)
    }

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
