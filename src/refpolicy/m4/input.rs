//! What is still to be read: files, and over them the text that macros expanded to.

use std::sync::Arc;

use super::builtin::Builtin;

/// No call: the text of the file itself.
pub const NO_CALL: u32 = u32::MAX;

/// Text that is read from, shared with a macro's definition or its own.
#[derive(Debug, Clone)]
pub enum Text {
    Shared(Arc<[u8]>),
    Owned(Vec<u8>),
}

impl Text {
    #[inline]
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Shared(text) => text,
            Self::Owned(text) => text,
        }
    }
}

/// Where something stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Location {
    /// The file's number in the processor's list.
    pub file: u32,
    /// The line, from 1.
    pub line: u32,
}

/// One piece of input.
#[derive(Debug, Clone)]
pub(super) struct Block {
    text: Text,
    /// How much of it is read.
    at: usize,
    /// The innermost call whose body this is.
    call: u32,
    /// For a file the line of what was counted so far, for an expansion that of the macro's name.
    location: Location,
    /// For a file: how much of it was counted.
    counted: Option<usize>,
    /// A builtin's token (`defn`), which has no text.
    token: Option<Builtin>,
}

impl Block {
    fn rest(&self) -> &[u8] {
        self.text.bytes().get(self.at..).unwrap_or_default()
    }

    fn is_read(&self) -> bool {
        self.token.is_none() && self.at >= self.text.bytes().len()
    }
}

/// The stack of what is still to be read.
#[derive(Debug, Clone, Default)]
pub struct Input {
    blocks: Vec<Block>,
    /// Emptied buffers, to be filled again.
    spare: Vec<Vec<u8>>,
}

/// What comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    Byte(u8),
    Token(Builtin),
    End,
}

impl Input {
    /// Reads this file next, which begins at `location`.
    pub fn push_file(&mut self, text: Arc<[u8]>, location: Location) {
        let text = Text::Shared(text);
        self.blocks.push(Block { text, at: 0, call: NO_CALL, location, counted: Some(0), token: None });
    }

    /// Reads this text next, on behalf of `call`; the macro's name stood at `location`.
    pub fn push_text(&mut self, text: Text, call: u32, location: Location) {
        self.blocks.push(Block { text, at: 0, call, location, counted: None, token: None });
    }

    /// Reads a builtin's token next.
    pub fn push_token(&mut self, token: Builtin, call: u32, location: Location) {
        let text = Text::Owned(Vec::new());
        self.blocks.push(Block { text, at: 0, call, location, counted: None, token: Some(token) });
    }

    /// How many pieces lie over one another.
    pub fn depth(&self) -> usize {
        self.blocks.len()
    }

    /// An empty buffer.
    pub fn buffer(&mut self) -> Vec<u8> {
        self.spare.pop().unwrap_or_default()
    }

    /// Takes a buffer back that was got from [`buffer`](Self::buffer).
    pub fn give_back(&mut self, mut buffer: Vec<u8>) {
        // One that grew large once would stay so.
        if self.spare.len() < 64 && buffer.capacity() < 1 << 16 {
            buffer.clear();
            self.spare.push(buffer);
        }
    }

    /// Drops expansions that are read to their end, as GNU's `push_string_init` does; a file waits for its end to be read.
    pub fn drop_read(&mut self) {
        while self.blocks.last().is_some_and(|block| block.is_read() && block.counted.is_none()) {
            self.pop();
        }
    }

    /// What is left of the topmost piece that has something, and the call it belongs to; `None` at the end of all or
    /// before a token.
    #[inline]
    pub fn rest(&mut self) -> Option<(&[u8], u32)> {
        while self.blocks.last()?.is_read() {
            self.pop();
        }
        // Only the borrow checker's way through a loop asks for the second look.
        let block = self.blocks.last()?;
        block.token.is_none().then(|| (block.rest(), block.call))
    }

    /// Moves on by this many bytes of the topmost piece.
    #[inline]
    pub fn advance(&mut self, bytes: usize) {
        if let Some(block) = self.blocks.last_mut() {
            block.at += bytes;
        }
    }

    /// What comes next, without reading it.
    #[inline]
    pub fn peek(&self) -> Next {
        self.peek_at(0)
    }

    /// What comes `ahead` bytes behind that.
    pub fn peek_at(&self, mut ahead: usize) -> Next {
        for block in self.blocks.iter().rev() {
            if let Some(token) = block.token {
                return Next::Token(token);
            }
            let rest = block.rest();
            match rest.get(ahead) {
                Some(byte) => return Next::Byte(*byte),
                None => ahead -= rest.len(),
            }
        }
        Next::End
    }

    /// Reads what comes next.
    pub fn next(&mut self) -> Next {
        loop {
            let Some(block) = self.blocks.last_mut() else { return Next::End };
            if let Some(token) = block.token {
                self.pop();
                return Next::Token(token);
            }
            if let Some(byte) = block.text.bytes().get(block.at) {
                block.at += 1;
                return Next::Byte(*byte);
            }
            self.pop();
        }
    }

    /// Whether what comes next begins with these bytes, across the ends of pieces.
    pub fn begins_with(&self, bytes: &[u8]) -> bool {
        !bytes.is_empty() && bytes.iter().enumerate().all(|(ahead, byte)| self.peek_at(ahead) == Next::Byte(*byte))
    }

    /// Reads this many bytes, whatever they are.
    pub fn skip(&mut self, bytes: usize) {
        for _ in 0..bytes {
            self.next();
        }
    }

    /// The call that the next byte belongs to.
    pub fn call(&self) -> u32 {
        self.blocks.last().map_or(NO_CALL, |block| block.call)
    }

    /// Where the byte stands that was read last.
    pub fn location(&mut self) -> Location {
        let Some(block) = self.blocks.last_mut() else { return Location { file: 0, line: 0 } };
        if let Some(counted) = block.counted {
            let read = block.at.saturating_sub(1);
            if let Some(new) = block.text.bytes().get(counted..read) {
                let lines = memchr::memchr_iter(b'\n', new).count();
                block.location.line = block.location.line.saturating_add(u32::try_from(lines).unwrap_or(u32::MAX));
                block.counted = Some(read);
            }
        }
        block.location
    }

    /// Takes away everything that was not read.
    pub(super) fn lay_aside(&mut self) -> Vec<Block> {
        if self.blocks.is_empty() { Vec::new() } else { std::mem::take(&mut self.blocks) }
    }

    /// Puts back what was taken away; what is there now is forgotten.
    pub(super) fn lay_back(&mut self, blocks: Vec<Block>) {
        while !self.blocks.is_empty() {
            self.pop();
        }
        if !blocks.is_empty() {
            self.blocks = blocks;
        }
    }

    /// Forgets everything that was not read.
    pub fn clear(&mut self) {
        self.blocks.clear();
    }

    fn pop(&mut self) {
        if let Some(Block { text: Text::Owned(buffer), .. }) = self.blocks.pop() {
            self.give_back(buffer);
        }
    }
}
