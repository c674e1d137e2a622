//! Pieces that several views share: a line of input, a window over many lines, text cut to a width.

mod field;
mod scroll;
mod text;

pub use field::TextField;
pub use scroll::Scroll;
pub use text::{cut_middle, fit, wrap};
