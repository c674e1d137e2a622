//! How a piece of text looks.

use toml::de::DeValue;

use super::{Colour, ColourDepth, ConfigError, colour::colour_names, document::Entry, error::unknown};

/// What a terminal can do to text besides colouring it (SGR 1, 2, 3, 4 and 7 of ECMA-48).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)] // their names say it
pub enum Modifier {
    Bold,
    Dim,
    Italic,
    Underline,
    Reversed,
}

impl Modifier {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Bold, Self::Dim, Self::Italic, Self::Underline, Self::Reversed];

    /// As it is written in a theme.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bold => "bold",
            Self::Dim => "dim",
            Self::Italic => "italic",
            Self::Underline => "underline",
            Self::Reversed => "reversed",
        }
    }

    fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// A set of modifiers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Modifiers(u8);

impl Modifiers {
    /// Whether this one is in it.
    pub fn contains(self, modifier: Modifier) -> bool {
        self.0 & modifier.bit() != 0
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Those that are in it.
    pub fn iter(self) -> impl Iterator<Item = Modifier> {
        Modifier::ALL.into_iter().filter(move |modifier| self.contains(*modifier))
    }

    /// The set with one more.
    #[must_use]
    pub fn with(self, modifier: Modifier) -> Self {
        Self(self.0 | modifier.bit())
    }
}

impl FromIterator<Modifier> for Modifiers {
    fn from_iter<T: IntoIterator<Item = Modifier>>(modifiers: T) -> Self {
        modifiers.into_iter().fold(Self::default(), Self::with)
    }
}

/// Colours and modifiers of a piece of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Style {
    /// The text.
    pub fg: Colour,
    /// What is behind it.
    pub bg: Colour,
    /// Everything else.
    pub modifiers: Modifiers,
}

impl Style {
    /// The style as a terminal with so many colours shows it; the modifiers stay.
    ///
    /// Where two different colours become the same one the text would vanish: it is reversed instead.
    #[must_use]
    pub fn resolve(self, depth: ColourDepth) -> Self {
        let resolved = Self { fg: self.fg.resolve(depth), bg: self.bg.resolve(depth), ..self };
        if depth != ColourDepth::None && self.fg != self.bg && resolved.fg == resolved.bg {
            let modifiers = self.modifiers.with(Modifier::Reversed);
            return Self { fg: Colour::Default, bg: Colour::Default, modifiers };
        }
        resolved
    }

    /// Reads `{ fg = COLOUR, bg = COLOUR, bold = true, … }`; what is left out is plain.
    pub(super) fn parse(entry: &Entry<'_, '_>) -> Result<Self, ConfigError> {
        let table = entry
            .table()
            .ok_or_else(|| entry.value_error("it must be a table, as in { fg = \"red\", bold = true }"))?;
        let mut style = Self::default();
        for entry in table {
            match entry.key() {
                "fg" => style.fg = colour(&entry)?,
                "bg" => style.bg = colour(&entry)?,
                name => {
                    let Some(modifier) = Modifier::ALL.into_iter().find(|modifier| modifier.name() == name) else {
                        let mut known = vec!["fg", "bg"];
                        known.extend(Modifier::ALL.map(Modifier::name));
                        return Err(entry.key_error(unknown("part of a style", name, &known)));
                    };
                    let on = entry.value().as_bool().ok_or_else(|| entry.value_error("it must be true or false"))?;
                    if on {
                        style.modifiers = style.modifiers.with(modifier);
                    }
                }
            }
        }
        Ok(style)
    }
}

fn colour(entry: &Entry<'_, '_>) -> Result<Colour, ConfigError> {
    match entry.value() {
        DeValue::String(text) => text.parse().map_err(|()| {
            let problem = if text.starts_with('#') {
                format!("{text:?} is no colour: write six hexadecimal digits, as in \"#0a80ff\"")
            } else {
                unknown("colour", text, &colour_names())
            };
            entry.value_error(problem)
        }),
        DeValue::Integer(number) => {
            let index = u8::from_str_radix(number.as_str(), number.radix()).ok();
            index.map(Colour::from_index).ok_or_else(|| entry.value_error("the number of a colour is 0 to 255"))
        }
        _ => Err(entry.value_error("it must be a colour: a name, \"#rrggbb\", or a number from 0 to 255")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::AnsiColour;

    #[test]
    fn text_does_not_vanish_where_colours_are_few() {
        let style = Style { fg: Colour::Rgb(20, 20, 20), bg: Colour::Rgb(0, 0, 0), modifiers: Modifiers::default() };
        let few = style.resolve(ColourDepth::Sixteen);
        assert_eq!((few.fg, few.bg), (Colour::Default, Colour::Default));
        assert_eq!(few.modifiers.iter().collect::<Vec<_>>(), [Modifier::Reversed]);
        assert_eq!(style.resolve(ColourDepth::Full), style);
        assert_eq!(style.resolve(ColourDepth::None), Style::default());
        let bold: Modifiers = [Modifier::Bold].into_iter().collect();
        let style = Style { fg: Colour::Ansi(AnsiColour::Red), bg: Colour::Default, modifiers: bold };
        assert_eq!(style.resolve(ColourDepth::None), Style { modifiers: bold, ..Style::default() });
    }
}
