//! The module's text: lines that the last decision brought carry a `+`, lines that the compiler refused a `!`.

use ratatui::{Frame, layout::Rect, text::Line, widgets::Paragraph};

use super::look::{Look, Piece};
use crate::{
    config::Role,
    denials::DenialKey,
    selinux::{Name, Part, parts, printable, statement::Form},
    session::Verdict,
    tui::{
        Model,
        model::{Pane, all_brought, call_of},
    },
};

pub(super) fn draw(model: &Model, look: &Look, frame: &mut Frame<'_>, area: Rect) {
    let focused = model.focus == Pane::Preview;
    let preview = &model.preview;
    let mut title = vec![look.title(&format!("{}.te", model.session.module_name()), focused)];
    let form = match model.session.form() {
        Form::PolicyModule => "policy_module",
        Form::Module => "module",
    };
    title.push((Role::Dim, format!("{form} form ")));
    let (added, removed) = preview.change();
    if added + removed > 0 {
        title.push((Role::AddedLine, format!("+{added} -{removed} ")));
    }
    let block = look.block(&title, focused);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let selected = model.selected().map(|(_, denial)| origin(model, &denial.key));
    let lines: Vec<Line<'static>> = shown(model)
        .iter()
        .skip(preview.scroll.top)
        .take(inner.height.into())
        .filter_map(|line| drawn(model, look, selected.as_ref(), line))
        .collect();
    frame.render_widget(Paragraph::new(lines), inner);
}

/// A line of the pane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::tui) enum Shown {
    /// This line of the module.
    Written(usize),
    /// What the call above it brings, as text that is printable.
    Brought(String),
    /// What the compiler said of this line.
    Refused(usize),
}

/// The lines of the pane: those of the module, below them what calls bring where they are expanded, and what the compiler said.
pub(in crate::tui) fn shown(model: &Model) -> Vec<Shown> {
    let preview = &model.preview;
    let mut lines = Vec::new();
    for (at, line) in preview.rendered().lines.iter().enumerate() {
        lines.push(Shown::Written(at));
        if preview.problems.contains_key(&at) {
            lines.push(Shown::Refused(at));
        }
        if let Some(call) = call_of(line).filter(|_| preview.expanded) {
            let expansion = model.expansions.get(call);
            for (depth, text) in expansion.map(all_brought).unwrap_or_default() {
                lines.push(Shown::Brought(format!("{}{}", "  ".repeat(depth), printable(text.as_bytes()))));
            }
        }
    }
    lines
}

fn drawn(model: &Model, look: &Look, selected: Option<&(Name, Name, Name)>, line: &Shown) -> Option<Line<'static>> {
    let preview = &model.preview;
    match line {
        Shown::Written(at) => {
            let line = preview.rendered().lines.get(*at)?;
            let of_selected = selected.is_some_and(|selected| line.origins.contains(selected));
            let mark = match (preview.problems.contains_key(at), preview.is_changed(*at), of_selected) {
                (true, _, _) => (Role::Error, "!".to_owned()),
                (_, true, _) => (Role::AddedLine, "+".to_owned()),
                (_, _, true) => (Role::Marked, look.signs.cursor.to_owned()),
                _ => (Role::Text, " ".to_owned()),
            };
            let mut pieces = vec![mark];
            pieces.extend(scrolled(&line.text, preview.scroll.left));
            Some(look.line(&pieces))
        }
        Shown::Brought(text) => {
            let mut pieces = vec![(Role::Dim, "    | ".to_owned())];
            pieces.extend(scrolled(text, preview.scroll.left));
            Some(look.line(&pieces))
        }
        Shown::Refused(at) => Some(look.plain(Role::Error, format!("  ^ {}", preview.problems.get(at)?))),
    }
}

/// The access vector that the module writes for a denial: that of its new domain where it was moved to one.
pub(in crate::tui) fn origin(model: &Model, key: &DenialKey) -> (Name, Name, Name) {
    let (mut source, mut target) = (key.source.clone(), key.target.clone());
    if let Some((Verdict::NewDomain(domain), _)) = model.session.decision(key) {
        if target == source {
            target = domain.name().clone();
        }
        source = domain.name().clone();
    }
    (source, target, key.class.clone())
}

/// A line in pieces by what its words are, without its first `left` characters.
fn scrolled(text: &str, left: usize) -> Vec<Piece> {
    let mut gone = left;
    let mut pieces = Vec::new();
    for (part, word) in parts(text) {
        let length = word.chars().count();
        let skip = gone.min(length);
        gone -= skip;
        let word: String = word.chars().skip(skip).collect();
        if word.is_empty() {
            continue;
        }
        // A tab would be drawn as nothing.
        let word = word.replace('\t', "    ");
        let role = match part {
            Part::Comment => Role::Comment,
            Part::Keyword => Role::Keyword,
            Part::TypeName => Role::TypeName,
            Part::Permission => Role::Permission,
            Part::Other => Role::Text,
        };
        pieces.push((role, word));
    }
    pieces
}
