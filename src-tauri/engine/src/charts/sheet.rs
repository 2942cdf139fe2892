//! What all charts share: the sheet with its margins, its title and subtitle, the key, and the
//! kinds of lettering.

use super::font::{self, CAPITAL_IN_EM, Weight};
use super::palette::{Colour, Palette};
use super::picture::{Anchor, Direction, Picture, Point, TextStyle};
use super::{ChartStyle, Language};

/// White space around everything.
pub(super) const MARGIN: f64 = 24.0;

/// Where the content begins below title and subtitle.
pub(super) const BELOW_HEADER: f64 = 84.0;

/// Where the content begins below title, subtitle and key.
pub(super) const BELOW_KEY: f64 = 112.0;

/// Pixels an em of names and values.
pub(super) const LABEL: f64 = 12.0;

/// Pixels an em of ticks, keys and explanations.
pub(super) const TICK: f64 = 11.0;

const TITLE: f64 = 17.0;
const SUBTITLE: f64 = 12.5;

/// Height of a line of a panel's name.
pub(super) const NAME_LINE: f64 = 15.0;

/// Height of the lines that panels' names take beyond the first.
pub(super) fn beyond_first_line<'a>(names: impl Iterator<Item = &'a str>, width: f64) -> f64 {
    let lines = names.map(|name| font::wrap(name, LABEL, Weight::SemiBold, width, 2).len());
    NAME_LINE * lines.max().unwrap_or(1).saturating_sub(1) as f64
}

/// How a key shows what it explains.
#[derive(Debug, Clone, Copy)]
pub(super) enum Swatch {
    Dot,
    Diamond,
    Line,
    Dashes,
    /// A short upright line.
    Tick,
    /// A dot with a line through it.
    Whisker,
}

/// A sheet with marks, and what is needed to add some.
pub(super) struct Sheet {
    pub(super) picture: Picture,
    pub(super) palette: Palette,
    pub(super) language: Language,
}

impl Sheet {
    /// A sheet of at least `size`, as wide as title and subtitle need.
    pub(super) fn new(style: ChartStyle, size: (f64, f64), title: &str, subtitle: &str) -> Self {
        let palette = Palette::of(style.theme);
        let words = font::width(title, TITLE, Weight::SemiBold).max(font::width(
            subtitle,
            SUBTITLE,
            Weight::Regular,
        ));
        let mut sheet = Self {
            picture: Picture {
                width: size.0.max(words + 2.0 * MARGIN).ceil() as u32,
                height: size.1.ceil() as u32,
                background: palette.background,
                description: format!("{title}. {subtitle}"),
                marks: Vec::new(),
            },
            palette,
            language: style.language,
        };
        let title_style = TextStyle {
            size: TITLE,
            weight: Weight::SemiBold,
            ..sheet.label(Anchor::Start)
        };
        let subtitle_style = TextStyle {
            size: SUBTITLE,
            ..sheet.tick(Anchor::Start)
        };
        sheet.picture.text(title, (MARGIN, 37.0), title_style);
        sheet.picture.text(subtitle, (MARGIN, 58.0), subtitle_style);
        sheet
    }

    /// A sheet that says why there is nothing to see.
    pub(super) fn nothing(style: ChartStyle, title: &str, subtitle: &str, why: &str) -> Picture {
        let mut sheet = Self::new(style, (560.0, 200.0), title, subtitle);
        let width = f64::from(sheet.picture.width);
        let place = (MARGIN, BELOW_HEADER);
        let size = (width - 2.0 * MARGIN, 200.0 - MARGIN - BELOW_HEADER);
        let (colour, palette) = (sheet.palette.grid, sheet.palette);
        sheet.picture.frame(place, size, 1.0, colour);
        let middle = (width / 2.0, centred(place.1 + size.1 / 2.0, LABEL));
        let style = TextStyle {
            colour: palette.quiet,
            ..sheet.label(Anchor::Middle)
        };
        sheet.picture.text(why, middle, style);
        sheet.picture
    }

    /// Lettering of names and values.
    pub(super) fn label(&self, anchor: Anchor) -> TextStyle {
        TextStyle {
            size: LABEL,
            weight: Weight::Regular,
            colour: self.palette.text,
            anchor,
            direction: Direction::Across,
        }
    }

    /// Lettering of ticks and explanations.
    pub(super) fn tick(&self, anchor: Anchor) -> TextStyle {
        TextStyle {
            size: TICK,
            colour: self.palette.quiet,
            ..self.label(anchor)
        }
    }

    /// Lettering of a panel's or a column's name.
    pub(super) fn heading(&self, anchor: Anchor) -> TextStyle {
        TextStyle {
            weight: Weight::SemiBold,
            ..self.label(anchor)
        }
    }

    /// Writes a panel's name in at most two lines of `width`, the last at the baseline `at`.
    pub(super) fn name(&mut self, name: &str, at: Point, width: f64) {
        let style = self.heading(Anchor::Start);
        let lines = font::wrap(name, style.size, style.weight, width, 2);
        for (index, line) in lines.iter().rev().enumerate() {
            let place = (at.0, at.1 - NAME_LINE * index as f64);
            self.picture.text(line, place, style);
        }
    }

    /// A row of swatches with their words, below the subtitle.
    pub(super) fn key(&mut self, entries: &[(Swatch, Colour, &str)]) {
        const SWATCH: f64 = 20.0;
        let middle = 82.0;
        let mut left = MARGIN;
        for &(swatch, colour, words) in entries {
            let end = self.swatch(swatch, colour, (left, middle), SWATCH);
            let style = self.tick(Anchor::Start);
            self.picture
                .text(words, (end + 6.0, centred(middle, TICK)), style);
            left = end + 6.0 + font::width(words, TICK, Weight::Regular) + 20.0;
        }
        let needed = (left - 20.0 + MARGIN).ceil() as u32;
        self.picture.width = self.picture.width.max(needed);
    }

    /// Draws a swatch that begins at `place`, and says where it ends.
    pub(super) fn swatch(
        &mut self,
        swatch: Swatch,
        colour: Colour,
        place: Point,
        width: f64,
    ) -> f64 {
        let (left, y) = place;
        let middle = left + 5.0;
        let picture = &mut self.picture;
        match swatch {
            Swatch::Dot => picture.circle((middle, y), 4.5, colour),
            Swatch::Diamond => picture.diamond((middle, y), 5.5, colour),
            Swatch::Tick => picture.line((middle, y - 6.0), (middle, y + 6.0), 2.0, colour),
            Swatch::Line => picture.line((left, y), (left + width, y), 2.0, colour),
            Swatch::Dashes => picture.dashes((left, y), (left + width - 2.0, y), 1.0, colour),
            Swatch::Whisker => {
                picture.line((left, y), (left + width, y), 2.0, colour);
                picture.circle((left + width / 2.0, y), 4.5, colour);
            }
        }
        match swatch {
            Swatch::Dot | Swatch::Diamond | Swatch::Tick => left + 10.0,
            Swatch::Line | Swatch::Dashes | Swatch::Whisker => left + width,
        }
    }
}

/// The baseline of capital letters and digits whose middle is at `middle`.
pub(super) fn centred(middle: f64, size: f64) -> f64 {
    middle + size * CAPITAL_IN_EM / 2.0
}
