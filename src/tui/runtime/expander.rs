//! Calls are expanded beside the screen: the headers are read for it once more, as m4 would.

use std::sync::{
    Arc,
    mpsc::{SyncSender, sync_channel},
};

use super::Sender;
use crate::{
    host::thread,
    module::{ClassTable, ExpandedCall},
    refpolicy::{Definitions, Expander},
    selinux::Call,
    tui::Msg,
};

/// How many requests may wait; a person asks for one at a time.
const WAITING: usize = 64;

/// Who expands calls, once there are headers.
#[derive(Debug, Default)]
pub(super) struct ExpanderHand {
    definitions: Option<Arc<Definitions>>,
    /// The thread, from the first request on.
    requests: Option<SyncSender<Request>>,
}

/// What is wanted of calls.
#[derive(Debug)]
pub(super) enum Request {
    /// What they expand to.
    Expand(Vec<String>),
    /// What stands for them in the `module` form, where these are the classes that the other form requires.
    WriteOut(Vec<Call>, ClassTable),
}

impl ExpanderHand {
    /// These are the headers from now on.
    pub fn know(&mut self, definitions: &Arc<Definitions>) {
        self.definitions = Some(Arc::clone(definitions));
        self.requests = None;
    }

    /// Does what is asked for; what comes of it is told.
    pub fn ask(&mut self, request: Request, sender: &Sender) {
        if self.requests.is_none() {
            self.requests = self.definitions.as_ref().and_then(|definitions| begin(definitions, sender));
        }
        if let Some(requests) = &self.requests {
            // Without an answer the pane goes on saying that it waits.
            let _ = requests.try_send(request);
        }
    }
}

fn begin(definitions: &Arc<Definitions>, sender: &Sender) -> Option<SyncSender<Request>> {
    let (requests, receiver) = sync_channel::<Request>(WAITING);
    let (definitions, sender) = (Arc::clone(definitions), sender.clone());
    let work = move || {
        let mut expander = Expander::of(&definitions);
        for request in receiver {
            let answer = match request {
                Request::Expand(calls) => {
                    let expand = |call: String| {
                        let expansion = Arc::new(expander.expand_text(&format!("{call}\n")));
                        (call, expansion)
                    };
                    Msg::Expanded(calls.into_iter().map(expand).collect())
                }
                Request::WriteOut(calls, classes) => {
                    let write = |call: Call| {
                        let written = ExpandedCall::of(&mut expander, &call, &classes);
                        (call, written)
                    };
                    Msg::WrittenOut(calls.into_iter().map(write).collect())
                }
            };
            if sender.send(answer).is_err() {
                return;
            }
        }
    };
    thread::spawn_named("expander", work).ok().map(|_| requests)
}
