//! A settings file as tables whose every key and value knows its place.

use std::ops::Range;

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::ConfigError;

/// The text of a file, for errors that name it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Document<'a> {
    pub(super) file: &'a str,
    pub(super) text: &'a str,
}

/// One `key = value`, or one table.
#[derive(Debug, Clone)]
pub(super) struct Entry<'d, 'a> {
    document: Document<'a>,
    /// The tables that it stands in, each followed by a dot.
    above: String,
    key: &'d Spanned<toml::de::DeString<'a>>,
    value: &'d Spanned<DeValue<'a>>,
}

impl<'a> Document<'a> {
    /// Reads the text as TOML.
    pub(super) fn parse(self) -> Result<DeTable<'a>, ConfigError> {
        DeTable::parse(self.text).map(Spanned::into_inner).map_err(|error| {
            let problem = error.message().lines().collect::<Vec<_>>().join("; ");
            self.error(error.span().unwrap_or_default(), "", problem)
        })
    }

    /// The entries of the outermost tables, in the order of the file.
    pub(super) fn entries<'d>(self, table: &'d DeTable<'a>) -> Vec<Entry<'d, 'a>> {
        entries(self, "", table)
    }

    fn error(self, place: Range<usize>, key: impl Into<String>, problem: impl Into<String>) -> ConfigError {
        let before = self.text.get(..place.start).unwrap_or(self.text);
        let line = before.split('\n').count();
        ConfigError { file: self.file.to_owned(), line, key: key.into(), problem: problem.into() }
    }
}

fn entries<'d, 'a>(document: Document<'a>, above: &str, table: &'d DeTable<'a>) -> Vec<Entry<'d, 'a>> {
    let entry = |(key, value)| Entry { document, above: above.to_owned(), key, value };
    let mut entries: Vec<_> = table.iter().map(entry).collect();
    entries.sort_by_key(|entry| entry.key.span().start);
    entries
}

impl<'d, 'a> Entry<'d, 'a> {
    /// The key alone.
    pub(super) fn key(&self) -> &'d str {
        self.key.get_ref()
    }

    /// The value.
    pub(super) fn value(&self) -> &'d DeValue<'a> {
        self.value.get_ref()
    }

    /// The entries below a table; `None` for anything else.
    pub(super) fn table(&self) -> Option<Vec<Entry<'d, 'a>>> {
        let table = self.value().as_table()?;
        Some(entries(self.document, &format!("{}.", self.name()), table))
    }

    /// The key with its tables, quoted where TOML needs it.
    pub(super) fn name(&self) -> String {
        let key = self.key();
        let bare =
            !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        if bare { format!("{}{key}", self.above) } else { format!("{}{key:?}", self.above) }
    }

    /// An error about the key.
    pub(super) fn key_error(&self, problem: impl Into<String>) -> ConfigError {
        self.document.error(self.key.span(), self.name(), problem)
    }

    /// An error about the value.
    pub(super) fn value_error(&self, problem: impl Into<String>) -> ConfigError {
        self.document.error(self.value.span(), self.name(), problem)
    }
}
