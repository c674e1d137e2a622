//! Drawing: a picture of the [`Model`], which it cannot change.
//!
//! ```text
//! node1 · Enforcing · audit.log ● live · module logger · 2 of 12 decided
//! ┌ Denials ──────────────────────┬ logger.te ────────────────────┐
//! │▸   14 container_t → …         │ policy_module(logger, 1.0)    │
//! ├ Detail ───────────────────────┤                               │
//! │ read open on dir …            ├ Output ───────────────────────┤
//! └───────────────────────────────┴───────────────────────────────┘
//! what was said last
//! a allow  d dontaudit  n new domain …
//! ```

mod call;
pub(super) mod change;
mod copy;
mod denials;
pub(super) mod detail;
mod dialog;
mod footer;
pub(super) mod help;
pub(super) mod interfaces;
pub(super) mod layout;
mod look;
mod new_domain;
pub(super) mod output;
mod palette;
pub(super) mod policy;
pub(super) mod preview;
mod status;
pub(super) mod text;
pub(super) mod time;

pub use look::Look;
use ratatui::{Frame, layout::Rect, widgets::Clear};

use super::{
    Model,
    model::{Layer, Pane},
};

/// Draws the model; at any size, also none.
pub fn view(model: &Model, look: &Look, frame: &mut Frame<'_>) {
    let regions = layout::regions(model);
    status::draw(model, look, frame, regions.status);
    for (pane, area) in &regions.panes {
        match pane {
            Pane::Denials => denials::draw(model, look, frame, *area),
            Pane::Detail => detail::draw(model, look, frame, *area),
            Pane::Preview => preview::draw(model, look, frame, *area),
            Pane::Output => output::draw(model, look, frame, *area),
            Pane::Policy => policy::draw(model, look, frame, *area),
            Pane::Interfaces => interfaces::draw(model, look, frame, *area),
        }
    }
    footer::draw(model, look, frame, &regions);
    for layer in &model.layers {
        over(model, look, frame, layer);
    }
}

fn over(model: &Model, look: &Look, frame: &mut Frame<'_>, layer: &Layer) {
    match layer {
        Layer::Filter(field) => footer::filter(look, frame, model, field),
        Layer::Resume => dialog::resume(model, look, frame),
        Layer::InterfaceSearch(field) => interfaces::search(model, look, frame, field),
        Layer::Call(dialog) => call::draw(look, frame, dialog),
        Layer::NewDomain(dialog) => new_domain::draw(model, look, frame, dialog),
        Layer::Folder(dialog) => dialog::folder(model, look, frame, dialog),
        Layer::AskPolicy(dialog) => dialog::ask_policy(look, frame, dialog),
        Layer::Overwrite { export, files } => dialog::overwrite(look, frame, export, files),
        Layer::Change(dialog) => change::draw(model, look, frame, dialog),
        Layer::Copy(dialog) => copy::draw(look, frame, dialog),
        Layer::Palette(dialog) => palette::draw(model, look, frame, dialog),
        Layer::Help(scroll) => help::draw(model, look, frame, *scroll),
        Layer::Text(text) => text::draw(look, frame, text),
    }
}

/// Empties an area before something is drawn over it; what lies outside the screen is left out.
fn clear(frame: &mut Frame<'_>, area: Rect) -> Rect {
    let area = area.intersection(frame.area());
    frame.render_widget(Clear, area);
    area
}
