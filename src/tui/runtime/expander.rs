//! Calls are expanded beside the screen: the headers are read for it once more, as m4 would.

use std::sync::{
    Arc,
    mpsc::{SyncSender, sync_channel},
};

use super::Sender;
use crate::{
    host::thread,
    refpolicy::{Definitions, Expander},
    tui::Msg,
};

/// How many requests may wait; a person asks for one at a time.
const WAITING: usize = 64;

/// Who expands calls, once there are headers.
#[derive(Debug, Default)]
pub(super) struct ExpanderHand {
    definitions: Option<Arc<Definitions>>,
    /// The thread, from the first request on.
    requests: Option<SyncSender<Vec<String>>>,
}

impl ExpanderHand {
    /// These are the headers from now on.
    pub fn know(&mut self, definitions: &Arc<Definitions>) {
        self.definitions = Some(Arc::clone(definitions));
        self.requests = None;
    }

    /// Expands calls; what comes of it is told.
    pub fn expand(&mut self, calls: Vec<String>, sender: &Sender) {
        if self.requests.is_none() {
            self.requests = self.definitions.as_ref().and_then(|definitions| begin(definitions, sender));
        }
        if let Some(requests) = &self.requests {
            // Without an answer the pane goes on saying that it waits.
            let _ = requests.try_send(calls);
        }
    }
}

fn begin(definitions: &Arc<Definitions>, sender: &Sender) -> Option<SyncSender<Vec<String>>> {
    let (requests, receiver) = sync_channel::<Vec<String>>(WAITING);
    let (definitions, sender) = (Arc::clone(definitions), sender.clone());
    let work = move || {
        let mut expander = Expander::new(definitions.headers());
        for calls in receiver {
            let expand = |call: String| {
                let expansion = Arc::new(expander.expand_text(&format!("{call}\n")));
                (call, expansion)
            };
            if sender.send(Msg::Expanded(calls.into_iter().map(expand).collect())).is_err() {
                return;
            }
        }
    };
    thread::spawn_named("expander", work).ok().map(|_| requests)
}
