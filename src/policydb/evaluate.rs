//! The terms of constraints, looked at with two or three contexts.

use super::{Bitmap, Context, Level, Operator, Part, Policy};

/// What came out of a constraint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evaluation {
    /// Whether it holds.
    pub holds: bool,
    /// The truth of each term of its expression, operators too, in the expression's order.
    pub terms: Vec<bool>,
}

/// The two contexts of a comparison.
#[derive(Clone, Copy)]
pub(super) struct Pair<'a> {
    pub(super) source: &'a Context,
    pub(super) target: &'a Context,
}

impl Policy {
    pub(super) fn compare(&self, pair: Pair, left: Part, right: Part, operator: Operator) -> bool {
        let Pair { source, target } = pair;
        match (left, right) {
            (Part::User(_), _) => is_equal(source.user == target.user, operator),
            (Part::Type(_), _) => is_equal(source.r#type == target.r#type, operator),
            (Part::Role(_), _) => {
                let dominates = |upper: &Context, lower: &Context| {
                    self.role(upper.role).is_some_and(|role| role.dominates.contains(lower.role.bit()))
                };
                let (up, down) = (dominates(source, target), dominates(target, source));
                by_order(source.role == target.role, up, down, operator)
            }
            _ => {
                let (left, right) = (level(pair, left), level(pair, right));
                by_order(left == right, left.dominates(right), right.dominates(left), operator)
            }
        }
    }
}

fn level(pair: Pair<'_>, part: Part) -> &Level {
    match part {
        Part::Low(1) => &pair.source.range.low,
        Part::High(1) => &pair.source.range.high,
        Part::Low(_) => &pair.target.range.low,
        _ => &pair.target.range.high,
    }
}

fn is_equal(equal: bool, operator: Operator) -> bool {
    (operator == Operator::Equal) == equal
}

fn by_order(equal: bool, up: bool, down: bool, operator: Operator) -> bool {
    match operator {
        Operator::Equal => equal,
        Operator::Different => !equal,
        Operator::Dominates => up,
        Operator::DominatedBy => down,
        Operator::Incomparable => !up && !down,
    }
}

/// Whether the part of its context is in the list, or with `!=` is not.
pub(super) fn is_named(part: Part, operator: Operator, names: &Bitmap, contexts: [Option<&Context>; 3]) -> bool {
    let [source, target, process] = contexts;
    let context = |number: u8| match number {
        1 => source,
        2 => target,
        _ => process,
    };
    let bit = match part {
        Part::User(number) => context(number).map(|c| c.user.bit()),
        Part::Role(number) => context(number).map(|c| c.role.bit()),
        Part::Type(number) => context(number).map(|c| c.r#type.bit()),
        Part::Low(_) | Part::High(_) => None,
    };
    bit.is_some_and(|bit| is_equal(names.contains(bit), operator))
}
