//! The preview: calls as they are written, or as what they expand to.

use super::navigate;
use crate::{
    module::ExpandedCall,
    selinux::{Call, statement::Form},
    tui::{
        Effect, Model,
        model::{Pane, call_of},
    },
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

/// What stands for calls in the `module` form is known: the text is written anew.
pub(super) fn written_out(model: &mut Model, calls: Vec<(Call, Result<ExpandedCall, String>)>) {
    model.facts.rendering.expanded.extend(calls);
    model.session_changed();
    navigate::settle(model);
}

/// Puts the first call at the top of the window.
pub(super) fn show_first_call(model: &mut Model) {
    let lines = &model.preview.rendered().lines;
    if let Some(line) = lines.iter().position(|line| call_of(line).is_some()).filter(|_| model.preview.expanded) {
        model.preview.scroll.top = navigate::place_in_preview(model, line);
    }
}

/// Asks for what is shown expanded, or must be written so, and not known yet.
pub(super) fn ask(model: &mut Model) -> Vec<Effect> {
    if model.session.form() == Form::Module && model.headers.known().is_some() {
        let calls: Vec<Call> = model.session.policy_module().calls().cloned().collect();
        let calls = model.expansions.ask_written(calls);
        return if calls.is_empty() { Vec::new() } else { vec![Effect::WriteOut(calls)] };
    }
    if !model.preview.expanded || model.headers.known().is_none() {
        return Vec::new();
    }
    let lines = model.preview.rendered().lines.iter();
    let calls: Vec<String> = lines.filter_map(call_of).map(ToOwned::to_owned).collect();
    let calls = model.expansions.ask(calls);
    if calls.is_empty() { Vec::new() } else { vec![Effect::Expand(calls)] }
}
