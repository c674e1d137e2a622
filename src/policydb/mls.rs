//! Levels and ranges of an MLS policy.

use super::Bitmap;

/// A sensitivity with its categories, by their numbers in the policy.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Level {
    /// The place of the sensitivity, from 0; the higher dominates.
    pub sensitivity: u32,
    /// The places of the categories.
    pub categories: Bitmap,
}

impl Level {
    /// Whether this level dominates the other: at least its sensitivity, and all of its categories.
    pub fn dominates(&self, other: &Self) -> bool {
        self.sensitivity >= other.sensitivity && other.categories.is_subset(&self.categories)
    }
}

/// From the current (low) level to the clearance (high) level.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Range {
    /// The current level.
    pub low: Level,
    /// The clearance; equal to `low` when only one level is written.
    pub high: Level,
}

impl Range {
    /// Whether the other range lies within this one (`mls_range_contains`).
    pub fn contains(&self, other: &Self) -> bool {
        other.low.dominates(&self.low) && self.high.dominates(&other.high)
    }

    /// The range of one level.
    pub fn single(level: Level) -> Self {
        Self { low: level.clone(), high: level }
    }
}
