//! The user's settings, read from where they are kept.

use std::{env, ffi::OsStr, fs, io::ErrorKind, path::Path};

use anyhow::Context as _;

use crate::config::{ColourDepth, Keymap, Theme, Vocabulary};

/// The keymap that is built in with the user's `keymap.toml` from this folder laid over it, if there is one.
///
/// # Errors
/// The file cannot be read, or holds a mistake: file, line and key are named.
pub fn read_keymap(folder: &Path, vocabulary: &Vocabulary<'_>) -> anyhow::Result<Keymap> {
    let embedded = Keymap::embedded(vocabulary)?;
    Ok(match read(&folder.join("keymap.toml"))? {
        Some((file, text)) => embedded.overlaid_with(Keymap::parse(&file, &text, vocabulary)?),
        None => embedded,
    })
}

/// The theme that is built in with the user's `theme.toml` from this folder laid over it, if there is one.
///
/// # Errors
/// The file cannot be read, or holds a mistake: file, line and key are named.
pub fn read_theme(folder: &Path) -> anyhow::Result<Theme> {
    let embedded = Theme::embedded()?;
    Ok(match read(&folder.join("theme.toml"))? {
        Some((file, text)) => embedded.overlaid_with(Theme::parse(&file, &text)?),
        None => embedded,
    })
}

/// How many colours the terminal shows, by `NO_COLOR`, `TERM` and `COLORTERM`.
pub fn colour_depth() -> ColourDepth {
    let value = |name| env::var_os(name).unwrap_or_default();
    depth(&value("NO_COLOR"), &value("TERM"), &value("COLORTERM"))
}

fn depth(no_color: &OsStr, term: &OsStr, colorterm: &OsStr) -> ColourDepth {
    let (term, colorterm) = (term.to_string_lossy(), colorterm.to_string_lossy());
    // The DEC terminals, which a serial console takes itself for, have no colours.
    let plain = ["dumb", "vt52", "vt100", "vt102", "vt220", "vt320", "vt420"];
    if !no_color.is_empty() || term.is_empty() || plain.contains(&term.as_ref()) || term.ends_with("-mono") {
        ColourDepth::None
    } else if matches!(colorterm.as_ref(), "truecolor" | "24bit") || term.ends_with("-direct") {
        ColourDepth::Full
    } else if term.ends_with("-256color") {
        ColourDepth::Indexed
    } else {
        ColourDepth::Sixteen
    }
}

fn read(path: &Path) -> anyhow::Result<Option<(String, String)>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some((path.display().to_string(), text))),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) if error.kind() == ErrorKind::InvalidData => {
            let bytes = fs::read(path).unwrap_or_default();
            let good = bytes.utf8_chunks().next().map_or("", |chunk| chunk.valid());
            anyhow::bail!("{}: line {}: this is no UTF-8 text", path.display(), good.split('\n').count())
        }
        Err(error) => Err(error).with_context(|| path.display().to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_says_how_many_colours_there_are() {
        for (no_color, term, colorterm, expected) in [
            ("", "xterm-256color", "truecolor", ColourDepth::Full),
            ("", "xterm-direct", "", ColourDepth::Full),
            ("1", "xterm-256color", "truecolor", ColourDepth::None),
            ("", "tmux-256color", "", ColourDepth::Indexed),
            ("", "screen", "", ColourDepth::Sixteen),
            ("", "linux", "", ColourDepth::Sixteen),
            ("", "dumb", "truecolor", ColourDepth::None),
            ("", "vt220", "", ColourDepth::None),
            ("", "", "", ColourDepth::None),
        ] {
            let found = depth(no_color.as_ref(), term.as_ref(), colorterm.as_ref());
            assert_eq!(found, expected, "NO_COLOR={no_color} TERM={term} COLORTERM={colorterm}");
        }
    }
}
