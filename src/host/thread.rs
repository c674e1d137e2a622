//! Threads, each with a name that a debugger and `ps -L` show.

use std::{
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

/// Does nothing for this long.
pub fn pause(time: Duration) {
    std::thread::sleep(time);
}
