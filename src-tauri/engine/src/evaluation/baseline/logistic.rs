//! Logistic regression with weights on both classes so that they count the same in all.

use crate::evaluation::baseline::features::{SparseRows, Weight};

/// Length of the gradient at which the minimum counts as found. The objective curves by at least
/// 1 in every weight, so no weight is then further from its optimum than this.
const TOLERANCE: f64 = 1e-7;
const MOST_STEPS: usize = 100;
const MOST_INNER_STEPS: usize = 1_000;
/// The least part of the promised descent that a step has to give (Armijo 1966).
const LEAST_DESCENT: f64 = 1e-4;
const SHORTEST_STEP: f64 = 1e-10;

/// A linear decision about one label.
#[derive(Debug, Clone)]
pub(super) struct LogisticRegression {
    /// One weight a feature and the intercept at last, shape (features + 1).
    weights: Vec<f64>,
}

impl LogisticRegression {
    /// The minimum of ½‖w‖² + Σᵢ cᵢ ln(1 + exp(−yᵢ(w·xᵢ + b))), where yᵢ is 1 or −1 and
    /// cᵢ = rows / (2 · rows of the same class), by Newton's method with conjugate gradients and a
    /// line search (Nocedal & Wright 2006, algorithm 7.1). `has` says which rows have the label;
    /// some have to and some must not.
    pub(super) fn fit(rows: &SparseRows, has: &[bool]) -> Self {
        let problem = Problem::new(rows, has);
        let mut weights = vec![0.0; rows.features() + 1];
        let mut decisions = vec![0.0; has.len()];
        let mut objective = problem.objective(&weights, &decisions);
        for _ in 0..MOST_STEPS {
            let gradient = problem.gradient(&weights, &decisions);
            let length = dot(&gradient, &gradient).sqrt();
            if length <= TOLERANCE {
                break;
            }
            let step = problem.newton_step(&decisions, &gradient, length);
            let moved = problem.decide(&step);
            let slope = dot(&gradient, &step);
            let mut share = 1.0;
            let accepted = loop {
                let tried = add_scaled(&weights, share, &step);
                let tried_decisions = add_scaled(&decisions, share, &moved);
                let value = problem.objective(&tried, &tried_decisions);
                if value <= objective + LEAST_DESCENT * share * slope {
                    break Some((tried, tried_decisions, value));
                }
                share /= 2.0;
                if share < SHORTEST_STEP {
                    // Rounding hides any further descent.
                    break None;
                }
            };
            let Some(accepted) = accepted else { break };
            (weights, decisions, objective) = accepted;
        }
        Self { weights }
    }

    /// The logit of a row.
    pub(super) fn decide(&self, row: &[Weight]) -> f64 {
        decide(&self.weights, row)
    }
}

/// The logistic function.
pub(super) fn probability(logit: f64) -> f64 {
    1.0 / (1.0 + (-logit).exp())
}

struct Problem<'a> {
    rows: &'a SparseRows,
    has: &'a [bool],
    /// How much a row counts that has the label, and one that has not.
    costs: [f64; 2],
}

impl<'a> Problem<'a> {
    fn new(rows: &'a SparseRows, has: &'a [bool]) -> Self {
        let positives = has.iter().filter(|&&has| has).count();
        let cost = |count: usize| has.len() as f64 / (2 * count) as f64;
        Self {
            rows,
            has,
            costs: [cost(positives), cost(has.len() - positives)],
        }
    }

    fn cost(&self, has: bool) -> f64 {
        if has { self.costs[0] } else { self.costs[1] }
    }

    fn objective(&self, weights: &[f64], decisions: &[f64]) -> f64 {
        let free = &weights[..self.rows.features()];
        let loss = |(&logit, &has): (&f64, &bool)| {
            let against = if has { -logit } else { logit };
            self.cost(has) * (against.max(0.0) + (-against.abs()).exp().ln_1p())
        };
        let losses: f64 = decisions.iter().zip(self.has).map(loss).sum();
        dot(free, free) / 2.0 + losses
    }

    fn gradient(&self, weights: &[f64], decisions: &[f64]) -> Vec<f64> {
        let residuals = decisions.iter().zip(self.has).map(|(&logit, &has)| {
            let error = if has {
                -probability(-logit)
            } else {
                probability(logit)
            };
            self.cost(has) * error
        });
        self.regularised_sum(weights, residuals)
    }

    /// The step to the minimum of the quadratic model, to a relative residual that falls with the
    /// gradient so that convergence is superlinear.
    fn newton_step(&self, decisions: &[f64], gradient: &[f64], length: f64) -> Vec<f64> {
        let curvatures: Vec<f64> = decisions
            .iter()
            .zip(self.has)
            .map(|(&logit, &has)| self.cost(has) * probability(logit) * probability(-logit))
            .collect();
        let enough = length * length.sqrt().min(0.1);
        let mut step = vec![0.0; gradient.len()];
        let mut residual: Vec<f64> = gradient.iter().map(|value| -value).collect();
        let mut direction = residual.clone();
        let mut square = dot(&residual, &residual);
        for _ in 0..MOST_INNER_STEPS {
            if square.sqrt() <= enough {
                break;
            }
            let moved = self.decide(&direction);
            let bent = moved.iter().zip(&curvatures).map(|(moved, by)| moved * by);
            let curved = self.regularised_sum(&direction, bent);
            let share = square / dot(&direction, &curved);
            step = add_scaled(&step, share, &direction);
            residual = add_scaled(&residual, -share, &curved);
            let next = dot(&residual, &residual);
            direction = add_scaled(&residual, next / square, &direction);
            square = next;
        }
        step
    }

    /// The logits of all rows, shape (rows).
    fn decide(&self, weights: &[f64]) -> Vec<f64> {
        self.rows.rows().map(|row| decide(weights, row)).collect()
    }

    /// The weights, but 0 for the intercept, which is not regularised, plus the sum of the rows
    /// times `factors`, shape (features + 1).
    fn regularised_sum(&self, weights: &[f64], factors: impl Iterator<Item = f64>) -> Vec<f64> {
        let mut sum = weights.to_vec();
        let mut intercept = 0.0;
        for (row, factor) in self.rows.rows().zip(factors) {
            for &(feature, weight) in row {
                sum[feature as usize] += factor * weight;
            }
            intercept += factor;
        }
        if let Some(last) = sum.last_mut() {
            *last = intercept;
        }
        sum
    }
}

fn decide(weights: &[f64], row: &[Weight]) -> f64 {
    let sum: f64 = row
        .iter()
        .map(|&(feature, weight)| weight * weights[feature as usize])
        .sum();
    sum + weights.last().copied().unwrap_or(0.0)
}

fn dot(left: &[f64], right: &[f64]) -> f64 {
    left.iter()
        .zip(right)
        .map(|(left, right)| left * right)
        .sum()
}

fn add_scaled(base: &[f64], factor: f64, other: &[f64]) -> Vec<f64> {
    base.iter()
        .zip(other)
        .map(|(base, other)| base + factor * other)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::baseline::features::Vocabulary;

    #[test]
    fn the_gradient_vanishes_however_rare_a_label_is() {
        let words = ["heart", "liver", "brain", "lung", "vein", "bone", "skin"];
        let texts: Vec<String> = (0..60)
            .map(|row| {
                let word = |step: usize| words[(row * step + step) % words.len()];
                format!("{} {} {}", word(1), word(3), word(5 + row / 20))
            })
            .collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let rows = SparseRows::new(&Vocabulary::new(&texts), &texts);
        for positives in [1, 2, 30, 59] {
            let has: Vec<bool> = (0..60).map(|row| row * 7 % 60 < positives).collect();
            let weights = LogisticRegression::fit(&rows, &has).weights;
            let problem = Problem::new(&rows, &has);
            let gradient = problem.gradient(&weights, &problem.decide(&weights));
            let length = dot(&gradient, &gradient).sqrt();
            assert!(length <= TOLERANCE, "{positives} positives: {length}");
        }
    }

    #[test]
    fn the_gradient_is_the_slope_of_the_objective() {
        let texts = ["heart rate", "heart failure", "liver failure", "liver rate"];
        let rows = SparseRows::new(&Vocabulary::new(&texts), &texts);
        let has = [true, true, false, true];
        let problem = Problem::new(&rows, &has);
        let weights: Vec<f64> = (0..=rows.features())
            .map(|index| 0.7 - 0.3 * index as f64)
            .collect();
        let objective = |weights: &[f64]| problem.objective(weights, &problem.decide(weights));
        let gradient = problem.gradient(&weights, &problem.decide(&weights));
        for (index, slope) in gradient.iter().enumerate() {
            let moved = |by: f64| {
                let mut weights = weights.clone();
                weights[index] += by;
                objective(&weights)
            };
            let measured = (moved(1e-5) - moved(-1e-5)) / 2e-5;
            assert!(
                (slope - measured).abs() < 1e-8,
                "{index}: {slope} {measured}"
            );
        }
    }
}
