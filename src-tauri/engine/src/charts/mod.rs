//! Charts, drawn on demand from stored numbers as SVG text or PNG bytes, and the same numbers as
//! tables. Nothing is computed anew but the points of curves; the same numbers give the same
//! bytes, on a machine without fonts too.
//!
//! A chart lays marks on a sheet in logical pixels; plotters turns them into either kind of
//! picture. Its ready-made charts are not used: they place everything at whole pixels.

mod axis;
mod chart_table;
mod co_occurrence;
mod confusion;
mod curve_panels;
mod curves;
mod epochs;
mod error;
mod evaluated;
mod font;
mod label_counts;
mod label_f1;
mod numbers;
mod palette;
mod panels;
mod phrases;
mod picture;
mod precision_recall;
mod rendering;
mod roc;
mod sheet;
#[cfg(test)]
mod tests;
mod thinning;
mod token_lengths;
mod training_f1;
mod training_loss;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::dataset::{DatasetProfile, LengthHistogram};
use crate::evaluation::Evaluation;
use crate::training::events::TrainingHistory;
pub use chart_table::{Cell, ChartTable};
pub use error::ChartError;
use picture::Picture;

/// The charts there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Chart {
    /// Training and validation loss over epochs.
    TrainingLoss,
    /// Micro and macro F1 on the validation rows over epochs.
    TrainingF1,
    /// F1 of each label with its interval, and the baseline's.
    LabelF1,
    /// The four cells of each label's confusion matrix.
    Confusion,
    /// Precision over recall of each label.
    PrecisionRecall,
    /// True over false positive rate of each label.
    Roc,
    /// How many articles have each label.
    LabelCounts,
    /// How many articles have each pair of labels.
    CoOccurrence,
    /// How long the texts are, and where they are cut.
    TokenLengths,
}

impl Chart {
    /// All charts, in the order of a report.
    pub const ALL: [Self; 9] = [
        Self::LabelCounts,
        Self::CoOccurrence,
        Self::TokenLengths,
        Self::TrainingLoss,
        Self::TrainingF1,
        Self::LabelF1,
        Self::Confusion,
        Self::PrecisionRecall,
        Self::Roc,
    ];

    /// The stem of its files: lower-case English words with hyphens.
    pub fn name(self) -> &'static str {
        match self {
            Self::TrainingLoss => "training-loss",
            Self::TrainingF1 => "training-f1",
            Self::LabelF1 => "label-f1",
            Self::Confusion => "confusion",
            Self::PrecisionRecall => "precision-recall",
            Self::Roc => "roc",
            Self::LabelCounts => "label-counts",
            Self::CoOccurrence => "co-occurrence",
            Self::TokenLengths => "token-lengths",
        }
    }

    /// Its title, as it stands in the picture.
    pub fn title(self, language: Language) -> &'static str {
        let phrases = language.phrases();
        match self {
            Self::TrainingLoss => phrases.training_loss_title,
            Self::TrainingF1 => phrases.training_f1_title,
            Self::LabelF1 => phrases.label_f1_title,
            Self::Confusion => phrases.confusion_title,
            Self::PrecisionRecall => phrases.precision_recall_title,
            Self::Roc => phrases.roc_title,
            Self::LabelCounts => phrases.label_counts_title,
            Self::CoOccurrence => phrases.co_occurrence_title,
            Self::TokenLengths => phrases.token_lengths_title,
        }
    }
}

/// A chart with the stored numbers that it shows.
#[derive(Debug, Clone, Copy)]
pub enum ChartData<'a> {
    /// For [`Chart::TrainingLoss`].
    TrainingLoss(&'a TrainingHistory),
    /// For [`Chart::TrainingF1`].
    TrainingF1(&'a TrainingHistory),
    /// For [`Chart::LabelF1`].
    LabelF1(&'a Evaluation),
    /// For [`Chart::Confusion`].
    Confusion(&'a Evaluation),
    /// For [`Chart::PrecisionRecall`].
    PrecisionRecall(&'a Evaluation),
    /// For [`Chart::Roc`].
    Roc(&'a Evaluation),
    /// For [`Chart::LabelCounts`].
    LabelCounts(&'a DatasetProfile),
    /// For [`Chart::CoOccurrence`].
    CoOccurrence(&'a DatasetProfile),
    /// For [`Chart::TokenLengths`].
    TokenLengths(&'a LengthHistogram),
}

impl ChartData<'_> {
    /// The chart that shows these numbers.
    pub fn chart(&self) -> Chart {
        match self {
            Self::TrainingLoss(_) => Chart::TrainingLoss,
            Self::TrainingF1(_) => Chart::TrainingF1,
            Self::LabelF1(_) => Chart::LabelF1,
            Self::Confusion(_) => Chart::Confusion,
            Self::PrecisionRecall(_) => Chart::PrecisionRecall,
            Self::Roc(_) => Chart::Roc,
            Self::LabelCounts(_) => Chart::LabelCounts,
            Self::CoOccurrence(_) => Chart::CoOccurrence,
            Self::TokenLengths(_) => Chart::TokenLengths,
        }
    }
}

/// What the picture is drawn on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum Theme {
    /// Dark on white.
    #[default]
    Light,
    /// Light on nearly black.
    Dark,
}

/// The language of the words and numbers in a chart.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
pub enum Language {
    /// English.
    #[default]
    #[serde(rename = "en")]
    English,
    /// Spanish.
    #[serde(rename = "es")]
    Spanish,
}

/// How charts look.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ChartStyle {
    /// Colours.
    pub theme: Theme,
    /// Words and numbers.
    pub language: Language,
}

/// Draws a chart as SVG: one element with its size, of text that stays text.
///
/// # Errors
/// When stored numbers do not belong together, or plotters fails.
pub fn draw_svg(data: &ChartData<'_>, style: ChartStyle) -> Result<String, ChartError> {
    rendering::svg(&picture(data, style)?, data.chart().name())
}

/// Draws a chart as PNG, `scale` pixels (1 to 8) to each of the SVG's.
///
/// # Errors
/// As [`draw_svg`], and when the scale or the picture is too large.
pub fn draw_png(
    data: &ChartData<'_>,
    style: ChartStyle,
    scale: u32,
) -> Result<Vec<u8>, ChartError> {
    rendering::png(&picture(data, style)?, data.chart().name(), scale)
}

/// The numbers that a chart shows, in the order that it shows them. Curves have all their
/// points, also those that a picture cannot show.
///
/// # Errors
/// When stored numbers do not belong together.
pub fn table(data: &ChartData<'_>, language: Language) -> Result<ChartTable, ChartError> {
    let name = data.chart().name();
    Ok(match data {
        ChartData::TrainingLoss(history) => training_loss::table(history, language),
        ChartData::TrainingF1(history) => training_f1::table(history, language),
        ChartData::LabelF1(evaluation) => {
            evaluated::check(evaluation, name)?;
            label_f1::table(evaluation, language)
        }
        ChartData::Confusion(evaluation) => {
            evaluated::check(evaluation, name)?;
            confusion::table(evaluation, language)
        }
        ChartData::PrecisionRecall(evaluation) => {
            evaluated::check(evaluation, name)?;
            precision_recall::table(evaluation, language)
        }
        ChartData::Roc(evaluation) => {
            evaluated::check(evaluation, name)?;
            roc::table(evaluation, language)
        }
        ChartData::LabelCounts(profile) => {
            label_counts::check(profile, name)?;
            label_counts::table(profile, language)
        }
        ChartData::CoOccurrence(profile) => {
            label_counts::check(profile, name)?;
            co_occurrence::table(profile, language)
        }
        ChartData::TokenLengths(lengths) => token_lengths::table(lengths, language),
    })
}

fn picture(data: &ChartData<'_>, style: ChartStyle) -> Result<Picture, ChartError> {
    font::check()?;
    let name = data.chart().name();
    Ok(match data {
        ChartData::TrainingLoss(history) => training_loss::draw(history, style),
        ChartData::TrainingF1(history) => training_f1::draw(history, style),
        ChartData::LabelF1(evaluation) => {
            evaluated::check(evaluation, name)?;
            label_f1::draw(evaluation, style)
        }
        ChartData::Confusion(evaluation) => {
            evaluated::check(evaluation, name)?;
            confusion::draw(evaluation, style)
        }
        ChartData::PrecisionRecall(evaluation) => {
            evaluated::check(evaluation, name)?;
            precision_recall::draw(evaluation, style)
        }
        ChartData::Roc(evaluation) => {
            evaluated::check(evaluation, name)?;
            roc::draw(evaluation, style)
        }
        ChartData::LabelCounts(profile) => {
            label_counts::check(profile, name)?;
            label_counts::draw(profile, style)
        }
        ChartData::CoOccurrence(profile) => {
            label_counts::check(profile, name)?;
            co_occurrence::draw(profile, style)
        }
        ChartData::TokenLengths(lengths) => token_lengths::draw(lengths, style),
    })
}
