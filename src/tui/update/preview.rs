//! The preview: calls as they are written, or as what they expand to.

use super::navigate;
use crate::{
    module::LineKind,
    tui::{Effect, Model, model::Pane},
};

/// Shows what calls expand to, or no longer.
pub(super) fn expand(model: &mut Model) {
    model.preview.expanded = !model.preview.expanded;
    let said = if model.preview.expanded {
        "below each call stands what it brings"
    } else {
        "calls are shown as they are written"
    };
    model.say(said);
    navigate::focus_beside(model, Pane::Preview);
    show_first_call(model);
    navigate::settle(model);
}

/// Puts the first call at the top of the window.
pub(super) fn show_first_call(model: &mut Model) {
    let lines = &model.preview.rendered().lines;
    if let Some(line) = lines.iter().position(|line| line.kind == LineKind::Call).filter(|_| model.preview.expanded) {
        model.preview.scroll.top = navigate::place_in_preview(model, line);
    }
}

/// Asks for what is shown expanded and not known yet.
pub(super) fn ask(model: &mut Model) -> Vec<Effect> {
    if !model.preview.expanded || model.headers.known().is_none() {
        return Vec::new();
    }
    let lines = model.preview.rendered().lines.iter().filter(|line| line.kind == LineKind::Call);
    let calls: Vec<String> = lines.map(|line| line.text.trim().to_owned()).filter(|text| text.ends_with(')')).collect();
    let calls = model.expansions.ask(calls);
    if calls.is_empty() { Vec::new() } else { vec![Effect::Expand(calls)] }
}
