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
        log::Detail,
        process::Cancel,
    },
    module::{PolicyModule, RenderContext},
};

/// What only this subcommand takes.
#[derive(Debug, Args)]
pub struct BuildOptions {
    #[command(flatten)]
    source: ModuleSource,

    #[command(flatten)]
    target: Target,
}

/// What the compilers made of a module.
pub(super) enum Built {
    /// The package.
    Package(Vec<u8>),
    /// Nothing: what they said was printed.
    Refused,
}

/// Exports, builds, and prints the package's path. The answer is no when nothing was denied or a compiler refuses.
///
/// The files are written before they are compiled, so that there is something to look at when a compiler complains.
pub fn run(common: &CommonOptions, options: &BuildOptions) -> anyhow::Result<Answer> {
    common.refuse_json("build")?;
    let Some(decided) = options.source.decided(common, Detail::WithoutCommandLine)? else { return Ok(Answer::No) };
    let workload = decided.workload();
    let module = decided.module;
    let headers = Headers::new(&common.headers, &common.root);
    refuse_what_is_missing(&module, &headers)?;
    let context = headers.render_context_of(&module, &common.root)?;
    let (mut files, unwritable) = ExportFile::sources_of(&module, &context);
    files.extend(workload);
    say_unwritable(&unwritable);
    options.target.refuse_strangers(&module, &[package_name(&module)])?;
    let te = options.target.write(&module, &files)?.into_iter().next().unwrap_or_default();
    match package(common, &module, &headers, &context, &shown(&te))? {
        Built::Package(package) => {
            let file = ExportFile { name: package_name(&module), content: package };
            for path in options.target.write(&module, &[file])? {
                writeln!(io::stdout(), "{}", shown(&path))?;
            }
            Ok(Answer::Done)
        }
        Built::Refused => {
            if options.target.folder(&module).join(package_name(&module)).exists() {
                say(&format!("it does not build; {} is from an earlier build", package_name(&module)));
            } else {
                say("it does not build");
            }
            Ok(Answer::No)
        }
    }
}

/// Refuses to begin where something that a build needs is not here.
pub(super) fn refuse_what_is_missing(module: &PolicyModule, headers: &Headers) -> anyhow::Result<()> {
    missing(module.form, headers).map_or(Ok(()), |missing| Err(missing.into()))
}

/// Builds; what the compilers print goes to standard error, their complaints with the name of the `.te` before them.
pub(super) fn package(
    common: &CommonOptions,
    module: &PolicyModule,
    headers: &Headers,
    context: &RenderContext,
    te: &str,
) -> anyhow::Result<Built> {
    let build = Build { module, headers, context, root: &common.root };
    let cancel = Cancel::on_signals()?;
    let report = build.run(&mut |line| drop(writeln!(io::stderr(), "{line}")), &cancel)?;
    match report.outcome {
        BuildOutcome::Built(package) => {
            say(&format!("built in {:.1} s", report.took.as_secs_f64()));
            Ok(Built::Package(package))
        }
        BuildOutcome::Failed => {
            for problem in &report.problems {
                let line = problem.line.map(|line| format!("{line}:")).unwrap_or_default();
                say(&format!("{te}:{line} {}", problem.message));
            }
            Ok(Built::Refused)
        }
        BuildOutcome::Cancelled => anyhow::bail!("stopped"),
    }
}

fn package_name(module: &PolicyModule) -> String {
    format!("{}.pp", module.name)
}
