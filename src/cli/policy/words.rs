//! The options of setools' programs: words with one dash (`-ds`), values that may be left out (`-t [TYPE]`).
//!
//! The rules are those of Python's argparse, which reads them there: a long option may be cut short while it is the only
//! one that begins so, `-tshadow_t` is `-t shadow_t`, `-Av` is `-A -v`, and a value never begins with a dash.

use std::fmt::Write as _;

use anyhow::bail;

/// Whether an option has a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Takes {
    /// It stands alone.
    Nothing,
    /// A value must follow.
    Value,
    /// A value may follow.
    Maybe,
}

/// One option: its spellings, what it takes, and a line of help.
pub(super) type Row<K> = (K, &'static [&'static str], Takes, &'static str);

/// What stood on the command line: options with their values in order, and what is no option.
#[derive(Debug)]
pub(super) struct Words<K> {
    pub(super) options: Vec<(K, Option<String>)>,
    pub(super) others: Vec<String>,
}

/// Reads the words after the subcommand.
pub(super) fn read<K: Copy>(table: &[Row<K>], words: &[String]) -> anyhow::Result<Words<K>> {
    let mut read = Words { options: Vec::new(), others: Vec::new() };
    let mut rest = words.iter().peekable();
    while let Some(word) = rest.next() {
        if word == "--" {
            read.others.extend(rest.cloned());
            break;
        }
        if !word.starts_with('-') || word == "-" {
            read.others.push(word.clone());
            continue;
        }
        let mut word = word.clone();
        // A cluster of one-letter options gives one of them each time around.
        loop {
            let (row, attached, next) = find(table, &word)?;
            let value = match row.2 {
                Takes::Nothing if attached.is_some() => bail!("{} takes no value", spelling(row)),
                Takes::Nothing => None,
                Takes::Value | Takes::Maybe if attached.is_some() => attached,
                Takes::Value => match rest.next_if(|value| !value.starts_with('-')) {
                    Some(value) => Some(value.clone()),
                    None => bail!("{} wants a value", spelling(row)),
                },
                Takes::Maybe => rest.next_if(|value| !value.starts_with('-')).cloned(),
            };
            read.options.push((row.0, value));
            match next {
                Some(next) => word = next,
                None => break,
            }
        }
    }
    Ok(read)
}

fn spelling<K>(row: &Row<K>) -> &'static str {
    row.1.first().copied().unwrap_or_default()
}

/// The option that a word means, the value that hangs on it, and what is left of a cluster.
type Found<'t, K> = (&'t Row<K>, Option<String>, Option<String>);

fn find<'t, K>(table: &'t [Row<K>], word: &str) -> anyhow::Result<Found<'t, K>> {
    let (name, value) = match word.split_once('=') {
        Some((name, value)) if word.starts_with("--") => (name, Some(value.to_owned())),
        _ => (word, None),
    };
    let exact = |name: &str| table.iter().find(|row| row.1.contains(&name));
    if let Some(row) = exact(name) {
        return Ok((row, value, None));
    }
    let begins: Vec<_> = table.iter().filter(|row| row.1.iter().any(|other| other.starts_with(name))).collect();
    if !name.starts_with("--")
        && let Some(end) = name.char_indices().nth(2).map(|(at, _)| at)
        && let Some((letter, tail)) = name.split_at_checked(end)
        && let Some(row) = exact(letter)
        && begins.is_empty()
    {
        return Ok(match row.2 {
            Takes::Nothing => (row, None, Some(format!("-{tail}"))),
            Takes::Value | Takes::Maybe => (row, Some(tail.to_owned()), None),
        });
    }
    match *begins {
        [row] => Ok((row, value, None)),
        [] => bail!("there is no option {}", crate::selinux::printable(name.as_bytes())),
        _ => {
            let names: Vec<_> = begins.iter().map(|row| spelling(row)).collect();
            bail!("{name} may be any of {}", names.join(", "))
        }
    }
}

/// The help text: a line for each option.
pub(super) fn help<K>(usage: &str, table: &[Row<K>]) -> String {
    let mut out = format!("{usage}\n\nOptions:\n");
    for (_, spellings, takes, line) in table {
        let value = match takes {
            Takes::Nothing => "",
            Takes::Value => " VALUE",
            Takes::Maybe => " [VALUE]",
        };
        // Writing into a String cannot fail.
        let _ = writeln!(out, "  {:<34} {line}", spellings.join(", ") + value);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &[Row<u8>] = &[
        (1, &["-A"], Takes::Nothing, ""),
        (2, &["--allow"], Takes::Nothing, ""),
        (3, &["--allowxperm"], Takes::Nothing, ""),
        (4, &["-s", "--source"], Takes::Value, ""),
        (5, &["-ds"], Takes::Nothing, ""),
        (6, &["-dt"], Takes::Nothing, ""),
        (7, &["-Sp"], Takes::Nothing, ""),
        (8, &["-t", "--type"], Takes::Maybe, ""),
        (9, &["-v", "--verbose"], Takes::Nothing, ""),
    ];

    fn text(words: &str) -> String {
        let words: Vec<String> = words.split_whitespace().map(str::to_owned).collect();
        match read(TABLE, &words) {
            Ok(read) => {
                let options: Vec<_> = read
                    .options
                    .iter()
                    .map(|(key, value)| format!("{key}{}", value.as_deref().unwrap_or("")))
                    .collect();
                format!("{} | {}", options.join(" "), read.others.join(" "))
            }
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn reads_as_argparse_does() {
        for (words, expected) in [
            ("-A -ds file", "1 5 | file"),
            ("file -Av", "1 9 | file"),
            ("-sx_t --sour=y_t --source z_t", "4x_t 4y_t 4z_t | "),
            ("-t -A", "8 1 | "),
            ("-t shadow_t p", "8shadow_t | p"),
            ("-S", "7 | "),
            ("-A -- -s", "1 | -s"),
            ("-d", "-d may be any of -ds, -dt"),
            ("--all", "--all may be any of --allow, --allowxperm"),
            ("--allow=1", "--allow takes no value"),
            ("-s -A", "-s wants a value"),
            ("--nothing", "there is no option --nothing"),
        ] {
            assert_eq!(text(words), expected, "{words}");
        }
    }
}
