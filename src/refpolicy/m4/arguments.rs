//! What a macro is called with.

use super::builtin::Builtin;

/// What a macro is called with; number 0 is its name.
#[derive(Debug, Clone, Default)]
pub struct Arguments {
    text: Vec<u8>,
    /// Where each ends.
    ends: Vec<usize>,
    /// Those that are a builtin's token, by number.
    tokens: Vec<(usize, Builtin)>,
}

impl Arguments {
    /// How many there are, the name among them.
    pub fn count(&self) -> usize {
        self.ends.len()
    }

    /// The text of one; empty if there is none.
    #[inline]
    pub fn get(&self, number: usize) -> &[u8] {
        let begin = number.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        let Some(end) = self.ends.get(number) else { return b"" };
        self.text.get(begin..*end).unwrap_or_default()
    }

    /// The text of one if it was given.
    pub fn given(&self, number: usize) -> Option<&[u8]> {
        (number < self.count()).then(|| self.get(number))
    }

    /// The builtin whose token it is.
    pub fn token(&self, number: usize) -> Option<Builtin> {
        self.tokens.iter().find(|(own, _)| *own == number).map(|(_, builtin)| *builtin)
    }

    /// The same without those before `first`, which becomes the name.
    pub fn from(&self, first: usize) -> Self {
        let cut = first.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        Self {
            text: self.text.get(cut..).unwrap_or_default().to_vec(),
            ends: self.ends.iter().skip(first).map(|end| end - cut).collect(),
            tokens: self
                .tokens
                .iter()
                .filter(|(own, _)| *own >= first)
                .map(|(own, token)| (own - first, *token))
                .collect(),
        }
    }

    /// Empties those that are tokens: most macros take text alone.
    pub fn without_tokens(&mut self) {
        self.tokens.clear();
    }

    /// Forgets all of them.
    pub fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
        self.tokens.clear();
    }

    /// Adds to the argument that is being written.
    #[inline]
    pub fn write(&mut self, text: &[u8]) {
        self.text.extend_from_slice(text);
    }

    /// A builtin's token comes: it is the argument, unless text or another one came before.
    pub fn write_token(&mut self, builtin: Builtin) {
        if self.is_empty_so_far() && self.token(self.count()).is_none() {
            self.tokens.push((self.count(), builtin));
        }
    }

    /// How many bytes they are together.
    pub fn size(&self) -> usize {
        self.text.len()
    }

    /// Ends the argument that was being written.
    pub fn end(&mut self) {
        let begin = self.ends.last().copied().unwrap_or(0);
        if self.token(self.ends.len()).is_some() {
            self.text.truncate(begin);
        }
        self.ends.push(self.text.len());
    }

    /// Whether nothing was written of the one that is being written.
    pub fn is_empty_so_far(&self) -> bool {
        self.text.len() == self.ends.last().copied().unwrap_or(0)
    }
}
