//! The person's clipboard: the desktop's own where the program runs on it, the terminal's where it is far away.
//!
//! Over SSH, and where there is no display, the text is sent to the terminal (OSC 52 of xterm's ctlseqs): it is the person's
//! own terminal that keeps it. A terminal does not answer, so whether it took the text can't be known, and that is said.

mod ancestry;
mod osc52;

use std::fmt;

use arboard::Clipboard as Desktop;
pub use osc52::Multiplexer;

use super::environment::variable;

/// More bytes than this some terminals throw away without a word: hterm's 100,000 characters of base64 are the least that is
/// known of those that take OSC 52 at all.
pub const MOST_BYTES: usize = 74_994;

/// Where the program runs, as far as the clipboard is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Surroundings {
    /// The session came over SSH: the display, if there is one, is not before the person.
    pub remote: bool,
    /// `DISPLAY` or `WAYLAND_DISPLAY` is set.
    pub display: bool,
    /// What stands between the program and the terminal.
    pub multiplexer: Multiplexer,
}

impl Surroundings {
    /// Looks at the environment and, since sudo keeps little of it, at the processes that the program descends from.
    pub fn here() -> Self {
        let is_set = |name: &str| variable(name).is_some();
        let any_set = |names: &[&str]| names.iter().any(|name| is_set(name));
        let ancestors = ancestry::here();
        let remote = any_set(&["SSH_CONNECTION", "SSH_TTY", "SSH_CLIENT"]);
        let (tmux, screen) = (is_set("TMUX"), is_set("STY"));
        // Within both, the nearer one is before the program.
        let nearest = || ancestors.iter().find_map(|ancestor| ancestor.multiplexer);
        let multiplexer = ancestry::told(tmux, screen).or_else(nearest).unwrap_or(if tmux {
            Multiplexer::Tmux
        } else {
            Multiplexer::None
        });
        Self {
            remote: remote || ancestors.iter().any(|ancestor| ancestor.remote),
            display: any_set(&["DISPLAY", "WAYLAND_DISPLAY"]),
            multiplexer,
        }
    }
}

/// Why the text went to the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// The session came over SSH.
    Remote,
    /// There is no display.
    NoDisplay,
    /// The display was asked, and refused.
    Refused,
}

/// What became of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Copied {
    /// The desktop has it, for as long as the program runs at least.
    Desktop,
    /// The terminal is to be sent these bytes.
    Terminal {
        /// The sequence, wrapped for what stands between.
        sequence: Vec<u8>,
        /// Why the terminal.
        why: Why,
        /// What stands between.
        multiplexer: Multiplexer,
    },
    /// The terminal would not take so much: nothing was sent.
    TooLong {
        /// How much it is.
        bytes: usize,
    },
}

/// The way to the clipboard. It is held open: under X11 the text is gone with the window that offers it.
#[derive(Default)]
pub struct Clipboard {
    desktop: Option<Desktop>,
}

impl fmt::Debug for Clipboard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clipboard").field("desktop", &self.desktop.is_some()).finish()
    }
}

impl Clipboard {
    /// Gives the text to the desktop, or says what the terminal is to be sent.
    pub fn copy(&mut self, text: &str, surroundings: Surroundings) -> Copied {
        let why = match surroundings {
            Surroundings { remote: true, .. } => Why::Remote,
            Surroundings { display: false, .. } => Why::NoDisplay,
            _ if self.offer(text).is_ok() => return Copied::Desktop,
            _ => Why::Refused,
        };
        if text.len() > MOST_BYTES {
            return Copied::TooLong { bytes: text.len() };
        }
        let multiplexer = surroundings.multiplexer;
        Copied::Terminal { sequence: osc52::sequence(text.as_bytes(), multiplexer), why, multiplexer }
    }

    fn offer(&mut self, text: &str) -> Result<(), arboard::Error> {
        let desktop = match &mut self.desktop {
            Some(desktop) => desktop,
            None => self.desktop.insert(Desktop::new()?),
        };
        desktop.set_text(text)
    }
}

impl fmt::Display for Copied {
    /// What was done, and what can't be known of it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Desktop => f.write_str("copied to the desktop's clipboard"),
            Self::TooLong { bytes } => write!(
                f,
                "not copied: {bytes} bytes are more than every terminal takes ({MOST_BYTES}); export the files instead"
            ),
            Self::Terminal { why, multiplexer, .. } => {
                let why = match why {
                    Why::Remote => "over SSH",
                    Why::NoDisplay => "no display here",
                    Why::Refused => "no answer from the display",
                };
                let then = match multiplexer {
                    Multiplexer::None => "whether it took it, no terminal says",
                    Multiplexer::Tmux => "whether tmux let it pass (set-clipboard, allow-passthrough), nobody says",
                    Multiplexer::Screen => "whether it came through screen, nobody says",
                };
                write!(f, "sent to the terminal's clipboard ({why}: OSC 52); {then}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn surroundings(remote: bool, display: bool) -> Surroundings {
        Surroundings { remote, display, multiplexer: Multiplexer::None }
    }

    #[test]
    fn what_is_far_away_or_has_no_display_goes_to_the_terminal() {
        let mut clipboard = Clipboard::default();
        for (remote, display, expected) in
            [(true, true, Why::Remote), (true, false, Why::Remote), (false, false, Why::NoDisplay)]
        {
            let copied = clipboard.copy("x", surroundings(remote, display));
            assert!(matches!(copied, Copied::Terminal { why, .. } if why == expected), "{copied:?}");
        }
        assert!(clipboard.desktop.is_none(), "no display was asked");
    }

    #[test]
    fn what_no_terminal_takes_is_refused() {
        let mut clipboard = Clipboard::default();
        let far = surroundings(true, false);
        assert!(matches!(clipboard.copy(&"x".repeat(MOST_BYTES), far), Copied::Terminal { .. }));
        let copied = clipboard.copy(&"x".repeat(MOST_BYTES + 1), far);
        assert_eq!(copied, Copied::TooLong { bytes: 74_995 });
        assert!(copied.to_string().contains("not copied: 74995 bytes"), "{copied}");
    }
}
