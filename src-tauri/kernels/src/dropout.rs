//! Dropout from a counter-based generator: whether an element is kept is a pure function of
//! (seed, step, site, element). No mask is stored, the backward pass recomputes it, and a run is
//! the same for any number of threads and after a resume.

use crate::random::mix;

/// The numbers that the generator counts with, for other devices.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Counter {
    /// Of the first and the second round.
    pub keys: [u32; 2],
    /// Elements whose bits lie below are dropped.
    pub threshold: u32,
    /// What the others are multiplied with.
    pub scale: f32,
}

/// A stream of random bits for one dropout layer at one training step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dropout {
    first_key: u32,
    second_key: u32,
    threshold: u32,
    scale: f32,
}

impl Dropout {
    /// The dropout with `rate` in [0, 1) at one `site` of the model, at one `step` of the run
    /// with `seed`. Kept elements are scaled by 1 / (1 - rate).
    pub fn new(seed: u64, step: u64, site: u64, rate: f32) -> Self {
        let key = mix(mix(mix(seed).wrapping_add(step)).wrapping_add(site));
        let rate = f64::from(rate).clamp(0.0, 1.0 - 1e-6);
        Self {
            first_key: key as u32,
            second_key: (key >> 32) as u32,
            threshold: (rate * 4_294_967_296.0) as u32,
            scale: (1.0 / (1.0 - rate)) as f32,
        }
    }

    /// The dropout that keeps everything, as in evaluation.
    pub fn none() -> Self {
        Self {
            first_key: 0,
            second_key: 0,
            threshold: 0,
            scale: 1.0,
        }
    }

    /// Whether this keeps everything.
    pub fn is_none(&self) -> bool {
        self.threshold == 0
    }

    /// What [`Self::factor`] is computed from.
    pub fn counter(&self) -> Counter {
        Counter {
            keys: [self.first_key, self.second_key],
            threshold: self.threshold,
            scale: self.scale,
        }
    }

    /// What element `index` is multiplied with: 0, or 1 / (1 - rate).
    #[inline(always)]
    pub fn factor(&self, index: u32) -> f32 {
        // A bijective 32-bit mixer (multiply, xor-shift) keyed before and between its rounds.
        let mut x = index ^ self.first_key;
        x = (x ^ (x >> 16)).wrapping_mul(0x7feb_352d);
        x = (x ^ (x >> 15) ^ self.second_key).wrapping_mul(0x846c_a68b);
        x ^= x >> 16;
        if x >= self.threshold { self.scale } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COUNT: u32 = 1 << 20;

    /// Standard deviations that a count of successes lies from its expectation.
    fn deviation(successes: u32, trials: u32, probability: f64) -> f64 {
        let trials = f64::from(trials);
        (f64::from(successes) - trials * probability)
            / (trials * probability * (1.0 - probability)).sqrt()
    }

    #[test]
    fn the_share_dropped_is_the_rate() {
        for (seed, rate) in [(1, 0.1), (2, 0.5), (3, 0.9)] {
            let dropout = Dropout::new(seed, 7, 3, rate);
            let dropped = (0..COUNT)
                .filter(|&index| dropout.factor(index) == 0.0)
                .count() as u32;
            assert!(deviation(dropped, COUNT, f64::from(rate)).abs() < 4.5);
        }
    }

    #[test]
    fn neighbours_rows_steps_sites_and_seeds_are_independent() {
        let base = Dropout::new(1, 1, 1, 0.1);
        let drops = |dropout: &Dropout, index: u32| dropout.factor(index) == 0.0;
        let others: [(&str, Dropout, u32); 6] = [
            ("neighbour", base, 1),
            ("row of 384", base, 384),
            ("row of 512", base, 512),
            ("step", Dropout::new(1, 2, 1, 0.1), 0),
            ("site", Dropout::new(1, 1, 2, 0.1), 0),
            ("seed", Dropout::new(2, 1, 1, 0.1), 0),
        ];
        for (what, other, shift) in others {
            let both = (0..COUNT)
                .filter(|&i| drops(&base, i) && drops(&other, i + shift))
                .count() as u32;
            assert!(deviation(both, COUNT, 0.01).abs() < 4.5, "{what}: {both}");
        }
    }

    #[test]
    fn no_dropout_keeps_everything_unscaled() {
        assert!((0..1000).all(|index| Dropout::none().factor(index) == 1.0));
        assert!((0..1000).all(|index| Dropout::new(1, 2, 3, 0.0).factor(index) == 1.0));
    }
}
