//! The dialog for a new domain, and the step that it ends in.

use std::collections::BTreeSet;

use super::{arguments, asking, decide};
use crate::{
    config::{Chord, Key},
    module::Added,
    refpolicy::{NameKind, statement::AvKind},
    replay::{Installed, Line},
    selinux::{AccessVector, Call, CallError, Identifier, Name, Untrusted, printable},
    session::{Addition, JournalRecord, Step, Verdict},
    tui::{
        Effect, Model,
        model::{AlsoChoice, AlsoWhat, Layer, MakingChoice, NewDomainDialog, Slot},
        widgets::TextField,
    },
};

mod asked;
mod choices;

pub(super) use asked::{keep, made, says};

/// Opens the dialog for the chosen rows.
pub(super) fn open(model: &mut Model) {
    // One that was taken back is none of the session's: another name would be typed behind it.
    let is_there = |name: &String| model.session.domains().iter().any(|domain| domain.as_str() == name);
    let field = TextField::with_text(model.last_domain.clone().filter(is_there).unwrap_or_default());
    let mut dialog = NewDomainDialog { field, rows: model.chosen(), ..NewDomainDialog::default() };
    fill(model, &mut dialog);
    model.layers.push(Layer::NewDomain(Box::new(dialog)));
}

/// The headers or the policy came while the dialog was open.
pub(super) fn refresh(model: &mut Model) {
    for at in 0..model.layers.len() {
        match model.layers.get_mut(at) {
            Some(Layer::NewDomain(dialog)) => {
                let mut dialog = std::mem::take(dialog.as_mut());
                fill(model, &mut dialog);
                if let Some(Layer::NewDomain(place)) = model.layers.get_mut(at) {
                    **place = dialog;
                }
            }
            Some(Layer::Call(_)) => {
                let mut layer = model.layers.remove(at);
                if let Layer::Call(dialog) = &mut layer {
                    arguments::describe(model, dialog);
                }
                model.layers.insert(at, layer);
            }
            _ => {}
        }
    }
}

/// Finds what can be chosen; ticks and a choice that was made stay.
fn fill(model: &Model, dialog: &mut NewDomainDialog) {
    let ticked: Vec<AlsoWhat> = dialog.also.iter().filter(|also| also.ticked).map(|also| also.what.clone()).collect();
    let found = choices::find(model, &dialog.rows);
    (dialog.makings, dialog.named) = (found.makings, found.named);
    dialog.also = found.also;
    dialog.missing = found.missing;
    for also in &mut dialog.also {
        also.ticked = ticked.contains(&also.what);
    }
    dialog.at = dialog.at.min(dialog.also.len());
    describe(model, dialog);
}

/// Says anew what the chosen way brings for the name that is typed.
fn describe(model: &Model, dialog: &mut NewDomainDialog) {
    dialog.brings.clear();
    dialog.other_says.clear();
    let domain = Identifier::domain_type(dialog.field.text()).ok();
    dialog.seen = accesses(model, &dialog.rows);
    dialog.fit(domain.as_ref());
    dialog.choose();
    let Some(domain) = domain else { return };
    dialog.other_says = other_says(model, dialog, &domain);
    let known = model.session.domains().contains(&&domain);
    match (known, dialog.makings.first()) {
        (true, Some(MakingChoice::Known)) => {}
        (true, _) => dialog.makings.insert(0, MakingChoice::Known),
        (false, Some(MakingChoice::Known)) => drop(dialog.makings.remove(0)),
        (false, _) => {}
    }
    if known {
        dialog.making = 0;
    } else {
        dialog.choose();
    }
    let lost = dialog.chosen.as_ref().filter(|chosen| !known && !dialog.makings.contains(chosen));
    let lost = lost.and_then(MakingChoice::pattern).map(|pattern| format!("{} makes no {domain}", pattern.interface));
    let brings = match dialog.chosen_making() {
        MakingChoice::Known => vec![format!("{domain} is of this session: what makes it one stays as it is")],
        MakingChoice::Plain => vec![format!("declares type {domain} with domain_type({domain}) and nothing else")],
        making => {
            let pattern = making.pattern();
            let call = pattern.and_then(|pattern| pattern.call(&domain));
            let brings = call.map(|call| brings(model, dialog, &making, &call, &domain)).unwrap_or_default();
            pattern.and_then(asked::announced).into_iter().chain(brings).collect()
        }
    };
    dialog.brings = lost.into_iter().chain(brings).collect();
}

/// What a call that makes the domain brings, and what of the accesses it gives.
fn brings(
    model: &Model,
    dialog: &NewDomainDialog,
    making: &MakingChoice,
    call: &Call,
    domain: &Identifier,
) -> Vec<String> {
    let Some(installed) = installed(model, Some(domain)) else { return Vec::new() };
    let line = match installed.line(call) {
        Ok(line) => line,
        Err(refusal) => return vec![refusal.to_string()],
    };
    let wanted = wanted(model, &dialog.rows, domain);
    let attributes = line.attributes_of(domain.as_str());
    let mut said = vec![format!("declares {}", line.declares().join(" "))];
    if let MakingChoice::Maker(pattern) = making {
        let own = pattern.slots.iter().zip(&call.arguments);
        let own = own.filter(|(slot, _)| matches!(slot, Slot::Domain | Slot::Executable));
        let types: Vec<_> = own.map(|(_, argument)| argument.as_str()).collect();
        said = vec![format!("declares {}, and {domain} is entered by its program", types.join(" and "))];
    }
    if !attributes.is_empty() {
        said.push(format!("puts it under {}", attributes.join(" ")));
    }
    said.extend(asking::told_of_domain(model, domain, call, &wanted).map(|told| told.counts.opens()));
    said.push(gives(&line, &wanted));
    if line.may_give_more(domain.as_str(), &wanted) {
        said.push("may give more on itself: a policy has that for each type alone, so such rules stay".to_owned());
    }
    said
}

/// Which of the accesses need no rule because the line gives them.
fn gives(line: &Line<'_>, wanted: &[AccessVector]) -> String {
    let all: usize = wanted.iter().map(|vector| vector.permissions.len()).sum();
    let parts: Vec<_> = wanted.iter().filter_map(|vector| line.part(AvKind::Allow, vector)).collect();
    let given: usize = parts.iter().map(|part| part.permissions.len()).sum();
    let of = if all == 1 { "the access".to_owned() } else { format!("the {all} accesses") };
    if given == 0 {
        return format!("gives nothing of {of}: a rule stays for each");
    }
    let named = parts.iter().map(|part| {
        let permissions: Vec<_> = part.permissions.iter().map(Name::as_str).collect();
        format!("{}:{} {}", part.target.as_str(), part.class.as_str(), permissions.join(" "))
    });
    let named = printable(named.collect::<Vec<_>>().join("; ").as_bytes());
    let rest = if given == all { "no rule is needed" } else { "the others stay as rules" };
    format!("gives {given} of {of}, {rest}: {named}")
}

/// What is installed, with the types that the new domain would declare.
pub(super) fn installed<'a>(model: &'a Model, domain: Option<&Identifier>) -> Option<Installed<'a>> {
    let catalogue = model.headers.catalogue()?;
    let mut declared: BTreeSet<Identifier> = model.session.domains().into_iter().cloned().collect();
    declared.extend(domain.cloned());
    declared.extend(domain.and_then(crate::tui::model::executable));
    Some(Installed { catalogue, policy: model.policy.policy(), declared })
}

/// The accesses of these rows as the module names them once they are moved.
fn wanted(model: &Model, rows: &[usize], domain: &Identifier) -> Vec<AccessVector> {
    let accesses = rows.iter().filter_map(|row| decide::access(model, *row));
    accesses.map(|access| decide::moved(&access.vector, domain)).collect()
}

/// How many accesses the rows hold.
fn accesses(model: &Model, rows: &[usize]) -> usize {
    let accesses = rows.iter().filter_map(|row| decide::access(model, *row));
    accesses.map(|access| access.vector.permissions.len()).sum()
}

/// Why nothing is decided yet, where more was denied than was on the screen; it is there then.
fn unseen(model: &Model, dialog: &NewDomainDialog) -> Option<String> {
    let more = accesses(model, &dialog.rows).checked_sub(dialog.seen).filter(|more| *more > 0)?;
    let (more, was) =
        if more == 1 { ("1 more access".to_owned(), "was") } else { (format!("{more} more accesses"), "were") };
    Some(format!("{more} {was} denied meanwhile: Enter takes them too"))
}

/// Pasted text goes where keys go.
pub(super) fn paste(model: &mut Model, mut dialog: NewDomainDialog, text: &str) {
    let field = if dialog.is_typing_other() { &mut dialog.other } else { &mut dialog.field };
    field.paste(text);
    (dialog.error, dialog.warning) = (None, None);
    describe(model, &mut dialog);
    model.layers.push(Layer::NewDomain(Box::new(dialog)));
}

/// Keys of the dialog. It stays open unless it ends in a step, or is left.
pub(super) fn key(model: &mut Model, mut dialog: NewDomainDialog, chord: Chord) -> Vec<Effect> {
    let plain = (!chord.ctrl() && !chord.alt()).then_some(chord.key());
    match plain {
        Some(Key::Enter) => return enter(model, dialog),
        Some(Key::Tab) if !dialog.also.is_empty() => dialog.in_also = !dialog.in_also,
        Some(Key::Up | Key::Down | Key::Tab) => move_in(&mut dialog, plain == Some(Key::Down)),
        _ if dialog.is_typing_other() => {
            if dialog.other.key(chord) {
                dialog.error = None;
            }
        }
        Some(Key::Char(' ')) if dialog.in_also => {
            if let Some(also) = dialog.also.get_mut(dialog.at) {
                also.ticked = !also.ticked;
            }
        }
        _ => {
            dialog.in_also = false;
            if dialog.field.key(chord) {
                (dialog.error, dialog.warning) = (None, None);
            }
        }
    }
    describe(model, &mut dialog);
    model.layers.push(Layer::NewDomain(Box::new(dialog)));
    Vec::new()
}

fn move_in(dialog: &mut NewDomainDialog, down: bool) {
    let step = |at: usize, count: usize| {
        if down { (at + 1).min(count.saturating_sub(1)) } else { at.saturating_sub(1) }
    };
    if dialog.in_also {
        dialog.at = step(dialog.at, dialog.also.len() + 1);
    } else {
        dialog.making = step(dialog.making, dialog.makings.len());
        dialog.chosen = Some(dialog.chosen_making());
    }
}

fn enter(model: &mut Model, mut dialog: NewDomainDialog) -> Vec<Effect> {
    let named = decide::name_domain(model, dialog.field.text());
    let (domain, warning) = match named {
        Ok(named) => named,
        Err(error) => {
            dialog.error = Some(error);
            model.layers.push(Layer::NewDomain(Box::new(dialog)));
            return Vec::new();
        }
    };
    if let Some(warning) = warning.filter(|_| dialog.warning.is_none()) {
        dialog.warning = Some(warning);
        model.layers.push(Layer::NewDomain(Box::new(dialog)));
        return Vec::new();
    }
    if let Some(unseen) = unseen(model, &dialog) {
        describe(model, &mut dialog);
        dialog.error = Some(unseen);
        model.layers.push(Layer::NewDomain(Box::new(dialog)));
        return Vec::new();
    }
    let making = dialog.chosen_making();
    let asks = making.pattern().filter(|pattern| pattern.asks());
    let call = match making.pattern().filter(|pattern| !pattern.asks()) {
        Some(pattern) => pattern.call(&domain).map(Some).ok_or("the name does not fit what is made of it".to_owned()),
        None => Ok(None),
    };
    match call.and_then(|call| step(model, &dialog, &domain, call.as_ref())) {
        // What is wanted besides can be had: else it would be told where nobody can mend it.
        Ok(_) if asks.is_some() => {
            model.layers.push(Layer::NewDomain(Box::new(dialog)));
            if let Some(pattern) = asks {
                asked::ask(model, pattern, &domain);
            }
            Vec::new()
        }
        Ok(step) => vec![Effect::Append(JournalRecord::Decide(step))],
        Err(error) => {
            dialog.error = Some(error);
            model.layers.push(Layer::NewDomain(Box::new(dialog)));
            Vec::new()
        }
    }
}

/// The decision with all that was chosen, and the call that makes the domain, if one does.
fn step(model: &Model, dialog: &NewDomainDialog, domain: &Identifier, call: Option<&Call>) -> Result<Step, String> {
    let accesses: Vec<_> = dialog.rows.iter().filter_map(|row| decide::access(model, *row)).collect();
    let wanted = wanted(model, &dialog.rows, domain);
    let roles: BTreeSet<Name> = accesses.iter().flat_map(|access| access.roles.clone()).collect();
    let mut additions = decide::given_already(model, &wanted);
    if let Some(installed) = installed(model, Some(domain)) {
        if let Some(call) = call {
            let program = program(model, &dialog.rows);
            let made = installed.making(call, domain, program).map_err(|refusal| refusal.to_string())?;
            let brings = made.1.brings(&wanted, Some(domain), &roles);
            additions.push(Addition { added: made.0, domain: Some(domain.clone()), wanted: true, brings });
        }
        for also in dialog.also.iter().filter(|also| also.ticked) {
            let (added, line) = also_line(&installed, also, domain)?;
            let brings = line.brings(&wanted, Some(domain), &roles);
            additions.push(Addition { added, domain: Some(domain.clone()), wanted: true, brings });
        }
        if let Some((added, line)) = other_line(&installed, dialog.other.text(), domain)? {
            let brings = line.brings(&wanted, Some(domain), &roles);
            additions.push(Addition { added, domain: Some(domain.clone()), wanted: true, brings });
        }
    }
    Ok(Step { verdict: Verdict::NewDomain(domain.clone()), accesses, additions })
}

fn also_line<'a>(
    installed: &Installed<'a>,
    also: &AlsoChoice,
    domain: &Identifier,
) -> Result<(Added, Line<'a>), String> {
    match &also.what {
        AlsoWhat::Call(pattern) => {
            let call = pattern.call(domain).ok_or("the name is too long")?;
            let line = installed.line(&call).map_err(|refusal| refusal.to_string())?;
            Ok((Added::Call(call), line))
        }
        AlsoWhat::Attribute(attribute) => {
            let line = installed.attribute(domain, attribute).map_err(|refusal| refusal.to_string())?;
            Ok((Added::Attribute { of: domain.clone(), attribute: attribute.clone() }, line))
        }
    }
}

/// What was typed besides: a call where it has a parenthesis, else an attribute.
fn other_line<'a>(
    installed: &Installed<'a>,
    typed: &str,
    domain: &Identifier,
) -> Result<Option<(Added, Line<'a>)>, String> {
    let typed = typed.trim();
    if typed.is_empty() {
        return Ok(None);
    }
    if typed.contains('(') {
        let call: Call = typed.parse().map_err(|error: CallError| error.to_string())?;
        let line = installed.line(&call).map_err(|refusal| refusal.to_string())?;
        return Ok(Some((Added::Call(call), line)));
    }
    let attribute =
        Identifier::new(typed).map_err(|error| format!("the attribute {}: {error}", printable(typed.as_bytes())))?;
    let line = installed.attribute(domain, &attribute).map_err(|refusal| refusal.to_string())?;
    Ok(Some((Added::Attribute { of: domain.clone(), attribute }, line)))
}

/// What that does.
fn other_says(model: &Model, dialog: &NewDomainDialog, domain: &Identifier) -> String {
    let Some(installed) = installed(model, Some(domain)) else { return String::new() };
    match other_line(&installed, dialog.other.text(), domain) {
        Ok(None) => String::new(),
        Ok(Some((Added::Attribute { attribute, .. }, _)))
            if installed.kind_of(attribute.as_str()) == NameKind::Unknown =>
        {
            "the policy has no type under it: an installed module must declare it".to_owned()
        }
        Ok(Some((added, _))) => {
            let told = match &added {
                Added::Attribute { attribute, .. } => asking::told_of_attribute(model, domain, attribute),
                added => added.call().and_then(|call| asking::told_of_domain(model, domain, call, &[])),
            };
            told.map(|told| told.counts.opens()).unwrap_or_default()
        }
        Err(error) => error,
    }
}

/// The program that the rows tell of most.
fn program(model: &Model, rows: &[usize]) -> Option<String> {
    let all = model.table.denials().rows();
    rows.iter().find_map(|row| all.get(*row)?.evidence.exe.most()).map(Untrusted::printable)
}
