//! What is put in for `$1`, `$2` … of a call that is known.

use super::arguments::Arguments;
use crate::refpolicy::reader;

/// Words, nothing else.
#[derive(Debug, Clone)]
pub struct Given {
    /// A bit for each argument that is put in for itself.
    same: u16,
    /// `None` where all of them are.
    arguments: Option<Arguments>,
}

impl Given {
    /// `None` when one is no word.
    pub(super) fn of(arguments: &Arguments) -> Option<Self> {
        let mut same = 0;
        for number in 1..arguments.count() {
            let text = arguments.get(number);
            if text.is_empty() || !text.iter().all(|byte| reader::is_word(*byte)) {
                return None;
            }
            let is_same = matches!(text, [b'$', digit] if usize::from(digit.wrapping_sub(b'0')) == number);
            same |= u16::from(is_same) << number;
        }
        let are_same = same.count_ones() as usize + 1 == arguments.count();
        Some(Self { same, arguments: (!are_same).then(|| arguments.from(0)) })
    }

    /// The arguments that are put in for themselves, a bit for each.
    pub fn same(&self) -> u16 {
        self.same
    }

    /// Whether all of these, a bit for each, are put in for themselves.
    pub fn are_same(&self, numbers: u16) -> bool {
        numbers & !self.same == 0
    }

    /// Writes this text with the arguments put in.
    pub fn put(&self, text: &[u8], written: &mut Vec<u8>) {
        let Some(arguments) = &self.arguments else { return written.extend_from_slice(text) };
        let mut rest = text;
        while let Some((before, [_, digit, behind @ ..])) =
            memchr::memchr(b'$', rest).and_then(|at| rest.split_at_checked(at))
        {
            written.extend_from_slice(before);
            written.extend_from_slice(arguments.get(usize::from(digit.wrapping_sub(b'0'))));
            rest = behind;
        }
        written.extend_from_slice(rest);
    }
}
