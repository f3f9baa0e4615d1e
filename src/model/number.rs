//! Numbers as people read them: grouped, with units, exact where it matters.

use std::fmt::Write as _;
use std::time::Duration;

/// A whole number with its digits grouped: `12,400`.
#[must_use]
pub fn grouped(number: impl Into<i128>) -> String {
    grouped_text(&number.into().to_string())
}

/// Groups the digits before the point of a number's exact text and leaves the rest as it is. What is no plain
/// number comes back unchanged.
#[must_use]
pub fn grouped_text(number: &str) -> String {
    let (sign, rest) = match number.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", number),
    };
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let (whole, tail) = rest.split_at(end);
    if whole.len() < 4 {
        return number.to_owned();
    }
    let mut text = String::with_capacity(number.len() + whole.len() / 3);
    text.push_str(sign);
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text.push_str(tail);
    text
}

/// The shortest text that reads back as the same double.
#[must_use]
pub fn double_text(n: f64) -> String {
    match n {
        n if n.is_nan() => "NaN".into(),
        f64::INFINITY => "Infinity".into(),
        f64::NEG_INFINITY => "-Infinity".into(),
        n => format!("{n:?}"),
    }
}

/// The shortest text that reads back as the same double, grouped; `NaN` and infinities by name.
#[must_use]
pub fn double(number: f64) -> String {
    if !number.is_finite() {
        return double_text(number);
    }
    let size = number.abs();
    if size != 0.0 && !(1e-6..1e15).contains(&size) {
        return format!("{number:e}");
    }
    grouped_text(&number.to_string())
}

/// A count with its noun: `1 topic`, `12,400 topics`.
#[must_use]
pub fn count_of(count: u64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(count), if count == 1 { one } else { many })
}

/// A size in the largest binary unit that keeps three digits: `98 B`, `1.2 KiB`, `640 KiB`, `10 MiB`.
#[must_use]
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let mut amount = bytes as f64 / 1024.0;
    let mut unit = 0;
    // 1023.95 would be written as 1024.
    while amount >= 1023.5 && unit + 1 < UNITS.len() {
        amount /= 1024.0;
        unit += 1;
    }
    format!("{} {}", three_digits(amount), UNITS[unit])
}

/// The exact size, for the hover text beside [`size`].
#[must_use]
pub fn exact_size(bytes: u64) -> String {
    count_of(bytes, "byte", "bytes")
}

/// One decimal below ten, none above.
fn three_digits(amount: f64) -> String {
    if amount < 9.95 {
        let text = format!("{amount:.1}");
        text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
    } else {
        grouped(amount.round() as i64)
    }
}

/// A duration in its two largest units: `350 µs`, `350 ms`, `2.5 s`, `4 min 10 s`, `3 h 5 min`, `2 d 4 h`.
#[must_use]
pub fn duration(duration: Duration) -> String {
    let secs = duration.as_secs();
    if secs >= 60 {
        return long_duration(secs);
    }
    let micros = duration.as_micros();
    if micros < 1000 {
        return format!("{micros} µs");
    }
    let millis = duration.as_secs_f64() * 1e3;
    if millis < 999.5 {
        return format!("{} ms", three_digits(millis));
    }
    if millis < 59_950.0 {
        return format!("{} s", tenths(millis / 1e3));
    }
    "1 min".to_owned()
}

fn tenths(secs: f64) -> String {
    let text = format!("{secs:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

fn long_duration(secs: u64) -> String {
    const UNITS: [(u64, &str); 4] = [(86_400, "d"), (3600, "h"), (60, "min"), (1, "s")];
    let at = UNITS.iter().position(|(length, _)| secs >= *length).unwrap_or(UNITS.len() - 1);
    let (length, unit) = UNITS[at];
    let mut text = format!("{} {unit}", grouped(secs / length));
    if let Some((next, unit)) = UNITS.get(at + 1) {
        let rest = secs % length / next;
        if rest > 0 {
            let _ = write!(text, " {rest} {unit}");
        }
    }
    text
}

/// How long ago, short enough for a column: `0.1 s`, `12 s`, `4 min`, `3 h`, `2 d`.
#[must_use]
pub fn age(age: Duration) -> String {
    let secs = age.as_secs_f64();
    if secs < 9.95 {
        format!("{secs:.1} s")
    } else if secs < 60.0 {
        format!("{} s", age.as_secs())
    } else if secs < 3600.0 {
        format!("{} min", age.as_secs() / 60)
    } else if secs < 86_400.0 {
        format!("{} h", age.as_secs() / 3600)
    } else {
        format!("{} d", grouped(age.as_secs() / 86_400))
    }
}

/// Events a second: `12/s`, `0.3/s`, `1,240/s`; nothing at all is `0/s`, less than one in 20 s is `<0.1/s`.
#[must_use]
pub fn rate(per_sec: f64) -> String {
    if !per_sec.is_finite() || per_sec <= 0.0 {
        "0/s".to_owned()
    } else if per_sec < 0.05 {
        "<0.1/s".to_owned()
    } else {
        format!("{}/s", three_digits(per_sec))
    }
}

/// Bytes a second: `12 KiB/s`.
#[must_use]
pub fn byte_rate(per_sec: f64) -> String {
    format!("{}/s", size(per_sec.max(0.0).round() as u64))
}

/// A share of a whole: `0 %`, `<1 %`, `42 %`, `100 %`; only the whole is 100.
#[must_use]
pub fn percent(share: f64) -> String {
    let percent = share * 100.0;
    if percent <= 0.0 || percent.is_nan() {
        "0 %".to_owned()
    } else if percent < 1.0 {
        "<1 %".to_owned()
    } else if percent < 100.0 {
        format!("{} %", percent.round().min(99.0))
    } else {
        format!("{} %", percent.round())
    }
}

/// Cuts a text in its middle to at most so many characters: `fx/spot/…/EURUSD`.
#[must_use]
pub fn middle_cut(text: &str, most: usize) -> String {
    // Looks at no more characters than it keeps, however long the text is.
    if text.char_indices().nth(most).is_none() {
        return text.to_owned();
    }
    let keep = most.saturating_sub(1);
    let head = keep.div_ceil(2);
    let tail = keep - head;
    let head_end = text.char_indices().nth(head).map_or(text.len(), |(at, _)| at);
    let tail_start =
        if tail == 0 { text.len() } else { text.char_indices().rev().nth(tail - 1).map_or(0, |(at, _)| at) };
    format!("{}…{}", &text[..head_end], &text[tail_start..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check<T>(form: impl Fn(T) -> String, cases: impl IntoIterator<Item = (T, &'static str)>) {
        for (input, expected) in cases {
            assert_eq!(form(input), expected);
        }
    }

    #[test]
    fn digits_are_grouped_and_kept() {
        check(|n: i128| grouped(n), [(0, "0"), (999, "999"), (-1000, "-1,000"), (12_400, "12,400")]);
        check(grouped_text, [("-1234567.1234567", "-1,234,567.1234567"), ("1e30", "1e30"), ("x1234", "x1234")]);
        assert_eq!(grouped(u64::MAX), "18,446,744,073,709,551,615");
    }

    #[test]
    fn doubles_are_exact() {
        check(double, [(0.1, "0.1"), (1234.5, "1,234.5"), (1e300, "1e300"), (f64::NAN, "NaN"), (-0.0, "-0")]);
        check(double, [(f64::NEG_INFINITY, "-Infinity"), (1e-7, "1e-7"), (100.0, "100")]);
    }

    #[test]
    fn sizes_choose_their_unit() {
        check(size, [(0, "0 B"), (1023, "1023 B"), (1024, "1 KiB"), (1229, "1.2 KiB"), (10 << 20, "10 MiB")]);
        check(size, [((1 << 20) - 1, "1 MiB"), (640 << 10, "640 KiB"), (u64::MAX, "16 EiB")]);
        check(exact_size, [(1, "1 byte"), (10_485_760, "10,485,760 bytes")]);
    }

    #[test]
    fn durations_have_two_units() {
        let ms = Duration::from_millis;
        check(duration, [(Duration::from_micros(350), "350 µs"), (ms(350), "350 ms"), (ms(1), "1 ms")]);
        check(duration, [(ms(2500), "2.5 s"), (ms(999), "999 ms"), (ms(59_999), "1 min"), (ms(250_000), "4 min 10 s")]);
        check(duration, [(ms(3_600_000), "1 h"), (ms(11_100_000), "3 h 5 min"), (ms(187_200_000), "2 d 4 h")]);
    }

    #[test]
    fn ages_and_rates_fit_a_column() {
        let ms = Duration::from_millis;
        check(age, [(ms(100), "0.1 s"), (ms(12_000), "12 s"), (ms(240_000), "4 min"), (ms(90_000_000), "1 d")]);
        check(rate, [(0.0, "0/s"), (0.01, "<0.1/s"), (0.3, "0.3/s"), (12.0, "12/s"), (1240.4, "1,240/s")]);
        check(byte_rate, [(12_288.0, "12 KiB/s")]);
        check(percent, [(0.0, "0 %"), (0.001, "<1 %"), (0.999, "99 %"), (1.0, "100 %")]);
    }

    #[test]
    fn long_texts_lose_their_middle() {
        assert_eq!(middle_cut("abcdefghij", 10), "abcdefghij");
        assert_eq!(middle_cut("abcdefghij", 5), "ab…ij");
        assert_eq!(middle_cut("äöüäöüäöü", 4), "äö…ü");
        assert_eq!(middle_cut("abc", 0), "…");
    }
}
