//! Views over one interface: what it opens beyond the need, and its text as written.

use super::{
    super::{asking, new_domain},
    items,
};
use crate::{
    refpolicy::matching::{Opened, RuleKind},
    selinux::{Name, printable},
    tui::{
        Model,
        model::{InterfaceEntry, Layer, TextLine, TextView},
        widgets::Scroll,
    },
};

fn line(heading: bool, text: &str) -> TextLine {
    TextLine { heading, text: printable(text.replace('\t', "    ").as_bytes()), spot: None }
}

/// Every access that the call under the cursor grants and nobody was denied, what writes first.
pub(super) fn opens(model: &mut Model) {
    let items = items(model);
    let Some(known) = model.headers.known() else { return };
    let pane = &model.interfaces;
    let Some(entry) = pane.entry(&items) else { return };
    let call = match pane.call_text(entry, known).map(|text| text.parse::<crate::selinux::Call>()) {
        Some(Ok(call)) => call,
        Some(Err(_)) => {
            return model.complain("it takes more than the domain: Enter asks for the rest, and says what it opens");
        }
        None => return,
    };
    let Some(installed) = new_domain::installed(model, pane.need.own.as_ref()) else { return };
    if let Err(refusal) = installed.check(&call) {
        return model.complain(refusal.to_string());
    }
    let Some(told) = asking::told(model, &pane.need, &call) else { return };
    let domain = pane.need.domain.as_ref().map_or("", Name::as_str);
    let mut lines = Vec::new();
    if !told.attributes.is_empty() {
        let names: Vec<_> = told.attributes.iter().map(Name::as_str).collect();
        lines.push(line(false, &format!("It puts {domain} under {}.", names.join(" "))));
    }
    let hides = pane.need.kind == RuleKind::DontAudit;
    if hides {
        let (writing, looking): (Vec<_>, Vec<_>) = told.hidden.into_iter().partition(|hidden| hidden.writes);
        section(&mut lines, &[writing, looking].concat(), ("access that it hides", "accesses that it hides"));
    }
    if hides && told.opened.is_empty() {
        lines.push(line(true, "It allows nothing."));
        lines.push(line(false, ""));
    } else {
        let (writing, looking): (Vec<_>, Vec<_>) = told.opened.into_iter().partition(|opened| opened.writes);
        let names = (
            "access that writes, creates, executes or changes something",
            "accesses that write, create, execute or change something",
        );
        section(&mut lines, &writing, names);
        section(&mut lines, &looking, ("access that only looks or connects", "accesses that only look or connect"));
    }
    if !told.by_attributes.is_empty() {
        let (writing, looking): (Vec<_>, Vec<_>) = told.by_attributes.into_iter().partition(|opened| opened.writes);
        let names = (
            "access by attribute that writes, creates, executes or changes something",
            "accesses by attribute that write, create, execute or change something",
        );
        section(&mut lines, &writing, names);
        section(
            &mut lines,
            &looking,
            ("access by attribute that only looks or connects", "accesses by attribute that only look or connect"),
        );
    }
    lines.push(line(
        false,
        "Counted as the header spells it: an attribute is one target. Rules under a boolean are not counted.",
    ));
    let title = format!("What {call} {} beyond the need", if hides { "hides" } else { "opens" });
    model.layers.push(Layer::Text(TextView { title, lines, scroll: Scroll::default() }));
}

/// How many accesses there are, and each.
fn section(lines: &mut Vec<TextLine>, opened: &[Opened], (one, many): (&str, &str)) {
    let count: usize = opened.iter().map(|opened| opened.permissions.len()).sum();
    lines.push(line(true, &format!("{count} {}", if count == 1 { one } else { many })));
    lines.extend(opened.iter().map(|opened| line(false, &access(opened))));
    lines.push(line(false, ""));
}

/// `by hostname_t: container_t:fd { use }`; whose it is stands there where it is not the domain's.
fn access(opened: &Opened) -> String {
    let source = opened.source.as_ref().map(|source| format!("by {}: ", source.as_str())).unwrap_or_default();
    let permissions: Vec<&str> = opened.permissions.iter().map(Name::as_str).collect();
    let (target, class) = (opened.target.as_str(), opened.class.as_str());
    let types = match opened.types {
        Some(types) if target.starts_with('{') => format!("  ({types} types)"),
        Some(types) => format!("  (an attribute of {types} types)"),
        None => String::new(),
    };
    format!("{source}{target}:{class} {{ {} }}{types}", permissions.join(" "))
}

/// Remarks and text as the header has them.
pub(super) fn definition(model: &mut Model) {
    let items = items(model);
    let Some(known) = model.headers.known() else { return };
    let Some(id) = model.interfaces.entry(&items).and_then(InterfaceEntry::definition) else { return };
    let definitions = known.catalogue.definitions();
    let Some(definition) = definitions.by_id(id) else { return };
    let place = definitions.file(definition).map_or("", |file| &*file.path);
    let title = printable(format!("{place}:{}", definition.line).as_bytes());
    let lines = definitions.text(definition).lines().map(|text| line(false, text)).collect();
    model.layers.push(Layer::Text(TextView { title, lines, scroll: Scroll::default() }));
}
