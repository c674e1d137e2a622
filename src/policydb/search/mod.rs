//! Searching the rules as sesearch does.
//!
//! A [`Search`] holds what a person typed; [`Policy::search`] looks the words up, finds the rules, and gives them as text in
//! the order of that text. What a criterion means is setools' own: an attribute stands for its members unless `direct`
//! is asked for, `-D` leaves out rules that have no default, `-p` those that have no permissions.

mod criteria;
mod pattern;
mod roles;
mod types;

use std::fmt;

use super::{Policy, RuleKind};
pub use criteria::parse_range;
pub use pattern::Pattern;

/// What to search for; the fields are named after sesearch's options.
#[derive(Debug, Clone, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of sesearch")]
pub struct Search {
    /// The kinds of rules over types.
    pub kinds: Vec<RuleKind>,
    /// `--role_allow`
    pub role_allow: bool,
    /// `--role_trans`
    pub role_transition: bool,
    /// `--range_trans`
    pub range_transition: bool,
    /// `-s`: type, attribute or role; empty is none.
    pub source: String,
    /// `-rs`
    pub source_regex: bool,
    /// `-ds`: an attribute stands for itself, not for its members.
    pub source_direct: bool,
    /// `-t`
    pub target: String,
    /// `-rt`
    pub target_regex: bool,
    /// `-dt`
    pub target_direct: bool,
    /// `-c`: classes with commas between them, or one regular expression.
    pub class: String,
    /// `-rc`
    pub class_regex: bool,
    /// `-p`: permissions with commas between them.
    pub permissions: String,
    /// `-ep`
    pub permissions_equal: bool,
    /// `-Sp`
    pub permissions_subset: bool,
    /// `-x`: numbers and ranges in hexadecimal.
    pub xperms: String,
    /// `-ex`
    pub xperms_equal: bool,
    /// `-D`: type, role or range.
    pub default: String,
    /// `-rd`
    pub default_regex: bool,
    /// `-b`: booleans with commas between them, or one regular expression.
    pub booleans: String,
    /// `-rb`
    pub booleans_regex: bool,
    /// `-eb`
    pub booleans_equal: bool,
    /// `--state`: add to conditional rules whether they are in force.
    pub state: bool,
}

/// A word of a search that the policy, or the language of patterns, does not know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SearchError {
    /// No type or attribute has this name.
    NoType(String),
    /// No role has this name.
    NoRole(String),
    /// No class has this name.
    NoClass(String),
    /// No boolean has this name.
    NoBoolean(String),
    /// These permissions are in none of the classes asked for.
    NoPermission(String),
    /// This is no range of the policy; the second text says why.
    NoRange(String, String),
    /// This is no list of hexadecimal numbers up to 0xffff.
    NoXperms(String),
    /// This is no regular expression, or one with look-around or back references.
    NoPattern(String, String),
}

impl fmt::Display for SearchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoType(name) => write!(f, "{name} is no type or attribute of this policy"),
            Self::NoRole(name) => write!(f, "{name} is no role of this policy"),
            Self::NoClass(name) => write!(f, "{name} is no class of this policy"),
            Self::NoBoolean(name) => write!(f, "{name} is no boolean of this policy"),
            Self::NoPermission(names) => write!(f, "no permission of these classes: {names}"),
            Self::NoRange(text, why) => write!(f, "{text} is no range of this policy: {why}"),
            Self::NoXperms(text) => {
                write!(
                    f,
                    "{text}: extended permissions are hexadecimal numbers up to 0xffff, like 0x5401,0x8910-0x8913"
                )
            }
            Self::NoPattern(text, why) => write!(f, "{text}: {why}"),
        }
    }
}

impl std::error::Error for SearchError {}

impl Policy {
    /// The attributes without a member that a search names: sesearch passes over such a criterion, and so does
    /// [`Policy::search`]; a person should hear of it.
    pub fn passed_over<'a>(&self, search: &'a Search) -> Vec<&'a str> {
        let words = [
            (&search.source, search.source_regex),
            (&search.target, search.target_regex),
            (&search.default, search.default_regex),
        ];
        let empty = |word: &str| self.find_type(word).is_some_and(|id| self.expand(id).next().is_none());
        words.into_iter().filter(|(word, regex)| !regex && empty(word)).map(|(word, _)| word.as_str()).collect()
    }

    /// Gives the rules that match, each a line of `lines`; its argument holds one or many whole lines.
    ///
    /// Rules over types come first, then those over roles, then range transitions, each group by its text: the order of
    /// sesearch. Gives back how many there were.
    ///
    /// # Errors
    /// [`SearchError`] in `Ok(Err)` before the first line; whatever `lines` fails with ends the search.
    pub fn search<E>(
        &self,
        search: &Search,
        mut lines: impl FnMut(&str) -> Result<(), E>,
    ) -> Result<Result<usize, SearchError>, E> {
        let te = match types::Matcher::new(self, search) {
            Ok(matcher) => matcher,
            Err(error) => return Ok(Err(error)),
        };
        let others = roles::role_rules(self, search).and_then(|roles| Ok((roles, roles::range_rules(self, search)?)));
        let (roles, ranges) = match others {
            Ok(others) => others,
            Err(error) => return Ok(Err(error)),
        };
        let mut count = te.map_or(Ok(0), |matcher| matcher.write(&mut lines))?;
        for mut group in [roles, ranges] {
            group.sort_unstable();
            count += group.len();
            if !group.is_empty() {
                lines(&(group.join("\n") + "\n"))?;
            }
        }
        Ok(Ok(count))
    }
}
