//! A text to be read, over the whole screen.

use ratatui::{Frame, widgets::Paragraph};

use super::{layout, look::Look};
use crate::{
    config::Role,
    tui::{model::TextView, widgets::wrap},
};

/// The lines broken to a width, each with whether it is a heading.
pub(in crate::tui) fn wrapped(view: &TextView, width: usize) -> Vec<(bool, String)> {
    view.lines
        .iter()
        .flat_map(|line| wrap(&line.text, width, 2).into_iter().map(move |part| (line.heading, part)))
        .collect()
}

pub(super) fn draw(look: &Look, frame: &mut Frame<'_>, view: &TextView) {
    let screen = frame.area();
    let area = super::clear(frame, layout::view_area((screen.width, screen.height)));
    let title = vec![look.title(&view.title, true), (Role::Dim, "Esc closes ".to_owned())];
    let block = look.block(&title, true);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let lines: Vec<_> = wrapped(view, inner.width.into())
        .into_iter()
        .skip(view.scroll.top)
        .take(inner.height.into())
        .map(|(heading, text)| look.plain(if heading { Role::Heading } else { Role::Text }, text))
        .collect();
    frame.render_widget(Paragraph::new(lines), inner);
}
