//! Dialogs: a question, what it is about, and the keys that answer it.

use std::path::{Path, PathBuf};

use ratatui::{
    Frame,
    layout::{Position, Rect},
    widgets::Paragraph,
};
use unicode_width::UnicodeWidthStr;

use super::{
    look::{Look, Piece},
    status,
};
use crate::{
    config::Role,
    selinux::printable,
    tui::{
        Model,
        effect::Export,
        model::{AskPolicyDialog, FolderDialog, Input, Purpose},
        widgets::{TextField, cut_middle, wrap},
    },
};

/// An area in the middle of the screen, emptied.
pub(super) fn place(frame: &mut Frame<'_>, width: u16, height: u16) -> Rect {
    let screen = frame.area();
    let (width, height) = (width.min(screen.width), height.min(screen.height));
    let area = Rect::new((screen.width - width) / 2, (screen.height - height) / 2, width, height);
    super::clear(frame, area)
}

/// A line of input, with the terminal's own cursor on it.
pub(super) fn input(look: &Look, frame: &mut Frame<'_>, area: Rect, label: &str, field: &TextField, behind: &str) {
    let room = usize::from(area.width).saturating_sub(label.width() + behind.width() + 1);
    let (before, after) = field.split();
    let (before, after) = (printable(before.as_bytes()), printable(after.as_bytes()));
    // The end of what is before the cursor is what is being typed.
    let mut skipped = 0;
    while before.get(skipped..).is_some_and(|rest| rest.width() > room) {
        skipped += before.get(skipped..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8);
    }
    let seen = before.get(skipped..).unwrap_or("");
    let column = label.width() + seen.width();
    let pieces: Vec<Piece> = vec![
        (Role::KeyName, label.to_owned()),
        (Role::Input, format!("{seen}{after}")),
        (Role::Dim, behind.to_owned()),
    ];
    frame.render_widget(look.line(&pieces), area);
    let column = area.x.saturating_add(u16::try_from(column).unwrap_or(u16::MAX));
    if area.height > 0 && column < area.right() {
        frame.set_cursor_position(Position::new(column, area.y));
    }
}

/// Draws a dialog's frame; gives the place within it, a blank from its sides.
pub(super) fn framed(look: &Look, frame: &mut Frame<'_>, area: Rect, title: &str) -> Rect {
    let block = look.block(&[look.title(title, true)], true);
    let mut inner = block.inner(area);
    frame.render_widget(block, area);
    inner.x = inner.x.saturating_add(1);
    inner.width = inner.width.saturating_sub(2);
    inner
}

/// The rows of this place from the top, one a call, without height beyond its end.
pub(super) fn rows(inner: Rect) -> impl FnMut() -> Rect {
    let mut y = inner.y;
    move || {
        let area = Rect { y, height: 1, ..inner }.intersection(inner);
        y = y.saturating_add(1);
        area
    }
}

/// A dialog: its lines, of which one may be a line of input.
struct Dialog<'a> {
    title: &'a str,
    above: Vec<Piece>,
    field: Option<(&'a str, &'a TextField)>,
    below: Vec<Piece>,
    keys: &'a [(&'a str, &'a str)],
}

impl Dialog<'_> {
    fn draw(&self, look: &Look, frame: &mut Frame<'_>) {
        let width = frame.area().width.min(76);
        let inside = usize::from(width.saturating_sub(4));
        let lines = |pieces: &[Piece]| -> Vec<Piece> {
            pieces.iter().flat_map(|(role, text)| wrap(text, inside, 0).into_iter().map(|line| (*role, line))).collect()
        };
        let (above, below) = (lines(&self.above), lines(&self.below));
        let height = above.len() + usize::from(self.field.is_some()) + below.len() + 4;
        let area = place(frame, width, u16::try_from(height).unwrap_or(u16::MAX));
        let inner = framed(look, frame, area, self.title);
        let mut row = rows(inner);
        for (role, text) in above {
            frame.render_widget(look.plain(role, text), row());
        }
        if let Some((label, field)) = self.field {
            input(look, frame, row(), label, field, "");
        }
        for (role, text) in below {
            frame.render_widget(look.plain(role, text), row());
        }
        row();
        let keys: Vec<Piece> = self
            .keys
            .iter()
            .flat_map(|(key, does)| [(Role::KeyName, (*key).to_owned()), (Role::KeyHint, format!(" {does}   "))])
            .collect();
        frame.render_widget(Paragraph::new(look.line(&keys)), row());
    }
}

pub(super) fn resume(model: &Model, look: &Look, frame: &mut Frame<'_>) {
    let decided = model.session.decisions().count();
    let name = model.session.module_name();
    let decisions = if decided == 1 { "1 decision".to_owned() } else { format!("{decided} decisions") };
    let mut above = vec![(Role::Text, format!("The session for module {name} on this node holds {decisions}."))];
    above.extend(model.inputs.iter().filter_map(|input| grown(model, input)).map(|text| (Role::Text, text)));
    above.push((Role::Dim, "To begin anew keeps the old session under another name.".to_owned()));
    Dialog {
        title: "A session lies here",
        above,
        field: None,
        below: Vec::new(),
        keys: &[("Enter", "go on"), ("n", "begin anew"), ("q", "quit")],
    }
    .draw(look, frame);
}

/// What came to a log since the session last looked at it.
fn grown(model: &Model, input: &Input) -> Option<String> {
    let now = input.mark.as_ref()?;
    let then = model.session.marks().iter().find(|then| then.input == now.input)?;
    let name = &input.name;
    if (then.dev, then.inode) != (now.dev, now.inode) {
        return Some(format!("{name} was rotated since then."));
    }
    let bytes = now.offset.checked_sub(then.offset).filter(|bytes| *bytes > 0)?;
    Some(format!("{name} has grown by {} since then.", status::size(bytes)))
}

pub(super) fn folder(model: &Model, look: &Look, frame: &mut Frame<'_>, dialog: &FolderDialog) {
    let name = model.session.module_name();
    let written = model.files_written();
    let mut below = vec![(Role::Text, String::new())];
    match (&dialog.error, dialog.purpose) {
        (Some(error), _) => below.push((Role::Error, error.clone())),
        (None, Purpose::Export) => below.push((Role::Dim, format!("writes {written} there"))),
        (None, Purpose::Bundle) => below.push((
            Role::Dim,
            format!("writes {name}.te, .fc, .if and .pp, evidence.log, README.md, and install.sh for another machine"),
        )),
        (None, Purpose::Build) => {
            below.push((Role::Dim, format!("writes {written} there, and builds {name}.pp")));
        }
    }
    if model.facts.demo && Path::new(dialog.field.text()) == model.facts.folder {
        below.push((Role::Warning, "goes when the demo ends: name another folder to keep the files".to_owned()));
    }
    let (title, verb) = match dialog.purpose {
        Purpose::Export => ("Export", "export"),
        Purpose::Bundle => ("Export, to carry away", "export"),
        Purpose::Build => ("Build", "build"),
    };
    let mut keys = vec![("Enter", verb), ("Esc", "leave it")];
    match dialog.purpose {
        Purpose::Export => keys.insert(1, ("Tab", "all that another machine needs")),
        Purpose::Bundle => keys.insert(1, ("Tab", "only the sources")),
        Purpose::Build => {}
    }
    Dialog {
        title,
        above: vec![(Role::Text, "The folder for the module's files:".to_owned())],
        field: Some(("folder: ", &dialog.field)),
        below,
        keys: &keys,
    }
    .draw(look, frame);
}

pub(super) fn ask_policy(look: &Look, frame: &mut Frame<'_>, dialog: &AskPolicyDialog) {
    let mut below = vec![(Role::Text, String::new())];
    match &dialog.error {
        Some(error) => below.push((Role::Error, error.clone())),
        None => below
            .push((Role::Dim, "two types: what the first may do with the second; none: the selected row".to_owned())),
    }
    Dialog {
        title: "Ask the policy",
        above: vec![(Role::Text, "A type or an attribute, or two of them:".to_owned())],
        field: Some(("types: ", &dialog.field)),
        below,
        keys: &[("Enter", "ask"), ("Esc", "leave it")],
    }
    .draw(look, frame);
}

pub(super) fn overwrite(look: &Look, frame: &mut Frame<'_>, export: &Export, files: &[PathBuf]) {
    let folder = printable(export.folder.as_os_str().as_encoded_bytes());
    let mut above = vec![
        (Role::Warning, "These files are not as this session left them:".to_owned()),
        (Role::Dim, format!("in {}", cut_middle(&folder, 66, look.signs.cut))),
    ];
    above.extend(files.iter().map(|file| {
        let name = file.file_name().unwrap_or(file.as_os_str());
        (Role::Text, format!("  {}", printable(name.as_encoded_bytes())))
    }));
    Dialog {
        title: "Overwrite?",
        above,
        field: None,
        below: vec![(Role::Text, "Somebody else may have changed them.".to_owned())],
        keys: &[("o", "overwrite"), ("Esc", "write nothing")],
    }
    .draw(look, frame);
}
