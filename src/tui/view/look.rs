//! How things look: styles from the theme, and the signs that the terminal can show.

use ratatui::{
    style::{Color, Style},
    symbols::border,
    text::{Line, Span},
    widgets::{Block, Borders},
};

use crate::config::{AnsiColour, Colour, Modifier, Role, Theme};

/// Signs beyond ASCII, or what stands for them where the locale is not UTF-8.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signs {
    /// From source to target.
    pub arrow: &'static str,
    /// The row that the cursor is on.
    pub cursor: &'static str,
    /// A marked row.
    pub mark: &'static str,
    /// A decided row.
    pub decided: &'static str,
    /// A row that came since the module was loaded.
    pub since: &'static str,
    /// A log that is followed.
    pub live: &'static str,
    /// Between the parts of a line.
    pub dot: &'static str,
    /// In place of what was cut off.
    pub cut: char,
    /// Corners and edges of panes.
    pub border: border::Set<'static>,
}

const UNICODE: Signs = Signs {
    arrow: "→",
    cursor: "▸",
    mark: "●",
    decided: "✓",
    since: "»",
    live: "●",
    dot: "·",
    cut: '…',
    border: border::PLAIN,
};

const ASCII: Signs = Signs {
    arrow: "->",
    cursor: ">",
    mark: "*",
    decided: "=",
    since: "^",
    live: "*",
    dot: "|",
    cut: '~',
    border: border::Set {
        top_left: "+",
        top_right: "+",
        bottom_left: "+",
        bottom_right: "+",
        vertical_left: "|",
        vertical_right: "|",
        horizontal_top: "-",
        horizontal_bottom: "-",
    },
};

/// A piece of a line: what it is, and its text, which is printable.
pub type Piece = (Role, String);

/// Theme and signs.
#[derive(Debug, Clone)]
pub struct Look {
    theme: Theme,
    /// The signs.
    pub signs: Signs,
}

impl Look {
    /// A theme, resolved to the colours that there are, with Unicode signs or with ASCII alone.
    pub fn new(theme: Theme, unicode: bool) -> Self {
        Self { theme, signs: if unicode { UNICODE } else { ASCII } }
    }

    /// The style of a part of the screen.
    pub fn style(&self, role: Role) -> Style {
        let style = self.theme.style(role);
        let modifiers = style.modifiers.iter().fold(ratatui::style::Modifier::empty(), |all, one| {
            all | match one {
                Modifier::Bold => ratatui::style::Modifier::BOLD,
                Modifier::Dim => ratatui::style::Modifier::DIM,
                Modifier::Italic => ratatui::style::Modifier::ITALIC,
                Modifier::Underline => ratatui::style::Modifier::UNDERLINED,
                Modifier::Reversed => ratatui::style::Modifier::REVERSED,
            }
        });
        // What a theme leaves open keeps what lies below it, so that a selected row keeps its colours.
        let mut drawn = Style::new().add_modifier(modifiers);
        drawn.fg = colour(style.fg);
        drawn.bg = colour(style.bg);
        drawn
    }

    /// A line of pieces.
    pub fn line(&self, pieces: &[Piece]) -> Line<'static> {
        pieces.iter().map(|(role, text)| Span::styled(text.clone(), self.style(*role))).collect()
    }

    /// A line of one piece.
    pub fn plain(&self, role: Role, text: impl Into<String>) -> Line<'static> {
        Line::styled(text.into(), self.style(role))
    }

    /// The frame of a pane, brighter when it has the keys.
    pub fn block(&self, title: &[Piece], focused: bool) -> Block<'static> {
        let role = if focused { Role::BorderFocused } else { Role::Border };
        Block::new()
            .borders(Borders::ALL)
            .border_set(self.signs.border)
            .border_style(self.style(role))
            .title(self.line(title))
    }

    /// The title of a pane: bold, with brackets where it has the keys, so that colour is not the only sign.
    pub fn title(&self, text: &str, focused: bool) -> Piece {
        if focused { (Role::Heading, format!(" [{text}] ")) } else { (Role::Dim, format!(" {text} ")) }
    }
}

fn colour(colour: Colour) -> Option<Color> {
    Some(match colour {
        Colour::Default => return None,
        Colour::Indexed(index) => Color::Indexed(index),
        Colour::Rgb(red, green, blue) => Color::Rgb(red, green, blue),
        Colour::Ansi(name) => match name {
            AnsiColour::Black => Color::Black,
            AnsiColour::Red => Color::Red,
            AnsiColour::Green => Color::Green,
            AnsiColour::Yellow => Color::Yellow,
            AnsiColour::Blue => Color::Blue,
            AnsiColour::Magenta => Color::Magenta,
            AnsiColour::Cyan => Color::Cyan,
            AnsiColour::White => Color::Gray,
            AnsiColour::BrightBlack => Color::DarkGray,
            AnsiColour::BrightRed => Color::LightRed,
            AnsiColour::BrightGreen => Color::LightGreen,
            AnsiColour::BrightYellow => Color::LightYellow,
            AnsiColour::BrightBlue => Color::LightBlue,
            AnsiColour::BrightMagenta => Color::LightMagenta,
            AnsiColour::BrightCyan => Color::LightCyan,
            AnsiColour::BrightWhite => Color::White,
        },
    })
}
