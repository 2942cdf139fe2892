//! How fast a run is and how long the rest will take.

/// Time spent in this session, from which the rest is estimated. An earlier session may have run
/// on a busier machine, so it is not counted.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Pace {
    steps: u64,
    sequences: u64,
    tokens: u64,
    step_seconds: f64,
    evaluations: u64,
    evaluation_seconds: f64,
}

/// A forward pass costs about a third of an update, so this is what evaluating a sequence is
/// expected to cost until it was measured once.
pub(crate) const FORWARD_SHARE: f64 = 1.0 / 3.0;

impl Pace {
    pub(super) fn add_step(&mut self, sequences: usize, tokens: usize, seconds: f64) {
        self.steps += 1;
        self.sequences += sequences as u64;
        self.tokens += tokens as u64;
        self.step_seconds += seconds;
    }

    pub(super) fn add_evaluation(&mut self, seconds: f64) {
        self.evaluations += 1;
        self.evaluation_seconds += seconds;
    }

    pub(super) fn sequences_per_second(&self) -> f64 {
        self.sequences as f64 / self.step_seconds.max(1e-9)
    }

    pub(super) fn tokens_per_second(&self) -> f64 {
        self.tokens as f64 / self.step_seconds.max(1e-9)
    }

    /// Seconds that `steps` updates and `evaluations` of `validation_rows` rows will take.
    pub(super) fn remaining_seconds(
        &self,
        steps: u64,
        evaluations: u64,
        validation_rows: usize,
    ) -> f64 {
        let step = self.step_seconds / self.steps.max(1) as f64;
        steps as f64 * step + evaluations as f64 * self.evaluation_seconds(validation_rows)
    }

    /// Seconds that an evaluation of `validation_rows` rows will take.
    pub(super) fn evaluation_seconds(&self, validation_rows: usize) -> f64 {
        if self.evaluations > 0 {
            self.evaluation_seconds / self.evaluations as f64
        } else {
            FORWARD_SHARE * validation_rows as f64 / self.sequences_per_second().max(1e-9)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rest_counts_updates_and_evaluations() {
        let mut pace = Pace::default();
        pace.add_step(16, 1_600, 2.0);
        pace.add_step(16, 1_600, 4.0);
        assert_eq!(pace.tokens_per_second(), 3_200.0 / 6.0);
        // Not measured yet: 32 rows at three times 32/6 rows a second.
        assert!((pace.remaining_seconds(10, 1, 32) - 32.0).abs() < 1e-9);
        pace.add_evaluation(5.0);
        assert!((pace.remaining_seconds(10, 2, 32) - 40.0).abs() < 1e-9);
    }
}
