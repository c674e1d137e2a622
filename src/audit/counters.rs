//! How much was read, and the lines that gave nothing.

use super::{Oddity, OddityKind, Place};
use crate::selinux::Untrusted;

/// What was read so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counters {
    /// Lines that are not blank.
    pub lines: u64,
    /// Audit records, of whatever type.
    pub records: u64,
    /// AVC messages, denied or granted, that gave an access vector.
    pub messages: u64,
    /// SELINUX_ERR records that tell of something refused.
    pub refusals: u64,
    /// Events that another input told of already.
    pub duplicates: u64,
    /// Lines that are no record.
    pub no_record: u64,
    /// AVC records that are no denial by their nature.
    pub no_denial: u64,
    /// AVC records that are cut or damaged so that no access vector is left.
    pub damaged: u64,
}

impl Counters {
    /// Adds another input's.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            lines: self.lines + other.lines,
            records: self.records + other.records,
            messages: self.messages + other.messages,
            refusals: self.refusals + other.refusals,
            duplicates: self.duplicates + other.duplicates,
            no_record: self.no_record + other.no_record,
            no_denial: self.no_denial + other.no_denial,
            damaged: self.damaged + other.damaged,
        }
    }
}

/// How many oddities of each kind are kept; further ones are only counted.
pub const KEPT_ODDITIES: u64 = 1000;

/// How many bytes of an odd line are kept.
const KEPT_LINE: usize = 4096;

impl Counters {
    /// Counts an odd line; gives it while few of its kind were.
    pub(super) fn odd(&mut self, place: Place, kind: OddityKind, line: &[u8]) -> Option<Oddity> {
        let count = match kind {
            OddityKind::NoRecord => &mut self.no_record,
            OddityKind::NoDenial => &mut self.no_denial,
            OddityKind::Damaged(_) => &mut self.damaged,
        };
        *count += 1;
        (*count <= KEPT_ODDITIES).then(|| {
            let text = line.get(..KEPT_LINE).unwrap_or(line);
            Oddity { place, kind, text: Untrusted::new(text) }
        })
    }
}
