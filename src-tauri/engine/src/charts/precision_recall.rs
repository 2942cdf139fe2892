//! Precision over recall of each label.

use super::chart_table::ChartTable;
use super::curve_panels::{self, Curve, Words};
use super::picture::{Picture, Point};
use super::{Chart, ChartStyle, Language, curves, evaluated};
use crate::evaluation::Evaluation;

fn words(language: Language) -> Words {
    let phrases = language.phrases();
    Words {
        chart: Chart::PrecisionRecall,
        across: phrases.recall,
        up: phrases.precision,
        area: phrases.average_precision,
        undefined: phrases.undefined_precision_recall,
    }
}

fn curve(evaluation: &Evaluation, label: usize) -> Curve<'_> {
    let ranking = evaluated::ranking(evaluation, label);
    let metrics = &evaluation.metrics.per_label[label];
    let points = curves::precision_recall(&ranking);
    let having = ranking.positives();
    let prevalence = having as f64 / evaluation.targets.rows().max(1) as f64;
    // Average precision is the area under steps: up to a point's recall its precision holds.
    let mut line: Vec<Point> = Vec::with_capacity(2 * points.len());
    for point in &points {
        if let Some(&(before, _)) = line.last() {
            line.push((before, point.up));
        }
        line.push((point.across, point.up));
    }
    Curve {
        label: &evaluation.labels[label],
        line,
        // Given at random, labels are right as often as they are there.
        chance: (having > 0).then_some([(0.0, prevalence), (1.0, prevalence)]),
        area: metrics.average_precision,
        operating: metrics.rates.recall.zip(metrics.rates.precision),
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
