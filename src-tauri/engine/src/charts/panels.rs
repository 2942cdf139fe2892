//! Small multiples: one panel a label, in rows and columns that adapt to how many there are.

use super::picture::Point;
use super::sheet::MARGIN;

/// A grid of equal panels.
#[derive(Debug, Clone, Copy)]
pub(super) struct Panels {
    count: usize,
    columns: usize,
    size: (f64, f64),
    gap: (f64, f64),
    origin: Point,
}

impl Panels {
    /// `count` panels of `size`, the first with its top left corner at `origin`.
    pub(super) fn new(count: usize, origin: Point, gap: (f64, f64), size: (f64, f64)) -> Self {
        Self {
            count,
            columns: columns(count),
            size,
            gap,
            origin,
        }
    }

    /// The whole sheet, with the margins right and below.
    pub(super) fn sheet(&self) -> (f64, f64) {
        let rows = self.count.div_ceil(self.columns).max(1);
        let extent = |count: usize, size: f64, gap: f64| count as f64 * (size + gap) - gap;
        (
            self.origin.0 + extent(self.columns, self.size.0, self.gap.0) + MARGIN,
            self.origin.1 + extent(rows, self.size.1, self.gap.1) + MARGIN,
        )
    }

    /// Top left corner of a panel.
    pub(super) fn corner(&self, index: usize) -> Point {
        let (row, column) = (index / self.columns, index % self.columns);
        (
            self.origin.0 + column as f64 * (self.size.0 + self.gap.0),
            self.origin.1 + row as f64 * (self.size.1 + self.gap.1),
        )
    }

    /// Whether nothing is left of the panel.
    pub(super) fn is_first_in_row(&self, index: usize) -> bool {
        index.is_multiple_of(self.columns)
    }

    /// Whether nothing is below the panel.
    pub(super) fn is_last_in_column(&self, index: usize) -> bool {
        index + self.columns >= self.count
    }
}

/// How many panels stand in a row: few labels get large panels, and a sheet is rather wide than
/// high, as screens are.
pub(super) fn columns(count: usize) -> usize {
    match count {
        0 | 1 => 1,
        2 => 2,
        3 | 5 | 6 | 9 => 3,
        _ => 4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panels_lie_within_their_sheet_and_apart() {
        for count in [1, 2, 3, 4, 5, 7, 30, 40] {
            let panels = Panels::new(count, (50.0, 80.0), (20.0, 30.0), (200.0, 150.0));
            let (width, height) = panels.sheet();
            for index in 0..count {
                let (left, top) = panels.corner(index);
                assert!(left + 200.0 + MARGIN <= width && top + 150.0 + MARGIN <= height);
                let others = (0..index).map(|other| panels.corner(other));
                assert!(others.into_iter().all(|other| other != (left, top)));
            }
            assert!(panels.is_first_in_row(0) && panels.is_last_in_column(count - 1));
        }
    }
}
