//! The real program in a real terminal (tmux): what it shows, how it ends, what it leaves behind.
#![allow(clippy::disallowed_methods, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)] // a test touches the machine

mod copy;
mod demo;
mod ends;
mod hangup;
mod harness;
mod input;
mod journal;
#[path = "../judge/mod.rs"]
mod judge;
mod kills;
mod live;
mod log;
mod mixed;
mod sessions;
mod tmux;
