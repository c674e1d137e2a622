//! What a maintainer of the policy goes by, beside the weight of what a call opens.
//!
//! Each penalty has a reason that can be told; they were fitted to what maintainers of refpolicy chose, on one half of the
//! commits, and judged on the other. All are in tenths of the weight of one access that reads.

use super::{
    index::Index,
    offer::Reach,
    symbols::{Bits, Class, ClassId},
};
use crate::refpolicy::{
    Brought, DefinitionKind, Entry,
    statement::{StatementKind, TypeRuleKind},
};

/// An interface that names the type speaks of it; one that reaches it by an attribute speaks of others too.
const BY_ATTRIBUTE: u32 = 100;
/// So much more for each doubling of their number.
const BY_DOUBLING: u32 = 40;
/// An interface that takes the target as an argument speaks of none.
const BY_PARAMETER: u32 = 600;
/// `refpolicywarn` says what to call instead.
const DEPRECATED: u32 = 1000;
/// A template brings types and rules of its own.
const TEMPLATE: u32 = 200;
/// Each further argument is something that the denial did not ask about.
const FURTHER_ARGUMENT: u32 = 150;
/// The call changes what the domain is: its attributes, its roles.
const CHANGES_DOMAIN: u32 = 50;
/// A transition of names is for who creates an object under a name, and gives it another type.
const NAME_TRANSITION: u32 = 80;
/// `auth_tunable_read_shadow` lacks what refpolicy's assertions ask for outside of a conditional; there is one without the word.
const FOR_CONDITIONALS: u32 = 300;
/// The verb in the name tells of another purpose than what was denied.
const OTHER_PURPOSE: u32 = 120;
/// Each word that the name shares with the target's.
const SHARED_WORD: u32 = 20;

/// Verbs in the names of interfaces, with the permissions that they are about (refpolicy's StyleGuide and the patterns of
/// `file_patterns.spt`). `read`, `list`, `search` and `use` are about what everything else begins with, and stand for no
/// purpose that could be another.
const VERBS: &[(&str, &[&str])] = &[
    ("getattr", &["getattr"]),
    ("setattr", &["setattr"]),
    ("relabel", &["relabelfrom", "relabelto"]),
    ("relabelfrom", &["relabelfrom"]),
    ("relabelto", &["relabelto"]),
    ("delete", &["unlink", "rmdir", "remove_name"]),
    ("create", &["create", "add_name", "name_bind"]),
    ("rename", &["rename", "reparent"]),
    ("mounton", &["mounton"]),
    ("watch", &["watch", "watch_reads", "watch_with_perm", "watch_mount", "watch_sb"]),
    ("map", &["map"]),
    ("mmap", &["map", "execute"]),
    ("exec", &["execute", "execute_no_trans", "map"]),
    ("domtrans", &["execute", "transition"]),
    ("run", &["transition"]),
    ("write", &["write", "append", "add_name", "remove_name", "lock"]),
    ("append", &["append", "lock"]),
    ("filetrans", &["add_name", "create"]),
    ("signal", &["signal"]),
    ("kill", &["sigkill"]),
    ("ptrace", &["ptrace"]),
    ("mount", &["mount"]),
    ("unmount", &["unmount"]),
    ("bind", &["name_bind"]),
    ("rw", CHANGES),
    ("manage", CHANGES),
    ("set", CHANGES),
];

const CHANGES: &[&str] = &[
    "write",
    "append",
    "add_name",
    "remove_name",
    "create",
    "unlink",
    "rename",
    "setattr",
    "link",
    "rmdir",
    "reparent",
    "enable",
    "disable",
    "start",
    "stop",
    "reload",
    "setbool",
];

/// What of a definition counts whatever was denied.
#[derive(Debug, Clone, Default)]
pub(super) struct Standing {
    penalty: u32,
    /// The verbs of its name, by their place among [`VERBS`].
    verbs: Vec<usize>,
    /// The arguments that start another domain where they are executed, a bit each.
    starters: u16,
}

/// A call and what it is wanted for.
#[derive(Debug)]
pub(super) struct Asked<'a> {
    /// What is called.
    pub(super) name: &'a str,
    pub(super) target: &'a str,
    pub(super) class: &'a Class,
    pub(super) bits: Bits,
    pub(super) reach: &'a Reach,
    /// How many types the name stands for that reaches the target.
    pub(super) types: u32,
    /// Arguments besides the domain and the target.
    pub(super) further_arguments: u32,
}

impl Standing {
    pub(super) fn of(entry: Entry<'_>) -> Self {
        let definition = entry.definition;
        let mut penalty = 0;
        if definition.deprecated {
            penalty += DEPRECATED;
        }
        if definition.kind == DefinitionKind::Template {
            penalty += TEMPLATE;
        }
        if entry.contents.statements.iter().any(changes_domain) {
            penalty += CHANGES_DOMAIN;
        }
        // The first word is the module's.
        let words = definition.name.split('_').skip(1);
        let verbs: Vec<_> = words.filter_map(|word| VERBS.iter().position(|(verb, _)| *verb == word)).collect();
        if definition.name.contains("filetrans") {
            penalty += NAME_TRANSITION;
        }
        if definition.name.split('_').any(|word| word == "tunable") {
            penalty += FOR_CONDITIONALS;
        }
        let starters = entry.contents.statements.iter().fold(0, |starters, brought| starters | starters_of(brought));
        Self { penalty, verbs, starters }
    }

    /// Whether the argument in this place, from 1, starts another domain where it is executed.
    pub(super) fn is_starter(&self, place: usize) -> bool {
        self.starters.checked_shr(u32::try_from(place).unwrap_or(u32::MAX)).is_some_and(|bits| bits & 1 == 1)
    }

    /// The weight of what a call opens with what is added to it and taken off it.
    pub(super) fn cost(&self, asked: &Asked<'_>, weight: u32) -> i64 {
        let by = match asked.reach {
            Reach::Direct | Reach::Itself => 0,
            Reach::Attribute(_) => BY_ATTRIBUTE + BY_DOUBLING * asked.types.max(1).ilog2(),
            Reach::Parameter => BY_PARAMETER,
        };
        let other = if self.is_for_other(asked.class, asked.bits) { OTHER_PURPOSE } else { 0 };
        let cost = self.penalty + by + other + asked.further_arguments * FURTHER_ARGUMENT;
        i64::from(cost + weight) - i64::from(SHARED_WORD) * shared_words(asked.name, asked.target)
    }

    fn is_for_other(&self, class: &Class, bits: Bits) -> bool {
        let is_about = |verb: &usize| {
            let permissions = VERBS.get(*verb).map_or(&[][..], |(_, permissions)| permissions);
            permissions.iter().any(|permission| class.bit(permission) & bits != 0)
        };
        !self.verbs.is_empty() && !self.verbs.iter().any(is_about)
    }
}

fn changes_domain(brought: &Brought) -> bool {
    !brought.required
        && matches!(
            brought.statement.kind,
            StatementKind::TypeAttribute { .. }
                | StatementKind::Type { .. }
                | StatementKind::Role { .. }
                | StatementKind::RoleTypes { .. }
                | StatementKind::RoleAttribute { .. }
        )
}

/// The arguments in the place of the file of `type_transition S T:process R;`.
fn starters_of(brought: &Brought) -> u16 {
    match &brought.statement.kind {
        StatementKind::TypeRule { kind: TypeRuleKind::Transition, target, classes, .. }
            if classes.names.iter().any(|class| class.as_str() == "process") =>
        {
            target.arguments.unwrap_or_default()
        }
        _ => 0,
    }
}

fn shared_words(name: &str, target: &str) -> i64 {
    let target = target.strip_suffix("_t").unwrap_or(target);
    let mut seen: Vec<&str> = Vec::new();
    for word in target.split('_') {
        let is_said = name.split('_').any(|other| other == word || other.strip_suffix('s') == Some(word));
        if is_said && !seen.contains(&word) {
            seen.push(word);
        }
    }
    i64::try_from(seen.len()).unwrap_or_default()
}

/// Whether this is all that somebody will ask for, and not the first step of more.
///
/// An enforcing kernel denies `read` before `open` and `getattr` are asked for: of a single permission the rest has to be
/// guessed. A set that the headers' rules are written with is complete; so is a transition, before which the file was
/// executed already. Then the fewest accesses win.
pub(super) fn is_complete(index: &Index, id: ClassId, class: &Class, bits: Bits) -> bool {
    if class.name == "process" && bits == class.bit("transition") {
        return true;
    }
    bits.count_ones() > 1 && bits & class.bit("getattr") != 0 && index.is_written(id, bits)
}
