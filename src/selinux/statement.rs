//! The policy language's statements as one tree.

use super::{Call, Identifier, PermissionSet};

/// The two ways a module begins, which decide who compiles it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// `policy_module(NAME, 1.0)`, for the devel Makefile: interfaces and macros can be called.
    #[default]
    PolicyModule,
    /// `module NAME 1.0;`, for checkmodule alone: plain statements.
    Module,
}

/// The rules over access vectors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AvRuleKind {
    /// `allow`
    Allow,
    /// `dontaudit`
    DontAudit,
}

/// The target of a rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// The source itself.
    Itself,
    /// A type or attribute.
    Type(Identifier),
}

/// What a require block asks of the policy it is loaded into.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Requirement {
    /// `type a_t, b_t;`
    Types(Vec<Identifier>),
    /// `attribute a, b;`
    Attributes(Vec<Identifier>),
    /// `role a, b;`
    Roles(Vec<Identifier>),
    /// `class c { p q };`
    Class(Identifier, Vec<Identifier>),
}

/// One line or block of a policy module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Statement {
    /// The first line: name and version, in the given form.
    Header {
        /// Which of the two ways.
        form: Form,
        /// The module's name.
        name: Identifier,
        /// Its version, `1.0`.
        version: String,
    },
    /// A require block: `gen_require` in the `policy_module` form.
    Require {
        /// Which of the two ways.
        form: Form,
        /// What is asked for, one line each.
        requirements: Vec<Requirement>,
    },
    /// A remark; anything may be in the text, what is written is made safe.
    Remark(String),
    /// A heading between blocks.
    Heading(String),
    /// `## <summary>…</summary>`: the first line of a `.if`.
    Summary(String),
    /// `type X_t;`
    Type(Identifier),
    /// `typeattribute X_t attr;`
    TypeAttribute(Identifier, Identifier),
    /// `role R types X_t;`
    RoleTypes(Identifier, Identifier),
    /// `domain_type(X_t)`
    Call(Call),
    /// What m4 makes of a call, where no m4 will read the module.
    Expanded(Vec<ExpandedLine>),
    /// A file context: path, kind, and the type it shall have; a line of a `.fc`.
    FileContext {
        /// Which form the module has: the devel Makefile expands `gen_context`, `semodule_package` takes the context as is.
        form: Form,
        /// The path as a regular expression without blanks; see [`path_expression`](super::path_expression).
        path: String,
        /// The object's type.
        r#type: Identifier,
    },
    /// `allow S T:C { … };`
    AvRule {
        /// allow or dontaudit.
        kind: AvRuleKind,
        /// The source type.
        source: Identifier,
        /// The target type, or `self`.
        target: Target,
        /// The class.
        class: Identifier,
        /// The permissions; every one must be an identifier, the maker of the statement sees to that.
        permissions: Vec<Identifier>,
    },
    /// An empty line.
    Blank,
}

/// A line of what headers say, as they say it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExpandedLine {
    /// A whole statement with its semicolon.
    Statement(String),
    /// The head of a block with its brace.
    Open(String),
    /// The second part of a block begins.
    Else,
    /// A block ends.
    Close,
}

/// Permissions as identifiers; the first that is none stops it.
pub fn identifiers(permissions: &PermissionSet) -> Result<Vec<Identifier>, (super::Name, super::IdentifierError)> {
    permissions.iter().map(|name| Identifier::new(name.as_str()).map_err(|error| (name.clone(), error))).collect()
}
