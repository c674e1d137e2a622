//! `seltui policy`: what sesearch and seinfo answer, without setools.

mod info;
mod search;
mod words;

use std::{ffi::OsString, io::Write as _, path::PathBuf};

use anyhow::bail;
use clap::Subcommand;

use super::{Answer, CommonOptions};
use crate::{host, policydb::Policy};

/// What to ask; the words after it are read by this room, because they have one dash and several letters.
#[derive(Debug, Subcommand)]
pub(super) enum PolicyCommand {
    /// Say what it holds, with seinfo's options: `-x -t httpd_t`, `--portcon 80`
    #[command(disable_help_flag = true)]
    Info(SetoolsWords),
    /// Search the rules, with sesearch's options: `-A -s httpd_t -t shadow_t -c file -p read`
    #[command(disable_help_flag = true)]
    Search(SetoolsWords),
}

/// Options as setools spells them; `--help` lists them.
#[derive(Debug, clap::Args)]
pub(super) struct SetoolsWords {
    /// Options and the policy file; `--help` lists them
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "OPTIONS")]
    words: Vec<String>,
}

/// The command line with `--` behind `policy info` and `policy search`: the words there are setools', also those that are
/// spelled like an option of this program (`--type`, `--class`, `-i`).
pub(super) fn set_apart(words: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let mut words: Vec<OsString> = words.collect();
    let is_ours = |pair: &[OsString]| matches!(pair, [policy, command] if policy == "policy" && (command == "info" || command == "search"));
    if let Some(place) = words.windows(2).position(is_ours) {
        words.insert(place + 2, "--".into());
    }
    words
}

/// Runs the subcommand.
pub(super) fn run(common: &CommonOptions, command: &PolicyCommand) -> anyhow::Result<Answer> {
    match command {
        PolicyCommand::Info(words) => info::run(common, &words.words),
        PolicyCommand::Search(words) => search::run(common, &words.words),
    }
}

/// Where the policy is read from.
struct Source {
    root: PathBuf,
    policy: Option<PathBuf>,
    verbose: bool,
}

impl Source {
    fn new(common: &CommonOptions) -> anyhow::Result<Self> {
        if common.json {
            bail!("the text of setools has no form in JSON");
        }
        Ok(Self { root: common.root.clone(), policy: common.policy.clone(), verbose: false })
    }

    /// The policy file may stand last, as for setools.
    fn last_argument(&mut self, others: &[String]) -> anyhow::Result<()> {
        match others {
            [] => {}
            [policy] => self.policy = Some(policy.into()),
            [_, more, ..] => bail!("one policy at a time; what is `{}`?", crate::selinux::printable(more.as_bytes())),
        }
        Ok(())
    }

    fn read(&self) -> anyhow::Result<(PathBuf, Policy)> {
        let (path, policy) = host::policy::read(&self.root, self.policy.as_deref())?;
        if self.verbose {
            let path = crate::selinux::printable(path.as_os_str().as_encoded_bytes());
            writeln!(std::io::stderr(), "policy version {} from {path}", policy.version())?;
        }
        Ok((path, policy))
    }
}

fn print(text: &str) -> anyhow::Result<Answer> {
    std::io::stdout().lock().write_all(text.as_bytes())?;
    Ok(Answer::Done)
}
