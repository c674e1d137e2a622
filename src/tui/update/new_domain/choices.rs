//! What can make a domain here, and what it may have besides: as the installed headers and the policy have it.

use super::super::asking;
use crate::{
    refpolicy::{DomainMaker, DomainTemplate, Entry, ParameterKind, matching::Told, statement::RequiredKind},
    replay::Installed,
    selinux::{Argument, Identifier, Name},
    tui::{
        Model,
        model::{AlsoChoice, AlsoWhat, CallPattern, HeadersState, MakingChoice, Slot, may_miss, parameter_name},
    },
};

/// What the dialog offers.
pub(super) struct Found {
    pub makings: Vec<MakingChoice>,
    /// What makes domains of certain names alone.
    pub named: Vec<MakingChoice>,
    pub also: Vec<AlsoChoice>,
    pub missing: Vec<String>,
}

/// What templates for containers are called by.
const CONTAINER_WORDS: &[&str] = &["container", "sandbox", "svirt", "spc_t"];

/// Types that daemons are denied things as before they have a domain of their own.
const DAEMON_SOURCES: &[&str] = &["init_t", "initrc_t", "unconfined_service_t", "kernel_t"];

/// Interfaces that make a domain, those that people ask for first.
const KNOWN_MAKERS: &[&str] = &["init_daemon_domain", "application_domain", "dbus_system_domain"];

/// What opens the network, what makes a container's domain of any other.
const NETWORK: &str = "corenet_unconfined";
const SANDBOX: &str = "virt_sandbox_domain";

pub(super) fn find(model: &Model, rows: &[usize]) -> Found {
    let mut found = Found { makings: Vec::new(), named: Vec::new(), also: Vec::new(), missing: Vec::new() };
    let all = model.table.denials().rows();
    let sources: Vec<&str> =
        rows.iter().filter_map(|row| all.get(*row)).map(|denial| denial.key.source.as_str()).collect();
    let holds = |text: &str, words: &[&str]| words.iter().any(|word| text.contains(word));
    let is_container = sources.iter().any(|source| holds(source, CONTAINER_WORDS));
    let is_daemon = sources.iter().any(|source| DAEMON_SOURCES.contains(source));
    match &model.headers {
        HeadersState::Reading(what) => found.missing.push(format!("Reading the interface headers: {what}.")),
        HeadersState::Missing(why) => found.missing.extend(why.lines().next().map(str::to_owned)),
        HeadersState::Read(known) => {
            let catalogue = known.catalogue.as_ref();
            let installed =
                Installed { catalogue, policy: model.policy.policy(), declared: std::collections::BTreeSet::new() };
            let mut templates: Vec<_> = catalogue
                .domain_templates()
                .iter()
                .filter_map(|template| Some((rank(template), template_pattern(&installed, template, &sources)?)))
                .collect();
            templates.sort_by_key(|(rank, pattern)| (*rank, pattern.interface.clone()));
            let is_named = |(_, pattern): &(usize, CallPattern)| {
                pattern.slots.iter().any(|slot| matches!(slot, Slot::Within { .. }))
            };
            let (named, templates): (Vec<_>, Vec<_>) = templates.into_iter().partition(is_named);
            let (asking, templates): (Vec<_>, Vec<_>) = templates.into_iter().partition(|(_, pattern)| pattern.asks());
            let (own, others): (Vec<_>, Vec<_>) = templates.into_iter().partition(|(rank, _)| *rank < OTHER);
            let makers = catalogue.domain_makers();
            let mut makers: Vec<_> = makers.iter().filter_map(|maker| maker_pattern(maker, &sources)).collect();
            makers.sort_by_key(|pattern| {
                let name = pattern.interface.as_str();
                (KNOWN_MAKERS.iter().position(|known| *known == name).unwrap_or(KNOWN_MAKERS.len()), name.to_owned())
            });
            let template = |(_, pattern)| MakingChoice::Template(pattern);
            let containers = own.into_iter().map(template);
            let (makers_asking, makers): (Vec<_>, Vec<_>) = makers.into_iter().partition(CallPattern::asks);
            let makers = makers.into_iter().map(MakingChoice::Maker);
            if is_container {
                found.makings.extend(containers.chain([MakingChoice::Plain]).chain(makers));
            } else if is_daemon {
                found.makings.extend(makers.chain([MakingChoice::Plain]).chain(containers));
            } else {
                found.makings.push(MakingChoice::Plain);
                found.makings.extend(makers.chain(containers));
            }
            found.makings.extend(others.into_iter().map(template));
            found.named.extend(named.into_iter().map(template));
            found.named.dedup();
            // Behind those that need nothing more.
            found.makings.extend(asking.into_iter().map(template));
            found.makings.extend(makers_asking.into_iter().map(MakingChoice::Maker));
            also(model, &installed, is_container, &mut found);
        }
    }
    if found.makings.is_empty() {
        found.makings.push(MakingChoice::Plain);
    }
    found
}

/// The rank of templates that have nothing to do with containers.
const OTHER: usize = 3;

/// `container_domain_template` before its engines and roles, those before what is no container's.
fn rank(template: &DomainTemplate<'_>) -> usize {
    let name = template.entry.definition.name.as_str();
    let of_containers = CONTAINER_WORDS.iter().any(|word| name.contains(word));
    match (of_containers, name.contains("domain_template")) {
        (true, true) if !name.contains("engine") && !name.starts_with("virt_") => 0,
        (true, true) => 1,
        (true, false) => 2,
        (false, _) => OTHER,
    }
}

/// The template with its arguments; `None` where the domain's name is put together of more than one of them.
fn template_pattern(installed: &Installed<'_>, template: &DomainTemplate<'_>, sources: &[&str]) -> Option<CallPattern> {
    let (before, behind) = template.domains.first()?.split_once(&format!("${}", template.prefix))?;
    if [before, behind].iter().any(|part| part.contains('$')) {
        return None;
    }
    let prefix = match (before, behind) {
        ("", "_t") => Slot::Prefix,
        _ => Slot::Within { before: before.to_owned(), behind: behind.to_owned() },
    };
    pattern(&template.entry, |place, kind| {
        Some(match kind {
            _ if place + 1 == template.prefix => prefix.clone(),
            ParameterKind::Prefix => Slot::Text(file_prefix(installed, template, place + 1, sources)?),
            ParameterKind::Role => Slot::Text(Argument::new("system_r").ok()?),
            _ => asked(&template.entry, place, sources),
        })
    })
}

/// A call with what stands for each parameter; those at its end that may stay empty are left out.
fn pattern(entry: &Entry<'_>, slot: impl Fn(usize, ParameterKind) -> Option<Slot>) -> Option<CallPattern> {
    let parameters = entry.contents.parameters.iter().enumerate();
    let mut slots = parameters.map(|(place, used)| slot(place, used.kind)).collect::<Option<Vec<_>>>()?;
    while matches!(slots.last(), Some(Slot::Asked { .. })) && may_miss(entry, slots.len() - 1) {
        slots.pop();
    }
    Some(CallPattern { interface: Identifier::new(&entry.definition.name).ok()?, slots })
}

/// An argument that nobody can know: a domain may be the one that was denied.
fn asked(entry: &Entry<'_>, place: usize, sources: &[&str]) -> Slot {
    let is_domain = entry.contents.parameters.get(place).is_some_and(|used| used.kind == ParameterKind::Domain);
    let source = sources.first().filter(|_| is_domain).and_then(|source| Identifier::new(source).ok());
    Slot::Asked { name: parameter_name(entry, place), known: source.map(Argument::from) }
}

/// What stands for `$2` in `$2_file_t`: the beginning of a source's name for which the policy has that type, else that of the
/// template's own name.
fn file_prefix(
    installed: &Installed<'_>,
    template: &DomainTemplate<'_>,
    place: usize,
    sources: &[&str],
) -> Option<Argument> {
    let parameter = format!("${place}");
    let required: Vec<String> = template
        .entry
        .contents
        .statements
        .iter()
        .filter_map(|brought| match &brought.statement.kind {
            crate::refpolicy::statement::StatementKind::Required { kind: RequiredKind::Type, names } => Some(names),
            _ => None,
        })
        .flatten()
        .filter(|name| name.as_str().starts_with(&parameter))
        .map(|name| name.as_str().to_owned())
        .collect();
    let exists = |prefix: &&str| {
        let all = required.iter().map(|name| name.replacen(&parameter, prefix, 1));
        installed.policy.is_some_and(|policy| all.clone().all(|name| policy.find_type(&name).is_some()))
    };
    let own = template.entry.definition.name.split('_').next()?;
    let begins = sources.iter().filter_map(|source| source.split('_').next());
    let candidates: Vec<&str> = begins.chain([own]).collect();
    let chosen = candidates.iter().copied().find(|prefix| exists(prefix)).unwrap_or(own);
    Argument::new(chosen).ok()
}

/// An interface that takes a domain and the type of its program.
fn maker_pattern(maker: &DomainMaker<'_>, sources: &[&str]) -> Option<CallPattern> {
    let entrypoint = maker.entrypoint.filter(|entrypoint| *entrypoint != maker.domain)?;
    pattern(&maker.entry, |place, _| {
        Some(match place + 1 {
            own if own == maker.domain => Slot::Domain,
            own if own == entrypoint => Slot::Executable,
            _ => asked(&maker.entry, place, sources),
        })
    })
}

fn also(model: &Model, installed: &Installed<'_>, is_container: bool, found: &mut Found) {
    let Ok(domain) = Identifier::new("new_domain_t") else { return };
    let call = |name: &str, purpose: &'static str, found: &mut Found| {
        let Ok(interface) = Identifier::new(name) else { return false };
        let pattern = CallPattern { interface, slots: vec![Slot::Domain] };
        let Some(call) = pattern.call(&domain) else { return false };
        if installed.check(&call).is_err() {
            return false;
        }
        let Some(told) = asking::told_of_domain(model, &domain, &call, &[]) else { return false };
        found.also.push(AlsoChoice { what: AlsoWhat::Call(pattern), purpose, opens: opens(&told), ticked: false });
        true
    };
    call(NETWORK, "network", found);
    if is_container && !call(SANDBOX, "container", found) {
        found.missing.push(format!("These headers have no {SANDBOX}; nothing is lost by it."));
    }
    if !is_container {
        return;
    }
    // Attributes that the policy has for the network of containers.
    let Some(policy) = installed.policy else { return };
    let mut names: Vec<&str> = policy
        .types_by_number()
        .filter(|(id, _)| policy.is_attribute(*id))
        .map(|(id, _)| policy.type_name(id))
        .filter(|name| name.ends_with("_net_domain"))
        .collect();
    names.sort_unstable();
    for attribute in names.into_iter().filter_map(|name| Identifier::new(name).ok()) {
        let Some(told) = asking::told_of_attribute(model, &domain, &attribute) else { continue };
        let opens = opens(&told);
        found.also.push(AlsoChoice { what: AlsoWhat::Attribute(attribute), purpose: "network", opens, ticked: false });
    }
}

/// In few words: what it opens by itself and by attributes together.
fn opens(told: &Told) -> String {
    let (own, by) = (told.counts, told.counts.by_attributes);
    let names: Vec<_> = told.attributes.iter().map(Name::as_str).collect();
    // Short for "at least": the line is one. What an attribute has on itself no compiled policy tells.
    let more = if names.is_empty() { "" } else { "+" };
    match (names.as_slice(), own.opens + by.opens, own.opens_write + by.opens_write) {
        ([_, ..], 0, _) => format!("puts it under {}", names.join(" ")),
        (_, 0, _) => "opens nothing".to_owned(),
        (_, accesses, 0) => format!("opens {accesses}{more}, none writes"),
        (_, accesses, 1) => format!("opens {accesses}{more}, 1 writes"),
        (_, accesses, writes) => format!("opens {accesses}{more}, {writes} write"),
    }
}
