//! A key: to the layer on top, else to the act that the keymap names.

use super::{build, decide, layers, navigate, read};
use crate::{
    config::{Chord, Key},
    selinux::statement::Form,
    session::{JournalRecord, Verdict},
    tui::{
        Effect, Model,
        action::{self, Action, ActionId},
        model::{Layer, NewDomainDialog, PaletteDialog, Pane},
        widgets::{Scroll, TextField},
    },
};

pub(super) fn key(model: &mut Model, chord: Chord) -> Vec<Effect> {
    model.notice = None;
    if !model.layers.is_empty() {
        return layers::key(model, chord);
    }
    match bound(model, model.focus.context(), chord) {
        Some(action) => act(model, action),
        // Whatever the keymap says, there is a way out.
        None if chord.ctrl() && chord.key() == Key::Char('c') => vec![Effect::Quit],
        None => Vec::new(),
    }
}

/// The act that a key means in a context.
pub(super) fn bound(model: &Model, context: &str, chord: Chord) -> Option<&'static Action> {
    model.facts.keymap.action_for(context, chord).and_then(action::by_name)
}

/// Does an act, or says why it can't be done.
pub(super) fn act(model: &mut Model, action: &Action) -> Vec<Effect> {
    if let Err(reason) = (action.possible)(model) {
        let reason = match (&model.facts.read_only, reason) {
            (Some(why), _) if model.can_write().is_err_and(|no| no == reason) => why.clone(),
            _ => reason.to_owned(),
        };
        model.complain(reason);
        return Vec::new();
    }
    match action.id {
        ActionId::Allow => decide::decide(model, &Verdict::Allow),
        ActionId::DontAudit => decide::decide(model, &Verdict::DontAudit),
        ActionId::Skip => decide::decide(model, &Verdict::Skip),
        ActionId::NewDomain => {
            let field = TextField::with_text(model.last_domain.clone().unwrap_or_default());
            let rows = model.chosen();
            model.layers.push(Layer::NewDomain(NewDomainDialog { field, rows, ..NewDomainDialog::default() }));
            Vec::new()
        }
        ActionId::Extend => decide::extend(model),
        ActionId::Undo => vec![Effect::Append(JournalRecord::Undo)],
        ActionId::Redo => vec![Effect::Append(JournalRecord::Redo)],
        ActionId::SwitchForm => {
            let form = match model.session.form() {
                Form::PolicyModule => Form::Module,
                Form::Module => Form::PolicyModule,
            };
            vec![Effect::Append(JournalRecord::Form { form })]
        }
        ActionId::Build => build::build(model),
        ActionId::Export => build::export(model),
        ActionId::Mark => {
            if let Some(row) = model.table.selected_row() {
                model.table.toggle_mark(row);
                model.table.go_to(model.table.cursor() + 1);
                navigate::settle(model);
            }
            Vec::new()
        }
        ActionId::MarkSource => {
            if let Some(row) = model.table.selected_row() {
                model.table.toggle_source(row);
            }
            let count = model.table.marked().len();
            model.say(if count == 1 { "1 row is marked".to_owned() } else { format!("{count} rows are marked") });
            Vec::new()
        }
        ActionId::UnmarkAll => {
            if model.table.marked().is_empty() {
                model.table.set_filter("");
            } else {
                model.table.unmark_all();
            }
            navigate::settle(model);
            Vec::new()
        }
        ActionId::Filter => {
            let words = model.table.filter().unwrap_or_default().to_owned();
            model.focus = Pane::Denials;
            model.layers.push(Layer::Filter(TextField::with_text(words)));
            Vec::new()
        }
        ActionId::Records => read::records(model),
        ActionId::Oddities => {
            read::oddities(model);
            Vec::new()
        }
        ActionId::Palette => {
            model.layers.push(Layer::Palette(PaletteDialog::default()));
            Vec::new()
        }
        ActionId::Help => {
            model.layers.push(Layer::Help(Scroll::default()));
            Vec::new()
        }
        ActionId::Refresh => vec![Effect::Redraw],
        ActionId::Quit => vec![Effect::Quit],
        ActionId::NextPane
        | ActionId::PreviousPane
        | ActionId::Up
        | ActionId::Down
        | ActionId::PageUp
        | ActionId::PageDown
        | ActionId::First
        | ActionId::Last
        | ActionId::Left
        | ActionId::Right => {
            navigate::act(model, action.id);
            Vec::new()
        }
    }
}
