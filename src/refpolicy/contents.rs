//! What a definition brings when it is called, in terms of its parameters.

use std::{collections::HashMap, num::NonZeroU32, sync::Arc};

use super::{
    definition::{Definition, DefinitionKind},
    definitions::Definitions,
    expander::Expander,
    expansion::{Branch, Call, CallId, CallKind, Expansion, Placed, ProblemKind, StatementId},
    parameter_use::{ParameterUse, uses},
    statement::{Condition, HeaderStatement, StatementKind},
};
use crate::selinux::Name;

/// The statements of one definition, flat, with `$1`, `$2` … where its arguments go.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contents {
    /// In the order of the text; blocks are not among them, each statement knows its own.
    pub statements: Vec<Brought>,
    /// The interfaces and templates that its own body calls, without those that they call; each once, in the order of
    /// their first call.
    pub calls: Vec<Name>,
    /// What it does with each argument, by place: as many as it uses or documents.
    pub parameters: Vec<ParameterUse>,
    /// What m4 would fail at: calls of it cannot be compiled. Each with file and line.
    pub faults: Vec<String>,
    /// The `optional` blocks that statements stand in, each behind those around it.
    pub optionals: Vec<OptionalBlock>,
}

/// One part of an `optional` block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OptionalBlock {
    /// The one around it, by its place in [`Contents::optionals`].
    pub outer: Option<usize>,
    /// Then, or what stands behind `else`.
    pub branch: Branch,
}

/// A statement that a call brings, and what it depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brought {
    /// What it says.
    pub statement: Arc<HeaderStatement>,
    /// It stands in `optional` blocks: where they name something that the policy lacks it is dropped.
    pub optional: bool,
    /// It stands in a require block: it brings nothing, but asks for it.
    pub required: bool,
    /// The `if` blocks around it, the outermost first, each with the branch that it is in.
    pub conditions: Box<[(Arc<HeaderStatement>, Branch)]>,
    /// The chain of calls that it came through, the outermost first: names only.
    pub through: Arc<[Name]>,
    /// Of the innermost `optional` block: one more than its place.
    within: Option<NonZeroU32>,
}

impl Brought {
    /// The conditions that must hold, or with `false` must not, for the statement to be in force.
    pub fn under(&self) -> impl Iterator<Item = (&Condition, bool)> {
        self.conditions.iter().filter_map(|(block, branch)| match &block.kind {
            StatementKind::If(condition) => Some((condition, *branch == Branch::Then)),
            _ => None,
        })
    }

    /// The innermost `optional` block that it stands in, by its place in [`Contents::optionals`].
    pub fn within(&self) -> Option<usize> {
        self.within.map(|within| within.get() as usize - 1)
    }

    /// Whether it is in force whatever the booleans say.
    pub fn is_unconditional(&self) -> bool {
        self.conditions.is_empty()
    }
}

impl Contents {
    /// Calls the definition with `$1`, `$2` … and reads what comes out. Of the defines only the patterns of rules are called:
    /// the others are sets, or what headers are built with.
    pub fn expanded(expander: &mut Expander, definitions: &Definitions, definition: &Definition) -> Arc<Self> {
        let is_pattern = || definitions.file(definition).is_some_and(|file| file.module.ends_with("_patterns"));
        if definition.kind == DefinitionKind::Define && !is_pattern() {
            return Arc::default();
        }
        let count = definition.parameter_count();
        if let Some(contents) = expander.recorded(&definition.name, count) {
            return contents;
        }
        let arguments: Vec<_> = (1..=count).map(|number| format!("${number}")).collect();
        let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
        Arc::new(Self::of(&expander.expand(&definition.name, &arguments), count))
    }

    /// Reads what came out of a call of the definition with `$1`, `$2` … as its arguments; `documented` is the number of its
    /// parameters.
    pub fn of(expansion: &Expansion, documented: usize) -> Self {
        let mut through = Through(vec![None; expansion.calls.len() + 1]);
        let mut optionals = Optionals::default();
        let statements = expansion.statements.iter();
        let statements: Vec<_> =
            statements.filter_map(|placed| brought(expansion, placed, &mut through, &mut optionals)).collect();
        let faults = expansion.problems.iter().filter(|problem| problem.kind >= ProblemKind::Error);
        Self {
            parameters: uses(&statements, documented),
            calls: direct_calls(&expansion.calls),
            faults: faults.map(ToString::to_string).collect(),
            statements,
            optionals: optionals.all,
        }
    }
}

/// The parts of optional blocks that were met, by where the block stands.
#[derive(Default)]
pub(super) struct Optionals {
    pub(super) all: Vec<OptionalBlock>,
    known: HashMap<(StatementId, Branch), usize>,
}

impl Optionals {
    /// The place of the innermost of these, which are given from the innermost to the outermost.
    pub(super) fn place(&mut self, around: &[(StatementId, Branch)]) -> Option<usize> {
        let mut outer = None;
        for block in around.iter().rev() {
            let all = &mut self.all;
            outer = Some(*self.known.entry(*block).or_insert_with(|| {
                all.push(OptionalBlock { outer, branch: block.1 });
                all.len() - 1
            }));
        }
        outer
    }

    /// Adds the blocks of a call that stands in this one; gives how many were there before.
    pub(super) fn add(&mut self, blocks: &[OptionalBlock], around: Option<usize>) -> usize {
        let before = self.all.len();
        let moved = |block: &OptionalBlock| OptionalBlock {
            outer: block.outer.map_or(around, |outer| Some(outer + before)),
            branch: block.branch,
        };
        self.all.extend(blocks.iter().map(moved));
        before
    }
}

/// The chains of calls that were asked for, by the place of the innermost call; the last is that of none.
struct Through(Vec<Option<Arc<[Name]>>>);

impl Through {
    fn names(&mut self, expansion: &Expansion, call: Option<CallId>) -> Arc<[Name]> {
        let place = call.map_or(expansion.calls.len(), |call| call.0 as usize);
        if let Some(Some(names)) = self.0.get(place) {
            return Arc::clone(names);
        }
        let names: Arc<[Name]> = expansion.path(call).iter().skip(1).map(|call| call.name.clone()).collect();
        if let Some(own) = self.0.get_mut(place) {
            *own = Some(Arc::clone(&names));
        }
        names
    }
}

fn brought(
    expansion: &Expansion,
    placed: &Placed,
    through: &mut Through,
    optionals: &mut Optionals,
) -> Option<Brought> {
    if is_block(&placed.statement.kind) {
        return None;
    }
    let around = Surroundings::of(&expansion.statements, placed.block);
    let within = optionals.place(&around.optionals);
    let through = through.names(expansion, placed.call);
    Some(around.brought(&placed.statement, within, through))
}

/// The blocks that a statement stands in.
#[derive(Debug, Clone, Default)]
pub(super) struct Surroundings {
    /// The optional ones, the innermost first.
    pub(super) optionals: Vec<(StatementId, Branch)>,
    required: bool,
    /// The innermost of them is a require block.
    in_require: bool,
    conditions: Vec<(Arc<HeaderStatement>, Branch)>,
}

impl Surroundings {
    /// Those of the innermost block, which is one of these statements.
    pub(super) fn of(statements: &[Placed], block: Option<(StatementId, Branch)>) -> Self {
        let mut around = Self::default();
        let mut within = block;
        while let Some((id, branch)) = within
            && let Some(placed) = statements.get(id.0 as usize)
        {
            match placed.statement.kind {
                StatementKind::Optional => around.optionals.push((id, branch)),
                StatementKind::Require => {
                    around.required = true;
                    around.in_require |= within == block;
                }
                StatementKind::If(_) => around.conditions.push((Arc::clone(&placed.statement), branch)),
                _ => {}
            }
            within = placed.block;
        }
        around.conditions.reverse();
        around
    }

    /// Whether a require block is around it, but another one within that.
    pub(super) fn is_within_require(&self) -> bool {
        self.required && !self.in_require
    }

    /// Whether no `if` is around it.
    pub(super) fn is_unconditional(&self) -> bool {
        self.conditions.is_empty()
    }

    /// The statement as it stands here, in this optional block.
    pub(super) fn brought(
        &self,
        statement: &Arc<HeaderStatement>,
        within: Option<usize>,
        through: Arc<[Name]>,
    ) -> Brought {
        let (required, conditions) = (self.required, Box::from(self.conditions.as_slice()));
        let statement = Arc::clone(statement);
        // Nobody has so many blocks that the place of one would not fit.
        let number = within.and_then(|place| NonZeroU32::new(u32::try_from(place).ok()?.checked_add(1)?));
        Brought { statement, optional: within.is_some(), within: number, required, conditions, through }
    }

    /// What stands in blocks of its own, which stand here.
    pub(super) fn around(&self, inner: &Brought, within: Option<usize>, through: Arc<[Name]>) -> Brought {
        let mut brought = self.brought(&inner.statement, within, through);
        brought.required |= inner.required;
        if !inner.conditions.is_empty() {
            brought.conditions = self.conditions.iter().chain(&inner.conditions).cloned().collect();
        }
        brought
    }
}

/// Whether it holds other statements, and is none of what a call brings.
pub(super) fn is_block(kind: &StatementKind) -> bool {
    matches!(kind, StatementKind::Require | StatementKind::Optional | StatementKind::If(_) | StatementKind::Block)
}

/// The calls in the body of the one call that the expanded text is.
fn direct_calls(calls: &[Call]) -> Vec<Name> {
    let direct = calls.iter().filter(|call| is_direct(call.depth, call.kind));
    each_once(direct.map(|call| &call.name))
}

/// Whether a call of an interface or a template stands in the body of the definition itself.
pub(super) fn is_direct(depth: u32, kind: CallKind) -> bool {
    depth == 2 && kind != CallKind::Pattern
}

/// Names in the order that they come in.
pub(super) fn each_once<'n>(names: impl Iterator<Item = &'n Name>) -> Vec<Name> {
    let mut found: Vec<Name> = Vec::new();
    for name in names {
        if !found.contains(name) {
            found.push(name.clone());
        }
    }
    found
}
