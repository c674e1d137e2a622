//! Moving: the cursor of the list, the windows over the texts, from pane to pane.

use super::interfaces;
use crate::tui::{
    Model,
    action::ActionId,
    model::Pane,
    view::{self, layout},
};

/// Does an act that moves.
pub(super) fn act(model: &mut Model, action: ActionId) {
    match action {
        ActionId::NextPane | ActionId::PreviousPane => change_pane(model, action == ActionId::NextPane),
        _ => match model.focus {
            Pane::Denials => list(model, action),
            Pane::Detail => {
                let (lines, height) = (view::detail::lines(model).len(), height(model, Pane::Detail));
                model.detail.act(action, lines, height);
            }
            Pane::Preview => {
                let (lines, height) = (preview_lines(model), height(model, Pane::Preview));
                model.preview.scroll.act(action, lines, height);
            }
            Pane::Policy => {
                let (lines, height) = (view::policy::lines(model).len(), height(model, Pane::Policy));
                model.policy_pane.scroll.act(action, lines, height);
            }
            Pane::Interfaces => interfaces::go(model, action),
            Pane::Output => {
                let (lines, height) = (output_lines(model), height(model, Pane::Output));
                if let Some(output) = &mut model.output {
                    output.scroll.act(action, lines, height);
                }
            }
        },
    }
    settle(model);
}

fn list(model: &mut Model, action: ActionId) {
    let page = height(model, Pane::Denials).saturating_sub(1).max(1);
    let cursor = model.table.cursor();
    let place = match action {
        ActionId::Up => cursor.saturating_sub(1),
        ActionId::Down => cursor.saturating_add(1),
        ActionId::PageUp => cursor.saturating_sub(page),
        ActionId::PageDown => cursor.saturating_add(page),
        ActionId::First => 0,
        ActionId::Last => usize::MAX,
        ActionId::Right => {
            model.table.scroll.left = (model.table.scroll.left + 8).min(512);
            return;
        }
        ActionId::Left => {
            model.table.scroll.left = model.table.scroll.left.saturating_sub(8);
            return;
        }
        _ => return,
    };
    model.table.go_to(place);
    model.detail.top = 0;
}

fn change_pane(model: &mut Model, forwards: bool) {
    let mut panes = vec![Pane::Denials, Pane::Detail, Pane::Preview];
    if model.output.is_some() {
        panes.push(Pane::Output);
    }
    if model.interfaces.open || height(model, Pane::Interfaces) > 0 {
        panes.push(Pane::Interfaces);
    }
    if model.policy_pane.open {
        panes.push(Pane::Policy);
    }
    let at = panes.iter().position(|pane| *pane == model.focus).unwrap_or(0);
    let step = if forwards { 1 } else { panes.len() - 1 };
    if let Some(pane) = panes.get((at + step) % panes.len()) {
        focus(model, *pane);
    }
}

/// Gives a pane the keys, and a place on the screen where there is room for two.
pub(super) fn focus(model: &mut Model, pane: Pane) {
    let was_shown = height(model, pane) > 0;
    model.focus = pane;
    if pane != Pane::Denials {
        model.beside = pane;
    }
    if pane == Pane::Preview && !was_shown && !show_problem(model) {
        show_change(model);
    }
}

/// Gives the list the keys; what stands beside it stays.
pub(super) fn focus_list(model: &mut Model) {
    model.focus = Pane::Denials;
}

/// Scrolls the preview to the first line that the compiler refused; false when it refused none.
pub(super) fn show_problem(model: &mut Model) -> bool {
    let Some(line) = model.preview.problems.keys().next().copied() else { return false };
    let line = place_in_preview(model, line);
    let (height, lines) = (height(model, Pane::Preview), preview_lines(model));
    // What the compiler said stands below the line.
    model.preview.scroll.show(line + 2, lines, height);
    model.preview.scroll.show(line, lines, height);
    true
}

/// Scrolls the preview to what the last decision changed, with a line or two before it.
pub(super) fn show_change(model: &mut Model) {
    let (height, lines) = (height(model, Pane::Preview), preview_lines(model));
    if let Some(line) = model.preview.last_change().filter(|_| height > 0) {
        let line = place_in_preview(model, line);
        model.preview.scroll.show(line.saturating_sub(2), lines, height);
        model.preview.scroll.show(line, lines, height);
    }
}

/// Gives a pane a place on the screen; the keys stay where they are unless there is room for one pane only, or the pane that has
/// them had to give way.
pub(super) fn focus_beside(model: &mut Model, pane: Pane) {
    model.beside = pane;
    let shown = layout::regions(model);
    if shown.inner(pane).is_none() || shown.inner(model.focus).is_none() {
        model.focus = pane;
    }
}

/// How many lines of a pane are seen; 0 when it is not on the screen.
pub(super) fn height(model: &Model, pane: Pane) -> usize {
    layout::regions(model).inner(pane).map_or(0, |area| area.height.into())
}

/// Keeps the cursor and every window where they belong after anything changed.
pub(super) fn settle(model: &mut Model) {
    let rows = height(model, Pane::Denials);
    let (cursor, count) = (model.table.cursor(), model.table.visible().len());
    model.table.scroll.show(cursor, count, rows);
    let (lines, seen) = (view::detail::lines(model).len(), height(model, Pane::Detail));
    model.detail.clamp(lines, seen);
    let (lines, seen) = (preview_lines(model), height(model, Pane::Preview));
    model.preview.scroll.clamp(lines, seen);
    if model.policy_pane.open {
        let (lines, seen) = (view::policy::lines(model).len(), height(model, Pane::Policy));
        model.policy_pane.scroll.clamp(lines, seen);
    }
    interfaces::settle(model);
    let (lines, seen) = (output_lines(model), height(model, Pane::Output));
    if let Some(output) = &mut model.output {
        output.scroll.clamp(lines, seen);
    }
}

/// The place of a line of the module among those that the preview shows.
pub(super) fn place_in_preview(model: &Model, line: usize) -> usize {
    let shown = view::preview::shown(model);
    shown.iter().position(|shown| *shown == view::preview::Shown::Written(line)).unwrap_or(0)
}

/// How many lines the preview has, with those that tell what the compiler said.
fn preview_lines(model: &Model) -> usize {
    view::preview::shown(model).len()
}

/// How many lines what the build printed has in its pane; none where the pane is not on the screen.
fn output_lines(model: &Model) -> usize {
    let area = layout::regions(model).inner(Pane::Output);
    let lines = |output| area.map(|area| view::output::wrapped(output, area.width.into()).len());
    model.output.as_ref().and_then(lines).unwrap_or(0)
}
