//! Search as one types: words that may be incomplete, over names and summaries.
//!
//! A letter or two match most names, and the matcher takes a thousandth of a millisecond for each. So every entry is first looked at
//! for the most that it could score; the matcher is asked from the most promising downwards, until no other entry can come among the
//! best. What is found is what asking it of every name would find, in the same order.

mod ceiling;

use std::{cmp::Reverse, collections::BinaryHeap};

use fuzzy_matcher::{FuzzyMatcher as _, skim::SkimMatcherV2};

use super::{
    definition::DefinitionKind,
    definitions::{DefinitionId, Definitions},
};

/// Names and summaries made ready to be searched at every key.
pub struct FuzzyIndex {
    matcher: SkimMatcherV2,
    /// As long as the longest name, and like none.
    blank: String,
    /// In the order of those that score the same: by the length of the name, then by the name.
    entries: Vec<Searched>,
}

struct Searched {
    id: DefinitionId,
    name: String,
    /// In lower case.
    summary: String,
    /// The letters of the name.
    letters: Letters,
    /// Those that begin a word of it.
    initials: Letters,
    /// The one that begins it.
    first: Letters,
    in_summary: Letters,
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

/// What no name begins with.
const BLANK_BEGINS: &str = "\u{1}";

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
        let mut entries: Vec<_> = wanted
            .map(|(id, definition)| {
                let name = definition.name.clone();
                let summary = definition.documentation().summary.to_lowercase();
                Searched {
                    id,
                    letters: Letters::of(name.bytes()),
                    initials: Letters::of(name.split('_').filter_map(|word| word.bytes().next())),
                    first: Letters::of(name.bytes().take(1)),
                    in_summary: Letters::of(summary.bytes()),
                    name,
                    summary,
                    deprecated: definition.deprecated,
                }
            })
            .collect();
        entries.sort_by(|one, other| (one.name.len(), &one.name).cmp(&(other.name.len(), &other.name)));
        let longest = entries.iter().map(|entry| entry.name.chars().count()).max().unwrap_or(0);
        let blank = format!("{BLANK_BEGINS}{}", " ".repeat(longest));
        Self { matcher: matcher(), blank, entries }
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
        // The least of the best so far on top; of two with one score the one that comes first is better.
        let mut best: BinaryHeap<Reverse<(i64, Reverse<usize>)>> = BinaryHeap::new();
        for (bound, place) in self.promising(&words) {
            let is_full = best.len() >= most;
            if is_full && best.peek().is_none_or(|Reverse(least)| *least >= (bound, Reverse(place))) {
                break;
            }
            let Some(entry) = self.entries.get(place) else { continue };
            let can_come_in =
                |most: &i64| !is_full || best.peek().is_some_and(|Reverse(least)| *least < (*most, Reverse(place)));
            let Some(score) = entry.ceiling(&words).filter(can_come_in).and_then(|_| self.score(entry, &words)) else {
                continue;
            };
            best.push(Reverse((score, Reverse(place))));
            if is_full {
                best.pop();
            }
        }
        let found = best.into_sorted_vec().into_iter();
        let found = found.filter_map(|Reverse((score, Reverse(place)))| Some((score, self.entries.get(place)?)));
        let shown = found.map(|(score, entry)| FuzzyMatch { id: entry.id, score, places: self.places(entry, &words) });
        shown.collect()
    }

    /// The entries that may match, by the most that they could score, the most first; of those with as much in their order.
    fn promising(&self, words: &[Word]) -> impl Iterator<Item = (i64, usize)> {
        let bounds = self.entries.iter().enumerate();
        let mut bounds: Vec<_> = bounds.filter_map(|(place, entry)| Some((entry.bound(words)?, place))).collect();
        bounds.sort_by_key(|(bound, _)| Reverse(*bound));
        bounds.into_iter()
    }

    fn score(&self, entry: &Searched, words: &[Word]) -> Option<i64> {
        entry.sum(words, |word| self.score_in_name(entry, word), |word| entry.is_in_summary(word))
    }

    fn score_in_name(&self, entry: &Searched, word: &Word) -> Option<i64> {
        if !entry.letters.hold(word.letters) || !holds_in_order(&entry.name, &word.text) {
            return None;
        }
        // One letter among other words says too little for a closer look at every name.
        let score = if word.is_letter {
            IN_SUMMARY
        } else {
            if word.is_kept {
                self.forget(entry);
            }
            self.matcher.fuzzy_match(&entry.name, &word.text)?
        };
        Some(if entry.begins_word(word) { score + WORD_OF_NAME } else { score })
    }

    /// What the matcher keeps of one name counts for the next one where a letter is typed twice and another behind it: the same
    /// words would score differently another time. A text of the same length that matches at its beginning alone wipes it out.
    fn forget(&self, entry: &Searched) {
        if let Some(blank) = self.blank.get(..entry.name.chars().count()) {
            let _ = self.matcher.fuzzy_match(blank, BLANK_BEGINS);
        }
    }

    fn places(&self, entry: &Searched, words: &[Word]) -> Vec<usize> {
        let of_word = |word: &Word| {
            // More is kept of these: see `forget`.
            let anew = word.doubles.then(matcher);
            anew.as_ref().unwrap_or(&self.matcher).fuzzy_indices(&entry.name, &word.text)
        };
        let found = words.iter().filter_map(of_word);
        let mut places: Vec<_> = found.flat_map(|(_, places)| places).collect();
        places.sort_unstable();
        places.dedup();
        places
    }
}

fn matcher() -> SkimMatcherV2 {
    SkimMatcherV2::default().ignore_case().use_cache(true)
}

impl Searched {
    /// What all words are worth together: each by the name or by the summary, whichever gives more.
    fn sum(
        &self,
        words: &[Word],
        in_name: impl Fn(&Word) -> Option<i64>,
        is_in_summary: impl Fn(&Word) -> bool,
    ) -> Option<i64> {
        let start = if self.deprecated { -DEPRECATED } else { 0 };
        words.iter().try_fold(start, |sum, word| {
            // A summary is not looked through for less than the name gives already.
            let own = in_name(word);
            let more = || is_in_summary(word).then_some(IN_SUMMARY);
            Some(sum + if own >= Some(IN_SUMMARY) { own } else { own.max(more()) }?)
        })
    }

    /// The most that it could score, by its letters alone; nothing where it cannot match.
    fn bound(&self, words: &[Word]) -> Option<i64> {
        self.sum(words, |word| self.bound_in_name(word), |word| self.in_summary.hold(word.letters))
    }

    fn bound_in_name(&self, word: &Word) -> Option<i64> {
        if !self.letters.hold(word.letters) {
            return None;
        }
        let begins = self.initials.hold(word.first);
        let most = if word.is_letter { IN_SUMMARY } else { ceiling::of_letters(word.count, self.first == word.first) };
        Some(if begins { most + WORD_OF_NAME } else { most })
    }

    /// The same by a closer look.
    fn ceiling(&self, words: &[Word]) -> Option<i64> {
        self.sum(words, |word| self.ceiling_in_name(word), |word| self.is_in_summary(word))
    }

    fn ceiling_in_name(&self, word: &Word) -> Option<i64> {
        if !self.letters.hold(word.letters) || !holds_in_order(&self.name, &word.text) {
            return None;
        }
        let most = if word.is_letter { IN_SUMMARY } else { ceiling::of_name(&self.name, &word.text, word.is_kept)? };
        Some(if self.begins_word(word) { most + WORD_OF_NAME } else { most })
    }

    fn is_in_summary(&self, word: &Word) -> bool {
        self.in_summary.hold(word.letters) && self.summary.contains(&word.text)
    }

    /// Whether a word of the name begins with the word typed.
    fn begins_word(&self, word: &Word) -> bool {
        self.initials.hold(word.first) && self.name.split('_').any(|part| part.starts_with(word.text.as_str()))
    }
}

struct Word {
    /// In lower case.
    text: String,
    letters: Letters,
    first: Letters,
    /// How many bytes it has.
    count: usize,
    /// It is one letter, and not the only word.
    is_letter: bool,
    /// A letter stands twice in a row.
    doubles: bool,
    /// It does so before another one.
    is_kept: bool,
}

impl Word {
    fn new(typed: &str) -> Self {
        let text = typed.to_lowercase();
        let pairs = || text.chars().zip(text.chars().skip(1));
        Self {
            letters: Letters::of(text.bytes()),
            first: Letters::of(text.bytes().take(1)),
            count: text.len(),
            is_letter: text.len() == 1,
            doubles: pairs().any(|(one, next)| one == next),
            is_kept: pairs().zip(text.chars().skip(2)).any(|((one, next), _)| one == next),
            text,
        }
    }
}

/// A set of characters by their bytes, without case; several share a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Letters(u64);

impl Letters {
    fn of(bytes: impl Iterator<Item = u8>) -> Self {
        Self(bytes.fold(0, |set, byte| set | 1 << (byte.to_ascii_lowercase() % 64)))
    }

    /// Whether these are among them, as far as the set tells.
    fn hold(self, others: Self) -> bool {
        others.0 & !self.0 == 0
    }
}

/// Whether the characters stand in the name in this order, whatever stands between.
fn holds_in_order(name: &str, word: &str) -> bool {
    let mut rest = name.bytes();
    word.bytes().all(|wanted| rest.any(|byte| byte.eq_ignore_ascii_case(&wanted)))
}
