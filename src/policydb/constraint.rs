//! Constraints and `validatetrans`, as expressions.

use super::Bitmap;

/// A condition beyond the rules, for some permissions of a class, or for changes of label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Constraint {
    /// The permissions that it is about; none for `validatetrans`.
    pub permissions: u32,
    /// The condition in reverse Polish notation; complete, and at most five operands deep.
    pub expression: Vec<ConstraintTerm>,
}

impl Constraint {
    /// Whether a term compares levels: then the policy language spells it `mlsconstrain` or `mlsvalidatetrans`.
    pub fn is_mls(&self) -> bool {
        let levels = |term: &ConstraintTerm| matches!(term, ConstraintTerm::Compare { left, .. } if left.is_level());
        self.expression.iter().any(levels)
    }
}

/// One term of a constraint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConstraintTerm {
    /// `not`
    Not,
    /// `and`
    And,
    /// `or`
    Or,
    /// `u1 == u2`: two parts of the contexts are compared.
    Compare {
        /// The left part.
        left: Part,
        /// The right part.
        right: Part,
        /// How.
        operator: Operator,
    },
    /// `t1 == { a b }`: one part is looked up in a list.
    Names {
        /// The part.
        part: Part,
        /// How; only [`Operator::Equal`] and [`Operator::Different`].
        operator: Operator,
        /// The users, roles or types, attributes expanded: what the kernel looks at.
        names: Bitmap,
        /// Types and attributes as they were written, from version 29 on.
        written: Option<Bitmap>,
    },
}

/// A part of one of the contexts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Part {
    /// The user of the source (1), the target (2) or, in `validatetrans`, the process (3).
    User(u8),
    /// The role likewise.
    Role(u8),
    /// The type likewise.
    Type(u8),
    /// The low level of the source or target.
    Low(u8),
    /// The high level of the source or target.
    High(u8),
}

impl Part {
    /// Whether it is a level.
    pub fn is_level(self) -> bool {
        matches!(self, Self::Low(_) | Self::High(_))
    }

    /// `u1`, `t2`, `h1` …
    pub fn keyword(self) -> &'static str {
        match self {
            Self::User(1) => "u1",
            Self::User(2) => "u2",
            Self::User(_) => "u3",
            Self::Role(1) => "r1",
            Self::Role(2) => "r2",
            Self::Role(_) => "r3",
            Self::Type(1) => "t1",
            Self::Type(2) => "t2",
            Self::Type(_) => "t3",
            Self::Low(1) => "l1",
            Self::Low(_) => "l2",
            Self::High(1) => "h1",
            Self::High(_) => "h2",
        }
    }
}

/// How two parts are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operator {
    /// `==`
    Equal,
    /// `!=`
    Different,
    /// `dom`: the left dominates the right.
    Dominates,
    /// `domby`
    DominatedBy,
    /// `incomp`
    Incomparable,
}

impl Operator {
    /// The word of the policy language.
    pub fn keyword(self) -> &'static str {
        match self {
            Self::Equal => "==",
            Self::Different => "!=",
            Self::Dominates => "dom",
            Self::DominatedBy => "domby",
            Self::Incomparable => "incomp",
        }
    }
}

/// Where a part of a new object's context comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DefaultFrom {
    /// The creating process.
    Source,
    /// The object beside it: the folder, the program.
    Target,
}

/// Where a new object's range comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DefaultRange {
    /// One context's low level.
    Low(DefaultFrom),
    /// One context's high level.
    High(DefaultFrom),
    /// One context's whole range.
    LowHigh(DefaultFrom),
    /// The greatest lower and least upper bound of both ranges.
    Glblub,
}

/// The `default_user`, `default_role`, `default_type` and `default_range` of a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct ClassDefaults {
    /// `default_user`
    pub user: Option<DefaultFrom>,
    /// `default_role`
    pub role: Option<DefaultFrom>,
    /// `default_type`
    pub r#type: Option<DefaultFrom>,
    /// `default_range`
    pub range: Option<DefaultRange>,
}
