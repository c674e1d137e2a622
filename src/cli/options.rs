//! Options that every subcommand shares; they stand before or after it.

use std::path::PathBuf;

use clap::Args;

use crate::selinux::Identifier;

/// Where things are read from, and for which module.
#[derive(Debug, Clone, Args)]
pub struct CommonOptions {
    /// Read this log; `-` is standard input. May be given several times [default: /var/log/audit/audit.log]
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

    /// Print one JSON object a line (events)
    #[arg(long, global = true)]
    pub json: bool,
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
