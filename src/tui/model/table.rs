//! The list of denials as a person sees it: how each stands, which are shown, selected and marked.

use std::collections::BTreeSet;

use fuzzy_matcher::{FuzzyMatcher, skim::SkimMatcherV2};

use super::{Hiding, Split};
use crate::{
    audit::{AuditEvent, AvcResult},
    denials::{Denial, DenialKey, Denials},
    selinux::Identifier,
    session::{Session, Standing},
    tui::widgets::Scroll,
};

/// The denials with everything that the list shows of them. Rows are only ever added, so a row's number stays its own.
#[derive(Debug, Default)]
pub struct Table {
    denials: Denials,
    standings: Vec<Standing>,
    /// The rows that the filter lets through, in order.
    visible: Vec<usize>,
    /// The place in `visible` that the cursor is on.
    cursor: usize,
    marked: BTreeSet<usize>,
    filter: Option<String>,
    /// What came since something was done on the node.
    split: Split,
    /// Rows may stand in another order now.
    moved: bool,
    /// Rows that need a decision, and how many of them have one that covers all.
    wanted: usize,
    settled: usize,
    /// Which part of the list is seen.
    pub scroll: Scroll,
}

impl Table {
    /// The denials.
    pub fn denials(&self) -> &Denials {
        &self.denials
    }

    /// How a row stands.
    pub fn standing(&self, row: usize) -> Option<&Standing> {
        self.standings.get(row)
    }

    /// The rows that are shown, in order.
    pub fn visible(&self) -> &[usize] {
        &self.visible
    }

    /// The place of the cursor among the rows that are shown.
    pub fn cursor(&self) -> usize {
        self.cursor
    }

    /// The row under the cursor.
    pub fn selected_row(&self) -> Option<usize> {
        self.visible.get(self.cursor).copied()
    }

    /// The marked rows.
    pub fn marked(&self) -> &BTreeSet<usize> {
        &self.marked
    }

    /// The words of the filter.
    pub fn filter(&self) -> Option<&str> {
        self.filter.as_deref()
    }

    /// How many rows have a decision that covers all of them, and how many need one.
    pub fn progress(&self) -> (usize, usize) {
        (self.settled, self.wanted)
    }

    /// What came since something was done on the node.
    pub fn split(&self) -> &Split {
        &self.split
    }

    /// How many rows came since the load, how many since dontaudit rules are out, and how many of these they had hidden.
    pub fn counts(&self) -> (usize, usize, usize) {
        let (mut since, mut flooded, mut hidden) = (0, 0, 0);
        if self.split.load.is_some() || self.split.flood.is_some() {
            for denial in self.denials.rows() {
                since += usize::from(self.split.is_since_load(denial));
                let hiding = self.split.hiding(denial);
                flooded += usize::from(hiding != Hiding::Seen);
                hidden += usize::from(hiding == Hiding::Hidden);
            }
        }
        (since, flooded, hidden)
    }

    /// Splits the list anew; the cursor stays on its row if that is still listed.
    pub fn set_split(&mut self, split: Split) {
        self.split = split;
        self.apply_filter();
    }

    /// The domains that the module declares now.
    pub fn set_own(&mut self, own: Vec<Identifier>) {
        if self.split.own != own {
            self.split.own = own;
            self.moved = true;
            self.arrange();
        }
    }

    /// Adds an event of the log. After the last of several the rows are to be [arranged](Table::arrange).
    pub fn absorb(&mut self, event: AuditEvent, session: &Session) {
        for change in self.denials.absorb(event) {
            if change.row >= self.standings.len() {
                self.admit(change.row, session);
                self.moved = true;
                continue;
            }
            let Some(denial) = self.denials.rows().get(change.row) else { continue };
            // An old row that is denied again came since, too.
            self.moved |= self.split.is_since_load(denial);
            if !change.new_permissions.is_empty()
                && let Some(standing) = self.standings.get_mut(change.row)
            {
                let now = session.standing(denial);
                self.settled -= usize::from(is_settled(standing) && !is_settled(&now) && denial.needs_decision());
                *standing = now;
            }
        }
    }

    /// Brings the rows into their order, where that can be another one than that in which they came; the cursor stays on its
    /// row, and the window where it is if nothing moved.
    pub fn arrange(&mut self) {
        if !std::mem::take(&mut self.moved) || !self.split.reorders() {
            return;
        }
        let (before, top) = (self.visible.clone(), self.scroll.top);
        self.apply_filter();
        if self.visible == before {
            self.scroll.top = top;
        }
    }

    fn admit(&mut self, row: usize, session: &Session) {
        let Some(denial) = self.denials.rows().get(row) else { return };
        let standing = session.standing(denial);
        if denial.needs_decision() {
            self.wanted += 1;
            self.settled += usize::from(is_settled(&standing));
        }
        let shown = self.filter.as_deref().is_none_or(|words| passes(denial, words)) && self.split.lists(denial);
        self.standings.push(standing);
        if shown {
            self.visible.push(row);
        }
    }

    /// Takes in what the journal decided, so that it is listed even where the log is gone.
    pub fn remember(&mut self, session: &Session) {
        for (_, access) in session.decisions() {
            let vector = &access.vector;
            let key = DenialKey {
                source: vector.source.clone(),
                target: vector.target.clone(),
                class: vector.class.clone(),
                result: AvcResult::Denied,
            };
            let row = self.denials.remember(key, &vector.permissions);
            if row >= self.standings.len() {
                self.admit(row, session);
            }
        }
    }

    /// Drops what only the journal knew.
    pub fn forget(&mut self) {
        self.denials.forget_remembered();
        self.marked.clear();
        self.apply_filter();
        self.cursor = 0;
    }

    /// Looks up anew how each row stands.
    pub fn settle(&mut self, session: &Session) {
        self.standings = self.denials.rows().iter().map(|denial| session.standing(denial)).collect();
        let rows = self.denials.rows().iter().zip(&self.standings).filter(|(denial, _)| denial.needs_decision());
        (self.wanted, self.settled) =
            rows.fold((0, 0), |(all, done), (_, standing)| (all + 1, done + usize::from(is_settled(standing))));
    }

    /// Shows only the rows that hold the words; all of them when there are none. The cursor stays on its row if it can.
    pub fn set_filter(&mut self, words: &str) {
        self.filter = (!words.trim().is_empty()).then(|| words.to_owned());
        self.apply_filter();
    }

    fn apply_filter(&mut self) {
        let selected = self.selected_row();
        let words = self.filter.as_deref();
        let split = &self.split;
        let shown = |denial: &Denial| words.is_none_or(|words| passes(denial, words)) && split.lists(denial);
        let rows = self.denials.rows();
        self.visible = rows.iter().enumerate().filter(|(_, denial)| shown(denial)).map(|(row, _)| row).collect();
        if split.reorders() {
            // Stable: of the same rank in the order in which they came.
            self.visible.sort_by_key(|row| rows.get(*row).map_or(u8::MAX, |denial| split.rank(denial)));
        }
        self.cursor = selected.and_then(|row| self.visible.iter().position(|shown| *shown == row)).unwrap_or(0);
        self.scroll.top = 0;
    }

    /// Puts the cursor on this place among the rows that are shown, the last one when it is beyond.
    pub fn go_to(&mut self, place: usize) {
        self.cursor = place.min(self.visible.len().saturating_sub(1));
    }

    /// Puts the cursor on the next row that is open, round the end; false when there is none.
    pub fn go_to_next_open(&mut self) -> bool {
        let count = self.visible.len();
        let open = (0..count)
            .map(|step| (self.cursor + step) % count)
            .find(|place| self.visible.get(*place).is_some_and(|row| self.is_open(*row)));
        if let Some(place) = open {
            self.cursor = place;
        }
        open.is_some()
    }

    fn is_open(&self, row: usize) -> bool {
        let granted = self.denials.rows().get(row).is_none_or(|denial| !denial.needs_decision());
        !granted && self.standings.get(row).is_some_and(|standing| !is_settled(standing))
    }

    /// Marks a row, or unmarks it.
    pub fn toggle_mark(&mut self, row: usize) {
        if !self.marked.remove(&row) {
            self.marked.insert(row);
        }
    }

    /// Marks all open rows of the source that this row has; unmarks them when all are marked.
    pub fn toggle_source(&mut self, row: usize) {
        let Some(source) = self.denials.rows().get(row).map(|denial| denial.key.source.clone()) else { return };
        let rows: BTreeSet<usize> = self
            .visible
            .iter()
            .copied()
            .filter(|row| self.denials.rows().get(*row).is_some_and(|denial| denial.key.source == source))
            .filter(|row| self.is_open(*row))
            .collect();
        if rows.is_subset(&self.marked) {
            self.marked.retain(|row| !rows.contains(row));
        } else {
            self.marked.extend(rows);
        }
    }

    /// Unmarks all rows.
    pub fn unmark_all(&mut self) {
        self.marked.clear();
    }
}

fn is_settled(standing: &Standing) -> bool {
    matches!(standing, Standing::Decided(_))
}

/// Whether each word is found, letter by letter, in what the row shows.
fn passes(denial: &Denial, words: &str) -> bool {
    let matcher = SkimMatcherV2::default();
    let key = &denial.key;
    let mut fields =
        vec![key.source.as_str().to_owned(), key.target.as_str().to_owned(), key.class.as_str().to_owned()];
    fields.extend(denial.permissions.keys().map(|permission| permission.as_str().to_owned()));
    fields.extend(denial.evidence.comm.iter().map(|(comm, _)| comm.printable()));
    fields.extend(denial.evidence.path.iter().map(|(path, _)| path.printable()));
    fields.extend(denial.evidence.node.iter().map(|(node, _)| node.as_str().to_owned()));
    words.split_whitespace().all(|word| fields.iter().any(|field| matcher.fuzzy_match(field, word).is_some()))
}
