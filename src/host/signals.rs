//! Signals that ask the program to end.

use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGTERM},
    iterator::Signals,
};

/// Calls `tell` with a sentence for each SIGTERM, SIGHUP or SIGINT; the default action of these no longer happens.
pub fn on_terminate(tell: impl Fn(&'static str) + Send + 'static) -> anyhow::Result<()> {
    let mut signals = Signals::new([SIGTERM, SIGHUP, SIGINT])?;
    super::thread::spawn_named("signals", move || {
        for signal in signals.forever() {
            tell(match signal {
                SIGHUP => "the terminal hung up",
                SIGINT => "interrupted",
                _ => "asked to end",
            });
        }
    })?;
    Ok(())
}
