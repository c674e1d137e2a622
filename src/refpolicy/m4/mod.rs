//! A macro processor that answers as GNU m4 1.4.19 does, and cannot touch the machine.
//!
//! `syscmd`, `include` and whatever else runs a command or opens a file is an error with file and line. There is no
//! recursion: what a header nests lies on heaps, and [`limits`] end what would not end.

mod arguments;
mod body;
mod brief;
mod builtin;
mod call;
mod change;
mod choice;
mod define;
mod divert;
mod eval;
mod format;
mod given;
mod hash;
mod input;
mod limits;
mod memo;
mod number_text;
mod output;
mod parametric;
mod pattern;
mod processor;
mod regex;
mod scan;
mod string;
mod symbols;
mod syntax;

pub use body::{Body, Frame, holds_dollarsstar, with_dollarsstar};
pub use brief::{Piece, Written};
pub use builtin::Builtin;
pub use given::Given;
pub use hash::NameHash;
pub use input::{Location, NO_CALL};
pub use limits::{Limits, Stop};
pub use memo::core;
pub use processor::{Called, Declared, Processor};
pub use symbols::Definition;
pub use syntax::Syntax;
