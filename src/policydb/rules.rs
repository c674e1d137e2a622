//! The rules over types, and their tables.

use super::{BooleanId, ClassId, ConditionalId, RoleId, TypeId};
use crate::selinux::Name;

/// What a rule does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum RuleKind {
    /// `allow`
    Allow,
    /// `auditallow`: what is allowed is recorded all the same.
    AuditAllow,
    /// `dontaudit`: what is denied is not recorded.
    DontAudit,
    /// `neverallow`: only in a policy's source, never in a binary one.
    NeverAllow,
    /// `type_transition`
    TypeTransition,
    /// `type_member`
    TypeMember,
    /// `type_change`
    TypeChange,
    /// `allowxperm`
    AllowXperm,
    /// `auditallowxperm`
    AuditAllowXperm,
    /// `dontauditxperm`
    DontAuditXperm,
    /// `neverallowxperm`: only in a policy's source.
    NeverAllowXperm,
}

impl RuleKind {
    /// Every kind.
    pub const ALL: [Self; 11] = [
        Self::Allow,
        Self::AuditAllow,
        Self::DontAudit,
        Self::NeverAllow,
        Self::TypeTransition,
        Self::TypeMember,
        Self::TypeChange,
        Self::AllowXperm,
        Self::AuditAllowXperm,
        Self::DontAuditXperm,
        Self::NeverAllowXperm,
    ];

    /// The word that begins the statement.
    pub fn keyword(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::AuditAllow => "auditallow",
            Self::DontAudit => "dontaudit",
            Self::NeverAllow => "neverallow",
            Self::TypeTransition => "type_transition",
            Self::TypeMember => "type_member",
            Self::TypeChange => "type_change",
            Self::AllowXperm => "allowxperm",
            Self::AuditAllowXperm => "auditallowxperm",
            Self::DontAuditXperm => "dontauditxperm",
            Self::NeverAllowXperm => "neverallowxperm",
        }
    }

    /// The bit that the file's access vector table has for it (`AVTAB_*` of the kernel's `avtab.h`).
    pub(super) fn from_specified(specified: u16) -> Option<Self> {
        Some(match specified & 0x7fff {
            0x1 => Self::Allow,
            0x2 => Self::AuditAllow,
            0x4 => Self::DontAudit,
            0x10 => Self::TypeTransition,
            0x20 => Self::TypeMember,
            0x40 => Self::TypeChange,
            0x100 => Self::AllowXperm,
            0x200 => Self::AuditAllowXperm,
            0x400 => Self::DontAuditXperm,
            _ => return None,
        })
    }
}

/// One entry of the access vector table; source and target may be attributes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rule {
    /// The type of the process, or an attribute.
    pub source: TypeId,
    /// The type of the object, or an attribute.
    pub target: TypeId,
    /// The object class.
    pub class: ClassId,
    /// What it does.
    pub kind: RuleKind,
    /// Permission bits, the place in the table of extended permissions, or the new type, as the kind says.
    pub(super) data: u32,
}

impl Rule {
    /// The order of the tables.
    pub(super) fn key(&self) -> u64 {
        u64::from(self.source.bit()) << 40
            | u64::from(self.target.bit()) << 24
            | u64::from(self.class.bit()) << 8
            | self.kind as u64
    }
}

/// The rules of one table by source, target, class and kind.
#[derive(Debug, Clone, Default)]
pub(super) struct RuleTable<T> {
    rules: Vec<T>,
    /// Where the rules of each source begin; one more than there are types.
    starts: Vec<u32>,
}

/// What has a place in a table of rules.
pub(super) trait Keyed: Copy {
    fn rule(&self) -> &Rule;
}

impl Keyed for Rule {
    fn rule(&self) -> &Rule {
        self
    }
}

impl Keyed for ConditionalRule {
    fn rule(&self) -> &Rule {
        &self.rule
    }
}

impl<T: Keyed> RuleTable<T> {
    pub(super) fn new(mut rules: Vec<T>, types: usize) -> Self {
        rules.sort_by_key(|rule| rule.rule().key());
        let mut starts = Vec::with_capacity(types + 1);
        let mut at = 0_u32;
        let mut rest = rules.iter().peekable();
        for source in 0..types {
            starts.push(at);
            while rest.next_if(|rule| rule.rule().source.index() == source).is_some() {
                at += 1;
            }
        }
        starts.push(at);
        Self { rules, starts }
    }

    pub(super) fn all(&self) -> &[T] {
        &self.rules
    }

    /// The rules with this source itself.
    pub(super) fn of_source(&self, source: TypeId) -> &[T] {
        let mut bounds = self.starts.iter().skip(source.index()).map(|at| *at as usize);
        let (from, to) = (bounds.next().unwrap_or(0), bounds.next().unwrap_or(0));
        self.rules.get(from..to).unwrap_or_default()
    }

    /// The rules with this source and target themselves, of one class or of all.
    pub(super) fn between(&self, source: TypeId, target: TypeId, class: Option<ClassId>) -> &[T] {
        let place = |rule: &T| (rule.rule().target, class.map(|_| rule.rule().class));
        let wanted = (target, class);
        let rules = self.of_source(source);
        let rest = rules.get(rules.partition_point(|rule| place(rule) < wanted)..).unwrap_or_default();
        let to = rest.iter().take_while(|rule| place(rule) == wanted).count();
        rest.get(..to).unwrap_or_default()
    }
}

/// A rule that holds only while its block's expression is true, or false in the `else` branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ConditionalRule {
    /// The rule.
    pub rule: Rule,
    /// Its block.
    pub conditional: ConditionalId,
    /// The branch: whether the expression must be true.
    pub branch: bool,
}

/// A conditional block's expression in reverse Polish notation, as the kernel's `cond_evaluate_expr` takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conditional {
    /// Operands and operators; at least one operand, and every operator has its operands.
    pub expression: Vec<BooleanTerm>,
}

/// One term of a conditional expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BooleanTerm {
    /// A boolean.
    Boolean(BooleanId),
    /// `!`
    Not,
    /// `||`
    Or,
    /// `&&`
    And,
    /// `^`
    Xor,
    /// `==`
    Equal,
    /// `!=`
    Different,
}

/// What the numbers of an extended permission rule mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum XpermKind {
    /// Numbers below one ioctl driver: the high byte is the driver.
    IoctlFunction(u8),
    /// Whole ioctl drivers.
    IoctlDriver,
    /// Types of netlink messages; the high byte is the driver.
    NetlinkMessage(u8),
}

/// The numbers of one extended permission rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Xperms {
    /// What they mean.
    pub kind: XpermKind,
    /// 256 bits.
    pub(super) bits: [u32; 8],
}

impl Xperms {
    /// The word before the numbers.
    pub fn keyword(&self) -> &'static str {
        match self.kind {
            XpermKind::IoctlFunction(_) | XpermKind::IoctlDriver => "ioctl",
            XpermKind::NetlinkMessage(_) => "nlmsg",
        }
    }

    fn low(&self) -> impl Iterator<Item = u16> {
        (0..256_u16).filter(|n| self.bits.get(usize::from(n >> 5)).is_some_and(|word| word >> (n & 31) & 1 == 1))
    }

    /// The numbers, rising, as ranges; a whole driver has 256 of them.
    pub fn ranges(&self) -> Vec<(u16, u16)> {
        let mut ranges: Vec<(u16, u16)> = Vec::new();
        for low in self.low() {
            let (first, last) = match self.kind {
                XpermKind::IoctlFunction(driver) | XpermKind::NetlinkMessage(driver) => {
                    let number = u16::from(driver) << 8 | low;
                    (number, number)
                }
                XpermKind::IoctlDriver => (low << 8, low << 8 | 0xff),
            };
            match ranges.last_mut() {
                Some(range) if range.1.checked_add(1) == Some(first) => range.1 = last,
                _ => ranges.push((first, last)),
            }
        }
        ranges
    }

    /// Whether this number is covered; a whole driver covers all of its 256.
    pub fn covers(&self, number: u16) -> bool {
        let (driver, low) = (number >> 8, number & 0xff);
        match self.kind {
            XpermKind::IoctlFunction(own) | XpermKind::NetlinkMessage(own) => {
                u16::from(own) == driver && self.low().any(|n| n == low)
            }
            XpermKind::IoctlDriver => self.low().any(|n| n == driver),
        }
    }
}

/// The rest of a `type_transition` that looks at the new object's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameTransition {
    /// The types of the creating processes; a bit a type or attribute.
    pub sources: super::Bitmap,
    /// The type of the folder.
    pub target: TypeId,
    /// The class of the new object.
    pub class: ClassId,
    /// The type that it gets.
    pub default: TypeId,
    /// The name that it must have.
    pub name: Name,
}

/// `role_transition R T:C new;`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoleTransition {
    /// The role of the process.
    pub role: RoleId,
    /// The type of the program, or an attribute.
    pub target: TypeId,
    /// The class, `process` where the version has none.
    pub class: ClassId,
    /// The role that it gets.
    pub new: RoleId,
}

/// `range_transition S T:C range;`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RangeTransition {
    /// The type of the process, or an attribute.
    pub source: TypeId,
    /// The type of the program or folder, or an attribute.
    pub target: TypeId,
    /// The class, `process` for programs.
    pub class: ClassId,
    /// The range that it gets.
    pub range: super::Range,
}
