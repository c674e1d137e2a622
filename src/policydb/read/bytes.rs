//! The bytes of a policy file, from front to back.

use crate::{
    policydb::{Bitmap, PolicyError, Problem},
    selinux::Name,
};

/// The part of the file that is not read yet. All numbers are little-endian; nothing is allocated for what is not there.
pub(super) struct Bytes<'a> {
    rest: &'a [u8],
    offset: usize,
    /// What the reader is at, for the message of a file that ends too early.
    part: &'static str,
}

pub(super) type Result<T> = std::result::Result<T, PolicyError>;

impl<'a> Bytes<'a> {
    pub(super) fn new(file: &'a [u8]) -> Self {
        Self { rest: file, offset: 0, part: "the header" }
    }

    /// Names the part that comes next.
    pub(super) fn enter(&mut self, part: &'static str) {
        self.part = part;
    }

    pub(super) fn offset(&self) -> usize {
        self.offset
    }

    pub(super) fn damaged<T>(&self, what: &'static str) -> Result<T> {
        Err(PolicyError { offset: self.offset, problem: Problem::Damaged(what) })
    }

    pub(super) fn take(&mut self, length: usize) -> Result<&'a [u8]> {
        let Some((taken, rest)) = self.rest.split_at_checked(length) else {
            return Err(PolicyError { offset: self.offset, problem: Problem::Short(self.part) });
        };
        self.rest = rest;
        self.offset += length;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let Some((taken, rest)) = self.rest.split_first_chunk::<N>() else {
            return Err(PolicyError { offset: self.offset, problem: Problem::Short(self.part) });
        };
        self.rest = rest;
        self.offset += N;
        Ok(*taken)
    }

    pub(super) fn u8(&mut self) -> Result<u8> {
        self.array().map(u8::from_le_bytes)
    }

    pub(super) fn u16(&mut self) -> Result<u16> {
        self.array().map(u16::from_le_bytes)
    }

    pub(super) fn u32(&mut self) -> Result<u32> {
        self.array().map(u32::from_le_bytes)
    }

    pub(super) fn u64(&mut self) -> Result<u64> {
        self.array().map(u64::from_le_bytes)
    }

    /// Four numbers of 32 bits as the bytes that stand there: an address in network order.
    pub(super) fn address<const N: usize>(&mut self) -> Result<[u8; N]> {
        self.array()
    }

    /// A length in bytes that must still be there.
    pub(super) fn length(&mut self) -> Result<usize> {
        self.u32().map(|length| usize::try_from(length).unwrap_or(usize::MAX))
    }

    /// How many things follow, each at least `size` bytes long; refused when the file has no room for them.
    pub(super) fn count(&mut self, size: usize) -> Result<usize> {
        let count = self.length()?;
        self.room(count, size)
    }

    pub(super) fn room(&self, count: usize, size: usize) -> Result<usize> {
        if count.checked_mul(size).is_none_or(|bytes| bytes > self.rest.len()) {
            return Err(PolicyError { offset: self.offset, problem: Problem::Short(self.part) });
        }
        Ok(count)
    }

    /// Text that may hold anything but a NUL byte: a file's name, a path, a device.
    pub(super) fn text(&mut self, length: usize) -> Result<Name> {
        let bytes = self.take(length)?;
        if bytes.contains(&0) {
            return self.damaged("a name holds a NUL byte");
        }
        Ok(Name::from_bytes(bytes))
    }

    /// The name of a symbol: never empty, without blanks and control characters.
    pub(super) fn symbol(&mut self, length: usize) -> Result<Name> {
        let bytes = self.take(length)?;
        let odd = |b: &u8| !b.is_ascii_graphic() && b.is_ascii();
        if bytes.is_empty() || bytes.iter().any(odd) {
            return self.damaged("a name is empty or holds a blank or a control character");
        }
        Ok(Name::from_bytes(bytes))
    }

    /// A bitmap as the kernel's `ebitmap_read` takes it: words of 64 bits with their places, in rising order.
    pub(super) fn bitmap(&mut self) -> Result<Bitmap> {
        let (unit, high, count) = (self.u32()?, self.u32()?, self.length()?);
        if unit != 64 {
            return self.damaged("the words of a bitmap are not 64 bits long");
        }
        if count == 0 {
            return if high == 0 { Ok(Bitmap::default()) } else { self.damaged("a bitmap has no words, but a length") };
        }
        let mut words: Vec<(u32, u64)> = Vec::with_capacity(self.room(count, 12)?);
        for _ in 0..count {
            let (start, word) = (self.u32()?, self.u64()?);
            if start % 64 != 0 || start >= high {
                return self.damaged("a word of a bitmap lies beyond its end");
            }
            if word == 0 || words.last().is_some_and(|last| last.0 >= start / 64) {
                return self.damaged("the words of a bitmap are empty or out of order");
            }
            words.push((start / 64, word));
        }
        Ok(Bitmap::from_words(words))
    }
}
