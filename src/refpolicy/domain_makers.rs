//! Which templates and interfaces make a domain.

use std::collections::BTreeSet;

use super::{
    catalogue::{Catalogue, Entry},
    contents::Contents,
    definition::DefinitionKind,
    statement::{AvKind, StatementKind},
};

/// The attribute that every domain has.
const DOMAIN: &str = "domain";

/// The attribute of what may be executed at all.
const EXECUTABLE: &str = "exec_type";

/// A template that declares a domain.
#[derive(Debug, Clone)]
pub struct DomainTemplate<'a> {
    /// The template.
    pub entry: Entry<'a>,
    /// The domains that it declares, in terms of its parameters: `$1_t`.
    pub domains: Vec<&'a str>,
    /// The parameter that the first of them is named by, from 1.
    pub prefix: usize,
    /// The attributes that the first of them is put under, `domain` among them.
    pub attributes: BTreeSet<&'a str>,
}

/// An interface that makes a declared type a domain.
#[derive(Debug, Clone)]
pub struct DomainMaker<'a> {
    /// The interface.
    pub entry: Entry<'a>,
    /// The parameter that becomes a domain, from 1.
    pub domain: usize,
    /// The parameter that becomes the type of its executable, from 1.
    pub entrypoint: Option<usize>,
    /// The attributes that the domain is put under, `domain` among them.
    pub attributes: BTreeSet<&'a str>,
}

impl Catalogue {
    /// The templates that declare a domain, in the order of their files; deprecated ones are left out.
    pub fn domain_templates(&self) -> Vec<DomainTemplate<'_>> {
        let templates = self.interfaces().filter(|entry| {
            entry.definition.kind == DefinitionKind::Template
                && !entry.definition.deprecated
                && entry.contents.faults.is_empty()
                && entry.contents.calls_unknown().is_none()
        });
        templates.filter_map(domain_template).collect()
    }

    /// The interfaces that make a declared type a domain, in the order of their files; deprecated ones are left out.
    pub fn domain_makers(&self) -> Vec<DomainMaker<'_>> {
        let interfaces = self.interfaces().filter(|entry| {
            entry.definition.kind == DefinitionKind::Interface
                && !entry.definition.deprecated
                && entry.contents.faults.is_empty()
                && entry.contents.calls_unknown().is_none()
        });
        interfaces.filter_map(domain_maker).collect()
    }
}

fn domain_template(entry: Entry<'_>) -> Option<DomainTemplate<'_>> {
    let mut domains: Vec<(&str, BTreeSet<&str>)> = Vec::new();
    for brought in unconditional(entry.contents) {
        if let StatementKind::Type { name, .. } = brought {
            let attributes = attributes(entry.contents, name.as_str());
            if attributes.contains(DOMAIN) && name.as_str().contains('$') {
                domains.push((name.as_str(), attributes));
            }
        }
    }
    // The simplest name is the template's purpose: `$1_t` before `$1_sudo_t`.
    domains.sort_by_key(|(name, _)| name.len());
    let (first, attributes) = domains.first()?.clone();
    let prefix = first.split_once('$')?.1.chars().take_while(char::is_ascii_digit).collect::<String>().parse().ok()?;
    Some(DomainTemplate { entry, domains: domains.into_iter().map(|(name, _)| name).collect(), prefix, attributes })
}

fn domain_maker(entry: Entry<'_>) -> Option<DomainMaker<'_>> {
    let names = (1..=entry.contents.parameters.len()).map(|number| format!("${number}"));
    let all: Vec<_> = names.map(|name| attributes(entry.contents, &name)).collect();
    let domain = all.iter().position(|attributes| attributes.contains(DOMAIN))?;
    let entrypoint = all.iter().position(|attributes| attributes.contains(EXECUTABLE) && !attributes.contains(DOMAIN));
    let entrypoint = entrypoint.map(|place| place + 1).or_else(|| entrypoint_of(entry.contents, domain + 1));
    let attributes = all.get(domain)?.clone();
    Some(DomainMaker { entry, domain: domain + 1, entrypoint, attributes })
}

fn unconditional(contents: &Contents) -> impl Iterator<Item = &StatementKind> {
    let in_force = contents
        .statements
        .iter()
        .filter(|brought| !brought.required && !brought.optional && brought.is_unconditional());
    in_force.map(|brought| &brought.statement.kind)
}

/// The attributes that this type is put under, whatever the policy has.
fn attributes<'a>(contents: &'a Contents, name: &str) -> BTreeSet<&'a str> {
    let mut all = BTreeSet::new();
    for kind in unconditional(contents) {
        if let StatementKind::Type { name: own, attributes, .. }
        | StatementKind::TypeAttribute { name: own, attributes } = kind
            && own.as_str() == name
        {
            all.extend(attributes.iter().map(crate::selinux::Name::as_str));
        }
    }
    all
}

/// The parameter that the domain may be entered through.
fn entrypoint_of(contents: &Contents, domain: usize) -> Option<usize> {
    let domain = format!("${domain}");
    unconditional(contents).find_map(|kind| match kind {
        StatementKind::AvRule { kind: AvKind::Allow, source, target, permissions, .. }
            if source.names(&domain) && permissions.names("entrypoint") =>
        {
            target.single()?.as_str().strip_prefix('$')?.parse().ok()
        }
        _ => None,
    })
}
