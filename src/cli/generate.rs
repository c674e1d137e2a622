//! `seltui generate`: the module that a log asks for, as text.

use std::io::{self, Write as _};

use clap::{Args, ValueEnum};

use super::{
    Answer, CommonOptions,
    module_source::{ModuleSource, say, say_unwritable},
};
use crate::{host::headers::Headers, module::SourceFile};

/// What only this subcommand takes.
#[derive(Debug, Args)]
pub struct GenerateOptions {
    #[command(flatten)]
    source: ModuleSource,

    /// Which of the module's files
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// The files by their endings.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum Format {
    /// Type enforcement: the rules
    #[default]
    Te,
    /// File contexts
    Fc,
    /// Interfaces
    If,
}

impl From<Format> for SourceFile {
    fn from(format: Format) -> Self {
        match format {
            Format::Te => Self::Te,
            Format::Fc => Self::Fc,
            Format::If => Self::If,
        }
    }
}

/// Prints the file. The answer is no when nothing was denied.
pub fn run(common: &CommonOptions, options: &GenerateOptions) -> anyhow::Result<Answer> {
    common.refuse_json("generate")?;
    let Some(module) = options.source.module(common)? else { return Ok(Answer::No) };
    let context = Headers::new(&common.headers, &common.root).render_context_of(&module, &common.root)?;
    if module.named_sets && context.sets.is_empty() {
        say("no headers were found that have names for permissions: the rules are written as they are");
    }
    let rendered = module.render(options.format.into(), &context);
    say_unwritable(&rendered.unwritable);
    let mut out = io::stdout().lock();
    out.write_all(rendered.text().as_bytes())?;
    out.flush()?;
    Ok(Answer::Done)
}
