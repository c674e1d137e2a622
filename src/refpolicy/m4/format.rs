//! `format`: C's `printf`.

use super::{
    arguments::Arguments,
    builtin::{has_enough, strtol},
    limits::Stop,
    number_text::{decimal, exponent, general, hexadecimal},
    processor::Processor,
};
use crate::refpolicy::ProblemKind;

/// What stands between the percent sign and the width.
#[derive(Debug, Clone, Copy, Default)]
#[allow(clippy::struct_excessive_bools)] // they are five signs, any of which may be there
struct Flags {
    plus: bool,
    space: bool,
    zero: bool,
    minus: bool,
    alternative: bool,
}

/// `format`
pub fn format(m4: &mut Processor, arguments: &Arguments, result: &mut Vec<u8>) -> Result<(), Stop> {
    if !has_enough(m4, arguments, 2, None) {
        return Ok(());
    }
    let mut rest = arguments.get(1);
    let mut next = 2;
    while let Some(percent) = memchr::memchr(b'%', rest) {
        result.extend_from_slice(rest.get(..percent).unwrap_or_default());
        rest = rest.get(percent + 1..).unwrap_or_default();
        if let Some((b'%', behind)) = rest.split_first() {
            result.push(b'%');
            rest = behind;
            continue;
        }
        let (specification, behind) = Specification::read(rest, m4, arguments, &mut next);
        rest = behind;
        let Some(specification) = specification else {
            m4.note(
                ProblemKind::Warning,
                format!("unrecognized specifier in {}", String::from_utf8_lossy(arguments.get(1))),
            );
            continue;
        };
        let argument = arguments.get(next);
        next += 1;
        m4.spend(specification.width.unsigned_abs() as usize)?;
        m4.spend(specification.precision.unwrap_or(0))?;
        specification.write(m4, argument, result);
    }
    result.extend_from_slice(rest);
    Ok(())
}

struct Specification {
    flags: Flags,
    /// Below zero: to the left.
    width: i32,
    precision: Option<usize>,
    /// Bits of an integer.
    bits: u32,
    conversion: u8,
}

impl Specification {
    /// Reads what stands behind a percent sign, as GNU's `expand_format` does; `None` for what it refuses.
    fn read<'a>(
        text: &'a [u8],
        m4: &mut Processor,
        arguments: &Arguments,
        next: &mut usize,
    ) -> (Option<Self>, &'a [u8]) {
        let mut rest = text;
        let mut refused: Vec<u8> = Vec::new();
        let mut flags = Flags::default();
        while let Some((sign, behind)) = rest.split_first() {
            let not_for: &[u8] = match sign {
                b'\'' => b"aAceEosxX",
                b'+' => {
                    flags.plus = true;
                    b"cosuxX"
                }
                b' ' => {
                    flags.space = true;
                    b"cosuxX"
                }
                b'0' => {
                    flags.zero = true;
                    b"cs"
                }
                b'-' => {
                    flags.minus = true;
                    b""
                }
                b'#' => {
                    flags.alternative = true;
                    b"cdisu"
                }
                _ => break,
            };
            refused.extend_from_slice(not_for);
            rest = behind;
        }
        let mut amount = |rest: &mut &'a [u8]| {
            if let Some((b'*', behind)) = rest.split_first() {
                *rest = behind;
                let argument = arguments.get(*next);
                *next += 1;
                return integer(m4, argument);
            }
            let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
            let (digits, behind) = rest.split_at_checked(digits).unwrap_or_default();
            *rest = behind;
            strtol(digits).0
        };
        let width = amount(&mut rest);
        let mut precision = None;
        if let Some((b'.', behind)) = rest.split_first() {
            rest = behind;
            refused.push(b'c');
            precision = usize::try_from(amount(&mut rest)).ok();
        }
        let mut bits = 32;
        if let Some((b'l', behind)) = rest.split_first() {
            (bits, rest) = (64, behind);
            refused.extend_from_slice(b"cs");
        } else if let Some((b'h', behind)) = rest.split_first() {
            (bits, rest) = (16, behind);
            if let Some((b'h', behind)) = rest.split_first() {
                (bits, rest) = (8, behind);
            }
            refused.extend_from_slice(b"aAceEfFgGs");
        }
        let Some((conversion, behind)) = rest.split_first() else { return (None, rest) };
        if !b"aAcdeEfFgGiosuxX".contains(conversion) || refused.contains(conversion) {
            return (None, behind);
        }
        (Some(Self { flags, width, precision, bits, conversion: *conversion }), behind)
    }

    fn write(&self, m4: &mut Processor, argument: &[u8], result: &mut Vec<u8>) {
        let Self { flags, precision, .. } = self;
        let (sign, mut body, is_number) = match self.conversion {
            b'c' => {
                // The low byte, as C's conversion to `unsigned char`.
                let byte = integer(m4, argument).to_le_bytes().first().copied().unwrap_or_default();
                ("", vec![byte], false)
            }
            b's' => (
                "",
                argument.get(..precision.unwrap_or(usize::MAX).min(argument.len())).unwrap_or_default().to_vec(),
                false,
            ),
            b'd' | b'i' => {
                let value = self.signed(m4, argument);
                (self.sign(value < 0), self.digits(value.unsigned_abs().to_string()), precision.is_none())
            }
            b'u' => ("", self.digits(self.unsigned(m4, argument).to_string()), precision.is_none()),
            b'o' => {
                let mut digits = self.digits(format!("{:o}", self.unsigned(m4, argument)));
                if flags.alternative && digits.first() != Some(&b'0') {
                    digits.insert(0, b'0');
                }
                ("", digits, precision.is_none())
            }
            b'x' | b'X' => {
                let value = self.unsigned(m4, argument);
                let lower = self.conversion == b'x';
                let digits = if lower { format!("{value:x}") } else { format!("{value:X}") };
                let sign = match (flags.alternative && value != 0, lower) {
                    (false, _) => "",
                    (true, true) => "0x",
                    (true, false) => "0X",
                };
                (sign, self.digits(digits), precision.is_none())
            }
            conversion => {
                let value = float(m4, argument);
                let text = match conversion {
                    _ if value.is_nan() => "nan".to_owned(),
                    _ if value.is_infinite() => "inf".to_owned(),
                    b'f' | b'F' => decimal(value.abs(), *precision, flags.alternative),
                    b'e' | b'E' => exponent(value.abs(), *precision, flags.alternative),
                    b'g' | b'G' => general(value.abs(), *precision, flags.alternative),
                    _ => hexadecimal(value.abs(), *precision, flags.alternative),
                };
                let text = if conversion.is_ascii_uppercase() { text.to_uppercase() } else { text };
                let mut sign = self.sign(value.is_sign_negative());
                let (mut body, is_finite) = (text.into_bytes(), value.is_finite());
                if is_finite && conversion.eq_ignore_ascii_case(&b'a') {
                    // The zeros that fill it stand behind the `0x`.
                    sign = match (sign, conversion) {
                        ("-", b'a') => "-0x",
                        ("+", b'a') => "+0x",
                        (" ", b'a') => " 0x",
                        ("", b'a') => "0x",
                        ("-", _) => "-0X",
                        ("+", _) => "+0X",
                        (" ", _) => " 0X",
                        (_, _) => "0X",
                    };
                    body.drain(..2);
                }
                (sign, body, is_finite)
            }
        };
        let width = self.width.unsigned_abs() as usize;
        let fill = width.saturating_sub(sign.len() + body.len());
        let to_left = flags.minus || self.width < 0;
        if flags.zero && !to_left && is_number {
            let mut zeros = vec![b'0'; fill];
            zeros.append(&mut body);
            body = zeros;
        } else if !to_left {
            result.resize(result.len() + fill, b' ');
        }
        let begin = result.len();
        result.extend_from_slice(sign.as_bytes());
        result.extend_from_slice(&body);
        let shown = result.len() - begin;
        if to_left {
            result.resize(result.len() + width.saturating_sub(shown), b' ');
        }
    }

    fn sign(&self, negative: bool) -> &'static str {
        match (negative, self.flags.plus, self.flags.space) {
            (true, ..) => "-",
            (_, true, _) => "+",
            (.., true) => " ",
            _ => "",
        }
    }

    /// At least as many digits as the precision says; none for zero when it says none.
    fn digits(&self, digits: String) -> Vec<u8> {
        match self.precision {
            Some(0) if digits == "0" => Vec::new(),
            Some(least) if digits.len() < least => {
                let mut filled = vec![b'0'; least - digits.len()];
                filled.extend_from_slice(digits.as_bytes());
                filled
            }
            _ => digits.into_bytes(),
        }
    }

    fn signed(&self, m4: &mut Processor, argument: &[u8]) -> i64 {
        let value = long(m4, argument);
        let unused = 64 - self.bits;
        value.wrapping_shl(unused).wrapping_shr(unused)
    }

    fn unsigned(&self, m4: &mut Processor, argument: &[u8]) -> u64 {
        let unused = 64 - self.bits;
        long(m4, argument).cast_unsigned().wrapping_shl(unused).wrapping_shr(unused)
    }
}

/// C's `strtol`, cut to an `int`; what is no number counts as far as it is one.
fn integer(m4: &mut Processor, text: &[u8]) -> i32 {
    // The low half, as the conversion from `long` to `int` has it.
    #[allow(clippy::cast_possible_truncation)]
    let cut = long(m4, text) as i32;
    cut
}

fn long(m4: &mut Processor, text: &[u8]) -> i64 {
    let trimmed = text.trim_ascii_start();
    let signed = trimmed.strip_prefix(b"-").or_else(|| trimmed.strip_prefix(b"+")).unwrap_or(trimmed);
    let digits = signed.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let negative = trimmed.first() == Some(&b'-');
    warn_of_rest(m4, text, digits == 0 || digits < signed.len());
    signed.iter().take(digits).fold(0_i64, |value, digit| {
        let digit = i64::from(digit - b'0');
        let value = value.saturating_mul(10);
        if negative { value.saturating_sub(digit) } else { value.saturating_add(digit) }
    })
}

/// C's `strtod`: as much of the text as is a number.
fn float(m4: &mut Processor, text: &[u8]) -> f64 {
    let text = String::from_utf8_lossy(text);
    let (value, length) = super::number_text::strtod(text.trim_start());
    warn_of_rest(m4, text.as_bytes(), length == 0 || length < text.trim_start().len());
    value
}

fn warn_of_rest(m4: &mut Processor, text: &[u8], has_rest: bool) {
    if has_rest {
        m4.note(
            ProblemKind::Warning,
            format!("non-numeric value in builtin format: {}", String::from_utf8_lossy(text)),
        );
    }
}
