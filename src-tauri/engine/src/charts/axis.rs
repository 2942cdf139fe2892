//! From numbers to places on the sheet.

/// A linear scale from numbers to pixels.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scale {
    /// Numbers at both ends.
    pub(super) numbers: (f64, f64),
    /// Pixels at both ends.
    pub(super) pixels: (f64, f64),
}

impl Scale {
    /// Where `number` is. Without any extent all numbers are at the beginning.
    pub(super) fn at(&self, number: f64) -> f64 {
        let extent = self.numbers.1 - self.numbers.0;
        if extent == 0.0 {
            return self.pixels.0;
        }
        let share = (number - self.numbers.0) / extent;
        self.pixels.0 + share * (self.pixels.1 - self.pixels.0)
    }
}

/// Round numbers along an axis, equally far from one another.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Ticks {
    pub(super) numbers: Vec<f64>,
    /// Decimals that tell them apart.
    pub(super) places: usize,
}

impl Ticks {
    /// Multiples of 1, 2 or 5 times a power of ten within `from..=to`, at most `most` (at least
    /// 2) of them where the step is free, and no closer than `least_step`.
    pub(super) fn new(from: f64, to: f64, most: usize, least_step: f64) -> Self {
        let step = step((to - from) / (most.max(2) - 1) as f64, least_step);
        let (first, last) = ((from / step - 1e-9).ceil(), (to / step + 1e-9).floor());
        let numbers = (0..most.max(2) + 1)
            .map(|index| first + index as f64)
            .take_while(|&multiple| multiple <= last)
            .map(|multiple| multiple * step);
        let places = (-(step.log10() + 1e-9).floor()).max(0.0) as usize;
        Self {
            numbers: numbers.collect(),
            places,
        }
    }
}

/// The smallest of 1, 2 or 5 times a power of ten that is at least `rough` and `least`.
fn step(rough: f64, least: f64) -> f64 {
    let rough = rough.max(least);
    if !rough.is_finite() || rough <= 0.0 {
        return 1.0;
    }
    let power = 10_f64.powf(rough.log10().floor());
    [1.0, 2.0, 5.0, 10.0]
        .map(|factor| factor * power)
        .into_iter()
        .find(|&step| step >= rough * (1.0 - 1e-9))
        .unwrap_or(10.0 * power)
}

/// The end of an axis that begins at 0 and holds `most`: the first tick at or above it.
pub(super) fn round_up(most: f64, ticks: usize, least_step: f64) -> f64 {
    let step = step(most / (ticks.max(2) - 1) as f64, least_step);
    ((most / step - 1e-9).ceil().max(1.0)) * step
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_within_the_axis() {
        let ticks = Ticks::new(0.0, 1.0, 6, 0.0);
        assert_eq!(ticks.places, 1);
        assert_eq!(ticks.numbers.len(), 6);
        assert!((ticks.numbers[5] - 1.0).abs() < 1e-12);
        assert_eq!(Ticks::new(0.0, 3.0, 8, 1.0).numbers, [0.0, 1.0, 2.0, 3.0]);
        let narrow = Ticks::new(0.83, 0.97, 4, 0.0);
        let shown: Vec<String> = narrow
            .numbers
            .iter()
            .map(|tick| format!("{tick:.2}"))
            .collect();
        assert_eq!(
            (shown.join(" ").as_str(), narrow.places),
            ("0.85 0.90 0.95", 2)
        );
    }

    #[test]
    fn an_axis_without_extent_has_places_nonetheless() {
        let scale = Scale {
            numbers: (2.0, 2.0),
            pixels: (10.0, 20.0),
        };
        assert!((scale.at(2.0) - 10.0).abs() < 1e-12);
        assert!(Ticks::new(2.0, 2.0, 5, 1.0).numbers.len() <= 1);
        assert!(Ticks::new(0.0, f64::INFINITY, 5, 0.0).numbers.len() < 10);
    }

    #[test]
    fn an_axis_ends_at_a_tick() {
        assert!((round_up(0.68, 5, 0.0) - 0.8).abs() < 1e-12);
        assert!((round_up(571.0, 5, 1.0) - 600.0).abs() < 1e-9);
        assert!((round_up(0.0, 5, 1.0) - 1.0).abs() < 1e-12);
    }
}
