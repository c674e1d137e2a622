//! What the log says.

use super::{journal, navigate};
use crate::{
    audit::{Mark, MarkKind},
    host::log::{InputState, LogNews},
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
            let loads = marks.into_iter().filter(|mark| mark.kind == MarkKind::PolicyLoad);
            for Mark { id, .. } in loads {
                let load = model.loads.entry(id.node).or_insert(id.stamp);
                *load = (*load).max(id.stamp);
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
