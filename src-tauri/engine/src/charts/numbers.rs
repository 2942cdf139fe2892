//! Numbers as people write them in each language.

use super::Language;

/// Stands for a number that is not defined.
pub(super) fn not_available(language: Language) -> &'static str {
    language.phrases().not_available
}

/// `value` with `places` decimals; "n/a" where there is none.
pub(super) fn decimal(value: Option<f64>, places: usize, language: Language) -> String {
    let Some(value) = value.filter(|value| value.is_finite()) else {
        return not_available(language).into();
    };
    let text = format!("{value:.places$}");
    // A number that rounds to zero has no sign.
    let text = match text.strip_prefix('-') {
        Some(digits) if digits.chars().all(|digit| matches!(digit, '0' | '.')) => digits,
        _ => &text,
    };
    match language {
        Language::English => text.into(),
        Language::Spanish => text.replace('.', ","),
    }
}

/// `count` with its thousands apart: by comma in English; by narrow space in Spanish, where
/// four digits stand together (Ortografía de la lengua española, 2010).
pub(super) fn count(count: usize, language: Language) -> String {
    let digits = count.to_string();
    let separator = match language {
        Language::English => ",",
        Language::Spanish if digits.len() > 4 => "\u{202f}",
        Language::Spanish => "",
    };
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push_str(separator);
        }
        text.push(digit);
    }
    text
}

/// `part` of `whole` in whole percent. Only nothing is 0 %, and only everything is 100 %.
pub(super) fn percent(part: usize, whole: usize, language: Language) -> String {
    if whole == 0 {
        return not_available(language).into();
    }
    let rounded = (100.0 * part as f64 / whole as f64).round() as usize;
    let (sign, shown) = match rounded {
        0 if part > 0 => ("<", 1),
        100 if part < whole => (">", 99),
        shown => ("", shown),
    };
    let space = match language {
        Language::English => "",
        Language::Spanish => "\u{a0}",
    };
    format!("{sign}{shown}{space}%")
}

/// Two limits: `[0.89, 0.96]`; a semicolon where the comma is the decimal sign.
pub(super) fn interval(low: f64, high: f64, language: Language) -> String {
    let separator = match language {
        Language::English => ",",
        Language::Spanish => ";",
    };
    let [low, high] = [low, high].map(|limit| decimal(Some(limit), 2, language));
    format!("[{low}{separator} {high}]")
}

#[cfg(test)]
mod tests {
    use super::*;
    use Language::{English, Spanish};

    #[test]
    fn numbers_follow_the_language() {
        assert_eq!(decimal(Some(0.926), 2, English), "0.93");
        assert_eq!(decimal(Some(0.926), 2, Spanish), "0,93");
        assert_eq!(decimal(Some(-0.001), 2, English), "0.00");
        assert_eq!(decimal(None, 2, English), "n/a");
        assert_eq!(decimal(Some(f64::NAN), 2, Spanish), "n/d");
        assert_eq!(count(1_234_567, English), "1,234,567");
        assert_eq!(count(1234, Spanish), "1234");
        assert_eq!(count(12_345, Spanish), "12\u{202f}345");
        assert_eq!(interval(0.891, 0.956, English), "[0.89, 0.96]");
        assert_eq!(interval(0.891, 0.956, Spanish), "[0,89; 0,96]");
    }

    #[test]
    fn only_nothing_is_zero_percent_and_only_everything_a_hundred() {
        assert_eq!(percent(0, 1000, English), "0%");
        assert_eq!(percent(1, 1000, English), "<1%");
        assert_eq!(percent(999, 1000, English), ">99%");
        assert_eq!(percent(1000, 1000, Spanish), "100\u{a0}%");
        assert_eq!(percent(1, 0, English), "n/a");
    }
}
