//! The last policy load, before anything is shown.

use std::sync::OnceLock;

use super::{LogInput, gate::Gate, open::is_stream, read::last_loads, sieve::Loads};

/// The inputs that can be read twice, for the one time when all of them are read ahead.
#[derive(Debug)]
pub(super) struct Ahead {
    inputs: Vec<LogInput>,
    loads: OnceLock<Loads>,
}

impl Ahead {
    /// Of these inputs; pipes are read again by whoever spools them.
    pub fn of(inputs: &[LogInput]) -> Self {
        let twice = |input: &&LogInput| match input {
            LogInput::File(path) => !is_stream(path),
            LogInput::Old(_) | LogInput::Journal { .. } | LogInput::Kmsg => true,
            LogInput::Stdin | LogInput::Told { .. } => false,
        };
        Self { inputs: inputs.iter().filter(twice).cloned().collect(), loads: OnceLock::new() }
    }

    /// The last policy load of each node in all of them together. One thread reads, the others wait. An input that cannot be read
    /// tells of none; why it can't is said when it is followed.
    pub fn loads(&self, gate: &Gate) -> &Loads {
        self.loads.get_or_init(|| {
            let mut all = Loads::default();
            for input in &self.inputs {
                let loads = last_loads(std::slice::from_ref(input), || !gate.is_stopped()).unwrap_or_default();
                for (node, load) in loads {
                    let last = all.entry(node).or_insert(load);
                    *last = (*last).max(load);
                }
            }
            all
        })
    }
}
