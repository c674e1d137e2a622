//! `seltui build`: the module's files in a folder, and the package that the compilers make of them.

use std::io::{self, Write as _};

use clap::Args;

use super::{
    Answer, CommonOptions,
    export::{Target, shown},
    module_source::{ModuleSource, say, say_unwritable},
};
use crate::{
    host::{
        build::{Build, BuildOutcome, missing},
        export::ExportFile,
        headers::Headers,
        process::Cancel,
    },
    module::PolicyModule,
};

/// What only this subcommand takes.
#[derive(Debug, Args)]
pub struct BuildOptions {
    #[command(flatten)]
    source: ModuleSource,

    #[command(flatten)]
    target: Target,
}

/// Exports, builds, and prints the package's path. The answer is no when nothing was denied or a compiler refuses.
///
/// The files are written before they are compiled, so that there is something to look at when a compiler complains.
pub fn run(common: &CommonOptions, options: &BuildOptions) -> anyhow::Result<Answer> {
    common.refuse_json("build")?;
    let Some(module) = options.source.module(common)? else { return Ok(Answer::No) };
    let headers = Headers::new(&common.headers, &common.root);
    if let Some(missing) = missing(module.form, &headers) {
        return Err(missing.into());
    }
    let context = headers.render_context()?;
    let (files, unwritable) = ExportFile::sources_of(&module, &context);
    say_unwritable(&unwritable);
    options.target.refuse_strangers(&module, &[package_name(&module)])?;
    let te = options.target.write(&module, &files)?.into_iter().next().unwrap_or_default();

    let build = Build { module: &module, headers: &headers, context: &context, root: &common.root };
    let cancel = Cancel::on_signals()?;
    let report = build.run(&mut |line| drop(writeln!(io::stderr(), "{line}")), &cancel)?;
    match report.outcome {
        BuildOutcome::Built(package) => {
            let file = ExportFile { name: package_name(&module), content: package };
            for path in options.target.write(&module, &[file])? {
                writeln!(io::stdout(), "{}", shown(&path))?;
            }
            say(&format!("built in {:.1} s", report.took.as_secs_f64()));
            Ok(Answer::Done)
        }
        BuildOutcome::Failed => {
            for problem in &report.problems {
                let line = problem.line.map(|line| format!("{line}:")).unwrap_or_default();
                say(&format!("{}:{line} {}", shown(&te), problem.message));
            }
            if options.target.folder(&module).join(package_name(&module)).exists() {
                say(&format!("it does not build; {} is from an earlier build", package_name(&module)));
            } else {
                say("it does not build");
            }
            Ok(Answer::No)
        }
        BuildOutcome::Cancelled => anyhow::bail!("stopped"),
    }
}

fn package_name(module: &PolicyModule) -> String {
    format!("{}.pp", module.name)
}
