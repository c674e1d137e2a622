//! The command line: what may be typed, and one file for each subcommand.
//!
//! Results go to standard output, everything else to standard error. The status is 0 when it is done, 1 when the answer
//! is no (nothing found, does not build), 2 for wrong usage or an error; a closed pipe is no error. What a signal ended has
//! the status that a shell gives it: 128 and the signal's number.

mod additions;
mod build;
mod dontaudit;
mod events;
mod export;
mod generate;
mod install;
mod interface;
mod json;
mod module_source;
mod node;
mod options;
mod policy;
mod reading;
mod remove;
mod status;
mod terminal;
mod transition;

use std::{ffi::OsString, io::Write as _, process::ExitCode};

use clap::{Parser, Subcommand};

pub use options::{CommonOptions, RangeOptions};

/// Interactive triage of SELinux denials: from the audit log to a built policy module.
#[derive(Debug, Parser)]
#[command(name = "seltui", version, about, max_term_width = 120)]
struct Cli {
    #[command(flatten)]
    common: CommonOptions,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show what a log says: each AVC message, or the denials they make
    Events(events::EventsOptions),
    /// Print a policy module that allows what a log says was denied
    Generate(generate::GenerateOptions),
    /// Write the module's files into a folder, and build its package there
    Build(build::BuildOptions),
    /// Write the module's files into a folder
    Export(export::ExportOptions),
    /// Load a built module on the node: shows the command and what is there already, and asks
    Install(install::InstallOptions),
    /// Take a module back that was loaded, or put back what it replaced
    Remove(remove::RemoveOptions),
    /// List what was loaded on the node, and whether it is still so
    Status(status::StatusOptions),
    /// Take dontaudit rules out of the policy, so that everything that is denied is logged, and put them back
    #[command(subcommand)]
    Dontaudit(dontaudit::DontauditCommand),
    /// Open the terminal program on an embedded log: nothing to install, nothing is kept
    Demo(terminal::DemoOptions),
    /// Ask the policy itself: the options and the text of seinfo and sesearch
    #[command(subcommand)]
    Policy(policy::PolicyCommand),
    /// Interfaces and templates of the installed headers: find, show, expand, dump, match
    #[command(subcommand)]
    Interface(interface::InterfaceCommand),
    /// The macros that headers are written with: find, show
    #[command(subcommand)]
    Define(interface::DefineCommand),
    /// The context of a new process or object, computed as the kernel does
    Transition(transition::TransitionOptions),
}

/// How a subcommand ended when it did not fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Status 0.
    Done,
    /// Status 1: nothing found, does not build.
    No,
    /// A signal ended the terminal program: the status that a shell gives such an end, 128 and the signal's number.
    Signal(u8),
}

/// Runs the program on the process's own arguments.
pub fn main() -> ExitCode {
    main_with(std::env::args_os())
}

/// Runs the program on these arguments, the first of which is its name. The process is the program's from then on: its signals,
/// its terminal, its panics.
pub fn main_with(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    // clap prints its own message and ends with status 2 for wrong usage, 0 for --help.
    let cli = Cli::parse_from(policy::set_apart(arguments.into_iter()));
    node::tell_of_left_behind(&cli);
    let answer = run(&cli);
    // However it ended, what it took out is in again.
    let is_back = node::put_back_at_end();
    match answer {
        Ok(_) if !is_back => ExitCode::from(2),
        Ok(Answer::Done) => ExitCode::SUCCESS,
        Ok(Answer::No) => ExitCode::from(1),
        Ok(Answer::Signal(status)) => ExitCode::from(status),
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            // Nothing is left to be done when standard error is closed too.
            let _ = writeln!(std::io::stderr(), "seltui: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn run(cli: &Cli) -> anyhow::Result<Answer> {
    match &cli.command {
        None => terminal::run(&cli.common),
        Some(Command::Demo(options)) => terminal::demo(&cli.common, options),
        Some(Command::Events(options)) => events::run(&cli.common, options),
        Some(Command::Generate(options)) => generate::run(&cli.common, options),
        Some(Command::Build(options)) => build::run(&cli.common, options),
        Some(Command::Export(options)) => export::run(&cli.common, options),
        Some(Command::Install(options)) => install::run(&cli.common, options),
        Some(Command::Remove(options)) => remove::run(&cli.common, options),
        Some(Command::Status(options)) => status::run(&cli.common, options),
        Some(Command::Dontaudit(command)) => dontaudit::run(&cli.common, command),
        Some(Command::Policy(command)) => policy::run(&cli.common, command),
        Some(Command::Interface(command)) => interface::run(&cli.common, command),
        Some(Command::Define(command)) => interface::run_define(&cli.common, command),
        Some(Command::Transition(options)) => transition::run(&cli.common, options),
    }
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<std::io::Error>())
        .any(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}
