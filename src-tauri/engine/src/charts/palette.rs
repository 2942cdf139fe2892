//! The colours of charts: Okabe & Ito's, which colour-blind people tell apart (Color Universal
//! Design, 2008), tuned for a light and a dark background.

use plotters::style::RGBColor;

use super::Theme;

/// A colour, in sRGB.
pub(super) type Colour = RGBColor;

/// The colours of a theme, by what they are used for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Palette {
    /// Behind everything.
    pub(super) background: Colour,
    /// Text that carries the message.
    pub(super) text: Colour,
    /// Text that explains: subtitles, ticks, units.
    pub(super) quiet: Colour,
    /// Grid lines.
    pub(super) grid: Colour,
    /// Axis lines and reference lines.
    pub(super) axis: Colour,
    /// The first series: what the model did, what is right.
    pub(super) first: Colour,
    /// The second series: the yardstick, what is wrong.
    pub(super) second: Colour,
    /// What stands beside the series: rows without a label, texts that are cut.
    pub(super) neutral: Colour,
}

const LIGHT: Palette = Palette {
    background: RGBColor(0xff, 0xff, 0xff),
    text: RGBColor(0x1a, 0x1f, 0x26),
    quiet: RGBColor(0x5b, 0x64, 0x70),
    grid: RGBColor(0xe9, 0xec, 0xef),
    axis: RGBColor(0xb9, 0xc0, 0xc8),
    first: RGBColor(0x00, 0x72, 0xb2),
    second: RGBColor(0xd5, 0x5e, 0x00),
    neutral: RGBColor(0x8b, 0x95, 0xa1),
};

const DARK: Palette = Palette {
    // Those of the window's cards, on which the charts lie.
    background: RGBColor(0x15, 0x21, 0x27),
    text: RGBColor(0xe8, 0xeb, 0xef),
    quiet: RGBColor(0xa0, 0xa9, 0xb5),
    grid: RGBColor(0x2b, 0x3d, 0x45),
    axis: RGBColor(0x4d, 0x56, 0x62),
    first: RGBColor(0x56, 0xb4, 0xe9),
    second: RGBColor(0xf0, 0xa0, 0x30),
    neutral: RGBColor(0x76, 0x80, 0x8d),
};

/// What text in coloured cells is written in, whichever of both reads better.
const ON_COLOUR: [Colour; 2] = [RGBColor(0x0b, 0x0d, 0x10), RGBColor(0xff, 0xff, 0xff)];

impl Palette {
    pub(super) fn of(theme: Theme) -> Self {
        match theme {
            Theme::Light => LIGHT,
            Theme::Dark => DARK,
        }
    }

    /// `colour` as a tint of the background: 0 is the background, 1 the colour.
    pub(super) fn tint(&self, colour: Colour, strength: f64) -> Colour {
        let mix = |from: u8, to: u8| {
            let (from, to) = (f64::from(from), f64::from(to));
            (from + (to - from) * strength.clamp(0.0, 1.0)).round() as u8
        };
        let below = self.background;
        RGBColor(
            mix(below.0, colour.0),
            mix(below.1, colour.1),
            mix(below.2, colour.2),
        )
    }
}

/// The colour of text on `colour`.
pub(super) fn text_on(colour: Colour) -> Colour {
    let [dark, light] = ON_COLOUR;
    if contrast(dark, colour) >= contrast(light, colour) {
        dark
    } else {
        light
    }
}

/// Contrast ratio of WCAG 2.2, from 1 to 21.
pub(super) fn contrast(one: Colour, other: Colour) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

fn luminance(colour: Colour) -> f64 {
    let linear = |channel: u8| {
        let value = f64::from(channel) / 255.0;
        if value <= 0.04045 {
            value / 12.92
        } else {
            ((value + 0.055) / 1.055).powf(2.4)
        }
    };
    0.2126 * linear(colour.0) + 0.7152 * linear(colour.1) + 0.0722 * linear(colour.2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_reaches_the_contrast_that_wcag_asks_for() {
        for palette in [LIGHT, DARK] {
            for text in [palette.text, palette.quiet] {
                assert!(contrast(text, palette.background) >= 4.5, "{text:?}");
            }
            for mark in [palette.first, palette.second, palette.neutral] {
                assert!(contrast(mark, palette.background) >= 3.0, "{mark:?}");
            }
        }
    }

    #[test]
    fn text_in_cells_can_be_read_at_every_strength() {
        for palette in [LIGHT, DARK] {
            for colour in [palette.first, palette.second] {
                for step in 0..=100 {
                    let cell = palette.tint(colour, f64::from(step) / 100.0);
                    assert!(contrast(text_on(cell), cell) >= 4.4, "{cell:?}");
                }
            }
        }
    }

    #[test]
    fn contrast_is_that_of_wcag() {
        let (black, white) = (RGBColor(0, 0, 0), RGBColor(255, 255, 255));
        assert!((contrast(black, white) - 21.0).abs() < 1e-9);
        // Example of the WebAIM checker: #777777 on white is 4.48.
        let grey = RGBColor(0x77, 0x77, 0x77);
        assert!((contrast(grey, white) - 4.48).abs() < 0.005);
    }
}
