//! Interfaces, templates and defines as the headers spell them, before anything is expanded.

use std::{
    fmt,
    ops::Range,
    sync::{Arc, OnceLock},
};

use super::documentation::Documentation;

/// What defines it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DefinitionKind {
    /// `interface(`: rules for types that exist.
    Interface,
    /// `template(`: may declare types.
    Template,
    /// `define(` of a support file: a set of permissions or classes, or a pattern of rules.
    Define,
}

impl DefinitionKind {
    /// The word that headers begin it with.
    pub fn word(self) -> &'static str {
        match self {
            Self::Interface => "interface",
            Self::Template => "template",
            Self::Define => "define",
        }
    }
}

impl fmt::Display for DefinitionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// One interface, template or define of a header file.
#[derive(Debug, Clone)]
pub struct Definition {
    /// What calls it.
    pub name: String,
    /// What defines it.
    pub kind: DefinitionKind,
    /// The place of its file in the [`HeaderSet`](super::HeaderSet).
    pub file: usize,
    /// The line that begins with its kind, from 1.
    pub line: u32,
    /// Calls of it are warned of while a module is built (`refpolicywarn`), or its summary says that it is deprecated.
    pub deprecated: bool,
    /// Where remarks and definition stand in the file's text, in bytes.
    pub(super) written: Range<usize>,
    /// Where it stands without them.
    pub(super) alone: Range<usize>,
    /// Where the body stands, without the quotes around it.
    pub(super) body: Range<usize>,
    /// Nothing stands between it and the definition before, or the beginning of the file, but blanks and comments.
    pub(super) is_next: bool,
    /// Ends of lines before the body.
    pub(super) lines_before: u32,
    /// Ends of lines in the body.
    pub(super) lines: u32,
    /// The file's text.
    pub(super) header: Arc<str>,
    /// How many parameters there are.
    pub(super) count: usize,
    /// Which of them may be left out, by place.
    pub(super) optional: Vec<usize>,
    /// What the remarks say, once somebody asks for it.
    pub(super) told: OnceLock<Box<Told>>,
}

/// What remarks say of a definition.
#[derive(Debug, Clone)]
pub(super) struct Told {
    pub documentation: Documentation,
    pub parameters: Vec<Parameter>,
}

impl Definition {
    /// What the remarks before it say; of a define, which has no elements, the remark is the summary. They are read when it
    /// is called for the first time.
    pub fn documentation(&self) -> &Documentation {
        &self.told().documentation
    }

    /// The parameters by place: the documented ones, and those beyond them that the body uses.
    pub fn parameters(&self) -> &[Parameter] {
        &self.told().parameters
    }

    /// How many [`parameters`](Self::parameters) there are; nothing is read for it.
    pub fn parameter_count(&self) -> usize {
        self.count
    }

    /// Whether a call may leave this argument out, so says the documentation; the first is 0.
    pub fn is_optional(&self, place: usize) -> bool {
        self.optional.contains(&place)
    }

    fn told(&self) -> &Told {
        self.told.get_or_init(|| Box::new(self.read_remarks()))
    }
}

/// An argument of a call, as the definition knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// The documented name; empty when there is none.
    pub name: String,
    /// The documented summary; empty when there is none.
    pub summary: String,
    /// May be left out, so says the documentation.
    pub optional: bool,
    /// The body as written never names it.
    pub unused: bool,
}

/// What is wrong with a header file; the rest of the file is read all the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderProblem {
    /// The place of the file in the [`HeaderSet`](super::HeaderSet).
    pub file: usize,
    /// The line, from 1.
    pub line: u32,
    /// What is wrong.
    pub fault: HeaderFault,
}

/// A fault of a header file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HeaderFault {
    /// A quote or the parenthesis of this definition is still open where the next one begins or the file ends. It is left out.
    Unclosed(String),
    /// The body of this definition is not one quoted text: an apostrophe in a remark ends the quote early.
    Unquoted(String),
    /// The name is no word.
    NoName,
    /// A definition of this name was read before, in this file and line; m4 refuses the second.
    Duplicate {
        /// The name.
        name: String,
        /// The place of the other file.
        file: usize,
        /// The other line.
        line: u32,
    },
}

impl fmt::Display for HeaderFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unclosed(name) => write!(f, "a quote or parenthesis of {name} is not closed; it is left out"),
            Self::Unquoted(name) => {
                write!(f, "the text of {name} is not one quoted string: look for an apostrophe in a remark")
            }
            Self::NoName => f.write_str("a definition without a name"),
            Self::Duplicate { name, line, .. } => write!(f, "{name} is defined a second time (first in line {line})"),
        }
    }
}
