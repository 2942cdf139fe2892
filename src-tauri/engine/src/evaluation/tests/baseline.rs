//! The baseline against scikit-learn's, `tests/fixtures/baseline/generate.py`.

use serde::Deserialize;

use super::*;
use crate::dataset::{
    Dataset, LabelsNeeded, ReadingChoices, RoleChoices, assign_roles, read_table,
};
use crate::split::split_notebook;

#[derive(Deserialize)]
struct Fixture {
    samples: Samples,
    medical: Medical,
}

#[derive(Deserialize)]
struct Samples {
    features: usize,
    converged: Vec<f64>,
    usual: Vec<f64>,
}

#[derive(Deserialize)]
struct Medical {
    features: usize,
    converged: F1,
    usual: F1,
}

#[derive(Deserialize)]
struct F1 {
    micro: f64,
    #[serde(rename = "macro")]
    mean: f64,
}

/// A table as texts and targets; the labels in alphabetical order.
struct Articles {
    texts: Vec<String>,
    targets: LabelMatrix,
}

impl Articles {
    fn read(path: &Path) -> Self {
        let table = read_table(path, &ReadingChoices::default()).unwrap();
        let choices = RoleChoices::default();
        let roles = assign_roles(&table, &choices, LabelsNeeded::Required).unwrap();
        let dataset = Dataset::from_table(&table, &roles, &choices).unwrap();
        Self {
            texts: dataset
                .documents
                .iter()
                .map(|document| document.text())
                .collect(),
            targets: dataset.targets,
        }
    }

    fn select(&self, rows: &[usize]) -> (Vec<&str>, LabelMatrix) {
        let texts = rows.iter().map(|&row| self.texts[row].as_str()).collect();
        (texts, self.targets.select(rows))
    }
}

#[test]
fn the_probabilities_are_those_of_scikit_learn() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../samples/abstracts-en.csv"
    );
    let articles = Articles::read(Path::new(path));
    let (judged, training): (Vec<usize>, Vec<usize>) =
        (0..articles.texts.len()).partition(|row| row % 6 == 0);
    let (texts, targets) = articles.select(&training);
    let baseline = train_baseline(&texts, &targets).unwrap();
    let judged = articles.select(&judged).0;
    let scores = baseline.scores(&judged);
    let again = train_baseline(&texts, &targets).unwrap();
    assert_eq!(again.scores(&judged), scores, "trained twice");
    let expected = fixture::<Fixture>("baseline/baseline.json").samples;
    assert_eq!(baseline.features(), expected.features);
    assert_eq!(scores.rows(), 42);
    assert_eq!(scores.values().len(), expected.converged.len());
    for (index, score) in scores.values().iter().enumerate() {
        let (converged, usual) = (expected.converged[index], expected.usual[index]);
        assert!((score - converged).abs() < 2e-6, "{score} {converged}");
        // Its solver stops early with its default settings.
        assert!((score - usual).abs() < 1e-3, "{score} {usual}");
    }
}

#[test]
fn the_baseline_is_as_good_as_scikit_learns_on_the_medical_abstracts() {
    let test = "the_baseline_is_as_good_as_scikit_learns_on_the_medical_abstracts";
    let Some(path) = shared("data/medical-abstracts.csv", test) else {
        return;
    };
    let articles = Articles::read(&path);
    let (training, validation) = split_notebook(articles.texts.len());
    let (texts, targets) = articles.select(&training);
    let baseline = train_baseline(&texts, &targets).unwrap();
    let (texts, targets) = articles.select(&validation);
    let given = baseline.scores(&texts).at_thresholds(&[0.5; 4]);
    let (micro, mean) = (micro_f1(&targets, &given), macro_f1(&targets, &given));
    let expected = fixture::<Fixture>("baseline/baseline.json").medical;
    assert_eq!(baseline.features(), expected.features);
    assert_close(Some(micro), Some(expected.converged.micro), "micro");
    assert_close(Some(mean), Some(expected.converged.mean), "macro");
    assert!((micro - expected.usual.micro).abs() < 0.01, "{micro}");
    assert!((mean - expected.usual.mean).abs() < 0.01, "{mean}");
}

#[test]
fn a_label_that_all_or_no_training_rows_have_is_constant() {
    let texts = ["heart rate", "heart failure", "liver failure", "liver"];
    let has = |row| [true, false, row < 2];
    let targets = LabelMatrix::new(3, (0..4).flat_map(has).collect());
    let baseline = train_baseline(&texts, &targets).unwrap();
    let scores = baseline.judge(&["heart", "liver", "kidney"]).scores;
    assert_eq!(scores.column(0).collect::<Vec<_>>(), [1.0; 3]);
    assert_eq!(scores.column(1).collect::<Vec<_>>(), [0.0; 3]);
    let [heart, liver, unknown] = [0, 1, 2].map(|row| scores.row(row)[2]);
    assert!(
        heart > unknown && unknown > liver,
        "{heart} {unknown} {liver}"
    );
}

#[test]
fn texts_that_share_no_word_give_no_baseline() {
    let targets = LabelMatrix::new(1, vec![true, false]);
    let error = train_baseline(&["heart", "liver"], &targets).unwrap_err();
    assert_eq!(error, EvaluationError::NoSharedWords { texts: 2 });
    let error = train_baseline(&["heart"], &targets).unwrap_err();
    assert!(matches!(
        error,
        EvaluationError::WrongCount {
            found: 1,
            expected: 2,
            ..
        }
    ));
    let error = train_baseline(&[], &LabelMatrix::new(1, Vec::new())).unwrap_err();
    assert_eq!(error, EvaluationError::Nothing { rows: 0, labels: 1 });
}
