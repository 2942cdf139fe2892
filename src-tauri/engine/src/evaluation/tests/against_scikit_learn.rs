//! The fixture that `tests/fixtures/metrics/generate.py` writes.

use serde::Deserialize;

use super::*;

#[derive(Deserialize)]
struct Fixture {
    cases: Vec<Case>,
    intervals: ExpectedIntervals,
    proportions: Vec<Proportion>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Case {
    name: String,
    labels: usize,
    targets: Vec<u8>,
    scores: Vec<f64>,
    thresholds: Vec<f64>,
    /// True positives, false positives, false negatives, true negatives of each label.
    confusion: Vec<[usize; 4]>,
    per_label: RatesOf<Vec<f64>>,
    micro: RatesOf<f64>,
    #[serde(rename = "macro")]
    macro_average: RatesOf<f64>,
    weighted: RatesOf<f64>,
    samples: RatesOf<f64>,
    subset_accuracy: f64,
    hamming_loss: f64,
    jaccard_samples: f64,
    average_precision: Vec<Option<f64>>,
    average_precision_micro: Option<f64>,
    average_precision_macro: Option<f64>,
    roc_auc: Vec<Option<f64>>,
    roc_auc_micro: Option<f64>,
    roc_auc_macro: Option<f64>,
    label_ranking_average_precision: f64,
    coverage_error: f64,
    label_ranking_loss: f64,
    curves: Vec<Option<Curves>>,
}

#[derive(Deserialize)]
struct RatesOf<T> {
    precision: T,
    recall: T,
    f1: T,
}

/// Points of threshold, precision and recall, or of threshold and both rates of a ROC curve.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Curves {
    precision_recall: Vec<Point>,
    roc: Option<Vec<Point>>,
}

type Point = (Option<f64>, f64, f64);

#[derive(Deserialize)]
struct ExpectedIntervals {
    seed: u64,
    /// The number of the case.
    of: usize,
    bounds: Intervals,
}

/// A proportion with the Wilson interval that SciPy gives it.
#[derive(Deserialize)]
struct Proportion {
    successes: usize,
    trials: usize,
    bounds: Interval,
}

impl Case {
    fn targets(&self) -> LabelMatrix {
        LabelMatrix::new(
            self.labels,
            self.targets.iter().map(|&has| has == 1).collect(),
        )
    }

    fn scores(&self) -> ScoreMatrix {
        ScoreMatrix::new(self.labels, self.scores.clone())
    }
}

fn read() -> Fixture {
    let fixture: Fixture = fixture("metrics/metrics.json");
    assert_eq!(fixture.cases.len(), 10);
    fixture
}

#[test]
fn metrics_are_those_of_scikit_learn() {
    for case in read().cases {
        let labels = names(case.labels);
        let found =
            Metrics::new(&labels, &case.targets(), &case.scores(), &case.thresholds).unwrap();
        for (index, label) in found.per_label.iter().enumerate() {
            let what = format!("{}, {}", case.name, label.label);
            let cells = label.confusion;
            let cells = [
                cells.true_positives,
                cells.false_positives,
                cells.false_negatives,
                cells.true_negatives,
            ];
            assert_eq!(cells, case.confusion[index], "{what}");
            let RatesOf {
                precision,
                recall,
                f1,
            } = &case.per_label;
            assert_rates(
                &label.rates,
                [precision[index], recall[index], f1[index]],
                &what,
            );
            assert_close(
                label.average_precision,
                case.average_precision[index],
                &what,
            );
            assert_close(label.roc_auc, case.roc_auc[index], &what);
        }
        for (found, expected) in [
            (&found.micro, &case.micro),
            (&found.macro_average, &case.macro_average),
            (&found.weighted, &case.weighted),
            (&found.samples, &case.samples),
        ] {
            let expected = [expected.precision, expected.recall, expected.f1];
            assert_rates(found, expected, &case.name);
        }
        for (found, expected) in [
            (found.subset_accuracy, case.subset_accuracy),
            (found.hamming_loss, case.hamming_loss),
            (found.jaccard_samples, case.jaccard_samples),
            (
                found.label_ranking_average_precision,
                case.label_ranking_average_precision,
            ),
            (found.coverage_error, case.coverage_error),
            (found.label_ranking_loss, case.label_ranking_loss),
        ] {
            assert_close(Some(found), Some(expected), &case.name);
        }
        for (found, expected) in [
            (found.average_precision_micro, case.average_precision_micro),
            (found.average_precision_macro, case.average_precision_macro),
            (found.roc_auc_micro, case.roc_auc_micro),
            (found.roc_auc_macro, case.roc_auc_macro),
        ] {
            assert_close(found, expected, &case.name);
        }
    }
}

#[test]
fn a_quick_f1_is_that_of_the_metrics() {
    for case in read().cases {
        let given = case.scores().at_thresholds(&case.thresholds);
        let found = micro_f1(&case.targets(), &given);
        assert_close(Some(found), Some(case.micro.f1), &case.name);
        let found = macro_f1(&case.targets(), &given);
        assert_close(Some(found), Some(case.macro_average.f1), &case.name);
    }
}

#[test]
fn undefined_rates_are_none_and_never_zero() {
    let cases = read().cases;
    let case = |name: &str| {
        let case = cases.iter().find(|case| case.name == name).unwrap();
        let labels = names(case.labels);
        Metrics::new(&labels, &case.targets(), &case.scores(), &case.thresholds).unwrap()
    };
    let never = case("a label that no row has and none is given");
    assert_eq!(never.per_label[1].rates, Rates::default());
    assert_eq!(never.per_label[1].average_precision, None);
    let alarms = case("a label that no row has but some are given");
    let rates = alarms.per_label[1].rates;
    assert_eq!(
        (rates.precision, rates.recall, rates.f1),
        (Some(0.0), None, Some(0.0))
    );
    assert_eq!(
        case("a label that all rows have").per_label[2].roc_auc,
        None
    );
    let nothing = case("no label anywhere");
    assert_eq!(nothing.micro.recall, None);
    assert_eq!(nothing.weighted, Rates::default());
    assert_eq!(nothing.average_precision_macro, None);
}

#[test]
fn curves_have_the_points_of_scikit_learn() {
    for case in read().cases {
        for (label, expected) in case.curves.iter().enumerate() {
            let ranking = Ranking::of_label(&case.targets(), &case.scores(), label);
            let precision_recall = ranking.precision_recall_curve().map(|curve| {
                let point =
                    |point: PrecisionRecallPoint| (point.threshold, point.precision, point.recall);
                curve.into_iter().map(point).collect()
            });
            let roc = ranking.roc_curve().map(|curve| {
                let point = |point: RocPoint| {
                    (
                        point.threshold,
                        point.false_positive_rate,
                        point.true_positive_rate,
                    )
                };
                curve.into_iter().map(point).collect()
            });
            let expected_precision_recall = expected.as_ref().map(|both| &both.precision_recall);
            let expected_roc = expected.as_ref().and_then(|both| both.roc.as_ref());
            assert_points(precision_recall, expected_precision_recall, &case.name);
            assert_points(roc, expected_roc, &case.name);
        }
    }
}

#[track_caller]
fn assert_points(found: Option<Vec<Point>>, expected: Option<&Vec<Point>>, what: &str) {
    let (Some(found), Some(expected)) = (&found, expected) else {
        assert_eq!(found.as_ref(), expected, "{what}");
        return;
    };
    assert_eq!(found.len(), expected.len(), "{what}");
    for (found, expected) in found.iter().zip(expected) {
        assert_eq!(found.0, expected.0, "{what}");
        assert_close(Some(found.1), Some(expected.1), what);
        assert_close(Some(found.2), Some(expected.2), what);
    }
}

#[test]
fn intervals_are_the_percentiles_of_the_same_resamples_in_numpy() {
    let fixture = read();
    let case = &fixture.cases[fixture.intervals.of];
    let given = case.scores().at_thresholds(&case.thresholds);
    let found = Intervals::new(&case.targets(), &given, fixture.intervals.seed).unwrap();
    let expected = fixture.intervals.bounds;
    let mut pairs = vec![
        (found.micro_f1, expected.micro_f1),
        (found.macro_f1, expected.macro_f1),
        (found.weighted_f1, expected.weighted_f1),
        (found.samples_f1, expected.samples_f1),
        (found.subset_accuracy, expected.subset_accuracy),
        (found.hamming_loss, expected.hamming_loss),
    ];
    assert_eq!(found.label_f1.len(), expected.label_f1.len());
    let labels = found.label_f1.iter().zip(&expected.label_f1);
    pairs.extend(labels.map(|(found, expected)| (found.unwrap(), expected.unwrap())));
    for (found, expected) in pairs {
        assert_interval(found, expected);
    }
}

#[track_caller]
fn assert_interval(found: Interval, expected: Interval) {
    let low = (found.low - expected.low).abs();
    let high = (found.high - expected.high).abs();
    assert!(low < 1e-9 && high < 1e-9, "{found:?} {expected:?}");
}

#[test]
fn a_proportion_has_the_wilson_interval_of_scipy() {
    for proportion in read().proportions {
        let found = Interval::wilson(proportion.successes, proportion.trials).unwrap();
        assert_interval(found, proportion.bounds);
    }
}
