//! dontaudit rules taken out of the policy (`semodule -DB`) and put back (`semodule -B`), with a guard that never leaves them
//! out unknown.
//!
//! What holds, whatever happens in between:
//!
//! - A [`Mark`] is on the disk, synchronized, before `semodule -DB` is started, and it is taken away only after `semodule -B`
//!   ended well and the store says so. There is no moment in which the rules are out and no mark tells of it.
//! - While this process lives and the rules are out it is *armed*: [`put_back`] is called when the program quits, on SIGTERM
//!   and SIGHUP, on a panic and after an error. A `-DB` that is still running is ended first, since it would wait for the lock
//!   and come after the `-B`.
//! - The restoring semodule has a process group of its own and neither terminal nor pipe: nothing that becomes of the program
//!   or of its terminal reaches it.
//! - After `kill -9` or a power cut the next start finds the mark ([`left_behind`]) and offers to put the rules back. A mark
//!   whose rules are in again is taken away then, but never while a `semodule -DB` still runs.
//! - What another program took out (no mark of ours) is shown, and put back only when a person asks for it.

mod guard;
mod left;
mod mark;
mod state;

pub use guard::{
    OffOutcome, OffPlan, PutBack, Witness, is_armed, leave_out, policy_before, put_back, put_back_others,
    put_back_unasked, witnessed_by,
};
pub use left::{LeftBehind, Standing, left_behind};
pub use mark::{Mark, MarkFile};
pub use state::{DontauditState, state};
