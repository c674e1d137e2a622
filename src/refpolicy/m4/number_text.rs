//! Floating-point numbers as C writes and reads them.

/// `%f`
pub fn decimal(value: f64, precision: Option<usize>, point: bool) -> String {
    let precision = precision.unwrap_or(6);
    let mut text = format!("{value:.precision$}");
    if point && precision == 0 {
        text.push('.');
    }
    text
}

/// `%e`
pub fn exponent(value: f64, precision: Option<usize>, point: bool) -> String {
    let precision = precision.unwrap_or(6);
    let text = format!("{value:.precision$e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let dot = if point && precision == 0 { "." } else { "" };
    let (sign, digits) = match exponent.strip_prefix('-') {
        Some(digits) => ('-', digits),
        None => ('+', exponent),
    };
    format!("{mantissa}{dot}e{sign}{digits:0>2}")
}

/// `%g`
pub fn general(value: f64, precision: Option<usize>, keep_zeros: bool) -> String {
    let precision = precision.unwrap_or(6).max(1);
    let scientific = exponent(value, Some(precision - 1), keep_zeros);
    let power: i64 = scientific.rsplit_once('e').and_then(|(_, power)| power.parse().ok()).unwrap_or(0);
    let digits = i64::try_from(precision).unwrap_or(i64::MAX);
    let (mantissa, behind) = if power < -4 || power >= digits {
        let (mantissa, power) = scientific.split_once('e').unwrap_or((&scientific, "+00"));
        (mantissa.to_owned(), format!("e{power}"))
    } else {
        let behind_point = usize::try_from(digits - 1 - power).unwrap_or(0);
        (decimal(value, Some(behind_point), keep_zeros), String::new())
    };
    if keep_zeros || !mantissa.contains('.') {
        return mantissa + &behind;
    }
    mantissa.trim_end_matches('0').trim_end_matches('.').to_owned() + &behind
}

/// `%a`, as glibc has it: one digit before the point.
pub fn hexadecimal(value: f64, precision: Option<usize>, point: bool) -> String {
    let bits = value.to_bits();
    let (stored, fraction) = ((bits >> 52) & 0x7ff, bits & ((1 << 52) - 1));
    let stored = i64::try_from(stored).unwrap_or(0);
    let (mut lead, power) = match (stored, fraction) {
        (0, 0) => (0, 0),
        (0, _) => (0, -1022),
        _ => (1, stored - 1023),
    };
    let mut fraction = fraction;
    let digits = match precision {
        Some(precision) if precision < 13 => {
            let unused = 4 * (13 - u32::try_from(precision).unwrap_or(0));
            let (kept, rest) = (((lead << 52) | fraction) >> unused, fraction & ((1_u64 << unused) - 1));
            let half = 1_u64 << (unused - 1);
            // To the nearest, and to the even one of two.
            let rounded = kept + u64::from(rest > half || (rest == half && kept & 1 == 1));
            let kept_bits = 52 - unused;
            lead = rounded >> kept_bits;
            fraction = rounded & ((1_u64 << kept_bits) - 1);
            if precision == 0 { String::new() } else { format!("{fraction:0precision$x}") }
        }
        Some(precision) => format!("{fraction:013x}{}", "0".repeat(precision - 13)),
        None => format!("{fraction:013x}").trim_end_matches('0').to_owned(),
    };
    let dot = if digits.is_empty() && !point { "" } else { "." };
    let sign = if power < 0 { '-' } else { '+' };
    format!("0x{lead:x}{dot}{digits}p{sign}{}", power.unsigned_abs())
}

/// C's `strtod`: the number at the beginning of a text, and how many bytes it takes.
pub fn strtod(text: &str) -> (f64, usize) {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let sign = if text.starts_with('-') { -1.0 } else { 1.0 };
    let before = text.len() - unsigned.len();
    let lower = unsigned.to_ascii_lowercase();
    for (word, value) in [("infinity", f64::INFINITY), ("inf", f64::INFINITY), ("nan", f64::NAN)] {
        if lower.starts_with(word) {
            return (if text.starts_with('-') { -value } else { value }, before + word.len());
        }
    }
    if let Some(digits) = lower.strip_prefix("0x")
        && let Some((value, length)) = hexadecimal_value(digits)
    {
        return (sign * value, before + 2 + length);
    }
    let length = decimal_length(lower.as_bytes());
    let value = lower.get(..length).and_then(|number| number.parse::<f64>().ok());
    value.map_or((0.0, 0), |value| (sign * value, before + length))
}

fn decimal_length(text: &[u8]) -> usize {
    let digits = |from: usize| text.iter().skip(from).take_while(|byte| byte.is_ascii_digit()).count();
    let whole = digits(0);
    let mut length = whole;
    let mut fraction = 0;
    if text.get(whole) == Some(&b'.') {
        fraction = digits(whole + 1);
        length += 1 + fraction;
    }
    if whole + fraction == 0 {
        return 0;
    }
    if text.get(length) == Some(&b'e') {
        let sign = usize::from(matches!(text.get(length + 1), Some(b'+' | b'-')));
        let power = digits(length + 1 + sign);
        if power > 0 {
            length += 1 + sign + power;
        }
    }
    length
}

fn hexadecimal_value(text: &str) -> Option<(f64, usize)> {
    let (mut value, mut power, mut length, mut behind_point, mut any) = (0.0_f64, 0_i32, 0, false, false);
    for c in text.chars() {
        match c {
            '.' if !behind_point => behind_point = true,
            c => {
                let Some(digit) = c.to_digit(16) else { break };
                any = true;
                value = value * 16.0 + f64::from(digit);
                power -= if behind_point { 4 } else { 0 };
            }
        }
        length += 1;
    }
    let rest = text.get(length..).unwrap_or_default();
    if let Some(exponent) = rest.strip_prefix('p') {
        let unsigned = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        let digits = unsigned.bytes().take_while(u8::is_ascii_digit).count();
        if digits > 0 {
            let given: i32 = unsigned.get(..digits).and_then(|digits| digits.parse().ok()).unwrap_or(9999);
            power = if exponent.starts_with('-') { power.saturating_sub(given) } else { power.saturating_add(given) };
            length += 1 + (exponent.len() - unsigned.len()) + digits;
        }
    }
    any.then(|| (value * 2.0_f64.powi(power), length))
}
