//! Training and validation loss over epochs.

use super::axis::round_up;
use super::chart_table::{Cell, ChartTable};
use super::epochs::{self, Marker, Plot, Series};
use super::picture::Picture;
use super::sheet::Sheet;
use super::{Chart, ChartStyle, Language};
use crate::training::events::TrainingHistory;

pub(super) fn draw(history: &TrainingHistory, style: ChartStyle) -> Picture {
    let phrases = style.language.phrases();
    let (title, subtitle) = (
        Chart::TrainingLoss.title(style.language),
        phrases.training_loss_subtitle,
    );
    let training = epochs::finite(history.losses.iter().map(|point| (point.epoch, point.loss)));
    let validation = history.validations.iter();
    let validation = epochs::finite(validation.map(|point| (point.epoch, point.loss)));
    if training.is_empty() && validation.is_empty() {
        return Sheet::nothing(style, title, subtitle, phrases.no_training);
    }
    let mut sheet = Sheet::new(style, epochs::SIZE, title, subtitle);
    let highest = training.iter().chain(&validation);
    let highest = highest.map(|point| point.1).fold(0.0, f64::max);
    let series = [
        Series {
            name: phrases.training,
            points: training,
            colour: sheet.palette.second,
            marker: Marker::None,
            width: 1.5,
        },
        Series {
            name: phrases.in_validation,
            points: validation,
            colour: sheet.palette.first,
            marker: Marker::Circle,
            width: 2.0,
        },
    ];
    let plot = Plot::new(&mut sheet, &series, (0.0, round_up(highest, 6, 0.0)));
    if let Some(epoch) = epochs::best(history) {
        plot.best(&mut sheet, epoch);
    }
    for one in &series {
        plot.series(&mut sheet, one);
    }
    plot.names(&mut sheet, &series);
    sheet.picture
}

/// One row an epoch that a loss is known of.
pub(super) fn table(history: &TrainingHistory, language: Language) -> ChartTable {
    let phrases = language.phrases();
    let losses = history
        .losses
        .iter()
        .map(|point| (point.epoch, Some(point.loss), None));
    let validations = history.validations.iter();
    let validations = validations.map(|point| (point.epoch, None, Some(point.loss)));
    let mut found: Vec<(f64, Option<f64>, Option<f64>)> = losses.chain(validations).collect();
    found.sort_by(|one, other| one.0.total_cmp(&other.0));
    let rows = found.chunk_by(|one, next| one.0 == next.0).map(|same| {
        let training = same.iter().find_map(|row| row.1);
        let validation = same.iter().find_map(|row| row.2);
        vec![Cell::from(same[0].0), training.into(), validation.into()]
    });
    ChartTable::new(
        &[
            phrases.epoch,
            phrases.training_loss,
            phrases.validation_loss,
        ],
        rows.collect(),
    )
}
