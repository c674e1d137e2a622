//! The interfaces pane: what grants the chosen denials, and all that the headers define.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{KnownHeaders, Pane};
use crate::{
    refpolicy::{
        CallId, DefinitionId, Entry, Expansion, ParameterKind,
        matching::{Coverage, Covered, Offer, RuleKind},
    },
    selinux::{AccessVector, Call, Identifier, Name},
    tui::widgets::{Scroll, TextField},
};

/// The pane as it stands.
#[derive(Debug, Default)]
pub struct InterfacePane {
    /// Whether it was ever opened: from then on Tab visits it.
    pub open: bool,
    /// What stood below the list before it was opened; it comes back when the pane is left.
    pub before: Option<Pane>,
    /// What a call would be for.
    pub need: Need,
    /// What each definition covers of the need.
    pub coverage: Coverage,
    /// What is listed.
    pub listed: Listed,
    /// The words that are searched for.
    pub field: TextField,
    /// How much of the need what is listed first covers, for the title.
    pub sum: String,
    /// The list.
    pub entries: Vec<InterfaceEntry>,
    /// The item under the cursor: the place in what [`items`](Self::items) gives.
    pub at: usize,
    /// The entries that are unfolded, each with the calls in it that are.
    pub unfolded: BTreeMap<usize, BTreeSet<CallId>>,
    /// Which lines are seen.
    pub scroll: Scroll,
    /// Why nothing is listed, or what went wrong.
    pub note: Option<String>,
    /// What is listed was found for other headers, another policy or other decisions.
    pub stale: bool,
}

/// What a call would be for: rows, and their accesses as the module names them.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Need {
    /// The rows.
    pub rows: Vec<usize>,
    /// What was denied there.
    pub vectors: Vec<AccessVector>,
    /// Who would be allowed it.
    pub domain: Option<Name>,
    /// The session's domain that they are moved to, where it is one.
    pub own: Option<Identifier>,
    /// The role that the source ran in.
    pub role: Option<Name>,
    /// Whether it is to be allowed, or only hidden.
    pub kind: RuleKind,
}

/// What the list is of.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Listed {
    /// What grants the need.
    #[default]
    Offers,
    /// What was searched for.
    Search,
    /// What calls this definition.
    Callers(Name),
}

/// One entry of the list.
#[derive(Debug, Clone, PartialEq)]
pub enum InterfaceEntry {
    /// A call that grants something of what was denied.
    Offer(Box<Offer>),
    /// The same where it is not the first choice: what it covers and opens as a sentence.
    Other(DefinitionId, Call, String),
    /// A definition that was searched for, or that comes near; what it covers of the need, where there is one, and a sentence.
    Named(DefinitionId, Option<Covered>, String),
    /// A remark between the others.
    Remark(String),
}

/// A line of the pane that the cursor can be on; it may be broken into several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// The entry itself.
    Head(usize),
    /// What the header says of it.
    Said {
        /// Of this entry.
        entry: usize,
        /// The summary, which stands out.
        heading: bool,
        /// Not printable yet.
        text: String,
    },
    /// A statement, or a call, that it brings.
    Brought {
        /// By this entry.
        entry: usize,
        /// How far it is indented.
        depth: usize,
        /// Not printable yet.
        text: String,
        /// The call, and whether it is unfolded; a statement is none.
        call: Option<(CallId, bool)>,
    },
}

impl Item {
    /// The entry that it belongs to.
    pub fn entry(&self) -> usize {
        match self {
            Self::Head(entry) | Self::Said { entry, .. } | Self::Brought { entry, .. } => *entry,
        }
    }
}

/// What calls expand to, by their text. Whoever has the headers is asked, and answers later.
#[derive(Debug, Default)]
pub struct Expansions {
    known: BTreeMap<String, Arc<Expansion>>,
    asked: BTreeSet<String>,
    /// Those that were asked for as the `module` form writes them.
    written_out: BTreeSet<Call>,
}

impl Expansions {
    /// What this call expands to, once it is known.
    pub fn get(&self, call: &str) -> Option<&Expansion> {
        self.known.get(call).map(Arc::as_ref)
    }

    /// Those of the calls that nobody was asked for yet; from now on they are.
    pub fn ask(&mut self, calls: impl IntoIterator<Item = String>) -> Vec<String> {
        calls.into_iter().filter(|call| self.asked.insert(call.clone())).collect()
    }

    /// Those of the calls that nobody was asked yet to write out for the `module` form; from now on they are.
    pub fn ask_written(&mut self, calls: impl IntoIterator<Item = Call>) -> Vec<Call> {
        calls.into_iter().filter(|call| self.written_out.insert(call.clone())).collect()
    }

    /// An answer.
    pub fn add(&mut self, call: String, expansion: Arc<Expansion>) {
        self.known.insert(call, expansion);
    }

    /// Other headers are there: nothing is known of them.
    pub fn clear(&mut self) {
        *self = Self::default();
    }
}

impl InterfaceEntry {
    /// The definition; a remark has none.
    pub fn definition(&self) -> Option<DefinitionId> {
        match self {
            Self::Offer(offer) => Some(offer.definition),
            Self::Other(id, ..) | Self::Named(id, ..) => Some(*id),
            Self::Remark(_) => None,
        }
    }
}

impl InterfacePane {
    /// The entry that the cursor is on, or in.
    pub fn entry(&self, items: &[Item]) -> Option<&InterfaceEntry> {
        self.entries.get(items.get(self.at)?.entry())
    }

    /// The text of the call that an entry is about; what nobody knows yet stays `$2`.
    pub fn call_text(&self, entry: &InterfaceEntry, headers: &KnownHeaders) -> Option<String> {
        match entry {
            InterfaceEntry::Offer(offer) => offer.calls.first().map(ToString::to_string),
            InterfaceEntry::Other(_, call, _) => Some(call.to_string()),
            InterfaceEntry::Named(id, ..) => {
                let entry = headers.catalogue.by_id(*id)?;
                let domain = self.need.domain.as_ref().map(Name::as_str);
                let mut arguments: Vec<String> =
                    (1..=entry.contents.parameters.len()).map(|at| format!("${at}")).collect();
                if let (Some(place), Some(domain)) = (domain_place(&entry), domain)
                    && let Some(argument) = arguments.get_mut(place)
                {
                    domain.clone_into(argument);
                }
                Some(format!("{}({})", entry.definition.name, arguments.join(", ")))
            }
            InterfaceEntry::Remark(_) => None,
        }
    }

    /// All items in their order.
    pub fn items(&self, headers: Option<&KnownHeaders>, expansions: &Expansions) -> Vec<Item> {
        let mut items = Vec::new();
        for (at, entry) in self.entries.iter().enumerate() {
            items.push(Item::Head(at));
            let (Some(open), Some(headers)) = (self.unfolded.get(&at), headers) else { continue };
            let Some(found) = entry.definition().and_then(|id| headers.catalogue.by_id(id)) else { continue };
            items.extend(said(at, &found, headers));
            match self.call_text(entry, headers).and_then(|text| expansions.get(&text)) {
                Some(expansion) => super::unfolding::brought(at, expansion, open, &mut items),
                None => items.push(Item::Said { entry: at, heading: false, text: "expanding ...".to_owned() }),
            }
        }
        items
    }
}

/// What the header says of a definition: summary, parameters, where it stands, who calls it.
fn said(at: usize, entry: &Entry<'_>, headers: &KnownHeaders) -> Vec<Item> {
    let definition = entry.definition;
    let documentation = definition.documentation();
    let mut lines = Vec::new();
    if !documentation.summary.is_empty() {
        lines.push((true, documentation.summary.clone()));
    }
    lines.extend(
        documentation.description.lines().filter(|line| !line.trim().is_empty()).map(|line| (false, line.to_owned())),
    );
    for ((place, parameter), used) in (1..).zip(definition.parameters()).zip(&entry.contents.parameters) {
        let name = if parameter.name.is_empty() { format!("${place}") } else { parameter.name.clone() };
        let concrete = if used.concrete.is_some() { ", no attribute" } else { "" };
        let text = format!("${place} {name} ({}{concrete}): {}", used.kind.word().replace('_', " "), parameter.summary);
        lines.push((false, text.trim_end_matches(": ").to_owned()));
    }
    let definitions = headers.catalogue.definitions();
    let callers = headers.catalogue.callers(&definition.name).len();
    let called = match callers {
        0 => "nothing calls it".to_owned(),
        1 => "1 other calls it".to_owned(),
        count => format!("{count} others call it"),
    };
    let place =
        definitions.file(definition).map_or_else(String::new, |file| format!("{}:{}; ", file.path, definition.line));
    let old = if definition.deprecated { "deprecated; " } else { "" };
    lines.push((false, format!("{old}{} in {place}{called}", definition.kind)));
    lines.into_iter().map(|(heading, text)| Item::Said { entry: at, heading, text }).collect()
}

/// The place of the parameter that the domain is.
pub fn domain_place(entry: &Entry<'_>) -> Option<usize> {
    let parameters = &entry.contents.parameters;
    let first = parameters.first().filter(|parameter| parameter.kind == ParameterKind::Type).map(|_| 0);
    parameters.iter().position(|parameter| parameter.kind == ParameterKind::Domain).or(first)
}
