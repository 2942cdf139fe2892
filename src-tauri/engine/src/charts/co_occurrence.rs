//! How many articles have each pair of labels, as a matrix with counts.

use super::chart_table::{Cell, ChartTable};
use super::font::{self, Weight};
use super::label_counts::by_frequency;
use super::palette::text_on;
use super::picture::{Anchor, Direction, Picture, TextStyle};
use super::sheet::{BELOW_HEADER, LABEL, MARGIN, Sheet, TICK, centred};
use super::{Chart, ChartStyle, Language, numbers};
use crate::dataset::DatasetProfile;

/// More labels than this make no picture: the most frequent are drawn, and the table has all.
const MOST_LABELS: usize = 60;
const MOST_NAME: f64 = 190.0;
/// The most that a name above a column takes.
const MOST_NAME_ABOVE: f64 = 140.0;
/// Between two cells.
const GAP: f64 = 2.0;

/// Where cells and names are.
struct Matrix {
    /// Width and height of a cell.
    cell: (f64, f64),
    left: f64,
    top: f64,
    /// Whether the columns' names run across.
    names_across: bool,
}

pub(super) fn draw(profile: &DatasetProfile, style: ChartStyle) -> Picture {
    let (language, phrases) = (style.language, style.language.phrases());
    let title = Chart::CoOccurrence.title(language);
    let mut subtitle: String = phrases.co_occurrence_subtitle.into();
    if profile.labels.is_empty() {
        return Sheet::nothing(style, title, &subtitle, phrases.no_labels);
    }
    let mut labels = by_frequency(profile);
    if labels.len() > MOST_LABELS {
        let all = language.counted(labels.len(), phrases.labels);
        subtitle = format!("{subtitle} ({MOST_LABELS} {} {all})", phrases.most_frequent);
        labels.truncate(MOST_LABELS);
    }
    let matrix = Matrix::new(profile, &labels, language);
    let extent = labels.len() as f64;
    let size = (
        matrix.left + extent * (matrix.cell.0 + GAP) - GAP + MARGIN,
        matrix.top + extent * (matrix.cell.1 + GAP) - GAP + MARGIN,
    );
    let mut sheet = Sheet::new(style, size, title, &subtitle);
    matrix.names(&mut sheet, profile, &labels);
    let pairs = labels.iter().flat_map(|&row| {
        let others = labels.iter().filter(move |&&column| column != row);
        others.map(move |&column| profile.together[row][column])
    });
    let most = pairs.max().unwrap_or(0);
    for (row, &first) in labels.iter().enumerate() {
        for (column, &second) in labels.iter().enumerate() {
            let articles = profile.together[first][second];
            matrix.cell(&mut sheet, (row, column), articles, most);
        }
    }
    sheet.picture
}

impl Matrix {
    fn new(profile: &DatasetProfile, labels: &[usize], language: Language) -> Self {
        let width = |text: &str| font::width(text, LABEL, Weight::Regular);
        let names = labels.iter().map(|&label| width(&profile.labels[label]));
        let names = names.fold(0.0, f64::max).min(MOST_NAME);
        let most = labels
            .iter()
            .map(|&label| profile.label_counts[label])
            .max();
        let counts = width(&numbers::count(most.unwrap_or(0), language)) + 10.0;
        let (across, down): (f64, f64) = match labels.len() {
            ..=6 => (92.0, 52.0),
            7..=12 => (56.0, 40.0),
            13..=20 => (40.0, 32.0),
            _ => (28.0, 26.0),
        };
        let cell = (across.max(counts), down);
        let names_across = names <= cell.0 - 6.0;
        let above = if names_across {
            LABEL
        } else {
            names.min(MOST_NAME_ABOVE)
        };
        Self {
            cell,
            left: MARGIN + names + 12.0,
            top: BELOW_HEADER + above + 10.0,
            names_across,
        }
    }

    fn names(&self, sheet: &mut Sheet, profile: &DatasetProfile, labels: &[usize]) {
        let name_of = |label: usize| profile.labels[label].as_str();
        for (index, &label) in labels.iter().enumerate() {
            let name = font::fit(name_of(label), LABEL, Weight::Regular, MOST_NAME);
            let beside = sheet.label(Anchor::End);
            let middle = self.top + index as f64 * (self.cell.1 + GAP) + self.cell.1 / 2.0;
            let place = (self.left - 10.0, centred(middle, LABEL));
            sheet.picture.text(&name, place, beside);
            let middle = self.left + index as f64 * (self.cell.0 + GAP) + self.cell.0 / 2.0;
            if self.names_across {
                let above = sheet.label(Anchor::Middle);
                sheet.picture.text(&name, (middle, self.top - 10.0), above);
            } else {
                let upright = TextStyle {
                    direction: Direction::Up,
                    ..sheet.label(Anchor::Start)
                };
                let name = font::fit(name_of(label), LABEL, Weight::Regular, MOST_NAME_ABOVE);
                let place = (centred(middle, LABEL), self.top - 8.0);
                sheet.picture.text(&name, place, upright);
            }
        }
    }

    /// Draws a cell in a tint by its share of `most`; framed and untinted on the diagonal, whose
    /// counts would outshine all pairs.
    fn cell(&self, sheet: &mut Sheet, place: (usize, usize), articles: usize, most: usize) {
        let (row, column) = place;
        let corner = (
            self.left + column as f64 * (self.cell.0 + GAP),
            self.top + row as f64 * (self.cell.1 + GAP),
        );
        let palette = sheet.palette;
        let fill = match articles {
            _ if row == column => palette.background,
            0 => palette.tint(palette.grid, 0.5),
            _ => palette.tint(palette.first, 0.1 + 0.55 * articles as f64 / most as f64),
        };
        sheet.picture.rectangle(corner, self.cell, fill);
        let mut style = sheet.label(Anchor::Middle);
        if row == column {
            sheet.picture.frame(corner, self.cell, 1.0, palette.axis);
            style.weight = Weight::SemiBold;
        } else if articles == 0 {
            style.colour = palette.quiet;
        } else {
            style.colour = text_on(fill);
        }
        if self.cell.1 < 30.0 {
            style.size = TICK;
        }
        let middle = (
            corner.0 + self.cell.0 / 2.0,
            centred(corner.1 + self.cell.1 / 2.0, style.size),
        );
        let text = numbers::count(articles, sheet.language);
        sheet.picture.text(&text, middle, style);
    }
}

/// One row and one column a label, from the most frequent to the rarest.
pub(super) fn table(profile: &DatasetProfile, language: Language) -> ChartTable {
    let labels = by_frequency(profile);
    let names = labels.iter().map(|&label| profile.labels[label].as_str());
    let headers: Vec<&str> = std::iter::once(language.phrases().label)
        .chain(names)
        .collect();
    let rows = labels.iter().map(|&row| {
        let name = Cell::from(profile.labels[row].as_str());
        let counts = labels
            .iter()
            .map(|&column| profile.together[row][column].into());
        std::iter::once(name).chain(counts).collect()
    });
    ChartTable::new(&headers, rows.collect())
}
