//! What a call covers and opens is one number wherever it stands: in the list of offers, in a plan, beside what a search finds, in
//! the list of all that the call opens, and in what a decision writes down.
//!
//! Offers count the catalogue in terms of `$1`; the list is of one call with its arguments. They are held against each other over
//! denials drawn from the installed headers and over the demo's, and what a call grants altogether is counted a third time in its
//! own expansion. `SELTUI_SEED` draws others, `SELTUI_DENIALS` says how many.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::disallowed_methods)] // a test may

mod judge;

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    path::Path,
    sync::{Arc, OnceLock},
};

use seltui::{
    host::{
        self,
        headers::{Headers, demo_headers},
        policy,
    },
    policydb::Policy,
    refpolicy::{
        Catalogue, DefinitionId, Definitions, Expander, HeaderSet, NameKind,
        matching::{Covered, Matcher, NothingKnown, Offer, Opened, PolicyTypes, Preference, Question, RuleKind, Told},
        statement::{AvKind, NameSet, RequiredKind, StatementKind},
    },
    replay::Installed,
    selinux::{AccessVector, Call, Identifier, Name, PermissionSet},
};

/// Numbers that look random, the same for the same seed (Marsaglia's xorshift).
struct Dice(u64);

impl Dice {
    fn new(number: u64) -> Self {
        let seed: u64 = env::var("SELTUI_SEED").map_or(1, |text| text.parse().unwrap());
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | number << 1 | 1)
    }

    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(end).unwrap()).unwrap()
    }

    fn one_of<'a, T>(&mut self, all: &'a [T]) -> Option<&'a T> {
        if all.is_empty() { None } else { all.get(self.below(all.len())) }
    }
}

/// A domain that no policy has.
const NEW: &str = "drawn_t";

/// Headers and a policy, ready to be asked.
struct Desk {
    catalogue: Arc<Catalogue>,
    matcher: Matcher,
    policy: Policy,
    /// Who is asked: nobody where no policy can be read.
    is_asked: bool,
    domains: Vec<Name>,
    /// The attributes that have few members, with these.
    attributes: BTreeMap<Name, Vec<Name>>,
}

impl Desk {
    fn new(catalogue: Arc<Catalogue>, policy: Policy) -> Self {
        let matcher = Matcher::new(Arc::clone(&catalogue), &policy);
        let domains = policy.members("domain");
        let named =
            policy.types_by_number().filter(|(id, _)| policy.is_attribute(*id)).map(|(_, name)| name.name.clone());
        let with_members = named.map(|name: Name| (name.clone(), policy.members(name.as_str())));
        let attributes = with_members.filter(|(_, members)| (2..200).contains(&members.len())).collect();
        Self { catalogue, matcher, policy, is_asked: true, domains, attributes }
    }

    fn without_policy(mut self) -> Self {
        self.matcher = Matcher::new(Arc::clone(&self.catalogue), &NothingKnown);
        self.is_asked = false;
        self
    }

    /// What a line is judged by before it is written.
    fn installed(&self) -> Installed<'_> {
        let policy = self.is_asked.then_some(&self.policy);
        Installed { catalogue: &self.catalogue, policy, declared: BTreeSet::from([Identifier::new(NEW).unwrap()]) }
    }

    fn of_debian() -> Option<&'static Self> {
        static DESK: OnceLock<Option<Desk>> = OnceLock::new();
        DESK.get_or_init(|| {
            if !judge::all_here(&[judge::HEADERS, "/etc/selinux/default/policy"]) {
                return None;
            }
            let root = Path::new("/");
            let catalogue = host::catalogue::read(&Headers::new(&[judge::HEADERS.into()], root), root).unwrap();
            Some(Self::new(catalogue, policy::read(root, None).unwrap().1))
        })
        .as_ref()
    }

    fn of_the_demo() -> Self {
        let catalogue = host::catalogue::expand(Arc::new(Definitions::read(Arc::new(demo_headers())))).unwrap();
        Self::new(catalogue, Policy::read(include_bytes!("../assets/demo/policy.33")).unwrap())
    }

    fn question<'a>(&'a self, domain: &'a Name, kind: RuleKind) -> Question<'a> {
        let known: &dyn PolicyTypes = if self.is_asked { &self.policy } else { &NothingKnown };
        Question { domain, role: "system_r", kind, known }
    }

    /// Every call that takes the domain and nothing else.
    fn alone(&self, domain: &Name) -> Vec<(DefinitionId, Call)> {
        let one = self.catalogue.interfaces().filter(|entry| entry.contents.parameters.len() == 1);
        let calls = one.filter_map(|entry| {
            let call: Call = format!("{}({})", entry.definition.name, domain.as_str()).parse().unwrap();
            let is_sound = self.installed().check(&call).is_ok_and(|called| called.id == entry.id);
            is_sound.then_some((entry.id, call))
        });
        calls.collect()
    }

    /// Denials of the domain that a rule of some definition speaks of: one, or some of several members of one attribute.
    fn draw_some(&self, domain: &Name, kind: RuleKind, dice: &mut Dice) -> Vec<AccessVector> {
        let Some(first) = self.draw(domain, kind, dice) else { return Vec::new() };
        let attributes: Vec<&Name> =
            self.attributes.iter().filter(|(_, all)| all.contains(&first.target)).map(|(name, _)| name).collect();
        let beside = dice.one_of(&attributes).filter(|_| first.target != *domain);
        let members = beside.map(|name| self.attributes[*name].as_slice()).unwrap_or_default();
        let others: Vec<_> = (0..3).filter_map(|_| dice.one_of(members).cloned()).collect();
        let other = |target| AccessVector { target, ..first.clone() };
        let others: Vec<_> =
            others.into_iter().filter(|other| *other != first.target && other != domain).map(other).collect();
        std::iter::once(first).chain(others).collect()
    }

    /// A denial of the domain that a rule of some definition speaks of; where the target is an argument it is often a name that the
    /// same definition speaks of besides, or the domain.
    fn draw(&self, domain: &Name, kind: RuleKind, dice: &mut Dice) -> Option<AccessVector> {
        let entries: Vec<_> = self.catalogue.interfaces().collect();
        let entry = dice.one_of(&entries)?;
        let wanted = if kind == RuleKind::Allow { AvKind::Allow } else { AvKind::DontAudit };
        let rules = entry.contents.statements.iter().filter_map(|brought| match &brought.statement.kind {
            StatementKind::AvRule { kind, target, classes, permissions, .. } if *kind == wanted => {
                Some((target, classes, permissions))
            }
            _ => None,
        });
        let (target, classes, permissions) = dice.one_of(&rules.collect::<Vec<_>>()).copied()?;
        let target = dice.one_of(&target.names)?.as_str();
        let members = self.policy.members(target);
        let target = match self.policy.kind_of(target) {
            NameKind::Attribute => dice.one_of(&members)?.clone(),
            NameKind::Type => target.into(),
            _ if target == "self" => domain.clone(),
            _ if target.starts_with('$') => {
                let spelled = entry.contents.statements.iter().filter_map(target_of);
                let spelled: Vec<_> =
                    spelled.filter(|name| self.policy.kind_of(name.as_str()) == NameKind::Type).collect();
                match dice.below(3) {
                    0 => domain.clone(),
                    1 => (*dice.one_of(&spelled)?).clone(),
                    _ => dice.one_of(&self.domains)?.clone(),
                }
            }
            _ => return None,
        };
        let class = dice.one_of(&classes.names)?.clone();
        let permissions: PermissionSet = permissions.names.iter().filter(|_| dice.below(3) > 0).cloned().collect();
        let is_name = |name: &Name| !name.as_str().contains('$');
        let is_sound = is_name(&class) && !permissions.is_empty() && permissions.iter().all(is_name);
        is_sound.then(|| AccessVector { source: domain.clone(), target, class, permissions })
    }

    /// A domain; many are types that some definition names itself, so that they meet rules for others; some no policy has yet.
    fn domain(&self, dice: &mut Dice) -> Name {
        if dice.below(8) == 0 {
            return NEW.into();
        }
        let spelled = |dice: &mut Dice| {
            let entries: Vec<_> = self.catalogue.interfaces().collect();
            let sources: Vec<&Name> = dice.one_of(&entries)?.contents.statements.iter().filter_map(source).collect();
            dice.one_of(&sources).map(|name| (*name).clone())
        };
        let known = |name: &Name| self.policy.kind_of(name.as_str()) == NameKind::Type;
        let drawn = (dice.below(2) == 0).then(|| spelled(dice)).flatten().filter(known);
        drawn.unwrap_or_else(|| dice.one_of(&self.domains).unwrap().clone())
    }
}

fn target_of(brought: &seltui::refpolicy::Brought) -> Option<&Name> {
    match &brought.statement.kind {
        StatementKind::AvRule { target, .. } => target.names.first(),
        _ => None,
    }
}

fn source(brought: &seltui::refpolicy::Brought) -> Option<&Name> {
    match &brought.statement.kind {
        StatementKind::AvRule { source, .. } => source.names.iter().find(|name| !name.as_str().contains('$')),
        _ => None,
    }
}

fn accesses(opened: &[Opened]) -> u32 {
    opened.iter().map(|opened| u32::try_from(opened.permissions.len()).unwrap()).sum()
}

fn writing(opened: &[Opened]) -> u32 {
    let writing: Vec<_> = opened.iter().filter(|opened| opened.writes).cloned().collect();
    accesses(&writing)
}

/// The numbers of a list are what stands in it.
fn check_list(told: &Told) {
    let counts = told.counts;
    assert_eq!((accesses(&told.opened), writing(&told.opened)), (counts.opens, counts.opens_write));
    assert_eq!((accesses(&told.hidden), writing(&told.hidden)), (counts.hides, counts.hides_write));
    let by = counts.by_attributes;
    assert_eq!((accesses(&told.by_attributes), writing(&told.by_attributes)), (by.opens, by.opens_write));
}

/// What was held against each other, and what differs.
#[derive(Default)]
struct Held {
    calls: usize,
    others: usize,
    by_attributes: usize,
    differences: Vec<String>,
}

impl Held {
    /// An offer's numbers against those of the call that it writes. `whole` says that all needs were asked for, not a part of them.
    fn offer(&mut self, desk: &Desk, offer: &Offer, needs: &[AccessVector], question: &Question<'_>, whole: bool) {
        let [call] = offer.calls.as_slice() else { return };
        let told = desk.matcher.told(call, needs, question).unwrap();
        check_list(&told);
        self.calls += 1;
        self.others += usize::from(told.opened.iter().any(|opened| opened.source.is_some()));
        self.by_attributes += usize::from(told.counts.by_attributes.opens > 0);
        let mut listed = offer.counts();
        if !whole {
            (listed.covered, listed.asked) = (told.counts.covered, told.counts.asked);
        }
        self.same(&format!("{call} for {needs:?}"), listed, told.counts);
        self.given(desk, call, needs, question, told.counts);
    }

    /// What a decision for it would write down as given.
    fn given(&mut self, desk: &Desk, call: &Call, needs: &[AccessVector], question: &Question<'_>, counts: Covered) {
        let brings = desk.installed().line(call).unwrap().brings(needs, None, &BTreeSet::new());
        let given = if question.kind == RuleKind::Allow { &brings.gives } else { &brings.hides };
        let given: usize = given.iter().map(|vector| vector.permissions.len()).sum();
        let covered = counts.covered + counts.by_attributes.covered;
        if u32::try_from(given).unwrap() != covered {
            self.differences.push(format!("{call} for {needs:?}: gives {given}, covers {counts:?}"));
        }
    }

    fn same(&mut self, what: &str, one: Covered, other: Covered) {
        if one != other {
            self.differences.push(format!("{what}: {one:?} is not {other:?}"));
        }
    }

    #[track_caller]
    fn done(self, least: usize, what: &str) {
        println!(
            "{what}: {} calls, {} of them open something for others, {} by attribute",
            self.calls, self.others, self.by_attributes
        );
        assert!(self.calls >= least, "{} of {least}", self.calls);
        let some = self.differences.iter().take(10).cloned().collect::<Vec<_>>().join("\n");
        assert!(self.differences.is_empty(), "{} of {} differ:\n{some}", self.differences.len(), self.calls);
    }
}

fn number_of_denials(otherwise: usize) -> usize {
    env::var("SELTUI_DENIALS").map_or(otherwise, |text| text.parse().unwrap())
}

/// All offers for single denials, and what a search says of the same definitions.
fn hold_offers(desk: &Desk, kind: RuleKind, denials: usize, dice: &mut Dice) -> Held {
    let mut held = Held::default();
    let mut asked = 0;
    while asked < denials {
        let domain = desk.domain(dice);
        let Some(need) = desk.draw(&domain, kind, dice) else { continue };
        asked += 1;
        let question = desk.question(&domain, kind);
        let needs = std::slice::from_ref(&need);
        let coverage = desk.matcher.coverage(needs, &question);
        for offer in desk.matcher.offers(&need, &question) {
            held.offer(desk, &offer, needs, &question, true);
            held.same(&offer.text(), coverage.of(offer.definition).unwrap(), offer.counts());
        }
    }
    held
}

/// Plans for several denials together, what is offered for what they leave, and what a search says then.
fn hold_plans(desk: &Desk, kind: RuleKind, plans: usize, dice: &mut Dice) -> Held {
    let mut held = Held::default();
    for number in 0..plans {
        let domain = desk.domain(dice);
        let mut by_object: BTreeMap<(Name, Name), AccessVector> = BTreeMap::new();
        while by_object.len() < 2 + dice.below(5) {
            for need in desk.draw_some(&domain, kind, dice) {
                by_object.insert((need.target.clone(), need.class.clone()), need);
            }
        }
        let needs: Vec<_> = by_object.into_values().collect();
        let question = desk.question(&domain, kind);
        let coverage = desk.matcher.coverage(&needs, &question);
        for preference in [Preference::Calls, Preference::Tight] {
            let plan = desk.matcher.plan(&needs, &question, preference);
            for offer in &plan.calls {
                held.offer(desk, offer, &needs, &question, true);
                let found = coverage.of(offer.definition).unwrap();
                assert!(found.covered >= offer.covered, "{}", offer.text());
            }
            for offer in plan.uncovered.iter().flat_map(|uncovered| &uncovered.instead) {
                held.offer(desk, offer, &needs, &question, false);
            }
        }
        // What takes the domain alone can be called from the list of what a search found.
        let calls = if number % 25 == 0 { desk.alone(&domain) } else { Vec::new() };
        for (id, call) in calls {
            let (found, told) = (coverage.of(id).unwrap(), desk.matcher.told(&call, &needs, &question).unwrap());
            // What shall stay denied is not to be opened by the call that hides it: such a call is none of those that are asked.
            let does_more =
                |statement: &StatementKind| !matches!(statement, StatementKind::AvRule { kind: AvKind::DontAudit, .. });
            let contents = desk.catalogue.by_id(id).unwrap().contents;
            let does_more = contents.statements.iter().any(|own| !own.required && does_more(&own.statement.kind));
            if kind == RuleKind::DontAudit && does_more {
                assert!(!found.covers_some(), "{call}");
            } else if told.counts.covers_some() {
                held.same(&format!("{call} for {needs:?}"), found, told.counts);
            } else {
                assert_eq!(found.to_string(), format!("covers none of {}", told.counts.asked), "{call}");
            }
        }
    }
    held
}

#[test]
fn offers_count_what_the_list_of_a_call_holds() {
    let Some(desk) = Desk::of_debian() else { return };
    let denials = number_of_denials(250);
    hold_offers(desk, RuleKind::Allow, denials, &mut Dice::new(1)).done(denials * 8, "to be allowed");
    hold_offers(desk, RuleKind::DontAudit, denials, &mut Dice::new(2)).done(denials, "to be hidden");
}

#[test]
fn plans_count_what_the_list_of_a_call_holds() {
    let Some(desk) = Desk::of_debian() else { return };
    let plans = number_of_denials(250) / 5;
    hold_plans(desk, RuleKind::Allow, plans, &mut Dice::new(3)).done(plans, "to be allowed");
    hold_plans(desk, RuleKind::DontAudit, plans / 2, &mut Dice::new(4)).done(plans / 4, "to be hidden");
}

#[test]
fn the_demo_counts_the_same() {
    for desk in [Desk::of_the_demo(), Desk::of_the_demo().without_policy()] {
        for kind in [RuleKind::Allow, RuleKind::DontAudit] {
            hold_offers(&desk, kind, 400, &mut Dice::new(5)).done(200, "the demo's offers");
            hold_plans(&desk, kind, 100, &mut Dice::new(6)).done(50, "the demo's plans");
        }
    }
}

/// What is not said by a rule of the header is found all the same.
#[test]
fn a_search_says_what_attributes_cover() {
    let Some(desk) = Desk::of_debian() else { return };
    let domain = Name::from("httpd_t");
    let permissions = ["append", "open"].into_iter().collect();
    let need = AccessVector { source: domain.clone(), target: "var_log_t".into(), class: "file".into(), permissions };
    let (needs, question) = (std::slice::from_ref(&need), desk.question(&domain, RuleKind::Allow));
    let id = desk.catalogue.get("unconfined_domain").unwrap().id;
    let found = desk.matcher.coverage(needs, &question).of(id).unwrap();
    assert!(found.to_string().starts_with("covers 2 of 2 by attribute, opens "), "{found}");
    let told = desk.matcher.told(&"unconfined_domain(httpd_t)".parse().unwrap(), needs, &question).unwrap();
    assert_eq!(found, told.counts);
}

/// What an expansion grants, counted without the catalogue: its unconditional allow rules, without those in optional blocks that ask
/// for a type, role or class that the policy lacks.
fn counted(expander: &mut Expander, policy: &Policy, call: &Call) -> u32 {
    let expansion = expander.expand_text(&format!("{call}\n"));
    let declared = expansion.statements.iter().filter_map(|placed| match &placed.statement.kind {
        StatementKind::Type { name, .. } => Some(name.clone()),
        _ => None,
    });
    let declared: BTreeSet<_> = declared.collect();
    let mut absent = BTreeSet::new();
    for placed in &expansion.statements {
        let blocks = expansion.blocks(placed);
        let is_optional =
            |(block, _): &&(&seltui::refpolicy::Placed, _)| matches!(block.statement.kind, StatementKind::Optional);
        let Some((own, _)) = blocks.iter().rev().find(is_optional) else { continue };
        let lacks = match &placed.statement.kind {
            StatementKind::Required { kind: RequiredKind::Type, names } => {
                names.iter().any(|name| policy.find_type(name.as_str()).is_none() && !declared.contains(name))
            }
            StatementKind::Required { kind: RequiredKind::Role, names } => {
                names.iter().any(|name| policy.find_role(name.as_str()).is_none())
            }
            StatementKind::RequiredClass { class, .. } => policy.find_class(class.as_str()).is_none(),
            _ => false,
        };
        if lacks {
            absent.insert(std::ptr::from_ref(*own));
        }
    }
    let mut all = BTreeSet::new();
    for placed in &expansion.statements {
        let blocks = expansion.blocks(placed);
        let is_in_force = blocks.iter().all(|(block, _)| {
            !matches!(block.statement.kind, StatementKind::If(_) | StatementKind::Require)
                && !absent.contains(&std::ptr::from_ref(*block))
        });
        let StatementKind::AvRule { kind: AvKind::Allow, source, target, classes, permissions } =
            &placed.statement.kind
        else {
            continue;
        };
        if !is_in_force {
            continue;
        }
        for source in spelled(source) {
            for target in spelled(target) {
                let is_type = policy.kind_of(&source) != NameKind::Attribute;
                let target = if target == source && is_type { "self".to_owned() } else { target };
                for class in spelled(classes) {
                    let own = (&source, &target, class);
                    all.extend(spelled(permissions).into_iter().map(|name| format!("{own:?} {name}")));
                }
            }
        }
    }
    u32::try_from(all.len()).unwrap()
}

fn spelled(set: &NameSet) -> Vec<String> {
    assert!(!set.all && !set.complement);
    set.names
        .iter()
        .map(|name| format!("{}{}", name.as_str(), if set.excluded.is_empty() { "" } else { "-" }))
        .collect()
}

/// Against the call's own expansion, which GNU m4 judges (`tests/expand.rs`).
#[test]
fn a_call_grants_what_its_own_expansion_holds() {
    let Some(desk) = Desk::of_debian() else { return };
    let mut expander = Expander::new(desk.catalogue.definitions().headers());
    let mut dice = Dice::new(7);
    let entries: Vec<_> = desk.catalogue.interfaces().collect();
    let (mut calls, wanted) = (0, number_of_denials(250));
    while calls < wanted {
        let entry = dice.one_of(&entries).unwrap();
        // Of three domains, so that arguments often meet each other.
        let domains: Vec<_> = (0..3).map(|_| desk.domain(&mut dice)).collect();
        let count = entry.contents.parameters.len();
        let arguments: Vec<_> = (0..count).map(|_| dice.one_of(&domains).unwrap().as_str()).collect();
        let kind_of = |name: &str| desk.policy.kind_of(name);
        if desk.catalogue.check_call(&entry.definition.name, &arguments, &kind_of).is_err() {
            continue;
        }
        let call: Call = format!("{}({})", entry.definition.name, arguments.join(", ")).parse().unwrap();
        calls += 1;
        let told = desk.matcher.told(&call, &[], &desk.question(&domains[0], RuleKind::Allow)).unwrap();
        assert_eq!(told.counts.opens, counted(&mut expander, &desk.policy, &call), "{call}");
        check_list(&told);
    }
}

/// A policy of a few types, as the counts by hand want it.
struct Small;

const TYPES: &[(&str, &[u32])] =
    &[("x_t", &[0]), ("a_t", &[1]), ("b_t", &[2]), ("c_t", &[3]), ("d_t", &[4]), ("alias_t", &[1])];
const ATTRIBUTES: &[(&str, &[u32])] = &[("all_types", &[1, 2, 3, 4]), ("some", &[3, 4]), ("domain", &[0, 2])];

impl PolicyTypes for Small {
    fn types_of(&self, name: &str) -> Option<Vec<u32>> {
        let all = TYPES.iter().chain(ATTRIBUTES);
        all.clone().find(|(known, _)| *known == name).map(|(_, numbers)| numbers.to_vec())
    }

    fn kind_of(&self, name: &str) -> NameKind {
        let holds = |all: &[(&str, &[u32])]| all.iter().any(|(known, _)| *known == name);
        match name {
            _ if holds(TYPES) => NameKind::Type,
            _ if holds(ATTRIBUTES) => NameKind::Attribute,
            _ => NameKind::Unknown,
        }
    }

    fn members(&self, _attribute: &str) -> Vec<Name> {
        Vec::new()
    }

    fn has(&self, name: &str, kind: NameKind) -> Option<bool> {
        (kind == NameKind::Type).then(|| TYPES.iter().any(|(known, _)| *known == name))
    }

    fn rules_of(&self, attribute: &str) -> Vec<seltui::refpolicy::matching::PolicyRule> {
        let rule = |target: &str, permissions: &[&str]| seltui::refpolicy::matching::PolicyRule {
            kind: RuleKind::Allow,
            target: target.into(),
            class: "file".into(),
            permissions: permissions.iter().copied().collect(),
        };
        match attribute {
            "some" => vec![rule("a_t", &["read", "append"]), rule("d_t", &["read"])],
            _ => Vec::new(),
        }
    }
}

/// Each line brings so many accesses beyond those before it, counted by hand.
const GRANTS: &[(&str, u32)] = &[
    ("allow $1 a_t:file { read getattr };", 2),
    ("allow $1 { a_t b_t }:file { read open };", 3),
    // An attribute is a target of its own, whatever stands beside it.
    ("allow $1 all_types:file read;", 1),
    ("allow $1 self:process signal;", 1),
    ("allow $1 $1:process { signal sigkill };", 1),
    // Whoever the source is.
    ("allow b_t $1:fd use;", 1),
    ("allow b_t $1:fd use;", 0),
    ("allow $1 { all_types -b_t }:dir search;", 1),
    // Conditional rules, what is hidden, and what the policy lacks.
    ("tunable_policy(`flag',` allow $1 a_t:file write; ')", 0),
    ("dontaudit $1 a_t:file write;", 0),
    ("optional_policy(` gen_require(` type missing_t; ') allow $1 a_t:file unlink; ')", 0),
    ("optional_policy(` gen_require(` type c_t; ') allow $1 c_t:file read; ')", 1),
    // A list that an argument stands in, which may be left out.
    ("allow $1 { a_t $2 }:lnk_file read;", 1),
    // What it puts the domain under has rules in the policy: counted apart.
    ("typeattribute $1 some;", 0),
    // Names that stand for the domain too: by the policy, by the line above.
    ("allow domain d_t:dir read;", 1),
    ("allow some c_t:dir write;", 1),
];

fn small() -> Matcher {
    let body: Vec<_> = GRANTS.iter().map(|(line, _)| *line).collect();
    let text = format!(
        "## <summary>A.</summary>\n## <param name=\"domain\"><summary>The domain.</summary></param>\n\
         ## <param name=\"other\" optional=\"true\"><summary>Another.</summary></param>\n\
         interface(`a_use',`\n{}\n')\n",
        body.join("\n")
    );
    let mut headers: HeaderSet = demo_headers();
    headers.interfaces.truncate(1);
    headers.interfaces[0].text = text.into();
    let catalogue = host::catalogue::expand(Arc::new(Definitions::read(Arc::new(headers)))).unwrap();
    Matcher::new(catalogue, &Small)
}

/// Denials, what is covered, what is opened; by attribute covered and opened.
type Case = (Vec<AccessVector>, u32, u32, (u32, u32));

#[test]
fn accesses_are_those_counted_by_hand() {
    let matcher = small();
    let all: u32 = GRANTS.iter().map(|(_, count)| count).sum();
    assert_eq!(all, 14);
    let vector = |target: &str, class: &str, permissions: &[&str]| AccessVector {
        source: "x_t".into(),
        target: target.into(),
        class: class.into(),
        permissions: permissions.iter().copied().collect(),
    };
    let cases: Vec<Case> = vec![
        (vec![vector("a_t", "file", &["read"])], 1, 13, (0, 2)),
        // The alias is the same type.
        (vec![vector("alias_t", "file", &["open"])], 1, 13, (0, 2)),
        (vec![vector("x_t", "process", &["signal"])], 1, 13, (0, 2)),
        // Two types of one attribute are one access; each by its own name would be two.
        (vec![vector("c_t", "dir", &["search"]), vector("d_t", "dir", &["search"])], 2, 13, (0, 2)),
        (vec![vector("a_t", "file", &["read"]), vector("b_t", "file", &["read"])], 2, 12, (0, 2)),
        // What a set leaves out, and what needs a boolean, it does not cover.
        (vec![vector("b_t", "dir", &["search"]), vector("b_t", "file", &["open"])], 1, 13, (0, 2)),
        (vec![vector("a_t", "file", &["write", "getattr"])], 1, 13, (0, 2)),
        // The policy lets `some` append; the call itself lets it read already.
        (vec![vector("a_t", "file", &["append", "getattr"])], 1, 13, (1, 1)),
        (vec![vector("a_t", "file", &["append"])], 0, 14, (1, 1)),
        (vec![vector("d_t", "dir", &["search", "read"])], 2, 12, (0, 2)),
        (vec![vector("c_t", "dir", &["search", "write"])], 2, 12, (0, 2)),
    ];
    let domain = Name::from("x_t");
    let question = Question { domain: &domain, role: "system_r", kind: RuleKind::Allow, known: &Small };
    let call: Call = "a_use(x_t)".parse().unwrap();
    for (needs, covered, opens, by) in cases {
        let told = matcher.told(&call, &needs, &question).unwrap();
        let counts = told.counts;
        let found = (counts.covered, counts.opens, (counts.by_attributes.covered, counts.by_attributes.opens));
        assert_eq!(found, (covered, opens, by), "{needs:?}: {told:#?}");
        check_list(&told);
        let plan = matcher.plan(&needs, &question, Preference::Calls);
        let listed = plan.calls.iter().chain(plan.uncovered.iter().flat_map(|uncovered| &uncovered.instead));
        let counted: Vec<_> = listed.map(|offer| (offer.opens, offer.by_attributes)).collect();
        assert!(counted.iter().all(|own| *own == (opens, counts.by_attributes)), "{needs:?}: {counted:?}");
        let definition = matcher.catalogue().get("a_use").unwrap().id;
        assert_eq!(matcher.coverage(&needs, &question).of(definition), Some(counts));
    }
    // The list names whose it is, where it is not the domain's.
    let told = matcher.told(&call, &[], &question).unwrap();
    let fd = told.opened.iter().find(|opened| opened.class.as_str() == "fd").unwrap();
    assert_eq!((fd.source.as_ref().map(Name::as_str), fd.target.as_str()), (Some("b_t"), "x_t"));
    assert_eq!(told.counts.opens, all);
    // With its second argument a call says the same of it; where that is a target already, nothing more.
    for (text, opens) in [("a_use(x_t, d_t)", all + 1), ("a_use(x_t, a_t)", all), ("a_use(b_t)", all)] {
        let call: Call = text.parse().unwrap();
        let domain = call.arguments[0].identifier().unwrap();
        let question = Question { domain: domain.name(), ..question };
        assert_eq!(matcher.told(&call, &[], &question).unwrap().counts.opens, opens, "{text}");
    }
}
