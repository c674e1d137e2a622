//! A key: to the layer on top, else to the act that the keymap names.

use super::{build, copy, decide, interfaces, layers, navigate, new_domain, node, preview, read};
use crate::{
    config::{Chord, Key},
    selinux::statement::Form,
    session::{JournalRecord, Verdict},
    tui::{
        Effect, Model,
        action::{self, Action, ActionId},
        model::{AskPolicyDialog, Layer, PaletteDialog, Pane, PolicyPane, Question},
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
            new_domain::open(model);
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
        ActionId::NameSets => {
            vec![Effect::Append(JournalRecord::NamedSets { named: !model.session.named_sets() })]
        }
        ActionId::Build => {
            model.node.load_when_built = false;
            build::build(model)
        }
        ActionId::Export => build::export(model),
        ActionId::Mark | ActionId::MarkSource | ActionId::UnmarkAll => {
            choose(model, action.id);
            Vec::new()
        }
        ActionId::Filter => {
            let words = model.table.filter().unwrap_or_default().to_owned();
            model.focus = Pane::Denials;
            model.layers.push(Layer::Filter(TextField::with_text(words)));
            Vec::new()
        }
        ActionId::Records => read::records(model),
        ActionId::TakeCall
        | ActionId::SearchInterfaces
        | ActionId::Unfold
        | ActionId::Fold
        | ActionId::Opens
        | ActionId::Callers
        | ActionId::Definition
        | ActionId::LeaveInterfaces => interfaces::act(model, action.id),
        ActionId::Load => node::load(model),
        ActionId::TakeBack => node::take_back(model),
        ActionId::DontauditRules => node::dontaudit(model),
        ActionId::Loaded => vec![Effect::ListLoaded],
        ActionId::GiveUp => node::give_up(model),
        ActionId::Scope => {
            node::next_scope(model);
            Vec::new()
        }
        ActionId::Copy => copy::copy(model),
        ActionId::Oddities
        | ActionId::Policy
        | ActionId::AskPolicy
        | ActionId::Interfaces
        | ActionId::Workload
        | ActionId::ExpandCalls
        | ActionId::Palette
        | ActionId::Help => {
            show(model, action.id);
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

/// Shows something, and changes nothing but the screen.
fn show(model: &mut Model, action: ActionId) {
    match action {
        ActionId::Oddities => read::oddities(model),
        ActionId::Policy => policy(model),
        ActionId::AskPolicy => model.layers.push(Layer::AskPolicy(AskPolicyDialog::default())),
        ActionId::Interfaces => interfaces::open(model),
        ActionId::Workload => read::workload(model),
        ActionId::ExpandCalls => preview::expand(model),
        ActionId::Palette => model.layers.push(Layer::Palette(PaletteDialog::default())),
        ActionId::Help => model.layers.push(Layer::Help(Scroll::default())),
        _ => {}
    }
}

/// The first key shows the policy pane beside the list, the next goes into it, the next comes back.
fn policy(model: &mut Model) {
    let follows = model.policy_pane.question == Question::Selected;
    if model.focus == Pane::Policy && follows {
        navigate::focus(model, Pane::Denials);
    } else if navigate::height(model, Pane::Policy) > 0 && follows {
        navigate::focus(model, Pane::Policy);
    } else {
        model.policy_pane = PolicyPane { open: true, ..PolicyPane::default() };
        navigate::focus_beside(model, Pane::Policy);
    }
    navigate::settle(model);
}

/// Marks rows, or unmarks them.
fn choose(model: &mut Model, action: ActionId) {
    let row = model.table.selected_row();
    match (action, row) {
        (ActionId::Mark, Some(row)) => {
            model.table.toggle_mark(row);
            model.table.go_to(model.table.cursor() + 1);
        }
        (ActionId::MarkSource, Some(row)) => {
            model.table.toggle_source(row);
            model.say(match model.table.marked().len() {
                0 => "no row is marked: those of this source are decided, or were marked before".to_owned(),
                1 => "1 row is marked".to_owned(),
                count => format!("{count} rows are marked"),
            });
        }
        (ActionId::UnmarkAll, _) if model.table.marked().is_empty() => model.table.set_filter(""),
        (ActionId::UnmarkAll, _) => model.table.unmark_all(),
        _ => {}
    }
    navigate::settle(model);
}
