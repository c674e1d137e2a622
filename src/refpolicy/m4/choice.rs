//! Macros that are one `ifdef` of a name and two quoted texts, as refpolicy's `gen_require` is, which nearly every interface
//! calls: the text that is chosen is read at once, instead of being read as an argument before.

use std::sync::Arc;

use super::{
    arguments::Arguments, builtin::Builtin, limits::Stop, memo::FLAG, processor::Processor, symbols::Definition,
};

/// The macros that are looked at.
const NAMES: [&[u8]; 1] = [b"gen_require"];

/// Such a macro.
#[derive(Debug, Clone)]
pub(super) struct Choice {
    /// All of it.
    text: Arc<[u8]>,
    /// The name that is asked for.
    name: Vec<u8>,
    /// With the blanks around the `ifdef`: what it comes to where there is a macro of that name, and where there is none.
    either: Vec<u8>,
    or: Vec<u8>,
}

impl Choice {
    /// `None` where a macro is anything else.
    fn of(text: &Arc<[u8]>) -> Option<Self> {
        let call = text.trim_ascii_start();
        let before = text.get(..text.len() - call.len())?;
        let (name, rest) = quoted(call.strip_prefix(b"ifdef(")?)?;
        let (either, rest) = quoted(rest.strip_prefix(b",")?)?;
        let (or, rest) = quoted(rest.strip_prefix(b",")?)?;
        let behind = rest.strip_prefix(b")")?;
        let is_word = name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
        if !is_word || name == FLAG || !behind.trim_ascii().is_empty() {
            return None;
        }
        let whole = |chosen: &[u8]| [before, chosen, behind].concat();
        Some(Self { text: Arc::clone(text), name: name.to_vec(), either: whole(either), or: whole(or) })
    }
}

/// The quoted text that another one begins with, and what stands behind it.
fn quoted(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let inner = text.strip_prefix(b"`")?;
    let mut open = 1_u32;
    let end = memchr::memchr2_iter(b'`', b'\'', inner).find(|at| {
        let is_end = inner.get(*at) == Some(&b'\'');
        open = if is_end { open.saturating_sub(1) } else { open.saturating_add(1) };
        open == 0
    })?;
    Some((inner.get(..end)?, inner.get(end + 1..)?))
}

impl Processor {
    /// The choices among the macros as they are now; none where a quotation or a comment is written otherwise.
    pub(super) fn choices(&self) -> Vec<Choice> {
        let is_ifdef = matches!(self.symbols.lookup(b"ifdef"), Some(Definition::Builtin(Builtin::IfDef)));
        if !is_ifdef || self.syntax.single_quotes() != Some((b'`', b'\'')) || !self.syntax.has_plain_comments() {
            return Vec::new();
        }
        let choice = |name: &&[u8]| match self.symbols.lookup(name)? {
            Definition::Text(text) => Choice::of(text),
            _ => None,
        };
        NAMES.iter().filter_map(choice).collect()
    }

    /// Expands a macro that is a choice; false where it is none, or an argument might end a quotation in it.
    pub(super) fn choose(&mut self, text: &Arc<[u8]>, arguments: &Arguments, call: u32) -> Result<bool, Stop> {
        let choices = self.memo.as_ref().map_or(&[][..], |memo| memo.choices.as_slice());
        let Some(choice) = choices.iter().find(|choice| Arc::ptr_eq(&choice.text, text)) else { return Ok(false) };
        let is_quoted = |number| memchr::memchr2(b'`', b'\'', arguments.get(number)).is_some();
        // Where something is defined or undefined on the way, `ifdef` may be something else.
        if !self.is_as_before() || (0..arguments.count()).any(is_quoted) {
            return Ok(false);
        }
        let is_there = self.symbols.lookup(&choice.name).is_some();
        let mut chosen = self.input.buffer();
        chosen.extend_from_slice(if is_there { &choice.either } else { &choice.or });
        self.expand_own_text(chosen, arguments, call)?;
        Ok(true)
    }
}
