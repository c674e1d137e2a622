//! One access vector against the whole catalogue.

use std::{collections::HashMap, sync::Arc};

use foldhash::fast::RandomState;

use super::{
    RuleKind,
    choice::{Asked, Standing, is_complete},
    index::Index,
    known::{PolicyTypes, TypeSets},
    offer::{Offer, Reach, Refusal},
    symbols::{Bits, ClassId, Symbol, Symbols},
    weight::{Measure, tenths},
};
use crate::{
    refpolicy::{Catalogue, DefinitionId, NameKind, ParameterKind},
    selinux::{AccessVector, Call, Name, PermissionSet},
};

/// Who asks, and for which kind of rule.
#[derive(Clone, Copy)]
pub struct Question<'a> {
    /// The domain that the calls are for; it need not be the source of the denials. It may be an attribute.
    pub domain: &'a Name,
    /// The role that calls ask for which take one.
    pub role: &'a str,
    /// Which rules are looked for.
    pub kind: RuleKind,
    /// What names are, for a call to be compiled; it also knows what the session declares.
    pub known: &'a dyn PolicyTypes,
}

/// The catalogue, laid out so that all of it is matched at once.
#[derive(Debug)]
pub struct Matcher {
    pub(super) catalogue: Arc<Catalogue>,
    pub(super) symbols: Symbols,
    pub(super) allow: Index,
    pub(super) dontaudit: Index,
    pub(super) conditional: Index,
    types: TypeSets,
    measures: Vec<Measure>,
    standings: Vec<Standing>,
    totals: [Vec<Total>; 2],
}

/// What a definition grants altogether.
#[derive(Debug, Clone, Copy, Default)]
struct Total {
    accesses: u32,
    writes: u32,
    /// In tenths.
    weight: u32,
}

/// A definition that covers something, with the parameters that it would be called with.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    pub(super) definition: DefinitionId,
    /// The parameter that the domain is, from 1.
    pub(super) source: usize,
    /// The parameter that the target is, where it must be passed.
    pub(super) target: Option<usize>,
    /// What it covers of the vector that was asked for.
    pub(super) bits: Bits,
    pub(super) reach: Symbol,
}

impl Matcher {
    /// Lays out a catalogue for the types of a policy. It takes some hundredths of a second: do it once.
    pub fn new(catalogue: Arc<Catalogue>, policy: &dyn PolicyTypes) -> Self {
        let mut symbols = Symbols::default();
        let allow = Index::of(&catalogue, RuleKind::Allow, true, &mut symbols);
        let dontaudit = Index::of(&catalogue, RuleKind::DontAudit, true, &mut symbols);
        let conditional = Index::of(&catalogue, RuleKind::Allow, false, &mut symbols);
        let mut standings = vec![Standing::default(); catalogue.definitions().len()];
        for entry in catalogue.interfaces() {
            if let Some(standing) = standings.get_mut(entry.id.0 as usize) {
                *standing = Standing::of(entry);
            }
        }
        let mut matcher = Self {
            types: TypeSets::of(&symbols, policy),
            measures: symbols.classes.iter().map(Measure::of).collect(),
            catalogue,
            symbols,
            allow,
            dontaudit,
            conditional,
            standings,
            totals: [Vec::new(), Vec::new()],
        };
        matcher.totals = [RuleKind::Allow, RuleKind::DontAudit].map(|kind| {
            let definitions = matcher.catalogue.definitions().iter();
            definitions.map(|(id, _)| matcher.total(id, kind, None)).collect()
        });
        matcher
    }

    /// The catalogue that it was made of.
    pub fn catalogue(&self) -> &Arc<Catalogue> {
        &self.catalogue
    }

    /// What a call grants altogether that passes an optional argument in this place alone: without its argument, what is said
    /// of the parameter is said of nothing.
    fn total(&self, id: DefinitionId, kind: RuleKind, given: Option<usize>) -> Total {
        let is_missing =
            |name: Symbol| name.parameter().is_some_and(|place| Some(place) != given && self.is_optional(id, place));
        let vectors = self.index(kind).of_definition(id).iter();
        let vectors = vectors.filter(|vector| !is_missing(vector.source) && !is_missing(vector.target));
        vectors.fold(Total::default(), |mut total, vector| {
            total.accesses += vector.bits.count_ones();
            total.writes += self.measure(vector.class).writes(vector.bits);
            total.weight += self.weight(vector.class, vector.target, vector.bits);
            total
        })
    }

    /// Whether a call may leave the argument in this place, from 1, out.
    fn is_optional(&self, id: DefinitionId, place: usize) -> bool {
        let parameters = self.catalogue.definitions().by_id(id).map(|definition| definition.parameters.as_slice());
        parameters.and_then(|parameters| parameters.get(place - 1)).is_some_and(|parameter| parameter.optional)
    }

    /// What the call of a candidate grants altogether.
    fn total_of(&self, candidate: &Candidate, kind: RuleKind) -> Option<Total> {
        let id = candidate.definition;
        match candidate.target {
            Some(place) if self.is_optional(id, place) => Some(self.total(id, kind, Some(place))),
            _ => self.totals(kind).get(id.0 as usize).copied(),
        }
    }

    fn measure(&self, class: ClassId) -> Measure {
        self.measures.get(class.0 as usize).copied().unwrap_or_default()
    }

    /// The weight of an access on one target, in tenths.
    fn weight(&self, class: ClassId, target: Symbol, bits: Bits) -> u32 {
        self.measure(class).weight(bits) * tenths(self.types.count(target), self.types.has_secrets(target))
    }

    pub(super) fn index(&self, kind: RuleKind) -> &Index {
        match kind {
            RuleKind::Allow => &self.allow,
            RuleKind::DontAudit => &self.dontaudit,
        }
    }

    /// The class and the bits of an access vector, and whether the headers name each permission of it.
    pub(super) fn bits(&self, class: &Name, permissions: &PermissionSet) -> Option<(ClassId, Bits, bool)> {
        let id = self.symbols.find_class(class.as_str())?;
        let class = self.symbols.class(id)?;
        let bits = permissions.iter().fold(0, |bits, permission| bits | class.bit(permission.as_str()));
        Some((id, bits, bits.count_ones() as usize == permissions.len()))
    }

    /// The names by which headers come to this type: its own, its aliases', its attributes'.
    fn names_of(&self, target: &Name, policy: &dyn PolicyTypes) -> Vec<Symbol> {
        let mut names: Vec<Symbol> = self.symbols.find(target.as_str()).into_iter().collect();
        if let Some([number]) = policy.types_of(target.as_str()).as_deref() {
            names.extend(self.types.reaching(*number));
        }
        names.sort_unstable();
        names.dedup();
        names.retain(|name| *name != Symbol::ITSELF && name.parameter().is_none());
        names
    }

    /// Every definition that grants something of a vector, each once, with the arguments that grant most.
    pub(super) fn candidates(&self, need: &AccessVector, question: &Question<'_>) -> Vec<Candidate> {
        let Some((class, bits, _)) = self.bits(&need.class, &need.permissions) else { return Vec::new() };
        let index = self.index(question.kind);
        let mut fixed: HashMap<(DefinitionId, Symbol), (Bits, Symbol), RandomState> = HashMap::default();
        let own = self.symbols.find(need.target.as_str());
        let itself = (need.source == need.target).then_some(Symbol::ITSELF);
        for name in self.names_of(&need.target, question.known).into_iter().chain(itself) {
            for granted in index.granted(class, name).iter().filter(|granted| granted.bits & bits != 0) {
                let (covered, by) = fixed.entry((granted.definition, granted.source)).or_insert((0, name));
                *covered |= granted.bits & bits;
                if Some(name) == own || name == Symbol::ITSELF {
                    *by = name;
                }
            }
        }
        let mut best: HashMap<DefinitionId, Candidate, RandomState> = HashMap::default();
        let mut keep = |candidate: Candidate| {
            let better = |other: &Candidate| candidate.bits.count_ones() > other.bits.count_ones();
            if best.get(&candidate.definition).is_none_or(better) {
                best.insert(candidate.definition, candidate);
            }
        };
        let mut found: Vec<_> = fixed.iter().collect();
        found.sort_unstable_by_key(|(key, _)| **key);
        for ((definition, source), (covered, by)) in found {
            let Some(source) = source.parameter() else { continue };
            keep(Candidate { definition: *definition, source, target: None, bits: *covered, reach: *by });
        }
        for parameter in (1..=9).map(Symbol) {
            for granted in index.granted(class, parameter).iter().filter(|granted| granted.bits & bits != 0) {
                let also = fixed.get(&(granted.definition, granted.source)).map_or(0, |(covered, _)| *covered);
                let (Some(source), target) = (granted.source.parameter(), parameter.parameter()) else { continue };
                if self.makes_something_of(granted.definition, target) {
                    continue;
                }
                let bits = also | granted.bits & bits;
                keep(Candidate { definition: granted.definition, source, target, bits, reach: parameter });
            }
        }
        let mut all: Vec<_> = best.into_values().collect();
        all.sort_unstable_by_key(|candidate| candidate.definition);
        all
    }

    /// Whether a call puts this argument under attributes, or otherwise asks for a type of one's own: `domain_entry_file`,
    /// `init_daemon_domain`. It would change what the target is for everybody, which no denial asks for.
    fn makes_something_of(&self, definition: DefinitionId, parameter: Option<usize>) -> bool {
        let place = parameter.and_then(|parameter| parameter.checked_sub(1));
        let used =
            place.zip(self.catalogue.by_id(definition)).and_then(|(place, entry)| entry.contents.parameters.get(place));
        used.is_some_and(|used| used.concrete.is_some())
    }

    pub(super) fn reach(&self, candidate: &Candidate) -> Reach {
        if candidate.target.is_some() {
            return Reach::Parameter;
        }
        match self.symbols.name(candidate.reach) {
            None => Reach::Itself,
            Some(name) if self.types.is_attribute(candidate.reach) => Reach::Attribute(name.clone()),
            Some(_) => Reach::Direct,
        }
    }

    /// The calls that grant something of what was denied, best first: those that cover all of it, then the others.
    ///
    /// None of them fails to compile: where the domain is an attribute that cannot be the argument, there is a call for each
    /// member instead.
    pub fn offers(&self, need: &AccessVector, question: &Question<'_>) -> Vec<Offer> {
        let Some((class, bits, all_known)) = self.bits(&need.class, &need.permissions) else { return Vec::new() };
        let candidates = self.candidates(need, question);
        let mut priced: Vec<_> = candidates
            .iter()
            .filter_map(|candidate| Some((candidate, self.price(candidate, need, class, question)?)))
            .collect();
        priced.sort_by(|(one, a), (other, b)| {
            let covered = other.bits.count_ones().cmp(&one.bits.count_ones());
            covered
                .then_with(|| a.cost.cmp(&b.cost))
                .then_with(|| a.opens.cmp(&b.opens))
                .then_with(|| a.name.cmp(b.name))
        });
        let whole = |candidate: &Candidate| all_known && candidate.bits == bits;
        if self.symbols.class(class).is_some_and(|known| is_complete(self.index(question.kind), class, known, bits)) {
            let smallest = priced.iter().enumerate().filter(|(_, (candidate, _))| whole(candidate));
            if let Some((at, _)) = smallest.min_by_key(|(at, (_, price))| (price.opens, *at)) {
                let first = priced.remove(at);
                priced.insert(0, first);
            }
        }
        let mut offers: Vec<Offer> = Vec::new();
        for (candidate, price) in priced {
            if offers.len() >= MOST_OFFERS {
                break;
            }
            offers.extend(self.offer(candidate, &price, &[(need, class, candidate.bits)], need_size(need), question));
        }
        offers
    }

    fn price(
        &self,
        candidate: &Candidate,
        need: &AccessVector,
        class: ClassId,
        question: &Question<'_>,
    ) -> Option<Price<'_>> {
        let entry = self.catalogue.by_id(candidate.definition)?;
        let total = self.total_of(candidate, question.kind)?;
        let measure = self.measure(class);
        let covered = self.weight(class, candidate.reach, candidate.bits);
        let weight = total.weight.saturating_sub(covered);
        let places = 1 + u32::from(candidate.target.is_some());
        let parameters = entry.contents.parameters.iter().filter(|place| place.kind != ParameterKind::Unused).count();
        let standing = self.standings.get(candidate.definition.0 as usize)?;
        let name = entry.definition.name.as_str();
        let asked = Asked {
            name,
            target: need.target.as_str(),
            class: self.symbols.class(class)?,
            bits: self.bits(&need.class, &need.permissions)?.1,
            reach: &self.reach(candidate),
            types: self.types.count(candidate.reach),
            further_arguments: u32::try_from(parameters).unwrap_or_default().saturating_sub(places),
        };
        let cost = standing.cost(&asked, weight);
        let opens = total.accesses.saturating_sub(candidate.bits.count_ones());
        Some(Price { cost, opens, writes: total.writes.saturating_sub(measure.writes(candidate.bits)), weight, name })
    }

    fn totals(&self, kind: RuleKind) -> &[Total] {
        let [allow, dontaudit] = &self.totals;
        match kind {
            RuleKind::Allow => allow,
            RuleKind::DontAudit => dontaudit,
        }
    }

    /// What the call of a candidate is for needs that it covers together.
    pub(super) fn price_together(
        &self,
        covered: &[(&AccessVector, ClassId, &Candidate)],
        question: &Question<'_>,
    ) -> Option<Price<'_>> {
        let (need, class, first) = covered.first()?;
        let total = self.total_of(first, question.kind)?;
        let alone = self.price(first, need, *class, question)?;
        let mut price = Price { opens: total.accesses, writes: total.writes, weight: total.weight, ..alone };
        let mut spelled: Vec<(ClassId, Symbol, Bits)> = Vec::new();
        for (_, class, candidate) in covered {
            // Two types of one attribute are one access as the header spells it.
            match spelled.iter_mut().find(|(other, reach, _)| (other, reach) == (class, &candidate.reach)) {
                Some((.., bits)) => *bits |= candidate.bits,
                None => spelled.push((*class, candidate.reach, candidate.bits)),
            }
        }
        for (class, reach, bits) in spelled {
            price.opens = price.opens.saturating_sub(bits.count_ones());
            price.writes = price.writes.saturating_sub(self.measure(class).writes(bits));
            price.weight = price.weight.saturating_sub(self.weight(class, reach, bits));
        }
        price.cost = alone.cost - i64::from(alone.weight) + i64::from(price.weight);
        Some(price)
    }

    pub(super) fn offer(
        &self,
        candidate: &Candidate,
        price: &Price<'_>,
        covered: &[(&AccessVector, ClassId, Bits)],
        asked: u32,
        question: &Question<'_>,
    ) -> Option<Offer> {
        let entry = self.catalogue.by_id(candidate.definition)?;
        let target = covered.first().map(|(need, ..)| need.target.as_str()).unwrap_or_default();
        let class = covered.first().map(|(need, ..)| need.class.as_str()).unwrap_or_default();
        let (calls, refused) = self.calls(candidate, target, class, question)?;
        let covers: Vec<_> = covered
            .iter()
            .filter_map(|(need, class, bits)| {
                let permissions = self.symbols.class(*class)?.names(*bits).collect();
                Some(AccessVector { source: question.domain.clone(), permissions, ..(*need).clone() })
            })
            .collect();
        let vectors = self.index(question.kind).of_definition(candidate.definition);
        let targets = vectors.iter().map(|vector| vector.target).filter(|target| self.symbols.name(*target).is_some());
        let arguments = u32::from(candidate.target.is_some());
        Some(Offer {
            definition: candidate.definition,
            name: Name::from(entry.definition.name.as_str()),
            calls,
            refused,
            covered: covered.iter().map(|(_, _, bits)| bits.count_ones()).sum(),
            covers,
            asked,
            opens: price.opens,
            opens_write: price.writes,
            types: self.types.count_together(targets) + arguments,
            weight: price.weight.div_ceil(10),
            reach: self.reach(candidate),
            deprecated: entry.definition.deprecated,
            cost: price.cost,
        })
    }

    /// What to write, and why not the domain itself; nothing where an argument is wanted that nobody knows.
    fn calls(
        &self,
        candidate: &Candidate,
        target: &str,
        class: &str,
        question: &Question<'_>,
    ) -> Option<(Vec<Call>, Option<Refusal>)> {
        let entry = self.catalogue.by_id(candidate.definition)?;
        let mut arguments: Vec<&str> = Vec::new();
        for (place, parameter) in (1..).zip(&entry.contents.parameters) {
            let is_optional = entry.definition.parameters.get(place - 1).is_some_and(|parameter| parameter.optional);
            arguments.push(match parameter.kind {
                _ if place == candidate.source => question.domain.as_str(),
                _ if Some(place) == candidate.target => target,
                ParameterKind::Role => question.role,
                ParameterKind::Class => class,
                ParameterKind::Unused | ParameterKind::FileName => "",
                _ if is_optional => "",
                _ => return None,
            });
        }
        while arguments.last().is_some_and(|last| last.is_empty()) {
            arguments.pop();
        }
        if arguments.iter().any(|argument| argument.is_empty()) {
            return None;
        }
        let name = entry.definition.name.as_str();
        let kind_of = |name: &str| question.known.kind_of(name);
        let problem = match self.catalogue.check_call(name, &arguments, &kind_of) {
            Ok(()) => return Some((vec![written(name, &arguments)?], None)),
            Err(problem) => problem,
        };
        if question.known.kind_of(question.domain.as_str()) != NameKind::Attribute {
            return None;
        }
        let members = question.known.members(question.domain.as_str());
        let calls = self.catalogue.calls_for_members((name, &arguments), &problem, &members, &kind_of);
        let call = written(name, &arguments)?.to_string();
        (!calls.is_empty()).then_some((calls, Some(Refusal { call, problem })))
    }
}

/// More are of no use to anybody.
const MOST_OFFERS: usize = 60;

/// What a call costs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Price<'a> {
    pub(super) cost: i64,
    pub(super) opens: u32,
    pub(super) writes: u32,
    pub(super) weight: u32,
    pub(super) name: &'a str,
}

/// How many accesses a vector is.
pub(super) fn need_size(need: &AccessVector) -> u32 {
    u32::try_from(need.permissions.len()).unwrap_or(u32::MAX)
}

/// The call, if it can be written into a policy as it stands.
fn written(name: &str, arguments: &[&str]) -> Option<Call> {
    format!("{name}({})", arguments.join(", ")).parse().ok()
}
