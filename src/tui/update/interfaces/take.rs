//! A call of the pane as a decision; what is not known of its arguments is asked for.

use std::collections::BTreeSet;

use super::{
    super::{
        arguments::{self, Filled},
        asking, decide, new_domain,
    },
    leave, selected,
};
use crate::{
    host::policy_types::PolicyAndSession,
    module::Added,
    refpolicy::{
        CallProblem, Entry, ParameterKind,
        matching::{PolicyTypes as _, RuleKind},
    },
    replay::{Installed, Refusal},
    selinux::{Call, Name},
    session::{Addition, JournalRecord, Step, Verdict},
    tui::{
        Effect, Model,
        model::{CallDialog, InterfaceEntry, Layer, domain_place},
    },
};

/// Takes the call under the cursor.
pub(super) fn take(model: &mut Model) -> Vec<Effect> {
    let Some(entry) = selected(model).cloned() else {
        model.complain("there is no interface here");
        return Vec::new();
    };
    let calls = match entry {
        InterfaceEntry::Offer(offer) => offer.calls,
        InterfaceEntry::Other(_, call, _) => vec![call],
        InterfaceEntry::Named(id, ..) => {
            let dialog = model.headers.known().and_then(|known| dialog(model, &known.catalogue.by_id(id)?));
            let Some(mut dialog) = dialog else { return Vec::new() };
            match dialog.call() {
                // All of it is known: nothing needs to be asked.
                Ok(call) if dialog.fields.iter().all(|field| field.is_known) => vec![call],
                _ => {
                    arguments::describe(model, &mut dialog);
                    model.layers.push(Layer::Call(Box::new(dialog)));
                    return Vec::new();
                }
            }
        }
        InterfaceEntry::Remark(_) => {
            model.complain("that is a remark: choose a call");
            return Vec::new();
        }
    };
    match step(model, calls) {
        Ok(record) => {
            leave(model);
            vec![Effect::Append(record)]
        }
        Err(why) => {
            model.complain(why);
            Vec::new()
        }
    }
}

/// A field for each argument, filled in by its kind where something is known.
fn dialog(model: &Model, entry: &Entry<'_>) -> Option<CallDialog> {
    let need = &model.interfaces.need;
    let first = need.vectors.first();
    let domain = domain_place(entry);
    let own = need.domain.as_ref().map(Name::as_str);
    arguments::dialog(entry, None, |place, kind| {
        let text = match kind {
            _ if Some(place) == domain => own,
            ParameterKind::Domain => own,
            ParameterKind::Type => first.map(|vector| vector.target.as_str()),
            ParameterKind::Class => first.map(|vector| vector.class.as_str()),
            ParameterKind::Role => need.role.as_ref().map(Name::as_str).or(Some("system_r")),
            ParameterKind::Prefix => own.map(|own| own.strip_suffix("_t").unwrap_or(own)),
            _ => None,
        };
        Filled { text: text.unwrap_or_default().to_owned(), is_known: Some(place) == domain }
    })
}

/// What the call would do, or why it can't be.
pub(in crate::tui::update) fn says(model: &Model, call: &Call) -> Vec<String> {
    let need = &model.interfaces.need;
    let Some(installed) = new_domain::installed(model, need.own.as_ref()) else { return Vec::new() };
    match installed.line(call) {
        Ok(_) => asking::told(model, need, call).map(|told| told.counts.to_string()).into_iter().collect(),
        Err(refusal) => {
            let mut says = vec![refusal.to_string()];
            let instead = for_members(model, &installed, call, &refusal);
            if !instead.is_empty() {
                let calls: Vec<_> = instead.iter().map(ToString::to_string).collect();
                says.push(format!("Enter takes one call for each member instead: {}", calls.join("; ")));
            }
            says
        }
    }
}

/// One call for each member, by the policy and by the session, where the argument is an attribute and must be a type.
fn for_members(model: &Model, installed: &Installed<'_>, call: &Call, refusal: &Refusal) -> Vec<Call> {
    let Refusal::Call(problem) = refusal else { return Vec::new() };
    let CallProblem::Attribute(argument, _) = problem.as_ref() else { return Vec::new() };
    let declared = model.session.declared();
    let members = PolicyAndSession { policy: installed.policy, declared: &declared }.members(&argument.given);
    let arguments = call.argument_texts();
    let called = (call.interface.as_str(), arguments.as_slice());
    installed.catalogue.calls_for_members(called, problem, &members, &|name| installed.kind_of(name))
}

/// The call, or those that stand for it where its argument is an attribute.
fn compiling(model: &Model, call: Call) -> Vec<Call> {
    let Some(installed) = new_domain::installed(model, model.interfaces.need.own.as_ref()) else { return vec![call] };
    let instead = match installed.line(&call) {
        Ok(_) => Vec::new(),
        Err(refusal) => for_members(model, &installed, &call, &refusal),
    };
    if instead.is_empty() { vec![call] } else { instead }
}

/// The decision for a call whose arguments were asked for; the pane is left.
pub(in crate::tui::update) fn taken(model: &mut Model, call: Call) -> Result<JournalRecord, String> {
    let record = step(model, compiling(model, call))?;
    leave(model);
    Ok(record)
}

/// The calls as one decision on what they give.
fn step(model: &Model, calls: Vec<Call>) -> Result<JournalRecord, String> {
    model.can_write()?;
    let need = &model.interfaces.need;
    let installed = new_domain::installed(model, need.own.as_ref()).ok_or("the headers are not read yet")?;
    let hides = need.kind == RuleKind::DontAudit;
    let mut additions = Vec::new();
    for call in calls {
        let line = installed.line(&call).map_err(|refusal| refusal.to_string())?;
        let brings = line.brings(&need.vectors, need.own.as_ref(), &BTreeSet::new());
        let domain = need.own.clone().filter(|own| call.names(own.as_str()));
        let wanted = if hides { brings.hides.is_empty() } else { brings.gives.is_empty() };
        additions.push(Addition { added: Added::Call(call), domain, wanted, brings });
    }
    let mut accesses = Vec::new();
    for row in &need.rows {
        let Some(mut access) = decide::access(model, *row) else { continue };
        let named = need.own.as_ref().map_or(access.vector.clone(), |own| decide::moved(&access.vector, own));
        let parts = additions.iter().map(|addition| &addition.brings);
        let parts = parts.flat_map(|brings| if hides { &brings.hides } else { &brings.gives });
        let given = parts.filter(|given| given.is_about_the_same(&named)).flat_map(|given| &given.permissions);
        access.vector.permissions = given.cloned().collect();
        if !access.vector.permissions.is_empty() {
            accesses.push(access);
        }
    }
    let verdict = match &need.own {
        _ if hides => Verdict::DontAudit,
        Some(own) => Verdict::NewDomain(own.clone()),
        None => Verdict::Allow,
    };
    Ok(JournalRecord::Decide(Step { verdict, accesses, additions }))
}
