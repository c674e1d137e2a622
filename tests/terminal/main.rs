//! The real program in a real terminal (tmux): what it shows, how it ends, what it leaves behind.
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    missing_docs
)] // a test may fail loudly, and it touches the machine

mod hangup;
mod harness;
mod input;
#[path = "../judge/mod.rs"]
mod judge;
mod tmux;
