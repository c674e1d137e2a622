//! Taking a module back: out of the store, or what was there before in its place again.

use std::path::Path;

use anyhow::{Context as _, bail};

use super::{Hurdle, Outcome, Report, Target, load::refuse_unchangeable, place::Place, proof::Change, run};
use crate::{
    cil::{self, Grant},
    host::{
        clock,
        process::{Cancel, CommandLine},
        store::{DEFAULT_PRIORITY, InstalledModule, Package, is_module_name},
    },
    session::{JournalRecord, Kept, Loaded, LoadedModules, TakenBack},
};

/// How a module is taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TakeBack {
    /// It is removed.
    Remove,
    /// The copy of what was there before is installed in its place.
    PutBack(Kept),
}

/// Everything about taking a module back before it is done.
#[derive(Debug)]
pub struct RemovePlan {
    /// The module's name.
    pub name: String,
    /// Its priority.
    pub priority: u16,
    /// How it is taken back.
    pub how: TakeBack,
    /// What is run, exactly.
    pub command: CommandLine,
    /// What the node will not grant any more; the words of a fault where that can't be found out.
    pub loses: Result<Vec<Grant>, String>,
    /// The priority of another module of the same name that counts from then on.
    pub uncovers: Option<u16>,
    /// What takes a yes of its own.
    pub hurdles: Vec<Hurdle>,
    /// What else a person should know.
    pub remarks: Vec<String>,
    target: Target,
    /// SHA-256 of the module that was shown; nothing where the store is closed.
    digest: Option<String>,
    successor: Option<Package>,
    _place: Option<Place>,
}

impl RemovePlan {
    /// Looks at what the session loaded and at what the store has.
    ///
    /// Without a priority it is the one that the session loaded the module with last, else semodule's default. `remove` takes the
    /// module away even where a predecessor was kept.
    ///
    /// # Errors
    /// There is no such module, the kept predecessor is gone or damaged, or the store can be read only.
    pub fn prepare(
        target: &Target,
        name: &str,
        priority: Option<u16>,
        loaded: &LoadedModules,
        remove: bool,
        cancel: &Cancel,
    ) -> anyhow::Result<Self> {
        if !is_module_name(name) {
            bail!("{name:?} is no name of a module: see semodule -lfull");
        }
        refuse_unchangeable(target)?;
        let own = match priority {
            Some(priority) => loaded.get(name, priority),
            None => loaded.latest_named(name),
        };
        let priority = priority.or(own.map(|one| one.priority)).unwrap_or(DEFAULT_PRIORITY);
        let how = match own.and_then(|own| own.replaced.clone()) {
            Some(kept) if !remove => TakeBack::PutBack(kept),
            _ => TakeBack::Remove,
        };
        let mut remarks: Vec<String> = target.remark().into_iter().collect();
        let mut hurdles = Vec::new();
        let successor = match &how {
            TakeBack::PutBack(kept) => Some(read_kept(kept)?),
            TakeBack::Remove => None,
        };
        let seen = look(target, name, priority, own, successor.as_ref(), cancel);
        let (digest, loses, uncovers) = match seen {
            Ok(None) => {
                bail!("there is no module {name} at priority {priority} in {}", target.store.folder().display())
            }
            Ok(Some(seen)) => {
                if !seen.is_own {
                    hurdles.push(Hurdle::IsForeign);
                }
                (Some(seen.digest), seen.loses, seen.uncovers)
            }
            Err(error) => {
                let error = format!("{error:#}");
                remarks.push(format!("the store can't be read: {error}"));
                hurdles.push(Hurdle::Unseen);
                (None, Err(error), None)
            }
        };
        let place = match (&successor, &how) {
            (Some(package), TakeBack::PutBack(kept)) => Some(Place::of(target, package, Path::new(&kept.file))?),
            _ => None,
        };
        let options =
            (priority != DEFAULT_PRIORITY).then(|| ["-X".to_owned(), priority.to_string()]).into_iter().flatten();
        let command = target.semodule(options);
        let command = match &place {
            Some(place) => command.arg("-i").arg(&place.path),
            None => command.args(["-r", name]),
        };
        let (name, target) = (name.to_owned(), target.clone());
        Ok(Self {
            name,
            priority,
            how,
            command,
            loses,
            uncovers,
            hurdles,
            remarks,
            target,
            digest,
            successor,
            _place: place,
        })
    }

    /// Takes the module back. `record` is given what the journal is to hold.
    ///
    /// # Errors
    /// Nothing was changed: somebody else changed the module since the plan was made, or semodule cannot be started. That it
    /// refuses is no error but [`Outcome::Refused`].
    pub fn run(
        &self,
        on_line: &mut dyn FnMut(String),
        cancel: &Cancel,
        record: &mut dyn FnMut(JournalRecord),
    ) -> anyhow::Result<Report> {
        self.check_unchanged()?;
        let mut report =
            Report::of(run::run(&self.target, &self.command, on_line, cancel, record)?, &self.target, &self.name, None);
        let change = Change {
            name: &self.name,
            priority: self.priority,
            before: self.digest.as_deref(),
            after: self.successor.as_ref(),
        };
        let so = "the store has given the module up all the same: any further commit makes it whole";
        report.hold_against(&change, change.prove(&self.target), so);
        if report.outcome == Outcome::Done {
            let put_back = matches!(self.how, TakeBack::PutBack(_));
            let (at, name, priority) = (clock::now().0 / 1000, self.name.clone(), self.priority);
            record(JournalRecord::TakenBack(TakenBack { at, name, priority, put_back }));
        }
        Ok(report)
    }
}

impl RemovePlan {
    /// Whether the module that goes is the one that was shown.
    fn check_unchanged(&self) -> anyhow::Result<()> {
        let Some(shown) = &self.digest else { return Ok(()) };
        let there = self.target.store.named(&self.name)?;
        let there = there.iter().find(|module| module.priority == self.priority);
        if there.map(InstalledModule::digest).transpose()?.as_ref() != Some(shown) {
            bail!("somebody else changed the module {} in the store meanwhile: look at it again", self.name);
        }
        Ok(())
    }
}

/// What is in the place of a module.
struct Seen {
    digest: String,
    is_own: bool,
    loses: Result<Vec<Grant>, String>,
    uncovers: Option<u16>,
}

fn look(
    target: &Target,
    name: &str,
    priority: u16,
    own: Option<&Loaded>,
    successor: Option<&Package>,
    cancel: &Cancel,
) -> anyhow::Result<Option<Seen>> {
    let modules = target.store.named(name)?;
    let Some(there) = modules.iter().find(|module| module.priority == priority) else { return Ok(None) };
    let digest = there.digest()?;
    let is_own = own.is_some_and(|own| own.digest == digest);
    let is_covered = modules.iter().any(|module| module.priority > priority);
    let below = modules.iter().find(|module| module.priority < priority);
    let granted = |next: anyhow::Result<cil::Module>| next.map(|module| module.grants());
    let after = match (successor, below) {
        (Some(package), _) => granted(package.cil(cancel)),
        (None, Some(module)) => granted(module.cil(cancel)),
        (None, None) => Ok(Vec::new()),
    };
    let loses = if is_covered {
        Ok(Vec::new())
    } else {
        there
            .cil(cancel)
            .and_then(|module| Ok(cil::without(&module.grants(), &after?)))
            .map_err(|error| format!("{error:#}"))
    };
    let uncovers = below.filter(|_| successor.is_none() && !is_covered).map(|module| module.priority);
    Ok(Some(Seen { digest, is_own, loses, uncovers }))
}

/// The copy, if it is what was copied.
fn read_kept(kept: &Kept) -> anyhow::Result<Package> {
    let package = Package::read(Path::new(&kept.file)).context("what was there before can't be put back")?;
    if package.digest != kept.digest {
        bail!("{} is not what was copied there: remove the module without putting that back", kept.file);
    }
    Ok(package)
}
