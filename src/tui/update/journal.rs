//! What stands in the journal happened: only now does the model show it.

use std::path::Path;

use super::{decide, navigate};
use crate::{
    selinux::statement::Form,
    session::{JournalRecord, Session, Verdict},
    tui::{Effect, Model, model::Layer},
};

pub(super) fn appended(model: &mut Model, record: &JournalRecord) -> Vec<Effect> {
    let taken_back = model.session.next_undo().cloned();
    if let Err(error) = model.session.apply(record) {
        model.complain(error.to_string());
        return Vec::new();
    }
    match record {
        JournalRecord::Decide(step) => {
            if let Verdict::NewDomain(name) = &step.verdict {
                model.last_domain = Some(name.to_string());
            }
            model.table.unmark_all();
            model.session_changed();
            let open = model.table.go_to_next_open();
            let build = model.facts.keymap.chords_for("denials", "build").first().map(ToString::to_string);
            model.say(match build {
                Some(key) if !open => format!("Every denial is decided: {key} builds the module"),
                _ => decide::sentence(step),
            });
            navigate::show_change(model);
        }
        JournalRecord::Undo => {
            model.session_changed();
            if let Some(step) = taken_back {
                model.say(format!("taken back: {}", decide::sentence(&step)));
                go_to_step(model, &step);
            }
            navigate::show_change(model);
        }
        JournalRecord::Redo => {
            model.session_changed();
            if let Some(step) = model.session.next_undo().cloned() {
                model.say(format!("again: {}", decide::sentence(&step)));
            }
            model.table.go_to_next_open();
            navigate::show_change(model);
        }
        JournalRecord::Form { form } => {
            model.session_changed();
            model.say(match form {
                Form::PolicyModule => "policy_module form: built by the devel Makefile",
                Form::Module => "module form: built by checkmodule and semodule_package",
            });
            navigate::show_change(model);
        }
        JournalRecord::Exported { folder, .. } => {
            model.folder = Some(folder.into());
            model.session_changed();
            model.preview.unmark();
        }
        JournalRecord::Begin { .. } | JournalRecord::Read { .. } => {}
    }
    navigate::settle(model);
    Vec::new()
}

/// Puts the cursor on the first row that the step was about.
fn go_to_step(model: &mut Model, step: &crate::session::Step) {
    let Some(vector) = step.accesses.first().map(|access| &access.vector) else { return };
    let rows = model.table.denials().rows();
    let place = model.table.visible().iter().position(|row| {
        rows.get(*row).is_some_and(|denial| {
            denial.needs_decision()
                && (&denial.key.source, &denial.key.target, &denial.key.class)
                    == (&vector.source, &vector.target, &vector.class)
        })
    });
    if let Some(place) = place {
        model.table.go_to(place);
    }
}

pub(super) fn begun_anew(model: &mut Model, kept: &Path) -> Vec<Effect> {
    model.layers.retain(|layer| !matches!(layer, Layer::Resume));
    model.begin(Session::new(model.session.module_name().clone()));
    model.say(format!("a new session; the old one is kept in {}", kept.display()));
    navigate::settle(model);
    Vec::new()
}
