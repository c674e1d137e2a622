//! Threads, each with a name that a debugger and `ps -L` show.

use std::{
    sync::mpsc,
    thread::{Builder, JoinHandle},
    time::Duration,
};

use anyhow::Context as _;

/// Starts a thread of this name (the kernel shows its first 15 bytes).
pub fn spawn_named<T, F>(name: &str, work: F) -> anyhow::Result<JoinHandle<T>>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    Builder::new().name(name.to_owned()).spawn(work).with_context(|| format!("cannot start the thread {name}"))
}

/// A thread that does what it is asked to, one thing after the other, and ends when nobody can ask it any more.
///
/// It is started before there is something to do: a new thread begins on the processor of the one that started it, which has to
/// wait as long, while one that is woken finds an idle one.
#[derive(Debug)]
pub struct Helper(mpsc::Sender<Task>);

type Task = Box<dyn FnOnce() + Send>;

/// What a [`Helper`] was asked for.
#[derive(Debug)]
pub struct Answer<T>(mpsc::Receiver<T>);

impl Helper {
    /// Starts a thread of this name.
    pub fn start(name: &str) -> anyhow::Result<Self> {
        let (give, tasks) = mpsc::channel::<Task>();
        spawn_named(name, move || tasks.into_iter().for_each(|task| task()))?;
        Ok(Self(give))
    }

    /// Has it do this next.
    pub fn ask<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Answer<T> {
        let (give, answer) = mpsc::sync_channel(1);
        // Where the thread is gone, whoever asks for the answer learns of it; where nobody does, nobody needs it.
        let task: Task = Box::new(move || drop(give.send(work())));
        drop(self.0.send(task));
        Answer(answer)
    }
}

impl<T> Answer<T> {
    /// Waits for it; `None` where the thread came to its end before.
    pub fn get(self) -> Option<T> {
        self.0.recv().ok()
    }
}

/// Does nothing for this long.
pub fn pause(time: Duration) {
    std::thread::sleep(time);
}
