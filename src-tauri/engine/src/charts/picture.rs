//! A picture before it is SVG or PNG: marks on a sheet, in logical pixels of 1/96 inch, with the
//! origin at the top left.

use super::font::Weight;
use super::palette::Colour;

/// A place on the sheet: from the left, from the top.
pub(super) type Point = (f64, f64);

/// Which part of a text stands at its point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// Where text runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    /// From left to right.
    Across,
    /// From bottom to top.
    Up,
}

/// How text looks.
#[derive(Debug, Clone, Copy)]
pub(super) struct TextStyle {
    /// Pixels an em.
    pub(super) size: f64,
    pub(super) weight: Weight,
    pub(super) colour: Colour,
    pub(super) anchor: Anchor,
    pub(super) direction: Direction,
}

/// One thing on the sheet. Each comes out as one element of the SVG.
#[derive(Debug, Clone)]
pub(super) enum Mark {
    /// Filled.
    Rectangle {
        corner: Point,
        size: (f64, f64),
        colour: Colour,
    },
    /// A line through points.
    Path {
        points: Vec<Point>,
        width: f64,
        colour: Colour,
    },
    /// Filled.
    Polygon { points: Vec<Point>, colour: Colour },
    /// Filled.
    Circle {
        centre: Point,
        radius: f64,
        colour: Colour,
    },
    /// `at` is on the baseline.
    Text {
        text: String,
        at: Point,
        style: TextStyle,
    },
}

/// Marks, drawn in their order.
#[derive(Debug, Clone)]
pub(super) struct Picture {
    /// Logical pixels.
    pub(super) width: u32,
    /// Logical pixels.
    pub(super) height: u32,
    pub(super) background: Colour,
    /// What a screen reader says instead of the picture.
    pub(super) description: String,
    pub(super) marks: Vec<Mark>,
}

impl Picture {
    pub(super) fn rectangle(&mut self, corner: Point, size: (f64, f64), colour: Colour) {
        self.marks.push(Mark::Rectangle {
            corner,
            size,
            colour,
        });
    }

    /// A line through `points`; nothing where there are fewer than two.
    pub(super) fn path(&mut self, points: Vec<Point>, width: f64, colour: Colour) {
        if points.len() > 1 {
            self.marks.push(Mark::Path {
                points,
                width,
                colour,
            });
        }
    }

    pub(super) fn line(&mut self, from: Point, to: Point, width: f64, colour: Colour) {
        self.path(vec![from, to], width, colour);
    }

    /// A straight line of dashes. Each is a mark of its own.
    pub(super) fn dashes(&mut self, from: Point, to: Point, width: f64, colour: Colour) {
        const DASH: f64 = 4.0;
        const GAP: f64 = 3.0;
        let (across, down) = (to.0 - from.0, to.1 - from.1);
        let length = across.hypot(down);
        let at = |distance: f64| {
            let share = distance / length;
            (from.0 + across * share, from.1 + down * share)
        };
        let mut start = 0.0;
        while start < length {
            let end = (start + DASH).min(length);
            self.line(at(start), at(end), width, colour);
            start += DASH + GAP;
        }
    }

    /// A rectangle of lines inside the edge.
    pub(super) fn frame(&mut self, corner: Point, size: (f64, f64), width: f64, colour: Colour) {
        let inset = width / 2.0;
        let (left, top) = (corner.0 + inset, corner.1 + inset);
        let (right, bottom) = (corner.0 + size.0 - inset, corner.1 + size.1 - inset);
        let corners = [
            (left, top),
            (right, top),
            (right, bottom),
            (left, bottom),
            (left, top),
        ];
        self.path(corners.into(), width, colour);
    }

    pub(super) fn circle(&mut self, centre: Point, radius: f64, colour: Colour) {
        self.marks.push(Mark::Circle {
            centre,
            radius,
            colour,
        });
    }

    /// A square standing on its corner, as wide as a circle of `radius`.
    pub(super) fn diamond(&mut self, centre: Point, radius: f64, colour: Colour) {
        let (x, y) = centre;
        let points = vec![
            (x, y - radius),
            (x + radius, y),
            (x, y + radius),
            (x - radius, y),
        ];
        self.marks.push(Mark::Polygon { points, colour });
    }

    /// Text with its baseline at `at`. Nothing where it is blank.
    pub(super) fn text(&mut self, text: &str, at: Point, style: TextStyle) {
        // XML has no control characters, not even escaped, and a label may hold any.
        let allowed = |letter: char| match letter {
            letter if letter.is_control() => ' ',
            '\u{fffe}' | '\u{ffff}' => '\u{fffd}',
            letter => letter,
        };
        let text: String = text.chars().map(allowed).collect();
        if !text.trim().is_empty() {
            self.marks.push(Mark::Text { text, at, style });
        }
    }
}
