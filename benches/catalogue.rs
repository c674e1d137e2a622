//! From cold header files to the catalogue with every access vector, a search per key, and a match of one denial.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::disallowed_methods)]

use std::{
    hint::black_box,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use seltui::{
    host::{self, headers::Headers},
    refpolicy::{
        Catalogue, Definitions, Expander, FuzzyIndex, SearchIn,
        matching::{Matcher, Question, RuleKind},
    },
    selinux::{AccessVector, Name},
};

const RUNS: usize = 10;

fn main() {
    let root = Path::new("/");
    if let Some(folder) = std::env::args().skip_while(|argument| argument != "whole").nth(1) {
        // Once, for `benches/catalogue-peers`, which times the process.
        let catalogue = host::catalogue::read(&Headers::new(&[folder.into()], root), root).unwrap();
        // To give everything back is no part of it: the program keeps it until its end.
        std::mem::forget(black_box(catalogue));
        return;
    }
    let headers = Headers::new(&[], root);
    say("headers read", || headers.read(root).unwrap());
    let set = Arc::new(headers.read(root).unwrap());
    say("definitions and remarks", || Definitions::read(Arc::clone(&set)));
    say("expander made ready", || Expander::new(&set));
    let definitions = Definitions::read(Arc::clone(&set));
    let expander = Expander::new(&set);
    let all = 0..definitions.len();
    say("all expanded, one thread", || {
        let mut expander = expander.clone();
        // Clones of one that remembers know what it knows.
        expander.remember();
        Catalogue::contents(&mut expander, &definitions, all.clone())
    });
    say("whole catalogue from files", || host::catalogue::read(&headers, root).unwrap());
    let catalogue = host::catalogue::read(&headers, root).unwrap();
    let statements: usize = catalogue.iter().map(|entry| entry.contents.statements.len()).sum();
    println!("{} definitions, {statements} statements", catalogue.definitions().len());
    let index = FuzzyIndex::of_interfaces(&definitions);
    for pattern in
        ["l", "^interface\\(`logging", "allow \\$1 [a-z_]*log_t:file", "\\<entrypoint\\>", "kernel.*message", "."]
    {
        say(&format!("search per key /{pattern}"), || {
            definitions.find_some(pattern, SearchIn::Interfaces, 500).unwrap()
        });
    }
    for typed in ["l", "lo", "logging", "logging manage all", "files read", "ping", "e r a"] {
        say(&format!("search per key \"{typed}\""), || index.search(typed, 200));
    }
    slowest(&index);
    let (_, policy) = host::policy::read(root, None).unwrap();
    say("matcher laid out", || Matcher::new(Arc::clone(&catalogue), &policy));
    let matcher = Matcher::new(catalogue, &policy);
    let domain = Name::from("httpd_t");
    let question = Question { domain: &domain, role: "system_r", kind: RuleKind::Allow, known: &policy };
    for (target, class, permissions) in [
        ("bin_t", "dir", &["search"][..]),
        ("var_log_t", "file", &["open", "read"]),
        ("etc_t", "dir", &["getattr", "open", "search"]),
        ("shadow_t", "file", &["read"]),
        ("unlabeled_t", "file", &["getattr"]),
    ] {
        let permissions = permissions.iter().copied().collect();
        let need = AccessVector { source: domain.clone(), target: target.into(), class: class.into(), permissions };
        say(&format!("match {target}:{class}"), || matcher.offers(&need, &question));
        say("what each definition covers of it", || matcher.coverage(std::slice::from_ref(&need), &question));
    }
}

/// Of all words of one and two letters the one that takes longest, each by the best of its runs.
fn slowest(index: &FuzzyIndex) {
    let letters = || ('a'..='z').map(String::from);
    let two = letters().flat_map(|one| letters().map(move |other| format!("{one}{other}")));
    let best = |typed: &str| {
        let time = || {
            let start = Instant::now();
            black_box(index.search(typed, 200));
            start.elapsed()
        };
        (0..RUNS).map(|_| time()).min().unwrap_or_default()
    };
    let slowest = letters().chain(two).map(|typed| (best(&typed), typed)).max().unwrap();
    println!("slowest search per key of all words of one and two letters: {:?} for \"{}\"", slowest.0, slowest.1);
}

/// The median and the best of some runs.
fn say<T>(what: &str, run: impl Fn() -> T) {
    let mut times: Vec<Duration> = (0..RUNS)
        .map(|_| {
            let start = Instant::now();
            let made = black_box(run());
            let time = start.elapsed();
            drop(made);
            time
        })
        .collect();
    times.sort();
    println!("{what}: {:?} (median of {RUNS}), {:?} (best)", times[RUNS / 2], times[0]);
}
