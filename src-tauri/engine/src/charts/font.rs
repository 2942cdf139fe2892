//! The font of the charts, and how wide text is in it.

use std::sync::OnceLock;

use ab_glyph::{Font, FontRef, Glyph, PxScale, point};

use super::error::ChartError;

/// What SVG asks for. Inter is what the embedded font was cut from.
pub(super) const FAMILY: &str = "Inter, system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, \
                                 'Noto Sans', 'Liberation Sans', sans-serif";

/// Height from the lowest to the highest line of the embedded font in em: (2728 + 680) / 2816, of
/// its `hhea` table.
const HEIGHT_IN_EM: f64 = 3408.0 / 2816.0;

/// Height of a capital letter in em, of the font's `OS/2` table.
pub(super) const CAPITAL_IN_EM: f64 = 2048.0 / 2816.0;

/// How heavy text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    Regular,
    SemiBold,
}

/// The embedded font.
fn font(weight: Weight) -> Option<&'static FontRef<'static>> {
    static REGULAR: OnceLock<Option<FontRef<'static>>> = OnceLock::new();
    static SEMI_BOLD: OnceLock<Option<FontRef<'static>>> = OnceLock::new();
    let read = |bytes| FontRef::try_from_slice(bytes).ok();
    match weight {
        Weight::Regular => REGULAR.get_or_init(|| {
            read(include_bytes!("../../fonts/EtiquetaSans-Regular.otf").as_slice())
        }),
        Weight::SemiBold => SEMI_BOLD.get_or_init(|| {
            read(include_bytes!("../../fonts/EtiquetaSans-SemiBold.otf").as_slice())
        }),
    }
    .as_ref()
}

/// Makes sure that the embedded font is there.
///
/// # Errors
/// When it cannot be read.
pub(super) fn check() -> Result<(), ChartError> {
    let found = font(Weight::Regular).and(font(Weight::SemiBold));
    found.map(|_| ()).ok_or(ChartError::Font)
}

/// Pixels that a letter takes, and all of a text by their sum.
fn advance(letter: char, size: f64, weight: Weight) -> f64 {
    let Some(font) = font(weight) else { return 0.0 };
    let units = font.units_per_em().unwrap_or(1.0);
    f64::from(font.h_advance_unscaled(font.glyph_id(letter)) / units) * size
}

/// Pixels that `text` takes at `size` pixels an em.
pub(super) fn width(text: &str, size: f64, weight: Weight) -> f64 {
    text.chars()
        .map(|letter| advance(letter, size, weight))
        .sum()
}

/// Calls `cover` for each pixel that `text` touches, with its place right of and below the
/// text's beginning on the baseline, and with how much of it is covered, in (0, 1]. What the font
/// lacks is a box.
pub(super) fn cover(text: &str, size: f64, weight: Weight, mut cover: impl FnMut(i32, i32, f64)) {
    let Some(font) = font(weight) else { return };
    let scale = PxScale::from((size * HEIGHT_IN_EM) as f32);
    let mut left = 0.0;
    for letter in text.chars() {
        let position = point(left as f32, 0.0);
        let glyph: Glyph = font
            .glyph_id(letter)
            .with_scale_and_position(scale, position);
        if let Some(outline) = font.outline_glyph(glyph) {
            let corner = outline.px_bounds().min;
            outline.draw(|x, y, covered| {
                if covered > 0.0 {
                    let (x, y) = (x as i32 + corner.x as i32, y as i32 + corner.y as i32);
                    cover(x, y, f64::from(covered.min(1.0)));
                }
            });
        }
        left += advance(letter, size, weight);
    }
}

/// `text` if it is at most `most` pixels wide; else its beginning with an ellipsis.
pub(super) fn fit(text: &str, size: f64, weight: Weight, most: f64) -> String {
    // No letter is narrower than this, so that only the beginning of a book is measured.
    let letters = (most / (size * 0.1)).max(0.0) as usize + 1;
    let beginning: String = text.chars().take(letters).collect();
    if beginning.len() == text.len() && width(text, size, weight) <= most {
        return beginning;
    }
    let space = most - width("…", size, weight);
    let mut used = 0.0;
    let mut kept = String::new();
    for letter in beginning.chars() {
        used += advance(letter, size, weight);
        if used > space {
            break;
        }
        kept.push(letter);
    }
    format!("{}…", kept.trim_end())
}

/// `text` in at most `lines` lines of at most `most` pixels, broken between words. What does not
/// fit ends in an ellipsis. At least one line, which may be empty.
pub(super) fn wrap(text: &str, size: f64, weight: Weight, most: f64, lines: usize) -> Vec<String> {
    let mut broken = vec![String::new()];
    for word in text.split_whitespace() {
        let count = broken.len();
        let Some(line) = broken.last_mut() else { break };
        let longer = if line.is_empty() {
            word.into()
        } else {
            format!("{line} {word}")
        };
        if line.is_empty() || count == lines || width(&longer, size, weight) <= most {
            *line = longer;
            // The last line takes all words; beyond its end they are not seen.
            if count == lines && width(line, size, weight) > most {
                break;
            }
        } else {
            broken.push(word.into());
        }
    }
    broken
        .iter()
        .map(|line| fit(line, size, weight, most))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_as_wide_as_one_another() {
        check().unwrap();
        let zero = width("0", 12.0, Weight::Regular);
        assert!((zero - 12.0 * 1824.0 / 2816.0).abs() < 0.02, "{zero}");
        for digit in '1'..='9' {
            let digit = digit.to_string();
            assert!((width(&digit, 12.0, Weight::Regular) - zero).abs() < 0.02);
        }
    }

    #[test]
    fn text_that_is_too_long_ends_in_an_ellipsis_and_fits() {
        let long = "Enfermedades cardiovasculares ".repeat(1000);
        let cut = fit(&long, 12.0, Weight::Regular, 120.0);
        assert!(
            cut.starts_with("Enfermedades c") && cut.ends_with('…'),
            "{cut}"
        );
        assert!(width(&cut, 12.0, Weight::Regular) <= 120.0);
        assert_eq!(fit("Oncología", 12.0, Weight::Regular, 120.0), "Oncología");
    }

    #[test]
    fn text_is_broken_between_words_and_its_rest_is_an_ellipsis() {
        let lines = |text: &str| wrap(text, 12.0, Weight::Regular, 130.0, 2);
        assert_eq!(lines("salud mental"), ["salud mental"]);
        let two = ["Enfermedades", "cardiovasculares"];
        assert_eq!(lines("Enfermedades cardiovasculares"), two);
        let rest = lines(&"Enfermedades cardiovasculares raras del adulto ".repeat(1000));
        assert_eq!(rest[0], "Enfermedades");
        assert!(
            rest[1].starts_with("cardiovasculares") && rest[1].ends_with('…'),
            "{rest:?}"
        );
        assert!(rest.len() == 2 && width(&rest[1], 12.0, Weight::Regular) <= 130.0);
        assert_eq!(lines(&"a".repeat(100)).len(), 1);
        assert_eq!(lines(""), [""]);
    }

    #[test]
    fn letters_stand_where_the_font_puts_them() {
        // The bar of an l has space on both sides: the ink begins after the text does.
        let (mut first, mut last, mut highest) = (i32::MAX, 0, 0);
        cover("l", 100.0, Weight::Regular, |x, y, _| {
            (first, last, highest) = (first.min(x), last.max(x), highest.min(y));
        });
        let width = width("l", 100.0, Weight::Regular);
        assert!(
            first > 4 && f64::from(last) < width - 4.0,
            "{first} {last} {width}"
        );
        assert!((-80..-70).contains(&highest), "{highest}");
    }

    #[test]
    fn the_font_has_the_letters_of_both_languages_and_the_signs_of_charts() {
        // What the font lacks is drawn as its first glyph, a box.
        let missing = width("\u{4e00}", 1000.0, Weight::Regular);
        for letter in "áéíñúü¿¡–·×≥≤→…αβ[]%,.'’".chars() {
            let found = width(&letter.to_string(), 1000.0, Weight::Regular);
            assert!(found > 0.0 && found != missing, "{letter}");
        }
    }
}
