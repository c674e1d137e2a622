//! The module's text: lines that the last decision brought carry a `+`, lines that the compiler refused a `!`.

use ratatui::{Frame, layout::Rect, text::Line, widgets::Paragraph};

use super::look::{Look, Piece};
use crate::{
    config::Role,
    denials::DenialKey,
    selinux::{Name, Part, parts, statement::Form},
    session::Verdict,
    tui::{Model, model::Pane},
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
    let lines: Vec<Line<'static>> = preview
        .rendered()
        .lines
        .iter()
        .enumerate()
        .skip(preview.scroll.top)
        .take(inner.height.into())
        .flat_map(|(at, line)| {
            let of_selected = line.origin.is_some() && line.origin == selected;
            let problem = preview.problems.get(&at);
            let mark = match (problem, preview.is_changed(at), of_selected) {
                (Some(_), _, _) => (Role::Error, "!".to_owned()),
                (_, true, _) => (Role::AddedLine, "+".to_owned()),
                (_, _, true) => (Role::Marked, look.signs.cursor.to_owned()),
                _ => (Role::Text, " ".to_owned()),
            };
            let mut pieces = vec![mark];
            pieces.extend(scrolled(&line.text, preview.scroll.left));
            let problem = problem.map(|text| look.plain(Role::Error, format!("  ^ {text}")));
            std::iter::once(look.line(&pieces)).chain(problem)
        })
        .take(inner.height.into())
        .collect();
    frame.render_widget(Paragraph::new(lines), inner);
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
