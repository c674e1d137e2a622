//! m4's own macros: their names, how they are called, and what the simple ones do.

use super::{
    arguments::Arguments, change, define, divert, eval, format, limits::Stop, pattern, processor::Processor, string,
};
use crate::refpolicy::ProblemKind;

/// A macro that m4 knows without a definition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Builtin {
    File,
    Line,
    Program,
    /// `builtin`
    Direct,
    ChangeCom,
    ChangeQuote,
    DebugFile,
    DebugMode,
    Decr,
    Define,
    Defn,
    Divert,
    DivNum,
    Dnl,
    DumpDef,
    ErrPrint,
    EsysCmd,
    Eval,
    Format,
    IfDef,
    IfElse,
    Include,
    Incr,
    Index,
    Indir,
    Len,
    M4Exit,
    M4Wrap,
    MakeTemp,
    MksTemp,
    PatSubst,
    PopDef,
    PushDef,
    RegExp,
    Shift,
    Sinclude,
    SubStr,
    SysCmd,
    SysVal,
    TraceOff,
    TraceOn,
    TransLit,
    Undefine,
    Undivert,
}

/// Name, whether it takes builtins' tokens, whether it is a word where no argument follows: `builtin_tab` of GNU m4 1.4.19.
const TABLE: &[(Builtin, &str, bool, bool)] = &[
    (Builtin::File, "__file__", false, false),
    (Builtin::Line, "__line__", false, false),
    (Builtin::Program, "__program__", false, false),
    (Builtin::Direct, "builtin", true, true),
    (Builtin::ChangeCom, "changecom", false, false),
    (Builtin::ChangeQuote, "changequote", false, false),
    (Builtin::DebugFile, "debugfile", false, false),
    (Builtin::DebugMode, "debugmode", false, false),
    (Builtin::Decr, "decr", false, true),
    (Builtin::Define, "define", true, true),
    (Builtin::Defn, "defn", false, true),
    (Builtin::Divert, "divert", false, false),
    (Builtin::DivNum, "divnum", false, false),
    (Builtin::Dnl, "dnl", false, false),
    (Builtin::DumpDef, "dumpdef", false, false),
    (Builtin::ErrPrint, "errprint", false, true),
    (Builtin::EsysCmd, "esyscmd", false, true),
    (Builtin::Eval, "eval", false, true),
    (Builtin::Format, "format", false, true),
    (Builtin::IfDef, "ifdef", false, true),
    (Builtin::IfElse, "ifelse", false, true),
    (Builtin::Include, "include", false, true),
    (Builtin::Incr, "incr", false, true),
    (Builtin::Index, "index", false, true),
    (Builtin::Indir, "indir", true, true),
    (Builtin::Len, "len", false, true),
    (Builtin::M4Exit, "m4exit", false, false),
    (Builtin::M4Wrap, "m4wrap", false, true),
    (Builtin::MakeTemp, "maketemp", false, true),
    (Builtin::MksTemp, "mkstemp", false, true),
    (Builtin::PatSubst, "patsubst", false, true),
    (Builtin::PopDef, "popdef", false, true),
    (Builtin::PushDef, "pushdef", true, true),
    (Builtin::RegExp, "regexp", false, true),
    (Builtin::Shift, "shift", false, true),
    (Builtin::Sinclude, "sinclude", false, true),
    (Builtin::SubStr, "substr", false, true),
    (Builtin::SysCmd, "syscmd", false, true),
    (Builtin::SysVal, "sysval", false, false),
    (Builtin::TraceOff, "traceoff", false, false),
    (Builtin::TraceOn, "traceon", false, false),
    (Builtin::TransLit, "translit", false, true),
    (Builtin::Undefine, "undefine", false, true),
    (Builtin::Undivert, "undivert", false, false),
];

impl Builtin {
    fn row(self) -> Option<&'static (Self, &'static str, bool, bool)> {
        TABLE.get(self as usize)
    }

    /// The name that it has from the beginning.
    pub fn name(self) -> &'static str {
        self.row().map_or("", |row| row.1)
    }

    /// Whether an argument may be another builtin's token.
    pub fn takes_tokens(self) -> bool {
        self.row().is_some_and(|row| row.2)
    }

    /// Whether its name alone is a word.
    pub fn needs_arguments(self) -> bool {
        self.row().is_some_and(|row| row.3)
    }
}

/// All of them.
pub fn all() -> impl Iterator<Item = Builtin> {
    TABLE.iter().map(|row| row.0)
}

/// The one with this name.
pub fn find(name: &[u8]) -> Option<Builtin> {
    TABLE.iter().find(|row| row.1.as_bytes() == name).map(|row| row.0)
}

/// Does it; what it gives is added to `result`. `indir` and `builtin` are the processor's own.
pub fn perform(
    m4: &mut Processor,
    builtin: Builtin,
    arguments: &mut Arguments,
    result: &mut Vec<u8>,
) -> Result<(), Stop> {
    match builtin {
        Builtin::File => location_text(m4, arguments, result),
        Builtin::Line => {
            if has_enough(m4, arguments, 1, Some(1)) {
                push_number(result, i64::from(m4.location.line));
            }
        }
        Builtin::Program => {
            if has_enough(m4, arguments, 1, Some(1)) {
                quoted(m4, b"m4", result);
            }
        }
        Builtin::ChangeCom => change::comments(m4, arguments),
        Builtin::ChangeQuote => change::quotes(m4, arguments),
        Builtin::Dnl => change::to_end_of_line(m4, arguments),
        Builtin::Define => define::define(m4, arguments, false)?,
        Builtin::PushDef => define::define(m4, arguments, true)?,
        Builtin::Undefine => define::undefine(m4, arguments),
        Builtin::PopDef => define::popdef(m4, arguments),
        Builtin::Defn => define::defn(m4, arguments, result),
        Builtin::IfDef => define::ifdef(m4, arguments, result),
        Builtin::IfElse => define::ifelse(m4, arguments, result),
        Builtin::Divert => divert::divert(m4, arguments),
        Builtin::Undivert => divert::undivert(m4, arguments),
        Builtin::DivNum => {
            if has_enough(m4, arguments, 1, Some(1)) {
                push_number(result, i64::from(m4.output.current()));
            }
        }
        Builtin::M4Wrap => divert::m4wrap(m4, arguments)?,
        Builtin::M4Exit => return divert::m4exit(m4, arguments),
        Builtin::Shift => {
            if has_enough(m4, arguments, 2, None) {
                m4.list(arguments, 2, b",", true, result);
            }
        }
        Builtin::ErrPrint => {
            if has_enough(m4, arguments, 2, None) {
                m4.list(arguments, 1, b" ", false, result);
                let printed = String::from_utf8_lossy(result).into_owned();
                result.clear();
                m4.note(ProblemKind::Printed, printed);
            }
        }
        Builtin::Len => string::len(m4, arguments, result),
        Builtin::Index => string::index(m4, arguments, result)?,
        Builtin::SubStr => string::substr(m4, arguments, result),
        Builtin::TransLit => string::translit(m4, arguments, result)?,
        Builtin::Incr => string::add(m4, arguments, 1, result),
        Builtin::Decr => string::add(m4, arguments, -1, result),
        Builtin::Eval => eval::eval(m4, arguments, result)?,
        Builtin::Format => format::format(m4, arguments, result)?,
        Builtin::RegExp => pattern::regexp(m4, arguments, result)?,
        Builtin::PatSubst => pattern::patsubst(m4, arguments, result)?,
        Builtin::SysVal => push_number(result, 0),
        // Two that the processor does itself, and four that speak to the error output, which no expansion needs.
        Builtin::Direct
        | Builtin::Indir
        | Builtin::DumpDef
        | Builtin::TraceOn
        | Builtin::TraceOff
        | Builtin::DebugMode => {}
        Builtin::DebugFile | Builtin::Include | Builtin::Sinclude | Builtin::MakeTemp | Builtin::MksTemp => {
            refuse(m4, builtin, "opens no file");
        }
        Builtin::SysCmd | Builtin::EsysCmd => refuse(m4, builtin, "runs no command"),
    }
    Ok(())
}

fn refuse(m4: &mut Processor, builtin: Builtin, why: &str) {
    m4.note(ProblemKind::Error, format!("{} is not done: an expansion {why}", builtin.name()));
}

fn location_text(m4: &mut Processor, arguments: &Arguments, result: &mut Vec<u8>) {
    if has_enough(m4, arguments, 1, Some(1)) {
        let file = m4.files.get(m4.location.file as usize).cloned().unwrap_or_default();
        quoted(m4, file.as_bytes(), result);
    }
}

/// Text between the quotes of the moment.
pub fn quoted(m4: &Processor, text: &[u8], result: &mut Vec<u8>) {
    result.extend_from_slice(&m4.syntax.left_quote);
    result.extend_from_slice(text);
    result.extend_from_slice(&m4.syntax.right_quote);
}

/// A number in decimal digits.
pub fn push_number(result: &mut Vec<u8>, number: i64) {
    result.extend_from_slice(number.to_string().as_bytes());
}

/// GNU's `bad_argc`, the other way round: counts the name too; too few give a warning and nothing, too many a warning.
pub fn has_enough(m4: &mut Processor, arguments: &Arguments, least: usize, most: Option<usize>) -> bool {
    let count = arguments.count();
    let warn = |m4: &mut Processor, what: &str| {
        let name = String::from_utf8_lossy(arguments.get(0)).into_owned();
        m4.note(ProblemKind::Warning, format!("{what}: {name}"));
    };
    if count < least {
        warn(m4, "too few arguments to builtin");
        return false;
    }
    if most.is_some_and(|most| count > most) {
        warn(m4, "excess arguments to builtin ignored");
    }
    true
}

/// GNU's `numeric_arg`: C's `strtol` in base ten, cut to an `int`; `None` when it is no number.
pub fn number(m4: &mut Processor, name: &[u8], text: &[u8]) -> Option<i32> {
    let shown = |what: &str| format!("{what} builtin {}", String::from_utf8_lossy(name));
    if text.is_empty() {
        m4.note(ProblemKind::Warning, shown("empty string treated as 0 in"));
        return Some(0);
    }
    let (number, rest) = strtol(text);
    if !rest.is_empty() {
        m4.note(ProblemKind::Warning, shown("non-numeric argument to"));
        return None;
    }
    Some(number)
}

/// C's `strtol` in base ten, cut to an `int`, and what stands behind the number.
///
/// Where there is no number all of the text is left.
pub fn strtol(text: &[u8]) -> (i32, &[u8]) {
    let blanks = text.iter().take_while(|byte| matches!(byte, b' ' | b'\t'..=b'\r')).count();
    let unsigned = text.get(blanks..).unwrap_or_default();
    let (negative, digits) = match unsigned.split_first() {
        Some((b'-', digits)) => (true, digits),
        Some((b'+', digits)) => (false, digits),
        _ => (false, unsigned),
    };
    let length = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let Some((digits, rest)) = digits.split_at_checked(length).filter(|(digits, _)| !digits.is_empty()) else {
        return (0, text);
    };
    let value = digits.iter().fold(0_i64, |value, digit| {
        let digit = i64::from(digit - b'0');
        let value = value.saturating_mul(10);
        if negative { value.saturating_sub(digit) } else { value.saturating_add(digit) }
    });
    // The low half, as the conversion from `long` to `int` has it.
    #[allow(clippy::cast_possible_truncation)]
    let cut = value as i32;
    (cut, rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_the_names() {
        for (place, row) in TABLE.iter().enumerate() {
            assert_eq!(row.0 as usize, place, "{}", row.1);
        }
    }
}
