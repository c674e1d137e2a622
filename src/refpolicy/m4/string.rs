//! Text and small numbers: `len`, `index`, `substr`, `translit`, `incr`, `decr`.

use super::{
    arguments::Arguments,
    builtin::{has_enough, number, push_number},
    limits::Stop,
    processor::Processor,
};

/// `len`
pub fn len(m4: &mut Processor, arguments: &Arguments, result: &mut Vec<u8>) {
    if has_enough(m4, arguments, 2, Some(2)) {
        push_number(result, i64::try_from(arguments.get(1).len()).unwrap_or(i64::MAX));
    }
}

/// `index`
pub fn index(m4: &mut Processor, arguments: &Arguments, result: &mut Vec<u8>) -> Result<(), Stop> {
    if !has_enough(m4, arguments, 3, Some(3)) {
        if arguments.count() == 2 {
            push_number(result, 0);
        }
        return Ok(());
    }
    let (text, part) = (arguments.get(1), arguments.get(2));
    m4.spend(text.len())?;
    let found = memchr::memmem::find(text, part);
    push_number(result, found.and_then(|at| i64::try_from(at).ok()).unwrap_or(-1));
    Ok(())
}

/// `substr`
pub fn substr(m4: &mut Processor, arguments: &Arguments, result: &mut Vec<u8>) {
    let text = arguments.get(1);
    if !has_enough(m4, arguments, 3, Some(4)) {
        if arguments.count() == 2 {
            result.extend_from_slice(text);
        }
        return;
    }
    let Some(start) = number(m4, arguments.get(0), arguments.get(2)) else { return };
    let length = match arguments.given(3) {
        Some(length) => match number(m4, arguments.get(0), length) {
            Some(length) => usize::try_from(length).unwrap_or(0),
            None => return,
        },
        None => text.len(),
    };
    let Ok(start) = usize::try_from(start) else { return };
    let rest = text.get(start..).unwrap_or_default();
    result.extend_from_slice(rest.get(..length.min(rest.len())).unwrap_or_default());
}

/// `incr` and `decr`
pub fn add(m4: &mut Processor, arguments: &Arguments, by: i32, result: &mut Vec<u8>) {
    if has_enough(m4, arguments, 2, Some(2))
        && let Some(value) = number(m4, arguments.get(0), arguments.get(1))
    {
        push_number(result, i64::from(value.wrapping_add(by)));
    }
}

/// `translit`
pub fn translit(m4: &mut Processor, arguments: &Arguments, result: &mut Vec<u8>) -> Result<(), Stop> {
    let text = arguments.get(1);
    if !has_enough(m4, arguments, 3, Some(4)) {
        if arguments.count() == 2 {
            result.extend_from_slice(text);
        }
        return Ok(());
    }
    // Three bytes of a range may stand for 256.
    m4.spend(100 * (arguments.get(2).len() + arguments.get(3).len()))?;
    let (from, to) = (ranges(arguments.get(2)), ranges(arguments.get(3)));
    let mut table: [Option<Option<u8>>; 256] = [None; 256];
    for (place, byte) in from.iter().enumerate() {
        // The first time that a byte is named counts.
        if let Some(entry @ None) = table.get_mut(usize::from(*byte)) {
            *entry = Some(to.get(place).copied());
        }
    }
    result.extend(text.iter().filter_map(|byte| match table.get(usize::from(*byte)) {
        Some(Some(replacement)) => *replacement,
        _ => Some(*byte),
    }));
    Ok(())
}

/// GNU's `expand_ranges`: `a-z` is all between them, `z-a` the same backwards.
fn ranges(text: &[u8]) -> Vec<u8> {
    let mut expanded = Vec::with_capacity(text.len());
    let (mut rest, mut from) = (text.iter().copied(), 0);
    while let Some(byte) = rest.next() {
        if byte != b'-' || from == 0 {
            expanded.push(byte);
            from = byte;
            continue;
        }
        let Some(to) = rest.next() else {
            expanded.push(b'-');
            break;
        };
        if from <= to {
            expanded.extend((from..=to).skip(1));
        } else {
            expanded.extend((to..from).rev());
        }
        from = to;
    }
    expanded
}
