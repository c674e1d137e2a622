//! What the log says.

use super::{journal, navigate};
use crate::{
    audit::{Mark, MarkKind},
    host::log::{InputState, LogInput, LogNews},
    tui::Model,
};

pub(super) fn news(model: &mut Model, news: LogNews) {
    match news {
        LogNews::Events(batch) => {
            for event in batch.events {
                if !model.nodes.contains(&event.id.node) {
                    model.nodes.insert(event.id.node.clone());
                }
                model.table.absorb(event, &model.session);
            }
            model.table.arrange();
            model.node.counts = model.table.counts();
            navigate::settle(model);
        }
        LogNews::Marks(marks) => {
            for mark in marks {
                remember(model, mark);
            }
        }
        LogNews::Progress(progress) => {
            if let Some(input) = model.inputs.get_mut(progress.input) {
                (input.read, input.total, input.mark) = (progress.read, progress.total, progress.mark);
                input.late = progress.late;
            }
        }
        LogNews::Oddities { input, kept, counters } => {
            model.oddities.extend(kept);
            if let Some(input) = model.inputs.get_mut(input) {
                input.counters = counters;
            }
        }
        LogNews::State { input, state } => {
            if let Some(input) = model.inputs.get_mut(input) {
                input.trouble = state.remedy(&input.source);
                input.ended = state == InputState::Ended;
            }
        }
        LogNews::CaughtUp { input } => {
            if let Some(input) = model.inputs.get_mut(input) {
                input.caught_up = true;
            }
        }
    }
    journal::withdraw_claim(model);
}

fn remember(model: &mut Model, Mark { id, place, kind }: Mark) {
    match kind {
        MarkKind::PolicyLoad => {
            let load = model.loads.entry(id.node).or_insert(id.stamp);
            *load = (*load).max(id.stamp);
        }
        MarkKind::DaemonEnd | MarkKind::DaemonStart => {
            if let Some(input) = model.inputs.get_mut(place.input) {
                // Of a log's past it says nothing: what came behind it is known by then. What others hand on comes from elsewhere.
                let is_its_own = matches!(input.source, LogInput::File(_));
                input.daemon_ended = kind == MarkKind::DaemonEnd && input.caught_up && is_its_own;
            }
        }
        MarkKind::Enforcing(_) | MarkKind::Boolean { .. } | MarkKind::Boot => {}
    }
}
