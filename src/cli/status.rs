//! `seltui status`: what this program loaded on the node, and whether it is still so.

use std::io::{self, Write as _};

use clap::Args;
use serde::Serialize;

use super::{Answer, CommonOptions, json, module_source::say, node};
use crate::{
    host::{
        clock,
        directories::Directories,
        dontaudit::{self, DontauditState, MarkFile},
        install::{LoadedHere, LoadedState, loaded_here},
    },
    selinux::printable,
};

/// What only this subcommand takes: nothing yet.
#[derive(Debug, Args)]
pub struct StatusOptions {}

/// One module as JSON.
#[derive(Debug, Serialize)]
struct StatusJson<'a> {
    module: &'a str,
    priority: u16,
    session: &'a str,
    /// Seconds since 1970-01-01 UTC.
    loaded: u64,
    sha256: &'a str,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    replaced: Option<&'a str>,
}

/// Prints a line a module; the state of the dontaudit rules goes to standard error. The answer is no when nothing is loaded.
pub fn run(common: &CommonOptions, _: &StatusOptions) -> anyhow::Result<Answer> {
    let target = node::target(common)?;
    let directories = Directories::of_user()?;
    let loaded = loaded_here(&directories, &target)?;
    let mut out = io::stdout().lock();
    for module in &loaded {
        if common.json {
            json::write_line(&mut out, &StatusJson::new(module))?;
        } else {
            writeln!(out, "{}", line(module))?;
        }
    }
    out.flush()?;
    if loaded.is_empty() {
        say("nothing that this program loaded is on this node");
    }
    let file = MarkFile::of(&directories, &target.root);
    match dontaudit::left_behind(&target, &file) {
        Some(left) => say(&left.sentence()),
        None => match dontaudit::state(&target) {
            DontauditState::In => say("the dontaudit rules are in force"),
            DontauditState::Out => say("the dontaudit rules are out (semodule -DB), but not by this program"),
            DontauditState::Unknown(why) => say(&format!("whether dontaudit rules are in force is unknown: {why}")),
        },
    }
    Ok(if loaded.is_empty() { Answer::No } else { Answer::Done })
}

fn line(module: &LoadedHere) -> String {
    let LoadedHere { session, loaded, state, .. } = module;
    let time = clock::date_and_time(loaded.at);
    let replaced = match &loaded.replaced {
        Some(kept) => format!("; replaced a module that is kept as {}", kept.file),
        None => String::new(),
    };
    let text = format!("{} {} {state} (by session {session}, {time}){replaced}", loaded.name, loaded.priority);
    printable(text.as_bytes())
}

impl<'a> StatusJson<'a> {
    fn new(module: &'a LoadedHere) -> Self {
        let LoadedHere { session, loaded, state, .. } = module;
        let state = match state {
            LoadedState::Same => "same",
            LoadedState::Shadowed(_) => "shadowed",
            LoadedState::Disabled => "disabled",
            LoadedState::Changed => "changed",
            LoadedState::Gone => "gone",
            LoadedState::Unknown(_) => "unknown",
        };
        let replaced = loaded.replaced.as_ref().map(|kept| kept.file.as_str());
        let (module, priority, sha256) = (loaded.name.as_str(), loaded.priority, loaded.digest.as_str());
        Self { module, priority, session, loaded: loaded.at, sha256, state, replaced }
    }
}
