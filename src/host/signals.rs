//! Signals that ask the program to end.

use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGTERM},
    iterator::Signals,
};

/// A signal that asks the program to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ending {
    /// What it means, as part of a sentence.
    pub meaning: &'static str,
    /// The exit status that a shell gives a program which it ended: 128 and its number.
    pub status: u8,
}

/// The end of a program whose terminal went away without a signal, as if it had been one.
pub const HUNG_UP: Ending = Ending { meaning: "the terminal hung up", status: 128 + 1 };

/// Calls `tell` for each SIGTERM, SIGHUP or SIGINT; the default action of these no longer happens.
pub fn on_terminate(tell: impl Fn(Ending) + Send + 'static) -> anyhow::Result<()> {
    let mut signals = Signals::new([SIGTERM, SIGHUP, SIGINT])?;
    super::thread::spawn_named("signals", move || {
        for signal in signals.forever() {
            tell(match signal {
                SIGHUP => HUNG_UP,
                SIGINT => Ending { meaning: "interrupted", status: 128 + 2 },
                _ => Ending { meaning: "asked to end", status: 128 + 15 },
            });
        }
    })?;
    Ok(())
}
