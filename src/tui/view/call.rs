//! The dialog that asks for the arguments of a call.
//!
//! ```text
//! ┌ [Call] ────────────────────────────────────────────────────┐
//! │ logging_log_filetrans                                      │
//! │   domain: container_logger_t                               │
//! │ ▸ private type: var_log_t                                  │
//! │   object:                                                  │
//! │ a class: the object's class                                │
//! │ covers 0 of 11, opens 5 more                               │
//! │ Enter take   Tab next   Esc leave it                       │
//! └────────────────────────────────────────────────────────────┘
//! ```

use ratatui::Frame;

use super::{
    dialog,
    look::{Look, Piece},
};
use crate::{
    config::Role,
    selinux::printable,
    tui::{
        model::{CallDialog, CallField},
        widgets::{fit, wrap},
    },
};

pub(super) fn draw(look: &Look, frame: &mut Frame<'_>, dialog: &CallDialog) {
    let width = frame.area().width.min(78);
    let inside = usize::from(width.saturating_sub(4));
    let below = below(dialog, inside);
    let height = u16::try_from(dialog.fields.len() + below.len() + 3).unwrap_or(u16::MAX);
    let area = dialog::place(frame, width, height);
    let inner = dialog::framed(look, frame, area, "Call");
    let mut row = dialog::rows(inner);
    let name = fit(dialog.interface.as_str(), inside, look.signs.cut);
    frame.render_widget(look.plain(Role::TypeName, name), row());
    for (place, field) in dialog.fields.iter().enumerate() {
        let here = place == dialog.at;
        let sign = if here { look.signs.cursor } else { " " };
        let label = fit(&printable(field.name.as_bytes()), inside / 2, look.signs.cut);
        if here {
            dialog::input(look, frame, row(), &format!("{sign} {label}: "), &field.field, "");
        } else {
            let text = printable(field.field.text().as_bytes());
            let pieces = vec![(Role::KeyName, format!("{sign} {label}: ")), (Role::Input, text)];
            frame.render_widget(look.line(&pieces), row());
        }
    }
    for line in below {
        frame.render_widget(look.line(&line), row());
    }
}

fn below(dialog: &CallDialog, width: usize) -> Vec<Vec<Piece>> {
    let mut lines: Vec<Vec<Piece>> = Vec::new();
    let mut say = |role: Role, text: &str| {
        lines.extend(wrap(text, width, 2).into_iter().map(|line| vec![(role, line)]));
    };
    if let Some(field) = dialog.fields.get(dialog.at) {
        say(Role::Dim, &wanted(field));
    }
    // Once refused, the reason is said once.
    for text in dialog.says.iter().filter(|text| Some(*text) != dialog.error.as_ref()) {
        say(Role::Text, &printable(text.as_bytes()));
    }
    if let Some(error) = &dialog.error {
        say(Role::Error, &printable(error.as_bytes()));
    }
    let (enter, leave) = if dialog.makes.is_some() { ("move", "back") } else { ("take", "leave it") };
    let keys = [("Enter", enter), ("Tab", "next"), ("Esc", leave)];
    let keys = keys
        .iter()
        .flat_map(|(key, does)| [(Role::KeyName, (*key).to_owned()), (Role::KeyHint, format!(" {does}   "))]);
    lines.push(keys.collect());
    lines
}

/// What the argument must be, and what the header says of it.
fn wanted(field: &CallField) -> String {
    let kind = field.kind.word().replace('_', " ");
    let may_miss = if field.may_miss { ", may stay empty" } else { "" };
    let summary = printable(field.summary.replace('\t', " ").as_bytes());
    format!("{kind}{may_miss}: {summary}")
}
