//! Rules over types: which match, and in which order they are printed.

use super::{
    Search, SearchError,
    criteria::{self, Booleans, Permissions, Wanted, wants},
};
use crate::policydb::{Bitmap, ConditionalId, NameTransition, Policy, Rule, RuleKind, TypeId};

/// Up to this many rules their text itself is sorted.
const FEW: usize = 512;

/// About how much text is given out at once, in bytes.
const CHUNK: usize = 1 << 16;

/// A search whose words are looked up.
#[expect(clippy::struct_excessive_bools, reason = "each is an option of sesearch")]
pub(super) struct Matcher<'a> {
    policy: &'a Policy,
    state: bool,
    kinds: u16,
    source: Wanted,
    target: Wanted,
    class: Wanted,
    permissions: Option<Permissions>,
    permissions_equal: bool,
    permissions_subset: bool,
    xperms: Option<Bitmap>,
    xperms_equal: bool,
    default: Wanted,
    booleans: Option<Booleans>,
}

/// A rule that matched: where it stands.
#[derive(Clone, Copy)]
enum Found {
    Rule(u32),
    Conditional(u32),
    Name(u32, TypeId),
}

impl<'a> Matcher<'a> {
    /// `None` when no kind of these rules is asked for.
    pub(super) fn new(policy: &'a Policy, search: &Search) -> Result<Option<Self>, SearchError> {
        if search.kinds.is_empty() {
            return Ok(None);
        }
        let class = criteria::classes(policy, &search.class, search.class_regex)?;
        // Behind a pattern any class of the policy may have the permission.
        let named = if search.class_regex { &None } else { &class };
        Ok(Some(Self {
            policy,
            state: search.state,
            kinds: search.kinds.iter().fold(0, |all, kind| all | 1 << *kind as u16),
            source: criteria::types(policy, &search.source, search.source_regex, search.source_direct)?,
            target: criteria::types(policy, &search.target, search.target_regex, search.target_direct)?,
            permissions: criteria::permissions(policy, &search.permissions, named)?,
            permissions_equal: search.permissions_equal,
            permissions_subset: search.permissions_subset,
            xperms: criteria::xperms(&search.xperms)?,
            xperms_equal: search.xperms_equal,
            default: criteria::types(policy, &search.default, search.default_regex, false)?,
            booleans: criteria::booleans(policy, &search.booleans, search.booleans_regex, search.booleans_equal)?,
            class,
        }))
    }

    fn matches(&self, rule: &Rule) -> bool {
        self.kinds >> rule.kind as u16 & 1 == 1
            && wants(&self.source, rule.source.index())
            && wants(&self.target, rule.target.index())
            && wants(&self.class, rule.class.index())
            && self.permissions.as_ref().is_none_or(|wanted| self.permissions_match(rule, wanted))
            && self.xperms.as_ref().is_none_or(|wanted| self.xperms_match(rule, wanted))
            && (self.default.is_none()
                || self.policy.new_type(rule).is_some_and(|new| wants(&self.default, new.index())))
    }

    fn permissions_match(&self, rule: &Rule, wanted: &Permissions) -> bool {
        if let Some(xperms) = self.policy.xperms(rule) {
            let many = self.permissions_equal && wanted.names.len() > 1;
            return !many && wanted.names.iter().any(|name| name == xperms.keyword());
        }
        if self.policy.new_type(rule).is_some() {
            return false;
        }
        let Some((bits, all)) = wanted.of_class.get(rule.class.index()).copied() else { return false };
        let own = self.policy.permissions(rule);
        if self.permissions_subset {
            all && own & bits == bits
        } else if self.permissions_equal {
            all && own == bits
        } else {
            own & bits != 0
        }
    }

    fn xperms_match(&self, rule: &Rule, wanted: &Bitmap) -> bool {
        let Some(xperms) = self.policy.xperms(rule) else { return false };
        let mut numbers = xperms.ranges().into_iter().flat_map(|(first, last)| u32::from(first)..=u32::from(last));
        if self.xperms_equal {
            return numbers.eq(wanted.iter());
        }
        numbers.any(|number| wanted.contains(number))
    }

    fn condition_matches(&self, conditional: ConditionalId) -> bool {
        self.booleans.as_ref().is_none_or(|wanted| {
            let own = self.policy.booleans_of(conditional);
            if wanted.equal {
                own.len() == wanted.ids.len() && own.iter().all(|id| wanted.ids.contains(id))
            } else {
                own.iter().any(|id| wanted.ids.contains(id))
            }
        })
    }

    fn found(&self) -> Vec<Found> {
        let mut found = Vec::new();
        if self.booleans.is_none() {
            let rules = self.policy.rules().iter().zip(0..).filter(|(rule, _)| self.matches(rule));
            found.extend(rules.map(|(_, place)| Found::Rule(place)));
            self.find_names(&mut found);
        }
        let conditions: Vec<bool> =
            self.policy.conditionals_by_number().map(|(id, _)| self.condition_matches(id)).collect();
        for (rule, place) in self.policy.conditional_rules().iter().zip(0..) {
            if conditions.get(rule.conditional.index()) == Some(&true) && self.matches(&rule.rule) {
                found.push(Found::Conditional(place));
            }
        }
        found
    }

    fn find_names(&self, found: &mut Vec<Found>) {
        let none = self.permissions.is_some() || self.xperms.is_some();
        if none || self.kinds >> RuleKind::TypeTransition as u16 & 1 == 0 {
            return;
        }
        for (rule, place) in self.policy.name_transitions().iter().zip(0..) {
            if wants(&self.target, rule.target.index())
                && wants(&self.class, rule.class.index())
                && wants(&self.default, rule.default.index())
            {
                let sources = rule.sources.iter().map(|bit| TypeId::at(bit as usize));
                let sources = sources.filter(|source| wants(&self.source, source.index()));
                found.extend(sources.map(|source| Found::Name(place, source)));
            }
        }
    }

    fn name_transition(&self, place: u32) -> Option<&'a NameTransition> {
        self.policy.name_transitions().get(place as usize)
    }

    fn push(&self, out: &mut String, found: Found) {
        match found {
            Found::Rule(place) => {
                self.policy.rules().get(place as usize).inspect(|rule| self.policy.push_rule(out, rule));
            }
            Found::Conditional(place) => {
                let rule = self.policy.conditional_rules().get(place as usize);
                rule.inspect(|rule| {
                    if self.state {
                        self.policy.push_conditional_rule_now(out, rule);
                    } else {
                        self.policy.push_conditional_rule(out, rule);
                    }
                });
            }
            Found::Name(place, source) => {
                self.name_transition(place).inspect(|rule| self.policy.push_name_transition(out, source, rule));
            }
        }
        out.push('\n');
    }

    /// Gives the lines out, sorted; returns how many.
    pub(super) fn write<E>(self, lines: &mut impl FnMut(&str) -> Result<(), E>) -> Result<usize, E> {
        let found = self.found();
        if found.len() <= FEW {
            let mut out = String::new();
            self.push_sorted(&mut out, found.iter().copied());
            if !out.is_empty() {
                lines(&out)?;
            }
            return Ok(found.len());
        }
        // Beyond that the ranks of the names decide, and the text only between rules that differ in nothing else.
        let ranks = Ranks::new(self.policy);
        let mut keyed: Vec<(u64, Found)> = found.into_iter().map(|found| (self.key(&ranks, found), found)).collect();
        keyed.sort_unstable_by_key(|entry| entry.0);
        let mut out = String::with_capacity(CHUNK + 4096);
        for same in keyed.chunk_by(|a, b| a.0 == b.0) {
            match same {
                [(_, one)] => self.push(&mut out, *one),
                many => self.push_sorted(&mut out, many.iter().map(|entry| entry.1)),
            }
            if out.len() >= CHUNK {
                lines(&out)?;
                out.clear();
            }
        }
        if !out.is_empty() {
            lines(&out)?;
        }
        Ok(keyed.len())
    }

    fn push_sorted(&self, out: &mut String, found: impl Iterator<Item = Found>) {
        let mut texts: Vec<String> = found
            .map(|found| {
                let mut text = String::new();
                self.push(&mut text, found);
                text
            })
            .collect();
        // Without the newline, which sorts before the blank of a condition either way.
        texts.sort_unstable();
        out.extend(texts);
    }

    fn key(&self, ranks: &Ranks, found: Found) -> u64 {
        let of = |rule: &Rule| ranks.key(rule.kind, rule.source, rule.target, rule.class.index());
        match found {
            Found::Rule(place) => self.policy.rules().get(place as usize).map_or(0, of),
            Found::Conditional(place) => self.policy.conditional_rules().get(place as usize).map_or(0, |c| of(&c.rule)),
            Found::Name(place, source) => self
                .name_transition(place)
                .map_or(0, |rule| ranks.key(RuleKind::TypeTransition, source, rule.target, rule.class.index())),
        }
    }
}

/// The places of names in the order of the text that they stand in.
struct Ranks {
    kinds: Vec<u16>,
    sources: Vec<u16>,
    targets: Vec<u16>,
    classes: Vec<u16>,
}

impl Ranks {
    fn new(policy: &Policy) -> Self {
        let types = || policy.types_by_number().map(|(_, t)| t.name.as_str());
        Self {
            kinds: ranks(RuleKind::ALL.iter().map(|kind| kind.keyword()), ' '),
            sources: ranks(types(), ' '),
            targets: ranks(types(), ':'),
            classes: ranks(policy.classes_by_number().map(|(_, class)| class.name.as_str()), ' '),
        }
    }

    fn key(&self, kind: RuleKind, source: TypeId, target: TypeId, class: usize) -> u64 {
        let rank = |ranks: &[u16], index: usize| u64::from(ranks.get(index).copied().unwrap_or(u16::MAX));
        rank(&self.kinds, kind as usize) << 48
            | rank(&self.sources, source.index()) << 32
            | rank(&self.targets, target.index()) << 16
            | rank(&self.classes, class)
    }
}

/// The rank of each name among the others, when this character follows it.
fn ranks<'a>(names: impl Iterator<Item = &'a str>, next: char) -> Vec<u16> {
    let mut names: Vec<(String, usize)> =
        names.enumerate().map(|(index, name)| (format!("{name}{next}"), index)).collect();
    names.sort_unstable();
    let mut ranks = vec![0; names.len()];
    for ((_, index), rank) in names.iter().zip(0..) {
        if let Some(place) = ranks.get_mut(*index) {
            *place = rank;
        }
    }
    ranks
}
