//! semodule run to its end: waited for its turn, heard, and written down.

use std::{thread, time::Duration};

use super::{KernelStatus, PolicyReload, Privilege, Target, ledger::run_recorded};
use crate::{
    host::{
        clock,
        process::{Cancel, CommandLine, Ended},
        store::LockState,
    },
    session::JournalRecord,
};

/// How often a locked store is looked at.
const PATIENCE: Duration = Duration::from_millis(100);

/// So much of what it prints is looked through for faults: they come first, and nobody reads more.
const MOST_LINES: usize = 10_000;

/// What a run of semodule came to.
#[derive(Debug, Clone)]
pub(super) struct RunReport {
    pub(super) ended: Ended,
    pub(super) output: Vec<String>,
    pub(super) reload: PolicyReload,
    /// Without the time that was spent waiting for the store.
    pub(super) took: Duration,
}

/// Waits until no transaction holds the store; says who does. False when it was given up.
pub fn wait_for_lock(target: &Target, on_line: &mut dyn FnMut(String), cancel: &Cancel) -> bool {
    let mut told = None;
    loop {
        let LockState::Held(holder) = target.store.lock_state() else { return true };
        if told.as_ref() != Some(&holder) {
            on_line(match &holder {
                Some(holder) => format!("the store is locked by process {} ({}): waiting", holder.pid, holder.command),
                None => "the store is locked by another process: waiting".to_owned(),
            });
            told = Some(holder);
        }
        // sudo writes every question of ours into the log.
        let looks = if matches!(target.privilege, Privilege::Sudo(_)) { 20 } else { 1 };
        for _ in 0..looks {
            if cancel.is_cancelled() {
                return false;
            }
            thread::sleep(PATIENCE);
        }
    }
}

/// Runs one semodule command.
pub(super) fn run(
    target: &Target,
    command: &CommandLine,
    on_line: &mut dyn FnMut(String),
    cancel: &Cancel,
    record: &mut dyn FnMut(JournalRecord),
) -> anyhow::Result<RunReport> {
    if !wait_for_lock(target, on_line, cancel) {
        let (output, reload) = (Vec::new(), PolicyReload::NotAsked);
        return Ok(RunReport { ended: Ended::Cancelled, output, reload, took: Duration::ZERO });
    }
    let before = KernelStatus::read(&target.root);
    let begun = clock::monotonic();
    let mut output = Vec::new();
    let mut keep = |line: String| {
        if output.len() < MOST_LINES {
            output.push(line.clone());
        }
        on_line(line);
    };
    let ended = run_recorded(target, command, &mut keep, cancel, record)?;
    let took = clock::monotonic().saturating_sub(begun);
    let reload = if target.reloads() {
        PolicyReload::between(before, KernelStatus::read(&target.root))
    } else {
        PolicyReload::NotAsked
    };
    Ok(RunReport { ended, output, reload, took })
}
