//! The only room that touches the machine: files, processes, clock, threads, environment.
//!
//! Everybody else gets bytes and values from here. Programs are started from an argument vector, never through a shell;
//! temporary files live in a private folder.
#![allow(clippy::disallowed_methods)] // the wrapper that the rule is about

pub mod label;
pub mod policy;
