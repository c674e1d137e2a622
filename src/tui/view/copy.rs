//! The menu of what can be copied.

use ratatui::{Frame, text::Line, widgets::Paragraph};

use super::{dialog, look::Look};
use crate::{
    config::Role,
    tui::{
        model::CopyDialog,
        widgets::{Scroll, fit},
    },
};

pub(super) fn draw(look: &Look, frame: &mut Frame<'_>, copy: &CopyDialog) {
    let rows = u16::try_from(copy.choices.len()).unwrap_or(u16::MAX);
    let area = dialog::place(frame, 76, rows.saturating_add(4));
    let block = look.block(&[look.title("Copy", true)], true);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let list = usize::from(inner.height).saturating_sub(2);
    let mut scroll = Scroll::default();
    scroll.show(copy.selected, copy.choices.len(), list);
    let width = copy.choices.iter().map(|choice| choice.what.chars().count()).max().unwrap_or(0);
    let mut lines: Vec<Line<'static>> = copy
        .choices
        .iter()
        .enumerate()
        .skip(scroll.top)
        .take(list)
        .map(|(at, choice)| {
            let cursor = if at == copy.selected { look.signs.cursor } else { " " };
            let (first, more) = choice.text.trim().split_once('\n').unwrap_or((choice.text.trim(), ""));
            let more = if more.is_empty() { String::new() } else { format!(" (+{} lines)", more.lines().count()) };
            let room = usize::from(inner.width).saturating_sub(width + 7 + more.len());
            let pieces = [
                (Role::Text, format!("{cursor} ")),
                (Role::KeyName, format!("{} ", at + 1)),
                (Role::Text, format!("{:<width$}  ", choice.what)),
                (Role::Dim, format!("{}{more}", fit(first, room, look.signs.cut))),
            ];
            let line = look.line(&pieces);
            if at == copy.selected { line.patch_style(look.style(Role::Selected)) } else { line }
        })
        .collect();
    lines.push(Line::default());
    let keys = [
        (Role::KeyName, " Enter".to_owned()),
        (Role::KeyHint, " copy   ".to_owned()),
        (Role::KeyName, "1-9".to_owned()),
        (Role::KeyHint, " that one   ".to_owned()),
        (Role::KeyName, "Esc".to_owned()),
        (Role::KeyHint, " leave it".to_owned()),
    ];
    lines.push(look.line(&keys));
    frame.render_widget(Paragraph::new(lines), inner);
}
