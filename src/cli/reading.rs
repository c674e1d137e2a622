//! Reading the logs of a command: which ones, and which messages of them.

use super::{CommonOptions, module_source::say};
use crate::{
    audit::AuditEvent,
    host::{
        checkpoint::Checkpoint,
        log::{Choice, Detail, LogInput, ReadSummary, read_selected},
    },
};

/// The logs that were named, or the node's own; says which that is, and why.
pub(super) fn inputs(common: &CommonOptions) -> Vec<LogInput> {
    let Choice { inputs, why } = LogInput::choose(&common.input, &common.root);
    if let Some(why) = why {
        say(&why);
    }
    inputs
}

/// Reads the inputs to their ends; hands on what was asked for. An input that fails is an error, after the others were read.
pub(super) fn read(
    common: &CommonOptions,
    inputs: &[LogInput],
    detail: Detail,
    take: impl FnMut(AuditEvent) -> anyhow::Result<()>,
) -> anyhow::Result<ReadSummary> {
    let summary = read_what_can_be(common, inputs, detail, take)?;
    complain(&summary)?;
    Ok(summary)
}

/// The inputs that failed, as an error.
pub(super) fn complain(summary: &ReadSummary) -> anyhow::Result<()> {
    anyhow::ensure!(summary.failures.is_empty(), "{}", summary.failures.join("\nseltui: "));
    Ok(())
}

/// The same where what could be read is shown all the same: the summary has the failures.
pub(super) fn read_what_can_be(
    common: &CommonOptions,
    inputs: &[LogInput],
    detail: Detail,
    mut take: impl FnMut(AuditEvent) -> anyhow::Result<()>,
) -> anyhow::Result<ReadSummary> {
    let selection = common.range.selection();
    let by_time = common.range.is_since_checkpoint();
    anyhow::ensure!(
        !by_time || common.range.checkpoint.is_some(),
        "--since checkpoint needs --checkpoint FILE: which one is meant?"
    );
    let Some(path) = &common.range.checkpoint else { return read_selected(inputs, &selection, detail, take) };
    let before = Checkpoint::read(path)?;
    let mut after = before.clone();
    let summary = read_selected(inputs, &selection, detail, |event| {
        if !(if by_time { before.is_not_before(&event.id) } else { before.is_new(&event.id) }) {
            return Ok(());
        }
        after.pass(&event.id);
        take(event)
    })?;
    // What failed is read again the next time.
    if summary.failures.is_empty() {
        after.write(path)?;
    }
    Ok(summary)
}
