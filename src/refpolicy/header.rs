//! The headers as values.

use std::sync::Arc;

/// What a header file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HeaderKind {
    /// `.if`: interfaces and templates of one module.
    Interfaces,
    /// `.spt`: macros for all of them.
    Support,
}

/// One file of the headers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderFile {
    /// The path as a person is shown it, and as `__file__` has it.
    pub path: Arc<str>,
    /// The folder that it lies in: `kernel`, `services`, `contrib`, `support`; `local` for one that lies in none.
    pub layer: Arc<str>,
    /// The file's name without its ending: the module's name.
    pub module: Arc<str>,
    /// Interfaces or support macros.
    pub kind: HeaderKind,
    /// What is in it; bytes that are no UTF-8 are replaced by U+FFFD.
    pub text: Arc<str>,
}

/// All headers that count, later folders already laid over earlier ones.
///
/// The order is the devel Makefile's: it decides which of two definitions of one name is the last, which m4 keeps.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HeaderSet {
    /// `support/*.spt`, in the order of their names.
    pub support: Vec<HeaderFile>,
    /// `*/*.if`, in the order of folder and name.
    pub interfaces: Vec<HeaderFile>,
    /// The macros that the Makefile defines with `-D`, with their values, in its order.
    pub definitions: Vec<(String, String)>,
}

impl HeaderSet {
    /// All files, those with the support macros first.
    pub fn files(&self) -> impl Iterator<Item = &HeaderFile> {
        self.support.iter().chain(&self.interfaces)
    }

    /// Layer and file name of the file at this place, as the shell functions print them: `kernel/files.if`.
    pub fn short_path(&self, file: usize) -> String {
        let file = self.files().nth(file);
        file.map_or_else(String::new, |file| {
            let ending = if file.kind == HeaderKind::Interfaces { "if" } else { "spt" };
            format!("{}/{}.{ending}", file.layer, file.module)
        })
    }

    /// Whether there is nothing to expand with.
    pub fn is_empty(&self) -> bool {
        self.support.is_empty() && self.interfaces.is_empty()
    }
}
