//! One line at a time: no input panics, and each line is counted.
#![no_main]

use libfuzzer_sys::fuzz_target;
use seltui::audit::{Ending, EventAssembler, Place, Stamp, WallClock};

fuzz_target!(|line: &[u8]| {
    let mut assembler = EventAssembler::new(WallClock::new(Stamp(1_795_258_800_000), jiff::tz::TimeZone::UTC));
    assembler.push(Place { input: 0, line: 1 }, line, Ending::Whole);
    assembler.flush();
    let messages: usize = assembler.take_events().iter().map(|event| event.messages.len()).sum();
    let counters = assembler.counters();
    assert_eq!(counters.messages + counters.refusals, messages as u64);
    assert!(counters.lines <= 1);
});
