//! The interfaces: offers for the chosen denials, search, and the step that takes a call.

use super::{decide, new_domain};
use crate::{
    config::{Chord, Key},
    host::policy_types::PolicyAndSession,
    module::Added,
    refpolicy::{
        ParameterKind,
        matching::{Preference, Question, RuleKind},
    },
    replay::Line,
    selinux::{Argument, Call, Identifier, shown_rule, statement::AvRuleKind},
    session::{Addition, JournalRecord, Step, Verdict},
    tui::{
        Effect, Model,
        model::{HeadersState, InterfaceEntry, InterfaceView, Layer, Unfolding},
    },
};

/// How many are listed.
const MOST: usize = 200;

/// Opens the view on what grants the chosen denials.
pub(super) fn open(model: &mut Model) {
    let mut view = InterfaceView { rows: rows(model), ..InterfaceView::default() };
    let first = view.rows.first().and_then(|row| model.table.denials().rows().get(*row));
    view.own = first.and_then(|denial| match model.session.decision(&denial.key) {
        Some((Verdict::NewDomain(domain), _)) => Some(domain.clone()),
        _ => model.session.domains().into_iter().find(|domain| *domain.name() == denial.key.source).cloned(),
    });
    view.domain = view.own.as_ref().map(|own| own.name().clone()).or(first.map(|denial| denial.key.source.clone()));
    view.needs = view
        .rows
        .iter()
        .filter_map(|row| decide::access(model, *row))
        .map(|access| view.own.as_ref().map_or(access.vector.clone(), |own| decide::moved(&access.vector, own)))
        .filter(|vector| Some(&vector.source) == view.domain.as_ref())
        .collect();
    fill(model, &mut view);
    model.layers.push(Layer::Interfaces(Box::new(view)));
}

/// The headers came while the view was open.
pub(super) fn refresh(model: &mut Model) {
    for at in 0..model.layers.len() {
        let Some(Layer::Interfaces(view)) = model.layers.get_mut(at) else { continue };
        let mut view = std::mem::take(view.as_mut());
        fill(model, &mut view);
        if let Some(Layer::Interfaces(place)) = model.layers.get_mut(at) {
            **place = view;
        }
    }
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

fn fill(model: &Model, view: &mut InterfaceView) {
    view.entries.clear();
    (view.at, view.top, view.note) = (0, 0, None);
    let known = match &model.headers {
        HeadersState::Reading => {
            view.note = Some("The interface headers are still being read.".to_owned());
            return;
        }
        HeadersState::Missing(why) => {
            view.note = Some(why.clone());
            return;
        }
        HeadersState::Read(known) => known,
    };
    let words = view.field.text().trim().to_owned();
    if words.is_empty() {
        offers(model, view);
    } else {
        let found = known.fuzzy.search(&words, MOST);
        view.entries.extend(found.into_iter().filter_map(|found| {
            let definition = known.catalogue.definitions().by_id(found.id)?;
            Some(InterfaceEntry::Named(found.id, definition.documentation.summary.clone()))
        }));
        if view.entries.is_empty() {
            view.note = Some("no interface has such a name or summary".to_owned());
        }
    }
}

fn offers(model: &Model, view: &mut InterfaceView) {
    let (Some(known), Some(domain)) = (model.headers.known(), view.domain.clone()) else {
        view.note = Some("no denial is selected: / searches all interfaces".to_owned());
        return;
    };
    let declared: Vec<(Identifier, Vec<Identifier>)> =
        model.session.domains().into_iter().map(|domain| (domain.clone(), Vec::new())).collect();
    let policy = PolicyAndSession { policy: model.policy.policy(), declared: &declared };
    let question = Question { domain: &domain, role: "system_r", kind: RuleKind::Allow, known: &policy };
    let offer = |offer| InterfaceEntry::Offer(Box::new(offer));
    if let [need] = view.needs.as_slice() {
        let offers = known.matcher.offers(need, &question);
        view.entries.extend(offers.into_iter().take(MOST).map(offer));
        if view.entries.is_empty() {
            let related = known.matcher.related(need, &question);
            view.entries.extend(
                related.into_iter().map(|near| InterfaceEntry::Named(near.offer.definition, near.reason.to_string())),
            );
        }
    } else {
        let plan = known.matcher.plan(&view.needs, &question, Preference::Calls);
        view.entries.extend(plan.calls.into_iter().map(offer));
        for uncovered in plan.uncovered {
            let rest = shown_rule(AvRuleKind::Allow, &uncovered.rest);
            view.entries.push(InterfaceEntry::Remark(format!("stays: {rest}")));
            view.entries.extend(uncovered.instead.into_iter().map(offer));
            view.entries.extend(
                uncovered
                    .related
                    .into_iter()
                    .map(|near| InterfaceEntry::Named(near.offer.definition, near.reason.to_string())),
            );
        }
    }
    if view.entries.is_empty() {
        view.note = Some("no interface grants any of it: / searches all of them".to_owned());
    }
}

/// Keys of the view; it stays open unless a call is taken, or it is left.
pub(super) fn key(model: &mut Model, mut view: InterfaceView, chord: Chord) -> Vec<Effect> {
    let plain = (!chord.ctrl() && !chord.alt()).then_some(chord.key());
    match plain {
        Some(Key::Esc) if view.searching || !view.field.text().is_empty() => {
            view.searching = false;
            view.field = crate::tui::widgets::TextField::default();
            fill(model, &mut view);
        }
        Some(Key::Esc) => return Vec::new(),
        Some(Key::Enter) => match take(model, &view) {
            Ok(record) => return vec![Effect::Append(record)],
            Err(why) => view.note = Some(why),
        },
        Some(key @ (Key::Up | Key::Down | Key::PageUp | Key::PageDown)) => go(&mut view, key),
        Some(Key::Right) => {
            view.unfolded = match view.unfolded {
                Unfolding::Closed => Unfolding::Text,
                Unfolding::Text | Unfolding::Statements => Unfolding::Statements,
            };
            view.top = 0;
        }
        Some(Key::Left) => {
            view.unfolded = match view.unfolded {
                Unfolding::Statements => Unfolding::Text,
                Unfolding::Text | Unfolding::Closed => Unfolding::Closed,
            };
            view.top = 0;
        }
        Some(Key::Char('/')) if !view.searching => view.searching = true,
        Some(Key::Char('i' | 'q')) if !view.searching => return Vec::new(),
        _ if view.searching && view.field.key(chord) => fill(model, &mut view),
        _ => {}
    }
    model.layers.push(Layer::Interfaces(Box::new(view)));
    Vec::new()
}

/// Up and down choose; a page moves what is unfolded.
fn go(view: &mut InterfaceView, key: Key) {
    let last = view.entries.len().saturating_sub(1);
    match key {
        Key::PageDown => view.top = view.top.saturating_add(8),
        Key::PageUp => view.top = view.top.saturating_sub(8),
        _ => {
            (view.note, view.top) = (None, 0);
            view.at = if key == Key::Down { (view.at + 1).min(last) } else { view.at.saturating_sub(1) };
        }
    }
}

/// The call under the cursor as a decision on what it gives.
fn take(model: &Model, view: &InterfaceView) -> Result<JournalRecord, String> {
    model.can_write()?;
    let installed = new_domain::installed(model, view.own.as_ref()).ok_or("the headers are not read yet")?;
    let calls = match view.entries.get(view.at).ok_or("there is no interface here")? {
        InterfaceEntry::Offer(offer) => offer.calls.clone(),
        InterfaceEntry::Named(..) => vec![call(model, view)?],
        InterfaceEntry::Remark(_) => return Err("that is a remark: choose a call".to_owned()),
    };
    let mut additions = Vec::new();
    let mut lines: Vec<Line<'_>> = Vec::new();
    for call in calls {
        let line = installed.line(&call).map_err(|refusal| refusal.to_string())?;
        let brings = line.brings(&view.needs, view.own.as_ref(), &std::collections::BTreeSet::new());
        let domain = view.own.clone().filter(|own| call.names(own.as_str()));
        additions.push(Addition { added: Added::Call(call), domain, wanted: brings.gives.is_empty(), brings });
        lines.push(line);
    }
    let mut accesses = Vec::new();
    for row in &view.rows {
        let Some(mut access) = decide::access(model, *row) else { continue };
        let named = view.own.as_ref().map_or(access.vector.clone(), |own| decide::moved(&access.vector, own));
        let parts = additions.iter().flat_map(|addition| &addition.brings.gives);
        let given = parts.filter(|given| given.is_about_the_same(&named)).flat_map(|given| &given.permissions);
        access.vector.permissions = given.cloned().collect();
        if !access.vector.permissions.is_empty() {
            accesses.push(access);
        }
    }
    let verdict = view.own.clone().map_or(Verdict::Allow, Verdict::NewDomain);
    Ok(JournalRecord::Decide(Step { verdict, accesses, additions }))
}

/// The call of a definition that was searched for: with the domain where one is taken, if that is all it takes.
fn call(model: &Model, view: &InterfaceView) -> Result<Call, String> {
    let (known, id) = model.headers.known().zip(view.selected()).ok_or("there is no interface here")?;
    let entry = known.catalogue.by_id(id).ok_or("there is no interface here")?;
    let domain = view.domain.as_ref().ok_or("select a denial first: the call is for its source")?;
    let mut arguments = Vec::new();
    for (place, parameter) in entry.contents.parameters.iter().enumerate() {
        match parameter.kind {
            ParameterKind::Unused => {}
            ParameterKind::Domain if arguments.is_empty() => {
                arguments.push(Argument::new(domain.as_str()).map_err(|error| error.to_string())?);
            }
            ParameterKind::Type if place == 0 => {
                arguments.push(Argument::new(domain.as_str()).map_err(|error| error.to_string())?);
            }
            kind => {
                let name = &entry.definition.name;
                return Err(format!(
                    "{name} takes more than the domain (argument {} is of kind {}): generate --call '{name}(...)' writes it",
                    place + 1,
                    kind.word()
                ));
            }
        }
    }
    let interface = Identifier::new(&entry.definition.name).map_err(|error| error.to_string())?;
    Ok(Call { interface, arguments })
}
