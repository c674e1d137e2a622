//! Reading logs: once from beginning to end, or for as long as the program runs.
//!
//! [`read_all`] is for the command line. [`follow`] starts threads that read what is there, tell how far they are, and
//! then wait for more, across rotation; what they find goes through a closure to whoever asked, a bounded number of
//! batches at a time.
//!
//! ```no_run
//! use seltui::host::log::{LogInput, LogNews, follow};
//!
//! let (sender, news) = std::sync::mpsc::channel();
//! let following = follow(LogInput::choose(&[], "/".as_ref()).inputs, move |news| sender.send(news).is_ok()).unwrap();
//! for news in news {
//!     if let LogNews::Events(batch) = news {
//!         println!("{} events", batch.events.len());
//!     }
//! }
//! drop(following); // stops the threads
//! ```

mod ahead;
mod choice;
mod decode;
mod duplicates;
mod follow;
mod gate;
mod input;
mod journal_source;
mod lines;
mod old;
mod open;
mod outbox;
mod raw_texts;
mod read;
mod rotated;
mod sieve;
mod stream;
mod tail;
mod told;
mod watch;

pub use choice::Choice;
pub use follow::{Batch, Following, LogNews, Progress, follow, follow_selected};
pub use input::{InputState, LogInput};
pub use raw_texts::RawTexts;
pub use read::{Detail, ReadSummary, read_all, read_selected};
