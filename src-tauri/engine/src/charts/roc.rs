//! True over false positive rate of each label.

use super::chart_table::ChartTable;
use super::curve_panels::{self, Curve, Words};
use super::picture::Picture;
use super::{Chart, ChartStyle, Language, curves, evaluated};
use crate::evaluation::Evaluation;

fn words(language: Language) -> Words {
    let phrases = language.phrases();
    Words {
        chart: Chart::Roc,
        across: phrases.false_positive_rate,
        up: phrases.true_positive_rate,
        area: phrases.roc_area,
        undefined: phrases.undefined_roc,
    }
}

fn curve(evaluation: &Evaluation, label: usize) -> Curve<'_> {
    let metrics = &evaluation.metrics.per_label[label];
    let points = curves::roc(&evaluated::ranking(evaluation, label));
    let confusion = metrics.confusion;
    let rate = |part: usize, other: usize| {
        let whole = part + other;
        (whole > 0).then(|| part as f64 / whole as f64)
    };
    let false_positive = rate(confusion.false_positives, confusion.true_negatives);
    let true_positive = rate(confusion.true_positives, confusion.false_negatives);
    Curve {
        label: &evaluation.labels[label],
        line: points
            .iter()
            .map(|point| (point.across, point.up))
            .collect(),
        chance: (!points.is_empty()).then_some([(0.0, 0.0), (1.0, 1.0)]),
        area: metrics.roc_auc,
        operating: false_positive.zip(true_positive),
        threshold: evaluation.thresholds[label],
        points,
    }
}

fn all(evaluation: &Evaluation) -> Vec<Curve<'_>> {
    let labels = 0..evaluation.labels.len();
    labels.map(|label| curve(evaluation, label)).collect()
}

pub(super) fn draw(evaluation: &Evaluation, style: ChartStyle) -> Picture {
    let words = words(style.language);
    curve_panels::draw(evaluation, &all(evaluation), &words, style)
}

pub(super) fn table(evaluation: &Evaluation, language: Language) -> ChartTable {
    curve_panels::table(&all(evaluation), &words(language), language)
}
