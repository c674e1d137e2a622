//! The loop that feeds messages to [`update`] and does what it asks for.
//!
//! One channel brings everything: keys, the log, the build, signals. One message is taken, then all that wait (up to a
//! bound), then the screen is drawn once. A record is written to the journal before the next message is looked at, and so
//! before anything is drawn.

mod effects;
mod keyboard;
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
pub use screen::Screen;
use start::Prepared;
pub use start::Start;

use super::{Effect, Look, Model, Msg, update, view};
use crate::{
    host::{clipboard::Copied, clock, signals, thread},
    selinux::printable,
};

/// How many messages may wait: a reader that is faster than the screen waits for it.
const WAITING: usize = 64;

/// A frame is due after this long, however many messages wait.
const FRAME: Duration = Duration::from_millis(16);

/// Runs the terminal program until it is quit; what ended it where that was no key.
pub fn run(start: Start) -> anyhow::Result<Option<signals::Ending>> {
    let Prepared { mut model, look, journal, mut workshop, inputs, selection, policy, demo } = start.prepare()?;
    let mut screen = Screen::enter()?;
    model.size = screen.size()?;
    screen.draw(|frame| view(&model, &look, frame))?;
    // The first frame stands; now the slow things begin.
    match workshop.headers.render_context() {
        Ok(context) => {
            workshop.context.clone_from(&context);
            model.facts.rendering = context;
            model.session_changed();
            model.preview.unmark();
        }
        Err(error) => model.complain(printable(format!("{error:#}").as_bytes())),
    }
    let (sender, messages) = sync_channel(WAITING);
    keyboard::listen(sender.clone())?;
    let terminate = sender.clone();
    signals::on_terminate(move |signal| {
        // The receiver is gone only when the program ends anyway.
        let _ = terminate.send(Msg::Terminate(signal));
    })?;
    let hung_up = sender.clone();
    signals::on_hangup(move |ending| {
        let _ = hung_up.send(Msg::Terminate(ending));
    })?;
    read_policy_and_headers(&workshop, policy, demo.is_some(), sender.clone())?;
    let mut hands = Hands::new(journal, &model, workshop, sender.clone());
    let reading = source::begin(inputs, &selection, sender)?;
    hands.texts = reading.texts();
    let ended = turn(&mut model, &look, &mut screen, &mut hands, &messages);
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
    demo: bool,
    sender: Sender,
) -> anyhow::Result<()> {
    let (headers, root) = (workshop.headers.clone(), workshop.root.clone());
    thread::spawn_named("policy", move || {
        let state = if demo { source::story_policy() } else { source::policy(&root, policy.as_deref()) };
        // Nobody listens when the program has ended.
        let _ = sender.send(Msg::Policy(state.clone()));
        let _ = sender.send(Msg::Headers(source::headers(&headers, &root, state.policy())));
    })?;
    Ok(())
}

/// Goes on until an effect quits or the terminal is lost.
fn turn(
    model: &mut Model,
    look: &Look,
    screen: &mut Screen,
    hands: &mut Hands,
    messages: &Receiver<Msg>,
) -> anyhow::Result<()> {
    loop {
        let Ok(first) = messages.recv() else { return Ok(()) };
        let begun = clock::monotonic();
        let mut next = Some(first);
        while let Some(msg) = next {
            if !happen(model, screen, hands, msg)? {
                return Ok(());
            }
            next = match messages.try_recv() {
                Ok(msg) if clock::monotonic().saturating_sub(begun) < FRAME => Some(msg),
                Ok(msg) => {
                    screen.draw(|frame| view(model, look, frame))?;
                    Some(msg)
                }
                Err(TryRecvError::Empty | TryRecvError::Disconnected) => None,
            };
        }
        screen.draw(|frame| view(model, look, frame))?;
    }
}

/// Lets a message happen, with all that follows from it at once; false when the program ends.
fn happen(model: &mut Model, screen: &mut Screen, hands: &mut Hands, msg: Msg) -> anyhow::Result<bool> {
    let mut waiting = VecDeque::from([msg]);
    while let Some(msg) = waiting.pop_front() {
        for effect in update(model, msg) {
            match effect {
                Effect::Quit => return Ok(false),
                Effect::Redraw => screen.forget()?,
                Effect::Copy(choice) => {
                    let copied = hands.copy(&choice.text);
                    if let Copied::Terminal { sequence, .. } = &copied {
                        screen.send(sequence)?;
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
