//! What the pane lists: offers, what was searched for, what calls something.

use std::collections::BTreeMap;

use super::{super::asking, items};
use crate::{
    refpolicy::{
        Catalogue, DefinitionId, SearchIn,
        matching::{Coverage, Covered, Offer, Plan, Preference, Question, Related, RuleKind},
    },
    selinux::{AccessVector, Name, shown_rule, statement::AvRuleKind},
    tui::{
        Model,
        model::{HeadersState, InterfaceEntry, InterfacePane, KnownHeaders, Listed},
        view::interfaces::reaches,
    },
};

/// How many are listed at most.
const MOST: usize = 200;

/// How many calls besides those of a plan are listed, and by how many of the denials they are looked for.
const MOST_OTHERS: usize = 8;
const ASKED_FOR_OTHERS: usize = 6;

/// Finds anew what is listed.
pub(super) fn fill(model: &mut Model) {
    let mut pane = std::mem::take(&mut model.interfaces);
    pane.entries.clear();
    pane.sum.clear();
    pane.note = None;
    match &model.headers {
        HeadersState::Reading(what) => pane.note = Some(format!("Reading the interface headers: {what}.")),
        HeadersState::Missing(why) => pane.note = Some(why.clone()),
        HeadersState::Read(known) => match pane.listed.clone() {
            Listed::Offers => offers(model, known, &mut pane),
            Listed::Search => search(known, &mut pane),
            Listed::Callers(name) => {
                let callers = known.catalogue.callers(name.as_str()).iter().copied();
                pane.entries = named(&known.catalogue, callers, &pane.coverage);
            }
        },
    }
    model.interfaces = pane;
}

/// Finds anew what each definition covers of the need.
pub(super) fn cover(model: &mut Model) {
    let need = &model.interfaces.need;
    let coverage = asking::for_need(model, need, |matcher, question| matcher.coverage(&need.vectors, question));
    model.interfaces.coverage = coverage.unwrap_or_default();
}

fn named(catalogue: &Catalogue, ids: impl Iterator<Item = DefinitionId>, coverage: &Coverage) -> Vec<InterfaceEntry> {
    let named = ids.filter_map(|id| {
        let definition = catalogue.definitions().by_id(id)?;
        let old = if definition.deprecated { "deprecated; " } else { "" };
        Some(InterfaceEntry::Named(id, coverage.of(id), format!("{old}{}", definition.documentation().summary)))
    });
    named.take(MOST).collect()
}

/// Words find names and summaries; behind a `/` stands a regular expression for the text as it is written.
fn search(known: &KnownHeaders, pane: &mut InterfacePane) {
    let typed = pane.field.text().trim().to_owned();
    let Some(pattern) = typed.strip_prefix('/') else {
        let found = known.fuzzy.search(&typed, MOST).into_iter().map(|found| found.id);
        pane.entries = named(&known.catalogue, found, &pane.coverage);
        if pane.entries.is_empty() {
            pane.note =
                Some("No interface has such a name or summary; / before the words searches the text.".to_owned());
        }
        return;
    };
    if pattern.is_empty() {
        pane.note = Some("Type a regular expression: it is looked for in each line of the headers.".to_owned());
        return;
    }
    match known.catalogue.definitions().find_some(pattern, SearchIn::Interfaces, MOST) {
        Ok((count, found)) => {
            pane.sum = format!("{count} found");
            let first = |lines: &[(u32, &str)]| {
                let (number, line) = lines.first().copied().unwrap_or_default();
                let more = if lines.len() > 1 { format!(" (+{})", lines.len() - 1) } else { String::new() };
                format!("{number}: {}{more}", line.trim())
            };
            let entries =
                found.into_iter().map(|(id, lines)| InterfaceEntry::Named(id, pane.coverage.of(id), first(&lines)));
            pane.entries = entries.collect();
            if pane.entries.is_empty() {
                pane.note = Some("No line of the headers matches.".to_owned());
            }
        }
        Err(error) => pane.note = Some(error.to_string()),
    }
}

/// What calls the definition under the cursor.
pub(super) fn callers(model: &mut Model) {
    let Some(known) = model.headers.known() else { return };
    let items = items(model);
    let Some(id) = model.interfaces.entry(&items).and_then(InterfaceEntry::definition) else { return };
    let Some(definition) = known.catalogue.definitions().by_id(id) else { return };
    let name = definition.name.clone();
    if known.catalogue.callers(&name).is_empty() {
        model.say(format!("nothing in the headers calls {}", crate::selinux::printable(name.as_bytes())));
        return;
    }
    let pane = &mut model.interfaces;
    pane.listed = Listed::Callers(Name::from(name.as_str()));
    pane.unfolded.clear();
    (pane.at, pane.scroll.top) = (0, 0);
    fill(model);
}

fn offers(model: &Model, known: &KnownHeaders, pane: &mut InterfacePane) {
    let need = pane.need.clone();
    let asked = asking::for_need(model, &need, |_, question| match need.vectors.as_slice() {
        [] => pane.note = Some("The calls of the module grant all of it already.".to_owned()),
        [need] => one(known, need, question, pane),
        needs => several(known, needs, question, pane),
    });
    if asked.is_none() {
        pane.note = Some("No denial is selected.".to_owned());
    }
    if pane.entries.is_empty() && pane.note.is_none() {
        pane.note = Some("No interface grants any of it.".to_owned());
    }
}

fn one(known: &KnownHeaders, need: &AccessVector, question: &Question<'_>, pane: &mut InterfacePane) {
    let offers = known.matcher.offers(need, question);
    let whole = offers.iter().filter(|offer| offer.is_complete()).count();
    pane.sum = match (whole, offers.len()) {
        (0, 0) => String::new(),
        (0, some) => format!("{some} cover a part of it"),
        (1, _) => "1 covers it".to_owned(),
        (whole, _) => format!("{whole} cover it"),
    };
    pane.entries = offers.into_iter().take(MOST).map(offer).collect();
    if pane.entries.is_empty() {
        let related = known.matcher.related(need, question);
        pane.entries = related.into_iter().map(near).collect();
    }
}

/// The fewest calls, what stays, the tightest set where it is another one, and other calls for the same.
fn several(known: &KnownHeaders, needs: &[AccessVector], question: &Question<'_>, pane: &mut InterfacePane) {
    let plan = known.matcher.plan(needs, question, Preference::Calls);
    let tight = known.matcher.plan(needs, question, Preference::Tight);
    let texts = |plan: &Plan| plan.calls.iter().map(Offer::text).collect::<Vec<_>>();
    let is_other = texts(&plan) != texts(&tight) && !tight.calls.is_empty();
    pane.sum = format!("{} of {} covered", plan.covered, plan.asked);
    if is_other {
        pane.entries.push(InterfaceEntry::Remark(heading("fewest calls", &plan)));
    }
    let mut listed = texts(&plan);
    add(plan, question.kind, pane);
    if is_other {
        pane.entries.push(InterfaceEntry::Remark(heading("tightest set", &tight)));
        listed.extend(texts(&tight));
        pane.entries.extend(tight.calls.into_iter().map(offer));
    }
    let others = others(known, needs, question, &listed);
    if !others.is_empty() {
        pane.entries.push(InterfaceEntry::Remark("other calls that cover some of it:".to_owned()));
        pane.entries.extend(others);
    }
}

fn heading(what: &str, plan: &Plan) -> String {
    let calls =
        if plan.calls.len() == 1 { "1 call covers".to_owned() } else { format!("{} calls cover", plan.calls.len()) };
    format!("{what}: {calls} {} of {}", plan.covered, plan.asked)
}

fn add(plan: Plan, kind: RuleKind, pane: &mut InterfacePane) {
    let verb = match kind {
        RuleKind::Allow => AvRuleKind::Allow,
        RuleKind::DontAudit => AvRuleKind::DontAudit,
    };
    pane.entries.extend(plan.calls.into_iter().map(offer));
    for uncovered in plan.uncovered {
        let covers = if uncovered.instead.is_empty() { "" } else { "; what would cover it:" };
        let rest = shown_rule(verb, &uncovered.rest);
        pane.entries.push(InterfaceEntry::Remark(format!("stays: {rest}{covers}")));
        pane.entries.extend(uncovered.instead.into_iter().map(offer));
        pane.entries.extend(uncovered.related.into_iter().map(near));
    }
}

/// What else would cover much of it, most first: found by each of the denials, counted over all of them.
fn others(
    known: &KnownHeaders,
    needs: &[AccessVector],
    question: &Question<'_>,
    listed: &[String],
) -> Vec<InterfaceEntry> {
    let mut found: BTreeMap<String, (Covered, InterfaceEntry)> = BTreeMap::new();
    for need in needs.iter().take(ASKED_FOR_OTHERS) {
        for offer in known.matcher.offers(need, question).into_iter().take(MOST_OTHERS) {
            let text = offer.text();
            let [call] = offer.calls.as_slice() else { continue };
            if offer.deprecated || listed.contains(&text) || found.contains_key(&text) {
                continue;
            }
            let Some(told) = known.matcher.told(call, needs, question) else { continue };
            let counts = format!("{}{}", told.counts, reaches(offer.types));
            let entry = InterfaceEntry::Other(offer.definition, call.clone(), counts);
            found.insert(text, (told.counts, entry));
        }
    }
    let mut others: Vec<_> = found.into_values().collect();
    others.sort_by_key(|(counts, _)| (std::cmp::Reverse(counts.covered), counts.opens + counts.hides));
    others.into_iter().take(MOST_OTHERS).map(|(_, entry)| entry).collect()
}

/// What comes near, with the whole reason why it is no answer: the end of it is what a person must know.
fn near(near: Related) -> InterfaceEntry {
    let (id, reason) = (near.offer.definition, near.reason.to_string());
    match near.offer.calls.into_iter().next() {
        Some(call) => InterfaceEntry::Other(id, call, reason),
        None => InterfaceEntry::Named(id, None, reason),
    }
}

fn offer(offer: Offer) -> InterfaceEntry {
    InterfaceEntry::Offer(Box::new(offer))
}
