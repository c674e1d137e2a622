//! How much of a need each definition covers, whatever is looked at.

use std::{collections::HashMap, fmt};

use foldhash::fast::RandomState;

use super::{
    matcher::{Matcher, Question, need_size},
    offer::covers_and_opens,
    plan::merged,
};
use crate::{refpolicy::DefinitionId, selinux::AccessVector};

/// What a call of each definition would do for some denials: found once, looked up for each line of a list.
#[derive(Debug, Clone, Default)]
pub struct Coverage {
    asked: u32,
    covering: HashMap<DefinitionId, Covered, RandomState>,
}

/// What a call of one definition covers of what was asked for, and what it opens beyond; counted as an
/// [`Offer`](super::Offer) counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Covered {
    /// How many accesses it covers; where the target is an argument, for the target that this is most for.
    pub covered: u32,
    /// How many accesses were asked for.
    pub asked: u32,
    /// How many accesses it grants beyond these; not counted where it covers none.
    pub opens: u32,
    /// How many of those do more than read.
    pub opens_write: u32,
}

impl Coverage {
    /// What a definition covers; nothing where nothing was asked for.
    pub fn of(&self, definition: DefinitionId) -> Option<Covered> {
        let none = Covered { covered: 0, asked: self.asked, opens: 0, opens_write: 0 };
        (self.asked > 0).then(|| self.covering.get(&definition).copied().unwrap_or(none))
    }
}

impl fmt::Display for Covered {
    /// "covers 3 of 3, opens 38 more, 4 of them write".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.covered == 0 {
            return write!(f, "covers none of {}", self.asked);
        }
        f.write_str(&covers_and_opens((self.covered, self.asked), (self.opens, self.opens_write)))
    }
}

impl Matcher {
    /// What each definition covers of these accesses of one domain. Whether the call could be compiled is not asked: arguments
    /// that nobody knows yet do not count against it.
    pub fn coverage(&self, needs: &[AccessVector], question: &Question<'_>) -> Coverage {
        let needs = merged(needs, question.domain);
        let work = self.work(&needs, question);
        let asked = needs.iter().map(need_size).sum();
        let mut coverage = Coverage { asked, ..Coverage::default() };
        for group in &work.groups {
            let Some((_, first)) = group.candidates.first() else { continue };
            let Some(price) = self.group_price(&work, group, question) else { continue };
            let covered = group.candidates.iter().map(|(_, candidate)| candidate.bits.count_ones()).sum();
            let own = Covered { covered, asked, opens: price.opens, opens_write: price.writes };
            let is_better = |known: &Covered| covered > known.covered;
            if coverage.covering.get(&first.definition).is_none_or(is_better) {
                coverage.covering.insert(first.definition, own);
            }
        }
        coverage
    }
}
