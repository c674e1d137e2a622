//! `seltui install`: a built module, loaded on the node.

use std::{
    io::{self, Write as _},
    path::PathBuf,
};

use clap::Args;

use super::{
    Answer, CommonOptions,
    module_source::say,
    node::{self, NodeSession},
};
use crate::{
    host::{
        install::{Consent, FoundModule, Hurdle, InstallPlan, Outcome, Report},
        process::Cancel,
        store::Package,
    },
    selinux::Identifier,
};

/// What only this subcommand takes.
#[derive(Debug, Args)]
pub struct InstallOptions {
    /// The module: NAME.pp or NAME.cil
    #[arg(value_name = "FILE")]
    package: PathBuf,

    /// The module's priority in the store: 1 to 999, the highest of a name counts [default: 400]
    #[arg(short = 'X', long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=999))]
    priority: Option<u16>,

    /// Say yes to the command that is shown
    #[arg(short, long)]
    yes: bool,

    /// Say yes to replacing or shadowing a module of the same name, too
    #[arg(long)]
    replace: bool,

    /// Say, together with --replace, that the distribution's own module of this name is to lose its effect
    #[arg(long, requires = "replace")]
    shadow: bool,

    /// The source that the module was built from: a refused statement is brought back to its line
    #[arg(long, value_name = "FILE")]
    te: Option<PathBuf>,
}

/// Shows what would be done, asks, does it. The answer is no when it is refused, by a person or by semodule.
pub fn run(common: &CommonOptions, options: &InstallOptions) -> anyhow::Result<Answer> {
    common.refuse_json("install")?;
    let cancel = Cancel::on_signals()?;
    let target = node::target(common)?;
    let name = Package::read(&options.package)?.name;
    let module = match (&common.module, Identifier::new(&name)) {
        (None, Ok(name)) => name,
        _ => common.module()?,
    };
    if !common.read_only {
        node::authenticate(&target)?;
    }
    let mut session = NodeSession::open(common, &module)?;
    let plan = InstallPlan::prepare(&target, &options.package, options.priority, session.session.loaded(), &cancel)?;
    show(&plan);
    if !node::permitted(common, &target, "install", &plan.command)? {
        return Ok(Answer::No);
    }
    let consent = Consent { second: options.replace, shadow: options.shadow };
    let given = |hurdle: &Hurdle| consent.refuses(std::slice::from_ref(hurdle)).is_empty();
    let option = |hurdle: &Hurdle| if hurdle.yeses() > 1 { "--replace --shadow" } else { "--replace" };
    if !node::agreed("Load it", options.yes, &plan.hurdles, given, option, &cancel) {
        return Ok(Answer::No);
    }
    session.begin()?;
    let keep = session.folder.clone();
    let report = plan.run(&keep, &mut |line| node::tell(&line), &cancel, &mut |record| session.record(&record))?;
    tell_lines(options, &report);
    if !node::tell_report("loaded", &report) {
        return Ok(Answer::No);
    }
    let _ = writeln!(io::stdout(), "{} {}", plan.package.name, plan.priority);
    Ok(Answer::Done)
}

fn show(plan: &InstallPlan) {
    let version = plan.package.version.as_ref().map(|version| format!(" {version}")).unwrap_or_default();
    let version = crate::selinux::printable(version.as_bytes());
    say(&format!("module {}{version}, priority {}, sha256 {}", plan.package.name, plan.priority, plan.package.digest));
    node::tell_grants("it grants", &plan.adds);
    for FoundModule { module, is_own, loses, .. } in plan.found.iter().flatten() {
        let whose = if *is_own { ", loaded by this session" } else { "" };
        say(&format!("there is {} at priority {}{whose}", module.name, module.priority));
        if module.priority <= plan.priority {
            node::tell_grants("it grants, and the new one does not", loses);
        }
    }
    plan.remarks.iter().for_each(|remark| say(remark));
}

/// Where the source is at hand, the line that is refused.
fn tell_lines(options: &InstallOptions, report: &Report) {
    let Some(path) = options.te.as_ref().filter(|_| report.outcome == Outcome::Refused) else { return };
    let Ok(text) = crate::host::install::source_text(path) else {
        say(&format!("{} can't be read", super::export::shown(path)));
        return;
    };
    for fault in &report.faults {
        if let Some(line) = fault.line_in(&text) {
            say(&format!("{}:{line}: {fault}", super::export::shown(path)));
        }
    }
}
