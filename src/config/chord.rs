//! Keys as a person presses them.

use std::{fmt, str::FromStr};

/// A key without what is held down with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// A character as it is typed, Shift included: `A`, `+`, the space.
    Char(char),
    /// Return.
    Enter,
    /// The tabulator.
    Tab,
    /// Escape.
    Esc,
    /// The key that takes back a character.
    Backspace,
    /// Del.
    Delete,
    /// Ins.
    Insert,
    /// Arrow up.
    Up,
    /// Arrow down.
    Down,
    /// Arrow to the left.
    Left,
    /// Arrow to the right.
    Right,
    /// Page up.
    PageUp,
    /// Page down.
    PageDown,
    /// Home.
    Home,
    /// End.
    End,
    /// A function key, 1 to 24.
    F(u8),
}

/// A key with what is held down, in the one form in which a terminal can send it.
///
/// Written `a`, `A`, `ctrl-c`, `alt-x`, `space`, `shift-tab` (or `backtab`), `pgup`, `f1`, `/`; names may be in capitals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Chord {
    key: Key,
    ctrl: bool,
    alt: bool,
    shift: bool,
}

/// Why a text is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChordError {
    /// There is no key of that name.
    Unknown,
    /// Shift is part of the character that it gives.
    ShiftedCharacter,
    /// With Ctrl a terminal sends the same for this key as for another one, named here.
    SameAs(&'static str),
    /// With Ctrl a terminal has no code for this key.
    NoCode,
}

impl fmt::Display for ChordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => {
                f.write_str("there is no such key: write it as in a, A, ctrl-c, alt-x, space, shift-tab, f1")
            }
            Self::ShiftedCharacter => f.write_str("write the character that Shift gives, as in A or !"),
            Self::SameAs(other) => write!(f, "a terminal sends the same for it as for {other}: write {other}"),
            Self::NoCode => f.write_str("a terminal has no code for it: Ctrl goes with a letter"),
        }
    }
}

impl std::error::Error for ChordError {}

/// Names as they are shown, the first of each key; all of them are read.
const NAMES: &[(&str, Key)] = &[
    ("Space", Key::Char(' ')),
    ("Enter", Key::Enter),
    ("Return", Key::Enter),
    ("Tab", Key::Tab),
    ("Esc", Key::Esc),
    ("Escape", Key::Esc),
    ("Backspace", Key::Backspace),
    ("Del", Key::Delete),
    ("Delete", Key::Delete),
    ("Ins", Key::Insert),
    ("Insert", Key::Insert),
    ("Up", Key::Up),
    ("Down", Key::Down),
    ("Left", Key::Left),
    ("Right", Key::Right),
    ("PgUp", Key::PageUp),
    ("PageUp", Key::PageUp),
    ("PgDn", Key::PageDown),
    ("PageDown", Key::PageDown),
    ("Home", Key::Home),
    ("End", Key::End),
];

impl Chord {
    /// The chord that a terminal means by this: Shift is in the character itself, and Ctrl knows no capitals.
    pub fn new(key: Key, ctrl: bool, alt: bool, shift: bool) -> Self {
        match key {
            Key::Char(c) if ctrl => Self { key: Key::Char(c.to_ascii_lowercase()), ctrl, alt, shift: false },
            Key::Char(c) if shift => Self { key: Key::Char(c.to_ascii_uppercase()), ctrl, alt, shift: false },
            _ => Self { key, ctrl, alt, shift },
        }
    }

    /// The key.
    pub fn key(self) -> Key {
        self.key
    }

    /// Whether Ctrl is held down.
    pub fn ctrl(self) -> bool {
        self.ctrl
    }

    /// Whether Alt is held down.
    pub fn alt(self) -> bool {
        self.alt
    }

    /// Whether Shift is held down, on a key that gives no character.
    pub fn shift(self) -> bool {
        self.shift
    }
}

impl FromStr for Chord {
    type Err = ChordError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (mut ctrl, mut alt, mut shift) = (false, false, false);
        let mut rest = text;
        // A lone `-` behind a modifier is the key itself.
        while let Some((modifier, key)) = rest.split_once('-').filter(|(_, key)| !key.is_empty()) {
            let held = match modifier.to_ascii_lowercase().as_str() {
                "ctrl" => &mut ctrl,
                "alt" => &mut alt,
                "shift" => &mut shift,
                _ => return Err(ChordError::Unknown),
            };
            if std::mem::replace(held, true) {
                return Err(ChordError::Unknown);
            }
            rest = key;
        }
        if rest.eq_ignore_ascii_case("backtab") {
            (shift, rest) = (true, "tab");
        }
        let key = parse_key(rest).ok_or(ChordError::Unknown)?;
        if let Key::Char(c) = key {
            if shift && (ctrl || !c.is_ascii_alphabetic()) {
                return Err(ChordError::ShiftedCharacter);
            }
            if ctrl {
                check_ctrl(c)?;
            }
        }
        Ok(Self::new(key, ctrl, alt, shift))
    }
}

/// Ctrl with a character is sent as one of 32 codes, some of which are other keys' own (ASCII; `console_codes(4)`).
fn check_ctrl(c: char) -> Result<(), ChordError> {
    match c.to_ascii_lowercase() {
        'i' => Err(ChordError::SameAs("tab")),
        'm' => Err(ChordError::SameAs("enter")),
        '[' => Err(ChordError::SameAs("esc")),
        'a'..='z' | ' ' => Ok(()),
        _ => Err(ChordError::NoCode),
    }
}

fn parse_key(text: &str) -> Option<Key> {
    let mut chars = text.chars();
    if let (Some(c), None) = (chars.next(), chars.next()) {
        let shown = !c.is_control() && (c == ' ' || !c.is_whitespace());
        return shown.then_some(Key::Char(c));
    }
    let number = text.strip_prefix(['f', 'F']).filter(|number| !number.starts_with(['0', '+']));
    if let Some(number) = number.and_then(|number| number.parse().ok()).filter(|number| (1..=24).contains(number)) {
        return Some(Key::F(number));
    }
    NAMES.iter().find(|(name, _)| name.eq_ignore_ascii_case(text)).map(|(_, key)| *key)
}

impl fmt::Display for Chord {
    /// As it is written on the keys: `Ctrl-C`, `Shift-Tab`, `Space`, `a`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (held, name) in [(self.ctrl, "Ctrl-"), (self.alt, "Alt-"), (self.shift, "Shift-")] {
            if held {
                f.write_str(name)?;
            }
        }
        match (NAMES.iter().find(|(_, key)| *key == self.key), self.key) {
            (Some((name, _)), _) => f.write_str(name),
            (None, Key::F(number)) => write!(f, "F{number}"),
            (None, Key::Char(c)) if self.ctrl => write!(f, "{}", c.to_ascii_uppercase()),
            (None, Key::Char(c)) => write!(f, "{c}"),
            // Every other key has a name in the table.
            (None, _) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_and_shown() {
        for (text, shown) in [
            ("a", "a"),
            ("A", "A"),
            ("shift-a", "A"),
            ("ctrl-c", "Ctrl-C"),
            ("Ctrl-C", "Ctrl-C"),
            ("alt-x", "Alt-x"),
            ("alt-X", "Alt-X"),
            ("alt-shift-x", "Alt-X"),
            ("ctrl-alt-d", "Ctrl-Alt-D"),
            ("space", "Space"),
            (" ", "Space"),
            ("ctrl-space", "Ctrl-Space"),
            ("enter", "Enter"),
            ("tab", "Tab"),
            ("shift-tab", "Shift-Tab"),
            ("backtab", "Shift-Tab"),
            ("esc", "Esc"),
            ("pgup", "PgUp"),
            ("PageDown", "PgDn"),
            ("home", "Home"),
            ("ctrl-left", "Ctrl-Left"),
            ("f1", "F1"),
            ("F24", "F24"),
            ("del", "Del"),
            ("-", "-"),
            ("alt--", "Alt--"),
            ("/", "/"),
            (":", ":"),
            ("?", "?"),
            ("*", "*"),
            ("+", "+"),
            ("ä", "ä"),
        ] {
            let chord: Chord = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(chord.to_string(), shown, "{text}");
            assert_eq!(shown.parse(), Ok(chord), "what is shown can be written");
        }
    }

    #[test]
    fn every_key_has_a_name() {
        let keys = [Key::Up, Key::Down, Key::Left, Key::Right, Key::Backspace, Key::Delete, Key::Insert, Key::End];
        for key in keys {
            let chord = Chord::new(key, false, false, false);
            assert_eq!(chord.to_string().parse(), Ok(chord));
        }
    }

    #[test]
    fn what_no_terminal_sends_is_refused() {
        for (text, error) in [
            ("", ChordError::Unknown),
            ("ab", ChordError::Unknown),
            ("hyper-a", ChordError::Unknown),
            ("ctrl-ctrl-a", ChordError::Unknown),
            ("ctrl-", ChordError::Unknown),
            ("f0", ChordError::Unknown),
            ("f25", ChordError::Unknown),
            ("f01", ChordError::Unknown),
            ("\u{1b}", ChordError::Unknown),
            ("shift-1", ChordError::ShiftedCharacter),
            ("ctrl-shift-a", ChordError::ShiftedCharacter),
            ("ctrl-i", ChordError::SameAs("tab")),
            ("ctrl-M", ChordError::SameAs("enter")),
            ("ctrl-1", ChordError::NoCode),
        ] {
            assert_eq!(text.parse::<Chord>(), Err(error), "{text:?}");
        }
    }
}
