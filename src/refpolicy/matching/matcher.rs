//! One access vector against the whole catalogue.

use std::sync::Arc;

use super::{
    RuleKind,
    attributes::Attributes,
    candidate::{Called, Candidate, Wanted},
    choice::{Standing, is_complete},
    index::{Callable, Index},
    known::{PolicyTypes, TypeSets},
    offer::{Offer, Reach, Refusal},
    price::{Price, Total},
    symbols::{Bits, ClassId, Symbols},
    weight::Measure,
};
use crate::{
    refpolicy::{Catalogue, NameKind, ParameterKind},
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
    pub(super) attributes: Attributes,
    pub(super) types: TypeSets,
    measures: Vec<Measure>,
    pub(super) standings: Vec<Standing>,
    totals: [Vec<Total>; 2],
}

impl Matcher {
    /// Lays out a catalogue for the types of a policy. It takes some hundredths of a second: do it once.
    pub fn new(catalogue: Arc<Catalogue>, policy: &dyn PolicyTypes) -> Self {
        let mut symbols = Symbols::default();
        let callable = Callable::of(&catalogue, &|name, kind| policy.has(name, kind));
        let read = (catalogue.as_ref(), &callable);
        let is_attribute = |name: &str| policy.kind_of(name) == NameKind::Attribute;
        let allow = Index::of(read, RuleKind::Allow, true, &mut symbols, &is_attribute);
        let dontaudit = Index::of(read, RuleKind::DontAudit, true, &mut symbols, &is_attribute);
        let conditional = Index::of(read, RuleKind::Allow, false, &mut symbols, &is_attribute);
        let attributes = Attributes::of(&callable, &mut symbols, policy);
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
            attributes,
            standings,
            totals: [Vec::new(), Vec::new()],
        };
        matcher.totals = [RuleKind::Allow, RuleKind::DontAudit].map(|kind| {
            let definitions = matcher.catalogue.definitions().iter();
            definitions.map(|(id, _)| matcher.total(id, kind)).collect()
        });
        matcher
    }

    /// The catalogue that it was made of.
    pub fn catalogue(&self) -> &Arc<Catalogue> {
        &self.catalogue
    }

    pub(super) fn measure(&self, class: ClassId) -> Measure {
        self.measures.get(class.0 as usize).copied().unwrap_or_default()
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
        self.offered(need, question).into_iter().map(|(_, offer)| offer).collect()
    }

    /// The same with what each call passes.
    pub(super) fn offered<'n>(&self, need: &'n AccessVector, question: &Question<'_>) -> Vec<(Called<'n>, Offer)> {
        let Some(wanted) = self.wanted(need, question.known) else { return Vec::new() };
        let candidates = Candidate::best_of(&self.candidates(&wanted, question));
        let mut priced: Vec<_> = candidates
            .iter()
            .filter_map(|candidate| {
                let called = candidate.called(&need.target);
                let price = self.price(&called, &[(&wanted, candidate)], std::slice::from_ref(&wanted), question)?;
                Some((candidate, price))
            })
            .collect();
        priced.sort_by(|(one, a), (other, b)| {
            let covered = other.bits.count_ones().cmp(&one.bits.count_ones());
            covered
                .then_with(|| a.cost.cmp(&b.cost))
                .then_with(|| a.opens.cmp(&b.opens))
                .then_with(|| a.name.cmp(b.name))
        });
        let (class, bits) = (wanted.class, wanted.bits);
        let whole = |candidate: &Candidate| bits.count_ones() == need_size(need) && candidate.bits == bits;
        if self.symbols.class(class).is_some_and(|known| is_complete(self.index(question.kind), class, known, bits)) {
            let smallest = priced.iter().enumerate().filter(|(_, (candidate, _))| whole(candidate));
            let beyond = |price: &Price<'_>| price.opens + price.hides;
            if let Some((at, _)) = smallest.min_by_key(|(at, (_, price))| (beyond(price), *at)) {
                let first = priced.remove(at);
                priced.insert(0, first);
            }
        }
        let mut offers: Vec<(Called<'n>, Offer)> = Vec::new();
        for (candidate, price) in priced {
            if offers.len() >= MOST_OFFERS {
                break;
            }
            let called = candidate.called(&need.target);
            let offer = self.offer(&called, &price, &[(&wanted, candidate)], need_size(need), question);
            offers.extend(offer.map(|offer| (called, offer)));
        }
        offers
    }

    pub(super) fn totals(&self, kind: RuleKind) -> &[Total] {
        let [allow, dontaudit] = &self.totals;
        match kind {
            RuleKind::Allow => allow,
            RuleKind::DontAudit => dontaudit,
        }
    }

    pub(super) fn offer(
        &self,
        called: &Called<'_>,
        price: &Price<'_>,
        covered: &[(&Wanted<'_>, &Candidate)],
        asked: u32,
        question: &Question<'_>,
    ) -> Option<Offer> {
        let entry = self.catalogue.by_id(called.definition)?;
        let (first, candidate) = covered.first()?;
        let (calls, refused) = self.calls(called, first.need.class.as_str(), question)?;
        let covers: Vec<_> = covered
            .iter()
            .filter(|(_, candidate)| candidate.bits != 0)
            .filter_map(|(wanted, candidate)| {
                let permissions = self.symbols.class(wanted.class)?.names(candidate.bits).collect();
                Some(AccessVector { source: question.domain.clone(), permissions, ..wanted.need.clone() })
            })
            .collect();
        let vectors = self.index(question.kind).of_definition(called.definition);
        let targets = vectors.iter().map(|vector| vector.target).filter(|target| self.symbols.name(*target).is_some());
        let arguments = u32::from(called.target.is_some());
        Some(Offer {
            definition: called.definition,
            name: Name::from(entry.definition.name.as_str()),
            kind: question.kind,
            calls,
            refused,
            covered: covered.iter().map(|(_, candidate)| candidate.bits.count_ones()).sum(),
            covers,
            asked,
            opens: price.opens,
            opens_write: price.writes,
            hides: price.hides,
            hides_write: price.hides_write,
            by_attributes: price.by_attributes,
            types: self.types.count_together(targets) + arguments,
            weight: price.weight.div_ceil(10),
            reach: self.reach(candidate),
            deprecated: entry.definition.deprecated,
            cost: price.cost,
        })
    }

    /// What to write, and why not the domain itself; nothing where an argument is wanted that nobody knows.
    fn calls(&self, called: &Called<'_>, class: &str, question: &Question<'_>) -> Option<(Vec<Call>, Option<Refusal>)> {
        let entry = self.catalogue.by_id(called.definition)?;
        let mut arguments: Vec<&str> = Vec::new();
        for (place, parameter) in (1..).zip(&entry.contents.parameters) {
            let is_optional = entry.definition.is_optional(place - 1);
            arguments.push(match parameter.kind {
                _ if place == called.source => question.domain.as_str(),
                _ if called.target.is_some_and(|(own, _)| own == place) => called.target?.1.as_str(),
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

/// How many accesses a vector is.
pub(super) fn need_size(need: &AccessVector) -> u32 {
    u32::try_from(need.permissions.len()).unwrap_or(u32::MAX)
}

/// The call, if it can be written into a policy as it stands.
fn written(name: &str, arguments: &[&str]) -> Option<Call> {
    format!("{name}({})", arguments.join(", ")).parse().ok()
}
