//! The only room that touches the machine: files, processes, clock, threads, environment.
//!
//! Everybody else gets bytes and values from here. Programs are started from an argument vector, never through a shell;
//! temporary files live in a private folder.
#![allow(clippy::disallowed_methods)] // the wrapper that the rule is about

pub mod build;
pub mod bundle;
pub mod catalogue;
pub mod checkpoint;
pub mod clipboard;
pub mod clock;
pub mod config;
pub mod directories;
pub mod distribution;
pub mod dontaudit;
pub mod environment;
pub mod export;
pub mod headers;
pub mod install;
pub mod journal;
pub mod label;
pub mod log;
pub mod node;
pub mod panic;
pub mod policy;
pub mod policy_types;
mod private;
pub mod process;
pub mod signals;
pub mod store;
pub mod thread;
