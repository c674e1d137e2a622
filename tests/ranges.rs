//! `--since` and `--until` against ausearch's `-ts` and `-te`, on a log of two months up to now.
#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods)] // a test may

use std::{collections::BTreeSet, fs, path::Path, process::Command};

use jiff::{SignedDuration, Timestamp, ToSpan as _, Zoned, tz::TimeZone};

/// Where the tests count it must be there; elsewhere its absence is said.
fn is_here(judge: &str) -> bool {
    let here = Command::new(judge).arg("--version").output().is_ok();
    if !here {
        assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "{judge} is missing: run tests/run");
        eprintln!("NOT JUDGED: {judge} is missing");
    }
    here
}

/// The numbers of the messages that a command in this zone gives, each once.
fn serials(program: &str, zone: &str, arguments: &[&str], log: &Path) -> BTreeSet<i64> {
    let output = Command::new(program).args(arguments).arg(log).env("TZ", zone).env("LC_ALL", "C").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let begins = match program {
        "ausearch" => "audit(",
        _ => "\"serial\":",
    };
    let number = |rest: &str| {
        let number = if program == "ausearch" { rest.split_once(':').unwrap().1 } else { rest };
        number.trim_start().split(|c: char| !c.is_ascii_digit()).next().unwrap().parse().unwrap()
    };
    text.split(begins).skip(1).map(number).collect()
}

/// Asks both; what only one of them has. No record lies near `now` or ten minutes before it, so that both may take their time.
fn differing(zone: &str, log: &Path, ranges: [(&str, &str); 2]) -> (BTreeSet<i64>, BTreeSet<i64>) {
    let [(ours_since, theirs_since), (ours_until, theirs_until)] = ranges;
    let mut ours = vec!["events", "--json"];
    let mut theirs = vec!["-m", "AVC", "--raw"];
    for (option, moment) in [("--since", ours_since), ("--until", ours_until)] {
        ours.extend([option, moment].into_iter().filter(|_| !moment.is_empty()));
    }
    for (option, moment) in [("-ts", theirs_since), ("-te", theirs_until)] {
        if !moment.is_empty() {
            theirs.push(option);
            theirs.extend(moment.split(' '));
        }
    }
    ours.push("-i");
    theirs.push("-if");
    let (ours, theirs) =
        (serials(env!("CARGO_BIN_EXE_seltui"), zone, &ours, log), serials("ausearch", zone, &theirs, log));
    (ours.difference(&theirs).copied().collect(), theirs.difference(&ours).copied().collect())
}

/// Days of the zone that are no 24 hours long: on these ausearch is an hour off, since it takes the clock of one end of the day for
/// all of it (`date -d` agrees with us).
fn is_odd(day: &Zoned) -> bool {
    let begin = day.start_of_day().unwrap();
    begin.timestamp().duration_until(begin.tomorrow().unwrap().timestamp()) != SignedDuration::from_hours(24)
}

#[test]
fn a_range_takes_what_ausearch_takes() {
    if !is_here("ausearch") {
        return;
    }
    for zone in ["Asia/Kolkata", "America/St_Johns"] {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("audit.log");
        let now = Timestamp::now().to_zoned(TimeZone::get(zone).unwrap());
        let ago = |days: i64| now.checked_sub(days.days()).unwrap();
        // Every two hours, and around each midnight of the zone, where most of the words begin.
        let steps = (0..720).map(|step| now.timestamp() - SignedDuration::from_secs(step * 7200 + 300));
        let edges = (0..60).flat_map(|days| {
            let midnight = ago(days).start_of_day().unwrap().timestamp();
            [-1000, -500, 0, 500, 1000].map(|milliseconds| midnight + SignedDuration::from_millis(milliseconds))
        });
        let mut moments: Vec<Timestamp> = steps.chain(edges).collect();
        moments.sort_unstable();
        let records = (1..).zip(&moments).map(|(serial, moment)| {
            let (seconds, milliseconds) = (moment.as_millisecond() / 1000, moment.as_millisecond() % 1000);
            format!(
                "type=AVC msg=audit({seconds}.{milliseconds:03}:{serial}): avc:  denied  {{ read }} for  pid=1 comm=\"x\" name=\"y\" \
                 dev=\"vda1\" ino=1 scontext=system_u:system_r:a_t:s0 tcontext=system_u:object_r:b_t:s0 tclass=file permissive=0\n",
            )
        });
        fs::write(&log, records.collect::<String>()).unwrap();
        // Debian 12's ausearch does not know this-hour.
        let words = ["now", "recent", "today", "yesterday", "this-week", "week-ago", "this-month", "this-year"];
        let begin_of_words = [now.clone(), ago(1), now.first_of_month().unwrap(), now.first_of_year().unwrap()];
        let week = (0..8).map(ago);
        // A word that means a day when the clocks change can't be judged by ausearch; the dates below can: they avoid such days.
        let judged = !week.chain(begin_of_words).any(|day| is_odd(&day));
        let both = |word: &str| (word.to_owned(), word.to_owned());
        let mut ranges: Vec<[(String, String); 2]> = Vec::new();
        for word in words.iter().filter(|_| judged) {
            ranges.push([both(word), both("")]);
            ranges.push([both(""), both(word)]);
            ranges.push([both("week-ago"), both(word)]);
        }
        let even = |days: i64| (days..days + 9).find(|days| !is_odd(&ago(*days))).unwrap();
        for (from, to) in [(even(3), even(1)), (even(40), even(20)), (even(50), 0)] {
            // ISO 8601, and the C locale's %x and %X.
            let day = |days: i64| ["%Y-%m-%d", "%m/%d/%y"].map(|form| ago(days).strftime(form).to_string());
            let at = |days: i64, time: &str| {
                let [ours, theirs] = day(days);
                (format!("{ours} {time}"), format!("{theirs} {time}"))
            };
            ranges.push([at(from, "10:30:00"), at(to, "23:59:59")]);
            ranges.push([at(from, "00:00:00"), at(to, "00:00:00")]);
            ranges.push([day(from).into(), both("")]);
            // Theirs ends such a day at the present time of day; we end it at its end.
            ranges.push([both(""), (day(to)[0].clone(), at(to, "23:59:59").1)]);
        }
        for [(ours_since, theirs_since), (ours_until, theirs_until)] in &ranges {
            let range = [(ours_since.as_str(), theirs_since.as_str()), (ours_until.as_str(), theirs_until.as_str())];
            let (only_ours, only_theirs) = differing(zone, &log, range);
            assert!(
                only_ours.is_empty() && only_theirs.is_empty(),
                "{zone} {range:?}: only ours {only_ours:?}, only theirs {only_theirs:?}"
            );
        }
        println!("{zone}: {} ranges, words judged: {judged}", ranges.len());
    }
}
