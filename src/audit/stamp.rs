//! Times: of the audit id, and of the prefixes of syslog and the journal.

use jiff::{
    SignedDuration,
    civil::{Date, DateTime, Time},
    tz::TimeZone,
};
use nom::{
    IResult, Parser as _,
    bytes::complete::{tag, take_while_m_n, take_while1},
    character::complete::{digit1, one_of, space1},
    combinator::{map_opt, opt, recognize},
    sequence::preceded,
};

use super::Stamp;

/// What a date without a year or an offset is read by. The room knows no clock: it is handed in.
#[derive(Debug, Clone)]
pub struct WallClock {
    now: jiff::Timestamp,
    zone: TimeZone,
    /// The last prefix that was worked out: neighbouring lines mostly share it.
    last: Option<(DateTime, Option<Stamp>)>,
}

impl WallClock {
    /// The present, and the zone that the machine which wrote the log is taken to live in.
    pub fn new(now: Stamp, zone: TimeZone) -> Self {
        let mut clock = Self { now: jiff::Timestamp::UNIX_EPOCH, zone, last: None };
        clock.set_now(now);
        clock
    }

    /// Moves the present on: a tail may run over the end of a year.
    pub(super) fn set_now(&mut self, now: Stamp) {
        let now = i64::try_from(now.0).ok().and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
        self.now = now.unwrap_or(self.now);
    }

    /// The moment that a clock on the wall of [`WallClock::zone`] showed this; the earlier one where it showed it twice.
    fn stamp(&mut self, shown: DateTime) -> Option<Stamp> {
        match &self.last {
            Some((last, stamp)) if *last == shown => *stamp,
            _ => {
                let moment = self.zone.to_ambiguous_timestamp(shown).compatible().ok();
                let stamp = moment.and_then(|m| u64::try_from(m.as_millisecond()).ok()).map(Stamp);
                self.last = Some((shown, stamp));
                stamp
            }
        }
    }

    /// A date without its year lies in the past: it is the newest such day that is no more than a day ahead.
    fn newest(&self, month: i8, day: i8, time: Time) -> Option<DateTime> {
        let limit = self.now.checked_add(SignedDuration::from_hours(24)).ok()?;
        let limit = self.zone.to_datetime(limit);
        (0..=8) // the 29th of February comes every eighth year at the rarest
            .filter_map(|back| Some(Date::new(limit.year() - back, month, day).ok()?.to_datetime(time)))
            .find(|shown| *shown <= limit)
    }
}

/// What stands in `audit(…)`. Either part may be missing: people blank them out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct AuditId {
    pub stamp: Option<Stamp>,
    pub serial: Option<u64>,
    /// The time is written as a date: the values of such a record are translated too (`ausearch -i`).
    pub interpreted: bool,
}

/// The kernel's `audit(SECONDS.MILLISECONDS:SERIAL)` behind its opening brace, up to the closing one.
pub(super) fn epoch_id(input: &[u8]) -> IResult<&[u8], AuditId> {
    let (rest, (seconds, _, fraction, _, serial, _)) =
        (digit1, tag("."), digit1, tag(":"), digit1, tag(")")).parse(input)?;
    let stamp = Stamp(number(seconds).saturating_mul(1000).saturating_add(milliseconds(fraction)));
    // 0.0 is what Android's logd writes: it keeps the serial and loses the time.
    let stamp = (stamp.0 != 0).then_some(stamp);
    Ok((rest, AuditId { stamp, serial: Some(number(serial)), interpreted: false }))
}

/// The id as `ausearch -i` writes it (`02/24/2021 11:02:02.332:445`), or whatever else stands between the braces.
pub(super) fn other_id<'a>(input: &'a [u8], clock: &mut WallClock) -> IResult<&'a [u8], AuditId> {
    let (rest, inside) = take_while_m_n(0, 64, |byte| byte != b')').parse(input)?;
    let (rest, _) = tag(")").parse(rest)?;
    let colon = inside.iter().rposition(|byte| *byte == b':');
    let Some((date, serial)) = colon.and_then(|place| inside.split_at_checked(place)) else {
        return Ok((rest, AuditId::default()));
    };
    let serial = serial.get(1..).filter(|text| !text.is_empty() && text.iter().all(u8::is_ascii_digit)).map(number);
    let shown = interpreted_date(date).ok().map(|(_, shown)| shown);
    let stamp = shown.and_then(|shown| clock.stamp(shown));
    Ok((rest, AuditId { stamp, serial, interpreted: true }))
}

/// A day in the order of its locale, then the time. Slashes mean month first unless that cannot be, dots day first.
fn interpreted_date(input: &[u8]) -> IResult<&[u8], DateTime> {
    let day = (digit1, one_of("/.-"), digit1, one_of("/.-"), digit1);
    let date = map_opt(day, |(first, separator, second, _, third): (&[u8], char, &[u8], char, &[u8])| {
        let (a, b, c) = (number(first), number(second), number(third));
        let (year, month, day) = match separator {
            _ if first.len() == 4 => (a, b, c),
            '/' if a <= 12 => (c, a, b),
            _ => (c, b, a),
        };
        let year = if year < 100 { year + 2000 } else { year };
        Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
    });
    let (rest, (date, _, time)) = (date, space1, time_of_day).parse(input)?;
    Ok((rest, date.to_datetime(time)))
}

/// `11:02:02` with or without a fraction.
fn time_of_day(input: &[u8]) -> IResult<&[u8], Time> {
    let two_digits = || map_opt(digit1, |digits| i8::try_from(number(digits)).ok());
    let fraction = opt(preceded(tag("."), digit1)).map(|digits| milliseconds(digits.unwrap_or_default()));
    map_opt(
        (two_digits(), tag(":"), two_digits(), tag(":"), two_digits(), fraction),
        |(hour, _, minute, _, second, thousandths)| {
            Time::new(hour, minute, second, i32::try_from(thousandths).ok()? * 1_000_000).ok()
        },
    )
    .parse(input)
}

/// The time that syslog and the journal put before a line: `Oct 03 10:00:00`, or RFC 3339.
pub(super) fn prefix_time<'a>(input: &'a [u8], clock: &mut WallClock) -> IResult<&'a [u8], Option<Stamp>> {
    if let Ok((rest, (month, _, day, _, time))) = (month, space1, digit1, space1, time_of_day).parse(input) {
        let day = i8::try_from(number(day)).ok();
        let shown = day.and_then(|day| clock.newest(month, day, time));
        return Ok((rest, shown.and_then(|shown| clock.stamp(shown))));
    }
    let (rest, text) = recognize((
        take_while_m_n(4, 4, |byte: u8| byte.is_ascii_digit()),
        tag("-"),
        take_while1(|byte: u8| byte.is_ascii_digit() || b"-+:.TtZz".contains(&byte)),
    ))
    .parse(input)?;
    // journalctl writes +0200, RFC 3339 +02:00: jiff reads both.
    let moment = std::str::from_utf8(text).ok().and_then(|text| text.parse::<jiff::Timestamp>().ok());
    Ok((rest, moment.and_then(|m| u64::try_from(m.as_millisecond()).ok()).map(Stamp)))
}

fn month(input: &[u8]) -> IResult<&[u8], i8> {
    const MONTHS: [&[u8]; 12] =
        [b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"];
    map_opt(nom::bytes::complete::take(3_usize), |name: &[u8]| {
        MONTHS.iter().position(|month| *month == name).and_then(|place| i8::try_from(place + 1).ok())
    })
    .parse(input)
}

/// The number in these digits; the largest one where they hold more.
pub(super) fn number(digits: &[u8]) -> u64 {
    digits.iter().fold(0_u64, |sum, digit| sum.saturating_mul(10).saturating_add(u64::from(digit.wrapping_sub(b'0'))))
}

/// A decimal fraction of a second: `5` is half of one.
fn milliseconds(fraction: &[u8]) -> u64 {
    let digits = fraction.iter().chain(b"000").take(3);
    digits.fold(0, |sum, digit| sum * 10 + u64::from(digit.wrapping_sub(b'0')))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-03-01 00:30 UTC, an hour and a half before the clock on the wall says so.
    fn clock() -> WallClock {
        WallClock::new(Stamp(1_772_325_000_000), TimeZone::fixed(jiff::tz::offset(-1)))
    }

    #[test]
    fn reads_ids_as_kernels_people_and_tools_write_them() {
        let id = |stamp: Option<u64>, serial, interpreted| AuditId { stamp: stamp.map(Stamp), serial, interpreted };
        for (text, expected) in [
            ("1656362206.779:8324)", id(Some(1_656_362_206_779), Some(8324), false)),
            ("1649249057.67:212)", id(Some(1_649_249_057_670), Some(212), false)),
            ("83241.927:148)", id(Some(83_241_927), Some(148), false)),
            ("0.0:107)", id(None, Some(107), false)),
            (")", id(None, None, false)),
            ("...)", id(None, None, false)),
            ("02/24/2021 11:02:02.332:445)", id(Some(1_614_168_122_332), Some(445), true)),
            ("24/02/21 11:02:02.332:445)", id(Some(1_614_168_122_332), Some(445), true)),
            ("24.02.2021 11:02:02.332:445)", id(Some(1_614_168_122_332), Some(445), true)),
            ("2021-02-24 11:02:02.332:445)", id(Some(1_614_168_122_332), Some(445), true)),
            ("99/99/2021 11:02:02.332:445)", id(None, Some(445), true)),
        ] {
            let read = epoch_id(text.as_bytes()).or_else(|_| other_id(text.as_bytes(), &mut clock()));
            assert_eq!(read, Ok((&b""[..], expected)), "{text}");
        }
    }

    #[test]
    fn a_date_without_a_year_is_the_newest_one_in_the_past() {
        // date -ud TEXT +%s, an hour added for the zone.
        for (text, expected) in [
            ("Feb 28 22:00:00", Some(1_772_319_600_000)),
            ("Oct  3 10:00:00", Some(1_759_489_200_000)),
            ("Feb 29 00:00:00", Some(1_709_168_400_000)),
            ("Feb 30 00:00:00", None),
            ("2022-06-27T20:03:44.779000+00:00", Some(1_656_360_224_779)),
            ("2022-06-27T22:03:44+0200", Some(1_656_360_224_000)),
            ("2022-99-27T22:03:44+0200", None),
        ] {
            let (rest, stamp) = prefix_time(text.as_bytes(), &mut clock()).unwrap();
            assert_eq!((rest, stamp), (&b""[..], expected.map(Stamp)), "{text}");
        }
    }
}
