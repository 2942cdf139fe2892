//! The golden values that came with the specification.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::*;

#[derive(Deserialize)]
struct Golden {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    y_true: Vec<Vec<u8>>,
    y_prob: Vec<Vec<f64>>,
    y_pred: Vec<Vec<u8>>,
    thresholds: Vec<f64>,
    zero_division_0: BTreeMap<String, Value>,
    hamming_loss: f64,
    subset_accuracy: f64,
    #[serde(rename = "multilabel_confusion_matrix_[tn,fp,fn,tp]")]
    confusion: Vec<[usize; 4]>,
    average_precision_per_label: Vec<Option<f64>>,
    roc_auc_per_label: Vec<Option<f64>>,
    average_precision_micro: Option<f64>,
    roc_auc_micro: Option<f64>,
    average_precision_macro_defined_labels: Option<f64>,
    roc_auc_macro_defined_labels: Option<f64>,
    label_ranking_average_precision_score: f64,
    coverage_error: f64,
    label_ranking_loss: f64,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Value {
    One(f64),
    PerLabel(Vec<f64>),
}

impl Case {
    fn matrix(cells: &[Vec<u8>]) -> LabelMatrix {
        let labels = cells[0].len();
        LabelMatrix::new(
            labels,
            cells.concat().iter().map(|&cell| cell == 1).collect(),
        )
    }

    fn rate(&self, rate: &str, average: &str) -> f64 {
        match self.zero_division_0[&format!("{rate}_{average}")] {
            Value::One(value) => value,
            Value::PerLabel(_) => panic!("{rate}_{average} has a value a label"),
        }
    }

    fn label_rate(&self, rate: &str, label: usize) -> f64 {
        match &self.zero_division_0[&format!("{rate}_per_label")] {
            Value::PerLabel(values) => values[label],
            Value::One(_) => panic!("{rate}_per_label has one value"),
        }
    }
}

#[test]
fn metrics_equal_the_golden_values() {
    let test = "metrics_equal_the_golden_values";
    let Some(path) = shared("reference/metrics-golden.json", test) else {
        return;
    };
    let golden: Golden = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    assert_eq!(golden.cases.len(), 8);
    for case in &golden.cases {
        let targets = Case::matrix(&case.y_true);
        let labels = names(targets.labels());
        let scores = ScoreMatrix::new(labels.len(), case.y_prob.concat());
        let given = scores.at_thresholds(&case.thresholds);
        assert_eq!(given, Case::matrix(&case.y_pred), "{}", case.name);
        let found = Metrics::new(&labels, &targets, &scores, &case.thresholds).unwrap();
        compare(&found, case);
        assert_eq!(confusions(&found), case.confusion, "{}", case.name);
    }
}

/// True negatives, false positives, false negatives and true positives of each label.
fn confusions(metrics: &Metrics) -> Vec<[usize; 4]> {
    let cells = |label: &LabelMetrics| {
        let cells = label.confusion;
        [
            cells.true_negatives,
            cells.false_positives,
            cells.false_negatives,
            cells.true_positives,
        ]
    };
    metrics.per_label.iter().map(cells).collect()
}

fn compare(found: &Metrics, case: &Case) {
    let name = &case.name;
    for (rates, average) in [
        (&found.micro, "micro"),
        (&found.macro_average, "macro"),
        (&found.weighted, "weighted"),
        (&found.samples, "samples"),
    ] {
        let expected = ["precision", "recall", "f1"].map(|rate| case.rate(rate, average));
        assert_rates(rates, expected, name);
    }
    for (index, label) in found.per_label.iter().enumerate() {
        let expected = ["precision", "recall", "f1"].map(|rate| case.label_rate(rate, index));
        assert_rates(&label.rates, expected, name);
        assert_close(
            label.confusion.jaccard().or(Some(0.0)),
            Some(case.label_rate("jaccard", index)),
            name,
        );
        assert_close(
            label.average_precision,
            case.average_precision_per_label[index],
            name,
        );
        assert_close(label.roc_auc, case.roc_auc_per_label[index], name);
    }
    for (found, expected) in [
        (found.subset_accuracy, case.subset_accuracy),
        (found.hamming_loss, case.hamming_loss),
        (found.jaccard_samples, case.rate("jaccard", "samples")),
        (
            found.label_ranking_average_precision,
            case.label_ranking_average_precision_score,
        ),
        (found.coverage_error, case.coverage_error),
        (found.label_ranking_loss, case.label_ranking_loss),
    ] {
        assert_close(Some(found), Some(expected), name);
    }
    for (found, expected) in [
        (found.average_precision_micro, case.average_precision_micro),
        (
            found.average_precision_macro,
            case.average_precision_macro_defined_labels,
        ),
        (found.roc_auc_micro, case.roc_auc_micro),
        (found.roc_auc_macro, case.roc_auc_macro_defined_labels),
    ] {
        assert_close(found, expected, name);
    }
}
