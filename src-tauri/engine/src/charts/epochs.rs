//! Lines over epochs, as the charts of a run's course share them.

use super::axis::{Scale, Ticks};
use super::font::{self, Weight};
use super::numbers;
use super::palette::Colour;
use super::picture::{Anchor, Point};
use super::sheet::{BELOW_HEADER, LABEL, MARGIN, Sheet, Swatch, TICK, centred};
use super::thinning::thin;
use crate::training::events::TrainingHistory;

/// Size of the sheet.
pub(super) const SIZE: (f64, f64) = (720.0, 400.0);

/// Width of what stands before a series' name.
const SWATCH: f64 = 12.0;

/// How the points of a series are marked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Marker {
    None,
    Circle,
    Diamond,
}

/// Numbers over epochs.
pub(super) struct Series {
    pub(super) name: &'static str,
    /// Epoch and number.
    pub(super) points: Vec<Point>,
    pub(super) colour: Colour,
    pub(super) marker: Marker,
    /// Of the line.
    pub(super) width: f64,
}

/// The place where series are drawn.
pub(super) struct Plot {
    across: Scale,
    up: Scale,
    right: f64,
}

/// The epoch of the best evaluation: the last that was the best so far.
pub(super) fn best(history: &TrainingHistory) -> Option<f64> {
    let best = history.validations.iter().rev();
    best.into_iter()
        .find(|found| found.is_best)
        .map(|found| found.epoch)
}

/// Numbers that can be drawn.
pub(super) fn finite(points: impl Iterator<Item = Point>) -> Vec<Point> {
    points
        .filter(|point| point.0.is_finite() && point.1.is_finite())
        .collect()
}

/// An epoch in words: whole where it is.
pub(super) fn epoch_text(sheet: &Sheet, epoch: f64) -> String {
    let places = if (epoch - epoch.round()).abs() < 0.005 {
        0
    } else {
        2
    };
    numbers::decimal(Some(epoch), places, sheet.language)
}

impl Plot {
    /// Draws the grid and both axes, with room at the right for the series' names. `up` is the
    /// range of the numbers.
    pub(super) fn new(sheet: &mut Sheet, series: &[Series], up: (f64, f64)) -> Self {
        let phrases = sheet.language.phrases();
        let ticks = Ticks::new(up.0, up.1, 6, 0.0);
        let texts: Vec<String> = ticks
            .numbers
            .iter()
            .map(|&tick| numbers::decimal(Some(tick), ticks.places.max(1), sheet.language))
            .collect();
        let widest = |texts: &mut dyn Iterator<Item = &str>, size: f64| {
            texts
                .map(|text| font::width(text, size, Weight::Regular))
                .fold(0.0, f64::max)
        };
        let left = MARGIN + widest(&mut texts.iter().map(String::as_str), TICK) + 10.0;
        let value = font::width("0.000", LABEL, Weight::SemiBold);
        let names = widest(&mut series.iter().map(|series| series.name), LABEL);
        let right = SIZE.0 - MARGIN - names - value - SWATCH - 36.0;
        let (top, bottom) = (BELOW_HEADER + 16.0, SIZE.1 - MARGIN - 34.0);
        let last = series.iter().flat_map(|series| &series.points);
        let last = last.map(|point| point.0).fold(0.0, f64::max);
        let plot = Self {
            across: Scale {
                numbers: (0.0, if last > 0.0 { last } else { 1.0 }),
                pixels: (left, right),
            },
            up: Scale {
                numbers: up,
                pixels: (bottom, top),
            },
            right,
        };
        for (tick, text) in ticks.numbers.iter().zip(&texts) {
            let y = plot.up.at(*tick);
            let colour = sheet.palette.grid;
            sheet.picture.line((left, y), (right, y), 1.0, colour);
            let style = sheet.tick(Anchor::End);
            sheet
                .picture
                .text(text, (left - 10.0, centred(y, TICK)), style);
        }
        plot.epochs(sheet, bottom);
        let style = sheet.tick(Anchor::Middle);
        let below = ((left + right) / 2.0, SIZE.1 - MARGIN);
        sheet.picture.text(phrases.epoch, below, style);
        plot
    }

    /// The axis at the bottom.
    fn epochs(&self, sheet: &mut Sheet, bottom: f64) {
        let (axis, (first, last)) = (sheet.palette.axis, self.across.numbers);
        let (left, right) = self.across.pixels;
        sheet
            .picture
            .line((left, bottom), (right, bottom), 1.0, axis);
        let least = if last >= 2.0 { 1.0 } else { 0.0 };
        let ticks = Ticks::new(first, last, 9, least);
        for &tick in &ticks.numbers {
            let x = self.across.at(tick);
            sheet
                .picture
                .line((x, bottom), (x, bottom + 4.0), 1.0, axis);
            let text = numbers::decimal(Some(tick), ticks.places, sheet.language);
            let style = sheet.tick(Anchor::Middle);
            sheet.picture.text(&text, (x, bottom + 17.0), style);
        }
    }

    /// Marks the best epoch by an upright line with words at its top.
    pub(super) fn best(&self, sheet: &mut Sheet, epoch: f64) {
        let phrases = sheet.language.phrases();
        let x = self.across.at(epoch);
        let (bottom, top) = self.up.pixels;
        let colour = sheet.palette.quiet;
        sheet
            .picture
            .dashes((x, top - 16.0), (x, bottom), 1.0, colour);
        let text = format!(
            "{}, {} {}",
            phrases.best_model,
            phrases.epoch,
            epoch_text(sheet, epoch)
        );
        let width = font::width(&text, TICK, Weight::Regular);
        let (anchor, x) = if x + 8.0 + width <= self.right {
            (Anchor::Start, x + 8.0)
        } else {
            (Anchor::End, x - 8.0)
        };
        let style = sheet.tick(anchor);
        sheet.picture.text(&text, (x, top - 6.0), style);
    }

    /// Draws a line with its markers; those at least a few pixels from the one before.
    pub(super) fn series(&self, sheet: &mut Sheet, series: &Series) {
        let place = |point: &Point| (self.across.at(point.0), self.up.at(point.1));
        let places: Vec<Point> = series.points.iter().map(place).collect();
        sheet
            .picture
            .path(thin(&places), series.width, series.colour);
        if places.len() == 1 && series.marker == Marker::None {
            sheet.picture.circle(places[0], series.width, series.colour);
        }
        let mut before = f64::NEG_INFINITY;
        for &place in &places {
            if series.marker == Marker::None || place.0 - before < 18.0 {
                continue;
            }
            before = place.0;
            let background = sheet.palette.background;
            match series.marker {
                Marker::None => {}
                Marker::Circle => {
                    sheet.picture.circle(place, 5.5, background);
                    sheet.picture.circle(place, 4.0, series.colour);
                }
                Marker::Diamond => {
                    sheet.picture.diamond(place, 7.0, background);
                    sheet.picture.diamond(place, 5.0, series.colour);
                }
            }
        }
    }

    /// Writes each series' name and last number beside its end, and keeps them apart.
    pub(super) fn names(&self, sheet: &mut Sheet, series: &[Series]) {
        const LINE: f64 = 17.0;
        let mut ends: Vec<(f64, &Series, f64)> = series
            .iter()
            .filter_map(|series| {
                let &(_, number) = series.points.last()?;
                Some((self.up.at(number), series, number))
            })
            .collect();
        ends.sort_by(|one, other| one.0.total_cmp(&other.0));
        let (bottom, top) = self.up.pixels;
        let mut free = top;
        for end in &mut ends {
            end.0 = end.0.max(free);
            free = end.0 + LINE;
        }
        let mut most = bottom;
        for end in ends.iter_mut().rev() {
            end.0 = end.0.min(most);
            most = end.0 - LINE;
        }
        let edge = f64::from(sheet.picture.width) - MARGIN;
        for (y, series, number) in ends {
            let left = self.right + 20.0;
            let swatch = match series.marker {
                Marker::None => Swatch::Line,
                Marker::Circle => Swatch::Dot,
                Marker::Diamond => Swatch::Diamond,
            };
            sheet.swatch(swatch, series.colour, (left, y), SWATCH);
            let left = left + SWATCH + 6.0;
            let y = centred(y, LABEL);
            let (name, value) = (sheet.label(Anchor::Start), sheet.heading(Anchor::End));
            sheet.picture.text(series.name, (left, y), name);
            let text = numbers::decimal(Some(number), 2, sheet.language);
            sheet.picture.text(&text, (edge, y), value);
        }
    }
}
