//! Search as one types: words that may be incomplete, over names and summaries.

use fuzzy_matcher::{FuzzyMatcher as _, skim::SkimMatcherV2};

use super::{
    definition::DefinitionKind,
    definitions::{DefinitionId, Definitions},
};

/// Names and summaries made ready to be searched at every key.
pub struct FuzzyIndex {
    matcher: SkimMatcherV2,
    entries: Vec<Searched>,
}

struct Searched {
    id: DefinitionId,
    name: String,
    /// In lower case.
    summary: String,
    /// The bytes of the name, as a set.
    letters: u64,
    deprecated: bool,
}

/// A definition that matches, with what is to be marked in its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FuzzyMatch {
    /// The definition.
    pub id: DefinitionId,
    /// Higher is better.
    pub score: i64,
    /// The characters of the name that matched, by their place.
    pub places: Vec<usize>,
}

impl std::fmt::Debug for FuzzyIndex {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "FuzzyIndex of {}", self.entries.len())
    }
}

/// A word of the summary counts as much as so many points of a name's score.
const IN_SUMMARY: i64 = 30;

/// What the words of a name that begin with the word typed are worth beyond the matcher's own score.
const WORD_OF_NAME: i64 = 40;

/// What a deprecated definition loses.
const DEPRECATED: i64 = 60;

impl FuzzyIndex {
    /// Searches interfaces and templates.
    pub fn of_interfaces(definitions: &Definitions) -> Self {
        Self::of(definitions, |kind| kind != DefinitionKind::Define)
    }

    /// Searches the defines of the support files.
    pub fn of_defines(definitions: &Definitions) -> Self {
        Self::of(definitions, |kind| kind == DefinitionKind::Define)
    }

    fn of(definitions: &Definitions, wanted: impl Fn(DefinitionKind) -> bool) -> Self {
        let wanted = definitions.iter().filter(|(_, definition)| wanted(definition.kind));
        let entries = wanted.map(|(id, definition)| Searched {
            id,
            letters: letters(&definition.name),
            name: definition.name.clone(),
            summary: definition.documentation.summary.to_lowercase(),
            deprecated: definition.deprecated,
        });
        Self { matcher: SkimMatcherV2::default().ignore_case().use_cache(true), entries: entries.collect() }
    }

    /// The best `most` definitions, best first. Each word typed must be found: its letters in this order in the name, or
    /// the word itself in the summary. Nothing typed matches nothing.
    pub fn search(&self, typed: &str, most: usize) -> Vec<FuzzyMatch> {
        let mut words: Vec<Word> = typed.split_whitespace().map(Word::new).collect();
        if let [only] = words.as_mut_slice() {
            only.is_letter = false;
        }
        if words.is_empty() {
            return Vec::new();
        }
        let mut found: Vec<(i64, &Searched)> = Vec::new();
        for entry in &self.entries {
            if let Some(score) = self.score(entry, &words) {
                found.push((score, entry));
            }
        }
        let order = |one: &(i64, &Searched), other: &(i64, &Searched)| {
            let key = |(score, entry): &(i64, &Searched)| (std::cmp::Reverse(*score), entry.name.len());
            key(one).cmp(&key(other)).then_with(|| one.1.name.cmp(&other.1.name))
        };
        if found.len() > most {
            found.select_nth_unstable_by(most, order);
            found.truncate(most);
        }
        found.sort_unstable_by(order);
        let shown = found.into_iter().map(|(score, entry)| FuzzyMatch {
            id: entry.id,
            score,
            places: self.places(entry, &words),
        });
        shown.collect()
    }

    fn score(&self, entry: &Searched, words: &[Word]) -> Option<i64> {
        let mut sum = if entry.deprecated { -DEPRECATED } else { 0 };
        for word in words {
            let in_name = self.score_in_name(entry, word);
            let in_summary = entry.summary.contains(&word.text).then_some(IN_SUMMARY);
            sum += in_name.max(in_summary)?;
        }
        Some(sum)
    }

    fn score_in_name(&self, entry: &Searched, word: &Word) -> Option<i64> {
        if word.letters & !entry.letters != 0 || !holds_in_order(&entry.name, &word.text) {
            return None;
        }
        // One letter among other words says too little for a closer look at every name.
        let score = if word.is_letter { IN_SUMMARY } else { self.matcher.fuzzy_match(&entry.name, &word.text)? };
        let begins = entry.name.split('_').any(|part| part.starts_with(word.text.as_str()));
        Some(if begins { score + WORD_OF_NAME } else { score })
    }

    fn places(&self, entry: &Searched, words: &[Word]) -> Vec<usize> {
        let found = words.iter().filter_map(|word| self.matcher.fuzzy_indices(&entry.name, &word.text));
        let mut places: Vec<_> = found.flat_map(|(_, places)| places).collect();
        places.sort_unstable();
        places.dedup();
        places
    }
}

struct Word {
    /// In lower case.
    text: String,
    letters: u64,
    /// It is one letter, and not the only word.
    is_letter: bool,
}

impl Word {
    fn new(typed: &str) -> Self {
        let text = typed.to_lowercase();
        Self { letters: letters(&text), is_letter: text.len() == 1, text }
    }
}

/// The characters as a set; several share a place.
fn letters(text: &str) -> u64 {
    text.bytes().fold(0, |set, byte| set | 1 << (byte.to_ascii_lowercase() % 64))
}

/// Whether the characters stand in the name in this order, whatever stands between.
fn holds_in_order(name: &str, word: &str) -> bool {
    let mut rest = name.bytes();
    word.bytes().all(|wanted| rest.any(|byte| byte.eq_ignore_ascii_case(&wanted)))
}
