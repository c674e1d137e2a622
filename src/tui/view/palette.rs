//! The command palette.

use ratatui::{Frame, layout::Rect, text::Line, widgets::Paragraph};

use super::{dialog, look::Look};
use crate::{
    config::Role,
    tui::{
        Model,
        model::PaletteDialog,
        widgets::{Scroll, fit},
    },
};

pub(super) fn draw(model: &Model, look: &Look, frame: &mut Frame<'_>, palette: &PaletteDialog) {
    let area = dialog::place(frame, 76, frame.area().height.saturating_sub(4).min(20));
    let block = look.block(&[look.title("Commands", true)], true);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let [line, list] = ratatui::layout::Layout::vertical([
        ratatui::layout::Constraint::Length(1),
        ratatui::layout::Constraint::Min(0),
    ])
    .areas::<2>(inner);
    dialog::input(look, frame, line, ":", &palette.field, "");
    let matches = palette.matches();
    let mut scroll = Scroll::default();
    scroll.show(palette.selected.unwrap_or(0), matches.len(), list.height.into());
    let lines: Vec<Line<'static>> = matches
        .iter()
        .enumerate()
        .skip(scroll.top)
        .take(list.height.into())
        .map(|(at, action)| {
            let key = model.facts.keymap.chords_for(model.focus.context(), action.name);
            let key = key.first().map(ToString::to_string).unwrap_or_default();
            let possible = (action.possible)(model).is_ok();
            let role = if possible { Role::Text } else { Role::Dim };
            let cursor = if Some(at) == palette.selected { look.signs.cursor } else { " " };
            let sentence = fit(action.sentence, usize::from(list.width).saturating_sub(27), look.signs.cut);
            let pieces = [
                (Role::Text, cursor.to_owned()),
                (role, format!("{:<15}", action.name)),
                (Role::KeyName, format!("{key:>9}  ")),
                (Role::Dim, sentence),
            ];
            let line = look.line(&pieces);
            if Some(at) == palette.selected { line.patch_style(look.style(Role::Selected)) } else { line }
        })
        .collect();
    let lines =
        if lines.is_empty() { vec![look.plain(Role::Dim, " no act has such a name".to_owned())] } else { lines };
    frame.render_widget(Paragraph::new(lines), Rect { ..list });
}
