//! Loading a module.

use std::{
    fmt, fs,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context as _, bail};

use super::{
    Fault, PolicyReload, Target,
    place::Place,
    proof::{Change, Proof},
    run::{self, RunReport},
};
use crate::{
    cil::{self, Grant},
    host::{
        clock, private,
        process::{Cancel, CommandLine, Ended},
        store::{DEFAULT_PRIORITY, DISTRIBUTION_PRIORITIES, InstalledModule, Package},
    },
    session::{JournalRecord, Kept, Loaded, LoadedModules},
};

/// Less room than this on the store's file system is worth a word: a commit copies the store and writes the policy twice.
const ROOM: u64 = 128 << 20;

/// A module of the same name that the store has.
#[derive(Debug, Clone)]
pub struct FoundModule {
    /// The module.
    pub module: InstalledModule,
    /// SHA-256 of its content.
    pub digest: String,
    /// Whether it is what this session loaded, unchanged.
    pub is_own: bool,
    /// What it grants and the new module does not; the words of a fault where that can't be found out.
    pub loses: Result<Vec<Grant>, String>,
}

/// What takes a yes of its own beyond the first one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hurdle {
    /// A module of this name and priority is there; it will be gone.
    Replaces {
        /// The priority of both.
        priority: u16,
        /// How many grants go with it; nothing where that can't be told.
        loses: Option<usize>,
    },
    /// A module of this name has a lower priority, and will have no effect any more.
    Shadows {
        /// Its priority.
        priority: u16,
    },
    /// The same, and it is the distribution's own.
    ShadowsDistribution {
        /// Its priority.
        priority: u16,
    },
    /// A module of this name has a higher priority: the new one will have no effect.
    IsShadowed {
        /// Its priority.
        priority: u16,
    },
    /// The module of this name was disabled by somebody (`semodule -d`): the new one will have no effect.
    IsDisabled,
    /// What is there was not loaded by this program, or changed since.
    IsForeign,
    /// What is there can't be read: nobody knows what would be replaced.
    Unseen,
}

impl Hurdle {
    /// How often it is to be agreed to, beyond the first yes.
    pub fn yeses(&self) -> usize {
        if matches!(self, Self::ShadowsDistribution { .. }) { 2 } else { 1 }
    }
}

impl fmt::Display for Hurdle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Replaces { priority, loses: Some(0) } => {
                write!(f, "replaces a module of the same name at priority {priority}; nothing that it grants is lost")
            }
            Self::Replaces { priority, loses: Some(1) } => write!(
                f,
                "replaces a module of the same name at priority {priority}; one of its rules is not in the new one"
            ),
            Self::Replaces { priority, loses: Some(number) } => write!(
                f,
                "replaces a module of the same name at priority {priority}; {number} of its rules are not in the new one"
            ),
            Self::Replaces { priority, loses: None } => {
                write!(f, "replaces a module of the same name at priority {priority}; what that grants can't be told")
            }
            Self::Shadows { priority } => {
                write!(f, "shadows a module of the same name at priority {priority}, which loses its effect")
            }
            Self::ShadowsDistribution { priority } => write!(
                f,
                "shadows the distribution's own module at priority {priority}: all that it grants goes; better choose another name"
            ),
            Self::IsShadowed { priority } => {
                write!(f, "has no effect: a module of the same name has the higher priority {priority}")
            }
            Self::IsDisabled => {
                f.write_str("has no effect: the module of this name is disabled (semodule -e enables it)")
            }
            Self::IsForeign => f.write_str("was not loaded by this session, or was changed since"),
            Self::Unseen => {
                f.write_str("is done unseen: the store can't be read, and what is there of this name is not known")
            }
        }
    }
}

/// What a person has agreed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Consent {
    /// To what takes one further yes.
    pub second: bool,
    /// To shadowing the distribution's own module.
    pub shadow: bool,
}

impl Consent {
    /// The hurdles that nobody agreed to.
    pub fn refuses<'a>(&self, hurdles: &'a [Hurdle]) -> Vec<&'a Hurdle> {
        let is_open = |hurdle: &&Hurdle| !(self.second && (self.shadow || hurdle.yeses() == 1));
        hurdles.iter().filter(is_open).collect()
    }
}

/// Everything about a load before it is done.
#[derive(Debug)]
pub struct InstallPlan {
    /// The module.
    pub package: Package,
    /// The priority that it will have.
    pub priority: u16,
    /// What is run, exactly.
    pub command: CommandLine,
    /// What the module grants: by domain, since sources come first; the words of a fault where that can't be found out.
    pub adds: Result<Vec<Grant>, String>,
    /// The modules of the same name, the highest priority first; the words of a fault where the store is closed.
    pub found: Result<Vec<FoundModule>, String>,
    /// What takes a yes of its own.
    pub hurdles: Vec<Hurdle>,
    /// What else a person should know: whose policy changes, what can't be seen, how much room there is.
    pub remarks: Vec<String>,
    target: Target,
    cil: Option<cil::Module>,
    _place: Place,
}

/// How a change of the store ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It is done.
    Done,
    /// semodule refused it: the store is as it was.
    Refused,
    /// It was given up: the store is as it was.
    Cancelled,
    /// semodule ended well, and the store does not show what it was to do; [`Report::warnings`] says how it stands.
    Missed,
}

/// What came of a load, or of taking one back.
#[derive(Debug, Clone)]
pub struct Report {
    /// How it ended.
    pub outcome: Outcome,
    /// How long semodule ran.
    pub took: Duration,
    /// What it printed. That it printed something is no fault.
    pub output: Vec<String>,
    /// What of it says why it refused.
    pub faults: Vec<Fault>,
    /// Whether the kernel has a new policy.
    pub reload: PolicyReload,
    /// What went wrong though the store was changed, such as that the session could not be told.
    pub warnings: Vec<String>,
}

impl InstallPlan {
    /// Looks at the module and at the store. Nothing is changed, but that the module is copied to where semodule may read it,
    /// unless the command is only shown.
    ///
    /// `loaded` is what this session loaded before: that is no stranger's. `cancel` stops the compiler that shows what the
    /// module holds.
    ///
    /// # Errors
    /// The file is no module, there is no place for the copy, or the store can be read only.
    pub fn prepare(
        target: &Target,
        package: &Path,
        priority: Option<u16>,
        loaded: &LoadedModules,
        cancel: &Cancel,
    ) -> anyhow::Result<Self> {
        let own = package;
        let package = Package::read(own)?;
        refuse_unchangeable(target)?;
        let wanted = priority.unwrap_or(DEFAULT_PRIORITY);
        let place = Place::of(target, &package, own)?;
        let options = priority.map(|priority| ["-X".to_owned(), priority.to_string()]).into_iter().flatten();
        let command = target.semodule(options).arg("-i").arg(&place.path);
        let cil = package.cil(cancel).map_err(|error| format!("{error:#}"));
        let adds = cil.as_ref().map(cil::Module::grants).map_err(Clone::clone);
        let found =
            find(target, &package, wanted, adds.as_ref().ok(), loaded, cancel).map_err(|error| format!("{error:#}"));
        let mut remarks: Vec<String> = target.remark().into_iter().collect();
        if target.is_only_shown() {
            remarks.push(
                "an enforcing node's semodule does not read every folder: from /root and /tmp it does".to_owned(),
            );
        }
        let mut hurdles = Vec::new();
        match &found {
            Ok(found) => hurdles.extend(found.iter().filter_map(|one| hurdle(one, wanted))),
            Err(error) => {
                remarks.push(format!("the store can't be read: {error}"));
                hurdles.push(Hurdle::Unseen);
            }
        }
        if target.store.is_disabled(&package.name) {
            hurdles.push(Hurdle::IsDisabled);
        }
        if let Some(free) = little_room(target) {
            remarks.push(format!(
                "only {} MB are free where the store lies: semodule may fail for want of room",
                free >> 20
            ));
        }
        let target = target.clone();
        let cil = cil.ok();
        Ok(Self { package, priority: wanted, command, adds, found, hurdles, remarks, target, cil, _place: place })
    }

    /// What is granted now by a module that will be gone or shadowed, and not by the new one, sorted and without doubles.
    pub fn loses(&self) -> Vec<Grant> {
        let found = self.found.iter().flatten().filter(|one| one.module.priority <= self.priority);
        let mut grants: Vec<_> = found.flat_map(|one| one.loses.iter().flatten().cloned()).collect();
        grants.sort();
        grants.dedup();
        grants
    }

    /// Loads the module. What it replaces is copied into `keep` first (the session's folder), and stays there.
    ///
    /// `record` is given what the journal is to hold: the command, and the load. `on_line` hears what semodule prints.
    ///
    /// # Errors
    /// Nothing was changed: somebody else changed the store since the plan was made, what would be replaced cannot be kept,
    /// or semodule cannot be started. That semodule refuses the module is no error but [`Outcome::Refused`].
    pub fn run(
        &self,
        keep: &Path,
        on_line: &mut dyn FnMut(String),
        cancel: &Cancel,
        record: &mut dyn FnMut(JournalRecord),
    ) -> anyhow::Result<Report> {
        let predecessor = self.predecessor();
        self.check_unchanged()?;
        let replaced = predecessor.map(|found| keep_module(found, keep)).transpose()?;
        let report = run::run(&self.target, &self.command, on_line, cancel, record)?;
        let name = self.package.name.clone();
        let change = Change {
            name: &name,
            priority: self.priority,
            before: predecessor.map(|found| found.digest.as_str()),
            after: Some(&self.package),
        };
        let proof = change.prove(&self.target);
        let stored = if let Proof::Made(Some(digest)) = &proof { digest } else { &self.package.digest };
        let digest = stored.clone();
        let mut report = Report::of(report, &self.target, &name, self.cil.as_ref());
        report.hold_against(
            &change,
            proof,
            "the store has the module all the same: load it once more, or take it back",
        );
        if report.outcome == Outcome::Done {
            let at = clock::now().0 / 1000;
            record(JournalRecord::Loaded(Loaded { at, name, priority: self.priority, digest, replaced }));
        }
        Ok(report)
    }

    fn predecessor(&self) -> Option<&FoundModule> {
        self.found.iter().flatten().find(|one| one.module.priority == self.priority)
    }

    /// Whether the module that is to be kept is the one that was shown.
    fn check_unchanged(&self) -> anyhow::Result<()> {
        let Ok(found) = &self.found else { return Ok(()) };
        let now = self.target.store.named(&self.package.name)?;
        let shown: Vec<_> = found.iter().map(|one| (one.module.priority, one.digest.clone())).collect();
        let mut there = Vec::new();
        for module in now {
            there.push((module.priority, module.digest()?));
        }
        if shown != there {
            bail!("somebody else changed the module {} in the store meanwhile: look at it again", self.package.name);
        }
        Ok(())
    }
}

impl Report {
    /// From what semodule came to.
    pub(super) fn of(report: RunReport, target: &Target, name: &str, cil: Option<&cil::Module>) -> Self {
        let RunReport { ended, output, reload, took } = report;
        let (outcome, faults) = match ended {
            Ended::By(status) if status.success() => (Outcome::Done, Vec::new()),
            Ended::By(_) => (Outcome::Refused, faults(target, &output, name, cil)),
            Ended::Cancelled => (Outcome::Cancelled, Vec::new()),
        };
        let mut warnings = Vec::new();
        if outcome == Outcome::Done && reload == PolicyReload::NotSeen {
            warnings.push("semodule was content, but the kernel has not got a new policy".to_owned());
        }
        Self { outcome, took, output, faults, reload, warnings }
    }

    /// Holds what semodule said against what the store shows. A commit is one step, and what follows it is long: a semodule
    /// that was stopped or failed after it has changed the store, which `so` tells.
    pub(super) fn hold_against(&mut self, change: &Change<'_>, proof: Proof, so: &str) {
        match (self.outcome, proof) {
            (Outcome::Done, Proof::Missed(how)) => {
                self.outcome = Outcome::Missed;
                self.warnings = vec![format!(
                    "semodule ended as if all were well, but the store {how}: nothing was changed as far as can be seen; look \
                     what the semodule of the command is, and what semodule -lfull lists"
                )];
            }
            (Outcome::Done, Proof::Unseen(why)) => {
                self.warnings.push(format!("whether the store holds it now can't be seen: {why}"));
            }
            (Outcome::Cancelled | Outcome::Refused, Proof::Made(_)) if change.is_visible() => {
                let how = if self.outcome == Outcome::Cancelled { "was stopped too late" } else { "failed too late" };
                self.outcome = Outcome::Done;
                self.warnings.extend(self.faults.drain(..).map(|fault| fault.to_string()));
                self.warnings.push(format!("semodule {how}, and what it does after its commit may be missing; {so}"));
            }
            _ => {}
        }
    }
}

/// What of semodule's output says why it refused, and what libsemanage does not say of a full disk.
pub(in crate::host) fn faults(target: &Target, output: &[String], name: &str, cil: Option<&cil::Module>) -> Vec<Fault> {
    let mut faults = Fault::find(output, name, cil);
    faults.extend(little_room(target).and_then(|free| Fault::of_room(output, free)));
    faults
}

/// How many bytes are free where the store lies, when that may be too few for a commit.
pub(in crate::host) fn little_room(target: &Target) -> Option<u64> {
    target.store.free_bytes().filter(|free| *free < ROOM)
}

/// A store that is not there or that nobody can write to is told before a person has said yes. One in a folder that is closed
/// to the user may be there.
pub(in crate::host) fn refuse_unchangeable(target: &Target) -> anyhow::Result<()> {
    if matches!(target.store.folder().try_exists(), Ok(false)) {
        bail!(
            "there is no module store {}: see SELINUXTYPE in etc/selinux/config, and --root",
            target.store.folder().display()
        );
    }
    if target.store.is_read_only() == Some(true) {
        bail!(
            "{} lies on a file system that is mounted for reading only: change it as this system is updated (for example by \
transactional-update), or carry the module home",
            target.store.folder().display()
        );
    }
    Ok(())
}

fn find(
    target: &Target,
    package: &Package,
    priority: u16,
    adds: Option<&Vec<Grant>>,
    loaded: &LoadedModules,
    cancel: &Cancel,
) -> anyhow::Result<Vec<FoundModule>> {
    let mut found = Vec::new();
    for module in target.store.named(&package.name)? {
        let digest = module.digest()?;
        let is_own = loaded.get(&module.name, module.priority).is_some_and(|ours| ours.digest == digest);
        let loses = if module.priority > priority {
            // It stays in force.
            Ok(Vec::new())
        } else {
            match (module.cil(cancel), adds) {
                (Ok(cil), Some(adds)) => Ok(cil::without(&cil.grants(), adds)),
                (Ok(_), None) => Err("what the new module grants can't be shown".to_owned()),
                (Err(error), _) => Err(format!("{error:#}")),
            }
        };
        found.push(FoundModule { module, digest, is_own, loses });
    }
    Ok(found)
}

/// What a module that is there already asks of a person. The session's own last round, all of which is in the new one,
/// asks nothing.
fn hurdle(found: &FoundModule, priority: u16) -> Option<Hurdle> {
    let theirs = found.module.priority;
    match theirs.cmp(&priority) {
        std::cmp::Ordering::Equal => {
            let loses = found.loses.as_ref().ok().map(Vec::len);
            (!found.is_own || loses != Some(0)).then_some(Hurdle::Replaces { priority, loses })
        }
        std::cmp::Ordering::Greater => Some(Hurdle::IsShadowed { priority: theirs }),
        std::cmp::Ordering::Less if DISTRIBUTION_PRIORITIES.contains(&theirs) => {
            Some(Hurdle::ShadowsDistribution { priority: theirs })
        }
        std::cmp::Ordering::Less => Some(Hurdle::Shadows { priority: theirs }),
    }
}

/// Copies a module out of the store, byte for byte and onto the disk.
fn keep_module(found: &FoundModule, keep: &Path) -> anyhow::Result<Kept> {
    let InstalledModule { name, priority, language, .. } = &found.module;
    let short: String = found.digest.chars().take(12).collect();
    let folder = keep.join("kept").join(format!("{priority}-{short}"));
    let kept =
        |path: PathBuf| Kept { priority: *priority, digest: found.digest.clone(), file: path.display().to_string() };
    private::make_private_folder(&keep.join("kept"))?;
    private::make_private_folder(&folder)?;
    let bytes = found.module.stored_bytes()?;
    let package = Package::of_bytes(name, language, bytes)
        .with_context(|| format!("the module {name} in the store can't be kept, so it is not replaced"))?;
    let path = folder.join(format!("{name}.{language}"));
    if fs::read(&path).is_ok_and(|there| there == package.bytes) {
        return Ok(kept(path));
    }
    let path = package.write(&folder).context("what would be replaced can't be kept, so nothing is loaded")?;
    private::sync_folder(&folder)?;
    Ok(kept(path))
}
