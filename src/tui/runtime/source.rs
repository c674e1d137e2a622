//! Where the log comes from.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use super::Sender;
use crate::{
    audit::Selection,
    host::{
        self,
        headers::{Headers, demo_headers},
        log::{Choice, Following, LogInput, follow_selected},
    },
    policydb::Policy,
    refpolicy::{
        Definitions, FuzzyIndex,
        matching::{Matcher, NothingKnown},
    },
    tui::{
        Msg,
        model::{HeadersState, KnownHeaders, PolicyState},
    },
};

/// The demo's log.
const STORY: &[u8] = include_bytes!("../../../assets/demo/audit.log");

/// The policy of the demo's node, compiled from `assets/demo/policy.conf`.
const POLICY: &[u8] = include_bytes!("../../../assets/demo/policy.33");

/// Long enough to see it come, short enough to wait for.
const STORY_TIME: Duration = Duration::from_secs(12);

/// The logs that were named, else the node's own.
pub(super) fn files(named: &[PathBuf], root: &Path) -> Choice {
    LogInput::choose(named, root)
}

/// The embedded story.
pub(super) fn story() -> Choice {
    Choice { inputs: vec![LogInput::Told { name: "the demo's audit.log", text: STORY, within: STORY_TIME }], why: None }
}

/// The policy of the story's node.
pub(super) fn story_policy() -> PolicyState {
    match Policy::read(POLICY) {
        Ok(policy) => PolicyState::Read { path: "the demo's policy".into(), policy: Arc::new(policy) },
        Err(error) => PolicyState::Missing(error.to_string()),
    }
}

/// The policy that was named, else the node's own; where it was looked for when there is none.
pub(super) fn policy(root: &Path, named: Option<&Path>) -> PolicyState {
    match host::policy::read(root, named) {
        Ok((path, policy)) => PolicyState::Read { path, policy: Arc::new(policy) },
        Err(error) => PolicyState::Missing(error.to_string()),
    }
}

/// Where the headers are.
pub(super) enum HeadersPlace<'a> {
    /// In the program.
    Demo,
    /// In folders, with the root that they are looked up below.
    Folders(&'a Headers, &'a Path),
}

/// What the headers define, told in steps; where they were looked for, and what to install, when there are none.
pub(super) fn headers(
    place: &HeadersPlace<'_>,
    policy: Option<&Policy>,
    tell: &mut dyn FnMut(&'static str),
) -> HeadersState {
    match read_headers(place, policy, tell) {
        Ok(known) => HeadersState::Read(Arc::new(known)),
        Err(error) => HeadersState::Missing(crate::selinux::printable(format!("{error:#}").as_bytes())),
    }
}

fn read_headers(
    place: &HeadersPlace<'_>,
    policy: Option<&Policy>,
    tell: &mut dyn FnMut(&'static str),
) -> anyhow::Result<KnownHeaders> {
    tell("the files, step 1 of 3");
    let definitions = match place {
        HeadersPlace::Demo => Arc::new(Definitions::read(Arc::new(demo_headers()))),
        HeadersPlace::Folders(headers, root) => host::catalogue::definitions(headers, root)?,
    };
    tell("what each interface expands to, step 2 of 3");
    let catalogue = host::catalogue::expand(definitions)?;
    tell("what grants what, step 3 of 3");
    let fuzzy = FuzzyIndex::of_interfaces(catalogue.definitions());
    let matcher = match policy {
        Some(policy) => Matcher::new(Arc::clone(&catalogue), policy),
        None => Matcher::new(Arc::clone(&catalogue), &NothingKnown),
    };
    Ok(KnownHeaders { catalogue, fuzzy, matcher })
}

/// Begins to read; what is read comes as messages.
pub(super) fn begin(inputs: Vec<LogInput>, selection: &Selection, sender: Sender) -> anyhow::Result<Following> {
    follow_selected(inputs, selection, move |news| sender.send(Msg::Log(news)).is_ok())
}
