//! What can be copied from where the keys are, and the small menu where it is several things.

use super::interfaces;
use crate::{
    config::{Chord, Key},
    module::{LineKind, SourceFile},
    selinux::{AccessVector, printable, shown_rule, statement::AvRuleKind},
    tui::{
        Effect, Model,
        model::{Choice, CopyDialog, InterfaceEntry, Item, Layer, Pane, TextView},
        view,
    },
};

/// Copies what is under the cursor, or asks which of it.
pub(super) fn copy(model: &mut Model) -> Vec<Effect> {
    let choices = match model.focus {
        Pane::Denials | Pane::Detail => of_row(model),
        Pane::Preview => of_preview(model),
        Pane::Output => of_output(model),
        Pane::Policy => of_policy(model),
        Pane::Interfaces => of_interfaces(model),
    };
    offer(model, choices)
}

/// Of a text that lies over the panes: the paragraph at its top, or all of it.
pub(super) fn of_view(model: &mut Model, view: &TextView, width: usize) -> Vec<Effect> {
    let all: Vec<&str> = view.lines.iter().map(|line| line.text.as_str()).collect();
    let mut choices = Vec::new();
    // The window counts wrapped lines.
    let mut passed = 0;
    let top = view.lines.iter().position(|line| {
        passed += crate::tui::widgets::wrap(&line.text, width, 2).len();
        passed > view.scroll.top
    });
    let rest = view.lines.iter().skip(top.unwrap_or(0));
    let paragraph: Vec<&str> = rest
        .skip_while(|line| line.heading || line.text.is_empty())
        .take_while(|line| !line.heading && !line.text.is_empty())
        .map(|line| line.text.as_str())
        .collect();
    if !paragraph.is_empty() {
        choices.push(choice("the records of the first event that is seen", paragraph.join("\n")));
    }
    choices.push(choice("all of it", all.join("\n")));
    offer(model, choices)
}

/// Puts the menu up; a single choice needs none.
pub(super) fn offer(model: &mut Model, mut choices: Vec<Choice>) -> Vec<Effect> {
    choices.retain(|choice| !choice.text.trim().is_empty());
    match choices.len() {
        0 => {
            model.complain("there is nothing to copy here");
            Vec::new()
        }
        1 => choices.pop().map(Effect::Copy).into_iter().collect(),
        _ => {
            model.layers.push(Layer::Copy(CopyDialog { choices, selected: 0 }));
            Vec::new()
        }
    }
}

/// A key in the menu.
pub(super) fn key(model: &mut Model, mut dialog: CopyDialog, chord: Chord, leave: bool, enter: bool) -> Vec<Effect> {
    if leave {
        return Vec::new();
    }
    let last = dialog.choices.len().saturating_sub(1);
    let mut chosen = enter.then_some(dialog.selected);
    match chord.key() {
        Key::Up | Key::Char('k') => dialog.selected = dialog.selected.saturating_sub(1),
        Key::Down | Key::Tab | Key::Char('j') => dialog.selected = (dialog.selected + 1).min(last),
        // The key that opened it, again: the first one.
        Key::Char('y') => chosen = Some(dialog.selected),
        Key::Char(digit) => {
            let place = digit.to_digit(10).and_then(|digit| usize::try_from(digit).ok()?.checked_sub(1));
            chosen = place.filter(|place| *place <= last);
        }
        _ => {}
    }
    match chosen {
        Some(place) if place <= last => vec![Effect::Copy(dialog.choices.swap_remove(place))],
        _ => {
            model.layers.push(Layer::Copy(dialog));
            Vec::new()
        }
    }
}

pub(super) fn choice(what: impl Into<String>, text: String) -> Choice {
    Choice { what: what.into(), text }
}

/// The rule that the module writes for the selected denial, or the allow rule that it could; the row; what it was about.
fn of_row(model: &Model) -> Vec<Choice> {
    let Some((_, denial)) = model.selected() else { return Vec::new() };
    let mut choices = Vec::new();
    let written = rules_of_selected(model);
    let vector = AccessVector {
        source: denial.key.source.clone(),
        target: denial.key.target.clone(),
        class: denial.key.class.clone(),
        permissions: denial.permission_set(),
    };
    if !written.is_empty() {
        choices.push(choice("the rule", written));
    } else if denial.needs_decision() && !denial.permissions.is_empty() {
        choices.push(choice("an allow rule for it", format!("{};", shown_rule(AvRuleKind::Allow, &vector))));
    }
    let [source, target, class] =
        [&vector.source, &vector.target, &vector.class].map(|name| printable(name.as_str().as_bytes()));
    let permissions: Vec<_> =
        vector.permissions.iter().map(|permission| printable(permission.as_str().as_bytes())).collect();
    let count = denial.tally.count();
    choices.push(choice("the line", format!("{count} {source} {target}:{class} {}", permissions.join(" "))));
    if let Some(path) = denial.evidence.path.most() {
        choices.push(choice("the path", path.printable()));
    }
    choices.extend(files(model));
    choices
}

/// The lines of the module's text for the selected denial.
fn rules_of_selected(model: &Model) -> String {
    let Some((_, denial)) = model.selected() else { return String::new() };
    let origin = view::preview::origin(model, &denial.key);
    let lines = model.preview.rendered().lines.iter();
    let is_rule = |kind: LineKind| !matches!(kind, LineKind::Remark | LineKind::Blank | LineKind::Heading);
    let rules: Vec<&str> = lines
        .filter(|line| line.origins.contains(&origin) && is_rule(line.kind))
        .map(|line| line.text.trim())
        .collect();
    rules.join("\n")
}

fn of_preview(model: &Model) -> Vec<Choice> {
    let mut choices = vec![choice("the rule of the selected denial", rules_of_selected(model))];
    let first = model.preview.rendered().lines.get(model.preview.scroll.top);
    if let Some(line) = first {
        choices.push(choice("the first line that is seen", line.text.trim().to_owned()));
    }
    choices.extend(files(model));
    choices
}

/// The module's files that say something.
fn files(model: &Model) -> Vec<Choice> {
    if model.preview.is_empty() {
        return Vec::new();
    }
    let module = model.module();
    let says_something = |line: &str| !line.trim().is_empty() && !line.starts_with('#');
    SourceFile::ALL
        .into_iter()
        .filter_map(|file| {
            let rendered = module.render(file, &model.facts.rendering);
            let worth = file == SourceFile::Te || rendered.lines.iter().any(|line| says_something(&line.text));
            worth.then(|| choice(format!("{}.{}", module.name, file.extension()), rendered.text()))
        })
        .collect()
}

fn of_output(model: &Model) -> Vec<Choice> {
    let Some(output) = &model.output else { return Vec::new() };
    let last = output.lines.last().cloned().unwrap_or_default();
    vec![choice("the last line", last), choice("all of it", output.lines.join("\n"))]
}

/// The call under the cursor; the statement, where the cursor is on one; the definition as written.
fn of_interfaces(model: &Model) -> Vec<Choice> {
    let items = interfaces::items(model);
    let (Some(known), Some(entry)) = (model.headers.known(), model.interfaces.entry(&items)) else { return Vec::new() };
    let mut choices = Vec::new();
    if let Some(Item::Brought { text, .. }) = items.get(model.interfaces.at) {
        choices.push(choice("the line", printable(text.as_bytes())));
    }
    let calls = match entry {
        InterfaceEntry::Offer(offer) => Some(offer.text()),
        entry => model.interfaces.call_text(entry, known),
    };
    choices.extend(calls.map(|calls| choice("the call", printable(calls.as_bytes()))));
    let definitions = known.catalogue.definitions();
    if let Some(definition) = entry.definition().and_then(|id| definitions.by_id(id)) {
        let written = definitions.text(definition).lines().map(|line| printable(line.replace('\t', "    ").as_bytes()));
        choices.push(choice("the definition as written", written.collect::<Vec<_>>().join("\n")));
    }
    choices
}

fn of_policy(model: &Model) -> Vec<Choice> {
    let lines = view::policy::lines(model).into_iter();
    let lines: Vec<String> = lines.map(|pieces| pieces.into_iter().map(|(_, text)| text).collect::<String>()).collect();
    vec![choice("the answer", lines.join("\n").trim_end().to_owned())]
}
