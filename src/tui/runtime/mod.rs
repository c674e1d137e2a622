//! The loop that feeds messages to [`update`] and does what it asks for.
//!
//! One channel brings everything: keys, the log, the build, signals. One message is taken, then all that wait (up to a
//! bound), then the screen is drawn once. A record is written to the journal before the next message is looked at, and so
//! before anything is drawn.

mod effects;
mod expander;
mod keyboard;
mod node;
mod screen;
mod source;
mod start;

use std::{
    collections::VecDeque,
    path::PathBuf,
    sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel},
    time::Duration,
};

use effects::{Hands, Workshop};
use keyboard::Keyboard;
pub use screen::Screen;
use source::HeadersPlace;
use start::Prepared;
pub use start::Start;

use super::{Effect, Look, Model, Msg, message::Changed, model::HeadersState, update, view};
use crate::{
    host::{clipboard::Copied, clock, headers::demo_render_context, signals, thread},
    selinux::printable,
};

/// How many messages may wait: a reader that is faster than the screen waits for it.
const WAITING: usize = 64;

/// A frame is due after this long, however many messages wait.
const FRAME: Duration = Duration::from_millis(16);

/// Runs the terminal program until it is quit; what ended it where that was no key.
pub fn run(start: Start) -> anyhow::Result<Option<signals::Ending>> {
    let Prepared { mut model, look, journal, mut workshop, place, inputs, selection, policy, demo } =
        start.prepare()?;
    let mut screen = Screen::enter()?;
    model.size = screen.size()?;
    screen.draw(|frame| view(&model, &look, frame))?;
    // The first frame stands; now the slow things begin.
    // The demo needs nothing that is installed.
    let embedded = workshop.embedded;
    let context = if embedded { Ok(demo_render_context()) } else { workshop.headers.render_context(&workshop.root) };
    match context {
        Ok(context) => {
            workshop.context.clone_from(&context);
            model.facts.rendering = context;
            model.session_changed();
            model.preview.unmark();
        }
        Err(error) => model.complain(printable(format!("{error:#}").as_bytes())),
    }
    let (sender, messages) = sync_channel(WAITING);
    let keyboard = keyboard::listen(sender.clone())?;
    let terminate = sender.clone();
    signals::on_terminate(move |signal| {
        // The receiver is gone only when the program ends anyway.
        let _ = terminate.send(Msg::Terminate(signal));
    })?;
    let hung_up = sender.clone();
    signals::on_hangup(move |ending| {
        let _ = hung_up.send(Msg::Terminate(ending));
    })?;
    read_policy_and_headers(&workshop, policy, (demo.is_some(), embedded), sender.clone())?;
    let mut hands = Hands::new(journal, &model, workshop, place, sender.clone());
    if demo.is_none() {
        hands.on_node.look();
    }
    let reading = source::begin(inputs, &selection, sender)?;
    hands.texts = reading.texts();
    let ended =
        turn(&mut model, &look, &mut Terminal { screen: &mut screen, keyboard: &keyboard }, &mut hands, &messages);
    drop(screen);
    // Threads that want to tell something hear that nobody listens.
    drop(messages);
    drop(reading);
    hands.finish(&model);
    drop(demo);
    ended.map(|()| model.ended_by)
}

/// Reads the policy beside the screen, and then the interface headers, which are matched by what the policy knows.
fn read_policy_and_headers(
    workshop: &Workshop,
    policy: Option<PathBuf>,
    (demo, embedded): (bool, bool),
    sender: Sender,
) -> anyhow::Result<()> {
    let (headers, root) = (workshop.headers.clone(), workshop.root.clone());
    thread::spawn_named("policy", move || {
        let state = if demo { source::story_policy() } else { source::policy(&root, policy.as_deref()) };
        // Nobody listens when the program has ended.
        let _ = sender.send(Msg::Policy(state.clone()));
        let place = if embedded { HeadersPlace::Demo } else { HeadersPlace::Folders(&headers, &root) };
        let mut tell = |what| drop(sender.send(Msg::Headers(HeadersState::Reading(what))));
        let known = source::headers(&place, state.policy(), &mut tell);
        let _ = sender.send(Msg::Headers(known));
    })?;
    Ok(())
}

/// Both halves of the terminal: what is shown on it, and who listens to it.
struct Terminal<'a> {
    screen: &'a mut Screen,
    keyboard: &'a Keyboard,
}

impl Terminal<'_> {
    /// Lets sudo ask for its password, where it must; an error says why nothing can be done.
    fn authenticate(&mut self, hands: &Hands) -> anyhow::Result<Result<(), String>> {
        let Some(target) = hands.on_node.needs_password() else { return Ok(Ok(())) };
        let Self { screen, keyboard } = self;
        let asked = keyboard.lent(|| screen.lend(|| signals::without_interrupt(|| target.authenticate())))?;
        Ok(asked.map_err(|error| printable(format!("{error:#}").as_bytes())))
    }
}

/// Goes on until an effect quits or the terminal is lost.
fn turn(
    model: &mut Model,
    look: &Look,
    terminal: &mut Terminal<'_>,
    hands: &mut Hands,
    messages: &Receiver<Msg>,
) -> anyhow::Result<()> {
    loop {
        let Ok(first) = messages.recv() else { return Ok(()) };
        let begun = clock::monotonic();
        let mut next = Some(first);
        while let Some(msg) = next {
            if !happen(model, terminal, hands, msg)? {
                return Ok(());
            }
            next = match messages.try_recv() {
                Ok(msg) if clock::monotonic().saturating_sub(begun) < FRAME => Some(msg),
                Ok(msg) => {
                    terminal.screen.draw(|frame| view(model, look, frame))?;
                    Some(msg)
                }
                Err(TryRecvError::Empty | TryRecvError::Disconnected) => None,
            };
        }
        terminal.screen.draw(|frame| view(model, look, frame))?;
    }
}

/// Lets a message happen, with all that follows from it at once; false when the program ends.
fn happen(model: &mut Model, terminal: &mut Terminal<'_>, hands: &mut Hands, msg: Msg) -> anyhow::Result<bool> {
    let mut waiting = VecDeque::from([msg]);
    while let Some(msg) = waiting.pop_front() {
        if let Msg::Headers(HeadersState::Read(known)) = &msg {
            hands.expander.know(known.catalogue.definitions());
        }
        for effect in update(model, msg) {
            match effect {
                Effect::Quit => return Ok(false),
                Effect::Redraw => terminal.screen.forget()?,
                Effect::Propose { act, package } => match terminal.authenticate(hands)? {
                    Ok(()) => hands.on_node.propose(act, package, model.session.loaded().clone()),
                    Err(why) => waiting.push_back(Msg::Proposed(Err(why))),
                },
                Effect::Change(act) => match terminal.authenticate(hands)? {
                    Ok(()) => hands.on_node.change(act),
                    Err(why) => {
                        let changed = Changed { act, outcome: Err(why), problems: Vec::new() };
                        waiting.push_back(Msg::Changed(Box::new(changed)));
                    }
                },
                Effect::Copy(choice) => {
                    let copied = hands.copy(&choice.text);
                    if let Copied::Terminal { sequence, .. } = &copied {
                        terminal.screen.send(sequence)?;
                    }
                    let refused = matches!(copied, Copied::TooLong { .. });
                    waiting.push_back(Msg::Copied { sentence: format!("{}: {copied}", choice.what), refused });
                }
                effect => waiting.extend(hands.act(effect)),
            }
        }
    }
    Ok(true)
}

/// What the threads of the program speak into.
type Sender = SyncSender<Msg>;
