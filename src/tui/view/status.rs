//! The first line: where one is, what is being read, how far one is.

use jiff::tz::TimeZone;
use ratatui::{Frame, layout::Rect};

use super::{
    look::{Look, Piece},
    time,
};
use crate::{
    audit::Selection,
    config::Role,
    host::log::LogInput,
    selinux::printable,
    tui::{
        Model,
        model::{DontauditRules, Input},
        widgets::fit,
    },
};

pub(super) fn draw(model: &Model, look: &Look, frame: &mut Frame<'_>, area: Rect) {
    // What can be done without goes first when the line is too long.
    let mut parts = parts(model, look);
    let width = usize::from(area.width);
    shorten(model, look, &mut parts, width);
    let mut shown: Vec<&(u8, Piece)> = parts.iter().collect();
    while length(&shown) > width && shown.len() > 1 {
        let Some(least) = shown.iter().map(|(weight, _)| *weight).max() else { break };
        let Some(at) = shown.iter().rposition(|(weight, _)| *weight == least) else { break };
        shown.remove(at);
    }
    let dot = format!(" {} ", look.signs.dot);
    let mut pieces: Vec<Piece> = vec![(Role::Status, " ".to_owned())];
    for (at, (_, piece)) in shown.iter().enumerate() {
        if at > 0 {
            pieces.push((Role::Status, dot.clone()));
        }
        pieces.push((piece.0, fit(&piece.1, width.saturating_sub(1), look.signs.cut)));
    }
    frame.buffer_mut().set_style(area, look.style(Role::Status));
    frame.render_widget(look.line(&pieces), area);
}

/// The least that is left of what the logs were narrowed to.
const LEAST_ONLY: usize = 16;

/// Where not even the parts of weight find room, they are told in fewer words: none of them is left out while another one is
/// long.
fn shorten(model: &Model, look: &Look, parts: &mut [(u8, Piece)], width: usize) {
    let too_much = |parts: &[(u8, Piece)]| {
        let heavy: Vec<_> = parts.iter().filter(|(weight, _)| *weight <= 1).collect();
        length(&heavy).saturating_sub(width)
    };
    if too_much(parts) == 0 {
        return;
    }
    if let Some(load) = &model.node.load
        && let Some((_, (_, text))) = parts.iter_mut().find(|(_, (_, text))| *text == load.sentence)
    {
        load.sentence.split(',').next().unwrap_or_default().clone_into(text);
    }
    let too_much = too_much(parts);
    if let Some((_, (_, text))) = parts.iter_mut().find(|(weight, (_, text))| *weight == 1 && text.starts_with("only "))
    {
        let room = text.chars().count().saturating_sub(too_much).max(LEAST_ONLY);
        *text = fit(text, room, look.signs.cut);
    }
}

fn length(parts: &[&(u8, Piece)]) -> usize {
    // A blank before all, and a dot between blanks between two.
    let texts: usize = parts.iter().map(|(_, (_, text))| text.chars().count()).sum();
    1 + texts + 3 * parts.len().saturating_sub(1)
}

/// The parts with their weight: 0 is the last to go.
fn parts(model: &Model, look: &Look) -> Vec<(u8, Piece)> {
    let mut parts = Vec::new();
    let facts = &model.facts;
    if facts.demo {
        parts.push((1, (Role::Warning, "demo".to_owned())));
    }
    parts.push((4, (Role::Status, printable(facts.node.as_bytes()))));
    match facts.enforcing {
        Some(true) => parts.push((3, (Role::Status, "Enforcing".to_owned()))),
        Some(false) => parts.push((3, (Role::Warning, "Permissive".to_owned()))),
        None => {}
    }
    let old = |input: &&Input| matches!(input.source, LogInput::Old(_)) && input.ended && input.trouble.is_none();
    parts.extend(model.inputs.iter().filter(|input| !old(input)).map(|input| (2, state(input, look))));
    if !model.selection.is_everything() {
        parts.push((1, (Role::Warning, only(&model.selection, &facts.zone))));
    }
    parts.push((3, (Role::Status, format!("module {}", model.session.module_name()))));
    if facts.read_only.is_some() {
        parts.push((0, (Role::Warning, "read-only".to_owned())));
    }
    if facts.node_read_only {
        parts.push((4, (Role::Warning, "nothing is changed here".to_owned())));
    }
    parts.extend(of_node(model));
    let (settled, wanted) = model.table.progress();
    parts.push((0, (Role::Status, format!("{settled} of {wanted} decided"))));
    let damaged = model.counters().damaged;
    if damaged > 0 {
        parts.push((2, (Role::Warning, format!("{damaged} damaged"))));
    }
    parts
}

/// What the logs were narrowed to: who asked for the last hour must not take it for all there is.
fn only(selection: &Selection, zone: &TimeZone) -> String {
    let mut words = Vec::new();
    for (word, moment) in [("since", selection.since), ("until", selection.until)] {
        words.extend(moment.map(|moment| format!("{word} {}", time::date_and_time(moment, zone))));
    }
    if selection.last_load {
        words.push("since the last load".to_owned());
    }
    let Selection { domains, types, classes, comms, nodes, .. } = selection;
    for (word, names) in [("domain", domains), ("type", types), ("class", classes), ("comm", comms), ("node", nodes)] {
        if !names.is_empty() {
            words.push(printable(format!("{word} {}", names.join(" ")).as_bytes()));
        }
    }
    format!("only {}", words.join(", "))
}

/// What was done on the node, and what dontaudit rules hide.
fn of_node(model: &Model) -> Vec<(u8, Piece)> {
    let node = &model.node;
    let mut parts = Vec::new();
    if let Some(act) = node.running {
        parts.push((1, (Role::Warning, format!("{}: working", act.title()))));
    }
    if let Some(load) = &node.load {
        parts.push((1, (Role::Decided, load.sentence.clone())));
    }
    match node.dontaudit {
        DontauditRules::NotAsked => {}
        DontauditRules::In => parts.push((1, (Role::Status, "dontaudit on".to_owned()))),
        DontauditRules::Out => parts.push((0, (Role::Warning, "dontaudit OFF".to_owned()))),
        DontauditRules::Unknown => parts.push((3, (Role::Status, "dontaudit unknown, needs root".to_owned()))),
    }
    parts
}

/// A live log of which more than this is unread is said to be ahead of the reader.
const BEHIND: u64 = 1_000_000;

fn state(input: &Input, look: &Look) -> Piece {
    let name = input.name.rsplit('/').next().unwrap_or(&input.name);
    if input.trouble.is_some() {
        (Role::Error, format!("{name} can't be read"))
    } else if input.daemon_ended {
        (Role::Warning, format!("{name}: auditd ended"))
    } else if input.ended {
        (Role::Status, format!("{name} at its end"))
    } else if let Some(behind) =
        input.total.and_then(|all| all.checked_sub(input.read)).filter(|behind| input.caught_up && *behind > BEHIND)
    {
        (Role::Warning, format!("{name} {} behind", size(behind)))
    } else if let Some(late) = input.late {
        (Role::Warning, format!("{name} {late} s behind"))
    } else if input.caught_up {
        (Role::Status, format!("{name} {} live", look.signs.live))
    } else {
        match input.total.and_then(|total| input.read.saturating_mul(100).checked_div(total)) {
            Some(percent) => (Role::Status, format!("{name} {}% read", percent.min(100))),
            None => (Role::Status, format!("{name} {} read", size(input.read))),
        }
    }
}

/// An amount of bytes in a few letters, in powers of ten.
pub(super) fn size(bytes: u64) -> String {
    match bytes {
        0..1000 => format!("{bytes} bytes"),
        1000..1_000_000 => format!("{} kB", bytes / 1000),
        _ => format!("{} MB", bytes / 1_000_000),
    }
}
