//! `define` and what asks for definitions.

use std::sync::Arc;

use super::{
    arguments::Arguments,
    builtin::{has_enough, quoted},
    limits::Stop,
    processor::Processor,
    symbols::Definition,
};
use crate::refpolicy::{CallKind, ProblemKind};

/// `define` and `pushdef`.
pub fn define(m4: &mut Processor, arguments: &Arguments, push: bool) -> Result<(), Stop> {
    if !has_enough(m4, arguments, 2, Some(3)) {
        return Ok(());
    }
    if arguments.token(1).is_some() {
        m4.note(ProblemKind::Warning, "define: invalid macro name ignored".to_owned());
        return Ok(());
    }
    let name = arguments.get(1);
    let definition = match arguments.token(2) {
        Some(builtin) => Definition::Builtin(builtin),
        None => Definition::Text(Arc::from(arguments.get(2))),
    };
    m4.spend(arguments.get(2).len())?;
    if m4.defines_patterns && m4.is_outermost() {
        m4.symbols.set_kind(name, CallKind::Pattern);
    }
    if push {
        m4.symbols.push(name, definition);
    } else {
        m4.symbols.define(name, definition);
    }
    Ok(())
}

/// `undefine`
pub fn undefine(m4: &mut Processor, arguments: &Arguments) {
    if has_enough(m4, arguments, 2, None) {
        for number in 1..arguments.count() {
            m4.symbols.undefine(arguments.get(number));
        }
    }
}

/// `popdef`
pub fn popdef(m4: &mut Processor, arguments: &Arguments) {
    if has_enough(m4, arguments, 2, None) {
        for number in 1..arguments.count() {
            m4.symbols.pop(arguments.get(number));
        }
    }
}

/// `defn`
pub fn defn(m4: &mut Processor, arguments: &Arguments, result: &mut Vec<u8>) {
    if !has_enough(m4, arguments, 2, None) {
        return;
    }
    for number in 1..arguments.count() {
        match m4.symbols.lookup(arguments.get(number)) {
            Some(Definition::Text(text)) => {
                let text = Arc::clone(text);
                quoted(m4, &text, result);
            }
            Some(Definition::Body(body)) => {
                let mut text = Vec::new();
                body.write(arguments.get(number), &mut text);
                quoted(m4, &text, result);
            }
            Some(Definition::Builtin(builtin)) => {
                let builtin = *builtin;
                if arguments.count() == 2 {
                    let (call, location) = (m4.call, m4.location);
                    m4.input.push_token(builtin, call, location);
                } else {
                    m4.note(ProblemKind::Warning, format!("cannot concatenate builtin {}", builtin.name()));
                }
            }
            None => {}
        }
    }
}

/// `ifdef`
pub fn ifdef(m4: &mut Processor, arguments: &Arguments, result: &mut Vec<u8>) {
    if has_enough(m4, arguments, 3, Some(4)) {
        let chosen = if m4.symbols.lookup(arguments.get(1)).is_some() { 2 } else { 3 };
        result.extend_from_slice(arguments.get(chosen));
    }
}

/// `ifelse`
pub fn ifelse(m4: &mut Processor, arguments: &Arguments, result: &mut Vec<u8>) {
    let count = arguments.count();
    // With one argument it is a comment.
    if count == 2 || !has_enough(m4, arguments, 4, None) {
        return;
    }
    if matches!(count % 3, 0) {
        m4.note(ProblemKind::Warning, "excess arguments to builtin ignored: ifelse".to_owned());
    }
    let mut first = 1;
    loop {
        if arguments.get(first) == arguments.get(first + 1) {
            result.extend_from_slice(arguments.get(first + 2));
            return;
        }
        match count - first {
            ..=3 => return,
            4 | 5 => {
                result.extend_from_slice(arguments.get(first + 3));
                return;
            }
            _ => first += 3,
        }
    }
}
