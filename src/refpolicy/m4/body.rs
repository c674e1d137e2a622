//! What a macro stands for that was declared in a header: the header's own text, and what is the same around each.

use std::{
    ops::Range,
    sync::{Arc, LazyLock},
};

use memchr::memmem::Finder;

/// The text around every body, in parts that the macro's name stands between.
#[derive(Debug, Default)]
pub struct Frame {
    /// Before the body.
    pub before: Vec<Vec<u8>>,
    /// Behind it.
    pub behind: Vec<Vec<u8>>,
    /// What of it is left without refpolicy's comments and the counting for them, where that is what it is made of.
    pub core: Option<(Vec<u8>, Vec<u8>)>,
}

/// A body, where it stands in its header.
#[derive(Debug, Clone)]
pub struct Body {
    frame: Arc<Frame>,
    header: Arc<str>,
    begin: u32,
    end: u32,
}

impl Body {
    /// `None` where the header is larger than 4 GiB.
    pub fn new(frame: &Arc<Frame>, header: &Arc<str>, range: Range<usize>) -> Option<Self> {
        let (begin, end) = (u32::try_from(range.start).ok()?, u32::try_from(range.end).ok()?);
        Some(Self { frame: Arc::clone(frame), header: Arc::clone(header), begin, end })
    }

    /// As the header has it.
    pub fn written(&self) -> &[u8] {
        self.header.as_bytes().get(self.begin as usize..self.end as usize).unwrap_or_default()
    }

    /// Writes what a macro of this name stands for.
    pub fn write(&self, name: &[u8], text: &mut Vec<u8>) {
        let Frame { before, behind, .. } = &*self.frame;
        put(before, name, text);
        with_dollarsstar(self.written(), text);
        put(behind, name, text);
    }

    /// Writes the same without comments and counting; false where it cannot.
    pub(super) fn write_core(&self, text: &mut Vec<u8>) -> bool {
        let Some((before, behind)) = &self.frame.core else { return false };
        text.extend_from_slice(before);
        with_dollarsstar(self.written(), text);
        text.extend_from_slice(behind);
        true
    }
}

fn put(parts: &[Vec<u8>], name: &[u8], text: &mut Vec<u8>) {
    for (number, part) in parts.iter().enumerate() {
        if number > 0 {
            text.extend_from_slice(name);
        }
        text.extend_from_slice(part);
    }
}

const DOLLARSSTAR: &[u8] = b"dollarsstar";

static FINDER: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(DOLLARSSTAR));

/// Whether [`with_dollarsstar`] changes a text.
pub fn holds_dollarsstar(text: &[u8]) -> bool {
    text.len() >= DOLLARSSTAR.len() && FINDER.find(text).is_some()
}

/// `sed -e s/dollarsstar/$*/g`
pub fn with_dollarsstar(text: &[u8], written: &mut Vec<u8>) {
    let mut done = 0;
    for at in FINDER.find_iter(text) {
        written.extend_from_slice(text.get(done..at).unwrap_or_default());
        written.extend_from_slice(b"$*");
        done = at + DOLLARSSTAR.len();
    }
    written.extend_from_slice(text.get(done..).unwrap_or_default());
}
