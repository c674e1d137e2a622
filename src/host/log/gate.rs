//! How much may be under way between the reading threads and the one that listens, and the word to stop.

use std::{
    io,
    os::fd::{AsFd as _, BorrowedFd, OwnedFd},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use rustix::event::{EventfdFlags, eventfd};

/// Batches that were sent and not dropped yet: with 512 events each this holds some megabytes at most.
const MOST_UNDER_WAY: usize = 8;

/// Shared by the threads of one [`follow`](super::follow).
#[derive(Debug)]
pub(super) struct Gate {
    state: Mutex<State>,
    changed: Condvar,
    /// Can be read from when it is time to stop.
    end: OwnedFd,
}

#[derive(Debug, Default)]
struct State {
    under_way: usize,
    stopped: bool,
}

/// One batch's place; dropped with it.
#[derive(Debug)]
pub(super) struct Credit(Arc<Gate>);

impl Gate {
    /// An open one.
    pub fn new() -> io::Result<Self> {
        let end = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
        Ok(Self { state: Mutex::default(), changed: Condvar::new(), end })
    }

    /// For whoever waits in poll(2): it can be read from when it is time to stop.
    pub fn end(&self) -> BorrowedFd<'_> {
        self.end.as_fd()
    }

    /// Waits for a place; `None` when it is time to stop.
    pub fn enter(self: &Arc<Self>) -> Option<Credit> {
        let full = |state: &mut State| state.under_way >= MOST_UNDER_WAY && !state.stopped;
        let mut state = self.changed.wait_while(self.state(), full).unwrap_or_else(PoisonError::into_inner);
        state.under_way += 1;
        (!state.stopped).then(|| Credit(Arc::clone(self)))
    }

    /// Waits; true when it is time to stop.
    pub fn pause(&self, time: Duration) -> bool {
        let running = |state: &mut State| !state.stopped;
        let waited = self.changed.wait_timeout_while(self.state(), time, running);
        waited.unwrap_or_else(PoisonError::into_inner).0.stopped
    }

    /// Whether it is time to stop.
    pub fn is_stopped(&self) -> bool {
        self.state().stopped
    }

    /// Ends every wait, now and later.
    pub fn stop(&self) {
        self.state().stopped = true;
        self.changed.notify_all();
        // It is full only when it was written to before.
        let _ = rustix::io::write(&self.end, &1_u64.to_ne_bytes());
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing that holds the lock can panic, and the numbers in it are whole at every moment.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Credit {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.under_way = state.under_way.saturating_sub(1);
        drop(state);
        self.0.changed.notify_all();
    }
}
