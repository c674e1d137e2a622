//! The interfaces pane.
//!
//! ```text
//! ┌ [Interfaces] for container_logger_t  16 of 18 covered ─────┐
//! │▸+ logging_manage_all_logs(container_logger_t)              │
//! │     covers 16 of 18, opens 12 more, 1 of them writes;      │
//! │     reaches 150 types                                      │
//! │ - files_search_var(container_logger_t)                     │
//! │     Search the contents of /var.                           │
//! │   + search_dirs_pattern(…)                                 │
//! │ stays: allow … var_log_t:dir { create rmdir }              │
//! └────────────────────────────────────────────────────────────┘
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
    refpolicy::Definitions,
    selinux::{Part, parts, printable},
    tui::{
        Model,
        model::{InterfaceEntry, Item, Layer, Listed, Pane},
        widgets::{TextField, fit, wrap},
    },
};

/// A line of the pane.
pub(in crate::tui) struct ItemLine {
    /// The place of the item that it belongs to.
    pub item: Option<usize>,
    /// Its text.
    pub pieces: Vec<Piece>,
}

pub(super) fn draw(model: &Model, look: &Look, frame: &mut Frame<'_>, area: Rect) {
    let focused = model.focus == Pane::Interfaces;
    let mut title = vec![look.title("Interfaces", focused)];
    let pane = &model.interfaces;
    if let Listed::Callers(name) = &pane.listed {
        title.push((Role::Dim, format!("that call {} ", printable(name.as_str().as_bytes()))));
    } else if let Some(domain) = &pane.need.domain {
        title.push((Role::Dim, format!("for {} ", printable(domain.as_str().as_bytes()))));
    }
    if !pane.sum.is_empty() {
        title.push((Role::Text, format!("{} {} ", look.signs.dot, pane.sum)));
    }
    let block = look.block(&title, focused);
    frame.render_widget(block, area);
    let Some([search, list]) = areas(model) else { return };
    if search.height > 0 {
        let count = format!("  {} listed", pane.entries.len());
        let words = printable(pane.field.text().as_bytes());
        let line = vec![(Role::KeyName, "search: ".to_owned()), (Role::Input, words), (Role::Dim, count)];
        frame.render_widget(look.line(&line), search);
    }
    // One cursor is enough: where the keys are.
    let lines = lines(model, if focused { look.signs.cursor } else { " " }, look.signs.cut);
    let shown: Vec<_> = lines
        .iter()
        .skip(pane.scroll.top)
        .take(list.height.into())
        .map(|line| {
            let drawn = look.line(&line.pieces);
            let here = focused && line.item == Some(pane.at) && line.item.is_some();
            if here { drawn.patch_style(look.style(Role::Selected)) } else { drawn }
        })
        .collect();
    frame.render_widget(Paragraph::new(shown), list);
}

/// The line of the search, where something is searched for, and the list.
fn areas(model: &Model) -> Option<[Rect; 2]> {
    let inner = layout::regions(model).inner(Pane::Interfaces)?;
    let typing = matches!(model.layers.last(), Some(Layer::InterfaceSearch(_)));
    let search = u16::from(typing || !model.interfaces.field.text().is_empty());
    Some(Layout::vertical([Constraint::Length(search), Constraint::Min(0)]).areas(inner))
}

/// How many lines of the list are seen.
pub(in crate::tui) fn list_height(model: &Model) -> usize {
    areas(model).map_or(0, |[_, list]| list.height.into())
}

/// The line in which a search is typed.
pub(super) fn search(model: &Model, look: &Look, frame: &mut Frame<'_>, field: &TextField) {
    let Some([area, _]) = areas(model) else { return };
    let area = super::clear(frame, area);
    let behind = match field.text() {
        "" => "  a / first: regular expression".to_owned(),
        _ => format!("  {} listed  Enter keeps it, Esc ends it", model.interfaces.entries.len()),
    };
    dialog::input(look, frame, area, "search: ", field, &behind);
}

/// The lines of the pane, wrapped to its width.
pub(in crate::tui) fn lines(model: &Model, cursor: &str, cut: char) -> Vec<ItemLine> {
    let width = areas(model).map_or(78, |[_, list]| list.width.into());
    let pane = &model.interfaces;
    let mut drawn = Drawn { width, cut, lines: Vec::new() };
    if let Some(note) = &pane.note {
        for line in note.lines() {
            drawn.say(None, Role::Warning, 1, &printable(line.as_bytes()));
        }
    }
    let definitions = model.headers.catalogue().map(|catalogue| catalogue.definitions().as_ref());
    for (at, item) in pane.items(model.headers.known(), &model.expansions).iter().enumerate() {
        let sign = if at == pane.at { cursor } else { " " };
        match item {
            Item::Head(place) => {
                let Some(entry) = pane.entries.get(*place) else { continue };
                let is_open = pane.unfolded.contains_key(place);
                drawn.head(definitions, entry, at, sign, is_open);
            }
            Item::Said { heading, text, .. } => {
                let role = if *heading { Role::Heading } else { Role::Dim };
                drawn.under(at, sign, role, 4, text);
            }
            Item::Brought { depth, text, call, .. } => drawn.brought(at, sign, *depth, text, *call),
        }
    }
    drawn.lines
}

struct Drawn {
    width: usize,
    cut: char,
    lines: Vec<ItemLine>,
}

impl Drawn {
    fn push(&mut self, item: Option<usize>, pieces: Vec<Piece>) {
        self.lines.push(ItemLine { item, pieces });
    }

    /// A printable text, broken into lines.
    fn say(&mut self, item: Option<usize>, role: Role, indent: usize, text: &str) {
        for part in wrap(text, self.width.saturating_sub(indent), 0) {
            self.push(item, vec![(role, format!("{}{part}", " ".repeat(indent)))]);
        }
    }

    /// A text of the headers below an entry, with the cursor before it.
    fn under(&mut self, at: usize, sign: &str, role: Role, indent: usize, text: &str) {
        let text = printable(text.replace('\t', "    ").as_bytes());
        for (number, part) in wrap(&text, self.width.saturating_sub(indent), 0).into_iter().enumerate() {
            let sign = if number == 0 { sign } else { " " };
            let blanks = " ".repeat(indent.saturating_sub(1));
            self.push(Some(at), vec![(Role::Text, sign.to_owned()), (role, format!("{blanks}{part}"))]);
        }
    }

    fn head(&mut self, definitions: Option<&Definitions>, entry: &InterfaceEntry, at: usize, sign: &str, open: bool) {
        let fold = if open { "-" } else { "+" };
        let name = |drawn: &mut Self, text: &str| {
            let text = fit(text, drawn.width.saturating_sub(3), drawn.cut);
            drawn.push(Some(at), vec![(Role::Text, format!("{sign}{fold} ")), (Role::TypeName, text)]);
        };
        match entry {
            InterfaceEntry::Offer(offer) => {
                for call in &offer.calls {
                    name(self, &call.to_string());
                }
                let old = if offer.deprecated { "deprecated; " } else { "" };
                let mut text = format!("{old}{}{}", offer.summary(), reaches(offer.types));
                if let Some(refused) = &offer.refused {
                    text = format!("{text}; not {}: {}", refused.call, refused.problem);
                }
                self.say(Some(at), Role::Dim, 5, &printable(text.as_bytes()));
            }
            InterfaceEntry::Other(_, call, text) => {
                name(self, &call.to_string());
                self.say(Some(at), Role::Dim, 5, text);
            }
            InterfaceEntry::Named(id, covered, text) => {
                let definition = definitions.and_then(|all| all.by_id(*id));
                let Some(definition) = definition else { return };
                let parameters: Vec<_> = (1..)
                    .zip(definition.parameters())
                    .map(|(place, own)| if own.name.is_empty() { format!("${place}") } else { own.name.clone() })
                    .collect();
                name(self, &printable(format!("{}({})", definition.name, parameters.join(", ")).as_bytes()));
                // Whether it helps comes first; what it is for follows as far as there is room.
                let helps = covered.map(|covered| covered.to_string()).unwrap_or_default();
                let role = if covered.is_some_and(|covered| covered.covers_some()) { Role::Text } else { Role::Dim };
                if helps.len() > self.width.saturating_sub(5) {
                    return self.say(Some(at), role, 5, &helps);
                }
                let between = if helps.is_empty() || text.is_empty() { "" } else { ": " };
                let room = self.width.saturating_sub(5 + helps.len() + between.len());
                // A line of a header holds tabs: here they only part words.
                let text = fit(&printable(text.replace('\t', " ").as_bytes()), room, self.cut);
                self.push(Some(at), vec![(role, format!("     {helps}")), (Role::Dim, format!("{between}{text}"))]);
            }
            InterfaceEntry::Remark(text) => self.under(at, sign, Role::Warning, 1, text),
        }
    }

    fn brought(
        &mut self,
        at: usize,
        sign: &str,
        depth: usize,
        text: &str,
        call: Option<(crate::refpolicy::CallId, bool)>,
    ) {
        let fold = match call {
            Some((_, true)) => "- ",
            Some((_, false)) => "+ ",
            None => "  ",
        };
        let indent = (4 + 2 * depth).min(self.width / 2);
        let text = printable(text.as_bytes());
        for (number, part) in wrap(&text, self.width.saturating_sub(indent + fold.len()), 2).into_iter().enumerate() {
            let (sign, fold) = if number == 0 { (sign, fold) } else { (" ", "  ") };
            let mut pieces = vec![
                (Role::Text, sign.to_owned()),
                (Role::Dim, format!("{}{fold}", " ".repeat(indent.saturating_sub(1)))),
            ];
            match call {
                Some(_) => pieces.push((Role::TypeName, part)),
                None => pieces.extend(coloured(&part)),
            }
            self.push(Some(at), pieces);
        }
    }
}

/// How many types an offer is about: "opens 5 more" says little where each of them is on thousands. Nothing where it is one.
pub(in crate::tui) fn reaches(types: u32) -> String {
    if types > 1 { format!("; reaches {types} types") } else { String::new() }
}

/// A statement in pieces by what its words are.
pub(super) fn coloured(text: &str) -> Vec<Piece> {
    let role = |part| match part {
        Part::Comment => Role::Comment,
        Part::Keyword => Role::Keyword,
        Part::TypeName => Role::TypeName,
        Part::Permission => Role::Permission,
        Part::Other => Role::Text,
    };
    parts(text).map(|(part, word)| (role(part), word.to_owned())).collect()
}
