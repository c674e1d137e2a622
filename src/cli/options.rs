//! Options that every subcommand shares; they stand before or after it.

use std::path::PathBuf;

use clap::Args;

use crate::{
    audit::{Selection, Stamp},
    host::clock,
    selinux::Identifier,
};

/// Where things are read from, and for which module.
#[derive(Debug, Clone, Args)]
pub struct CommonOptions {
    /// Read this log; `-` is standard input, `journal` the node's journal, `kmsg` the kernel log. May be given several times
    /// [default: /var/log/audit/audit.log, else the journal, else the kernel log]
    #[arg(short, long, value_name = "FILE", global = true)]
    pub input: Vec<PathBuf>,

    /// The name of the policy module [default: local]
    #[arg(short, long, value_name = "NAME", global = true, value_parser = module_name)]
    pub module: Option<Identifier>,

    /// The binary policy to ask [default: /sys/fs/selinux/policy, else the newest below /etc/selinux]
    #[arg(long, value_name = "FILE", global = true)]
    pub policy: Option<PathBuf>,

    /// The folder with the interface headers (`include`); later ones lie over earlier ones
    /// [default: /usr/share/selinux/devel/include]
    #[arg(long, value_name = "DIR", global = true)]
    pub headers: Vec<PathBuf>,

    /// Look everything up below this folder: a node's disk mounted elsewhere
    #[arg(long, value_name = "DIR", global = true, default_value = "/")]
    pub root: PathBuf,

    /// Change nothing on the node: what would be done is only shown
    #[arg(long, global = true)]
    pub read_only: bool,

    /// Change the module store alone, and leave the running policy as it is
    #[arg(long, global = true)]
    pub no_reload: bool,

    /// Which messages of the log.
    #[command(flatten)]
    pub range: RangeOptions,

    /// Print one JSON object a line (events)
    #[arg(long, global = true)]
    pub json: bool,
}

/// Which messages of the log are wanted. Of several names of one kind any one will do.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Which messages")]
pub struct RangeOptions {
    /// Not before: now, recent, boot, today, yesterday, this-week, 15m, 2h, 3d, 2026-11-21, '2026-11-21 10:30', or
    /// checkpoint: the time that the file of --checkpoint remembers
    #[arg(long, value_name = "WHEN", global = true, value_parser = since)]
    pub since: Option<Since>,

    /// Not after: the same words, but for checkpoint; today is now, and a date without a time is its whole day
    #[arg(long, value_name = "WHEN", global = true, value_parser = until)]
    pub until: Option<Stamp>,

    /// Only since the policy was loaded last, as far as the log tells
    #[arg(long, global = true)]
    pub last_load: bool,

    /// Only of this source type; may be given several times, as the options below
    #[arg(long, value_name = "TYPE", global = true)]
    pub domain: Vec<String>,

    /// Only for this target type
    #[arg(long = "type", value_name = "TYPE", global = true)]
    pub types: Vec<String>,

    /// Only for this object class
    #[arg(long, value_name = "CLASS", global = true)]
    pub class: Vec<String>,

    /// Only of processes that call themselves so
    #[arg(long, value_name = "NAME", global = true)]
    pub comm: Vec<String>,

    /// Only of this machine, as the log names it
    #[arg(long, value_name = "NAME", global = true)]
    pub node: Vec<String>,

    /// Only what came after the last event that this file remembers; the file is written at the end, for the next time
    #[arg(long, value_name = "FILE", global = true)]
    pub checkpoint: Option<PathBuf>,
}

impl RangeOptions {
    /// Whether the checkpoint's time was asked for.
    pub fn is_since_checkpoint(&self) -> bool {
        self.since == Some(Since::Checkpoint)
    }

    /// What was asked for, without the checkpoint.
    pub fn selection(&self) -> Selection {
        Selection {
            since: match self.since {
                Some(Since::Moment(moment)) => Some(moment),
                Some(Since::Checkpoint) | None => None,
            },
            until: self.until,
            last_load: self.last_load,
            domains: self.domain.clone(),
            types: self.types.clone(),
            classes: self.class.clone(),
            comms: self.comm.clone(),
            nodes: self.node.clone(),
        }
    }
}

/// Where a range begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Since {
    /// At this moment.
    Moment(Stamp),
    /// At the last event that the checkpoint remembers, by its time alone: that one and those of the same time come again.
    Checkpoint,
}

fn since(text: &str) -> Result<Since, String> {
    if text.trim() == "checkpoint" { Ok(Since::Checkpoint) } else { clock::present().moment(text).map(Since::Moment) }
}

fn until(text: &str) -> Result<Stamp, String> {
    clock::present().end(text)
}

fn module_name(text: &str) -> Result<Identifier, String> {
    Identifier::new(text).map_err(|error| error.to_string())
}

impl CommonOptions {
    /// Refuses `--json` where the answer has no such form.
    pub fn refuse_json(&self, command: &str) -> anyhow::Result<()> {
        anyhow::ensure!(!self.json, "{command} has no --json form: leave --json out");
        Ok(())
    }

    /// The module's name, given or default.
    pub fn module(&self) -> Result<Identifier, crate::selinux::IdentifierError> {
        self.module.clone().map_or_else(|| Identifier::new("local"), Ok)
    }
}
