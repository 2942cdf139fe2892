//! The linear model that a fine-tuned one has to beat: TF-IDF of words and word pairs, and one
//! logistic regression a label.
//!
//! It gives the probabilities of scikit-learn's `TfidfVectorizer(ngram_range=(1, 2),
//! sublinear_tf=True, min_df=2)` and `OneVsRestClassifier(LogisticRegression(
//! class_weight="balanced"))` at full convergence.

mod features;
mod logistic;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::evaluation::error::EvaluationError;
use crate::evaluation::metrics::Metrics;
use crate::labels::{LabelMatrix, ScoreMatrix};
use features::{SparseRows, Vocabulary};
use logistic::{LogisticRegression, probability};

/// The baseline gives a label from this probability on.
const THRESHOLD: f64 = 0.5;

/// TF-IDF and logistic regression on the same rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Baseline {
    /// Its metrics at threshold 0.5.
    pub metrics: Metrics,
    /// Words and word pairs that it knows.
    pub features: usize,
    /// Its probabilities, shape (rows, labels).
    pub scores: ScoreMatrix,
}

/// What a baseline says of some rows.
#[derive(Debug, Clone, PartialEq)]
pub struct BaselineScores {
    /// Words and word pairs that it knows.
    pub features: usize,
    /// Its probabilities, shape (rows, labels).
    pub scores: ScoreMatrix,
}

impl Baseline {
    /// Judges the baseline's scores against `targets` of the same shape, (rows, labels).
    ///
    /// # Errors
    /// As [`Metrics::new`].
    pub fn new(
        labels: &[String],
        targets: &LabelMatrix,
        baseline: BaselineScores,
    ) -> Result<Self, EvaluationError> {
        let BaselineScores { features, scores } = baseline;
        let thresholds = vec![THRESHOLD; labels.len()];
        let metrics = Metrics::new(labels, targets, &scores, &thresholds)?;
        Ok(Self {
            metrics,
            features,
            scores,
        })
    }
}

/// A trained baseline.
#[derive(Debug, Clone)]
pub struct LinearBaseline {
    vocabulary: Vocabulary,
    labels: Vec<LabelModel>,
}

#[derive(Debug, Clone)]
enum LabelModel {
    /// All training rows had the label, or none had: so will every other row.
    Constant(bool),
    Regression(LogisticRegression),
}

/// Trains a baseline on the training rows' texts and their labels, shape (texts, labels).
///
/// # Errors
/// When there are no rows or no labels, texts and targets differ in number, or no word stands in
/// two texts.
pub fn train_baseline(
    texts: &[&str],
    targets: &LabelMatrix,
) -> Result<LinearBaseline, EvaluationError> {
    let (rows, labels) = (targets.rows(), targets.labels());
    if rows == 0 || labels == 0 {
        return Err(EvaluationError::Nothing { rows, labels });
    }
    if texts.len() != rows {
        return Err(EvaluationError::WrongCount {
            what: "training texts",
            found: texts.len(),
            expected: rows,
        });
    }
    let vocabulary = Vocabulary::new(texts);
    if vocabulary.features() == 0 {
        return Err(EvaluationError::NoSharedWords { texts: rows });
    }
    let rows = SparseRows::new(&vocabulary, texts);
    let learn = |label| {
        let has: Vec<bool> = targets.column(label).collect();
        match has.iter().filter(|&&has| has).count() {
            0 => LabelModel::Constant(false),
            all if all == has.len() => LabelModel::Constant(true),
            _ => LabelModel::Regression(LogisticRegression::fit(&rows, &has)),
        }
    };
    let labels = (0..labels).into_par_iter().map(learn).collect();
    Ok(LinearBaseline { vocabulary, labels })
}

impl LinearBaseline {
    /// The probability of each label for each text, shape (texts, labels).
    pub fn scores(&self, texts: &[&str]) -> ScoreMatrix {
        let score = |text: &&str| {
            let features = self.vocabulary.weigh(text);
            let score = move |label: &LabelModel| match label {
                LabelModel::Constant(has) => f64::from(u8::from(*has)),
                LabelModel::Regression(model) => probability(model.decide(&features)),
            };
            self.labels.iter().map(score).collect::<Vec<_>>()
        };
        let rows: Vec<Vec<f64>> = texts.par_iter().map(score).collect();
        ScoreMatrix::new(self.labels.len(), rows.concat())
    }

    /// Words and word pairs that it knows.
    pub fn features(&self) -> usize {
        self.vocabulary.features()
    }

    /// What it says of these texts, to be stored in an evaluation.
    pub fn judge(&self, texts: &[&str]) -> BaselineScores {
        BaselineScores {
            features: self.features(),
            scores: self.scores(texts),
        }
    }
}
