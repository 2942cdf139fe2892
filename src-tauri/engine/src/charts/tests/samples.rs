//! Numbers to draw, made by hand.

use crate::dataset::{DatasetProfile, LengthHistogram};
use crate::evaluation::{
    Baseline, Confusion, EvaluatedPart, Evaluation, Interval, Intervals, LabelMetrics, Metrics,
    Ranking, Rates,
};
use crate::labels::{LabelMatrix, ScoreMatrix};
use crate::training::events::{LossPoint, TrainingHistory, Validation};

const NAMES: [&str; 8] = [
    "neurological",
    "cardiovascular",
    "hepatorenal",
    "oncological",
    "Enfermedades infecciosas y parasitarias de transmisión sexual",
    "piel",
    "salud mental",
    "COVID-19",
];

/// The same numbers in [0, 1) at every run (Knuth's MMIX generator).
pub(super) struct Numbers(pub(super) u64);

impl Numbers {
    pub(super) fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005);
        self.0 = self.0.wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }
}

pub(super) fn names(count: usize) -> Vec<String> {
    (0..count)
        .map(|index| match NAMES.get(index) {
            Some(&name) => name.into(),
            None => format!("{} {}", NAMES[index % 8], index / 8 + 1),
        })
        .collect()
}

fn rates(confusion: Confusion) -> Rates {
    let rate = |part: usize, whole: usize| (whole > 0).then(|| part as f64 / whole as f64);
    let (right, wrong, missed) = (
        confusion.true_positives,
        confusion.false_positives,
        confusion.false_negatives,
    );
    Rates {
        precision: rate(right, right + wrong),
        recall: rate(right, right + missed),
        f1: rate(2 * right, 2 * right + wrong + missed),
    }
}

fn metrics(labels: &[String], targets: &LabelMatrix, scores: &ScoreMatrix) -> Metrics {
    let given = scores.at_thresholds(&vec![0.5; labels.len()]);
    let per_label = labels.iter().enumerate().map(|(label, name)| {
        let mut confusion = Confusion::default();
        for (has, gets) in targets.column(label).zip(given.column(label)) {
            *match (has, gets) {
                (true, true) => &mut confusion.true_positives,
                (true, false) => &mut confusion.false_negatives,
                (false, true) => &mut confusion.false_positives,
                (false, false) => &mut confusion.true_negatives,
            } += 1;
        }
        let ranking = Ranking::of_label(targets, scores, label);
        LabelMetrics {
            label: name.clone(),
            confusion,
            rates: rates(confusion),
            average_precision: ranking.average_precision(),
            roc_auc: ranking.roc_auc(),
        }
    });
    let per_label: Vec<LabelMetrics> = per_label.collect();
    let f1 = per_label.iter().map(|label| label.rates.f1.unwrap_or(0.0));
    let mean = Rates {
        f1: (!labels.is_empty()).then(|| f1.sum::<f64>() / labels.len() as f64),
        ..Rates::default()
    };
    Metrics {
        per_label,
        micro: mean,
        macro_average: mean,
        weighted: mean,
        samples: mean,
        subset_accuracy: 0.0,
        hamming_loss: 0.0,
        jaccard_samples: 0.0,
        average_precision_micro: None,
        average_precision_macro: None,
        roc_auc_micro: None,
        roc_auc_macro: None,
        label_ranking_average_precision: 0.0,
        coverage_error: 0.0,
        label_ranking_loss: 0.0,
    }
}

fn around(f1: f64, width: f64) -> Interval {
    Interval {
        low: (f1 - width).max(0.0),
        high: (f1 + width).min(1.0),
    }
}

/// An evaluation of these labels; no row has the last label where `last_is_nowhere`.
pub(super) fn evaluation_of(labels: Vec<String>, rows: usize, last_is_nowhere: bool) -> Evaluation {
    let count = labels.len();
    let mut numbers = Numbers(7);
    let mut targets = Vec::new();
    let (mut scores, mut baseline) = (Vec::new(), Vec::new());
    for _ in 0..rows {
        for label in 0..count {
            let nowhere = last_is_nowhere && label + 1 == count;
            let share = if nowhere {
                0.0
            } else {
                0.1 + 0.3 / (1 + label % 5) as f64
            };
            let has = numbers.next() < share;
            targets.push(has);
            let skill = 0.62 - 0.05 * (label % 7) as f64;
            let mut score = |skill: f64| {
                let noise = numbers.next() + numbers.next() - 1.0;
                let towards = if has {
                    0.5 + skill / 1.5
                } else {
                    0.5 - skill / 1.5
                };
                (towards + 0.7 * noise).clamp(0.0, 1.0)
            };
            let given = score(skill);
            scores.push(if nowhere { given.min(0.4) } else { given });
            baseline.push(score(skill - 0.12));
        }
    }
    let targets = LabelMatrix::new(count, targets);
    let scores = ScoreMatrix::new(count, scores);
    let baseline = ScoreMatrix::new(count, baseline);
    let found = metrics(&labels, &targets, &scores);
    let macro_f1 = around(found.macro_average.f1.unwrap_or(0.0), 0.02);
    Evaluation {
        part: EvaluatedPart::Test,
        rows: (0..targets.rows()).collect(),
        thresholds: vec![0.5; count],
        intervals: Intervals {
            micro_f1: macro_f1,
            macro_f1,
            weighted_f1: macro_f1,
            samples_f1: macro_f1,
            subset_accuracy: macro_f1,
            hamming_loss: macro_f1,
            label_f1: found
                .per_label
                .iter()
                .map(|label| label.rates.f1.map(|f1| around(f1, 0.05)))
                .collect(),
        },
        baseline: Some(Baseline {
            metrics: metrics(&labels, &targets, &baseline),
            features: 1000,
            scores: baseline,
        }),
        metrics: found,
        targets,
        scores,
        labels,
    }
}

pub(super) fn evaluation(labels: usize, rows: usize) -> Evaluation {
    evaluation_of(names(labels), rows, false)
}

/// A run of `epochs` with `evaluations` and a loss for each of 200 stretches.
pub(super) fn history(evaluations: u32, epochs: f64) -> TrainingHistory {
    let mut numbers = Numbers(3);
    let losses = (1..=200).map(|stretch| {
        let epoch = epochs * f64::from(stretch) / 200.0;
        LossPoint {
            epoch,
            loss: 0.06 + 0.6 * (-1.6 * epoch).exp() + 0.06 * (numbers.next() - 0.5),
        }
    });
    let validations = (1..=evaluations).map(|index| {
        let epoch = epochs * f64::from(index) / f64::from(evaluations);
        let worse = (epoch - 0.7 * epochs).max(0.0);
        Validation {
            step: u64::from(index) * 100,
            epoch,
            training_loss: 0.2,
            loss: 0.14 + 0.4 * (-1.9 * epoch).exp() + 0.03 * worse,
            micro_f1: (0.93 - 0.4 * (-1.8 * epoch).exp() - 0.004 * worse).max(0.1),
            macro_f1: (0.915 - 0.45 * (-1.7 * epoch).exp() - 0.006 * worse).max(0.05),
            label_f1: Vec::new(),
            is_best: worse == 0.0,
            seconds: 3.0,
        }
    });
    TrainingHistory {
        losses: losses.collect(),
        validations: validations.collect(),
    }
}

pub(super) fn lengths(texts: u32, longest: u32, cut: usize) -> LengthHistogram {
    let mut numbers = Numbers(11);
    let mut counts = vec![0; longest.div_ceil(32) as usize];
    let (mut texts_cut, mut word_pieces, mut word_pieces_cut) = (0, 0, 0);
    for _ in 0..texts {
        let share = (numbers.next() + numbers.next() + numbers.next()) / 3.0;
        let length = (share * f64::from(longest)).ceil().max(1.0) as usize;
        counts[(length - 1) / 32] += 1;
        texts_cut += usize::from(length > cut);
        word_pieces += length;
        word_pieces_cut += length.saturating_sub(cut);
    }
    LengthHistogram {
        bin_width: 32,
        counts,
        cut,
        texts_cut,
        word_pieces,
        word_pieces_cut,
    }
}

pub(super) fn profile_of(labels: Vec<String>, rows: usize) -> DatasetProfile {
    let evaluation = evaluation_of(labels.clone(), rows, false);
    let mut profile = DatasetProfile::new(&labels, &evaluation.targets, &[], 256);
    profile.lengths = lengths(rows as u32, 700, 256);
    profile
}
