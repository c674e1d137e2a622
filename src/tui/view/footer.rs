//! The last lines: what was said last, and which keys mean something now.

use ratatui::{Frame, layout::Rect, text::Line, widgets::Paragraph};

use super::{
    layout::{self, Regions},
    look::{Look, Piece},
};
use crate::{
    config::Role,
    tui::{
        Model,
        action::{ACTIONS, ActionId, Group},
        model::{Layer, Pane},
        widgets::{TextField, fit, wrap},
    },
};

pub(super) fn draw(model: &Model, look: &Look, frame: &mut Frame<'_>, regions: &Regions) {
    let notice =
        model.notice.as_ref().map(|said| (if said.error { Role::Error } else { Role::Text }, said.text.clone()));
    if regions.notice.height > 0 {
        frame.render_widget(keys(model, look, regions.keys.width), regions.keys);
        if let Some((role, text)) = notice.or_else(|| standing(model)) {
            say(look, frame, regions.notice, role, &text);
        }
    } else if let Some((role, text)) = notice {
        say(look, frame, regions.keys, role, &text);
    } else {
        frame.render_widget(keys(model, look, regions.keys.width), regions.keys);
    }
}

/// A sentence that is longer than its line grows upwards over the panes: the end of it is what to do next.
fn say(look: &Look, frame: &mut Frame<'_>, line: Rect, role: Role, text: &str) {
    let width = usize::from(line.width).saturating_sub(1);
    let mut lines = wrap(text, width, 0);
    let most = usize::from(line.bottom() / 3).max(1);
    if lines.len() > most {
        let rest = lines.split_off(most - 1).join(" ");
        lines.push(fit(&rest, width, look.signs.cut));
    }
    let height = u16::try_from(lines.len()).unwrap_or(1);
    let area = Rect { y: line.bottom().saturating_sub(height), height, ..line };
    let area = if height > 1 { super::clear(frame, area) } else { area };
    let lines: Vec<_> = lines.into_iter().map(|line| look.plain(role, format!(" {line}"))).collect();
    frame.render_widget(Paragraph::new(lines), area);
}

/// What stands as long as nothing else is said: what stops a log from being read, the filter that hides rows.
fn standing(model: &Model) -> Option<Piece> {
    if let Some(trouble) = model.inputs.iter().find_map(|input| input.trouble.as_ref()) {
        return Some((Role::Error, trouble.clone()));
    }
    if let Some(input) = model.inputs.iter().find(|input| input.daemon_ended) {
        let text = format!("auditd ended, {} gets nothing new: start it again, or read -i journal", input.name);
        return Some((Role::Warning, text));
    }
    if let Some(words) = model.table.filter() {
        let (shown, all) = (model.table.visible().len(), model.table.denials().rows().len());
        let marked = !model.table.marked().is_empty();
        let does = if marked { "unmarks, then shows all" } else { "shows all" };
        let way = chord(model, model.focus.context(), "unmark-all").map(|key| format!(", {key} {does}"));
        return Some((Role::Dim, format!("filter \"{words}\": {shown} of {all} rows{}", way.unwrap_or_default())));
    }
    model.facts.read_only.as_ref().map(|why| (Role::Warning, why.clone()))
}

fn keys(model: &Model, look: &Look, width: u16) -> Line<'static> {
    match model.layers.last() {
        None => of_pane(model, look, width),
        Some(Layer::Help(_) | Layer::Text(_)) => of_view(model, look),
        // A dialog names its own keys.
        Some(_) => Line::default(),
    }
}

fn of_view(model: &Model, look: &Look) -> Line<'static> {
    let mut pieces = Vec::new();
    for (action, hint) in [("down", "down"), ("page-down", "page"), ("last", "end"), ("first", "begin")] {
        if let Some(key) = chord(model, "view", action) {
            pieces.extend([(Role::KeyName, format!(" {key}")), (Role::KeyHint, format!(" {hint}"))]);
        }
    }
    pieces.extend([(Role::KeyName, " Esc".to_owned()), (Role::KeyHint, " close".to_owned())]);
    look.line(&pieces)
}

fn of_pane(model: &Model, look: &Look, width: u16) -> Line<'static> {
    let context = model.focus.context();
    let mut pieces: Vec<Piece> = Vec::new();
    let mut used = 0;
    let room = usize::from(width);
    let last = ["next-pane", "palette", "help", "quit"];
    // In another pane than the list, the keys of the list come behind those of the module.
    let hinted = ACTIONS.iter().filter(|action| !action.hint.is_empty() && !last.contains(&action.name));
    let (mut first, of_rows): (Vec<_>, Vec<_>) = hinted.partition(|action| match model.focus {
        Pane::Denials => true,
        Pane::Interfaces => action.group == Group::Interfaces,
        _ => action.group == Group::Module,
    });
    first.extend(of_rows);
    // While something runs, the way to stop it comes before all others.
    first.sort_by_key(|action| action.id != ActionId::GiveUp);
    // What is always there keeps its place on the right.
    let tail: Vec<String> = ACTIONS
        .iter()
        .filter(|action| last.contains(&action.name) && !action.hint.is_empty())
        .filter_map(|action| Some(format!("{} {}", chord(model, context, action.name)?, action.hint)))
        .collect();
    let tail_width: usize = tail.iter().map(|hint| hint.chars().count() + 1).sum();
    for action in first {
        if (action.possible)(model).is_err() {
            continue;
        }
        let Some(key) = chord(model, context, action.name) else { continue };
        let length = key.chars().count() + action.hint.chars().count() + 2;
        if used + length + tail_width > room {
            continue;
        }
        used += length;
        pieces.push((Role::KeyName, format!(" {key}")));
        pieces.push((Role::KeyHint, format!(" {}", action.hint)));
    }
    for hint in tail {
        if let Some((key, hint)) = hint.split_once(' ')
            && used + key.len() + hint.len() + 2 <= room
        {
            used += key.chars().count() + hint.chars().count() + 2;
            pieces.push((Role::KeyName, format!(" {key}")));
            pieces.push((Role::KeyHint, format!(" {hint}")));
        }
    }
    look.line(&pieces)
}

/// The first key of an act in a context, as a person reads it.
fn chord(model: &Model, context: &str, action: &str) -> Option<String> {
    model.facts.keymap.chords_for(context, action).first().map(ToString::to_string)
}

/// The line of the filter while it is typed; the list follows each letter.
pub(super) fn filter(look: &Look, frame: &mut Frame<'_>, model: &Model, field: &TextField) {
    let regions = layout::regions(model);
    let area = super::clear(frame, if regions.notice.height > 0 { regions.notice } else { regions.keys });
    let shown = model.table.visible().len();
    let count = format!("  {shown} {}  Enter keeps it, Esc shows all", if shown == 1 { "row" } else { "rows" });
    super::dialog::input(look, frame, area, " filter: ", field, &count);
}
