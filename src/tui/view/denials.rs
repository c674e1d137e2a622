//! The list of denials.
//!
//! ```text
//! ▸●✓a?   14 container_t → container_log_t  dir       read open
//! ││││└ a record behind it came out of text that anyone can write
//! │││└ which verdict: a d n s   └ count    └ class    └ permissions
//! ││└ decided; + it grew since; » came since the load; ~ permissive; g granted; ! can't be written; x no rule is about it
//! │└ marked
//! └ the cursor
//! ```

use ratatui::{Frame, layout::Rect, text::Line, widgets::Paragraph};
use unicode_width::UnicodeWidthStr;

use super::look::{Look, Piece};
use crate::{
    config::Role,
    denials::Denial,
    selinux::{Identifier, printable},
    session::{Standing, Verdict},
    tui::{
        Model,
        model::{Pane, Scope},
        widgets::{cut_middle, fit, wrap},
    },
};

pub(super) fn draw(model: &Model, look: &Look, frame: &mut Frame<'_>, area: Rect) {
    let focused = model.focus == Pane::Denials;
    let visible = model.table.visible().len();
    let mut title = vec![look.title("Denials", focused)];
    if visible > 0 {
        title.push((Role::Dim, format!("{}/{visible} ", model.table.cursor() + 1)));
    }
    if model.table.filter().is_some() {
        title.push((Role::Warning, format!("filtered of {} ", model.table.denials().rows().len())));
    }
    title.extend(split(model, look));
    let marked = model.table.marked();
    if !marked.is_empty() {
        let hidden = marked.len() - model.table.visible().iter().filter(|row| marked.contains(row)).count();
        let behind = if hidden == 0 { String::new() } else { format!(", {hidden} behind the filter") };
        title.push((Role::Marked, format!("{} marked{behind} ", marked.len())));
    }
    let block = look.block(&title, focused);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let lines = if visible == 0 { empty(model, look, inner.width) } else { rows(model, look, inner) };
    frame.render_widget(Paragraph::new(lines), inner);
}

/// What came since something was done on the node, and which part of the list is shown.
fn split(model: &Model, look: &Look) -> Vec<Piece> {
    let (since, flooded, hidden) = model.node.counts;
    let split = model.table.split();
    let mut pieces = Vec::new();
    if split.scope != Scope::All {
        pieces.push((Role::Warning, format!("only {} ", split.scope.title())));
    }
    if split.load.is_some() {
        pieces.push((Role::Text, format!("{since} since the load ")));
    }
    if let Some(flood) = &split.flood {
        if split.load.is_some() {
            pieces.push((Role::Text, format!("{} ", look.signs.dot)));
        }
        let hidden = if flood.before.is_some() { format!(", {hidden} had been hidden") } else { String::new() };
        pieces.push((Role::Warning, format!("{flooded} since -DB{hidden} ")));
    }
    pieces
}

fn empty(model: &Model, look: &Look, width: u16) -> Vec<Line<'static>> {
    let reading = model.inputs.iter().any(|input| !input.caught_up && !input.ended && input.trouble.is_none());
    let mut lines = Vec::new();
    if model.table.filter().is_some() {
        lines.push("No denial holds these words.".to_owned());
    } else if model.table.split().scope != Scope::All {
        let key = model.facts.keymap.chords_for("denials", "scope").first().map(ToString::to_string);
        let way = key.map(|key| format!(" {key} lists others.")).unwrap_or_default();
        lines.push(format!("No denial is of those {}.{way}", model.table.split().scope.title()));
    } else if reading {
        lines.push("Reading the log.".to_owned());
    } else {
        for trouble in model.inputs.iter().filter_map(|input| input.trouble.as_deref()) {
            lines.push(trouble.to_owned());
        }
        if lines.is_empty() {
            let counts = model.counters();
            lines.push(format!("No denial in {} lines.", counts.lines));
            let passed_over = counts.no_record + counts.no_denial + counts.damaged;
            let key = model.facts.keymap.chords_for("denials", "oddities").first().map(ToString::to_string);
            if let Some(key) = key.filter(|_| passed_over > 0) {
                lines.push(format!("{passed_over} of them could not be used: {key} shows them."));
            }
            if model.inputs.iter().any(|input| !input.ended) {
                lines.push("The log is followed: run what fails, and its denials appear here.".to_owned());
            }
        }
    }
    let room = usize::from(width).saturating_sub(1);
    let lines = lines.iter().flat_map(|line| wrap(line, room, 0));
    lines.map(|line| look.plain(Role::Dim, format!(" {line}"))).collect()
}

/// What the widths of the columns are made of.
struct Columns {
    /// 0 while there is one node only.
    node: usize,
    count: usize,
    source: usize,
    target: usize,
    class: usize,
}

fn rows(model: &Model, look: &Look, area: Rect) -> Vec<Line<'static>> {
    let table = &model.table;
    let shown: Vec<(usize, usize, &Denial)> = table
        .visible()
        .iter()
        .enumerate()
        .skip(table.scroll.top)
        .take(area.height.into())
        .filter_map(|(place, row)| Some((place, *row, table.denials().rows().get(*row)?)))
        .collect();
    let columns = columns(model, &shown, area.width.into(), look);
    shown.iter().map(|(place, row, denial)| line(model, look, &columns, area.width, (*place, *row), denial)).collect()
}

fn columns(model: &Model, shown: &[(usize, usize, &Denial)], width: usize, look: &Look) -> Columns {
    let widest = |text: fn(&Denial) -> &str| {
        shown.iter().map(|(_, _, denial)| printable(text(denial).as_bytes()).width()).max().unwrap_or(0)
    };
    let count = shown.iter().map(|(_, _, denial)| denial.tally.count().to_string().len()).max().unwrap_or(1).max(3);
    let class = widest(|denial| denial.key.class.as_str()).min(16);
    // Marks, count, arrow, blanks; up to a fifth of the width is for the permissions.
    let node = shown.iter().filter(|_| model.nodes.len() > 1).map(|(_, _, denial)| node(denial).width()).max();
    let node = node.map_or(0, |width| width.min(16));
    let fixed = node + usize::from(node > 0) + 4 + 1 + count + 1 + look.signs.arrow.width() + 2 + 2 + class + 2;
    let longest =
        shown.iter().map(|(_, _, denial)| permissions(denial, &Standing::Open).width() + 1).max().unwrap_or(0);
    let room = width.saturating_sub(fixed).saturating_sub(longest.min(width / 5));
    let (source, target) = (widest(|d| d.key.source.as_str()), widest(|d| d.key.target.as_str()));
    let (source, target) = if source + target <= room {
        (source, target)
    } else {
        let half = room / 2;
        if source <= half {
            (source, room - source)
        } else if target <= half {
            (room - target, target)
        } else {
            (half, room - half)
        }
    };
    Columns { node, count, source, target, class }
}

fn line(
    model: &Model,
    look: &Look,
    columns: &Columns,
    width: u16,
    (place, row): (usize, usize),
    denial: &Denial,
) -> Line<'static> {
    let signs = &look.signs;
    let selected = place == model.table.cursor();
    let marked = model.table.marked().contains(&row);
    let standing = model.table.standing(row).unwrap_or(&Standing::Open);
    let (state, role) = state(denial, standing, model.table.split().is_since_load(denial), look);
    let key = &denial.key;
    let cell = |text: &str, width: usize| {
        let text = cut_middle(&printable(text.as_bytes()), width, signs.cut);
        let blanks = width.saturating_sub(text.width());
        format!("{text}{}", " ".repeat(blanks))
    };
    let mut pieces: Vec<Piece> = vec![
        (Role::Text, if selected { signs.cursor } else { " " }.to_owned()),
        if marked { (Role::Marked, signs.mark.to_owned()) } else { (Role::Text, " ".to_owned()) },
        (role, state),
        if denial.evidence.unproven { (Role::Warning, "?".to_owned()) } else { (Role::Text, " ".to_owned()) },
        (Role::Dim, format!("{:>1$} ", denial.tally.count(), columns.count)),
        (role, cell(key.source.as_str(), columns.source)),
        (Role::Dim, format!(" {} ", signs.arrow)),
        (role, cell(key.target.as_str(), columns.target)),
        (role, format!("  {}  ", cell(key.class.as_str(), columns.class))),
    ];
    if columns.node > 0 {
        pieces.insert(5, (Role::Dim, format!("{} ", cell(&node(denial), columns.node))));
    }
    let used: usize = pieces.iter().map(|(_, text)| text.width()).sum();
    let permissions = permissions(denial, standing);
    let permissions: String = permissions.chars().skip(model.table.scroll.left).collect();
    pieces.push((role, fit(&permissions, usize::from(width).saturating_sub(used), signs.cut)));
    let mut line = look.line(&pieces);
    if selected {
        let used: usize = pieces.iter().map(|(_, text)| text.width()).sum();
        line.spans.push(" ".repeat(usize::from(width).saturating_sub(used)).into());
        line = line.patch_style(look.style(Role::Selected));
    }
    line
}

/// The machine that the denial was seen on most, and whether there are others.
fn node(denial: &Denial) -> String {
    let seen = &denial.evidence.node;
    let name = seen.most().map_or_else(|| "-".to_owned(), |node| printable(node.as_str().as_bytes()));
    if seen.len() > 1 { format!("{name}+{}", seen.len() - 1) } else { name }
}

/// Two characters that say how a row stands, and the colour that goes with them.
fn state(denial: &Denial, standing: &Standing, since_load: bool, look: &Look) -> (String, Role) {
    if denial.is_granted() {
        return ("g ".to_owned(), Role::Granted);
    }
    if !denial.needs_decision() {
        return ("x ".to_owned(), Role::Warning);
    }
    let letter = |verdict: &Verdict| match verdict {
        Verdict::Allow => "a",
        Verdict::DontAudit => "d",
        Verdict::NewDomain(_) => "n",
        Verdict::Skip => "s",
    };
    match standing {
        Standing::Decided(verdict) => (format!("{}{}", look.signs.decided, letter(verdict)), Role::Decided),
        Standing::Reopened(verdict, _) => (format!("+{}", letter(verdict)), Role::Reopened),
        Standing::Open if !is_writable(denial) => ("! ".to_owned(), Role::Warning),
        Standing::Open if denial.tally.enforced == 0 && denial.tally.permissive > 0 => {
            ("~ ".to_owned(), Role::Permissive)
        }
        Standing::Open if since_load => (format!("{} ", look.signs.since), Role::Reopened),
        Standing::Open => ("  ".to_owned(), Role::Open),
    }
}

/// Whether a module can hold a rule for all of it.
pub(super) fn is_writable(denial: &Denial) -> bool {
    let key = &denial.key;
    [&key.source, &key.target, &key.class]
        .into_iter()
        .chain(denial.permissions.keys())
        .all(|name| Identifier::new(name.as_str()).is_ok())
}

/// The permissions; those that came after the decision first, with a plus.
fn permissions(denial: &Denial, standing: &Standing) -> String {
    let mut words = Vec::new();
    let new = match standing {
        Standing::Reopened(_, new) => Some(new),
        Standing::Open | Standing::Decided(_) => None,
    };
    if let Some(new) = new {
        words.extend(new.iter().map(|name| format!("+{}", printable(name.as_str().as_bytes()))));
    }
    let old = denial.permissions.keys().filter(|name| new.is_none_or(|new| !new.contains(name.as_str())));
    words.extend(old.map(|name| printable(name.as_str().as_bytes())));
    words.join(" ")
}
