//! What is taken out of a journal is kept beside it.

use std::{
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use crate::host::private;

/// A name beside `journal` that is not taken: `journal.WORD20250301-101112`, with `-2`, `-3`… behind it where it must.
pub(super) fn free_name(journal: &Path, word: &str, now: SystemTime) -> anyhow::Result<PathBuf> {
    let seconds = now.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let stamp = stamp(seconds);
    let mut number = 1_u32;
    loop {
        let again = if number == 1 { String::new() } else { format!("-{number}") };
        let path = beside(journal, &format!("{word}{stamp}{again}"));
        if private::is_missing(&path)? {
            return Ok(path);
        }
        number += 1;
    }
}

/// The file's name with a dot and more behind it.
pub(super) fn beside(file: &Path, more: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".");
    name.push(more);
    name.into()
}

/// `YYYYMMDD-HHMMSS` in UTC, from seconds since 1970-01-01.
fn stamp(seconds: u64) -> String {
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    // Counted from 1 March of year 0, so that the leap day is the last of its year; 400 years have 146,097 days.
    let day = days + 719_468;
    let (era, day) = (day / 146_097, day % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = era * 400 + year + u64::from(month <= 2);
    format!("{year:04}{month:02}{day:02}-{:02}{:02}{:02}", second / 3_600, second / 60 % 60, second % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_are_those_of_date() {
        // `date -u -d @N +%Y%m%d-%H%M%S`
        for (seconds, expected) in [
            (0, "19700101-000000"),
            (951_782_399, "20000228-235959"),
            (951_782_400, "20000229-000000"),
            (951_868_800, "20000301-000000"),
            (1_735_689_599, "20241231-235959"),
            (1_740_823_872, "20250301-101112"),
            (4_107_542_400, "21000301-000000"),
        ] {
            assert_eq!(stamp(seconds), expected, "{seconds}");
        }
    }

    #[test]
    fn a_taken_name_is_never_given_again() {
        let place = tempfile::tempdir().unwrap();
        let journal = place.path().join("journal");
        let mut names = Vec::new();
        for _ in 0..3 {
            let name = free_name(&journal, "damaged-", UNIX_EPOCH).unwrap();
            std::fs::write(&name, "").unwrap();
            names.push(name.file_name().unwrap().to_str().unwrap().to_owned());
        }
        let first = "journal.damaged-19700101-000000";
        assert_eq!(names, [first.to_owned(), format!("{first}-2"), format!("{first}-3")]);
    }
}
