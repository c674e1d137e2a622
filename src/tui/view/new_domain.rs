//! The dialog for a new domain.
//!
//! ```text
//! ┌ [New domain] ──────────────────────────────────────────────┐
//! │ Moves the accesses of 2 denials from container_t …         │
//! │ name: kube_logreader                                       │
//! │ made by                                                    │
//! │ ▸ container_domain_template(kube_logreader)                │
//! │   domain_type(kube_logreader_t) and nothing else           │
//! │     declares … puts it under … gives …                     │
//! │ also                                                       │
//! │   [ ] corenet_unconfined(kube_logreader_t)  opens …        │
//! │ Enter move   Tab also   Esc leave it                       │
//! └────────────────────────────────────────────────────────────┘
//! ```

use ratatui::{Frame, widgets::Paragraph};
use unicode_width::UnicodeWidthStr;

use super::{
    dialog,
    look::{Look, Piece},
};
use crate::{
    config::Role,
    selinux::{Identifier, printable, statement::Form},
    tui::{
        Model,
        model::{AlsoChoice, AlsoWhat, CallPattern, MakingChoice, NewDomainDialog},
        widgets::{fit, wrap},
    },
};

/// How many ways to make a domain, and how many things besides, are seen at once.
const WAYS: usize = 4;
const BESIDES: usize = 4;

pub(super) fn draw(model: &Model, look: &Look, frame: &mut Frame<'_>, dialog: &NewDomainDialog) {
    let width = frame.area().width.min(78);
    let inside = usize::from(width.saturating_sub(4));
    let above = above(model, dialog, inside);
    let below = below(model, look, dialog, inside);
    let height = u16::try_from(above.len() + below.len() + 3).unwrap_or(u16::MAX);
    let area = dialog::place(frame, width, height);
    let inner = dialog::framed(look, frame, area, "New domain");
    let taken = above.len() + 1;
    let mut row = dialog::rows(inner);
    for line in above {
        frame.render_widget(look.line(&line), row());
    }
    dialog::input(look, frame, row(), "name: ", &dialog.field, "");
    // A small screen loses what is known besides before it loses the keys.
    let room = usize::from(inner.height).saturating_sub(taken);
    let (keys, rest) = below.split_last().map_or((None, &below[..]), |(keys, rest)| (Some(keys), rest));
    for line in rest.iter().take(room.saturating_sub(1)) {
        frame.render_widget(look.line(line), row());
    }
    if let Some(keys) = keys {
        frame.render_widget(Paragraph::new(look.line(keys)), row());
    }
}

fn above(model: &Model, dialog: &NewDomainDialog, width: usize) -> Vec<Vec<Piece>> {
    let rows = model.table.denials().rows();
    let mut sources: Vec<String> = dialog
        .rows
        .iter()
        .filter_map(|row| rows.get(*row))
        .map(|denial| printable(denial.key.source.as_str().as_bytes()))
        .collect();
    sources.sort();
    sources.dedup();
    let what = match dialog.rows.len() {
        1 => "this denial's accesses".to_owned(),
        count => format!("the accesses of {count} denials"),
    };
    let text = format!("Moves {what} from {} to a domain of their own.", sources.join(", "));
    wrap(&text, width, 0).into_iter().map(|line| vec![(Role::Text, line)]).collect()
}

fn below(model: &Model, look: &Look, dialog: &NewDomainDialog, width: usize) -> Vec<Vec<Piece>> {
    let mut lines: Vec<Vec<Piece>> = Vec::new();
    let say = |lines: &mut Vec<Vec<Piece>>, role: Role, text: &str| {
        lines.extend(wrap(text, width, 2).into_iter().map(|line| vec![(role, line)]));
    };
    match (&dialog.error, &dialog.warning) {
        (Some(error), _) => say(&mut lines, Role::Error, error),
        (_, Some(warning)) => say(&mut lines, Role::Warning, warning),
        (None, None) => {
            if Identifier::domain_type(dialog.field.text()).is_err() {
                say(&mut lines, Role::Dim, "kube_logreader and kube_logreader_t mean the same");
            }
        }
    }
    let Some(name) = named(dialog) else { return vec![keys(dialog)] };
    lines.push(heading("made by", dialog.making, dialog.makings.len(), WAYS));
    let first = window(dialog.making, dialog.makings.len(), WAYS);
    for (at, making) in dialog.makings.iter().enumerate().skip(first).take(WAYS) {
        let here = at == dialog.making;
        let sign = if here { look.signs.cursor } else { " " };
        let role = if here { Role::Heading } else { Role::Text };
        let text = fit(&format!("{sign} {}", making_text(model, making, &name)), width, look.signs.cut);
        lines.push(vec![(role, text)]);
    }
    for text in &dialog.brings {
        let parts = wrap(text, width.saturating_sub(4), 0);
        lines.extend(parts.into_iter().map(|part| vec![(Role::Dim, format!("    {part}"))]));
    }
    if !dialog.also.is_empty() {
        let at = dialog.at.min(dialog.also.len().saturating_sub(1));
        lines.push(heading("also", at, dialog.also.len(), BESIDES));
        let first = window(at, dialog.also.len(), BESIDES);
        for (at, also) in dialog.also.iter().enumerate().skip(first).take(BESIDES) {
            lines.push(also_line(look, also, &name, dialog.in_also && at == dialog.at, width));
        }
        lines.push(other_line(look, dialog));
        if !dialog.other_says.is_empty() {
            let parts = wrap(&printable(dialog.other_says.as_bytes()), width.saturating_sub(6), 0);
            lines.extend(parts.into_iter().map(|part| vec![(Role::Dim, format!("      {part}"))]));
        }
    }
    for text in &dialog.missing {
        say(&mut lines, Role::Dim, text);
    }
    lines.push(keys(dialog));
    lines
}

/// The name that is typed, or one that stands for it.
fn named(dialog: &NewDomainDialog) -> Option<Identifier> {
    Identifier::domain_type(dialog.field.text()).or_else(|_| Identifier::new("NAME_t")).ok()
}

fn heading(text: &str, at: usize, all: usize, shown: usize) -> Vec<Piece> {
    let place = if all > shown { format!("  {} of {all}", at + 1) } else { String::new() };
    vec![(Role::KeyName, text.to_owned()), (Role::Dim, place)]
}

/// The first of a list that is seen, so that the chosen one is.
fn window(at: usize, all: usize, shown: usize) -> usize {
    at.saturating_sub(shown.saturating_sub(1)).min(all.saturating_sub(shown))
}

fn making_text(model: &Model, making: &MakingChoice, name: &Identifier) -> String {
    let call = making.pattern().and_then(|pattern| pattern.text(name)).map(|text| printable(text.as_bytes()));
    match (making, call) {
        (MakingChoice::Known, _) => "what the session has for it already".to_owned(),
        (MakingChoice::Template(_), Some(call)) => format!("{call}  a template"),
        (MakingChoice::Maker(_), Some(call)) => format!("{call}  an interface"),
        _ if model.session.form() == Form::Module => format!("{name} under the attribute domain, nothing else"),
        _ => format!("domain_type({name}), nothing else"),
    }
}

fn also_line(look: &Look, also: &AlsoChoice, name: &Identifier, here: bool, width: usize) -> Vec<Piece> {
    let what = match &also.what {
        AlsoWhat::Call(pattern) => pattern.call(name).map(|call| call.to_string()).unwrap_or_default(),
        AlsoWhat::Attribute(attribute) => format!("attribute {attribute}"),
    };
    let sign = if here { look.signs.cursor } else { " " };
    let tick = if also.ticked { "[x]" } else { "[ ]" };
    let first = format!("{sign} {tick} {what}");
    let behind =
        fit(&format!("  {}: {}", also.purpose, also.opens), width.saturating_sub(first.width()), look.signs.cut);
    let role = if here { Role::Heading } else { Role::Text };
    vec![(role, first), (Role::Dim, behind)]
}

/// What may be typed besides.
fn other_line(look: &Look, dialog: &NewDomainDialog) -> Vec<Piece> {
    let sign = if dialog.is_typing_other() { look.signs.cursor } else { " " };
    let typed = dialog.other.text();
    let tick = if typed.trim().is_empty() { "[ ]" } else { "[x]" };
    let first = format!("{sign} {tick} another attribute or call: ");
    let (before, after) = dialog.other.split();
    let caret = if dialog.is_typing_other() { "_" } else { "" };
    let text = printable(format!("{before}{caret}{after}").as_bytes());
    vec![(Role::Text, first), (Role::Input, text)]
}

fn keys(dialog: &NewDomainDialog) -> Vec<Piece> {
    let asks = dialog.chosen_making().pattern().is_some_and(CallPattern::asks);
    let mut keys = vec![("Enter", if asks { "go on" } else { "move" })];
    if dialog.in_also {
        if !dialog.is_typing_other() {
            keys.push(("Space", "tick"));
        }
        keys.push(("Tab", "back"));
    } else {
        if dialog.makings.len() > 1 {
            keys.push(("Up/Down", "made by"));
        }
        if !dialog.also.is_empty() {
            keys.push(("Tab", "also"));
        }
    }
    keys.push(("Esc", "leave it"));
    keys.iter()
        .flat_map(|(key, does)| [(Role::KeyName, (*key).to_owned()), (Role::KeyHint, format!(" {does}   "))])
        .collect()
}
