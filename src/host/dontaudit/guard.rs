//! Taking dontaudit rules out, and the guard that puts them back.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

use anyhow::{Context as _, bail};

use super::{
    DontauditState, LeftBehind, Mark, MarkFile, Standing, left, left_behind,
    mark::Hold,
    state::{hides_still, state},
};
use crate::{
    host::{
        clock,
        install::{Entry, Fault, Target, faults, little_room, refuse_unchangeable, wait_for_lock, who},
        policy,
        process::{self, Cancel, CommandLine, Ended},
        store::below,
    },
    session::JournalRecord,
};

/// How often a semodule that was killed is started again before it is left to the next start.
const ATTEMPTS: usize = 3;

/// How long a `-DB` that was asked to end may take; one that belongs to sudo cannot be asked and runs to its end.
const LONGEST_END: Duration = Duration::from_secs(180);

/// So much of what `-DB` prints is looked through for why it failed.
const MOST_LINES: usize = 10_000;

/// What this process has to put back. One node at a time: a program has one target.
static ARMED: Mutex<Option<Armed>> = Mutex::new(None);

/// Held while semodule puts the rules back, so that two threads do not both start one.
static RESTORING: Mutex<()> = Mutex::new(());

/// Who writes down what is run when nobody asked for it: a panic's hook and the end after an error know no session.
static WITNESS: Mutex<Option<Witness>> = Mutex::new(None);

/// Writes a command into the session's journal.
pub type Witness = Box<dyn FnMut(&JournalRecord) + Send>;

/// The guard of a node.
#[derive(Debug)]
struct Armed {
    target: Target,
    file: MarkFile,
    /// The `-DB` that runs.
    child: Option<u32>,
    /// Nothing may be taken out any more: somebody puts it back.
    ending: bool,
    _hold: Hold,
}

/// A lock that a panicking thread held is as good as any: what it guards is changed in one step.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether this process has to put something back.
pub fn is_armed() -> bool {
    locked(&ARMED).is_some()
}

/// The binary policy from before the rules were taken out by this process: what its dontaudit rules name was hidden.
pub fn policy_before() -> Option<PathBuf> {
    locked(&ARMED).as_ref().map(|armed| armed.file.policy()).filter(|path| path.exists())
}

/// Everything about taking the rules out before it is done.
#[derive(Debug, Clone)]
pub struct OffPlan {
    /// What is run, exactly.
    pub command: CommandLine,
    /// What is run to put the rules back, exactly.
    pub restore: CommandLine,
    /// What a person should know.
    pub remarks: Vec<String>,
    target: Target,
    file: MarkFile,
}

/// What came of taking the rules out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OffOutcome {
    /// They are out, the guard is armed; how long semodule ran.
    Out(Duration),
    /// semodule refused, or was stopped: the rules are in. What it printed last.
    In(String),
    /// semodule failed and the rules may be out: they could not be put back either. The mark stays.
    Stuck(String),
}

/// What came of putting the rules back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PutBack {
    /// There was nothing to be put back.
    Nothing,
    /// The rules are in again; how long it took.
    Done(Duration),
    /// They are not, as far as can be seen. The mark stays, and the next start offers it. A sentence that says what to do.
    Failed(String),
}

impl OffPlan {
    /// Looks how things stand. Nothing is changed.
    ///
    /// # Errors
    /// The rules are out already, by another program or by an earlier one of ours; the sentence says what to do.
    pub fn prepare(target: &Target, file: &MarkFile) -> anyhow::Result<Self> {
        if let Some(left) = left_behind(target, file) {
            bail!("{}", left.sentence());
        }
        if state(target) == DontauditState::Out {
            bail!("the dontaudit rules are out already, by another program: `seltui dontaudit on` puts them back");
        }
        refuse_unchangeable(target)?;
        let mut remarks: Vec<String> = target.remark().into_iter().collect();
        remarks.push("every denial is logged until they are back: the log grows much faster".to_owned());
        let (command, restore) = (target.semodule(["-DB"]), target.semodule(["-B"]));
        Ok(Self { command, restore, remarks, target: target.clone(), file: file.clone() })
    }

    /// Takes the rules out. `lasts` is only written into the mark: who asked for it calls [`put_back`] then.
    ///
    /// The order: the right to do it, the policy of before copied, the mark on the disk, the guard armed, and only then
    /// semodule. When it fails the rules are put back, unless the store says that they are in.
    ///
    /// # Errors
    /// Nothing was changed: another program is at it, the mark can't be written (a full disk), or semodule is not to be had.
    pub fn run(
        &self,
        lasts: Option<Duration>,
        on_line: &mut dyn FnMut(String),
        cancel: &Cancel,
        record: &mut dyn FnMut(JournalRecord),
    ) -> anyhow::Result<OffOutcome> {
        let hold = match self.file.hold()? {
            Ok(hold) => hold,
            Err(pid) => {
                let who = pid.map(|pid| format!(" (pid {pid})")).unwrap_or_default();
                bail!("another seltui{who} is taking dontaudit rules out or putting them back");
            }
        };
        if !wait_for_lock(&self.target, on_line, cancel) {
            return Ok(OffOutcome::In("stopped while it waited for the store".to_owned()));
        }
        if let Ok((path, _)) = policy::read(&self.target.root, None) {
            // Without it what comes is only "since -DB".
            let _ = self.file.keep_policy(&path);
        }
        let at = clock::now().0 / 1000;
        let until = lasts.map(|lasts| at + lasts.as_secs());
        self.file.write(&Mark {
            at,
            who: who(),
            pid: std::process::id(),
            restore: self.restore.to_string(),
            until,
            meant: false,
        })?;
        let (target, file) = (self.target.clone(), self.file.clone());
        *locked(&ARMED) = Some(Armed { target, file, child: None, ending: false, _hold: hold });
        let begun = clock::monotonic();
        let mut output = Vec::new();
        let ended = self.take_out(
            &mut |line| {
                if output.len() < MOST_LINES {
                    output.push(line.clone());
                }
                on_line(line);
            },
            cancel,
            record,
        );
        if let Some(armed) = locked(&ARMED).as_mut() {
            armed.child = None;
        }
        let failure = match ended {
            // Its word alone is not believed.
            Ok(Some(Ended::By(status))) if status.success() && self.target.store.has_dontaudit_disabled() == Some(false) => {
                "semodule ended as if all were well, but the store does not say that they are out: look what the semodule of the \
                 command is"
                    .to_owned()
            }
            Ok(Some(Ended::By(status))) if status.success() => {
                if hides_still(&self.target) {
                    on_line(
                        "the store says that dontaudit rules are out, but the policy still has some: what they hide does not \
                         come until it is loaded anew"
                            .to_owned(),
                    );
                }
                return Ok(OffOutcome::Out(clock::monotonic().saturating_sub(begun)));
            }
            Ok(Some(Ended::By(status))) => {
                let why: Vec<_> = faults(&self.target, &output, "", None).iter().map(Fault::to_string).collect();
                let why = if why.is_empty() { output.pop().unwrap_or_default() } else { why.join("; ") };
                format!("semodule failed ({status}): {why}")
            }
            Ok(Some(Ended::Cancelled) | None) => "stopped".to_owned(),
            Err(error) => format!("{error:#}"),
        };
        match put_back(record) {
            PutBack::Failed(why) => Ok(OffOutcome::Stuck(format!("{failure}; {why}"))),
            PutBack::Done(_) | PutBack::Nothing => Ok(OffOutcome::In(failure)),
        }
    }

    /// Runs `-DB`; nothing when the program is ending already.
    fn take_out(
        &self,
        on_line: &mut dyn FnMut(String),
        cancel: &Cancel,
        record: &mut dyn FnMut(JournalRecord),
    ) -> anyhow::Result<Option<Ended>> {
        let entry = Entry::begin(&self.target.root, &self.command);
        let running = {
            // Started and known in one step: whoever puts back sees either no `-DB` and none to come, or its process id.
            let mut armed = locked(&ARMED);
            let Some(armed) = armed.as_mut().filter(|armed| !armed.ending) else {
                record(entry.end(Some(Ended::Cancelled)));
                return Ok(None);
            };
            let running = match self.command.spawn() {
                Ok(running) => running,
                Err(error) => {
                    record(entry.end(None));
                    return Err(error);
                }
            };
            armed.child = Some(running.id());
            running
        };
        let ended = running.watch(on_line, cancel);
        record(entry.end(ended.as_ref().ok().copied()));
        ended.map(Some)
    }
}

/// Puts back what this process took out, whatever state that is in; nothing where it is not armed.
///
/// It can be called from every thread, from a panic's hook, and twice: the second caller waits for the first.
pub fn put_back(record: &mut dyn FnMut(JournalRecord)) -> PutBack {
    let Some((target, file, child)) = begin_ending() else { return PutBack::Nothing };
    if let Some(child) = child {
        end_taking_out(child);
    }
    let restoring = locked(&RESTORING);
    if !is_armed() {
        return PutBack::Nothing;
    }
    let (outcome, entries) = restore(&target, &file);
    if !matches!(outcome, PutBack::Failed(_)) {
        *locked(&ARMED) = None;
    }
    drop(restoring);
    entries.into_iter().for_each(record);
    outcome
}

/// Names who writes down what [`put_back_unasked`] runs; nobody, where the session is about to be closed.
pub fn witnessed_by(witness: Option<Witness>) {
    *locked(&WITNESS) = witness;
}

/// [`put_back`] where nobody waits for what was run, as in a panic's hook.
pub fn put_back_unasked() -> PutBack {
    put_back(&mut |record| {
        if let Some(witness) = locked(&WITNESS).as_mut() {
            witness(&record);
        }
    })
}

/// Leaves the rules out though this program ends: the mark stays, and every start tells of it.
pub fn leave_out() {
    let armed = locked(&ARMED).take();
    let mark = armed.as_ref().and_then(|armed| Some((armed, armed.file.read()?)));
    if let Some((armed, mark)) = mark {
        // The mark stands either way; this is only what is said of it.
        let _ = armed.file.write(&Mark { meant: true, ..mark });
    }
}

/// Puts back what another program took out, or an earlier one of ours: a person has asked for it.
///
/// # Errors
/// A living program of ours has them out; it puts them back itself.
pub fn put_back_others(
    target: &Target,
    file: &MarkFile,
    record: &mut dyn FnMut(JournalRecord),
) -> anyhow::Result<PutBack> {
    let hold = match file.hold()? {
        Ok(hold) => hold,
        Err(pid) => {
            let mark = file.read().context("another seltui is taking dontaudit rules out or putting them back")?;
            bail!("{}", LeftBehind { mark, standing: Standing::Held(pid) }.sentence());
        }
    };
    if let Some(pid) = left::running(target) {
        end_taking_out(pid);
    }
    // From here on a failure is ours to tell.
    let (target, file) = (target.clone(), file.clone());
    *locked(&ARMED) = Some(Armed { target, file, child: None, ending: false, _hold: hold });
    let outcome = put_back(record);
    // It was not this process that took them out: it need not try again at its end.
    *locked(&ARMED) = None;
    Ok(outcome)
}

fn begin_ending() -> Option<(Target, MarkFile, Option<u32>)> {
    let mut armed = locked(&ARMED);
    let armed = armed.as_mut()?;
    armed.ending = true;
    Some((armed.target.clone(), armed.file.clone(), armed.child))
}

/// Ends a `-DB` and waits until it is gone: it must not come after the `-B`.
fn end_taking_out(pid: u32) {
    let begun = clock::monotonic();
    process::ask_group_to_end(pid);
    while is_alive(pid) && clock::monotonic().saturating_sub(begun) < LONGEST_END {
        thread::sleep(Duration::from_millis(20));
    }
}

/// Whether a process runs; one that has ended and was not waited for does not.
fn is_alive(pid: u32) -> bool {
    let Ok(stat) = fs::read_to_string(format!("/proc/{pid}/stat")) else { return false };
    let state = stat.rsplit_once(')').and_then(|(_, rest)| rest.split_whitespace().next());
    !matches!(state, Some("Z" | "X"))
}

/// Runs `-B` until it ended well, and takes the mark away.
fn restore(target: &Target, file: &MarkFile) -> (PutBack, Vec<JournalRecord>) {
    let command = target.semodule(["-B"]);
    let begun = clock::monotonic();
    let mut entries = Vec::new();
    let mut failure = String::new();
    for attempt in 0..ATTEMPTS {
        // A `-DB` that came to nothing leaves nothing to be done.
        if attempt == 0 && left::running(target).is_none() && state(target) == DontauditState::In {
            return (done(target, file, begun), entries);
        }
        let entry = Entry::begin(&target.root, &command);
        let ended = command.run_unheard();
        entries.push(entry.end(ended.as_ref().ok().map(|status| Ended::By(*status))));
        failure = match ended {
            Ok(status) if status.success() => {
                if state(target) != DontauditState::Out {
                    return (done(target, file, begun), entries);
                }
                "semodule was content, but the rules are out all the same".to_owned()
            }
            Ok(status) => format!("semodule failed ({status})"),
            Err(error) => format!("{error:#}"),
        };
    }
    // What a semodule that nobody hears says of a full disk, nobody heard.
    let room = little_room(target).map(|free| format!(" (only {} MB are free where the store lies)", free >> 20));
    let room = room.unwrap_or_default();
    let sentence = format!("the dontaudit rules may still be out: {failure}{room}; run: {command}");
    (PutBack::Failed(sentence), entries)
}

fn done(target: &Target, file: &MarkFile, begun: Duration) -> PutBack {
    // The mark must not be gone from the disk before the rules are in on the disk; not every libsemanage sees to that.
    for folder in [target.store.folder().to_owned(), below(&target.root, Path::new("/etc/selinux"))] {
        match fs::File::open(&folder) {
            Ok(folder) => drop(rustix::fs::syncfs(&folder)),
            // Closed to this user: every file system, then.
            Err(_) => rustix::fs::sync(),
        }
    }
    // A mark that stays though the rules are in is taken away by the next start.
    let _ = file.remove();
    PutBack::Done(clock::monotonic().saturating_sub(begun))
}
