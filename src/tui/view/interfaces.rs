//! The interfaces: over the right half of a wide screen, over all of a smaller one.
//!
//! ```text
//! ┌ [Interfaces] for container_logger_t ───────────────────────┐
//! │▸ logging_manage_all_logs(container_logger_t)               │
//! │    covers 16 of 18, opens 12 more, 4 of them write         │
//! │  stays: allow … var_log_t:dir { create rmdir }             │
//! ├ what is unfolded ──────────────────────────────────────────┤
//! │ summary, parameters, text; or the statements               │
//! └ Enter take  / search  Right unfold  Esc close ─────────────┘
//! ```

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    widgets::Paragraph,
};

use super::{
    dialog, layout,
    look::{Look, Piece},
};
use crate::{
    config::Role,
    refpolicy::Entry,
    replay::bound,
    selinux::printable,
    tui::{
        Model,
        model::{InterfaceEntry, InterfaceView, Unfolding},
        widgets::{fit, wrap},
    },
};

pub(super) fn draw(model: &Model, look: &Look, frame: &mut Frame<'_>, view: &InterfaceView) {
    let screen = frame.area();
    let mut area = layout::view_area((screen.width, screen.height));
    if screen.width >= 120 {
        let left = screen.width / 2;
        area = Rect { x: left, width: screen.width - left, ..area };
    }
    let area = super::clear(frame, area);
    let mut title = vec![look.title("Interfaces", true)];
    if let Some(domain) = &view.domain {
        title.push((Role::Dim, format!("for {} ", printable(domain.as_str().as_bytes()))));
    }
    let block = look.block(&title, true);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let unfolded = unfolded(model, view, inner.width.into());
    let below = if unfolded.is_empty() { 0 } else { inner.height.saturating_mul(3) / 5 };
    let [search, list, detail, keys] = Layout::vertical([
        Constraint::Length(u16::from(view.searching || !view.field.text().is_empty())),
        Constraint::Min(1),
        Constraint::Length(below),
        Constraint::Length(1),
    ])
    .areas(inner);
    if search.height > 0 {
        let count = format!("  {} found", view.entries.len());
        dialog::input(look, frame, search, "search: ", &view.field, &count);
    }
    let (lines, selected) = listed(model, look, view, list.width.into());
    let top = selected.saturating_sub(usize::from(list.height).saturating_sub(2));
    let lines: Vec<_> = lines.iter().skip(top).take(list.height.into()).map(|line| look.line(line)).collect();
    frame.render_widget(Paragraph::new(lines), list);
    let top = view.top.min(unfolded.len().saturating_sub(detail.height.into()));
    let text: Vec<_> = unfolded.iter().skip(top).take(detail.height.into()).map(|line| look.line(line)).collect();
    frame.render_widget(Paragraph::new(text), detail);
    frame.render_widget(Paragraph::new(look.line(&hints(view))), keys);
}

fn hints(view: &InterfaceView) -> Vec<Piece> {
    let mut keys = vec![("Enter", "take")];
    if !view.searching {
        keys.push(("/", "search"));
    }
    keys.extend([("Right", "unfold"), ("Left", "fold"), ("Esc", "close")]);
    keys.iter()
        .flat_map(|(key, does)| [(Role::KeyName, format!(" {key}")), (Role::KeyHint, format!(" {does} "))])
        .collect()
}

/// The list, and the line of the entry under the cursor.
fn listed(model: &Model, look: &Look, view: &InterfaceView, width: usize) -> (Vec<Vec<Piece>>, usize) {
    let mut lines: Vec<Vec<Piece>> = Vec::new();
    let mut selected = 0;
    if let Some(note) = &view.note {
        lines.extend(wrap(note, width, 0).into_iter().map(|line| vec![(Role::Warning, line)]));
    }
    let definitions = model.headers.catalogue().map(crate::refpolicy::Catalogue::definitions);
    for (at, entry) in view.entries.iter().enumerate() {
        let here = at == view.at;
        if here {
            selected = lines.len();
        }
        let sign = if here { look.signs.cursor } else { " " };
        let role = if here { Role::Heading } else { Role::Text };
        match entry {
            InterfaceEntry::Offer(offer) => {
                for call in &offer.calls {
                    lines.push(vec![(role, fit(&format!("{sign} {call}"), width, look.signs.cut))]);
                }
                let old = if offer.deprecated { "deprecated; " } else { "" };
                let mut text = format!("{old}{}", offer.summary());
                if let Some(refused) = &offer.refused {
                    text = format!("{text}; not {}: {}", refused.call, refused.problem);
                }
                lines.extend(
                    wrap(&text, width.saturating_sub(4), 0)
                        .into_iter()
                        .map(|line| vec![(Role::Dim, format!("    {line}"))]),
                );
            }
            InterfaceEntry::Named(id, text) => {
                let name = definitions.and_then(|all| all.by_id(*id)).map_or("", |definition| definition.name.as_str());
                lines.push(vec![(role, fit(&format!("{sign} {}", printable(name.as_bytes())), width, look.signs.cut))]);
                let text = printable(text.as_bytes());
                lines.push(vec![(Role::Dim, fit(&format!("    {text}"), width, look.signs.cut))]);
            }
            InterfaceEntry::Remark(text) => {
                let text = format!("{sign} {text}");
                lines.extend(wrap(&text, width, 4).into_iter().map(|line| vec![(Role::Warning, line)]));
            }
        }
    }
    (lines, selected)
}

/// What is known of the definition under the cursor, as far as it is unfolded.
fn unfolded(model: &Model, view: &InterfaceView, width: usize) -> Vec<Vec<Piece>> {
    let entry = view.selected().and_then(|id| model.headers.catalogue()?.by_id(id));
    let Some(entry) = entry.filter(|_| view.unfolded != Unfolding::Closed) else { return Vec::new() };
    let mut lines = vec![vec![(Role::Border, "-".repeat(width))]];
    match view.unfolded {
        Unfolding::Closed => {}
        Unfolding::Text => text(model, &entry, &mut lines, width),
        Unfolding::Statements => statements(view, &entry, &mut lines, width),
    }
    lines
}

fn text(model: &Model, entry: &Entry<'_>, lines: &mut Vec<Vec<Piece>>, width: usize) {
    let mut say = |role: Role, text: &str| {
        lines.extend(wrap(&printable(text.as_bytes()), width, 2).into_iter().map(|line| vec![(role, line)]));
    };
    let definition = entry.definition;
    say(Role::Heading, &definition.documentation.summary);
    for line in definition.documentation.description.lines() {
        say(Role::Text, line);
    }
    for (parameter, used) in definition.parameters.iter().zip(&entry.contents.parameters) {
        say(Role::Dim, &format!("{} ({}): {}", parameter.name, used.kind.word(), parameter.summary));
    }
    let Some(catalogue) = model.headers.catalogue() else { return };
    let definitions = catalogue.definitions();
    if let Some(file) = definitions.file(definition) {
        say(Role::Dim, &format!("{}:{}", file.path, definition.line));
    }
    let callers = catalogue.callers(&definition.name);
    if !callers.is_empty() {
        let names: Vec<&str> =
            callers.iter().take(12).filter_map(|id| Some(definitions.by_id(*id)?.name.as_str())).collect();
        let more = if callers.len() > names.len() { " ..." } else { "" };
        say(Role::Dim, &format!("called by {} others: {}{more}", callers.len(), names.join(" ")));
    }
    for line in definitions.definition_text(definition).lines() {
        say(Role::Text, &line.replace('\t', "    "));
    }
}

fn statements(view: &InterfaceView, entry: &Entry<'_>, lines: &mut Vec<Vec<Piece>>, width: usize) {
    let arguments: Vec<String> = match view.entries.get(view.at) {
        Some(InterfaceEntry::Offer(offer)) => {
            let first = offer.calls.first().into_iter().flat_map(|call| call.argument_texts());
            first.map(str::to_owned).collect()
        }
        _ => (1..=entry.contents.parameters.len()).map(|place| format!("${place}")).collect(),
    };
    let mut through: Option<&[crate::selinux::Name]> = None;
    for brought in entry.contents.statements.iter().filter(|brought| !brought.required) {
        if through != Some(&brought.through) {
            through = Some(&brought.through);
            let chain: Vec<_> = brought.through.iter().map(crate::selinux::Name::as_str).collect();
            if !chain.is_empty() {
                let text = format!("{}{}:", "  ".repeat(chain.len() - 1), chain.last().copied().unwrap_or_default());
                lines.push(vec![(Role::Heading, fit(&printable(text.as_bytes()), width, '~'))]);
            }
        }
        let depth = brought.through.len();
        let when = if brought.optional { "optional: " } else { "" };
        let condition = if brought.is_unconditional() { "" } else { "under a condition: " };
        let text = format!("{when}{condition}{}", bound(&brought.statement.text, &arguments));
        let indent = "  ".repeat(depth);
        let parts = wrap(&printable(text.as_bytes()), width.saturating_sub(indent.len()), 2);
        lines.extend(parts.into_iter().map(|part| vec![(Role::Text, format!("{indent}{part}"))]));
    }
}
