//! A call unfolded by one level, and by another where the person asked for it.

use std::collections::BTreeSet;

use super::Item;
use crate::refpolicy::{CallId, Expansion, Placed, Unfolded, statement::StatementKind};

/// What the first call of an expansion brings, with what the unfolded calls below it bring.
pub(super) fn brought(entry: usize, expansion: &Expansion, open: &BTreeSet<CallId>, items: &mut Vec<Item>) {
    let mut tree = Tree { entry, expansion, open: Some(open), items };
    let before = tree.items.len();
    tree.level((!expansion.calls.is_empty()).then_some(CallId(0)), 0);
    if tree.items.len() == before {
        let text = "it brings nothing here".to_owned();
        items.push(Item::Said { entry, heading: false, text });
    }
    for problem in &expansion.problems {
        items.push(Item::Said { entry, heading: false, text: problem.to_string() });
    }
}

/// All that an expansion brings, every level unfolded: text and depth.
pub fn all_brought(expansion: &Expansion) -> Vec<(usize, String)> {
    let mut items = Vec::new();
    let mut tree = Tree { entry: 0, expansion, open: None, items: &mut items };
    tree.level((!expansion.calls.is_empty()).then_some(CallId(0)), 0);
    let lines = items.into_iter().filter_map(|item| match item {
        Item::Brought { depth, text, .. } => Some((depth, text)),
        Item::Head(_) | Item::Said { .. } => None,
    });
    lines.collect()
}

struct Tree<'a, 'i> {
    entry: usize,
    expansion: &'a Expansion,
    /// The calls that are unfolded; without, all.
    open: Option<&'a BTreeSet<CallId>>,
    items: &'i mut Vec<Item>,
}

impl Tree<'_, '_> {
    fn level(&mut self, of: Option<CallId>, depth: usize) {
        for line in self.expansion.unfold(of) {
            match line {
                Unfolded::Statement(_, placed) => {
                    if let Some(within) = self.within(placed, of) {
                        self.push(depth + within, placed.statement.text().to_owned(), None);
                    }
                }
                Unfolded::Call(id, call) => {
                    let first = self.expansion.statement(call.first).filter(|_| call.first < call.end);
                    let Some(within) = first.map_or(Some(0), |placed| self.within(placed, of)) else { continue };
                    let is_open = self.open.is_none_or(|open| open.contains(&id));
                    let arguments: Vec<_> = call.arguments.iter().map(crate::selinux::Name::as_str).collect();
                    let text = format!("{}({})", call.name.as_str(), arguments.join(", "));
                    self.push(depth + within, text, Some((id, is_open)));
                    if is_open {
                        self.level(Some(id), depth + within + 1);
                    }
                }
            }
        }
    }

    /// How many blocks of the same body are around a statement; `None` for what is only required.
    fn within(&self, placed: &Placed, of: Option<CallId>) -> Option<usize> {
        let is_require = |placed: &Placed| matches!(placed.statement.kind, StatementKind::Require);
        let blocks: Vec<_> = self.expansion.blocks(placed).into_iter().filter(|(block, _)| block.call == of).collect();
        let required = (placed.call == of && is_require(placed)) || blocks.iter().any(|(block, _)| is_require(block));
        (!required).then_some(blocks.len())
    }

    fn push(&mut self, depth: usize, text: String, call: Option<(CallId, bool)>) {
        self.items.push(Item::Brought { entry: self.entry, depth, text, call });
    }
}
