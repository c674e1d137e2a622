//! The interfaces pane: it follows the chosen denials, searches, unfolds, and hands a call to the decisions.

mod list;
mod look;
mod take;

use std::collections::BTreeSet;

use super::{decide, navigate};
use crate::{
    config::{Chord, Key},
    refpolicy::matching::RuleKind,
    selinux::AccessVector,
    session::Verdict,
    tui::{
        Effect, Model,
        action::ActionId,
        model::{InterfaceEntry, Item, Layer, Listed, Need, Pane},
        view,
        widgets::TextField,
    },
};

pub(super) use take::{says, taken};

/// Goes into the pane, or back from it.
pub(super) fn open(model: &mut Model) {
    if model.focus == Pane::Interfaces {
        return leave(model);
    }
    model.interfaces.open = true;
    if model.beside != Pane::Interfaces {
        model.interfaces.before = Some(model.beside);
    }
    if model.interfaces.listed != Listed::Offers {
        show_offers(model);
    }
    navigate::focus(model, Pane::Interfaces);
    navigate::settle(model);
}

/// Back to the list of denials, and what stood below it before.
pub(super) fn leave(model: &mut Model) {
    show_offers(model);
    model.interfaces.unfolded.clear();
    if let Some(before) = model.interfaces.before.take() {
        model.beside = before;
    }
    navigate::focus_list(model);
    navigate::settle(model);
}

fn show_offers(model: &mut Model) {
    let pane = &mut model.interfaces;
    if pane.listed != Listed::Offers || !pane.field.text().is_empty() {
        (pane.listed, pane.field) = (Listed::Offers, TextField::default());
        // Found anew, with the cursor at its beginning.
        pane.stale = true;
        pane.need.rows.clear();
    }
}

/// Keeps what is listed true to the chosen rows; nothing is done while the pane is not seen.
pub(super) fn follow(model: &mut Model) -> Vec<Effect> {
    if navigate::height(model, Pane::Interfaces) == 0 {
        return Vec::new();
    }
    let need = need(model);
    let is_other = model.interfaces.need != need;
    if is_other || model.interfaces.stale {
        let same_rows = model.interfaces.need.rows == need.rows;
        model.interfaces.need = need;
        model.interfaces.stale = false;
        list::cover(model);
        list::fill(model);
        // What was searched for stays; only what it is for is new.
        let is_other_list = model.interfaces.listed == Listed::Offers || model.interfaces.entries.is_empty();
        if is_other_list && (!same_rows || model.focus != Pane::Interfaces) {
            model.interfaces.unfolded.clear();
            to_first(model);
        }
        navigate::settle(model);
    }
    ask(model)
}

/// Asks for what is unfolded and not known yet.
fn ask(model: &mut Model) -> Vec<Effect> {
    let Some(headers) = model.headers.known() else { return Vec::new() };
    let pane = &model.interfaces;
    let open = pane.unfolded.keys().filter_map(|at| pane.call_text(pane.entries.get(*at)?, headers));
    let calls = model.expansions.ask(open.collect::<Vec<_>>());
    if calls.is_empty() { Vec::new() } else { vec![Effect::Expand(calls)] }
}

/// What the chosen rows ask for.
fn need(model: &Model) -> Need {
    let rows = rows(model);
    let Some(first) = rows.first().and_then(|row| model.table.denials().rows().get(*row)) else {
        return Need::default();
    };
    let verdict = model.session.decision(&first.key).map(|(verdict, _)| verdict);
    let own = match verdict {
        Some(Verdict::NewDomain(domain)) => Some(domain.clone()),
        _ => model.session.domains().into_iter().find(|domain| *domain.name() == first.key.source).cloned(),
    };
    let domain = own.as_ref().map_or(&first.key.source, |own| own.name()).clone();
    let kind = if verdict == Some(&Verdict::DontAudit) { RuleKind::DontAudit } else { RuleKind::Allow };
    let role = first.evidence.roles.iter().find(|role| role.as_str() != "object_r").cloned();
    let accesses = rows.iter().filter_map(|row| decide::access(model, *row));
    let vectors = accesses
        .map(|access| own.as_ref().map_or(access.vector.clone(), |own| decide::moved(&access.vector, own)))
        .filter(|vector| vector.source == domain)
        .filter_map(|vector| not_given(model, vector))
        .collect();
    Need { rows, vectors, domain: Some(domain), own, role, kind }
}

/// What the calls of the module leave of an access.
fn not_given(model: &Model, mut vector: AccessVector) -> Option<AccessVector> {
    for addition in model.session.additions() {
        for given in &addition.brings.gives {
            if given.is_about_the_same(&vector) {
                vector.permissions = vector.permissions.without(&given.permissions);
            }
        }
    }
    (!vector.permissions.is_empty()).then_some(vector)
}

/// The marked rows; else all that were moved to the same domain as the selected one; else that one.
fn rows(model: &Model) -> Vec<usize> {
    let chosen = model.chosen();
    let [row] = chosen.as_slice() else { return chosen };
    let rows = model.table.denials().rows();
    let domain = |row: &usize| match model.session.decision(&rows.get(*row)?.key) {
        Some((Verdict::NewDomain(domain), _)) => Some(domain),
        _ => None,
    };
    match domain(row) {
        Some(own) => (0..rows.len()).filter(|other| domain(other) == Some(own)).collect(),
        None => chosen,
    }
}

/// Does an act of the pane.
pub(super) fn act(model: &mut Model, action: ActionId) -> Vec<Effect> {
    match action {
        ActionId::TakeCall => return take::take(model),
        ActionId::SearchInterfaces => {
            let field = model.interfaces.field.clone();
            model.interfaces.open = true;
            navigate::focus(model, Pane::Interfaces);
            model.layers.push(Layer::InterfaceSearch(field));
        }
        ActionId::Unfold => unfold(model),
        ActionId::Fold => fold(model),
        ActionId::Opens => look::opens(model),
        ActionId::Definition => look::definition(model),
        ActionId::Callers => list::callers(model),
        ActionId::LeaveInterfaces if model.interfaces.listed == Listed::Offers => leave(model),
        ActionId::LeaveInterfaces => {
            model.interfaces.unfolded.clear();
            show_offers(model);
            to_first(model);
        }
        _ => {}
    }
    navigate::settle(model);
    Vec::new()
}

/// The items of the pane as they are now.
pub(super) fn items(model: &Model) -> Vec<Item> {
    model.interfaces.items(model.headers.known(), &model.expansions)
}

/// Moves the cursor; it passes over remarks.
pub(super) fn go(model: &mut Model, action: ActionId) {
    let items = items(model);
    let page = (navigate::height(model, Pane::Interfaces) / 2).max(1);
    let last = items.len().saturating_sub(1);
    let at = model.interfaces.at;
    let wanted = match action {
        ActionId::Up => at.saturating_sub(1),
        ActionId::Down => at.saturating_add(1).min(last),
        ActionId::PageUp => at.saturating_sub(page),
        ActionId::PageDown => at.saturating_add(page).min(last),
        ActionId::First => 0,
        ActionId::Last => last,
        _ => at,
    };
    let can_stop = |place: &usize| match items.get(*place) {
        Some(Item::Head(entry)) => !matches!(model.interfaces.entries.get(*entry), Some(InterfaceEntry::Remark(_))),
        Some(_) => true,
        None => false,
    };
    let below = (wanted..items.len()).find(can_stop);
    let above = (0..wanted).rev().find(can_stop);
    let upwards = matches!(action, ActionId::Up | ActionId::PageUp) && !can_stop(&wanted);
    let found = if upwards { above.or(below) } else { below.or(above) };
    model.interfaces.at = found.unwrap_or(0);
}

/// To the first call.
fn to_first(model: &mut Model) {
    (model.interfaces.at, model.interfaces.scroll.top) = (0, 0);
    go(model, ActionId::First);
}

/// One level more of what is under the cursor; where it is unfolded already, into it.
fn unfold(model: &mut Model) {
    let items = items(model);
    let pane = &mut model.interfaces;
    match items.get(pane.at) {
        Some(Item::Head(entry)) if pane.entries.get(*entry).is_some_and(|entry| entry.definition().is_some()) => {
            if pane.unfolded.contains_key(entry) {
                pane.at += 1;
            } else {
                pane.unfolded.insert(*entry, BTreeSet::new());
            }
        }
        Some(Item::Brought { entry, call: Some((id, is_open)), .. }) => {
            if *is_open {
                pane.at = (pane.at + 1).min(items.len().saturating_sub(1));
            } else {
                pane.unfolded.entry(*entry).or_default().insert(*id);
            }
        }
        _ => {}
    }
}

/// Folds what is under the cursor; what is folded leads to what it stands in.
fn fold(model: &mut Model) {
    let items = items(model);
    let pane = &mut model.interfaces;
    match items.get(pane.at) {
        Some(Item::Head(entry)) => {
            pane.unfolded.remove(entry);
        }
        Some(Item::Brought { entry, call: Some((id, true)), .. }) => {
            if let Some(open) = pane.unfolded.get_mut(entry) {
                open.remove(id);
            }
        }
        Some(Item::Brought { entry, depth, .. }) => {
            let before = items.iter().take(pane.at).rposition(|item| match item {
                Item::Brought { depth: other, call, .. } => call.is_some() && other < depth,
                Item::Head(_) => true,
                Item::Said { .. } => false,
            });
            pane.at = before.unwrap_or(*entry);
        }
        Some(Item::Said { entry, .. }) => {
            let head = items.iter().position(|item| item == &Item::Head(*entry));
            pane.at = head.unwrap_or(pane.at);
        }
        None => {}
    }
}

/// A key while words are typed; the list follows each letter.
pub(super) fn search_key(
    model: &mut Model,
    mut field: TextField,
    chord: Chord,
    leave: bool,
    enter: bool,
) -> Vec<Effect> {
    if leave {
        show_offers(model);
    } else if enter {
        if field.text().trim().is_empty() {
            show_offers(model);
        }
    } else {
        let moves = match (chord.key(), chord.ctrl()) {
            (Key::Up, _) | (Key::Char('p'), true) => Some(ActionId::Up),
            (Key::Down | Key::Tab, _) | (Key::Char('n'), true) => Some(ActionId::Down),
            (Key::PageUp, _) => Some(ActionId::PageUp),
            (Key::PageDown, _) => Some(ActionId::PageDown),
            _ => None,
        };
        match moves {
            Some(action) => go(model, action),
            None if field.key(chord) => search(model, &field),
            None => {}
        }
        model.layers.push(Layer::InterfaceSearch(field));
    }
    navigate::settle(model);
    Vec::new()
}

/// Searches for what is typed now.
pub(super) fn search(model: &mut Model, field: &TextField) {
    let pane = &mut model.interfaces;
    let is_same = pane.field.text() == field.text();
    pane.field = field.clone();
    pane.listed = if field.text().trim().is_empty() { Listed::Offers } else { Listed::Search };
    if !is_same {
        pane.unfolded.clear();
        (pane.at, pane.scroll.top) = (0, 0);
        list::fill(model);
    }
}

/// Headers, policy or decisions are others: what is listed must be found anew.
pub(super) fn refresh(model: &mut Model) {
    model.interfaces.stale = true;
    if model.interfaces.listed == Listed::Search {
        list::fill(model);
    }
}

/// Whether the entry under the cursor is a definition.
pub(super) fn selected(model: &Model) -> Option<&InterfaceEntry> {
    model.interfaces.entry(&items(model))
}

/// Keeps cursor and window where they belong.
pub(super) fn settle(model: &mut Model) {
    let height = view::interfaces::list_height(model);
    if height == 0 {
        return;
    }
    let count = items(model).len();
    model.interfaces.at = model.interfaces.at.min(count.saturating_sub(1));
    let lines = view::interfaces::lines(model, ">", '~');
    let at = Some(model.interfaces.at);
    let first = lines.iter().position(|line| line.item == at).unwrap_or(0);
    let last = lines.iter().rposition(|line| line.item == at).unwrap_or(0);
    // The first lines hold what cannot be chosen.
    let first = if model.interfaces.at == 0 { 0 } else { first };
    model.interfaces.scroll.show(last, lines.len(), height);
    model.interfaces.scroll.show(first, lines.len(), height);
}
