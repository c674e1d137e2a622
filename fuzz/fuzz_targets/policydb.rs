//! The policy reader: any bytes give an error or a value, and every question of a value has an answer.
//!
//! Seeds: `fuzz/seed-policies DIR`, then `cargo +nightly fuzz run policydb DIR -- -rss_limit_mb=512 -max_total_time=1800`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use seltui::policydb::{Change, Component, Policy, RuleKind, Search};

fuzz_target!(|bytes: &[u8]| {
    let Ok(policy) = Policy::read(bytes) else { return };
    let search = Search {
        kinds: RuleKind::ALL.to_vec(),
        role_allow: true,
        role_transition: true,
        range_transition: true,
        state: true,
        ..Search::default()
    };
    let _ = policy.search(&search, |_| Ok::<(), ()>(()));
    policy.statistics("it");
    for component in Component::ALL {
        let _ = policy.list(component, None);
    }
    let contexts: Vec<_> = policy.labels().initial_sids.iter().map(|sid| &sid.1).take(3).collect();
    for source in &contexts {
        for target in &contexts {
            for (class, _) in policy.classes_by_number().take(4) {
                policy.decide(source, target, class);
                let _ = policy.transition(Change::Create, source, target, class, Some("motd"));
            }
        }
    }
});
