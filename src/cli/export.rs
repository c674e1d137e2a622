//! `seltui export`: the module's files in a folder.

use std::{
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use anyhow::anyhow;
use clap::Args;

use super::{
    Answer, CommonOptions,
    build::{self, Built},
    module_source::{Decided, ModuleSource, say, say_unwritable},
};
use crate::{
    export::proofs,
    host::{
        bundle,
        export::{ExportFile, ExportOutcome, Overwrite, export, strangers},
        headers::Headers,
        log::{Detail, RawTexts},
    },
    module::{PolicyModule, SourceFile},
    selinux::printable,
};

/// What only this subcommand takes.
#[derive(Debug, Args)]
pub struct ExportOptions {
    #[command(flatten)]
    source: ModuleSource,

    #[command(flatten)]
    target: Target,

    /// Build the package too, and write what carries it to another machine: the records that the rules came from, a README
    /// of what it opens, and a script that loads it and takes it back
    #[arg(long)]
    bundle: bool,
}

/// Where files go.
#[derive(Debug, Args)]
pub struct Target {
    /// The folder that the files go to, made where it is missing [default: ./NAME]
    #[arg(long, value_name = "DIR")]
    output: Option<PathBuf>,

    /// Replace files there that seltui did not write, or that were changed since
    #[arg(long)]
    overwrite: bool,
}

impl Target {
    /// Writes the files; those of somebody else are an error that says what can be done.
    pub fn write(&self, module: &PolicyModule, files: &[ExportFile]) -> anyhow::Result<Vec<PathBuf>> {
        let overwrite = if self.overwrite { Overwrite::Yes } else { Overwrite::No };
        match export(&self.folder(module), &module.name, files, overwrite)? {
            ExportOutcome::Written(paths) => Ok(paths),
            ExportOutcome::Conflict(paths) => Err(conflict(&paths)),
        }
    }

    /// Refuses files of somebody else that will be in the way later.
    pub fn refuse_strangers(&self, module: &PolicyModule, names: &[String]) -> anyhow::Result<()> {
        let found = strangers(&self.folder(module), &module.name, names)?;
        if found.is_empty() || self.overwrite { Ok(()) } else { Err(conflict(&found)) }
    }

    /// The folder that was named, or one of the module's name.
    pub fn folder(&self, module: &PolicyModule) -> PathBuf {
        self.output.clone().unwrap_or_else(|| module.name.as_str().into())
    }
}

fn conflict(paths: &[PathBuf]) -> anyhow::Error {
    let names: Vec<_> = paths.iter().map(|path| shown(path)).collect();
    anyhow!(
        "not written by seltui, or changed since: {}; --overwrite replaces, --output names another folder",
        names.join(", ")
    )
}

/// A path as a result: what cannot be shown is escaped.
pub fn shown(path: &Path) -> String {
    printable(path.as_os_str().as_encoded_bytes())
}

/// Writes the files and prints their paths. The answer is no when nothing was denied.
pub fn run(common: &CommonOptions, options: &ExportOptions) -> anyhow::Result<Answer> {
    common.refuse_json("export")?;
    let detail = if options.bundle { Detail::WithRecords } else { Detail::WithoutCommandLine };
    let Some(decided) = options.source.decided(common, detail)? else { return Ok(Answer::No) };
    if options.bundle {
        return write_bundle(common, options, &decided);
    }
    let workload = decided.workload();
    let module = decided.module;
    let headers = Headers::new(&common.headers, &common.root);
    let (mut files, unwritable) = ExportFile::sources_of(&module, &headers.render_context_of(&module, &common.root)?);
    files.extend(workload);
    say_unwritable(&unwritable);
    let mut out = io::stdout().lock();
    for path in options.target.write(&module, &files)? {
        writeln!(out, "{}", shown(&path))?;
    }
    Ok(Answer::Done)
}

/// Builds the package and writes all that goes with it, whole or not at all.
fn write_bundle(common: &CommonOptions, options: &ExportOptions, decided: &Decided) -> anyhow::Result<Answer> {
    let Decided { module, session, denials } = decided;
    let headers = Headers::new(&common.headers, &common.root);
    let context = headers.render_context_of(module, &common.root)?;
    build::refuse_what_is_missing(module, &headers)?;
    options.target.refuse_strangers(module, &bundle::names(module))?;
    let te = format!("{}.te", module.name);
    let Built::Package(package) = build::package(common, module, &headers, &context, &te)? else {
        say("it does not build: nothing was written");
        return Ok(Answer::No);
    };
    let proofs = proofs(session, denials, &module.render(SourceFile::Te, &context));
    let mut files = bundle::files(module, &context, package, &proofs, &RawTexts::default());
    files.extend(decided.workload());
    let mut out = io::stdout().lock();
    for path in options.target.write(module, &files)? {
        writeln!(out, "{}", shown(&path))?;
    }
    Ok(Answer::Done)
}
