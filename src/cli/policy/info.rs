//! `seltui policy info`: seinfo's options and text.

use std::io::{BufWriter, Write as _};

use anyhow::{Context as _, bail};

use super::words::{self, Row, Takes};
use crate::{
    cli::{Answer, CommonOptions},
    policydb::Component,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Key {
    Component(Component),
    All,
    Expand,
    Flat,
    Xen,
    Policy,
    Root,
    Verbose,
    Help,
    Version,
}

const TABLE: &[Row<Key>] = &[
    (Key::Component(Component::Attributes), &["-a", "--attribute"], Takes::Maybe, "type attributes"),
    (Key::Component(Component::Booleans), &["-b", "--bool"], Takes::Maybe, "booleans"),
    (Key::Component(Component::Classes), &["-c", "--class"], Takes::Maybe, "object classes"),
    (Key::Component(Component::Roles), &["-r", "--role"], Takes::Maybe, "roles"),
    (Key::Component(Component::Types), &["-t", "--type"], Takes::Maybe, "types"),
    (Key::Component(Component::Users), &["-u", "--user"], Takes::Maybe, "users"),
    (Key::Component(Component::Categories), &["--category"], Takes::Maybe, "MLS categories"),
    (Key::Component(Component::Commons), &["--common"], Takes::Maybe, "common permission sets"),
    (Key::Component(Component::Constraints), &["--constrain"], Takes::Maybe, "constraints, by class"),
    (Key::Component(Component::Defaults), &["--default"], Takes::Maybe, "default_* rules, by class"),
    (Key::Component(Component::FsUses), &["--fs_use"], Takes::Maybe, "fs_use statements, by file system"),
    (Key::Component(Component::Genfs), &["--genfscon"], Takes::Maybe, "genfscon statements, by file system"),
    (Key::Component(Component::Ibpkeys), &["--ibpkeycon"], Takes::Maybe, "infiniband keys: 0x22 or 0x6000-0x6020"),
    (Key::Component(Component::Ibendports), &["--ibendportcon"], Takes::Maybe, "infiniband end ports, by device"),
    (Key::Component(Component::InitialSids), &["--initialsid"], Takes::Maybe, "initial SIDs and their contexts"),
    (Key::Component(Component::Interfaces), &["--netifcon"], Takes::Maybe, "network interfaces"),
    (Key::Component(Component::Nodes), &["--nodecon"], Takes::Maybe, "nodes, by address or network"),
    (Key::Component(Component::Permissive), &["--permissive"], Takes::Maybe, "permissive types"),
    (Key::Component(Component::Capabilities), &["--polcap"], Takes::Maybe, "policy capabilities"),
    (Key::Component(Component::Ports), &["--portcon"], Takes::Maybe, "ports: 22 or 6000-6020"),
    (Key::Component(Component::Sensitivities), &["--sensitivity"], Takes::Maybe, "MLS sensitivities"),
    (Key::Component(Component::Typebounds), &["--typebounds"], Takes::Maybe, "bounds, by the bounded type"),
    (
        Key::Component(Component::Validatetrans),
        &["--validatetrans"],
        Takes::Maybe,
        "validatetrans statements, by class",
    ),
    (Key::All, &["--all"], Takes::Nothing, "all of the above"),
    (Key::Expand, &["-x", "--expand"], Takes::Nothing, "whole statements, attributes with their members"),
    (Key::Flat, &["--flat"], Takes::Nothing, "without counts and blanks"),
    (Key::Policy, &["--policy"], Takes::Value, "the policy file, as the last argument is"),
    (Key::Root, &["--root"], Takes::Value, "look for the policy below this folder"),
    (Key::Verbose, &["-v", "--verbose", "--debug"], Takes::Nothing, "say which policy is read"),
    (Key::Help, &["-h", "--help"], Takes::Nothing, "this text"),
    (Key::Version, &["--version"], Takes::Nothing, "the version"),
    (Key::Xen, &["--ioportcon"], Takes::Nothing, "refused: policies for Xen are not read"),
    (Key::Xen, &["--iomemcon"], Takes::Nothing, "the same"),
    (Key::Xen, &["--pcidevicecon"], Takes::Nothing, "the same"),
    (Key::Xen, &["--pirqcon"], Takes::Nothing, "the same"),
    (Key::Xen, &["--devicetreecon"], Takes::Nothing, "the same"),
];

const USAGE: &str = "Say what a policy holds: the options and the text of seinfo.\n\n\
    Usage: seltui policy info [OPTIONS] [POLICY]\n\n\
    Without options the counts. Status 0, 1 when nothing of what was asked for is there, 2 for an error.";

/// Runs the subcommand on the words after it.
pub(super) fn run(common: &CommonOptions, words: &[String]) -> anyhow::Result<Answer> {
    let words = words::read(TABLE, words)?;
    let mut source = super::Source::new(common)?;
    let (mut all, mut expand, mut flat) = (false, false, false);
    let mut asked: Vec<(Component, Option<String>)> = Vec::new();
    for (key, value) in words.options {
        match key {
            Key::Component(component) => {
                asked.retain(|entry| entry.0 != component);
                asked.push((component, value));
            }
            Key::All => all = true,
            Key::Expand => expand = true,
            Key::Flat => flat = true,
            Key::Xen => bail!("policies for Xen are not read; leave out its five options"),
            Key::Policy => source.policy = value.map(Into::into),
            Key::Root => source.root = value.unwrap_or_default().into(),
            Key::Verbose => source.verbose = true,
            Key::Help => return super::print(&words::help(USAGE, TABLE)),
            Key::Version => return super::print(concat!("seltui ", env!("CARGO_PKG_VERSION"), "\n")),
        }
    }
    source.last_argument(&words.others)?;
    let (path, policy) = source.read()?;
    let mut lists = Vec::new();
    for component in Component::ALL {
        let one = asked.iter().find(|entry| entry.0 == component);
        if one.is_some() || all {
            let wanted = one.and_then(|entry| entry.1.as_deref());
            lists.push((component, policy.list(component, wanted)?));
        }
    }
    let mut out = BufWriter::with_capacity(1 << 16, std::io::stdout().lock());
    if (lists.is_empty() || all) && !flat {
        let path = crate::selinux::printable(path.as_os_str().as_encoded_bytes());
        out.write_all(policy.statistics(&path).as_bytes())?;
    }
    let mut found = lists.is_empty();
    for (component, items) in lists {
        if !flat {
            write!(out, "\n{}: {}\n", component.heading(), items.len())?;
        }
        found |= !items.is_empty();
        for item in items {
            let text = if expand { &item.statement } else { &item.text };
            writeln!(out, "{}{text}", if flat { "" } else { "   " })?;
        }
    }
    out.flush().context("writing the list")?;
    Ok(if found { Answer::Done } else { Answer::No })
}
