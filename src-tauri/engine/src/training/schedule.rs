//! The learning rate of each update.

use crate::training::recipe::{Recipe, Schedule};

/// The learning rate of update `step` (from 0) of `total`, as transformers'
/// `get_linear_schedule_with_warmup` and `get_cosine_schedule_with_warmup` give it.
pub(super) fn learning_rate(recipe: &Recipe, step: u64, total: u64) -> f64 {
    let (step, total) = (step as f64, total as f64);
    let warm_up = (recipe.warm_up * total).ceil();
    if step < warm_up {
        return recipe.learning_rate * step / warm_up.max(1.0);
    }
    let left = ((total - step) / (total - warm_up).max(1.0)).max(0.0);
    recipe.learning_rate
        * match recipe.schedule {
            Schedule::Linear => left,
            Schedule::Cosine => 0.5 * (1.0 + (std::f64::consts::PI * (1.0 - left)).cos()),
            Schedule::Constant => 1.0,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_warm_up_the_rate_falls_in_a_straight_line() {
        let recipe = Recipe::notebook();
        let rates: Vec<f64> = (0..4).map(|step| learning_rate(&recipe, step, 4)).collect();
        for (rate, expected) in rates.iter().zip([2e-5, 1.5e-5, 1e-5, 0.5e-5]) {
            assert!((rate - expected).abs() < 1e-18, "{rates:?}");
        }
    }

    #[test]
    fn the_rate_rises_from_zero_in_the_warm_up() {
        let recipe = Recipe {
            warm_up: 0.2,
            learning_rate: 1.0,
            ..Recipe::notebook()
        };
        let rates: Vec<f64> = (0..10)
            .map(|step| learning_rate(&recipe, step, 10))
            .collect();
        assert_eq!(rates[..3], [0.0, 0.5, 1.0]);
        assert_eq!(rates[9], 0.125);
    }

    #[test]
    fn a_cosine_passes_the_half_in_the_middle() {
        let recipe = Recipe {
            schedule: Schedule::Cosine,
            learning_rate: 1.0,
            ..Recipe::notebook()
        };
        assert!((learning_rate(&recipe, 5, 10) - 0.5).abs() < 1e-12);
        assert!(learning_rate(&recipe, 10, 10) < 1e-12);
    }
}
