//! `seltui dontaudit on|off|status`: the rules that keep denials out of the log.

use std::{
    io::{self, Write as _},
    sync::{Arc, Mutex},
    time::Duration,
};

use clap::{Args, Subcommand};

use super::{
    Answer, CommonOptions,
    module_source::say,
    node::{self, NodeSession},
};
use crate::{
    host::{
        clock,
        directories::Directories,
        dontaudit::{self, DontauditState, MarkFile, OffOutcome, OffPlan, PutBack, Standing, left_behind, state},
        install::Target,
        panic,
        process::Cancel,
        thread,
    },
    session::JournalRecord,
};

/// What is to become of them.
#[derive(Debug, Subcommand)]
pub enum DontauditCommand {
    /// Put them back (semodule -B): what they name is denied and not logged, as it is as a rule
    On(OnOptions),
    /// Take them out (semodule -DB): everything that is denied is logged
    Off(OffOptions),
    /// Say whether they are in force: prints on, off or unknown
    Status,
}

/// What `on` takes.
#[derive(Debug, Args)]
pub struct OnOptions {
    /// Say yes to the command that is shown
    #[arg(short, long)]
    yes: bool,
}

/// What `off` takes.
#[derive(Debug, Args)]
pub struct OffOptions {
    /// Say yes to the command that is shown
    #[arg(short, long)]
    yes: bool,

    /// Put them back after this long (90s, 10m, 2h), or when the program is asked to end before; without it they stay out
    /// until `seltui dontaudit on`, and every seltui that is started says so
    #[arg(long = "for", value_name = "TIME", value_parser = duration)]
    lasts: Option<Duration>,
}

/// Does it, or says how things stand. The answer is no when the rules are not as they were asked to be.
pub fn run(common: &CommonOptions, command: &DontauditCommand) -> anyhow::Result<Answer> {
    common.refuse_json("dontaudit")?;
    let target = node::target(common)?;
    let file = MarkFile::of(&Directories::of_user()?, &target.root);
    match command {
        DontauditCommand::Status => status(&target, &file),
        DontauditCommand::On(options) => on(common, &target, &file, options),
        DontauditCommand::Off(options) => off(common, &target, &file, options),
    }
}

fn status(target: &Target, file: &MarkFile) -> anyhow::Result<Answer> {
    if let Some(left) = left_behind(target, file) {
        say(&left.sentence());
    }
    let word = match state(target) {
        DontauditState::In => "on",
        DontauditState::Out => "off",
        DontauditState::Unknown(why) => {
            say(&why);
            "unknown"
        }
    };
    writeln!(io::stdout(), "{word}")?;
    Ok(Answer::Done)
}

fn on(common: &CommonOptions, target: &Target, file: &MarkFile, options: &OnOptions) -> anyhow::Result<Answer> {
    // What is under way is brought to its end: a signal only keeps it from being begun.
    let cancel = Cancel::on_signals()?;
    if !common.read_only {
        node::authenticate(target)?;
    }
    let left = left_behind(target, file);
    if left.is_none() && state(target) == DontauditState::In {
        say("the dontaudit rules are in force already");
        return Ok(Answer::Done);
    }
    match &left {
        Some(left) => say(&left.sentence()),
        None => say("the dontaudit rules are out, but not by this program"),
    }
    if let Some(Standing::Held(_)) = left.as_ref().map(|left| &left.standing) {
        return Ok(Answer::No);
    }
    if !node::permitted(common, target, "dontaudit on", &target.semodule(["-B"]))? {
        return Ok(Answer::No);
    }
    if !node::agreed("Put them back", options.yes, &[], |_| true, |_| "", &cancel) {
        return Ok(Answer::No);
    }
    let journal = Journal::open(common);
    told(dontaudit::put_back_others(target, file, &mut |record| journal.record(&record))?)
}

fn off(common: &CommonOptions, target: &Target, file: &MarkFile, options: &OffOptions) -> anyhow::Result<Answer> {
    let cancel = Cancel::on_signals()?;
    panic::before_message(|| {});
    if !common.read_only {
        node::authenticate(target)?;
    }
    let plan = OffPlan::prepare(target, file)?;
    say(&format!("to put them back: {}", plan.restore));
    plan.remarks.iter().for_each(|remark| say(remark));
    if !node::permitted(common, target, "dontaudit off", &plan.command)? {
        return Ok(Answer::No);
    }
    if !node::agreed("Take them out", options.yes, &[], |_| true, |_| "", &cancel) {
        return Ok(Answer::No);
    }
    let journal = Journal::open(common);
    let record = &mut |record: JournalRecord| journal.record(&record);
    match plan.run(options.lasts, &mut |line| node::tell(&line), &cancel, record)? {
        OffOutcome::Out(took) => say(&format!("the dontaudit rules are out, in {:.1} s", took.as_secs_f64())),
        OffOutcome::In(why) => {
            say(&format!("the dontaudit rules are in force as before: {why}"));
            return Ok(Answer::No);
        }
        OffOutcome::Stuck(why) => {
            say(&why);
            return Ok(Answer::No);
        }
    }
    let Some(lasts) = options.lasts else {
        if cancel.is_cancelled() {
            return told(dontaudit::put_back(record));
        }
        dontaudit::leave_out();
        say("they stay out until `seltui dontaudit on`");
        return Ok(Answer::Done);
    };
    say(&format!("they are put back in {} s, or when this program is asked to end (Ctrl-C)", lasts.as_secs()));
    let begun = clock::monotonic();
    while !cancel.is_cancelled() && clock::monotonic().saturating_sub(begun) < lasts {
        thread::pause(Duration::from_millis(50));
    }
    told(dontaudit::put_back(record))
}

fn told(outcome: PutBack) -> anyhow::Result<Answer> {
    match outcome {
        PutBack::Done(took) => {
            say(&format!("the dontaudit rules are in force again, after {:.1} s", took.as_secs_f64()));
            Ok(Answer::Done)
        }
        PutBack::Nothing => Ok(Answer::Done),
        PutBack::Failed(why) => anyhow::bail!("{why}"),
    }
}

/// The journal of the session that is told, where it can be: putting rules back does not wait for it.
#[derive(Clone)]
struct Journal(Option<Arc<Mutex<NodeSession>>>);

impl Journal {
    fn open(common: &CommonOptions) -> Self {
        let open = || -> anyhow::Result<NodeSession> {
            let mut session = NodeSession::open(common, &common.module()?)?;
            session.begin()?;
            Ok(session)
        };
        let opened = open().inspect_err(|error| say(&format!("no session is told: {error:#}")));
        let journal = Self(opened.ok().map(|session| Arc::new(Mutex::new(session))));
        let witness = journal.clone();
        dontaudit::witnessed_by(Some(Box::new(move |record| witness.record(record))));
        journal
    }

    fn record(&self, record: &JournalRecord) {
        // Taken only by whom panicked while it wrote.
        if let Some(Ok(mut session)) = self.0.as_ref().map(|session| session.try_lock()) {
            session.record(record);
        }
    }
}

/// `90s`, `10m`, `2h`.
fn duration(text: &str) -> Result<Duration, String> {
    let fault = || format!("{text:?} is no time: write 90s, 10m or 2h");
    let number = text.strip_suffix(|c: char| matches!(c, 's' | 'm' | 'h')).ok_or_else(fault)?;
    let unit = match text.chars().next_back() {
        Some('h') => 3600,
        Some('m') => 60,
        _ => 1,
    };
    let number: u64 = number.parse().map_err(|_| fault())?;
    let seconds = number.checked_mul(unit).filter(|seconds| (1..=86_400).contains(seconds));
    seconds.map(Duration::from_secs).ok_or_else(|| format!("{text:?}: one second to 24 hours"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_a_unit_and_an_end() {
        for (text, seconds) in [("90s", 90), ("10m", 600), ("2h", 7200), ("24h", 86_400)] {
            assert_eq!(duration(text), Ok(Duration::from_secs(seconds)));
        }
        for text in ["", "10", "m", "0s", "25h", "-1m", "99999999999999999999h", "1ü"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }
}
