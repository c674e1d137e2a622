//! Views over one interface: what it opens beyond the need, and its text as written.

use super::{super::new_domain, items};
use crate::{
    selinux::printable,
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
    let found = match installed.line(&call) {
        Ok(found) => found,
        Err(refusal) => return model.complain(refusal.to_string()),
    };
    let domain = pane.need.domain.clone().unwrap_or_else(|| "".into());
    let opened = found.opened(domain.as_str(), &pane.need.vectors);
    let attributes = found.attributes_of(domain.as_str());
    let mut lines = Vec::new();
    if !attributes.is_empty() {
        lines.push(line(false, &format!("It puts {} under {}.", domain.as_str(), attributes.join(" "))));
    }
    for (writes, one, many) in [
        (
            true,
            "1 access that writes, creates, executes or changes something",
            "that write, create, execute or change something",
        ),
        (false, "1 access that only looks", "that only look"),
    ] {
        let part: Vec<_> = opened.iter().filter(|opened| opened.writes == writes).collect();
        let count: usize = part.iter().map(|opened| opened.permissions.len()).sum();
        let title = if count == 1 { one.to_owned() } else { format!("{count} accesses {many}") };
        lines.push(line(true, &title));
        for opened in part {
            let types = opened.types.map(|types| format!("  (an attribute of {types} types)")).unwrap_or_default();
            let permissions: Vec<&str> = opened.permissions.iter().map(String::as_str).collect();
            lines.push(line(
                false,
                &format!("{}:{} {{ {} }}{types}", opened.target, opened.class, permissions.join(" ")),
            ));
        }
        lines.push(line(false, ""));
    }
    lines.push(line(
        false,
        "Counted as the header spells it: an attribute is one target. Rules under a boolean are not counted.",
    ));
    let title = format!("What {call} opens beyond the need");
    model.layers.push(Layer::Text(TextView { title, lines, scroll: Scroll::default() }));
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
