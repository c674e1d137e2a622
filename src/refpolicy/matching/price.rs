//! What a call grants altogether, and what of it nobody asked for.

use super::{
    RuleKind,
    attributes::Granted,
    candidate::{Called, Candidate, Spelled, Wanted},
    choice::Asked,
    coverage::{ByAttributes, Covered},
    index::Vector,
    matcher::{Matcher, Question},
    symbols::{Bits, ClassId, Symbol},
    weight::tenths,
};
use crate::refpolicy::{DefinitionId, ParameterKind};

/// Accesses of some vectors.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Total {
    accesses: u32,
    writes: u32,
    /// In tenths.
    weight: u32,
}

/// What a call costs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Price<'a> {
    pub(super) cost: i64,
    pub(super) opens: u32,
    pub(super) writes: u32,
    /// Of a call that is to hide: what it hides beyond.
    pub(super) hides: u32,
    pub(super) hides_write: u32,
    pub(super) by_attributes: ByAttributes,
    /// In tenths.
    pub(super) weight: u32,
    pub(super) name: &'a str,
}

impl Price<'_> {
    /// The same beside what is covered.
    pub(super) fn counts(&self, covered: u32, asked: u32, kind: RuleKind) -> Covered {
        Covered {
            covered,
            asked,
            opens: self.opens,
            opens_write: self.writes,
            hides: self.hides,
            hides_write: self.hides_write,
            by_attributes: self.by_attributes,
            kind,
        }
    }
}

/// What stands in the places of two parameters.
#[derive(Debug, Clone, Copy)]
struct Places {
    /// The parameter, and the domain's own name where a header has it.
    source: (Symbol, Symbol),
    target: Option<(Symbol, Symbol)>,
    /// The domain, where a header has the name.
    domain: Option<Symbol>,
}

impl Places {
    fn put(&self, name: Symbol) -> Symbol {
        match self.target {
            _ if name == self.source.0 => self.source.1,
            Some((parameter, target)) if name == parameter => target,
            _ => name,
        }
    }

    /// A source and a target; `self` where they become one.
    fn put_both(&self, source: Symbol, target: Symbol) -> (Symbol, Symbol) {
        let (own, other) = (self.put(source), self.put(target));
        (own, if other == own && source != target { Symbol::ITSELF } else { other })
    }

    /// Whether nothing changes but the names of the parameters.
    fn leave(&self, vectors: &[Vector]) -> bool {
        let is_own = |name: Symbol| Some(name) == self.domain || self.target.is_some_and(|(_, own)| own == name);
        let is_apart = self.target.is_none_or(|(_, own)| own != self.source.1);
        // A target that no header names keeps the name of its parameter.
        let is_named = |name: Symbol| name.parameter().is_none() && is_own(name);
        is_apart && !vectors.iter().any(|vector| is_named(vector.source) || is_named(vector.target))
    }
}

impl Matcher {
    fn places(&self, called: &Called<'_>, question: &Question<'_>) -> Places {
        let parameter = |place: usize| Symbol(u32::try_from(place).unwrap_or(u32::MAX));
        let domain = self.symbols.find(question.domain.as_str()).filter(|name| name.parameter().is_none());
        let source = (parameter(called.source), domain.unwrap_or(parameter(called.source)));
        let target = called.target.map(|(place, name)| {
            let known = self.symbols.find(name.as_str()).filter(|name| name.parameter().is_none());
            let own = if name == question.domain { source.1 } else { known.unwrap_or(parameter(place)) };
            (parameter(place), own)
        });
        Places { source, target, domain }
    }

    /// What a definition grants altogether in terms of its parameters: without an optional argument, what is said of the parameter
    /// is said of nothing.
    pub(super) fn total(&self, id: DefinitionId, kind: RuleKind) -> Total {
        let vectors = self.index(kind).of_definition(id);
        self.sum(vectors.iter().filter(|vector| !self.is_left_out(id, vector, &[])))
    }

    /// Whether a vector speaks of an optional argument that is not among these.
    fn is_left_out(&self, id: DefinitionId, vector: &Vector, given: &[usize]) -> bool {
        let is_missing =
            |name: Symbol| name.parameter().is_some_and(|place| !given.contains(&place) && self.is_optional(id, place));
        is_missing(vector.source) || is_missing(vector.target)
    }

    /// Whether a call may leave the argument in this place, from 1, out.
    fn is_optional(&self, id: DefinitionId, place: usize) -> bool {
        self.catalogue.definitions().by_id(id).is_some_and(|definition| definition.is_optional(place - 1))
    }

    fn sum<'v>(&self, vectors: impl Iterator<Item = &'v Vector>) -> Total {
        vectors.fold(Total::default(), |mut total, vector| {
            total.accesses += vector.bits.count_ones();
            total.writes += self.measure(vector.class).writes(vector.bits);
            total.weight += self.weight(vector.class, vector.target, vector.bits);
            total
        })
    }

    /// The vectors of a call with the domain and the target in their places; nothing where they are those of the definition.
    fn changed(&self, called: &Called<'_>, places: &Places, kind: RuleKind) -> Option<Vec<Vector>> {
        let is_given = |place| self.is_optional(called.definition, place);
        let is_same = !is_given(called.source)
            && called.target.is_none_or(|(place, _)| !is_given(place))
            && places.leave(self.index(kind).of_definition(called.definition));
        (!is_same).then(|| self.in_call(called, places, kind))
    }

    /// The vectors of a call with the domain and the target in their places, by source, target and class.
    fn in_call(&self, called: &Called<'_>, places: &Places, kind: RuleKind) -> Vec<Vector> {
        let given = [called.source, called.target.map_or(called.source, |(place, _)| place)];
        let vectors = self.index(kind).of_definition(called.definition).iter();
        let said = vectors.filter(|vector| !self.is_left_out(called.definition, vector, &given));
        let in_call = said.map(|vector| {
            let (source, target) = places.put_both(vector.source, vector.target);
            Vector { source, target, ..*vector }
        });
        let mut in_call: Vec<Vector> = in_call.collect();
        in_call.sort_by_key(Vector::key);
        in_call.dedup_by(|later, kept| {
            let is_same = later.key() == kept.key();
            kept.bits |= if is_same { later.bits } else { 0 };
            is_same
        });
        in_call
    }

    /// The weight of an access on one target, in tenths.
    fn weight(&self, class: ClassId, target: Symbol, bits: Bits) -> u32 {
        self.measure(class).weight(bits) * tenths(self.types.count(target), self.types.has_secrets(target))
    }

    /// What a call is for needs that it covers together; `all` are those and the others that were asked for.
    pub(super) fn price(
        &self,
        called: &Called<'_>,
        covered: &[(&Wanted<'_>, &Candidate)],
        all: &[Wanted<'_>],
        question: &Question<'_>,
    ) -> Option<Price<'_>> {
        let (first, candidate) = covered.first()?;
        let entry = self.catalogue.by_id(called.definition)?;
        let places = self.places(called, question);
        let changed = self.changed(called, &places, question.kind);
        let whole = |changed: Option<&Vec<Vector>>, kind| match changed {
            Some(vectors) => Some(self.sum(vectors.iter())),
            None => self.totals(kind).get(called.definition.0 as usize).copied(),
        };
        let mut total = whole(changed.as_ref(), question.kind)?;
        let mut others = 0;
        for (class, spelled) in spelled_together(covered, changed.is_some().then_some(&places)) {
            total.accesses = total.accesses.saturating_sub(spelled.bits.count_ones());
            total.writes = total.writes.saturating_sub(self.measure(class).writes(spelled.bits));
            let weight = self.weight(class, spelled.target, spelled.bits);
            // What was asked for is asked on one type: that an attribute stands for others too stays in the weight. For the
            // order it has a penalty of its own.
            others += weight - self.measure(class).weight(spelled.bits) * tenths(1, false);
            total.weight = total.weight.saturating_sub(weight);
        }
        let name = entry.definition.name.as_str();
        let by_attributes = self.by_attributes(called, &places, (covered, all), question);
        let mut price = Price {
            cost: 0,
            opens: total.accesses,
            writes: total.writes,
            hides: 0,
            hides_write: 0,
            by_attributes,
            weight: total.weight,
            name,
        };
        if question.kind == RuleKind::DontAudit {
            // What is allowed nobody asked for.
            let allowed = whole(self.changed(called, &places, RuleKind::Allow).as_ref(), RuleKind::Allow)?;
            (price.hides, price.hides_write) = (price.opens, price.writes);
            (price.opens, price.writes) = (allowed.accesses, allowed.writes);
            price.weight += allowed.weight;
        }
        let parameters = entry.contents.parameters.iter().filter(|place| place.kind != ParameterKind::Unused).count();
        let passed = 1 + u32::from(called.target.is_some());
        let asked = Asked {
            name,
            target: first.need.target.as_str(),
            class: self.symbols.class(first.class)?,
            bits: first.bits,
            reach: &self.reach(candidate),
            types: self.types.count(candidate.reach),
            further_arguments: u32::try_from(parameters).unwrap_or_default().saturating_sub(passed),
        };
        price.cost = self.standings.get(called.definition.0 as usize)?.cost(&asked, price.weight);
        price.weight += others;
        Some(price)
    }

    /// Calls of which the attributes cover something, whatever the calls themselves grant.
    pub(super) fn covering_by_attributes(
        &self,
        all: &[Wanted<'_>],
        asked: u32,
        question: &Question<'_>,
    ) -> Vec<(Called<'static>, Covered)> {
        let covers = |(target, class, bits): &Granted| {
            let is_wanted = |wanted: &Wanted<'_>| {
                wanted.class == *class && wanted.bits & bits != 0 && wanted.names.contains(target)
            };
            all.iter().any(is_wanted)
        };
        let found =
            self.attributes.giving(|attribute| self.attributes.rules(attribute, question.kind).iter().any(covers));
        let counted = found.filter_map(|(definition, source)| {
            let called = Called { definition, source, target: None };
            let places = self.places(&called, question);
            let beyond = |kind| self.sum(self.in_call(&called, &places, kind).iter());
            let by_attributes = self.by_attributes(&called, &places, (&[], all), question);
            let asked_kind = beyond(question.kind);
            let mut counts = Covered {
                asked,
                opens: asked_kind.accesses,
                opens_write: asked_kind.writes,
                by_attributes,
                kind: question.kind,
                ..Covered::default()
            };
            if question.kind == RuleKind::DontAudit {
                let allowed = beyond(RuleKind::Allow);
                (counts.hides, counts.hides_write) = (counts.opens, counts.opens_write);
                (counts.opens, counts.opens_write) = (allowed.accesses, allowed.writes);
            }
            (by_attributes.covered > 0).then_some((called, counts))
        });
        counted.collect()
    }

    /// What the attributes give that the call puts the domain under, beyond what the call itself grants.
    fn by_attributes(
        &self,
        called: &Called<'_>,
        places: &Places,
        (covered, all): (&[(&Wanted<'_>, &Candidate)], &[Wanted<'_>]),
        question: &Question<'_>,
    ) -> ByAttributes {
        let mut by = ByAttributes::default();
        let given = self.attributes.given(called.definition).iter();
        let attributes: Vec<Symbol> =
            given.filter(|(name, _)| places.put(*name) == places.source.1).map(|(_, attribute)| *attribute).collect();
        if attributes.is_empty() {
            return by;
        }
        let asked = self.rules_beyond(&attributes, called, places, question.kind);
        let mut taken: Vec<Granted> = Vec::new();
        for wanted in all {
            let own = covered.iter().find(|(other, _)| std::ptr::eq(*other, wanted));
            let mut open = wanted.bits & !own.map_or(0, |(_, candidate)| candidate.bits);
            for name in &wanted.names {
                let rule = asked.iter().find(|(target, class, _)| (target, class) == (name, &wanted.class));
                let bits = rule.map_or(0, |(.., bits)| bits & open);
                if bits != 0 {
                    open &= !bits;
                    by.covered += bits.count_ones();
                    taken.push((*name, wanted.class, bits));
                }
            }
        }
        let is_allow = question.kind == RuleKind::Allow;
        let allowed = if is_allow { asked } else { self.rules_beyond(&attributes, called, places, RuleKind::Allow) };
        for (target, class, bits) in allowed {
            let taken = taken.iter().filter(|(name, of, _)| is_allow && (*name, *of) == (target, class));
            let open = taken.fold(bits, |open, (.., taken)| open & !taken);
            by.opens += open.count_ones();
            by.opens_write += self.measure(class).writes(open);
        }
        by
    }

    /// What the policy's rules for these attributes add to those of the call itself: one for each target and class.
    fn rules_beyond(
        &self,
        attributes: &[Symbol],
        called: &Called<'_>,
        places: &Places,
        kind: RuleKind,
    ) -> Vec<Granted> {
        let own = self.in_call(called, places, kind);
        let itself = |name: Symbol| if Some(name) == places.domain { Symbol::ITSELF } else { name };
        let rules = attributes.iter().flat_map(|attribute| self.attributes.rules(*attribute, kind));
        let mut rules: Vec<Granted> = rules.map(|(target, class, bits)| (itself(*target), *class, *bits)).collect();
        rules.sort_unstable();
        rules.dedup_by(|later, kept| {
            let is_same = (later.0, later.1) == (kept.0, kept.1);
            kept.2 |= if is_same { later.2 } else { 0 };
            is_same
        });
        for (target, class, bits) in &mut rules {
            let at = own.binary_search_by_key(&(places.source.1, *target, *class), Vector::key);
            *bits &= !at.ok().and_then(|at| own.get(at)).map_or(0, |vector| vector.bits);
        }
        rules
    }
}

/// The accesses that cover these needs, each once: two types of one attribute are one access as the header spells it.
fn spelled_together(covered: &[(&Wanted<'_>, &Candidate)], places: Option<&Places>) -> Vec<(ClassId, Spelled)> {
    let mut together: Vec<(ClassId, Spelled)> = Vec::new();
    for (wanted, candidate) in covered {
        for spelled in &candidate.spelled {
            let (source, target) = match places {
                Some(places) => places.put_both(spelled.source, spelled.target),
                None => (spelled.source, spelled.target),
            };
            let is_same = |(class, other): &&mut (ClassId, Spelled)| {
                (*class, other.source, other.target) == (wanted.class, source, target)
            };
            match together.iter_mut().find(is_same) {
                Some((_, known)) => known.bits |= spelled.bits,
                None => together.push((wanted.class, Spelled { source, target, bits: spelled.bits })),
            }
        }
    }
    together
}
