//! Interface headers: what an interface, template or macro expands to.
//!
//! Headers are m4 text, and m4 decides what they mean. The macro processor here answers as GNU m4 does with what the devel
//! Makefile gives it, in process and without a way to the machine: no file, no command. What comes out is read into
//! statements, each of which knows the calls that it came through. Nothing is validated: names are whatever the text says,
//! `$1_t` too, and a header may be hostile; limits on steps, depth and size end every expansion.
//!
//! - [`HeaderSet`]: the files as values; `host` reads them, and [`makefile_definitions`] what the Makefile defines.
//! - [`Definitions`]: what the headers define, with its remarks, as written.
//! - [`Expander`]: has read them, and expands calls.
//! - [`Expansion`]: statements as a tree, and the calls as another one over the same statements.
//! - [`Catalogue`]: each definition with what a call of it brings, and whether a call can be compiled.
//! - [`matching`]: which calls grant what was denied.

mod bound;
mod call_check;
mod catalogue;
mod classes;
mod contents;
mod declaring;
mod definition;
mod definitions;
mod documentation;
mod domain_makers;
mod ere;
mod expander;
mod expansion;
mod extent;
mod find;
mod fuzzy;
mod header;
mod m4;
mod makefile;
pub mod matching;
mod parameter_use;
mod position;
mod presence;
mod read;
mod reader;
mod recorded;
pub mod statement;

pub use bound::{names_in, put_arguments};
pub use call_check::{Argument, CallProblem, NameKind};
pub use catalogue::{Catalogue, Entry};
pub use contents::{Brought, Contents, OptionalBlock};
pub use definition::{Definition, DefinitionKind, HeaderFault, HeaderProblem, Parameter};
pub use definitions::{DefinitionId, Definitions};
pub use documentation::{Direction, Documentation, InfoFlow, ParameterText};
pub use domain_makers::{DomainMaker, DomainTemplate};
pub use ere::PatternError;
pub use expander::{Declaration, Expander, SupportMacros};
pub use expansion::{Branch, Call, CallId, CallKind, Expansion, Placed, Problem, ProblemKind, StatementId, Unfolded};
pub use find::{Found, Matched, SearchIn};
pub use fuzzy::{FuzzyIndex, FuzzyMatch};
pub use header::{HeaderFile, HeaderKind, HeaderSet};
pub use m4::Limits;
pub use makefile::makefile_definitions;
pub use parameter_use::{Cause, ParameterKind, ParameterUse};
pub use presence::Presence;
pub use read::FileContents;
