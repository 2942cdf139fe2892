//! The four cells of each label's confusion matrix, one panel a label.

use super::chart_table::{Cell, ChartTable};
use super::font::{self, Weight};
use super::palette::text_on;
use super::panels::{self, Panels};
use super::picture::{Anchor, Direction, Picture, Point, TextStyle};
use super::sheet::{BELOW_HEADER, MARGIN, Sheet, TICK, beyond_first_line};
use super::{Chart, ChartStyle, Language, evaluated, numbers};
use crate::evaluation::{Confusion, Evaluation};

/// Room left of each row of panels for what the cells' rows are.
const SIDE: f64 = 20.0;
/// Height of a panel above its cells: the label's name, and what the cells' columns are.
const HEAD: f64 = 40.0;
const CELL: f64 = 56.0;
/// Between two cells.
const GAP: f64 = 2.0;

pub(super) fn draw(evaluation: &Evaluation, style: ChartStyle) -> Picture {
    let (language, phrases) = (style.language, style.language.phrases());
    let title = Chart::Confusion.title(language);
    let subtitle = evaluated::subtitle(evaluation, language);
    if evaluation.labels.is_empty() {
        return Sheet::nothing(style, title, &subtitle, phrases.no_labels);
    }
    let origin = (MARGIN + SIDE, BELOW_HEADER);
    let count = evaluation.labels.len();
    let width = match panels::columns(count) {
        1 | 2 => 280.0,
        3 => 236.0,
        _ => 216.0,
    };
    let names = evaluation.labels.iter().map(String::as_str);
    let head = HEAD + beyond_first_line(names, width);
    let size = (width, head + 2.0 * CELL + GAP);
    let panels = Panels::new(count, origin, (22.0, 26.0), size);
    let mut sheet = Sheet::new(style, panels.sheet(), title, &subtitle);
    for (index, label) in evaluation.metrics.per_label.iter().enumerate() {
        let (left, top) = panels.corner(index);
        let corner = (left, top + head);
        panel(
            &mut sheet,
            corner,
            width,
            &evaluation.labels[index],
            label.confusion,
        );
        if panels.is_first_in_row(index) {
            let mut words = sheet.tick(Anchor::Middle);
            words.direction = Direction::Up;
            for (row, text) in [phrases.with_label, phrases.without_label]
                .iter()
                .enumerate()
            {
                let middle = corner.1 + CELL / 2.0 + row as f64 * (CELL + GAP);
                sheet.picture.text(text, (corner.0 - 8.0, middle), words);
            }
        }
    }
    sheet.picture
}

/// Draws the cells with their top left corner at `corner`, and what stands above them.
fn panel(sheet: &mut Sheet, corner: Point, width: f64, name: &str, confusion: Confusion) {
    let phrases = sheet.language.phrases();
    sheet.name(name, (corner.0, corner.1 - HEAD + 12.0), width);
    let cell_width = (width - GAP) / 2.0;
    for (column, text) in [phrases.given, phrases.not_given].iter().enumerate() {
        let middle = corner.0 + cell_width / 2.0 + column as f64 * (cell_width + GAP);
        let style = sheet.tick(Anchor::Middle);
        sheet.picture.text(text, (middle, corner.1 - 7.0), style);
    }
    let having = confusion.true_positives + confusion.false_negatives;
    let lacking = confusion.false_positives + confusion.true_negatives;
    let (right, wrong) = (sheet.palette.first, sheet.palette.second);
    let cells = [
        (confusion.true_positives, having, right, phrases.found),
        (confusion.false_negatives, having, wrong, phrases.missed),
        (
            confusion.false_positives,
            lacking,
            wrong,
            phrases.false_alarms,
        ),
        (confusion.true_negatives, lacking, right, phrases.left_out),
    ];
    for (index, (count, whole, colour, words)) in cells.into_iter().enumerate() {
        let (row, column) = ((index / 2) as f64, (index % 2) as f64);
        let left = corner.0 + column * (cell_width + GAP);
        let top = corner.1 + row * (CELL + GAP);
        // Each row of cells is a whole; even an empty cell can be seen.
        let share = count as f64 / whole.max(1) as f64;
        let fill = sheet.palette.tint(colour, 0.08 + 0.42 * share);
        sheet
            .picture
            .rectangle((left, top), (cell_width, CELL), fill);
        let small = TextStyle {
            colour: text_on(fill),
            ..sheet.tick(Anchor::Middle)
        };
        let large = TextStyle {
            size: 18.0,
            weight: Weight::SemiBold,
            ..small
        };
        let middle = left + cell_width / 2.0;
        let number = numbers::count(count, sheet.language);
        sheet.picture.text(&number, (middle, top + 27.0), large);
        let words = font::fit(words, TICK, Weight::Regular, cell_width - 6.0);
        sheet.picture.text(&words, (middle, top + 44.0), small);
    }
}

/// One row a label.
pub(super) fn table(evaluation: &Evaluation, language: Language) -> ChartTable {
    let phrases = language.phrases();
    let labels = evaluation.labels.iter().zip(&evaluation.metrics.per_label);
    let rows = labels.map(|(name, label)| {
        vec![
            Cell::from(name.as_str()),
            label.confusion.true_positives.into(),
            label.confusion.false_negatives.into(),
            label.confusion.false_positives.into(),
            label.confusion.true_negatives.into(),
        ]
    });
    ChartTable::new(
        &[
            phrases.label,
            phrases.found,
            phrases.missed,
            phrases.false_alarms,
            phrases.left_out,
        ],
        rows.collect(),
    )
}
