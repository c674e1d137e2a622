//! How much of a need each definition covers, whatever is looked at.

use std::{collections::HashMap, fmt};

use foldhash::fast::RandomState;

use super::{
    RuleKind,
    matcher::{Matcher, Question, need_size},
    plan::merged,
};
use crate::{refpolicy::DefinitionId, selinux::AccessVector};

/// What a call of each definition would do for some denials: found once, looked up for each line of a list.
#[derive(Debug, Clone, Default)]
pub struct Coverage {
    asked: u32,
    covering: HashMap<DefinitionId, Covered, RandomState>,
}

/// What a call covers of what was asked for, and what it does beyond. One access is one permission of one class on one target as
/// the header spells it; rules of every source count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Covered {
    /// How many accesses it covers; where the target is an argument, for the target that this is most for.
    pub covered: u32,
    /// How many accesses were asked for.
    pub asked: u32,
    /// How many accesses it grants beyond these; not counted where it covers none.
    pub opens: u32,
    /// How many of those do more than read.
    pub opens_write: u32,
    /// Where the need is to be hidden: how many accesses it hides beyond; then `opens` is what it allows.
    pub hides: u32,
    /// How many of those do more than read.
    pub hides_write: u32,
    /// What the policy's rules add for the attributes that it puts the domain under.
    pub by_attributes: ByAttributes,
    /// Whether the need is to be allowed or hidden.
    pub kind: RuleKind,
}

/// What a call brings its domain by attributes: rules that stand in the policy, not in the headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ByAttributes {
    /// How many accesses they cover that the call itself does not.
    pub covered: u32,
    /// How many accesses they grant beyond.
    pub opens: u32,
    /// How many of those do more than read.
    pub opens_write: u32,
}

impl Coverage {
    /// What a definition covers; nothing where nothing was asked for.
    pub fn of(&self, definition: DefinitionId) -> Option<Covered> {
        let none = Covered { asked: self.asked, ..Covered::default() };
        (self.asked > 0).then(|| self.covering.get(&definition).copied().unwrap_or(none))
    }
}

impl Covered {
    /// Whether it covers anything, by itself or by attributes.
    pub fn covers_some(&self) -> bool {
        self.covered + self.by_attributes.covered > 0
    }

    /// "opens 38 more, 4 of them write".
    pub fn opens(&self) -> String {
        match self.kind {
            RuleKind::Allow => self.opens_more(),
            RuleKind::DontAudit => {
                let hides = beyond("hides", "more", (self.hides, self.hides_write));
                let allows = if self.opens + self.by_attributes.opens == 0 {
                    String::new()
                } else {
                    format!(", and {}", self.opens_more())
                };
                format!("{hides}{allows}")
            }
        }
    }

    fn opens_more(&self) -> String {
        let by = (self.by_attributes.opens, self.by_attributes.opens_write);
        let own = (self.opens, self.opens_write);
        match (own.0, by.0) {
            (_, 0) => beyond("opens", "more", own),
            // The policy's compiler has written the attributes' rules on `self` out, one for each type under them by now.
            (0, _) => beyond("opens at least", "more by attribute", by),
            _ => format!("{}, and at least {}", beyond("opens", "more", own), of(by, "by attribute")),
        }
    }
}

impl fmt::Display for Covered {
    /// "covers 3 of 3, opens 38 more, 4 of them write".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_counted = self.opens + self.hides + self.by_attributes.opens > 0;
        match (self.covered, self.by_attributes.covered) {
            (0, 0) if !is_counted => return write!(f, "covers none of {}", self.asked),
            (0, by) if by > 0 => write!(f, "covers {by} of {} by attribute", self.asked)?,
            (covered, 0) => write!(f, "covers {covered} of {}", self.asked)?,
            (covered, by) => write!(f, "covers {covered} of {}, {by} more by attribute", self.asked)?,
        }
        write!(f, ", {}", self.opens())
    }
}

/// "opens 38 more, 4 of them write".
fn beyond(verb: &str, more: &str, counts: (u32, u32)) -> String {
    if counts.0 == 0 { format!("{verb} nothing more") } else { format!("{verb} {}", of(counts, more)) }
}

/// "38 more, 4 of them write".
fn of((all, writes): (u32, u32), more: &str) -> String {
    match (all, writes) {
        (all, 0) => format!("{all} {more}"),
        (1, _) => format!("1 {more}, which writes"),
        (all, 1) => format!("{all} {more}, 1 of them writes"),
        (all, writes) => format!("{all} {more}, {writes} of them write"),
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
            let Some(price) = self.group_price(&work, group, question) else { continue };
            let covered = group.candidates.iter().map(|(_, candidate)| candidate.bits.count_ones()).sum();
            let is_better = |known: &Covered| covered > known.covered;
            if coverage.covering.get(&group.called.definition).is_none_or(is_better) {
                coverage.covering.insert(group.called.definition, price.counts(covered, asked, question.kind));
            }
        }
        for (called, counts) in self.covering_by_attributes(&work.needs, asked, question) {
            coverage.covering.entry(called.definition).or_insert(counts);
        }
        coverage
    }
}
