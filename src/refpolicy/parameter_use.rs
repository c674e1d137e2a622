//! What a definition does with its arguments: which names fit, and why others do not.

use std::sync::Arc;

use super::{
    contents::Brought,
    position::{Position, names},
    statement::HeaderStatement,
};
use crate::selinux::Name;

/// What an argument is, as far as the statements tell that it ends up in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ParameterKind {
    /// No statement holds it.
    Unused,
    /// A type or attribute that acts: the source of a rule, or what a process becomes.
    Domain,
    /// A type or attribute.
    Type,
    /// A type that the call declares.
    NewType,
    /// An attribute.
    Attribute,
    /// A role.
    Role,
    /// An object class, or a set of them.
    Class,
    /// Permissions.
    Permissions,
    /// A part of names: `$1_t`.
    Prefix,
    /// A file name in quotation marks.
    FileName,
    /// A range, `s0 - mcs_systemhigh`.
    Range,
    /// A boolean or tunable.
    Boolean,
    /// Something else, or two of these at once.
    Text,
}

impl ParameterKind {
    /// The word for it in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Unused => "unused",
            Self::Domain => "domain",
            Self::Type => "type",
            Self::NewType => "new_type",
            Self::Attribute => "attribute",
            Self::Role => "role",
            Self::Class => "class",
            Self::Permissions => "permissions",
            Self::Prefix => "prefix",
            Self::FileName => "file_name",
            Self::Range => "range",
            Self::Boolean => "boolean",
            Self::Text => "text",
        }
    }
}

/// What is done with one argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParameterUse {
    /// What it must be.
    pub kind: ParameterKind,
    /// Why it must be a type itself and no attribute: the first statement that no attribute can stand in.
    pub concrete: Option<Cause>,
    /// Why it must be one name and no set in braces.
    pub single: Option<Cause>,
    /// It is also put together with other characters to a name (`$1_t`), besides standing alone.
    pub in_names: bool,
}

/// The statement that asks for something, and how it comes into the definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// In terms of the definition's parameters.
    pub statement: Arc<HeaderStatement>,
    /// The calls between, the outermost first; empty when the definition's own body says it.
    pub through: Arc<[Name]>,
}

impl Default for ParameterUse {
    /// Nothing is done with it.
    fn default() -> Self {
        Self { kind: ParameterKind::Unused, concrete: None, single: None, in_names: false }
    }
}

impl ParameterUse {
    /// Adds what a call does with it that is given it for itself; the calls that a cause came through are told from there.
    pub(super) fn add(&mut self, known: &Self, through: impl Fn(&[Name]) -> Arc<[Name]>) {
        self.kind = both(self.kind, known.kind);
        self.in_names |= known.in_names;
        let cause = |known: &Cause| Cause { statement: Arc::clone(&known.statement), through: through(&known.through) };
        if self.concrete.is_none() {
            self.concrete = known.concrete.as_ref().map(cause);
        }
        if self.single.is_none() {
            self.single = known.single.as_ref().map(cause);
        }
    }
}

/// What the statements do with `$1` up to `$count`, and beyond if they use more.
pub(super) fn uses(statements: &[Brought], count: usize) -> Vec<ParameterUse> {
    let mut uses = vec![ParameterUse::default(); count];
    for brought in statements {
        note_uses(&mut uses, brought);
    }
    uses
}

/// Adds what a statement, and the conditions that it stands under, do with the parameters.
pub(super) fn note_uses(uses: &mut Vec<ParameterUse>, brought: &Brought) {
    let blocks = brought.conditions.iter().map(|(block, _)| block);
    for statement in blocks.chain([&brought.statement]) {
        if statement.arguments() != Some(0) {
            names(&statement.kind, &mut |name, position| {
                each_parameter(name, &mut |number, alone| {
                    note(uses, brought, number, alone.then_some(position));
                });
            });
        }
    }
}

/// No header has more; a higher number is no parameter.
const MOST: usize = 99;

fn note(uses: &mut Vec<ParameterUse>, brought: &Brought, number: usize, position: Option<Position>) {
    if number == 0 || number > MOST {
        return;
    }
    if uses.len() < number {
        uses.resize_with(number, ParameterUse::default);
    }
    let Some(place) = uses.get_mut(number - 1) else { return };
    let Some(position) = position else {
        place.in_names = true;
        if place.kind == ParameterKind::Unused {
            place.kind = ParameterKind::Prefix;
        }
        return;
    };
    let cause = || Cause { statement: Arc::clone(&brought.statement), through: Arc::clone(&brought.through) };
    place.kind = both(place.kind, kind(position));
    if matches!(position, Position::ConcreteType | Position::NewType) && place.concrete.is_none() {
        place.concrete = Some(cause());
    }
    if position.is_single() && place.single.is_none() {
        place.single = Some(cause());
    }
}

fn kind(position: Position) -> ParameterKind {
    match position {
        Position::Source | Position::Process => ParameterKind::Domain,
        Position::Types | Position::ConcreteType => ParameterKind::Type,
        Position::NewType => ParameterKind::NewType,
        Position::Attribute => ParameterKind::Attribute,
        Position::Role | Position::OneRole => ParameterKind::Role,
        Position::Class => ParameterKind::Class,
        Position::Permissions => ParameterKind::Permissions,
        Position::FileName => ParameterKind::FileName,
        Position::Range => ParameterKind::Range,
        Position::Boolean => ParameterKind::Boolean,
        Position::Other => ParameterKind::Text,
    }
}

/// What fits two uses.
fn both(one: ParameterKind, other: ParameterKind) -> ParameterKind {
    use ParameterKind::{Domain, NewType, Prefix, Text, Type, Unused};

    match (one, other) {
        (one, other) if one == other => one,
        (Unused | Prefix, kind) if kind != Unused => kind,
        (kind, Unused | Prefix) => kind,
        (NewType, Domain | Type) | (Domain | Type, NewType) => NewType,
        (Domain, Type) | (Type, Domain) => Domain,
        _ => Text,
    }
}

/// Each parameter in a word, and whether it stands alone in it. A file name keeps its quotation marks out of the way.
fn each_parameter(name: &str, note: &mut impl FnMut(usize, bool)) {
    if let [b'$', digit @ b'0'..=b'9'] = name.as_bytes() {
        return note(usize::from(digit - b'0'), true);
    }
    for (at, _) in name.bytes().enumerate().filter(|(_, byte)| *byte == b'$') {
        let rest = name.get(at + 1..).unwrap_or_default();
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        if let Some(number) = rest.get(..digits).and_then(|digits| digits.parse().ok()) {
            note(number, at == 0 && digits == rest.len());
        }
    }
}
