//! A module built by the real compilers, in a private folder.

use std::{
    collections::BTreeSet,
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::Context as _;
use tempfile::TempDir;

use super::{
    distribution::{Distribution, Missing, Need},
    export::ExportFile,
    headers::{Headers, PolicyKind},
    process::{Cancel, CommandLine, Ended, find_program},
};
use crate::{
    module::{LineKind, PolicyModule, Problem, RenderContext, SourceFile, Unwritable, problems},
    selinux::statement::Form,
};

/// What shall be built, and with what.
#[derive(Debug, Clone, Copy)]
pub struct Build<'a> {
    /// The module; its form says by whom it is compiled.
    pub module: &'a PolicyModule,
    /// The headers for the devel Makefile.
    pub headers: &'a Headers,
    /// What these headers hold: see [`Headers::render_context`].
    pub context: &'a RenderContext,
    /// The folder below which `/etc/selinux/config` is looked up.
    pub root: &'a Path,
}

/// How a build ended.
#[derive(Debug, Clone)]
pub struct BuildReport {
    /// What came of it.
    pub outcome: BuildOutcome,
    /// What could not be written and is missing in the package.
    pub unwritable: Vec<Unwritable>,
    /// The commands that were run, as they could be typed.
    pub commands: Vec<String>,
    /// What they printed, printable, in the order it came.
    pub output: Vec<String>,
    /// What of it names a fault.
    pub problems: Vec<Problem>,
    /// From the first command to the end.
    pub took: Duration,
}

/// What came of a build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BuildOutcome {
    /// The policy package.
    Built(Vec<u8>),
    /// A compiler refused the module, or it holds nothing that could be compiled.
    Failed,
    /// It was stopped.
    Cancelled,
}

impl BuildReport {
    /// Of a module that says nothing: no compiler was asked.
    fn empty(unwritable: Vec<Unwritable>) -> Self {
        let message = if unwritable.is_empty() {
            "the module holds nothing yet: decide something first"
        } else {
            "nothing that was decided can be written"
        };
        Self {
            outcome: BuildOutcome::Failed,
            unwritable,
            commands: Vec::new(),
            output: Vec::new(),
            problems: vec![Problem { line: None, message: message.to_owned() }],
            took: Duration::ZERO,
        }
    }

    /// The policy package, where there is one.
    pub fn package(&self) -> Option<&[u8]> {
        match &self.outcome {
            BuildOutcome::Built(package) => Some(package),
            BuildOutcome::Failed | BuildOutcome::Cancelled => None,
        }
    }
}

/// What a build of this form needs and does not find.
pub fn missing(form: Form, headers: &Headers) -> Option<Missing> {
    let programs = match form {
        Form::PolicyModule => vec![Need::Make, Need::M4, Need::Checkmodule, Need::SemodulePackage],
        Form::Module => vec![Need::Checkmodule, Need::SemodulePackage],
    };
    let is_missing = |need: &Need| need.program().is_some_and(|program| find_program(program).is_none());
    let mut needs: BTreeSet<_> = programs.into_iter().filter(is_missing).collect();
    if form == Form::PolicyModule && !headers.are_complete() {
        needs.insert(Need::Headers);
    }
    let folders: Vec<_> = headers.folders().iter().map(|folder| folder.display().to_string()).collect();
    let (headers_named, distribution) = (headers.are_named(), Distribution::here());
    let missing = Missing { needs, headers: folders.join(", "), headers_named, distribution };
    (!missing.needs.is_empty()).then_some(missing)
}

impl Build<'_> {
    /// Builds the package; each line that a compiler prints is handed over as it comes.
    ///
    /// A module that does not compile is no error but a report; an error is what keeps the compilers from running
    /// ([`Missing`] among them).
    pub fn run(&self, on_line: &mut dyn FnMut(&str), cancel: &Cancel) -> anyhow::Result<BuildReport> {
        let (files, unwritable) = ExportFile::sources_of(self.module, self.context);
        if !self.says_something() {
            return Ok(BuildReport::empty(unwritable));
        }
        if let Some(missing) = missing(self.module.form, self.headers) {
            return Err(missing.into());
        }
        let started = Instant::now();
        let workshop = Workshop::new()?;
        for file in files {
            workshop.write(&file.name, &file.content)?;
        }
        let commands = match self.module.form {
            Form::PolicyModule => vec![self.make(&workshop)?],
            Form::Module => self.compile(&workshop)?,
        };
        let mut output = Vec::new();
        let mut ran = Vec::new();
        let mut outcome = None;
        for command in &commands {
            ran.push(command.to_string());
            let mut keep = |line: String| {
                on_line(&line);
                output.push(line);
            };
            match command.run(&mut keep, cancel)? {
                Ended::By(status) if status.success() => {}
                Ended::By(_) => outcome = Some(BuildOutcome::Failed),
                Ended::Cancelled => outcome = Some(BuildOutcome::Cancelled),
            }
            if outcome.is_some() {
                break;
            }
        }
        let outcome = match outcome {
            Some(outcome) => outcome,
            None => BuildOutcome::Built(workshop.read(&self.file("pp"))?),
        };
        let problems = problems(self.module.name.as_str(), &output);
        Ok(BuildReport { outcome, unwritable, commands: ran, output, problems, took: started.elapsed() })
    }

    /// Whether there is a rule or a declaration: checkmodule takes no module without one.
    fn says_something(&self) -> bool {
        let te = self.module.render(SourceFile::Te, self.context);
        let says =
            |kind| matches!(kind, LineKind::Allow | LineKind::DontAudit | LineKind::Declaration | LineKind::Call);
        te.lines.iter().any(|line| says(line.kind))
    }

    fn file(&self, extension: &str) -> String {
        format!("{}.{extension}", self.module.name)
    }

    /// The devel Makefile's own way, without what it would find out by itself in `/etc/selinux/config`.
    fn make(&self, workshop: &Workshop) -> anyhow::Result<CommandLine> {
        self.headers.lay_out(&workshop.headers())?;
        let PolicyKind { name, kind } = self.headers.policy_kind(self.root)?;
        Ok(workshop
            .command(Need::Make)?
            .args(["-f", "../headers/Makefile", "HEADERDIR=../headers"])
            .arg(format!("NAME={name}"))
            .arg(format!("TYPE={kind}"))
            .arg(self.file("pp")))
    }

    fn compile(&self, workshop: &Workshop) -> anyhow::Result<Vec<CommandLine>> {
        let (te, r#mod, fc, pp) = (self.file("te"), self.file("mod"), self.file("fc"), self.file("pp"));
        let mls = self.has_levels()?.then_some("-M");
        Ok(vec![
            workshop.command(Need::Checkmodule)?.args(mls).args(["-m", "-o", &r#mod, &te]),
            workshop.command(Need::SemodulePackage)?.args(["-o", &pp, "-m", &r#mod, "-f", &fc]),
        ])
    }

    /// Whether the policy has levels (MCS or MLS): as the kernel says, or the headers, or as nearly all policies do.
    fn has_levels(&self) -> anyhow::Result<bool> {
        if let Ok(mls) = fs::read_to_string(self.root.join("sys/fs/selinux/mls")) {
            return Ok(mls.trim() != "0");
        }
        Ok(self.headers.policy_kind(self.root)?.kind != "standard")
    }
}

/// The private folder: the module's files in one part, the headers beside it.
struct Workshop {
    folder: TempDir,
}

impl Workshop {
    fn new() -> anyhow::Result<Self> {
        let private = Permissions::from_mode(0o700);
        let folder = tempfile::Builder::new()
            .prefix("seltui-build-")
            .permissions(private)
            .tempdir()
            .with_context(|| format!("cannot make a folder in {}", std::env::temp_dir().display()))?;
        let workshop = Self { folder };
        fs::create_dir(workshop.module()).context("cannot make a folder to build in")?;
        Ok(workshop)
    }

    /// Where the compilers run: every `.te` in there would be built, every folder taken for a layer.
    fn module(&self) -> PathBuf {
        self.folder.path().join("module")
    }

    fn headers(&self) -> PathBuf {
        self.folder.path().join("headers")
    }

    fn write(&self, file: &str, content: &[u8]) -> anyhow::Result<()> {
        let path = self.module().join(file);
        fs::write(&path, content).with_context(|| format!("cannot write {}", path.display()))
    }

    fn read(&self, file: &str) -> anyhow::Result<Vec<u8>> {
        let path = self.module().join(file);
        fs::read(&path).with_context(|| format!("the compilers were content, and left no {}", path.display()))
    }

    fn command(&self, need: Need) -> anyhow::Result<CommandLine> {
        let program = need.program().and_then(find_program).context("a program vanished while it was looked for")?;
        Ok(CommandLine::new(program, self.module()))
    }
}
