//! What make and the compiler printed.

use ratatui::{Frame, layout::Rect, widgets::Paragraph};

use super::look::Look;
use crate::{
    config::Role,
    tui::{
        Model,
        model::{BuildState, Pane},
    },
};

pub(super) fn draw(model: &Model, look: &Look, frame: &mut Frame<'_>, area: Rect) {
    let Some(output) = &model.output else { return };
    let focused = model.focus == Pane::Output;
    let state = match &output.state {
        BuildState::Running => (Role::Text, "running ".to_owned()),
        BuildState::Built { took, .. } => (Role::Decided, format!("built in {:.1} s ", took.as_secs_f64())),
        BuildState::Failed => (Role::Error, "did not build ".to_owned()),
    };
    let block = look.block(&[look.title("Build", focused), state], focused);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let lines: Vec<_> = output
        .lines
        .iter()
        .skip(output.scroll.top)
        .take(inner.height.into())
        .map(|line| {
            let shown: String = line.chars().skip(output.scroll.left).collect();
            let role = if line.contains("ERROR") || line.starts_with("error:") { Role::Error } else { Role::Text };
            look.plain(role, shown)
        })
        .collect();
    frame.render_widget(Paragraph::new(lines), inner);
}
