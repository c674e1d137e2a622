//! The dialog before a change of the node: the exact command, what it does, what is there already, and how yes is said.

use ratatui::{Frame, layout::Rect, text::Line, widgets::Paragraph};

use super::{
    dialog,
    look::{Look, Piece},
};
use crate::{
    config::Role,
    tui::{
        Model,
        model::{ChangeDialog, Proposal, Weight},
        widgets::wrap,
    },
};

/// The widest that it gets.
const WIDEST: u16 = 100;

/// Lines that are neither the list nor what is asked: frame, how much is below, keys.
const AROUND: u16 = 4;

/// The columns and rows of the list inside the dialog.
pub(in crate::tui) fn window(size: (u16, u16), dialog: &ChangeDialog) -> (usize, usize) {
    let area = area(Rect::new(0, 0, size.0, size.1), dialog);
    let width = usize::from(area.width.saturating_sub(4));
    (width, usize::from(area.height.saturating_sub(around(dialog, width))))
}

fn area(screen: Rect, dialog: &ChangeDialog) -> Rect {
    let width = screen.width.min(WIDEST);
    let inner = usize::from(width.saturating_sub(4));
    let lines = lines(&dialog.proposal, inner).len();
    let height = u16::try_from(lines).unwrap_or(u16::MAX).saturating_add(around(dialog, inner)).min(screen.height);
    Rect::new(0, 0, width, height)
}

/// The lines around the list: what is asked is never cut.
fn around(dialog: &ChangeDialog, width: usize) -> u16 {
    u16::try_from(question(dialog, width).len()).unwrap_or(u16::MAX).saturating_add(AROUND)
}

/// The list, wrapped to its width.
pub(in crate::tui) fn lines(proposal: &Proposal, width: usize) -> Vec<Piece> {
    let mut lines: Vec<Piece> = Vec::new();
    let mut say = |role: Role, text: &str, indent: usize| {
        lines.extend(wrap(text, width, indent).into_iter().map(|line| (role, line)));
    };
    say(Role::Dim, "The command:", 0);
    say(Role::Input, &format!("  {}", proposal.command), 4);
    for (weight, text) in &proposal.facts {
        match weight {
            Weight::Heading => say(Role::Dim, text, 0),
            Weight::Plain => say(Role::Text, &format!("  {text}"), 4),
            Weight::Grave => say(Role::Warning, &format!("! {text}"), 2),
        }
    }
    lines
}

pub(super) fn draw(model: &Model, look: &Look, frame: &mut Frame<'_>, dialog: &ChangeDialog) {
    let proposal = &dialog.proposal;
    let size = area(frame.area(), dialog);
    let area = dialog::place(frame, size.width, size.height);
    let inner = dialog::framed(look, frame, area, proposal.act.title());
    let list = lines(proposal, inner.width.into());
    let asked = question(dialog, inner.width.into());
    let below = u16::try_from(asked.len()).unwrap_or(u16::MAX).saturating_add(AROUND - 2);
    let room = inner.height.saturating_sub(below);
    let top = dialog.scroll.top.min(list.len().saturating_sub(room.into()));
    let below = list.len().saturating_sub(top + usize::from(room));
    let shown: Vec<Line<'static>> =
        list.into_iter().skip(top).take(room.into()).map(|(role, text)| look.plain(role, text)).collect();
    frame.render_widget(Paragraph::new(shown), Rect { height: room, ..inner });
    let mut rows =
        dialog::rows(Rect { y: inner.y.saturating_add(room), height: inner.height.saturating_sub(room), ..inner });
    let mut row = |line: Line<'static>| frame.render_widget(line, rows());
    let more = if below > 0 { format!("({below} more lines: PgDn)") } else { String::new() };
    row(look.plain(Role::Dim, more));
    for (role, text) in asked {
        row(look.plain(role, text));
    }
    row(keys(model, dialog, look));
}

/// What is asked now, or why nothing is: at least one line.
fn question(dialog: &ChangeDialog, width: usize) -> Vec<Piece> {
    let proposal = &dialog.proposal;
    let hurdle = dialog.yeses.checked_sub(1).and_then(|asked| proposal.hurdles.get(asked));
    let (role, text) = match (&proposal.forbidden, hurdle) {
        (Some(why), _) => (Role::Warning, why.clone()),
        (None, Some(hurdle)) => (Role::Error, format!("Really? It {hurdle}.")),
        (None, None) => match proposal.hurdles.len() {
            0 => (Role::Text, String::new()),
            1 => (Role::Warning, "It is asked once more after this.".to_owned()),
            more => (Role::Warning, format!("It is asked {more} more times after this.")),
        },
    };
    wrap(&text, width, 0).into_iter().map(|line| (role, line)).collect()
}

fn keys(model: &Model, dialog: &ChangeDialog, look: &Look) -> Line<'static> {
    let act = dialog.proposal.act;
    let chord = |name: &str| {
        let chords = model.facts.keymap.chords_for("view", name);
        chords.first().map_or_else(|| "-".to_owned(), ToString::to_string)
    };
    let mut pieces: Vec<Piece> = Vec::new();
    let mut say = |key: String, does: &str| {
        pieces.push((Role::KeyName, key));
        pieces.push((Role::KeyHint, format!(" {does}   ")));
    };
    if dialog.proposal.forbidden.is_none() {
        let key = if dialog.yeses == 0 { chord(act.action()) } else { "y".to_owned() };
        let does = if dialog.yeses == 0 { act.verb() } else { "yes" };
        say(key, does);
    }
    if dialog.yeses == 0 {
        say(chord("copy"), "copy the command");
    }
    say("Esc".to_owned(), "change nothing");
    look.line(&pieces)
}
