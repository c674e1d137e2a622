//! Whole logs, with pauses between their lines: whatever stands around it, the last record of the log is found.
#![no_main]

use libfuzzer_sys::fuzz_target;
use seltui::audit::{Ending, EventAssembler, Place, Stamp, WallClock};

const LAST: &[u8] = b"type=AVC msg=audit(1700000010.111:4242424242): avc:  denied  { read } for  pid=4 ino=777 \
    scontext=u:r:a_t:s0 tcontext=u:o:b_t:s0 tclass=file permissive=0";

fuzz_target!(|log: &[u8]| {
    let mut assembler = EventAssembler::new(WallClock::new(Stamp(1_795_258_800_000), jiff::tz::TimeZone::UTC));
    let mut found = 0;
    for (number, line) in (1..).zip(log.split(|byte| *byte == b'\n').chain([LAST])) {
        // The first byte of a line says where it comes from, whether it was cut, and whether a while went by before it.
        let flags = line.first().copied().unwrap_or(0);
        if flags & 8 != 0 {
            assembler.settle(Stamp(1_795_258_800_000));
        }
        let place = Place { input: usize::from(flags & 1), line: number };
        let ending = if flags & 16 != 0 && number > 1 && line != LAST { Ending::Cut } else { Ending::Whole };
        assembler.push_from(place, (flags & 2 != 0).then_some((0, number * 100)), line, ending);
    }
    assembler.flush();
    for event in assembler.take_events() {
        found += event.messages.iter().filter(|message| message.inode == Some(777) && !message.unproven).count();
    }
    assert!(found > 0, "the last record is lost");
});
