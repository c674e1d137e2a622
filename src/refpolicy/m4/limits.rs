//! Where an expansion ends that would go on for ever, or grow beyond all measure.

use std::fmt;

/// The most that an expansion may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Macro calls, builtins among them, and steps of regular expressions.
    pub steps: u64,
    /// Bytes that macros expand to, all together, those that are written and those that are read again.
    pub bytes: u64,
    /// Calls whose arguments are being collected within one another.
    pub nesting: usize,
    /// Interfaces within one another.
    pub depth: u32,
    /// Pieces of text that lie over one another, waiting to be read on.
    pub pieces: usize,
    /// Names that are defined.
    pub names: usize,
}

impl Limits {
    /// For the definitions of all headers: Debian's take 30,000 steps and 11 million bytes.
    pub const HEADERS: Self =
        Self { steps: 20_000_000, bytes: 512 << 20, nesting: 1024, depth: 128, pieces: 100_000, names: 1_000_000 };

    /// For one expansion: the largest of Debian's templates takes 60,000 steps and 3 million bytes.
    pub const CALL: Self =
        Self { steps: 2_000_000, bytes: 64 << 20, nesting: 1024, depth: 128, pieces: 100_000, names: 1_000_000 };
}

/// Why an expansion was ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stop {
    /// `m4exit`, with its status.
    Exit(i32),
    /// The text ended within the arguments of this macro.
    EndInArguments(String),
    /// The text ended within a quotation.
    EndInQuote,
    /// The text ended within a comment.
    EndInComment,
    /// More than [`Limits::steps`].
    Steps(u64),
    /// More than [`Limits::bytes`].
    Bytes(u64),
    /// More than [`Limits::nesting`].
    Nesting(usize),
    /// More than [`Limits::depth`]: the names of the innermost calls, the last at the end.
    Depth(Vec<String>),
    /// More than [`Limits::pieces`].
    Pieces(usize),
    /// More than [`Limits::names`].
    Names(usize),
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exit(status) => write!(f, "m4exit({status}) ends the expansion here"),
            Self::EndInArguments(name) => {
                write!(f, "the file ends within the arguments of {name}: a closing parenthesis or quote is missing")
            }
            Self::EndInQuote => f.write_str("the file ends within a quotation: a closing quote is missing"),
            Self::EndInComment => f.write_str("the file ends within a comment"),
            Self::Steps(most) => {
                write!(f, "stopped after {most} macro calls: the macros call themselves without an end")
            }
            Self::Bytes(most) => write!(f, "stopped after {} MiB of text: the macros grow without an end", most >> 20),
            Self::Nesting(most) => write!(f, "stopped: more than {most} calls within the arguments of one another"),
            Self::Depth(names) => {
                write!(f, "stopped: interfaces that call each other in a circle: {}", names.join(" → "))
            }
            Self::Pieces(most) => write!(f, "stopped: more than {most} unfinished expansions"),
            Self::Names(most) => write!(f, "stopped: more than {most} names are defined"),
        }
    }
}
