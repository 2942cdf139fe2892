//! How far the numbers would move with other rows of the same kind.

use std::collections::BTreeMap;

use kernels::random::{STEP, finalise};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::evaluation::error::{EvaluationError, check_given};
use crate::evaluation::metrics::{Confusion, mean};
use crate::labels::LabelMatrix;

const RESAMPLES: u64 = 1_000;
/// 97.5th percentile of the standard normal distribution.
const NORMAL_QUANTILE: f64 = 1.959_963_984_540_054;

/// A 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Interval {
    /// 2.5th percentile.
    pub low: f64,
    /// 97.5th percentile.
    pub high: f64,
}

impl Interval {
    /// The interval of a proportion that was found as `successes` of `trials` (Wilson 1927);
    /// `None` without trials or with more successes than trials.
    pub fn wilson(successes: usize, trials: usize) -> Option<Self> {
        if trials == 0 || successes > trials {
            return None;
        }
        let (count, share) = (trials as f64, successes as f64 / trials as f64);
        let square = NORMAL_QUANTILE * NORMAL_QUANTILE;
        let whole = 1.0 + square / count;
        let centre = (share + square / (2.0 * count)) / whole;
        let spread = share * (1.0 - share) / count + square / (4.0 * count * count);
        let half = NORMAL_QUANTILE * spread.sqrt() / whole;
        // Rounding must not leave a bound beyond the ends, nor beside them where they are exact.
        Some(Self {
            low: if successes == 0 {
                0.0
            } else {
                (centre - half).max(0.0)
            },
            high: if successes == trials {
                1.0
            } else {
                (centre + half).min(1.0)
            },
        })
    }

    /// The middle 95 % of values, interpolated linearly as NumPy's `percentile` does.
    fn of_values(mut values: Vec<f64>) -> Self {
        values.sort_unstable_by(f64::total_cmp);
        Self {
            low: quantile(&values, 0.025),
            high: quantile(&values, 0.975),
        }
    }
}

/// 95 % percentile bootstrap intervals over rows (Efron & Tibshirani 1993), 1,000 resamples from
/// a fixed seed. A rate that a resample does not define counts as 0 there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Intervals {
    /// Of the micro-averaged F1.
    pub micro_f1: Interval,
    /// Of the macro-averaged F1.
    pub macro_f1: Interval,
    /// Of the weighted F1.
    pub weighted_f1: Interval,
    /// Of the mean F1 of the rows.
    pub samples_f1: Interval,
    /// Of the subset accuracy.
    pub subset_accuracy: Interval,
    /// Of the Hamming loss.
    pub hamming_loss: Interval,
    /// Of each label's F1; `None` where the label's F1 is not defined.
    pub label_f1: Vec<Option<Interval>>,
}

impl Intervals {
    /// Resamples the rows of `targets` and of the labels `given`, both of shape (rows, labels).
    /// The same seed gives the same intervals on every machine and with any number of threads.
    ///
    /// # Errors
    /// When there are no rows or no labels, or the shapes differ.
    pub fn new(
        targets: &LabelMatrix,
        given: &LabelMatrix,
        seed: u64,
    ) -> Result<Self, EvaluationError> {
        check_given(targets, given)?;
        let table = PatternTable::new(targets, given);
        let resamples: Vec<Resample> = (0..RESAMPLES)
            .into_par_iter()
            .map_init(
                || vec![0; table.patterns.len()],
                |counts, number| table.resample(Draws::new(seed, number), counts),
            )
            .collect();
        let over = |choose: &dyn Fn(&Resample) -> f64| {
            Interval::of_values(resamples.iter().map(choose).collect())
        };
        let label_f1 = |label: usize| {
            let whole = Confusion::count(targets.column(label).zip(given.column(label)));
            whole
                .f1()
                .map(|_| over(&|resample| resample.label_f1[label]))
        };
        Ok(Self {
            micro_f1: over(&|resample| resample.micro_f1),
            macro_f1: over(&|resample| resample.macro_f1),
            weighted_f1: over(&|resample| resample.weighted_f1),
            samples_f1: over(&|resample| resample.samples_f1),
            subset_accuracy: over(&|resample| resample.subset_accuracy),
            hamming_loss: over(&|resample| resample.hamming_loss),
            label_f1: (0..targets.labels()).map(label_f1).collect(),
        })
    }
}

/// Rows that have the same labels and were given the same ones count alike in every metric, so a
/// resample only counts how often it draws each such pattern.
struct PatternTable {
    labels: usize,
    patterns: Vec<Pattern>,
    /// The pattern of each row, shape (rows).
    of_row: Vec<u32>,
}

struct Pattern {
    /// Labels that the row has or was given, with its confusion for them; in most tables few.
    cells: Vec<(usize, Confusion)>,
    /// All its cells together.
    row: Confusion,
}

/// The metrics of one resample.
struct Resample {
    micro_f1: f64,
    macro_f1: f64,
    weighted_f1: f64,
    samples_f1: f64,
    subset_accuracy: f64,
    hamming_loss: f64,
    label_f1: Vec<f64>,
}

impl PatternTable {
    fn new(targets: &LabelMatrix, given: &LabelMatrix) -> Self {
        let mut known = BTreeMap::new();
        let mut patterns = Vec::new();
        let mut of_row = Vec::with_capacity(targets.rows());
        for row in 0..targets.rows() {
            let key = (targets.row(row), given.row(row));
            let number = *known.entry(key).or_insert_with(|| {
                patterns.push(Pattern::new(key.0, key.1));
                patterns.len() as u32 - 1
            });
            of_row.push(number);
        }
        Self {
            labels: targets.labels(),
            patterns,
            of_row,
        }
    }

    /// Draws as many rows as there are, with replacement. `counts` has one place a pattern.
    fn resample(&self, mut draws: Draws, counts: &mut [usize]) -> Resample {
        let rows = self.of_row.len();
        counts.fill(0);
        for _ in 0..rows {
            counts[self.of_row[draws.below(rows)] as usize] += 1;
        }
        let mut labels = vec![Confusion::default(); self.labels];
        let mut all = Confusion::default();
        let (mut samples, mut exact) = (0.0, 0);
        for (pattern, &count) in self.patterns.iter().zip(counts.iter()) {
            if count == 0 {
                continue;
            }
            for &(label, cell) in &pattern.cells {
                labels[label] += cell.times(count);
            }
            all += pattern.row.times(count);
            samples += pattern.row.f1().unwrap_or(0.0) * count as f64;
            if pattern.row.errors() == 0 {
                exact += count;
            }
        }
        let label_f1: Vec<f64> = labels
            .iter()
            .map(|label| label.f1().unwrap_or(0.0))
            .collect();
        let weighted: f64 = labels
            .iter()
            .zip(&label_f1)
            .map(|(label, f1)| label.positives() as f64 * f1)
            .sum();
        Resample {
            micro_f1: all.f1().unwrap_or(0.0),
            macro_f1: mean(label_f1.iter().copied()).unwrap_or(0.0),
            weighted_f1: weighted / all.positives().max(1) as f64,
            samples_f1: samples / rows as f64,
            subset_accuracy: exact as f64 / rows as f64,
            hamming_loss: all.errors() as f64 / (rows * self.labels) as f64,
            label_f1,
        }
    }
}

impl Pattern {
    fn new(has: &[bool], given: &[bool]) -> Self {
        let pairs = || has.iter().copied().zip(given.iter().copied());
        let present = pairs()
            .enumerate()
            .filter(|(_, pair)| *pair != (false, false));
        Self {
            cells: present
                .map(|(label, pair)| (label, Confusion::count([pair])))
                .collect(),
            row: Confusion::count(pairs()),
        }
    }
}

/// Random numbers of one resample: splitmix64 from a state that only
/// the seed and the resample's number decide, so that threads may share the work in any way.
struct Draws {
    state: u64,
}

impl Draws {
    fn new(seed: u64, resample: u64) -> Self {
        Self {
            state: finalise(seed ^ finalise(resample + 1)),
        }
    }

    /// A number below `end`, by Lemire's multiplication; its bias at these sizes is below 1e-13.
    fn below(&mut self, end: usize) -> usize {
        self.state = self.state.wrapping_add(STEP);
        ((u128::from(finalise(self.state)) * end as u128) >> 64) as usize
    }
}

/// A quantile of sorted values by linear interpolation, rounded as NumPy rounds it.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let last = sorted.len().saturating_sub(1);
    let position = share * last as f64;
    let below = position.floor() as usize;
    let (Some(&low), Some(&high)) = (sorted.get(below), sorted.get((below + 1).min(last))) else {
        return 0.0;
    };
    let part = position - below as f64;
    if part < 0.5 {
        low + (high - low) * part
    } else {
        high - (high - low) * (1.0 - part)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::Metrics;
    use crate::labels::ScoreMatrix;

    fn matrix(rows: usize, labels: usize, chosen: impl Fn(usize) -> bool) -> LabelMatrix {
        LabelMatrix::new(labels, (0..rows * labels).map(chosen).collect())
    }

    #[test]
    fn any_number_of_threads_gives_the_same_intervals() {
        let targets = matrix(97, 3, |cell| cell % 4 == 1);
        let given = matrix(97, 3, |cell| cell % 5 == 1);
        let with_threads = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
            pool.build()
                .unwrap()
                .install(|| Intervals::new(&targets, &given, 7).unwrap())
        };
        assert_eq!(with_threads(1), with_threads(3));
        assert_ne!(
            with_threads(1),
            Intervals::new(&targets, &given, 8).unwrap()
        );
    }

    #[test]
    fn a_resample_has_the_metrics_of_the_rows_it_draws() {
        let targets = matrix(41, 3, |cell| cell % 4 == 1 && cell % 3 != 2);
        let given = matrix(41, 3, |cell| cell % 5 == 1);
        let table = PatternTable::new(&targets, &given);
        let names = ["a", "b", "c"].map(String::from);
        for number in 0..20 {
            let mut draws = Draws::new(3, number);
            let rows: Vec<usize> = (0..41).map(|_| draws.below(41)).collect();
            let drawn = given.select(&rows);
            let scores = drawn
                .values()
                .iter()
                .map(|&given| f64::from(u8::from(given)));
            let scores = ScoreMatrix::new(3, scores.collect());
            let expected =
                Metrics::new(&names, &targets.select(&rows), &scores, &[0.5; 3]).unwrap();
            let mut counts = vec![0; table.patterns.len()];
            let found = table.resample(Draws::new(3, number), &mut counts);
            for (found, expected) in [
                (found.micro_f1, expected.micro.f1),
                (found.macro_f1, expected.macro_average.f1),
                (found.weighted_f1, expected.weighted.f1),
                (found.samples_f1, expected.samples.f1),
                (found.subset_accuracy, Some(expected.subset_accuracy)),
                (found.hamming_loss, Some(expected.hamming_loss)),
                (found.label_f1[0], expected.per_label[0].rates.f1),
            ] {
                assert!((found - expected.unwrap_or(0.0)).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn a_label_that_is_neither_there_nor_given_has_no_interval() {
        let targets = matrix(10, 2, |cell| cell % 2 == 0);
        let intervals = Intervals::new(&targets, &targets, 1).unwrap();
        let certain = Interval {
            low: 1.0,
            high: 1.0,
        };
        assert_eq!(intervals.label_f1, [Some(certain), None]);
    }

    #[test]
    fn a_proportion_of_nothing_has_no_interval() {
        assert_eq!(Interval::wilson(0, 0), None);
        assert_eq!(Interval::wilson(2, 1), None);
    }
}
