//! What make and the compiler printed.

use ratatui::{Frame, layout::Rect, widgets::Paragraph};

use super::look::Look;
use crate::{
    config::Role,
    tui::{
        Model,
        model::{BuildState, Output, Pane},
        widgets::wrap,
    },
};

pub(super) fn draw(model: &Model, look: &Look, frame: &mut Frame<'_>, area: Rect) {
    let Some(output) = &model.output else { return };
    let focused = model.focus == Pane::Output;
    let state = match &output.state {
        BuildState::Running => (Role::Text, "running ".to_owned()),
        BuildState::Built { took, .. } => (Role::Decided, format!("built in {:.1} s ", took.as_secs_f64())),
        BuildState::Done(how) => (Role::Decided, format!("{how} ")),
        BuildState::Failed if output.title == "Build" => (Role::Error, "did not build ".to_owned()),
        BuildState::Failed => (Role::Error, "nothing was changed ".to_owned()),
    };
    let block = look.block(&[look.title(output.title, focused), state], focused);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let lines = wrapped(output, inner.width.into());
    let top = output.scroll.top.min(lines.len().saturating_sub(inner.height.into()));
    let lines: Vec<_> = lines
        .into_iter()
        .skip(top)
        .take(inner.height.into())
        .map(|(is_error, line)| look.plain(if is_error { Role::Error } else { Role::Text }, line))
        .collect();
    frame.render_widget(Paragraph::new(lines), inner);
}

/// The lines broken to a width, each with whether it tells of an error.
pub(in crate::tui) fn wrapped(output: &Output, width: usize) -> Vec<(bool, String)> {
    let is_error = |line: &str| line.contains("ERROR") || line.starts_with("error:");
    output
        .lines
        .iter()
        .flat_map(|line| wrap(line, width, 2).into_iter().map(move |part| (is_error(line), part)))
        .collect()
}
