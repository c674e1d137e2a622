//! A module as text.

use std::fmt;

use super::{Unwritable, Unwritten};
use crate::selinux::{Name, printable, shown_rule};

/// The source files of a module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SourceFile {
    /// `.te`: type enforcement.
    Te,
    /// `.fc`: file contexts.
    Fc,
    /// `.if`: interfaces.
    If,
}

impl SourceFile {
    /// All of them, in the order in which people name them.
    pub const ALL: [Self; 3] = [Self::Te, Self::Fc, Self::If];

    /// The ending of the file's name, without the dot.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Te => "te",
            Self::Fc => "fc",
            Self::If => "if",
        }
    }
}

/// A module as text, with what each line stands for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rendered {
    /// The lines, without their ends.
    pub lines: Vec<RenderedLine>,
    /// What could not be written, in the order of its lines.
    pub unwritable: Vec<Unwritable>,
}

/// One line of a rendered module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenderedLine {
    /// The text: printable ASCII and tabs.
    pub text: String,
    /// What it is.
    pub kind: LineKind,
    /// The access vectors that the line writes, for a rule, the remark above it, and one that was not written: source, target
    /// (the source's own type where the line says `self`), class. A call that stands for several rules has those of all.
    pub origins: Vec<(Name, Name, Name)>,
}

/// What a line is, for its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LineKind {
    /// The first line.
    Header,
    /// A line of the require block.
    Require,
    /// A line of a heading.
    Heading,
    /// A declaration.
    Declaration,
    /// A remark.
    Remark,
    /// An allow rule.
    Allow,
    /// A dontaudit rule.
    DontAudit,
    /// A call of an interface or template, or an attribute.
    Call,
    /// A file context.
    FileContext,
    /// A remark in place of what could not be written.
    NotWritten,
    /// Nothing.
    Blank,
}

impl Rendered {
    /// The file's text, each line ended.
    pub fn text(&self) -> String {
        self.lines.iter().flat_map(|line| [line.text.as_str(), "\n"]).collect()
    }
}

impl fmt::Display for Unwritable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.what, self.reason)
    }
}

impl fmt::Display for Unwritten {
    /// What it is, made printable.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rule(rule) => f.write_str(&shown_rule(rule.kind, &rule.vector)),
            Self::Role(domain, role) => write!(f, "the role {} of {domain}", printable(role.as_str().as_bytes())),
            Self::Call(call) => write!(f, "{call}"),
            Self::Attribute(of, attribute) => write!(f, "the attribute {attribute} of {of}"),
            Self::FileContext(path) => write!(f, "the file context of {}", printable(path.as_bytes())),
            Self::Domain(domain) => write!(f, "the domain {domain}"),
            Self::Module(module) => write!(f, "the module {module}"),
        }
    }
}
