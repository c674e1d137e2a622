//! From a policy's bytes to the first answer, and what a further question costs.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::disallowed_methods)]

use std::{hint::black_box, time::Instant};

use seltui::policydb::Policy;

fn main() {
    let path = std::env::args().skip(1).find(|word| !word.starts_with('-'));
    let path = path.unwrap_or_else(|| "/etc/selinux/default/policy/policy.33".to_owned());
    let mut times: Vec<_> = (0..20).map(|_| open_and_ask(&path)).collect();
    times.sort();
    println!("open to first answer: {:?} (median of 20)", times[10]);

    let policy = Policy::read(&std::fs::read(&path).unwrap()).unwrap();
    let types: Vec<_> = policy.types_by_number().map(|(id, _)| id).filter(|id| !policy.is_attribute(*id)).collect();
    let file = policy.find_class("file").unwrap();
    let (questions, start) = (100_000_u32, Instant::now());
    for index in 0..questions as usize {
        let (source, target) = (types[index * 7 % types.len()], types[index * 131 % types.len()]);
        black_box(policy.access(source, target, file));
    }
    println!("a further question: {:?} (mean of {questions})", start.elapsed() / questions);
}

fn open_and_ask(path: &str) -> std::time::Duration {
    let start = Instant::now();
    let policy = Policy::read(&std::fs::read(path).unwrap()).unwrap();
    let (init, class) = (policy.find_type("init_t").unwrap(), policy.find_class("file").unwrap());
    black_box(policy.access(init, init, class));
    start.elapsed()
}
