//! Which definitions cover something of a vector, and as what their headers spell it.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use super::{
    index::Granted,
    known::PolicyTypes,
    matcher::{Matcher, Question},
    symbols::{Bits, ClassId, Symbol},
};
use crate::{
    refpolicy::DefinitionId,
    selinux::{AccessVector, Name},
};

/// A vector that is asked for, in the catalogue's numbers.
pub(super) struct Wanted<'a> {
    pub(super) need: &'a AccessVector,
    pub(super) class: ClassId,
    /// Those of its permissions that headers name.
    pub(super) bits: Bits,
    /// The names by which headers come to the target, the narrowest first.
    pub(super) names: Vec<Symbol>,
}

/// A call of a definition for a domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Called<'a> {
    pub(super) definition: DefinitionId,
    /// The parameter that the domain is, from 1.
    pub(super) source: usize,
    /// The parameter that the target is, and what it is, where it must be passed.
    pub(super) target: Option<(usize, &'a Name)>,
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
    /// The accesses that cover it, each permission once: by the narrowest that has it.
    pub(super) spelled: Vec<Spelled>,
}

/// Accesses as a header spells them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Spelled {
    pub(super) source: Symbol,
    pub(super) target: Symbol,
    pub(super) bits: Bits,
}

/// How narrow an access is; the least is taken first. What is granted the domain itself comes before what is granted a name that
/// stands for it too; a type before an attribute, a small attribute before a large one.
type Narrowness<'a> = (bool, usize, u32, &'a str);

/// The accesses of one definition for one source, with how narrow each is.
type Options<'a> = Vec<(Narrowness<'a>, Spelled)>;

/// What is granted some source of a definition by the names of the target.
type Fixed<'a> = HashMap<(DefinitionId, Symbol), Options<'a>, RandomState>;

impl Matcher {
    /// A vector in the catalogue's numbers; nothing where no header speaks of its class.
    pub(super) fn wanted<'a>(&self, need: &'a AccessVector, known: &dyn PolicyTypes) -> Option<Wanted<'a>> {
        let (class, bits, _) = self.bits(&need.class, &need.permissions)?;
        let mut names = self.names_of(&need.target, known);
        if need.source == need.target {
            names.push(Symbol::ITSELF);
        }
        names.sort_by_key(|name| (!self.is_exact(*name, &need.target), self.width(*name), self.text(*name)));
        Some(Wanted { need, class, bits, names })
    }

    /// The names by which headers come to this type: its own, its aliases', its attributes'.
    pub(super) fn names_of(&self, target: &Name, policy: &dyn PolicyTypes) -> Vec<Symbol> {
        let mut names: Vec<Symbol> = self.symbols.find(target.as_str()).into_iter().collect();
        if let Some([number]) = policy.types_of(target.as_str()).as_deref() {
            names.extend(self.types.reaching(*number));
        }
        names.sort_unstable();
        names.dedup();
        names.retain(|name| *name != Symbol::ITSELF && name.parameter().is_none());
        names
    }

    /// Whether a name is the target's own, or `self` where that is what is meant.
    pub(super) fn is_exact(&self, name: Symbol, target: &Name) -> bool {
        name == Symbol::ITSELF || self.symbols.name(name) == Some(target)
    }

    /// How many types a name stands for.
    pub(super) fn width(&self, name: Symbol) -> u32 {
        self.types.count(name)
    }

    pub(super) fn text(&self, name: Symbol) -> &str {
        self.symbols.name(name).map_or("", Name::as_str)
    }

    /// Every definition that grants something of a vector, for each parameter that the domain can be, without the target as an
    /// argument and with it in each place.
    pub(super) fn candidates(&self, wanted: &Wanted<'_>, question: &Question<'_>) -> Vec<Candidate> {
        let fixed = self.by_names(wanted, question);
        let named = self.by_other_sources(wanted, question);
        let own = self.names_of(question.domain, question.known);
        let index = self.index(question.kind);
        let mut found: Vec<Candidate> = Vec::new();
        // The name of the target is as narrow as the target itself as an argument.
        let exact = (false, 0, 0, "");
        let mut passed: Vec<(Candidate, Options<'_>)> = Vec::new();
        let execute = self.symbols.class(wanted.class).map_or(0, |class| class.bit("execute"));
        let is_run = wanted.bits & execute != 0;
        for parameter in (1..=9).map(Symbol) {
            for granted in index.granted(wanted.class, parameter).iter().filter(|one| one.bits & wanted.bits != 0) {
                let (Some(source), target) = (granted.source.parameter(), parameter.parameter()) else { continue };
                if self.makes_something_of(granted.definition, target)
                    || !is_run && self.is_starter(granted.definition, target)
                {
                    continue;
                }
                let spelled = Spelled { source: granted.source, target: parameter, bits: granted.bits };
                let mut options = fixed.get(&(granted.definition, granted.source)).cloned().unwrap_or_default();
                options.push((exact, spelled));
                let candidate = Candidate::new(granted.definition, source, target, parameter);
                passed.push((candidate, options));
            }
        }
        let without = fixed.into_iter().filter_map(|((definition, source), options)| {
            Some((Candidate::new(definition, source.parameter()?, None, source), options))
        });
        for (mut candidate, mut options) in without.chain(passed) {
            if let Some(named) = named.get(&candidate.definition) {
                let given = self.attributes.given(candidate.definition);
                let is_given = |source: &Symbol| {
                    given.iter().any(|(name, own)| own == source && name.parameter() == Some(candidate.source))
                };
                let is_domain = |source: &Symbol| own.contains(source) || is_given(source);
                options.extend(named.iter().filter(|(_, spelled)| is_domain(&spelled.source)));
            }
            candidate.cover(options, wanted.bits);
            if candidate.bits != 0 {
                found.push(candidate);
            }
        }
        found.sort_unstable_by_key(|candidate| (candidate.definition, candidate.target, candidate.source));
        found
    }

    /// What is granted a parameter on one of the target's names.
    fn by_names(&self, wanted: &Wanted<'_>, question: &Question<'_>) -> Fixed<'_> {
        let mut fixed = Fixed::default();
        let index = self.index(question.kind);
        for (at, name) in wanted.names.iter().enumerate() {
            for granted in index.granted(wanted.class, *name).iter().filter(|one| one.bits & wanted.bits != 0) {
                let spelled = Spelled { source: granted.source, target: *name, bits: granted.bits };
                let options = fixed.entry((granted.definition, granted.source)).or_default();
                options.push(((false, self.place(at, *name, wanted), 0, ""), spelled));
            }
        }
        fixed
    }

    /// The place of a name among the target's; of those that are its own 0.
    fn place(&self, at: usize, name: Symbol, wanted: &Wanted<'_>) -> usize {
        if self.is_exact(name, &wanted.need.target) { 0 } else { at + 1 }
    }

    /// What is granted names that may stand for the domain.
    fn by_other_sources<'a>(
        &'a self,
        wanted: &Wanted<'_>,
        question: &Question<'_>,
    ) -> HashMap<DefinitionId, Options<'a>, RandomState> {
        let mut found: HashMap<DefinitionId, Options<'a>, RandomState> = HashMap::default();
        let index = self.index(question.kind);
        for (at, name) in wanted.names.iter().enumerate() {
            for granted in index.granted_to_names(wanted.class, *name).iter().filter(|one| one.bits & wanted.bits != 0)
            {
                let Granted { definition, source, bits } = *granted;
                let is_other = self.symbols.name(source) != Some(question.domain);
                let narrow = (is_other, self.place(at, *name, wanted), self.width(source), self.text(source));
                found.entry(definition).or_default().push((narrow, Spelled { source, target: *name, bits }));
            }
        }
        found
    }

    /// Whether a call puts this argument under attributes, or otherwise asks for a type of one's own: `domain_entry_file`,
    /// `init_daemon_domain`. It would change what the target is for everybody, which no denial asks for.
    fn makes_something_of(&self, definition: DefinitionId, parameter: Option<usize>) -> bool {
        let place = parameter.and_then(|parameter| parameter.checked_sub(1));
        let used =
            place.zip(self.catalogue.by_id(definition)).and_then(|(place, entry)| entry.contents.parameters.get(place));
        used.is_some_and(|used| used.concrete.is_some())
    }

    /// Whether this argument starts another domain where it is executed (`init_labeled_script_domtrans`): a call for who
    /// executes it, and for nobody else.
    fn is_starter(&self, definition: DefinitionId, parameter: Option<usize>) -> bool {
        let standing = self.standings.get(definition.0 as usize);
        parameter.zip(standing).is_some_and(|(place, standing)| standing.is_starter(place))
    }
}

impl Candidate {
    /// Each definition once, with the arguments that cover most.
    pub(super) fn best_of(candidates: &[Self]) -> Vec<Self> {
        let mut best: Vec<Self> = Vec::new();
        for candidate in candidates {
            match best.last_mut().filter(|last| last.definition == candidate.definition) {
                Some(last) if candidate.bits.count_ones() > last.bits.count_ones() => *last = candidate.clone(),
                Some(_) => {}
                None => best.push(candidate.clone()),
            }
        }
        best
    }

    /// A call of which nothing is said but that it comes near.
    pub(super) fn covering_nothing(definition: DefinitionId, source: usize, reach: Symbol) -> Self {
        Self::new(definition, source, None, reach)
    }

    fn new(definition: DefinitionId, source: usize, target: Option<usize>, reach: Symbol) -> Self {
        Self { definition, source, target, bits: 0, reach, spelled: Vec::new() }
    }

    /// The call that it stands for, of a vector with this target.
    pub(super) fn called<'a>(&self, target: &'a Name) -> Called<'a> {
        let target = self.target.map(|place| (place, target));
        Called { definition: self.definition, source: self.source, target }
    }

    /// Takes what covers these permissions, the narrowest first.
    fn cover(&mut self, mut options: Options<'_>, wanted: Bits) {
        if options.len() > 1 {
            options.sort_by_key(|(narrow, spelled)| (*narrow, spelled.target, spelled.source));
        }
        for (_, spelled) in options {
            let more = spelled.bits & wanted & !self.bits;
            if more != 0 {
                self.bits |= more;
                self.spelled.push(Spelled { bits: more, ..spelled });
            }
        }
        if let (None, Some(first)) = (self.target, self.spelled.first()) {
            self.reach = first.target;
        }
    }
}
