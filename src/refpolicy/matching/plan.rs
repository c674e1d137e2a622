//! All denials of a domain together: the fewest calls, or the tightest set.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    candidate::{Called, Candidate, Wanted},
    matcher::{Matcher, Question, need_size},
    offer::Offer,
    price::Price,
    related::Related,
    symbols::Bits,
};
use crate::selinux::{AccessVector, Name, PermissionSet};

/// What is wanted of several calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Preference {
    /// As few calls as cover what calls can cover well.
    #[default]
    Calls,
    /// As little opened as can be.
    Tight,
}

/// The calls for all denials of a domain, and what they leave.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Plan {
    /// Each with all that it covers; the one that covers most first.
    pub calls: Vec<Offer>,
    /// How many accesses were asked for.
    pub asked: u32,
    /// How many of them the calls cover together.
    pub covered: u32,
    /// What stays, by denial.
    pub uncovered: Vec<Uncovered>,
}

/// What no call of a plan covers of one denial.
#[derive(Debug, Clone, PartialEq)]
pub struct Uncovered {
    /// The accesses that stay.
    pub rest: AccessVector,
    /// Calls that would cover them; they open more than a rule of one's own for the rest would, though not all but everything.
    pub instead: Vec<Offer>,
    /// Calls that come near, where none covers.
    pub related: Vec<Related>,
}

/// A call with the needs that it covers.
pub(super) struct Group<'a> {
    pub(super) called: Called<'a>,
    /// By the place of the need; of those that it was found by the first is first.
    pub(super) candidates: Vec<(usize, Candidate)>,
}

/// As much as a call may cost for each access that it covers, in tenths of the weight: beyond it a rule of one's own is better.
const WORTH: i64 = 800;

/// An attribute that stands for so many types, for each that was denied, says "all": a rule of one's own is better.
const ALL: usize = 256;

/// What a further call costs where little is to be opened, in tenths of the weight.
const FURTHER_CALL: i64 = 60;

/// As many as are worth a look.
const MOST_INSTEAD: usize = 3;

pub(super) struct Work<'a> {
    pub(super) needs: Vec<Wanted<'a>>,
    /// By the place of the need: all that covers something of it.
    found: Vec<Vec<Candidate>>,
    /// By the place of the need: what is not covered yet.
    open: Vec<Bits>,
    pub(super) groups: Vec<Group<'a>>,
}

impl Matcher {
    /// The calls for these accesses of one domain.
    pub fn plan(&self, needs: &[AccessVector], question: &Question<'_>, preference: Preference) -> Plan {
        let needs = merged(needs, question.domain);
        let mut work = self.work(&needs, question);
        let mut chosen: Vec<usize> = Vec::new();
        while let Some(best) = self.best(&work, &chosen, question, preference) {
            work.take(best);
            chosen.push(best);
        }
        work.prune(&mut chosen);
        let asked = needs.iter().map(need_size).sum();
        let mut calls: Vec<Offer> =
            chosen.iter().filter_map(|place| self.group_offer(&work, *place, asked, question)).collect();
        calls.sort_by(|one, other| other.covered.cmp(&one.covered).then_with(|| one.name.cmp(&other.name)));
        let uncovered: Vec<_> = self.uncovered(&needs, &work, question);
        let left: u32 = uncovered.iter().map(|uncovered| need_size(&uncovered.rest)).sum();
        Plan { calls, asked, covered: asked - left, uncovered }
    }

    pub(super) fn work<'a>(&self, needs: &'a [AccessVector], question: &Question<'_>) -> Work<'a> {
        let needs: Vec<Wanted<'a>> = needs.iter().filter_map(|need| self.wanted(need, question.known)).collect();
        let found: Vec<_> = needs.iter().map(|wanted| self.candidates(wanted, question)).collect();
        let mut grouped: BTreeMap<Called<'a>, Vec<(usize, Candidate)>> = BTreeMap::new();
        for (place, (wanted, candidates)) in needs.iter().zip(&found).enumerate() {
            for candidate in Candidate::best_of(candidates) {
                grouped.entry(candidate.called(&wanted.need.target)).or_default().push((place, candidate));
            }
        }
        // What the same call covers of the other needs, though another one would cover more of these.
        for (called, candidates) in &mut grouped {
            for (place, (wanted, found)) in needs.iter().zip(&found).enumerate() {
                if candidates.iter().all(|(known, _)| *known != place) {
                    candidates.extend(same_call(found, called, wanted).map(|candidate| (place, candidate.clone())));
                }
            }
        }
        let open = needs.iter().map(|wanted| wanted.bits).collect();
        let groups = grouped.into_iter().map(|(called, candidates)| Group { called, candidates }).collect();
        Work { needs, found, open, groups }
    }

    /// The call that pays best, as long as one pays.
    fn best(
        &self,
        work: &Work<'_>,
        chosen: &[usize],
        question: &Question<'_>,
        preference: Preference,
    ) -> Option<usize> {
        let mut paying: Vec<(i64, usize)> = Vec::new();
        for (place, group) in work.groups.iter().enumerate().filter(|(place, _)| !chosen.contains(place)) {
            let gain = i64::from(work.gain(group));
            if gain == 0 {
                continue;
            }
            let Some(price) = self.group_price(work, group, question) else { continue };
            // Where a call of the plan covers a part of each of these denials already, a rule for the rest is narrower.
            let is_rest = preference == Preference::Calls && work.is_rest(group);
            if is_rest && i64::from(price.opens) > gain {
                continue;
            }
            // An interface that speaks of none of these types says nothing that their own rules would not say narrower.
            let is_of_none = group.candidates.iter().all(|(_, candidate)| candidate.target.is_some());
            if is_of_none && i64::from(price.opens) > gain {
                continue;
            }
            if self.is_of_all(work, group) {
                continue;
            }
            // Who only reads is not to be let write.
            if price.writes > 0 && !self.adds_more_than_reading(work, group) {
                continue;
            }
            let surplus = gain * WORTH - price.cost;
            if surplus < 0 {
                continue;
            }
            let value = match preference {
                Preference::Calls => surplus,
                // The least cost for each access that is covered.
                Preference::Tight => -(price.cost.max(0) + FURTHER_CALL) * 1000 / gain,
            };
            paying.push((value, place));
        }
        paying.sort_unstable_by_key(|(value, place)| (-value, *place));
        // The best of them that can be written and compiled.
        paying.into_iter().map(|(_, place)| place).find(|place| self.group_offer(work, *place, 0, question).is_some())
    }

    /// Whether all that a call adds comes by attributes that stand for everything of a kind (`domain`, all files), of which a few
    /// types were denied.
    fn is_of_all(&self, work: &Work<'_>, group: &Group<'_>) -> bool {
        let mut adding = group.candidates.iter().filter(|(place, one)| work.open_bits(*place) & one.bits != 0);
        adding.all(|(_, candidate)| {
            let by_same = group.candidates.iter().filter(|(_, other)| other.reach == candidate.reach);
            let denied: BTreeSet<&Name> =
                by_same.filter_map(|(place, _)| Some(&work.needs.get(*place)?.need.target)).collect();
            let types = self.types.count(candidate.reach) as usize;
            candidate.target.is_none() && types >= ALL * denied.len()
        })
    }

    /// Whether something of what a call adds does more than read.
    fn adds_more_than_reading(&self, work: &Work<'_>, group: &Group<'_>) -> bool {
        group.candidates.iter().any(|(place, candidate)| {
            let adds = work.open_bits(*place) & candidate.bits;
            work.needs.get(*place).is_some_and(|wanted| self.measure(wanted.class).writes(adds) > 0)
        })
    }

    pub(super) fn group_price(&self, work: &Work<'_>, group: &Group<'_>, question: &Question<'_>) -> Option<Price<'_>> {
        self.price(&group.called, &work.covered(group), &work.needs, question)
    }

    fn group_offer(&self, work: &Work<'_>, place: usize, asked: u32, question: &Question<'_>) -> Option<Offer> {
        let group = work.groups.get(place)?;
        let price = self.group_price(work, group, question)?;
        self.offer(&group.called, &price, &work.covered(group), asked, question)
    }

    /// What a call opens that nobody asked for at all, though it is offered for a part of what was asked for.
    fn beyond_all(&self, work: &Work<'_>, called: &Called<'_>, offer: &mut Offer, question: &Question<'_>) {
        let covered: Vec<_> = work
            .needs
            .iter()
            .zip(&work.found)
            .filter_map(|(wanted, found)| Some((wanted, same_call(found, called, wanted)?)))
            .collect();
        let Some(price) = self.price(called, &covered, &work.needs, question) else { return };
        (offer.opens, offer.opens_write) = (price.opens, price.writes);
        (offer.hides, offer.hides_write) = (price.hides, price.hides_write);
        offer.by_attributes = price.by_attributes;
    }

    fn uncovered(&self, needs: &[AccessVector], work: &Work<'_>, question: &Question<'_>) -> Vec<Uncovered> {
        let mut all = Vec::new();
        for need in needs {
            let place = work.needs.iter().position(|wanted| wanted.need == need);
            let covered: PermissionSet = place
                .and_then(|place| {
                    let wanted = work.needs.get(place)?;
                    let open = work.open.get(place)?;
                    Some(self.symbols.class(wanted.class)?.names(wanted.bits & !open).collect())
                })
                .unwrap_or_default();
            let permissions = need.permissions.without(&covered);
            if permissions.is_empty() {
                continue;
            }
            let rest = AccessVector { permissions, ..need.clone() };
            let mut offered = self.offered(&rest, question);
            let is_granted = !offered.is_empty();
            // What opens all but everything is no answer to a few accesses: a rule of one's own is.
            offered.retain(|(_, offer)| offer.cost <= i64::from(offer.covered) * WORTH);
            offered.truncate(MOST_INSTEAD);
            for (called, offer) in &mut offered {
                self.beyond_all(work, called, offer, question);
            }
            let instead: Vec<Offer> = offered.into_iter().map(|(_, offer)| offer).collect();
            let related = if is_granted { Vec::new() } else { self.related(&rest, question) };
            all.push(Uncovered { rest, instead, related });
        }
        all
    }
}

/// What a call covers of a vector, of all that was found for it; they are in the order of [`Matcher::candidates`].
fn same_call<'f>(found: &'f [Candidate], called: &Called<'_>, wanted: &Wanted<'_>) -> Option<&'f Candidate> {
    let by = |target: Option<usize>| {
        let key = (called.definition, target, called.source);
        let at = found.binary_search_by_key(&key, |one| (one.definition, one.target, one.source)).ok()?;
        found.get(at)
    };
    let passed = called.target.filter(|(_, target)| **target == wanted.need.target);
    passed.and_then(|(place, _)| by(Some(place))).or_else(|| by(None))
}

impl Work<'_> {
    /// The needs that a call covers, with how.
    fn covered<'w>(&'w self, group: &'w Group<'_>) -> Vec<(&'w Wanted<'w>, &'w Candidate)> {
        let covered = group.candidates.iter();
        covered.filter_map(|(place, candidate)| Some((self.needs.get(*place)?, candidate))).collect()
    }

    /// How many accesses that are open yet a call covers.
    fn gain(&self, group: &Group<'_>) -> u32 {
        let gains = group.candidates.iter().map(|(place, candidate)| self.open_bits(*place) & candidate.bits);
        gains.map(Bits::count_ones).sum()
    }

    fn open_bits(&self, place: usize) -> Bits {
        self.open.get(place).copied().unwrap_or_default()
    }

    /// Whether a call adds only to denials of which a part is covered already.
    fn is_rest(&self, group: &Group<'_>) -> bool {
        group
            .candidates
            .iter()
            .filter(|(place, candidate)| self.open_bits(*place) & candidate.bits != 0)
            .all(|(place, _)| self.needs.get(*place).is_some_and(|wanted| wanted.bits != self.open_bits(*place)))
    }

    fn take(&mut self, place: usize) {
        let Some(group) = self.groups.get(place) else { return };
        for (need, candidate) in &group.candidates {
            if let Some(open) = self.open.get_mut(*need) {
                *open &= !candidate.bits;
            }
        }
    }

    /// Leaves out every call that the others make needless, the one that covers least first.
    fn prune(&self, chosen: &mut Vec<usize>) {
        let covered = |places: &[usize]| {
            let mut bits = vec![0; self.needs.len()];
            for (need, candidate) in
                places.iter().filter_map(|place| self.groups.get(*place)).flat_map(|group| &group.candidates)
            {
                if let Some(bits) = bits.get_mut(*need) {
                    *bits |= candidate.bits;
                }
            }
            bits
        };
        let all = covered(chosen);
        let mut by_size = chosen.clone();
        by_size.sort_by_key(|place| {
            let group = self.groups.get(*place);
            group.map_or(0, |group| group.candidates.iter().map(|(_, candidate)| candidate.bits.count_ones()).sum())
        });
        for place in by_size {
            let others: Vec<_> = chosen.iter().copied().filter(|other| *other != place).collect();
            if covered(&others) == all {
                *chosen = others;
            }
        }
    }
}

/// One vector for each target and class, by these; a target that was a source itself stays what it was.
pub(super) fn merged(needs: &[AccessVector], domain: &Name) -> Vec<AccessVector> {
    let mut by_object: BTreeMap<(Name, Name), PermissionSet> = BTreeMap::new();
    for need in needs {
        let target = if need.target == need.source { domain } else { &need.target };
        let permissions = by_object.entry((target.clone(), need.class.clone())).or_default();
        permissions.extend(need.permissions.iter().cloned());
    }
    by_object
        .into_iter()
        .map(|((target, class), permissions)| AccessVector { source: domain.clone(), target, class, permissions })
        .collect()
}
