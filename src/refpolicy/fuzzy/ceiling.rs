//! The most that skim's matcher gives a name for a word, for a tenth of its time: the same sums, without what it remembers.

/// What skim gives, in its own figures: for a letter that matches, …
const MATCH: i32 = 16;
/// … for its place at the head of the name, behind a sign (the underscore is worth less than a slash), as an upper case letter within, …
const AT_HEAD: i32 = 16;
const BEHIND_UNDERSCORE: i32 = 7;
const BEHIND_SIGN: i32 = 8;
const UPPER_CASE: i32 = 6;
/// … for standing behind the letter before it, …
const IN_A_ROW: i32 = 4;
/// … for what stands before the first, and between two: the first letter there, each further one.
const BEFORE_FIRST: i32 = -1;
const GAP: i32 = -4;
const FURTHER: i32 = -1;

/// What skim may add to a letter for what it kept of another name (see [`Word::is_kept`](super::Word::is_kept)).
const KEPT: i32 = AT_HEAD - IN_A_ROW;

/// Longer words are not looked at this way.
const MOST: usize = 32;

/// No way.
const NEVER: i32 = -1_000_000;

/// At least what the matcher gives any name for so many letters, the first of which begins it or does not.
pub(super) fn of_letters(count: usize, begins_name: bool) -> i64 {
    let place = if begins_name { AT_HEAD } else { BEHIND_SIGN };
    let each = i32::try_from(count).unwrap_or(i32::MAX).saturating_mul(MATCH + place);
    i64::from(each.saturating_add(BEFORE_FIRST))
}

/// At least what the matcher gives this name; nothing where the letters do not stand in it in this order.
pub(super) fn of_name(name: &str, word: &str, is_kept: bool) -> Option<i64> {
    let count = word.len();
    let each = i32::try_from(count).unwrap_or(i32::MAX);
    let kept = if is_kept { KEPT.saturating_mul(each) } else { 0 };
    let mut cells = [(NEVER, NEVER); MOST];
    let Some(cells) = cells.get_mut(..count).filter(|_| name.is_ascii() && word.is_ascii()) else {
        return Some(i64::from(each.saturating_mul(MATCH + AT_HEAD)));
    };
    let (mut best, mut last) = (NEVER, None);
    for letter in name.bytes() {
        let place = place(last, letter);
        // The word up to the letter before, with its last letter at the character before, or further back.
        let mut before: Option<(i32, i32)> = None;
        for ((matched, passed), wanted) in cells.iter_mut().zip(word.bytes()) {
            let own = (*matched, *passed);
            let sum = before
                .map_or(BEFORE_FIRST + place, |(matched, passed)| (matched + place.max(IN_A_ROW)).max(passed + place));
            *matched = if letter.eq_ignore_ascii_case(&wanted) { sum + MATCH } else { NEVER };
            *passed = (own.0 + GAP).max(own.1 + FURTHER);
            before = Some(own);
        }
        best = best.max(cells.last().map_or(NEVER, |(matched, _)| *matched));
        last = Some(letter);
    }
    (best > NEVER / 2).then(|| i64::from(best.saturating_add(kept)))
}

fn place(before: Option<u8>, letter: u8) -> i32 {
    match before {
        None => AT_HEAD,
        Some(b'_') => BEHIND_UNDERSCORE,
        Some(before) if !before.is_ascii_alphanumeric() => BEHIND_SIGN,
        Some(_) if letter.is_ascii_uppercase() => UPPER_CASE,
        Some(_) => 0,
    }
}

#[cfg(test)]
mod tests {
    use fuzzy_matcher::{FuzzyMatcher as _, skim::SkimMatcherV2};
    use proptest::prelude::*;

    use super::{of_letters, of_name};
    use crate::refpolicy::fuzzy::Word;

    proptest! {
        /// Never below what skim says, and the same but for capitals and for what it keeps.
        #[test]
        fn is_what_skim_gives(name in "[a-c_]{1,12}|[a-zA-Z0-9_]{1,24}", typed in "[a-c_]{1,5}|[a-z0-9_]{1,4}") {
            let skim = SkimMatcherV2::default().ignore_case().fuzzy_match(&name, &typed);
            let word = Word::new(&typed);
            let most = of_name(&name, &word.text, word.is_kept);
            prop_assert_eq!(most.is_some(), skim.is_some());
            prop_assert!(most >= skim, "{:?} {:?}", most, skim);
            let first = |text: &str| text.chars().next().map(|c| c.to_ascii_lowercase());
            let most = of_letters(typed.len(), first(&name) == first(&typed));
            prop_assert!(skim.is_none_or(|skim| skim <= most), "{:?} {:?}", most, skim);
            if !word.doubles && !name.contains(|c: char| c.is_ascii_uppercase()) {
                prop_assert_eq!(of_name(&name, &word.text, word.is_kept), skim);
            }
        }
    }
}
