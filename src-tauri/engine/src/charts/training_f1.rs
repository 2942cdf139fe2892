//! Micro and macro F1 on the validation rows over epochs.

use super::chart_table::{Cell, ChartTable};
use super::epochs::{self, Marker, Plot, Series};
use super::picture::Picture;
use super::sheet::Sheet;
use super::{Chart, ChartStyle, Language};
use crate::training::events::TrainingHistory;

/// The shortest range of F1 that is drawn, so that small differences look small.
const LEAST_RANGE: f64 = 0.2;

pub(super) fn draw(history: &TrainingHistory, style: ChartStyle) -> Picture {
    let phrases = style.language.phrases();
    let (title, subtitle) = (
        Chart::TrainingF1.title(style.language),
        phrases.training_f1_subtitle,
    );
    let found = || history.validations.iter();
    let macro_f1 = epochs::finite(found().map(|point| (point.epoch, point.macro_f1)));
    let micro_f1 = epochs::finite(found().map(|point| (point.epoch, point.micro_f1)));
    if macro_f1.is_empty() && micro_f1.is_empty() {
        return Sheet::nothing(style, title, subtitle, phrases.no_evaluation);
    }
    let mut sheet = Sheet::new(style, epochs::SIZE, title, subtitle);
    let lowest = macro_f1.iter().chain(&micro_f1);
    let lowest = lowest.map(|point| point.1).fold(1.0, f64::min);
    let series = [
        Series {
            name: phrases.micro_f1,
            points: micro_f1,
            colour: sheet.palette.second,
            marker: Marker::Diamond,
            width: 2.0,
        },
        Series {
            name: phrases.macro_f1,
            points: macro_f1,
            colour: sheet.palette.first,
            marker: Marker::Circle,
            width: 2.0,
        },
    ];
    // F1 ends at 1; it begins at the tenth below the lowest.
    let from = ((lowest * 10.0 - 0.2).floor() / 10.0).clamp(0.0, 1.0 - LEAST_RANGE);
    let plot = Plot::new(&mut sheet, &series, (from, 1.0));
    if let Some(epoch) = epochs::best(history) {
        plot.best(&mut sheet, epoch);
    }
    for one in &series {
        plot.series(&mut sheet, one);
    }
    plot.names(&mut sheet, &series);
    sheet.picture
}

/// One row an evaluation.
pub(super) fn table(history: &TrainingHistory, language: Language) -> ChartTable {
    let phrases = language.phrases();
    let rows = history.validations.iter().map(|point| {
        let best = epochs::best(history) == Some(point.epoch);
        vec![
            Cell::from(point.epoch),
            point.macro_f1.into(),
            point.micro_f1.into(),
            if best { phrases.yes } else { phrases.no }.into(),
        ]
    });
    ChartTable::new(
        &[
            phrases.epoch,
            phrases.macro_f1,
            phrases.micro_f1,
            phrases.best,
        ],
        rows.collect(),
    )
}
