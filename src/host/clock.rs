//! The time and the time zone of this machine.

use std::{
    sync::OnceLock,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use jiff::tz::TimeZone;

use crate::audit::{Present, Stamp, WallClock};

/// The present.
pub fn now() -> Stamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Stamp(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// Time since the program first asked, never running backwards.
pub fn monotonic() -> Duration {
    static BEGIN: OnceLock<Instant> = OnceLock::new();
    BEGIN.get_or_init(Instant::now).elapsed()
}

/// The zone that times are shown in: `TZ`, else `/etc/localtime`, else UTC.
pub fn zone() -> TimeZone {
    TimeZone::system()
}

/// A moment in seconds since 1970-01-01 UTC as a person reads it, in this machine's zone; empty where no calendar has it.
pub fn date_and_time(seconds: u64) -> String {
    let moment = i64::try_from(seconds).ok().and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
    moment.map(|moment| zone().to_datetime(moment).strftime("%Y-%m-%d %H:%M:%S").to_string()).unwrap_or_default()
}

/// What `--since` and `--until` are reckoned from.
pub fn present() -> Present {
    // `btime` of proc(5), in seconds.
    let boot = std::fs::read_to_string("/proc/stat").ok().and_then(|text| {
        let line = text.lines().find_map(|line| line.strip_prefix("btime "))?;
        line.trim().parse::<u64>().ok()
    });
    Present { now: now(), zone: zone(), boot: boot.map(|seconds| Stamp(seconds * 1000)) }
}

/// What dates without a year or an offset are read by: the present, and this machine's zone.
pub fn wall_clock() -> WallClock {
    WallClock::new(now(), zone())
}
