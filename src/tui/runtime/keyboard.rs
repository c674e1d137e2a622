//! Keys from the terminal.

use std::{
    sync::{Arc, Condvar, Mutex, PoisonError},
    time::Duration,
};

use crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use super::Sender;
use crate::{
    config::{Chord, Key},
    host::{
        signals::{self, HUNG_UP},
        thread,
    },
    tui::Msg,
};

/// How long the thread may take to let go.
const PATIENCE: Duration = Duration::from_secs(1);

/// The thread that listens, as it can be told to let go of the terminal.
#[derive(Debug, Clone, Default)]
pub(super) struct Keyboard {
    turn: Arc<(Mutex<Turn>, Condvar)>,
}

/// Whose turn it is to read from the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Turn {
    /// The thread's.
    #[default]
    Listening,
    /// Somebody wants it.
    Wanted,
    /// Somebody has it.
    Lent,
    /// The thread has ended.
    Gone,
}

/// Begins to listen; ends with the program, or tells it when the terminal is gone.
pub(super) fn listen(sender: Sender) -> anyhow::Result<Keyboard> {
    let keyboard = Keyboard::default();
    let own = keyboard.clone();
    thread::spawn_named("keyboard", move || {
        loop {
            let event = event::read();
            if own.waits_while_lent() {
                // What came with the signal that woke it is no wish of the person's.
                continue;
            }
            let msg = match event {
                Ok(Event::Key(key)) => chord(key).map(Msg::Key),
                Ok(Event::Paste(text)) => Some(Msg::Paste(text)),
                Ok(Event::Resize(columns, rows)) => Some(Msg::Resize(columns, rows)),
                Ok(Event::FocusGained | Event::FocusLost | Event::Mouse(_)) => None,
                Err(_) => Some(Msg::Terminate(HUNG_UP)),
            };
            let gone = matches!(msg, Some(Msg::Terminate(_)));
            if msg.is_some_and(|msg| sender.send(msg).is_err()) || gone {
                own.set(Turn::Gone);
                return;
            }
        }
    })?;
    Ok(keyboard)
}

impl Keyboard {
    /// Does something while the thread leaves the terminal alone; keys that were pressed meanwhile and not read are nobody's.
    pub(super) fn lent<T>(&self, ask: impl FnOnce() -> T) -> T {
        let (turn, changed) = &*self.turn;
        let mut now = turn.lock().unwrap_or_else(PoisonError::into_inner);
        if *now == Turn::Listening {
            *now = Turn::Wanted;
            // It sits in read(2); the signal of a changed size wakes it.
            signals::wake_terminal();
        }
        // A thread that does not answer waits to be rid of a key, and does not read either.
        let lent = changed.wait_timeout_while(now, PATIENCE, |now| *now == Turn::Wanted);
        drop(lent);
        let answer = ask();
        while event::poll(Duration::ZERO).unwrap_or(false) && event::read().is_ok() {}
        let mut now = turn.lock().unwrap_or_else(PoisonError::into_inner);
        if matches!(*now, Turn::Lent | Turn::Wanted) {
            *now = Turn::Listening;
        }
        changed.notify_all();
        answer
    }

    /// On the thread: lets go of the terminal if somebody wants it, until it is given back; whether somebody did.
    fn waits_while_lent(&self) -> bool {
        let (turn, changed) = &*self.turn;
        let mut now = turn.lock().unwrap_or_else(PoisonError::into_inner);
        if *now != Turn::Wanted {
            return false;
        }
        *now = Turn::Lent;
        changed.notify_all();
        while *now == Turn::Lent {
            now = changed.wait(now).unwrap_or_else(PoisonError::into_inner);
        }
        true
    }

    fn set(&self, turn: Turn) {
        *self.turn.0.lock().unwrap_or_else(PoisonError::into_inner) = turn;
        self.turn.1.notify_all();
    }
}

/// The key as the keymap names it; `None` for what it has no name for, and for a key that is let go.
fn chord(event: KeyEvent) -> Option<Chord> {
    if event.kind == KeyEventKind::Release {
        return None;
    }
    let key = match event.code {
        KeyCode::Char(c) => Key::Char(c),
        KeyCode::Enter => Key::Enter,
        KeyCode::Esc => Key::Esc,
        KeyCode::Tab | KeyCode::BackTab => Key::Tab,
        KeyCode::Backspace => Key::Backspace,
        KeyCode::Delete => Key::Delete,
        KeyCode::Insert => Key::Insert,
        KeyCode::Up => Key::Up,
        KeyCode::Down => Key::Down,
        KeyCode::Left => Key::Left,
        KeyCode::Right => Key::Right,
        KeyCode::Home => Key::Home,
        KeyCode::End => Key::End,
        KeyCode::PageUp => Key::PageUp,
        KeyCode::PageDown => Key::PageDown,
        KeyCode::F(number) => Key::F(number),
        _ => return None,
    };
    let held = |modifier| event.modifiers.contains(modifier);
    let shift = event.code == KeyCode::BackTab || held(KeyModifiers::SHIFT);
    Some(Chord::new(key, held(KeyModifiers::CONTROL), held(KeyModifiers::ALT), shift))
}
