//! Decisions: what a verdict on the chosen rows writes into the journal.

use std::collections::BTreeSet;

use super::new_domain;
use crate::{
    module::{Added, Needs},
    selinux::{AccessVector, Identifier},
    session::{Addition, DecidedAccess, JournalRecord, Standing, Step, Verdict},
    tui::{Effect, Model},
};

/// A verdict on the marked rows, else on the selected one.
pub(super) fn decide(model: &Model, verdict: &Verdict) -> Vec<Effect> {
    step(model, verdict, &model.chosen())
}

/// A verdict on these rows.
pub(super) fn step(model: &Model, verdict: &Verdict, rows: &[usize]) -> Vec<Effect> {
    let accesses: Vec<_> = rows.iter().filter_map(|row| undecided(model, *row)).collect();
    if accesses.is_empty() {
        return Vec::new();
    }
    let vectors = accesses.iter().map(|access| match verdict {
        Verdict::NewDomain(domain) => moved(&access.vector, domain),
        Verdict::Allow | Verdict::DontAudit | Verdict::Skip => access.vector.clone(),
    });
    let additions = match verdict {
        Verdict::Skip => Vec::new(),
        Verdict::Allow | Verdict::DontAudit | Verdict::NewDomain(_) => {
            given_already(model, &vectors.collect::<Vec<_>>())
        }
    };
    vec![Effect::Append(JournalRecord::Decide(Step { verdict: verdict.clone(), accesses, additions }))]
}

/// The verdict that a reopened row has already, on all that it holds now; one step for each verdict.
pub(super) fn extend(model: &Model) -> Vec<Effect> {
    let mut verdicts: Vec<(Verdict, Vec<usize>)> = Vec::new();
    for row in model.chosen() {
        let Some(Standing::Reopened(verdict, _)) = model.table.standing(row) else { continue };
        match verdicts.iter_mut().find(|(known, _)| known == verdict) {
            Some((_, rows)) => rows.push(row),
            None => verdicts.push((verdict.clone(), vec![row])),
        }
    }
    verdicts.iter().flat_map(|(verdict, rows)| step(model, verdict, rows)).collect()
}

/// What a decision on the row is about: where a call gives a part of it, only what is open, else all of it.
fn undecided(model: &Model, row: usize) -> Option<DecidedAccess> {
    let mut access = access(model, row)?;
    let denial = model.table.denials().rows().get(row)?;
    if let Some(Standing::Reopened(_, new)) = model.table.standing(row)
        && !model.session.givers(&denial.key).is_empty()
    {
        access.vector.permissions = new.clone();
    }
    Some(access)
}

/// An access with the domain that it moves to.
pub(super) fn moved(vector: &AccessVector, domain: &Identifier) -> AccessVector {
    let target = if vector.target == vector.source { domain.name() } else { &vector.target };
    AccessVector { source: domain.name().clone(), target: target.clone(), ..vector.clone() }
}

/// What the module's lines give of further accesses: the same lines again, with that.
pub(super) fn given_already(model: &Model, vectors: &[AccessVector]) -> Vec<Addition> {
    let mut again = Vec::new();
    for addition in model.session.additions() {
        let domain = addition.domain.clone();
        let Some(installed) = new_domain::installed(model, domain.as_ref()) else { continue };
        let line = match &addition.added {
            Added::Attribute { of, attribute } => installed.attribute(of, attribute),
            Added::Template(call) | Added::Maker { call, .. } | Added::Call(call) => installed.line(call),
        };
        let Ok(line) = line else { continue };
        let mut brings = line.brings(vectors, None, &BTreeSet::new());
        brings.needs = Needs::default();
        if !brings.gives.is_empty() || !brings.hides.is_empty() {
            again.push(Addition { added: addition.added, domain, wanted: false, brings });
        }
    }
    again
}

/// The row as it is now. What only the journal knows keeps the evidence that the journal has.
pub(super) fn access(model: &Model, row: usize) -> Option<DecidedAccess> {
    let denial = model.table.denials().rows().get(row)?;
    let mut access = DecidedAccess::of(denial);
    if denial.tally.count() == 0
        && let Some((_, known)) = model.session.decision(&denial.key)
    {
        access.remark = known.remark.clone();
        access.roles.clone_from(&known.roles);
    }
    Some(access)
}

/// What a name typed for a new domain means, and what the person should know of it first.
pub(super) fn name_domain(model: &Model, text: &str) -> Result<(Identifier, Option<String>), String> {
    let name = Identifier::domain_type(text).map_err(|error| error.to_string())?;
    if model.session.domains().contains(&&name) {
        return Ok((name, None));
    }
    let known = model.table.denials().rows().iter().any(|denial| {
        [&denial.key.source, &denial.key.target].into_iter().any(|r#type| r#type.as_str() == name.as_str())
    });
    let warning = known.then(|| {
        format!(
            "the log knows a type {name} already: if an installed module declares it, this one can't. Enter goes on"
        )
    });
    Ok((name, warning))
}

/// What was decided, in a few words.
pub(super) fn sentence(step: &Step) -> String {
    if let ([], [first, ..]) = (step.accesses.as_slice(), step.additions.as_slice()) {
        return format!("add {}, which covers none of what was denied here", printable(&first.added.to_string()));
    }
    let what = match step.accesses.as_slice() {
        [access] => {
            let vector = &access.vector;
            let [source, target, class] =
                [&vector.source, &vector.target, &vector.class].map(|name| printable(name.as_str()));
            format!("{source} {target}:{class}")
        }
        accesses => format!("{} denials", accesses.len()),
    };
    match &step.verdict {
        Verdict::Allow => format!("allow {what}"),
        Verdict::DontAudit => format!("dontaudit {what}"),
        Verdict::Skip => format!("skip {what}"),
        Verdict::NewDomain(name) => format!("to {name}: {what}"),
    }
}

fn printable(text: &str) -> String {
    crate::selinux::printable(text.as_bytes())
}
