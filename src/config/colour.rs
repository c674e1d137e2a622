//! Colours as they are written, and what becomes of them where there are fewer.

use std::str::FromStr;

/// How many colours a terminal shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ColourDepth {
    /// None: a terminal of one colour, or a person who wants none (`NO_COLOR`, <https://no-color.org>).
    None,
    /// The sixteen of ECMA-48 and aixterm, as the terminal's own theme has them.
    Sixteen,
    /// xterm's 256.
    Indexed,
    /// Any, by red, green and blue.
    Full,
}

/// One of the terminal's own colours: what it looks like is up to the person's theme.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)] // their names say it
pub enum AnsiColour {
    Black,
    Red,
    Green,
    Yellow,
    Blue,
    Magenta,
    Cyan,
    White,
    BrightBlack,
    BrightRed,
    BrightGreen,
    BrightYellow,
    BrightBlue,
    BrightMagenta,
    BrightCyan,
    BrightWhite,
}

/// The sixteen: name, and the look that xterm gives them, by which the nearest is found.
const ANSI: [(AnsiColour, &str, [u8; 3]); 16] = [
    (AnsiColour::Black, "black", [0, 0, 0]),
    (AnsiColour::Red, "red", [205, 0, 0]),
    (AnsiColour::Green, "green", [0, 205, 0]),
    (AnsiColour::Yellow, "yellow", [205, 205, 0]),
    (AnsiColour::Blue, "blue", [0, 0, 238]),
    (AnsiColour::Magenta, "magenta", [205, 0, 205]),
    (AnsiColour::Cyan, "cyan", [0, 205, 205]),
    (AnsiColour::White, "white", [229, 229, 229]),
    (AnsiColour::BrightBlack, "bright-black", [127, 127, 127]),
    (AnsiColour::BrightRed, "bright-red", [255, 0, 0]),
    (AnsiColour::BrightGreen, "bright-green", [0, 255, 0]),
    (AnsiColour::BrightYellow, "bright-yellow", [255, 255, 0]),
    (AnsiColour::BrightBlue, "bright-blue", [92, 92, 255]),
    (AnsiColour::BrightMagenta, "bright-magenta", [255, 0, 255]),
    (AnsiColour::BrightCyan, "bright-cyan", [0, 255, 255]),
    (AnsiColour::BrightWhite, "bright-white", [255, 255, 255]),
];

/// A colour of text or of what is behind it.
///
/// Written as `default`, as one of the sixteen names (`red`, `bright-red`), as `#rrggbb`, or as the number of one of
/// xterm's 256.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Colour {
    /// The terminal's own.
    #[default]
    Default,
    /// One of the sixteen.
    Ansi(AnsiColour),
    /// One of xterm's 256, from 16 on; the ones before are [`Colour::Ansi`].
    Indexed(u8),
    /// Red, green, blue.
    Rgb(u8, u8, u8),
}

impl Colour {
    /// The colour with this number among xterm's 256.
    pub fn from_index(index: u8) -> Self {
        ANSI.get(usize::from(index)).map_or(Self::Indexed(index), |(colour, ..)| Self::Ansi(*colour))
    }

    /// What a terminal with so many colours shows for it: the nearest that it has.
    #[must_use]
    pub fn resolve(self, depth: ColourDepth) -> Self {
        match (depth, self) {
            (ColourDepth::None, _) => Self::Default,
            (ColourDepth::Sixteen, Self::Indexed(index)) => Self::Ansi(nearest_ansi(indexed_rgb(index))),
            (ColourDepth::Sixteen, Self::Rgb(r, g, b)) => Self::Ansi(nearest_ansi([r, g, b])),
            (ColourDepth::Indexed, Self::Rgb(r, g, b)) => nearest_indexed([r, g, b]),
            _ => self,
        }
    }
}

impl FromStr for Colour {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "default" {
            return Ok(Self::Default);
        }
        if let Some(hex) = text.strip_prefix('#') {
            let digits = hex.len() == 6 && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
            let number = u32::from_str_radix(hex, 16).ok().filter(|_| digits).ok_or(())?;
            let [_, r, g, b] = number.to_be_bytes();
            return Ok(Self::Rgb(r, g, b));
        }
        ANSI.iter().find(|(_, name, _)| *name == text).map(|(colour, ..)| Self::Ansi(*colour)).ok_or(())
    }
}

/// The names that a colour can be written by.
pub(super) fn colour_names() -> Vec<&'static str> {
    ["default"].into_iter().chain(ANSI.iter().map(|(_, name, _)| *name)).collect()
}

/// How far apart two colours are for the eye (a weighted distance, <https://www.compuphase.com/cmetric.htm>).
fn difference([r1, g1, b1]: [u8; 3], [r2, g2, b2]: [u8; 3]) -> u32 {
    let mean = u32::midpoint(r1.into(), r2.into());
    let square = |a: u8, b: u8| u32::from(a.abs_diff(b)).pow(2);
    (((512 + mean) * square(r1, r2)) >> 8) + 4 * square(g1, g2) + (((767 - mean) * square(b1, b2)) >> 8)
}

fn nearest_ansi(rgb: [u8; 3]) -> AnsiColour {
    let nearest = ANSI.iter().min_by_key(|(_, _, look)| difference(rgb, *look));
    nearest.map_or(AnsiColour::White, |(colour, ..)| *colour)
}

fn nearest_indexed(rgb: [u8; 3]) -> Colour {
    // The first sixteen look as the person's theme has them; a colour that was asked for exactly is none of these.
    Colour::Indexed((16..=255).min_by_key(|index| difference(rgb, indexed_rgb(*index))).unwrap_or(16))
}

/// xterm's colours from 16 on: a cube of 6×6×6, then 24 greys.
fn indexed_rgb(index: u8) -> [u8; 3] {
    if index >= 232 {
        return [8 + (index - 232) * 10; 3];
    }
    let cube = index.saturating_sub(16);
    [cube / 36, cube / 6 % 6, cube % 6].map(|step| if step == 0 { 0 } else { 55 + step * 40 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_read() {
        for (text, colour) in [
            ("default", Ok(Colour::Default)),
            ("red", Ok(Colour::Ansi(AnsiColour::Red))),
            ("bright-black", Ok(Colour::Ansi(AnsiColour::BrightBlack))),
            ("#0a80FF", Ok(Colour::Rgb(10, 128, 255))),
            ("#0a80f", Err(())),
            ("#+a80ff", Err(())),
            ("#ääff", Err(())),
            ("Red", Err(())),
            ("", Err(())),
        ] {
            assert_eq!(text.parse(), colour, "{text}");
        }
        assert_eq!(Colour::from_index(9), Colour::Ansi(AnsiColour::BrightRed));
        assert_eq!(Colour::from_index(16), Colour::Indexed(16));
    }

    #[test]
    fn a_terminal_with_fewer_colours_gets_the_nearest() {
        use AnsiColour::{Black, BrightBlack, BrightGreen, BrightWhite, BrightYellow, Magenta, Red, White};
        for (colour, expected) in [
            (Colour::Rgb(0, 0, 0), Black),
            (Colour::Rgb(200, 10, 10), Red),
            (Colour::Rgb(250, 250, 250), BrightWhite),
            (Colour::Rgb(235, 235, 225), White),
            (Colour::Rgb(120, 120, 130), BrightBlack),
            (Colour::Rgb(200, 20, 190), Magenta),
            (Colour::Indexed(46), BrightGreen),
            (Colour::Indexed(226), BrightYellow),
            (Colour::Indexed(244), BrightBlack),
        ] {
            assert_eq!(colour.resolve(ColourDepth::Sixteen), Colour::Ansi(expected), "{colour:?}");
            assert_eq!(colour.resolve(ColourDepth::None), Colour::Default);
            assert_eq!(colour.resolve(ColourDepth::Full), colour);
        }
        // #5f87af and #eeeeee are colours 67 and 255 in xterm's own table (256colres.h).
        assert_eq!(Colour::Rgb(0x5f, 0x87, 0xaf).resolve(ColourDepth::Indexed), Colour::Indexed(67));
        assert_eq!(Colour::Rgb(0xee, 0xee, 0xee).resolve(ColourDepth::Indexed), Colour::Indexed(255));
        let named = Colour::Ansi(AnsiColour::Cyan);
        assert_eq!(named.resolve(ColourDepth::Sixteen), named);
    }
}
