//! Keys while a dialog or a view lies over the panes.

use super::{arguments, build, copy, interfaces, keys, navigate, new_domain, node};
use crate::{
    config::{Chord, Key},
    tui::{
        Effect, Model,
        action::ActionId,
        model::{AskPolicyDialog, Layer, PaletteDialog, Pane, PolicyPane, Question},
        view::{self, layout},
        widgets::Scroll,
    },
};

/// Pasted text goes into the line that is being typed, if one is.
pub(super) fn paste(model: &mut Model, text: &str) -> Vec<Effect> {
    let mut filter = None;
    match model.layers.last_mut() {
        Some(Layer::Filter(field)) => {
            field.paste(text);
            filter = Some(field.text().to_owned());
        }
        Some(Layer::NewDomain(_) | Layer::Call(_)) => match model.layers.pop() {
            Some(Layer::NewDomain(dialog)) => new_domain::paste(model, *dialog, text),
            Some(Layer::Call(dialog)) => arguments::paste(model, *dialog, text),
            _ => {}
        },
        Some(Layer::Folder(dialog)) => dialog.field.paste(text),
        Some(Layer::InterfaceSearch(field)) => {
            field.paste(text);
            let field = field.clone();
            interfaces::search(model, &field);
        }
        Some(Layer::Palette(dialog)) => dialog.field.paste(text),
        Some(Layer::AskPolicy(dialog)) => dialog.field.paste(text),
        Some(
            Layer::Resume
            | Layer::Overwrite { .. }
            | Layer::Copy(_)
            | Layer::Change(_)
            | Layer::Help(_)
            | Layer::Text(_),
        )
        | None => {}
    }
    if let Some(words) = filter {
        model.table.set_filter(&words);
        navigate::settle(model);
    }
    Vec::new()
}

pub(super) fn key(model: &mut Model, chord: Chord) -> Vec<Effect> {
    let plain = (!chord.ctrl() && !chord.alt()).then_some(chord.key());
    let leave = plain == Some(Key::Esc) || (chord.ctrl() && chord.key() == Key::Char('c'));
    let enter = plain == Some(Key::Enter);
    let Some(layer) = model.layers.pop() else { return Vec::new() };
    // Each arm puts its layer back unless the key ends it.
    match layer {
        Layer::Resume => resume(model, plain, chord),
        Layer::Filter(mut field) => {
            if leave {
                model.table.set_filter("");
            } else if !enter {
                field.key(chord);
                model.table.set_filter(field.text());
                model.layers.push(Layer::Filter(field));
            }
            navigate::settle(model);
            Vec::new()
        }
        Layer::NewDomain(dialog) => {
            if leave {
                return Vec::new();
            }
            new_domain::key(model, *dialog, chord)
        }
        Layer::InterfaceSearch(field) => interfaces::search_key(model, field, chord, leave, enter),
        Layer::Call(dialog) => {
            if leave {
                new_domain::keep(model, *dialog);
                return Vec::new();
            }
            arguments::key(model, *dialog, chord)
        }
        Layer::Folder(mut dialog) => {
            if leave {
                return Vec::new();
            }
            if enter {
                return build::folder_chosen(model, dialog);
            }
            if plain == Some(Key::Tab) {
                dialog.purpose = build::switch_purpose(dialog.purpose);
            } else if dialog.field.key(chord) {
                dialog.error = None;
            }
            model.layers.push(Layer::Folder(dialog));
            Vec::new()
        }
        Layer::Overwrite { export, files } => match plain {
            Some(Key::Char('o')) => build::again(model, export),
            _ if leave || plain == Some(Key::Enter) => {
                build::given_up(model);
                Vec::new()
            }
            _ => {
                model.layers.push(Layer::Overwrite { export, files });
                Vec::new()
            }
        },
        Layer::Palette(dialog) => palette(model, dialog, chord, leave, enter),
        Layer::Change(dialog) => node::key(model, dialog, chord, leave),
        Layer::Copy(dialog) => copy::key(model, dialog, chord, leave, enter),
        Layer::AskPolicy(dialog) => ask_policy(model, dialog, chord, leave, enter),
        Layer::Help(_) | Layer::Text(_) => read(model, layer, chord, leave || enter),
    }
}

fn resume(model: &mut Model, plain: Option<Key>, chord: Chord) -> Vec<Effect> {
    match plain {
        Some(Key::Enter | Key::Char('g')) => {
            let (done, all) = model.table.progress();
            model.say(format!("went on where the session was: {done} of {all} decided"));
            model.table.go_to_next_open();
            navigate::settle(model);
            Vec::new()
        }
        Some(Key::Char('n')) => {
            model.layers.push(Layer::Resume);
            vec![Effect::BeginAnew]
        }
        Some(Key::Char('q')) => vec![Effect::Quit],
        _ if chord.ctrl() && chord.key() == Key::Char('c') => vec![Effect::Quit],
        _ => {
            model.layers.push(Layer::Resume);
            Vec::new()
        }
    }
}

fn ask_policy(model: &mut Model, mut dialog: AskPolicyDialog, chord: Chord, leave: bool, enter: bool) -> Vec<Effect> {
    if leave {
        return Vec::new();
    }
    if !enter {
        if dialog.field.key(chord) {
            dialog.error = None;
        }
        model.layers.push(Layer::AskPolicy(dialog));
        return Vec::new();
    }
    let words: Vec<String> = dialog.field.text().split_whitespace().map(ToOwned::to_owned).collect();
    let question = match words.as_slice() {
        [] => Question::Selected,
        [source] => Question::Typed { source: source.clone(), target: None },
        [source, target] => Question::Typed { source: source.clone(), target: Some(target.clone()) },
        _ => {
            dialog.error = Some("two types at most, with a blank between them".to_owned());
            model.layers.push(Layer::AskPolicy(dialog));
            return Vec::new();
        }
    };
    model.policy_pane = PolicyPane { question, scroll: Scroll::default(), open: true };
    navigate::focus(model, Pane::Policy);
    navigate::settle(model);
    Vec::new()
}

fn palette(model: &mut Model, mut dialog: PaletteDialog, chord: Chord, leave: bool, enter: bool) -> Vec<Effect> {
    if leave {
        return Vec::new();
    }
    let matches = dialog.matches();
    if enter {
        return match dialog.selected.and_then(|selected| matches.get(selected)) {
            Some(action) => keys::act(model, action),
            None => Vec::new(),
        };
    }
    match (chord.key(), chord.ctrl()) {
        (Key::Up, _) | (Key::Char('p'), true) => {
            dialog.selected = Some(dialog.selected.map_or(0, |selected| selected.saturating_sub(1)));
        }
        (Key::Down | Key::Tab, _) | (Key::Char('n'), true) => {
            let next = dialog.selected.map_or(0, |selected| selected + 1);
            dialog.selected = Some(next.min(matches.len().saturating_sub(1)));
        }
        _ => {
            if dialog.field.key(chord) {
                dialog.selected = (!dialog.field.text().trim().is_empty()).then_some(0);
            }
        }
    }
    model.layers.push(Layer::Palette(dialog));
    Vec::new()
}

/// Keys over a text: it moves, or it is closed by Esc, Enter, or the key that ends the program elsewhere.
fn read(model: &mut Model, mut layer: Layer, chord: Chord, leave: bool) -> Vec<Effect> {
    let action = keys::bound(model, "view", chord).map(|action| action.id);
    let opener = match &layer {
        Layer::Help(_) => ActionId::Help,
        _ => ActionId::Records,
    };
    if leave || action == Some(ActionId::Quit) || action == Some(opener) {
        return Vec::new();
    }
    if let Some(action) = action {
        let area = layout::view_inner(model.size);
        if let (ActionId::Copy, Layer::Text(text)) = (action, &layer) {
            let place = model.layers.len();
            let effects = copy::of_view(model, text, area.width.into());
            // The menu, where there is one, lies over the text.
            model.layers.insert(place, layer);
            return effects;
        }
        match &mut layer {
            Layer::Help(scroll) => {
                scroll.act(action, view::help::lines(model).len(), area.height.into());
            }
            Layer::Text(text) => {
                let lines = view::text::wrapped(text, area.width.into()).len();
                text.scroll.act(action, lines, area.height.into());
            }
            _ => {}
        }
    }
    model.layers.push(layer);
    Vec::new()
}
