//! What a header declares, read without the macro processor where that would come to the same.
//!
//! Nearly all of a header is calls of `interface` and `template` with a name and a quoted body, and what refpolicy's macros of
//! these names make of the two is always the same text around them. That text is learned by having m4 expand a call; what else
//! stands in a header is left to m4, and afterwards that text is learned anew.

use std::sync::Arc;

use super::{
    CallKind, HeaderFile,
    definition::Definition as HeaderDefinition,
    m4::{Body, Builtin, Declared, Definition, Frame, NO_CALL, Processor, core, holds_dollarsstar, with_dollarsstar},
};
use crate::selinux::Name;

/// The second m4, while the first one reads headers.
#[derive(Debug)]
pub(super) struct Second<'m> {
    m4: &'m mut Processor,
    path: Arc<str>,
    /// How much it has read of what the first one wrote.
    at: usize,
    /// The line that it is in.
    line: u32,
    /// How many declarations the first one knows to be there, where it is to know.
    marked: usize,
    /// The first one has read something, which may have changed what declares.
    has_news: bool,
}

impl<'m> Second<'m> {
    pub(super) fn new(m4: &'m mut Processor) -> Self {
        Self { m4, path: Arc::from("tmp/all_interfaces.conf"), at: 0, line: 1, marked: 0, has_news: false }
    }

    /// Reads what the first one wrote; false where that is not for itself.
    pub(super) fn read(&mut self, written: &[u8]) -> bool {
        let between = written.get(self.at..).unwrap_or_default();
        self.at = written.len();
        let begin = self.line;
        self.line = self.line.saturating_add(newlines(between));
        if between.trim_ascii().is_empty() {
            return true;
        }
        let mut text = Vec::with_capacity(between.len());
        with_dollarsstar(between, &mut text);
        self.m4.read_from(text.into(), &self.path, begin).is_ok() && !self.m4.syntax.is_changed
    }

    /// Takes a definition over that the first one need not write out; false where it cannot.
    fn define(&mut self, written: &[u8], name: &Name, body: Body, lines: u32) -> bool {
        // It would be a part of the last word.
        let is_apart = written.get(self.at..).is_none_or(|between| between.last().is_none_or(u8::is_ascii_whitespace));
        if !is_apart || !self.read(written) || self.m4.spend(body.written().len()).is_err() {
            return false;
        }
        self.m4.symbols.define_shared(name.shared_bytes(), Definition::Body(body));
        self.line = self.line.saturating_add(lines);
        true
    }
}

/// The macros that may have a part in what declares something: with these, name and body are put into the text, and nothing
/// looks at them but whether there is a macro of this name.
const ALLOWED: [(&str, Option<Builtin>); 11] = [
    ("dnl", Some(Builtin::Dnl)),
    ("ifdef", Some(Builtin::IfDef)),
    ("define", Some(Builtin::Define)),
    ("pushdef", Some(Builtin::PushDef)),
    ("popdef", Some(Builtin::PopDef)),
    ("incr", Some(Builtin::Incr)),
    ("__file__", Some(Builtin::File)),
    ("__line__", Some(Builtin::Line)),
    ("policy_call_depth", None),
    ("policy_m4_comment", None),
    ("refpolicyerr", None),
];

/// A call to learn from; the body has whatever m4 might look at.
const NAME: &str = "seltui_learns";
const BODY: &str = "x `dnl' (a, dnl # b\n\t$* $1_t define(`c')\n";
const OTHER_NAME: &str = "seltui_learns_once_more";
const PATH: &str = "learned.if";

/// `interface` and `template` as they are defined, with what they make of a name and a body.
#[derive(Debug)]
pub(super) struct Shapes(Vec<Shape>);

#[derive(Debug)]
struct Shape {
    word: &'static str,
    kind: CallKind,
    /// What stands around every body.
    frame: Arc<Frame>,
    /// The first m4 is left with a macro of this name that stands for file and line.
    marks: bool,
    /// Ends of lines in what the first m4 writes, without those of the body.
    lines: u32,
}

impl Shapes {
    /// Learns from both processors, which have read the same, and leaves them as they were.
    pub(super) fn learn(first: &mut Processor, second: &mut Processor) -> Self {
        let kinds = [("interface", CallKind::Interface), ("template", CallKind::Template)];
        Self(kinds.into_iter().filter_map(|(word, kind)| Shape::learn(first, second, word, kind)).collect())
    }

    /// Reads a header that has these definitions; what is not declared in the simplest form is read by m4, with all that
    /// follows in the file. False where the second one cannot go on so.
    pub(super) fn read(
        &mut self,
        first: &mut Processor,
        second: &mut Second<'_>,
        file: &HeaderFile,
        definitions: &[HeaderDefinition],
    ) -> bool {
        if second.has_news && first.output.written().last() == Some(&b'\n') {
            if !second.read(first.output.written()) {
                return false;
            }
            *self = Self::learn(first, second.m4);
            second.has_news = false;
        }
        let is_usual = !second.has_news && first.output.is_plain() && !first.syntax.is_changed;
        let done = if is_usual { self.declare(first, second, file, definitions) } else { Some((0, 1)) };
        let Some((at, line)) = done else { return false };
        let Some(rest) = file.text.as_bytes().get(at..).filter(|rest| !rest.is_empty()) else { return true };
        self.mark(first, second);
        // What went wrong is among its problems.
        let _ = match at {
            0 => first.read(Arc::clone(&file.text).into(), &file.path),
            _ => first.read_from(rest.into(), &file.path, line),
        };
        second.marked = first.declared.as_ref().map_or(0, Vec::len);
        second.has_news = true;
        true
    }

    /// Has the first m4 know what it has not read.
    fn mark(&self, first: &mut Processor, second: &Second<'_>) {
        let Processor { symbols, declared, files, .. } = first;
        for Declared { name, kind, location } in declared.iter().flatten().skip(second.marked) {
            let marks = self.0.iter().any(|shape| shape.kind == *kind && shape.marks);
            if let Some(file) = files.get(location.file as usize).filter(|_| marks) {
                let mark = format!("{file}:{}", location.line);
                symbols.define_shared(name.shared_bytes(), Definition::Text(mark.as_bytes().into()));
            }
        }
    }

    /// Takes what is declared in the simplest form from the beginning of a header: how far, and to which line.
    fn declare(
        &self,
        first: &mut Processor,
        second: &mut Second<'_>,
        file: &HeaderFile,
        definitions: &[HeaderDefinition],
    ) -> Option<(usize, u32)> {
        let text = file.text.as_bytes();
        let (mut at, mut line) = (0, 1_u32);
        for definition in definitions {
            let HeaderDefinition { alone, body, .. } = definition;
            let shape = self.0.iter().find(|shape| shape.declares(text, definition, first, second));
            let ready = shape.and_then(|shape| Body::new(&shape.frame, &file.text, body.clone()));
            let (Some(shape), Some(ready)) = (shape, ready) else { break };
            let location = first.at(&file.path, definition.line);
            let name = Name::from(definition.name.as_str());
            let HeaderDefinition { lines_before, lines: own, .. } = definition;
            let left_out = definition.line.saturating_sub(line);
            let lines = left_out.saturating_add(shape.lines).saturating_add(*own);
            if !second.define(first.output.written(), &name, ready, lines) {
                return None;
            }
            first.note_declared(Declared { name, kind: shape.kind, location });
            (at, line) = (alone.end, definition.line.saturating_add(*lines_before).saturating_add(*own));
        }
        let left_out = skipped(text.get(at..).unwrap_or_default());
        if at == 0 && left_out < text.len() {
            return Some((0, 1));
        }
        let lines = newlines(text.get(at..at + left_out).unwrap_or_default());
        for _ in 0..lines {
            first.output.write(b"\n", NO_CALL);
        }
        Some((at + left_out, line.saturating_add(lines)))
    }
}

impl Shape {
    fn learn(first: &mut Processor, second: &mut Processor, word: &'static str, kind: CallKind) -> Option<Self> {
        let Some(Definition::Text(learned)) = first.symbols.lookup(word.as_bytes()) else { return None };
        let is_usual = first.output.is_plain() && !first.syntax.is_changed && !second.syntax.is_changed;
        if !is_usual || !puts_in(learned, first) {
            return None;
        }
        let body = BODY.replace("$*", "dollarsstar");
        let made = expanded(first, second, word, NAME, &body)?;
        let (before, behind) = parted(&made.definition, BODY.as_bytes())?;
        let lines = made.lines.checked_sub(newlines(BODY.as_bytes()))?;
        let parts = |text: &[u8]| parts(text, NAME.as_bytes());
        // The core may be all but some blanks around the body.
        let core = core(&made.definition, NAME.as_bytes()).and_then(|core| parted(core, BODY.as_bytes()));
        let core = core.map(|(before, behind)| ([b"\n", before].concat(), [behind, b"\n"].concat()));
        let frame = Arc::new(Frame { before: parts(before), behind: parts(behind), core });
        let empty = Body::new(&frame, &Arc::from(""), 0..0)?;
        let shape = Self { word, kind, frame, marks: made.marks, lines };
        let other = expanded(first, second, word, OTHER_NAME, "")?;
        let mut text = Vec::new();
        empty.write(OTHER_NAME.as_bytes(), &mut text);
        let is_same = text == other.definition && (shape.marks, shape.lines) == (other.marks, other.lines);
        is_same.then_some(shape)
    }

    /// Whether this definition is a call in its simplest form, of a name that is no macro's.
    fn declares(&self, text: &[u8], definition: &HeaderDefinition, first: &Processor, second: &Second<'_>) -> bool {
        let (name, body, alone) = (definition.name.as_bytes(), &definition.body, &definition.alone);
        // Blanks behind a quotation belong to the argument, those before it do not.
        let is_simple = || {
            let head = text.get(alone.start..body.start)?.strip_prefix(self.word.as_bytes())?.strip_prefix(b"(")?;
            let behind = head.trim_ascii_start().strip_prefix(b"`")?.strip_prefix(name)?.strip_prefix(b"',")?;
            Some(behind.trim_ascii_start() == b"`" && text.get(body.end..alone.end)? == b"')")
        };
        definition.is_next
            && is_simple().unwrap_or_default()
            // The Makefile's sed would make another name of it.
            && !holds_dollarsstar(name)
            && first.symbols.lookup(name).is_none()
            && second.m4.symbols.lookup(name).is_none()
    }
}

/// What a call came to.
struct Made {
    definition: Vec<u8>,
    marks: bool,
    lines: u32,
}

/// Has both processors expand a call, and takes back what that changed; `None` where it does anything but define its name.
fn expanded(first: &mut Processor, second: &mut Processor, word: &str, name: &str, body: &str) -> Option<Made> {
    let call = format!("{word}(`{name}',`{body}')");
    let begin = first.output.len();
    let declared = first.declared.as_ref().map_or(0, Vec::len);
    let mark = first.tried(|first| {
        first.read(call.as_bytes().into(), &PATH.into()).ok()?;
        match (first.symbols.changes(), first.symbols.lookup(name.as_bytes())) {
            (0, None) => Some(false),
            (1, Some(Definition::Text(text))) => (**text == *format!("{PATH}:1").as_bytes()).then_some(true),
            _ => None,
        }
    });
    let written = first.output.cut(begin);
    if let Some(all) = &mut first.declared {
        all.truncate(declared);
    }
    let marks = mark?;
    let mut text = Vec::new();
    with_dollarsstar(&written, &mut text);
    let definition = second.tried(|second| {
        second.read(text.as_slice().into(), &PATH.into()).ok()?;
        match (second.symbols.changes(), second.symbols.lookup(name.as_bytes())) {
            (1, Some(Definition::Text(text))) => Some(text.to_vec()),
            _ => None,
        }
    })?;
    Some(Made { definition, marks, lines: newlines(&written) })
}

/// Whether a macro of this text does nothing with its first argument but put it in and ask for a macro of that name, and
/// nothing with the second one but put it in.
fn puts_in(text: &[u8], m4: &Processor) -> bool {
    let is_part = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    let are_arguments = memchr::memchr_iter(b'$', text).all(|at| {
        let before = at.checked_sub(1).and_then(|at| text.get(at));
        matches!(text.get(at + 1), Some(b'1' | b'2')) && !is_part(before) && !is_part(text.get(at + 2))
    });
    let asks_for_name = memchr::memmem::find_iter(text, b"ifdef").all(|at| {
        let behind = text.get(at..).unwrap_or_default();
        behind.starts_with(b"ifdef(`$1',")
    });
    let are_allowed = text.split(|byte| !is_part(Some(byte))).all(|word| {
        let allowed = ALLOWED.iter().find(|(name, _)| name.as_bytes() == word);
        match (m4.symbols.lookup(word), allowed) {
            (Some(Definition::Builtin(own)), Some((_, Some(builtin)))) => own == builtin,
            (None, _) | (Some(Definition::Text(_)), Some((_, None))) => true,
            _ => false,
        }
    });
    are_arguments && asks_for_name && are_allowed
}

/// What stands before and behind the only place of this text.
fn parted<'a>(text: &'a [u8], within: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let at = memchr::memmem::find(text, within)?;
    let (before, rest) = text.split_at_checked(at)?;
    let behind = rest.strip_prefix(within)?;
    memchr::memmem::find(behind, within).is_none().then_some((before, behind))
}

/// What stands between the places of a name.
fn parts(text: &[u8], name: &[u8]) -> Vec<Vec<u8>> {
    let (mut parts, mut done) = (Vec::new(), 0);
    for at in memchr::memmem::find_iter(text, name) {
        parts.push(text.get(done..at).unwrap_or_default().to_vec());
        done = at + name.len();
    }
    parts.push(text.get(done..).unwrap_or_default().to_vec());
    parts
}

/// How long the blanks and comments are that a header's text begins with.
fn skipped(text: &[u8]) -> usize {
    let mut at = 0;
    loop {
        let rest = text.get(at..).unwrap_or_default();
        at += rest.iter().position(|byte| !matches!(byte, b' ' | b'\t'..=b'\r')).unwrap_or(rest.len());
        let comment = text.get(at..).unwrap_or_default();
        if comment.first() != Some(&b'#') {
            return at;
        }
        // One without an end is m4's to complain of.
        let Some(end) = memchr::memchr(b'\n', comment) else { return at };
        at += end + 1;
    }
}

fn newlines(text: &[u8]) -> u32 {
    u32::try_from(memchr::memchr_iter(b'\n', text).count()).unwrap_or(u32::MAX)
}
