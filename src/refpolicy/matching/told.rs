//! What one call does, access by access: what offers count in terms of parameters, here with the names of the call.
//!
//! Two ways to one number: `tests/counts.rs` holds them against each other.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Covered, RuleKind,
    coverage::ByAttributes,
    known::PolicyTypes,
    matcher::{Matcher, Question, need_size},
    plan::merged,
    symbols::SpelledSet,
    weight::is_more_than_reading,
};
use crate::{
    refpolicy::{
        Brought, Contents, NameKind, Presence, names_in, put_arguments,
        statement::{AvKind, NameSet, StatementKind},
    },
    selinux::{AccessVector, Call, Name},
};

/// What a call covers and opens.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Told {
    /// The same as numbers.
    pub counts: Covered,
    /// What it opens beyond what was asked for, by source, target and class.
    pub opened: Vec<Opened>,
    /// Where the need is to be hidden: what it hides beyond.
    pub hidden: Vec<Opened>,
    /// The attributes that it puts the domain under, by name.
    pub attributes: Vec<Name>,
    /// What the policy's own rules give these, beyond what was asked for and what the call itself grants.
    pub by_attributes: Vec<Opened>,
}

/// What is opened of one class on one target: either what only reads, or what does more.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Opened {
    /// Whose it is, where it is another than the domain.
    pub source: Option<Name>,
    /// As it is spelled: a type, an attribute, `self`.
    pub target: Name,
    /// The class.
    pub class: Name,
    /// The permissions, sorted.
    pub permissions: Vec<Name>,
    /// They do more than read.
    pub writes: bool,
    /// How many types the target stands for, where it is an attribute that the policy has.
    pub types: Option<u32>,
}

/// Source, target, class, permission.
type Access = (Name, Name, Name, Name);

/// What a call grants, and what of it is granted for sure.
type Accesses = BTreeMap<Access, bool>;

/// What a line brings.
struct Granted {
    /// By rules of the kind that is asked for.
    asked: Accesses,
    /// Where that is to hide: what it allows all the same.
    allowed: Option<Accesses>,
    /// What it puts the domain under.
    attributes: Vec<Name>,
}

/// What `self` is spelled as.
const ITSELF: &str = "self";

impl Matcher {
    /// What a call does for these needs of a domain; nothing of a name that the headers do not define. Whether it can be compiled is
    /// not asked.
    pub fn told(&self, call: &Call, needs: &[AccessVector], question: &Question<'_>) -> Option<Told> {
        let entry = self.catalogue.get(call.interface.as_str())?;
        let needs = merged(needs, question.domain);
        let arguments = call.argument_texts();
        let optionals = entry.contents.presence_in_call(&arguments, &|name, kind| question.known.has(name, kind));
        let called = InCall { contents: entry.contents, arguments, optionals };
        let attributes = called.attributes_of(question.domain);
        let granted = self.granted_by(&called, question.kind, question);
        let allowed = match question.kind {
            RuleKind::Allow => None,
            RuleKind::DontAudit => Some(self.granted_by(&called, RuleKind::Allow, question)),
        };
        Some(self.tell(&needs, question, &Granted { asked: granted, allowed, attributes }))
    }

    /// What it does to put the domain under an attribute, by the policy's rules.
    pub fn told_of_attribute(&self, attribute: &Name, needs: &[AccessVector], question: &Question<'_>) -> Told {
        let needs = merged(needs, question.domain);
        let allowed = (question.kind == RuleKind::DontAudit).then(Accesses::new);
        let granted = Granted { asked: Accesses::new(), allowed, attributes: vec![attribute.clone()] };
        self.tell(&needs, question, &granted)
    }

    fn tell(&self, needs: &[AccessVector], question: &Question<'_>, granted: &Granted) -> Told {
        let Granted { asked, allowed, attributes } = granted;
        let (covered, taken) = self.covering(needs, asked, attributes, question);
        let left: Vec<AccessVector> =
            needs.iter().zip(&covered).map(|(need, covered)| without(need, covered)).collect();
        let asked_of_attributes = of_attributes(attributes, question.kind, asked, question);
        let (covered_by, taken_by) = self.covering(&left, &asked_of_attributes, attributes, question);
        let beyond = |accesses: &Accesses, taken: &BTreeSet<Access>| {
            let open = accesses.keys().filter(|access| !taken.contains(*access)).cloned();
            self.grouped(open, question)
        };
        let none = BTreeSet::new();
        let (opened, hidden, by_attributes) = match allowed {
            None => (beyond(asked, &taken), Vec::new(), beyond(&asked_of_attributes, &taken_by)),
            // What is allowed nobody asked for.
            Some(allowed) => {
                let rules = of_attributes(attributes, RuleKind::Allow, allowed, question);
                (beyond(allowed, &none), beyond(asked, &taken), beyond(&rules, &none))
            }
        };
        let all = |covered: &[BTreeSet<Name>]| number(covered.iter().map(BTreeSet::len).sum());
        let (opens, hides, by) = (count(&opened), count(&hidden), count(&by_attributes));
        let counts = Covered {
            covered: all(&covered),
            asked: needs.iter().map(need_size).sum(),
            opens: opens.0,
            opens_write: opens.1,
            hides: hides.0,
            hides_write: hides.1,
            by_attributes: ByAttributes { covered: all(&covered_by), opens: by.0, opens_write: by.1 },
            kind: question.kind,
        };
        Told { counts, opened, hidden, attributes: attributes.clone(), by_attributes }
    }

    /// All that a call grants with these arguments, and whether it does for sure.
    fn granted_by(&self, called: &InCall<'_>, kind: RuleKind, question: &Question<'_>) -> Accesses {
        let wanted = match kind {
            RuleKind::Allow => AvKind::Allow,
            RuleKind::DontAudit => AvKind::DontAudit,
        };
        let mut all = Accesses::new();
        for (brought, is_sure) in called.statements() {
            let StatementKind::AvRule { kind, source, target, classes, permissions } = &brought.statement.kind else {
                continue;
            };
            if *kind != wanted {
                continue;
            }
            let (sources, targets) = (called.spelled(source), called.spelled(target));
            for (source, target) in sources.iter().flat_map(|one| targets.iter().map(move |other| (one, other))) {
                let is_one = source == target
                    && (source == question.domain || question.known.kind_of(source.as_str()) != NameKind::Attribute);
                let target = if is_one { &Name::from(ITSELF) } else { target };
                for class in classes.names.iter().flat_map(|class| called.names(class)) {
                    for permission in self.permissions(&class, permissions, called) {
                        let access = (source.clone(), target.clone(), class.clone(), permission);
                        *all.entry(access).or_default() |= is_sure;
                    }
                }
            }
        }
        all
    }

    /// The permissions of a rule by name; "all but" is of those that the headers know.
    fn permissions(&self, class: &Name, set: &NameSet, called: &InCall<'_>) -> Vec<Name> {
        let named = || set.names.iter().flat_map(|name| called.names(name));
        if !set.all && !set.complement {
            return named().collect();
        }
        let class = self.symbols.find_class(class.as_str()).and_then(|id| self.symbols.class(id));
        let but: Vec<Name> = if set.all { Vec::new() } else { named().collect() };
        let every = class.into_iter().flat_map(|class| class.names(class.every())).map(Name::from);
        every.filter(|name| !but.contains(name)).collect()
    }

    /// What of each need is covered, and the accesses that cover it: each permission by the narrowest.
    fn covering(
        &self,
        needs: &[AccessVector],
        accesses: &Accesses,
        attributes: &[Name],
        question: &Question<'_>,
    ) -> (Vec<BTreeSet<Name>>, BTreeSet<Access>) {
        let mut taken = BTreeSet::new();
        let number_of = |name: &Name| match question.known.types_of(name.as_str()).as_deref() {
            Some([number]) => Some(*number),
            _ => None,
        };
        let domain = number_of(question.domain);
        let mut covered = Vec::new();
        for need in needs {
            let target = number_of(&need.target);
            let is_target = |name: &Name| {
                *name == need.target
                    || (need.source == need.target && name.as_str() == ITSELF)
                    || self.is_among(name, target, question.known)
            };
            let is_source = |name: &Name| {
                name == question.domain || attributes.contains(name) || self.is_among(name, domain, question.known)
            };
            let mut found = BTreeSet::new();
            for permission in &need.permissions {
                let fits = |(access, is_sure): &(&Access, &bool)| {
                    let (source, target, class, own) = *access;
                    **is_sure && own == permission && *class == need.class && is_source(source) && is_target(target)
                };
                let narrow = |(access, _): &(&Access, &bool)| {
                    let (source, target, ..) = *access;
                    let is_exact = *target == need.target || target.as_str() == ITSELF;
                    let place = (!is_exact, if is_exact { 0 } else { self.types_behind(target, question.known) });
                    let by = if is_exact { Name::from("") } else { target.clone() };
                    let of = if source == question.domain { 0 } else { self.types_behind(source, question.known) };
                    (source != question.domain, place, by, of, source.clone())
                };
                if let Some((access, _)) = accesses.iter().filter(fits).min_by_key(narrow) {
                    found.insert(permission.clone());
                    taken.insert(access.clone());
                }
            }
            covered.push(found);
        }
        (covered, taken)
    }

    /// Whether a name stands for the type of this number.
    fn is_among(&self, name: &Name, number: Option<u32>, known: &dyn PolicyTypes) -> bool {
        let Some(number) = number else { return false };
        match self.symbols.find(name.as_str()) {
            Some(symbol) => self.types.holds(symbol, number),
            None => known.types_of(name.as_str()).is_some_and(|numbers| numbers.contains(&number)),
        }
    }

    /// How many types a name stands for: 1 where nobody knows.
    fn types_behind(&self, name: &Name, known: &dyn PolicyTypes) -> u32 {
        if let Some(symbol) = self.symbols.find(name.as_str()) {
            return self.width(symbol);
        }
        match known.kind_of(name.as_str()) {
            NameKind::Attribute => known.types_of(name.as_str()).map_or(1, |numbers| number(numbers.len())),
            _ => 1,
        }
    }

    fn grouped(&self, accesses: impl Iterator<Item = Access>, question: &Question<'_>) -> Vec<Opened> {
        let mut groups: BTreeMap<(Option<Name>, Name, Name, bool), Vec<Name>> = BTreeMap::new();
        for (source, target, class, permission) in accesses {
            let writes = is_more_than_reading(class.as_str(), permission.as_str());
            let source = (source != *question.domain).then_some(source);
            groups.entry((source, target, class, writes)).or_default().push(permission);
        }
        let opened = groups.into_iter().map(|((source, target, class, writes), permissions)| {
            let is_attribute = question.known.kind_of(target.as_str()) == NameKind::Attribute
                || self.symbols.find(target.as_str()).is_some_and(|name| self.symbols.set(name).is_some());
            let types = is_attribute.then(|| self.types_behind(&target, question.known));
            Opened { source, target, class, permissions, writes, types }
        });
        opened.collect()
    }
}

/// What the policy's rules for these attributes give the domain, without what it is granted itself.
fn of_attributes(attributes: &[Name], kind: RuleKind, own: &Accesses, question: &Question<'_>) -> Accesses {
    let mut all = Accesses::new();
    for attribute in attributes {
        for rule in question.known.rules_of(attribute.as_str()).into_iter().filter(|rule| rule.kind == kind) {
            let target = if rule.target == *question.domain { ITSELF.into() } else { rule.target };
            for permission in &rule.permissions {
                let access = (question.domain.clone(), target.clone(), rule.class.clone(), permission.clone());
                if !own.contains_key(&access) {
                    all.insert(access, true);
                }
            }
        }
    }
    all
}

fn without(need: &AccessVector, covered: &BTreeSet<Name>) -> AccessVector {
    let left = need.permissions.iter().filter(|name| !covered.contains(*name));
    AccessVector { permissions: left.cloned().collect(), ..need.clone() }
}

/// How many accesses there are, and how many of them do more than read.
fn count(opened: &[Opened]) -> (u32, u32) {
    opened.iter().fold((0, 0), |(all, writes), opened| {
        let own = number(opened.permissions.len());
        (all + own, writes + if opened.writes { own } else { 0 })
    })
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// A definition with the arguments of one call.
struct InCall<'a> {
    contents: &'a Contents,
    arguments: Vec<&'a str>,
    optionals: Vec<Presence>,
}

impl<'a> InCall<'a> {
    /// The unconditional statements that may stay, and whether they do for sure.
    fn statements(&self) -> impl Iterator<Item = (&'a Brought, bool)> {
        let statements = self.contents.statements.iter();
        let in_force = statements.filter(|brought| !brought.required && brought.is_unconditional());
        let present = in_force.map(|brought| {
            let within = brought.within().and_then(|place| self.optionals.get(place).copied());
            (brought, within.unwrap_or(Presence::Present))
        });
        let staying = present.filter(|(_, presence)| *presence != Presence::Absent);
        staying.map(|(brought, presence)| (brought, presence == Presence::Present))
    }

    /// The names that a name of the header stands for.
    fn names(&self, name: &Name) -> Vec<Name> {
        names_in(&put_arguments(name.as_str(), &self.arguments)).map(Name::from).collect()
    }

    /// What a set spells, each a source or a target of its own.
    fn spelled(&self, set: &NameSet) -> Vec<Name> {
        if set.is_plain() {
            return set.names.iter().flat_map(|name| self.names(name)).collect();
        }
        let spelled = SpelledSet::of(set).map(|set| set.to_string());
        spelled.map(|text| put_arguments(&text, &self.arguments).into_owned().into()).collect()
    }

    /// The attributes that it puts this type under.
    fn attributes_of(&self, domain: &Name) -> Vec<Name> {
        let mut given = BTreeSet::new();
        for (brought, _) in self.statements().filter(|(_, is_sure)| *is_sure) {
            if let StatementKind::Type { name, attributes, .. } | StatementKind::TypeAttribute { name, attributes } =
                &brought.statement.kind
                && self.names(name).contains(domain)
            {
                given.extend(attributes.iter().flat_map(|attribute| self.names(attribute)));
            }
        }
        given.into_iter().collect()
    }
}
