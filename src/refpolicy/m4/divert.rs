//! What goes where: diversions, text for the end, and the end.

use super::{
    arguments::Arguments,
    builtin::{has_enough, number, strtol},
    limits::Stop,
    processor::Processor,
};
use crate::refpolicy::ProblemKind;

/// `divert`
pub fn divert(m4: &mut Processor, arguments: &Arguments) {
    if !has_enough(m4, arguments, 1, Some(2)) {
        return;
    }
    let to = match arguments.given(1) {
        Some(text) => match number(m4, arguments.get(0), text) {
            Some(to) => to,
            None => return,
        },
        None => 0,
    };
    m4.output.divert(to);
}

/// `undivert`
pub fn undivert(m4: &mut Processor, arguments: &Arguments) {
    if arguments.count() == 1 {
        m4.output.undivert_all();
        return;
    }
    for place in 1..arguments.count() {
        let text = arguments.get(place);
        match strtol(text) {
            (number, b"") if !text.first().is_some_and(u8::is_ascii_whitespace) => m4.output.undivert(number),
            _ => {
                let name = String::from_utf8_lossy(text).into_owned();
                m4.note(ProblemKind::Error, format!("undivert of {name} is not done: an expansion opens no file"));
            }
        }
    }
}

/// `m4wrap`
pub fn m4wrap(m4: &mut Processor, arguments: &Arguments) -> Result<(), Stop> {
    if has_enough(m4, arguments, 2, None) {
        let mut text = Vec::new();
        m4.list(arguments, 1, b" ", false, &mut text);
        m4.spend(text.len())?;
        m4.wrapped.push((text, m4.location));
    }
    Ok(())
}

/// `m4exit`
pub fn m4exit(m4: &mut Processor, arguments: &Arguments) -> Result<(), Stop> {
    let _ = has_enough(m4, arguments, 1, Some(2));
    let status = match arguments.given(1) {
        Some(text) => number(m4, arguments.get(0), text).unwrap_or(1),
        None => 0,
    };
    Err(Stop::Exit(status))
}
