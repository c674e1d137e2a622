//! What is wrong with a settings file.

use std::fmt;

/// A mistake in a settings file, with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    /// The file as the caller named it.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The key with its tables, `keys.denials.a`; empty where the text is no TOML.
    pub key: String,
    /// What is wrong, and what to write instead.
    pub problem: String,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: line {}: ", self.file, self.line)?;
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        f.write_str(&self.problem)
    }
}

impl std::error::Error for ConfigError {}

/// The sentence for a name that is not known, with the nearest one that is, or with all of them when they are few.
pub(super) fn unknown(kind: &str, name: &str, known: &[&str]) -> String {
    let near = known.iter().map(|known| (distance(name, known), known)).min();
    match near {
        // Two slips, or one in a short name; farther away is another word.
        Some((distance, near)) if distance <= 2 && distance < name.chars().count() => {
            format!("there is no {kind} {name:?}, did you mean {near:?}?")
        }
        _ if known.len() <= 8 => format!("there is no {kind} {name:?}, there is: {}", known.join(", ")),
        _ => format!("there is no {kind} {name:?}"),
    }
}

/// How many characters must be put in, left out, exchanged or swapped with their neighbour (optimal string alignment).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    let mut previous = None;
    for (i, ca) in a.chars().enumerate() {
        let mut next = vec![i + 1];
        let mut left = i + 1;
        for (j, cb) in b.iter().enumerate() {
            let at = |row: &[usize], place: usize| row.get(place).copied().unwrap_or(usize::MAX);
            let mut best = (at(&row, j) + usize::from(ca != *cb)).min(at(&row, j + 1) + 1).min(left + 1);
            if j > 0 && previous == Some(*cb) && b.get(j - 1) == Some(&ca) {
                best = best.min(at(&before, j - 1).saturating_add(1));
            }
            next.push(best);
            left = best;
        }
        before = std::mem::replace(&mut row, next);
        previous = Some(ca);
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_those_counted_by_hand() {
        for (a, b, expected) in [
            ("", "", 0),
            ("", "abc", 3),
            ("abc", "", 3),
            ("allow", "allow", 0),
            ("alow", "allow", 1),
            ("alolw", "allow", 1),
            ("undo", "redo", 2),
            ("kitten", "sitting", 3),
            ("ab", "ba", 1),
            ("läuft", "lauft", 1),
        ] {
            assert_eq!(distance(a, b), expected, "{a} {b}");
        }
    }

    #[test]
    fn the_nearest_name_is_offered_and_a_far_one_is_not() {
        let known = ["allow", "dontaudit", "undo"];
        assert_eq!(
            unknown("action", "dontaudti", &known),
            r#"there is no action "dontaudti", did you mean "dontaudit"?"#
        );
        assert_eq!(unknown("action", "fly", &known), r#"there is no action "fly", there is: allow, dontaudit, undo"#);
        assert_eq!(unknown("action", "a\u{1b}[2J", &["x"; 9]), r#"there is no action "a\u{1b}[2J""#);
    }
}
