//! Text cut to a width. Widths are terminal columns: a wide character takes two.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The text, cut at the end to `width` columns with `…` (or `~`) in place of what is gone.
pub fn fit(text: &str, width: usize, mark: char) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut out = head(text, width.saturating_sub(1)).to_owned();
    if width > 0 {
        out.push(mark);
    }
    out
}

/// The text, cut in the middle: both ends of a path tell more than one.
pub fn cut_middle(text: &str, width: usize, mark: char) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    if width < 5 {
        return fit(text, width, mark);
    }
    let behind = (width - 1) / 2;
    let before = width - 1 - behind;
    let mut tail_start = text.len();
    let mut used = 0;
    for (at, c) in text.char_indices().rev() {
        used += c.width().unwrap_or(0);
        if used > behind {
            break;
        }
        tail_start = at;
    }
    format!("{}{mark}{}", head(text, before), text.get(tail_start..).unwrap_or(""))
}

/// The text in lines of at most `width` columns, broken at blanks where there are any; an indent for what follows.
pub fn wrap(text: &str, width: usize, indent: usize) -> Vec<String> {
    let width = width.max(1);
    let indent = if indent + 8 > width { 0 } else { indent };
    let mut lines = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let lead = if lines.is_empty() { 0 } else { indent };
        let room = head(rest, width - lead);
        // A character wider than the room still goes out, or nothing ever would.
        let room = if room.is_empty() {
            rest.get(..rest.chars().next().map_or(0, char::len_utf8)).unwrap_or(rest)
        } else {
            room
        };
        let cut = if room.len() == rest.len() {
            room.len()
        } else {
            room.rfind(' ').filter(|at| *at > 0).map_or(room.len(), |at| at + 1)
        };
        let (line, behind) = rest.split_at_checked(cut).unwrap_or((rest, ""));
        lines.push(format!("{}{}", " ".repeat(lead), line.trim_end()));
        rest = behind;
    }
    if lines.is_empty() {
        lines.push(String::new());
    }
    lines
}

/// As much of the beginning as fits into `width` columns.
fn head(text: &str, width: usize) -> &str {
    let mut used = 0;
    for (at, c) in text.char_indices() {
        used += c.width().unwrap_or(0);
        if used > width {
            return text.get(..at).unwrap_or("");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_to_columns() {
        for (text, width, expected) in [
            ("abc", 3, "abc"),
            ("abcd", 3, "ab…"),
            ("日本語", 5, "日本…"),
            ("日本語", 4, "日…"),
            ("ab", 0, ""),
            ("ab", 1, "…"),
        ] {
            assert_eq!(fit(text, width, '…'), expected, "{text} {width}");
        }
        for (text, width, expected) in
            [("/var/log/containers/web.log", 11, "/var/…b.log"), ("abcdef", 4, "abc…"), ("äöüäöüäöü", 5, "äö…öü")]
        {
            assert_eq!(cut_middle(text, width, '…'), expected, "{text} {width}");
        }
    }

    #[test]
    fn wraps_at_blanks_and_never_loses_a_word() {
        assert_eq!(wrap("one two three", 8, 0), ["one two", "three"]);
        assert_eq!(wrap("aaaaaaaaaaaa", 5, 0), ["aaaaa", "aaaaa", "aa"]);
        assert_eq!(wrap("one two three four", 12, 2), ["one two", "  three four"]);
        assert_eq!(wrap("", 5, 0), [""]);
        assert_eq!(wrap("日本", 1, 0), ["日", "本"]);
    }
}
