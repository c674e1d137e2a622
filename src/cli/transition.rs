//! `seltui transition`: the context that a new process or object gets.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};
use clap::Args;

use super::{Answer, CommonOptions};
use crate::{
    host,
    policydb::{Change, ContextError, Policy},
};

/// What is created, by whom, where.
#[derive(Debug, Args)]
pub(super) struct TransitionOptions {
    /// The context of the creating process
    #[arg(value_name = "SCONTEXT")]
    source: String,

    /// The context of what it is created from: the folder, the program
    #[arg(value_name = "TCONTEXT", required_unless_present = "exec", conflicts_with = "exec")]
    target: Option<String>,

    /// The class of what is created: process, file, dir …
    #[arg(value_name = "CLASS", required_unless_present = "exec")]
    class: Option<String>,

    /// The name of the new file or folder
    #[arg(value_name = "NAME")]
    name: Option<String>,

    /// The process that starts when SCONTEXT executes this file, by the file's own label
    #[arg(long, value_name = "PATH")]
    exec: Option<PathBuf>,

    /// The label of that file, when it is not at hand or shall get another one
    #[arg(long, value_name = "CONTEXT", requires = "exec")]
    label: Option<String>,
}

/// Prints the context; status 1 when the policy does not let it be.
pub(super) fn run(common: &CommonOptions, options: &TransitionOptions) -> anyhow::Result<Answer> {
    let (_, policy) = host::policy::read(&common.root, common.policy.as_deref())?;
    let source = context(&policy, &options.source)?;
    let (target, class) = match &options.exec {
        Some(path) => (label(common, options, path)?, "process"),
        None => (options.target.clone().unwrap_or_default(), options.class.as_deref().unwrap_or_default()),
    };
    let target = context(&policy, &target)?;
    let Some(class) = policy.find_class(class) else {
        bail!("{} is no class of this policy", crate::selinux::printable(class.as_bytes()));
    };
    let transition = policy.transition(Change::Create, &source, &target, class, options.name.as_deref())?;
    let text = policy.security_context(&transition.context).to_string();
    let mut out = std::io::stdout().lock();
    if common.json {
        let valid = transition.invalid.is_none();
        writeln!(out, "{}", serde_json::json!({ "context": text, "valid": valid }))?;
    } else {
        writeln!(out, "{text}")?;
    }
    let Some(reason) = transition.invalid else { return Ok(Answer::Done) };
    writeln!(std::io::stderr(), "seltui: the kernel refuses this context: {reason}")?;
    Ok(Answer::No)
}

/// A context that the policy lets be; of any other the kernel says EINVAL.
fn context(policy: &Policy, text: &str) -> anyhow::Result<crate::policydb::Context> {
    let parse = || {
        let context = policy.parse_context(text)?;
        policy.check_context(&context)?;
        Ok::<_, ContextError>(context)
    };
    parse().with_context(|| crate::selinux::printable(text.as_bytes()))
}

fn label(common: &CommonOptions, options: &TransitionOptions, path: &Path) -> anyhow::Result<String> {
    match &options.label {
        Some(label) => Ok(label.clone()),
        None => match path.strip_prefix("/") {
            Ok(below) => host::label::file_label(&common.root.join(below)),
            Err(_) => host::label::file_label(path),
        },
    }
}
