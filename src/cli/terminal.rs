//! `seltui` and `seltui demo`: the terminal program.

use std::path::PathBuf;

use clap::Args;

use super::{Answer, CommonOptions};
use crate::{
    host::install::Reload,
    tui::{self, Start},
};

/// The demo has a log of its own.
#[derive(Debug, Args)]
pub(super) struct DemoOptions {
    /// Not for the demo, and so not in its help.
    #[arg(short, long, hide = true)]
    input: Vec<PathBuf>,
}

/// Runs the terminal program on the embedded story.
pub(super) fn demo(options: &CommonOptions, own: &DemoOptions) -> anyhow::Result<Answer> {
    anyhow::ensure!(
        own.input.is_empty() && options.input.is_empty(),
        "the demo has a log of its own: leave -i out, or leave demo out to open these logs"
    );
    start(options, true)
}

/// Runs the terminal program on the logs that were named.
pub(super) fn run(options: &CommonOptions) -> anyhow::Result<Answer> {
    start(options, false)
}

fn start(options: &CommonOptions, demo: bool) -> anyhow::Result<Answer> {
    options.refuse_json("the terminal program")?;
    if options.range.checkpoint.is_some() || options.range.is_since_checkpoint() {
        anyhow::bail!("--checkpoint is for scripts: the terminal program remembers its session by itself");
    }
    let ended = tui::run(Start {
        selection: options.range.selection(),
        inputs: options.input.clone(),
        module: options.module()?,
        root: options.root.clone(),
        headers: options.headers.clone(),
        policy: options.policy.clone(),
        read_only: options.read_only,
        reload: if options.no_reload { Reload::No } else { Reload::Yes },
        demo,
    })?;
    Ok(ended.map_or(Answer::Done, |ending| Answer::Signal(ending.status)))
}
