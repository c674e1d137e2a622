//! What was lost of a journal, and where the rest of it is.

use std::{fmt, path::PathBuf};

use super::line::{Decoded, Flaw};

/// A journal was not as it was written. The records before the flaw stand, everything from there on does not count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// The journal.
    pub file: PathBuf,
    /// The first line that does not count, from 1.
    pub line: usize,
    /// Where it begins, in bytes.
    pub offset: usize,
    /// What is wrong with it.
    pub flaw: Flaw,
    /// How many lines do not count, this one among them.
    pub lost_lines: usize,
    /// How many bytes that is.
    pub lost_bytes: usize,
    /// The file that holds these bytes now; `None` when the journal was only read and still holds them itself.
    pub moved_to: Option<PathBuf>,
}

impl Damage {
    pub(super) fn of(file: PathBuf, bytes: &[u8], decoded: &Decoded) -> Option<Self> {
        let rest = bytes.get(decoded.length..).unwrap_or_default();
        Some(Self {
            file,
            line: decoded.records.len() + 1,
            offset: decoded.length,
            flaw: decoded.flaw?,
            lost_lines: rest.split_inclusive(|byte| *byte == b'\n').count(),
            lost_bytes: rest.len(),
            moved_to: None,
        })
    }
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: line {}: {}; ", self.file.display(), self.line, self.flaw)?;
        match self.line {
            1 => write!(f, "no line before it, ")?,
            2 => write!(f, "the line before it stands, ")?,
            _ => write!(f, "the {} lines before it stand, ", self.line - 1)?,
        }
        match self.lost_lines {
            1 => write!(f, "this one ({} bytes) does not count", self.lost_bytes)?,
            lines => write!(f, "{lines} lines from it on ({} bytes) do not count", self.lost_bytes)?,
        }
        match &self.moved_to {
            Some(path) => write!(f, " and went to {}", path.display()),
            None => Ok(()),
        }
    }
}
