//! The headers' names for what rules say: `read_file_perms` for permissions, `read_files_pattern` for rules that belong together.
//!
//! Names and what they stand for come out of the support macros by expansion; a name is put only where it says exactly the
//! same. Only the `policy_module` form knows them.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use super::lint::SoundRule;
use crate::{
    refpolicy::{
        Brought, Contents, DefinitionKind, Definitions, Expander, HeaderSet, ProblemKind,
        statement::{AvKind, StatementKind},
    },
    selinux::{
        Call, Identifier, Name, PermissionSet,
        statement::{AvRuleKind, Target},
    },
};

/// What the names of permission sets end in.
const SET: &str = "_perms";

/// Permission sets and patterns of allow rules, by what they stand for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NamedSets {
    /// The name that headers use for these permissions of a class.
    sets: BTreeMap<(Name, PermissionSet), Identifier>,
    /// Those of the most rules first.
    patterns: Vec<Pattern>,
}

/// A macro that is several allow rules of one source, its first parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Pattern {
    name: Identifier,
    /// How many it takes, the source too.
    parameters: usize,
    /// What it allows on its second and third parameter together: what is in a directory is of the directory's type here, for
    /// that a file of one type lies in a directory of another is in no rule.
    together: BTreeMap<Name, PermissionSet>,
    /// What it allows on each parameter behind these.
    further: BTreeMap<(usize, Name), PermissionSet>,
}

impl NamedSets {
    /// Reads them out of the support macros of these headers; what the headers write with a class is the name for the class.
    pub fn of(headers: &HeaderSet) -> Self {
        let support = HeaderSet { interfaces: Vec::new(), ..headers.clone() };
        let mut expander = Expander::new(&support);
        let definitions = Definitions::read(Arc::new(support));
        let uses = uses(headers);
        let mut found = Self::default();
        // `all_file_perms` is there for each class.
        let all = definitions.iter().filter_map(|(_, own)| own.name.strip_prefix("all_")?.strip_suffix(SET));
        let known: BTreeSet<&str> = all.collect();
        let mut ranks: HashMap<(Name, PermissionSet), (usize, usize)> = HashMap::new();
        let defines = definitions.iter().filter(|(_, own)| own.kind == DefinitionKind::Define);
        for (place, (_, definition)) in defines.enumerate() {
            let Ok(name) = Identifier::new(&definition.name) else { continue };
            if definition.name.ends_with(SET) {
                let Some(permissions) = permissions(&mut expander, &definition.name) else { continue };
                for (class, used) in classes(&definition.name, &uses, &known) {
                    let key = (Name::from(class), permissions.clone());
                    // What is used most, then what is defined last: m4 has that one.
                    if ranks.get(&key).is_none_or(|rank| (used, place) >= *rank) {
                        ranks.insert(key.clone(), (used, place));
                        found.sets.insert(key, name.clone());
                    }
                }
            } else {
                let contents = Contents::expanded(&mut expander, &definitions, definition);
                found.patterns.extend(Pattern::of(name, &contents));
            }
        }
        found.patterns.sort_by_key(|pattern| std::cmp::Reverse(pattern.together.len() + pattern.further.len()));
        found
    }

    /// Whether there is no name at all.
    pub fn is_empty(&self) -> bool {
        self.sets.is_empty() && self.patterns.is_empty()
    }

    /// The name for exactly these permissions of a class.
    pub(super) fn set(&self, class: &Identifier, permissions: &[Identifier]) -> Option<&Identifier> {
        let permissions = permissions.iter().map(Identifier::as_str).collect();
        self.sets.get(&(class.name().clone(), permissions))
    }

    /// The calls that say exactly what some of these rules of one source say, by the place of the first of each, with the
    /// places of all of its rules. No rule is in two of them.
    pub(super) fn calls(&self, rules: &[Option<&SoundRule>]) -> BTreeMap<usize, (Call, Vec<usize>)> {
        let mut open: HashMap<(&str, &str), (usize, PermissionSet)> = HashMap::new();
        let mut targets: BTreeSet<&Identifier> = BTreeSet::new();
        for (place, rule) in rules.iter().enumerate() {
            if let Some(SoundRule {
                kind: AvRuleKind::Allow, target: Target::Type(target), class, permissions, ..
            }) = rule
            {
                let permissions = permissions.iter().map(Identifier::as_str).collect();
                open.insert((target.as_str(), class.as_str()), (place, permissions));
                targets.insert(target);
            }
        }
        let mut calls = BTreeMap::new();
        let Some(source) = rules.iter().flatten().next().map(|rule| &rule.source) else { return calls };
        for pattern in &self.patterns {
            for target in &targets {
                let Some((arguments, places)) = pattern.fits(target, &open) else { continue };
                open.retain(|_, (place, _)| !places.contains(place));
                if let Some(first) = places.iter().min() {
                    let arguments = std::iter::once(source.clone()).chain(arguments);
                    calls.insert(*first, (Call::of(pattern.name.clone(), arguments), places));
                }
            }
        }
        calls
    }
}

impl Pattern {
    /// The pattern, where a macro is nothing but allow rules of its first parameter on the others.
    fn of(name: Identifier, contents: &Contents) -> Option<Self> {
        if !contents.faults.is_empty() || contents.statements.is_empty() {
            return None;
        }
        let mut pattern =
            Self { name, parameters: contents.parameters.len(), together: BTreeMap::new(), further: BTreeMap::new() };
        for brought in &contents.statements {
            for (target, class, permissions) in allowed(brought)? {
                let known = match target {
                    2 | 3 => pattern.together.entry(class).or_default(),
                    4.. => pattern.further.entry((target, class)).or_default(),
                    _ => return None,
                };
                known.extend(permissions.iter().cloned());
            }
        }
        let is_several = pattern.together.len() + pattern.further.len() > 1;
        (is_several && !pattern.together.is_empty()).then_some(pattern)
    }

    /// The arguments behind the source and the places of the rules, where rules say exactly what the pattern does.
    fn fits(
        &self,
        target: &Identifier,
        open: &HashMap<(&str, &str), (usize, PermissionSet)>,
    ) -> Option<(Vec<Identifier>, Vec<usize>)> {
        let mut places = Vec::new();
        for (class, permissions) in &self.together {
            let (place, own) = open.get(&(target.as_str(), class.as_str()))?;
            if own != permissions {
                return None;
            }
            places.push(*place);
        }
        let mut arguments = vec![target.clone(); self.parameters.min(3).saturating_sub(1)];
        for parameter in 4..=self.parameters {
            let wanted: Vec<_> = self.further.iter().filter(|((place, _), _)| *place == parameter).collect();
            let says = |other: &str| {
                let found = wanted.iter().map(|((_, class), permissions)| {
                    let (place, own) = open.get(&(other, class.as_str()))?;
                    (own == *permissions && !places.contains(place)).then_some(*place)
                });
                found.collect::<Option<Vec<_>>>()
            };
            let others: BTreeSet<&str> = open.keys().map(|(other, _)| *other).collect();
            let mut fitting = others.into_iter().filter_map(|other| Some((other, says(other)?)));
            // Of two that fit nobody knows which one belongs to it.
            let (Some((other, own)), None) = (fitting.next(), fitting.next()) else { return None };
            arguments.push(Identifier::new(other).ok()?);
            places.extend(own);
        }
        Some((arguments, places))
    }
}

/// What a statement of a macro allows its first parameter, by the number of the parameter that the target is; `None` where it is
/// anything else.
fn allowed(brought: &Brought) -> Option<Vec<(usize, Name, PermissionSet)>> {
    let StatementKind::AvRule { kind: AvKind::Allow, source, target, classes, permissions } = &brought.statement.kind
    else {
        return None;
    };
    let is_plain = brought.is_unconditional() && !brought.optional && !brought.required;
    let sets = [source, target, classes, permissions];
    let is_listed = sets.iter().all(|set| !set.all && !set.complement && set.excluded.is_empty());
    let is_source = matches!(&*source.names, [own] if own.as_str() == "$1");
    if !(is_plain && is_listed && is_source) {
        return None;
    }
    let mut all = Vec::new();
    for target in &target.names {
        let number: usize = target.as_str().strip_prefix('$')?.parse().ok()?;
        for class in classes.names.iter().filter(|class| !class.as_str().contains('$')) {
            all.push((number, class.clone(), permissions.names.iter().cloned().collect()));
        }
    }
    (!all.is_empty()).then_some(all)
}

/// The permissions that a macro stands for; `None` where it is something else, or says that it is not to be used.
fn permissions(expander: &mut Expander, name: &str) -> Option<PermissionSet> {
    let (text, problems) = expander.expanded_text(name);
    if problems.iter().any(|problem| problem.kind >= ProblemKind::Printed) {
        return None;
    }
    let words = text.split(|c: char| c.is_whitespace() || c == '{' || c == '}').filter(|word| !word.is_empty());
    let names: Option<BTreeSet<Name>> =
        words.map(|word| Identifier::new(word).ok().map(|name| name.name().clone())).collect();
    names.filter(|names| !names.is_empty() && !names.iter().any(|own| own.as_str() == name)).map(PermissionSet::from)
}

/// How often headers write a name of permissions with a class: `:file read_file_perms;`.
type Uses<'a> = HashMap<&'a str, BTreeMap<&'a str, usize>>;

fn uses(headers: &HeaderSet) -> Uses<'_> {
    let mut uses = Uses::new();
    for file in headers.files() {
        for line in file.text.lines().filter(|line| line.contains(SET)) {
            let Some((_, behind)) = line.rsplit_once(':') else { continue };
            let (classes, name) = match behind.trim_start().strip_prefix('{') {
                Some(list) => list.split_once('}').unwrap_or_default(),
                None => behind.trim().split_once(' ').unwrap_or_default(),
            };
            let name = name.split(';').next().unwrap_or_default().trim();
            if name.ends_with(SET) && Identifier::new(name).is_ok() {
                for class in classes.split_whitespace() {
                    *uses.entry(name).or_default().entry(class).or_default() += 1;
                }
            }
        }
    }
    uses
}

/// The classes that a name is for, each with how often headers use it so: those that it is written with, and the one that it
/// is named for, as `rw_chr_file_perms` is for `chr_file`.
fn classes<'a>(name: &'a str, uses: &Uses<'a>, known: &BTreeSet<&'a str>) -> BTreeMap<&'a str, usize> {
    let mut classes = uses.get(name).cloned().unwrap_or_default();
    let words = name.strip_suffix(SET).unwrap_or(name);
    let mut ends = words.match_indices('_').filter_map(|(at, _)| words.get(at + 1..));
    if let Some(class) = ends.find_map(|end| known.get(end)) {
        classes.entry(class).or_default();
    }
    classes
}
