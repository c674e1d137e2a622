//! The arguments of what makes a domain that nobody can know: they are asked for as those of any call.

use super::super::arguments::{self, Filled};
use crate::{
    selinux::{Call, Identifier, printable},
    session::JournalRecord,
    tui::{
        Model,
        model::{CallDialog, CallPattern, Layer, NewDomainDialog, Slot},
    },
};

/// Asks for the arguments, above the dialog for the domain.
pub(super) fn ask(model: &mut Model, pattern: &CallPattern, domain: &Identifier) {
    let kept = beneath_mut(model).and_then(|dialog| dialog.asked.take());
    let kept = kept.filter(|kept| kept.interface == pattern.interface && kept.makes.as_ref() == Some(domain));
    match kept.map(|kept| *kept).or_else(|| dialog(model, pattern, domain)) {
        Some(mut dialog) => {
            arguments::describe(model, &mut dialog);
            model.layers.push(Layer::Call(Box::new(dialog)));
        }
        None => model.complain("the headers are not read yet"),
    }
}

/// A field for each argument, with what is known of it filled in.
fn dialog(model: &Model, pattern: &CallPattern, domain: &Identifier) -> Option<CallDialog> {
    let entry = model.headers.catalogue()?.get(pattern.interface.as_str())?;
    let filled = |place: usize, _| {
        let slot = pattern.slots.get(place);
        Filled {
            text: slot.and_then(|slot| slot.argument(domain)).map_or_else(String::new, |text| text.as_str().to_owned()),
            is_known: slot.is_some_and(|slot| !matches!(slot, Slot::Asked { .. })),
        }
    };
    arguments::dialog(&entry, Some(domain.clone()), filled)
}

/// That something will be asked for, where it will.
pub(super) fn announced(pattern: &CallPattern) -> Option<String> {
    let asked = pattern.slots.iter().filter_map(|slot| match slot {
        Slot::Asked { name, known: None } => Some(printable(name.as_bytes())),
        Slot::Asked { name, known: Some(known) } => {
            Some(format!("{} ({} is filled in)", printable(name.as_bytes()), known.as_str()))
        }
        _ => None,
    });
    let asked: Vec<_> = asked.collect();
    (!asked.is_empty()).then(|| format!("Enter asks for {}", asked.join(" and ")))
}

/// What the call would do for the domain as it is typed now, or why it can't be.
pub(in crate::tui::update) fn says(model: &Model, domain: &Identifier, call: &Call) -> Vec<String> {
    let found = beneath(model).zip(super::installed(model, Some(domain)));
    let Some((dialog, installed)) = found else { return Vec::new() };
    match installed.making(call, domain, None) {
        Ok(_) => super::brings(model, dialog, &dialog.chosen_making(), call, domain),
        Err(refusal) => vec![refusal.to_string()],
    }
}

/// What was typed stays for when the person goes on again.
pub(in crate::tui::update) fn keep(model: &mut Model, mut dialog: CallDialog) {
    dialog.error = None;
    if let Some(beneath) = beneath_mut(model).filter(|_| dialog.makes.is_some()) {
        beneath.asked = Some(Box::new(dialog));
    }
}

/// The decision with the call as it was typed; the dialog for the domain, which lies below, ends with it.
pub(in crate::tui::update) fn made(
    model: &mut Model,
    domain: &Identifier,
    call: &Call,
) -> Result<JournalRecord, String> {
    let dialog = beneath(model).ok_or("the dialog for the domain was left")?;
    if let Some(unseen) = super::unseen(model, dialog) {
        let seen = super::accesses(model, &dialog.rows);
        if let Some(dialog) = beneath_mut(model) {
            dialog.seen = seen;
        }
        return Err(unseen);
    }
    let step = super::step(model, dialog, domain, Some(call))?;
    if let Some(place) = model.layers.iter().rposition(|layer| matches!(layer, Layer::NewDomain(_))) {
        model.layers.remove(place);
    }
    Ok(JournalRecord::Decide(step))
}

/// The dialog that the arguments are asked for.
fn beneath(model: &Model) -> Option<&NewDomainDialog> {
    model.layers.iter().rev().find_map(|layer| match layer {
        Layer::NewDomain(dialog) => Some(dialog.as_ref()),
        _ => None,
    })
}

fn beneath_mut(model: &mut Model) -> Option<&mut NewDomainDialog> {
    model.layers.iter_mut().rev().find_map(|layer| match layer {
        Layer::NewDomain(dialog) => Some(dialog.as_mut()),
        _ => None,
    })
}
