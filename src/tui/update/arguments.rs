//! The dialog that asks for the arguments of a call: its fields and its keys, whatever the call is for.

use super::{interfaces, navigate, new_domain};
use crate::{
    config::{Chord, Key},
    refpolicy::{Entry, ParameterKind},
    selinux::{Call, Identifier},
    session::JournalRecord,
    tui::{
        Effect, Model,
        model::{CallDialog, CallField, Layer, may_miss, parameter_name},
        widgets::TextField,
    },
};

/// What is filled in for an argument, and whether nobody needs to be asked for it.
pub(super) struct Filled {
    pub text: String,
    pub is_known: bool,
}

/// A field for each argument, the cursor on the first that somebody must be asked for.
pub(super) fn dialog(
    entry: &Entry<'_>,
    makes: Option<Identifier>,
    filled: impl Fn(usize, ParameterKind) -> Filled,
) -> Option<CallDialog> {
    let interface = Identifier::new(&entry.definition.name).ok()?;
    let mut fields = Vec::new();
    for (place, used) in entry.contents.parameters.iter().enumerate() {
        let documented = entry.definition.parameters().get(place);
        let (filled, may_miss) = (filled(place, used.kind), may_miss(entry, place));
        // What may stay empty does.
        let text = if may_miss && !filled.is_known { String::new() } else { filled.text };
        fields.push(CallField {
            field: TextField::with_text(text),
            name: parameter_name(entry, place),
            kind: used.kind,
            summary: documented.map(|parameter| parameter.summary.clone()).unwrap_or_default(),
            is_known: may_miss || filled.is_known,
            may_miss,
        });
    }
    let at = fields.iter().position(|field| !field.is_known).unwrap_or(0);
    Some(CallDialog { interface, makes, fields, at, says: Vec::new(), error: None })
}

/// Says anew what the call would do as it is typed now.
pub(super) fn describe(model: &Model, dialog: &mut CallDialog) {
    dialog.says = match (dialog.call(), &dialog.makes) {
        (Err(_), _) => Vec::new(),
        (Ok(call), None) => interfaces::says(model, &call),
        (Ok(call), Some(domain)) => new_domain::says(model, domain, &call),
    };
}

/// Pasted text goes into the field that has the keys.
pub(super) fn paste(model: &mut Model, mut dialog: CallDialog, text: &str) {
    if let Some(argument) = dialog.fields.get_mut(dialog.at) {
        argument.field.paste(text);
    }
    dialog.error = None;
    describe(model, &mut dialog);
    model.layers.push(Layer::Call(Box::new(dialog)));
}

/// A key of the dialog. It stays open unless it ends in a decision, or is left.
pub(super) fn key(model: &mut Model, mut dialog: CallDialog, chord: Chord) -> Vec<Effect> {
    let plain = (!chord.ctrl() && !chord.alt()).then_some(chord.key());
    let last = dialog.fields.len().saturating_sub(1);
    match plain {
        Some(Key::Enter) => {
            let missing =
                dialog.fields.iter().position(|field| !field.may_miss && field.field.text().trim().is_empty());
            if let Some(place) = missing.filter(|place| *place != dialog.at) {
                dialog.at = place;
            } else {
                match dialog.call().and_then(|call| accept(model, dialog.makes.as_ref(), call)) {
                    Ok(record) => return vec![Effect::Append(record)],
                    Err(error) => dialog.error = Some(error),
                }
            }
        }
        Some(Key::Down) => dialog.at = (dialog.at + 1).min(last),
        Some(Key::Up) => dialog.at = dialog.at.saturating_sub(1),
        Some(Key::Tab) if chord.shift() => dialog.at = dialog.at.checked_sub(1).unwrap_or(last),
        Some(Key::Tab) => dialog.at = if dialog.at == last { 0 } else { dialog.at + 1 },
        _ => {
            if let Some(field) = dialog.fields.get_mut(dialog.at)
                && field.field.key(chord)
            {
                dialog.error = None;
            }
        }
    }
    describe(model, &mut dialog);
    model.layers.push(Layer::Call(Box::new(dialog)));
    navigate::settle(model);
    Vec::new()
}

/// The decision that the call is for.
fn accept(model: &mut Model, makes: Option<&Identifier>, call: Call) -> Result<JournalRecord, String> {
    match makes {
        None => interfaces::taken(model, call),
        Some(domain) => new_domain::made(model, domain, &call),
    }
}
