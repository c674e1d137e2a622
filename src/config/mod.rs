//! Keys and colours as values: what is embedded, with the user's file laid over it.
//!
//! The room is pure and knows only strings: text goes in, a [`Keymap`] or a [`Theme`] comes out, or a [`ConfigError`] that
//! names file, line and key. It knows no terminal, and not what an action does: the names that there are come from whoever
//! has the table of actions, as a [`Vocabulary`].
//!
//! ```
//! use seltui::config::{Chord, Keymap, Vocabulary};
//!
//! let vocabulary = Vocabulary { actions: &["allow", "undo"], contexts: &["denials"] };
//! let keymap = Keymap::parse("keymap.toml", "[keys]\na = 'allow'\n[keys.denials]\nctrl-z = 'undo'\n", &vocabulary)?;
//! assert_eq!(keymap.action_for("denials", "ctrl-z".parse::<Chord>().unwrap()), Some("undo"));
//! let error = Keymap::parse("keymap.toml", "[keys]\na = 'alow'\n", &vocabulary).unwrap_err();
//! assert_eq!(error.to_string(), "keymap.toml: line 2: keys.a: there is no action \"alow\", did you mean \"allow\"?");
//! # Ok::<(), seltui::config::ConfigError>(())
//! ```

mod chord;
mod colour;
mod document;
mod error;
mod keymap;
mod style;
mod theme;

pub use chord::{Chord, ChordError, Key};
pub use colour::{AnsiColour, Colour, ColourDepth};
pub use error::ConfigError;
pub use keymap::{Keymap, Vocabulary};
pub use style::{Modifier, Modifiers, Style};
pub use theme::{Role, Theme};
