//! What the screen has confirmed is never lost, whenever the program is killed.

use std::{
    path::{Path, PathBuf},
    thread,
};

use seltui::{
    host::journal,
    selinux::Identifier,
    session::{JournalRecord, Session, Verdict},
};

use crate::{
    judge::all_here,
    log::{Log, source},
    tmux::{Home, Launch, signal},
};

const DECISIONS: usize = 200;
const KILLS: usize = 100;

/// The decision on each row, in the order in which the cursor meets them.
fn script() -> String {
    (0..DECISIONS).map(|row| ["a", "d", "s", "a", "a"][row % 5]).collect()
}

fn meant(row: usize) -> Verdict {
    [Verdict::Allow, Verdict::DontAudit, Verdict::Skip, Verdict::Allow, Verdict::Allow][row % 5].clone()
}

/// A number below the bound that looks like chance and is the same in each run (the finaliser of splitmix64).
fn chance(round: usize, bound: usize) -> usize {
    let mut number = (round as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    usize::try_from((number ^ (number >> 31)) % bound as u64).unwrap()
}

#[test]
fn no_confirmed_decision_is_lost_in_a_hundred_kills() {
    if !all_here(&["tmux"]) {
        return;
    }
    let home = Home::new();
    let log = Log::with(&home, DECISIONS);
    let counts: Vec<_> = thread::scope(|scope| {
        let series = [0..KILLS / 2, KILLS / 2..KILLS];
        let running =
            series.map(|rounds| scope.spawn(|| rounds.map(|round| kill_once(&home, &log, round)).collect::<Vec<_>>()));
        running.into_iter().flat_map(|series| series.join().unwrap()).collect()
    });
    assert_eq!(counts.len(), KILLS);
    let (confirmed, written): (Vec<_>, Vec<_>) = counts.into_iter().unzip();
    let (confirmed, written) = (confirmed.iter().sum::<usize>(), written.iter().sum::<usize>());
    println!("{KILLS} kills: {confirmed} decisions confirmed on the screen, {written} in the journals");
}

/// One session, killed somewhere on its way: how many decisions the screen had confirmed, and how many the journal holds.
fn kill_once(home: &Home, log: &Log, round: usize) -> (usize, usize) {
    let module = format!("round{round}");
    // Nothing here asks the installed headers, and a hundred starts need not read them.
    let headers = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo/headers");
    let inputs = ["-i", log.path().to_str().unwrap(), "--headers", headers.to_str().unwrap(), "-m", &module];
    let launch = || Launch::seltui(home, inputs);
    let mut seltui = launch().start();
    seltui.wait_for(&format!("0 of {DECISIONS} decided"));
    let moment = chance(round, DECISIONS + 1);
    seltui.type_text(&script());
    seltui.wait_until("the moment of the kill", |screen| confirmed(screen).is_some_and(|count| count >= moment));
    signal(seltui.pid(), "KILL");
    assert_eq!(seltui.wait_for_end(), 137);
    let screen = seltui.screen();
    let confirmed = confirmed(&screen).unwrap_or_else(|| panic!("how many are decided?\n{screen}"));

    let session = session(home, &module);
    let written = session.decisions().count();
    assert!(written >= confirmed, "round {round}: the screen said {confirmed}, the journal has {written}");
    for row in 0..DECISIONS {
        let found = session.decisions().find(|(_, access)| access.vector.source.as_str() == source(row));
        let expected = (row < written).then(|| meant(row));
        assert_eq!(found.map(|(verdict, _)| verdict.clone()), expected, "round {round}, row {row} of {written}");
    }
    if round.is_multiple_of(10) && written > 0 {
        seltui = launch().start();
        seltui.wait_for("A session lies here");
        seltui.press(&["Enter"]);
        seltui.wait_for(&format!("{written} of {DECISIONS} decided"));
    }
    (confirmed, written)
}

/// What the first line of the screen says is decided.
fn confirmed(screen: &str) -> Option<usize> {
    let before = screen.lines().next()?.split(&format!(" of {DECISIONS} decided")).next()?;
    before.split(' ').next_back()?.parse().ok()
}

/// The session as a program that starts now would find it.
fn session(home: &Home, module: &str) -> Session {
    let sessions = home.path("state/seltui/sessions");
    let node: PathBuf = std::fs::read_dir(sessions).unwrap().next().unwrap().unwrap().path();
    let (records, _) = journal::read_records(&node.join(module).join(journal::FILE_NAME)).unwrap();
    let mut session = Session::new(Identifier::new(module).unwrap());
    for record in records.iter().filter(|record| !matches!(record, JournalRecord::Read { .. })) {
        session.apply(record).unwrap();
    }
    session
}
