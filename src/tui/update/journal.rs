//! What stands in the journal happened: only now does the model show it.

use std::path::Path;

use super::{decide, navigate};
use crate::{
    export::container_domains,
    selinux::{Identifier, statement::Form},
    session::{JournalRecord, Session, Step, Verdict},
    tui::{Effect, Model, model::Layer},
};

pub(super) fn appended(model: &mut Model, record: &JournalRecord) -> Vec<Effect> {
    let taken_back = model.session.next_undo().cloned();
    let containers = container_domains(&model.session);
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
            let said = if open { decide::sentence(step) } else { nothing_open_here(model, step) };
            let said = match container_domains(&model.session).into_iter().find(|domain| !containers.contains(domain)) {
                Some(domain) => workload(model, &said, &domain),
                None => said,
            };
            model.say(said);
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
        JournalRecord::NamedSets { named } => {
            model.session_changed();
            let (added, _) = model.preview.change();
            model.say(match (named, added) {
                (false, _) => "rules are written as they are",
                (true, 0) => "no rule is exactly what the headers have a name for; such rules will be written with it",
                (true, _) => "rules are written with the headers' names where these say exactly the same",
            });
            navigate::show_change(model);
        }
        JournalRecord::Exported { folder, .. } => {
            model.folder = Some(folder.into());
            model.session_changed();
            model.preview.unmark();
        }
        JournalRecord::Begin { .. }
        | JournalRecord::Read { .. }
        | JournalRecord::Ran(_)
        | JournalRecord::Loaded(_)
        | JournalRecord::TakenBack(_) => {}
    }
    navigate::settle(model);
    Vec::new()
}

/// How a workload comes to run in a new domain, at the moment when there is one.
fn workload(model: &Model, said: &str, domain: &Identifier) -> String {
    let key = model.facts.keymap.chords_for("denials", "workload").first().map(ToString::to_string);
    let way = key.map(|key| format!("; {key} shows this for Kubernetes, podman and docker")).unwrap_or_default();
    format!("{said}. A pod runs in it by seLinuxOptions, type: {domain}{way}")
}

/// How the sentence begins that no news of the log may make untrue.
const ALL_DECIDED: &str = "Every denial is decided";

/// What is said when no row that is shown is open.
fn nothing_open_here(model: &Model, step: &Step) -> String {
    let key = |action| model.facts.keymap.chords_for("denials", action).first().map(ToString::to_string);
    let (done, all) = model.table.progress();
    if done < all {
        let hidden = all - done;
        let (denials, are) = if hidden == 1 { ("denial", "is") } else { ("denials", "are") };
        let way = key("unmark-all").map(|key| format!(", {key} shows all")).unwrap_or_default();
        return format!("{}; {hidden} open {denials} {are} behind the filter{way}", decide::sentence(step));
    }
    match key("build") {
        Some(key) => format!("{ALL_DECIDED}: {key} builds the module"),
        None => decide::sentence(step),
    }
}

/// Takes back what was said of all denials when the log brought one more.
pub(super) fn withdraw_claim(model: &mut Model) {
    let (done, all) = model.table.progress();
    model.notice.take_if(|notice| done < all && notice.text.starts_with(ALL_DECIDED));
}

/// Puts the cursor on the first row that the step was about.
fn go_to_step(model: &mut Model, step: &Step) {
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
