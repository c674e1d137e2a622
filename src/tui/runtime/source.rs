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
        headers::Headers,
        log::{Choice, Following, LogInput, follow_selected},
    },
    policydb::Policy,
    refpolicy::{
        FuzzyIndex,
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

/// What the headers define; where they were looked for, and what to install, when there are none.
pub(super) fn headers(headers: &Headers, root: &Path, policy: Option<&Policy>) -> HeadersState {
    match host::catalogue::read(headers, root) {
        Ok(catalogue) => {
            let fuzzy = FuzzyIndex::of_interfaces(catalogue.definitions());
            let matcher = match policy {
                Some(policy) => Matcher::new(Arc::clone(&catalogue), policy),
                None => Matcher::new(Arc::clone(&catalogue), &NothingKnown),
            };
            HeadersState::Read(Arc::new(KnownHeaders { catalogue, fuzzy, matcher }))
        }
        Err(error) => HeadersState::Missing(crate::selinux::printable(format!("{error:#}").as_bytes())),
    }
}

/// Begins to read; what is read comes as messages.
pub(super) fn begin(inputs: Vec<LogInput>, selection: &Selection, sender: Sender) -> anyhow::Result<Following> {
    follow_selected(inputs, selection, move |news| sender.send(Msg::Log(news)).is_ok())
}
