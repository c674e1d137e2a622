//! The terminal, taken and given back.

use std::{
    io::{self, Stdout, Write as _},
    mem::ManuallyDrop,
    sync::{
        Mutex, MutexGuard, PoisonError, TryLockError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use anyhow::Context as _;
use crossterm::{
    cursor::Show,
    event::{DisableBracketedPaste, EnableBracketedPaste},
    execute, queue,
    terminal::{
        BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode,
        enable_raw_mode,
    },
};
use ratatui::{Frame, Terminal, backend::CrosstermBackend, layout::Rect};

use crate::host;

/// Whether the terminal is ours now, for whoever gives it back first: the end of the program, or a panic.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// Held while something is written: a panic elsewhere gives the terminal back behind it, not in the middle.
static WRITING: Mutex<()> = Mutex::new(());

/// How many milliseconds a panic waits for what is being written. It may be the one that writes which panics.
const LONGEST_WAIT: u32 = 200;

/// The terminal in raw mode on its alternate screen; dropping it gives the terminal back as it was.
#[derive(Debug)]
pub struct Screen {
    /// Never dropped: its drop shows the cursor once more, and prints to standard error where that fails, which is a panic
    /// where the terminal hung up.
    terminal: ManuallyDrop<Terminal<CrosstermBackend<Stdout>>>,
}

impl Screen {
    /// Takes the terminal. From here on also a panic gives it back before it speaks.
    pub fn enter() -> anyhow::Result<Self> {
        host::panic::before_message(give_back);
        enable_raw_mode().context("this is no terminal: seltui needs one to show its screen")?;
        TAKEN.store(true, Ordering::SeqCst);
        let terminal = Terminal::new(CrosstermBackend::new(io::stdout())).inspect_err(|_| give_back())?;
        // From here on the drop of `screen` undoes everything.
        let screen = Self { terminal: ManuallyDrop::new(terminal) };
        execute!(io::stdout(), EnterAlternateScreen, EnableBracketedPaste)?;
        Ok(screen)
    }

    /// Gives the terminal back for a program that asks something on it, and takes it again afterwards.
    pub fn lend<T>(&mut self, ask: impl FnOnce() -> T) -> anyhow::Result<T> {
        give_back();
        let answer = ask();
        enable_raw_mode().context("the terminal is gone")?;
        TAKEN.store(true, Ordering::SeqCst);
        execute!(io::stdout(), EnterAlternateScreen, EnableBracketedPaste)?;
        self.forget()?;
        Ok(answer)
    }

    /// Columns and rows.
    pub fn size(&self) -> anyhow::Result<(u16, u16)> {
        let size = self.terminal.size()?;
        Ok((size.width, size.height))
    }

    /// Draws one frame; the terminal shows it whole or not at all, where it knows how.
    pub fn draw(&mut self, picture: impl FnOnce(&mut Frame<'_>)) -> anyhow::Result<()> {
        let Some(_writing) = writing() else { return Ok(()) };
        queue!(io::stdout(), BeginSynchronizedUpdate)?;
        self.terminal.draw(picture)?;
        execute!(io::stdout(), EndSynchronizedUpdate)?;
        Ok(())
    }

    /// Sends the terminal something that it does not show.
    pub fn send(&mut self, sequence: &[u8]) -> anyhow::Result<()> {
        let Some(_writing) = writing() else { return Ok(()) };
        let out = self.terminal.backend_mut();
        out.write_all(sequence)?;
        Ok(io::Write::flush(out)?)
    }

    /// Makes the next frame draw every cell. Nothing is asked of the terminal: a serial console may not answer, and
    /// `Terminal::clear` would end the program then.
    pub fn forget(&mut self) -> anyhow::Result<()> {
        let size = self.terminal.size()?;
        Ok(self.terminal.resize(Rect::new(0, 0, size.width, size.height))?)
    }
}

/// Whoever writes holds this; `None` where a panic has given the terminal back.
fn writing() -> Option<MutexGuard<'static, ()>> {
    let writing = WRITING.lock().unwrap_or_else(PoisonError::into_inner);
    TAKEN.load(Ordering::SeqCst).then_some(writing)
}

/// The same for whoever gives the terminal back, if it comes in time.
fn written() -> Option<MutexGuard<'static, ()>> {
    for _ in 0..LONGEST_WAIT {
        match WRITING.try_lock() {
            Ok(writing) => return Some(writing),
            Err(TryLockError::Poisoned(poisoned)) => return Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => host::thread::pause(Duration::from_millis(1)),
        }
    }
    None
}

/// Says something on the terminal that was given back; one that is gone has nobody left to hear it.
pub(super) fn say_after(sentence: &str) {
    let _ = writeln!(io::stderr(), "seltui: {sentence}");
}

impl Drop for Screen {
    fn drop(&mut self) {
        give_back();
    }
}

/// Gives the terminal back once; errors have nobody left to hear them.
fn give_back() {
    let _written = written();
    if !TAKEN.swap(false, Ordering::SeqCst) {
        return;
    }
    let mut out = io::stdout();
    let _ = execute!(out, EndSynchronizedUpdate, DisableBracketedPaste, LeaveAlternateScreen, Show);
    let _ = out.flush();
    let _ = disable_raw_mode();
}
