//! `seltui interface` and `seltui define`: what the installed headers hold.

mod dump;
mod expand;
mod find;
mod matching;
mod show;
mod style;

use std::{path::Path, sync::Arc};

use clap::Subcommand;

use super::{Answer, CommonOptions};
use crate::{
    host::headers::Headers,
    refpolicy::{Definitions, HeaderSet, SearchIn},
    selinux::Identifier,
};

pub(super) use matching::{Desk, PreferName};
pub(super) use style::calls_for_rules;

/// What to do with interfaces and templates.
#[derive(Debug, Subcommand)]
pub(super) enum InterfaceCommand {
    /// Search names, remarks and text by a regular expression, as sefindif does
    Find(find::FindOptions),
    /// Print a definition with its remarks, as it is written
    Show(show::ShowOptions),
    /// Print what a call brings, as policy text
    Expand(expand::ExpandOptions),
    /// Print every definition with what it brings, one JSON object a line
    Dump(dump::DumpOptions),
    /// Print the calls that grant what was denied: one access vector, or all denials of a log
    Match(matching::MatchOptions),
}

/// What to do with the macros of the support files.
#[derive(Debug, Subcommand)]
pub(super) enum DefineCommand {
    /// Search names and text by a regular expression, as sefinddef does
    Find(find::FindOptions),
    /// Print a macro with the remark before it, as it is written
    Show(show::ShowOptions),
}

/// Runs a subcommand of `interface`.
pub(super) fn run(common: &CommonOptions, command: &InterfaceCommand) -> anyhow::Result<Answer> {
    match command {
        InterfaceCommand::Find(options) => find::run(common, options, SearchIn::Interfaces),
        InterfaceCommand::Show(options) => show::run(common, options, SearchIn::Interfaces),
        InterfaceCommand::Expand(options) => expand::run(common, options),
        InterfaceCommand::Dump(options) => dump::run(common, options),
        InterfaceCommand::Match(options) => matching::run(common, options),
    }
}

/// Runs a subcommand of `define`.
pub(super) fn run_define(common: &CommonOptions, command: &DefineCommand) -> anyhow::Result<Answer> {
    match command {
        DefineCommand::Find(options) => find::run(common, options, SearchIn::Support),
        DefineCommand::Show(options) => show::run(common, options, SearchIn::Support),
    }
}

/// The domains that a session declares, each with the attributes that it puts them under.
fn declared_in(journal: &Path) -> anyhow::Result<Vec<(Identifier, Vec<Identifier>)>> {
    Ok(super::module_source::session_of(journal)?.declared())
}

/// The headers that the options name, where there are any.
fn headers(common: &CommonOptions) -> anyhow::Result<HeaderSet> {
    let headers = Headers::new(&common.headers, &common.root);
    let set = headers.read(&common.root)?;
    if set.is_empty() {
        let folders: Vec<_> = headers.folders().iter().map(|folder| folder.display().to_string()).collect();
        anyhow::bail!(
            "no interface headers in {}: install selinux-policy-dev (Debian) or selinux-policy-devel (Fedora), or name the \
             folder with --headers",
            folders.join(", ")
        );
    }
    Ok(set)
}

/// Says that nothing can be expanded where nobody defines what `interface` and `template` are.
pub(super) fn say_unsupported(headers: &HeaderSet) {
    if headers.support.is_empty() {
        super::module_source::say(
            "these headers have no support macros, without which nothing in them can be expanded: name the installed ones \
             before them (--headers /usr/share/selinux/devel/include --headers FOLDER)",
        );
    }
}

/// What they define; what is wrong in them goes to standard error.
fn definitions(common: &CommonOptions) -> anyhow::Result<Definitions> {
    let definitions = Definitions::read(Arc::new(headers(common)?));
    for problem in definitions.problems() {
        super::module_source::say(&definitions.problem_text(problem));
    }
    Ok(definitions)
}
