//! Moments as people name them: the words of ausearch(8), dates, and how long ago.

use jiff::{
    Timestamp, ToSpan as _, Unit, Zoned, ZonedRound,
    civil::{Date, DateTime, Time},
    tz::TimeZone,
};

use super::Stamp;

/// What moments are reckoned from.
#[derive(Debug, Clone)]
pub struct Present {
    /// The present.
    pub now: Stamp,
    /// The person's time zone.
    pub zone: TimeZone,
    /// When the machine was started, where that is known.
    pub boot: Option<Stamp>,
}

impl Present {
    /// The moment that is meant: `now`, `recent` (ten minutes ago), `this-hour`, `boot`, `today`, `yesterday`, `this-week`
    /// (since Sunday, as ausearch has it), `week-ago`, `this-month`, `this-year`; `90s`, `15m`, `2h`, `3d`, `1w` ago; `2026-11-21`,
    /// `11/21/2026`, `10:30`, or a date and a time. The error says what may stand there.
    pub fn moment(&self, text: &str) -> Result<Stamp, String> {
        let text = text.trim();
        if text == "boot" {
            return self.boot.ok_or_else(|| "when the machine was started is not known here: name a time".to_owned());
        }
        self.word(text).or_else(|| self.ago(text)).or_else(|| self.date(text)).ok_or_else(|| {
            format!(
                "'{text}' is no moment: say now, recent, boot, today, yesterday, this-week, this-month, this-year, 15m, 2h, 3d, \
                 2026-11-21, 10:30 or '2026-11-21 10:30:00'"
            )
        })
    }

    /// The moment until which is meant, to the end of its second, as ausearch counts: the same words, but `today` is the present,
    /// and a date without a time ends with its day.
    pub fn end(&self, text: &str) -> Result<Stamp, String> {
        let text = text.trim();
        let day_end = || self.shown(day(text)?.tomorrow().ok()?.to_datetime(Time::midnight()));
        let moment = match text {
            "today" => self.now,
            _ => match day_end() {
                Some(Stamp(next)) => Stamp(next.saturating_sub(1)),
                None => self.moment(text)?,
            },
        };
        Ok(Stamp((moment.0 / 1000).saturating_mul(1000).saturating_add(999)))
    }

    fn now(&self) -> Option<Zoned> {
        Some(Timestamp::from_millisecond(i64::try_from(self.now.0).ok()?).ok()?.to_zoned(self.zone.clone()))
    }

    fn word(&self, text: &str) -> Option<Stamp> {
        let now = self.now()?;
        let today = now.start_of_day().ok()?;
        let sundays = i64::from(today.weekday().to_sunday_zero_offset());
        stamp(&match text {
            "now" => now,
            "recent" => now.checked_sub(10.minutes()).ok()?,
            "this-hour" => now.round(ZonedRound::new().smallest(Unit::Hour).mode(jiff::RoundMode::Trunc)).ok()?,
            "today" => today,
            "yesterday" => today.checked_sub(1.day()).ok()?,
            "this-week" => today.checked_sub(sundays.days()).ok()?,
            "week-ago" => today.checked_sub(7.days()).ok()?,
            "this-month" => today.first_of_month().ok()?,
            "this-year" => today.first_of_year().ok()?,
            _ => return None,
        })
    }

    fn ago(&self, text: &str) -> Option<Stamp> {
        let unit = text.chars().last()?;
        let number: u64 = text.strip_suffix(unit)?.parse().ok()?;
        let seconds = match unit {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            'd' => 86_400,
            'w' => 604_800,
            _ => return None,
        };
        Some(Stamp(self.now.0.saturating_sub(number.checked_mul(seconds)?.checked_mul(1000)?)))
    }

    fn date(&self, text: &str) -> Option<Stamp> {
        if let Ok(moment) = text.parse::<Timestamp>() {
            return Some(Stamp(u64::try_from(moment.as_millisecond()).ok()?));
        }
        let (first, second) =
            text.split_once([' ', 'T']).map_or((text, None), |(date, time)| (date, Some(time.trim())));
        let shown = match (day(first), second) {
            (Some(date), None) => date.to_datetime(Time::midnight()),
            (Some(date), Some(time)) => date.to_datetime(time_of_day(time)?),
            (None, None) => self.now()?.date().to_datetime(time_of_day(first)?),
            (None, Some(_)) => return None,
        };
        self.shown(shown)
    }

    fn shown(&self, shown: DateTime) -> Option<Stamp> {
        stamp(&self.zone.to_ambiguous_zoned(shown).compatible().ok()?)
    }
}

fn stamp(moment: &Zoned) -> Option<Stamp> {
    u64::try_from(moment.timestamp().as_millisecond()).ok().map(Stamp)
}

/// `2026-11-21`, or `11/21/2026` and `11/21/26` as ausearch takes them in its own country.
fn day(text: &str) -> Option<Date> {
    if let Some((month, rest)) = text.split_once('/') {
        let (day, year) = rest.split_once('/')?;
        let number: i16 = year.parse().ok()?;
        let year = if year.len() == 2 { number + 2000 } else { number };
        return Date::new(year, month.parse().ok()?, day.parse().ok()?).ok();
    }
    Date::strptime("%Y-%m-%d", text).ok()
}

/// `10:30` or `10:30:15`.
fn time_of_day(text: &str) -> Option<Time> {
    let mut parts = text.split(':').map(|part| part.parse::<i8>().ok());
    let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next().unwrap_or(Some(0))?);
    Time::new(hour, minute, second, 0).ok().filter(|_| parts.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_people_say() {
        // Saturday, 2026-11-21 13:45:10 in a zone an hour east of UTC; the stamps by date -ud … +%s.
        let zone = TimeZone::fixed(jiff::tz::offset(1));
        let present = Present { now: Stamp(1_795_265_110_000), zone, boot: Some(Stamp(5)) };
        for (text, expected) in [
            ("now", 1_795_265_110),
            ("recent", 1_795_264_510),
            ("this-hour", 1_795_262_400),
            ("today", 1_795_215_600),
            ("yesterday", 1_795_129_200),
            ("this-week", 1_794_697_200),
            ("week-ago", 1_794_610_800),
            ("this-month", 1_793_487_600),
            ("this-year", 1_767_222_000),
            ("10s", 1_795_265_100),
            ("15m", 1_795_264_210),
            ("2h", 1_795_257_910),
            ("1d", 1_795_178_710),
            ("1w", 1_794_660_310),
            ("2026-11-21", 1_795_215_600),
            ("11/21/2026", 1_795_215_600),
            ("11/21/26 10:30", 1_795_253_400),
            ("2026-11-21 10:30:15", 1_795_253_415),
            ("2026-11-21T10:30:15Z", 1_795_257_015),
            ("10:30", 1_795_253_400),
        ] {
            assert_eq!(present.moment(text), Ok(Stamp(expected * 1000)), "{text}");
        }
        assert_eq!(present.moment("boot"), Ok(Stamp(5)));
        for (text, expected) in [
            ("now", 1_795_265_110),
            ("today", 1_795_265_110),
            ("yesterday", 1_795_129_200),
            ("10:30", 1_795_253_400),
            ("2026-11-21 10:30:15", 1_795_253_415),
            ("2026-11-20", 1_795_215_599),
            ("11/20/2026", 1_795_215_599),
        ] {
            assert_eq!(present.end(text), Ok(Stamp(expected * 1000 + 999)), "{text}");
        }
        assert!(present.end("tomorrow").is_err());
        for text in ["", "m", "15x", "tomorrow", "2026-13-01", "25:00", "1:2:3:4", "99999999999999999999s", "a b"] {
            assert!(present.moment(text).unwrap_err().contains("is no moment"), "{text}");
        }
    }
}
