//! `seltui export`: the module's files in a folder.

use std::{
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use anyhow::anyhow;
use clap::Args;

use super::{
    Answer, CommonOptions,
    module_source::{ModuleSource, say_unwritable},
};
use crate::{
    host::{
        export::{ExportFile, ExportOutcome, Overwrite, export, strangers},
        headers::Headers,
    },
    module::PolicyModule,
    selinux::printable,
};

/// What only this subcommand takes.
#[derive(Debug, Args)]
pub struct ExportOptions {
    #[command(flatten)]
    source: ModuleSource,

    #[command(flatten)]
    target: Target,
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
    let Some(module) = options.source.module(common)? else { return Ok(Answer::No) };
    let headers = Headers::new(&common.headers, &common.root);
    let (files, unwritable) = ExportFile::sources_of(&module, &headers.render_context()?);
    say_unwritable(&unwritable);
    let mut out = io::stdout().lock();
    for path in options.target.write(&module, &files)? {
        writeln!(out, "{}", shown(&path))?;
    }
    Ok(Answer::Done)
}
