//! Search by regular expression over the text of the headers, as `sefindif` and `sefinddef` do it.

use regex::Regex;

use super::{
    definition::{Definition, DefinitionKind},
    definitions::{DefinitionId, Definitions},
    ere::{PatternError, compile, compile_for_lines},
    header::{HeaderFile, HeaderKind, HeaderSet},
};

/// The lines of one definition that hold a match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found<'a> {
    /// The place of the file in the headers.
    pub file: usize,
    /// The definition's first line as written; `None` for lines before the first one of a file.
    pub heading: Option<&'a str>,
    /// Each line that matches, from 1, and its text; the heading too when it matches.
    pub lines: Vec<(u32, &'a str)>,
}

/// A definition that holds a match, and each line that does, with its number from 1.
pub type Matched<'a> = (DefinitionId, Vec<(u32, &'a str)>);

/// Which headers are searched, and what begins a definition in them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SearchIn {
    /// Interfaces and templates.
    Interfaces,
    /// The defines of the support files.
    Support,
}

impl HeaderSet {
    /// All lines that match, each under the definition whose first line stands before it, in the order of the files.
    ///
    /// So do the shell functions: a match in the remarks before a definition stands under the one before it.
    /// [`Definitions::find`] knows better; this is for those who compare.
    ///
    /// # Errors
    /// When the pattern is no regular expression.
    pub fn find_lines(&self, pattern: &str, place: SearchIn) -> Result<Vec<Found<'_>>, PatternError> {
        let pattern = compile(pattern)?;
        let mut found = Vec::new();
        for (place, file) in self.files().enumerate().filter(|(_, file)| file.kind == place.kind()) {
            find_in(place, file, &pattern, &mut found);
        }
        Ok(found)
    }
}

impl SearchIn {
    fn kind(self) -> HeaderKind {
        match self {
            Self::Interfaces => HeaderKind::Interfaces,
            Self::Support => HeaderKind::Support,
        }
    }
}

impl Definitions {
    /// The definitions that hold a match in their remarks, their name or their text, with the lines that match.
    ///
    /// # Errors
    /// When the pattern is no regular expression.
    pub fn find(&self, pattern: &str, place: SearchIn) -> Result<Vec<Matched<'_>>, PatternError> {
        self.find_some(pattern, place, usize::MAX).map(|(_, found)| found)
    }

    /// How many [`find`](Self::find) finds, and the first `most` of them: what is shown at every key.
    ///
    /// # Errors
    /// When the pattern is no regular expression.
    pub fn find_some(
        &self,
        pattern: &str,
        place: SearchIn,
        most: usize,
    ) -> Result<(usize, Vec<Matched<'_>>), PatternError> {
        let (whole, pattern) = (compile_for_lines(pattern), compile(pattern)?);
        let wanted = |definition: &Definition| match place {
            SearchIn::Interfaces => definition.kind != DefinitionKind::Define,
            SearchIn::Support => definition.kind == DefinitionKind::Define,
        };
        let (mut count, mut found) = (0, Vec::new());
        for (id, definition) in self.iter().filter(|(_, definition)| wanted(definition)) {
            let written = self.text(definition);
            if !may_match(whole.as_ref(), written) {
                continue;
            }
            if found.len() >= most {
                count += usize::from(written.lines().any(|line| pattern.is_match(line)));
                continue;
            }
            let before = self.text(definition).len() - self.definition_text(definition).len();
            let remarks = written.get(..before).unwrap_or_default().matches('\n').count();
            let first = definition.line.saturating_sub(u32::try_from(remarks).unwrap_or(0));
            let lines: Vec<_> = (first..).zip(written.lines()).filter(|(_, line)| pattern.is_match(line)).collect();
            if !lines.is_empty() {
                count += 1;
                found.push((id, lines));
            }
        }
        Ok((count, found))
    }
}

/// A look at the whole text is cheaper than one at each line.
fn may_match(whole: Option<&regex::bytes::Regex>, text: &str) -> bool {
    let is_plain = || text.is_ascii() && memchr::memchr(b'\r', text.as_bytes()).is_none();
    whole.is_none_or(|whole| whole.is_match(text.as_bytes()) || !is_plain())
}

fn find_in<'a>(place: usize, file: &'a HeaderFile, pattern: &Regex, found: &mut Vec<Found<'a>>) {
    let text: &str = &file.text;
    let mut heading = None;
    let mut own: Option<Found<'a>> = None;
    for (number, line) in (1..).zip(text.lines()) {
        if begins(line, file.kind) {
            heading = Some(line);
            found.extend(own.take());
        }
        // An empty line is no first line of anything, nor worth a word before there is one.
        if pattern.is_match(line) && (heading.is_some() || !line.is_empty()) {
            own.get_or_insert_with(|| Found { file: place, heading, lines: Vec::new() }).lines.push((number, line));
        }
    }
    found.extend(own);
}

/// What the functions take for the first line of a definition: the word anywhere in the line.
fn begins(line: &str, kind: HeaderKind) -> bool {
    match kind {
        HeaderKind::Interfaces => line.contains("interface(") || line.contains("template("),
        HeaderKind::Support => line.contains("define(`"),
    }
}
