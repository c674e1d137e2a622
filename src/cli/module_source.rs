//! Where a module comes from: a log, decided as a whole, or a session's journal.

use std::{
    collections::BTreeSet,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use clap::{Args, ValueEnum};

use super::{
    CommonOptions,
    additions::AdditionOptions,
    interface::{Desk, PreferName, calls_for_rules},
    reading,
};
use crate::{
    denials::Denials,
    export,
    host::{self, export::ExportFile, journal::read_records, log::Detail},
    module::{PolicyModule, Unwritable, Version},
    replay,
    selinux::{Identifier, Name, printable, statement::Form},
    session::{JournalRecord, Plan, Session, Verdict},
};

/// What goes into the module, for every subcommand that writes one.
#[derive(Debug, Args)]
pub struct ModuleSource {
    /// Take the decisions of this session: the file `journal` in its folder below ~/.local/state/seltui/sessions
    #[arg(long, value_name = "FILE", conflicts_with_all = ["input", "dontaudit", "new_domain", "from", "call"])]
    session: Option<PathBuf>,

    /// Write dontaudit rules instead of allow rules: it stays denied, and is logged no more
    #[arg(long)]
    dontaudit: bool,

    /// Declare this domain, and move to it what the types of --from were denied
    #[arg(long, value_name = "NAME", requires = "from", value_parser = domain_type)]
    new_domain: Option<Identifier>,

    /// A type whose accesses go to the new domain; may be given several times
    #[arg(long, value_name = "TYPE", requires = "new_domain")]
    from: Vec<String>,

    #[command(flatten)]
    additions: AdditionOptions,

    /// Rules as they were denied, or calls of interfaces that grant them
    #[arg(long, value_enum, default_value_t)]
    style: StyleName,

    /// With --style interfaces: few calls, or little opened
    #[arg(long, value_enum, default_value_t)]
    prefer: PreferName,

    /// Write rules with the names that the headers have for exactly what they say: `read_file_perms` for permissions,
    /// `read_files_pattern(...)` for a rule on a directory with one on what is in it
    #[arg(long)]
    named_sets: bool,

    /// How the module begins, which decides who compiles it [default: `policy_module`, or the session's]
    #[arg(long, value_enum)]
    form: Option<FormName>,
}

/// A module and what it follows from.
#[derive(Debug)]
pub(super) struct Decided {
    pub module: PolicyModule,
    pub session: Session,
    /// Those that the log told of; none where a journal was read instead.
    pub denials: Denials,
}

impl Decided {
    /// `workload.txt`, where the module declares domains of containers.
    pub fn workload(&self) -> Option<ExportFile> {
        let domains = export::container_domains(&self.session);
        (!domains.is_empty()).then(|| ExportFile::workload(export::workload_text(&domains)))
    }
}

/// The styles by their names on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum StyleName {
    /// Rules
    #[default]
    Raw,
    /// Calls as far as they grant it, rules for what stays
    Interfaces,
}

/// The forms by their names on the command line.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum FormName {
    /// `policy_module(NAME, 1.0)`, for the devel Makefile
    #[value(name = "policy_module")]
    PolicyModule,
    /// `module NAME 1.0;`, for checkmodule alone
    Module,
}

impl From<FormName> for Form {
    fn from(name: FormName) -> Self {
        match name {
            FormName::PolicyModule => Self::PolicyModule,
            FormName::Module => Self::Module,
        }
    }
}

fn domain_type(text: &str) -> Result<Identifier, String> {
    Identifier::domain_type(text).map_err(|error| error.to_string())
}

impl ModuleSource {
    /// The module, or nothing, with a sentence on standard error, when nothing was denied.
    pub fn module(&self, common: &CommonOptions) -> anyhow::Result<Option<PolicyModule>> {
        Ok(self.decided(common, Detail::WithoutCommandLine)?.map(|decided| decided.module))
    }

    /// The module with the decisions that it follows from and the denials that these are about.
    pub(super) fn decided(&self, common: &CommonOptions, detail: Detail) -> anyhow::Result<Option<Decided>> {
        let mut denials = Denials::new();
        let mut session = Session::new(common.module()?);
        let (records, nothing) = match &self.session {
            Some(journal) => (recorded(journal)?, "nothing is decided there: there is no rule to write"),
            None => {
                (self.records(common, detail, &mut denials)?, "nothing was denied there: there is no rule to write")
            }
        };
        for record in &records {
            session.apply(record)?;
        }
        if !self.additions.is_empty() && !session.is_empty() {
            session.apply(&self.additions.step(common, &session, &denials)?)?;
        }
        if let Some(form) = self.form {
            session.apply(&JournalRecord::Form { form: form.into() })?;
        }
        if self.named_sets {
            anyhow::ensure!(
                session.form() == Form::PolicyModule,
                "checkmodule alone knows no names of the headers: --named-sets goes with --form policy_module"
            );
            session.apply(&JournalRecord::NamedSets { named: true })?;
        }
        if self.style == StyleName::Interfaces {
            anyhow::ensure!(
                session.form() == Form::PolicyModule,
                "checkmodule alone knows no interfaces: --style interfaces goes with --form policy_module"
            );
            let desk = Desk::open(common)?;
            session.apply(&calls_for_rules(&session.policy_module(), &desk, self.prefer))?;
        }
        let mut module = session.policy_module();
        if let Some(name) = common.module.as_ref().filter(|name| **name != module.name) {
            (module.name, module.version) = (name.clone(), Version::FIRST);
        }
        if module.is_empty() {
            say(nothing);
            return Ok(None);
        }
        match host::policy::read(&common.root, common.policy.as_deref()) {
            Ok((_, policy)) => replay::annotate(&mut module, &policy),
            // Only a policy that was named must be there; a module can be written on a machine that has none.
            Err(error) if common.policy.is_some() => return Err(error.into()),
            Err(_) => {}
        }
        Ok(Some(Decided { module, session, denials }))
    }

    /// The decisions that follow from the logs.
    fn records(
        &self,
        common: &CommonOptions,
        detail: Detail,
        denials: &mut Denials,
    ) -> anyhow::Result<Vec<JournalRecord>> {
        let summary = reading::read(common, &reading::inputs(common), detail, |event| {
            denials.absorb(event);
            Ok(())
        })?;
        if summary.counters.damaged > 0 {
            let records = if summary.counters.damaged == 1 { "AVC record is" } else { "AVC records are" };
            say(&format!("{} {records} too damaged to be used", summary.counters.damaged));
        }
        let from: BTreeSet<Name> = self.from.iter().map(|name| Name::from(name.as_str())).collect();
        for name in &from {
            if !denials.rows().iter().any(|denial| denial.key.source == *name && denial.needs_decision()) {
                let name = printable(name.as_str().as_bytes());
                say(&format!("{name} was denied nothing there: --from {name} moves nothing"));
            }
        }
        let plan = Plan {
            verdict: if self.dontaudit { Verdict::DontAudit } else { Verdict::Allow },
            domain: self.new_domain.clone().map(|domain| (domain, from)),
        };
        Ok(plan.records(denials))
    }
}

/// The session of a journal as it stands.
pub(super) fn session_of(journal: &Path) -> anyhow::Result<Session> {
    let records = recorded(journal)?;
    let begun = records.iter().find_map(|record| match record {
        JournalRecord::Begin { module, .. } => Some(module.clone()),
        _ => None,
    });
    let Some(module) = begun else { anyhow::bail!("{} holds no session", journal.display()) };
    let mut session = Session::new(module);
    for record in &records {
        session.apply(record)?;
    }
    Ok(session)
}

/// The records of a session's journal; what it lost is told, and is no reason to stop.
fn recorded(journal: &Path) -> anyhow::Result<Vec<JournalRecord>> {
    let (records, damage) = read_records(journal)?;
    if let Some(damage) = damage {
        say(&damage.to_string());
    }
    Ok(records)
}

/// Tells what the module lacks, and why.
pub fn say_unwritable(unwritable: &[Unwritable]) {
    for unwritable in unwritable {
        say(&format!("not written: {unwritable}"));
    }
}

/// A sentence for the person; a closed standard error is no reason to fail.
pub fn say(sentence: &str) {
    let _ = writeln!(io::stderr(), "seltui: {sentence}");
}
