//! `seltui remove`: a module taken back, or what was there before put in its place.

use std::io::{self, Write as _};

use clap::Args;

use super::{
    Answer, CommonOptions,
    module_source::say,
    node::{self, NodeSession},
};
use crate::{
    host::{
        install::{RemovePlan, TakeBack},
        process::Cancel,
    },
    selinux::{Identifier, printable},
};

/// What only this subcommand takes.
#[derive(Debug, Args)]
pub struct RemoveOptions {
    /// The module's name in the store [default: that of the session, see -m]
    #[arg(value_name = "NAME")]
    name: Option<String>,

    /// Its priority [default: the one that this program loaded it with, else 400]
    #[arg(short = 'X', long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=999))]
    priority: Option<u16>,

    /// Say yes to the command that is shown
    #[arg(short, long)]
    yes: bool,

    /// Say yes, too, to taking away what this session did not load, or what was changed since
    #[arg(long)]
    foreign: bool,

    /// Remove the module though what was there before was kept and could be put back
    #[arg(long)]
    only_remove: bool,
}

/// Shows what would be done, asks, does it. The answer is no when it is refused, by a person or by semodule.
pub fn run(common: &CommonOptions, options: &RemoveOptions) -> anyhow::Result<Answer> {
    common.refuse_json("remove")?;
    let cancel = Cancel::on_signals()?;
    let target = node::target(common)?;
    let name = match &options.name {
        Some(name) => name.clone(),
        None => common.module()?.to_string(),
    };
    let module = match (&common.module, Identifier::new(&name)) {
        (None, Ok(name)) => name,
        _ => common.module()?,
    };
    if !common.read_only {
        node::authenticate(&target)?;
    }
    let mut session = NodeSession::open(common, &module)?;
    let loaded = session.session.loaded();
    let plan = RemovePlan::prepare(&target, &name, options.priority, loaded, options.only_remove, &cancel)?;
    let shown = printable(name.as_bytes());
    match &plan.how {
        TakeBack::Remove => say(&format!("module {shown}, priority {}: is removed", plan.priority)),
        TakeBack::PutBack(kept) => {
            say(&format!(
                "module {shown}, priority {}: what was there before is put back: {}",
                plan.priority, kept.file
            ));
        }
    }
    node::tell_grants("the node will not grant any more", &plan.loses);
    if let Some(priority) = plan.uncovers {
        say(&format!("the module of the same name at priority {priority} counts from then on"));
    }
    plan.remarks.iter().for_each(|remark| say(remark));
    if !node::permitted(common, &target, "remove", &plan.command)? {
        return Ok(Answer::No);
    }
    if !node::agreed("Take it back", options.yes, &plan.hurdles, |_| options.foreign, |_| "--foreign", &cancel) {
        return Ok(Answer::No);
    }
    session.begin()?;
    let report = plan.run(&mut |line| node::tell(&line), &cancel, &mut |record| session.record(&record))?;
    if !node::tell_report("taken back", &report) {
        return Ok(Answer::No);
    }
    let _ = writeln!(io::stdout(), "{shown} {}", plan.priority);
    Ok(Answer::Done)
}
