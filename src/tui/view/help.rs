//! All keys and what they do, out of the table of acts.

use ratatui::{Frame, widgets::Paragraph};

use super::{
    layout,
    look::{Look, Piece},
};
use crate::{
    config::Role,
    tui::{
        Model,
        action::{ACTIONS, Group},
        widgets::{Scroll, wrap},
    },
};

const GROUPS: [Group; 8] = [
    Group::Decide,
    Group::Choose,
    Group::Module,
    Group::Interfaces,
    Group::Node,
    Group::Look,
    Group::Move,
    Group::Program,
];

const SIGNS: &[(&str, &str)] = &[
    ("=", "decided; the letter after it says how: a allow, d dontaudit, n new domain, s skip"),
    ("+", "decided, and further permissions were denied since"),
    ("~", "permissive: the access went through"),
    ("g", "granted: an auditallow rule logged it, there is nothing to decide"),
    ("!", "a name in it can't stand in a module; Detail says which"),
];

/// The lines of the help, wrapped to the screen.
pub(in crate::tui) fn lines(model: &Model) -> Vec<Vec<Piece>> {
    let width: usize = layout::view_inner(model.size).width.into();
    let mut lines = Vec::new();
    for group in GROUPS {
        lines.push(vec![(Role::Heading, group.title().to_owned())]);
        for action in ACTIONS.iter().filter(|action| action.group == group) {
            let chords = model.facts.keymap.chords_for(group.context(), action.name);
            let keys: Vec<_> = chords.iter().map(ToString::to_string).collect();
            let keys = if keys.is_empty() { "(palette)".to_owned() } else { keys.join(" ") };
            entry(&mut lines, width, &keys, &format!("{}.", action.sentence));
        }
        lines.push(Vec::new());
    }
    lines.push(vec![(Role::Heading, "Signs before a row".to_owned())]);
    for (sign, sentence) in SIGNS {
        entry(&mut lines, width, sign, sentence);
    }
    lines
}

fn entry(lines: &mut Vec<Vec<Piece>>, width: usize, name: &str, sentence: &str) {
    const NAME: usize = 16;
    for (at, part) in wrap(sentence, width.saturating_sub(NAME + 2), 0).into_iter().enumerate() {
        let name = if at == 0 { name } else { "" };
        lines.push(vec![(Role::KeyName, format!("  {name:<NAME$}")), (Role::Text, part)]);
    }
}

pub(super) fn draw(model: &Model, look: &Look, frame: &mut Frame<'_>, scroll: Scroll) {
    let screen = frame.area();
    let area = super::clear(frame, layout::view_area((screen.width, screen.height)));
    let block = look.block(&[look.title("Help", true), (Role::Dim, "Esc closes ".to_owned())], true);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let shown: Vec<_> =
        lines(model).iter().skip(scroll.top).take(inner.height.into()).map(|line| look.line(line)).collect();
    frame.render_widget(Paragraph::new(shown), inner);
}
