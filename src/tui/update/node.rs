//! What changes the node: proposed in a dialog, agreed to, done beside the screen, and looked after.

use super::{build, keys, navigate};
use crate::{
    config::{Chord, Key},
    host::install::PolicyReload,
    session::JournalRecord,
    tui::{
        Effect, Model,
        message::{Changed, Done, NodeNews},
        model::{
            Act, BuildState, ChangeDialog, DontauditRules, Flood, LastLoad, Layer, Output, Pane, Proposal, Scope, Split,
        },
        view::{change, time},
        widgets::Scroll,
    },
};

/// Builds the module as it is now, then proposes to load it.
pub(super) fn load(model: &mut Model) -> Vec<Effect> {
    model.node.load_when_built = true;
    build::build(model)
}

/// The package is there: asks what loading it means.
pub(super) fn built(model: &mut Model, package: &std::path::Path) -> Vec<Effect> {
    if !std::mem::take(&mut model.node.load_when_built) {
        return Vec::new();
    }
    propose(model, Act::Load, Some(package))
}

/// Proposes to take back what this session loaded.
pub(super) fn take_back(model: &mut Model) -> Vec<Effect> {
    propose(model, Act::TakeBack, None)
}

/// Proposes to take dontaudit rules out, or to put them back.
pub(super) fn dontaudit(model: &mut Model) -> Vec<Effect> {
    let act = if model.node.dontaudit == DontauditRules::Out { Act::PutBack } else { Act::LeaveOut };
    propose(model, act, None)
}

fn propose(model: &mut Model, act: Act, package: Option<&std::path::Path>) -> Vec<Effect> {
    model.node.running = Some(act);
    model.say(format!("{}: looking at the node", act.title()));
    vec![Effect::Propose { act, package: package.map(std::path::Path::to_owned) }]
}

/// The proposal is made; it is shown at once, or as soon as nobody is typing into a dialog.
pub(super) fn proposed(model: &mut Model, proposal: Result<Proposal, String>) {
    model.node.running = None;
    match proposal {
        Ok(proposal) => {
            model.notice = None;
            model.node.proposals.push_back(proposal);
            show_waiting(model);
        }
        Err(error) => model.complain(error),
    }
}

/// Shows the next proposal when no dialog is open: no key that was meant for another may answer it.
pub(super) fn show_waiting(model: &mut Model) {
    if model.layers.is_empty()
        && let Some(proposal) = model.node.proposals.pop_front()
    {
        model.layers.push(Layer::Change(ChangeDialog { proposal, yeses: 0, scroll: Scroll::default() }));
    }
}

/// A key in the dialog. The first yes is the key of the act itself, each further one a `y`: none is said by chance.
pub(super) fn key(model: &mut Model, mut dialog: ChangeDialog, chord: Chord, leave: bool) -> Vec<Effect> {
    let action = keys::bound(model, "view", chord);
    if leave {
        model.say("nothing was changed");
        return vec![Effect::Drop];
    }
    let plain = !chord.ctrl() && !chord.alt();
    let copies =
        action.is_some_and(|action| action.name == "copy") && !(dialog.yeses > 0 && chord.key() == Key::Char('y'));
    let says_yes = match dialog.yeses {
        0 => action.is_some_and(|action| action.name == dialog.proposal.act.action()),
        _ => plain && chord.key() == Key::Char('y'),
    };
    if copies {
        let command = dialog.proposal.command.clone();
        model.layers.push(Layer::Change(dialog));
        return super::copy::offer(model, vec![super::copy::choice("the command", command)]);
    }
    if says_yes && dialog.proposal.forbidden.is_none() {
        dialog.yeses += 1;
        if dialog.yeses == dialog.proposal.yeses() {
            return agreed(model, &dialog.proposal);
        }
        model.layers.push(Layer::Change(dialog));
        return Vec::new();
    }
    if let Some(action) = action {
        let (width, height) = change::window(model.size, &dialog);
        let lines = change::lines(&dialog.proposal, width).len();
        dialog.scroll.act(action.id, lines, height);
    }
    model.layers.push(Layer::Change(dialog));
    Vec::new()
}

fn agreed(model: &mut Model, proposal: &Proposal) -> Vec<Effect> {
    model.node.running = Some(proposal.act);
    let mut output = Output::begin();
    output.title = proposal.act.title();
    output.lines.push(format!("$ {}", proposal.command));
    model.output = Some(output);
    navigate::focus_beside(model, Pane::Output);
    navigate::settle(model);
    vec![Effect::Change(proposal.act)]
}

/// What was written into the journal while something was done on the node.
pub(super) fn recorded(model: &mut Model, record: &JournalRecord) {
    if let Err(error) = model.session.apply(record) {
        model.complain(error.to_string());
    }
}

/// It is done, or it is not.
pub(super) fn changed(model: &mut Model, changed: Changed) {
    let Changed { act, outcome, problems } = changed;
    model.node.running = None;
    let state = match &outcome {
        Ok(done) => {
            for line in done.remarks() {
                build::line(model, line);
            }
            BuildState::Done(done.in_short())
        }
        Err(_) => BuildState::Failed,
    };
    match outcome {
        Ok(done) => succeeded(model, act, done),
        Err(error) => {
            for line in error.lines() {
                build::line(model, line);
            }
            model.complain(error.lines().next().unwrap_or_default());
            build::show_problems(model, problems);
        }
    }
    if let Some(output) = &mut model.output {
        output.state = state;
    }
    navigate::settle(model);
}

fn succeeded(model: &mut Model, act: Act, done: Done) {
    let clock = |at| time::of_day(at, &model.facts.zone);
    match done {
        Done::Loaded { at, reload, took, .. } => {
            let kernel = match reload {
                PolicyReload::Seen(_) => "policy reload seen",
                PolicyReload::NotSeen => "NO policy reload",
                PolicyReload::NotAsked => "store only",
                PolicyReload::Unknown => "policy reload unknown",
            };
            let sentence = format!("loaded {}, {kernel}", clock(at));
            let next = if reload == PolicyReload::NotAsked {
                "It counts once the policy is loaded: semodule -R there, or a reboot"
            } else {
                "Run again what failed. What comes now is listed first; that nothing comes proves nothing while nothing ran, and a \
                 permissive domain logs each access once"
            };
            model.say(format!("loaded {} in {:.1} s; {reload}. {next}", clock(at), took.as_secs_f64()));
            model.node.load = Some(LastLoad { at, sentence });
            split(model, |split| split.load = Some(at));
        }
        Done::TakenBack { at, put_back, took, .. } => {
            let what = if put_back { "what was there before is there again" } else { "taken back" };
            model.say(format!("{what} {}, in {:.1} s", clock(at), took.as_secs_f64()));
            model.node.load = None;
            split(model, |split| split.load = None);
        }
        Done::Out { at, before, took } => {
            model.node.dontaudit = DontauditRules::Out;
            model.say(format!(
                "the dontaudit rules are out since {}, in {:.1} s: {} puts them back, as does the end of this program",
                clock(at),
                took.as_secs_f64(),
                key_of(model, act)
            ));
            split(model, |split| split.flood = Some(Flood { since: at, until: None, before }));
        }
        Done::Back { at, took } => {
            model.node.dontaudit = DontauditRules::In;
            model.say(format!(
                "dontaudit rules are in force again since {}, in {:.1} s",
                clock(at),
                took.as_secs_f64()
            ));
            split(model, |split| {
                if let Some(flood) = &mut split.flood {
                    flood.until = Some(at);
                }
            });
        }
    }
}

fn key_of(model: &Model, act: Act) -> String {
    let chords = model.facts.keymap.chords_for("denials", act.action());
    chords.first().map_or_else(|| act.action().to_owned(), ToString::to_string)
}

fn split(model: &mut Model, change: impl FnOnce(&mut Split)) {
    let mut split = model.table.split().clone();
    change(&mut split);
    if !offers(&split).contains(&split.scope) {
        split.scope = Scope::All;
    }
    model.table.set_split(split);
    model.node.counts = model.table.counts();
}

/// The scopes that mean something now.
fn offers(split: &Split) -> Vec<Scope> {
    let mut scopes = vec![Scope::All];
    if split.load.is_some() {
        scopes.push(Scope::SinceLoad);
    }
    if let Some(flood) = &split.flood {
        scopes.push(Scope::WithoutFlood);
        if flood.before.is_some() {
            scopes.push(Scope::Hidden);
        }
        scopes.push(Scope::SinceOut);
    }
    scopes
}

/// Lists another part of the denials.
pub(super) fn next_scope(model: &mut Model) {
    let now = model.table.split().scope;
    let offers = offers(model.table.split());
    let place = offers.iter().position(|scope| *scope == now).unwrap_or(0);
    let next = offers.get((place + 1) % offers.len()).copied().unwrap_or_default();
    split(model, |split| split.scope = next);
    let listed = model.table.visible().len();
    let title = if next == Scope::All { "all denials" } else { next.title() };
    model.say(format!("listed: {title} ({listed})"));
    navigate::settle(model);
}

/// What the node itself said when it was asked.
pub(super) fn news(model: &mut Model, news: NodeNews) {
    model.node.dontaudit = news.dontaudit;
    if let Some(left) = news.left_behind {
        model.complain(left);
    }
    if let Some(proposal) = news.proposal {
        model.node.proposals.push_back(proposal);
        show_waiting(model);
    }
}

/// Gives up what is being done.
pub(super) fn give_up(model: &mut Model) -> Vec<Effect> {
    model.say("giving up");
    vec![Effect::GiveUp]
}
