//! A line of input.

use crate::config::{Chord, Key};

/// Longer input is not taken.
const MAX_CHARS: usize = 512;

/// A line that a person types, with its cursor.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TextField {
    text: String,
    /// In characters from the beginning.
    cursor: usize,
}

impl TextField {
    /// A line that holds this text already, the cursor behind it.
    pub fn with_text(text: impl Into<String>) -> Self {
        let text = text.into();
        let cursor = text.chars().count();
        Self { text, cursor }
    }

    /// What is typed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text before and behind the cursor.
    pub fn split(&self) -> (&str, &str) {
        self.text.split_at_checked(self.byte(self.cursor)).unwrap_or((&self.text, ""))
    }

    fn byte(&self, cursor: usize) -> usize {
        self.text.char_indices().nth(cursor).map_or(self.text.len(), |(byte, _)| byte)
    }

    /// Takes a key; false when it means nothing to a line of input.
    pub fn key(&mut self, chord: Chord) -> bool {
        let length = self.text.chars().count();
        match (chord.key(), chord.ctrl(), chord.alt()) {
            (Key::Char(c), false, false) => self.insert(c),
            (Key::Backspace, false, false) | (Key::Char('h'), true, false) => {
                if self.cursor > 0 {
                    self.cursor -= 1;
                    self.text.remove(self.byte(self.cursor));
                }
            }
            (Key::Delete, false, false) | (Key::Char('d'), true, false) => {
                if self.cursor < length {
                    self.text.remove(self.byte(self.cursor));
                }
            }
            (Key::Left, false, false) | (Key::Char('b'), true, false) => self.cursor = self.cursor.saturating_sub(1),
            (Key::Right, false, false) | (Key::Char('f'), true, false) => self.cursor = length.min(self.cursor + 1),
            (Key::Home, false, false) | (Key::Char('a'), true, false) => self.cursor = 0,
            (Key::End, false, false) | (Key::Char('e'), true, false) => self.cursor = length,
            (Key::Char('u'), true, false) => {
                self.text = self.split().1.to_owned();
                self.cursor = 0;
            }
            (Key::Char('k'), true, false) => self.text = self.split().0.to_owned(),
            (Key::Char('w'), true, false) => {
                let (before, behind) = self.split();
                let kept = before.trim_end_matches(' ');
                let kept = kept.rfind([' ', '/']).and_then(|at| kept.get(..=at)).unwrap_or("");
                let (cursor, text) = (kept.chars().count(), format!("{kept}{behind}"));
                (self.cursor, self.text) = (cursor, text);
            }
            _ => return false,
        }
        true
    }

    /// Takes pasted text: its first line, without control characters.
    pub fn paste(&mut self, text: &str) {
        for c in text.lines().next().unwrap_or("").chars() {
            self.insert(c);
        }
    }

    fn insert(&mut self, c: char) {
        if !c.is_control() && self.text.chars().count() < MAX_CHARS {
            self.text.insert(self.byte(self.cursor), c);
            self.cursor += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(start: &str, keys: &[(Key, bool)]) -> (String, String) {
        let mut field = TextField::with_text(start);
        for &(key, ctrl) in keys {
            field.key(Chord::new(key, ctrl, false, false));
        }
        let (before, behind) = field.split();
        (before.to_owned(), behind.to_owned())
    }

    #[test]
    fn edits_as_a_shell_does() {
        for (start, keys, before, behind) in [
            ("ab", &[(Key::Char('c'), false)][..], "abc", ""),
            ("äö", &[(Key::Left, false), (Key::Char('x'), false)], "äx", "ö"),
            ("äö", &[(Key::Backspace, false)], "ä", ""),
            ("ab", &[(Key::Home, false), (Key::Delete, false)], "", "b"),
            ("", &[(Key::Backspace, false), (Key::Delete, false)], "", ""),
            ("/root/logger", &[(Key::Char('w'), true)], "/root/", ""),
            ("one two ", &[(Key::Char('w'), true)], "one ", ""),
            ("abc", &[(Key::Left, false), (Key::Char('u'), true)], "", "c"),
            ("abc", &[(Key::Left, false), (Key::Char('k'), true)], "ab", ""),
            ("a", &[(Key::Char('\u{1b}'), false)], "a", ""),
        ] {
            assert_eq!(typed(start, keys), (before.to_owned(), behind.to_owned()), "{start} {keys:?}");
        }
    }
}
