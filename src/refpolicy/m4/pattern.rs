//! `regexp` and `patsubst`.

use super::{
    arguments::Arguments,
    builtin::{has_enough, push_number},
    limits::Stop,
    processor::Processor,
    regex::{Match, Regex, Steps},
};
use crate::refpolicy::ProblemKind;

/// `regexp`
pub fn regexp(m4: &mut Processor, arguments: &Arguments, result: &mut Vec<u8>) -> Result<(), Stop> {
    if !has_enough(m4, arguments, 3, Some(4)) {
        if arguments.count() == 2 {
            push_number(result, 0);
        }
        return Ok(());
    }
    let Some(regex) = compiled(m4, arguments)? else { return Ok(()) };
    let text = arguments.get(1);
    let found = search(m4, &regex, text, 0)?;
    match (arguments.given(3), found) {
        (None, found) => {
            push_number(result, found.and_then(|found| i64::try_from(found.begin()).ok()).unwrap_or(-1));
        }
        (Some(replacement), Some(found)) => substitute(m4, text, replacement, &found, result)?,
        (Some(_), None) => {}
    }
    Ok(())
}

/// `patsubst`
pub fn patsubst(m4: &mut Processor, arguments: &Arguments, result: &mut Vec<u8>) -> Result<(), Stop> {
    let text = arguments.get(1);
    if !has_enough(m4, arguments, 3, Some(4)) {
        if arguments.count() == 2 {
            result.extend_from_slice(text);
        }
        return Ok(());
    }
    let Some(regex) = compiled(m4, arguments)? else { return Ok(()) };
    let mut offset = 0;
    while offset <= text.len() {
        let Some(found) = search(m4, &regex, text, offset)? else { break };
        result.extend_from_slice(text.get(offset..found.begin()).unwrap_or_default());
        substitute(m4, text, arguments.get(3), &found, result)?;
        offset = found.end();
        if found.begin() == found.end() {
            result.extend(text.get(offset));
            offset += 1;
        }
    }
    result.extend_from_slice(text.get(offset..).unwrap_or_default());
    Ok(())
}

fn compiled(m4: &mut Processor, arguments: &Arguments) -> Result<Option<Regex>, Stop> {
    let pattern = arguments.get(2);
    m4.step(pattern.len() as u64)?;
    match Regex::new(pattern) {
        Ok(regex) => Ok(Some(regex)),
        Err(error) => {
            let pattern = String::from_utf8_lossy(pattern);
            m4.note(ProblemKind::Error, format!("bad regular expression {pattern}: {error}"));
            Ok(None)
        }
    }
}

/// The first match from this offset on; its steps count as the processor's own.
fn search(m4: &mut Processor, regex: &Regex, text: &[u8], offset: usize) -> Result<Option<Match>, Stop> {
    let mut steps = Steps::new(m4.limits.steps.saturating_sub(m4.steps));
    let found = regex.search(text, offset, &mut steps);
    m4.step(steps.taken())?;
    found.map_err(|_| Stop::Steps(m4.limits.steps))
}

/// GNU's `substitute`: `\&` is the match, `\1` a group of it.
fn substitute(
    m4: &mut Processor,
    text: &[u8],
    replacement: &[u8],
    found: &Match,
    result: &mut Vec<u8>,
) -> Result<(), Stop> {
    let mut rest = replacement;
    while let Some(backslash) = memchr::memchr(b'\\', rest) {
        result.extend_from_slice(rest.get(..backslash).unwrap_or_default());
        rest = rest.get(backslash + 1..).unwrap_or_default();
        let Some((sign, behind)) = rest.split_first() else {
            m4.note(ProblemKind::Warning, "trailing \\ ignored in replacement".to_owned());
            break;
        };
        rest = behind;
        match sign {
            b'0' | b'&' => {
                let all = found.group(0).and_then(|group| text.get(group));
                result.extend_from_slice(all.unwrap_or_default());
            }
            b'1'..=b'9' => {
                let number = usize::from(sign - b'0');
                if number > found.groups() {
                    m4.note(ProblemKind::Warning, format!("sub-expression {number} not present"));
                } else if let Some(group) = found.group(number) {
                    result.extend_from_slice(text.get(group).unwrap_or_default());
                }
            }
            _ => result.push(*sign),
        }
    }
    result.extend_from_slice(rest);
    m4.spend(replacement.len() + found.end() - found.begin())
}
