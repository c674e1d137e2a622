//! `seltui` and `seltui demo`: the terminal program.

use super::{Answer, CommonOptions};
use crate::tui::{self, Start};

/// Runs the terminal program on the logs that were named, or on the embedded story.
pub(super) fn run(options: &CommonOptions, demo: bool) -> anyhow::Result<Answer> {
    options.refuse_json("the terminal program")?;
    if demo && !options.input.is_empty() {
        anyhow::bail!("the demo has a log of its own: leave -i out, or leave demo out to open these logs");
    }
    if options.range.checkpoint.is_some() {
        anyhow::bail!("--checkpoint is for scripts: the terminal program remembers its session by itself");
    }
    tui::run(Start {
        selection: options.range.selection(),
        inputs: options.input.clone(),
        module: options.module()?,
        root: options.root.clone(),
        headers: options.headers.clone(),
        policy: options.policy.clone(),
        demo,
    })?;
    Ok(Answer::Done)
}
