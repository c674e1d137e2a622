//! Keys from the terminal.

use crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use super::Sender;
use crate::{
    config::{Chord, Key},
    host::{signals::HUNG_UP, thread},
    tui::Msg,
};

/// Begins to listen; ends with the program, or tells it when the terminal is gone.
pub(super) fn listen(sender: Sender) -> anyhow::Result<()> {
    thread::spawn_named("keyboard", move || {
        loop {
            let msg = match event::read() {
                Ok(Event::Key(key)) => chord(key).map(Msg::Key),
                Ok(Event::Paste(text)) => Some(Msg::Paste(text)),
                Ok(Event::Resize(columns, rows)) => Some(Msg::Resize(columns, rows)),
                Ok(Event::FocusGained | Event::FocusLost | Event::Mouse(_)) => None,
                Err(_) => Some(Msg::Terminate(HUNG_UP)),
            };
            let gone = matches!(msg, Some(Msg::Terminate(_)));
            if msg.is_some_and(|msg| sender.send(msg).is_err()) || gone {
                return;
            }
        }
    })?;
    Ok(())
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
