//! Which statements of a definition a policy lets stand.

use super::{
    bound::put_arguments,
    call_check::NameKind,
    contents::Contents,
    expansion::Branch,
    statement::{RequiredKind, StatementKind},
};

/// Whether a statement stays in a module once it is linked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Presence {
    /// It stands in an optional block that asks for something that is not there: the linker drops the block.
    Absent,
    /// Nobody can tell.
    Unknown,
    /// It stays.
    Present,
}

impl Contents {
    /// The same for a call with these arguments: what it declares itself is there.
    pub fn presence_in_call(&self, arguments: &[&str], has: &dyn Fn(&str, NameKind) -> Option<bool>) -> Vec<Presence> {
        let declares = |name: &str| {
            self.statements.iter().any(|brought| match &brought.statement.kind {
                StatementKind::Type { name: own, .. } => put_arguments(own.as_str(), arguments) == name,
                _ => false,
            })
        };
        self.presence_of_optionals(&|name, kind| {
            let name = put_arguments(name, arguments);
            if kind == NameKind::Type && declares(&name) { Some(true) } else { has(&name, kind) }
        })
    }

    /// Whether each of the optional blocks stays, by what the policy has of the names that it asks for: whether there is a name of
    /// this kind, nothing where nobody can tell, as of one that is made of an argument.
    pub fn presence_of_optionals(&self, has: &dyn Fn(&str, NameKind) -> Option<bool>) -> Vec<Presence> {
        let mut found = vec![Presence::Present; self.optionals.len()];
        for brought in self.statements.iter().filter(|brought| brought.required) {
            let Some(own) = brought.within().and_then(|place| found.get_mut(place)) else { continue };
            let is_there = |name: &str, kind| match has(name, kind) {
                Some(true) => Presence::Present,
                Some(false) => Presence::Absent,
                None => Presence::Unknown,
            };
            let least = match &brought.statement.kind {
                StatementKind::Required { kind, names } => {
                    kind_of(*kind).and_then(|kind| names.iter().map(|name| is_there(name.as_str(), kind)).min())
                }
                StatementKind::RequiredClass { class, .. } => Some(is_there(class.as_str(), NameKind::Class)),
                _ => None,
            };
            *own = least.map_or(*own, |least| least.min(*own));
        }
        // What is around a block stands before it.
        for place in 0..self.optionals.len() {
            let Some(block) = self.optionals.get(place) else { continue };
            let around = block.outer.and_then(|outer| found.get(outer).copied()).unwrap_or(Presence::Present);
            let Some(own) = found.get_mut(place) else { continue };
            // What stands behind `else` is there when the other part is not.
            let by_names = if block.branch == Branch::Else { (*own).min(Presence::Unknown) } else { *own };
            *own = by_names.min(around);
        }
        found
    }
}

/// What a name is looked for as. A role attribute, a user, a level are not in what a policy is asked for.
fn kind_of(kind: RequiredKind) -> Option<NameKind> {
    Some(match kind {
        RequiredKind::Type => NameKind::Type,
        RequiredKind::Attribute => NameKind::Attribute,
        RequiredKind::Role => NameKind::Role,
        RequiredKind::Bool | RequiredKind::Tunable => NameKind::Boolean,
        RequiredKind::AttributeRole | RequiredKind::User | RequiredKind::Sensitivity | RequiredKind::Category => {
            return None;
        }
    })
}
