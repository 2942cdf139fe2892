//! From which score on a label is given, chosen on validation rows.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::evaluation::error::{EvaluationError, Rate, check_scores};
use crate::evaluation::metrics::{Confusion, Rates};
use crate::evaluation::ranking::Ranking;
use crate::evaluation::{EvaluatedPart, Evaluation};
use crate::labels::{LabelMatrix, ScoreMatrix};
use crate::split::Split;

/// From so many positives on, a label's own threshold is trusted alone.
const ENOUGH_POSITIVES: usize = 50;
/// The threshold when nothing can be learned about any.
const NEUTRAL: f64 = 0.5;

/// What a threshold is for.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", content = "least", rename_all = "camelCase")]
pub enum ThresholdGoal {
    /// The highest F1.
    BestF1,
    /// Finds at least this share of the articles that have the label, as precisely as possible.
    RecallAtLeast(f64),
    /// At least this share of the articles given the label have it; finds as many as possible.
    PrecisionAtLeast(f64),
}

/// What a model says of the validation rows, and what is true of them: all that thresholds may be
/// chosen on. It is cut from a table by the validation part of its split, so the labels of test
/// rows cannot get in.
#[derive(Debug, Clone, PartialEq)]
pub struct ValidationScores<'a> {
    targets: LabelMatrix,
    scores: &'a ScoreMatrix,
}

impl<'a> ValidationScores<'a> {
    /// `targets` belong to the whole table, shape (rows of the table, labels); `scores` to the
    /// split's validation rows in their order, shape (validation rows, labels).
    ///
    /// # Errors
    /// When the split names rows that the table does not have, there are none to validate on, or
    /// the scores are not one probability for each label of each of them.
    pub fn new(
        split: &Split,
        targets: &LabelMatrix,
        scores: &'a ScoreMatrix,
    ) -> Result<Self, EvaluationError> {
        let rows = targets.rows();
        if let Some(&row) = split.validation.iter().find(|&&row| row >= rows) {
            return Err(EvaluationError::RowOutOfRange { row, rows });
        }
        let targets = targets.select(&split.validation);
        check_scores(&targets, scores, |label| format!("number {}", label + 1))?;
        Ok(Self { targets, scores })
    }

    /// Those of a stored evaluation on the validation rows.
    ///
    /// # Errors
    /// When it is on other rows, or its scores are damaged.
    pub fn stored(validation: &'a Evaluation) -> Result<Self, EvaluationError> {
        if validation.part != EvaluatedPart::Validation {
            return Err(EvaluationError::NotValidation);
        }
        let (targets, scores) = (validation.targets.clone(), &validation.scores);
        check_scores(&targets, scores, |label| format!("number {}", label + 1))?;
        Ok(Self { targets, scores })
    }
}

/// Checks thresholds that somebody chose: one a label, each between 0 and 1.
///
/// # Errors
/// When there are more or fewer, or one of them gives a label always or never.
pub fn check_thresholds(labels: &[String], thresholds: &[f64]) -> Result<(), EvaluationError> {
    if labels.len() != thresholds.len() {
        return Err(EvaluationError::WrongCount {
            what: "thresholds",
            found: thresholds.len(),
            expected: labels.len(),
        });
    }
    let inside = |threshold: f64| threshold > 0.0 && threshold < 1.0;
    let mut pairs = labels.iter().zip(thresholds);
    match pairs.find(|&(_, &threshold)| !inside(threshold)) {
        Some((label, &threshold)) => Err(EvaluationError::NoThreshold {
            label: label.clone(),
            threshold,
        }),
        None => Ok(()),
    }
}

/// The threshold of each label, and what it does on the validation rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Thresholds {
    /// What they are for.
    pub goal: ThresholdGoal,
    /// The one threshold that would serve all labels best.
    pub shared: f64,
    /// Each label's, in the order of the matrices' columns.
    pub labels: Vec<LabelThreshold>,
}

/// The threshold of one label.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct LabelThreshold {
    /// A score from here on gives the label.
    pub threshold: f64,
    /// What the label's own rows would choose; `None` where no row has the label.
    pub own: Option<f64>,
    /// Validation rows that have the label.
    pub positives: usize,
    /// Rates of the validation rows at this threshold.
    pub rates: Rates,
    /// Whether they reach the rate that the goal asks for; `None` where it asks for none, or the
    /// rate is not defined.
    pub goal_met: Option<bool>,
}

impl Thresholds {
    /// Chooses the threshold of each label.
    ///
    /// Candidates lie midway between neighbouring scores, and midway between the lowest score and
    /// 0; one above the highest would never give the label. The goal decides, then the nearest to
    /// 0.5, then the lower one. Where no candidate is as precise as the goal asks, the most
    /// precise one stands. With n < 50 positives the label's own choice has the weight n/50, and
    /// the threshold shared by all labels the rest.
    ///
    /// # Errors
    /// When the goal asks for a rate outside [0, 1].
    pub fn choose(
        validation: &ValidationScores<'_>,
        goal: ThresholdGoal,
    ) -> Result<Self, EvaluationError> {
        goal.check()?;
        let (targets, scores) = (&validation.targets, validation.scores);
        let shared = best_threshold(&Ranking::of_cells(targets, scores), goal).unwrap_or(NEUTRAL);
        let label = |label| {
            let ranking = Ranking::of_label(targets, scores, label);
            let own = best_threshold(&ranking, goal);
            let threshold = shrink(own, shared, ranking.positives());
            let given = scores.column(label).map(|score| score >= threshold);
            let rates = Confusion::count(targets.column(label).zip(given)).rates();
            LabelThreshold {
                threshold,
                own,
                positives: ranking.positives(),
                rates,
                goal_met: goal.met(&rates),
            }
        };
        Ok(Self {
            goal,
            shared,
            labels: (0..targets.labels()).map(label).collect(),
        })
    }

    /// The thresholds alone, shape (labels).
    pub fn values(&self) -> Vec<f64> {
        self.labels.iter().map(|label| label.threshold).collect()
    }
}

impl ThresholdGoal {
    fn check(self) -> Result<(), EvaluationError> {
        let (rate, value) = match self {
            Self::BestF1 => return Ok(()),
            Self::RecallAtLeast(value) => (Rate::Recall, value),
            Self::PrecisionAtLeast(value) => (Rate::Precision, value),
        };
        if (0.0..=1.0).contains(&value) {
            return Ok(());
        }
        Err(EvaluationError::NoRate { rate, value })
    }

    /// Whether rates reach what the goal asks for; `None` where it asks for no rate, or the rate is
    /// not defined.
    pub fn met(self, rates: &Rates) -> Option<bool> {
        match self {
            Self::BestF1 => None,
            Self::RecallAtLeast(least) => rates.recall.map(|recall| recall >= least),
            Self::PrecisionAtLeast(least) => rates.precision.map(|precision| precision >= least),
        }
    }

    /// How good rates are: the first number decides, then the next.
    fn worth(self, rates: &Rates) -> [f64; 3] {
        let [precision, recall, f1] =
            [rates.precision, rates.recall, rates.f1].map(|rate| rate.unwrap_or(0.0));
        let met = self.met(rates) == Some(true);
        match self {
            Self::BestF1 => [f1, 0.0, 0.0],
            Self::RecallAtLeast(_) if met => [1.0, precision, recall],
            Self::RecallAtLeast(_) => [0.0, recall, precision],
            Self::PrecisionAtLeast(_) if met => [1.0, recall, precision],
            Self::PrecisionAtLeast(_) => [0.0, precision, recall],
        }
    }
}

/// The best candidate; `None` without a positive.
fn best_threshold(ranking: &Ranking, goal: ThresholdGoal) -> Option<f64> {
    if ranking.positives() == 0 {
        return None;
    }
    let steps = ranking.steps();
    let lower_scores = steps.iter().skip(1).map(|step| step.score).chain([0.0]);
    let mut best: Option<([f64; 3], f64)> = None;
    for (step, lower) in steps.iter().zip(lower_scores) {
        let threshold = midway(lower, step.score);
        let worth = goal.worth(&ranking.confusion(step).rates());
        let better = best.is_none_or(|(best_worth, best_threshold)| {
            let (distance, best_distance) = (
                (threshold - NEUTRAL).abs(),
                (best_threshold - NEUTRAL).abs(),
            );
            // Candidates come from the highest to the lowest, so an equal distance is lower.
            worth > best_worth || worth == best_worth && distance <= best_distance
        });
        if better {
            best = Some((worth, threshold));
        }
    }
    best.map(|(_, threshold)| threshold)
}

/// A threshold that parts two scores.
fn midway(lower: f64, higher: f64) -> f64 {
    let middle = lower.midpoint(higher);
    // Between neighbouring numbers of `f64` there is no other, and the middle is rounded to one.
    if middle > lower { middle } else { higher }
}

fn shrink(own: Option<f64>, shared: f64, positives: usize) -> f64 {
    match own {
        None => shared,
        Some(own) if positives >= ENOUGH_POSITIVES => own,
        Some(own) => {
            let weight = positives as f64 / ENOUGH_POSITIVES as f64;
            weight * own + (1.0 - weight) * shared
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn split(rows: usize) -> Split {
        Split {
            training: Vec::new(),
            validation: (0..rows).collect(),
            test: Vec::new(),
        }
    }

    fn choose(labels: usize, has: &[bool], scores: &[f64], goal: ThresholdGoal) -> Thresholds {
        let targets = LabelMatrix::new(labels, has.to_vec());
        let scores = ScoreMatrix::new(labels, scores.to_vec());
        let validation = ValidationScores::new(&split(targets.rows()), &targets, &scores);
        Thresholds::choose(&validation.unwrap(), goal).unwrap()
    }

    fn rates(has: &[bool], scores: &[f64], threshold: f64) -> Rates {
        let given = scores.iter().map(|&score| score >= threshold);
        Confusion::count(has.iter().copied().zip(given)).rates()
    }

    fn cells() -> impl Strategy<Value = Vec<(bool, f64)>> {
        let score = (0_u32..=20).prop_map(|twentieths| f64::from(twentieths) / 20.0);
        prop::collection::vec((any::<bool>(), score), 1..60)
    }

    proptest! {
        #[test]
        fn no_other_threshold_serves_a_goal_better(cells in cells(), least in 0.0..=1.0_f64) {
            let (has, scores): (Vec<bool>, Vec<f64>) = cells.into_iter().unzip();
            prop_assume!(has.contains(&true));
            // With one label, the label's own choice and the shared one are the same.
            let chosen = |goal| rates(&has, &scores, choose(1, &has, &scores, goal).shared);
            let others: Vec<Rates> = (0..=400)
                .map(|step| rates(&has, &scores, f64::from(step) / 400.0))
                .collect();
            let best = chosen(ThresholdGoal::BestF1);
            prop_assert!(others.iter().all(|other| other.f1 <= best.f1));
            let best = chosen(ThresholdGoal::RecallAtLeast(least));
            prop_assert!(best.recall >= Some(least));
            prop_assert!(others.iter().all(
                |other| other.recall < Some(least) || other.precision <= best.precision
            ));
            let best = chosen(ThresholdGoal::PrecisionAtLeast(least));
            if best.precision >= Some(least) {
                prop_assert!(others.iter().all(
                    |other| other.precision < Some(least) || other.recall <= best.recall
                ));
            } else {
                prop_assert!(others.iter().all(|other| other.precision <= best.precision));
            }
        }

        #[test]
        fn a_threshold_parts_scores_and_stands_on_none(cells in cells()) {
            let (has, scores): (Vec<bool>, Vec<f64>) = cells.into_iter().unzip();
            prop_assume!(has.contains(&true) && !scores.contains(&0.0));
            let shared = choose(1, &has, &scores, ThresholdGoal::BestF1).shared;
            prop_assert!(!scores.contains(&shared));
            prop_assert!((0.0..=1.0).contains(&shared));
        }
    }

    #[test]
    fn a_label_with_50_positives_keeps_its_own_threshold() {
        let has: Vec<bool> = (0..100).map(|row| row < 50).collect();
        let scores: Vec<f64> = has.iter().map(|&has| if has { 0.4 } else { 0.2 }).collect();
        let chosen = choose(1, &has, &scores, ThresholdGoal::BestF1);
        assert_eq!(chosen.labels[0].threshold, 0.2_f64.midpoint(0.4));
        assert_eq!(chosen.labels[0].rates.f1, Some(1.0));
    }

    #[test]
    fn a_label_with_few_positives_moves_toward_the_shared_threshold() {
        // Label 0 has 50 positives that are best parted at 0.3; label 1 has 10, parted at 0.7.
        let has: Vec<bool> = (0..100).flat_map(|row| [row < 50, row < 10]).collect();
        let scores: Vec<f64> = (0..100)
            .flat_map(|row| {
                let first = if row < 50 { 0.4 } else { 0.2 };
                let second = if row < 10 { 0.9 } else { 0.5 };
                [first, second]
            })
            .collect();
        let chosen = choose(2, &has, &scores, ThresholdGoal::PrecisionAtLeast(1.0));
        let [first, second] = chosen.labels[..] else {
            panic!("two labels have two thresholds")
        };
        assert_eq!(first.threshold, 0.2_f64.midpoint(0.4));
        assert_eq!(second.own, Some(0.5_f64.midpoint(0.9)));
        assert!((second.threshold - (0.2 * 0.7 + 0.8 * chosen.shared)).abs() < 1e-12);
        assert_eq!(second.positives, 10);
    }

    #[test]
    fn a_label_that_no_row_has_takes_the_shared_threshold() {
        let has = [true, false, false, false];
        let chosen = choose(2, &has, &[0.8, 0.3, 0.1, 0.2], ThresholdGoal::BestF1);
        assert_eq!(chosen.shared, 0.3_f64.midpoint(0.8));
        assert_eq!(chosen.labels[1].own, None);
        assert_eq!(chosen.labels[1].threshold, chosen.shared);
        let nothing = choose(1, &[false; 3], &[0.1, 0.2, 0.9], ThresholdGoal::BestF1);
        assert_eq!(nothing.values(), [0.5]);
    }

    #[test]
    fn of_equal_candidates_the_nearest_to_one_half_is_chosen() {
        // Giving the first row only and giving all of them have the same F1.
        let has = [true, false, false, true];
        let chosen = choose(1, &has, &[0.9, 0.8, 0.7, 0.6], ThresholdGoal::BestF1);
        assert_eq!(chosen.shared, 0.3);
        let chosen = choose(1, &has, &[0.7, 0.65, 0.4, 0.2], ThresholdGoal::BestF1);
        assert_eq!(chosen.shared, 0.65_f64.midpoint(0.7));
    }

    #[test]
    fn neighbouring_scores_are_parted() {
        let low = 0.5_f64;
        let high = low.next_up();
        let chosen = choose(1, &[true, false], &[high, low], ThresholdGoal::BestF1);
        assert_eq!(chosen.shared, high);
    }

    #[test]
    fn a_precision_that_cannot_be_reached_is_said_not_to_be_met() {
        let has = [false, true, false];
        let chosen = choose(
            1,
            &has,
            &[0.9, 0.5, 0.5],
            ThresholdGoal::PrecisionAtLeast(0.8),
        );
        assert_eq!(chosen.labels[0].goal_met, Some(false));
    }

    #[test]
    fn the_targets_are_those_of_the_validation_rows() {
        let targets = LabelMatrix::new(1, vec![true, false, true]);
        let scores = ScoreMatrix::new(1, vec![0.9, 0.2]);
        let split = Split {
            training: vec![0],
            validation: vec![2, 1],
            test: Vec::new(),
        };
        let validation = ValidationScores::new(&split, &targets, &scores).unwrap();
        assert_eq!(validation.targets.values(), [true, false]);
        let every = ScoreMatrix::new(1, vec![0.9, 0.2, 0.1]);
        let error = ValidationScores::new(&split, &targets, &every).unwrap_err();
        assert!(
            matches!(
                error,
                EvaluationError::WrongShape {
                    found: (3, 1),
                    expected: (2, 1),
                    ..
                }
            ),
            "{error}"
        );
        let error = ValidationScores::new(&split, &targets.select(&[0]), &scores).unwrap_err();
        assert!(
            matches!(error, EvaluationError::RowOutOfRange { row: 2, rows: 1 }),
            "{error}"
        );
    }

    #[test]
    fn a_goal_above_one_is_refused() {
        let targets = LabelMatrix::new(1, vec![true]);
        let scores = ScoreMatrix::new(1, vec![0.9]);
        let validation = ValidationScores::new(&split(1), &targets, &scores).unwrap();
        let error = Thresholds::choose(&validation, ThresholdGoal::RecallAtLeast(90.0));
        assert!(matches!(
            error,
            Err(EvaluationError::NoRate {
                rate: Rate::Recall,
                ..
            })
        ));
    }
}
