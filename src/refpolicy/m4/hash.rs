//! A hash for short names: most words of a policy are looked up and are no macro.

use std::hash::{BuildHasherDefault, Hasher};

/// Multiplies and folds eight bytes at a time, as the compiler's own hash does.
#[derive(Debug, Clone, Copy, Default)]
pub struct NameHasher(u64);

/// What maps by names are built with.
pub type NameHash = BuildHasherDefault<NameHasher>;

const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;

impl NameHasher {
    #[inline]
    fn mix(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(FACTOR);
    }
}

impl Hasher for NameHasher {
    #[inline]
    fn write(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        while let Some((word, behind)) = rest.split_first_chunk::<8>() {
            self.mix(u64::from_le_bytes(*word));
            rest = behind;
        }
        if let Some((word, behind)) = rest.split_first_chunk::<4>() {
            self.mix(u64::from(u32::from_le_bytes(*word)));
            rest = behind;
        }
        for byte in rest {
            self.mix(u64::from(*byte));
        }
    }

    #[inline]
    fn write_usize(&mut self, number: usize) {
        self.mix(number as u64);
    }

    #[inline]
    fn write_u32(&mut self, number: u32) {
        self.mix(u64::from(number));
    }

    #[inline]
    fn finish(&self) -> u64 {
        // The table takes its index from the low bits, its tag from the high ones.
        self.0 ^ (self.0 >> 29)
    }
}
