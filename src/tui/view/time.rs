//! Times as a person reads them: in the zone of the person, to the second.

use jiff::{Timestamp, tz::TimeZone};

use crate::audit::Stamp;

/// `2022-06-27 20:03:44`; seconds since boot where the record's clock was not set.
pub fn date_and_time(stamp: Stamp, zone: &TimeZone) -> String {
    /// Records before 1990 were stamped by a clock that counts from boot (no RTC, Android).
    const CLOCK_NOT_SET: u64 = 631_152_000_000;
    let Stamp(millis) = stamp;
    if millis < CLOCK_NOT_SET {
        return format!("{}.{:03} s after boot", millis / 1000, millis % 1000);
    }
    match i64::try_from(millis).ok().and_then(|millis| Timestamp::from_millisecond(millis).ok()) {
        Some(time) => time.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M:%S").to_string(),
        None => format!("{} s", millis / 1000),
    }
}

/// `14:02:11`
pub fn of_day(stamp: Stamp, zone: &TimeZone) -> String {
    let text = date_and_time(stamp, zone);
    text.rsplit(' ').next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_the_persons_time() {
        // date -u -d @1656360224: 2022-06-27 20:03:44
        for (millis, expected) in [
            (1_656_360_224_779, "2022-06-27 20:03:44"),
            (83_241_927, "83241.927 s after boot"),
            (u64::MAX, "18446744073709551 s"),
        ] {
            assert_eq!(date_and_time(Stamp(millis), &TimeZone::UTC), expected);
        }
    }
}
