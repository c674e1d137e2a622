//! Where the log comes from.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use super::Sender;
use crate::{
    audit::Selection,
    host::log::{Choice, Following, LogInput, follow_selected},
    tui::Msg,
};

/// The demo's log.
const STORY: &[u8] = include_bytes!("../../../assets/demo/audit.log");

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

/// Begins to read; what is read comes as messages.
pub(super) fn begin(inputs: Vec<LogInput>, selection: &Selection, sender: Sender) -> anyhow::Result<Following> {
    follow_selected(inputs, selection, move |news| sender.send(Msg::Log(news)).is_ok())
}
