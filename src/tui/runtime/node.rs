//! What the terminal program does on the node: looked at and done beside the screen, each thing written down as it happens.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    thread::JoinHandle,
};

use anyhow::Context as _;

use super::{Sender, source};
use crate::{
    cil::Grant,
    host::{
        clock,
        directories::Directories,
        dontaudit::{self, DontauditState, MarkFile, OffOutcome, OffPlan, PutBack, Standing, left_behind},
        install::{
            Hurdle, InstallPlan, Outcome, Privilege, Reload, RemovePlan, Report, Target, loaded_here, source_text,
        },
        journal::JournalFile,
        policy,
        process::Cancel,
        thread,
    },
    module::Problem,
    selinux::printable,
    session::{JournalRecord, LoadedModules},
    tui::{
        Msg,
        message::{Changed, Done, NodeNews},
        model::{Act, DontauditRules, Proposal, TextLine, TextView, Weight},
        widgets::Scroll,
    },
};

/// The journal, for whoever did something.
pub(super) type Journal = Arc<Mutex<JournalFile>>;

/// Which node, and what may be done with it.
#[derive(Debug, Clone)]
pub(super) struct NodePlace {
    /// The root of the node.
    pub root: PathBuf,
    /// Whether the running policy is to change with the store.
    pub reload: Reload,
    /// Nothing may be done at all.
    pub read_only: bool,
    /// The user's folders.
    pub directories: Directories,
    /// The session's folder: what is replaced is kept there.
    pub keep: PathBuf,
    /// The policy that was named, which no load changes.
    pub policy: Option<PathBuf>,
}

/// What was looked at and can be done.
#[derive(Debug)]
enum Planned {
    Load(Box<InstallPlan>, Option<String>),
    TakeBack(Box<RemovePlan>),
    LeaveOut(Box<OffPlan>),
    PutBack(Target),
}

/// The node's part of the hands.
#[derive(Debug)]
pub(super) struct NodeHands {
    place: NodePlace,
    sender: Sender,
    journal: Option<Journal>,
    planned: Arc<Mutex<Option<Planned>>>,
    cancel: Cancel,
    running: Option<JoinHandle<()>>,
}

impl NodePlace {
    fn target(&self) -> anyhow::Result<Target> {
        let target = Target::find(&self.root, self.reload)?;
        Ok(if self.read_only { target.read_only() } else { target })
    }

    fn mark(&self, target: &Target) -> MarkFile {
        MarkFile::of(&self.directories, &target.root)
    }
}

/// A lock is held for one step only; one that panicked meanwhile has ended the program.
pub(super) fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl NodeHands {
    pub(super) fn new(place: NodePlace, sender: Sender, journal: Option<Journal>) -> Self {
        dontaudit::witnessed_by(journal.clone().map(|journal| -> dontaudit::Witness {
            Box::new(move |record| {
                // The thread that panics may be the one that holds it.
                if let Ok(mut journal) = journal.try_lock() {
                    let _ = journal.append(record);
                }
            })
        }));
        Self { place, sender, journal, planned: Arc::default(), cancel: Cancel::new(), running: None }
    }

    /// Asks the node how it stands with dontaudit rules, beside the screen.
    pub(super) fn look(&mut self) {
        let (place, sender, planned) = (self.place.clone(), self.sender.clone(), Arc::clone(&self.planned));
        self.begin(move |_| {
            let (news, left) = look(&place);
            *locked(&planned) = left.map(Planned::PutBack);
            let _ = sender.send(Msg::Node(Box::new(news)));
        });
    }

    /// Who must be asked for a password before anything can be done; `None` where nobody must.
    pub(super) fn needs_password(&self) -> Option<Target> {
        let target = self.place.target().ok().filter(|_| !self.place.read_only)?;
        (matches!(target.privilege, Privilege::Sudo(_)) && !target.is_ready()).then_some(target)
    }

    /// Looks what an act would mean.
    pub(super) fn propose(&mut self, act: Act, package: Option<PathBuf>, loaded: LoadedModules) {
        let (place, sender, planned) = (self.place.clone(), self.sender.clone(), Arc::clone(&self.planned));
        self.begin(move |cancel| {
            let made = plan(&place, act, package.as_deref(), &loaded, cancel);
            let proposal = made.map(|(plan, mut proposal)| {
                *locked(&planned) = Some(plan);
                if place.read_only {
                    proposal.forbidden =
                        Some("--read-only: nothing is done from here; the command can be copied".into());
                }
                Box::new(proposal)
            });
            let _ = sender.send(Msg::Proposed(proposal.map_err(|error| said(&error))));
        });
    }

    /// Does what was proposed last.
    pub(super) fn change(&mut self, act: Act) {
        let (place, sender, journal) = (self.place.clone(), self.sender.clone(), self.journal.clone());
        let Some(planned) = locked(&self.planned).take().filter(|planned| planned.act() == act) else {
            let outcome = Err("nothing was proposed".to_owned());
            let _ = sender.send(Msg::Changed(Box::new(Changed { act, outcome, problems: Vec::new() })));
            return;
        };
        self.begin(move |cancel| {
            let mut on_line = |line: String| drop(sender.send(Msg::BuildLine(line)));
            let mut record = |record: JournalRecord| keep(journal.as_ref(), record, &sender);
            let (outcome, problems) = match run(&place, &planned, &mut on_line, cancel, &mut record) {
                Ok(Ok(done)) => (Ok(done), Vec::new()),
                Ok(Err((why, problems))) => (Err(why), problems),
                Err(error) => (Err(said(&error)), Vec::new()),
            };
            drop(planned);
            let is_done = outcome.is_ok();
            let _ = sender.send(Msg::Changed(Box::new(Changed { act, outcome, problems })));
            if is_done && place.policy.is_none() {
                let _ = sender.send(Msg::Policy(source::policy(&place.root, None)));
            }
        });
    }

    /// Forgets what was proposed, with the copy of the module that was made for it.
    pub(super) fn drop_plan(&self) {
        *locked(&self.planned) = None;
    }

    /// Lists what this program loaded on the node.
    pub(super) fn list(&mut self) {
        let (place, sender) = (self.place.clone(), self.sender.clone());
        // It only reads: it waits for nothing and is waited for by nobody.
        let _ = thread::spawn_named("loaded", move || {
            let view = list(&place).map_err(|error| said(&error));
            let _ = sender.send(Msg::Listed(view.map(Box::new)));
        });
    }

    /// Stops what is being done.
    pub(super) fn give_up(&self) {
        self.cancel.cancel();
    }

    fn begin(&mut self, work: impl FnOnce(&Cancel) + Send + 'static) {
        if let Some(running) = self.running.take() {
            // Its last message was sent: it is at its end.
            let _ = running.join();
        }
        self.cancel = Cancel::new();
        let cancel = self.cancel.clone();
        self.running = thread::spawn_named("node", move || work(&cancel)).ok();
    }

    /// Ends what runs, and puts back what this program took out; the terminal is a terminal again by now.
    pub(super) fn finish(mut self) {
        self.cancel.cancel();
        if let Some(running) = self.running.take() {
            let _ = running.join();
        }
        if !dontaudit::is_armed() {
            return;
        }
        super::screen::say_after("dontaudit rules are being put back …");
        let outcome = dontaudit::put_back(&mut |record| {
            if let Some(journal) = &self.journal {
                // The rules matter more than the line.
                let _ = locked(journal).append(&record);
            }
        });
        match outcome {
            PutBack::Done(took) => {
                super::screen::say_after(&format!("they are in force again, after {:.1} s", took.as_secs_f64()));
            }
            PutBack::Failed(why) => super::screen::say_after(&why),
            PutBack::Nothing => {}
        }
    }
}

impl Planned {
    fn act(&self) -> Act {
        match self {
            Self::Load(..) => Act::Load,
            Self::TakeBack(_) => Act::TakeBack,
            Self::LeaveOut(_) => Act::LeaveOut,
            Self::PutBack(_) => Act::PutBack,
        }
    }
}

/// Writes a record down at once, then tells the screen. What was done can't be undone because it was not written: it is told.
fn keep(journal: Option<&Journal>, record: JournalRecord, sender: &Sender) {
    let written = match journal {
        Some(journal) => locked(journal).append(&record),
        None => Err(anyhow::anyhow!("it is open read-only")),
    };
    if let Err(error) = written {
        let line = format!("the session's journal does not hold it: {error:#}");
        let _ = sender.send(Msg::BuildLine(printable(line.as_bytes())));
    }
    let _ = sender.send(Msg::Recorded(record));
}

fn said(error: &anyhow::Error) -> String {
    format!("{error:#}").lines().map(|line| printable(line.as_bytes())).collect::<Vec<_>>().join("\n")
}

/// How the node stands, and where dontaudit rules are to be put back.
fn look(place: &NodePlace) -> (NodeNews, Option<Target>) {
    let mut news = NodeNews { dontaudit: DontauditRules::Unknown, left_behind: None, proposal: None };
    let Ok(target) = place.target() else { return (news, None) };
    let file = place.mark(&target);
    // Nobody's password is asked for, and nobody's log filled, only to show a state.
    if matches!(target.privilege, Privilege::Sudo(_)) && file.read().is_none() {
        return (news, None);
    }
    let left = left_behind(&target, &file);
    news.dontaudit = rules(&target);
    let Some(left) = left else { return (news, None) };
    if matches!(left.standing, Standing::Held(_)) {
        news.left_behind = Some(left.sentence());
        return (news, None);
    }
    let mut proposal = put_back_proposal(&target);
    proposal.facts.insert(0, (Weight::Grave, left.sentence()));
    news.proposal = Some(proposal);
    (news, Some(target))
}

fn rules(target: &Target) -> DontauditRules {
    match dontaudit::state(target) {
        DontauditState::In => DontauditRules::In,
        DontauditState::Out => DontauditRules::Out,
        DontauditState::Unknown(_) => DontauditRules::Unknown,
    }
}

fn plan(
    place: &NodePlace,
    act: Act,
    package: Option<&Path>,
    loaded: &LoadedModules,
    cancel: &Cancel,
) -> anyhow::Result<(Planned, Proposal)> {
    let target = place.target()?;
    let (planned, mut proposal) = match act {
        Act::Load => {
            let package = package.context("there is no package: build the module first")?;
            let plan = InstallPlan::prepare(&target, package, None, loaded, cancel)?;
            let proposal = load_proposal(&plan);
            (Planned::Load(Box::new(plan), source_text(&package.with_extension("te")).ok()), proposal)
        }
        Act::TakeBack => {
            let own = loaded.latest().context("this session has loaded nothing that could be taken back")?;
            let plan = RemovePlan::prepare(&target, &own.name, Some(own.priority), loaded, false, cancel)?;
            let proposal = take_back_proposal(&plan);
            (Planned::TakeBack(Box::new(plan)), proposal)
        }
        Act::LeaveOut if rules(&target) != DontauditRules::Out => {
            let plan = OffPlan::prepare(&target, &place.mark(&target))?;
            let proposal = leave_out_proposal(&plan);
            (Planned::LeaveOut(Box::new(plan)), proposal)
        }
        // Somebody else took them out meanwhile.
        Act::LeaveOut | Act::PutBack => (Planned::PutBack(target.clone()), put_back_proposal(&target)),
    };
    if target.privilege == Privilege::None {
        proposal.forbidden =
            Some("this needs root, and there is no sudo here: copy the command and run it as root".into());
    }
    Ok((planned, proposal))
}

/// The grants, by domain.
fn tell_grants(facts: &mut Vec<(Weight, String)>, weight: Weight, heading: &str, grants: &Result<Vec<Grant>, String>) {
    let grants = match grants {
        Ok(grants) => grants,
        Err(why) => {
            facts.push((Weight::Grave, format!("{heading} can't be told: {}", printable(why.as_bytes()))));
            return;
        }
    };
    let count = grants.len();
    facts.push((Weight::Heading, if count == 0 { format!("{heading}: nothing.") } else { format!("{heading}:") }));
    let mut domain = None;
    for grant in grants {
        let shown = printable(grant.to_string().as_bytes());
        let (source, access) = shown.split_once(' ').unwrap_or((&shown, ""));
        if domain.as_deref() != Some(source) {
            facts.push((Weight::Plain, format!("{source} may")));
            domain = Some(source.to_owned());
        }
        facts.push((weight, format!("  {access}")));
    }
}

fn hurdles(hurdles: &[Hurdle]) -> Vec<String> {
    hurdles.iter().flat_map(|hurdle| std::iter::repeat_n(hurdle.to_string(), hurdle.yeses())).collect()
}

fn load_proposal(plan: &InstallPlan) -> Proposal {
    let mut facts: Vec<_> = plan.remarks.iter().map(|remark| (Weight::Grave, printable(remark.as_bytes()))).collect();
    for found in plan.found.iter().flatten() {
        let (name, priority) = (printable(found.module.name.as_bytes()), found.module.priority);
        let (weight, whose) =
            if found.is_own { (Weight::Plain, ", loaded by this session") } else { (Weight::Grave, "") };
        facts.push((weight, format!("there is {name} at priority {priority} already{whose}")));
    }
    let loses = plan.loses();
    if !loses.is_empty() {
        tell_grants(&mut facts, Weight::Grave, "Granted now by what is there, and not by the new one", &Ok(loses));
    }
    tell_grants(&mut facts, Weight::Plain, "The module grants", &plan.adds);
    Proposal {
        act: Act::Load,
        command: plan.command.to_string(),
        facts,
        hurdles: hurdles(&plan.hurdles),
        forbidden: None,
    }
}

fn take_back_proposal(plan: &RemovePlan) -> Proposal {
    let mut facts: Vec<_> = plan.remarks.iter().map(|remark| (Weight::Grave, printable(remark.as_bytes()))).collect();
    match &plan.how {
        crate::host::install::TakeBack::PutBack(kept) => {
            let file = printable(kept.file.as_bytes());
            facts.push((Weight::Plain, format!("puts back what was there before, kept as {file}")));
        }
        crate::host::install::TakeBack::Remove => {}
    }
    if let Some(priority) = plan.uncovers {
        facts.push((Weight::Plain, format!("the module of the same name at priority {priority} counts again")));
    }
    tell_grants(&mut facts, Weight::Plain, "Granted no more", &plan.loses);
    Proposal {
        act: Act::TakeBack,
        command: plan.command.to_string(),
        facts,
        hurdles: hurdles(&plan.hurdles),
        forbidden: None,
    }
}

fn leave_out_proposal(plan: &OffPlan) -> Proposal {
    let mut facts: Vec<_> = plan.remarks.iter().map(|remark| (Weight::Grave, printable(remark.as_bytes()))).collect();
    facts.push((
        Weight::Heading,
        "They are put back when this program ends; after kill -9 the next start offers it. By hand:".to_owned(),
    ));
    facts.push((Weight::Plain, plan.restore.to_string()));
    Proposal { act: Act::LeaveOut, command: plan.command.to_string(), facts, hurdles: Vec::new(), forbidden: None }
}

fn put_back_proposal(target: &Target) -> Proposal {
    let mut facts: Vec<_> =
        target.remark().iter().map(|remark| (Weight::Grave, printable(remark.as_bytes()))).collect();
    facts.push((Weight::Plain, "what dontaudit rules name is denied as before, and logged no more".to_owned()));
    Proposal {
        act: Act::PutBack,
        command: target.semodule(["-B"]).to_string(),
        facts,
        hurdles: Vec::new(),
        forbidden: None,
    }
}

/// Why nothing was changed, and the lines of the `.te` that it is about.
type Refusal = (String, Vec<Problem>);

fn run(
    place: &NodePlace,
    planned: &Planned,
    on_line: &mut dyn FnMut(String),
    cancel: &Cancel,
    record: &mut dyn FnMut(JournalRecord),
) -> anyhow::Result<Result<Done, Refusal>> {
    match planned {
        Planned::Load(plan, te) => {
            let report = plan.run(&place.keep, on_line, cancel, record)?;
            let at = clock::now();
            Ok(judged(&report, te.as_deref()).map(|remarks| Done::Loaded {
                at,
                reload: report.reload,
                took: report.took,
                remarks,
            }))
        }
        Planned::TakeBack(plan) => {
            let put_back = matches!(plan.how, crate::host::install::TakeBack::PutBack(_));
            let report = plan.run(on_line, cancel, record)?;
            let at = clock::now();
            Ok(judged(&report, None).map(|remarks| Done::TakenBack { at, put_back, took: report.took, remarks }))
        }
        Planned::LeaveOut(plan) => {
            let at = clock::now();
            Ok(match plan.run(None, on_line, cancel, record)? {
                OffOutcome::Out(took) => {
                    let kept = dontaudit::policy_before();
                    let before = kept.and_then(|path| policy::read(&place.root, Some(&path)).ok());
                    Ok(Done::Out { at, before: before.map(|(_, policy)| Arc::new(policy)), took })
                }
                OffOutcome::In(why) => Err((format!("the dontaudit rules are in force as before: {why}"), Vec::new())),
                OffOutcome::Stuck(why) => Err((why, Vec::new())),
            })
        }
        Planned::PutBack(target) => {
            let outcome = if dontaudit::is_armed() {
                dontaudit::put_back(record)
            } else {
                dontaudit::put_back_others(target, &place.mark(target), record)?
            };
            Ok(match outcome {
                PutBack::Done(took) => Ok(Done::Back { at: clock::now(), took }),
                PutBack::Nothing => Ok(Done::Back { at: clock::now(), took: std::time::Duration::ZERO }),
                PutBack::Failed(why) => Err((why, Vec::new())),
            })
        }
    }
}

/// What semodule came to: what a person should know besides, or why nothing was changed.
fn judged(report: &Report, te: Option<&str>) -> Result<Vec<String>, Refusal> {
    match report.outcome {
        Outcome::Done => Ok(report.warnings.iter().map(|line| printable(line.as_bytes())).collect()),
        Outcome::Cancelled => Err(("given up: nothing was changed".to_owned(), Vec::new())),
        Outcome::Missed => Err((printable(report.warnings.join("; ").as_bytes()), Vec::new())),
        Outcome::Refused => {
            let mut faults: Vec<_> = report.faults.iter().map(|fault| placed(fault, te)).collect();
            let problems = faults.iter().filter(|problem| problem.line.is_some()).cloned().collect();
            let told = |problem: &Problem| match problem.line {
                Some(line) => format!("line {line}: {}", problem.message),
                None => problem.message.clone(),
            };
            let first = faults.first().map(|fault| format!(": {}", told(fault))).unwrap_or_default();
            let mut lines = vec![format!("semodule refuses it, nothing was changed{first}")];
            lines.extend(faults.drain(..).skip(1).map(|fault| told(&fault)));
            Err((lines.join("\n"), problems))
        }
    }
}

/// A complaint of semodule, with its line of the `.te` where one is found.
fn placed(fault: &crate::host::install::Fault, te: Option<&str>) -> Problem {
    let line = te.and_then(|te| fault.line_in(te)).and_then(|line| u32::try_from(line).ok());
    Problem { line, message: printable(fault.to_string().as_bytes()) }
}

/// What this program loaded on the node, to be read.
fn list(place: &NodePlace) -> anyhow::Result<TextView> {
    let target = place.target()?;
    let modules = loaded_here(&place.directories, &target)?;
    let line = |heading: bool, text: String| TextLine { heading, text: printable(text.as_bytes()), spot: None };
    let mut lines = Vec::new();
    for module in &modules {
        let loaded = &module.loaded;
        lines.push(line(true, format!("{} at priority {}: {}", loaded.name, loaded.priority, module.state)));
        lines.push(line(false, format!("by session {}, {}", module.session, clock::date_and_time(loaded.at))));
        lines.push(line(false, format!("sha256 {}", loaded.digest)));
        if let Some(kept) = &loaded.replaced {
            lines.push(line(false, format!("replaced a module of priority {}, kept as {}", kept.priority, kept.file)));
        }
        lines.push(line(false, format!("seltui remove {} -m {} takes it back", loaded.name, module.session)));
        lines.push(line(false, String::new()));
    }
    if modules.is_empty() {
        lines.push(line(false, "Nothing that this program loaded is on this node.".to_owned()));
        lines.push(line(false, String::new()));
    }
    lines.push(line(true, "dontaudit rules".to_owned()));
    let left = left_behind(&target, &place.mark(&target));
    lines.push(match (left, dontaudit::state(&target)) {
        (Some(left), _) if !dontaudit::is_armed() => line(false, left.sentence()),
        (_, DontauditState::In) => line(false, "in force".to_owned()),
        (_, DontauditState::Out) if dontaudit::is_armed() => {
            line(false, "out, by this program, which puts them back when it ends".to_owned())
        }
        (_, DontauditState::Out) => line(false, "out (semodule -DB), but not by this program".to_owned()),
        (_, DontauditState::Unknown(why)) => line(false, format!("unknown: {why}")),
    });
    Ok(TextView { title: "Loaded on this node".to_owned(), lines, scroll: Scroll::default() })
}
