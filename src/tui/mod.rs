//! The terminal program.
//!
//! ```text
//! terminal, log, build, signals ─▶ Msg ─▶ update(&mut Model, Msg) ─▶ Vec<Effect> ─▶ runtime (does it, answers with a Msg)
//!                                            │
//!                                            ▼
//!                                  view(&Model, &Look, &mut Frame)
//! ```
//!
//! [`update()`] and [`view()`] need no terminal: every act can be tested by its messages, every screen by its model, and
//! drawing cannot change state. What a key does is a row of [`action::ACTIONS`]; footer, help and palette come from it.

pub mod action;
pub mod effect;
pub mod message;
pub mod model;
mod runtime;
mod update;
mod view;
mod widgets;

pub use effect::Effect;
pub use message::Msg;
pub use model::Model;
pub use runtime::{Start, run};
pub use update::update;
pub use view::{Look, view};
