//! What the subcommands share that change the node: whose store, which session is told, and what a person is asked.

use std::{
    io::{self, BufRead as _, IsTerminal as _, Write as _},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};

use super::{Cli, Command, CommonOptions, module_source::say};
use crate::{
    cil::Grant,
    host::{
        directories::{Directories, node_name},
        dontaudit::{self, MarkFile, PutBack, left_behind},
        environment::wait_for_stdin,
        install::{Hurdle, Outcome, Privilege, Reload, Report, Target},
        journal::JournalFile,
        process::{Cancel, CommandLine},
    },
    selinux::{Identifier, printable},
    session::{JournalRecord, Session},
};

/// Longer lists are cut: a person reads no thousand rules.
const MOST_SHOWN: usize = 40;

/// The store that the options mean.
pub(super) fn target(common: &CommonOptions) -> anyhow::Result<Target> {
    let target = Target::find(&common.root, if common.no_reload { Reload::No } else { Reload::Yes })?;
    Ok(if common.read_only { target.read_only() } else { target })
}

/// The session that is told what was done: its journal, and what it did before.
pub(super) struct NodeSession {
    /// Open when there is one, and from [`NodeSession::begin`] on.
    journal: Option<JournalFile>,
    directories: Directories,
    node: String,
    is_begun: bool,
    /// The session as it stands.
    pub session: Session,
    /// Its folder; nothing is made there before something is done.
    pub folder: PathBuf,
}

impl NodeSession {
    /// Reads the session of this module name. One that has not begun does not begin by being looked at.
    pub(super) fn open(common: &CommonOptions, module: &Identifier) -> anyhow::Result<Self> {
        let node = node_name(&common.root).as_str().to_owned();
        let directories = Directories::of_user()?;
        let path = directories.journal_path(&node, module);
        let folder = path.parent().unwrap_or(Path::new(".")).to_owned();
        let session = Session::new(module.clone());
        let mut opened = Self { journal: None, directories, node, is_begun: false, session, folder };
        // One that can't be seen is not taken for none.
        if !matches!(path.try_exists(), Ok(false)) {
            opened.open_journal()?;
        }
        Ok(opened)
    }

    fn open_journal(&mut self) -> anyhow::Result<()> {
        let path = self.directories.journal(&self.node, self.session.module_name())?;
        let opened = JournalFile::open(&path)?;
        if let Some(damage) = &opened.damage {
            say(&printable(damage.to_string().as_bytes()));
        }
        let Some(journal) = opened.writer else {
            let who = opened.held_by.map(|pid| format!(" (pid {pid})")).unwrap_or_default();
            bail!(
                "another seltui{who} has the session {}: do it there, or end it, or name another session with -m",
                self.session.module_name()
            );
        };
        self.journal = Some(journal);
        for record in &opened.records {
            // One that makes no sense where it stands is passed over, as the terminal program does it.
            let _ = self.session.apply(record);
        }
        self.is_begun = !opened.records.is_empty();
        Ok(())
    }

    /// Makes sure that what is done from now on can be written down.
    pub(super) fn begin(&mut self) -> anyhow::Result<()> {
        if self.journal.is_none() {
            self.open_journal()?;
        }
        if let (Some(journal), false) = (&mut self.journal, self.is_begun) {
            let module = self.session.module_name().clone();
            self.session.apply(&journal.begin(&self.node, &module)?)?;
            self.is_begun = true;
        }
        Ok(())
    }

    /// Writes a record down. What was done can't be undone because it was not written: it is told.
    pub(super) fn record(&mut self, record: &JournalRecord) {
        let written = match &mut self.journal {
            Some(journal) => journal.append(record),
            None => Err(anyhow::anyhow!("{}: it is not open", self.folder.display())),
        };
        if let Err(error) = written {
            say(&format!("the session's journal does not hold it: {error:#}"));
        }
    }
}

/// Puts a question on the terminal; what is no yes is a no, and so is a signal. Without a terminal nobody can say yes.
fn ask(question: &str, cancel: &Cancel) -> bool {
    if !io::stdin().is_terminal() {
        return false;
    }
    // A closed standard error is no reason to go on without an answer: there will be none.
    let _ = write!(io::stderr(), "{question} [y/N] ");
    if !wait_for_stdin(cancel) {
        tell("");
        return false;
    }
    let mut answer = String::new();
    if io::stdin().lock().read_line(&mut answer).is_err() {
        return false;
    }
    matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes")
}

/// Whether everything is agreed to: the act itself and each of its hurdles, by options or by answers.
pub(super) fn agreed(
    act: &str,
    yes: bool,
    hurdles: &[Hurdle],
    given: impl Fn(&Hurdle) -> bool,
    option: impl Fn(&Hurdle) -> &'static str,
    cancel: &Cancel,
) -> bool {
    let is_asked = io::stdin().is_terminal();
    if !yes && !ask(&format!("{act}?"), cancel) {
        say(if is_asked { "nothing was changed" } else { "nobody is there to say yes: --yes says it" });
        return false;
    }
    for hurdle in hurdles {
        if given(hurdle) {
            say(&format!("it {hurdle}: agreed to by {}", option(hurdle)));
            continue;
        }
        // The distribution's own module is never shadowed by an answer alone.
        let is_open = hurdle.yeses() == 1 && ask(&format!("It {hurdle}. Go on?"), cancel);
        if !is_open {
            say(&format!("refused: it {hurdle} ({} agrees to that)", option(hurdle)));
            return false;
        }
    }
    true
}

/// Tells a list of grants under a heading.
pub(super) fn tell_grants(heading: &str, grants: &Result<Vec<Grant>, String>) {
    match grants {
        Ok(grants) if grants.is_empty() => say(&format!("{heading}: nothing")),
        Ok(grants) => {
            say(&format!("{heading}:"));
            for grant in grants.iter().take(MOST_SHOWN) {
                tell(&format!("  {}", printable(grant.to_string().as_bytes())));
            }
            if let Some(more) = grants.len().checked_sub(MOST_SHOWN).filter(|more| *more > 0) {
                tell(&format!("  … and {more} more"));
            }
        }
        Err(why) => say(&format!("{heading}: not known: {why}")),
    }
}

/// A line for the person.
pub(super) fn tell(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}

/// Refuses what changes the node where the options or the user's rights forbid it. The command is shown either way.
pub(super) fn permitted(
    common: &CommonOptions,
    target: &Target,
    act: &str,
    command: &CommandLine,
) -> anyhow::Result<bool> {
    say(&format!("the command: {command}"));
    if common.read_only {
        say(&format!("--read-only leaves {act} out: nothing was changed"));
        return Ok(false);
    }
    if target.privilege == Privilege::None {
        bail!("this needs root, and there is no sudo here: run the command above as root");
    }
    Ok(true)
}

/// Tells how a change of the store ended; whether it is done.
pub(super) fn tell_report(act: &str, report: &Report) -> bool {
    match report.outcome {
        Outcome::Done => {
            say(&format!("{act} in {:.1} s; {}", report.took.as_secs_f64(), report.reload));
            report.warnings.iter().for_each(|warning| say(warning));
            true
        }
        Outcome::Refused => {
            say("semodule refuses it; nothing was changed");
            report.faults.iter().for_each(|fault| say(&fault.to_string()));
            false
        }
        Outcome::Cancelled => {
            say("given up; nothing was changed");
            false
        }
        Outcome::Missed => {
            report.warnings.iter().for_each(|warning| say(warning));
            false
        }
    }
}

/// Says at the start of every command that dontaudit rules are out since an earlier one. Those that look closer themselves,
/// and the terminal program, say it in their own way.
pub(super) fn tell_of_left_behind(cli: &Cli) {
    if matches!(cli.command, None | Some(Command::Demo(_) | Command::Dontaudit(_) | Command::Status(_))) {
        return;
    }
    let Ok(directories) = Directories::of_user() else { return };
    let file = MarkFile::of(&directories, &cli.common.root);
    if file.read().is_none() {
        return;
    }
    if let Some(left) = target(&cli.common).ok().and_then(|target| left_behind(&target, &file)) {
        say(&left.sentence());
    }
}

/// Puts back what this program still has out at its end; false when it could not.
pub(super) fn put_back_at_end() -> bool {
    let is_back = if dontaudit::is_armed() {
        say("the dontaudit rules are being put back …");
        match dontaudit::put_back_unasked() {
            PutBack::Failed(why) => {
                say(&why);
                false
            }
            PutBack::Done(_) | PutBack::Nothing => true,
        }
    } else {
        true
    };
    // Closes the session that it holds.
    dontaudit::witnessed_by(None);
    is_back
}

/// Lets sudo ask for its password, where it must.
pub(super) fn authenticate(target: &Target) -> anyhow::Result<()> {
    target.authenticate().context("the node was not changed")
}
