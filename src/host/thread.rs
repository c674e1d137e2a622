//! Threads.

use std::{io, thread::JoinHandle};

/// Starts a thread with a name that `ps -L` and a panic's message show.
pub fn spawn<T: Send + 'static>(name: &str, work: impl FnOnce() -> T + Send + 'static) -> io::Result<JoinHandle<T>> {
    std::thread::Builder::new().name(name.to_owned()).spawn(work)
}
