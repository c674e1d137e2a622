//! Signals that ask the program to end, and the terminal that goes without one.

use std::{
    fs::File,
    io,
    os::fd::AsFd as _,
    sync::atomic::{AtomicBool, Ordering},
};

use rustix::event::{PollFd, PollFlags, poll};
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

/// Ctrl-C is meant for another program at the moment, which has the terminal.
static INTERRUPT_IS_ANOTHERS: AtomicBool = AtomicBool::new(false);

/// Does something on the terminal during which Ctrl-C does not end this program.
pub fn without_interrupt<T>(work: impl FnOnce() -> T) -> T {
    INTERRUPT_IS_ANOTHERS.store(true, Ordering::SeqCst);
    let result = work();
    // The signal may still be on its way to the thread that waits for it.
    super::thread::pause(std::time::Duration::from_millis(20));
    INTERRUPT_IS_ANOTHERS.store(false, Ordering::SeqCst);
    result
}

/// Wakes a thread that waits for the terminal, by the signal of a changed size: whoever reads keys is told of that one.
pub fn wake_terminal() {
    // Only a process that is not there could not be told.
    let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::WINCH);
}

/// Calls `tell` for each SIGTERM, SIGHUP or SIGINT; the default action of these no longer happens.
pub fn on_terminate(tell: impl Fn(Ending) + Send + 'static) -> anyhow::Result<()> {
    let mut signals = Signals::new([SIGTERM, SIGHUP, SIGINT])?;
    super::thread::spawn_named("signals", move || {
        for signal in signals.forever() {
            if signal == SIGINT && INTERRUPT_IS_ANOTHERS.load(Ordering::SeqCst) {
                continue;
            }
            tell(match signal {
                SIGHUP => HUNG_UP,
                SIGINT => Ending { meaning: "interrupted", status: 128 + 2 },
                _ => Ending { meaning: "asked to end", status: 128 + 15 },
            });
        }
    })?;
    Ok(())
}

/// Calls `tell` once when the terminal that keys come from is hung up.
///
/// SIGHUP comes only to those whose controlling terminal it is (setsid(2)); anybody else reads nothing from it, for ever and
/// at once. Where there is no terminal nothing is watched.
pub fn on_hangup(tell: impl FnOnce(Ending) + Send + 'static) -> anyhow::Result<()> {
    let stdin = io::stdin();
    let terminal = if super::environment::stdin_is_terminal() {
        stdin.as_fd().try_clone_to_owned()?
    } else {
        let Ok(terminal) = File::open("/dev/tty") else { return Ok(()) };
        terminal.into()
    };
    super::thread::spawn_named("hangup", move || {
        // No event is asked for; poll(2) reports a hangup all the same.
        let mut watched = [PollFd::new(&terminal, PollFlags::empty())];
        loop {
            match poll(&mut watched, None) {
                Err(rustix::io::Errno::INTR) => {}
                Err(_) => return,
                Ok(_) => break,
            }
        }
        tell(HUNG_UP);
    })?;
    Ok(())
}
